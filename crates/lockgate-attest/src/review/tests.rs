//! Statements read back, every change of one is seen, and each way not to count has its own fault.

use super::{
    Attestation, REVIEW_LIFE_SECONDS_MAX, REVIEW_TEXT_BYTES_MAX, ReviewFault, ReviewGrounds, ReviewStep,
    ReviewTerms, Reviewer, SignedReview,
};
use crate::{KeyId, SecretKey};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Duration, Time};
use proptest::prelude::*;

fn secret(byte: u8) -> SecretKey {
    let der =
        [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[byte; 32]].concat();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", crate::base64::encode(&der));
    SecretKey::from_pem(pem.into_bytes()).unwrap()
}

fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

fn now() -> Time {
    at("2026-03-01T10:05:00Z")
}

fn terms() -> ReviewTerms {
    ReviewTerms {
        step: ReviewStep::Approve,
        lane: "cot-down".to_string(),
        destination: "rsocc-net".to_string(),
        entry: 4711,
        input: Digest([1; 32]),
        output: Some(Digest([2; 32])),
        findings: Digest([3; 32]),
        bundle: Digest([4; 32]),
        label_before: "MISSION RESTRICTED".to_string(),
        label_after: "MISSION RESTRICTED".to_string(),
        expires: at("2026-03-01T11:00:00Z"),
        nonce: [5; 16],
        reviewer: "m-novak".to_string(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::FalseAlarm,
        text: "a place name, not the code word".to_string(),
    }
}

fn reviewer() -> Reviewer {
    Reviewer {
        name: "m-novak".to_string(),
        keys: vec![secret(9).public(), secret(1).public()],
        lanes: vec!["cot-down".to_string()],
        first: true,
        second: true,
        submits: Vec::new(),
        from: at("2026-01-01T00:00:00Z"),
        until: at("2027-01-01T00:00:00Z"),
    }
}

fn signed() -> SignedReview {
    SignedReview::sign(terms(), &secret(1)).unwrap()
}

#[test]
fn a_statement_reads_back_and_counts() {
    let signed = signed();
    assert_eq!(signed.terms().key, secret(1).public().id());
    let back = SignedReview::read(&signed.to_bytes()).unwrap();
    assert_eq!(back, signed);
    let attestation: Attestation = back.verify(&[reviewer()], "cot-down", now()).unwrap();
    assert_eq!(attestation.terms(), signed.terms());
    assert_eq!(attestation.digest(), signed.digest());
}

#[test]
fn each_way_not_to_count_has_its_fault() {
    let fault = |signed: &SignedReview, of: &Reviewer, lane: &str, now: Time| {
        signed.verify(core::slice::from_ref(of), lane, now).unwrap_err()
    };
    let (good, known) = (signed(), reviewer());
    let other_name = Reviewer { name: "t-horvat".to_string(), ..reviewer() };
    assert_eq!(fault(&good, &other_name, "cot-down", now()), ReviewFault::Stranger);
    let other_key = SignedReview::sign(terms(), &secret(7)).unwrap();
    assert_eq!(fault(&other_key, &known, "cot-down", now()), ReviewFault::Stranger);
    let other_lane = Reviewer { lanes: vec!["cot-up".to_string()], ..reviewer() };
    assert_eq!(fault(&good, &known, "cot-up", now()), ReviewFault::OtherLane);
    assert_eq!(fault(&good, &other_lane, "cot-down", now()), ReviewFault::NotOfLane);
    let future = Reviewer { from: at("2026-04-01T00:00:00Z"), ..reviewer() };
    let past = Reviewer { until: now(), ..reviewer() };
    assert_eq!(fault(&good, &future, "cot-down", now()), ReviewFault::NotInForce);
    assert_eq!(fault(&good, &past, "cot-down", now()), ReviewFault::NotInForce);
    assert_eq!(fault(&good, &known, "cot-down", terms().expires), ReviewFault::Expired);
    let long = ReviewTerms {
        expires: now().plus(Duration::from_secs(REVIEW_LIFE_SECONDS_MAX)).plus(Duration::from_nanos(1)),
        ..terms()
    };
    let long = SignedReview::sign(long, &secret(1)).unwrap();
    assert_eq!(fault(&long, &known, "cot-down", now()), ReviewFault::TooLong);
}

#[test]
fn grounds_go_with_steps_and_texts_show_themselves() {
    for step in ReviewStep::ALL {
        assert_eq!(ReviewStep::named(step.name()), Some(step));
        let may: Vec<ReviewGrounds> =
            ReviewGrounds::ALL.into_iter().filter(|grounds| grounds.are_for(step)).collect();
        assert!(!may.is_empty());
        for grounds in ReviewGrounds::ALL {
            assert_eq!(ReviewGrounds::named(grounds.name()), Some(grounds));
            let terms = ReviewTerms { step, grounds, ..terms() };
            assert_eq!(SignedReview::sign(terms, &secret(1)).is_some(), may.contains(&grounds));
        }
    }
    for text in [
        "a\nb",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{180e}b",
        "a\u{e01ef}b",
        "a\u{3164}b",
        "\u{0}",
        &"x".repeat(REVIEW_TEXT_BYTES_MAX + 1),
    ] {
        assert!(SignedReview::sign(ReviewTerms { text: text.to_string(), ..terms() }, &secret(1)).is_none());
    }
    assert!(
        SignedReview::sign(ReviewTerms { text: "žába, 5 м".to_string(), ..terms() }, &secret(1)).is_some()
    );
}

/// One changed byte anywhere: it cannot be read, or it does not count.
#[test]
fn no_byte_can_be_changed() {
    let bytes = signed().to_bytes();
    for place in 0..bytes.len() {
        for bit in [1_u8, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= bit;
            let counts = SignedReview::read(&changed)
                .is_some_and(|signed| signed.verify(&[reviewer()], "cot-down", now()).is_ok());
            assert!(!counts, "byte {place}");
        }
    }
    for length in 0..bytes.len() {
        assert!(SignedReview::read(&bytes[..length]).is_none(), "{length}");
    }
    assert!(SignedReview::read(&[&bytes[..], b"\0"].concat()).is_none());
}

#[test]
fn a_signature_about_a_bundle_is_none_about_an_object() {
    let bundle = crate::Statement::bundle(Digest([4; 32]), 7, "demo");
    let bytes = [bundle.as_bytes(), &secret(1).sign(&bundle).0].concat();
    assert!(SignedReview::read(&bytes).is_none());
}

fn any_terms() -> impl Strategy<Value = ReviewTerms> {
    let texts = prop::collection::vec("[a-c ]{0,3}", 6);
    let numbers = (0..4_u64, 0..3_u8, any::<bool>(), 0..4_usize, 0..3_i64);
    (texts, numbers).prop_map(|(texts, (entry, digest, has_output, step, day))| {
        let step = ReviewStep::ALL[step];
        let grounds = ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(step)).unwrap();
        let text = |at: usize| String::clone(&texts[at]);
        ReviewTerms {
            step,
            lane: text(0),
            destination: text(1),
            entry,
            input: Digest([digest; 32]),
            output: has_output.then_some(Digest([digest; 32])),
            findings: Digest([digest; 32]),
            bundle: Digest([digest; 32]),
            label_before: text(2),
            label_after: text(3),
            expires: now().plus(Duration::from_secs(day)),
            nonce: [digest; 16],
            reviewer: text(4),
            key: secret(1).public().id(),
            grounds,
            text: text(5),
        }
    })
}

proptest! {
    #[test]
    fn any_statement_reads_back(terms in any_terms()) {
        let signed = SignedReview::sign(terms.clone(), &secret(1)).unwrap();
        prop_assert_eq!(signed.terms(), &terms);
        prop_assert_eq!(SignedReview::read(&signed.to_bytes()), Some(signed));
    }

    #[test]
    fn different_terms_have_different_bytes(one in any_terms(), other in any_terms()) {
        let bytes = |terms: &ReviewTerms| crate::Statement::review(terms).as_bytes().to_vec();
        prop_assert_eq!(one == other, bytes(&one) == bytes(&other));
    }

    #[test]
    fn any_bytes_are_a_statement_or_none(mut bytes in prop::collection::vec(any::<u8>(), 0..600), real in any::<bool>()) {
        if real {
            let mut head = signed().to_bytes();
            head.truncate(200);
            head.extend(&bytes);
            bytes = head;
        }
        if let Some(read) = SignedReview::read(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
