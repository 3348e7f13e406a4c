//! Signatures that are made are in `tests/vectors.rs`; here is the grammar of those that are not.

use super::Signed;
use crate::reading::{Form, Object, Reading, Terms, read_detached};
use crate::signer::Signers;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const METHOD: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// SHA-256 of `x`.
const DIGEST: &str = "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=";

fn reference(uri: &str, inside: &str, digest: &str, value: &str) -> String {
    format!(
        "<ds:Reference URI=\"{uri}\">{inside}<ds:DigestMethod Algorithm=\"{digest}\"/>\
         <ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
    )
}

fn read(canonical: &str, method: &str, references: &str, rest: &str) -> Reading {
    let text = format!(
        "<b:BindingInformation xmlns:b=\"urn:nato:stanag:4778:bindinginformation:1:0\">\
         <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{canonical}\"/><ds:SignatureMethod Algorithm=\"{method}\"/>{references}\
         </ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue>{rest}</ds:Signature>\
         <b:MetadataBindingContainer><b:MetadataBinding><b:Metadata><l:originatorConfidentialityLabel \
         xmlns:l=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"/></b:Metadata>\
         <b:DataReference URI=\"a\"/></b:MetadataBinding></b:MetadataBindingContainer></b:BindingInformation>"
    );
    let signers = Signers::default();
    let terms = Terms { signers: &signers, signature_required: false, now: Time::MAX };
    read_detached(text.as_bytes(), &Object { name: Some("a"), bytes: b"x" }, Form::Sidecar, &terms)
}

fn codes(reading: &Reading) -> String {
    assert_eq!(reading.signed, Signed::NotVerified);
    let codes: Vec<_> = reading.findings.iter().map(|finding| finding.code.id()).collect();
    codes.join(" ")
}

#[test]
fn only_allowed_algorithms_are_read_rule_34() {
    let good = reference("a", "", SHA256, DIGEST);
    let d = "http://www.w3.org/2000/09/xmldsig#";
    let m = "http://www.w3.org/2001/04/xmldsig-more#";
    assert_eq!(
        codes(&read(EXCLUSIVE, METHOD, &good, "")),
        "LG-M061",
        "all allowed; the label is not covered"
    );
    for method in [
        format!("{d}rsa-sha1"),
        format!("{d}dsa-sha1"),
        format!("{d}hmac-sha1"),
        format!("{m}hmac-sha256"),
        format!("{m}hmac-sha384"),
        format!("{m}ecdsa-sha1"),
        format!("{m}rsa-md5"),
        format!("{m}RSA-SHA256"),
        String::new(),
    ] {
        let reading = read(EXCLUSIVE, &method, &good, "");
        assert_eq!(codes(&reading), "LG-M060", "{method}");
    }
    for canonical in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "",
    ] {
        assert_eq!(codes(&read(canonical, METHOD, &good, "")), "LG-M060", "{canonical}");
    }
    for digest in [format!("{d}sha1"), format!("{m}md5"), format!("{m}sha224"), String::new()] {
        assert_eq!(
            codes(&read(EXCLUSIVE, METHOD, &reference("a", "", &digest, DIGEST), "")),
            "LG-M060",
            "{digest}"
        );
    }
    for transform in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ] {
        let inside = format!("<ds:Transforms><ds:Transform Algorithm=\"{transform}\"/></ds:Transforms>");
        let reading = read(EXCLUSIVE, METHOD, &reference("", &inside, SHA256, DIGEST), "");
        assert_eq!(codes(&reading), "LG-M060", "{transform}");
        assert!(reading.findings[0].says.contains("transform"), "{:?}", reading.findings);
    }
    let canonical = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>");
    let enveloped = format!("<ds:Transform Algorithm=\"{d}enveloped-signature\"/>");
    for (uri, list) in [
        ("", enveloped.clone()),
        ("", format!("{canonical}{enveloped}")),
        ("", format!("{canonical}{canonical}")),
        ("", String::from("<other/>")),
        ("a", canonical.clone()),
    ] {
        let inside = format!("<ds:Transforms>{list}</ds:Transforms>");
        assert_eq!(
            codes(&read(EXCLUSIVE, METHOD, &reference(uri, &inside, SHA256, DIGEST), "")),
            "LG-M060",
            "{list}"
        );
    }
}

#[test]
fn what_a_signature_refers_to_is_in_hand() {
    for (uri, value, code) in [
        ("a", "AAAA", "LG-M056"),
        ("b", DIGEST, "LG-M053"),
        ("http://x.example/a", DIGEST, "LG-M053"),
        ("#nobody", DIGEST, "LG-M052"),
        ("#xpointer(//b)", DIGEST, "LG-M055"),
        ("a", "A", "LG-M050"),
        ("a", "<x/>", "LG-M050"),
    ] {
        assert_eq!(
            codes(&read(EXCLUSIVE, METHOD, &reference(uri, "", SHA256, value), "")),
            code,
            "{uri} {value}"
        );
    }
}

#[test]
fn a_signature_follows_its_schema() {
    let good = reference("a", "", SHA256, DIGEST);
    for (references, rest, code) in [
        ("", "", "LG-M050"),
        ("<ds:Other/>", "", "LG-M050"),
        (good.as_str(), "<ds:Other/>", "LG-M050"),
        (&good, "<ds:KeyInfo/><ds:KeyInfo/>", "LG-M050"),
        (&good.replace(" URI=\"a\"", ""), "", "LG-M050"),
        (&good.replace("</ds:Reference>", "<ds:DigestValue/></ds:Reference>"), "", "LG-M050"),
        (
            &good.replace(
                "<ds:Reference ",
                "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ",
            ),
            "",
            "LG-M050",
        ),
        (&good.repeat(257), "", "LG-M051"),
        (&good, "<ds:KeyInfo/><ds:Object/>", "LG-M061"),
    ] {
        assert_eq!(codes(&read(EXCLUSIVE, METHOD, references, rest)), code, "{rest}");
    }
    let prefixes = format!("<e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\" PrefixList=\"b\"/>");
    let list = format!(
        "<ds:Transforms><ds:Transform Algorithm=\"{EXCLUSIVE}\">{prefixes}</ds:Transform></ds:Transforms>"
    );
    assert_eq!(codes(&read(EXCLUSIVE, METHOD, &reference("", &list, SHA256, DIGEST), "")), "LG-M058");
}
