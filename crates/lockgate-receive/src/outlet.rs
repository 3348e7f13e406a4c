//! Where whole objects go.

mod clients;

pub use clients::Clients;

use lockgate_bytes::Precedence;
use lockgate_diode::{Delivered, Id};
use lockgate_disk::Disk;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

/// Where objects go. Each is delivered when [`Outlet::deliver`] returns, and will survive when [`Outlet::settle`] does.
pub trait Outlet: Send {
    /// Delivers one object.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`] and [`ErrorKind::InvalidInput`] where this one cannot go there, now or ever;
    /// [`ErrorKind::BrokenPipe`] where none ever will, which ends the far side. Any other error is worth another attempt: nothing
    /// else is delivered before the same object has come again and succeeded.
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

/// What is left of head and body when so many bytes of both have been written; empty where nothing is.
fn rest<'a>(head: &'a [u8], body: &'a [u8], done: usize) -> &'a [u8] {
    let (left, written) = match done.checked_sub(head.len()) {
        Some(of_body) => (body, of_body),
        None => (head, done),
    };
    left.get(written..).unwrap_or(&[])
}

/// Standard output, or any other pipe.
///
/// INVARIANT: what was written is whole objects and the beginning of one at most. An attempt that failed half-way is not begun
/// again: the next one goes on where it stopped. So `out` keeps nothing back that it has taken and then failed over.
pub struct Pipe<W> {
    out: W,
    framed: Framed,
    /// Bytes of the object under way that were written, its head included.
    done: usize,
}

impl<W: Write + Send> Pipe<W> {
    /// Writes there.
    pub fn new(out: W, framed: Framed) -> Self {
        Self { out, framed, done: 0 }
    }

    fn go_on(&mut self, object: &Delivered) -> io::Result<()> {
        let head = self.framed.head(object);
        loop {
            let rest = rest(&head, &object.bytes, self.done);
            if rest.is_empty() {
                return self.out.flush();
            }
            match self.out.write(rest) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero)),
                Ok(count) => self.done = self.done.saturating_add(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<W: Write + Send> Outlet for Pipe<W> {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        self.go_on(object).map_err(|error| match error.kind() {
            // Another object would stand behind a part of this one.
            ErrorKind::NotConnected | ErrorKind::InvalidInput if self.done > 0 => io::Error::other(error),
            _ => error,
        })?;
        self.done = 0;
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

#[cfg(test)]
mod tests {
    use super::{Folder, Framed, Outlet, Pipe, name, named};
    use lockgate_bytes::{Precedence, Time};
    use lockgate_diode::{Delivered, Id};
    use lockgate_disk::{Disk, SimDisk};
    use std::io::{self, ErrorKind, Write};
    use std::sync::Arc;

    pub(super) fn object(number: u64, bytes: &[u8]) -> Delivered {
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
    fn a_pipe_gets_them_one_behind_the_other() {
        let mut pipe = Pipe::new(Vec::new(), Framed::Bare);
        pipe.deliver(&object(1, b"<a/>")).unwrap();
        pipe.deliver(&object(2, b"<b/>")).unwrap();
        assert_eq!(pipe.out, b"<a/><b/>");
    }

    /// Takes a few bytes at a time, and fails in between as it is told.
    #[derive(Default)]
    struct Tap {
        got: Vec<u8>,
        fails: Vec<(usize, ErrorKind)>,
    }

    impl Write for Tap {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(at) = self.fails.iter().position(|(after, _)| *after <= self.got.len()) {
                return Err(io::Error::from(self.fails.remove(at).1));
            }
            let taken = bytes.len().min(3);
            self.got.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_that_fails_half_way_goes_on_where_it_stopped() {
        for kind in [ErrorKind::StorageFull, ErrorKind::WouldBlock, ErrorKind::InvalidInput] {
            for after in 1..=12 {
                let tap = Tap { fails: vec![(after, kind), (after + 2, kind)], ..Tap::default() };
                let mut pipe = Pipe::new(tap, Framed::Length);
                for bytes in [&b"whole"[..], b"next"] {
                    let mut attempts = 0;
                    while let Err(error) = pipe.deliver(&object(1, bytes)) {
                        let is_half = pipe.done > 0;
                        assert!(!is_half || error.kind() != ErrorKind::InvalidInput, "it would be given up");
                        attempts += 1;
                        assert!(attempts < 4);
                    }
                }
                assert_eq!(pipe.out.got, b"\0\0\0\x05whole\0\0\0\x04next", "{kind} after {after}");
            }
        }
    }
}
