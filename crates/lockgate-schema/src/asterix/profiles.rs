//! User application profiles that a value of an item chooses: `uaps`, as of category 1.

use super::contents::Writer;
use super::tree::Line;

/// Writes the slots that all profiles share, then a choice of the others. Items of a profile have its name before
/// theirs: the same item may stand in another slot of each.
pub(super) fn write(writer: &mut Writer, items: &Line, profiles: &Line) {
    let variations = profiles.children.iter().find(|line| line.text == "variations");
    let case = profiles.children.iter().find(|line| line.word(0) == Some("case"));
    let (Some(variations), Some(case)) = (variations, case) else {
        return writer
            .refuse(profiles, "profiles without `variations`, or without the `case` that chooses one");
    };
    let Some((by, first)) = case.word(1).zip(variations.children.first()) else {
        return writer.refuse(case, "a case without a value, or without a profile");
    };
    let same = |at: usize, slot: &Line| {
        variations
            .children
            .iter()
            .all(|other| other.children.get(at).is_some_and(|own| own.text == slot.text))
    };
    let shared = first.children.iter().enumerate().take_while(|(at, slot)| same(*at, slot)).count();
    let (item, value) = by.split_once('/').map_or((by, None), |(item, value)| (item, Some(value)));
    if !first.children.iter().take(shared).any(|slot| slot.text == item) {
        return writer.refuse(case, "a value of an item that is not before all that depends on it");
    }
    let low = item.to_lowercase();
    writer.chooses(&low, by.to_lowercase());
    writer.slots(items, first, 0..shared, "", 4);
    let path = value.map_or(format!("i{low}"), |value| format!("i{low}.{}", value.to_lowercase()));
    writer.line(4, &format!("choice by=\"{path}\" mask=inside {{"));
    for chosen in &case.children {
        let parts = chosen.text.split_once(':').map(|(number, name)| (number.parse::<u64>(), name.trim()));
        let named = |name: &str| variations.children.iter().find(|profile| profile.text == name);
        let Some((number, (profile, name))) =
            parts.and_then(|(number, name)| Some((number.ok()?, (named(name)?, name.to_lowercase()))))
        else {
            writer.refuse(chosen, "a case of this kind");
            continue;
        };
        writer.line(5, &format!("case {number} {{"));
        writer.slots(items, profile, shared..profile.children.len(), &format!("{name}_"), 6);
        writer.line(5, "}");
    }
    writer.line(4, "}");
}
