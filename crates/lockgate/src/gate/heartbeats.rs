//! Each thread of a lane gives its own sign of life, also with nothing to do; one that stands still is found out.

use super::by_hand::{Gate, Run, noon};
use super::engine::thread::{EngineThread, Entries};
use super::entry::Entry;
use super::journal::thread::{Heard, JournalThread};
use super::lane::Pulse;
use super::listeners::Listeners;
use crossbeam_channel::{bounded, never, unbounded};
use lockgate_bytes::{Digest, Duration, Precedence, SealKey, Sealed, Time};
use lockgate_egress::{
    Bounds, Cage, Egress, EgressCounters, Gate as Last, Hatch, Progress, Sender, Sink, hatch,
};
use lockgate_intake::{Arrival, Config, Intake, IntakeCounters, Listener, Offered, Pool, Source, Udp, Way};
use lockgate_watch::{Gauges, STUCK_SECONDS, Sampler, Stops, Worker};
use std::net::UdpSocket;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration as Span, Instant};

/// The threads that look as if they stood still so many seconds from now, and whether the lane is live then.
fn stuck(gauges: &Gauges, seconds: u64) -> (Vec<String>, bool) {
    let later = gauges.steady_nanos() + seconds * 1_000_000_000;
    let status = gauges.look(&Sampler::default(), noon(), later);
    let told = status.value();
    let names = told.at("alarms").list().iter().map(|alarm| alarm.at("name").text().to_owned());
    (names.filter(|name| name.ends_with("-stuck")).collect(), status.is(Stops::Live))
}

fn alarms(of: impl Fn(Worker) -> bool) -> Vec<String> {
    Worker::ALL
        .iter()
        .filter(|worker| of(**worker))
        .map(|worker| format!("{}-stuck", worker.name()))
        .collect()
}

/// It beats, and no thread but it: nothing else beats in these tests, so all others are found out.
fn beats(gauges: &Gauges, own: Worker) {
    is_seen(gauges, own);
    // By now what was seen is too old to be seen again: with nothing to do it beats all the same.
    thread::sleep(Span::from_millis(1_500));
    is_seen(gauges, own);
}

/// Waits for a sign of life of it alone: on a busy machine one may be late.
fn is_seen(gauges: &Gauges, own: Worker) {
    let others = alarms(|worker| worker != own);
    let begun = Instant::now();
    while stuck(gauges, STUCK_SECONDS - 1).0 != others {
        let seen = stuck(gauges, STUCK_SECONDS - 1);
        assert!(begun.elapsed() < Span::from_secs(20), "no sign of life of {own:?}: {seen:?}");
        thread::sleep(Span::from_millis(50));
    }
}

/// It stands still, and is the only one that does: the lane is not live.
fn stands_still(gauges: &Gauges, own: Worker) {
    // Beats that were on their way are over by then.
    thread::sleep(Span::from_millis(1_500));
    Worker::ALL.iter().filter(|worker| **worker != own).for_each(|worker| gauges.beat(*worker));
    assert_eq!(stuck(gauges, STUCK_SECONDS - 1), (alarms(|worker| worker == own), false));
}

fn pulse(run: &Run, of: Worker) -> Pulse {
    Pulse { clock: run.clock.clone(), gauges: run.gauges.clone(), of }
}

#[test]
fn the_engine_beats_by_itself_also_while_it_waits_for_the_journal() {
    let run = Gate::new(noon()).run();
    let (to_it, arrivals) = unbounded();
    let (out, taken) = bounded(1);
    let (gauges, clock) = (run.gauges.clone(), run.clock.clone());
    let frames: Vec<Arrival> = (0..3).map(|_| run.arrival()).collect();
    let listeners =
        Listeners::of(Arc::new(IntakeCounters { listeners: Vec::new() }), gauges.clone(), clock.clone());
    let engine = EngineThread {
        engine: run.engine,
        arrivals,
        again: never(),
        petitions: never(),
        ordered: never(),
        out: Entries { entries: out, gauges: gauges.clone(), listeners },
        gauges: gauges.clone(),
        clock,
    };
    let thread = thread::spawn(move || engine.run());
    beats(&gauges, Worker::Engine);
    // Nobody takes what it writes: it waits, and says so.
    frames.into_iter().for_each(|frame| to_it.send(frame).unwrap());
    thread::sleep(Span::from_millis(1_500));
    beats(&gauges, Worker::Engine);
    drop((to_it, taken));
    assert_eq!(thread.join().unwrap(), Ok(()));
    stands_still(&gauges, Worker::Engine);
}

#[test]
fn the_journal_beats_by_itself_and_is_found_out_where_it_stands_still() {
    let mut run = Gate::new(noon()).run();
    let mut written = Vec::new();
    run.track_into(&mut written);
    let (to_it, entries) = unbounded();
    let (mouth, ear, ends) = hatch(Hatch { objects: 1, bytes: 1, reports: 1 });
    let heard = Heard { ear, undecided: never(), counters: Arc::new(EgressCounters::default()) };
    let (gauges, out) = (run.gauges.clone(), run.beside.out.clone());
    let thread =
        JournalThread::new(run.journal, entries, heard, Arc::new(AtomicBool::new(false)), Span::from_secs(1));
    let thread = thread::spawn(move || thread.run());
    beats(&gauges, Worker::Journal);
    // Handing over must not wait; should it ever, the operator hears of it.
    let hand = out.lock().unwrap();
    written.into_iter().for_each(|entry| to_it.send(entry).unwrap());
    stands_still(&gauges, Worker::Journal);
    drop(hand);
    beats(&gauges, Worker::Journal);
    drop((to_it, mouth, ends));
    // It ends because egress has, or because the engine has: whichever it sees first.
    let _ = thread.join().unwrap();
}

/// An engine that is gone without its last word did not decide all that it took: that run does not end in order.
#[test]
fn only_an_engine_with_its_last_word_ends_a_run() {
    for ends_well in [false, true] {
        let gate = Gate::new(noon());
        let mut run = gate.run();
        let mut written = Vec::new();
        run.track_into(&mut written);
        let (to_it, entries) = unbounded();
        let (mouth, ear, ends) = hatch(Hatch { objects: 1, bytes: 1, reports: 1 });
        let heard = Heard { ear, undecided: never(), counters: Arc::new(EgressCounters::default()) };
        let stopping = Arc::new(AtomicBool::new(true));
        let thread = JournalThread::new(run.journal, entries, heard, stopping, Span::from_secs(1));
        written
            .into_iter()
            .chain(ends_well.then_some(Entry::End))
            .for_each(|entry| to_it.send(entry).unwrap());
        drop(to_it);
        let thread = thread::spawn(move || thread.run());
        thread::sleep(Span::from_millis(300));
        drop((mouth, ends));
        let outcome = thread.join().unwrap();
        let stops = gate.log().iter().filter(|event| event.kind() == "stop").count();
        let decided = gate.log().iter().filter(|event| event.kind() == "decision").count();
        assert_eq!((outcome.is_ok(), stops, decided), (ends_well, usize::from(ends_well), 1), "{outcome:?}");
    }
}

/// Sends into nothing, while the test lets it.
struct Slow(Arc<Mutex<()>>);

impl Sink for Slow {
    fn largest(&self) -> usize {
        1_000
    }
    fn wire_bytes(&self, object: usize) -> u64 {
        u64::try_from(object).unwrap()
    }
    fn cage(&self) -> Cage {
        Cage::Datagrams
    }
    fn send(&mut self, batch: &[&Sealed]) -> Progress {
        let _hand = self.0.lock();
        Progress { sent: batch.len(), ..Progress::default() }
    }
}

#[test]
fn egress_beats_by_itself_and_is_found_out_where_it_stands_still() {
    let run = Gate::new(noon()).run();
    let (key, lane, bundle) = (SealKey::new([7; 32]), Arc::<str>::from("cot-down"), Digest([1; 32]));
    let (mouth, ear, ends) = hatch(Hatch { objects: 9, bytes: 9_000, reports: 9 });
    let bounds = Bounds { objects: 9, bytes: 9_000, skew: Duration::from_secs(5), at_once: usize::MAX };
    let sender = Sender::new(bounds, Last { key: key.clone(), lane: lane.clone(), bundle }, None);
    let hand = Arc::new(Mutex::new(()));
    let egress = Egress::new(sender, Box::new(Slow(hand.clone())), ends, Arc::new(EgressCounters::default()));
    let (gauges, pulse) = (run.gauges.clone(), pulse(&run, Worker::Egress));
    let thread = thread::spawn(move || egress.run(|| lockgate_intake::Clock::now(&pulse)));
    beats(&gauges, Worker::Egress);
    let mut sealed = Sealed {
        identity: Digest::of(b"x"),
        crossing: None,
        bytes: b"x".to_vec(),
        lane,
        bundle,
        precedence: Precedence::Routine,
        not_after: Time::MAX,
        entry: 1,
        first: 1,
        order: None,
        turn: 0,
        tag: Digest([0; 32]),
    };
    sealed.tag = key.tag(&sealed);
    let held = hand.lock().unwrap();
    mouth.offer(sealed).unwrap();
    stands_still(&gauges, Worker::Egress);
    drop(held);
    beats(&gauges, Worker::Egress);
    drop(mouth);
    assert_eq!(thread.join().unwrap(), Ok(()));
    drop(ear);
}

/// Takes everything, while the test lets it.
struct Door(Arc<Mutex<()>>);

impl lockgate_intake::Hatch for Door {
    fn offer(&mut self, _: Arrival) -> Offered {
        let _hand = self.0.lock();
        Offered::Taken
    }
}

#[test]
fn intake_beats_by_itself_and_is_found_out_where_it_stands_still() {
    let run = Gate::new(noon()).run();
    let udp = Udp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: "lo".to_owned(),
        source: "sensor-net".into(),
        receive_buffer_bytes: 65_536,
    };
    let config = Config {
        epoch: 1,
        push_back: true,
        unfinished_max_bytes: 1 << 20,
        sources: vec![Source { name: "sensor-net".into(), rate: None, size_max: None }],
        listeners: vec![Listener { name: "udp-1".into(), size_max: 65_536, way: Way::Udp(udp) }],
    };
    let gauges = run.gauges.clone();
    let intake =
        Intake::open(config, Arc::new(pulse(&run, Worker::Intake)), Arc::new(Pool::new(1 << 20))).unwrap();
    let (steers, at) = (intake.handle(), intake.address("udp-1").unwrap());
    let hand = Arc::new(Mutex::new(()));
    let mut door = Door(hand.clone());
    let thread = thread::spawn(move || intake.run(&mut door).map_err(|error| error.to_string()));
    beats(&gauges, Worker::Intake);
    let held = hand.lock().unwrap();
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"x", at).unwrap();
    stands_still(&gauges, Worker::Intake);
    drop(held);
    beats(&gauges, Worker::Intake);
    steers.stop();
    assert_eq!(thread.join().unwrap(), Ok(()));
}
