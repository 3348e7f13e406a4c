//! The socket: bound to one interface, read in large pieces where the kernel puts datagrams together (UDP GRO; Linux
//! udp(7)), and what the kernel threw away is counted.

use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// Bytes of the largest piece that the kernel hands over.
const PIECE: usize = 1 << 16;
/// Datagrams that are handed over together: as many as the kernel puts into one piece, and whoever takes them may take fewer at a time.
const TOGETHER: usize = 64;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; a multicast group is joined on the interface.
    pub address: SocketAddr,
    /// The interface, such as `eth0`. Only what comes in through it is received.
    pub interface: String,
    /// The kernel's buffer in bytes: what may wait there while we are busy.
    pub buffer: usize,
}

/// Opens a socket for datagrams on one interface.
///
/// # Errors
/// What could not be done, and why.
pub fn bind(listen: &Listen) -> Result<UdpSocket, (&'static str, std::io::Error)> {
    let Listen { address, interface, buffer } = listen;
    let index = if_nametoindex(interface.as_str()).map_err(|error| ("find the interface", error.into()))?;
    let socket = Socket::new(Domain::for_address(*address), Type::DGRAM, Some(Protocol::UDP))
        .map_err(|error| ("make a socket", error))?;
    socket
        .bind_device(Some(interface.as_bytes()))
        .map_err(|error| ("bind to the interface (it needs CAP_NET_RAW on older kernels)", error))?;
    // Beyond the system's limit where we may; else as far as the limit allows.
    if setsockopt(&socket, sockopt::RcvBufForce, buffer).is_err() {
        socket.set_recv_buffer_size(*buffer).map_err(|error| ("set the receive buffer", error))?;
    }
    setsockopt(&socket, sockopt::RxqOvfl, &1).map_err(|error| ("count the kernel's drops", error.into()))?;
    socket.set_nonblocking(true).map_err(|error| ("make the socket non-blocking", error))?;
    if address.is_ipv6() {
        socket.set_only_v6(true).map_err(|error| ("keep IPv4 out", error))?;
    }
    if address.ip().is_multicast() {
        // Several lanes may listen to one group.
        socket.set_reuse_address(true).map_err(|error| ("share the address", error))?;
    }
    socket.bind(&(*address).into()).map_err(|error| ("bind", error))?;
    join(&socket, *address, index).map_err(|error| ("join the group", error))?;
    Ok(socket.into())
}

/// Joins the group on that interface only, and hears no group that others on this machine have joined.
fn join(socket: &Socket, address: SocketAddr, index: u32) -> std::io::Result<()> {
    match address.ip() {
        IpAddr::V4(group) if group.is_multicast() => {
            socket.set_multicast_all_v4(false)?;
            socket.join_multicast_v4_n(&group, &socket2::InterfaceIndexOrAddress::Index(index))
        }
        IpAddr::V6(group) if group.is_multicast() => {
            socket.set_multicast_all_v6(false)?;
            socket.join_multicast_v6(&group, index)
        }
        _ => Ok(()),
    }
}

/// An open socket of a diode link.
#[derive(Debug)]
pub struct Ear {
    socket: UdpSocket,
    piece: Vec<u8>,
    control: Vec<u8>,
    drops: Drops,
}

impl Ear {
    /// Opens it.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(listen: &Listen) -> Result<Self, String> {
        let Listen { address, interface, .. } = listen;
        let socket = bind(listen).map_err(|(doing, error)| {
            format!("cannot {doing} for the diode link {address} on interface \"{interface}\": {error}")
        })?;
        // Where the kernel has no such thing, datagrams come one by one.
        let _ = setsockopt(&socket, sockopt::UdpGroSegment, &true);
        Ok(Self {
            socket,
            piece: vec![0; PIECE],
            control: nix::cmsg_space!(i32, u32),
            drops: Drops::default(),
        })
    }

    /// Listens on another socket for the same, where the interface was made anew. The old one stays where that fails.
    ///
    /// # Errors
    /// As of [`Ear::open`].
    pub fn open_again(&mut self, listen: &Listen) -> Result<(), String> {
        self.socket = Self::open(listen)?.socket;
        self.drops.again();
        Ok(())
    }

    /// Lets [`Ear::read`] wait, no longer than this.
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&self, most: Duration) -> std::io::Result<()> {
        self.socket.set_nonblocking(false)?;
        self.socket.set_read_timeout(Some(most))
    }

    /// Where it really listens: tells the port where 0 was asked for.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// For whoever waits for several things at once.
    pub fn descriptor(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Datagrams that the kernel has thrown away, as far as it told.
    pub fn dropped(&self) -> u64 {
        self.drops.total
    }

    /// Asks the system for the drops of a socket that has gone silent: the counter comes with datagrams only.
    pub fn count_drops(&mut self) {
        if let Some(counter) = drops_of(&self.socket) {
            self.drops.seen(counter);
        }
    }

    /// Reads one piece, and hands over the datagrams of it, a few at a time; false where nothing was there.
    ///
    /// # Errors
    /// Those of the system, but for "nothing there".
    pub fn read(&mut self, mut some: impl FnMut(&[&[u8]])) -> Result<bool, Errno> {
        let (size, cut) = {
            let mut parts = [IoSliceMut::new(&mut self.piece)];
            let fd = self.socket.as_raw_fd();
            match recvmsg::<()>(fd, &mut parts, Some(&mut self.control), MsgFlags::empty()) {
                Ok(message) => {
                    let mut cut = None;
                    for control in message.cmsgs().into_iter().flatten() {
                        match control {
                            ControlMessageOwned::UdpGroSegments(size) => cut = usize::try_from(size).ok(),
                            ControlMessageOwned::RxqOvfl(counter) => self.drops.seen(counter),
                            _ => {}
                        }
                    }
                    (message.bytes, cut)
                }
                Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
                Err(error) => return Err(error),
            }
        };
        let piece = self.piece.get(..size).unwrap_or(&[]);
        match cut.filter(|cut| *cut > 0 && *cut < size) {
            Some(cut) => {
                for part in piece.chunks(cut.saturating_mul(TOGETHER)) {
                    let (mut datagrams, mut count) = ([&[][..]; TOGETHER], 0_usize);
                    for (place, datagram) in datagrams.iter_mut().zip(part.chunks(cut)) {
                        *place = datagram;
                        count = count.saturating_add(1);
                    }
                    some(datagrams.get(..count).unwrap_or(&[]));
                }
            }
            None => some(&[piece]),
        }
        Ok(true)
    }
}

/// The kernel's counter of drops has 32 bits and runs over; this one does not.
#[derive(Debug, Default)]
pub struct Drops {
    last: u32,
    total: u64,
}

impl Drops {
    /// All drops so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Another socket takes the place of this one: its counter begins at 0.
    pub fn again(&mut self) {
        self.last = 0;
    }

    /// The kernel's counter was seen.
    pub fn seen(&mut self, counter: u32) {
        let more = counter.wrapping_sub(self.last);
        // An older reading than the last one looks like a step of almost 2^32.
        if more < u32::MAX / 2 {
            self.total = self.total.saturating_add(u64::from(more));
            self.last = counter;
        }
    }
}

/// The drops of a socket as `/proc/net/udp` and `/proc/net/udp6` show them: the last column of the line of its inode.
pub fn drops_of(socket: &UdpSocket) -> Option<u32> {
    let inode = nix::sys::stat::fstat(socket).ok()?.st_ino.to_string();
    let table = if socket.local_addr().ok()?.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    let text = std::fs::read_to_string(table).ok()?;
    let line = text.lines().find(|line| line.split_ascii_whitespace().nth(9) == Some(&inode))?;
    let drops: u64 = line.split_ascii_whitespace().next_back()?.parse().ok()?;
    // The column may be wider than the counter that comes with datagrams.
    u32::try_from(drops & u64::from(u32::MAX)).ok()
}

#[cfg(test)]
mod tests {
    use super::Drops;

    #[test]
    fn the_drop_counter_may_run_over_and_never_runs_back() {
        let mut drops = Drops::default();
        for (counter, total) in [(0, 0), (7, 7), (7, 7), (5, 7), (1 << 30, 1 << 30), (1 << 31, 1 << 31)] {
            drops.seen(counter);
            assert_eq!(drops.total(), total);
        }
        drops.seen(u32::MAX - 1);
        let before = drops.total();
        drops.seen(2);
        assert_eq!(drops.total(), before + 4);
    }
}
