//! Parts that say what the guard decides by, and stand where it does not look.

use super::flag::Flag;
use super::parent;
use alloc::vec::Vec;
use lockgate_record::{Form, GroupId, Node, NodeId, Role, Shape};

/// The parts of a type whose role nothing reads where they stand: a flag, an end of validity or a label in the rows of a
/// list, a time of observation or its day in a list inside of a list, a second label of its kind, a part of a label that stands in it twice or deeper than its values are looked for. An
/// object could say something there and be judged as if it did not, so no lane carries a type with such a part.
pub fn unread_roles(shape: &Shape) -> Vec<NodeId> {
    let unread = |(id, node): &(NodeId, &Node)| {
        (node.group != GroupId(0) && speaks_of_the_whole(node))
            || (!is_in_rows_of_the_whole(shape, node) && tells_time(node))
            || node.options.role.is_some_and(|role| match role.is_label() {
                true => shape.with_role(role) != Some(*id),
                false => role.is_marking() && !is_read_in_its_label(shape, *id, node, role),
            })
    };
    shape.nodes().filter(unread).map(|(id, _)| id).collect()
}

fn speaks_of_the_whole(node: &Node) -> bool {
    let is_of_the_whole =
        |role: Role| role.is_label() || matches!(role, Role::TimeValidFrom | Role::TimeExpires);
    Flag::of(node).is_some() || node.options.role.is_some_and(is_of_the_whole)
}

fn tells_time(node: &Node) -> bool {
    node.options.role.is_some_and(|role| role == Role::TimeObserved || role.is_reference_day())
}

/// True outside of lists, and in the rows of a list that stands in no other.
fn is_in_rows_of_the_whole(shape: &Shape, node: &Node) -> bool {
    let list = shape.group(node.group).and_then(|group| shape.node(group.node));
    node.group == GroupId(0) || list.is_some_and(|list| list.group == GroupId(0))
}

/// True where the part is the first of its role in its label, and stands where that label's words are read. Outside of
/// labels a marking that nothing reads is found in each object.
fn is_read_in_its_label(shape: &Shape, id: NodeId, node: &Node, role: Role) -> bool {
    let Some(whole) = label_part(shape, id) else { return true };
    let twice = shape
        .nodes()
        .take_while(|(other, _)| *other != id)
        .any(|(other, before)| before.options.role == Some(role) && label_part(shape, other) == Some(whole));
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
    !twice && stands_in == content(shape, whole)
}

/// The label, its successor or its category in which the part stands: the nearest of them.
fn label_part(shape: &Shape, id: NodeId) -> Option<NodeId> {
    let mut above = core::iter::successors(parent(shape, id), |id| parent(shape, *id));
    above.find(|id| {
        let role = shape.node(*id).and_then(|node| node.options.role);
        role.is_some_and(|role| {
            role.is_label() || matches!(role, Role::MarkingSuccessor | Role::MarkingCategory)
        })
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
