//! The sockets of a link: they only send, all to one peer, with the code point of their class.

use crate::link::UdpLink;
use rustix::io::Errno;
use rustix::net::sockopt;
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown};

/// `BPF_RET | BPF_K`, with 0: keep no byte of whatever comes.
const DROP_ALL: u16 = 0x06;
/// How often in one call a message that nobody listens is overheard before the network is left alone for a while.
pub(crate) const OVERHEARD: u64 = 8;

/// The sockets of a link, lowest precedence first.
pub(crate) fn sockets(link: &UdpLink) -> io::Result<[Socket; 6]> {
    if let Some(wrong) = link.wrong() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, wrong));
    }
    let sockets: io::Result<Vec<Socket>> = link.dscp.iter().map(|dscp| socket(link, *dscp)).collect();
    sockets?.try_into().map_err(|_| io::Error::other("a link has six code points"))
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
