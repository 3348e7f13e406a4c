//! What has to be told apart: levels, tag sets, tags and values that share a name, a code or a place.

use super::name;
use crate::policy::Kind;
use crate::spif::raw::code_key;
use crate::spif::{Findings, Raw, RawLevel, place};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use roxmltree::Node;

/// Levels differ in code, name, place in the hierarchy and colour; and there are some.
pub(super) fn levels(raw: &Raw<'_>, findings: &mut Findings) {
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

/// Tag sets have a name and an identifier of their own, and the tags in each are told apart.
pub(super) fn tag_sets(raw: &Raw<'_>, findings: &mut Findings) {
    for set in &raw.sets {
        for needed in ["name", "id"] {
            if set.attribute(needed).unwrap_or("").is_empty() {
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
    let sets = || {
        raw.sets
            .iter()
            .map(|set| (set, set.attribute("name").unwrap_or(""), set.attribute("id").unwrap_or("")))
    };
    repeated(sets().map(|(set, name, id)| (name, *set, name, id)), |node, names, codes| {
        findings.add("P020", place(node), "two tag sets share a name", names, codes);
    });
    repeated(sets().map(|(set, name, id)| (id, *set, name, id)), |node, names, codes| {
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
}

/// Values of one kind and encoding in one tag set share their space of codes; of one kind, that of names.
pub(super) fn values(raw: &Raw<'_>, findings: &mut Findings) {
    let values = || raw.tags.iter().flat_map(|tag| tag.values.iter().map(move |value| (tag, value)));
    let coded = values().map(|(tag, value)| {
        ((tag.set_id, tag.kind, tag.enumerated, code_key(value.lacv)), value.node, value.name, value.lacv)
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

/// Privacy marks differ in name.
pub(super) fn privacy_names(raw: &Raw<'_>, findings: &mut Findings) {
    let named = raw.marks.list.iter().map(|mark| (mark.name, mark.node, mark.name, ""));
    repeated(named, |node, names, _| {
        let says = "these privacy marks share a name: a label that carries the name is ambiguous";
        findings.add("P024", place(node), says, names, &[]);
    });
}

/// Informative tags name one encoding for each tag set (XML SPIF schema, tag7Encoding).
pub(super) fn encodings(raw: &Raw<'_>, findings: &mut Findings) {
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

fn is_colour(colour: &str) -> bool {
    const NAMES: &[&str] = &[
        "aqua", "black", "blue", "fuchsia", "fuschia", "gray", "green", "lime", "maroon", "navy", "olive",
        "purple", "red", "silver", "teal", "white", "yellow",
    ];
    let hex = |digits: &str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    NAMES.contains(&colour) || colour.strip_prefix('#').is_some_and(hex)
}
