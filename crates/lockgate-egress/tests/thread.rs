//! The thread as the journal meets it: handing over never waits, and nothing is lost whichever way it ends.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{BUNDLE, FakeSink, all, none, now, number, sealed, sealed_as, sender};
use lockgate_bytes::{Digest, Precedence};
use lockgate_egress::{
    Ear, Egress, EgressCounters, EgressFault, Ended, Hatch, Mouth, Obstacle, Outcome, Pace, Progress, Report,
    Stall, What, hatch,
};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

struct Lane {
    mouth: Mouth,
    ear: Ear,
    counters: Arc<EgressCounters>,
    received: mpsc::Receiver<Vec<u8>>,
    thread: JoinHandle<Result<(), EgressFault>>,
}

fn lane(room: Hatch, pace: Option<Pace>, change: impl FnOnce(&mut FakeSink)) -> Lane {
    let (mouth, ear, ends) = hatch(room);
    let (mut sink, received) = FakeSink::new();
    change(&mut sink);
    let counters = Arc::new(EgressCounters::default());
    let egress = Egress::new(sender(pace), Box::new(sink), ends, counters.clone());
    let thread = std::thread::spawn(move || egress.run(now));
    Lane { mouth, ear, counters, received, thread }
}

const ROOM: Hatch = Hatch { objects: 1_000, bytes: 8 << 20, reports: 64 };

/// Hears until egress ends.
fn rest(ear: &Ear) -> Vec<Outcome> {
    let mut all = Vec::new();
    loop {
        match ear.hear_within(Duration::from_secs(30)) {
            Ok(Some(Report::Outcomes(mut list))) => {
                all.append(&mut list);
                ear.give_back(list);
            }
            Ok(Some(Report::Changed(_))) => {}
            Ok(None) => panic!("egress says nothing for five seconds"),
            Err(Ended) => return all,
        }
    }
}

fn entries(outcomes: &[Outcome]) -> BTreeSet<u64> {
    let entries: BTreeSet<u64> = outcomes.iter().map(|it| it.entry).collect();
    assert_eq!(entries.len(), outcomes.len(), "an object ended twice");
    entries
}

#[test]
fn everything_is_sent_when_the_mouth_is_dropped_and_buffers_come_back() {
    let lane = lane(ROOM, None, |_| {});
    for entry in 0..900 {
        lane.mouth.offer(sealed(entry)).expect("there is room");
    }
    drop(lane.mouth);
    let outcomes = rest(&lane.ear);
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
    assert_eq!(entries(&outcomes), (0..900).collect());
    assert!(outcomes.iter().all(|it| matches!(it.what, What::Sent) && it.bytes.len() == 1_024));
    assert_eq!(
        lane.received.try_iter().map(|it| number(&it)).collect::<Vec<_>>(),
        (0..900).collect::<Vec<_>>()
    );
    assert_eq!(lane.counters.class(Precedence::Routine).sent, 900);
    assert_eq!(lane.counters.class(Precedence::Routine).queued, 0);
}

#[test]
fn a_stalled_sink_never_keeps_the_journal_waiting() {
    let lane = lane(ROOM, None, |sink| {
        sink.next = Box::new(|_| none(Obstacle::Stalled(Stall::Network)));
    });
    let began = Instant::now();
    let (mut longest, mut spilled, mut ended) = (Duration::ZERO, BTreeSet::new(), Vec::new());
    for entry in 0..10_000 {
        let object = sealed(entry);
        let before = Instant::now();
        if let Err(full) = lane.mouth.offer(object) {
            spilled.insert(full.0.entry);
        }
        longest = longest.max(before.elapsed());
        while let Ok(Some(Report::Outcomes(list))) = lane.ear.hear() {
            ended.extend(list);
        }
    }
    // The machine may take the processor away for a while, and does so whether egress stalls or not.
    assert!(longest < Duration::from_millis(250) && began.elapsed() < Duration::from_secs(30), "{longest:?}");
    lane.mouth.stop();
    ended.extend(rest(&lane.ear));
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
    let ended = entries(&ended);
    assert!(ended.is_disjoint(&spilled));
    assert_eq!(&ended | &spilled, (0..10_000).collect(), "in hold, or called back: nothing is lost");
    assert!(lane.received.try_recv().is_err());
}

#[test]
fn a_link_that_comes_back_sends_what_waited() {
    let up = Arc::new(AtomicBool::new(false));
    let seen = up.clone();
    let lane =
        lane(ROOM, None, |sink| {
            sink.next = Box::new(move |many| {
                if seen.load(Relaxed) { all(many) } else { none(Obstacle::Stalled(Stall::Buffers)) }
            });
        });
    for entry in 0..100 {
        lane.mouth.offer(sealed(entry)).expect("there is room");
    }
    let end = Instant::now() + Duration::from_secs(30);
    while lane.counters.stall() != Some(Stall::Buffers)
        || lane.counters.class(Precedence::Routine).queued != 100
    {
        assert!(Instant::now() < end, "the eyes never saw the stall");
        std::thread::sleep(Duration::from_millis(1));
    }
    up.store(true, Relaxed);
    drop(lane.mouth);
    let outcomes = rest(&lane.ear);
    assert!(outcomes.len() == 100 && outcomes.iter().all(|it| matches!(it.what, What::Sent)));
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
}

#[test]
fn a_reload_calls_back_everything_of_the_old_bundle_and_says_when_that_is_done() {
    // So thin that nothing but the first leaves: all of it would take ten minutes.
    let lane = lane(ROOM, Some(Pace::new(9_600)), |_| {});
    for entry in 0..800 {
        lane.mouth.offer(sealed(entry)).expect("there is room");
    }
    let newer = Digest([2; 32]);
    let asked = Instant::now();
    lane.mouth.change(newer);
    lane.mouth.offer(sealed_as(800, |it| it.bundle = newer)).expect("there is room");
    let mut outcomes = Vec::new();
    loop {
        match lane.ear.hear_within(Duration::from_secs(30)).expect("it runs") {
            Some(Report::Outcomes(list)) => outcomes.extend(list),
            Some(Report::Changed(bundle)) => {
                assert_eq!(bundle, newer);
                break;
            }
            None => panic!("no answer"),
        }
    }
    assert!(asked.elapsed() < Duration::from_secs(60), "{:?}", asked.elapsed());
    assert_eq!(entries(&outcomes), (0..800).collect(), "all of the old one, and before the answer");
    for outcome in &outcomes {
        match &outcome.what {
            What::Recalled(sealed) => assert_eq!(sealed.bundle, BUNDLE),
            What::Sent => assert_eq!(outcome.entry, 0),
            other => panic!("{other:?}"),
        }
    }
    drop(lane.mouth);
    let outcomes = rest(&lane.ear);
    assert!(outcomes.len() == 1 && outcomes[0].entry == 800 && matches!(outcomes[0].what, What::Sent));
}

#[test]
fn without_a_journal_nothing_is_sent_any_more() {
    let Lane { mouth, ear, received, thread, .. } =
        lane(Hatch { reports: 1, ..ROOM }, None, |sink| sink.next = Box::new(|_| all(1)));
    drop(ear);
    for entry in 0..500 {
        if mouth.offer(sealed(entry)).is_err() {
            break;
        }
    }
    let ended = thread.join().expect("it ends in peace");
    assert_eq!(ended, Err(EgressFault::Unheard));
    assert!(received.try_iter().count() <= 1, "one call may have been made before it was noticed");
    assert!(mouth.offer(sealed(999)).is_err(), "and what comes later goes to hold");
}

#[test]
fn a_journal_that_does_not_record_stops_the_sending() {
    let lane = lane(Hatch { reports: 2, ..ROOM }, None, |sink| sink.next = Box::new(|_| all(1)));
    for entry in 0..500 {
        lane.mouth.offer(sealed(entry)).expect("there is room");
    }
    std::thread::sleep(Duration::from_millis(200));
    // Two reports lie in the channel, one waits for room.
    let sent = lane.received.try_iter().count();
    assert!(sent <= 3, "{sent} were sent, and nobody recorded any");
    drop(lane.mouth);
    assert_eq!(rest(&lane.ear).len(), 500);
}

#[test]
fn a_drain_that_takes_too_long_is_cut_short_and_loses_nothing() {
    let lane = lane(ROOM, Some(Pace::new(9_600)), |_| {});
    for entry in 0..50 {
        lane.mouth.offer(sealed(entry)).expect("there is room");
    }
    let brake = lane.mouth.close();
    std::thread::sleep(Duration::from_millis(100));
    brake.stop();
    let outcomes = rest(&lane.ear);
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
    assert_eq!(entries(&outcomes), (0..50).collect());
    let sent = outcomes.iter().filter(|it| matches!(it.what, What::Sent)).count();
    assert!(sent == 1 && outcomes.iter().filter(|it| matches!(it.what, What::Recalled(_))).count() == 49);
}

#[test]
fn an_idle_lane_ends_when_told() {
    let lane = lane(ROOM, None, |_| {});
    std::thread::sleep(Duration::from_millis(50));
    lane.mouth.stop();
    assert!(rest(&lane.ear).is_empty());
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
}

#[test]
fn a_shut_way_out_sends_nothing_until_it_is_opened_and_ends_with_the_journal() {
    let shut = lane(ROOM, None, |_| {});
    let valve = shut.mouth.valve();
    valve.shut(true);
    std::thread::sleep(Duration::from_millis(50));
    for entry in 0..20 {
        shut.mouth.offer(sealed(entry)).expect("there is room");
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(shut.received.try_iter().count(), 0, "nothing leaves");
    valve.shut(false);
    shut.mouth.close();
    assert_eq!(entries(&rest(&shut.ear)), (0..20).collect());
    // Where whoever could open it is gone, egress does not wait for ever.
    let left = lane(ROOM, None, |_| {});
    left.mouth.valve().shut(true);
    left.mouth.offer(sealed(1)).expect("there is room");
    drop(left.mouth);
    assert_eq!(left.thread.join().expect("it ends in peace"), Err(EgressFault::Unheard));
    assert_eq!(left.received.try_iter().count(), 0);
}

/// A name that a receiver can see, in a folder that could not be synced: told to stop, egress tries on before it ends.
#[test]
fn what_has_begun_to_leave_comes_to_its_end_at_a_stop() {
    let (tried, tries) = mpsc::channel();
    let is_well = Arc::new(AtomicBool::new(false));
    let well = is_well.clone();
    let lane = lane(ROOM, None, |sink| {
        sink.next = Box::new(move |objects| {
            // Nobody listens once the test has heard that it began.
            let _ = tried.send(objects);
            match well.load(Relaxed) {
                true => all(objects),
                false => Progress { begun: objects, ..none(Obstacle::Stalled(Stall::Disk)) },
            }
        });
    });
    lane.mouth.offer(sealed(1)).expect("there is room");
    assert_eq!(tries.recv_timeout(Duration::from_secs(30)), Ok(1), "it has begun");
    lane.mouth.stop();
    // Longer than egress would take to end if it had nothing left to do.
    std::thread::sleep(Duration::from_millis(100));
    is_well.store(true, Relaxed);
    let outcomes = rest(&lane.ear);
    assert_eq!(lane.thread.join().expect("it ends in peace"), Ok(()));
    assert!(matches!(outcomes.as_slice(), [Outcome { entry: 1, what: What::Sent, .. }]), "{outcomes:?}");
}
