//! What nobody can release any more: `review list` calls it `expired`, and that is a word for people and no state. By the log
//! alone it is held, and counted once, until it is decided again; then it is refused, and counted once.

use super::by_hand::{Gate, Run, noon};
use lockgate_audit::{BundleChange, Event, Fold, LedgerFault, Outcome, Settled, Tally};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_intake::Arrival;
use std::sync::Arc;

/// The object holds for five minutes.
const OVER: i64 = 600_000_000_000;

/// The accounting of the lane, from its log and nothing else.
fn counted(gate: &Gate) -> Tally {
    let mut fold = Fold::new();
    for (entry, event) in (0..).zip(gate.log()) {
        fold.take(entry, event).unwrap();
    }
    let ledger = fold.into_ledger();
    assert!(ledger.is_balanced());
    *ledger.lanes().next().unwrap().1
}

fn is(tally: &Tally, figures: &[(&str, u64)]) {
    let named: Vec<(&str, u64)> = tally.named().into_iter().filter(|(_, count)| *count > 0).collect();
    let mut figures = figures.to_vec();
    figures.sort_unstable();
    let mut sorted = named;
    sorted.sort_unstable();
    assert_eq!(sorted, figures);
}

/// Holds one object until its time is over.
fn held(gate: &Gate) -> (Run, Time) {
    let mut run = gate.run();
    let bytes = include_bytes!("../../../../fixtures/cot-event/hold-unlabelled/input.xml").to_vec();
    let frame = Frame { bytes, source: Arc::from("sensor-net"), arrival: noon(), sidecar: None };
    run.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    is(&counted(gate), &[("held", 1), ("received", 1)]);
    gate.machine.pass(OVER);
    run.tick();
    let end = gate.log().iter().find_map(|event| match event {
        Event::Decision(decision) => decision.not_after,
        _ => None,
    });
    let now = run.clock.now();
    assert!(end.is_some_and(|end| end <= now), "its time is over");
    (run, now)
}

#[test]
fn an_item_that_expires_unreviewed_is_held_until_it_is_decided_again_and_then_refused_each_time_once() {
    let gate = Gate::new(noon());
    let (mut run, _) = held(&gate);
    is(&counted(&gate), &[("held", 1), ("received", 1)]);
    // A restart changes nothing of that.
    drop(run);
    run = gate.run();
    run.tick();
    is(&counted(&gate), &[("held", 1), ("received", 1)]);
    let change = BundleChange {
        at: run.clock.now(),
        epoch: 2,
        lane: "cot-down".to_owned(),
        from: Some(Digest([1; 32])),
        to: Some(Digest([1; 32])),
        revision: Some(1),
        refused: None,
    };
    for _ in 0..2 {
        let (policy, change) = (gate.policy.clone(), change.clone());
        run.work(|engine, out| engine.take(policy, Arc::default(), change, out));
        is(&counted(&gate), &[("received", 1), ("refused", 1)]);
    }
    assert_eq!(run.released(), 0);
    let decisions = gate.log().iter().filter(|event| matches!(event, Event::Decision(_))).count();
    assert_eq!(decisions, 2, "held, and refused: nothing a third time");
}

/// A log in which somebody puts such an item down as expired counts it once; twice is a fault of the log.
#[test]
fn an_item_that_is_put_down_as_expired_has_come_to_its_end() {
    let gate = Gate::new(noon());
    let (_, now) = held(&gate);
    let mut fold = Fold::new();
    let log = gate.log();
    let entry = log.iter().position(|event| matches!(event, Event::Decision(_))).unwrap();
    let entry = u64::try_from(entry).unwrap();
    let next = u64::try_from(log.len()).unwrap();
    for (at, event) in (0..).zip(log) {
        fold.take(at, event).unwrap();
    }
    let expired = || {
        let outcomes = vec![(Outcome::Expired, vec![(entry, entry)])];
        Event::Hold(Settled { at: now, epoch: 1, lane: "cot-down".to_owned(), outcomes })
    };
    fold.take(next, expired()).unwrap();
    is(fold.ledger().lanes().next().unwrap().1, &[("expired", 1), ("received", 1)]);
    assert_eq!(fold.take(next + 1, expired()), Err(LedgerFault::NotWaiting(entry)));
    is(fold.ledger().lanes().next().unwrap().1, &[("expired", 1), ("received", 1)]);
}
