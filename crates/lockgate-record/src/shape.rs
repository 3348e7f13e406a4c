//! The tree of fields that a type describes, and where each value of it stands in a record.

use crate::{Kind, Role};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Decimal;

/// A node of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u16);

/// A kind of block: the record itself (group 0), or the rows of one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u16);

/// The cell of a node within its block. Slot 0 of every block is the record's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// The shape of a type: everything that rules, redaction, fixtures and accounts may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    nodes: Vec<Node>,
    groups: Vec<Group>,
    /// The node of each slot of each group.
    slots: Vec<Vec<NodeId>>,
}

/// How many cells a block of a group has, and whose rows they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Cells, slot 0 included.
    pub width: u16,
    /// The list whose rows these are, or the record.
    pub node: NodeId,
}

/// What stands at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// The record, or an element that stands at most once: its own cell says whether it is there.
    Section,
    /// An element that repeats: its cell leads to the rows.
    List {
        /// The group of its rows.
        rows: GroupId,
        /// Fewest rows.
        min: u16,
        /// Most rows.
        max: u16,
    },
    /// A value.
    Value(Kind),
}

/// One named thing of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its own name.
    pub name: String,
    /// The dotted path from the record's name; `[]` after each list.
    pub path: String,
    /// The section or list it stands in; `None` for the record.
    pub parent: Option<NodeId>,
    /// The group of the block that holds its cell.
    pub group: GroupId,
    /// Its cell in that block.
    pub slot: Slot,
    /// What stands here.
    pub form: Form,
    /// What stands inside it, in order.
    pub children: Vec<NodeId>,
    /// Flags and annotations.
    pub options: NodeOptions,
}

impl Node {
    /// The role for which this part is never left out of what is released: its own, or one that some of its values mean.
    pub fn never_left_out(&self) -> Option<Role> {
        self.options.never_left_out(match &self.form {
            Form::Value(kind) => Some(kind),
            Form::Section | Form::List { .. } => None,
        })
    }
}

impl NodeOptions {
    /// The same, of a part with these options that is a value of this kind, or no value.
    pub fn never_left_out(&self, kind: Option<&Kind>) -> Option<Role> {
        let own = self.role.filter(|role| role.is_never_drop_safe());
        let listed = || self.meanings.first().map(|(_, role)| *role);
        let coded = || match kind {
            Some(Kind::Code(tree)) => tree.meanings().first().map(|(_, role)| *role),
            _ => None,
        };
        own.or_else(listed).or_else(coded)
    }
}

/// Flags and annotations of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeOptions {
    /// May be absent.
    pub optional: bool,
    /// What it means to the guard.
    pub role: Option<Role>,
    /// The unit of its value in rules and accounts.
    pub unit: Option<String>,
    /// The value by which senders say that they do not know.
    pub unknown: Option<Decimal>,
    /// Values of an enumeration, by index, that mean a flag to the guard.
    pub meanings: Vec<(u16, Role)>,
    /// Redactable for reasons of sensitivity.
    pub sensitive: bool,
    /// Removing it leaves a valid object.
    pub drop_safe: bool,
    /// Left out of the word scan, with the author's reason.
    pub unscanned: Option<String>,
}

impl Shape {
    /// All nodes; the first is the record.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().zip(0..=u16::MAX).map(|(node, id)| (NodeId(id), node))
    }

    /// The node `id`.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::from(id.0))
    }

    /// The group `id`.
    pub fn group(&self, id: GroupId) -> Option<Group> {
        self.groups.get(usize::from(id.0)).copied()
    }

    /// The node whose cell is `slot` in the blocks of `group`; slot 0 is that of the record or of the list.
    pub fn at(&self, group: GroupId, slot: Slot) -> Option<NodeId> {
        self.slots.get(usize::from(group.0))?.get(usize::from(slot.0)).copied()
    }

    /// The record's own node.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// The record's name.
    pub fn name(&self) -> &str {
        self.nodes.first().map_or("", |node| node.name.as_str())
    }

    /// The child of `parent` with this name.
    pub fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        let parent = self.node(parent)?;
        parent.children.iter().copied().find(|id| self.node(*id).is_some_and(|node| node.name == name))
    }

    /// The node at a dotted path from the record's name, list rows left out: `event.detail.link.uid`.
    pub fn find(&self, path: &str) -> Option<NodeId> {
        let mut names = path.split('.');
        (names.next() == Some(self.name())).then_some(())?;
        names.try_fold(self.root(), |node, name| self.child(node, name))
    }

    /// The first node with this role, in order of description.
    pub fn with_role(&self, role: Role) -> Option<NodeId> {
        self.nodes().find(|(_, node)| node.options.role == Some(role)).map(|(id, _)| id)
    }
}

/// Builds a [`Shape`] top-down.
#[derive(Debug)]
pub struct ShapeBuilder {
    shape: Shape,
}

impl ShapeBuilder {
    /// A record with this name.
    pub fn new(record: &str) -> Self {
        let root = Node {
            name: record.to_owned(),
            path: record.to_owned(),
            parent: None,
            group: GroupId(0),
            slot: Slot(0),
            form: Form::Section,
            children: Vec::new(),
            options: NodeOptions::default(),
        };
        let group = Group { width: 1, node: NodeId(0) };
        let slots = alloc::vec![alloc::vec![NodeId(0)]];
        Self { shape: Shape { nodes: alloc::vec![root], groups: alloc::vec![group], slots } }
    }

    /// Adds an element that stands at most once. `None` where the shape is full (65,535 nodes or cells).
    pub fn section(&mut self, parent: NodeId, name: &str, options: NodeOptions) -> Option<NodeId> {
        self.add(parent, name, Form::Section, options)
    }

    /// Adds a list of `min` to `max` rows.
    pub fn list(
        &mut self,
        parent: NodeId,
        name: &str,
        min: u16,
        max: u16,
        options: NodeOptions,
    ) -> Option<NodeId> {
        let rows = GroupId(u16::try_from(self.shape.groups.len()).ok()?);
        let id = self.add(parent, name, Form::List { rows, min, max }, options)?;
        self.shape.groups.push(Group { width: 1, node: id });
        self.shape.slots.push(alloc::vec![id]);
        Some(id)
    }

    /// Adds a value.
    pub fn value(&mut self, parent: NodeId, name: &str, kind: Kind, options: NodeOptions) -> Option<NodeId> {
        self.add(parent, name, Form::Value(kind), options)
    }

    /// The finished shape.
    pub fn finish(self) -> Shape {
        self.shape
    }

    fn add(&mut self, parent: NodeId, name: &str, form: Form, options: NodeOptions) -> Option<NodeId> {
        let id = NodeId(u16::try_from(self.shape.nodes.len()).ok()?);
        let above = self.shape.node(parent)?;
        let (group, path) = match above.form {
            Form::List { rows, .. } => (rows, format!("{}[].{name}", above.path)),
            Form::Section | Form::Value(_) => (above.group, format!("{}.{name}", above.path)),
        };
        let block = self.shape.groups.get_mut(usize::from(group.0))?;
        let slot = Slot(block.width);
        block.width = block.width.checked_add(1)?;
        self.shape.slots.get_mut(usize::from(group.0))?.push(id);
        self.shape.nodes.push(Node {
            name: name.to_owned(),
            path,
            parent: Some(parent),
            group,
            slot,
            form,
            children: Vec::new(),
            options,
        });
        self.shape.nodes.get_mut(usize::from(parent.0))?.children.push(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeId, NodeOptions, ShapeBuilder};
    use crate::{Kind, Place};
    use alloc::string::String;

    #[test]
    fn paths_groups_and_slots() {
        let mut build = ShapeBuilder::new("event");
        let root = NodeId(0);
        let detail = build.section(root, "detail", NodeOptions::default()).unwrap();
        let link = build.list(detail, "link", 0, 8, NodeOptions::default()).unwrap();
        let uid = build.value(link, "uid", Kind::Flag, NodeOptions::default()).unwrap();
        let how = build.value(detail, "how", Kind::Time, NodeOptions::default()).unwrap();
        let shape = build.finish();
        assert_eq!(shape.find("event.detail.link.uid"), Some(uid));
        assert_eq!(shape.find("event.detail.uid"), None);
        assert_eq!(shape.node(how).unwrap().group.0, 0);
        assert_eq!(shape.node(uid).unwrap().slot.0, 1);
        for (id, node) in shape.nodes() {
            assert_eq!(shape.at(node.group, node.slot), Some(id));
        }
        let mut text = String::new();
        Place::of(uid).in_row(2).write(&shape, &mut text).unwrap();
        assert_eq!(text, "event.detail.link[2].uid");
    }
}
