//! Where whole objects go.

use lockgate_bytes::Precedence;
use lockgate_diode::{Delivered, Id};
use lockgate_disk::Disk;
use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Clients at one time.
const CLIENTS: usize = 64;
/// The longest that a client may keep others waiting, with what is allowed for each mebibyte of an object: 32 MiB/s are expected of it.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_A_MEBIBYTE: Duration = Duration::from_micros(31_250);
/// Bytes that are given to a client at a time: between two of them the clock is looked at.
const PIECE: usize = 64 << 10;

/// Where objects go. Each is delivered when [`Outlet::deliver`] returns, and will survive when [`Outlet::settle`] does.
pub trait Outlet: Send {
    /// Delivers one object.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`] and [`ErrorKind::InvalidInput`] where this one cannot go there, now or ever; any other
    /// error is worth another attempt.
    fn deliver(&mut self, object: &Delivered) -> io::Result<()>;

    /// Makes what was delivered durable, where that means anything; looks after clients.
    ///
    /// # Errors
    /// Those of the disk.
    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Objects that lie there already: a crash may have come between delivery and note.
    ///
    /// # Errors
    /// Those of the disk.
    fn there(&self) -> io::Result<Vec<Id>> {
        Ok(Vec::new())
    }
}

/// The object of a [`name`]; `None` for what is none.
fn named(text: &str) -> Option<Id> {
    let mut parts = text.split('-');
    let (epoch, class, number) = (parts.next()?, parts.next()?, parts.next()?);
    let id = Id {
        epoch: u64::from_str_radix(epoch, 16).ok()?,
        class: *Precedence::ALL.get(class.parse::<usize>().ok()?)?,
        number: number.parse().ok()?,
    };
    (name(id) == text).then_some(id)
}

/// The name of an object: epoch, class and number. It sorts as the objects were sent, class by class, and says nothing else.
pub fn name(id: Id) -> String {
    format!("{:016x}-{}-{:020}", id.epoch, id.class.step(), id.number)
}

/// Files in a folder, each whole and durable under its name.
pub struct Folder {
    disk: Arc<dyn Disk>,
    extension: String,
}

impl Folder {
    /// The folder that is the root of `disk`; clears away what was half written. Names end with `extension`.
    ///
    /// # Errors
    /// Those of the disk; [`ErrorKind::InvalidInput`] where the extension is not 1 to 64 letters, digits, `-` and `_`.
    pub fn open(disk: Arc<dyn Disk>, extension: &str) -> io::Result<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if extension.is_empty() || extension.len() > 64 || !extension.bytes().all(plain) {
            let says = "the extension of a folder is 1 to 64 letters, digits, '-' and '_'";
            return Err(io::Error::new(ErrorKind::InvalidInput, says));
        }
        match disk.remove(PART) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(Self { disk, extension: extension.to_owned() }),
        }
    }
}

/// Most files of a folder that are looked at when it is opened.
const FILES: usize = 1_000_000;
/// What is being written. Watchers leave names with a dot in front alone.
const PART: &str = ".part";

impl Outlet for Folder {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        match self.disk.remove(PART) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.disk.write_whole(PART, &object.bytes)?;
        self.disk.rename(PART, &format!("{}.{}", name(object.id), self.extension))
    }

    fn settle(&mut self) -> io::Result<()> {
        self.disk.sync_dir("")
    }

    fn there(&self) -> io::Result<Vec<Id>> {
        let found = self.disk.list("", FILES)?;
        if found.len() >= FILES {
            // The newest would be missing from the list, and be told lost though they lie there.
            let says = format!("there are {FILES} files or more in it; have them fetched, or move them away");
            return Err(io::Error::new(ErrorKind::QuotaExceeded, says));
        }
        let stems =
            found.iter().filter_map(|entry| entry.name.strip_suffix(&self.extension)?.strip_suffix('.'));
        Ok(stems.filter_map(named).collect())
    }
}

/// How objects stand in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed {
    /// One behind the other, as they are.
    Bare,
    /// Four bytes before each say how long it is, the most significant first.
    Length,
}

impl Framed {
    fn head(self, object: &Delivered) -> Vec<u8> {
        let length = u32::try_from(object.bytes.len()).unwrap_or(u32::MAX);
        if self == Self::Length { length.to_be_bytes().to_vec() } else { Vec::new() }
    }
}

/// Standard output, or any other pipe.
///
/// INVARIANT: where an object came to a stop half-way, nothing but the rest of it follows.
pub struct Pipe<W> {
    out: W,
    framed: Framed,
    /// Bytes of the object under way that were taken, with what stands before it.
    written: usize,
}

impl<W: Write + Send> Pipe<W> {
    /// Writes there. `out` keeps nothing back: what it takes is written.
    pub fn new(out: W, framed: Framed) -> Self {
        Self { out, framed, written: 0 }
    }

    /// Goes on where it came to a stop.
    fn go_on(&mut self, head: &[u8], bytes: &[u8]) -> io::Result<()> {
        loop {
            let of_head = head.get(self.written..).unwrap_or(&[]);
            let of_bytes = bytes.get(self.written.saturating_sub(head.len())..).unwrap_or(&[]);
            let rest = if of_head.is_empty() { of_bytes } else { of_head };
            if rest.is_empty() {
                return self.out.flush();
            }
            match self.out.write(rest) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero)),
                Ok(taken) => self.written = self.written.saturating_add(taken),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<W: Write + Send> Outlet for Pipe<W> {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        // Whatever the system calls it, the object is not given up: a part of it may be there.
        self.go_on(&self.framed.head(object), &object.bytes).map_err(|error| match error.kind() {
            ErrorKind::NotConnected | ErrorKind::InvalidInput => io::Error::other(error),
            _ => error,
        })?;
        self.written = 0;
        Ok(())
    }
}

/// Datagrams to one address, one object each.
pub struct Datagrams {
    socket: UdpSocket,
}

impl Datagrams {
    /// Sends there.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(to: SocketAddr) -> io::Result<Self> {
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(to)?;
        Ok(Self { socket })
    }
}

impl Outlet for Datagrams {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        match self.socket.send(&object.bytes) {
            Ok(_) => Ok(()),
            // Nobody was there for an earlier one; this one was not sent.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.socket.send(&object.bytes).map(|_| ())
            }
            Err(error) => Err(error),
        }
        .map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused => io::Error::from(ErrorKind::NotConnected),
            // EMSGSIZE has no kind of its own.
            _ if object.bytes.len() > 65_507 => io::Error::from(ErrorKind::InvalidInput),
            _ => error,
        })
    }
}

/// Clients that connect to us. Every object goes to all that are connected; where none is, it goes to nobody.
pub struct Clients {
    door: Door,
    framed: Framed,
    clients: Vec<Client>,
}

enum Door {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Client {
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
            let client = match &self.door {
                Door::Tcp(door) => door.accept().map(|(stream, _)| Client::Tcp(stream)),
                Door::Unix(door) => door.accept().map(|(stream, _)| Client::Unix(stream)),
            };
            let Ok(client) = client else { return };
            // Nothing is read from clients, and a slow one is let go.
            if client.prepare().is_ok() {
                self.clients.push(client);
            }
        }
    }
}

impl Client {
    fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_nonblocking(false)?;
                stream.set_nodelay(true)?;
                stream.shutdown(Shutdown::Read)
            }
            Self::Unix(stream) => {
                stream.set_nonblocking(false)?;
                stream.shutdown(Shutdown::Read)
            }
        }
    }

    /// All of it by then: a client that takes a byte now and then is as slow as one that takes none.
    fn write(&mut self, mut bytes: &[u8], until: Instant) -> io::Result<()> {
        while !bytes.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::from(ErrorKind::TimedOut));
            }
            let piece = bytes.get(..PIECE).unwrap_or(bytes);
            let taken = match self {
                Self::Tcp(stream) => stream.set_write_timeout(Some(left)).and_then(|()| stream.write(piece)),
                Self::Unix(stream) => stream.set_write_timeout(Some(left)).and_then(|()| stream.write(piece)),
            };
            match taken {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero)),
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or(&[]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Outlet for Clients {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        self.accept();
        let head = self.framed.head(object);
        let mebibytes = u32::try_from(object.bytes.len() >> 20).unwrap_or(u32::MAX);
        let patience = PATIENCE.saturating_add(PATIENCE_A_MEBIBYTE.saturating_mul(mebibytes));
        // A client that got a part of an object and not the rest is let go: what follows would not be an object.
        self.clients.retain_mut(|client| {
            let Some(until) = Instant::now().checked_add(patience) else { return false };
            client.write(&head, until).and_then(|()| client.write(&object.bytes, until)).is_ok()
        });
        if self.clients.is_empty() { Err(io::Error::from(ErrorKind::NotConnected)) } else { Ok(()) }
    }

    fn settle(&mut self) -> io::Result<()> {
        self.accept();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Clients, Folder, Framed, Outlet, Pipe, name, named};
    use lockgate_bytes::{Precedence, Time};
    use lockgate_diode::{Delivered, Id};
    use lockgate_disk::{Disk, SimDisk};
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    fn object(number: u64, bytes: &[u8]) -> Delivered {
        Delivered {
            id: Id { epoch: 0xAB << 32, class: Precedence::Flash, number },
            order: 0,
            sent: Time::MIN,
            hash: [0; 32],
            bytes: bytes.to_vec(),
            recovered: false,
        }
    }

    #[test]
    fn a_file_has_its_name_only_once_it_is_whole_and_is_found_again() {
        let disk = Arc::new(SimDisk::new(1));
        let mut folder = Folder::open(disk.clone(), "cot").unwrap();
        folder.deliver(&object(42, b"whole")).unwrap();
        folder.settle().unwrap();
        disk.crash();
        disk.reboot();
        assert_eq!(disk.names(), ["000000ab00000000-4-00000000000000000042.cot"]);
        assert_eq!(disk.read(&disk.names()[0], 99).unwrap(), b"whole");
        disk.create("somebody-else.cot").unwrap();
        disk.create("000000ab00000000-4-42.cot").unwrap();
        assert_eq!(folder.there().unwrap(), [object(42, b"").id]);
        assert!(Folder::open(disk, "../x").is_err());
    }

    #[test]
    fn names_sort_as_objects_were_sent_and_are_read_back() {
        let ids = [(1, 0), (9, 0), (10, 0), (10, 1)].map(|(number, epoch)| Id {
            epoch,
            class: Precedence::Routine,
            number,
        });
        let names = ids.map(name);
        assert!(names[0] < names[1] && names[1] < names[2]);
        assert_eq!(names.map(|name| named(&name)), ids.map(Some));
        assert_eq!(named("0-1-2"), None);
    }

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

    /// Takes a byte now and then: none of its calls takes longer than it may, and all of them together do.
    #[test]
    fn a_client_that_takes_a_little_at_a_time_is_let_go() {
        let mut clients = Clients::tcp("127.0.0.1:0".parse().unwrap(), Framed::Bare).unwrap();
        let mut slow = TcpStream::connect(clients.address().unwrap()).unwrap();
        let reading = std::thread::spawn(move || {
            let mut some = vec![0; 256 << 10];
            while slow.read(&mut some).is_ok_and(|count| count > 0) {
                std::thread::sleep(Duration::from_millis(250));
            }
        });
        let begun = Instant::now();
        let told = clients.deliver(&object(1, &vec![7; 32 << 20])).unwrap_err();
        assert_eq!(told.kind(), ErrorKind::NotConnected);
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        drop(clients);
        reading.join().unwrap();
    }

    /// Takes three bytes, says that the disk is full, and takes all from then on.
    #[derive(Default)]
    struct Full {
        took: Vec<u8>,
        calls: usize,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.calls += 1;
            match self.calls {
                1 | 3 => {
                    let some = bytes.len().min(3);
                    self.took.extend(&bytes[..some]);
                    Ok(some)
                }
                2 | 4 => Err(std::io::Error::from(ErrorKind::StorageFull)),
                5 => Err(std::io::Error::from(ErrorKind::InvalidInput)),
                _ => {
                    self.took.extend(bytes);
                    Ok(bytes.len())
                }
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_that_came_to_a_stop_goes_on_where_it_was() {
        let mut pipe = Pipe::new(Full::default(), Framed::Length);
        let whole = object(1, b"an object");
        for _ in 0..3 {
            let again = pipe.deliver(&whole).unwrap_err();
            assert!(!matches!(again.kind(), ErrorKind::NotConnected | ErrorKind::InvalidInput));
        }
        pipe.deliver(&whole).unwrap();
        pipe.deliver(&object(2, b"next")).unwrap();
        assert_eq!(pipe.out.took, b"\0\0\0\x09an object\0\0\0\x04next");
    }

    #[test]
    fn a_pipe_gets_them_one_behind_the_other() {
        let mut pipe = Pipe::new(Vec::new(), Framed::Bare);
        pipe.deliver(&object(1, b"<a/>")).unwrap();
        pipe.deliver(&object(2, b"<b/>")).unwrap();
        assert_eq!(pipe.out, b"<a/><b/>");
    }
}
