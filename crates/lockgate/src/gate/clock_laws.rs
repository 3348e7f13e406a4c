//! What a clock that cannot be trusted does to objects: engine, journal, log and held store on a clock that the test sets.

use super::begin::{self, Begin, Begun};
use super::clock::tests::Simulated;
use super::clock::{ClockTerms, SharedClock};
use super::common::Common;
use super::engine::{self, Engine};
use super::entry::{Entry, Recalled};
use super::journal::{Handover, Journal, Neighbours, Parts};
use crate::embedded;
use lockgate_audit::{Entries, Event, LogKey};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, Frame, Sealed, Time};
use lockgate_core::Policy;
use lockgate_disk::{Disk, RealDisk};
use lockgate_egress::Brake;
use lockgate_hold::Settings;
use lockgate_intake::{Arrival, Receipt};
use lockgate_watch::Gauges;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;

#[derive(Clone, Default)]
struct Beside {
    out: Arc<Mutex<Vec<Sealed>>>,
    again: Arc<Mutex<Vec<Recalled>>>,
}

impl Handover for Beside {
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>> {
        self.out.lock().unwrap().push(sealed);
        Ok(())
    }

    fn change(&mut self, _: Digest) {}

    fn close(&mut self) -> Option<Brake> {
        None
    }
}

impl Neighbours for Beside {
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>> {
        self.again.lock().unwrap().push(recalled);
        Ok(())
    }

    fn acknowledge(&mut self, _: &[Receipt]) {}
}

struct Gate {
    folder: TempDir,
    machine: Simulated,
    policy: Arc<Policy>,
}

/// One run on the gate's folder.
struct Run {
    engine: Engine,
    journal: Journal,
    clock: Arc<SharedClock>,
    gauges: Arc<Gauges>,
    beside: Beside,
}

impl Gate {
    fn new(at: Time) -> Self {
        let bundle = Bundle::build(&embedded::rules()).unwrap();
        let policy = bundle.lane("cot-down").unwrap().clone();
        Self { folder: tempfile::tempdir().unwrap(), machine: Simulated::at(at.unix_nanos()), policy }
    }

    fn disk(&self, name: &str) -> Arc<dyn Disk> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Arc::new(RealDisk::at(Path::new(&folder)).unwrap())
    }

    fn run(&self) -> Run {
        let begin = Begin {
            lane: "cot-down".to_owned(),
            node: "test".to_owned(),
            bundle: Digest([1; 32]),
            revision: 1,
            config: Digest([2; 32]),
            log: self.disk("audit"),
            key: LogKey::from_secret("lockgate-test", &[7; 32]).unwrap(),
            second: Vec::new(),
            hold: self.disk("hold"),
            settings: Settings::new(1 << 20, None),
            segments: lockgate_audit::Settings::default(),
            time: Box::new(self.machine.clone()),
            terms: ClockTerms::default(),
        };
        let Begun { log, ledger, store, clock, numbers, epoch, .. } =
            begin::begin(begin, || Ok(((), None))).unwrap();
        let gauges = Arc::new(Gauges::new("cot-down", "test", clock.now()));
        let common = Common::new(clock.clone(), gauges.clone(), 1 << 20, epoch).unwrap();
        let beside = Beside::default();
        let engine = Engine::new(engine::Start {
            policy: self.policy.clone(),
            common: common.clone(),
            flood: 100,
            begun: std::collections::BTreeMap::new(),
        });
        let journal = Journal::new(Parts {
            log,
            ledger,
            store: Box::new(store),
            stage: None,
            handover: Box::new(beside.clone()),
            neighbours: Box::new(beside.clone()),
            lane: "cot-down".to_owned(),
            numbers,
            common,
        });
        Run { engine, journal, clock, gauges, beside }
    }

    fn log(&self) -> Vec<Event> {
        let disk = self.disk("audit");
        let mut entries = Entries::from(&*disk, 0);
        let mut all = Vec::new();
        while let Some((_, record)) = entries.next_entry().unwrap() {
            all.push(Event::read(record).unwrap());
        }
        all
    }
}

impl Run {
    fn track(&mut self) {
        let bytes = include_bytes!("../../../../fixtures/cot-event/release-ground-track/input.xml").to_vec();
        let source = Arc::from("sensor-net");
        let frame = Frame { bytes, source, arrival: self.clock.now() };
        self.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    }

    fn tick(&mut self) {
        self.work(|engine, out| engine.tick(out));
    }

    /// Lets the engine work, and puts on record what it says, and what is to be decided again because of it.
    fn work(&mut self, work: impl FnOnce(&mut Engine, &mut Vec<Entry>)) {
        let mut entries = Vec::new();
        work(&mut self.engine, &mut entries);
        loop {
            for entry in entries.drain(..) {
                if self.journal.is_full(Some(&entry)) {
                    self.journal.record(self.clock.now(), &self.gauges).unwrap();
                }
                self.journal.take(entry);
            }
            self.journal.record(self.clock.now(), &self.gauges).unwrap();
            let again = std::mem::take(&mut *self.beside.again.lock().unwrap());
            if again.is_empty() {
                return;
            }
            again.into_iter().for_each(|recalled| self.engine.again(recalled, &mut entries));
        }
    }

    fn released(&self) -> usize {
        self.beside.out.lock().unwrap().len()
    }
}

fn decisions(log: &[Event]) -> Vec<(&'static str, Vec<String>, Option<u64>)> {
    let decisions = log.iter().filter_map(|event| match event {
        Event::Decision(decision) => Some(decision),
        _ => None,
    });
    decisions.map(|one| (one.verdict().name(), one.codes().map(str::to_owned).collect(), one.again)).collect()
}

fn clocks(log: &[Event]) -> Vec<(&'static str, i64, Option<String>)> {
    let changes = log.iter().filter_map(|event| match event {
        Event::Clock(change) => Some((change.clock.name(), change.step_ns, change.by.clone())),
        _ => None,
    });
    changes.collect()
}

fn noon() -> Time {
    Time::parse(b"2026-03-01T10:05:00Z").unwrap()
}

#[test]
fn after_a_step_nothing_is_released_until_it_is_confirmed_and_then_what_was_held_is() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    run.track();
    assert_eq!(run.released(), 1);
    gate.machine.set_by(60 * SECOND);
    run.tick();
    run.track();
    run.track();
    assert_eq!(run.released(), 1, "nothing leaves on a time that nobody trusts");
    gate.machine.pass(30 * SECOND);
    run.tick();
    run.track();
    assert_eq!(run.released(), 1, "and time alone heals nothing");
    run.clock.confirm("uid 0");
    run.tick();
    assert_eq!(run.released(), 4, "what was held for the clock is decided again");
    run.track();
    assert_eq!(run.released(), 5);
    let held = || ("hold", vec!["LG-H003".to_owned()], None);
    let released = |again| ("release", Vec::new(), again);
    let log = gate.log();
    let entry = |number: usize| {
        let places = log.iter().enumerate().filter(|(_, event)| matches!(event, Event::Decision(_)));
        places.map(|(place, _)| u64::try_from(place).unwrap()).nth(number)
    };
    assert_eq!(
        decisions(&log),
        [
            released(None),
            held(),
            held(),
            held(),
            released(entry(1)),
            released(entry(2)),
            released(entry(3)),
            released(None)
        ]
    );
    assert_eq!(
        clocks(&log),
        [("unsynchronised", 60 * SECOND, None), ("confirmed", 0, Some("uid 0".to_owned()))]
    );
}

#[test]
fn what_is_held_for_the_clock_and_for_more_stays_held() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    gate.machine.set_by(-60 * SECOND);
    run.tick();
    let text = include_str!("../../../../fixtures/cot-event/hold-unlabelled/input.xml");
    let source = Arc::from("sensor-net");
    let frame = Frame { bytes: text.as_bytes().to_vec(), source, arrival: run.clock.now() };
    run.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    run.clock.confirm("uid 0");
    run.tick();
    assert_eq!(run.released(), 0);
    assert!(
        decisions(&gate.log()).iter().all(|(verdict, codes, _)| *verdict == "hold" && codes[0] == "LG-M001")
    );
}

#[test]
fn time_never_runs_back_across_a_restart() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    run.track();
    drop(run);
    // The machine comes up an hour early: the time stands at the last one in the log, and nothing is released by it.
    gate.machine.set_by(-3600 * SECOND);
    let mut run = gate.run();
    assert_eq!(run.clock.now(), noon());
    run.tick();
    run.track();
    assert_eq!(run.released(), 0);
    run.clock.confirm("uid 0");
    run.tick();
    assert_eq!(run.released(), 1);
    let log = gate.log();
    let times: Vec<Time> = log.iter().map(Event::at).collect();
    assert!(times.windows(2).all(|pair| pair[0] <= pair[1]), "{times:?}");
    let last = *times.last().unwrap();
    assert_eq!(last, noon(), "confirmed, and still no earlier time than in the log");
    assert_eq!(clocks(&log)[0], ("unsynchronised", -3600 * SECOND, None));
}
