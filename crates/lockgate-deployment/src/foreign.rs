//! Links of other people's protocols. Whoever names one in a file gives up what ours proves: docs/DIODE.md says what.

use core::net::{IpAddr, SocketAddr};
use lockgate_adapters::Objects;
use lockgate_bytes::Duration;
use lockgate_diode::Limits;
use lockgate_notation::At;

/// The sending end of a link of another protocol, with its terms.
#[derive(Clone, Debug)]
pub struct ForeignEgress<T> {
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
    pub terms: T,
}

/// The receiving end of a link of another protocol.
#[derive(Clone, Debug)]
pub struct ForeignEnd<W> {
    /// Where to listen; a multicast group is joined.
    pub address: At<SocketAddr>,
    /// The interface; nothing that arrives on another is taken. It is all that says who sent.
    pub interface: At<String>,
    /// What both ends are told of the wire: with lidi how the sender cuts blocks, with FLUTE the session (TSI), below 2^48.
    pub wire: W,
    /// How objects stand in what is sent.
    pub objects: Objects,
    /// How far apart the sender's signs of life are; `None`: it gives none.
    pub heartbeat: Option<Duration>,
    /// The kernel's receive buffer in bytes.
    pub buffer: u64,
    /// What is kept at most, and how long is waited.
    pub limits: Limits,
}
