//! Laws about objects of no known type: what leaves is what was built anew, which two people approved; never the object, and
//! never past anything that people may not answer.

use crate::event::now;
use crate::gate::{Edit, Gate};
use crate::review::{attested, gate, terms};
use lockgate::pipeline::{judge_attested, look_ahead};
use lockgate_attest::{ReviewStep, ReviewTerms};
use lockgate_bytes::{Digest, Frame, Untrusted};
use lockgate_core::{
    Class, DEGREE, Deep, Envelope, Finding, FindingCode, Ground, Looked, Making, Point, Prospect, Rebuilt,
    Said, Seen, UNSEARCHED, Verdict,
};
use lockgate_reason::deep;
use serde_json::Value;
use std::sync::LazyLock;

mod banners;
mod labelled;
mod unasked;

static GATE: LazyLock<Gate> = LazyLock::new(|| gate(&[]));

const OBJECT: &[u8] = b"\x89PNG\r\n\x1A\n and what a person sees, and more";
const ANEW: &[u8] = b"what a person sees";

static NOTE: FindingCode = FindingCode { name: "x.note", class: Class::Note, says: "a note" };
static DISCLOSED: FindingCode = FindingCode { name: "x.tells", class: Class::Disclosure, says: "it tells" };
static HIDDEN: FindingCode = FindingCode { name: "x.hides", class: Class::Hiding, says: "it hides" };
static ATTACKING: FindingCode = FindingCode { name: "x.acts", class: Class::Attack, says: "it acts" };
static UNREAD: FindingCode = FindingCode { name: UNSEARCHED, class: Class::Hiding, says: "not kept" };

/// A worker that sees what it is told to.
#[derive(Clone)]
struct Told(Looked);

impl Deep for Told {
    fn look(&mut self, object: Untrusted<'_>, _: Making) -> Looked {
        assert_eq!(object.bytes_for_inspection(), OBJECT);
        self.0.clone()
    }
}

fn usual() -> Seen {
    Seen {
        form: Some("png"),
        walked: true,
        findings: Vec::new(),
        rebuilt: Some(Rebuilt::of(ANEW.to_vec())),
        shown: 0,
        texts: Vec::new(),
        previews: vec![b"a picture".to_vec()],
        unread: false,
        grounds: Vec::new(),
    }
}

fn finding(code: &'static FindingCode) -> Seen {
    Seen { findings: vec![Finding { code, place: "byte 8".to_owned() }], ..usual() }
}

fn saying(text: &str) -> Seen {
    let text = Said { place: "page 1".to_owned(), text: text.to_owned(), is_class: false };
    Seen { texts: vec![text], ..usual() }
}

/// What the object says of its own classification, as a NITF file does.
fn classed(text: &str) -> Seen {
    let text = Said { place: "class of the file".to_owned(), text: text.to_owned(), is_class: true };
    Seen { texts: vec![text], ..usual() }
}

fn frame(gate: &Gate) -> Frame {
    Frame { bytes: OBJECT.to_vec(), source: gate.source.clone(), arrival: now(), sidecar: None }
}

fn prospect(gate: &Gate, seen: &Looked) -> Prospect {
    look_ahead(frame(gate), &gate.policy, now(), Box::default(), &mut Told(seen.clone()))
}

/// What two people make of it who approve what they are shown, or `change` of it; and its account.
fn approved(
    gate: &Gate,
    shown: &Looked,
    decided: &Looked,
    change: impl Fn(ReviewTerms) -> ReviewTerms,
) -> (Option<Vec<u8>>, Value) {
    let prospect = prospect(gate, shown);
    let sign = |by: &str| {
        let terms = terms(&prospect, by, ReviewStep::Approve, 1);
        let output = terms.output.or(Some(Digest::of(ANEW)));
        attested(change(ReviewTerms { bundle: gate.policy.bundle(), output, ..terms })).expect("it is signed")
    };
    let both = ["m-novak", "t-horvat"].map(sign);
    let verdict =
        judge_attested(frame(gate), &gate.policy, now(), Box::default(), &mut Told(decided.clone()), &both);
    told(&verdict)
}

fn told(verdict: &Verdict) -> (Option<Vec<u8>>, Value) {
    let mut line = String::new();
    verdict.account().write_json(&Envelope::default(), &mut line);
    assert_eq!(matches!(verdict, Verdict::Release(_)), verdict.account().released_bytes().is_some());
    (verdict.account().released_bytes().map(<[u8]>::to_vec), serde_json::from_str(&line).unwrap())
}

fn codes(account: &Value) -> Vec<&str> {
    account["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

#[test]
fn what_was_built_anew_leaves_once_two_people_have_approved_it() {
    let findings = [&NOTE, &DISCLOSED, &HIDDEN].map(finding);
    for seen in findings.into_iter().chain([
        usual(),
        saying("rain"),
        saying("MISSION RESTRICTED"),
        classed("RESTRICTED"),
    ]) {
        let seen = Looked::Through(seen);
        let shown = prospect(&GATE, &seen);
        assert_eq!(shown.output(), Some((Digest::of(ANEW), ANEW)), "{}", shown.account());
        assert_eq!(shown.previews(), [b"a picture".to_vec()]);
        assert_eq!((shown.label_before(), shown.label_after()), (shown.label_after(), shown.label_before()));
        let (released, account) = approved(&GATE, &seen, &seen, |terms| terms);
        assert_eq!(released.as_deref(), Some(ANEW), "{account}");
        let named = |digest: Digest| Value::from(digest.to_string());
        assert_eq!(account["sha256"], named(Digest::of(OBJECT)), "the record names what came,");
        assert_eq!(account["released_sha256"], named(Digest::of(ANEW)), "and what leaves");
        assert_eq!(account["rebuilt_sha256"], account["released_sha256"]);
        assert_eq!(account["rebuilt_size_bytes"], ANEW.len());
        assert_eq!(account["approvals"].as_array().unwrap().len(), 2);
        assert_eq!(account["agreement"], "rsocc");
        assert_eq!(account["category"], "document");
        let answered = account["answered"].as_array().unwrap();
        assert!(answered.iter().any(|reason| reason["code"] == "LG-D014"), "{account}");
    }
}

#[test]
fn without_enough_people_nothing_leaves() {
    let seen = Looked::Through(usual());
    let alone =
        judge_attested(frame(&GATE), &GATE.policy, now(), Box::default(), &mut Told(seen.clone()), &[]);
    let (released, account) = told(&alone);
    assert!(released.is_none() && account["verdict"] == "hold", "{account}");
    assert_eq!(codes(&account), ["LG-D014"]);
    for people in [&["m-novak"][..], &["m-novak", "m-novak"]] {
        let prospect = prospect(&GATE, &seen);
        let all: Vec<_> =
            people.iter().filter_map(|by| attested(terms(&prospect, by, ReviewStep::Approve, 1))).collect();
        let mut worker = Told(seen.clone());
        let verdict = judge_attested(frame(&GATE), &GATE.policy, now(), Box::default(), &mut worker, &all);
        let (released, account) = told(&verdict);
        assert!(released.is_none() && codes(&account).contains(&"LG-H042"), "{account}");
    }
}

#[test]
fn what_nobody_may_answer_stays_whoever_approves() {
    let failed = [
        deep::NOT_OPENED,
        deep::WORKER_CRASHED,
        deep::WORKER_TIMED_OUT,
        deep::WORKER_KILLED,
        deep::WORKER_BROKE_OUT,
        deep::WORKER_ANSWER,
        deep::TOO_LARGE,
        deep::NO_WORKER,
        deep::REBUILT_WRONG,
        deep::CROWDED,
    ];
    let failed = failed.map(|code| (Looked::Failed(code), code.id()));
    let seen = [
        (finding(&ATTACKING), "LG-D010"),
        (finding(&UNREAD), "LG-D017"),
        (Seen { form: Some("gif"), ..usual() }, "LG-D009"),
        (Seen { form: None, ..usual() }, "LG-D009"),
        (Seen { walked: false, ..usual() }, "LG-D013"),
        (Seen { rebuilt: None, ..usual() }, "LG-D014"),
        (saying("page one of two, MISSION SECRET"), "LG-D019"),
        (saying("Top Secret"), "LG-D019"),
        (saying("NATIONAL EYES"), "LG-D019"),
        (saying("ATOMAL"), "LG-D019"),
        (classed("SECRET"), "LG-D019"),
        (classed("TOP SECRET"), "LG-D019"),
        (classed("a class of no name"), "LG-D019"),
        (classed("MORE THAN RESTRICTED"), "LG-D019"),
    ];
    let seen = seen.map(|(seen, code)| (Looked::Through(seen), code));
    for (looked, code) in failed.into_iter().chain(seen) {
        assert!(prospect(&GATE, &looked).output().is_none(), "{code}");
        let (released, account) = approved(&GATE, &looked, &looked, |terms| terms);
        assert!(released.is_none(), "{code}: {account}");
        assert!(codes(&account).contains(&code), "{code}: {account}");
        assert_eq!(account["verdict"], if code == "LG-D010" { "refuse" } else { "hold" });
        assert_eq!(account["released_sha256"], Value::Null);
    }
}

/// A file of NITF 2.1 that says its class, and has nothing in it.
fn nitf(class: char) -> Vec<u8> {
    let before = format!("NITF02.10{:110}{class}{:166}{:010}0{:45}", "03BF01", "", 0, "");
    let header = before.len() + 18 + 28;
    format!("{before}{header:012}{header:06}{:028}", 0).into_bytes()
}

#[test]
fn what_a_nitf_file_says_of_its_class_is_held_against_the_label() {
    let looked = |class: char| {
        let answer = lockgate_deep::look(&nitf(class));
        let form = answer.form.map(lockgate_deep::Form::name);
        let told: Vec<_> = answer.findings.iter().map(|finding| finding.code.name).collect();
        assert!(form == Some("nitf") && told.iter().all(|name| *name == "nitf.security"), "{told:?}");
        Looked::Through(Seen { form, findings: answer.findings, texts: answer.texts, ..usual() })
    };
    for class in ['C', 'S', 'T'] {
        let seen = looked(class);
        assert!(prospect(&GATE, &seen).output().is_none(), "{class}");
        let (released, account) = approved(&GATE, &seen, &seen, |terms| terms);
        assert!(released.is_none() && codes(&account).contains(&"LG-D019"), "{class}: {account}");
        assert!(codes(&account).contains(&"LG-D012"), "people are told: {account}");
    }
    for class in ['U', 'R'] {
        let seen = looked(class);
        assert_eq!(approved(&GATE, &seen, &seen, |terms| terms).0.as_deref(), Some(ANEW), "{class}");
    }
}

#[test]
fn what_lies_outside_of_the_area_of_the_lane_stays() {
    let words = "        area south=45 west=13.5 north=47 east=17\n        release rebuilt\n";
    let gate = gate(&[("lanes/cot-down.kdl", "        release rebuilt\n", words)]);
    let corners = |north: i32, east: i32| {
        let parts = [(0, 0), (0, 1), (-1, 1), (-1, 0)].map(|(down, right)| (north + down, east + right));
        parts.map(|(latitude, longitude)| Point::new(latitude * DEGREE, longitude * DEGREE).unwrap())
    };
    let seen = |grounds: &[Option<[Point; 4]>]| {
        let ground =
            |corners: &Option<[Point; 4]>| Ground { place: "image segment".to_owned(), corners: *corners };
        Looked::Through(Seen { grounds: grounds.iter().map(ground).collect(), ..usual() })
    };
    let (inside, outside) = (Some(corners(46, 14)), Some(corners(46, 13)));
    for grounds in [&[][..], &[None], &[outside], &[inside, outside], &[inside, None]] {
        let seen = seen(grounds);
        assert!(prospect(&gate, &seen).output().is_none(), "{grounds:?}");
        let (released, account) = approved(&gate, &seen, &seen, |terms| terms);
        assert!(released.is_none() && codes(&account).contains(&"LG-D022"), "{grounds:?}: {account}");
        assert_eq!(account["verdict"], "hold");
        let (released, _) = approved(&GATE, &seen, &seen, |terms| terms);
        assert_eq!(released.as_deref(), Some(ANEW), "a lane that does not ask");
    }
    for grounds in [&[inside][..], &[inside, Some(corners(47, 16))]] {
        let seen = seen(grounds);
        assert_eq!(approved(&gate, &seen, &seen, |terms| terms).0.as_deref(), Some(ANEW), "{grounds:?}");
    }
}

#[test]
fn what_was_approved_is_what_leaves_or_nothing_does() {
    let shown = Looked::Through(usual());
    let others = [
        (Seen { rebuilt: Some(Rebuilt::of(b"something else".to_vec())), ..usual() }, "LG-H031"),
        (finding(&HIDDEN), "LG-H042"),
        (finding(&NOTE), "LG-H042"),
        (Seen { rebuilt: None, ..usual() }, "LG-H042"),
    ];
    for (other, code) in others {
        let (released, account) = approved(&GATE, &shown, &Looked::Through(other), |terms| terms);
        assert!(released.is_none() && account["verdict"] == "hold", "{account}");
        assert!(codes(&account).contains(&code) && codes(&account).contains(&"LG-D014"), "{account}");
        assert_eq!(account["sha256"], Digest::of(OBJECT).to_string());
    }
    let original = |terms: ReviewTerms| ReviewTerms { output: Some(terms.input), ..terms };
    let (released, account) = approved(&GATE, &shown, &shown, original);
    assert!(
        released.is_none() && codes(&account).contains(&"LG-H031"),
        "the original never leaves: {account}"
    );
}

#[test]
fn a_lane_only_narrows_what_may_leave() {
    const LANE: &str = "lanes/cot-down.kdl";
    let default = "        unlabelled assign authority=\"demonstration only\" until=\"2035-12-31\" {\n            label level=\"RESTRICTED\" {\n                category \"Releasable To\" \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\"\n            }\n        }\n";
    let ended = default.replace("2035-12-31", "2026-02-01");
    let cases: [(&[Edit<'_>], Option<&str>); 7] = [
        (
            &[
                (LANE, "        release rebuilt\n", ""),
                (LANE, default, ""),
                (LANE, "        category \"document\"\n", ""),
            ],
            None,
        ),
        (&[(LANE, default, "")], Some("LG-M0")),
        (&[(LANE, default, &ended)], Some("LG-M0")),
        (&[(LANE, "        category \"document\"\n", "")], Some("LG-A0")),
        (
            &[(LANE, "label.level <= level('RESTRICTED')", "label.level <= level('UNCLASSIFIED')")],
            Some("LG-R001"),
        ),
        (&[(LANE, "label.level <= level('RESTRICTED')", "age <= duration('1h')")], Some("LG-R002")),
        (&[(LANE, "    traffic operation\n", "    traffic exercise\n")], Some("LG-A0")),
    ];
    for (edits, code) in cases {
        let gate = gate(edits);
        let seen = Looked::Through(usual());
        assert!(prospect(&gate, &seen).output().is_none(), "{edits:?}");
        let (released, account) = approved(&gate, &seen, &seen, |terms| terms);
        assert!(released.is_none(), "{edits:?}: {account}");
        let told = codes(&account);
        assert!(
            code.is_none_or(|code| told.iter().any(|known| known.starts_with(code))),
            "{edits:?}: {told:?}"
        );
    }
}

/// What pages say of their marking, in the words that the policies' files give, is held against the label.
#[test]
fn phrases_and_portion_marks_are_held_against_the_label() {
    let said = |gate: &Gate, text: &str| {
        let seen = Looked::Through(saying(text));
        let (released, account) = approved(gate, &seen, &seen, |terms| terms);
        let answered = account["answered"].as_array().into_iter().flatten();
        let marked =
            answered.chain(account["reasons"].as_array().unwrap()).any(|one| one["code"] == "LG-D016");
        let contested = codes(&account).contains(&"LG-D019");
        assert_eq!(released.is_none(), contested, "{text}: {account}");
        (marked, contested)
    };
    for (text, expected) in [
        ("1. (MS) The boats left at night.", (true, true)),
        ("(MC/REL HRV) And came back.", (true, true)),
        ("(CTS) Nobody saw them.", (true, true)),
        ("CONFIDENTIEL", (true, true)),
        ("Diffusion restreinte", (true, true)),
        ("TRÈS SECRET", (true, true)),
        ("COSMIC", (true, true)),
        ("(MR) The boats left at night.", (true, false)),
        ("(MU) It rains.", (true, false)),
        ("Mr Smith waited 25 ms (ms as in SI units); no nc here.", (false, false)),
    ] {
        assert_eq!(said(&GATE, text), expected, "{text}");
    }
    // A word of another policy is what it means at its strictest, whatever the date.
    let equivalence = |name: &str, is: &str, valid: &str| {
        format!(
            "equivalence \"{name}\" from=\"NATO\" to=\"MISSION\" {{\n    level \"UNCLASSIFIED\" is=\"UNCLASSIFIED\"\n    \
             level \"RESTRICTED\" is=\"RESTRICTED\"\n    level \"CONFIDENTIAL\" is=\"{is}\"\n    valid {valid}\n    \
             authority \"invented\"\n}}\n"
        )
    };
    let until = "from=\"2026-01-01\" until=\"2026-06-30\"";
    let from = "from=\"2026-07-01\" until=\"2035-12-31\"";
    let strict = equivalence("strict", "CONFIDENTIAL", until);
    let loose = equivalence("loose", "RESTRICTED", from);
    let both = gate(&[("equivalences/strict.kdl", "", &strict), ("equivalences/loose.kdl", "", &loose)]);
    assert_eq!(said(&both, "CONFIDENTIEL"), (true, true));
    assert_eq!(said(&both, "DIFFUSION RESTREINTE"), (true, false));
    let one = gate(&[("equivalences/loose.kdl", "", &loose)]);
    assert_eq!(said(&one, "CONFIDENTIEL"), (true, false));
    // An earlier edition says the same as the present one by the same name.
    let spif = include_str!("../../../../rules/policies/NATO/nato.spif.xml");
    let earlier = "    earlier \"2025-01\" file=\"nato-2025.spif.xml\" {\n        valid from=\"2025-01-01\" until=\"2025-12-31\"\n        \
                   absent tag=\"Context\" is=undecided\n        absent tag=\"Releasable To\" is=universe\n        \
                   everyone tag=\"Context\" \"Releasable\"\n    }\n    absent tag=\"Context\" is=undecided\n";
    let editions = gate(&[
        ("equivalences/loose.kdl", "", &loose),
        ("policies/NATO/nato-2025.spif.xml", "", spif),
        ("policies/NATO/policy.kdl", "    absent tag=\"Context\" is=undecided\n", earlier),
    ]);
    assert_eq!(said(&editions, "CONFIDENTIEL"), (true, false));
}

/// A caveat that is called like a policy is no less a caveat.
#[test]
fn a_caveat_with_the_name_of_a_policy_is_held_against_the_label() {
    let caveat = "<tagCategory name=\"MEDICAL\" lacv=\"2\"/><tagCategory name=\"NATO\" lacv=\"9\"/>";
    let gate =
        gate(&[("policies/MISSION/mission.spif.xml", "<tagCategory name=\"MEDICAL\" lacv=\"2\"/>", caveat)]);
    let seen = Looked::Through(saying("NATO"));
    let (released, account) = approved(&gate, &seen, &seen, |terms| terms);
    assert!(released.is_none() && codes(&account).contains(&"LG-D019"), "{account}");
    let (released, account) = approved(&GATE, &seen, &seen, |terms| terms);
    assert_eq!(released.as_deref(), Some(ANEW), "{account}");
}

#[test]
fn what_was_not_built_anew_is_for_nobody_to_answer() {
    for (seen, may) in [(usual(), true), (Seen { rebuilt: None, ..usual() }, false)] {
        let prospect = prospect(&GATE, &Looked::Through(seen));
        assert_eq!(prospect.reasons(), [(deep::PEOPLE_DECIDE, may)]);
        assert_eq!(prospect.output().is_some(), may);
    }
}

#[test]
fn a_word_of_a_list_is_answered_like_everywhere_else() {
    let seen = Looked::Through(saying("The blue heron flies."));
    let (released, account) = approved(&GATE, &seen, &seen, |terms| terms);
    assert_eq!(released.as_deref(), Some(ANEW), "{account}");
    assert!(account["answered"].as_array().unwrap().iter().any(|reason| reason["code"] == "LG-W001"));
}
