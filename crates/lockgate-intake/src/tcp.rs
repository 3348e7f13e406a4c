//! TCP listeners and their connections.

use crate::config::{Admission, Tcp};
use crate::connection::{Connection, Next, Work};
use crate::desk::{Desk, Missed, Moment};
use crate::tls::Gatekeeper;
use crate::{Room, Why};
use lockgate_bytes::{Duration, Time};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

/// Connections accepted before others get their turn.
const ACCEPTS: usize = 32;
/// Connections taken in a second of one address, and of all: what each costs, a handshake above all, is taken from the other
/// listeners of the lane. Never fewer than may be open, so that all can come again at once.
const CALLS_OF_PEER: usize = 20;
/// See [`CALLS_OF_PEER`].
const CALLS: usize = 200;
/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// An open listener.
#[derive(Debug)]
pub(crate) struct TcpDoor {
    pub(crate) socket: TcpListener,
    pub(crate) listener: usize,
    pub(crate) tcp: Tcp,
    /// The source of all its connections, where the interface says it.
    pub(crate) source: Option<usize>,
    pub(crate) gatekeeper: Option<Gatekeeper>,
    pub(crate) size_max: usize,
    pub(crate) is_ready: bool,
    callers: Callers,
}

/// Who has connected in this second.
#[derive(Debug)]
struct Callers {
    since: Time,
    taken: usize,
    /// No more than were taken.
    of: Vec<(IpAddr, usize)>,
}

impl Callers {
    /// Counts a connection; false where it is one too many of its second.
    fn take(&mut self, peer: IpAddr, tcp: &Tcp, now: Time) -> bool {
        if now.since(self.since) >= Duration::from_secs(1) {
            (self.since, self.taken) = (now, 0);
            self.of.clear();
        }
        if self.taken >= CALLS.max(tcp.connections_max) {
            return false;
        }
        let known = self.of.iter_mut().find(|(address, _)| *address == peer);
        match known {
            Some((_, calls)) if *calls >= CALLS_OF_PEER.max(tcp.connections_per_peer_max) => return false,
            Some((_, calls)) => *calls = calls.saturating_add(1),
            None => self.of.push((peer, 1)),
        }
        self.taken = self.taken.saturating_add(1);
        true
    }
}

/// Binds and listens.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn bind(tcp: &Tcp) -> Result<TcpListener, String> {
    let bound = || -> Result<std::net::TcpListener, (&'static str, std::io::Error)> {
        let socket = Socket::new(Domain::for_address(tcp.address), Type::STREAM, Some(Protocol::TCP))
            .map_err(|error| ("make a socket", error))?;
        if let Some(interface) = &tcp.interface {
            socket
                .bind_device(Some(interface.as_bytes()))
                .map_err(|error| ("bind to the interface (it needs CAP_NET_RAW on older kernels)", error))?;
        }
        if tcp.address.is_ipv6() {
            socket.set_only_v6(true).map_err(|error| ("keep IPv4 out", error))?;
        }
        socket.set_reuse_address(true).map_err(|error| ("use the address again", error))?;
        socket.set_nonblocking(true).map_err(|error| ("make the socket non-blocking", error))?;
        socket.bind(&tcp.address.into()).map_err(|error| ("bind", error))?;
        let backlog = i32::try_from(tcp.connections_max.clamp(16, 1024)).unwrap_or(1024);
        socket.listen(backlog).map_err(|error| ("listen", error))?;
        Ok(socket.into())
    };
    bound().map(TcpListener::from_std).map_err(|(doing, error)| {
        let interface = tcp.interface.as_deref().unwrap_or("(any)");
        format!("cannot {doing} for TCP {} on interface \"{interface}\": {error}", tcp.address)
    })
}

impl TcpDoor {
    pub(crate) fn new(
        socket: TcpListener,
        listener: usize,
        tcp: &Tcp,
        gatekeeper: Option<Gatekeeper>,
        size_max: usize,
        source: impl Fn(&str) -> Option<usize>,
    ) -> Self {
        let source = match &tcp.admission {
            Admission::Interface(name) => source(name),
            Admission::Tls(_) => None,
        };
        let callers = Callers { since: Time::MIN, taken: 0, of: Vec::new() };
        Self { socket, listener, tcp: tcp.clone(), source, gatekeeper, size_max, is_ready: true, callers }
    }
}

/// Counts a connection that is closed at once.
fn crowded(door: &TcpDoor, desk: &mut Desk<'_>, at: Moment) {
    let (listener, source) = (door.listener, door.source);
    desk.turn_away(Missed { listener, source, why: Why::Crowded, size: 0, bytes: None }, at);
}

/// All connections of all TCP listeners.
pub(crate) struct Connections {
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// Tokens begin here.
    base: usize,
    scratch: Vec<u8>,
    room: Room,
    /// Where the next round of reading begins: behind the connection at which the last one had to stop.
    first: usize,
}

impl Connections {
    pub(crate) fn new(base: usize, unfinished_max_bytes: usize) -> Self {
        let room = Room::new(unfinished_max_bytes);
        Self { slots: Vec::new(), free: Vec::new(), base, scratch: vec![0; CHUNK], room, first: 0 }
    }

    /// An event came for a connection.
    pub(crate) fn ready(&mut self, token: Token, readable: bool, writable: bool) {
        let slot = token.0.checked_sub(self.base).and_then(|at| self.slots.get_mut(at));
        let Some(connection) = slot.and_then(Option::as_mut) else { return };
        connection.is_ready |= readable;
        if writable {
            connection.write();
        }
    }

    /// Accepts who waits, up to a bound; the door stays ready where there may be more.
    pub(crate) fn accept(
        &mut self,
        door: &mut TcpDoor,
        registry: &Registry,
        desk: &mut Desk<'_>,
        at: Moment,
    ) {
        for _ in 0..ACCEPTS {
            match door.socket.accept() {
                Ok((stream, peer)) => {
                    desk.count(door.listener, |counters| counters.connections.add(1));
                    if door.callers.take(peer.ip(), &door.tcp, at.steady) {
                        self.admit(door, stream, peer, registry, desk, at);
                    } else {
                        crowded(door, desk, at);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    door.is_ready = false;
                    return;
                }
                // Out of descriptors, or the client is gone already: tried again with the next tick.
                Err(_) => {
                    door.is_ready = false;
                    desk.count(door.listener, |counters| counters.faults.add(1));
                    return;
                }
            }
        }
    }

    fn admit(
        &mut self,
        door: &TcpDoor,
        stream: TcpStream,
        peer: SocketAddr,
        registry: &Registry,
        desk: &mut Desk<'_>,
        at: Moment,
    ) {
        let open = |connection: &&Connection| connection.listener == door.listener;
        let all = self.slots.iter().flatten().filter(open);
        let (mut in_all, mut of_peer) = (0_usize, 0_usize);
        for connection in all {
            in_all = in_all.saturating_add(1);
            of_peer = of_peer.saturating_add(usize::from(connection.peer == peer.ip()));
        }
        if in_all >= door.tcp.connections_max || of_peer >= door.tcp.connections_per_peer_max {
            return crowded(door, desk, at);
        }
        let session = match door.gatekeeper.as_ref().map(Gatekeeper::session).transpose() {
            Ok(session) => session.map(Box::new),
            Err(_) => return desk.count(door.listener, |counters| counters.faults.add(1)),
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len().saturating_sub(1)
        });
        let mut connection = Connection::new(stream, peer.ip(), door, session, at);
        let token = Token(self.base.saturating_add(slot));
        let interest = Interest::READABLE | Interest::WRITABLE;
        if registry.register(&mut connection.stream, token, interest).is_err() {
            self.free.push(slot);
            return desk.count(door.listener, |counters| counters.faults.add(1));
        }
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(connection);
        }
        desk.count(door.listener, |counters| {
            counters.connections_open.set(counters.connections_open.value().saturating_add(1))
        });
    }

    /// Reads each ready connection once, in turn, until something has to wait for the hatch; true where some may have more.
    pub(crate) fn read(&mut self, doors: &[TcpDoor], desk: &mut Desk<'_>, at: Moment) -> bool {
        let mut more = false;
        let first = self.first.min(self.slots.len());
        for slot in (first..self.slots.len()).chain(0..first) {
            if desk.has_waiting() {
                self.first = slot;
                return true;
            }
            let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) else { continue };
            if !connection.is_ready {
                continue;
            }
            let Some(door) = doors.iter().find(|door| door.listener == connection.listener) else { continue };
            let mut work = Work { scratch: &mut self.scratch, room: &mut self.room };
            match connection.read(door, &mut work, desk, at) {
                Next::More => more = true,
                Next::Wait => connection.is_ready = false,
                Next::Close => self.close(slot, Why::Unfinished, desk, at),
            }
        }
        more
    }

    /// Closes who was too slow.
    pub(crate) fn look_after(&mut self, doors: &[TcpDoor], desk: &mut Desk<'_>, at: Moment) {
        for slot in 0..self.slots.len() {
            let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) else { continue };
            let Some(door) = doors.iter().find(|door| door.listener == connection.listener) else { continue };
            if connection.lapses(&door.tcp.patience, &mut self.room, desk, at) {
                self.close(slot, Why::Stalled, desk, at);
            }
        }
    }

    /// Forgives everybody a pause of ours.
    pub(crate) fn forgive(&mut self, pause: Duration) {
        self.slots.iter_mut().flatten().for_each(|connection| connection.forgive(pause));
    }

    /// Closes all.
    pub(crate) fn close_all(&mut self, desk: &mut Desk<'_>, at: Moment) {
        for slot in 0..self.slots.len() {
            self.close(slot, Why::Unfinished, desk, at);
        }
    }

    fn close(&mut self, slot: usize, why: Why, desk: &mut Desk<'_>, at: Moment) {
        let Some(mut connection) = self.slots.get_mut(slot).and_then(Option::take) else { return };
        connection.end(why, &mut self.room, desk, at);
        self.free.push(slot);
        desk.count(connection.listener, |counters| {
            counters.connections_open.set(counters.connections_open.value().saturating_sub(1));
        });
    }
}
