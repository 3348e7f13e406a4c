//! Values that no label can carry, whatever else it says: they go with no level, or need one that does not go with them.

use crate::policy::Kind;
use crate::spif::raw::code_key;
use crate::spif::{Findings, Raw, RawGroup, RawTag, RawValue, place};
use alloc::collections::BTreeSet;

/// One value, as what refers to it names it.
type Key<'d> = (&'d str, Option<Kind>, bool, (bool, &'d str));

/// Reports tags with a least number of values that they do not have, and values that nothing valid carries.
pub(super) fn unusable(raw: &Raw<'_>, findings: &mut Findings) {
    for tag in &raw.tags {
        let typed = tag.values.iter().any(|value| value.typed);
        if !typed && usize::try_from(tag.least).is_ok_and(|least| least > tag.values.len()) {
            let says = "minSelection asks for more values than the tag has: no label is valid";
            findings.add("P034", place(tag.node), says, &[tag.name], &[]);
        }
    }
    let excluded: BTreeSet<(Key<'_>, Key<'_>)> = values(raw)
        .flat_map(|(tag, value)| {
            value.forbids.iter().filter_map(move |group| Some((of(tag, value), named(group)?)))
        })
        .collect();
    for (tag, value) in values(raw) {
        findings.step();
        let own = of(tag, value);
        let levels: BTreeSet<&str> = value.forbids_levels.iter().map(|(_, level)| *level).collect();
        if !levels.is_empty() && raw.levels.iter().all(|level| levels.contains(level.name)) {
            let says = "the value excludes every level: no label with it is valid";
            findings.add("P046", place(value.node), says, &[value.name], &[]);
        }
        let needed = value.needs.iter().filter(|needs| needs.is_of_all()).flat_map(|needs| &needs.groups);
        for group in needed {
            if named(group).is_some_and(|needed| excluded.contains(&(needed, own))) {
                let says = "the value requires one that excludes it: no label with it is valid";
                findings.add("P046", place(group.node), says, &[value.name], group.lacv.as_slice());
            }
        }
    }
}

fn values<'r, 'd>(raw: &'r Raw<'d>) -> impl Iterator<Item = (&'r RawTag<'d>, &'r RawValue<'d>)> {
    raw.tags.iter().flat_map(|tag| tag.values.iter().map(move |value| (tag, value)))
}

fn of<'d>(tag: &RawTag<'d>, value: &RawValue<'d>) -> Key<'d> {
    (tag.set_name, tag.kind, tag.enumerated, code_key(value.lacv))
}

/// The one value that a group names.
fn named<'d>(group: &RawGroup<'d>) -> Option<Key<'d>> {
    let lacv = group.lacv.filter(|_| !group.all)?;
    Some((group.set, group.kind, group.enumerated, code_key(lacv)))
}
