//! The asking side of the control socket.

use crate::json::{Bounds, Value};
use crate::request::Request;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// An answer is at most so many bytes.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// What an answer may hold.
const BOUNDS: Bounds = Bounds { bytes: 4 << 20, depth: 8, values: 400_000 };

/// Asks the lane behind `socket` and waits at most `patience` for the answer: the line, and what it says.
///
/// # Errors
/// Where nobody answers there, not in time, or nothing that can be read.
pub fn ask(socket: &Path, request: Request, patience: Duration) -> io::Result<(String, Value)> {
    let end = Instant::now().checked_add(patience);
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request.line().as_bytes())?;
    let mut answer = Vec::new();
    let mut chunk = [0_u8; 4096];
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now())).unwrap_or_default();
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
        }
        stream.set_read_timeout(Some(left))?;
        let count = match stream.read(&mut chunk) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
            }
            Err(error) => return Err(error),
        };
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if count == 0 || answer.last() == Some(&b'\n') {
            break;
        }
        if u64::try_from(answer.len()).unwrap_or(u64::MAX) > ANSWER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is too long"));
        }
    }
    read(&answer)
}

fn read(answer: &[u8]) -> io::Result<(String, Value)> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no line of JSON");
    let line = answer.strip_suffix(b"\n").ok_or_else(broken)?;
    let value = Value::parse(line, BOUNDS).map_err(|_| broken())?;
    let line = String::from_utf8(line.to_vec()).map_err(|_| broken())?;
    Ok((line, value))
}

#[cfg(test)]
mod tests {
    use super::ask;
    use crate::request::Request;
    use std::io::{ErrorKind, Read, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;
    use std::time::{Duration, Instant};

    /// What the client makes of a lane that answers `answer`, and then nothing.
    fn answered(answer: &'static [u8], open: bool) -> std::io::Result<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control");
        let listener = UnixListener::bind(&path).unwrap();
        let lane = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(answer);
            if open {
                thread::sleep(Duration::from_millis(400));
            }
        });
        let asked = ask(&path, Request::Status, Duration::from_millis(200));
        lane.join().unwrap();
        asked.map(|(line, _)| line)
    }

    #[test]
    fn answers_are_read_and_faults_told() {
        assert_eq!(answered(b"{\"a\":1}\n", false).unwrap(), "{\"a\":1}");
        assert_eq!(answered(b"{\"a\":1}", false).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(answered(b"hello\n", false).unwrap_err().kind(), ErrorKind::InvalidData);
        let before = Instant::now();
        assert_eq!(answered(b"{", true).unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(before.elapsed() < Duration::from_secs(2));
        assert!(ask("/nowhere/control".as_ref(), Request::Status, Duration::from_millis(10)).is_err());
    }
}
