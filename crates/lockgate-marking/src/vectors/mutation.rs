//! Real policy files, changed in one place by a generator of our own: nothing breaks, and nothing unknown is passed over.

extern crate std;

use super::*;
use crate::Severity;
use crate::spif::check;
use alloc::string::String;
use proptest::prelude::*;

const FILES: &[&str] = &[
    "surevine-spiffing/nato-4774-policy.xml",
    "sparrow/nato.xml",
    "nmbs/20210506_PU_NATO_Security_Policy-v88.spif",
    "nmbs/NATO.spif",
];

/// Each file without comments, where the part ends that is read as SPIF (behind it come extensions of others), and the
/// places in it.
fn files() -> &'static [(String, usize, Places)] {
    static TEXTS: std::sync::OnceLock<Vec<(String, usize, Places)>> = std::sync::OnceLock::new();
    TEXTS.get_or_init(|| {
        let own = [crate::testing::MISSION, crate::testing::NATO].map(|bytes| bytes.to_vec());
        let real = FILES.iter().filter_map(|path| corpus(path));
        let texts =
            own.into_iter().chain(real).map(|bytes| without_comments(&String::from_utf8(bytes).unwrap()));
        texts
            .map(|text| {
                let end = ["<extensions", "<spif:extensions"].iter().filter_map(|tag| text.find(tag)).min();
                let end = end.unwrap_or(text.len());
                let places = places(&text, end);
                (text, end, places)
            })
            .collect()
    })
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let mut out = String::from(parts.next().unwrap_or(""));
    for part in parts {
        out.push_str(part.split_once("-->").map_or("", |(_, rest)| rest));
    }
    out
}

/// The places of all names of elements, of attributes, and of values of attributes, in opening tags.
#[derive(Default)]
struct Places {
    elements: Vec<(usize, usize)>,
    attributes: Vec<(usize, usize)>,
    values: Vec<(usize, usize)>,
}

fn places(text: &str, end: usize) -> Places {
    let mut places = Places::default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':' || byte == b'_' || byte == b'-';
    let bytes = text.as_bytes();
    for (open, _) in text.match_indices('<').filter(|(at, _)| *at < end) {
        if !bytes[open + 1].is_ascii_alphabetic() {
            continue;
        }
        let mut at = open + 1;
        let start = at;
        while is_name(bytes[at]) {
            at += 1;
        }
        places.elements.push((start, at));
        while bytes[at] != b'>' {
            if bytes[at].is_ascii_alphabetic() {
                let start = at;
                while is_name(bytes[at]) {
                    at += 1;
                }
                // A prefix is somebody else's attribute: read by nobody, and reported as such.
                if !text[start..at].contains(':') && !text[start..at].starts_with("xmlns") {
                    places.attributes.push((start, at));
                }
            } else if matches!(bytes[at], b'"' | b'\'') {
                let close = at + 1 + text[at + 1..].find(char::from(bytes[at])).unwrap();
                places.values.push((at + 1, close));
                at = close + 1;
            } else {
                at += 1;
            }
        }
    }
    places
}

/// Whether a policy loads from the text, and whether the check finds an error in it.
fn load(text: &str) -> (bool, bool) {
    let is_error = |finding: &crate::spif::SpifFinding| finding.severity == Severity::Error;
    let nato = crate::testing::settings("NATO", "1.3.26.1.3.1");
    match Policy::from_spif(text.as_bytes(), &nato) {
        Ok(_) => (true, check(text.as_bytes()).iter().any(is_error)),
        Err(found) => (false, found.iter().any(is_error)),
    }
}

/// The part of an XML name behind its prefix, changed.
fn renamed(name: &str, how: usize) -> String {
    let (prefix, local) = name.split_once(':').map_or(("", name), |(prefix, local)| (prefix, local));
    let colon = if prefix.is_empty() { "" } else { ":" };
    let local = match how % 4 {
        0 => format!("{local}X"),
        1 => local.get(..local.len() - 1).filter(|cut| !cut.is_empty()).map_or("q".into(), String::from),
        2 => format!("x{local}"),
        _ => {
            let mut chars = local.chars();
            let first = chars.next().unwrap();
            let turned = if first.is_ascii_lowercase() {
                first.to_ascii_uppercase()
            } else {
                first.to_ascii_lowercase()
            };
            core::iter::once(turned).chain(chars).collect()
        }
    };
    format!("{prefix}{colon}{local}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rule 2: an element or an attribute with another name is an error of the file, wherever it stands.
    #[test]
    fn no_unknown_element_or_attribute_of_a_real_file_is_accepted(
        file: prop::sample::Index,
        place: prop::sample::Index,
        how in 0..4_usize,
        of_element: bool,
    ) {
        let (text, _, places) = &files()[file.index(files().len())];
        let (start, stop) = if of_element {
            places.elements[place.index(places.elements.len())]
        } else {
            places.attributes[place.index(places.attributes.len())]
        };
        let old = &text[start..stop];
        let new = renamed(old, how);
        let mut changed = String::from(&text[..start]);
        changed.push_str(&new);
        let rest = &text[stop..];
        // The end of the element is renamed with it: the next closing tag of that name, unless it has none.
        let own_end = rest.find('>').map(|at| rest[..at].ends_with('/'));
        let close = format!("</{old}>");
        match rest.find(&close).filter(|_| of_element && own_end == Some(false)) {
            Some(at) => {
                changed.push_str(&rest[..at]);
                changed.push_str(&format!("</{new}>"));
                changed.push_str(&rest[at + close.len()..]);
            }
            None => changed.push_str(rest),
        }
        let (loads, has_error) = load(&changed);
        prop_assert!(has_error && !loads, "{} became {}", old, new);
    }

    /// Any other damage: values changed, taken out or doubled, elements taken out or doubled. A policy loads only where
    /// the check has no error to report, and nothing panics.
    #[test]
    fn a_damaged_real_file_loads_without_an_error_or_not_at_all(
        file: prop::sample::Index,
        place: prop::sample::Index,
        what in 0..6_usize,
        word in "[ -~é\u{200B}]{0,12}",
    ) {
        let (text, _, places) = &files()[file.index(files().len())];
        let (start, stop) = match what {
            0..=2 => places.values[place.index(places.values.len())],
            _ => places.elements[place.index(places.elements.len())],
        };
        let mut changed = String::from(text.as_str());
        match what {
            0 => changed.replace_range(start..stop, &word.replace(['<', '&', '"', '\''], "")),
            1 => changed.replace_range(start..stop, ""),
            2 => changed.replace_range(start..stop, &text[start..stop].repeat(2)),
            3 => changed.insert_str(start - 1, &word),
            4 => changed.replace_range(start - 1..stop, &word),
            _ => changed.insert_str(start - 1, &format!("<{}/>", &text[start..stop])),
        }
        let (loads, has_error) = load(&changed);
        prop_assert!(!(loads && has_error));
    }

    /// Every word of a closed list that is no word of it is an error.
    #[test]
    fn no_unknown_word_of_a_closed_list_is_accepted(file: prop::sample::Index, place: prop::sample::Index, how in 0..4_usize) {
        let (text, end, _) = &files()[file.index(files().len())];
        let lists = ["tagType=\"", "enumType=\"", "operation=\"", "applied=\"", "qualifierCode=\"", "markingCode=\"", "code>"];
        let found: Vec<usize> = lists
            .iter()
            .flat_map(|list| text.match_indices(list).map(|(at, _)| at + list.len()))
            .filter(|at| *at < *end && text.as_bytes()[*at].is_ascii_alphabetic())
            .collect();
        let start = found[place.index(found.len())];
        let stop = start + text[start..].find(['"', '<']).unwrap();
        let old = &text[start..stop];
        let mut changed = String::from(text.as_str());
        changed.replace_range(start..stop, &renamed(old, how));
        let (loads, has_error) = load(&changed);
        prop_assert!(has_error && !loads, "{}", old);
    }
}
