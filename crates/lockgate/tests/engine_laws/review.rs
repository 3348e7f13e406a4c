//! Laws about what people may change: only what is held, only for reasons on the closed list, only by two of them who
//! signed for exactly this.

use crate::event::{at, event, marked, now, with_part};
use crate::gate::{Edit, Gate};
use lockgate::pipeline::{judge_attested, look_ahead};
use lockgate_attest::{
    Attestation, KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview, base64,
};
use lockgate_bytes::{Digest, Duration, Frame, Time};
use lockgate_core::{
    ANSWERABLE, Before, Decision, Envelope, Prospect, Received, Routed, STATEMENTS_MAX, Unopened, Verdict,
    VerdictKind, admit, decide, is_answerable,
};
use lockgate_reason::{Code, Family, Outcome, hold};
use proptest::prelude::*;
use std::sync::LazyLock;

pub(crate) const ENTRY: u64 = 4711;
const NAMES: [&str; 4] = ["m-novak", "t-horvat", "only-first", "sender"];

static GATE: LazyLock<Gate> = LazyLock::new(|| gate(&[]));

/// The lane with its people, and other changes.
pub(crate) fn gate(more: &[Edit<'_>]) -> Gate {
    let files: Vec<(String, String)> = [
        ("m-novak", "role first second", "SVN", "SECRET", ""),
        ("t-horvat", "role senior", "SVN", "SECRET", ""),
        ("only-first", "role first", "SVN", "SECRET", ""),
        ("sender", "role senior", "SVN", "SECRET", "\n    submits \"sensor-net\""),
        ("too-low", "role senior", "SVN", "UNCLASSIFIED", ""),
        ("foreign", "role senior", "HRV", "SECRET", ""),
        ("elsewhere", "role senior", "SVN", "SECRET", ""),
        ("former", "role senior", "SVN", "SECRET", ""),
    ]
    .into_iter()
    .enumerate()
    .map(|(number, (name, role, nation, level, more))| {
        let lane = if name == "elsewhere" { "cot-up" } else { "cot-down" };
        let until = if name == "former" { "2026-02-01" } else { "2035-12-31" };
        let key = secret(number).public().text();
        let text = format!(
            "reviewer \"{name}\" {{\n    nationality \"{nation}\"\n    clearance policy=\"MISSION\" level=\"{level}\"\n    \
             lanes \"{lane}\"\n    {role}{more}\n    key ed25519=\"{key}\"\n    valid from=\"2026-01-01\" until=\"{until}\"\n}}\n"
        );
        (format!("reviewers/{name}.kdl"), text)
    })
    .collect();
    let people = files.iter().map(|(path, text)| (path.as_str(), "", text.as_str()));
    let edits: Vec<Edit<'_>> = people.chain(more.iter().copied()).collect();
    Gate::new("cot-down", &edits)
}

pub(crate) fn number(name: &str) -> usize {
    let all = [&NAMES[..], &["too-low", "foreign", "elsewhere", "former"]].concat();
    all.iter().position(|known| *known == name).unwrap()
}

pub(crate) fn secret(number: usize) -> SecretKey {
    let der = [
        &b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..],
        &[u8::try_from(number).unwrap() + 50; 32],
    ];
    let body = base64::encode(&der.concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    SecretKey::from_pem(pem.into_bytes()).unwrap()
}

fn frame(object: &str) -> Frame {
    Frame { bytes: object.as_bytes().to_vec(), source: GATE.source.clone(), arrival: now(), sidecar: None }
}

fn prospect(object: &str) -> Prospect {
    look_ahead(frame(object), &GATE.policy, now(), Box::default(), &mut Unopened)
}

pub(crate) fn terms(prospect: &Prospect, by: &str, step: ReviewStep, nonce: u8) -> ReviewTerms {
    ReviewTerms {
        step,
        lane: "cot-down".to_owned(),
        destination: "rsocc-net".to_owned(),
        entry: ENTRY,
        input: prospect.input(),
        output: prospect.output().map(|(digest, _)| digest),
        findings: prospect.findings(),
        bundle: GATE.policy.bundle(),
        label_before: prospect.label_before().to_owned(),
        label_after: prospect.label_after().to_owned(),
        expires: at("2026-03-01T10:06:00Z"),
        nonce: [nonce; 16],
        reviewer: by.to_owned(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(step)).unwrap(),
        text: String::new(),
    }
}

pub(crate) fn sign(terms: ReviewTerms) -> SignedReview {
    let key = secret(number(&terms.reviewer));
    SignedReview::sign(terms, &key).unwrap()
}

pub(crate) fn attested(terms: ReviewTerms) -> Option<Attestation> {
    let people = GATE.policy.review().unwrap().people();
    sign(terms).verify(&people, "cot-down", now()).ok()
}

fn approvals(object: &str, people: &[&str]) -> Vec<Attestation> {
    let prospect = prospect(object);
    let attested = |by: &&str| attested(terms(&prospect, by, ReviewStep::Approve, 1));
    people.iter().filter_map(attested).collect()
}

/// What is decided of an object with these approvals, and the account.
fn decided(
    object: &str,
    attestations: &[Attestation],
) -> (VerdictKind, Vec<&'static str>, Option<Vec<u8>>, Option<Time>, String) {
    let verdict =
        judge_attested(frame(object), &GATE.policy, now(), Box::default(), &mut Unopened, attestations);
    let account = verdict.account();
    let mut line = String::new();
    account.write_json(&Envelope::default(), &mut line);
    let codes = account.reasons().map(|reason| reason.code.id()).collect();
    let released = account.released_bytes().map(<[u8]>::to_vec);
    let kind = match &verdict {
        Verdict::Release(_) => VerdictKind::Release,
        Verdict::Hold(_) => VerdictKind::Hold,
        Verdict::Refuse(_) => VerdictKind::Refuse,
    };
    (kind, codes, released, account.not_after(), line)
}

/// Held for a word, and nothing else; what leaves is written anew.
fn worded() -> String {
    let text = with_part("<remarks source=\"LG\">The blue heron flies.</remarks>");
    text.replace("<contact ", "<contact phone=\"38640123456\" ")
}

/// The same, and what leaves is what came.
fn plain() -> String {
    event(&[("callsign=\"KRIM 1\"", "callsign=\"BLUE HERON\"")])
}

#[test]
fn two_people_release_what_one_does_not() {
    for object in [worded(), plain()] {
        assert_eq!(decided(&object, &[]).0, VerdictKind::Hold);
        for few in [&["m-novak"][..], &["m-novak", "m-novak"], &[]] {
            let (kind, codes, ..) = decided(&object, &approvals(&object, few));
            assert_eq!(kind, VerdictKind::Hold, "{few:?}");
            assert!(few.is_empty() || codes.contains(&"LG-H042") && codes.contains(&"LG-W001"), "{codes:?}");
        }
        for both in [["m-novak", "t-horvat"], ["t-horvat", "m-novak"]] {
            let (kind, codes, released, not_after, line) = decided(&object, &approvals(&object, &both));
            assert_eq!((kind, codes.len()), (VerdictKind::Release, 0), "{line}");
            let leaves = prospect(&object);
            assert_eq!(released.as_deref(), leaves.output().map(|(_, bytes)| bytes));
            assert_eq!(
                not_after,
                Some(at("2026-03-01T10:06:00Z")),
                "an approval ends the release with itself"
            );
            assert!(line.contains("\"answered\":[{\"code\":\"LG-W001\"") && line.contains(both[1]), "{line}");
        }
    }
}

#[test]
fn what_a_reviewer_approved_leaves_while_they_are_a_reviewer() {
    let end = "2026-03-01T10:05:30Z";
    let gate = gate(&[("reviewers/t-horvat.kdl", "2035-12-31", end)]);
    let object = worded();
    let prospect = look_ahead(frame(&object), &gate.policy, now(), Box::default(), &mut Unopened);
    let people = gate.policy.review().unwrap().people();
    let both = ["m-novak", "t-horvat"].map(|by| {
        let terms =
            ReviewTerms { bundle: gate.policy.bundle(), ..terms(&prospect, by, ReviewStep::Approve, 1) };
        assert!(terms.expires > at(end));
        sign(terms).verify(&people, "cot-down", now()).unwrap()
    });
    let judged =
        |time| judge_attested(frame(&object), &gate.policy, time, Box::default(), &mut Unopened, &both);
    let verdict = judged(now());
    assert!(matches!(verdict, Verdict::Release(_)));
    assert_eq!(verdict.account().not_after(), Some(at(end)), "not with the statement, which runs longer");
    let later = judged(at(end));
    assert!(matches!(later, Verdict::Hold(_)));
    assert!(later.account().reasons().any(|reason| reason.code == hold::APPROVALS_VOID));
}

#[test]
fn an_approval_on_record_ends_with_the_appointment_of_who_gave_it() {
    let end = "2026-03-01T10:05:30Z";
    let gate = gate(&[("reviewers/t-horvat.kdl", "2035-12-31", end)]);
    let prospect = look_ahead(frame(&worded()), &gate.policy, now(), Box::default(), &mut Unopened);
    for (step, claimed) in [(ReviewStep::Claim, None), (ReviewStep::Approve, Some(ReviewStep::Claim))] {
        let terms = ReviewTerms { bundle: gate.policy.bundle(), ..terms(&prospect, "t-horvat", step, 9) };
        let claimed: Vec<Before> = claimed.map(|step| before(step, "t-horvat", 1)).into_iter().collect();
        let admitted = admit(&sign(terms), &prospect, ENTRY, &claimed, &gate.policy, now()).unwrap();
        assert_eq!(admitted.until, at(end), "{step:?}");
    }
}

#[test]
fn where_nothing_of_what_was_said_stands_the_account_says_so() {
    for (said, expected) in [(None, false), (Some(&[][..]), true)] {
        let received = Received::accept(frame(&worded()), Box::default());
        let Routed::Fast(object) = received.route(&GATE.policy) else { panic!("it is of a type") };
        let decision = decide(object.inspect(&GATE.policy), &GATE.policy, now(), said);
        let Decision::Final(verdict) = decision else { panic!("{decision:?}") };
        assert!(matches!(verdict, Verdict::Hold(_)));
        let told = verdict.account().reasons().any(|reason| reason.code == hold::APPROVALS_VOID);
        assert_eq!(told, expected);
    }
}

#[test]
fn what_is_held_back_after_an_approval_shows_all_its_reasons() {
    for object in [worded(), plain()] {
        let both = approvals(&object, &["m-novak", "t-horvat"]);
        let verdict =
            judge_attested(frame(&object), &GATE.policy, now(), Box::default(), &mut Unopened, &both);
        let Verdict::Release(token) = verdict else { panic!("{verdict:?}") };
        let held = Verdict::Hold(token.held_back(hold::CLOCK_NOT_TRUSTED));
        let codes: Vec<&str> = held.account().reasons().map(|reason| reason.code.id()).collect();
        assert!(codes.contains(&"LG-W001") && codes.contains(&"LG-H003"), "{codes:?}");
        assert_eq!((held.account().answered().count(), held.account().approved_by().count()), (0, 0));
    }
}

#[test]
fn what_is_no_question_for_people_stays_as_it_is() {
    for (object, why) in [
        (marked("", "", ""), "no label"),
        (marked("MISSION SECRET", "AUT,HRV,HUN,SVK,SVN", ""), "above the ceiling"),
        (with_part("<unknown/>"), "a part that the type does not declare"),
        (event(&[("lat=\"46.0511\"", "lat=\"460\"")]), "schema"),
        (event(&[("stale=\"2026-03-01T10:09:50Z\"", "stale=\"2026-03-01T10:04:55Z\"")]), "expired"),
        (worded().replace("AUT,HRV,HUN,SVK,SVN", "SVN"), "not releasable"),
        ("%PDF-1.7".to_owned(), "of no type"),
    ] {
        let alone = decided(&object, &[]).0;
        assert_ne!(alone, VerdictKind::Release, "{why}");
        let prospect = prospect(&object);
        assert!(prospect.output().is_none(), "{why}");
        // They sign for the bytes as they are, for want of others.
        let all = ["m-novak", "t-horvat"].map(|by| {
            let terms = terms(&prospect, by, ReviewStep::Approve, 1);
            attested(ReviewTerms { output: Some(prospect.input()), ..terms }).unwrap()
        });
        assert_eq!(decided(&object, &all).0, alone, "{why}");
    }
}

#[test]
fn the_list_of_what_people_may_answer_is_closed() {
    for code in lockgate_reason::all() {
        let may = match code.family() {
            Family::Words => true,
            Family::Rule => code.id() != "LG-R002",
            Family::Schema => code.id() == "LG-S020",
            Family::Deep => {
                ["LG-D011", "LG-D012", "LG-D014", "LG-D016", "LG-D020", "LG-D023"].contains(&code.id())
            }
            _ => false,
        };
        assert_eq!(is_answerable(code), may, "{code}");
        assert_eq!(ANSWERABLE.contains(&code), is_answerable(code));
    }
    let lane = &GATE.policy.review().unwrap().answers;
    let of_lane = |code: &Code| matches!(code.family(), Family::Words | Family::Deep);
    assert!(lane.iter().all(|code| ANSWERABLE.contains(code) && of_lane(code)));
}

type Change = fn(ReviewTerms) -> ReviewTerms;

/// Everything that can be wrong with an approval, and the code for it.
fn wrongs() -> Vec<(Change, Code)> {
    vec![
        (|t| ReviewTerms { lane: "cot-up".to_owned(), ..t }, hold::STATEMENT_OTHER_LANE),
        (|t| ReviewTerms { destination: "svn-national".to_owned(), ..t }, hold::STATEMENT_OTHER_LANE),
        (|t| ReviewTerms { entry: 4712, ..t }, hold::NOT_WAITING),
        (|t| ReviewTerms { input: Digest([1; 32]), ..t }, hold::STATEMENT_OTHER_OBJECT),
        (|t| ReviewTerms { output: Some(Digest([1; 32])), ..t }, hold::STATEMENT_OTHER_OUTPUT),
        (|t| ReviewTerms { output: None, ..t }, hold::STATEMENT_OTHER_OUTPUT),
        (|t| ReviewTerms { findings: Digest([1; 32]), ..t }, hold::STATEMENT_OTHER_FINDINGS),
        (|t| ReviewTerms { bundle: Digest([1; 32]), ..t }, hold::STATEMENT_OTHER_BUNDLE),
        (
            |t| ReviewTerms { label_before: "MISSION UNCLASSIFIED".to_owned(), ..t },
            hold::STATEMENT_OTHER_LABEL,
        ),
        (
            |t| ReviewTerms { label_after: "MISSION UNCLASSIFIED".to_owned(), ..t },
            hold::STATEMENT_OTHER_LABEL,
        ),
        (|t| ReviewTerms { expires: now(), ..t }, hold::STATEMENT_EXPIRED),
        (|t| ReviewTerms { expires: now().plus(Duration::from_secs(86_401)), ..t }, hold::STATEMENT_TOO_LONG),
        (|t| ReviewTerms { reviewer: "sender".to_owned(), ..t }, hold::OWN_OBJECT),
        (|t| ReviewTerms { reviewer: "too-low".to_owned(), ..t }, hold::CLEARANCE_NOT_ENOUGH),
        (|t| ReviewTerms { reviewer: "foreign".to_owned(), ..t }, hold::CLEARANCE_NOT_ENOUGH),
        (|t| ReviewTerms { reviewer: "elsewhere".to_owned(), ..t }, hold::REVIEWER_UNKNOWN),
        (|t| ReviewTerms { reviewer: "former".to_owned(), ..t }, hold::REVIEWER_NOT_IN_FORCE),
    ]
}

pub(crate) fn before(step: ReviewStep, by: &str, nonce: u8) -> Before {
    Before { step: Some(step), by: by.to_owned(), nonce: [nonce; 16], until: at("2026-03-01T10:06:00Z") }
}

#[test]
fn every_statement_that_does_not_count_has_its_code() {
    use ReviewStep::{Approve, Claim, Reject, Return};
    let object = prospect(&worded());
    let says = |terms: ReviewTerms, before: &[Before]| {
        admit(&sign(terms), &object, ENTRY, before, &GATE.policy, now()).map_err(|(code, _)| code)
    };
    let good = terms(&object, "t-horvat", Approve, 9);
    for (change, code) in wrongs() {
        let wrong = change(good.clone());
        let claimed = [before(Claim, &wrong.reviewer, 1)];
        assert_eq!(says(wrong.clone(), &claimed), Err(code), "{wrong:?}");
    }
    let claimed = [before(Claim, "t-horvat", 1)];
    assert!(!says(good.clone(), &claimed).unwrap().is_complete);
    assert_eq!(says(good.clone(), &[]), Err(hold::NOT_CLAIMED));
    assert_eq!(says(good.clone(), &[before(Claim, "m-novak", 1)]), Err(hold::NOT_CLAIMED));
    let over = [Before { until: now(), ..before(Claim, "t-horvat", 1) }];
    assert_eq!(says(good.clone(), &over), Err(hold::NOT_CLAIMED));
    assert_eq!(says(good.clone(), &[before(Claim, "t-horvat", 9)]), Err(hold::STATEMENT_REPLAYED));
    let once = [before(Claim, "m-novak", 1), before(Approve, "m-novak", 2), before(Claim, "t-horvat", 3)];
    assert!(says(good.clone(), &once).unwrap().is_complete);
    let twice = [before(Claim, "t-horvat", 1), before(Approve, "t-horvat", 2)];
    assert_eq!(says(good.clone(), &twice), Err(hold::SAME_PERSON));
    assert_eq!(says(terms(&object, "t-horvat", Claim, 8), &twice), Err(hold::SAME_PERSON));
    assert_eq!(says(terms(&object, "m-novak", Claim, 8), &claimed), Err(hold::CLAIMED));
    assert!(says(terms(&object, "m-novak", Claim, 8), &over).is_ok(), "a claim runs out");
    let other = [before(Claim, "m-novak", 1), before(Approve, "m-novak", 2), before(Claim, "only-first", 3)];
    assert_eq!(says(terms(&object, "only-first", Approve, 8), &other), Err(hold::ROLE_NOT_HELD));
    let ended = [once[0].clone(), Before { until: now(), ..once[1].clone() }, once[2].clone()];
    assert!(!says(good.clone(), &ended).unwrap().is_complete, "an approval that has ended is none");
    assert!(
        says(terms(&object, "m-novak", Claim, 8), &ended[..2]).is_ok(),
        "and whoever gave it looks again"
    );
    for end in [Reject, Return] {
        assert!(says(terms(&object, "t-horvat", end, 8), &claimed).is_ok());
        assert_eq!(says(terms(&object, "m-novak", end, 8), &claimed), Err(hold::NOT_CLAIMED));
    }
    let many: Vec<Before> =
        (0..STATEMENTS_MAX).map(|at| before(Claim, "t-horvat", u8::try_from(at).unwrap() + 10)).collect();
    assert_eq!(says(good.clone(), &many), Err(hold::TOO_MANY_STATEMENTS));
    let bare = prospect(&marked("", "", ""));
    let approve = sign(ReviewTerms { output: Some(bare.input()), ..terms(&bare, "t-horvat", Approve, 8) });
    let said = admit(&approve, &bare, ENTRY, &claimed, &GATE.policy, now());
    assert_eq!(said, Err((hold::NOT_ANSWERABLE, true)));
    let stranger = SignedReview::sign(good, &secret(60)).unwrap();
    let said = admit(&stranger, &object, ENTRY, &claimed, &GATE.policy, now());
    assert_eq!(said, Err((hold::REVIEWER_UNKNOWN, false)), "nobody knows who made it");
}

/// Objects of every verdict.
fn objects() -> Vec<String> {
    vec![
        worded(),
        plain(),
        event(&[]),
        marked("", "", ""),
        marked("MISSION SECRET", "AUT,HRV,HUN,SVK,SVN", ""),
        worded().replace("AUT,HRV,HUN,SVK,SVN", "SVN"),
        worded().replace("lat=\"46.0511\"", "lat=\"460\""),
        with_part("<unknown/>"),
        with_part("<remarks>see https://example.org</remarks><remarks/>"),
        with_part("<remarks>see https://example.org and the blue heron</remarks>"),
    ]
}

static OBJECTS: LazyLock<Vec<(String, Prospect)>> = LazyLock::new(|| {
    let with_prospect = |object: String| {
        let prospect = prospect(&object);
        (object, prospect)
    };
    objects().into_iter().map(with_prospect).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever signs whatever: a refusal stays one, a release is of what two distinct people approved, and it is the only
    /// thing that statements can make of a hold.
    #[test]
    fn statements_release_only_what_two_people_approved(
        which in 0..10_usize,
        signers in prop::collection::vec((0..4_usize, prop::option::weighted(0.3, 0..17_usize), any::<bool>()), 0..4),
    ) {
        let (object, prospect) = &OBJECTS[which];
        let mut attestations = Vec::new();
        for (at, (who, change, step)) in signers.iter().enumerate() {
            let step = if *step { ReviewStep::Approve } else { ReviewStep::ALL[at % 4] };
            let mut terms = terms(prospect, NAMES[*who], step, u8::try_from(at).unwrap());
            if let Some(change) = change {
                terms = wrongs()[*change].0(terms);
            }
            attestations.extend(attested(terms));
        }
        let (alone, codes, ..) = decided(object, &[]);
        let (with, _, released, ..) = decided(object, &attestations);
        match alone {
            VerdictKind::Refuse => prop_assert_eq!(with, VerdictKind::Refuse),
            VerdictKind::Release => prop_assert_eq!(with, VerdictKind::Release, "nobody was asked"),
            VerdictKind::Hold => prop_assert_ne!(with, VerdictKind::Refuse),
        }
        if (alone, with) == (VerdictKind::Hold, VerdictKind::Release) {
            let mut people: Vec<&str> = attestations.iter().map(|one| one.terms().reviewer.as_str()).collect();
            people.sort_unstable();
            people.dedup();
            prop_assert!(people.len() >= 2 && people.len() == attestations.len());
            prop_assert!(!people.contains(&"sender"));
            let sha256 = Digest::of(&released.unwrap());
            for attestation in &attestations {
                let terms = attestation.terms();
                prop_assert_eq!((terms.step, terms.output), (ReviewStep::Approve, Some(sha256)));
                prop_assert_eq!(terms.input, Digest::of(object.as_bytes()));
            }
            for code in codes {
                let code = lockgate_reason::named(code).unwrap();
                prop_assert!(is_answerable(code) && code.outcome() == Outcome::Hold, "{}", code);
            }
        }
    }
}
