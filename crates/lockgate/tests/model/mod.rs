//! A brute-force model of release for the demonstration lane, written from the authored files by hand and reading the
//! object with another XML reader. It shares nothing with the engine but the words.

use lockgate_bytes::Time;
use std::collections::BTreeMap;

const LABEL: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
const LEVELS: [&str; 4] = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
/// The readers of the destination, spelled out.
const READERS: [&str; 5] = ["AUT", "HRV", "HUN", "SVK", "SVN"];
const CATEGORIES: [&str; 9] = [
    "air-track",
    "ground-track",
    "surface-track",
    "subsurface-track",
    "space-track",
    "route",
    "point-of-interest",
    "alert",
    "drawing",
];

/// Adds every category to the agreement of the lane; nothing else changes.
pub(crate) fn widen(files: &mut BTreeMap<String, Vec<u8>>) {
    let file = files.get_mut("agreements/rsocc.kdl").expect("the lane's agreement");
    let text = String::from_utf8(std::mem::take(file)).unwrap();
    let widened: Vec<String> = text
        .lines()
        .map(|line| match line.trim_start().starts_with("covers") {
            true => format!("    covers {}", CATEGORIES.map(|name| format!("\"{name}\"")).join(" ")),
            false => line.to_owned(),
        })
        .collect();
    *file = (widened.join("\n") + "\n").into_bytes();
}

/// The event with its times moved so that it is observed at `to`; `None` where it is no event with times.
pub(crate) fn moved(event: &[u8], to: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(event).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let root = document.root_element();
    let read = |name| Time::parse(root.attribute(name)?.as_bytes()).ok();
    let by = Time::parse(to.as_bytes()).unwrap().since(read("time")?);
    let mut places = Vec::new();
    for name in ["time", "start", "stale"] {
        places.push((root.attribute_node(name)?.range_value(), read(name)?.plus(by).to_string()));
    }
    places.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut moved = text.to_owned();
    for (range, time) in places {
        moved.replace_range(range, &time);
    }
    Some(moved.into_bytes())
}

/// The event with the marking fields of the demonstration profile.
pub(crate) fn with_fields(event: &[u8]) -> Vec<u8> {
    let text = without_marking(event);
    let at = text.find("<event").unwrap() + "<event".len();
    format!(
        "{} access=\"MISSION RESTRICTED\" releasableTo=\"{}\"{}",
        &text[..at],
        READERS.join(","),
        &text[at..]
    )
    .into_bytes()
}

/// The event with a bound label in its detail.
pub(crate) fn with_label(event: &[u8], created: Time) -> Vec<u8> {
    let text = without_marking(event);
    let values: String = READERS.map(|nation| format!("<GenericValue>{nation}</GenericValue>")).concat();
    let label = format!(
        "<originatorConfidentialityLabel xmlns=\"{LABEL}\" ReviewDateTime=\"2035-01-01T00:00:00Z\">\
         <ConfidentialityInformation><PolicyIdentifier>MISSION</PolicyIdentifier>\
         <Classification>RESTRICTED</Classification>\
         <Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">{values}</Category></ConfidentialityInformation>\
         <CreationDateTime>{created}</CreationDateTime></originatorConfidentialityLabel>"
    );
    if let Some(at) = text.find("<detail>") {
        let at = at + "<detail>".len();
        return format!("{}{label}{}", &text[..at], &text[at..]).into_bytes();
    }
    let at = text.rfind("</event>").unwrap_or(text.len());
    format!("{}<detail>{label}</detail>{}", &text[..at], &text[at..]).into_bytes()
}

fn without_marking(event: &[u8]) -> String {
    let text = std::str::from_utf8(event).unwrap();
    text.replace("access=\"Undefined\"", "").replace("access='Undefined'", "").replace("access=\"\"", "")
}

/// Panics unless the released bytes may go to every reader of the destination at `now`.
pub(crate) fn assert_releasable(bytes: &[u8], now: Time, name: &str) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let document = roxmltree::Document::parse(text).expect("well-formed");
    let event = document.root_element();
    let time =
        |attribute| Time::parse(event.attribute(attribute).expect(attribute).as_bytes()).expect(attribute);
    assert!(time("stale") > now, "{name}: stale");
    let category = category(event.attribute("type").unwrap());
    assert!(category.is_some_and(|category| CATEGORIES.contains(&category)), "{name}: category {category:?}");
    let (level, releasable) = label(&document, name);
    let rank =
        LEVELS.iter().position(|known| *known == level).unwrap_or_else(|| panic!("{name}: level {level}"));
    assert!(rank <= 1, "{name}: above RESTRICTED");
    for reader in READERS {
        let group = releasable.iter().any(|value| value == "R-SOCC");
        assert!(group || releasable.iter().any(|value| value == reader), "{name}: {reader} may not read it");
    }
    assert!(
        !event.attribute("opex").is_some_and(|opex| opex.starts_with(['e', 's'])),
        "{name}: no operation"
    );
    assert!(!event.attribute("how").unwrap().starts_with("m-s"), "{name}: simulated");
}

fn category(kind: &str) -> Option<&'static str> {
    let parts: Vec<&str> = kind.split('-').collect();
    Some(match parts.as_slice() {
        ["a", _, "A", ..] => "air-track",
        ["a", _, "G", ..] => "ground-track",
        ["a", _, "S", ..] => "surface-track",
        ["a", _, "U", ..] => "subsurface-track",
        ["a", _, "P", ..] => "space-track",
        ["b", "m", "r", ..] => "route",
        ["b", "m", "p", ..] => "point-of-interest",
        ["b", "a", ..] => "alert",
        ["u", "d" | "r", ..] => "drawing",
        _ => return None,
    })
}

/// Level and releasable nations of the one label that the object carries.
fn label(document: &roxmltree::Document<'_>, name: &str) -> (String, Vec<String>) {
    let all = |tag: &'static str| {
        document
            .descendants()
            .filter(move |node| node.has_tag_name((LABEL, tag)))
            .filter_map(|node| node.text())
    };
    let mut bound = all("Classification").map(str::to_owned);
    match (bound.next(), document.root_element().attribute("access")) {
        (Some(level), None) => (level, all("GenericValue").map(str::to_owned).collect()),
        (None, Some("MISSION RESTRICTED")) => {
            let nations = document.root_element().attribute("releasableTo").expect("a list of nations");
            ("RESTRICTED".to_owned(), nations.split(',').map(str::to_owned).collect())
        }
        other => panic!("{name}: not one label but {other:?}"),
    }
}
