//! What outlives a crash: the disk, what was handed in, and what left.

mod hands;
mod talk;

use super::model::{self, Model, Totals};
use super::objects::bundles;
use super::people::Mood;
use super::pictures::Pictures;
use super::run::{Drop, Run};
use super::watch::Watch;
use super::workers::Workers;
use crate::gate::clock::TimeSource;
use lockgate_audit::LogKey;
use lockgate_bytes::{Digest, Sealed, Time};
use lockgate_disk::{Breakage, Seed, SimDisk};
use lockgate_egress::{Cage, Progress, Sink};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

pub(super) const LANE: &str = "cot-down";

const BREAKAGES: [Breakage; 4] =
    [Breakage::NoSpace, Breakage::ReadOnly, Breakage::Broken, Breakage::NoDescriptors];

/// Where released objects go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Directory,
    Network,
}

/// How files are handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Files {
    Alone,
    /// Each with its label beside it.
    Paired,
}

/// What is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objects {
    /// Tracks; what is of no type is not looked into.
    Tracks,
    /// Pictures among them, and workers to look into them.
    Pictures,
}

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Crash,
    /// The disk fails for a while, and is well again.
    Fault,
    /// Single operations fail here and there, then the power goes.
    FaultThenCrash,
    /// Single things cannot be read, at the start and while it runs, then the power goes.
    MisreadThenCrash,
}

pub(super) fn log_key() -> LogKey {
    LogKey::from_secret("sim/log", &[5; 32]).unwrap()
}

/// A network: what was sent is gone, with the entry that released it.
#[derive(Clone, Default)]
pub(super) struct Out(pub(super) Arc<Mutex<Vec<(u64, Digest)>>>);

impl Sink for Out {
    fn largest(&self) -> usize {
        1 << 20
    }

    fn wire_bytes(&self, object: usize) -> u64 {
        object as u64
    }

    fn cage(&self) -> Cage {
        Cage::Files
    }

    fn send(&mut self, batch: &[&Sealed]) -> Progress {
        self.0.lock().unwrap().extend(batch.iter().map(|sealed| (sealed.entry, Digest::of(&sealed.bytes))));
        Progress { sent: batch.len(), ..Progress::default() }
    }
}

/// Everything that outlives a crash.
pub(super) struct World {
    seed: Seed,
    way: Way,
    disk: SimDisk,
    watch: Watch,
    out: Out,
    /// Objects that were handed in as files, by hash.
    files: BTreeMap<Digest, u64>,
    /// What lay beside each of them, and those that were a file by themselves.
    pairs: BTreeMap<Digest, Digest>,
    whole: BTreeSet<Digest>,
    /// The objects of each file that was handed in, by its hash; and how many were handed in that are not fit.
    handed: BTreeMap<Digest, Vec<Digest>>,
    unfit: u64,
    /// The lane makes those wait who hand in.
    pushes_back: bool,
    /// Halves that are still to come.
    later: Vec<(String, Vec<u8>)>,
    handed_in: Files,
    /// Objects that workers look into, and whether there are any.
    pictures: Pictures,
    has_pictures: bool,
    /// The power may go in this life.
    may_die: bool,
    /// Objects that came as datagrams.
    datagrams: BTreeMap<Digest, u64>,
    next: u64,
    bundle: usize,
    /// The last statement that was handed in.
    said: Option<Vec<u8>>,
    totals: Totals,
}

impl World {
    pub(super) fn new(seed: u64, way: Way, (handed_in, objects): (Files, Objects)) -> Self {
        let disk = SimDisk::new(seed ^ 0x5EED);
        for folder in ["audit", "hold", "out", "drop/in", "desk/in"] {
            disk.plant(&format!("{folder}/.keep"), b"");
        }
        let start = Time::parse(b"2026-03-01T10:05:00Z").unwrap().unix_nanos();
        Self {
            seed: Seed::new(seed),
            way,
            disk,
            watch: Watch::at(start, seed.is_multiple_of(2)),
            out: Out::default(),
            files: BTreeMap::new(),
            pairs: BTreeMap::new(),
            whole: BTreeSet::new(),
            handed: BTreeMap::new(),
            unfit: 0,
            pushes_back: !seed.is_multiple_of(3),
            later: Vec::new(),
            handed_in,
            pictures: Pictures::new(),
            has_pictures: objects == Objects::Pictures,
            may_die: false,
            datagrams: BTreeMap::new(),
            next: 0,
            bundle: 0,
            said: None,
            totals: Totals::default(),
        }
    }

    pub(super) fn totals(self) -> Totals {
        self.totals
    }

    /// Starts, works, and ends as the fate says.
    pub(super) fn live(&mut self, fate: Fate) {
        if fate == Fate::FaultThenCrash {
            for _ in 0..1 + self.seed.below(8) {
                let at = self.disk.operations() + 1 + self.seed.below(300);
                self.disk.break_at(at, BREAKAGES[self.seed.index(4)]);
            }
        }
        // One is enough for a start not to come.
        if fate == Fate::MisreadThenCrash && self.seed.one_in(3) {
            self.misread(1, 60);
        }
        let ends_in_order = self.has_pictures && self.seed.one_in(3);
        self.may_die = fate != Fate::Fault && !ends_in_order;
        if self.may_die {
            let most = if self.seed.one_in(4) { 40 } else { 400 };
            let most = if self.has_pictures { most * 5 } else { most };
            self.disk.crash_at(self.disk.operations() + 1 + self.seed.below(most));
        }
        if let Some(mut run) = self.start(matches!(fate, Fate::FaultThenCrash | Fate::MisreadThenCrash)) {
            if fate == Fate::MisreadThenCrash {
                self.misread(1 + self.seed.clone().below(24), 200);
            }
            let steps = 60 + self.seed.below(120);
            let fails = (fate == Fate::Fault).then(|| (self.seed.below(steps / 2), 5 + self.seed.below(25)));
            for step in 0..steps {
                match fails {
                    Some((from, _)) if step == from => self.fail(),
                    Some((from, long)) if step == from + long => self.disk.mend(),
                    _ => {}
                }
                let failing = matches!(fate, Fate::FaultThenCrash | Fate::MisreadThenCrash)
                    || fails.is_some_and(|(from, long)| step >= from && step < from + long);
                self.step(&mut run, failing);
                if self.disk.is_down() {
                    break;
                }
            }
            self.part(run);
        }
        if !self.disk.is_down() {
            self.disk.crash();
        }
        self.totals.crashes += 1;
        self.totals.misread = self.disk.misread();
        self.disk.reboot();
        self.look(false);
    }

    /// A run is over: now and then it ends in order, as far as the disk lets it.
    fn part(&mut self, mut run: Run) {
        self.totals.met.add(&run.met);
        if self.has_pictures && !self.disk.is_down() {
            self.flood(&mut run, 2);
            if self.seed.one_in(2) {
                self.disk.crash_at(self.disk.operations() + 1 + self.seed.below(60));
            }
            self.totals.met.stops += u64::from(run.is_looking());
            // What it could not put on record is found by the next start, or was never there.
            let _ = run.stop();
        }
    }

    /// The last life: until nothing is left to do.
    pub(super) fn rest(&mut self) {
        self.watch.set(0);
        self.watch.confirm(true);
        for (name, bytes) in std::mem::take(&mut self.later) {
            self.disk.plant(&name, &bytes);
        }
        let mut run = self.start(false).expect("nothing fails any more");
        run.confirm_clock();
        for _ in 0..2000 {
            self.watch.pass(20_000_000);
            run.take_in();
            run.look_for_statements(self.steady());
            run.look_into(100);
            run.decide(100);
            run.record(100).unwrap();
            run.show();
            run.send();
            if run.is_still() && !self.disk.names().iter().any(|name| is_waiting(name)) {
                self.totals.met.add(&run.met);
                run.stop().unwrap();
                return self.look_at_the_end();
            }
        }
        panic!("it does not come to rest");
    }

    fn start(&mut self, may_fail: bool) -> Option<Run> {
        if self.seed.one_in(6) && self.bundle + 1 < bundles().len() {
            self.bundle += 1;
        }
        let workers = self.has_pictures.then(|| Workers::that_fail(self.seed.draw()));
        // A bundle that ran is never followed by a lower one.
        let run = Run::start(
            &self.disk,
            self.way,
            &self.watch,
            &bundles()[self.bundle],
            (&self.out, Drop { files: self.handed_in, pushes_back: self.pushes_back }, workers),
        );
        match run {
            // The power went at a write that nobody waits for, such as a mark that the held store can do without.
            Ok(_) if self.disk.is_down() => None,
            Ok(run) => {
                // From here on it is the test that reads.
                self.disk.forget_misreads();
                let model = self.look(true);
                model.is_what_the_journal_says(&run.journal);
                self.totals.kept_sidecars += model.keeps_sidecars(&run.journal, &self.whole);
                self.totals.met.originals += model.keeps_pictures(&run.journal, &self.pictures);
                Some(run)
            }
            Err(why) => {
                assert!(self.disk.is_down() || may_fail, "it does not start: {why}");
                None
            }
        }
    }

    /// So many of the next questions have no answer.
    fn misread(&mut self, count: u64, among: u64) {
        for _ in 0..count {
            self.disk.misread_at(self.disk.asked() + 1 + self.seed.below(among));
        }
    }

    fn fail(&self) {
        let mut seed = self.seed.clone();
        self.disk.break_now(BREAKAGES[seed.index(4)]);
    }

    fn step(&mut self, run: &mut Run, failing: bool) {
        self.watch.pass(1_000_000 + i64::try_from(self.seed.below(30_000_000)).unwrap());
        if self.has_pictures && self.seed.one_in(2) {
            run.look_into(1 + self.seed.index(3));
            run.show();
            match self.seed.below(12) {
                0..2 => self.review(run, failing),
                2 => self.approve(run, failing),
                3 => self.crowd(run, failing),
                _ => {}
            }
        }
        match self.seed.below(17) {
            15 | 16 => self.review(run, failing),
            0 | 1 => self.hand_in(),
            2 => {
                let flood = self.seed.one_in(2);
                for _ in 0..if flood { 5 } else { 1 } {
                    let mut bytes = self.object();
                    if flood {
                        // Refused by its type, all for the same reason.
                        bytes = format!("<event uid=\"flood-{}\"></event>", self.next).into_bytes();
                    }
                    self.datagrams.insert(Digest::of(&bytes), self.next);
                    run.datagram(bytes);
                }
                if flood {
                    // They are counted together, and told once their second is over.
                    run.decide(5);
                    self.watch.pass(1_000_000_000);
                    run.decide(0);
                }
            }
            3 | 4 => run.take_in(),
            5 | 6 => run.decide(1 + self.seed.index(5)),
            7..=9 => {
                run.look_for_statements(self.steady());
                run.journal.wants_snapshot |= self.seed.one_in(12);
                self.record(run, failing);
            }
            10 | 11 => {
                let before = self.left();
                let is_timeless = run.look_at_clock();
                let is_shut = run.is_shut();
                assert!(is_shut || !is_timeless);
                run.send();
                assert!(
                    !is_shut || self.left() == before,
                    "something left while nothing could be recorded, or by a time that nobody trusts"
                );
                self.totals.shut += u64::from(is_shut && !is_timeless);
                self.totals.timeless += u64::from(is_timeless);
            }
            14 => self.turn_clock(run),
            12 if self.seed.one_in(6) && self.bundle + 1 < bundles().len() => {
                self.bundle += 1;
                self.totals.swaps += 1;
                run.take(&bundles()[self.bundle]);
            }
            12 => run.show(),
            // Now and then longer than the shortest object is worth sending.
            _ if self.seed.one_in(3) => {
                self.watch.pass(if self.seed.one_in(3) { 6_000_000_000 } else { 1_000_000_000 })
            }
            _ => {}
        }
    }

    fn steady(&self) -> u64 {
        self.watch.monotonic_ns()
    }

    /// A batch goes on record, or does not; nothing leaves by that.
    fn record(&mut self, run: &mut Run, failing: bool) {
        let before = self.out.0.lock().unwrap().len();
        if let Err(why) = run.record(1 + self.seed.index(12)) {
            assert!(!why.is_empty() && (failing || self.disk.is_down()), "{why}");
            self.totals.troubles += 1;
        }
        assert_eq!(before, self.out.0.lock().unwrap().len());
    }

    /// The machine's clock is set, or loses its daemon, or an operator confirms it: mostly the last where it is needed, or
    /// nothing would ever be released.
    fn turn_clock(&mut self, run: &mut Run) {
        if run.is_timeless() && !self.seed.one_in(3) {
            run.confirm_clock();
            self.totals.confirmed += 1;
        } else if self.watch.asks() && self.seed.one_in(3) {
            self.watch.confirm(self.seed.one_in(2));
        } else if self.seed.one_in(2) {
            let ahead = [0, 2, -2, 40, -40, 3600][self.seed.index(6)];
            self.totals.steps += u64::from(self.watch.set(ahead * 1_000_000_000));
        }
    }

    /// How much has left so far.
    fn left(&self) -> usize {
        let in_folder = |name: &String| name.starts_with("out/") && !name.starts_with("out/.");
        self.out.0.lock().unwrap().len() + self.disk.names().iter().filter(|name| in_folder(name)).count()
    }

    /// Reads the log, and holds everything against it. Only a start makes the tiles whole that a crash tore.
    fn look(&self, is_whole: bool) -> Model {
        let copy = self.disk.copy(1);
        let model = Model::read(&copy);
        if is_whole {
            model.is_sound(&copy);
        }
        model.has_no_other(&self.files, &self.datagrams);
        model.names_sidecars(&self.pairs);
        model.releases_only_what_was_built_anew(&self.pictures);
        model.fits_the_clock(self.watch.asks());
        model.fits_the_sink(&copy, self.way, &self.out.0.lock().unwrap(), false);
        model
    }

    fn look_at_the_end(&mut self) {
        let copy = self.disk.copy(1);
        let model = Model::read(&copy);
        model.is_signed(&copy);
        self.every_file_has_one_end(&model);
        model.has_all(&self.files, &self.datagrams);
        model.names_sidecars(&self.pairs);
        model.fits_the_clock(self.watch.asks());
        model.fits_the_sink(&copy, self.way, &self.out.0.lock().unwrap(), true);
        model.fits_the_store(&copy);
        model.releases_only_what_was_built_anew(&self.pictures);
        if self.has_pictures {
            model.has_opened_all();
        }
        self.totals.add(&model.totals());
        self.totals.met.add(&model.met(&self.pictures));
    }
}

fn is_waiting(name: &str) -> bool {
    let is_new = name.starts_with("drop/in/") || name.starts_with("desk/in/");
    (is_new && !name.ends_with(".keep")) || name.starts_with("drop/taken/")
}

#[test]
fn the_objects_have_every_verdict() {
    model::every_verdict();
}
