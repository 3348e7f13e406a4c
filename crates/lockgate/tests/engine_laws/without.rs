//! Laws about what leaves without a part that no type declares, on the word of two people.

use crate::event::{EVENT, now, with_part};
use crate::gate::{Edit, Gate};
use crate::parts::with_markings;
use crate::review::{attested, gate, terms};
use lockgate::pipeline::{judge_attested, look_ahead};
use lockgate_attest::{Attestation, ReviewStep, ReviewTerms};
use lockgate_bytes::{Digest, Frame};
use lockgate_core::{Account, Envelope, Journal, JournalFault, Prospect, Unopened, Verdict, record};
use serde_json::Value;
use std::sync::LazyLock;

const LANE: &str = "lanes/cot-down.kdl";
const ANSWERS: Edit<'_> = (LANE, "answers \"LG-W\" \"LG-D\"", "answers \"LG-S\" \"LG-W\"");

/// The lane whose people may answer for undeclared parts.
static ASKED: LazyLock<Gate> = LazyLock::new(|| gate(&[ANSWERS]));

fn frame(gate: &Gate, object: &str) -> Frame {
    Frame { bytes: object.as_bytes().to_vec(), source: gate.source.clone(), arrival: now(), sidecar: None }
}

fn ahead(gate: &Gate, object: &str) -> Prospect {
    look_ahead(frame(gate, object), &gate.policy, now(), Box::default(), &mut Unopened)
}

/// Approvals by these people of what they are shown, or of `change` of it.
fn approvals(
    gate: &Gate,
    shown: &Prospect,
    people: &[&str],
    change: impl Fn(ReviewTerms) -> ReviewTerms,
) -> Vec<Attestation> {
    let sign = |by: &&str| {
        let terms = terms(shown, by, ReviewStep::Approve, 1);
        let output = terms.output.or(Some(Digest::of(EVENT.as_bytes())));
        attested(change(ReviewTerms { bundle: gate.policy.bundle(), output, ..terms })).expect("it is signed")
    };
    people.iter().map(sign).collect()
}

/// What leaves of an object, and its account.
fn judged(gate: &Gate, object: &str, said: &[Attestation]) -> (Option<Vec<u8>>, Value) {
    let verdict =
        judge_attested(frame(gate, object), &gate.policy, now(), Box::default(), &mut Unopened, said);
    let mut line = String::new();
    verdict.account().write_json(&Envelope::default(), &mut line);
    let released = verdict.account().released_bytes().map(<[u8]>::to_vec);
    assert_eq!(matches!(verdict, Verdict::Release(_)), released.is_some());
    let account: Value = serde_json::from_str(&line).unwrap();
    if let Verdict::Release(token) = verdict {
        // What is to be done with it later goes by the route of its record.
        assert_eq!(record(token, &mut Nowhere).unwrap().0.route(), account["route"]);
    }
    (released, account)
}

/// Everything is on record there.
struct Nowhere;

impl Journal for Nowhere {
    fn append(&mut self, _: &Account<'_>) -> Result<(), JournalFault> {
        Ok(())
    }
}

const BOTH: &[&str] = &["m-novak", "t-horvat"];

#[test]
fn two_people_release_what_is_left_without_the_part() {
    let dropping = Gate::new("cot-down", &[(LANE, "undeclared slow", "undeclared drop")]);
    for part in
        ["<note id=\"1\"><to>this and that</to></note>", "<__chat/>", "<a/><b x=\"1\"/><marti>x</marti>"]
    {
        // Written as its type writes it: but for the part, it could leave as it came.
        let object = with_part(part);
        let (alone, account) = judged(&ASKED, &object, &[]);
        assert_eq!((alone, &account["verdict"], &account["route"]), (None, &"hold".into(), &"slow".into()));
        let reasons = account["reasons"].as_array().unwrap();
        assert!(
            reasons.iter().all(|reason| reason["code"] == "LG-S020" && reason["for"] == "people"),
            "{account}"
        );
        let shown = ahead(&ASKED, &object);
        assert_eq!(shown.output().map(|(_, bytes)| bytes), Some(EVENT.as_bytes()), "{part}");
        assert_eq!(dropping.judge(object.as_bytes(), now()).released.as_deref(), Some(EVENT.as_bytes()));
        for few in [&["m-novak"][..], &["m-novak", "m-novak"], &["only-first", "m-novak"][..1]] {
            let (leaves, account) = judged(&ASKED, &object, &approvals(&ASKED, &shown, few, |terms| terms));
            assert_eq!((leaves, &account["verdict"]), (None, &"hold".into()), "{few:?}");
        }
        let (leaves, account) = judged(&ASKED, &object, &approvals(&ASKED, &shown, BOTH, |terms| terms));
        assert_eq!(leaves.as_deref(), Some(EVENT.as_bytes()), "{account}");
        assert_eq!(account["released_sha256"], Digest::of(EVENT.as_bytes()).to_string());
        assert_eq!(account["sha256"], Digest::of(object.as_bytes()).to_string());
        assert_eq!((&account["answered"][0]["code"], &account["route"]), (&"LG-S020".into(), &"slow".into()));
        assert_eq!(account["approvals"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn a_marked_part_leaves_nothing_whatever_people_sign() {
    for part in with_markings() {
        for part in [part.clone(), format!("<note/>{part}")] {
            let object = with_part(&part);
            let shown = ahead(&ASKED, &object);
            assert!(shown.output().is_none(), "{part}");
            for output in [Digest::of(EVENT.as_bytes()), shown.input()] {
                let change = |terms| ReviewTerms { output: Some(output), ..terms };
                let (leaves, account) = judged(&ASKED, &object, &approvals(&ASKED, &shown, BOTH, change));
                assert_eq!(leaves, None, "{part}: {account}");
            }
        }
    }
}

#[test]
fn only_a_lane_that_says_so_lets_people_answer_for_undeclared_parts() {
    let object = with_part("<note/>");
    for edits in [&[][..], &[(LANE, "undeclared slow", "undeclared refuse"), ANSWERS]] {
        let gate = gate(edits);
        let shown = ahead(&gate, &object);
        assert!(shown.output().is_none(), "{edits:?}");
        let (leaves, account) = judged(&gate, &object, &approvals(&gate, &shown, BOTH, |terms| terms));
        assert_eq!(leaves, None, "{account}");
    }
    // What else stands has to be theirs, too.
    let worded = with_part("<note>blue heron</note>");
    assert_eq!(ahead(&ASKED, &worded).output().map(|(_, bytes)| bytes), Some(EVENT.as_bytes()));
    let parts_only = gate(&[(LANE, "answers \"LG-W\" \"LG-D\"", "answers \"LG-S\"")]);
    assert!(ahead(&parts_only, &worded).output().is_none());
    assert!(ahead(&parts_only, &object).output().is_some());
}

#[test]
fn what_people_signed_is_what_leaves_and_nothing_else_of_the_same_look() {
    let (object, other) = (with_part("<note>this</note>"), with_part("<note>that</note>"));
    let shown = ahead(&ASKED, &object);
    assert_eq!(shown.output(), ahead(&ASKED, &other).output(), "without the part the two are one");
    let signed = approvals(&ASKED, &shown, BOTH, |terms| terms);
    assert_eq!(judged(&ASKED, &other, &signed).0, None, "they looked at another object");
    // The object itself, or any other bytes: no.
    for output in [shown.input(), Digest([7; 32])] {
        let change = |terms| ReviewTerms { output: Some(output), ..terms };
        let (leaves, account) = judged(&ASKED, &object, &approvals(&ASKED, &shown, BOTH, change));
        let codes: Vec<&str> =
            account["reasons"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!((leaves, codes), (None, vec!["LG-S020", "LG-H031"]));
    }
}
