//! What one lane decides by: compiled, immutable, and built only by `lockgate-bundle`.

use crate::Inspector;
use crate::alteration::Alteration;
use crate::carriers::Carriers;
use crate::embedded::BindingReader;
use crate::{Reading, ReviewPolicy, SlowPath, SlowRelease};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Duration, Precedence, Time};
use lockgate_eval::{Chooser, Evaluator};
use lockgate_marking::{Label, LevelRef, Mapping, PolicyIx, PolicySet, Profile, Regrade, ReleaseCheck};
use lockgate_reason::Outcome;
use lockgate_record::NodeId;
use lockgate_words::WordLists;

/// Everything that a lane decides by. An object in flight finishes under the policy it began with.
#[derive(Debug)]
pub struct Policy {
    pub(crate) parts: PolicyParts,
    /// The bundle as accounts show it: `"sha256:..."`.
    pub(crate) bundle_shown: String,
}

impl Policy {
    /// Takes what the bundle compiler has checked. Only `lockgate-bundle` calls this; `xtask tidy` sees to it.
    pub fn assemble(parts: PolicyParts) -> Self {
        let bundle_shown = format!("\"sha256:{}\"", parts.bundle);
        Self { parts, bundle_shown }
    }

    /// The lane's name.
    pub fn lane(&self) -> &Arc<str> {
        &self.parts.lane
    }

    /// The content address of the bundle that this lane belongs to.
    pub fn bundle(&self) -> Digest {
        self.parts.bundle
    }

    /// The sources that may offer objects.
    pub fn sources(&self) -> &[Source] {
        &self.parts.sources
    }

    /// The types that the lane carries.
    pub fn types(&self) -> &[Arc<LaneType>] {
        &self.parts.types
    }

    /// The name of the destination domain.
    pub fn destination(&self) -> &Arc<str> {
        &self.parts.destination
    }

    /// The security policies of the bundle.
    pub fn policies(&self) -> &PolicySet {
        &self.parts.policies
    }

    /// The check of what may cross, and under which agreement.
    pub fn release(&self) -> &ReleaseCheck {
        &self.parts.release
    }

    /// True where the lane has objects of no known type looked into.
    pub fn has_slow_path(&self) -> bool {
        self.parts.slow.is_some()
    }

    /// Whether text in pictures of such objects is read; `None` where the lane looks into none.
    pub fn reading(&self) -> Option<Reading> {
        self.parts.slow.as_ref().map(|slow| slow.making.reading)
    }

    /// What people may decide about held objects of this lane; `None` where they may decide nothing.
    pub fn review(&self) -> Option<&ReviewPolicy> {
        self.parts.review.as_ref()
    }

    /// The source with this name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        // As a rule it is the lane's own word for it, and not only an equal one.
        self.parts.sources.iter().find(|source| core::ptr::eq(&*source.name, name) || &*source.name == name)
    }

    /// True where `source` may offer objects of `lane_type`.
    pub(crate) fn allows(&self, source: &Source, lane_type: &LaneType) -> bool {
        let is_it = |known: &LaneType| core::ptr::eq(known, lane_type) || known.id() == lane_type.id();
        source.types.iter().any(|at| self.parts.types.get(*at).is_some_and(|known| is_it(known)))
    }

    /// The type of the lane that recognises `bytes`, if any.
    pub fn recognise(&self, bytes: lockgate_bytes::Untrusted<'_>) -> Option<&Arc<LaneType>> {
        self.parts.types.iter().find(|lane_type| lane_type.parts.compiled.recognises(bytes))
    }

    /// True for the same lane of the same bundle.
    pub(crate) fn is_the_same(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
            || (self.parts.bundle == other.parts.bundle && self.parts.lane == other.parts.lane)
    }

    /// What it takes for what was built anew to cross; `None` where nothing of the kind does.
    pub(crate) fn slow_release(&self) -> Option<&SlowRelease> {
        self.parts.slow.as_ref()?.release.as_ref()
    }

    /// True where some type of the lane has its objects split.
    pub fn splits(&self) -> bool {
        self.parts.types.iter().any(|lane_type| lane_type.parts.split)
    }
}

/// The parts of a [`Policy`], as the bundle compiler hands them over.
#[derive(Debug)]
#[expect(
    missing_docs,
    reason = "each part is the lane file's own setting of that name; docs/RULES.md describes them"
)]
pub struct PolicyParts {
    pub lane: Arc<str>,
    pub bundle: Digest,
    pub destination: Arc<str>,
    pub policies: Arc<PolicySet>,
    /// The policy into which every claim is mapped.
    pub policy: PolicyIx,
    /// The equivalences into it.
    pub mapping: Mapping,
    pub release: ReleaseCheck,
    /// The bundle's data categories.
    pub categories: Vec<Arc<str>>,
    pub types: Vec<Arc<LaneType>>,
    pub sources: Vec<Source>,
    pub traffic: Traffic,
    /// The word lists of the lane; also the detectors for hidden payload.
    pub words: WordLists,
    /// What a hit of each list does, in the order of the lists.
    pub word_hits: Vec<Outcome>,
    /// Marking words of the policies, to find markings in parts that no type declares.
    pub marking_words: WordLists,
    /// What becomes of objects of no known type; `None` where the lane has no slow path.
    pub slow: Option<SlowPath>,
    /// What people may decide, and who; `None` where nobody may decide anything.
    pub review: Option<ReviewPolicy>,
    /// Reads bindings that objects carry in parts that their types do not describe.
    pub binding_reader: Arc<dyn BindingReader>,
}

/// What kind of traffic a lane carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Real operations.
    Operation,
    /// Exercise traffic, marked as such.
    Exercise,
    /// Simulated traffic, marked as such.
    Simulation,
}

impl Traffic {
    /// The word used in lane files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Exercise => "exercise",
            Self::Simulation => "simulation",
        }
    }
}

/// A source of a lane.
#[derive(Debug)]
#[expect(
    missing_docs,
    reason = "each part is the lane file's own setting of that name; docs/RULES.md describes them"
)]
pub struct Source {
    pub name: Arc<str>,
    /// A claim above this is a spill.
    pub ceiling: LevelRef,
    /// What an object of this source may claim at most.
    pub precedence: Precedence,
    /// Indexes into the lane's types.
    pub types: Vec<usize>,
}

/// A type as one lane carries it.
#[derive(Debug)]
pub struct LaneType {
    pub(crate) parts: LaneTypeParts,
    pub(crate) carriers: Carriers,
}

impl LaneType {
    /// Finds the carriers of claims in the type's shape.
    pub fn assemble(parts: LaneTypeParts) -> Self {
        let carriers = Carriers::find(parts.compiled.shape(), parts.profile.as_ref());
        Self { parts, carriers }
    }

    /// `name@version`.
    pub fn id(&self) -> &Arc<str> {
        &self.parts.id
    }

    /// The compiled program.
    pub fn inspector(&self) -> &dyn Inspector {
        self.parts.compiled.as_ref()
    }

    /// True where the lane makes several records in one object of this type objects of their own.
    pub fn splits(&self) -> bool {
        self.parts.split
    }

    /// Most steps that inspection of one object may take.
    pub fn budget(&self) -> u64 {
        self.parts.budget
    }

    /// How long its objects are worth sending.
    pub fn validity(&self) -> Validity {
        self.parts.validity
    }

    /// True where the lane gives identities of this type another name, for which it needs a key.
    pub fn renames(&self) -> bool {
        self.parts.alter.iter().any(Alteration::renames)
    }

    /// The tier that its evidence supports.
    pub fn tier(&self) -> u8 {
        self.parts.tier
    }

    /// The reference interpreter of the same description.
    pub fn reference(&self) -> &dyn Inspector {
        self.parts.reference.as_ref()
    }
}

/// The parts of a [`LaneType`].
#[expect(
    missing_docs,
    reason = "each part is the lane file's own setting of that name; docs/RULES.md describes them"
)]
pub struct LaneTypeParts {
    /// `name@version`.
    pub id: Arc<str>,
    /// The tier that the evidence supports: 1 releases, 2 and 3 hold.
    pub tier: u8,
    pub compiled: Arc<dyn Inspector + Send + Sync>,
    pub reference: Arc<dyn Inspector + Send + Sync>,
    /// The type's and the lane's rules: the compiled program, and the reference evaluator.
    pub rules: Arc<dyn Evaluator>,
    pub reference_rules: Arc<dyn Evaluator>,
    /// The first choice of this program that holds is the object's data category.
    pub category: Arc<dyn Chooser>,
    /// The same, by the reference evaluator.
    pub reference_category: Arc<dyn Chooser>,
    /// The data category of each choice: an index into the lane's categories.
    pub category_of_choice: Vec<usize>,
    pub profile: Option<Profile>,
    /// Delegations of the lane for this type.
    pub regrades: Vec<Regrade>,
    pub undeclared: UndeclaredPart,
    /// Parts that this lane leaves out.
    pub redact: Vec<NodeId>,
    /// Fields that it lets cross as something else.
    pub alter: Vec<Alteration>,
    pub validity: Validity,
    pub precedence: Precedence,
    pub unlabelled: Option<Assigned>,
    /// Several records in one object become objects of their own.
    pub split: bool,
    /// Most steps that inspection of one object may take.
    pub budget: u64,
}

impl core::fmt::Debug for LaneTypeParts {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "LaneTypeParts({}, tier {})", self.id, self.tier)
    }
}

/// What a lane does with parts that a type does not declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeclaredPart {
    /// The object does not cross.
    Refuse,
    /// People decide.
    Slow,
    /// The part is left out of what is released, unless it carries a marking.
    Drop,
}

/// How long an object is worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// No longer than this after it was observed.
    pub max: Option<Duration>,
    /// How far a sender's clock may be ahead.
    pub skew: Duration,
    /// A newer object of the same identity replaces it in the queue.
    pub newest_wins: bool,
}

/// The label that a lane assigns to unlabelled objects of a type, by somebody's authority and for a time.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The label.
    pub label: Label,
    /// First instant, where it has one.
    pub from: Option<Time>,
    /// Exclusive end.
    pub until: Time,
    /// Who allows it.
    pub authority: Arc<str>,
}
