//! Names that a person takes for one another, though they are not the same bytes.

use crate::spif::{Findings, Raw, place};
use crate::text::{is_disguise, unmasked};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::Node;

/// Levels, and values of one kind in one tag set, are told apart by the eye. (Names with hidden characters are told elsewhere.)
pub(super) fn alike(raw: &Raw<'_>, findings: &mut Findings) {
    told(raw.levels.iter().map(|level| ((), level.node, level.name)), findings);
    let values = raw
        .tags
        .iter()
        .flat_map(|tag| tag.values.iter().map(move |value| ((tag.set_id, tag.kind), value.node, value.name)));
    told(values, findings);
}

fn told<'d, K: Ord>(names: impl Iterator<Item = (K, Node<'d, 'd>, &'d str)>, findings: &mut Findings) {
    let mut seen: BTreeMap<(K, String), Vec<(Node<'d, 'd>, &'d str)>> = BTreeMap::new();
    for (list, node, name) in names.filter(|(_, _, name)| !name.chars().any(is_disguise)) {
        findings.step();
        let same = seen
            .entry((list, unmasked(name).map(|one| one.to_ascii_uppercase()).collect::<String>()))
            .or_default();
        if same.iter().all(|(_, other)| *other != name) {
            same.push((node, name));
        }
    }
    let mut alike: Vec<_> = seen.into_values().collect();
    alike.sort_by_key(|same| same.first().map_or(0, |(node, _)| node.range().start));
    for same in alike {
        let Some((node, second)) = same.get(1) else { continue };
        let names: Vec<&str> = same.iter().map(|(_, name)| *name).collect();
        let only_case = names.iter().all(|name| name.to_uppercase() == second.to_uppercase());
        let (code, says) = match only_case {
            true => ("P018", "names that differ in capitals and small letters only"),
            false => ("P017", "names that look alike: letters of another alphabet stand for Latin ones"),
        };
        findings.add(code, place(*node), says, &names, &[]);
    }
}
