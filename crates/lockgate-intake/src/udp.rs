//! Datagrams, read in batches. Thin: what becomes of them is the desk's.

use crate::Why;
use crate::config::Udp;
use crate::desk::{Desk, Missed, Moment};
use lockgate_bytes::Time;
use lockgate_receive::{Drops, Listen, drops_of};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, recvmmsg, recvmsg};
use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, RawFd};

/// Datagrams in one system call, at most.
const BATCH: usize = 64;
/// Bytes that one listener's batch may need.
const SCRATCH: usize = 1 << 20;
/// No datagram is larger, whatever the lane takes through other listeners.
const DATAGRAM_MAX: usize = 64 << 10;
/// The drop counter is asked for once in so many nanoseconds.
const ASK_EVERY: i64 = 50_000_000;

/// An open listener.
#[derive(Debug)]
pub(crate) struct UdpListener {
    pub(crate) socket: UdpSocket,
    pub(crate) listener: usize,
    source: usize,
    size_max: usize,
}

/// Opens one.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn open(
    udp: &Udp,
    listener: usize,
    source: usize,
    size_max: usize,
) -> Result<UdpListener, String> {
    let socket = bind(udp).map_err(|(doing, error)| {
        format!("cannot {doing} for UDP {} on interface \"{}\": {error}", udp.address, udp.interface)
    })?;
    Ok(UdpListener { socket, listener, source, size_max: size_max.min(DATAGRAM_MAX) })
}

fn bind(udp: &Udp) -> Result<UdpSocket, (&'static str, std::io::Error)> {
    lockgate_receive::bind(&Listen {
        address: udp.address,
        interface: udp.interface.clone(),
        buffer: udp.receive_buffer_bytes,
    })
}

/// Reads one listener. Lives on the thread that reads.
pub(crate) struct UdpReader {
    open: UdpListener,
    headers: MultiHeaders<()>,
    scratch: Vec<u8>,
    control: Vec<u8>,
    asked: Time,
    drops: Drops,
}

/// What one read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// There may be more.
    More,
    /// All that was there is read; wait for the next event.
    Nothing,
}

impl UdpReader {
    pub(crate) fn new(open: UdpListener) -> Self {
        let batch = SCRATCH.checked_div(open.size_max).unwrap_or(0).clamp(4, BATCH);
        Self {
            headers: MultiHeaders::preallocate(batch, None),
            scratch: vec![0; batch.saturating_mul(open.size_max)],
            control: cmsg_space!(u32),
            asked: Time::MIN,
            drops: Drops::default(),
            open,
        }
    }

    /// Takes another socket for the same listener: the interface was made anew. What the old one still has is read first.
    pub(crate) fn replace(&mut self, open: UdpListener, desk: &mut Desk<'_>, at: Moment) {
        for _ in 0..BATCH {
            if desk.has_waiting() || self.read(desk, at) != Ok(Found::More) {
                break;
            }
        }
        self.open = open;
        self.drops.again();
    }

    pub(crate) fn listener(&self) -> usize {
        self.open.listener
    }

    pub(crate) fn source(&self) -> usize {
        self.open.source
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.open.socket.as_raw_fd()
    }

    /// Reads what is there, up to one batch.
    ///
    /// # Errors
    /// Those of the system, but for "nothing there".
    pub(crate) fn read(&mut self, desk: &mut Desk<'_>, at: Moment) -> Result<Found, Errno> {
        if at.steady.since(self.asked).nanos() >= ASK_EVERY {
            self.asked = at.steady;
            return self.read_one(desk, at);
        }
        let mut sizes = [0_usize; BATCH];
        let received = {
            let mut slots = self.scratch.chunks_mut(self.open.size_max);
            let mut places: [[IoSliceMut<'_>; 1]; BATCH] =
                std::array::from_fn(|_| [IoSliceMut::new(slots.next().unwrap_or_default())]);
            // MSG_TRUNC: the true size, however much of it fits.
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
            let fd = self.open.socket.as_raw_fd();
            match recvmmsg(fd, &mut self.headers, places.iter_mut(), flags, None) {
                Ok(messages) => {
                    let mut received = 0_usize;
                    for (size, message) in sizes.iter_mut().zip(messages) {
                        *size = message.bytes;
                        received = received.saturating_add(1);
                    }
                    received
                }
                Err(Errno::EAGAIN) => return Ok(Found::Nothing),
                Err(Errno::EINTR) => return Ok(Found::More),
                Err(error) => return Err(error),
            }
        };
        let batch = self.scratch.len().checked_div(self.open.size_max).unwrap_or(0);
        for (size, slot) in sizes.iter().take(received).zip(self.scratch.chunks(self.open.size_max)) {
            self.open.deliver(*size, slot, desk, at);
        }
        // Fewer than asked for: the kernel had no more, and a new one raises a new event.
        Ok(if received < batch { Found::Nothing } else { Found::More })
    }

    /// Reads one datagram, and how many the kernel has thrown away.
    fn read_one(&mut self, desk: &mut Desk<'_>, at: Moment) -> Result<Found, Errno> {
        let slot = self.scratch.get_mut(..self.open.size_max).unwrap_or_default();
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        let fd = self.open.socket.as_raw_fd();
        let mut place = [IoSliceMut::new(slot)];
        let size = match recvmsg::<()>(fd, &mut place, Some(&mut self.control), flags) {
            Ok(message) => {
                for control in message.cmsgs().into_iter().flatten() {
                    if let ControlMessageOwned::RxqOvfl(counter) = control {
                        self.drops.seen(counter);
                    }
                }
                message.bytes
            }
            Err(Errno::EAGAIN) => return Ok(Found::Nothing),
            Err(Errno::EINTR) => return Ok(Found::More),
            Err(error) => return Err(error),
        };
        desk.kernel_drops(self.open.listener, self.drops.total());
        let slot = self.scratch.get(..self.open.size_max).unwrap_or_default();
        self.open.deliver(size, slot, desk, at);
        Ok(Found::More)
    }

    /// Asks the system for the drops of a socket that has gone silent: the counter comes with datagrams only.
    pub(crate) fn count_drops(&mut self, desk: &mut Desk<'_>) {
        if let Some(counter) = drops_of(&self.open.socket) {
            self.drops.seen(counter);
            desk.kernel_drops(self.open.listener, self.drops.total());
        }
    }
}

impl UdpListener {
    fn deliver(&self, size: usize, slot: &[u8], desk: &mut Desk<'_>, at: Moment) {
        match slot.get(..size) {
            Some(bytes) => desk.frame(self.listener, self.source, bytes, at),
            None => {
                let source = Some(self.source);
                desk.turn_away(
                    Missed { listener: self.listener, source, why: Why::Oversize, size, bytes: None },
                    at,
                );
            }
        }
    }
}
