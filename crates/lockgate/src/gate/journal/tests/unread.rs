//! A disk that does not read something when it has its turn: nothing is decided for want of it, and nothing of it is lost.

use super::made::{COUNT, SIZE, back, decide, made};
use super::{claim, counted, hold_one, looks, status};
use crate::gate::by_hand::{Gate, Run, noon};
use crate::gate::journal::Which;
use lockgate_audit::Event;
use lockgate_bytes::{Duration, Precedence, Sealed};
use lockgate_disk::{Breakage, SimDisk};
use lockgate_egress::What;
use lockgate_hold::{FileStore, Settings, Store as _};
use lockgate_reason::egress;
use std::sync::Arc;

/// The detail of this alarm, where it stands.
fn detail(run: &Run, name: &str) -> Option<String> {
    let status = status(run);
    let mut alarms = status["alarms"].as_array().unwrap().iter();
    let standing = alarms.find(|alarm| alarm["name"] == name)?;
    standing["detail"].as_str().map(str::to_owned)
}

/// The store of this run, on a disk that fails when it is told to.
fn failing_store(run: &mut Run) -> SimDisk {
    let disk = SimDisk::new(1);
    let mut store = FileStore::open(Arc::new(disk.clone()), Settings::new(64 << 20, None)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    run.journal.parts.store = Box::new(store);
    disk
}

/// Looks as often as the thread does, for so many seconds.
fn look_for(gate: &Gate, run: &mut Run, seconds: i64) {
    for _ in 0..10 * seconds {
        gate.machine.pass(100_000_000);
        run.journal.show(run.clock.now(), &run.gauges);
        run.journal.offer_again();
    }
}

/// What was made of an object comes back, and what it was made of cannot be read.
#[test]
fn what_cannot_be_read_has_its_turn_when_it_can_be() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let (released, disk) = made(&mut run);
    disk.break_now(Breakage::Broken);
    back(&mut run, released, What::Recalled);
    look_for(&gate, &mut run, 3);
    assert!(run.beside.again.lock().unwrap().is_empty(), "nothing is decided without it");
    let says = detail(&run, "held-unread").expect("it is told");
    assert!(says.starts_with("hold: reading ") && says.contains("os error 5"), "{says}");
    assert!(run.journal.has_recalled() && !*run.beside.shut.lock().unwrap(), "everything else goes on");
    disk.mend();
    look_for(&gate, &mut run, 2);
    assert_eq!(detail(&run, "held-unread"), None);
    let mut decided = 0;
    while decided < usize::from(COUNT) {
        // It asserts that these are what came.
        let (count, _) = decide(&mut run);
        assert!(count > 0, "{decided} were decided, and no other has its turn");
        decided += count;
    }
}

/// The same on its way to hold: it is held as what came, or, where that is never read again, as what was made of it.
#[test]
fn what_cannot_be_read_for_long_is_held_as_it_would_have_left() {
    for (seconds, stopping) in [(2, false), (60, false), (60, true)] {
        let gate = Gate::new(noon());
        let mut run = gate.run();
        let (released, disk) = made(&mut run);
        let made_of: Vec<(u64, Vec<u8>)> =
            released.iter().map(|sealed| (sealed.entry, sealed.bytes.clone())).collect();
        back(&mut run, released, |sealed| What::Spilled(egress::QUEUE_FULL, sealed));
        if stopping {
            run.journal.wind_up(std::iter::empty());
        }
        let (asked, now) = (disk.asked(), run.clock.now());
        (1..=5 * seconds).for_each(|question| disk.misread_at(asked + question));
        let mut failed = 0;
        while let Err(trouble) = run.journal.record(now, &run.gauges) {
            assert!(
                trouble.to_string().contains("os error 5") && *run.beside.shut.lock().unwrap(),
                "{trouble}"
            );
            failed += 1;
        }
        assert!(!*run.beside.shut.lock().unwrap());
        let store = &run.journal.parts.store;
        let tries = if stopping { 2 } else { 25 };
        assert_eq!(failed, if seconds == 2 { 10 } else { tries }, "a stop has a time of its own");
        disk.mend();
        for (number, (entry, bytes)) in (0..COUNT).zip(made_of) {
            let held = store.get(entry).unwrap();
            assert!(held == if seconds == 2 { vec![number; SIZE] } else { bytes }, "{number}");
        }
    }
}

/// An object that is held has its turn under every new bundle.
#[test]
fn what_is_held_and_cannot_be_read_keeps_its_turn() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let disk = failing_store(&mut run);
    let entry = hold_one(&mut run);
    disk.break_now(Breakage::Broken);
    run.journal.decide_one_again(entry);
    look_for(&gate, &mut run, 2);
    assert!(run.beside.again.lock().unwrap().is_empty() && detail(&run, "held-unread").is_some());
    disk.mend();
    look_for(&gate, &mut run, 2);
    let again: Vec<u64> = run.beside.again.lock().unwrap().iter().map(|it| it.again.former).collect();
    assert_eq!((again, detail(&run, "held-unread")), (vec![entry], None));
}

/// Nobody knows what has a turn where the store cannot be listed.
#[test]
fn what_cannot_be_listed_is_looked_for_again() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let disk = failing_store(&mut run);
    let entry = hold_one(&mut run);
    disk.break_now(Breakage::Broken);
    run.journal.decide_held_again(Which::All);
    run.journal.decide_held_again(Which::OfClock);
    look_for(&gate, &mut run, 2);
    let says = detail(&run, "held-unread").expect("it is told");
    assert!(says.starts_with("hold: ") && says.contains("os error 5"), "{says}");
    disk.mend();
    look_for(&gate, &mut run, 2);
    let again: Vec<u64> = run.beside.again.lock().unwrap().iter().map(|it| it.again.former).collect();
    assert_eq!((again, detail(&run, "held-unread")), (vec![entry], None));
}

#[test]
fn a_statement_about_what_cannot_be_read_waits() {
    let gate = Gate::new(noon());
    let (mut run, desk) = counted(&gate);
    let disk = failing_store(&mut run);
    let entry = hold_one(&mut run);
    desk.plant("in/1.review", &claim(entry, 1));
    let mut look = looks();
    disk.break_now(Breakage::Broken);
    for _ in 0..2 {
        let says = look(&mut run).expect("it is told");
        assert!(says.contains("is about cannot be read") && says.contains("os error 5"), "{says}");
    }
    disk.mend();
    assert_eq!(look(&mut run), None);
    assert_eq!(run.beside.petitions.lock().unwrap().len(), 1, "it is looked at");
    assert!(!gate.log().iter().any(|event| matches!(event, Event::Review(_))), "and never was refused");
}

/// What was released is held under the route of its decision, whatever its type says.
#[test]
fn what_comes_back_is_held_by_the_route_that_it_was_released_by() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    for route in ["fast", "slow"] {
        run.track();
        let sealed: Sealed = run.beside.out.lock().unwrap().pop().unwrap();
        let queued = run.journal.queued.get_mut(&sealed.entry).unwrap();
        assert_eq!(queued.route, "fast", "of a known type, and nobody was asked");
        queued.route = route;
        let entry = sealed.entry;
        let ended = lockgate_egress::Outcome {
            entry,
            what: What::Spilled(egress::QUEUE_FULL, Box::new(sealed)),
            precedence: Precedence::Routine,
            at: noon(),
            waited: Duration::ZERO,
            bytes: Vec::new(),
        };
        run.journal.hear(&mut vec![ended], &run.gauges);
        run.journal.record(run.clock.now(), &run.gauges).unwrap();
        let mut held = None;
        let each =
            &mut |item: lockgate_hold::Item| held = held.take().or((item.entry == entry).then_some(item));
        run.journal.parts.store.list(each).unwrap();
        assert_eq!(&*held.unwrap().facts.route, route);
        let account = run.journal.parts.store.account(entry).unwrap();
        assert!(account.contains(&format!("\"route\":\"{route}\"")), "{account}");
    }
}
