//! One checked, compiled, content-addressed bundle.

use crate::expiry::Expiry;
use crate::load::{
    AgreementFile, DelegationFile, Direction, DomainFile, GoalFile, Loaded, Reviewer, SlowPath, SourceTerms,
};
use crate::place::{Placed, report};
use crate::report::forbid_disabled;
use crate::{ReadFault, archive, codes, compile};
use lockgate_binding::Signers;
use lockgate_bytes::Digest;
use lockgate_core::Policy;
use lockgate_marking::{Communities, Equivalence, PolicySet};
use lockgate_notation::{Diagnostics, Document};
use lockgate_schema::Type;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a bundle is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// For operation: disabled parts and tiers that the evidence does not support stop it.
    Operation,
    /// For authors who look at verdicts while they write: disabled parts are warned about, and a type has the tier that
    /// its evidence supports, so that without evidence its objects are held at best.
    Draft,
    /// For fixtures: as a draft, but every type is judged as if it had tier 1.
    Trial,
}

/// Everything authored, compiled. Immutable.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) digest: Digest,
    pub(crate) name: String,
    pub(crate) revision: u64,
    pub(crate) categories: Vec<Arc<str>>,
    pub(crate) policies: Arc<PolicySet>,
    pub(crate) communities: Communities,
    pub(crate) domains: Vec<DomainFile>,
    pub(crate) agreements: Vec<AgreementFile>,
    pub(crate) delegations: Vec<DelegationFile>,
    pub(crate) equivalences: Vec<Equivalence>,
    pub(crate) types: Vec<CompiledType>,
    pub(crate) lanes: Vec<CompiledLane>,
    pub(crate) goals: Vec<GoalFile>,
    pub(crate) reviewers: Vec<Reviewer>,
    pub(crate) warnings: Diagnostics,
}

/// A type of a bundle.
#[derive(Debug)]
pub(crate) struct CompiledType {
    pub(crate) described: Arc<Type>,
    /// The tier that its evidence supports.
    pub(crate) tier: u8,
    pub(crate) missing: Vec<crate::Missing>,
    pub(crate) present: Vec<crate::Measured>,
}

/// A lane of a bundle.
#[derive(Debug)]
pub(crate) struct CompiledLane {
    pub(crate) policy: Arc<Policy>,
    pub(crate) slow: Option<SlowPath>,
    pub(crate) sources: Vec<SourceTerms>,
    pub(crate) expiries: Vec<Expiry>,
    pub(crate) direction: Direction,
    pub(crate) bindings: LaneBindings,
}

/// What a lane asks of bindings that come beside its objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneBindings {
    /// Who may sign, in the order of the lane; without any, no signature is ever verified.
    pub signers: Signers,
    /// True where a label in an unsigned binding is held.
    pub signature_required: bool,
    /// True where a running lane takes files from a folder with their sidecars, and none without; otherwise it takes none
    /// that has one.
    pub takes_sidecars: bool,
}

impl Bundle {
    /// Builds a bundle for operation from the files under `rules/`, by their path below it.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn build(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, Diagnostics> {
        Self::build_as(files, Strictness::Operation)
    }

    /// The same, as strictly as asked. A bundle built for trial must not run.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files.
    pub fn build_as(files: &BTreeMap<String, Vec<u8>>, how: Strictness) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let Some(digest) = archive::address(files) else {
            match files.keys().find(|path| !archive::is_path(path)) {
                Some(path) => {
                    let message = "a path in a bundle is at most 255 visible ASCII characters".to_owned();
                    report(&mut diagnostics, &codes::STRAY_FILE, path, message);
                }
                None => {
                    let message = "the files are too large for one bundle".to_owned();
                    report(&mut diagnostics, &codes::TOO_MANY, "bundle.kdl", message);
                }
            }
            return Err(diagnostics);
        };
        let placed = Placed::read(files, &mut diagnostics);
        for document in placed.documents.values() {
            disabled(document, how, &mut diagnostics);
        }
        let loaded = Loaded::read(&placed, &mut diagnostics);
        let built = compile::bundle(&loaded, digest, how, &mut diagnostics);
        match built {
            Some(mut bundle) if !diagnostics.has_errors() => {
                bundle.files = files.clone();
                bundle.warnings = diagnostics;
                Ok(bundle)
            }
            _ => Err(diagnostics),
        }
    }

    /// Reads the file of a built bundle and compiles it again, for operation.
    ///
    /// # Errors
    /// [`ReadFault`] where it is not exactly what was built, or does not compile.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadFault> {
        let files = archive::read(bytes)?;
        Self::build(&files).map_err(|diagnostics| ReadFault::DoesNotBuild(Box::new(diagnostics)))
    }

    /// The file of the bundle.
    pub fn write(&self) -> Vec<u8> {
        // What was built has a content address, so it has a file.
        archive::write(&self.files).unwrap_or_default()
    }

    /// The content address.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The revision; it only grows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The authored files, by path.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// What the authors should know.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The lanes, by name.
    pub fn lanes(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.lanes.iter().map(|lane| &lane.policy)
    }

    /// The lane with this name.
    pub fn lane(&self, name: &str) -> Option<&Arc<Policy>> {
        self.lanes().find(|lane| &**lane.lane() == name)
    }

    /// The slow path of a lane, if it has one.
    pub fn slow_path(&self, lane: &str) -> Option<&SlowPath> {
        self.compiled_lane(lane)?.slow.as_ref()
    }

    /// What a deployment has to offer for the sources of a lane; nothing for a lane that there is not.
    pub fn source_terms(&self, lane: &str) -> &[SourceTerms] {
        self.compiled_lane(lane).map_or(&[], |lane| &lane.sources)
    }

    /// Which way a lane leads; `None` for a lane that there is not.
    pub fn direction(&self, lane: &str) -> Option<Direction> {
        self.compiled_lane(lane).map(|lane| lane.direction)
    }

    /// What a lane rests on and will end one day, soonest first; nothing for a lane that there is not.
    pub fn expiries(&self, lane: &str) -> &[Expiry] {
        self.compiled_lane(lane).map_or(&[], |lane| &lane.expiries)
    }

    /// What a lane asks of bindings; `None` for a lane that there is not.
    pub fn bindings(&self, lane: &str) -> Option<&LaneBindings> {
        self.compiled_lane(lane).map(|lane| &lane.bindings)
    }

    fn compiled_lane(&self, name: &str) -> Option<&CompiledLane> {
        self.lanes.iter().find(|lane| &**lane.policy.lane() == name)
    }

    /// The data categories.
    pub fn categories(&self) -> &[Arc<str>] {
        &self.categories
    }

    /// The security policies.
    pub fn policies(&self) -> &Arc<PolicySet> {
        &self.policies
    }

    /// The communities.
    pub fn communities(&self) -> &Communities {
        &self.communities
    }

    /// The domains.
    pub fn domains(&self) -> &[DomainFile] {
        &self.domains
    }

    /// The agreements.
    pub fn agreements(&self) -> &[AgreementFile] {
        &self.agreements
    }

    /// The delegations; each is signed as it is written, by the key that it names.
    pub fn delegations(&self) -> &[DelegationFile] {
        &self.delegations
    }

    /// The equivalences.
    pub fn equivalences(&self) -> &[Equivalence] {
        &self.equivalences
    }

    /// The names of the agreements that are demonstrations; where there is one, `run` refuses the bundle.
    pub fn demonstrations(&self) -> impl Iterator<Item = &str> {
        let shown = self.agreements.iter().filter(|file| file.agreement.demonstration);
        shown.map(|file| file.agreement.name.as_str())
    }

    /// The types, each with the tier that its evidence supports and what tier 1 lacks.
    pub fn types(&self) -> impl Iterator<Item = (&Arc<Type>, u8, &[crate::Missing])> {
        self.types.iter().map(|known| (&known.described, known.tier, known.missing.as_slice()))
    }

    /// The files that evidence of the type `name` has to speak of, as they are now; none for a type that is not there.
    pub fn present_files(&self, name: &str) -> &[crate::Measured] {
        let found = self.types.iter().find(|known| known.described.model().name == name);
        found.map_or(&[], |known| known.present.as_slice())
    }

    /// The goals.
    pub fn goals(&self) -> &[GoalFile] {
        &self.goals
    }

    /// The reviewers.
    pub fn reviewers(&self) -> &[Reviewer] {
        &self.reviewers
    }
}

/// Disabled parts: a warning for authors, an error in a bundle.
fn disabled(document: &Document, how: Strictness, diagnostics: &mut Diagnostics) {
    if how != Strictness::Operation {
        diagnostics.merge(document.warnings.clone());
        return;
    }
    forbid_disabled(document, diagnostics);
}
