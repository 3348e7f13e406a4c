//! What a deployment says. Everything that people may have to be told about stands with its place in the file.

use crate::foreign::ForeignEgress;
use core::net::{IpAddr, SocketAddr};
use lockgate_adapters::{flute, lidi};
use lockgate_bundle::SourceBy;
use lockgate_bytes::{Digest, Duration, Precedence};
use lockgate_diode::{Limits, Terms};
use lockgate_notation::{At, Diagnostics, Document};

/// One lane on one machine.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub(crate) document: Document,
    /// What it is called.
    pub name: String,
    /// The file of the bundle.
    pub bundle: At<String>,
    /// What the bundle is called; `None`: whatever it is called.
    pub bundle_name: Option<At<String>>,
    /// The file with the signatures of the bundle.
    pub signatures: At<String>,
    /// The trust file.
    pub trust: At<String>,
    /// The lane of the bundle that runs here.
    pub lane: At<String>,
    /// Where objects come in; at least one.
    pub intake: Vec<Intake>,
    /// Where released objects go out.
    pub egress: Egress,
    /// Where held objects wait.
    pub hold: Hold,
    /// The folder into whose `in` reviewers put their statements; `None`: nobody decides about what is held.
    pub review: Option<At<String>>,
    /// The log.
    pub audit: Audit,
    /// The file with the key of the lane's pseudonyms; `None`: it gives none.
    pub pseudonyms: Option<At<String>>,
    /// Where metrics can be asked for; `None`: nowhere.
    pub metrics: Option<Metrics>,
    /// The socket of `status`, `top` and `reload`; `None`: none.
    pub control: Option<At<String>>,
    /// Messages for the operator.
    pub log: Log,
    /// What is asked of the clock.
    pub clock: Clock,
    /// Where the program stands that reads text in pictures.
    pub reader: TextReader,
    /// Refusals a second and source above which they share a record; at least 1.
    pub flood: u64,
    /// What may wait for egress.
    pub queue: QueueBounds,
    /// How long the lane finishes its work after it was told to stop.
    pub drain: Duration,
}

impl Deployment {
    /// An empty collection of diagnostics about the file.
    pub fn diagnostics(&self) -> Diagnostics {
        self.document.diagnostics()
    }

    /// Every source that is offered, how it proves itself, and where the file says so.
    pub fn offers(&self) -> Vec<Offer<'_>> {
        let mut offers = Vec::new();
        for intake in &self.intake {
            match intake {
                Intake::Udp(udp) => {
                    offers.push(Offer::new(&udp.source, SourceBy::Interface, (udp.rate, udp.objects)))
                }
                Intake::Tcp(tcp) => {
                    offers.push(Offer::new(&tcp.source, SourceBy::Interface, (tcp.rate, tcp.objects)))
                }
                Intake::Tls(tls) => {
                    offers.extend(tls.clients.iter().map(|client| {
                        Offer::new(&client.source, SourceBy::Tls, (client.rate, client.objects))
                    }))
                }
                Intake::Diode(diode) => {
                    offers.push(Offer::new(&diode.source, SourceBy::Diode, (diode.rate, diode.objects)))
                }
                Intake::Directory(folder) => {
                    offers.push(Offer::new(
                        &folder.source,
                        SourceBy::Directory,
                        (folder.rate, folder.objects),
                    ));
                }
            }
        }
        offers
    }
}

/// Where the program stands that reads text in pictures for the slow path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TextReader {
    /// Where packages put it; there may be none.
    #[default]
    Usual,
    /// Nowhere: nobody but people reads it, whatever is installed.
    Nowhere,
    /// There.
    At {
        /// The program.
        program: At<String>,
        /// The folder of its data.
        data: At<String>,
    },
}

/// A source as a deployment offers it.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'d> {
    /// Its name in the lane.
    pub source: &'d At<String>,
    /// How it proves who it is.
    pub by: SourceBy,
    /// Most bits a second, if the deployment says so.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if the deployment says so.
    pub objects: Option<At<u64>>,
}

impl<'d> Offer<'d> {
    fn new(
        source: &'d At<String>,
        by: SourceBy,
        (rate, objects): (Option<At<u64>>, Option<At<u64>>),
    ) -> Self {
        Self { source, by, rate, objects }
    }
}

/// One place where objects come in.
#[derive(Clone, Debug)]
pub enum Intake {
    /// Datagrams; each is one object.
    Udp(UdpIntake),
    /// Streams.
    Tcp(TcpIntake),
    /// Streams of clients with certificates.
    Tls(TlsIntake),
    /// Objects that come by the one-way protocol (docs/DIODE.md).
    Diode(DiodeIntake),
    /// Files that appear in a folder.
    Directory(DirectoryIntake),
}

/// The receiving end of a diode link.
#[derive(Clone, Debug)]
pub struct DiodeEnd {
    /// Where to listen; a multicast group is joined.
    pub address: At<SocketAddr>,
    /// The interface; nothing that arrives on another is taken.
    pub interface: At<String>,
    /// The link's number, the same at both ends.
    pub link: u16,
    /// The file with the secret that both ends share.
    pub secret: At<String>,
    /// The file with the public half of the sender's key.
    pub key: At<String>,
    /// The folder of the receiver's journal.
    pub state: At<String>,
    /// The kernel's receive buffer in bytes.
    pub buffer: u64,
    /// What is kept at most, and how long is waited.
    pub limits: Limits,
}

/// Objects that come by the one-way protocol: the key of the link is the source.
#[derive(Clone, Debug)]
pub struct DiodeIntake {
    /// The link.
    pub end: DiodeEnd,
    /// The source, by its name in the lane.
    pub source: At<String>,
    /// Most bits a second, if narrower than the lane's.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if fewer than the lane's.
    pub objects: Option<At<u64>>,
}

/// Datagrams.
#[derive(Clone, Debug)]
pub struct UdpIntake {
    /// Where to listen; a multicast group is joined.
    pub address: At<SocketAddr>,
    /// The interface that the lane trusts; nothing that arrives on another is taken.
    pub interface: At<String>,
    /// The source, by its name in the lane.
    pub source: At<String>,
    /// Most bits a second, if narrower than the lane's.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if fewer than the lane's.
    pub objects: Option<At<u64>>,
    /// The kernel's receive buffer in bytes.
    pub buffer: u64,
}

/// Streams.
#[derive(Clone, Debug)]
pub struct TcpIntake {
    /// Where to listen.
    pub address: At<SocketAddr>,
    /// The interface that the lane trusts.
    pub interface: At<String>,
    /// The source, by its name in the lane.
    pub source: At<String>,
    /// Most bits a second, if narrower than the lane's.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if fewer than the lane's.
    pub objects: Option<At<u64>>,
    /// How a stream is cut into objects; `None`: as the types of the source say.
    pub framing: Option<Framing>,
    /// What clients may ask for.
    pub limits: StreamLimits,
    /// Where the listener stands in the file.
    pub noun: At<()>,
}

/// Streams of clients with certificates (TLS 1.3).
#[derive(Clone, Debug)]
pub struct TlsIntake {
    /// Where to listen.
    pub address: At<SocketAddr>,
    /// The only interface to listen on, if it is limited to one.
    pub interface: Option<At<String>>,
    /// The file with our certificate and those between it and its root.
    pub certificate: At<String>,
    /// The file with its secret key.
    pub key: At<String>,
    /// The file with the roots of the clients' certificates.
    pub authority: At<String>,
    /// Who may connect; nobody else may.
    pub clients: Vec<Client>,
    /// How a stream is cut into objects; `None`: as the types of the source say.
    pub framing: Option<Framing>,
    /// What clients may ask for.
    pub limits: StreamLimits,
    /// Where the listener stands in the file.
    pub noun: At<()>,
}

/// A client of a TLS listener.
#[derive(Clone, Debug)]
pub struct Client {
    /// SHA-256 of the DER of its certificate.
    pub certificate: At<Digest>,
    /// The source that it is, by its name in the lane.
    pub source: At<String>,
    /// Most bits a second, if narrower than the lane's.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if fewer than the lane's.
    pub objects: Option<At<u64>>,
}

/// What clients of a stream may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Connections at one time, 1 to 4096.
    pub connections: usize,
    /// Connections at one time from one address, 1 to 4096.
    pub per_address: usize,
    /// Longest silence between objects.
    pub idle: Duration,
    /// Longest time from the first byte of an object to its last.
    pub object: Duration,
}

/// How a stream is cut into objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// An object ends with these bytes, 1 to 32 of them, which belong to it.
    Delimiter(Vec<u8>),
    /// A length stands in front.
    Length(Length),
    /// A length as a varint, behind `offset` bytes (0 to 16); it counts what follows it, at least `least` bytes. All of it is
    /// part of the object.
    Varint {
        /// Bytes of the object before the length.
        offset: usize,
        /// Fewest bytes behind it.
        least: usize,
    },
    /// A length as BER has it, behind `offset` bytes (0 to 16); it counts what follows it. All of it is part of the object.
    Ber {
        /// Bytes of the object before the length.
        offset: usize,
    },
    /// Every object has so many bytes, at least one.
    Fixed(usize),
}

/// A length in front of each object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// How wide it is in bits: 16 or 32.
    pub bits: u8,
    /// Which byte comes first.
    pub order: ByteOrder,
    /// Bytes of the object before the length, 0 to 16; above 0 only where the length includes the header.
    pub offset: usize,
    /// True: it counts the whole object from its first byte. False: it counts what follows it, and is no part of the
    /// object.
    pub includes_header: bool,
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The most significant one.
    Big,
    /// The least significant one.
    Little,
}

/// Files that appear in a folder.
#[derive(Clone, Debug)]
pub struct DirectoryIntake {
    /// The folder; the source writes into `in` below it.
    pub path: At<String>,
    /// The source, by its name in the lane.
    pub source: At<String>,
    /// The user whose files are taken, and nobody else's: a name or a number.
    pub owner: At<String>,
    /// True: a file is handed over once its size and time stand still. False: by renaming it into `in`, so at first sight.
    pub settles: bool,
    /// Most bits a second, if narrower than the lane's.
    pub rate: Option<At<u64>>,
    /// Most objects a second, if fewer than the lane's.
    pub objects: Option<At<u64>>,
}

/// Where released objects go out.
#[derive(Clone, Debug)]
pub enum Egress {
    /// Datagrams, each one object, sent and never answered.
    Udp {
        /// Where to.
        address: At<SocketAddr>,
        /// The interface to send by; needed for a multicast group.
        interface: Option<At<String>>,
        /// The address to send from; `None`: the machine chooses.
        from: Option<At<IpAddr>>,
        /// How many routers a datagram may pass, 1 to 255.
        hops: u8,
        /// Bits a second on the wire.
        rate: u64,
        /// What one packet of the link carries in bytes with all headers, 576 to 65,535; larger datagrams leave in
        /// fragments.
        mtu: u16,
        /// Most bytes of an object, up to 65,507; a larger one is not sent.
        largest: usize,
        /// The code point of each precedence, lowest precedence first, 0 to 63 (RFC 2474).
        dscp: [u8; 6],
    },
    /// Datagrams of the one-way protocol (docs/DIODE.md).
    Diode(Box<DiodeEgress>),
    /// Datagrams of lidi 2.1, a protocol of others that proves nothing.
    Lidi(Box<ForeignEgress<lidi::Terms>>),
    /// Datagrams of FLUTE, a protocol of others that proves nothing.
    Flute(Box<ForeignEgress<flute::Terms>>),
    /// Files in a folder, with generated names.
    Directory {
        /// The folder.
        path: At<String>,
        /// What file names end with, without the dot.
        extension: String,
    },
}

impl Egress {
    /// The address to send from, where one is named.
    pub fn from(&self) -> Option<&At<IpAddr>> {
        match self {
            Self::Udp { from, .. } => from.as_ref(),
            Self::Diode(diode) => diode.from.as_ref(),
            Self::Lidi(lidi) => lidi.from.as_ref(),
            Self::Flute(flute) => flute.from.as_ref(),
            Self::Directory { .. } => None,
        }
    }
}

/// The sending end of a diode link.
#[derive(Clone, Debug)]
pub struct DiodeEgress {
    /// Where to.
    pub address: At<SocketAddr>,
    /// The interface to send by; needed for a multicast group.
    pub interface: Option<At<String>>,
    /// The address to send from; `None`: the machine chooses.
    pub from: Option<At<IpAddr>>,
    /// How many routers a datagram may pass, 1 to 255.
    pub hops: u8,
    /// What one packet of the link carries in bytes with all headers; datagrams never leave in fragments.
    pub mtu: u16,
    /// The code point of each precedence, lowest precedence first, 0 to 63 (RFC 2474).
    pub dscp: [u8; 6],
    /// The file with the secret that both ends share.
    pub secret: At<String>,
    /// The file with the Ed25519 key that signs manifests.
    pub key: At<String>,
    /// The folder of the link's state: its epoch, and what was released and has not left.
    pub state: At<String>,
    /// How the link is used; its bounds hold.
    pub terms: Terms,
}

impl Egress {
    /// The code point for a precedence; 0 where it does not matter.
    pub fn dscp(&self, precedence: Precedence) -> u8 {
        match self {
            Self::Udp { dscp, .. } => point(dscp, precedence),
            Self::Diode(diode) => point(&diode.dscp, precedence),
            Self::Lidi(lidi) => point(&lidi.dscp, precedence),
            Self::Flute(flute) => point(&flute.dscp, precedence),
            Self::Directory { .. } => 0,
        }
    }
}

fn point(dscp: &[u8; 6], precedence: Precedence) -> u8 {
    dscp.get(precedence.place()).copied().unwrap_or(0)
}

/// Where held objects wait.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The folder.
    pub path: At<String>,
    /// Most bytes of all held objects.
    pub quota: u64,
    /// The file with the key that they are sealed with; `None`: they are not.
    pub key: Option<At<String>>,
}

/// The log.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The folder.
    pub path: At<String>,
    /// The file with the Ed25519 key that signs checkpoints.
    pub key: At<String>,
    /// The folder, elsewhere, that checkpoints are copied to.
    pub checkpoints: Option<At<String>>,
}

/// Where metrics can be asked for.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Where to listen: a loopback address. A proxy of your own decides who else may ask.
    pub address: At<SocketAddr>,
}

/// Messages for the operator.
#[derive(Clone, Debug)]
pub struct Log {
    /// How they are written.
    pub format: LogFormat,
    /// Where they go.
    pub to: LogTo,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// RFC 5424.
    Syslog,
    /// One JSON object a line.
    Json,
}

/// Where messages go.
#[derive(Clone, Debug)]
pub enum LogTo {
    /// Standard error.
    Stderr,
    /// A local datagram socket, such as /dev/log.
    Socket(At<String>),
    /// A collector on this machine, by datagrams; a loopback address.
    Udp(At<SocketAddr>),
}

/// What is asked of the clock.
#[derive(Clone, Debug)]
pub struct Clock {
    /// A larger step stops releasing until an operator confirms.
    pub max_step: Duration,
    /// True: an unsynchronised clock stops releasing.
    pub needs_synchronised: At<bool>,
    /// The file that the time daemon touches whenever it has confirmed the clock; none for that of systemd-timesyncd.
    pub confirmed_by: Option<At<String>>,
    /// How long that holds.
    pub confirmed_within: Option<Duration>,
}

/// What may wait for egress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueBounds {
    /// Most bytes.
    pub bytes: u64,
    /// Most objects.
    pub objects: u64,
}
