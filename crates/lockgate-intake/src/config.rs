//! What intake is told to open.

use crate::{Framing, Patience, Rate};
use lockgate_bytes::{Digest, Duration};
use lockgate_disk::Disk;
use lockgate_receive::{Link, Listen};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// One lane's intake.
#[derive(Clone, Debug)]
pub struct Config {
    /// The number of this run, from 1; it stands in receipts and is never used twice.
    pub epoch: u64,
    /// True: a full lane makes sources wait (TCP stops reading, files stay). False, and so for every low-to-high lane:
    /// no source can see whether the lane is full; what finds no room is counted and gone.
    pub push_back: bool,
    /// Memory for the unfinished frames of all connections together, in bytes.
    pub unfinished_max_bytes: usize,
    /// Every source that a listener names.
    pub sources: Vec<Source>,
    /// What is opened. Names are unique.
    pub listeners: Vec<Listener>,
}

/// A source, as the lane names it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name in the lane.
    pub name: Arc<str>,
    /// What it may send through all listeners together; `None` for no limit.
    pub rate: Option<Rate>,
    /// The largest datagram or frame that it may send, in bytes, where a listener takes larger ones of others; `None` for what
    /// its listeners take.
    pub size_max: Option<usize>,
}

/// One way in.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its name, for counters, records and messages.
    pub name: Arc<str>,
    /// The largest datagram, frame or file, in bytes: the largest that any of its sources may send.
    pub size_max: usize,
    /// What kind of way it is.
    pub way: Way,
}

/// The kinds of ways in.
#[derive(Clone, Debug)]
pub enum Way {
    /// One datagram is one frame.
    Udp(Udp),
    /// A TCP stream is cut into frames.
    Tcp(Tcp),
    /// One object of a diode link is one frame.
    Diode(Diode),
    /// One file is one frame.
    Directory(Directory),
}

/// The far end of a diode link. The key of the link is the source.
#[derive(Clone)]
pub struct Diode {
    /// Where it listens.
    pub listen: Listen,
    /// The link.
    pub link: Link,
    /// The folder of the receiver's journal.
    pub state: Arc<dyn Disk>,
    /// The source that the key is.
    pub source: Arc<str>,
}

impl fmt::Debug for Diode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Diode(link {}, source {}, {})", self.link.link, self.source, self.listen.address)
    }
}

/// A UDP listener, unicast or multicast. The interface is the source: an address alone earns nothing.
#[derive(Clone, Debug)]
pub struct Udp {
    /// Where to listen; a multicast group is joined on the interface.
    pub address: SocketAddr,
    /// The interface, such as `eth0`. Only what comes in through it is received.
    pub interface: String,
    /// The source that the lane trusts this interface to be.
    pub source: Arc<str>,
    /// The kernel's buffer in bytes: what may wait there while intake is busy.
    pub receive_buffer_bytes: usize,
}

/// A TCP listener.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// Where to listen.
    pub address: SocketAddr,
    /// The interface; needed where it is the source.
    pub interface: Option<String>,
    /// How streams are cut.
    pub framing: Framing,
    /// How slow clients may be.
    pub patience: Patience,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections at once from one address.
    pub connections_per_peer_max: usize,
    /// Who a connection is.
    pub admission: Admission,
}

/// Who a connection is.
#[derive(Clone, Debug)]
pub enum Admission {
    /// Whoever comes through the interface is this source.
    Interface(Arc<str>),
    /// A client's certificate says who it is.
    Tls(Tls),
}

/// TLS 1.3 with client certificates. The chain must end at one of the authorities; then the leaf is looked up.
#[derive(Clone)]
pub struct Tls {
    /// Our certificate and those above it, in DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// The key of our certificate, PKCS #8, SEC 1 or PKCS #1 in DER.
    pub key: Vec<u8>,
    /// Authorities that issue clients' certificates, in DER.
    pub authorities: Vec<Vec<u8>>,
    /// Which certificate is which source.
    pub clients: Vec<Client>,
}

/// A client and the source that it is.
#[derive(Clone, Debug)]
pub struct Client {
    /// How its certificate is known.
    pub identity: Identity,
    /// The source.
    pub source: Arc<str>,
}

/// How a certificate is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// SHA-256 of the leaf certificate in DER. The safest: one certificate, and no other.
    Fingerprint(Digest),
    /// A DNS name or URI among the subject's alternative names, spelled exactly so; a wildcard matches nothing but
    /// itself. Whoever can have a certificate of an authority for this name is the source.
    Name(String),
}

/// A folder with atomic hand-over. Under the root of `disk`: `in` (writers put files there), `taken` and `turned-away`
/// (ours alone), and a lock file, so that one intake uses it at a time.
///
/// Names that begin with a dot or end with `.part` or `.tmp` are writers' own business and left alone. No name goes any
/// further: a taken file is called by its receipt.
#[derive(Clone)]
pub struct Directory {
    /// The folder; see [`crate::open_folder`].
    pub disk: Arc<dyn Disk>,
    /// The source that the owner is.
    pub source: Arc<str>,
    /// User id of the only owner whose files are taken.
    pub owner: u32,
    /// When a file counts as handed over.
    pub settle: Settle,
    /// Time between two looks into `in`.
    pub look_every: Duration,
    /// Files in `taken` at once, at least 1. Above it files stay in `in` where the lane pushes back, and are turned away
    /// where it does not.
    pub taken_max: usize,
    /// Files in `taken` that are turned away and not on record as such yet, at least 1. Above it nothing is claimed where the
    /// lane pushes back, and where it does not, what is to be turned away is counted with others of its kind and gone.
    pub away_max: usize,
    /// Files kept in `turned-away`; above it they are removed.
    pub turned_away_max: usize,
    /// How files with a sidecar are taken; `None` where they are turned away.
    pub sidecars: Option<Sidecars>,
    /// Whose receipts the files in `taken` have: the log's key. A folder that another log's lane used, and that still has taken
    /// files, is not opened: by their receipts alone they could be taken for decided ones. `None` where nobody asks.
    pub of: Option<Arc<str>>,
}

/// How files with a sidecar (`NAME.bdo` beside `NAME`) are taken from a folder: both together, and no file without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sidecars {
    /// The largest sidecar in bytes.
    pub size_max: u64,
    /// How long a file waits for its sidecar, and a sidecar for its file, before it is turned away.
    pub wait: Duration,
}

/// When a file counts as handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// At first sight: writers write under a hidden name, or elsewhere on the same file system, and rename when done.
    Renamed,
    /// When two looks found the same size and time of change.
    Unchanged,
}

/// Why intake could not be opened. Nothing is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFault {
    /// The listener, where it was one.
    pub listener: Option<Arc<str>>,
    /// What is wrong and what to do.
    pub says: String,
}

impl fmt::Display for OpenFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.listener {
            Some(name) => write!(out, "intake \"{name}\": {}", self.says),
            None => write!(out, "intake: {}", self.says),
        }
    }
}

impl std::error::Error for OpenFault {}

impl Tls {
    /// Reads what operators keep in PEM files: our chain (leaf first), our key, the clients' authorities.
    ///
    /// # Errors
    /// A sentence that says which of them cannot be read. It never shows what is in them.
    pub fn from_pem(
        chain: &[u8],
        key: &[u8],
        authorities: &[u8],
        clients: Vec<Client>,
    ) -> Result<Self, String> {
        let certificates = |pem: &[u8], of: &str| {
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            let found: Vec<Vec<u8>> = read.into_iter().flatten().map(|one| one.to_vec()).collect();
            if found.is_empty() { Err(format!("{of} holds no readable PEM certificates")) } else { Ok(found) }
        };
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| "the key is no PEM of a private key (PKCS #8, SEC 1 or PKCS #1)".to_owned())?;
        Ok(Self {
            chain: certificates(chain, "our certificate")?,
            key: key.secret_der().to_vec(),
            authorities: certificates(authorities, "the clients' authority")?,
            clients,
        })
    }
}

impl fmt::Debug for Tls {
    /// The key is never shown.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Tls({} authorities, {} clients)", self.authorities.len(), self.clients.len())
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Directory(source {}, owner {}, {:?})", self.source, self.owner, self.settle)
    }
}

impl Config {
    /// Checks all that can be checked without opening a socket or a file.
    ///
    /// # Errors
    /// The first [`OpenFault`].
    pub fn check(&self) -> Result<(), OpenFault> {
        let fault = |listener: Option<&Arc<str>>, says: &str| {
            Err(OpenFault { listener: listener.cloned(), says: says.to_owned() })
        };
        if self.epoch == 0 {
            return fault(None, "the epoch is 0; runs count from 1");
        }
        for (index, source) in self.sources.iter().enumerate() {
            if self.sources.iter().take(index).any(|other| other.name == source.name) {
                return fault(None, &format!("source \"{}\" is there twice; say it once", source.name));
            }
            let rates =
                source.rate.map_or([1; 3], |rate| [rate.bits, rate.burst_bytes, rate.objects.unwrap_or(1)]);
            if rates.contains(&0) {
                return fault(
                    None,
                    &format!("source \"{}\" has a rate of 0; leave it out instead", source.name),
                );
            }
        }
        for (index, listener) in self.listeners.iter().enumerate() {
            let name = Some(&listener.name);
            if self.listeners.iter().take(index).any(|other| other.name == listener.name) {
                return fault(name, "there are two of this name; give each its own");
            }
            if listener.size_max == 0 {
                return fault(name, "its largest size is 0 bytes; nothing could come in");
            }
            if let Err(says) = listener.way.check() {
                return fault(name, &says);
            }
            for source in listener.way.sources() {
                if self.source_index(source).is_none() {
                    return fault(name, &format!("source \"{source}\" is not known; declare it in the lane"));
                }
            }
        }
        Ok(())
    }

    /// Place of a source in [`Config::sources`].
    pub(crate) fn source_index(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| &*source.name == name)
    }
}

impl Way {
    /// The sources that come through it.
    pub fn sources(&self) -> Vec<&str> {
        match self {
            Self::Udp(udp) => vec![&*udp.source],
            Self::Diode(diode) => vec![&*diode.source],
            Self::Directory(directory) => vec![&*directory.source],
            Self::Tcp(tcp) => match &tcp.admission {
                Admission::Interface(source) => vec![&**source],
                Admission::Tls(tls) => tls.clients.iter().map(|client| &*client.source).collect(),
            },
        }
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Udp(udp) if udp.interface.is_empty() => {
                Err("it names no interface; an address alone earns nothing".to_owned())
            }
            Self::Diode(diode) if diode.listen.interface.is_empty() => {
                Err("it names no interface; nothing could come in".to_owned())
            }
            Self::Udp(_) | Self::Diode(_) => Ok(()),
            Self::Tcp(tcp) => tcp.check(),
            Self::Directory(directory) if directory.taken_max == 0 || directory.away_max == 0 => {
                Err("it may take 0 files; nothing could come in".to_owned())
            }
            Self::Directory(directory) if directory.look_every <= Duration::ZERO => {
                Err("it looks every 0 seconds; say for example 200ms".to_owned())
            }
            Self::Directory(_) => Ok(()),
        }
    }
}

impl Tcp {
    fn check(&self) -> Result<(), String> {
        let says = match (&self.admission, &self.framing) {
            (Admission::Interface(_), _) if self.interface.as_deref().unwrap_or("").is_empty() => {
                "it names no interface; an address alone earns nothing"
            }
            (Admission::Tls(tls), _) if tls.clients.is_empty() => "it names no client; nobody could come in",
            (_, Framing::Delimiter(end)) if end.is_empty() || end.len() > crate::DELIMITER_MAX => {
                "its delimiter has no bytes, or more than 32"
            }
            (
                _,
                Framing::Length(crate::Length { offset, .. })
                | Framing::Varint(crate::Varint { offset, .. })
                | Framing::Ber(crate::Ber { offset }),
            ) if *offset > crate::OFFSET_MAX => "its length stands more than 16 bytes into the frame",
            (_, Framing::Fixed(0)) => "its frames have no bytes",
            (_, Framing::Length(length)) if length.offset > 0 && !length.includes_header => {
                "its length stands inside the frame, so it has to count the header too"
            }
            _ if self.connections_max == 0 || self.connections_per_peer_max == 0 => {
                "it allows 0 connections; nobody could come in"
            }
            _ if !self.patience.is_sound() => "one of its times is 0; nobody could be that fast",
            _ => return Ok(()),
        };
        Err(says.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Config, Listener, Source, Tcp, Udp, Way};
    use crate::{Framing, Patience, Rate};
    use lockgate_bytes::Duration;

    fn udp(name: &str, source: &str, interface: &str) -> Listener {
        let way = Way::Udp(Udp {
            address: "127.0.0.1:0".parse().unwrap(),
            interface: interface.into(),
            source: source.into(),
            receive_buffer_bytes: 1 << 20,
        });
        Listener { name: name.into(), size_max: 1024, way }
    }

    fn tcp(change: impl FnOnce(&mut Tcp)) -> Listener {
        let mut tcp = Tcp {
            address: "127.0.0.1:0".parse().unwrap(),
            interface: Some("lo".into()),
            framing: Framing::Delimiter(b"</event>".to_vec()),
            patience: Patience::default(),
            connections_max: 10,
            connections_per_peer_max: 10,
            admission: Admission::Interface("a".into()),
        };
        change(&mut tcp);
        Listener { name: "stream".into(), size_max: 1024, way: Way::Tcp(tcp) }
    }

    fn config(listeners: Vec<Listener>) -> Config {
        let source = Source { name: "a".into(), rate: None, size_max: None };
        Config { epoch: 1, push_back: false, unfinished_max_bytes: 1 << 20, sources: vec![source], listeners }
    }

    #[test]
    fn what_cannot_be_is_said_before_anything_is_opened() {
        let says = |config: Config| config.check().unwrap_err().to_string();
        assert!(config(vec![udp("one", "a", "lo"), tcp(|_| ())]).check().is_ok());
        for (listeners, expected) in [
            (
                vec![udp("one", "b", "lo")],
                "intake \"one\": source \"b\" is not known; declare it in the lane",
            ),
            (
                vec![udp("one", "a", "")],
                "intake \"one\": it names no interface; an address alone earns nothing",
            ),
            (
                vec![udp("one", "a", "lo"), udp("one", "a", "lo")],
                "intake \"one\": there are two of this name; give each its own",
            ),
            (
                vec![Listener { size_max: 0, ..udp("one", "a", "lo") }],
                "intake \"one\": its largest size is 0 bytes; nothing could come in",
            ),
            (
                vec![tcp(|tcp| tcp.interface = None)],
                "intake \"stream\": it names no interface; an address alone earns nothing",
            ),
            (
                vec![tcp(|tcp| tcp.framing = Framing::Delimiter(vec![]))],
                "intake \"stream\": its delimiter has no bytes, or more than 32",
            ),
            (
                vec![tcp(|tcp| tcp.connections_max = 0)],
                "intake \"stream\": it allows 0 connections; nobody could come in",
            ),
            (
                vec![tcp(|tcp| tcp.patience.idle = Duration::ZERO)],
                "intake \"stream\": one of its times is 0; nobody could be that fast",
            ),
        ] {
            assert_eq!(says(config(listeners)), expected);
        }
        let mut twice = config(vec![]);
        twice.sources.push(twice.sources[0].clone());
        assert_eq!(says(twice), "intake: source \"a\" is there twice; say it once");
        let mut still = config(vec![]);
        still.sources[0].rate = Some(Rate { bits: 0, burst_bytes: 1, objects: None });
        assert_eq!(says(still), "intake: source \"a\" has a rate of 0; leave it out instead");
        assert_eq!(says(Config { epoch: 0, ..config(vec![]) }), "intake: the epoch is 0; runs count from 1");
    }
}
