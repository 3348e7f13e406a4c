//! Where in a file something stands: element path and line, told for all findings of a file at once.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::{Document, Node, NodeId};

/// The place of a finding.
pub(crate) enum Place {
    /// In words.
    Said(String),
    /// At a node of the file; its path is told once all findings are there.
    Node(NodeId),
}

impl From<String> for Place {
    fn from(said: String) -> Self {
        Self::Said(said)
    }
}

/// The place of a node.
pub(crate) fn place(node: Node<'_, '_>) -> Place {
    Place::Node(node.id())
}

/// Element path and line of one node.
pub(crate) fn path(node: Node<'_, '_>) -> String {
    Paths::new(node.document()).of(node)
}

/// The paths of the nodes of a document. Siblings are counted once for each parent, and lines once for the file: however
/// many paths are asked for, the file is gone through once.
pub(crate) struct Paths<'d> {
    /// Where each line but the first begins.
    lines: Vec<usize>,
    /// The place of an element among those of its name, where there are several.
    nth: BTreeMap<usize, usize>,
    /// The parents whose children were counted.
    counted: BTreeSet<usize>,
    document: &'d Document<'d>,
    /// How many nodes and lines were looked at.
    pub(crate) steps: usize,
}

impl<'d> Paths<'d> {
    pub(crate) fn new(document: &'d Document<'d>) -> Self {
        let lines: Vec<usize> =
            document.input_text().match_indices('\n').map(|(at, _)| at.saturating_add(1)).collect();
        let steps = lines.len();
        Self { lines, nth: BTreeMap::new(), counted: BTreeSet::new(), document, steps }
    }

    /// The path of the node with this identifier.
    pub(crate) fn of_id(&mut self, id: NodeId) -> String {
        self.document.get_node(id).map_or_else(String::new, |node| self.of(node))
    }

    fn of(&mut self, node: Node<'_, '_>) -> String {
        let above: Vec<Node<'_, '_>> = node.ancestors().filter(Node::is_element).collect();
        let mut path = String::new();
        for element in above.iter().rev() {
            if let Some(parent) = element.parent() {
                self.count(parent);
            }
            self.steps = self.steps.saturating_add(1);
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(element.tag_name().name());
            if let Some(nth) = self.nth.get(&element.id().get_usize()) {
                path.push_str(&format!("[{nth}]"));
            }
        }
        let line = self.lines.partition_point(|begins| *begins <= node.range().start);
        format!("{path}:{}", line.saturating_add(1))
    }

    /// Numbers the children of `parent` by name.
    fn count(&mut self, parent: Node<'_, '_>) {
        if !self.counted.insert(parent.id().get_usize()) {
            return;
        }
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for child in parent.children() {
            self.steps = self.steps.saturating_add(1);
            if child.is_element() {
                by_name.entry(child.tag_name().name()).or_default().push(child.id().get_usize());
            }
        }
        for alike in by_name.into_values().filter(|alike| alike.len() > 1) {
            self.nth.extend((1..).zip(alike).map(|(nth, child)| (child, nth)));
        }
    }
}
