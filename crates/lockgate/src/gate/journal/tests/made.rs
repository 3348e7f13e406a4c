//! What was made of large objects comes back, much of it at once: the objects themselves are not in memory all together.

use crate::gate::by_hand::{Gate, Run, noon};
use lockgate_bytes::{Digest, Duration, Precedence, Sealed};
use lockgate_disk::{Breakage, SimDisk};
use lockgate_egress::{Outcome, What};
use lockgate_hold::{Content, Facts, FileStore, Settings, Stage, Store as _};
use lockgate_reason::egress;
use std::sync::Arc;

/// How many they are, the size of each, and what a buffer of the pool has that holds one. The pool of the gate has 1 MiB.
pub(super) const COUNT: u8 = 12;
pub(super) const SIZE: usize = 300 << 10;
const CLASS: usize = 512 << 10;
/// Under which entry the first is held.
const FIRST: u64 = 1_000_000;

fn facts(entry: u64) -> Facts {
    Facts {
        epoch: 1,
        draft: entry,
        lane: "cot-down".into(),
        source: "sensor-net".into(),
        type_id: None,
        category: None,
        codes: Vec::new(),
        label: None,
        arrival: noon(),
        decided: noon(),
        not_after: None,
        route: "slow".into(),
        precedence: Precedence::Routine,
    }
}

/// Releases that are queued, each as if it was made of a large object; and the disk of the store with those.
pub(super) fn made(run: &mut Run) -> (Vec<Sealed>, SimDisk) {
    let disk = SimDisk::new(1);
    let mut store = FileStore::open(Arc::new(disk.clone()), Settings::new(64 << 20, None)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    for number in 0..COUNT {
        run.track();
        let (bytes, entry) = (vec![number; SIZE], FIRST + u64::from(number));
        let (sha256, content) = (Digest::of(&bytes), Content::New(&bytes));
        let staged = store.stage(&[Stage { sha256, content, facts: &facts(entry), account: "{}" }]).unwrap();
        store.commit(staged.into_iter().map(|staged| (staged, entry)).collect()).unwrap();
    }
    run.journal.parts.store = Box::new(store);
    let released = std::mem::take(&mut *run.beside.out.lock().unwrap());
    for (original, sealed) in (FIRST..).zip(&released) {
        run.journal.queued.get_mut(&sealed.entry).unwrap().original = Some(original);
        run.journal.deciding.insert(original);
        run.journal.parts.store.keep(original);
    }
    assert_eq!(released.len(), usize::from(COUNT));
    (released, disk)
}

pub(super) fn back(run: &mut Run, released: Vec<Sealed>, what: fn(Box<Sealed>) -> What) {
    let ended = |sealed: Sealed| Outcome {
        entry: sealed.entry,
        what: what(Box::new(sealed)),
        precedence: Precedence::Routine,
        at: noon(),
        waited: Duration::ZERO,
        bytes: Vec::new(),
    };
    let mut outcomes: Vec<Outcome> = released.into_iter().map(ended).collect();
    run.journal.hear(&mut outcomes, &run.gauges);
}

/// Offers to the engine what may be offered, and has it decided. How many that were, and how many bytes were lent at most.
pub(super) fn decide(run: &mut Run) -> (usize, usize) {
    let pool = run.journal.parts.common.pool.clone();
    run.journal.offer_again();
    let mut most = pool.lent_bytes();
    let recalled = std::mem::take(&mut *run.beside.again.lock().unwrap());
    let (count, mut entries) = (recalled.len(), Vec::new());
    for recalled in recalled {
        let bytes = &recalled.frame.bytes;
        assert!(bytes.len() == SIZE && bytes.iter().all(|byte| *byte == bytes[0]), "it is not what came");
        run.engine.again(recalled, &mut entries);
    }
    most = most.max(pool.lent_bytes());
    entries.into_iter().for_each(|entry| run.journal.take(entry));
    run.journal.record(run.clock.now(), &run.gauges).unwrap();
    (count, most.max(pool.lent_bytes()))
}

#[test]
fn what_was_made_of_large_objects_comes_back_and_few_of_those_are_in_memory_at_once() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let pool = run.journal.parts.common.pool.clone();
    let (released, _disk) = made(&mut run);
    back(&mut run, released, What::Recalled);
    let (mut decided, mut most) = (0, pool.lent_bytes());
    while decided < usize::from(COUNT) {
        let (count, lent) = decide(&mut run);
        assert!(count > 0, "{decided} were decided, and no other has its turn");
        (decided, most) = (decided + count, most.max(lent));
    }
    assert!(most <= pool.limit_bytes() + CLASS, "{most} bytes were in memory at once");
    assert!(most > CLASS, "{most}: nothing was read");
}

/// Nobody else gives any room back: they go on one after the other.
#[test]
fn where_there_is_no_room_at_all_one_has_its_turn_behind_the_other() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let pool = run.journal.parts.common.pool.clone();
    let (released, _disk) = made(&mut run);
    back(&mut run, released, What::Recalled);
    let full = pool.lend_beyond(pool.limit_bytes());
    let before = pool.lent_bytes();
    for number in 0..COUNT {
        // The one that is offered when the former is on record is still there.
        let (count, most) = decide(&mut run);
        assert_eq!(count, 1, "{number}");
        assert!(most <= before + CLASS, "{} bytes more than before", most - before);
    }
    pool.give_back(full);
}

#[test]
fn what_was_made_of_large_objects_is_held_as_what_came_and_nothing_of_that_is_read_into_memory_or_copied() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let pool = run.journal.parts.common.pool.clone();
    let (released, disk) = made(&mut run);
    let spilled: Vec<u64> = released.iter().map(|sealed| sealed.entry).collect();
    let (lent, stored) = (pool.lent_bytes(), run.journal.parts.store.usage().bytes);
    back(&mut run, released, |sealed| What::Spilled(egress::QUEUE_FULL, sealed));
    disk.break_now(Breakage::ReadOnly);
    let now = run.clock.now();
    run.journal.record(now, &run.gauges).unwrap_err();
    assert!(pool.lent_bytes() <= lent, "{} bytes wait for the disk", pool.lent_bytes());
    disk.mend();
    while !run.journal.is_idle() {
        run.journal.record(now, &run.gauges).unwrap();
    }
    let store = &run.journal.parts.store;
    assert!(store.usage().bytes < stored + u64::try_from(SIZE).unwrap(), "it was stored a second time");
    for (number, entry) in (0..COUNT).zip(&spilled) {
        assert_eq!(store.get(*entry).unwrap(), vec![number; SIZE]);
        let account = store.account(*entry).unwrap();
        assert!(account.contains(&format!("\"size_bytes\":{SIZE}")), "{account}");
        assert!(account.contains(&Digest::of(&vec![number; SIZE]).to_string()), "{account}");
    }
    let held: Vec<u64> = store.entries().into_iter().map(|(entry, _)| entry).collect();
    assert_eq!(held, spilled, "each once, and under the entry of its release");
    assert_eq!(pool.lent_bytes(), 0);
}

/// The most that is made safe in one go: of more the rest follows.
#[test]
fn of_very_much_that_comes_back_a_part_is_held_at_a_time() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let pool = run.journal.parts.common.pool.clone();
    for _ in 0..3 {
        run.track();
    }
    let mut released = std::mem::take(&mut *run.beside.out.lock().unwrap());
    let disk = SimDisk::new(2);
    let mut store = FileStore::open(Arc::new(disk), Settings::new(1 << 30, None)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    run.journal.parts.store = Box::new(store);
    for sealed in &mut released {
        sealed.bytes = pool.exchange(std::mem::take(&mut sealed.bytes), &vec![1; 40 << 20]);
        sealed.identity = Digest::of(&sealed.bytes);
    }
    back(&mut run, released, |sealed| What::Spilled(egress::QUEUE_FULL, sealed));
    let held = |run: &Run| run.journal.parts.store.entries().len();
    for expected in [2, 3] {
        assert!(!run.journal.is_idle());
        run.journal.record(run.clock.now(), &run.gauges).unwrap();
        assert_eq!(held(&run), expected);
    }
    assert!(run.journal.is_idle() && pool.lent_bytes() == 0);
}
