//! Parts that say what the guard decides by, and stand where it does not look.

use super::flag::Flag;
use super::{is_below_label, outside_label, parent};
use alloc::vec::Vec;
use lockgate_record::{Form, GroupId, Node, NodeId, Role, Shape};

/// The parts of a type whose role nothing reads where they stand: a flag or a label in the rows of a list, a time of the
/// object anywhere but in the one field that is read for it (of observation, or the day from which it counts: but in the rows
/// of a list that stands in no other), a second label of its kind, a part of a label that stands in it
/// twice, deeper than its values are looked for, or where its kind does not belong, and attributes that ISM does not have. An object could say something there and
/// be judged as if it did not, so no lane carries a type with such a part.
pub fn unread_roles(shape: &Shape) -> Vec<NodeId> {
    let unread = |(id, node): &(NodeId, &Node)| {
        let flag = node.group != GroupId(0) && Flag::of(node).is_some();
        flag || node.options.role.is_some_and(|role| is_unread(shape, *id, node, role))
    };
    shape.nodes().filter(unread).map(|(id, _)| id).collect()
}

fn is_unread(shape: &Shape, id: NodeId, node: &Node, role: Role) -> bool {
    match role {
        // Read like this by `Observed::find`.
        Role::TimeObserved if node.group != GroupId(0) => !is_in_rows_of_the_whole(shape, id, node),
        _ if role.is_reference_day() => !is_in_rows_of_the_whole(shape, id, node),
        // Read like this by `Carriers::find`.
        Role::TimeObserved | Role::TimeValidFrom | Role::TimeExpires => {
            outside_label(shape, role) != Some(id)
        }
        _ if role.is_label() => {
            let nested = parent(shape, id).is_some_and(|above| is_below_label(shape, above));
            node.group != GroupId(0) || nested || shape.with_role(role) != Some(id)
        }
        Role::MarkingIsm if lockgate_marking::ism_attribute(&node.name).is_none() => true,
        _ => role.is_marking() && !is_read_in_its_label(shape, id, node, role),
    }
}

/// True outside of lists, and in the rows of a list that stands in no other; not in a label.
fn is_in_rows_of_the_whole(shape: &Shape, id: NodeId, node: &Node) -> bool {
    let list = shape.group(node.group).and_then(|group| shape.node(group.node));
    let outer = node.group == GroupId(0) || list.is_some_and(|list| list.group == GroupId(0));
    outer && !is_below_label(shape, id)
}

/// True where the part is the first of its role in its label, and stands where that label's words are read. Outside of
/// labels a marking that nothing reads is found in each object.
fn is_read_in_its_label(shape: &Shape, id: NodeId, node: &Node, role: Role) -> bool {
    let Some((whole, part)) = label_part(shape, id) else { return true };
    let in_whole = |other| label_part(shape, other).is_some_and(|(known, _)| known == whole);
    let twice = shape
        .nodes()
        .take_while(|(other, _)| *other != id)
        .any(|(other, before)| before.options.role == Some(role) && in_whole(other));
    let list = match role {
        Role::MarkingCategory => Some(id),
        Role::MarkingValue => node.parent,
        _ => None,
    };
    let stands_in = match list {
        // Of a list, the list itself counts.
        Some(list) => {
            shape.node(list).filter(|list| matches!(list.form, Form::List { .. })).map(|list| list.group)
        }
        None => Some(node.group),
    };
    belongs(role, part) && !twice && stands_in == content(shape, whole)
}

/// True where words of this role are looked for in a label, in its successor or in a category.
fn belongs(role: Role, part: Role) -> bool {
    match role {
        Role::MarkingTagName | Role::MarkingTagType | Role::MarkingTagId | Role::MarkingValue => {
            part == Role::MarkingCategory
        }
        Role::MarkingPolicy
        | Role::MarkingPolicyId
        | Role::MarkingLevel
        | Role::MarkingPrivacyMark
        | Role::MarkingCategory
        | Role::MarkingCreated
        | Role::MarkingReview => part != Role::MarkingCategory,
        // What succeeds a label is succeeded by nothing.
        Role::MarkingSuccession | Role::MarkingSuccessor => part.is_label(),
        _ => false,
    }
}

/// The label, its successor or its category in which the part stands: the nearest of them, and which it is.
fn label_part(shape: &Shape, id: NodeId) -> Option<(NodeId, Role)> {
    let mut above = core::iter::successors(parent(shape, id), |id| parent(shape, *id));
    above.find_map(|id| {
        let role = shape.node(id)?.options.role?;
        let whole = role.is_label() || matches!(role, Role::MarkingSuccessor | Role::MarkingCategory);
        whole.then_some((id, role))
    })
}

/// The group of what stands in a part: of a list, that of its rows.
fn content(shape: &Shape, id: NodeId) -> Option<GroupId> {
    let node = shape.node(id)?;
    match node.form {
        Form::List { rows, .. } => Some(rows),
        Form::Section | Form::Value(_) => Some(node.group),
    }
}

#[cfg(test)]
mod tests {
    use super::unread_roles;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use lockgate_record::{Charset, Kind, NodeId, NodeOptions, Role, Shape, ShapeBuilder};

    const ROOT: NodeId = NodeId(0);

    fn is(role: Role) -> NodeOptions {
        NodeOptions { role: Some(role), ..NodeOptions::default() }
    }

    fn text() -> Kind {
        Kind::Text { min: 1, max: 9, charset: Charset::Printable }
    }

    fn unread(build: impl FnOnce(&mut ShapeBuilder)) -> Vec<String> {
        let mut shape = ShapeBuilder::new("r");
        build(&mut shape);
        let shape: Shape = shape.finish();
        unread_roles(&shape).iter().map(|id| shape.node(*id).unwrap().path.to_string()).collect()
    }

    /// A label with its level and one list of categories.
    fn label(build: &mut ShapeBuilder, within: NodeId, name: &str, role: Role) -> (NodeId, NodeId) {
        let label = build.section(within, name, is(role)).unwrap();
        build.value(label, "level", text(), is(Role::MarkingLevel)).unwrap();
        let category = build.list(label, "category", 0, 9, is(Role::MarkingCategory)).unwrap();
        build.value(category, "tag", text(), is(Role::MarkingTagName)).unwrap();
        let values = build.list(category, "values", 0, 9, NodeOptions::default()).unwrap();
        build.value(values, "value", text(), is(Role::MarkingValue)).unwrap();
        (label, category)
    }

    #[test]
    fn a_label_with_all_that_may_stand_in_it_is_read() {
        let found = unread(|build| {
            let (own, _) = label(build, ROOT, "label", Role::MarkingLabel);
            label(build, own, "next", Role::MarkingSuccessor);
            let others = build.list(ROOT, "others", 0, 9, is(Role::MarkingAlternativeLabel)).unwrap();
            build.value(others, "level", text(), is(Role::MarkingLevel)).unwrap();
            build.value(ROOT, "at", Kind::Time, is(Role::TimeObserved)).unwrap();
            build.value(ROOT, "exercise", Kind::Flag, is(Role::FlagExercise)).unwrap();
        });
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn what_speaks_of_the_whole_object_is_not_read_in_a_list() {
        let found = unread(|build| {
            let list = build.list(ROOT, "l", 0, 9, NodeOptions::default()).unwrap();
            build.value(list, "at", Kind::Time, is(Role::TimeExpires)).unwrap();
            build.value(list, "exercise", Kind::Flag, is(Role::FlagExercise)).unwrap();
            let meanings = Vec::from([(0, Role::FlagSimulation)]);
            let kind = Kind::Enum(Vec::from(["simulated".to_string()]));
            build.value(list, "kind", kind, NodeOptions { meanings, ..NodeOptions::default() }).unwrap();
            build.section(list, "label", is(Role::MarkingLabel)).unwrap();
        });
        assert_eq!(found, ["r.l[].at", "r.l[].exercise", "r.l[].kind", "r.l[].label"]);
    }

    #[test]
    fn a_time_is_read_in_one_field_only() {
        let found = unread(|build| {
            build.value(ROOT, "until", Kind::Time, is(Role::TimeExpires)).unwrap();
            let (own, _) = label(build, ROOT, "label", Role::MarkingLabel);
            build.value(own, "from", Kind::Time, is(Role::TimeValidFrom)).unwrap();
            for name in ["track", "again"] {
                let track = build.section(ROOT, name, NodeOptions::default()).unwrap();
                build.value(track, "seen", Kind::Time, is(Role::TimeObserved)).unwrap();
                build.value(track, "until", Kind::Time, is(Role::TimeExpires)).unwrap();
            }
        });
        assert_eq!(found, ["r.label.from", "r.track.until", "r.again.seen", "r.again.until"]);
    }

    #[test]
    fn what_succeeds_a_label_is_not_succeeded_itself() {
        let found = unread(|build| {
            let (own, _) = label(build, ROOT, "label", Role::MarkingLabel);
            build.value(own, "on", Kind::Time, is(Role::MarkingSuccession)).unwrap();
            let (next, _) = label(build, own, "next", Role::MarkingSuccessor);
            build.value(next, "on", Kind::Time, is(Role::MarkingSuccession)).unwrap();
            label(build, next, "last", Role::MarkingSuccessor);
        });
        assert_eq!(found, ["r.label.next.on", "r.label.next.last"]);
    }

    #[test]
    fn words_of_a_label_belong_in_one_of_its_parts() {
        let found = unread(|build| {
            let (own, category) = label(build, ROOT, "label", Role::MarkingLabel);
            build.value(own, "name", text(), is(Role::MarkingTagName)).unwrap();
            build.value(own, "banner", text(), is(Role::MarkingBanner)).unwrap();
            build.value(own, "caveat", text(), is(Role::MarkingCaveatText)).unwrap();
            build.value(category, "policy", text(), is(Role::MarkingPolicy)).unwrap();
            label(build, category, "next", Role::MarkingSuccessor);
            label(build, own, "beside", Role::MarkingAlternativeLabel);
        });
        let expected = [
            "r.label.name",
            "r.label.banner",
            "r.label.caveat",
            "r.label.category[].policy",
            "r.label.category[].next",
            "r.label.beside",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_second_label_and_a_second_word_of_one_are_not_read() {
        let found = unread(|build| {
            let (own, category) = label(build, ROOT, "label", Role::MarkingLabel);
            build.value(own, "again", text(), is(Role::MarkingLevel)).unwrap();
            build.value(category, "again", text(), is(Role::MarkingTagName)).unwrap();
            build.list(own, "more", 0, 9, is(Role::MarkingCategory)).unwrap();
            label(build, ROOT, "second", Role::MarkingLabel);
        });
        assert_eq!(found, ["r.label.again", "r.label.category[].again", "r.label.more", "r.second"]);
    }

    #[test]
    fn words_of_a_label_that_stand_too_deep_are_not_read() {
        let found = unread(|build| {
            let own = build.section(ROOT, "label", is(Role::MarkingLabel)).unwrap();
            let list = build.list(own, "l", 0, 9, NodeOptions::default()).unwrap();
            build.value(list, "level", text(), is(Role::MarkingLevel)).unwrap();
            let category = build.section(own, "category", is(Role::MarkingCategory)).unwrap();
            build.value(category, "value", text(), is(Role::MarkingValue)).unwrap();
        });
        assert_eq!(found, ["r.label.l[].level", "r.label.category", "r.label.category.value"]);
    }
}
