//! Labels and marking texts of NATO written from the standard: what is legal though odd, and what is almost legal.

extern crate std;

use crate::testing::{at, policies};
use crate::{Label, LabelFile, Place, PolicySet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::Duration;
use lockgate_reason::Finding;

const NOW: &str = "2026-03-01T10:05:00Z";

/// The rows of a table: cells between tabs, `\\u{..}` for characters, lines that begin with `#` aside.
fn rows<const N: usize>(table: &str) -> Vec<[String; N]> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(unescaped).collect::<Vec<_>>().try_into().unwrap()).collect()
}

fn unescaped(cell: &str) -> String {
    let mut parts = cell.split("\\u{");
    let mut out = String::from(parts.next().unwrap());
    for part in parts {
        let (digits, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

/// The label as text, and the codes of what is wrong with it.
fn told(set: &PolicySet, found: Option<Label>, mut findings: Vec<Finding>) -> String {
    if let Some(label) = &found {
        set.validate(label, at(NOW), Duration::ZERO, &mut findings);
    }
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.id()).collect();
    codes.dedup();
    let label = found.map(|label| label.text(set).to_string());
    label.iter().map(String::as_str).chain(codes).collect::<Vec<_>>().join(" ")
}

#[test]
fn marking_texts_of_nato_say_one_label_or_none() {
    let set = policies();
    let nato = set.named("NATO").unwrap();
    let all = rows::<4>(include_str!("texts.tsv"));
    let mut wrong = Vec::new();
    for [place, language, text, expected] in &all {
        let language = (language != "-").then_some(language.as_str());
        let form = set.policy(nato).unwrap().marking_form(Place::named(place).unwrap(), language);
        let read = form.parse(text, nato);
        if let Ok(label) = &read {
            let again = form.render(label).unwrap();
            assert_eq!(form.parse(&again, nato).as_ref(), Ok(label), "{text} is written {again}");
        }
        let found = match read {
            Ok(label) => told(&set, Some(label), Vec::new()),
            Err(finding) => told(&set, None, Vec::from([finding])),
        };
        if found != *expected {
            wrong.push(format!("{place} {text:?}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(all.len() > 90, "{}", all.len());
}

#[test]
fn labels_of_nato_and_a_mission_are_told_or_held() {
    let set = policies();
    let all = rows::<6>(include_str!("labels.tsv"));
    let mut wrong = Vec::new();
    for [policy, level, categories, created, review, expected] in &all {
        let (name, id) = policy.rsplit_once(' ').unwrap();
        let uri = if id == "-" { String::new() } else { format!(" URI=\"urn:oid:{id}\"") };
        let review = if review == "-" { String::new() } else { format!(" ReviewDateTime=\"{review}\"") };
        let shown = categories.clone();
        let categories = categories.trim().split(';').filter(|category| !category.is_empty());
        let categories = categories.map(|category| {
            let (kind, rest) = category.split_once(':').unwrap();
            let (tag, values) = rest.split_once('=').unwrap();
            let kind = [("P", "PERMISSIVE"), ("R", "RESTRICTIVE"), ("I", "INFORMATIVE")]
                .iter()
                .find(|(letter, _)| *letter == kind)
                .unwrap()
                .1;
            let values = values.split(',').filter(|value| !value.is_empty());
            let values: String =
                values.map(|value| format!("<GenericValue>{value}</GenericValue>")).collect();
            format!("<Category TagName=\"{tag}\" Type=\"{kind}\">{values}</Category>")
        });
        let text = format!(
            "<originatorConfidentialityLabel xmlns=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"{review}>\
             <ConfidentialityInformation><PolicyIdentifier{uri}>{name}</PolicyIdentifier>\
             <Classification>{level}</Classification>{}</ConfidentialityInformation>\
             <CreationDateTime>{created}</CreationDateTime></originatorConfidentialityLabel>",
            categories.collect::<String>()
        );
        let file = LabelFile::read(text.as_bytes());
        assert!(file.is_schema_valid(), "{text}: {:?}", file.findings());
        let mut findings = Vec::new();
        let found = file.label(&set, &mut findings).map(|whole| whole.label);
        let found = told(&set, found, findings);
        if found != *expected {
            wrong.push(format!("{policy} {level} {shown}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(all.len() > 45, "{}", all.len());
}
