//! Where the reader stands, and whether what stands there is still the same.

use super::NoReader;
use crate::Failure;
use std::fs::{File, Metadata, metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The program, where its packages put it. Never looked for by a path of the environment.
const PROGRAMS: &[&str] = &["/usr/bin/tesseract", "/usr/local/bin/tesseract"];
/// Its data, where its packages put them.
const FOLDERS: &[&str] = &[
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
];
/// The language that is read: markings are in capitals of it.
pub(super) const DATA: &str = "eng.traineddata";
/// Bytes of these data at most.
const DATA_BYTES_MAX: u64 = 64 << 20;
/// Written anew whenever a library is installed: most of the program is in one.
const LIBRARIES: &str = "/etc/ld.so.cache";

/// Where the reader stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Where packages put it; there may be none.
    #[default]
    Usual,
    /// Nowhere: nothing is read.
    Nowhere,
    /// There, by absolute paths.
    At {
        /// The program.
        program: PathBuf,
        /// The folder of its data.
        data: PathBuf,
    },
}

impl Place {
    /// Program and folder, where both are there.
    pub(super) fn paths(&self) -> Result<(PathBuf, PathBuf), NoReader> {
        match self {
            Self::Nowhere => Err(NoReader::Absent),
            Self::At { program, data } if !(program.is_absolute() && data.is_absolute()) => {
                Err(failed("a path that is not absolute"))
            }
            Self::At { program, data } => {
                first(std::iter::once((program.clone(), program.clone())))?;
                first(std::iter::once((data.clone(), data.join(DATA))))?;
                Ok((program.clone(), data.clone()))
            }
            Self::Usual => {
                let program = first(PROGRAMS.iter().map(|path| (path.into(), path.into())))?;
                let data = first(FOLDERS.iter().map(|path| (path.into(), Path::new(path).join(DATA))))?;
                Ok((program, data))
            }
        }
    }
}

/// The first whose file is there. What cannot be looked at is not absent: nobody knows.
fn first(places: impl Iterator<Item = (PathBuf, PathBuf)>) -> Result<PathBuf, NoReader> {
    for (place, file) in places {
        match metadata(&file) {
            Ok(is) if is.is_file() => return Ok(place),
            Ok(_) => {}
            Err(fault) if is_absence(fault.kind()) => {}
            Err(fault) => return Err(failed(&fault.kind().to_string())),
        }
    }
    Err(NoReader::Absent)
}

/// The data, whole.
///
/// # Errors
/// [`NoReader`] where they cannot be read, or are larger than is read.
pub(super) fn data(folder: &Path) -> Result<Vec<u8>, NoReader> {
    let unread = |fault: std::io::Error| match fault.kind() {
        kind if is_absence(kind) => NoReader::Absent,
        kind => failed(&kind.to_string()),
    };
    let file = File::open(folder.join(DATA)).map_err(unread)?;
    bounded(file, DATA_BYTES_MAX).map_err(unread)?.ok_or_else(|| failed("its data are too large"))
}

/// All that there is to read; nothing where that is more than `most` bytes.
fn bounded(from: impl Read, most: u64) -> Result<Option<Vec<u8>>, std::io::Error> {
    let mut read = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut read)?;
    Ok(Some(read).filter(|read| u64::try_from(read.len()).is_ok_and(|length| length <= most)))
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn failed(why: &str) -> NoReader {
    NoReader::Failed(Failure::NotStarted(why.to_owned()))
}

/// Which files the reader is made of: another one under the same name is another one here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stands {
    program: Stamp,
    data: Stamp,
    libraries: Option<Stamp>,
}

/// Device, number, bytes, and when it was written and changed, in seconds and nanoseconds.
type Stamp = (u64, u64, u64, [i64; 4]);

impl Stands {
    /// What stands at a place now.
    ///
    /// # Errors
    /// [`NoReader`] where nothing does, or it cannot be looked at.
    pub(crate) fn at(place: &Place) -> Result<Self, NoReader> {
        let (program, data) = place.paths()?;
        Self::of(&program, &data)
    }

    /// What stands there now.
    ///
    /// # Errors
    /// [`NoReader`] where a file is not there, or cannot be looked at.
    pub(super) fn of(program: &Path, data: &Path) -> Result<Self, NoReader> {
        let at = |path: &Path| match metadata(path) {
            Ok(is) => Ok(stamp(&is)),
            Err(fault) if is_absence(fault.kind()) => Err(NoReader::Absent),
            Err(fault) => Err(failed(&fault.kind().to_string())),
        };
        // A system may have no such list.
        let libraries = at(Path::new(LIBRARIES)).ok();
        Ok(Self { program: at(program)?, data: at(&data.join(DATA))?, libraries })
    }
}

fn stamp(is: &Metadata) -> Stamp {
    (is.dev(), is.ino(), is.len(), [is.mtime(), is.mtime_nsec(), is.ctime(), is.ctime_nsec()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir, rename, write};

    fn at(program: &Path, data: &Path) -> Place {
        Place::At { program: program.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn only_what_is_not_there_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let (program, data) = (folder.path().join("program"), folder.path().join("data"));
        assert_eq!(at(&program, &data).paths(), Err(NoReader::Absent));
        write(&program, b"x").unwrap();
        create_dir(&data).unwrap();
        assert_eq!(at(&program, &data).paths(), Err(NoReader::Absent), "no data");
        write(data.join(DATA), b"x").unwrap();
        assert_eq!(at(&program, &data).paths(), Ok((program.clone(), data.clone())));
        assert_eq!(at(&program.join("below"), &data).paths(), Err(NoReader::Absent), "below a file");
        for wrong in [Path::new("program"), &folder.path().join("x".repeat(300))] {
            // Neither is a place at which nothing stands: what it is, nobody can say.
            assert!(matches!(at(wrong, &data).paths(), Err(NoReader::Failed(_))), "{wrong:?}");
        }
        assert_eq!(Place::Nowhere.paths(), Err(NoReader::Absent));
    }

    /// Fails as a disk does.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("of a test"))
        }
    }

    #[test]
    fn data_are_read_whole_or_not_at_all() {
        assert_eq!(bounded(&b"123"[..], 3).unwrap().as_deref(), Some(&b"123"[..]));
        assert_eq!(bounded(&b"1234"[..], 3).unwrap(), None);
        assert!(bounded(Broken, 3).is_err());
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(data(folder.path()), Err(NoReader::Absent));
        create_dir(folder.path().join(DATA)).unwrap();
        assert!(matches!(data(folder.path()), Err(NoReader::Failed(_))), "a folder cannot be read");
    }

    #[test]
    fn a_file_that_was_written_or_replaced_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let (program, data) = (folder.path().join("program"), folder.path().to_owned());
        write(&program, b"one").unwrap();
        write(data.join(DATA), b"data").unwrap();
        let mut before = Stands::of(&program, &data).unwrap();
        assert_eq!(Stands::of(&program, &data), Ok(before.clone()));
        let mut is_another = || {
            let now = Stands::of(&program, &data).unwrap();
            std::mem::replace(&mut before, now.clone()) != now
        };
        // As packages do it: another file takes the name, of the same size.
        write(folder.path().join("new"), b"two").unwrap();
        rename(folder.path().join("new"), &program).unwrap();
        assert!(is_another());
        write(data.join(DATA), b"more data").unwrap();
        assert!(is_another());
        assert!(!is_another());
        std::fs::remove_file(&program).unwrap();
        assert_eq!(Stands::of(&program, &data), Err(NoReader::Absent));
    }
}
