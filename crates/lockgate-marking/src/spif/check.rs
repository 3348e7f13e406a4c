//! The consistency of a SPIF: the checks of ADatP-4774.1 section 3.4, and what the files in the field got wrong.

mod alike;
mod references;
mod unique;
mod unusable;
mod words;

use super::raw::code_key;
use super::{Findings, NAMESPACE, Raw, RawLevel, RawValue, place};
use crate::country::{alpha3_of, alpha3_of_code, numeric_of};
use crate::policy::{CLEAR, Kind, MAX_MARKS, membership, nato};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;
use lockgate_bytes::is_hidden;
pub(crate) use references::resolve;
use references::{references, requirements};
use roxmltree::Node;
use unique::{encodings, levels, privacy_names, tag_sets, values};

/// Adds what is not consistent in `raw`.
pub(crate) fn consistency(raw: &Raw<'_>, findings: &mut Findings) {
    policies(raw, findings);
    levels(raw, findings);
    tag_sets(raw, findings);
    encodings(raw, findings);
    values(raw, findings);
    alike::alike(raw, findings);
    words::words(raw, findings);
    exclusions(raw, findings);
    let classes: BTreeSet<&str> = raw.levels.iter().map(|level| level.name).collect();
    for level in &raw.levels {
        name(level.node, level.name, findings);
        level_code(level, findings);
        requirements(raw, &level.needs, findings);
    }
    for tag in &raw.tags {
        name(tag.node, tag.name, findings);
        for value in &tag.values {
            value_name(value, findings);
            value_code(value, findings);
            references(raw, &classes, value, findings);
            requirements(raw, &value.needs, findings);
            if tag.kind == Some(Kind::Permissive) {
                country(value, findings);
            }
        }
    }
    unusable::unusable(raw, findings);
    privacy(raw, findings);
    equivalents(raw, findings);
    memberships(raw, findings);
}

/// One policy, one name, one identifier (4774.1, 3.4).
fn policies(raw: &Raw<'_>, findings: &mut Findings) {
    name(raw.root, raw.name, findings);
    let mut seen: Vec<(&str, &str)> = Vec::from([(raw.name, raw.id)]);
    let (mut names, mut ids) = (BTreeSet::from([raw.name]), BTreeSet::from([raw.id]));
    let default = raw.root.children().find(|node| node.tag_name().name() == "defaultSecurityPolicyId");
    for node in raw.others.iter().copied().chain(default) {
        let (name, id) = (node.attribute("name").unwrap_or(""), node.attribute("id").unwrap_or(""));
        let clash = match Some(node) == default {
            true => seen.iter().any(|(other, other_id)| (name == *other) != (id == *other_id)),
            // Both are put in.
            false => !names.insert(name) | !ids.insert(id),
        };
        if clash {
            findings.add(
                "P010",
                place(node),
                "this name or identifier already stands for another policy",
                &[name],
                &[id],
            );
        }
        seen.push((name, id));
    }
}

/// A policy of NATO whose file says nowhere which value goes with which level.
fn exclusions(raw: &Raw<'_>, findings: &mut Findings) {
    let limited = |value: &RawValue<'_>| value.needs_level.is_some() || !value.forbids_levels.is_empty();
    let values = || raw.tags.iter().flat_map(|tag| &tag.values);
    if raw.id == nato::POLICY && values().next().is_some() && !values().any(limited) {
        let says = "no value requires or excludes a level; only what ADatP-4774 says in words is enforced";
        findings.add("P056", place(raw.root), says, &[raw.name], &[]);
    }
}

/// A level's code is what binary labels carry, which have room for 0 to 256 (RFC 2634, ub-integer-options).
fn level_code(level: &RawLevel<'_>, findings: &mut Findings) {
    if level.lacv.is_some_and(|code| !(0..=256).contains(&code)) {
        let says = "the code of the level is not from 0 to 256; no binary label says this level";
        let code = level.node.attribute("lacv").unwrap_or("");
        findings.add("P016", place(level.node), says, &[level.name], &[code]);
    }
}

/// A value's code is a number where a binary label is to carry it; what is to be typed has none.
fn value_code(value: &RawValue<'_>, findings: &mut Findings) {
    let (is_number, _) = code_key(value.lacv);
    if !is_number && !value.lacv.is_empty() && !value.typed {
        let says = "the code of the value is no number; no binary label says this value";
        findings.add("P028", place(value.node), says, &[value.name], &[value.lacv]);
    }
}

/// A value with such a name cannot be told from another one by a reader; it is left out, and the policy works on.
fn value_name(value: &RawValue<'_>, findings: &mut Findings) {
    if value.name.chars().any(is_hidden) {
        let says =
            "the name has a control, bidirectional or zero-width character; no label with it is accepted";
        findings.add("P025", place(value.node), says, &[value.name], &[]);
    } else {
        name(value.node, value.name, findings);
    }
}

fn name(node: Node<'_, '_>, name: &str, findings: &mut Findings) {
    if name.chars().any(is_hidden) {
        let says = "the name has a control, bidirectional or zero-width character";
        findings.add("P027", place(node), says, &[name], &[]);
    } else if name.trim() != name || name.contains("  ") {
        findings.add(
            "P026",
            place(node),
            "the name has white space around it or doubled inside",
            &[name],
            &[],
        );
    }
}

/// Privacy marks are told apart by their names, and there are no more of them than a label has room for.
fn privacy(raw: &Raw<'_>, findings: &mut Findings) {
    raw.marks.list.iter().for_each(|mark| name(mark.node, mark.name, findings));
    privacy_names(raw, findings);
    // A policy of NATO has CLEAR, whatever its file lists.
    let more = raw.id == nato::POLICY && raw.marks.list.iter().all(|mark| mark.name != CLEAR);
    let room = MAX_MARKS.saturating_sub(usize::from(more));
    if let Some(over) = raw.marks.list.get(room) {
        let says = format!("more than {room} privacy marks");
        findings.add("P004", place(over.node), says, &[], &[]);
    }
}

/// Equivalences name declared policies.
fn equivalents(raw: &Raw<'_>, findings: &mut Findings) {
    let others: BTreeSet<&str> = raw.others.iter().filter_map(|other| other.attribute("name")).collect();
    for node in raw.root.descendants() {
        findings.step();
        if let Some(policy) = node.attribute("policyRef")
            && !others.contains(policy)
        {
            findings.add(
                "P040",
                place(node),
                "policyRef names no policy of equivalentPolicies",
                &[policy],
                &[],
            );
        }
        if node.has_tag_name((NAMESPACE, "equivalentSecurityCategoryTagSet")) {
            let says =
                "an equivalence of a whole tag set is never applied, nor what it requires; name each value";
            let names = node.parent_element().and_then(|set| set.attribute("name"));
            findings.add("P038", place(node), says, names.as_slice(), &[]);
        }
        let limits = node.parent_element().and_then(|value| value.parent_element());
        if node.attribute("action") == Some("discard")
            && limits.is_some_and(|tag| tag.attribute("tagType") != Some("tagType7"))
        {
            let says =
                "a value that limits who may read is discarded by this equivalence; it is never applied";
            let names = node.parent_element().and_then(|value| value.attribute("name"));
            findings.add("P045", place(node), says, names.as_slice(), &[]);
        }
    }
}

/// Memberships of NATO's policy are those of something that it has a value or words for.
fn memberships(raw: &Raw<'_>, findings: &mut Findings) {
    if raw.id != nato::POLICY {
        return;
    }
    let values = raw.tags.iter().flat_map(|tag| &tag.values);
    let called = values.flat_map(|value| {
        let words = value.node.children().filter_map(|child| child.attribute("phrase"));
        core::iter::once(value.name).chain(words)
    });
    let known: BTreeSet<&str> = called.map(str::trim).collect();
    let lists = || membership::lists(raw.root);
    let prefixed =
        |node: Node<'_, '_>| node.attributes().any(|a| a.namespace() == Some(membership::EXTENSION));
    if let Some(first) = lists().flat_map(|list| list.descendants()).find(|node| prefixed(*node)) {
        let says = "attributes of memberships in the namespace of the extension, where ADatP-4774.1 has them without; they are read";
        findings.add("P037", place(first), says, &[], &[]);
    }
    for list in lists() {
        let called = membership::attribute(list, "name");
        if !known.contains(called) {
            let says =
                "no value of the policy has this name or these words; the membership is that of no context";
            findings.add("P036", place(list), says, &[called], &[]);
        }
    }
}

/// The code of a country value is its ISO 3166-1 number in all NATO editions; the number counts, not the letters. Beside
/// letters that are no country it counts with its three digits only: small numbers are given to anything.
fn country(value: &RawValue<'_>, findings: &mut Findings) {
    let by_number = alpha3_of_code(value.lacv);
    let letters = value.name.len() == 3 && value.name.bytes().all(|byte| byte.is_ascii_uppercase());
    let Some(code) = by_number.filter(|_| letters) else { return };
    let code = core::str::from_utf8(&code).unwrap_or("");
    match numeric_of(value.name.as_bytes()) {
        Some(_) if code == value.name => {}
        Some(_) => {
            let says = format!("the name is that of one country and the code that of {code}");
            findings.add("P054", place(value.node), says, &[value.name, code], &[value.lacv]);
        }
        None if alpha3_of(value.lacv.as_bytes()).is_none() => {}
        None => {
            let says = format!(
                "the name is no country of ISO 3166-1, but its code is that of {code}; read as {code}"
            );
            findings.add("P053", place(value.node), says, &[value.name, code], &[value.lacv]);
        }
    }
}
