//! Finding the bundle that a lane belongs to, and compiling it.

use crate::args::LaneWith;
use crate::deployment::keys;
use crate::exit::Fault;
use crate::{clock, files, names};
use lockgate_bundle::{Bundle, LaneBindings, Strictness};
use lockgate_bytes::PseudonymKey;
use lockgate_core::{Policy, Workspace};
use std::path::Path;
use std::sync::Arc;

/// Most bytes of a built bundle.
const BUNDLE_BYTES_MAX: u64 = 256 << 20;

/// A lane, ready to decide, and one of its sources.
pub(crate) struct Lane {
    pub(crate) policy: Arc<Policy>,
    pub(crate) source: Arc<str>,
    pub(crate) now: clock::Reference,
    pub(crate) bindings: LaneBindings,
    /// The key of its pseudonyms, if it was given.
    pub(crate) pseudonyms: Option<Arc<PseudonymKey>>,
}

impl Lane {
    /// The lane named on the command line, from rules or from a built bundle.
    ///
    /// # Errors
    /// [`Fault`] where bundle, lane or source cannot be found or do not compile.
    pub(crate) fn open(lane: &Path, with: &LaneWith) -> Result<Self, Fault> {
        let LaneWith { bundle, source, now, pseudonym_key } = with;
        let now = clock::Reference::parse(now.as_deref())?;
        let pseudonyms = pseudonym_key.as_deref().map(keys::pseudonyms).transpose()?;
        let (bundle, name) = bundle_of(lane, bundle.as_deref())?;
        let policy = named(&bundle, &name)?;
        let source = pick_source(&policy, source.as_deref()).map_err(Fault::new)?;
        let bindings = bundle.bindings(&name).cloned().unwrap_or_default();
        Ok(Self { policy, source, now, bindings, pseudonyms })
    }
}

impl Lane {
    /// Memory to decide one object after the other with.
    pub(crate) fn workspace(&self) -> Box<Workspace> {
        Box::new(Workspace::new().keyed(self.pseudonyms.clone()))
    }
}

/// What a lane decides by, whichever of its sources sends.
///
/// # Errors
/// [`Fault`] where bundle or lane cannot be found or do not compile.
pub(crate) fn policy(lane: &Path, bundle: Option<&Path>) -> Result<Arc<Policy>, Fault> {
    let (bundle, name) = bundle_of(lane, bundle)?;
    named(&bundle, &name)
}

fn bundle_of(lane: &Path, bundle: Option<&Path>) -> Result<(Bundle, String), Fault> {
    match bundle {
        Some(file) => Ok((read_bundle(file)?, lane.to_string_lossy().into_owned())),
        None => find(lane),
    }
}

fn named(bundle: &Bundle, name: &str) -> Result<Arc<Policy>, Fault> {
    bundle.lane(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = bundle.lanes().map(|lane| &**lane.lane()).collect();
        Fault::new(names::unknown("lane", name, &known))
    })
}

/// Compiles the rules under `folder`.
///
/// # Errors
/// [`Fault`] where they cannot be read, or with every diagnostic where they do not compile.
pub(crate) fn compile(folder: &Path) -> Result<Bundle, Fault> {
    let files = files::tree(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    Bundle::build(&files).map_err(|diagnostics| {
        // A changed type or rule has no evidence yet; what is wrong with it says more.
        Bundle::build_as(&files, Strictness::Trial).err().unwrap_or(diagnostics).into()
    })
}

/// The same for an author who looks at verdicts: a type whose evidence is not of its present files is held, not refused
/// to load.
///
/// # Errors
/// As [`compile`].
fn compile_draft(folder: &Path) -> Result<Bundle, Fault> {
    let files = files::tree(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    Bundle::build_as(&files, Strictness::Draft).map_err(Fault::from)
}

/// The same for questions that release nothing: parts may be disabled, and tiers are not asked for.
///
/// # Errors
/// [`Fault`] where the rules cannot be read, or with every diagnostic where they do not compile.
pub(crate) fn compile_trial(folder: &Path) -> Result<Bundle, Fault> {
    let files = files::tree(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    Bundle::build_as(&files, Strictness::Trial).map_err(Fault::from)
}

/// Reads a built bundle.
///
/// # Errors
/// [`Fault`] where it cannot be read or is not whole.
pub(crate) fn read_bundle(file: &Path) -> Result<Bundle, Fault> {
    let bytes = files::bounded(file, BUNDLE_BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))?;
    Bundle::read(&bytes).map_err(|error| Fault::new(format!("{}: {error}", file.display())))
}

fn find(lane: &Path) -> Result<(Bundle, String), Fault> {
    if !lane.is_file() {
        let otherwise = "give a file under rules/lanes/, or --bundle FILE with --lane NAME";
        return Err(Fault::new(names::no_file("lane", lane, otherwise)));
    }
    let folder = files::rules_folder(lane.parent().unwrap_or(Path::new("."))).ok_or_else(|| {
        Fault::new(format!("{}: no bundle.kdl in this folder or any above it", lane.display()))
    })?;
    let name = lane.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((compile_draft(&folder)?, name))
}

/// What the lane in this file asks of bindings.
///
/// # Errors
/// As [`Lane::open`].
pub(crate) fn bindings(lane: &Path) -> Result<LaneBindings, Fault> {
    let (bundle, name) = find(lane)?;
    let known: Vec<&str> = bundle.lanes().map(|lane| &**lane.lane()).collect();
    bundle.bindings(&name).cloned().ok_or_else(|| Fault::new(names::unknown("lane", &name, &known)))
}

/// The source `wanted`, or the only one of the lane.
///
/// # Errors
/// What to write instead, where there is none, or where several could be meant.
pub(crate) fn pick_source(policy: &Policy, wanted: Option<&str>) -> Result<Arc<str>, String> {
    let known: Vec<&str> = policy.sources().iter().map(|source| &*source.name).collect();
    match (wanted, policy.sources()) {
        (Some(name), _) => policy
            .source(name)
            .map(|source| source.name.clone())
            .ok_or_else(|| names::unknown("source", name, &known)),
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(format!(
            "lane {} has several sources; say which with --source: {}",
            policy.lane(),
            known.join(", ")
        )),
    }
}
