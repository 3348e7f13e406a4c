//! `inspect --record` on TAK messages against what takproto reads in them, and against the same events in XML.

#![allow(clippy::float_arithmetic, reason = "an oracle prints binary fractions")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a skipped test must be loud")]

use crate::common::{NOW, feed, path, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// One line an object of the folder of samples; `None`, loudly, where there is no such folder.
fn inspected() -> Option<(String, Vec<Value>)> {
    let Ok(corpus) = std::env::var("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    let corpus = format!("{corpus}/formats/cot");
    let (lane, folder) = (path("rules/lanes/tak-down.kdl"), format!("{corpus}/takproto"));
    let ran = run(&["inspect", "--lane", &lane, "--now", NOW, "--record", "--json", &folder]);
    Some((corpus, ran.lines()))
}

/// True where ours is what they say; a number that is left out there is zero, a text is empty.
fn same(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::Number(theirs), Value::String(ours)) => {
            theirs.as_f64().is_some_and(|theirs| ours.parse::<f64>() == Ok(theirs))
        }
        (Value::Null, Value::String(ours)) => ours.is_empty() || ours.parse::<f64>() == Ok(0.0),
        (Value::Null, Value::Null) => true,
        (theirs, ours) => theirs == ours,
    }
}

/// Milliseconds since 1970, of a time as it is printed.
fn milliseconds(time: &Value) -> String {
    let text = time.as_str().unwrap();
    let time = lockgate_bytes::Time::parse(text.as_bytes()).unwrap();
    (time.unix_nanos() / 1_000_000).to_string()
}

/// Attributes of the XML detail that our record has under the same name; elements with others are `skipped`.
fn compare_xml(
    detail: &str,
    ours: &Value,
    (compared, skipped): (&mut usize, &mut BTreeSet<String>),
    wrong: &mut Vec<String>,
) {
    let wrapped = format!("<detail>{detail}</detail>");
    let document = roxmltree::Document::parse(&wrapped).unwrap();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for element in document.root_element().children().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        let of = match &ours[name] {
            Value::Array(list) => {
                let row = rows.entry(name).or_default();
                *row += 1;
                &list[*row - 1]
            }
            one => one,
        };
        for attribute in element.attributes() {
            let Some(value) = of.get(attribute.name()) else {
                skipped.insert(name.to_owned());
                continue;
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let number = |text: &str| text.parse::<f64>().ok();
            let time = |text: &str| lockgate_bytes::Time::parse(text.as_bytes()).ok();
            let written = attribute.value();
            let equal = text.eq_ignore_ascii_case(written)
                || (number(&text).is_some() && number(&text) == number(written))
                || (time(&text).is_some() && time(&text) == time(written));
            *compared += 1;
            if !equal {
                wrong.push(format!("detail.{name}.{}: {written} and {text}", attribute.name()));
            }
        }
    }
}

/// Elements of the XML detail with attributes that our record has under another name (`_flow-tags_`) or that no type declares.
const SKIPPED: [&str; 12] = [
    "__chat",
    "__chatreceipt",
    "__shapeExtras",
    "_flow-tags_",
    "fillColor",
    "link_attr",
    "mission",
    "sensor",
    "strokeColor",
    "strokeStyle",
    "strokeWeight",
    "uid",
];

#[test]
fn every_value_is_what_takproto_reads() {
    let Some((corpus, lines)) = inspected() else { return };
    let expected = std::fs::read(format!("{corpus}/expected/lxml-xsd+takproto-3.0.1.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let theirs: BTreeMap<&str, &Value> = expected
        .as_object()
        .unwrap()
        .values()
        .filter_map(|one| Some((one["takproto_mesh_file"].as_str()?, &one["decoded"]["cotEvent"])))
        .collect();
    let (mut read, mut compared, mut wrong, mut skipped) = (0, 0, Vec::new(), BTreeSet::new());
    for line in &lines {
        let schema = line["reasons"].as_array().unwrap().iter();
        let broken = schema
            .map(|reason| reason["code"].as_str().unwrap())
            .any(|code| code.starts_with("LG-S0") && !matches!(code, "LG-S020" | "LG-S022"));
        if line["type"] != "tak-v1@1" || broken {
            continue;
        }
        let file = line["path"].as_str().unwrap().rsplit("formats/cot/").next().unwrap();
        let (theirs, ours) = (theirs[file], &line["record"]["event"]);
        read += 1;
        let mut look = |name: &str, theirs: &Value, ours: &Value| {
            compared += 1;
            if !same(theirs, ours) {
                wrong.push(format!("{file} {name}: {theirs} and {ours}"));
            }
        };
        for (name, field) in [
            ("type", "type"),
            ("uid", "uid"),
            ("how", "how"),
            ("access", "access"),
            ("qos", "qos"),
            ("opex", "opex"),
            ("caveat", "caveat"),
            ("releaseableTo", "releasable_to"),
        ] {
            look(name, &theirs[name], &ours[field]);
        }
        for name in ["lat", "lon", "hae", "ce", "le"] {
            look(name, &theirs[name], &ours["point"][name]);
        }
        for (name, field) in [("sendTime", "time"), ("startTime", "start"), ("staleTime", "stale")] {
            look(name, &theirs[name], &Value::String(milliseconds(&ours[field])));
        }
        let detail = &ours["detail"];
        for (message, element, fields) in [
            ("contact", "contact", &["endpoint", "callsign"][..]),
            ("group", "__group", &["name", "role"]),
            ("precisionLocation", "precisionlocation", &["geopointsrc", "altsrc"]),
            ("takv", "takv", &["device", "platform", "os", "version"]),
        ] {
            let Some(message) = theirs["detail"].get(message) else { continue };
            fields.iter().for_each(|field| look(field, &message[field], &detail[element][field]));
        }
        if let Some(status) = theirs["detail"].get("status") {
            look("battery", &status["battery"], &detail["status"]["battery"]);
        }
        if let Some(track) = theirs["detail"].get("track") {
            look("speed", &track["speed"], &detail["track"]["speed"]);
            look("course", &track["course"], &detail["track"]["course"]);
        }
        if let Some(xml) = theirs["detail"]["xmlDetail"].as_str() {
            compare_xml(xml, detail, (&mut compared, &mut skipped), &mut wrong);
        }
    }
    println!("{read} of {} messages, {compared} values", lines.len());
    assert_eq!(wrong, Vec::<String>::new());
    assert!(read >= 36 && compared > 900, "{read} {compared}");
    assert_eq!(skipped.iter().map(String::as_str).collect::<Vec<_>>(), SKIPPED);
}

/// The same event in XML and in protobuf: the same record, label, category, findings and verdict.
#[test]
fn both_encodings_are_judged_alike() {
    let xml = std::fs::read(path("fixtures/cot-event/release-ground-track/input.xml")).unwrap();
    let tak = std::fs::read(path("fixtures/tak-v1/release-ground-track/input.bin")).unwrap();
    let judged = |lane: &str, input: &[u8]| {
        feed(&["inspect", "--json", "--record", "--now", NOW, "--lane", &path(lane), "-"], input).line()
    };
    let (mut xml, mut tak) =
        (judged("rules/lanes/cot-down.kdl", &xml), judged("rules/lanes/tak-down.kdl", &tak));
    for key in ["verdict", "label", "category", "precedence", "destination", "agreement", "label_released"] {
        assert_eq!(xml[key], tak[key], "{key}");
    }
    let (xml, tak) = (&mut xml["record"]["event"], &mut tak["record"]["event"]);
    assert_eq!(xml.as_object_mut().unwrap().remove("version"), Some("2".into()));
    assert_eq!(tak.as_object_mut().unwrap().remove("framing"), Some("mesh".into()));
    assert_eq!(xml, tak);
}

/// The rules of `cot-event` are rules for `tak-v1`, word by word.
#[test]
fn rules_written_for_one_compile_for_the_other() {
    let project = crate::common::Project::new();
    let rules = std::fs::read_to_string(project.path("rules/types/cot-event/rules.kdl")).unwrap();
    project.write("rules/types/tak-v1/rules.kdl", rules.replace("rule \"cot.", "rule \"tak."));
    let ran = run(&["check", "--rules", &project.text("rules"), "--json", "tak-v1"]);
    let lines = ran.lines();
    let verdicts: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "fixture").collect();
    assert!(
        verdicts.len() > 10 && verdicts.iter().all(|line| line["good"] == true),
        "{}{}",
        ran.out,
        ran.err
    );
}
