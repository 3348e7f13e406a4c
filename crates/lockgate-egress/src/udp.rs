//! Datagrams on a socket that only sends. One object is one datagram.

use crate::Cage;
use crate::sink::{BATCH, Obstacle, Progress, Sink, Stall};
use lockgate_bytes::Sealed;
use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sockopt};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};

/// The largest object in one datagram: what IPv4 leaves of 65,535 bytes.
const LARGEST: usize = 65_507;
/// `BPF_RET | BPF_K`, with 0: keep no byte of whatever comes.
const DROP_ALL: u16 = 0x06;
/// How often in one call a message that nobody listens is overheard before the network is left alone for a while.
pub(crate) const OVERHEARD: u64 = 8;

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

/// Six sockets, one for each precedence, all to one peer.
pub struct UdpSink {
    sockets: [Socket; 6],
    largest: usize,
    mtu: u64,
    is_v6: bool,
}

impl UdpSink {
    /// Opens the sockets. Connected, so that the thread needs no address later; shut for reading, and with a filter
    /// that drops whatever comes.
    ///
    /// # Errors
    /// Those of the system; [`io::ErrorKind::InvalidInput`] where the description cannot be right.
    pub fn open(link: &UdpLink) -> io::Result<Self> {
        let (sockets, is_v6) = (sockets(link)?, link.to.is_ipv6());
        Ok(Self { sockets, largest: link.largest, mtu: u64::from(link.mtu), is_v6 })
    }
}

/// The sockets of a link, lowest precedence first.
pub(crate) fn sockets(link: &UdpLink) -> io::Result<[Socket; 6]> {
    let is_v6 = link.to.is_ipv6();
    let wrong = if link.from.is_ipv6() != is_v6 {
        Some("`from` and `to` must both be IPv4 or both IPv6")
    } else if link.dscp.iter().any(|dscp| *dscp > 63) {
        Some("a DSCP is 0 to 63")
    } else if link.largest == 0 || link.largest > LARGEST {
        Some("the largest object of a datagram is 1 to 65507 bytes")
    } else if link.mtu < 576 || (is_v6 && link.mtu < 1_280) {
        Some("the MTU of a link is at least 576 bytes, 1280 for IPv6")
    } else if link.hops == 0 {
        Some("`hops` is 1 to 255")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, wrong));
    }
    let [deferred, routine, priority, immediate, flash, above] = link.dscp;
    Ok([
        socket(link, deferred)?,
        socket(link, routine)?,
        socket(link, priority)?,
        socket(link, immediate)?,
        socket(link, flash)?,
        socket(link, above)?,
    ])
}

fn socket(link: &UdpLink, dscp: u8) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(link.to), Type::DGRAM, Some(Protocol::UDP))?;
    socket.attach_filter(&[SockFilter::new(DROP_ALL, 0, 0, 0)])?;
    socket.set_nonblocking(true)?;
    if let Some(device) = &link.device {
        socket.bind_device(Some(device.as_bytes()))?;
    }
    let (tos, hops) = (u32::from(dscp) << 2, u32::from(link.hops));
    // A message from beyond that its packets are too large must not change ours: the path is not asked.
    if link.to.is_ipv6() {
        socket.set_tclass_v6(tos)?;
        socket.set_unicast_hops_v6(hops)?;
        socket.set_multicast_hops_v6(hops)?;
        sockopt::set_ipv6_mtu_discover(&socket, sockopt::Ipv6PathMtuDiscovery::OMIT)?;
    } else {
        socket.set_tos_v4(tos)?;
        socket.set_ttl_v4(hops)?;
        socket.set_multicast_ttl_v4(hops)?;
        sockopt::set_ip_mtu_discover(&socket, sockopt::Ipv4PathMtuDiscovery::OMIT)?;
        if let (IpAddr::V4(from), true) = (link.from.ip(), link.to.ip().is_multicast()) {
            socket.set_multicast_if_v4(&from)?;
        }
    }
    if link.to.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) {
        socket.set_broadcast(true)?;
    }
    let any = match link.from.ip() {
        IpAddr::V4(ip) => ip == Ipv4Addr::UNSPECIFIED,
        IpAddr::V6(ip) => ip == Ipv6Addr::UNSPECIFIED,
    };
    if link.from.port() != 0 {
        // Six sockets, one port. They receive nothing, so it does not matter which of them would.
        socket.set_reuse_port(true)?;
    }
    if link.from.port() != 0 || !any {
        socket.bind(&link.from.into())?;
    }
    socket.connect(&link.to.into())?;
    socket.shutdown(Shutdown::Read)?;
    Ok(socket)
}

impl Sink for UdpSink {
    fn largest(&self) -> usize {
        self.largest
    }

    fn wire_bytes(&self, object: usize) -> u64 {
        wire_bytes(object, self.mtu, self.is_v6)
    }

    fn cage(&self) -> Cage {
        Cage::Datagrams
    }

    fn send(&mut self, batch: &[&Sealed]) -> Progress {
        let Some(first) = batch.first() else { return Progress::default() };
        let Some(socket) = self.sockets.get(first.precedence.place()) else { return Progress::default() };
        let alike = batch.iter().take_while(|sealed| sealed.precedence == first.precedence).count();
        let batch = batch.get(..alike).unwrap_or(&[]);
        let mut unheard = 0;
        loop {
            let sent = if alike == 1 {
                rustix::net::send(socket, &first.bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).map(|_| 1)
            } else {
                send_many(socket, batch)
            };
            let fault = match sent {
                Ok(sent) => return Progress { sent, unheard, ..Progress::default() },
                Err(fault) => fault,
            };
            let obstacle = match fault {
                Errno::INTR => continue,
                Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM => Obstacle::Stalled(Stall::Buffers),
                Errno::MSGSIZE => Obstacle::TooLarge,
                // What ICMP said of an earlier datagram; this one was not sent, and is sent now.
                heard if is_from_afar(heard) && unheard < OVERHEARD => {
                    unheard = unheard.saturating_add(1);
                    continue;
                }
                // The same again and again comes from this machine: no route, interface down, not permitted.
                _ => {
                    unheard = 0;
                    Obstacle::Stalled(Stall::Network)
                }
            };
            return Progress { unheard, obstacle: Some(obstacle), ..Progress::default() };
        }
    }
}

/// Up to [`BATCH`] datagrams in one call.
fn send_many(socket: &Socket, batch: &[&Sealed]) -> Result<usize, Errno> {
    let mut parts = [[IoSlice::new(&[])]; BATCH];
    let mut count = 0_usize;
    for (part, sealed) in parts.iter_mut().zip(batch) {
        *part = [IoSlice::new(&sealed.bytes)];
        count = count.saturating_add(1);
    }
    let mut nothing: [SendAncillaryBuffer<'_, '_, '_>; BATCH] =
        std::array::from_fn(|_| SendAncillaryBuffer::default());
    let mut each = parts.iter();
    let mut messages =
        nothing.each_mut().map(|none| MMsgHdr::new(each.next().map_or(&[], |part| part), none));
    rustix::net::sendmmsg(
        socket,
        messages.get_mut(..count).unwrap_or(&mut []),
        SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
    )
}

/// Errors that a router or the peer can cause by ICMP.
pub(crate) fn is_from_afar(fault: Errno) -> bool {
    [
        Errno::CONNREFUSED,
        Errno::HOSTUNREACH,
        Errno::NETUNREACH,
        Errno::HOSTDOWN,
        Errno::NONET,
        Errno::PROTO,
        Errno::NOPROTOOPT,
        Errno::OPNOTSUPP,
        Errno::ACCESS,
    ]
    .contains(&fault)
}

/// Bytes on the link: payload, UDP header, and an IP header for each fragment (RFC 791; for IPv6 a fragment header too,
/// RFC 8200), each fragment but the last a multiple of 8.
fn wire_bytes(object: usize, mtu: u64, is_v6: bool) -> u64 {
    let datagram = u64::try_from(object).unwrap_or(u64::MAX).saturating_add(8);
    let header = if is_v6 { 40 } else { 20 };
    if datagram.saturating_add(header) <= mtu {
        return datagram.saturating_add(header);
    }
    let header = if is_v6 { 48 } else { 20 };
    let room = (mtu.saturating_sub(header) & !7).max(8);
    datagram.saturating_add(datagram.div_ceil(room).saturating_mul(header))
}

#[cfg(test)]
mod tests {
    use super::wire_bytes;

    #[test]
    fn what_a_datagram_costs_on_the_link() {
        assert_eq!(wire_bytes(1_024, 1_500, false), 1_024 + 28);
        assert_eq!(wire_bytes(1_472, 1_500, false), 1_500);
        // 1,481 bytes of datagram in fragments of 1,480.
        assert_eq!(wire_bytes(1_473, 1_500, false), 1_481 + 40);
        assert_eq!(wire_bytes(65_507, 1_500, false), 65_515 + 45 * 20);
        assert_eq!(wire_bytes(1_452, 1_500, true), 1_500);
        assert_eq!(wire_bytes(1_453, 1_500, true), 1_461 + 2 * 48);
    }
}
