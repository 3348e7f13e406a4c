//! Where released objects go: what a deployment says of it, and the same opened.

use crate::deployment::keys;
use crate::exit::Fault;
use lockgate_adapters::{flute, lidi};
use lockgate_deployment::{Egress, ForeignEgress};
use lockgate_diode::{Closing, LinkKey, ManifestSecret, Outgoing, Terms};
use lockgate_disk::Disk;
use lockgate_egress::{DiodeOut, DirectorySink, Exit, LinkState, Pace, Stage, UdpLink, UdpSink};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where released objects go.
pub(crate) enum WayOut {
    /// Datagrams, at so many bits a second.
    Udp { link: UdpLink, rate: u64 },
    /// Datagrams of the one-way protocol.
    Diode(Box<DiodeWay>),
    /// Datagrams of lidi 2.1.
    Lidi(Box<(UdpLink, lidi::Terms)>),
    /// Datagrams of FLUTE.
    Flute(Box<(UdpLink, flute::Terms)>),
    /// Files.
    Directory { path: PathBuf, extension: String },
}

/// The sending end of a diode link.
pub(crate) struct DiodeWay {
    pub(crate) link: UdpLink,
    pub(crate) terms: Terms,
    pub(crate) key: LinkKey,
    pub(crate) secret: ManifestSecret,
    /// The folder of the link's state.
    pub(crate) state: PathBuf,
}

/// Opens a folder.
pub(crate) type OpenDisk = dyn Fn(&Path) -> Result<Arc<dyn Disk>, Fault>;

/// The way out, open.
pub(crate) struct Out {
    pub(crate) exit: Exit,
    pub(crate) pace: Option<Pace>,
    pub(crate) link: Option<Link>,
}

/// What a diode link remembers from run to run.
pub(crate) struct Link {
    state: LinkState,
    closing: Arc<OnceLock<Closing>>,
}

impl Link {
    /// Writes down how far this run came. Where egress did not end in peace, nobody knows.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn end(self) -> Result<(), String> {
        let written = self.closing.get().map_or(Ok(()), |closing| self.state.end(closing));
        written.map_err(|error| format!("the state of the diode link: {error}"))
    }
}

impl WayOut {
    /// What a deployment says.
    ///
    /// # Errors
    /// [`Fault`] where a key cannot be read.
    pub(crate) fn of(egress: &Egress) -> Result<Self, Fault> {
        match egress {
            Egress::Udp { address, interface, from, hops, rate, mtu, largest, dscp } => {
                let from = from.as_ref().map(|from| from.value);
                let device = interface.as_ref().map(|name| name.value.clone());
                let (hops, largest, mtu, dscp) = (*hops, *largest, *mtu, *dscp);
                let (to, from) = (address.value, leaving(address.value, from));
                let link = UdpLink { to, from, device, hops, largest, mtu, dscp };
                Ok(WayOut::Udp { link, rate: *rate })
            }
            Egress::Diode(diode) => {
                let (to, from) = (diode.address.value, diode.from.as_ref().map(|from| from.value));
                let link = UdpLink {
                    to,
                    from: leaving(to, from),
                    device: diode.interface.as_ref().map(|name| name.value.clone()),
                    hops: diode.hops,
                    largest: diode.terms.payload,
                    mtu: diode.mtu,
                    dscp: diode.dscp,
                };
                Ok(WayOut::Diode(Box::new(DiodeWay {
                    link,
                    terms: diode.terms.clone(),
                    key: keys::link(Path::new(diode.secret.as_str()))?,
                    secret: ManifestSecret::new(&keys::signing(Path::new(diode.key.as_str()))?.to_bytes()),
                    state: PathBuf::from(diode.state.as_str()),
                })))
            }
            Egress::Lidi(lidi) => {
                let link = udp_link(lidi, lidi.terms.shape.datagram());
                Ok(WayOut::Lidi(Box::new((link, lidi.terms.clone()))))
            }
            Egress::Flute(flute) => {
                let link = udp_link(flute, flute.terms.datagram());
                Ok(WayOut::Flute(Box::new((link, flute.terms.clone()))))
            }
            Egress::Directory { path, extension } => {
                Ok(WayOut::Directory { path: PathBuf::from(path.as_str()), extension: extension.clone() })
            }
        }
    }

    /// Opens it; `disk` opens a folder. `released_max`: bytes of one object that leaves.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be opened.
    pub(crate) fn open(
        self,
        lane: &str,
        released_max: usize,
        disk: &OpenDisk,
    ) -> Result<(Out, Option<Stage>), Fault> {
        match self {
            WayOut::Udp { link, rate } => {
                let sink = UdpSink::open(&link)
                    .map_err(|error| Fault::new(format!("cannot send to {}: {error}", link.to)))?;
                let (exit, pace) = (Exit::Sink(Box::new(sink)), (rate > 0).then(|| Pace::new(rate)));
                Ok((Out { exit, pace, link: None }, None))
            }
            WayOut::Diode(way) => open_diode(*way, lane, released_max, disk),
            WayOut::Lidi(way) => {
                let (link, terms) = *way;
                let size = (terms.shape.datagram(), terms.headers);
                open_foreign(&link, Box::new(lidi::Sender::new(terms)), size).map(|out| (out, None))
            }
            WayOut::Flute(way) => {
                let (link, terms) = *way;
                let size = (terms.datagram(), terms.headers);
                let sender = flute::Sender::new(terms, chance()?);
                open_foreign(&link, Box::new(sender), size).map(|out| (out, None))
            }
            WayOut::Directory { path, extension } => {
                let (sink, stage) = DirectorySink::open(disk(&path)?, lane, &extension, released_max)
                    .map_err(|error| Fault::of(path.display(), &error))?;
                Ok((Out { exit: Exit::Sink(Box::new(sink)), pace: None, link: None }, Some(stage)))
            }
        }
    }
}

/// A link's folder has two things: its epoch, and what was released and has not left.
fn open_diode(
    way: DiodeWay,
    lane: &str,
    released_max: usize,
    disk: &OpenDisk,
) -> Result<(Out, Option<Stage>), Fault> {
    let DiodeWay { link, terms, key, secret, state: path } = way;
    let unusable = |error: io::Error| Fault::of(path.display(), &error);
    let folder = disk(&path)?;
    let (state, start) =
        LinkState::begin(folder.clone(), crate::clock::now(), chance()?).map_err(unusable)?;
    let (_, stage) = DirectorySink::open(folder, lane, "staged", released_max).map_err(unusable)?;
    let closing = Arc::new(OnceLock::new());
    let out = DiodeOut::open(&link, terms, key, secret, start, closing.clone())
        .map_err(|error| Fault::new(format!("cannot send to {}: {error}", link.to)))?;
    let exit = Exit::Diode(Box::new(out));
    Ok((Out { exit, pace: None, link: Some(Link { state, closing }) }, Some(stage)))
}

/// 32 random bits: what tells one start from another.
fn chance() -> Result<u32, Fault> {
    let mut chance = [0; 4];
    getrandom::fill(&mut chance).map_err(|_| Fault::new("the system gives no random numbers"))?;
    Ok(u32::from_ne_bytes(chance))
}

/// A link of another protocol, whose datagrams have at most so many bytes.
fn udp_link<T>(out: &ForeignEgress<T>, largest: usize) -> UdpLink {
    let to = out.address.value;
    UdpLink {
        to,
        from: leaving(to, out.from.as_ref().map(|from| from.value)),
        device: out.interface.as_ref().map(|name| name.value.clone()),
        hops: out.hops,
        largest,
        mtu: out.mtu,
        dscp: out.dscp,
    }
}

/// It remembers nothing: what is on its way at a crash is as with plain datagrams.
fn open_foreign(
    link: &UdpLink,
    sender: Box<dyn Outgoing + Send>,
    size: (usize, usize),
) -> Result<Out, Fault> {
    let out = DiodeOut::by(link, sender, size, Arc::default())
        .map_err(|error| Fault::new(format!("cannot send to {}: {error}", link.to)))?;
    Ok(Out { exit: Exit::Diode(Box::new(out)), pace: None, link: None })
}

/// The address that datagrams leave from; any, where none is asked for.
fn leaving(to: SocketAddr, from: Option<IpAddr>) -> SocketAddr {
    let any: IpAddr = if to.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    SocketAddr::new(from.unwrap_or(any), 0)
}
