//! Clients that connect to the far side. They are served side by side, and none of them can keep the others waiting.

use super::{Framed, Outlet, rest};
use lockgate_diode::Delivered;
use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// Clients at one time.
const CLIENTS: usize = 64;
/// The longest that one object may take, beside the time for its length.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes that a client takes in a millisecond, at least: 16 MiB a second.
const SLOWEST: u64 = (16 << 20) / 1_000;
/// Bytes that one client gets in its turn.
const PIECE: usize = 1 << 20;
/// Between two rounds in which no client took anything.
const PAUSE: Duration = Duration::from_millis(1);

/// Clients that connect to us. Every object goes to all that are connected; where none is, it goes to nobody.
pub struct Clients {
    door: Door,
    framed: Framed,
    clients: Vec<Client>,
}

struct Client {
    stream: Stream,
    /// Bytes of the object under way that it has.
    done: usize,
}

enum Door {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Clients {
    /// Waits for clients there.
    ///
    /// # Errors
    /// Those of the system.
    pub fn tcp(address: SocketAddr, framed: Framed) -> io::Result<Self> {
        let door = TcpListener::bind(address)?;
        door.set_nonblocking(true)?;
        Ok(Self { door: Door::Tcp(door), framed, clients: Vec::new() })
    }

    /// Waits for clients there. A socket that nobody answers is replaced.
    ///
    /// # Errors
    /// Those of the system; [`ErrorKind::AddrInUse`] where another program answers, or something else is there.
    pub fn unix(path: &std::path::Path, framed: Framed) -> io::Result<Self> {
        use std::os::unix::fs::FileTypeExt as _;
        if let Ok(there) = path.symlink_metadata() {
            if !there.file_type().is_socket() || UnixStream::connect(path).is_ok() {
                return Err(io::Error::from(ErrorKind::AddrInUse));
            }
            std::fs::remove_file(path)?;
        }
        let door = UnixListener::bind(path)?;
        door.set_nonblocking(true)?;
        Ok(Self { door: Door::Unix(door), framed, clients: Vec::new() })
    }

    /// Where it really listens, for TCP.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.door {
            Door::Tcp(door) => door.local_addr().ok(),
            Door::Unix(_) => None,
        }
    }

    fn accept(&mut self) {
        while self.clients.len() < CLIENTS {
            let stream = match &self.door {
                Door::Tcp(door) => door.accept().map(|(stream, _)| Stream::Tcp(stream)),
                Door::Unix(door) => door.accept().map(|(stream, _)| Stream::Unix(stream)),
            };
            let Ok(stream) = stream else { return };
            // Nothing is read from clients, and a slow one is let go.
            if stream.prepare().is_ok() {
                self.clients.push(Client { stream, done: 0 });
            }
        }
    }
}

impl Stream {
    fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                stream.shutdown(Shutdown::Read)
            }
            Self::Unix(stream) => {
                stream.set_nonblocking(true)?;
                stream.shutdown(Shutdown::Read)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }
}

/// How far a client came in its turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Waits,
    Moved,
    Done,
}

impl Client {
    /// Gives it what it takes now, no more than a piece.
    fn go_on(&mut self, head: &[u8], body: &[u8]) -> io::Result<Turn> {
        let rest = rest(head, body, self.done);
        let Some(piece) = rest.get(..rest.len().min(PIECE)).filter(|piece| !piece.is_empty()) else {
            return Ok(Turn::Done);
        };
        match self.stream.write(piece) {
            Ok(0) => Err(io::Error::from(ErrorKind::WriteZero)),
            Ok(count) => {
                self.done = self.done.saturating_add(count);
                Ok(Turn::Moved)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Turn::Waits),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Turn::Moved),
            Err(error) => Err(error),
        }
    }
}

impl Outlet for Clients {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        self.accept();
        let head = self.framed.head(object);
        let (begun, patience) = (Instant::now(), patience(object.bytes.len()));
        self.clients.iter_mut().for_each(|client| client.done = 0);
        loop {
            let (mut left, mut moved) = (false, false);
            let is_late = begun.elapsed() >= patience;
            // A client that got a part of an object and not the rest is let go: what follows would not be an object.
            self.clients.retain_mut(|client| match client.go_on(&head, &object.bytes) {
                Ok(Turn::Done) => true,
                Ok(turn) => {
                    (left, moved) = (true, moved || turn == Turn::Moved);
                    !is_late
                }
                Err(_) => false,
            });
            if !left || is_late {
                break;
            }
            if !moved {
                std::thread::sleep(PAUSE);
            }
        }
        if self.clients.is_empty() { Err(io::Error::from(ErrorKind::NotConnected)) } else { Ok(()) }
    }

    fn settle(&mut self) -> io::Result<()> {
        self.accept();
        Ok(())
    }
}

/// How long the clients may take for one object, all of them together.
fn patience(bytes: usize) -> Duration {
    let millis = u64::try_from(bytes).unwrap_or(u64::MAX) / SLOWEST;
    PATIENCE.saturating_add(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::{Clients, Framed, Outlet};
    use crate::outlet::tests::object;
    use std::io::{ErrorKind, Read};
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    #[test]
    fn clients_get_whole_objects_and_a_dead_one_is_let_go() {
        let mut clients = Clients::tcp("127.0.0.1:0".parse().unwrap(), Framed::Length).unwrap();
        let nobody = clients.deliver(&object(1, b"x")).unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::NotConnected);
        let at = clients.address().unwrap();
        let (mut one, other) = (TcpStream::connect(at).unwrap(), TcpStream::connect(at).unwrap());
        clients.deliver(&object(2, b"first")).unwrap();
        drop(other);
        for _ in 0..50 {
            clients.deliver(&object(3, b"next")).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert_eq!(clients.clients.len(), 1);
        let mut heard = [0; 17];
        one.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"\0\0\0\x05first\0\0\0\x04next");
    }

    /// Each write of a slow client takes a little: it is the object that has a time, not the write.
    #[test]
    fn a_client_that_reads_drop_by_drop_keeps_nobody_waiting_and_others_get_all() {
        let mut clients = Clients::tcp("127.0.0.1:0".parse().unwrap(), Framed::Bare).unwrap();
        let at = clients.address().unwrap();
        let (mut slow, mut quick) = (TcpStream::connect(at).unwrap(), TcpStream::connect(at).unwrap());
        const SIZE: usize = 32 << 20;
        let quick = std::thread::spawn(move || {
            let mut got = vec![0; SIZE];
            quick.read_exact(&mut got).map(|()| got)
        });
        std::thread::spawn(move || {
            let mut piece = vec![0; 256 << 10];
            while slow.read(&mut piece).is_ok_and(|count| count > 0) {
                std::thread::sleep(Duration::from_millis(250));
            }
        });
        let bytes: Vec<u8> = (0..SIZE).map(|at| (at / 1_000) as u8).collect();
        let begun = Instant::now();
        clients.deliver(&object(1, &bytes)).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(clients.clients.len(), 1);
        assert!(quick.join().unwrap().unwrap() == bytes);
    }
}
