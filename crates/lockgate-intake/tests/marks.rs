//! A diode link into a lane: a mark stands behind all that came, and what no mark came back for is told by the next run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that stops has failed"
)]

mod common;

use common::{Running, TestClock, config, run, start};
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Limits, LinkKey, ManifestSecret, Object, Plane, Sender, Start, Step, Supply, Terms};
use lockgate_disk::{Disk, SimDisk};
use lockgate_intake::{Arrival, Config, Diode, Intake, Listener, Mark, Pool, Way};
use lockgate_receive::{Link, Listen};
use std::collections::VecDeque;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

struct Waits(VecDeque<Object>);

impl Supply for Waits {
    fn highest(&self) -> Option<Precedence> {
        self.0.front().map(|_| Precedence::Routine)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        if class == Precedence::Routine && plane == Plane::Small { self.0.pop_front() } else { None }
    }
}

/// The datagrams of a run of so many objects, heartbeats and manifests left out.
fn datagrams(epoch: u64, objects: u64) -> Vec<Vec<u8>> {
    let terms = Terms { small_repair: 0, rate: None, ..Terms::new(7) };
    let keys = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]));
    let mut sender = Sender::new(terms, keys.0, keys.1, Start { epoch, closing: None }).unwrap();
    let mut waits = Waits((0..objects).map(|it| Object::new(vec![it as u8; 100], Time::MAX, it)).collect());
    let (mut all, mut out) = (Vec::new(), Vec::new());
    while all.len() < objects as usize {
        if let Step::Datagram(Some(_)) = sender.poll(Time::MIN, &mut waits, &mut out) {
            all.push(out.clone());
        }
    }
    all
}

/// Two objects, and the manifest that says they were sent.
fn two_and_their_manifest() -> (Vec<Vec<u8>>, Vec<u8>) {
    let terms = Terms { small_repair: 0, rate: None, ..Terms::new(7) };
    let keys = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]));
    let mut sender = Sender::new(terms, keys.0, keys.1, Start { epoch: 1 << 32, closing: None }).unwrap();
    let mut waits = Waits((0..2).map(|it| Object::new(vec![it as u8; 100], Time::MAX, it)).collect());
    let (mut parts, mut manifests, mut out) = (Vec::new(), Vec::new(), Vec::new());
    let mut now = Time::from_unix_nanos(0);
    while parts.len() < 2 || manifests.len() < 2 {
        match sender.poll(now, &mut waits, &mut out) {
            Step::Datagram(Some(_)) => parts.push(out.clone()),
            Step::Datagram(None) if out[1] >> 4 == 4 => manifests.push(out.clone()),
            Step::Datagram(None) => {}
            Step::At(at) => now = at,
        }
    }
    (parts, manifests.pop().unwrap())
}

fn lane(state: &SimDisk) -> Running {
    start(with_link(state))
}

/// One that is told to stop before it runs.
fn stopped(state: &SimDisk) -> Running {
    let (clock, pool) = (TestClock::new(), Arc::new(Pool::new(64 << 20)));
    let intake = Intake::open(with_link(state), Arc::<TestClock>::clone(&clock), Arc::clone(&pool)).unwrap();
    intake.handle().stop();
    run(intake, vec!["link".to_owned()], clock, Arc::default(), pool)
}

fn with_link(state: &SimDisk) -> Config {
    let manifest_key = ManifestSecret::new(&[6; 32]).public();
    let link = Link { link: 7, key: LinkKey::new(&[4; 32]), manifest_key, limits: Limits::default() };
    let address = "127.0.0.1:0".parse().unwrap();
    let listen = Listen { address, interface: "lo".to_owned(), buffer: 1 << 20 };
    let state: Arc<dyn Disk> = Arc::new(state.clone());
    let diode = Diode { listen, link, state, source: "far".into() };
    let listener = Listener { name: "link".into(), size_max: 4_096, way: Way::Diode(diode) };
    config(&["far"], vec![listener])
}

fn send(lane: &Running, datagrams: &[Vec<u8>]) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for datagram in datagrams {
        socket.send_to(datagram, lane.address("link")).unwrap();
    }
}

/// Waits until the basket is as `wanted` says; panics with what is there.
fn wait(lane: &Running, wanted: impl Fn(&[Arrival]) -> bool) {
    let begun = Instant::now();
    while !wanted(&lane.basket.arrivals.lock().unwrap()) {
        let arrivals = lane.basket.arrivals.lock().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(60), "{arrivals:?}");
        drop(arrivals);
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn last_mark(arrivals: &[Arrival]) -> Option<Mark> {
    arrivals.iter().rev().find_map(|it| if let Arrival::Mark(mark) = it { Some(*mark) } else { None })
}

/// What the run before left, as this run tells it.
fn indeterminate(lane: &Running) -> u64 {
    lane.counters.listeners[0].indeterminate.value()
}

#[test]
fn a_mark_stands_behind_all_that_came_and_what_it_did_not_come_back_for_is_told() {
    let (state, all) = (SimDisk::new(1), datagrams(1 << 32, 9));
    let mut lane_1 = lane(&state);
    send(&lane_1, &all[..5]);
    wait(&lane_1, |it| last_mark(it).is_some_and(|mark| mark.ended == 5));
    let arrivals = std::mem::take(&mut *lane_1.basket.arrivals.lock().unwrap());
    let mark = last_mark(&arrivals).unwrap();
    assert_eq!(mark.listener, 0);
    assert!(matches!(arrivals.last(), Some(Arrival::Mark(_))), "nothing it speaks of stands behind it");
    let frames = arrivals.iter().filter(|it| matches!(it, Arrival::Frame(..))).count();
    assert_eq!(frames, 5);
    // While the lane takes nothing there is no mark, for those before have not been taken.
    lane_1.basket.full.store(true, SeqCst);
    send(&lane_1, &all[5..]);
    let turned = &lane_1.counters.listeners[0];
    let begun = Instant::now();
    while turned.turned_away(lockgate_intake::Why::Full) < 4 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(last_mark(&lane_1.basket.arrivals.lock().unwrap()), None);
    lane_1.basket.full.store(false, SeqCst);
    wait(&lane_1, |it| last_mark(it).is_some_and(|mark| mark.ended == 9));
    let is_told = |it: &Arrival| matches!(it, Arrival::TurnedAway(away) if away.count == 4);
    assert!(
        lane_1.basket.arrivals.lock().unwrap().iter().any(is_told),
        "what was turned away stands before it"
    );
    // Of the first mark alone the lane says that it is on record; then it is gone.
    lane_1.handle.on_record(&[mark]);
    lane_1.stop();
    drop(lane_1);
    let mut lane_2 = lane(&state);
    wait(&lane_2, |it| {
        it.iter().any(|it| matches!(it, Arrival::Losses { losses, .. } if losses.indeterminate == 4))
    });
    assert_eq!(indeterminate(&lane_2), 4);
    wait(&lane_2, |it| last_mark(it).is_some_and(|mark| mark.ended == 4));
    let told = lane_2.basket.arrivals.lock().unwrap();
    let losses = told.iter().position(|it| matches!(it, Arrival::Losses { .. })).unwrap();
    let mark = told.iter().position(|it| matches!(it, Arrival::Mark(_))).unwrap();
    assert!(losses < mark, "no mark counts what the run before left before that is told: {told:?}");
    drop(told);
    // What is on record is never told again.
    let mark = last_mark(&lane_2.basket.arrivals.lock().unwrap()).unwrap();
    lane_2.handle.on_record(&[mark]);
    lane_2.stop();
    drop(lane_2);
    assert!(!a_third_run_tells(&state));
}

/// A run that ended with four objects of the link owing.
fn a_run_that_left_four() -> SimDisk {
    let state = SimDisk::new(1);
    let mut lane_1 = lane(&state);
    send(&lane_1, &datagrams(1 << 32, 4));
    wait(&lane_1, |it| it.iter().filter(|it| matches!(it, Arrival::Frame(..))).count() == 4);
    lane_1.stop();
    state
}

#[test]
fn a_lane_that_is_told_to_stop_before_its_first_look_tells_what_the_run_before_left() {
    let mut lane_2 = stopped(&a_run_that_left_four());
    lane_2.stop();
    let told = lane_2.basket.arrivals.lock().unwrap();
    let losses = told
        .iter()
        .filter_map(|it| if let Arrival::Losses { losses, .. } = it { Some(losses) } else { None });
    assert_eq!(losses.map(|it| it.indeterminate).collect::<Vec<_>>(), [4], "{told:?}");
}

/// Whether a third run has something to tell.
fn a_third_run_tells(state: &SimDisk) -> bool {
    let mut lane_3 = lane(state);
    send(&lane_3, &datagrams(1 << 32, 10)[9..]);
    wait(&lane_3, |it| last_mark(it).is_some_and(|mark| mark.ended == 1));
    let told = indeterminate(&lane_3) > 0;
    lane_3.stop();
    told
}

/// What was told of the link's silence, in order.
fn silences(arrivals: &[Arrival]) -> Vec<bool> {
    let told = arrivals.iter().filter_map(|it| match it {
        Arrival::Silence { listener, is_silent } => Some((&**listener, *is_silent)),
        _ => None,
    });
    told.inspect(|(listener, _)| assert_eq!(*listener, "link")).map(|(_, is_silent)| is_silent).collect()
}

/// Heartbeats that promise the next one within a second.
fn heartbeats(count: i64) -> Vec<Vec<u8>> {
    let keys = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]));
    let mut sender =
        Sender::new(Terms::new(7), keys.0, keys.1, Start { epoch: 1 << 32, closing: None }).unwrap();
    let (mut all, mut out, mut waits) = (Vec::new(), Vec::new(), Waits(VecDeque::new()));
    for second in 0..count {
        let now = Time::from_unix_nanos(second * 1_000_000_000);
        while let Step::Datagram(_) = sender.poll(now, &mut waits, &mut out) {
            if out[1] >> 4 == 5 {
                all.push(out.clone());
            }
        }
    }
    assert_eq!(all.len() as i64, count);
    all
}

#[test]
fn a_link_that_falls_silent_is_told_and_when_it_is_heard_again_and_one_that_was_never_heard() {
    let (mut lane, all) = (lane(&SimDisk::new(1)), heartbeats(2));
    // Nobody has said yet how far apart heartbeats are: three of the longest. The clock begins with the first look.
    let begun = Instant::now();
    while silences(&lane.basket.arrivals.lock().unwrap()).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        lane.clock.advance(20);
        std::thread::sleep(Duration::from_millis(5));
    }
    send(&lane, &all[..1]);
    wait(&lane, |it| silences(it) == [true, false]);
    // Nobody takes it: it is told when somebody does.
    lane.basket.full.store(true, SeqCst);
    lane.clock.advance(10);
    lane.basket.full.store(false, SeqCst);
    wait(&lane, |it| silences(it) == [true, false, true]);
    send(&lane, &all[1..]);
    wait(&lane, |it| silences(it) == [true, false, true, false]);
    lane.stop();
}

#[test]
fn a_lane_that_ends_as_it_should_owes_nothing() {
    let state = SimDisk::new(1);
    let lane_1 = lane(&state);
    let all = datagrams(1 << 32, 6);
    send(&lane_1, &all[..5]);
    wait(&lane_1, |it| it.iter().filter(|it| matches!(it, Arrival::Frame(..))).count() == 5);
    let handle = lane_1.handle.clone();
    drop(lane_1);
    handle.settle().unwrap();
    let mut lane_2 = lane(&state);
    send(&lane_2, &all[5..]);
    wait(&lane_2, |it| last_mark(it).is_some_and(|mark| mark.ended == 1));
    assert_eq!(indeterminate(&lane_2), 0);
    lane_2.stop();
}

fn frames(arrivals: &[Arrival]) -> usize {
    arrivals.iter().filter(|it| matches!(it, Arrival::Frame(..))).count()
}

/// A loss goes by the time for which one could have heard what is missing: not by a clock that is set, nor while nothing was read.
#[test]
fn no_object_of_a_link_is_lost_to_a_clock_that_jumps_or_to_a_lane_that_had_no_room() {
    for is_stuck in [false, true] {
        let (state, (parts, manifest)) = (SimDisk::new(1), two_and_their_manifest());
        let lane = start(Config { push_back: is_stuck, ..with_link(&state) });
        send(&lane, &[manifest]);
        std::thread::sleep(Duration::from_millis(200));
        if is_stuck {
            lane.basket.full.store(true, SeqCst);
            send(&lane, &parts[..1]);
            std::thread::sleep(Duration::from_millis(200));
            send(&lane, &parts[1..]);
            lane.clock.advance(3_600);
            std::thread::sleep(Duration::from_millis(200));
            lane.basket.full.store(false, SeqCst);
        } else {
            lane.clock.step(3_600);
            std::thread::sleep(Duration::from_millis(200));
            send(&lane, &parts);
        }
        wait(&lane, |it| frames(it) == 2);
        assert_eq!(lane.counters.listeners[0].lost.value(), 0, "stuck: {is_stuck}");
    }
}
