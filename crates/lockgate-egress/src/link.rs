//! What the deployment says of a link of datagrams.

use std::net::SocketAddr;

/// The largest object in one datagram: what IPv4 leaves of 65,535 bytes.
const LARGEST: usize = 65_507;

/// One link, as the deployment describes it.
#[derive(Clone, Debug)]
pub struct UdpLink {
    /// Where everything goes; unicast or multicast.
    pub to: SocketAddr,
    /// The address that it leaves from, and so the interface; port 0 for any. For multicast over IPv4 it chooses the
    /// interface.
    pub from: SocketAddr,
    /// The interface by name, where the address does not say enough. May need a privilege.
    pub device: Option<String>,
    /// How many routers it may pass: 1 to 255.
    pub hops: u8,
    /// The largest object, at most 65,507 bytes.
    pub largest: usize,
    /// What one packet of the link carries, in bytes with all headers: 1,500 on Ethernet. Larger datagrams leave in
    /// fragments, and that is what they cost.
    pub mtu: u16,
    /// Differentiated services code point (RFC 2474; 0 to 63) by precedence, DEFERRED first.
    pub dscp: [u8; 6],
}

impl UdpLink {
    /// Why it cannot be so.
    pub(crate) fn wrong(&self) -> Option<&'static str> {
        let is_v6 = self.to.is_ipv6();
        if self.from.is_ipv6() != is_v6 {
            Some("`from` and `to` must both be IPv4 or both IPv6")
        } else if self.dscp.iter().any(|dscp| *dscp > 63) {
            Some("a DSCP is 0 to 63")
        } else if self.largest == 0 || self.largest > LARGEST {
            Some("the largest object of a datagram is 1 to 65507 bytes")
        } else if self.mtu < 576 || (is_v6 && self.mtu < 1_280) {
            Some("the MTU of a link is at least 576 bytes, 1280 for IPv6")
        } else if self.hops == 0 {
            Some("`hops` is 1 to 255")
        } else {
            None
        }
    }
}
