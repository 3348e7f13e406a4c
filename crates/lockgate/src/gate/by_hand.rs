//! A lane whose engine and journal a test drives by hand, on real disks and a clock that the test sets.

use super::begin::{self, Begin, Begun};
use super::clock::tests::Simulated;
use super::clock::{ClockTerms, SharedClock};
use super::common::Common;
use super::engine::{self, Engine};
use super::entry::{Entry, Petition, Recalled};
use super::journal::{Handover, Journal, Neighbours, Parts};
use crate::embedded;
use lockgate_audit::{Entries, Event, LogKey};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, Frame, Sealed, Time};
use lockgate_core::Policy;
use lockgate_disk::{Disk, RealDisk};
use lockgate_egress::Brake;
use lockgate_hold::Settings;
use lockgate_intake::{Arrival, Mark, Receipt};
use lockgate_watch::Gauges;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

#[derive(Clone, Default)]
pub(super) struct Beside {
    pub(super) out: Arc<Mutex<Vec<Sealed>>>,
    pub(super) again: Arc<Mutex<Vec<Recalled>>>,
    pub(super) petitions: Arc<Mutex<Vec<Petition>>>,
    pub(super) shut: Arc<Mutex<bool>>,
    pub(super) marks: Arc<Mutex<Vec<Mark>>>,
    /// The engine's line for statements has no room.
    pub(super) is_full: Arc<Mutex<bool>>,
    /// What lies between journal and egress has none either.
    pub(super) is_choked: Arc<Mutex<bool>>,
}

impl Handover for Beside {
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>> {
        if *self.is_choked.lock().unwrap() {
            return Err(Box::new(sealed));
        }
        self.out.lock().unwrap().push(sealed);
        Ok(())
    }

    fn change(&mut self, _: Digest) {}

    fn shut(&mut self, shut: bool) {
        *self.shut.lock().unwrap() = shut;
    }

    fn close(&mut self) -> Option<Brake> {
        None
    }
}

impl Neighbours for Beside {
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>> {
        self.again.lock().unwrap().push(recalled);
        Ok(())
    }

    fn review(&mut self, petition: Petition) -> Result<(), Box<Petition>> {
        if *self.is_full.lock().unwrap() {
            return Err(Box::new(petition));
        }
        self.petitions.lock().unwrap().push(petition);
        Ok(())
    }

    fn acknowledge(&mut self, _: &[Receipt]) {}

    fn on_record(&mut self, marks: &[Mark]) {
        self.marks.lock().unwrap().extend_from_slice(marks);
    }
}

pub(super) struct Gate {
    pub(super) folder: TempDir,
    pub(super) machine: Simulated,
    pub(super) policy: Arc<Policy>,
}

/// One run on the gate's folder.
pub(super) struct Run {
    pub(super) engine: Engine,
    pub(super) journal: Journal,
    pub(super) clock: Arc<SharedClock>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) beside: Beside,
}

impl Gate {
    pub(super) fn new(at: Time) -> Self {
        let bundle = Bundle::build(&embedded::rules()).unwrap();
        let policy = bundle.lane("cot-down").unwrap().clone();
        Self { folder: tempfile::tempdir().unwrap(), machine: Simulated::at(at.unix_nanos()), policy }
    }

    pub(super) fn disk(&self, name: &str) -> Arc<dyn Disk> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Arc::new(RealDisk::at(Path::new(&folder)).unwrap())
    }

    pub(super) fn run(&self) -> Run {
        self.try_run().unwrap()
    }

    /// A run, or why it does not begin.
    pub(super) fn try_run(&self) -> Result<Run, String> {
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
            statements: Some(self.disk("review")),
            settings: Settings::new(1 << 20, None),
            segments: lockgate_audit::Settings::default(),
            time: Box::new(self.machine.clone()),
            terms: ClockTerms::default(),
            trusts: Box::new(|_| Ok(())),
        };
        let Begun { log, ledger, store, clock, numbers, epoch, statements, .. } =
            begin::begin(begin, || Ok(((), None))).map_err(|unbegun| unbegun.fault.to_string())?;
        let gauges = Arc::new(Gauges::new("cot-down", "test", clock.now()));
        let common = Common::new(clock.clone(), gauges.clone(), 1 << 20, epoch, false).unwrap();
        let beside = Beside::default();
        let engine = Engine::new(engine::Start {
            bindings: Arc::default(),
            pseudonyms: None,
            slow: None,
            policy: self.policy.clone(),
            common: common.clone(),
            cut_max: usize::MAX,
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
            statements,
        });
        Ok(Run { engine, journal, clock, gauges, beside })
    }

    pub(super) fn log(&self) -> Vec<Event> {
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
    /// What the engine says of one more track, not yet with the journal.
    pub(super) fn track_into(&mut self, entries: &mut Vec<Entry>) {
        let frame = self.frame();
        self.engine.arrival(Arrival::Frame(frame, None), entries);
    }

    pub(super) fn track(&mut self) {
        let frame = self.frame();
        self.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    }

    /// One more track, for the engine.
    pub(super) fn arrival(&self) -> Arrival {
        Arrival::Frame(self.frame(), None)
    }

    fn frame(&self) -> Frame {
        let bytes = include_bytes!("../../../../fixtures/cot-event/release-ground-track/input.xml").to_vec();
        let source = Arc::from("sensor-net");
        Frame { bytes, source, arrival: self.clock.now(), sidecar: None }
    }

    pub(super) fn tick(&mut self) {
        self.work(|engine, out| engine.tick(out));
    }

    /// Lets the engine work, and puts on record what it says, and what is to be decided again because of it.
    pub(super) fn work(&mut self, work: impl FnOnce(&mut Engine, &mut Vec<Entry>)) {
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

    pub(super) fn released(&self) -> usize {
        self.beside.out.lock().unwrap().len()
    }
}

/// Some noon.
pub(super) fn noon() -> Time {
    Time::parse(b"2026-03-01T10:05:00Z").unwrap()
}
