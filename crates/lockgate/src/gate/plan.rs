//! What a lane is to be run with, from a deployment and the bundle that it may run on. Nothing is opened here but files
//! that have to be read.

use super::clock::{ClockTerms, Machine, TimeSource};
use super::way_out::WayOut;
use crate::bound;
use crate::command::receive::open_link;
use crate::deployment::{NEVER_RUN, keys, look, trusted};
use crate::exit::Fault;
use crate::files;
use crate::ocr;
use lockgate_attest::Certificate;
use lockgate_audit::LogKey;
use lockgate_bundle::trust::TrustedBundle;
use lockgate_bundle::{Bundle, Direction, Expires, LaneBindings};
use lockgate_bytes::{Digest, Duration, PseudonymKey, Time};
use lockgate_core::Policy;
use lockgate_deployment::{self as deployment, Deployment, Fit};
use lockgate_disk::RealDisk;
use lockgate_hold::Key;
use lockgate_intake::{
    Admission, Ber, ByteOrder, Client, Diode, Directory, Framing, Identity, Length, Listener, Patience, Rate,
    Settle, Sidecars, Source, Tcp, Tls, Udp, Varint, Way, Width, open_folder,
};
use lockgate_watch::{Expiry, ExpiryKind};
use std::net::SocketAddr;
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

/// What the lane rests on that ends one day: its bundle, and those whose signatures count for that.
pub(crate) fn signed_expiries(trusted: &TrustedBundle, lane: &str, now: Time) -> Vec<Expiry> {
    let signers = trusted.signed().iter();
    let signers = signers.map(|signer| Expiry {
        kind: ExpiryKind::Signer,
        name: signer.name.clone(),
        at: signer.until,
    });
    expiries(trusted.bundle(), lane, now).into_iter().chain(signers).collect()
}

/// What of its bundle ends one day. A membership that was over before is history.
pub(crate) fn expiries(bundle: &Bundle, lane: &str, now: Time) -> Vec<Expiry> {
    let kind = |what| match what {
        Expires::Agreement => ExpiryKind::Agreement,
        Expires::Delegation => ExpiryKind::Delegation,
        Expires::Equivalence => ExpiryKind::Equivalence,
        Expires::DefaultLabel => ExpiryKind::DefaultLabel,
        Expires::PolicyEdition => ExpiryKind::Policy,
        Expires::Membership => ExpiryKind::Membership,
        Expires::Reviewer => ExpiryKind::Reviewer,
        Expires::LabelSigner => ExpiryKind::LabelSigner,
    };
    let all = bundle.expiries(lane).iter();
    let all = all.filter(|expiry| expiry.what != Expires::Membership || now < expiry.until);
    all.map(|expiry| Expiry { kind: kind(expiry.what), name: expiry.name.clone(), at: expiry.until })
        .filter(|expiry| expiry.at < Time::MAX)
        .collect()
}

/// The certificates that the lane shows, and those that its clients' rest on: of each file the one that ends first. They stay
/// those of the start.
///
/// # Errors
/// [`Fault`] where one cannot be read.
pub(crate) fn certificate_expiries(deployment: &Deployment) -> Result<Vec<Expiry>, Fault> {
    let mut found = Vec::new();
    for (number, intake) in deployment.intake.iter().enumerate() {
        let deployment::Intake::Tls(tls) = intake else { continue };
        let listener = name_of("tls", number);
        for (file, name) in [(&tls.certificate, listener.clone()), (&tls.authority, format!("{listener} ca"))]
        {
            let until = read_certificates(file.as_str())?.into_iter().map(|one| one.until).min();
            found.extend(until.map(|at| Expiry { kind: ExpiryKind::Certificate, name, at }));
        }
    }
    Ok(found)
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

fn listeners(deployment: &Deployment, fit: &Fit, sidecars: Option<Sidecars>) -> Result<Vec<Listener>, Fault> {
    deployment
        .intake
        .iter()
        .enumerate()
        .map(|(number, intake)| {
            let framing = || fit.streams.iter().find(|stream| stream.intake == number).map(|s| &s.framing);
            let (kind, way) = match intake {
                deployment::Intake::Udp(udp) => ("udp", udp_way(udp)),
                deployment::Intake::Tcp(tcp) => {
                    let admission = Admission::Interface(Arc::from(tcp.source.as_str()));
                    let interface = Some(tcp.interface.value.clone());
                    ("tcp", tcp_way(tcp.address.value, interface, framing(), &tcp.limits, admission)?)
                }
                deployment::Intake::Tls(tls) => {
                    let interface = tls.interface.as_ref().map(|name| name.value.clone());
                    let admission = Admission::Tls(certificates(tls)?);
                    ("tls", tcp_way(tls.address.value, interface, framing(), &tls.limits, admission)?)
                }
                deployment::Intake::Diode(diode) => ("diode", diode_way(diode)?),
                deployment::Intake::Directory(folder) => ("directory", directory_way(folder, sidecars)?),
            };
            let name = Arc::from(name_of(kind, number));
            Ok(Listener { name, size_max: size_max(fit, &way), way })
        })
        .collect()
}

/// The largest object of a listener: the largest that any of its sources may send by it.
fn size_max(fit: &Fit, way: &Way) -> usize {
    let sources = way.sources();
    let sizes = fit.sizes.iter().filter(|sizes| sources.contains(&sizes.source.as_str()));
    let sizes = sizes.map(|sizes| match way {
        Way::Udp(_) | Way::Tcp(_) => sizes.frame_max,
        Way::Diode(_) | Way::Directory(_) => sizes.file_max,
    });
    sizes.max().unwrap_or(0)
}

fn udp_way(udp: &deployment::UdpIntake) -> Way {
    Way::Udp(Udp {
        address: udp.address.value,
        interface: udp.interface.value.clone(),
        source: Arc::from(udp.source.as_str()),
        receive_buffer_bytes: usize::try_from(udp.buffer).unwrap_or(usize::MAX),
    })
}

fn tcp_way(
    address: SocketAddr,
    interface: Option<String>,
    framing: Option<&deployment::Framing>,
    limits: &deployment::StreamLimits,
    admission: Admission,
) -> Result<Way, Fault> {
    let framing = match framing {
        Some(deployment::Framing::Delimiter(bytes)) => Framing::Delimiter(bytes.clone()),
        Some(deployment::Framing::Length(length)) => Framing::Length(Length {
            offset: length.offset,
            width: if length.bits == 16 { Width::Two } else { Width::Four },
            order: match length.order {
                deployment::ByteOrder::Big => ByteOrder::Big,
                deployment::ByteOrder::Little => ByteOrder::Little,
            },
            includes_header: length.includes_header,
        }),
        Some(deployment::Framing::Varint { offset, least }) => {
            Framing::Varint(Varint { offset: *offset, least: *least })
        }
        Some(deployment::Framing::Ber { offset }) => Framing::Ber(Ber { offset: *offset }),
        Some(deployment::Framing::Fixed(size)) => Framing::Fixed(*size),
        None => {
            return Err(Fault::new(format!("nothing says how streams to {address} are cut into objects")));
        }
    };
    Ok(Way::Tcp(Tcp {
        address,
        interface,
        framing,
        patience: Patience { idle: limits.idle, frame: limits.object, ..Patience::default() },
        connections_max: limits.connections,
        connections_per_peer_max: limits.per_address,
        admission,
    }))
}

fn diode_way(diode: &deployment::DiodeIntake) -> Result<Way, Fault> {
    let (listen, link) = open_link(&diode.end)?;
    let state = Path::new(diode.end.state.as_str());
    let disk = RealDisk::at(state).map_err(|error| Fault::of(state.display(), &error))?;
    let source = Arc::from(diode.source.as_str());
    Ok(Way::Diode(Diode { listen, link, state: Arc::new(disk), source }))
}

fn directory_way(folder: &deployment::DirectoryIntake, sidecars: Option<Sidecars>) -> Result<Way, Fault> {
    let owner = look::owner::user(&folder.owner)
        .ok_or_else(|| Fault::new(format!("there is no user {}", folder.owner.as_str())))?;
    let disk = open_folder(Path::new(folder.path.as_str())).map_err(Fault::new)?;
    Ok(Way::Directory(Directory {
        disk,
        source: Arc::from(folder.source.as_str()),
        owner,
        settle: if folder.settles { Settle::Unchanged } else { Settle::Renamed },
        look_every: Duration::from_nanos(200_000_000),
        taken_max: 1024,
        away_max: 1024,
        turned_away_max: 1024,
        sidecars,
        of: None,
    }))
}

/// Certificates, key and authority of a listener, as they are to be used.
///
/// # Errors
/// [`Fault`] where a file cannot be read.
pub(crate) fn certificates(tls: &deployment::TlsIntake) -> Result<Tls, Fault> {
    let chain = |file: &str| -> Result<Vec<Vec<u8>>, Fault> {
        Ok(read_certificates(file)?.into_iter().map(|certificate| certificate.der).collect())
    };
    Ok(Tls {
        chain: chain(&tls.certificate)?,
        key: keys::tls(Path::new(tls.key.as_str()))?,
        authorities: chain(&tls.authority)?,
        clients: tls
            .clients
            .iter()
            .map(|client| Client {
                identity: Identity::Fingerprint(client.certificate.value),
                source: Arc::from(client.source.as_str()),
            })
            .collect(),
    })
}
