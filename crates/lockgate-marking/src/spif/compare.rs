//! Two editions of one policy file beside each other: what means something else now, what has gone, what has come.
//!
//! A label carries no edition, only words or codes, so a code that is given again is read by every old label as what it says
//! now (markings.md section 2, defect d).

use super::raw::code_key;
use super::{Findings, Raw, RawTag, RawValue, with_raw};
use crate::policy::membership;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use roxmltree::Node;

/// One thing that is otherwise in the new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of change, a word of [`CHANGES`].
    pub what: &'static str,
    /// The same as a sentence.
    pub says: String,
    /// The tag set, or the context, that it is about; empty for levels and the policy itself.
    pub of: String,
    /// The names concerned.
    pub names: Vec<String>,
    /// The codes (lacv, identifiers) concerned.
    pub codes: Vec<String>,
}

/// Every kind of change: the word, whether an old label means something else by it, and what it is.
pub const CHANGES: &[(&str, bool, &str)] = &[
    ("policy", true, "another name or identifier of the policy"),
    ("code-means", true, "a code stands for another level or value"),
    ("levels-turned", true, "of two levels the other one is the higher now"),
    ("type", true, "a value limits readers in another way: restrictive, permissive, informative"),
    ("set-id", true, "a tag set has another identifier"),
    ("name-code", false, "a level or value has another code"),
    ("set-name", false, "a tag set has another name"),
    ("limits", false, "values go with other levels"),
    ("gone", false, "levels, tag sets, values or members that are not there any more"),
    ("new", false, "levels, tag sets, values or members that were not there"),
];

/// What `new` says otherwise than `old`: first what changes the meaning of old labels. `None` where one of them cannot be read
/// as a policy file at all; what is wrong with each, [`super::check`] says.
pub fn compare(old: &[u8], new: &[u8]) -> Option<Vec<Change>> {
    let (mut ours, mut theirs) = (Findings::default(), Findings::default());
    with_raw(old, &mut ours, |old, _| with_raw(new, &mut theirs, |new, _| changes(old, new).list))?
}

pub(super) fn changes(old: &Raw<'_>, new: &Raw<'_>) -> Changes {
    let mut changes = Changes::default();
    if old.name != new.name || old.id != new.id {
        let says = "the files are of two policies, by name or identifier";
        changes.add("policy", "", says, [old.name, new.name], [old.id, new.id]);
    }
    levels(old, new, &mut changes);
    sets(old, new, &mut changes);
    members(old, new, &mut changes);
    let order = |change: &Change| CHANGES.iter().position(|(word, ..)| *word == change.what);
    changes.list.sort_by_key(order);
    changes
}

/// Most pairs of levels that are told; of anything else there is no more than the files have lines.
const TURNED_MAX: usize = 500;

/// Changes as they are found.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) list: Vec<Change>,
    /// How many pairs of levels were looked at.
    pub(super) steps: usize,
}

impl Changes {
    /// Pairs of levels, in the order of the old file.
    fn turned(&mut self, pairs: &BTreeSet<(usize, usize, &str, &str)>) {
        for (_, _, one, other) in pairs {
            let says = "of these two levels the other one is the higher now";
            self.add("levels-turned", "", says, [*one, *other], []);
        }
    }

    fn add<'t>(
        &mut self,
        what: &'static str,
        of: &str,
        says: impl Into<String>,
        names: impl IntoIterator<Item = &'t str>,
        codes: impl IntoIterator<Item = &'t str>,
    ) {
        let owned = |text: &str| text.to_string();
        let names = names.into_iter().map(owned).collect();
        let codes = codes.into_iter().map(owned).collect();
        self.list.push(Change { what, says: says.into(), of: of.into(), names, codes });
    }

    /// What is in one of both and not in the other.
    fn come_and_gone<'t>(&mut self, of: &str, kind: &str, old: &BTreeSet<&'t str>, new: &BTreeSet<&'t str>) {
        for (what, says, mut names) in [
            ("gone", "not there any more", old.difference(new).copied().peekable()),
            ("new", "not there before", new.difference(old).copied().peekable()),
        ] {
            if names.peek().is_some() {
                self.add(what, of, format!("{kind}, {says}"), names, []);
            }
        }
    }

    /// Names and codes of the levels, or of the values of one tag set.
    fn coded(&mut self, of: &str, kind: &str, old: &Coded<'_>, new: &Coded<'_>) {
        for (code, names) in &old.by_code {
            let Some((now, written)) = new.by_code.get(code) else { continue };
            let more: Vec<&str> = now.difference(&names.0).copied().collect();
            if !more.is_empty() {
                let says = format!("a code that stands for another {kind} in labels made before");
                self.add("code-means", of, says, names.0.iter().copied().chain(more), [*written]);
            }
        }
        for (name, codes) in &old.by_name {
            let Some(now) = new.by_name.get(name) else { continue };
            if codes.keys().any(|code| !now.contains_key(code)) {
                let all = codes.values().chain(now.values()).copied();
                self.add("name-code", of, format!("a {kind} that has another code now"), [*name], all);
            }
        }
        let (before, now) = (old.by_name.keys().copied().collect(), new.by_name.keys().copied().collect());
        self.come_and_gone(of, &format!("{kind}s"), &before, &now);
    }
}

/// A code by which two are one, whatever zeros stand before it.
type Code<'d> = (bool, &'d str);

/// Names and codes of one list.
#[derive(Default)]
struct Coded<'d> {
    by_code: BTreeMap<Code<'d>, (BTreeSet<&'d str>, &'d str)>,
    by_name: BTreeMap<&'d str, BTreeMap<Code<'d>, &'d str>>,
}

impl<'d> Coded<'d> {
    fn put(&mut self, name: &'d str, code: &'d str) {
        let (name, key) = (name.trim(), code_key(code));
        let named = self.by_name.entry(name).or_default();
        if !code.is_empty() {
            named.insert(key, code);
            self.by_code.entry(key).or_insert_with(|| (BTreeSet::new(), code)).0.insert(name);
        }
    }
}

fn levels(old: &Raw<'_>, new: &Raw<'_>, changes: &mut Changes) {
    changes.coded("", "level", &of_levels(old), &of_levels(new));
    turned(&places(old), &places(new), changes);
}

/// Where each level stands, and which of the file it is; of two with one name the first.
fn places<'d>(raw: &Raw<'d>) -> BTreeMap<&'d str, (usize, Option<i64>)> {
    let mut places = BTreeMap::new();
    for (at, level) in raw.levels.iter().enumerate() {
        places.entry(level.name).or_insert((at, level.hierarchy));
    }
    places
}

/// Pairs of levels that stand otherwise to one another than before. Levels are taken from the lowest of the old file on, and each looks
/// only at those before it with which it makes such a pair: nothing is looked at that is not told, and what is told is bounded.
fn turned(
    old: &BTreeMap<&str, (usize, Option<i64>)>,
    new: &BTreeMap<&str, (usize, Option<i64>)>,
    changes: &mut Changes,
) {
    let mut levels: Vec<(i64, i64, usize, &str)> = Vec::new();
    for (name, (at, place)) in old {
        let now = new.get(name).and_then(|(_, now)| *now);
        levels.extend(place.zip(now).map(|(before, now)| (before, now, *at, *name)));
    }
    levels.sort_unstable();
    let (mut lower, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for equal in levels.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut beside: BTreeSet<(i64, usize, &str)> = BTreeSet::new();
        for (_, now, at, name) in equal {
            // Of those that were lower the ones that are not any more, and of those that were equal the ones that are lower now.
            let from = (*now, 0, "");
            for (_, other, its) in lower.range(from..).chain(beside.range(..from)) {
                changes.steps = changes.steps.saturating_add(1);
                if pairs.len() >= TURNED_MAX {
                    changes.turned(&pairs);
                    let says = "there are more levels of which the other one is the higher now than are told";
                    return changes.add("levels-turned", "", says, [], []);
                }
                pairs.insert(if at < other {
                    (*at, *other, *name, *its)
                } else {
                    (*other, *at, *its, *name)
                });
            }
            beside.insert((*now, *at, *name));
        }
        lower.append(&mut beside);
    }
    changes.turned(&pairs);
}

fn of_levels<'d>(raw: &Raw<'d>) -> Coded<'d> {
    let mut coded = Coded::default();
    for level in &raw.levels {
        coded.put(level.name, level.node.attribute("lacv").unwrap_or(""));
    }
    coded
}

fn of_values<'d>(tags: &[&RawTag<'d>]) -> Coded<'d> {
    let mut coded = Coded::default();
    tags.iter().flat_map(|tag| &tag.values).for_each(|value| coded.put(value.name, value.lacv));
    coded
}

/// Tag sets are one by their identifier, as labels are.
fn sets(old: &Raw<'_>, new: &Raw<'_>, changes: &mut Changes) {
    let (ours, theirs) = (by_set(old), by_set(new));
    for (id, (name, tags)) in &ours {
        let Some((now, tags_now)) = theirs.get(id) else { continue };
        if name != now {
            changes.add("set-name", now, "a tag set that has another name now", [*name, *now], [*id]);
        }
        values(now, tags, tags_now, changes);
    }
    let mut come: BTreeMap<&str, &str> = BTreeMap::new();
    for (other, (now, _)) in theirs.iter().filter(|(other, _)| !ours.contains_key(*other)) {
        come.entry(now).or_insert(other);
    }
    for (id, (name, _)) in ours.iter().filter(|(id, _)| !theirs.contains_key(*id)) {
        if let Some(other) = come.get(name) {
            let says = "a tag set that has another identifier now";
            changes.add("set-id", name, says, [*name], [*id, *other]);
        }
    }
    changes.come_and_gone("", "tag sets", &missing(&ours, &theirs), &missing(&theirs, &ours));
}

/// The names of the sets whose identifiers `others` does not have.
fn missing<'d>(sets: &BySet<'d>, others: &BySet<'_>) -> BTreeSet<&'d str> {
    let missing = sets.iter().filter(|(id, _)| !others.contains_key(*id));
    missing.map(|(_, (name, _))| *name).collect()
}

/// Name and tags of each tag set, by its identifier.
type BySet<'d> = BTreeMap<&'d str, (&'d str, Vec<&'d RawTag<'d>>)>;

fn by_set<'d>(raw: &'d Raw<'d>) -> BySet<'d> {
    let mut sets: BySet<'d> = BTreeMap::new();
    for tag in &raw.tags {
        sets.entry(tag.set_id).or_insert_with(|| (tag.set_name, Vec::new())).1.push(tag);
    }
    sets
}

/// The values of one tag set.
fn values(of: &str, old: &[&RawTag<'_>], new: &[&RawTag<'_>], changes: &mut Changes) {
    changes.coded(of, "value", &of_values(old), &of_values(new));
    let (kinds, kinds_now) = (told(old, kind), told(new, kind));
    let (limits, limits_now) = (told(old, limit), told(new, limit));
    for (what, says, old, new) in [
        ("type", "values that limit readers in another way now", &kinds, &kinds_now),
        ("limits", "values that go with other levels now", &limits, &limits_now),
    ] {
        let other =
            |(name, told): &(&String, &BTreeSet<String>)| new.get(*name).is_some_and(|now| now != *told);
        let mut names = old.iter().filter(other).map(|(name, _)| name.as_str()).peekable();
        if names.peek().is_some() {
            changes.add(what, of, says, names, []);
        }
    }
}

/// What is told of each value, by its name.
fn told(
    tags: &[&RawTag<'_>],
    of: impl Fn(&RawTag<'_>, &RawValue<'_>) -> BTreeSet<String>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for tag in tags {
        for value in &tag.values {
            told.entry(value.name.trim().to_string()).or_default().extend(of(tag, value));
        }
    }
    told
}

fn kind(tag: &RawTag<'_>, _: &RawValue<'_>) -> BTreeSet<String> {
    tag.kind.iter().map(|kind| kind.name().to_string()).collect()
}

fn limit(_: &RawTag<'_>, value: &RawValue<'_>) -> BTreeSet<String> {
    let needed = value.needs_level.iter().map(|level| format!("requires {level}"));
    needed.chain(value.forbids_levels.iter().map(|(_, level)| format!("excludes {level}"))).collect()
}

/// Who belongs to a context, where the files say.
fn members(old: &Raw<'_>, new: &Raw<'_>, changes: &mut Changes) {
    let (ours, theirs) = (by_context(old.root), by_context(new.root));
    let (ours_named, theirs_named) = (ours.keys().copied().collect(), theirs.keys().copied().collect());
    changes.come_and_gone("", "lists of members", &ours_named, &theirs_named);
    for (context, members) in &ours {
        if let Some(now) = theirs.get(context) {
            changes.come_and_gone(context, "members", members, now);
        }
    }
}

fn by_context<'d>(root: Node<'d, 'd>) -> BTreeMap<&'d str, BTreeSet<&'d str>> {
    let mut lists: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for list in membership::lists(root) {
        let named = list.children().filter(|node| node.tag_name().name() == "member");
        let names = named.map(|member| membership::attribute(member, "name"));
        lists.entry(membership::attribute(list, "name")).or_default().extend(names);
    }
    lists
}
