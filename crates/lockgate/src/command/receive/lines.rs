//! Where reports go, a line each: a line that could not be written whole is none, and is written again.

use crate::exit::Fault;
use lockgate_deployment::ReportTo;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// See the module.
pub(super) struct Lines<'a> {
    out: Out<'a>,
    /// Something stands there that is not ended: a line begins with an end.
    is_cut: bool,
    /// Something was written that is known nowhere else, and may not survive yet.
    pub(super) is_needed: bool,
}

enum Out<'a> {
    Given(&'a mut dyn Write),
    Stderr,
    File(File),
}

impl<'a> Lines<'a> {
    /// What a file says.
    ///
    /// # Errors
    /// [`Fault`] where a file cannot be opened.
    pub(super) fn to(to: &ReportTo, out: &'a mut dyn Write) -> Result<Self, Fault> {
        let out = match to {
            ReportTo::Stdout => Out::Given(out),
            ReportTo::Stderr => Out::Stderr,
            ReportTo::File(path) => {
                let opened = OpenOptions::new().read(true).append(true).create(true).open(path.as_str());
                return opened.and_then(Self::of).map_err(|error| Fault::of(path.as_str(), &error));
            }
        };
        Ok(Self { out, is_cut: false, is_needed: false })
    }

    /// Behind what the file holds; whoever wrote that may have ended in the middle of a line.
    fn of(mut file: File) -> io::Result<Self> {
        let mut last = [b'\n'];
        // Pipes and terminals have no end to look at.
        if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self { out: Out::File(file), is_cut: last != *b"\n", is_needed: false })
    }

    /// Writes a line.
    pub(super) fn write(&mut self, text: &mut String) -> io::Result<()> {
        text.push('\n');
        if self.is_cut {
            text.insert(0, '\n');
        }
        let written = match &mut self.out {
            Out::Given(out) => out.write_all(text.as_bytes()).and_then(|()| out.flush()),
            Out::Stderr => io::stderr().write_all(text.as_bytes()),
            Out::File(file) => return append(file, text.as_bytes(), &mut self.is_cut),
        };
        self.is_cut = written.is_err();
        written
    }

    /// What was written survives.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if let Out::File(file) = &self.out
            && self.is_needed
            && file.metadata()?.is_file()
        {
            file.sync_data()?;
        }
        self.is_needed = false;
        Ok(())
    }
}

/// All of it, or nothing, where that can be.
fn append(file: &mut File, bytes: &[u8], is_cut: &mut bool) -> io::Result<()> {
    let about = file.metadata()?;
    let written = file.write_all(bytes);
    match &written {
        Ok(()) => *is_cut = false,
        Err(_) if about.is_file() && file.set_len(about.len()).is_ok() => {}
        Err(_) => *is_cut = true,
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{Lines, Out};
    use lockgate_deployment::ReportTo;
    use lockgate_notation::{At, Span};
    use std::io::{self, ErrorKind, Write};

    /// Takes three bytes, then nothing for a while.
    #[derive(Default)]
    struct Full {
        took: Vec<u8>,
        left: usize,
        fails: usize,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.left == 0 && self.fails > 0 {
                self.fails -= 1;
                return Err(io::Error::from(ErrorKind::StorageFull));
            }
            let count = if self.fails > 0 { bytes.len().min(self.left) } else { bytes.len() };
            self.left = self.left.saturating_sub(count);
            self.took.extend(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_was_cut_is_written_again_as_a_line() {
        let mut out = Full { took: Vec::new(), left: 3, fails: 2 };
        let mut lines = Lines { out: Out::Given(&mut out), is_cut: false, is_needed: false };
        for expected in [false, false, true, true] {
            assert_eq!(lines.write(&mut "lost 7".to_owned()).is_ok(), expected);
        }
        drop(lines);
        assert_eq!(out.took, b"los\nlost 7\nlost 7\n");
    }

    #[test]
    fn a_file_that_ends_in_the_middle_of_a_line_goes_on_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let text = path.to_str().unwrap().to_owned();
        for (there, expected) in [("", "new\n"), ("old\n", "old\nnew\n"), ("ol", "ol\nnew\n")] {
            std::fs::write(&path, there).unwrap();
            let mut none = io::sink();
            let to = ReportTo::File(At::new(text.clone(), Span::default()));
            let mut lines = Lines::to(&to, &mut none).ok().unwrap();
            lines.write(&mut "new".to_owned()).unwrap();
            lines.is_needed = true;
            lines.settle().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
    }
}
