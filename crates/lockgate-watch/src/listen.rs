//! Opening the two sockets, and taking no more connections than the lane can spare.

use crate::client::{Client, Wire};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Connections open at one time, for each of the two sockets.
pub const CLIENTS_MAX: usize = 8;
/// Connections taken in a second, for each of the two sockets; further ones wait in the kernel.
pub const CLIENTS_PER_SECOND: u64 = 50;

/// A descriptor that is kept for the moment when there is no other: with it the lane still answers those who ask why.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    nothing: Option<File>,
    spare: Option<OwnedFd>,
}

impl Reserve {
    /// Keeps one, where that can be.
    pub(crate) fn fill(&mut self) {
        if self.nothing.is_none() {
            self.nothing = File::open("/dev/null").ok();
        }
        // The lowest there is: whoever lowers the limit of a process that runs takes the highest numbers out of use first.
        let lowest = self.nothing.as_ref().and_then(|nothing| nothing.try_clone().ok()).map(OwnedFd::from);
        if let Some(lowest) = lowest
            && self.spare.as_ref().is_none_or(|kept| lowest.as_raw_fd() < kept.as_raw_fd())
        {
            self.spare = Some(lowest);
        }
    }

    /// Gives it up; false where there was none.
    fn spend(&mut self) -> bool {
        self.spare.take().is_some()
    }

    /// Takes the descriptor of a connection that is over, where the reserve is spent. It is closed and kept in one step: no
    /// other thread gets it in between.
    pub(crate) fn take_back(&mut self, wire: Wire) {
        let mut descriptor = OwnedFd::from(wire);
        if let (None, Some(nothing)) = (&self.spare, &self.nothing) {
            self.spare = rustix::io::dup2(nothing, &mut descriptor).is_ok().then_some(descriptor);
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub(crate) enum Ear {
    Control(UnixListener, PathBuf),
    Metrics(TcpListener),
}

/// How many connections may still be taken; refilled with time.
#[derive(Debug)]
pub(crate) struct Allowance {
    tokens: u64,
    refilled_nanos: u64,
}

/// Opens the control socket: mode 0600. A socket that nobody answers is replaced, anything else in its place is left alone.
///
/// # Errors
/// Where something else is there, another lane answers, or the system refuses.
pub(crate) fn control(path: &Path) -> io::Result<Ear> {
    if let Ok(there) = path.symlink_metadata() {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it is there and is no socket; move it away",
            ));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another lane answers there; give it its own",
            ));
        }
    }
    // Made under another name, closed to others, and only then put in place: nobody ever meets it open.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let new = PathBuf::from(name);
    let _ = std::fs::remove_file(&new);
    let listener = UnixListener::bind(&new)?;
    let put = std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))
        .and_then(|()| listener.set_nonblocking(true))
        .and_then(|()| std::fs::rename(&new, path));
    if let Err(error) = put {
        let _ = std::fs::remove_file(&new);
        return Err(error);
    }
    Ok(Ear::Control(listener, path.to_owned()))
}

/// Whether `user` may ask a lane that runs as `ours`: the same one, or root.
pub(crate) fn may_ask(user: u32, ours: u32) -> bool {
    user == ours || user == 0
}

/// Opens the metrics socket; loopback only.
///
/// # Errors
/// Where the address is not loopback, or the system refuses.
pub(crate) fn metrics(address: SocketAddr) -> io::Result<Ear> {
    if !address.ip().is_loopback() {
        let says = "metrics are shown on loopback only; put a proxy of the management network before it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, says));
    }
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(Ear::Metrics(listener))
}

impl Ear {
    /// One more connection, if one waits. Where no descriptor is left, the reserve is spent on an operator.
    pub(crate) fn accept(&self, reserve: &mut Reserve, number: u64, now_nanos: u64) -> Option<Client> {
        let (wire, peer) = match self.one() {
            Err(error) if is_out_of_descriptors(&error) && matches!(self, Self::Control(..)) => {
                reserve.spend().then(|| self.one().ok())?
            }
            one => one.ok(),
        }?;
        Some(Client::new(number, wire, peer, now_nanos))
    }

    fn one(&self) -> io::Result<(Wire, Option<(u32, i32)>)> {
        Ok(match self {
            Self::Control(listener, _) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                let peer = rustix::net::sockopt::socket_peercred(&stream)?;
                (Wire::Control(stream), Some((peer.uid.as_raw(), peer.pid.as_raw_nonzero().get())))
            }
            Self::Metrics(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                (Wire::Metrics(stream), None)
            }
        })
    }

    pub(crate) fn is_of(&self, client: &Client) -> bool {
        matches!(
            (self, &client.wire),
            (Self::Control(..), Wire::Control(_)) | (Self::Metrics(_), Wire::Metrics(_))
        )
    }
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

impl AsFd for Ear {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Control(listener, _) => listener.as_fd(),
            Self::Metrics(listener) => listener.as_fd(),
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Self::Control(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Allowance {
    pub(crate) fn new(now_nanos: u64) -> Self {
        Self { tokens: CLIENTS_PER_SECOND, refilled_nanos: now_nanos }
    }

    /// Refills it; whether there is anything left.
    pub(crate) fn is_left(&mut self, now_nanos: u64) -> bool {
        let each = 1_000_000_000 / CLIENTS_PER_SECOND;
        let earned = now_nanos.saturating_sub(self.refilled_nanos) / each;
        if earned > 0 {
            self.tokens = self.tokens.saturating_add(earned).min(CLIENTS_PER_SECOND);
            self.refilled_nanos = now_nanos;
        }
        self.tokens > 0
    }

    pub(crate) fn take(&mut self) {
        self.tokens = self.tokens.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, CLIENTS_PER_SECOND, control, may_ask, metrics};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_control_socket_is_closed_to_others_and_replaces_only_a_dead_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control");
        let ear = control(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(control(&path).unwrap_err().to_string().contains("another lane"));
        drop(ear);
        assert!(!path.exists());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        drop(control(&path).unwrap());
        std::fs::write(&path, "x").unwrap();
        assert!(control(&path).unwrap_err().to_string().contains("no socket"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_the_lanes_user_and_root_may_ask() {
        assert!(may_ask(990, 990) && may_ask(0, 990) && may_ask(0, 0));
        assert!(!may_ask(991, 990) && !may_ask(990, 0) && !may_ask(u32::MAX, 990));
    }

    #[test]
    fn metrics_are_never_shown_beyond_loopback() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let fault = metrics(address.parse().unwrap()).unwrap_err();
            assert_eq!(fault.kind(), std::io::ErrorKind::PermissionDenied);
        }
        assert!(metrics("127.0.0.1:0".parse().unwrap()).is_ok());
    }

    #[test]
    fn connections_are_taken_at_a_bounded_rate() {
        let mut allowance = Allowance::new(0);
        let mut taken = 0;
        for milli in 0..3_000_u64 {
            for _ in 0..10 {
                if allowance.is_left(milli * 1_000_000) {
                    allowance.take();
                    taken += 1;
                }
            }
        }
        assert!((3 * CLIENTS_PER_SECOND..=4 * CLIENTS_PER_SECOND).contains(&taken), "{taken}");
    }
}
