//! Laws about a binding (STANAG 4778) that an object carries in a part which its type does not describe: its labels are
//! claims, its signature is asked, its references are those of the object in hand, and it never helps the object across
//! (rules 31, 34 and 35 of the reference on markings).

use crate::event::{MARKING, READERS, event, label, now, with_part};
use crate::gate::{DEFAULTED, DOWN, Gate};
use lockgate_core::{CarrierKind, VerdictKind};

const NAMESPACE: &str = "urn:nato:stanag:4778:bindinginformation:1:0";

/// A binding of these labels to what `reference` names.
fn binding(labels: &[&str], reference: &str) -> String {
    let metadata: String = labels.iter().map(|label| format!("<Metadata>{label}</Metadata>")).collect();
    let bound = format!("<MetadataBinding>{metadata}<DataReference URI=\"{reference}\"/></MetadataBinding>");
    information(&format!("<MetadataBindingContainer>{bound}</MetadataBindingContainer>"))
}

fn information(inner: &str) -> String {
    format!("<BindingInformation xmlns=\"{NAMESPACE}\">{inner}</BindingInformation>")
}

fn open() -> String {
    label("RESTRICTED", &READERS, now())
}

/// The event without marking fields, with `part` in its detail.
fn alone(part: &str) -> String {
    event(&[(MARKING, ""), ("<detail>", &format!("<detail>{part}"))])
}

#[test]
fn an_embedded_label_is_a_claim_whatever_becomes_of_the_part() {
    for undeclared in ["refuse", "slow", "drop"] {
        let gate = Gate::new(
            "cot-down",
            &[("lanes/cot-down.kdl", "undeclared slow", &format!("undeclared {undeclared}"))],
        );
        let part = binding(&[&open()], "");
        for (object, carriers) in [
            (with_part(&part), &[CarrierKind::MarkingFields, CarrierKind::BoundLabel][..]),
            (alone(&part), &[CarrierKind::BoundLabel]),
        ] {
            let seen = gate.judge(object.as_bytes(), now());
            assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-S022"]), "{undeclared}");
            let mut kinds: Vec<CarrierKind> = seen.claims.iter().map(|(kind, _)| *kind).collect();
            kinds.sort_by_key(|kind| *kind == CarrierKind::BoundLabel);
            assert_eq!(kinds, carriers, "{undeclared}");
            assert!(seen.claims.iter().all(|(_, label)| label.is_some()));
            assert!(seen.label.unwrap().starts_with("MISSION RESTRICTED"));
            let at = object.find("<originatorConfidentialityLabel").unwrap();
            let place = format!("\"field\":\"event.detail\",\"span\":[{at},");
            assert!(seen.line.contains(&place), "the claim names its place: {}", seen.line);
        }
    }
}

#[test]
fn an_embedded_label_that_says_something_else_is_told_and_the_strictest_is_enforced() {
    for (level, code) in [("UNCLASSIFIED", "LG-M021"), ("CONFIDENTIAL", "LG-M021"), ("SECRET", "LG-M021")] {
        let part = binding(&[&label(level, &READERS, now())], "");
        let seen = DOWN.judge(with_part(&part).as_bytes(), now());
        assert!(seen.codes.contains(&code) && seen.codes.contains(&"LG-S022"), "{level} {:?}", seen.codes);
        let both = seen.says.iter().find(|says| says.contains("claim different labels")).unwrap();
        assert!(both.contains("bound-label at event.detail ["), "both places are named: {both}");
        let strictest = if level == "UNCLASSIFIED" { "RESTRICTED" } else { level };
        assert!(seen.label.unwrap().starts_with(&format!("MISSION {strictest}")), "{level}");
    }
    // Above what its source may claim it is a spill, and not only an object that nobody understands.
    let low =
        Gate::new("cot-down", &[("lanes/cot-down.kdl", "ceiling=\"SECRET\"", "ceiling=\"CONFIDENTIAL\"")]);
    let seen = low.judge(alone(&binding(&[&label("SECRET", &["SVN"], now())], "")).as_bytes(), now());
    assert!(seen.verdict == VerdictKind::Refuse && seen.codes.contains(&"LG-M022"), "{:?}", seen.codes);
}

/// A lane's default is for what has no label; a binding that cannot be read is one.
#[test]
fn a_binding_that_cannot_be_read_is_never_unlabelled() {
    let whole = binding(&[&open()], "");
    for part in [
        whole.replace("RESTRICTED", "RESTRICTE"),
        whole.replace("bindinginformation:1:0", "bindinginformation:2:0"),
        whole.replace("confidentialitymetadatalabel:1:0", "confidentialitymetadatalabel:2:0"),
        whole.replace("MetadataBindingContainer", "Container"),
        format!("{whole}{whole}"),
        information(""),
        binding(&["<note>x</note>"], ""),
    ] {
        let object = alone(&part);
        let seen = DEFAULTED.judge(object.as_bytes(), now());
        assert_ne!(seen.verdict, VerdictKind::Release, "{part}");
        assert!(seen.enforced.is_none(), "{part}: {:?}", seen.label);
        assert_eq!(seen.claims, [(CarrierKind::BoundLabel, None)], "{part}");
        assert!(seen.codes.iter().any(|code| code.starts_with("LG-M")), "{part}: {:?}", seen.codes);
    }
    // What carries a marking and no binding is as it was: nobody can release it, and it makes no claim.
    let seen = DEFAULTED.judge(alone("<note access=\"x\"/>").as_bytes(), now());
    assert_eq!((&seen.codes[..], seen.claims[0].0), (&["LG-S022"][..], CarrierKind::LaneDefault));
}

#[test]
fn its_references_are_of_this_object_and_its_signature_is_asked() {
    let vector = include_str!("../../../lockgate-binding/tests/vectors/signed.jsonl").lines().next().unwrap();
    let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
    let other = vector["binding"].as_str().unwrap();
    let end = "</ds:Signature>";
    let signature = &other[other.find("<ds:Signature ").unwrap()..other.find(end).unwrap() + end.len()];
    let same = binding(&[&open()], "");
    let signed =
        same.replacen("<MetadataBindingContainer>", &format!("{signature}<MetadataBindingContainer>"), 1);
    for (part, code) in [
        (binding(&[&open()], "http://example.invalid/a"), "LG-M053"),
        // The name of a file is no part of an object.
        (binding(&[&open()], "track.cot"), "LG-M052"),
        (binding(&[&open()], "#nowhere"), "LG-M052"),
        (binding(&[&open(), &open()], ""), "LG-M064"),
        // Its signature is one of something else.
        (signed.clone(), "LG-M052"),
    ] {
        let seen = DOWN.judge(with_part(&part).as_bytes(), now());
        assert!(seen.codes.contains(&code) && seen.codes.contains(&"LG-S022"), "{code}: {:?}", seen.codes);
    }
    let key: String = vector["key"].as_str().unwrap().lines().filter(|line| !line.starts_with('-')).collect();
    let file = format!(
        "signer \"signer\" {{\n    key spki=\"{key}\"\n    \
         valid from=\"2026-01-01T00:00:00Z\" until=\"2027-01-01T00:00:00Z\"\n}}\n"
    );
    let believed = "    bindings \"signer\" signature=required\n    unlabelled hold\n";
    let gate = Gate::new(
        "cot-down",
        &[("signers/signer.kdl", "", &file), ("lanes/cot-down.kdl", "    unlabelled hold\n", believed)],
    );
    let seen = gate.judge(with_part(&same).as_bytes(), now());
    assert_eq!(seen.codes, ["LG-M062", "LG-S022"], "an unsigned binding where the lane asks for a signature");
}

#[test]
fn a_label_of_a_part_is_held_against_the_whole_and_other_kinds_only_restrict() {
    let part = |level: &str| {
        let bound = binding(&[&label(level, &READERS, now())], "#p");
        with_part(&format!("<note xmlns=\"\"><p Id=\"p\"/>{bound}</note>"))
    };
    let above = DOWN.judge(part("SECRET").as_bytes(), now());
    assert!(above.codes.contains(&"LG-M066"), "{:?}", above.codes);
    let below = DOWN.judge(part("UNCLASSIFIED").as_bytes(), now());
    assert!(!below.codes.contains(&"LG-M066") && !below.codes.contains(&"LG-M021"), "{:?}", below.codes);
    // The rest of the object is in no binding.
    assert!(below.codes.contains(&"LG-M057"), "{:?}", below.codes);
    let kind = |name: &str, level: &str, policy: &str| {
        let other = label(level, &READERS, now()).replace("originatorConf", name);
        let other = other.replace(" URI=\"urn:oid:1.3.6.1.4.1.99999.1\">MISSION", &format!(">{policy}"));
        DOWN.judge(with_part(&binding(&[&open(), &other], "")).as_bytes(), now())
    };
    let looser = kind("alternativeConf", "UNCLASSIFIED", "MISSION");
    assert!(looser.codes.contains(&"LG-M031"), "{:?}", looser.codes);
    let elsewhere = kind("alternativeConf", "UNCLASSIFIED", "ELSEWHERE");
    assert_eq!((elsewhere.codes, elsewhere.claims.len()), (vec!["LG-S022"], 2), "of no use to this lane");
    let metadata = kind("metadataConf", "CONFIDENTIAL", "MISSION");
    assert!(!metadata.codes.contains(&"LG-M021"), "{:?}", metadata.codes);
    assert!(metadata.label.unwrap().starts_with("MISSION CONFIDENTIAL"), "it restricts the object");
}
