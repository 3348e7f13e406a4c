//! What the references of a signature cover, each with its digest checked.

use super::algorithm::{Hash, Transform, transforms};
use super::{decoded, signing_time};
use crate::canonical;
use crate::model::{Reference, elements, is, is_blank, span, unreadable};
use crate::reference::{Hand, Target};
use crate::words::{MANIFEST, SIGNATURE, XADES};
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};
use roxmltree::{Node, NodeId};

/// Most references of one signature, those of its manifests among them.
const REFERENCES_MAX: usize = 256;

/// What a signature covers so far.
pub(super) struct Cover<'s, 'a, 'i> {
    hand: &'s Hand<'a, 'i>,
    object: &'s [u8],
    signature: NodeId,
    most: &'s mut usize,
    covered: Covered,
    seen: usize,
}

/// What the references of a signature name.
#[derive(Default)]
struct Covered {
    document: bool,
    object: bool,
    /// The numbers of elements, each with all inside.
    parts: BTreeSet<u32>,
}

impl<'s, 'a, 'i> Cover<'s, 'a, 'i> {
    pub(super) fn new(
        hand: &'s Hand<'a, 'i>,
        object: &'s [u8],
        signature: Node<'_, '_>,
        most: &'s mut usize,
    ) -> Self {
        Self { hand, object, signature: signature.id(), most, covered: Covered::default(), seen: 0 }
    }

    /// Checks one reference of `SignedInfo`, and those of the manifest that it names.
    ///
    /// # Errors
    /// The finding of what is wrong with it.
    pub(super) fn add(&mut self, node: Node<'_, '_>) -> Result<(), Finding> {
        let target = self.digested(node)?;
        if node.attribute("Type") != Some(MANIFEST) {
            return Ok(());
        }
        let hand = self.hand;
        let part = match target {
            Target::Part(id) => hand.document.get_node(id),
            Target::Document | Target::Object => None,
        };
        let manifest = part.filter(|part| {
            is(*part, SIGNATURE, "Manifest") && part.ancestors().any(|node| node.id() == self.signature)
        });
        let Some(manifest) = manifest else {
            return Err(unreadable(node, "a reference to a manifest that is none of this signature"));
        };
        for reference in elements(manifest)? {
            if !is(reference, SIGNATURE, "Reference") || reference.attribute("Type") == Some(MANIFEST) {
                return Err(unreadable(reference, "a manifest holds references, and no other manifest"));
            }
            self.digested(reference)?;
        }
        Ok(())
    }

    /// Resolves a `Reference` and compares its digest.
    fn digested(&mut self, node: Node<'_, '_>) -> Result<Target, Finding> {
        self.seen = self.seen.saturating_add(1);
        if self.seen > REFERENCES_MAX {
            return Err(Finding::new(marking::BINDING_TOO_BIG).at(span(node)).saying("too many references"));
        }
        let wrong = || unreadable(node, "a Reference that does not follow its schema");
        let mut children = elements(node)?.into_iter().peekable();
        let uri = node.attribute("URI").ok_or_else(wrong)?;
        let list = children.next_if(|child| is(*child, SIGNATURE, "Transforms"));
        let method =
            children.next().filter(|child| is(*child, SIGNATURE, "DigestMethod")).ok_or_else(wrong)?;
        let value = children.next().filter(|child| is(*child, SIGNATURE, "DigestValue")).ok_or_else(wrong)?;
        if children.next().is_some() {
            return Err(wrong());
        }
        let hash = Hash::of(method)?;
        let steps = transforms(list)?;
        let target = self.hand.resolve(&Reference { node, uri, transforms: list })?;
        let bytes = self.bytes(node, target, &steps)?;
        let expected = decoded(value).ok_or_else(wrong)?;
        if hash.digest(&bytes) != expected {
            return Err(Finding::new(marking::DIGEST_MISMATCH).at(span(node)));
        }
        match target {
            Target::Document => self.covered.document = true,
            Target::Object => self.covered.object = true,
            Target::Part(id) => drop(self.covered.parts.insert(id.get())),
        }
        Ok(target)
    }

    /// What the digest is computed over.
    fn bytes(
        &mut self,
        node: Node<'_, '_>,
        target: Target,
        steps: &[Transform],
    ) -> Result<Cow<'s, [u8]>, Finding> {
        let algorithm =
            |says: &'static str| Finding::new(marking::ALGORITHM_REFUSED).at(span(node)).saying(says);
        let too_big = || Finding::new(marking::BINDING_TOO_BIG).at(span(node)).saying("too much is signed");
        let from = match target {
            Target::Object if steps.is_empty() => {
                *self.most = self.most.checked_sub(self.object.len()).ok_or_else(too_big)?;
                return Ok(Cow::Borrowed(self.object));
            }
            Target::Object => return Err(algorithm("a transform of another file")),
            Target::Document => self.hand.document.root(),
            Target::Part(id) => self.hand.document.get_node(id).ok_or_else(too_big)?,
        };
        // Without a transform the rules of XML Signature mean inclusive canonical XML.
        if steps.last() != Some(&Transform::Canonical) {
            return Err(algorithm("a reference to XML without exclusive canonical XML at its end"));
        }
        let except = steps.contains(&Transform::Enveloped).then_some(self.signature);
        let mut bytes = Vec::new();
        canonical::write(from, except, *self.most, &mut bytes).map_err(|_| too_big())?;
        *self.most = self.most.saturating_sub(bytes.len());
        Ok(Cow::Owned(bytes))
    }

    /// How many more bytes may be written.
    pub(super) fn left(&self) -> usize {
        *self.most
    }

    /// True where all of `target` is covered. A digest of what is around the signature is one without the signature: what
    /// stands inside it is covered by a reference to something inside it, and by no other.
    pub(super) fn has(&self, target: Target) -> bool {
        match target {
            Target::Object => self.covered.object,
            Target::Document => self.covered.document,
            Target::Part(id) => {
                let Some(node) = self.hand.document.get_node(id) else { return false };
                self.has_inside(node) || (!self.is_inside(node) && self.has_around(node))
            }
        }
    }

    /// True where `node` stands in the signature itself, or is it.
    fn is_inside(&self, node: Node<'_, '_>) -> bool {
        node.ancestors().any(|around| around.id() == self.signature)
    }

    fn has_around(&self, node: Node<'_, '_>) -> bool {
        self.covered.document
            || node.ancestors().any(|around| self.covered.parts.contains(&around.id().get()))
    }

    /// True where something inside the signature is covered, and `node` stands in that.
    fn has_inside(&self, node: Node<'_, '_>) -> bool {
        let inside = node.ancestors().take_while(|around| around.id() != self.signature);
        self.is_inside(node)
            && inside.into_iter().any(|around| self.covered.parts.contains(&around.id().get()))
    }

    /// What stands in an `Object` of the signature and in no digest. XAdES has properties of its own there that are added
    /// after signing (ETSI EN 319 132-1, 4.3): of those none is read.
    pub(super) fn unsigned<'d, 'j>(&self, signature: Node<'d, 'j>) -> Option<Node<'d, 'j>> {
        let objects = signature.children().filter(|child| is(*child, SIGNATURE, "Object"));
        let inside = objects.filter(|object| !self.has_inside(*object)).flat_map(|object| object.children());
        // A list of properties may be named by its members.
        let inside = inside.flat_map(|child| match is(child, SIGNATURE, "SignatureProperties") {
            true if !self.has_inside(child) => child.children().collect(),
            _ => Vec::from([child]),
        });
        inside.into_iter().find(|child| {
            let blank = child.is_text() && is_blank(child.text());
            let qualifying = is(*child, XADES, "QualifyingProperties");
            !(blank || qualifying || (child.is_element() && self.has_inside(*child)))
        })
    }

    /// True where a comment stands in what is covered.
    pub(super) fn has_comments(&self) -> bool {
        let mut comments = self.hand.document.descendants().filter(|node| node.is_comment());
        if self.covered.document {
            return comments.next().is_some();
        }
        let ranges = self.ranges();
        // Elements nest: of those that begin before a comment, the one that reaches farthest has it inside, or none has.
        comments.any(|comment| {
            let at = comment.range().start;
            let before = ranges.partition_point(|(start, _)| *start <= at);
            before.checked_sub(1).and_then(|last| ranges.get(last)).is_some_and(|(_, end)| at < *end)
        })
    }

    /// Where each covered element begins, and the farthest end of all that begin no later.
    fn ranges(&self) -> Vec<(usize, usize)> {
        let range = |id: &u32| self.hand.document.get_node(NodeId::new(*id)).map(|node| node.range());
        let mut ranges: Vec<(usize, usize)> =
            self.covered.parts.iter().filter_map(range).map(|range| (range.start, range.end)).collect();
        ranges.sort_unstable();
        let mut farthest = 0;
        for (_, end) in &mut ranges {
            farthest = farthest.max(*end);
            *end = farthest;
        }
        ranges
    }

    /// The time of signing: the one that is said inside `signature`, in something that is itself covered. None where two
    /// are said that differ.
    pub(super) fn signing_time(&self, signature: Node<'_, '_>) -> Option<Time> {
        let said = signature.descendants().filter_map(|node| Some((node, signing_time(node)?)));
        let mut times = said.filter(|(node, _)| self.has_inside(*node)).map(|(_, time)| time);
        let first = times.next()?;
        times.all(|other| other == first).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cover, Covered};
    use crate::reference::{Hand, Target};
    use alloc::format;
    use lockgate_bytes::Time;
    use roxmltree::{Document, Node};

    const NAMESPACES: &str =
        "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\"";

    /// Asks the cover of a signature with `inside` beside the element `p`, where the elements with these identifiers are
    /// covered, and the document without the signature where `document` says so.
    fn ask<T>(
        inside: &str,
        document: bool,
        ids: &[&str],
        ask: impl Fn(&Cover<'_, '_, '_>, Node<'_, '_>, &dyn Fn(&str) -> Target) -> T,
    ) -> T {
        let text = format!("<a {NAMESPACES}><p id=\"p\"/><ds:Signature>{inside}</ds:Signature></a>");
        let tree = Document::parse(&text).unwrap();
        let place = |id: &str| tree.descendants().find(|node| node.attribute("id") == Some(id)).unwrap().id();
        let hand = Hand::new(&tree, None, false);
        let signature = tree.descendants().find(|node| node.tag_name().name() == "Signature").unwrap();
        let mut most = 0;
        let mut cover = Cover::new(&hand, b"", signature, &mut most);
        let parts = ids.iter().map(|id| place(id).get()).collect();
        cover.covered = Covered { document, object: false, parts };
        ask(&cover, signature, &|id| Target::Part(place(id)))
    }

    #[test]
    fn what_stands_in_the_signature_is_in_no_digest_of_what_is_around_it_rule_35() {
        let label = "<ds:Object id=\"o\"><l id=\"l\"/></ds:Object>";
        for (document, ids, around, inside) in [
            (true, &[][..], true, false),
            (false, &["p"], true, false),
            (false, &["o"], false, true),
            (false, &["l"], false, true),
            (true, &["l"], true, true),
        ] {
            let has =
                ask(label, document, ids, |cover, _, part| (cover.has(part("p")), cover.has(part("l"))));
            assert_eq!(has, (around, inside), "{document} {ids:?}");
        }
    }

    #[test]
    fn an_object_of_the_signature_that_nobody_signed_is_seen() {
        for (inside, ids, unsigned) in [
            ("<ds:Object id=\"o\">text<q/></ds:Object>", &["o"][..], false),
            ("<ds:Object>text</ds:Object>", &[], true),
            ("<ds:Object><q/></ds:Object>", &[], true),
            ("<ds:Object> <q id=\"q\"/> </ds:Object>", &["q"], false),
            ("<ds:Object><q id=\"q\"/></ds:Object><ds:Object><q/></ds:Object>", &["q"], true),
            ("<ds:Object><!-- note --></ds:Object>", &[], true),
            ("<ds:Object><x:QualifyingProperties><x:Un/></x:QualifyingProperties></ds:Object>", &[], false),
            (
                "<ds:Object><ds:SignatureProperties><ds:SignatureProperty id=\"s\"/></ds:SignatureProperties></ds:Object>",
                &["s"],
                false,
            ),
            (
                "<ds:Object><ds:SignatureProperties><ds:SignatureProperty id=\"s\"/><ds:SignatureProperty/></ds:SignatureProperties></ds:Object>",
                &["s"],
                true,
            ),
        ] {
            let found = ask(inside, true, ids, |cover, signature, _| cover.unsigned(signature).is_some());
            assert_eq!(found, unsigned, "{inside}");
        }
    }

    #[test]
    fn a_time_counts_where_it_is_signed() {
        let time = "<ds:Object><x:SigningTime id=\"t\">2026-04-01T00:00:00Z</x:SigningTime></ds:Object>";
        let at = |document, ids: &[&str]| {
            ask(time, document, ids, |cover, signature, _| cover.signing_time(signature))
        };
        assert_eq!(at(false, &["t"]), Time::parse(b"2026-04-01T00:00:00Z").ok());
        assert_eq!(at(true, &["p"]), None, "what is around the signature is digested without it");
    }
}
