extern crate std;

use super::{LabelFile, LabelForm, LabelKind, Succession, WholeLabel};
use crate::testing::{at, corpus, label, policies, small};
use crate::{Absent, PolicySet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::Duration;
use lockgate_reason::Finding;

const WHOLE: &str = include_str!("labels/whole.xml");
const PREFIXED: &str = include_str!("labels/prefixed.xml");
const LEAST: &str = include_str!("labels/least.xml");
const NOW: &str = "2026-03-01T10:05:00Z";

/// Without the successor, whose policy has no category there.
fn told(text: &str) -> (Option<WholeLabel>, Vec<&'static str>) {
    let mut out = Vec::new();
    let file = LabelFile::read(text.as_bytes());
    let label = file.label(&policies(), &mut out);
    let found = file.findings().iter().chain(&out);
    (label, found.map(|finding: &Finding| finding.code.id()).collect())
}

/// Rule 1, against libxml2 and the Python package xmlschema: 2,698 changes of three labels, recorded by
/// `oracles/label-schema/record.py`. Where these two differ (33 times), xmlschema has it as the recommendation does: white
/// space around a date collapses, CDATA of white space is white space, and every text is an `anyURI`; but it is libxml2
/// that reads `xsi:nil` as the recommendation does on an element that has no declaration: as nothing.
#[test]
fn the_schema_verdict_is_that_of_independent_validators() {
    let (mut lines, mut valid, mut split) = (0, 0, 0);
    for line in include_str!("verdicts.tsv").lines() {
        let [base, start, end, instead, formed, libxml, python] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let text = [("whole", WHOLE), ("prefixed", PREFIXED), ("least", LEAST)];
        let text = text.iter().find(|(name, _)| *name == base).unwrap().1;
        let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
        let changed = [text.get(..start).unwrap(), &json(instead), text.get(end..).unwrap()].concat();
        let file = LabelFile::read(changed.as_bytes());
        let root = file.form().is_some();
        assert_eq!(file.is_well_formed(), formed == "yes", "{line}");
        // Any declared element may be the root of a document; we ask for one that is a label.
        let expected = if instead.contains("i:nil") { libxml } else { python };
        assert_eq!(file.is_schema_valid(), expected == "yes" && root, "{line}\n{:?}", file.findings());
        assert_eq!(file.is_schema_valid(), file.findings().is_empty());
        lines += 1;
        valid += i32::from(libxml == "yes");
        split += i32::from(libxml != python);
    }
    assert_eq!((lines, valid, split), (2698, 1036, 33));
}

/// The text of a JSON string.
fn json(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
    inner.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Rule 1: four verdicts, each for itself, on the labels of the corpus: the six of spiffing are well-formed and not of
/// the schema, since none says when it was made.
#[test]
fn the_labels_of_the_corpus_are_judged() {
    for number in 1..=6 {
        let Some(bytes) = corpus(&format!("surevine-spiffing/nato-4774-17-{number}.nato")) else { return };
        let file = LabelFile::read(&bytes);
        assert_eq!(file.form(), Some(LabelForm::Xml(LabelKind::Originator)));
        assert!(file.is_well_formed() && !file.is_schema_valid());
        assert!(file.findings().iter().any(|finding| finding.says.contains("CreationDateTime")));
        // With a date they are; a wrong name of an attribute is an extension, which the schema lets pass.
        let text = String::from_utf8(bytes).unwrap();
        let dated = text.replace(
            "</ConfidentialityInformation>",
            "</ConfidentialityInformation><CreationDateTime>2017-01-01T00:00:00Z</CreationDateTime>",
        );
        assert!(LabelFile::read(dated.as_bytes()).is_schema_valid(), "{number}");
    }
    for name in ["label1", "label2"] {
        let bytes = corpus(&format!("sparrow/{name}.xml")).unwrap();
        let file = LabelFile::read(&bytes);
        assert!(!file.is_schema_valid() && file.form().is_none(), "{name}");
    }
}

#[test]
fn a_whole_label_is_told_with_its_successor() {
    let set = policies();
    let (found, codes) = told(WHOLE);
    // MISSION has no privacy marks.
    assert_eq!((found, codes), (None, Vec::from(["LG-M034"])));
    let plain = WHOLE.replace("<PrivacyMark>CLEAR</PrivacyMark>", "");
    let (found, codes) = told(&plain);
    assert_eq!(codes, [""; 0]);
    let found = found.unwrap();
    assert_eq!(
        found.label.text(&set).to_string(),
        "MISSION SECRET Special Handling MEDICAL Releasable To AUT, HRV"
    );
    let succession = found.succession.unwrap();
    assert_eq!(succession.on, at("2027-01-01T00:00:00Z"));
    assert_eq!(succession.label.text(&set).to_string(), "MISSION RESTRICTED");
    let mut out = Vec::new();
    assert!(set.validate(&found.label, at(NOW), Duration::ZERO, &mut out), "{out:?}");
}

/// The schema lets a successor have one of its own. Nobody would enforce that one, so there is no label at all.
#[test]
fn what_succeeds_a_label_is_not_succeeded_in_its_turn() {
    let plain = WHOLE.replace("<PrivacyMark>CLEAR</PrivacyMark>", "");
    let inner = "<SuccessionHandling><SuccessionDateTime>2027-02-01T00:00:00Z</SuccessionDateTime>\
        <SuccessorConfidentialityLabel><ConfidentialityInformation><PolicyIdentifier>MISSION</PolicyIdentifier>\
        <Classification>NO SUCH LEVEL</Classification></ConfidentialityInformation>\
        <CreationDateTime>2026-03-01T10:00:00Z</CreationDateTime></SuccessorConfidentialityLabel></SuccessionHandling>\
        </SuccessorConfidentialityLabel>";
    let chained = plain.replace("</SuccessorConfidentialityLabel>", inner);
    assert!(LabelFile::read(chained.as_bytes()).is_schema_valid());
    assert_eq!(told(&chained), (None, Vec::from(["LG-M019"])));
}

/// An element of another schema.
const NOTE: &str = "<x:note xmlns:x=\"urn:example\"/>";

/// Rule 2 and the prose of ADatP-4774: what the schema lets pass and a guard does not.
#[test]
fn what_only_the_schema_accepts_is_not_valid_in_the_policy() {
    let plain = WHOLE.replace("<PrivacyMark>CLEAR</PrivacyMark>", "");
    for (from, to, code) in [
        ("<Classification>SECRET", "<Classification URI=\"urn:oid:1.2\">SECRET", "LG-M019"),
        ("URI=\"urn:oid:1.3.6.1.4.1.99999.1\"", "URI=\"1.3.6.1.4.1.99999.1\"", "LG-M019"),
        ("<GenericValue>MEDICAL</GenericValue>", "<IntegerValue>1</IntegerValue>", "LG-M019"),
        ("<GenericValue>MEDICAL</GenericValue>", "<BitStringValue>01</BitStringValue>", "LG-M019"),
        ("<GenericValue>MEDICAL</GenericValue>", "", "LG-M011"),
        (
            "</ConfidentialityInformation>\n  <Or",
            &[NOTE, "</ConfidentialityInformation>\n  <Or"].concat(),
            "LG-M033",
        ),
        ("</originator", &[NOTE, "</originator"].concat(), "LG-M033"),
        ("</SuccessionHandling>", "<Unknown/></SuccessionHandling>", "LG-M033"),
        (" Id=\"l1\"", " Id=\"l1\" extra=\"1\"", "LG-M033"),
        ("<OriginatorID ", "<OriginatorID extra=\"1\" ", "LG-M033"),
        ("TagName=\"Special", "urgent=\"1\" TagName=\"Special", "LG-M033"),
        (
            "2026-03-01T10:00:00Z</CreationDateTime>\n  <Succ",
            "2026-03-01T10:00:00</CreationDateTime>\n  <Succ",
            "LG-M037",
        ),
        ("2027-03-01T00:00:00Z", "12027-03-01T00:00:00Z", "LG-M037"),
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00", "LG-M037"),
        ("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "LG-M018"),
        (">RESTRICTED<", ">HIGHLY SECRET<", "LG-M005"),
        (">SECRET<", ">UNCLASSIFIED<", "LG-M036"),
        ("<PolicyIdentifier>MISSION", "<PolicyIdentifier>NATO", "LG-M036"),
        (">AUT<", ">HRV<", "LG-M009"),
    ] {
        assert!(plain.contains(from), "{from}");
        let text = plain.replacen(from, to, 1);
        assert_eq!(told(&text).1, [code], "{to}");
    }
    let (_, codes) = told(&plain.replacen("<OriginatorID", &[NOTE, "<OriginatorID"].concat(), 1));
    assert!(codes.contains(&"LG-S003"), "an extension between declared elements is against the schema");
}

#[test]
fn bounds_and_forbidden_constructs_are_not_well_formed() {
    for text in [
        String::new(),
        "<".into(),
        format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{LEAST}"),
        "<a>".repeat(100_000),
        format!("{LEAST}{LEAST}"),
        format!("{}{}", " ".repeat(1 << 20), LEAST),
    ] {
        let file = LabelFile::read(text.as_bytes());
        assert!(!file.is_well_formed() && !file.is_schema_valid() && file.form().is_none());
        assert_eq!(file.findings()[0].code.id(), "LG-S001");
    }
    assert!(!LabelFile::read(b"\xFF\xFE<\0a\0").is_well_formed());
    // Names that are not the schema's own are payload and never shown.
    let file =
        LabelFile::read(LEAST.replace("<CreationDateTime", "<Secretword/><CreationDateTime").as_bytes());
    assert!(!file.findings().is_empty());
    assert!(
        file.findings().iter().all(|finding| !finding.says.contains("Secretword")),
        "{:?}",
        file.findings()
    );
}

/// Rules 13, 14 and 44: a succession restricts from its instant on and never lowers; a review date does nothing.
#[test]
fn a_succession_never_lowers() {
    let set = policies();
    let secret = label(&set, "MISSION", "SECRET", &[("Releasable To", "AUT"), ("Releasable To", "HRV")]);
    let on = at("2027-01-01T00:00:00Z");
    let tick = Duration::from_nanos(1);
    let lower = Succession { on, label: label(&set, "MISSION", "UNCLASSIFIED", &[("Releasable To", "AUT")]) };
    assert_eq!(lower.check(&secret, &set), Ok(()));
    for (now, readers) in [(on.minus(tick), 2), (on, 1), (on.plus(tick), 1)] {
        let enforced = lower.enforced(&secret, &set, now);
        assert_eq!(enforced.level(), secret.level());
        assert_eq!(enforced.values.len(), readers, "{now}");
    }
    assert_eq!(lower.next_change(&secret, &set, on.minus(tick)), Some(on));
    assert_eq!(lower.next_change(&secret, &set, on), None);
    // The same words, made when the community had other members: fewer may read it from then on.
    let then = at("2024-01-01T00:00:00Z");
    let mut earlier = Succession { on, label: secret };
    earlier.label.created = Some(crate::label::Created { first: then, last: then });
    assert_eq!(earlier.next_change(&secret, &set, on.minus(tick)), Some(on));
    let wider = Succession { on, label: label(&set, "MISSION", "RESTRICTED", &[("Releasable To", "SVK")]) };
    let nobody = wider.enforced(&secret, &set, on);
    assert!(nobody.tags(&set).any(|tag| tag.is_nobody()), "no reader in common: nobody");
    let same = Succession { on, label: secret };
    assert_eq!(
        (same.enforced(&secret, &set, on), same.next_change(&secret, &set, on.minus(tick))),
        (secret, None)
    );
    let foreign = Succession { on, label: label(&set, "NATO", "UNCLASSIFIED", &[]) };
    assert_eq!(foreign.check(&secret, &set).unwrap_err().code.id(), "LG-M036");
    assert_eq!(foreign.enforced(&secret, &set, on), secret);
    // A review date, even one long ago, leaves the label as it is.
    let reviewed = LEAST.replace(" xmlns", " ReviewDateTime=\"1999-01-01T00:00:00Z\" xmlns");
    let (Some(WholeLabel { label: read, succession: None }), []) = (told(&reviewed).0, &*told(&reviewed).1)
    else {
        panic!("the label is whole");
    };
    assert!(read.says_the_same_as(&told(LEAST).0.unwrap().label));
    assert!(set.validate(&read, at(NOW), Duration::ZERO, &mut Vec::new()));
}

const LEVELS: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#;
const TYPED: &str = r#"<securityCategoryTagSet name="Expiry" id="1.1"><securityCategoryTag tagType="tagType7" tag7Encoding="securityAttributes">
    <tagCategory name="until" lacv="0" userInput="date"/><tagCategory name="ASAP" lacv="1"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="Closed" id="1.2"><securityCategoryTag tagType="restrictive"><tagCategory name="word" lacv="1" userInput="string"/></securityCategoryTag></securityCategoryTagSet>"#;

fn typed_label(set: &PolicySet, kind: &str, tag: &str, value: &str) -> Result<WholeLabel, &'static str> {
    let text = LEAST.replace("MISSION", "TEST").replace("UNCLASSIFIED", "LOW").replace(
        "</ConfidentialityInformation>",
        &format!("<Category Type=\"{kind}\" TagName=\"{tag}\"><GenericValue>{value}</GenericValue></Category></ConfidentialityInformation>"),
    );
    let mut out = Vec::new();
    let label = LabelFile::read(text.as_bytes()).label(set, &mut out);
    match out.first() {
        Some(finding) => Err(finding.code.id()),
        None => Ok(label.unwrap()),
    }
}

/// Values that the user types (`userInput`): taken where they are in their form and limit nobody.
#[test]
fn typed_values_are_in_their_form() {
    let set = small(LEVELS, TYPED, |settings| settings.absent = Vec::<(String, Absent)>::new());
    let typed = |value: &str| typed_label(&set, "INFORMATIVE", "Expiry", value);
    let (a, b) = (typed("2026-12-31").unwrap().label, typed("2027-12-31").unwrap().label);
    assert!(
        a.values == b.values
            && !a.says_the_same_as(&b)
            && a.says_the_same_as(&typed("2026-12-31").unwrap().label)
    );
    assert_eq!(typed("ASAP").unwrap().label.typed, 0);
    for value in ["next week", "2026-02-30", "", "until"] {
        assert_eq!(typed(value).unwrap_err(), "LG-M035", "{value}");
    }
    assert_eq!(typed_label(&set, "RESTRICTIVE", "Closed", "some").unwrap_err(), "LG-M035");
    // A combination holds both texts, whatever the order.
    let policy = set.policy(a.policy()).unwrap();
    assert_eq!(policy.strictest(&a, &b), policy.strictest(&b, &a));
    assert_eq!(policy.strictest(&a, &a), a);
}

/// The single privacy mark of NATO, and those that a policy lists.
#[test]
fn privacy_marks_are_those_of_the_policy() {
    let set = policies();
    let nato = |mark: &str| {
        let text = LEAST
            .replace("MISSION", "NATO")
            .replace(" xmlns", " ReviewDateTime=\"2027-01-01T00:00:00Z\" xmlns");
        let text = text.replace(
            "</Classification>",
            &format!("</Classification>{mark}<Category Type=\"PERMISSIVE\" TagName=\"Context\"><GenericValue>NATO</GenericValue></Category>"),
        );
        let mut out = Vec::new();
        let label = LabelFile::read(text.as_bytes()).label(&set, &mut out);
        if let Some(label) = label {
            set.validate(&label.label, at(NOW), Duration::ZERO, &mut out);
        }
        out.iter().map(|finding| finding.code.id()).collect::<Vec<_>>()
    };
    assert_eq!(nato(""), [""; 0]);
    assert_eq!(nato("<PrivacyMark>CLEAR</PrivacyMark>"), [""; 0]);
    assert_eq!(nato("<PrivacyMark>clear </PrivacyMark>"), [""; 0], "NATO compares without case");
    assert_eq!(nato("<PrivacyMark>EYES ONLY</PrivacyMark>"), ["LG-M034"]);
    assert_eq!(nato("<PrivacyMark/>"), ["LG-M034"]);
    assert_eq!(nato("<PrivacyMark>СLEAR</PrivacyMark>"), ["LG-M010"]);

    let marks = r#"<privacyMarks minSelection="1"><privacyMark name="HINT"/><privacyMark name="OLD" obsolete="true"/></privacyMarks></SPIF>"#;
    let spif = crate::testing::spif(LEVELS, "").replace("</SPIF>", marks);
    let settings = crate::testing::settings("TEST", "1.3.6.1.4.1.99999.7");
    let policy = crate::Policy::from_spif(spif.as_bytes(), &settings).unwrap();
    let mut own = PolicySet::new();
    own.add(policy).unwrap();
    let made = |mark: &str, on: &str| {
        let text = LEAST
            .replace("2026-03-01", on)
            .replace("MISSION", "TEST")
            .replace("UNCLASSIFIED</Classification>", &format!("LOW</Classification>{mark}"));
        let mut out = Vec::new();
        if let Some(label) = LabelFile::read(text.as_bytes()).label(&own, &mut out) {
            own.validate(&label.label, at(NOW), Duration::ZERO, &mut out);
        }
        out.iter().map(|finding| finding.code.id()).collect::<Vec<_>>()
    };
    let check = |mark: &str| made(mark, "2026-03-01");
    assert_eq!(check("<PrivacyMark>HINT</PrivacyMark>"), [""; 0]);
    assert_eq!(check(""), ["LG-M034"], "at least one is asked for");
    assert_eq!(check("<PrivacyMark>hint</PrivacyMark>"), ["LG-M034"], "this policy compares exactly");
    assert_eq!(check("<PrivacyMark>OLD</PrivacyMark>"), ["LG-M016"], "withdrawn");
    assert_eq!(made("<PrivacyMark>OLD</PrivacyMark>", "2025-12-31"), [""; 0], "older than the edition");
}
