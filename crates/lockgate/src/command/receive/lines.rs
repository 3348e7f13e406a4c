//! The report on its way out: lines, each whole and once, however often the disk or the pipe refuses. What is not written yet is
//! kept, and the next attempt goes on where the last one stopped.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};

/// Where reports go.
pub(super) enum Out<'a> {
    Given(&'a mut dyn Write),
    Stderr,
    File(File),
}

/// See the module.
pub(super) struct Lines<'a> {
    out: Out<'a>,
    /// What is not written yet; no more than the lines of one event, since nothing else happens meanwhile.
    unwritten: Vec<u8>,
    /// Bytes of a line that are written, its end not being.
    torn: u64,
    /// Something was written that may not survive.
    is_unsynced: bool,
    faults: u64,
}

impl<'a> Lines<'a> {
    /// Nothing is written yet.
    pub(super) fn new(out: Out<'a>) -> Self {
        Self { out, unwritten: Vec::new(), torn: 0, is_unsynced: false, faults: 0 }
    }

    /// Into a file, behind what is there. A line that a crash has cut off gets an end, so that the next one has a beginning.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn append(path: &str) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let is_cut_off = ends_within_a_line(&file, path);
        let mut lines = Self::new(Out::File(file));
        if is_cut_off {
            lines.unwritten.push(b'\n');
        }
        Ok(lines)
    }

    /// One more.
    pub(super) fn push(&mut self, line: &str) {
        self.unwritten.extend(line.as_bytes());
        self.unwritten.push(b'\n');
    }

    /// How often nothing could be written.
    pub(super) fn faults(&self) -> u64 {
        self.faults
    }

    /// Writes what is not written.
    ///
    /// # Errors
    /// Why some of it is not.
    pub(super) fn write(&mut self) -> io::Result<()> {
        self.attempt().inspect_err(|_| self.faults = self.faults.saturating_add(1))
    }

    /// The same, and returns when it survives.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.write()?;
        if let Out::File(file) = &self.out
            && self.is_unsynced
        {
            file.sync_data().inspect_err(|_| self.faults = self.faults.saturating_add(1))?;
        }
        self.is_unsynced = false;
        Ok(())
    }

    /// The end: no line stays cut off.
    ///
    /// # Errors
    /// Why not all of it is written.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let ended = self.sync();
        if let (Err(_), Out::File(file)) = (&ended, &self.out) {
            cut_back(file, self.torn)?;
        }
        ended
    }

    fn attempt(&mut self) -> io::Result<()> {
        while !self.unwritten.is_empty() {
            let count = match self.out.write(&self.unwritten) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero)),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.is_unsynced = true;
            let written: Vec<u8> = self.unwritten.drain(..count.min(self.unwritten.len())).collect();
            let of_last = written.iter().rev().take_while(|byte| **byte != b'\n').count();
            let before = if of_last == written.len() { self.torn } else { 0 };
            self.torn = before.saturating_add(u64::try_from(of_last).unwrap_or(u64::MAX));
        }
        self.out.flush()
    }
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Given(out) => out.write(bytes),
            Self::Stderr => io::stderr().write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Given(out) => out.flush(),
            Self::Stderr | Self::File(_) => Ok(()),
        }
    }
}

/// True where the last byte is not the end of a line. A device or a pipe has no last byte; one that we may not read has none for us.
fn ends_within_a_line(file: &File, path: &str) -> bool {
    use std::os::unix::fs::FileExt as _;
    let data = file.metadata().ok().filter(Metadata::is_file);
    let Some(last) = data.and_then(|data| data.len().checked_sub(1)) else { return false };
    let mut byte = [0];
    let read = File::open(path).and_then(|file| file.read_exact_at(&mut byte, last));
    read.is_ok() && byte != *b"\n"
}

/// Takes the last so many bytes away.
fn cut_back(file: &File, bytes: u64) -> io::Result<()> {
    match bytes {
        0 => Ok(()),
        _ => file.set_len(file.metadata()?.len().saturating_sub(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Out, cut_back};
    use std::fs::OpenOptions;
    use std::io::{self, ErrorKind, Write};

    /// Takes three bytes at a time, and every second time none.
    #[derive(Default)]
    struct Drip(Vec<u8>, bool);

    impl Write for Drip {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if !self.1 {
                return Err(io::Error::from(ErrorKind::StorageFull));
            }
            let taken = bytes.len().min(3);
            self.0.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_whole_and_once_however_often_nothing_can_be_written() {
        let mut drip = Drip::default();
        let mut lines = Lines::new(Out::Given(&mut drip));
        lines.push("{\"event\":\"lost\"}");
        lines.push("{\"event\":\"closed\"}");
        let mut faults = 0;
        while lines.write().is_err() {
            faults += 1;
        }
        assert_eq!(lines.faults(), faults);
        assert!(faults > 5);
        assert_eq!(drip.0, b"{\"event\":\"lost\"}\n{\"event\":\"closed\"}\n");
    }

    #[test]
    fn a_line_that_was_cut_off_is_glued_to_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        for (there, after) in [("", "new\n"), ("old\n", "old\nnew\n"), ("old\nha", "old\nha\nnew\n")] {
            std::fs::write(&path, there).unwrap();
            let mut lines = Lines::append(path.to_str().unwrap()).unwrap();
            lines.push("new");
            lines.sync().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        // Nor does one of ours stay so, where no more can be written.
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        cut_back(&file, 0).unwrap();
        cut_back(&file, 2).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old\nha\nne");
    }

    #[test]
    fn what_a_full_device_does_not_take_is_an_error_until_the_end() {
        let mut lines = Lines::append("/dev/full").unwrap();
        lines.push("lost");
        assert!(lines.write().is_err() && lines.sync().is_err() && lines.end().is_err());
        assert_eq!(lines.faults(), 3);
    }
}
