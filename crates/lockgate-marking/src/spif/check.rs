//! The consistency of a SPIF: the checks of ADatP-4774.1 section 3.4, and what the files in the field got wrong.

use super::read::code_key;
use super::{Findings, Raw, RawGroup, RawLevel, RawRequirement, RawTag, RawValue, place};
use crate::country::{alpha3_of_code, numeric_of};
use crate::policy::{Kind, membership, nato};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::is_hidden;
use roxmltree::Node;

/// Adds what is not consistent in `raw`.
pub(crate) fn consistency(raw: &Raw<'_>, findings: &mut Findings) {
    policies(raw, findings);
    levels(raw, findings);
    tag_sets(raw, findings);
    exclusions(raw, findings);
    let classes: BTreeSet<&str> = raw.levels.iter().map(|level| level.name).collect();
    for level in &raw.levels {
        name(level.node, level.name, findings);
        requirements(raw, &level.needs, findings);
    }
    for tag in &raw.tags {
        name(tag.node, tag.name, findings);
        for value in &tag.values {
            value_name(value, findings);
            references(raw, &classes, value, findings);
            requirements(raw, &value.needs, findings);
            if tag.kind == Some(Kind::Permissive) {
                country(value, findings);
            }
        }
    }
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

/// Reports each key that stands more than once, at its second place, with all that share it.
fn repeated<'d, K: Ord>(
    items: impl Iterator<Item = (K, Node<'d, 'd>, &'d str, &'d str)>,
    mut report: impl FnMut(Node<'d, 'd>, &[&'d str], &[&'d str]),
) {
    let mut by_key: BTreeMap<K, Vec<(Node<'d, 'd>, &'d str, &'d str)>> = BTreeMap::new();
    for (key, node, name, code) in items {
        by_key.entry(key).or_default().push((node, name, code));
    }
    let mut shared: Vec<_> = by_key.into_values().filter(|group| group.len() > 1).collect();
    shared.sort_by_key(|group| group.first().map_or(0, |(node, ..)| node.range().start));
    for group in shared {
        let names: Vec<&str> = group.iter().map(|(_, name, _)| *name).collect();
        let mut codes: Vec<&str> = group.iter().map(|(_, _, code)| *code).collect();
        codes.dedup();
        if let Some((node, ..)) = group.get(1) {
            report(*node, &names, &codes);
        }
    }
}

fn levels(raw: &Raw<'_>, findings: &mut Findings) {
    if raw.levels.is_empty() {
        findings.add("P005", place(raw.root), "a policy without levels", &[], &[]);
    }
    let lacv = |level: &RawLevel<'_>| level.lacv.unwrap_or(i64::MIN);
    let with_code = || raw.levels.iter().filter(|level| level.lacv.is_some());
    repeated(
        with_code().map(|l| (lacv(l), l.node, l.name, l.node.attribute("lacv").unwrap_or(""))),
        |node, names, codes| {
            findings.add("P011", place(node), "two levels share a code", names, codes);
        },
    );
    repeated(
        raw.levels.iter().map(|l| (l.name, l.node, l.name, l.node.attribute("lacv").unwrap_or(""))),
        |node, names, codes| {
            findings.add("P012", place(node), "two levels share a name", names, codes);
        },
    );
    let ordered = raw
        .levels
        .iter()
        .filter_map(|l| Some((l.hierarchy?, l.node, l.name, l.node.attribute("hierarchy")?)));
    repeated(ordered, |node, names, codes| {
        findings.add(
            "P013",
            place(node),
            "two levels share a place in the hierarchy; which is higher is not said",
            names,
            codes,
        );
    });
    let coloured =
        raw.levels.iter().filter_map(|l| l.node.attribute("color").map(|c| (c, l.node, l.name, c)));
    repeated(coloured, |node, names, codes| {
        findings.add("P014", place(node), "two levels share a colour", names, codes);
    });
    for level in &raw.levels {
        if let Some(colour) = level.node.attribute("color").filter(|colour| !is_colour(colour)) {
            findings.add(
                "P015",
                place(level.node),
                "color is no W3C name or #RRGGBB",
                &[level.name],
                &[colour],
            );
        }
    }
}

fn is_colour(colour: &str) -> bool {
    const NAMES: &[&str] = &[
        "aqua", "black", "blue", "fuchsia", "fuschia", "gray", "green", "lime", "maroon", "navy", "olive",
        "purple", "red", "silver", "teal", "white", "yellow",
    ];
    let hex = |digits: &str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    NAMES.contains(&colour) || colour.strip_prefix('#').is_some_and(hex)
}

fn tag_sets(raw: &Raw<'_>, findings: &mut Findings) {
    let attribute = |node: Node<'_, '_>, name: &str| -> String { node.attribute(name).unwrap_or("").into() };
    for set in &raw.sets {
        for needed in ["name", "id"] {
            if attribute(*set, needed).is_empty() {
                findings.add(
                    "P005",
                    place(*set),
                    format!("the attribute {needed} is missing or empty"),
                    &[needed],
                    &[],
                );
            }
        }
        name(*set, set.attribute("name").unwrap_or(""), findings);
    }
    let key = |set: &Node<'_, '_>, by: &str| attribute(*set, by);
    let sets = || {
        raw.sets
            .iter()
            .map(|set| (set, set.attribute("name").unwrap_or(""), set.attribute("id").unwrap_or("")))
    };
    repeated(sets().map(|(set, name, id)| (key(set, "name"), *set, name, id)), |node, names, codes| {
        findings.add("P020", place(node), "two tag sets share a name", names, codes);
    });
    repeated(sets().map(|(set, name, id)| (key(set, "id"), *set, name, id)), |node, names, codes| {
        findings.add("P021", place(node), "two tag sets share an identifier", names, codes);
    });
    repeated(
        raw.tags.iter().map(|tag| ((tag.set_id, tag.name, tag.kind), tag.node, tag.name, tag.set_id)),
        |node, names, codes| {
            findings.add(
                "P022",
                place(node),
                "two tags of one tag set share a name and a type",
                names,
                codes,
            );
        },
    );
    encodings(raw, findings);
    // Values of one kind and encoding in one tag set share their space of codes; of one kind, that of names.
    let values = || raw.tags.iter().flat_map(|tag| tag.values.iter().map(move |value| (tag, value)));
    let plain = |code: &str| -> String {
        let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
        if digits { code.trim_start_matches('0').into() } else { code.into() }
    };
    let coded = values().map(|(tag, value)| {
        ((tag.set_id, tag.kind, tag.enumerated, plain(value.lacv)), value.node, value.name, value.lacv)
    });
    repeated(coded, |node, names, codes| {
        findings.add(
            "P023",
            place(node),
            "these values share a code: a label that carries the code is ambiguous",
            names,
            codes,
        );
    });
    let named =
        values().map(|(tag, value)| ((tag.set_id, tag.kind, value.name), value.node, value.name, value.lacv));
    repeated(named, |node, names, codes| {
        findings.add(
            "P024",
            place(node),
            "these values share a name: a label that carries the name is ambiguous",
            names,
            codes,
        );
    });
}

/// Informative tags name one encoding for each tag set (XML SPIF schema, tag7Encoding).
fn encodings(raw: &Raw<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for tag in raw.tags.iter().filter(|tag| tag.kind == Some(Kind::Informative)) {
        let encoding = tag.node.attribute("tag7Encoding");
        let of_set = seen.entry(tag.set_id).or_default();
        of_set.insert(encoding);
        if encoding.is_none() || of_set.len() > 1 {
            let says = "an informative tag needs tag7Encoding, the same in the whole tag set";
            findings.add("P033", place(tag.node), says, &[tag.name], &[]);
        }
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

/// Everything that a value refers to exists, and does not contradict itself.
fn references(raw: &Raw<'_>, classes: &BTreeSet<&str>, value: &RawValue<'_>, findings: &mut Findings) {
    let known = |class: &str| classes.contains(class);
    if let Some(class) = value.needs_level.filter(|class| !known(class)) {
        findings.add("P040", place(value.node), "requiredClass names no level of this policy", &[class], &[]);
    }
    let mut seen = BTreeSet::new();
    for (node, class) in &value.forbids_levels {
        if !known(class) {
            findings.add("P040", place(*node), "excludedClass names no level of this policy", &[class], &[]);
        }
        if !seen.insert(*class) {
            findings.add("P042", place(*node), "excludedClass stands twice for one value", &[class], &[]);
        }
        if value.needs_level == Some(class) {
            findings.add(
                "P043",
                place(*node),
                "the value requires and excludes the same level",
                &[class],
                &[],
            );
        }
    }
    for group in &value.forbids {
        reference(raw, group, findings);
    }
    fn key<'d>(group: &RawGroup<'d>) -> Option<(&'d str, Option<Kind>, (bool, &'d str))> {
        Some((group.set, group.kind, code_key(group.lacv?)))
    }
    let forbidden: BTreeSet<_> = value.forbids.iter().filter_map(key).collect();
    let required = value.needs.iter().flat_map(|needs| &needs.groups);
    for group in required.filter(|group| key(group).is_some_and(|key| forbidden.contains(&key))) {
        findings.add(
            "P043",
            place(group.node),
            "the value requires and excludes the same value",
            &[value.name],
            &[],
        );
    }
}

fn requirements(raw: &Raw<'_>, needs: &[RawRequirement<'_>], findings: &mut Findings) {
    needs.iter().flat_map(|needs| &needs.groups).for_each(|group| reference(raw, group, findings));
}

/// The values that a group names.
pub(crate) fn resolve<'r, 'd>(
    raw: &'r Raw<'d>,
    group: &'r RawGroup<'d>,
) -> impl Iterator<Item = (usize, usize)> + use<'r, 'd> {
    let key = |lacv| (group.set, group.kind, group.enumerated, code_key(lacv));
    let coded = group.lacv.filter(|_| !group.all).and_then(|lacv| raw.codes.get(&key(lacv)));
    let fits = |tag: &RawTag<'_>| {
        tag.set_name == group.set && tag.kind == group.kind && tag.enumerated == group.enumerated
    };
    let tags = raw.tags.iter().enumerate().filter(move |(_, tag)| group.all && fits(tag));
    let all = tags.flat_map(|(at, tag)| (0..tag.values.len()).map(move |value| (at, value)));
    coded.into_iter().flatten().copied().chain(all)
}

/// Most names that are told of values that share a code.
const NAMES_MAX: usize = 16;

fn reference(raw: &Raw<'_>, group: &RawGroup<'_>, findings: &mut Findings) {
    findings.step();
    if resolve(raw, group).next().is_none() {
        let says = "no value of this policy has this tag set, type and code";
        findings.add("P040", place(group.node), says, &[group.set], group.lacv.as_slice());
    }
    if group.all {
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    for (tag, value) in resolve(raw, group).take(NAMES_MAX) {
        findings.step();
        names.extend(raw.tags.get(tag).and_then(|tag| tag.values.get(value)).map(|value| value.name));
    }
    names.dedup();
    if names.len() > 1 {
        let says = "two values share this code; which one is required or excluded is not said";
        findings.add("P044", place(group.node), says, &names, group.lacv.as_slice());
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
    for list in membership::lists(raw.root) {
        let called = membership::attribute(list, "name");
        if !known.contains(called) {
            let says =
                "no value of the policy has this name or these words; the membership is that of no context";
            findings.add("P036", place(list), says, &[called], &[]);
        }
    }
}

/// The code of a country value is its ISO 3166-1 number in all NATO editions; the number counts, not the letters.
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
        None => {
            let says = format!(
                "the name is no country of ISO 3166-1, but its code is that of {code}; read as {code}"
            );
            findings.add("P053", place(value.node), says, &[value.name, code], &[value.lacv]);
        }
    }
}
