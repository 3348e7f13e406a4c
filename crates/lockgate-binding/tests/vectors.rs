//! Canonical XML and signatures against libxml2 and xmlsec, through what `oracles/xml-signature/generate.py` recorded.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test stops where a vector is broken")]

use lockgate_binding::{
    Form, Object, Reading, Signed, Signer, SignerKey, Signers, Terms, read_carried, read_detached,
    write_canonical,
};
use lockgate_bytes::Time;
use serde_json::Value;

fn vectors(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn text<'v>(case: &'v Value, key: &str) -> &'v str {
    case[key].as_str().unwrap()
}

fn signers(case: &Value, originators: &[&str], from: Time, until: Time) -> Signers {
    let key = SignerKey::from_pem(text(case, "key").as_bytes()).unwrap();
    let originators = originators.iter().map(|name| (*name).to_owned()).collect();
    Signers::new(vec![Signer { name: "signer".into(), key, originators, from, until }]).unwrap()
}

fn now() -> Time {
    Time::parse(b"2026-04-01T00:00:00Z").unwrap()
}

/// Reads `binding` of this case.
fn read(case: &Value, binding: &str, object: Option<&[u8]>, signers: &Signers) -> Reading {
    let terms = Terms { signers, signature_required: true, now: now() };
    match case["object"].as_object() {
        Some(beside) => {
            let bytes = object.unwrap_or_else(|| beside["text"].as_str().unwrap().as_bytes());
            let object = Object { name: beside["name"].as_str(), bytes };
            read_detached(binding.as_bytes(), &object, Form::Sidecar, &terms)
        }
        None => read_carried(&Object { name: Some("own.xml"), bytes: binding.as_bytes() }, &terms).unwrap(),
    }
}

fn codes(reading: &Reading) -> Vec<&'static str> {
    reading.findings.iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn canonical_xml_is_that_of_libxml2() {
    let mut seen = 0;
    for case in vectors(include_str!("vectors/canonical.jsonl")) {
        let document = roxmltree::Document::parse(text(&case, "xml")).unwrap();
        let at = usize::try_from(case["element"].as_u64().unwrap()).unwrap();
        let element = document.descendants().filter(roxmltree::Node::is_element).nth(at).unwrap();
        for (node, key) in [(document.root(), "whole"), (element, "part")] {
            let mut out = Vec::new();
            write_canonical(node, None, 1 << 20, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text(&case, key), "{}", text(&case, "xml"));
        }
        seen += 1;
    }
    assert!(seen >= 500);
}

#[test]
fn signatures_of_xmlsec_are_judged_rule_34() {
    let mut verified = 0;
    for case in vectors(include_str!("vectors/signed.jsonl")) {
        let name = text(&case, "name");
        let reading = read(&case, text(&case, "binding"), None, &signers(&case, &[], Time::MIN, Time::MAX));
        match text(&case, "verdict") {
            "verified" => {
                let at = Time::parse(b"2026-03-01T10:05:00Z").unwrap();
                assert_eq!(reading.signed, Signed::Verified { signer: 0, at }, "{name}: {reading:?}");
                assert_eq!(codes(&reading), [""; 0], "{name}");
                assert_eq!(reading.labels.len(), 1);
                verified += 1;
            }
            code => {
                assert_eq!(reading.signed, Signed::NotVerified, "{name}");
                assert_eq!(codes(&reading), [code], "{name}: {:?}", reading.findings);
            }
        }
    }
    assert!(verified >= 15, "{verified}");
}

#[test]
fn what_is_changed_after_signing_never_verifies() {
    for case in vectors(include_str!("vectors/signed.jsonl")) {
        let (name, binding) = (text(&case, "name"), text(&case, "binding"));
        let signers = signers(&case, &[], Time::MIN, Time::MAX);
        let must_fail = |reading: Reading, what: &str| {
            assert_eq!(reading.signed, Signed::NotVerified, "{name}: {what}");
            assert!(!reading.findings.is_empty(), "{name}: {what}");
        };
        must_fail(read(&case, &binding.replace("RESTRICTED", "UNCLASSIFIED"), None, &signers), "label");
        must_fail(read(&case, &binding.replace("10:05:00Z", "10:06:00Z"), None, &signers), "time");
        must_fail(read(&case, &binding.replace("MISSION", "MISSIOM"), None, &signers), "policy");
        if case["object"].is_object() {
            must_fail(read(&case, binding, Some(b"<event uid=\"b\"/>\n"), &signers), "object");
        }
        // A digit of the signature value: the key is named, so it is forged.
        let value = binding.split("<ds:SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
        let (head, tail) = value.split_at(12);
        let letter = if head.as_bytes()[5] == b'A' { "B" } else { "A" };
        let forged = binding.replace(value, &format!("{}{letter}{}{tail}", &head[..5], &head[6..]));
        let reading = read(&case, &forged, None, &signers);
        if text(&case, "verdict") == "verified" {
            assert_eq!(codes(&reading), ["LG-M059"], "{name}");
        }
        must_fail(reading, "value");
    }
}

#[test]
fn a_document_brings_no_key_of_its_own() {
    for case in
        vectors(include_str!("vectors/signed.jsonl")).filter(|case| text(case, "verdict") == "verified")
    {
        let reading = read(&case, text(&case, "binding"), None, &Signers::default());
        assert_eq!(
            (reading.signed, codes(&reading)),
            (Signed::NotVerified, vec!["LG-M058"]),
            "{}",
            text(&case, "name")
        );
    }
}

#[test]
fn a_signer_signs_for_its_originators_in_its_period() {
    let all: Vec<Value> = vectors(include_str!("vectors/signed.jsonl")).collect();
    let case = all.iter().find(|case| text(case, "verdict") == "verified").unwrap();
    let judged = |originators: &[&str], from: &str, until: &str| {
        let time = |text: &str| Time::parse(text.as_bytes()).unwrap();
        codes(&read(case, text(case, "binding"), None, &signers(case, originators, time(from), time(until))))
    };
    let (before, signed, after) = ("2026-03-01T10:04:59Z", "2026-03-01T10:05:00Z", "2026-03-01T10:05:01Z");
    assert_eq!(judged(&["urn:example:aut"], signed, after), [""; 0]);
    assert_eq!(judged(&["urn:example:svn", "urn:example:aut"], before, after), [""; 0]);
    assert_eq!(judged(&["urn:example:svn"], before, after), ["LG-M063"]);
    assert_eq!(judged(&[], after, "2027-01-01T00:00:00Z"), ["LG-M063"]);
    assert_eq!(judged(&[], before, signed), ["LG-M063"]);
}

#[test]
fn a_wrapped_signature_is_refused() {
    let all: Vec<Value> = vectors(include_str!("vectors/signed.jsonl")).collect();
    let case = all.iter().find(|case| text(case, "name") == "encapsulated, by parts").unwrap();
    let binding = text(case, "binding");
    let signers = signers(case, &[], Time::MIN, Time::MAX);
    // The signed metadata moves into an extension; another one with the same identifier takes its place.
    let start = binding.find("<s4778:Metadata ").unwrap();
    let end = binding.find("</s4778:Metadata>").unwrap() + "</s4778:Metadata>".len();
    let signed = &binding[start..end];
    let forged = signed.replace("RESTRICTED", "UNCLASSIFIED");
    let kept = format!("<x:keep xmlns:x=\"urn:x\">{signed}</x:keep></s4778:BindingInformation>");
    let close = "</s4778:BindingInformation>";
    let twice = binding.replace(signed, &forged).replace(close, &kept);
    let reading = read(case, &twice, None, &signers);
    assert_eq!(reading.signed, Signed::NotVerified);
    assert!(codes(&reading).contains(&"LG-M054"), "{reading:?}");
    // The same with an identifier of its own: what is read is not what is signed.
    let other = forged.replace("Id=\"label\"", "Id=\"other\"");
    let reading = read(case, &binding.replace(signed, &other).replace(close, &kept), None, &signers);
    assert_eq!(reading.signed, Signed::NotVerified);
    assert!(codes(&reading).contains(&"LG-M061") && codes(&reading).contains(&"LG-M070"), "{reading:?}");
    // And with the identifier written in another way that some readers take for one.
    for attribute in ["ID", "id", "xml:id"] {
        let other = forged.replace("Id=\"label\"", &format!("{attribute}=\"label\""));
        let reading = read(case, &binding.replace(signed, &other).replace(close, &kept), None, &signers);
        assert!(codes(&reading).contains(&"LG-M054"), "{attribute}: {reading:?}");
    }
}

#[test]
fn what_is_added_to_a_signature_without_a_key_is_seen() {
    for case in
        vectors(include_str!("vectors/signed.jsonl")).filter(|case| text(case, "verdict") == "verified")
    {
        let signers = signers(&case, &[], Time::MIN, Time::MAX);
        for added in ["SECRET", "<x/>", "<ds:Manifest/>"] {
            let object = format!("<ds:Object>{added}</ds:Object></ds:Signature>");
            let binding = text(&case, "binding").replacen("</ds:Signature>", &object, 1);
            let reading = read(&case, &binding, None, &signers);
            assert_eq!(codes(&reading), ["LG-M061"], "{} {added}", text(&case, "name"));
        }
    }
}

#[test]
fn a_signature_that_is_stripped_is_missed() {
    let all: Vec<Value> = vectors(include_str!("vectors/signed.jsonl")).collect();
    for case in all.iter().filter(|case| text(case, "verdict") == "verified") {
        let binding = text(case, "binding");
        let start = binding.find("<ds:Signature ").unwrap();
        let end = binding.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let stripped = format!("{}{}", &binding[..start], &binding[end..]);
        let reading = read(case, &stripped, None, &signers(case, &[], Time::MIN, Time::MAX));
        assert_eq!(
            (reading.signed, codes(&reading)),
            (Signed::No, vec!["LG-M062"]),
            "{}",
            text(case, "name")
        );
    }
}

#[test]
fn a_signature_in_another_place_is_seen() {
    let all: Vec<Value> = vectors(include_str!("vectors/signed.jsonl")).collect();
    let case = all.iter().find(|case| text(case, "name") == "embedded").unwrap();
    let binding = text(case, "binding");
    let start = binding.find("<ds:Signature ").unwrap();
    let end = binding.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &binding[start..end];
    let moved = format!("{}{}", &binding[..start], &binding[end..]);
    let moved = moved.replace("</report>", &format!("{signature}</report>"));
    let signers = signers(case, &[], Time::MIN, Time::MAX);
    let reading = read(case, &moved, None, &signers);
    assert_eq!(reading.signed, Signed::NotVerified);
    assert!(codes(&reading).contains(&"LG-M058"));
}
