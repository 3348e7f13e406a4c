//! What the log says of a decision is what the engine decided.

use crate::event::{EVENT, MARKING, event, now};
use crate::gate::{DOWN, Gate};
use lockgate::pipeline::judge;
use lockgate_audit::{
    ClockState, Decided, Decision, DecisionFacts, ENTRY_MAX, Event, Stage, StageSays, write_decision,
};
use lockgate_bytes::Frame;
use lockgate_core::{Envelope, Unopened, Workspace};

fn facts() -> DecisionFacts<'static> {
    DecisionFacts {
        epoch: 3,
        arrival: now(),
        decided: now(),
        uptime_ns: 5,
        clock: ClockState::Synchronised,
        again: Some(7),
        first: None,
        receipt: Some("3-4@5"),
        class: None,
        parent: None,
    }
}

/// The record of a decision, and what `inspect --json` says of it.
fn recorded(gate: &Gate, object: &str) -> (Decision, serde_json::Value) {
    let frame = Frame { bytes: object.into(), source: gate.source.clone(), arrival: now(), sidecar: None };
    let verdict = judge(frame, &gate.policy, now(), Box::new(Workspace::new()), &mut Unopened);
    let mut page = b"what was on the page before".to_vec();
    write_decision(&verdict.account(), &facts(), &mut page);
    assert!(page.len() <= ENTRY_MAX);
    let mut line = String::new();
    verdict.account().write_json(&Envelope { path: "-", ..Envelope::default() }, &mut line);
    let mut shown: serde_json::Value = serde_json::from_str(&line).unwrap();
    shown.as_object_mut().unwrap().remove("path").expect("it is shown there");
    match Event::read(&page) {
        Ok(Event::Decision(decision)) => (*decision, shown),
        other => panic!("{other:?}"),
    }
}

fn said(decision: &Decision) -> Vec<StageSays> {
    assert!(decision.steps.iter().map(|(stage, _)| *stage).eq(Stage::ALL));
    decision.steps.iter().map(|(_, says)| *says).collect()
}

#[test]
fn every_filter_has_its_verdict_and_the_account_is_that_of_inspect() {
    use StageSays::{Hold, NotRun, Pass, Refuse};
    let stale = event(&[("10:09:50Z", "10:04:59Z")]);
    let spaced = event(&[("<point ", "<point  ")]);
    for (object, decided, rewritten, steps) in [
        (EVENT, Decided::Release, false, [Pass; 6]),
        (&*spaced, Decided::Release, true, [Pass; 6]),
        (&event(&[(MARKING, "")]), Decided::Hold, false, [Pass, Pass, Hold, Pass, Pass, Pass]),
        (&stale, Decided::Refuse, false, [Pass, Pass, Pass, Pass, Pass, Refuse]),
        ("<event version=\"2\"/>", Decided::Refuse, false, [Pass, Refuse, NotRun, NotRun, NotRun, NotRun]),
    ] {
        let (decision, shown) = recorded(&DOWN, object);
        assert_eq!(decision.account, shown);
        assert_eq!((decision.verdict(), decision.is_rewritten), (decided, rewritten), "{object}");
        assert_eq!(said(&decision), steps, "{object}");
        assert_eq!(
            (decision.epoch, decision.again, decision.receipt.as_deref()),
            (3, Some(7), Some("3-4@5"))
        );
        assert_eq!(decision.lane(), &**DOWN.policy.lane());
        assert!(decided != Decided::Release || decision.not_after.is_some(), "a release ends at some time");
    }
}
