//! What inspection reports, and who may report it.

use crate::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_record::{NodeId, Place, Record, Shape, TextRef};

/// Reads one kind of object and writes it again. Implemented by `lockgate-schema` (twice: the compiled program and the
/// reference interpreter) and by the deep workers; `xtask tidy` allows no other.
pub trait Inspector {
    /// What the type describes.
    fn shape(&self) -> &Shape;

    /// True where the structure of `object` is of this type. Cheap; never looks at a name or a declared type.
    fn recognises(&self, object: Untrusted<'_>) -> bool;

    /// Where the first framing unit of `stream` ends; `None` where it holds no complete unit.
    fn first_frame(&self, stream: Untrusted<'_>) -> Option<usize>;

    /// Reads the whole object, strictly. What is wrong with it becomes a reason in `into`; after the first structural
    /// fault nothing more is read.
    fn inspect(&self, object: Untrusted<'_>, into: &mut Inspection, budget: &mut Budget);

    /// Appends the one canonical encoding of `record` to `out`, leaving out the nodes of `omit` with all they contain.
    /// `object` is what `record` was read from. False where a part that is required would be missing.
    fn emit(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId], out: &mut Vec<u8>) -> bool;

    /// True where `object` is what [`Inspector::emit`] would append, byte for byte. Says nothing else than that, only
    /// sooner.
    fn is_canonical(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool;

    /// Makes an object of its own of one record of `object`, where it holds several: appends it to `out`. `from` is where
    /// that record begins, 0 for the first. Gives where the next one begins, the length of `object` after the last.
    /// `None` where there is nothing to split. What it makes is an object as any other, to be read like one.
    fn split(
        &self,
        object: Untrusted<'_>,
        from: usize,
        scratch: &mut Inspection,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let _ = (object, from, scratch, out);
        None
    }
}

/// Everything an inspector reports of one object. Owned by the lane and reused from object to object.
#[derive(Debug, Default)]
pub struct Inspection {
    /// The values.
    pub record: Record,
    /// What is wrong with it, if anything.
    pub reasons: Vec<Reason>,
    /// Every text without a closed vocabulary, in the order of the object: what the word scan reads.
    pub open_texts: Vec<OpenText>,
    /// Parts that the type does not declare, each of them well-formed.
    pub undeclared: Vec<Undeclared>,
    /// The reader saw that the object is what [`Inspector::emit`] would append, byte for byte, with nothing left out. A
    /// reader that did not look says false.
    pub canonical: bool,
    /// Where objects are read that stand in this one as values; made when the first one is, and kept.
    pub inner: Option<Box<Self>>,
}

/// A text in which anything could be said.
#[derive(Clone, Copy, Debug)]
pub struct OpenText {
    /// The field.
    pub place: Place,
    /// Its text.
    pub text: TextRef,
    /// Where it stands in the object.
    pub span: Span,
    /// True for fields with the role `free-text`.
    pub free: bool,
}

/// A part of the object that the type does not declare.
#[derive(Clone, Copy, Debug)]
pub struct Undeclared {
    /// What it stands in.
    pub parent: Place,
    /// All of it.
    pub span: Span,
    /// True where it names a label namespace or carries a marking attribute.
    pub marked: bool,
    /// True where it is a label of the originator beside another one.
    pub second_label: bool,
}

impl Inspection {
    /// Forgets the last object and keeps the memory.
    pub fn begin(&mut self, shape: &Shape) {
        self.record.begin(shape);
        self.reasons.clear();
        self.open_texts.clear();
        self.undeclared.clear();
        self.canonical = false;
    }
}
