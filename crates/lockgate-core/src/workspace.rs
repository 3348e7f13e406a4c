//! The memory of a lane: made once, moved along with each object, and given back.

use crate::alter::Alterations;
use crate::answer::Answered;
use crate::claims::{Claim, RolledBefore};
use crate::company::Company;
use crate::read_before::{MarkingsBefore, ReadBefore};
use crate::regrade::Regraded;
use crate::shown_label::ShownLabel;
use crate::{Inspection, Reason};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, PseudonymKey, Time};
use lockgate_eval::{RuleFailure, Scratch};
use lockgate_marking::{Combined, Label, LabelBuilder, ReleaseFinding};
use lockgate_reason::Finding;
use lockgate_record::Record;
use lockgate_words::Hit;

/// Everything that deciding one object needs. Nothing of it survives the object; its memory does.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The object as it arrived.
    pub(crate) first: Pass,
    /// The object as it was rewritten, if it was.
    pub(crate) second: Pass,
    /// The bytes as they arrived, once they were rewritten.
    pub(crate) original: Vec<u8>,
    /// What came with the object.
    pub(crate) company: Company,
    /// A buffer to emit into.
    pub(crate) spare: Vec<u8>,
    /// When what was decided of the object as it arrived ends, once it was rewritten: what was written ends then too.
    pub(crate) until: Option<Time>,
    /// Why reasons of it do not stand, where people have answered them.
    pub(crate) answered_by: Option<Answered>,
    /// The key of the lane's pseudonyms, where the deployment has one.
    pub(crate) pseudonyms: Option<Arc<PseudonymKey>>,
    /// The bundle whose policies the kept views speak of.
    bundle: Option<Digest>,
}

/// What one reading of an object found.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) inspection: Inspection,
    /// True where the object follows its type: it has a record.
    pub(crate) readable: bool,
    pub(crate) claims: Vec<Claim>,
    pub(crate) combined: Combined,
    /// The label to enforce, once `labelled`.
    pub(crate) label: Option<Label>,
    /// What a delegation makes of it.
    pub(crate) regraded: Option<Regraded>,
    /// Fields that leave as something else than they came.
    pub(crate) alterations: Alterations,
    pub(crate) shown: ShownLabel,
    /// The mapping or assignment behind the label ends here.
    pub(crate) label_until: Option<Time>,
    /// When a successor of one of the labels makes it stricter.
    pub(crate) label_changes: Option<Time>,
    pub(crate) before: ReadBefore,
    pub(crate) markings_before: MarkingsBefore,
    pub(crate) rolled_before: RolledBefore,
    /// The ISM attributes of one element, while they are read.
    pub(crate) said: String,
    pub(crate) builder: LabelBuilder,
    pub(crate) text: lockgate_words::Scratch,
    pub(crate) hits: Vec<Hit>,
    /// Words of markings in an object of no known type: which word, and in which of its texts.
    pub(crate) marked: Vec<(u16, u32)>,
    pub(crate) scratch: Scratch,
    /// What the portions say, while rules are asked.
    pub(crate) portions: Vec<Option<Label>>,
    pub(crate) failures: Vec<RuleFailure>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) release: Vec<ReleaseFinding>,
    /// Reasons that people have answered: they do not stand any more.
    pub(crate) answered: Vec<Reason>,
}

impl Workspace {
    /// An empty workspace; it grows to what its lane's objects need and then stays.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same for a lane that gives pseudonyms; without their key, what needs one is held.
    #[must_use]
    pub fn keyed(mut self, key: Option<Arc<PseudonymKey>>) -> Self {
        self.pseudonyms = key;
        self
    }

    /// A cleared buffer for the next object's bytes, where one is spare.
    pub fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = core::mem::take(&mut self.original);
        buffer.clear();
        buffer
    }

    /// Takes a buffer back, so that the next object needs no new one.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        if self.spare.capacity() == 0 {
            self.spare = buffer;
        } else if self.original.capacity() == 0 {
            self.original = buffer;
        }
    }

    /// Forgets what was kept from object to object where another bundle is in force now: references into policies mean
    /// something else there.
    pub(crate) fn under(&mut self, bundle: Digest) {
        if self.bundle != Some(bundle) {
            self.bundle = Some(bundle);
            for pass in [&mut self.first, &mut self.second] {
                pass.shown = ShownLabel::default();
                pass.before = ReadBefore::default();
                pass.markings_before = MarkingsBefore::default();
                pass.rolled_before = RolledBefore::default();
            }
        }
    }

    pub(crate) fn begin(&mut self) {
        self.first.begin();
        self.second.begin();
        self.company.clear();
        self.until = None;
        self.answered_by = None;
    }
}

impl Pass {
    /// Does `work` with the record as it leaves; afterwards it says again what arrived.
    pub(crate) fn leaving<T>(&mut self, work: impl FnOnce(&Record) -> T) -> T {
        let Self { inspection, alterations, regraded, .. } = self;
        alterations.with(&mut inspection.record, |record| match regraded {
            Some(regraded) => regraded.with(record, work),
            None => work(record),
        })
    }

    fn begin(&mut self) {
        self.inspection.reasons.clear();
        self.inspection.open_texts.clear();
        self.inspection.undeclared.clear();
        self.inspection.canonical = false;
        self.readable = false;
        self.claims.clear();
        self.combined.begin();
        self.label = None;
        self.regraded = None;
        self.alterations.begin();
        self.label_until = None;
        self.label_changes = None;
        self.hits.clear();
        self.marked.clear();
        self.portions.clear();
        self.failures.clear();
        self.findings.clear();
        self.release.clear();
        self.answered.clear();
    }
}
