//! Six sockets that only send, and what is ready to leave by one of them: many datagrams of one size in one call, which
//! the kernel cuts (UDP GSO; Linux udp(7), UDP_SEGMENT). Where it cannot, they leave one by one.

use crate::sink::Stall;
use crate::udp::{self, OVERHEARD, UdpLink};
use lockgate_bytes::Precedence;
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
    /// The socket by which all of `ready` leaves.
    by: usize,
    /// Datagrams of `size` bytes behind one another; the last one may be shorter, and then nothing follows.
    ready: Vec<u8>,
    size: usize,
    count: usize,
    /// Bytes of `ready` that have left.
    gone: usize,
    is_closed: bool,
    cuts: bool,
}

impl Wires {
    /// Opens the sockets, as those of [`crate::UdpSink`].
    ///
    /// # Errors
    /// Those of the system; [`io::ErrorKind::InvalidInput`] where the description cannot be right.
    pub(crate) fn open(link: &UdpLink) -> io::Result<Self> {
        Ok(Self {
            sockets: udp::sockets(link)?,
            by: 0,
            ready: Vec::with_capacity(1 << 16),
            size: 0,
            count: 0,
            gone: 0,
            is_closed: false,
            cuts: true,
        })
    }

    /// Adds a datagram of this class; those of the link itself go with the highest. False where what is ready has to leave
    /// before it.
    pub(crate) fn put(&mut self, class: Option<Precedence>, datagram: &[u8]) -> bool {
        let by = crate::places::class(class.unwrap_or(Precedence::Override));
        if self.count > 0 {
            let bytes = self.ready.len().saturating_add(datagram.len());
            let is_full = self.is_closed || self.count >= MOST || bytes > MOST_BYTES;
            if is_full || by != self.by || datagram.len() > self.size {
                return false;
            }
        } else {
            (self.by, self.size) = (by, datagram.len());
        }
        self.is_closed = datagram.len() < self.size;
        self.count = self.count.saturating_add(1);
        self.ready.extend_from_slice(datagram);
        true
    }

    /// Sends what is ready; never waits. Gives how often the network said that nobody is there; what did not leave stays.
    ///
    /// # Errors
    /// Why not all of it left.
    pub(crate) fn flush(&mut self) -> Result<u64, Stall> {
        let mut unheard = 0;
        while self.gone < self.ready.len() {
            let rest = self.ready.get(self.gone..).unwrap_or(&[]);
            let Some(socket) = self.sockets.get(self.by) else { break };
            let together = self.cuts && rest.len() > self.size;
            let sent =
                if together { send_cut(socket, rest, self.size) } else { send(socket, rest, self.size) };
            match sent {
                Ok(sent) => self.gone = self.gone.saturating_add(sent.max(1)),
                Err(Errno::INTR) => {}
                // The interface, or the path, has no such thing: never asked for again.
                Err(Errno::INVAL | Errno::IO | Errno::MSGSIZE | Errno::OPNOTSUPP) if together => {
                    self.cuts = false;
                }
                Err(Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => return Err(Stall::Buffers),
                Err(heard) if udp::is_from_afar(heard) && unheard < OVERHEARD => {
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
        let rest = self.ready.len().saturating_sub(self.gone);
        u64::try_from(rest.div_ceil(self.size.max(1))).unwrap_or(u64::MAX)
    }

    /// Each datagram that is ready.
    #[cfg(test)]
    pub(crate) fn ready(&self) -> impl Iterator<Item = &[u8]> {
        self.ready.chunks(self.size.max(1))
    }

    /// What is ready does not leave.
    pub(crate) fn clear(&mut self) {
        self.ready.clear();
        (self.count, self.gone, self.is_closed) = (0, 0, false);
    }
}

/// All of `bytes` in one call, cut by the kernel.
fn send_cut(socket: &Socket, bytes: &[u8], size: usize) -> Result<usize, Errno> {
    let size = u16::try_from(size).map_err(|_| Errno::INVAL)?;
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let cut = [ControlMessage::UdpGsoSegments(&size)];
    sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(bytes)], &cut, flags, None)
        .map_err(|fault| Errno::from_io_error(&io::Error::from(fault)).unwrap_or(Errno::IO))
}

/// The first datagram of `bytes`.
fn send(socket: &Socket, bytes: &[u8], size: usize) -> Result<usize, Errno> {
    let one = bytes.get(..size).unwrap_or(bytes);
    rustix::net::send(socket, one, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
}
