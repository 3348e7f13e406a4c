//! Six sockets that only send, and what is ready to leave by one of them: many datagrams of one size in one call, which
//! the kernel cuts (UDP GSO; Linux udp(7), UDP_SEGMENT). Where it cannot, they leave one by one.

use crate::link::UdpLink;
use crate::sink::Stall;
use crate::sockets::{self, OVERHEARD};
use lockgate_bytes::{Precedence, Time};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::io::Errno;
use rustix::net::SendFlags;
use socket2::Socket;
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;

/// Most datagrams in one call: what older kernels cut (UDP_MAX_SEGMENTS).
const MOST: usize = 64;
/// Most bytes in one call: what IPv4 leaves of 65,535.
const MOST_BYTES: usize = 65_507;

/// See the module.
pub(crate) struct Wires {
    sockets: [Socket; 6],
    /// The socket by which all that is ready leaves.
    by: usize,
    /// Datagrams of `size` bytes, in order; the last one may be shorter, and then nothing follows. Those behind the first
    /// `count` are buffers for the next.
    ready: [Vec<u8>; MOST],
    /// First instant at which each of them must not leave any more.
    until: [Time; MOST],
    size: usize,
    count: usize,
    /// Bytes of what is ready.
    bytes: usize,
    /// How many of them have left, or gone by because it was too late.
    gone: usize,
    /// How many were still there when one went by for the first time.
    late: Option<u64>,
    is_closed: bool,
    cuts: bool,
    /// All leave by one socket, so that neither code point nor port tells one datagram from another.
    by_one: bool,
}

impl Wires {
    /// Opens the sockets, as those of [`crate::UdpSink`]. Where `by_one`, the one of the highest class alone is used.
    ///
    /// # Errors
    /// Those of the system; [`io::ErrorKind::InvalidInput`] where the description cannot be right.
    pub(crate) fn open(link: &UdpLink, by_one: bool) -> io::Result<Self> {
        Ok(Self {
            sockets: sockets::sockets(link)?,
            by: 0,
            ready: [const { Vec::new() }; MOST],
            until: [Time::MAX; MOST],
            size: 0,
            count: 0,
            bytes: 0,
            gone: 0,
            late: None,
            is_closed: false,
            cuts: true,
            by_one,
        })
    }

    /// Adds a datagram of this class that must not leave from `until` on, and leaves another buffer in its place; those of the link
    /// itself go with the highest. False where what is ready has to leave before it.
    pub(crate) fn put(&mut self, class: Option<Precedence>, until: Time, datagram: &mut Vec<u8>) -> bool {
        let by = class.filter(|_| !self.by_one).unwrap_or(Precedence::Override).place();
        let bytes = self.bytes.saturating_add(datagram.len());
        if self.count > 0 {
            let is_full = self.is_closed || bytes > MOST_BYTES;
            if is_full || by != self.by || datagram.len() > self.size {
                return false;
            }
        }
        let places = (self.ready.get_mut(self.count), self.until.get_mut(self.count));
        let (Some(place), Some(end)) = places else { return false };
        *end = until;
        if self.count == 0 {
            (self.by, self.size) = (by, datagram.len());
        }
        self.is_closed = datagram.len() < self.size;
        self.bytes = bytes;
        self.count = self.count.saturating_add(1);
        std::mem::swap(place, datagram);
        true
    }

    /// Those that are ready and have not left: whoever has them sent seals them before that.
    pub(crate) fn unsent(&mut self) -> &mut [Vec<u8>] {
        self.ready.get_mut(self.gone..self.count).unwrap_or(&mut [])
    }

    /// Sends what is ready; never waits. Gives how often the network said that nobody is there; what did not leave stays. What stood
    /// here until it was too late goes by ([`Self::take_late`]).
    ///
    /// # Errors
    /// Why not all of it left.
    pub(crate) fn flush(&mut self, now: Time) -> Result<u64, Stall> {
        let mut unheard = 0;
        while self.gone < self.count {
            let ends = self.until.get(self.gone..self.count).unwrap_or(&[]);
            let timely = ends.iter().take_while(|until| **until > now).count();
            if timely == 0 {
                self.late = self.late.or(Some(self.waiting()));
                self.gone = self.gone.saturating_add(1);
                continue;
            }
            let rest = self.ready.get(self.gone..self.gone.saturating_add(timely)).unwrap_or(&[]);
            let (Some(socket), Some(next)) = (self.sockets.get(self.by), rest.first()) else { break };
            let together = self.cuts && rest.len() > 1;
            let sent = if together { send_cut(socket, rest, self.size) } else { send(socket, next) };
            match sent {
                Ok(sent) => self.gone = self.gone.saturating_add(sent),
                Err(Errno::INTR) => {}
                // The interface, or the path, has no such thing: never asked for again.
                Err(Errno::INVAL | Errno::IO | Errno::MSGSIZE | Errno::OPNOTSUPP) if together => {
                    self.cuts = false;
                }
                Err(Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => return Err(Stall::Buffers),
                Err(heard) if sockets::is_from_afar(heard) && unheard < OVERHEARD => {
                    unheard = unheard.saturating_add(1);
                }
                Err(_) => return Err(Stall::Network),
            }
        }
        self.clear();
        Ok(unheard)
    }
}

impl Wires {
    /// Datagrams that are ready and have not left.
    pub(crate) fn waiting(&self) -> u64 {
        u64::try_from(self.count.saturating_sub(self.gone)).unwrap_or(u64::MAX)
    }

    /// How many datagrams were still here when the first one went by because it was too late, itself included; told once.
    pub(crate) fn take_late(&mut self) -> Option<u64> {
        self.late.take()
    }

    /// Each datagram that is ready, and may leave now.
    #[cfg(test)]
    pub(crate) fn ready(&self, now: Time) -> impl Iterator<Item = &[u8]> {
        let ready = self.ready.iter().zip(self.until).take(self.count);
        ready.filter(move |(_, until)| *until > now).map(|(datagram, _)| datagram.as_slice())
    }

    /// What is ready does not leave.
    pub(crate) fn clear(&mut self) {
        (self.count, self.bytes, self.gone, self.is_closed) = (0, 0, 0, false);
    }
}

/// All of them in one call, as one piece that the kernel cuts; how many they were. It takes all of it or nothing.
fn send_cut(socket: &Socket, datagrams: &[Vec<u8>], size: usize) -> Result<usize, Errno> {
    let size = u16::try_from(size).map_err(|_| Errno::INVAL)?;
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let cut = [ControlMessage::UdpGsoSegments(&size)];
    let mut parts = [IoSlice::new(&[]); MOST];
    for (part, datagram) in parts.iter_mut().zip(datagrams) {
        *part = IoSlice::new(datagram);
    }
    let parts = parts.get(..datagrams.len()).unwrap_or(&[]);
    sendmsg::<()>(socket.as_raw_fd(), parts, &cut, flags, None)
        .map(|_| parts.len())
        .map_err(|fault| Errno::from_io_error(&io::Error::from(fault)).unwrap_or(Errno::IO))
}

/// One datagram.
fn send(socket: &Socket, datagram: &[u8]) -> Result<usize, Errno> {
    rustix::net::send(socket, datagram, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).map(|_| 1)
}
