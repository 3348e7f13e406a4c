//! Whether every content-bearing part of a document is inside something that a label is bound to.

use crate::model::is_blank;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use roxmltree::{Document, Node, NodeId};

/// The first content of `document` that stands neither in one of `parts` nor in `aside`, the binding itself. Content is
/// an attribute, a text, a comment, an instruction, or an element with nothing bound inside.
pub(crate) fn unbound<'a, 'i>(
    document: &'a Document<'i>,
    aside: NodeId,
    parts: &BTreeSet<u32>,
) -> Option<Node<'a, 'i>> {
    let mut around = BTreeSet::new();
    for id in parts.iter().copied().chain([aside.get()]) {
        let ancestors =
            document.get_node(NodeId::new(id)).into_iter().flat_map(|node| node.ancestors().skip(1));
        for node in ancestors {
            if !around.insert(node.id().get()) {
                break;
            }
        }
    }
    let mut open: Vec<Node<'a, 'i>> = Vec::from([document.root()]);
    while let Some(node) = open.pop() {
        if node.id() == aside || parts.contains(&node.id().get()) {
            continue;
        }
        let plain = node.is_root() || node.is_element();
        let stands_around = plain && around.contains(&node.id().get());
        if stands_around && node.attributes().len() == 0 {
            open.extend(node.children());
        } else if !(node.is_text() && is_blank(node.text())) {
            return Some(node);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unbound;
    use alloc::collections::BTreeSet;
    use roxmltree::Document;

    /// Whether everything is bound, with the elements `p` bound and `b` aside.
    fn all_bound(text: &str) -> bool {
        let document = Document::parse(text).unwrap();
        let named = |name: &'static str| {
            document.descendants().filter(move |node| node.has_tag_name(name)).map(|node| node.id())
        };
        let aside = named("b").next().unwrap();
        unbound(&document, aside, &named("p").map(|id| id.get()).collect::<BTreeSet<_>>()).is_none()
    }

    #[test]
    fn an_unbound_part_is_unlabelled_rule_33() {
        for text in
            ["<d><b/><p>x</p><p a='1'><q/></p></d>", "<d> <b/>\n<s><p/></s> </d>", "<d><s><b x='1'/></s></d>"]
        {
            assert!(all_bound(text), "{text}");
        }
        for text in [
            "<d><b/><p>x</p><q/></d>",
            "<d><b/><p/>text</d>",
            "<d a='SECRET'><b/><p/></d>",
            "<d><b/><p/><!-- note --></d>",
            "<!-- note --><d><b/><p/></d>",
            "<d><b/><p/></d><?run it?>",
            "<d><b/><s><p/><q/></s></d>",
            "<d><b/><s t='1'><p/></s></d>",
            "<d><b/><p/>\u{a0}</d>",
        ] {
            assert!(!all_bound(text), "{text}");
        }
    }
}
