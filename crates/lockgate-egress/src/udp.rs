//! Datagrams on a socket that only sends. One object is one datagram.

use crate::Cage;
use crate::link::UdpLink;
use crate::sink::{BATCH, Obstacle, Progress, Sink, Stall};
use crate::sockets::{OVERHEARD, is_from_afar, sockets};
use lockgate_bytes::Sealed;
use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags};
use socket2::Socket;
use std::io::{self, IoSlice};

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
