//! What values and levels refer to: it exists, is one thing, and does not contradict itself.

use crate::policy::Kind;
use crate::spif::raw::code_key;
use crate::spif::{Findings, Raw, RawGroup, RawRequirement, RawTag, RawValue, place};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Most names that are told of values that share a code.
const NAMES_MAX: usize = 16;

/// Everything that a value refers to exists, and does not contradict itself.
pub(super) fn references(
    raw: &Raw<'_>,
    classes: &BTreeSet<&str>,
    value: &RawValue<'_>,
    findings: &mut Findings,
) {
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

/// Every value that is required stands in the policy.
pub(super) fn requirements(raw: &Raw<'_>, needs: &[RawRequirement<'_>], findings: &mut Findings) {
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
