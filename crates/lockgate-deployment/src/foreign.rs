//! Links of other people's protocols. Whoever names one in a file gives up what ours proves: docs/DIODE.md says what.

use core::net::{IpAddr, SocketAddr};
use lockgate_adapters::Objects;
use lockgate_adapters::flute;
use lockgate_adapters::lidi::{Shape, Terms};
use lockgate_bytes::Duration;
use lockgate_diode::Limits;
use lockgate_notation::At;

/// The sending end of a link of lidi 2.1.
#[derive(Clone, Debug)]
pub struct LidiEgress {
    /// Where to.
    pub address: At<SocketAddr>,
    /// The interface to send by; needed for a multicast group.
    pub interface: Option<At<String>>,
    /// The address to send from; `None`: the machine chooses.
    pub from: Option<At<IpAddr>>,
    /// How many routers a datagram may pass, 1 to 255.
    pub hops: u8,
    /// What one packet of the link has to carry in bytes with all headers.
    pub mtu: u16,
    /// The code point of each precedence, lowest precedence first, 0 to 63 (RFC 2474).
    pub dscp: [u8; 6],
    /// How the link is used; its bounds hold.
    pub terms: Terms,
}

/// The receiving end of a link of lidi 2.1.
#[derive(Clone, Debug)]
pub struct LidiEnd {
    /// Where to listen; a multicast group is joined.
    pub address: At<SocketAddr>,
    /// The interface; nothing that arrives on another is taken. It is all that says who sent.
    pub interface: At<String>,
    /// How the sender cuts blocks.
    pub shape: Shape,
    /// How objects stand in transfers.
    pub objects: Objects,
    /// How far apart the sender's heartbeats are; `None`: it sends none.
    pub heartbeat: Option<Duration>,
    /// The kernel's receive buffer in bytes.
    pub buffer: u64,
    /// What is kept at most, and how long is waited.
    pub limits: Limits,
}

/// The sending end of a link of FLUTE.
#[derive(Clone, Debug)]
pub struct FluteEgress {
    /// Where to.
    pub address: At<SocketAddr>,
    /// The interface to send by; needed for a multicast group.
    pub interface: Option<At<String>>,
    /// The address to send from; `None`: the machine chooses.
    pub from: Option<At<IpAddr>>,
    /// How many routers a datagram may pass, 1 to 255.
    pub hops: u8,
    /// What one packet of the link has to carry in bytes with all headers.
    pub mtu: u16,
    /// The code point of each precedence, lowest precedence first, 0 to 63 (RFC 2474).
    pub dscp: [u8; 6],
    /// How the link is used; its bounds hold.
    pub terms: flute::Terms,
}

/// The receiving end of a link of FLUTE.
#[derive(Clone, Debug)]
pub struct FluteEnd {
    /// Where to listen; a multicast group is joined.
    pub address: At<SocketAddr>,
    /// The interface; nothing that arrives on another is taken. It is all that says who sent.
    pub interface: At<String>,
    /// The session (TSI), below 2^48.
    pub session: u64,
    /// How objects stand in what is sent.
    pub objects: Objects,
    /// How far apart the sender's signs of life are; `None`: it gives none.
    pub heartbeat: Option<Duration>,
    /// The kernel's receive buffer in bytes.
    pub buffer: u64,
    /// What is kept at most, and how long is waited.
    pub limits: Limits,
}
