//! What the references of a signature cover, each with its digest checked.

use super::algorithm::{Hash, Transform, transforms};
use super::{decoded, signing_time};
use crate::canonical;
use crate::model::{Reference, elements, is, span, unreadable};
use crate::reference::{Hand, Target};
use crate::words::{MANIFEST, SIGNATURE};
use alloc::borrow::Cow;
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
    covered: Vec<Target>,
    seen: usize,
}

impl<'s, 'a, 'i> Cover<'s, 'a, 'i> {
    pub(super) fn new(
        hand: &'s Hand<'a, 'i>,
        object: &'s [u8],
        signature: Node<'_, '_>,
        most: &'s mut usize,
    ) -> Self {
        Self { hand, object, signature: signature.id(), most, covered: Vec::new(), seen: 0 }
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
        self.covered.push(target);
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

    /// True where all of `target` is covered.
    pub(super) fn has(&self, target: Target) -> bool {
        let document = self.covered.contains(&Target::Document);
        match target {
            Target::Object => self.covered.contains(&Target::Object),
            Target::Document => document,
            Target::Part(id) => {
                let around = self.hand.document.get_node(id).into_iter().flat_map(|node| node.ancestors());
                document || around.into_iter().any(|node| self.covered.contains(&Target::Part(node.id())))
            }
        }
    }

    /// True where a comment stands in what is covered.
    pub(super) fn has_comments(&self) -> bool {
        let mut comments = self.hand.document.descendants().filter(|node| node.is_comment());
        if self.covered.contains(&Target::Document) {
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
        let part = |target: &Target| match target {
            Target::Part(id) => self.hand.document.get_node(*id).map(|node| node.range()),
            Target::Document | Target::Object => None,
        };
        let mut ranges: Vec<(usize, usize)> =
            self.covered.iter().filter_map(part).map(|range| (range.start, range.end)).collect();
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
        let mut times = signature.descendants().filter_map(|node| {
            let by_itself = self.covered.iter().any(|target| match target {
                Target::Part(id) => node
                    .ancestors()
                    .take_while(|around| around.id() != signature.id())
                    .any(|around| around.id() == *id),
                Target::Document | Target::Object => false,
            });
            signing_time(node).filter(|_| by_itself)
        });
        let first = times.next()?;
        times.all(|other| other == first).then_some(first)
    }
}
