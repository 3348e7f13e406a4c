//! What a clock that cannot be trusted does to objects: engine, journal, log and held store on a clock that the test sets.

use super::by_hand::{Gate, noon};
use super::clock::ClockState;
use lockgate_audit::Event;
use lockgate_bytes::{Frame, Time};
use lockgate_intake::Arrival;
use std::sync::Arc;

const SECOND: i64 = 1_000_000_000;

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
    let frame = Frame { bytes: text.as_bytes().to_vec(), source, arrival: run.clock.now(), sidecar: None };
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

#[test]
fn a_step_that_is_confirmed_at_once_is_on_record_with_who_confirmed_it() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    run.tick();
    // Both between two looks of the engine; and once more, where nothing was wrong at all.
    gate.machine.set_by(60 * SECOND);
    assert!(!run.clock.read().state.is_good());
    run.clock.confirm("uid 7");
    run.tick();
    run.tick();
    run.clock.confirm("uid 8");
    run.tick();
    gate.machine.set_by(-60 * SECOND);
    run.tick();
    let by = |user: &str| Some(user.to_owned());
    assert_eq!(
        clocks(&gate.log()),
        [
            ("unsynchronised", 60 * SECOND, None),
            ("confirmed", 0, by("uid 7")),
            ("confirmed", 0, by("uid 8")),
            ("unsynchronised", -60 * SECOND, None),
        ],
        "and nobody's word stands behind the last one"
    );
}

#[test]
fn a_step_is_on_record_before_what_is_decided_by_it() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    gate.machine.set_by(60 * SECOND);
    run.track();
    let kinds: Vec<&str> = gate.log().iter().map(Event::kind).collect();
    assert_eq!(kinds, ["start", "clock", "decision"]);
}

#[test]
fn a_restart_confirms_no_step() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    gate.machine.set_by(60 * SECOND);
    run.tick();
    for _ in 0..2 {
        drop(run);
        gate.machine.pass(SECOND);
        run = gate.run();
        assert_eq!(run.clock.read().state, ClockState::Stepped { by_ns: 60 * SECOND });
        run.tick();
        run.track();
        assert_eq!(run.released(), 0);
    }
    run.clock.confirm("uid 0");
    run.tick();
    assert_eq!(run.released(), 2, "what was held for it before the restart, too");
    drop(run);
    assert!(gate.run().clock.read().state.is_good(), "and what was confirmed stays confirmed");
}

#[test]
fn a_step_right_behind_a_confirmation_is_nobodys_word_and_no_restart_forgets_it() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    gate.machine.set_by(60 * SECOND);
    run.tick();
    // Both before the engine looks again.
    run.clock.confirm("uid 7");
    gate.machine.set_by(-30 * SECOND);
    run.track();
    assert_eq!(run.released(), 0);
    assert_eq!(
        clocks(&gate.log()),
        [
            ("unsynchronised", 60 * SECOND, None),
            ("confirmed", 0, Some("uid 7".to_owned())),
            ("unsynchronised", -30 * SECOND, None),
        ]
    );
    drop(run);
    let mut run = gate.run();
    run.track();
    assert_eq!(run.released(), 0);
}

#[test]
fn what_was_decided_before_a_step_is_on_record_before_it() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let mut entries = Vec::new();
    run.track_into(&mut entries);
    gate.machine.set_by(60 * SECOND);
    run.track_into(&mut entries);
    // All of it waits for the journal at once.
    run.work(|_, out| out.append(&mut entries));
    let kinds: Vec<&str> = gate.log().iter().map(Event::kind).collect();
    assert_eq!(kinds, ["start", "decision", "clock", "decision"]);
}

#[test]
fn while_nobody_trusts_the_time_nothing_leaves() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let valve = run.beside.shut.clone();
    let shut = || *valve.lock().unwrap();
    run.journal.trust(true);
    assert!(!shut());
    run.journal.trust(false);
    assert!(shut());
    run.journal.starve(true);
    run.journal.trust(true);
    assert!(shut(), "no file can be opened either");
    run.journal.starve(false);
    assert!(!shut());
    run.journal.trust(false);
    run.journal.starve(false);
    assert!(shut(), "that files can be opened says nothing of the time");
}
