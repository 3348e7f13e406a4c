use super::Approvals;
use crate::event::{ClockState, Decision, Event, Review};
use crate::ledger::Ledger;
use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview, base64};
use lockgate_bytes::{Digest, Time};
use serde_json::{Value, json};

fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

fn terms(by: &str, nonce: u8) -> ReviewTerms {
    ReviewTerms {
        step: ReviewStep::Approve,
        lane: "a".to_owned(),
        destination: "b".to_owned(),
        entry: 7,
        input: Digest([1; 32]),
        output: Some(Digest([2; 32])),
        findings: Digest([3; 32]),
        bundle: Digest([4; 32]),
        label_before: "X".to_owned(),
        label_after: "X".to_owned(),
        expires: at("2026-03-01T11:00:00Z"),
        nonce: [nonce; 16],
        reviewer: by.to_owned(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(ReviewStep::Approve)).unwrap(),
        text: String::new(),
    }
}

fn sign(terms: ReviewTerms) -> SignedReview {
    let der = [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[9; 32]].concat();
    let body = base64::encode(&der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    SignedReview::sign(terms, &SecretKey::from_pem(pem.into_bytes()).unwrap()).unwrap()
}

fn recorded(signed: &SignedReview, complete: bool) -> Review {
    let terms = signed.terms();
    Review {
        at: at("2026-03-01T10:00:00Z"),
        epoch: 1,
        lane: terms.lane.clone(),
        object: Some(terms.entry),
        step: Some(terms.step),
        by: Some(terms.reviewer.clone()),
        nonce: Some(terms.nonce),
        until: Some(terms.expires),
        complete,
        refused: None,
        sha256: signed.digest(),
        statement: Some(signed.to_bytes()),
    }
}

/// A release of what was held under `former`, by these.
fn release(former: u64, approvals: &[&SignedReview]) -> Decision {
    let named = |signed: &&SignedReview| json!({"by": signed.terms().reviewer, "statement": signed.digest().to_string()});
    let hex = |byte: u8| Digest([byte; 32]).to_string();
    Decision {
        epoch: 1,
        arrival: at("2026-03-01T09:00:00Z"),
        decided: at("2026-03-01T10:30:00Z"),
        uptime_ns: 0,
        clock: ClockState::Synchronised,
        again: Some(former),
        first: None,
        receipt: None,
        is_rewritten: true,
        steps: Vec::new(),
        not_after: None,
        class: None,
        blake3: None,
        account: json!({
            "lane": "a", "destination": "b", "verdict": "release", "route": "slow", "sha256": hex(1), "released_sha256": hex(2),
            "bundle": format!("sha256:{}", hex(4)), "answered": [{}],
            "approvals": approvals.iter().map(named).collect::<Vec<_>>(),
        }),
    }
}

/// What is said of the last of these.
fn said(reviews: &[Review], decisions: &[Decision]) -> Result<(), &'static str> {
    let (mut approvals, ledger) = (Approvals::default(), Ledger::default());
    let reviews = reviews.iter().map(|review| Event::Review(Box::new(review.clone())));
    let events: Vec<Event> =
        reviews.chain(decisions.iter().map(|one| Event::Decision(Box::new(one.clone())))).collect();
    let mut last = Ok(());
    for (entry, event) in (10..).zip(&events) {
        assert_eq!(last, Ok(()));
        last = approvals.take(entry, event, &ledger);
    }
    last
}

#[test]
fn a_release_by_approvals_rests_on_what_is_on_record() {
    let (one, two) = (sign(terms("n", 1)), sign(terms("m", 2)));
    let both = [recorded(&one, false), recorded(&two, true)];
    assert_eq!(said(&both, &[release(7, &[&one, &two])]), Ok(()));
    // Recalled by a restart before it was sent, it rests on them again.
    assert_eq!(said(&both, &[release(7, &[&one, &two]), release(12, &[&one, &two])]), Ok(()));
    let stranger = sign(terms("k", 3));
    for (reviews, decision) in [
        (&both[..], release(7, &[])),
        (&both[..], release(7, &[&one])),
        (&both[..], release(7, &[&two])),
        (&both[..], release(7, &[&one, &one])),
        (&both[..], release(7, &[&one, &stranger])),
        (&both[..], release(8, &[&one, &two])),
        (&both[..1], release(7, &[&one, &two])),
        (&[recorded(&one, false), recorded(&two, false)], release(7, &[&one, &two])),
    ] {
        assert!(said(reviews, &[decision]).is_err());
    }
    // What had ended when enough had approved was none of those that were enough.
    for (until, counts) in [("2026-03-01T10:00:00Z", false), ("2026-03-01T10:00:01Z", true)] {
        let ended = Review { until: Some(at(until)), ..recorded(&stranger, false) };
        let reviews = [&[ended][..], &both].concat();
        assert_eq!(said(&reviews, &[release(7, &[&one, &two])]).is_err(), counts, "until {until}");
    }
    let mut held = release(7, &[]);
    held.account["verdict"] = "hold".into();
    assert_eq!(said(&both, &[held.clone()]), Ok(()));
    assert!(
        said(&both, &[held, release(7, &[&one, &two])]).is_err(),
        "they were for what was decided before"
    );
}

#[test]
fn an_approval_is_of_what_left() {
    let changes: [(&str, Value); 5] = [
        ("sha256", Digest([9; 32]).to_string().into()),
        ("released_sha256", Digest([1; 32]).to_string().into()),
        ("bundle", "sha256:00".into()),
        ("lane", "z".into()),
        ("destination", "z".into()),
    ];
    let one = sign(terms("n", 1));
    let reviews = [recorded(&one, true)];
    assert_eq!(said(&reviews, &[release(7, &[&one])]), Ok(()));
    for (name, value) in changes {
        let mut other = release(7, &[&one]);
        other.account[name] = value;
        assert!(said(&reviews, &[other]).is_err(), "{name}");
    }
    let late = Decision { decided: at("2026-03-01T11:00:00Z"), ..release(7, &[&one]) };
    assert_eq!(said(&reviews, &[late]), Err("an approval had run out"));
    let mut fast = release(7, &[]);
    fast.account["route"] = "fast".into();
    assert!(said(&[], &[fast.clone()]).is_err(), "answered by nobody");
    fast.account["answered"] = json!([]);
    assert_eq!(said(&[], &[fast]), Ok(()));
}

#[test]
fn what_nobody_approved_was_built_anew_and_only_notes_were_found_in_it() {
    let hex = |byte: u8| Value::from(Digest([byte; 32]).to_string());
    let unasked = |change: &[(&str, Value)]| {
        let mut release = release(7, &[]);
        let account = release.account.as_object_mut().unwrap();
        account.remove("answered");
        account.remove("approvals");
        let note = json!([{"class": "note"}]);
        for (key, value) in [("unasked", true.into()), ("findings", note), ("rebuilt_sha256", hex(2))] {
            account.insert(key.to_owned(), value);
        }
        for (key, value) in change {
            account.insert((*key).to_owned(), value.clone());
        }
        said(&[], &[release])
    };
    assert_eq!(unasked(&[]), Ok(()));
    assert_eq!(unasked(&[("shortened", true.into())]), Ok(()), "a long one");
    let fixed = [("released_sha256", hex(1)), ("rebuilt_sha256", hex(1))];
    assert_eq!(unasked(&fixed), Ok(()), "what came is what is built of it");
    let wrong: [(&str, &[(&str, Value)]); 10] = [
        ("the lane does not say so", &[("unasked", false.into())]),
        ("something was found", &[("findings", json!([{"class": "note"}, {"class": "disclosure"}]))]),
        ("nobody knows what was found", &[("findings", Value::Null)]),
        ("something else left", &[("rebuilt_sha256", hex(3))]),
        ("nothing was built", &[("rebuilt_sha256", Value::Null)]),
        ("the object itself left", &[("released_sha256", hex(1))]),
        ("a long one that does not say", &[("shortened", true.into()), ("findings", Value::Null)]),
        ("reasons were answered", &[("answered", json!([{}]))]),
        ("of a known type", &[("type", "cot-event@2.0".into())]),
        ("of a type that is no word", &[("type", 7.into())]),
    ];
    for (what, change) in wrong {
        assert!(unasked(change).is_err(), "{what}");
    }
}

#[test]
fn the_record_of_a_statement_says_what_the_statement_says() {
    let good = recorded(&sign(terms("n", 1)), true);
    assert_eq!(said(std::slice::from_ref(&good), &[]), Ok(()));
    let others = [
        Review { statement: None, ..good.clone() },
        Review { statement: Some(b"no statement".to_vec()), ..good.clone() },
        Review { sha256: Digest([0; 32]), ..good.clone() },
        Review { object: Some(8), ..good.clone() },
        Review { step: Some(ReviewStep::Claim), ..good.clone() },
        Review { by: Some("m".to_owned()), ..good.clone() },
        Review { nonce: Some([0; 16]), ..good.clone() },
        Review { lane: "z".to_owned(), ..good.clone() },
    ];
    for other in others {
        assert!(said(std::slice::from_ref(&other), &[]).is_err(), "{other:?}");
        let refused = Review { refused: Some("LG-H020".to_owned()), ..other };
        assert_eq!(said(&[refused], &[]), Ok(()), "what did not count says nothing");
    }
}
