//! Words that values are shown with: they tell the values of a tag apart, and a value that stands twice has one set of them.

use crate::policy::Place;
use crate::spif::raw::code_key;
use crate::spif::{Findings, NAMESPACE, Raw, RawValue, place};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use roxmltree::Node;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Codes of marking data that show nothing, or something in the place of the policy's name.
const NO_WORDS: &[&str] = &["noNameDisplay", "noMarkingDisplay", "replacePolicy"];
/// Every place.
const EVERYWHERE: u16 = (1 << Place::ALL.len()) - 1;

/// Adds what is doubtful in the words of values.
pub(super) fn words(raw: &Raw<'_>, findings: &mut Findings) {
    for tag in &raw.tags {
        written_twice(&tag.values, findings);
        shared(&tag.values, findings);
    }
}

/// A value that stands twice, by name and code, is one value: that the second has other words is told, not read.
fn written_twice(values: &[RawValue<'_>], findings: &mut Findings) {
    let mut known: BTreeMap<_, Vec<Said<'_>>> = BTreeMap::new();
    for value in values {
        let says = said(value.node);
        let first = known.entry((value.name, code_key(value.lacv))).or_insert_with(|| says.clone());
        if *first != says {
            let says =
                "the value stands twice, the second time with other words; those of the first are shown";
            findings.add("P029", place(value.node), says, &[value.name], &[value.lacv]);
        }
    }
}

/// Two values that are shown by the same words in one language and place: a marking with these words says neither.
fn shared(values: &[RawValue<'_>], findings: &mut Findings) {
    let mut by_words: BTreeMap<(&str, &str, u16), Vec<&RawValue<'_>>> = BTreeMap::new();
    for value in values.iter().filter(|value| !value.typed) {
        let data = || value.node.children().filter(|node| node.has_tag_name((NAMESPACE, "markingData")));
        let mut own: Vec<(&str, &str, u16)> = data().filter_map(shown).collect();
        if data().all(|node| node.has_attribute((XML, "lang"))) {
            own.push((value.name, "", EVERYWHERE));
        }
        for (words, language, places) in own {
            for at in Place::ALL.iter().map(|place| place.bit()).filter(|at| places & at != 0) {
                findings.step();
                let of_words = by_words.entry((words, language, at)).or_default();
                if of_words.last().is_none_or(|last| last.node != value.node) {
                    of_words.push(value);
                }
            }
        }
    }
    let mut told = BTreeSet::new();
    let mut groups: Vec<(&str, Vec<&RawValue<'_>>)> = Vec::new();
    for ((words, ..), group) in by_words {
        let names: BTreeSet<&str> = group.iter().map(|value| value.name).collect();
        let places: Vec<usize> = group.iter().map(|value| value.node.range().start).collect();
        // Values of one name are told as such.
        if names.len() > 1 && told.insert((words, places)) {
            groups.push((words, group));
        }
    }
    groups.sort_by_key(|(_, group)| group.first().map_or(0, |value| value.node.range().start));
    for (words, group) in groups {
        let names: Vec<&str> = group.iter().map(|value| value.name).collect();
        if let Some(second) = group.get(1) {
            let says = "these values are shown by the same words; a marking with them says neither";
            findings.add("P029", place(second.node), says, &[&[words], names.as_slice()].concat(), &[]);
        }
    }
}

/// The words of marking data, their language, and where they are shown; `None` where they are not those of a value.
fn shown<'d>(data: Node<'d, 'd>) -> Option<(&'d str, &'d str, u16)> {
    let codes = || data.children().filter(Node::is_element).filter_map(|code| code.text());
    let words = data.attribute("phrase").map(str::trim).filter(|words| !words.is_empty())?;
    if codes().any(|code| NO_WORDS.contains(&code)) {
        return None;
    }
    let places = codes().fold(0, |all, code| all | Place::mask(code));
    let language = data.attribute((XML, "lang")).unwrap_or("");
    Some((words, language, if places == 0 { EVERYWHERE } else { places }))
}

/// One element of the words of a value: what it is, its language, attributes and text.
type Said<'d> = (&'d str, Option<&'d str>, Vec<(&'d str, &'d str)>, &'d str);

/// All that a value says about its display.
fn said<'d>(value: Node<'d, 'd>) -> Vec<Said<'d>> {
    let own = |node: &Node<'_, '_>| matches!(node.tag_name().name(), "markingData" | "markingQualifier");
    let elements = value.children().filter(own).flat_map(|node| node.descendants()).filter(Node::is_element);
    let said = elements.map(|node| {
        let attributes = node.attributes().filter(|attribute| attribute.namespace().is_none());
        let attributes = attributes.map(|attribute| (attribute.name(), attribute.value()));
        let text = node.text().unwrap_or("").trim();
        (node.tag_name().name(), node.attribute((XML, "lang")), attributes.collect(), text)
    });
    said.collect()
}
