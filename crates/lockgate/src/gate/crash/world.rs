//! What outlives a crash: the disk, what was handed in, and what left.

use super::model::{self, Model, Totals};
use super::objects::{beside, bundles, object, unmarked};
use super::people::{self, Mood};
use super::pictures::{Pictures, anew};
use super::run::{Drop, FILE_BYTES_MAX, Run};
use super::watch::Watch;
use super::workers::{Workers, is_picture, picture};
use crate::gate::clock::TimeSource;
use lockgate_audit::LogKey;
use lockgate_bytes::{Digest, Sealed, Time};
use lockgate_disk::{Breakage, Disk as _, Seed, SimDisk};
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
        let ends_in_order = self.has_pictures && self.seed.one_in(3);
        self.may_die = fate != Fate::Fault && !ends_in_order;
        if self.may_die {
            let most = if self.seed.one_in(4) { 40 } else { 400 };
            let most = if self.has_pictures { most * 5 } else { most };
            self.disk.crash_at(self.disk.operations() + 1 + self.seed.below(most));
        }
        if let Some(mut run) = self.start(fate == Fate::FaultThenCrash) {
            let steps = 60 + self.seed.below(120);
            let fails = (fate == Fate::Fault).then(|| (self.seed.below(steps / 2), 5 + self.seed.below(25)));
            for step in 0..steps {
                match fails {
                    Some((from, _)) if step == from => self.fail(),
                    Some((from, long)) if step == from + long => self.disk.mend(),
                    _ => {}
                }
                let failing = fate == Fate::FaultThenCrash
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

    /// Somebody says something about something that is held; now and then several people in a row, or few objects would
    /// ever be approved by two before they are decided again.
    fn review(&mut self, run: &mut Run, failing: bool) {
        self.say(run);
        if self.seed.one_in(3) {
            // Now and then the workers do not get on meanwhile.
            let most = if self.seed.clone().one_in(3) { 0 } else { 9 };
            for _ in 0..5 {
                self.record(run, failing);
                self.say(run);
                run.look_into(most);
                run.decide(1);
            }
        }
    }

    /// People have one picture leave that was built anew; and mostly the power goes at some write of that, or after.
    fn approve(&mut self, run: &mut Run, failing: bool) {
        for round in 0..10 {
            let dies =
                self.may_die && !self.disk.is_down() && self.seed.one_in(if round < 4 { 20 } else { 5 });
            if dies {
                self.disk.crash_at(self.disk.operations() + 1 + self.seed.below(30));
            }
            self.hand_over(run, Mood::Together);
            run.look_into(9);
            run.decide(2);
            run.look_into(9);
            run.decide(2);
            self.record(run, failing);
            self.watch.pass(10_000_000);
        }
    }

    /// People say something of one picture after the other, while many come in and no worker gets on.
    fn crowd(&mut self, run: &mut Run, failing: bool) {
        for _ in 0..3 {
            self.hand_over(run, Mood::Apart);
            self.record(run, failing);
        }
        self.flood(run, 4);
        for _ in 0..6 {
            self.hand_over(run, Mood::Apart);
            self.record(run, failing);
        }
    }

    /// So many pictures come in, and no worker gets on.
    fn flood(&mut self, run: &mut Run, count: u64) {
        for _ in 0..count {
            self.next += 1;
            let bytes = picture(&mut self.seed, self.next);
            self.pictures.insert(Digest::of(&bytes), anew(&bytes));
            self.datagrams.insert(Digest::of(&bytes), self.next);
            run.datagram(bytes);
            run.decide(1);
        }
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

    /// One statement, or one that was handed in before.
    fn say(&mut self, run: &mut Run) {
        self.hand_over(run, Mood::Usual);
    }

    fn hand_over(&mut self, run: &mut Run, mood: Mood) {
        let most = if self.has_pictures { 4 } else { 1 };
        let waiting = self.disk.names().iter().filter(|name| name.ends_with(".review")).count();
        let is_read = waiting < most;
        if is_read && (mood == Mood::Together || mood == Mood::Apart || !self.seed.one_in(8)) {
            let mood = if mood == Mood::Usual && waiting > 0 { Mood::Aside } else { mood };
            let force = &bundles()[self.bundle];
            self.said = people::statement(&mut self.seed, run, (force, mood), self.watch.time());
        }
        if let Some(said) = self.said.as_ref().filter(|_| is_read || self.seed.clone().one_in(8)) {
            self.next += 1;
            self.disk.plant(&format!("desk/in/{}.review", self.next), said);
        }
        self.watch.pass(200_000_000);
        run.look_for_statements(self.steady());
        run.decide(2);
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

    fn object(&mut self) -> Vec<u8> {
        self.next += 1;
        if self.has_pictures && self.seed.one_in(2) {
            let picture = picture(&mut self.seed, self.next);
            self.pictures.insert(Digest::of(&picture), anew(&picture));
            return picture;
        }
        object(&mut self.seed, self.next, self.watch.time())
    }

    /// Somebody hands in a file, whole and durable, of one object or a few.
    fn hand_in(&mut self) {
        if let Some((name, bytes)) = self.later.pop() {
            return self.disk.plant(&name, &bytes);
        }
        if self.seed.one_in(6) {
            return self.hand_in_unfit();
        }
        let (mut file, mut objects) = (Vec::new(), Vec::new());
        for _ in 0..1 + self.seed.below(3) {
            let mut bytes = self.object();
            if self.handed_in == Files::Paired {
                bytes = unmarked(&bytes);
            }
            objects.push(Digest::of(&bytes));
            let ends = bytes.starts_with(b"this") || is_picture(&bytes);
            file.extend_from_slice(&bytes);
            self.files.insert(Digest::of(&bytes), self.next);
            if ends {
                break;
            }
        }
        self.handed.insert(Digest::of(&file), objects.clone());
        let name = format!("{}.xml", self.next);
        let path = format!("drop/in/{name}");
        if self.handed_in == Files::Alone {
            return self.disk.plant(&path, &file);
        }
        let level = if self.seed.one_in(7) { "SECRET" } else { "RESTRICTED" };
        let sidecar = beside(&name, level);
        self.pairs.extend(objects.iter().map(|object| (*object, Digest::of(&sidecar))));
        self.whole.extend(objects.first().filter(|_| objects.len() == 1));
        let mut halves = [(path.clone(), file), (format!("{path}.bdo"), sidecar)];
        if self.seed.one_in(2) {
            halves.reverse();
        }
        let [first, second] = halves;
        self.disk.plant(&first.0, &first.1);
        match self.seed.one_in(3) {
            true => self.later.push(second),
            false => self.disk.plant(&second.0, &second.1),
        }
    }

    /// Somebody hands in a file that is never an object: one without a byte, or one that is too large.
    fn hand_in_unfit(&mut self) {
        self.next += 1;
        self.unfit += 1;
        let size = if self.seed.one_in(2) { 0 } else { FILE_BYTES_MAX + 1 };
        let path = format!("drop/in/{}.xml", self.next);
        self.disk.plant(&path, &vec![b'x'; size]);
        if self.handed_in == Files::Paired {
            self.disk.plant(&format!("{path}.bdo"), b"its label");
        }
    }

    /// Every file is decided or turned away, and not both; what is turned away is on record once, and kept.
    fn every_file_has_one_end(&mut self, model: &Model) {
        let mut good = 0;
        for name in self.disk.names().iter().filter(|name| name.starts_with("drop/turned-away/")) {
            let bytes = self.disk.read(name, u64::MAX).unwrap();
            let Some(objects) = self.handed.get(&Digest::of(&bytes)) else { continue };
            good += 1;
            for object in objects {
                assert!(!model.has_file(object), "{name} was turned away, and its objects decided");
                assert!(self.files.remove(object).is_some());
            }
        }
        assert_eq!(model.away() as u64, self.unfit + good, "files are turned away, and on record once each");
        self.totals.away += self.unfit;
        self.totals.full += good;
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
