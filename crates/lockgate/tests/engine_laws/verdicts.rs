//! Laws about verdicts and accounts: all reasons, the worst outcome, and nothing left over from an earlier object.

use crate::event::{EVENT, MARKING, bound, event, label, marked, now, with_part};
use crate::gate::{DEFAULTED, DOWN, Gate};
use lockgate_bytes::Frame;
use lockgate_core::{Decision, Received, Routed, Unopened, Verdict, VerdictKind, Workspace, decide};

#[test]
fn every_condition_that_fails_is_listed() {
    let object = event(&[
        ("type=\"a-f-G-U-C\"", "type=\"a-h-A\""),
        ("how=\"m-g\"", "how=\"m-g\" opex=\"e\""),
        (MARKING, " access=\"MISSION SECRET\" caveat=\"NATIONAL EYES\" releasableTo=\"SVN\""),
        ("ce=\"12\"", "ce=\"900\""),
        ("10:09:50Z", "10:04:40Z"),
        ("KRIM 1", "BLUE HERON"),
        ("</detail>", "<remarks>see http://192.0.2.1/x</remarks><note/></detail>"),
    ]);
    let seen = DOWN.judge(object.as_bytes(), now());
    let mut codes = seen.codes.clone();
    codes.sort_unstable();
    let expected = [
        "LG-A001", // no agreement covers air tracks
        "LG-A008", // above the ceiling of the agreement
        "LG-A009", // a forbidden caveat
        "LG-A010", // above the ceiling of the destination
        "LG-A011", // four readers left out
        "LG-A012", // a caveat that nobody there holds
        "LG-A016", // exercise
        "LG-A017", // stale
        "LG-R001", // stale before it begins
        "LG-R001", // hostile without accuracy
        "LG-R001", // the rule of the lane about the level
        "LG-S020", // an undeclared part
        "LG-W001", // a codeword
        "LG-W006", // an address
    ];
    assert_eq!(codes, expected, "{}", seen.line);
    assert_eq!(seen.verdict, VerdictKind::Refuse);
}

#[test]
fn refuse_beats_hold_and_hold_beats_release() {
    let hold = [("KRIM 1", "BLUE HERON")];
    let refuse = [("10:09:50Z", "10:04:55Z")];
    let verdict = |changes: &[(&str, &str)]| DOWN.judge(event(changes).as_bytes(), now()).verdict;
    assert_eq!(verdict(&[]), VerdictKind::Release);
    assert_eq!(verdict(&hold), VerdictKind::Hold);
    assert_eq!(verdict(&refuse), VerdictKind::Refuse);
    assert_eq!(verdict(&[hold[0], refuse[0]]), VerdictKind::Refuse);
    assert_eq!(verdict(&[refuse[0], hold[0]]), VerdictKind::Refuse);
}

#[test]
fn each_lane_carries_its_own_traffic_only() {
    let lane = |traffic: &str| {
        Gate::new("cot-down", &[("lanes/cot-down.kdl", "traffic operation", &format!("traffic {traffic}"))])
    };
    // What the event says of itself, and the one kind of lane that may carry it.
    let events = [
        ("how=\"m-g\"", "operation"),
        ("how=\"m-g\" opex=\"o\"", "operation"),
        ("how=\"m-g\" opex=\"o-SPRING\"", "operation"),
        ("how=\"m-g\" opex=\"e\"", "exercise"),
        ("how=\"m-g\" opex=\"e-SPRING\"", "exercise"),
        ("how=\"m-g\" opex=\"s\"", "simulation"),
        ("how=\"m-s\"", "simulation"),
        ("how=\"m-s-t\"", "simulation"),
        ("how=\"m-s\" opex=\"s-1\"", "simulation"),
        // Both at once crosses nowhere.
        ("how=\"m-s\" opex=\"e\"", "none"),
    ];
    for traffic in ["operation", "exercise", "simulation"] {
        let gate = lane(traffic);
        for (says, of) in events {
            let seen = gate.judge(event(&[("how=\"m-g\"", says)]).as_bytes(), now());
            let expected: &[&str] = if of == traffic { &[] } else { &["LG-A016"] };
            assert_eq!(seen.codes, expected, "{says} on a lane for {traffic}");
        }
    }
}

#[test]
fn adding_a_rule_never_turns_a_non_release_into_a_release() {
    let rules = [
        "true",
        "false",
        "event.detail.track.speed <= 20",
        "event.detail.remarks.text.contains('x')",
        "label.level <= level('SECRET')",
        "event.type.startsWith('a-')",
        "event.point.ce / 0 > 1",
    ];
    let objects = samples();
    for require in rules {
        for otherwise in ["hold", "refuse"] {
            let rule = format!(
                "rule \"law.added\" {{\n    require \"{require}\"\n    otherwise {otherwise} says=\"added\"\n}}\nrule \"cot.portions\""
            );
            let Ok(gate) = std::panic::catch_unwind(|| {
                Gate::new("cot-down", &[("types/cot-event/rules.kdl", "rule \"cot.portions\"", &rule)])
            }) else {
                assert!(require.contains("/ 0"), "{require} does not build");
                continue;
            };
            for object in &objects {
                let (with, without) = (gate.judge(object, now()), DOWN.judge(object, now()));
                let rank = |verdict| match verdict {
                    VerdictKind::Release => 0,
                    VerdictKind::Hold => 1,
                    VerdictKind::Refuse => 2,
                };
                assert!(rank(with.verdict) >= rank(without.verdict), "{require}: {}", without.line);
                assert!(without.codes.iter().all(|code| with.codes.contains(code)), "{require}");
            }
        }
    }
}

/// Objects of every fate: verbatim, rewritten, held, refused, unreadable, of no type, empty.
fn samples() -> Vec<Vec<u8>> {
    let texts = [
        EVENT.to_owned(),
        EVENT.replace('"', "'"),
        event(&[("<contact", "<takv platform=\"P\" version=\"1\"/><contact")]),
        bound("RESTRICTED", &["R-SOCC"], now()),
        bound("SECRET", &["SVN"], now()),
        event(&[("<detail>", &format!("<detail>{}", label("UNCLASSIFIED", &["SVN"], now())))]),
        event(&[(MARKING, "")]),
        marked("SECRETT", "AUT", ""),
        event(&[("KRIM 1", "BLUE HERON")]),
        with_part("<note>this and that</note>"),
        with_part("<note>MISSION SECRET</note>"),
        with_part(
            "<link uid=\"1\"/><link uid=\"2\"/><shape><polyline><vertex lat=\"1\" lon=\"1\"/><vertex lat=\"2\" lon=\"2\"/></polyline></shape>",
        ),
        event(&[("10:09:50Z", "10:04:40Z"), ("how=\"m-g\"", "how=\"m-s\"")]),
        EVENT[..EVENT.len() - 9].to_owned(),
        "no event at all".to_owned(),
        String::new(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

#[test]
fn an_account_replays_byte_for_byte_whatever_went_before() {
    for gate in [&*DOWN, &*DEFAULTED] {
        let objects = samples();
        let fresh: Vec<String> = objects.iter().map(|object| gate.judge(object, now()).line).collect();
        for (object, line) in objects.iter().zip(&fresh) {
            assert_eq!(&gate.judge(object, now()).line, line);
        }
        let mut workspace = Box::new(Workspace::new());
        for first in &objects {
            for (second, line) in objects.iter().zip(&fresh) {
                (_, workspace) = gate.judge_in(first, now(), workspace);
                let seen;
                (seen, workspace) = gate.judge_in(second, now(), workspace);
                assert_eq!(&seen.line, line, "after {}", String::from_utf8_lossy(first));
            }
        }
    }
}

#[test]
fn an_account_never_shows_the_payload() {
    // The record is shown on request only; without it, nothing of an object's text is.
    let object = event(&[("KRIM 1", "BLUE HERON PAYLOAD-TEXT"), ("LG-0001", "\u{202e}PAYLOAD-TEXT")]);
    let seen = DOWN.judge(object.as_bytes(), now());
    assert_eq!(seen.verdict, VerdictKind::Refuse);
    assert!(!seen.line.contains("PAYLOAD"), "{}", seen.line);
    let access = marked("PAYLOAD-TEXT", "PAYLOAD-TEXT", "PAYLOAD-TEXT");
    let seen = DOWN.judge(access.as_bytes(), now());
    let (account, _record) = seen.line.split_once("\"record\":").unwrap();
    assert!(!account.contains("PAYLOAD"), "{account}");
}

/// What was found under one lane's lists says nothing under another's.
#[test]
fn what_was_read_under_one_bundle_is_not_decided_under_another() {
    let decided = |read: &Gate, judged: &Gate| {
        let frame = Frame {
            bytes: EVENT.as_bytes().to_vec(),
            source: read.source.clone(),
            arrival: now(),
            sidecar: None,
        };
        let inspected = match Received::accept(frame, Box::default()).route(&read.policy) {
            Routed::Fast(object) => object.inspect(&read.policy),
            Routed::Slow(object) => object.look(&mut Unopened, &read.policy),
        };
        match decide(inspected, &judged.policy, now(), None) {
            Decision::Final(Verdict::Refuse(token)) => {
                Verdict::Refuse(token).account().reasons().map(|reason| reason.code.id()).collect()
            }
            Decision::Final(Verdict::Hold(_)) => vec!["held"],
            Decision::Final(Verdict::Release(_)) | Decision::Rewritten(_) => vec![],
        }
    };
    assert_eq!(decided(&DOWN, &DOWN), [""; 0]);
    assert_eq!(decided(&DOWN, &Gate::new("cot-down", &[])), [""; 0], "the same bundle, compiled again");
    assert_eq!(decided(&DOWN, &DEFAULTED), ["LG-X001"]);
    let other = Gate::new("tak-down", &[]);
    assert!(decided(&DOWN, &other).contains(&"LG-X001"));
}
