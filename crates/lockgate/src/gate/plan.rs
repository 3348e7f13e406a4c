//! What a lane is to be run with, from a deployment and the bundle that it may run on. Nothing is opened here but files
//! that have to be read.

mod expiries;
mod listeners;

use super::clock::{ClockTerms, Machine, TimeSource};
use super::way_out::WayOut;
use crate::bound;
use crate::deployment::{NEVER_RUN, keys, trusted};
use crate::exit::Fault;
use crate::files;
use crate::ocr;
pub(crate) use expiries::{certificate_expiries, expiries, signed_expiries};
pub(crate) use listeners::certificates;
use listeners::listeners;
use lockgate_attest::Certificate;
use lockgate_audit::LogKey;
use lockgate_bundle::{Bundle, Direction, LaneBindings};
use lockgate_bytes::{Digest, Duration, PseudonymKey, Time};
use lockgate_core::Policy;
use lockgate_deployment::{self as deployment, Deployment, Fit};
use lockgate_hold::Key;
use lockgate_intake::{Listener, Rate, Sidecars, Source, Way};
use lockgate_watch::Expiry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most bytes of a certificate or key file.
const PEM_BYTES_MAX: u64 = 1 << 20;
/// The file that systemd's time daemon touches whenever it has confirmed the clock, and how old that may be: the daemon
/// asks at least every 2048 s (systemd timesyncd.conf, PollIntervalMaxSec).
const DAEMON_FILE: (&str, u64) = ("/run/systemd/timesync/synchronized", 2 * 2048);
/// How long a file in a folder waits for its sidecar, and a sidecar for its file, in nanoseconds.
const SIDECAR_WAIT_NS: i64 = 60_000_000_000;
/// Memory for objects that are on their way: intake's buffers and whatever waits.
pub(super) const POOL_BYTES: usize = 96 << 20;

/// What a lane is to be run with.
pub(crate) struct Plan {
    pub(crate) policy: Arc<Policy>,
    /// By what sidecars are read.
    pub(crate) bindings: Arc<LaneBindings>,
    pub(crate) bundle: Digest,
    pub(crate) revision: u64,
    pub(crate) lane: String,
    pub(crate) ground: Ground,
    /// True where sources may be made to wait.
    pub(crate) push_back: bool,
    pub(crate) sources: Vec<Source>,
    pub(crate) listeners: Vec<Listener>,
    /// How the slow path's workers look into objects.
    pub(crate) workers: lockgate_deep::Settings,
    /// A larger file is one object, whatever it begins with.
    pub(crate) cut_max: usize,
    /// Refusals a second and source above which they share a record.
    pub(crate) flood: u32,
    pub(crate) queue_bytes: usize,
    pub(crate) queue_objects: usize,
    pub(crate) skew: Duration,
    pub(crate) drain: std::time::Duration,
    pub(crate) pool_bytes: usize,
    pub(crate) expiries: Vec<Expiry>,
    /// The key of the lane's pseudonyms.
    pub(crate) pseudonyms: Option<Arc<PseudonymKey>>,
}

/// What a run begins on: disks, the way out, and the clock.
pub(crate) struct Ground {
    /// The machine's name.
    pub(crate) node: String,
    /// The hash of the configuration.
    pub(crate) config: Digest,
    pub(crate) audit: Audit,
    pub(crate) hold: Hold,
    /// The folder into which reviewers put their statements, if there is one.
    pub(crate) statements: Option<PathBuf>,
    pub(crate) out: WayOut,
    /// Bytes of one object that leaves, at most.
    pub(crate) released_max: usize,
    pub(crate) time: Box<dyn TimeSource>,
    pub(crate) clock: ClockTerms,
    /// Whether the bundle may run as of a time: signatures that count by the machine's clock may not by the log's.
    pub(crate) trusts: Trusts,
}

/// Says whether the bundle may run as of this time.
pub(crate) type Trusts = Box<dyn Fn(Time) -> Result<(), Fault>>;

/// Where held objects wait.
pub(crate) struct Hold {
    pub(crate) path: PathBuf,
    pub(crate) quota: u64,
    pub(crate) key: Option<Key>,
}

/// The log.
pub(crate) struct Audit {
    pub(crate) path: PathBuf,
    pub(crate) key: LogKey,
    pub(crate) second: Option<PathBuf>,
}

impl Plan {
    /// Puts a deployment, its text and its bundle together; `expiries` is what ends of them.
    ///
    /// # Errors
    /// [`Fault`] where both do not fit, or a file that the deployment names cannot be read.
    pub(crate) fn of(
        deployment: &Deployment,
        text: &[u8],
        bundle: &Bundle,
        expiries: Vec<Expiry>,
    ) -> Result<Self, Fault> {
        let fit = deployment.fit(bundle)?;
        let lane = deployment.lane.as_str();
        let policy = bundle.lane(lane).cloned().ok_or_else(|| Fault::new(format!("no lane {lane}")))?;
        let bindings = Arc::new(bundle.bindings(lane).cloned().unwrap_or_default());
        let ground = ground(deployment, text, bundle.digest(), fit.released_max)?;
        let mut listeners = listeners(deployment, &fit, sidecars(&bindings))?;
        for listener in &mut listeners {
            if let Way::Directory(directory) = &mut listener.way {
                directory.of = Some(Arc::from(ground.audit.key.trust().to_string()));
            }
        }
        let sources = sources(&fit, &listeners);
        Ok(Self {
            bundle: bundle.digest(),
            revision: bundle.revision(),
            lane: lane.to_owned(),
            ground,
            push_back: fit.direction != Direction::Up,
            sources,
            listeners,
            workers: ocr::settings(&deployment.reader),
            cut_max: fit.size_max,
            flood: u32::try_from(deployment.flood).unwrap_or(u32::MAX),
            queue_bytes: usize::try_from(deployment.queue.bytes).unwrap_or(usize::MAX),
            queue_objects: usize::try_from(deployment.queue.objects).unwrap_or(usize::MAX),
            skew: skew(&policy),
            drain: std::time::Duration::from_nanos(u64::try_from(deployment.drain.nanos()).unwrap_or(0)),
            pool_bytes: POOL_BYTES,
            expiries,
            pseudonyms: match &deployment.pseudonyms {
                Some(file) => Some(keys::pseudonyms(Path::new(file.as_str()))?),
                None => None,
            },
            policy,
            bindings,
        })
    }
}

/// What each source may send, by whatever listener.
fn sources(fit: &Fit, listeners: &[Listener]) -> Vec<Source> {
    let source = |(terms, sizes): (&deployment::Terms, &deployment::Sizes)| {
        // Who sends over a link cannot wait with a large one; a folder can.
        let over_link = |it: &&Listener| {
            matches!(it.way, Way::Diode(_)) && it.way.sources().contains(&terms.source.as_str())
        };
        let over_link = listeners.iter().filter(over_link).map(|it| it.size_max).max();
        let largest = over_link.unwrap_or(0).max(sizes.frame_max);
        let bits = terms.rate.unwrap_or(u64::MAX);
        let rate = Rate { bits, burst_bytes: burst(bits, largest), objects: terms.objects };
        Source {
            name: Arc::from(terms.source.as_str()),
            rate: (terms.rate.is_some() || terms.objects.is_some()).then_some(rate),
            size_max: Some(largest),
        }
    };
    fit.sources.iter().zip(&fit.sizes).map(source).collect()
}

/// How files with a sidecar are taken, where the lane says that they are.
fn sidecars(bindings: &LaneBindings) -> Option<Sidecars> {
    let wait = Duration::from_nanos(SIDECAR_WAIT_NS);
    bindings.takes_sidecars.then(|| Sidecars { size_max: bound::bytes_max(), wait })
}

fn ground(
    deployment: &Deployment,
    text: &[u8],
    bundle: Digest,
    released_max: usize,
) -> Result<Ground, Fault> {
    let asked = deployment.clone();
    let trusts = move |now| match trusted(&asked, now, NEVER_RUN)?.bundle().digest() == bundle {
        true => Ok(()),
        false => Err(Fault::new("the bundle was changed while the lane started; start it again")),
    };
    Ok(Ground {
        node: node(),
        config: Digest::of(text),
        released_max,
        out: WayOut::of(&deployment.egress)?,
        statements: deployment.review.as_ref().map(path),
        hold: Hold {
            path: path(&deployment.hold.path),
            quota: deployment.hold.quota,
            key: hold_key(&deployment.hold)?,
        },
        audit: Audit {
            path: path(&deployment.audit.path),
            key: log_key(&deployment.name, Path::new(deployment.audit.key.as_str()))?,
            second: deployment.audit.checkpoints.as_ref().map(path),
        },
        time: Box::new(Machine::new(daemon(&deployment.clock))),
        clock: ClockTerms { step_max_ns: deployment.clock.max_step.nanos() },
        trusts: Box::new(trusts),
    })
}

/// The file by which a time daemon confirms the clock, and how long that holds; none where nobody is asked.
fn daemon(clock: &deployment::Clock) -> Option<(PathBuf, std::time::Duration)> {
    let (usual, within) = DAEMON_FILE;
    let file = clock.confirmed_by.as_ref().map_or_else(|| PathBuf::from(usual), path);
    let nanos = clock.confirmed_within.and_then(|within| u64::try_from(within.nanos()).ok());
    let within = nanos.map_or(std::time::Duration::from_secs(within), std::time::Duration::from_nanos);
    clock.needs_synchronised.value.then_some((file, within))
}

/// How far ahead of ours a time may be that an object claims, at most.
pub(crate) fn skew(policy: &Policy) -> Duration {
    let skews = policy.types().iter().map(|lane_type| lane_type.validity().skew);
    skews.max().unwrap_or(Duration::ZERO)
}

/// What a listener is called everywhere.
fn name_of(kind: &str, number: usize) -> String {
    format!("{kind}-{}", number.saturating_add(1))
}

fn read_certificates(file: &str) -> Result<Vec<Certificate>, Fault> {
    let pem = files::bounded(Path::new(file), PEM_BYTES_MAX).map_err(|error| Fault::of(file, &error))?;
    Certificate::read_pem(&pem).map_err(|fault| Fault::new(format!("{file}: {fault}")))
}

fn path(at: &lockgate_notation::At<String>) -> PathBuf {
    PathBuf::from(at.as_str())
}

/// A second's worth, and at least four objects of the largest size.
fn burst(bits: u64, size_max: usize) -> u64 {
    let largest = u64::try_from(size_max).unwrap_or(u64::MAX).saturating_mul(4);
    bits.wrapping_div(8).max(largest).max(1)
}

/// The machine's name.
pub(crate) fn node() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

fn hold_key(hold: &deployment::Hold) -> Result<Option<Key>, Fault> {
    hold.key.as_ref().map(|file| keys::hold(Path::new(file.as_str()))).transpose()
}

/// The key that signs checkpoints; its public half carries the deployment's name.
pub(crate) fn log_key(name: &str, file: &Path) -> Result<LogKey, Fault> {
    let secret = keys::signing(file)?.to_bytes();
    LogKey::from_secret(&format!("lockgate-{name}"), &secret)
        .map_err(|fault| Fault::new(format!("{}: {fault}", file.display())))
}
