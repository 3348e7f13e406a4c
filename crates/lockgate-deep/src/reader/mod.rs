//! Text in pictures, read by a program of others (tesseract) in a jail of its own: a tripwire for markings in pixels, and
//! never more. What it reads adds to what an object says; what it does not read is not there for it.
//!
//! ```text
//!   worker --scans--> parent --levels of one view--> this program again, as a hidden command: jail, then it becomes tesseract
//!                        ^                                                                              |
//!                        '---------- a table of words and places, read as hostile <---------------------'
//! ```
//! It never gets a byte of the object: only levels that a worker of ours drew, with a head that this process wrote.

mod plan;
mod proof;
mod stand;
mod table;
mod view;

use crate::answer::Malformed;
use crate::jail::{Opens, enter_to_become};
use crate::process::Process;
use crate::worker::{NO_JAIL, READY};
use crate::{Failure, Limits};
use lockgate_bytes::Digest;
use std::ffi::{CString, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

pub(crate) use plan::{PICTURES, ReadOut, why};
use stand::DATA;
pub use stand::Place;
pub(crate) use stand::Stands;
pub use view::Turn;

/// The hidden command under which this program is started to become the reader.
pub const READER_COMMAND: &str = "text-reader";
/// What lists of processes show until it has become it.
const NAME: &str = "lockgate-reader";
/// Bytes of what it answers at most.
const TABLE_BYTES_MAX: usize = 1 << 20;
/// Time for one reading: on the wall, less what it waited for a processor or was stopped.
const WALL: Duration = Duration::from_secs(30);

/// A reader that has answered once, so that it is known which it is.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    data: PathBuf,
    engine: String,
    stands: Stands,
}

/// What came of one run.
struct Run {
    answer: Vec<u8>,
    /// The time that it was given, without what it waited for a processor or was stopped.
    spent: Duration,
}

/// Why there is no reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReader {
    /// The program or its data are not there.
    Absent,
    /// It is there, and does not answer as it should; or nobody can say whether it is there.
    Failed(Failure),
}

impl Reader {
    /// Finds the reader and has it read, in its jail, a picture that we drew, and say what it is.
    ///
    /// # Errors
    /// [`NoReader`] where there is none, or it does not say what it is.
    pub fn open(place: &Place) -> Result<Self, NoReader> {
        let (program, data) = place.paths()?;
        // Before anything of it is read or run: what is replaced meanwhile is another one already.
        let stands = Stands::of(&program, &data)?;
        let read = stand::data(&data)?;
        let mut reader = Self { program, data, engine: String::new(), stands };
        let (width, height, levels) = proof::picture();
        let head = view::head(width, height);
        let said = reader.run(Work::Proof, &head, &levels, WALL).map_err(NoReader::Failed)?;
        let name =
            proof::name(&said.answer).ok_or(NoReader::Failed(Failure::BadAnswer(Malformed { at: 0 })))?;
        reader.engine = format!("{name}, {DATA} sha256 {}", Digest::of(&read));
        Ok(reader)
    }

    /// True while program, data and the list of libraries are the files that they were when it was opened. Asked by their
    /// numbers, sizes and times, which is cheap enough for each object.
    pub(crate) fn is_as_it_was(&self) -> bool {
        Stands::of(&self.program, &self.data).is_ok_and(|now| now == self.stands)
    }

    /// Which it is, and its data by their hash. Visible ASCII.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// One run: this program is started again, closes the jail, and becomes the reader.
    fn run(&self, work: Work, head: &[u8], levels: &[u8], wall: Duration) -> Result<Run, Failure> {
        let text = |path: &Path| path.to_str().map(str::to_owned);
        let not_text = || Failure::NotStarted("a path that is no text".to_owned());
        let program = text(&self.program).ok_or_else(not_text)?;
        let data = text(&self.data).ok_or_else(not_text)?;
        let command = [READER_COMMAND.to_owned(), program, data, work.name().to_owned()];
        let mut process = Process::start(NAME, &command)?;
        let patience = process.patience(wall.min(WALL));
        let answer = process.ask(head, levels, TABLE_BYTES_MAX, &patience)?;
        process.end(&patience)?;
        Ok(Run { answer, spent: patience.spent() })
    }
}

/// What the reader is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// To read a picture of ours, and say what it is.
    Proof,
    /// To read words wherever they stand.
    Words,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Words => "words",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Proof, Self::Words].into_iter().find(|work| work.name() == name)
    }

    /// What it is to answer in: hOCR, which names the program, or a table of words.
    fn answer(self) -> &'static str {
        match self {
            Self::Proof => "tessedit_create_hocr=1",
            Self::Words => "tessedit_create_tsv=1",
        }
    }
}

/// What the program is started with: a picture on standard input, its answer on standard output, words wherever they stand,
/// and no file of settings.
const ARGUMENTS: [&str; 9] = ["stdin", "stdout", "-l", "eng", "--dpi", "150", "--psm", "11", "-c"];

/// The hidden command: `program`, `data` and the work, as [`Reader`] puts them. Closes the jail around this process, says so,
/// and becomes the program; comes back only where that failed.
pub fn become_reader(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let mut output = std::io::stdout().lock();
    let Some((program, data, work)) = understood(arguments) else { return ExitCode::from(2) };
    let folder = PathBuf::from(OsString::from_vec(data.to_bytes().to_vec()));
    let of_one = |text: &str| CString::new(text).unwrap_or_default();
    let arguments = ARGUMENTS.into_iter().chain([work.answer()]).map(of_one);
    let words: Vec<CString> = std::iter::once(program.clone()).chain(arguments).collect();
    let data = [b"TESSDATA_PREFIX=".as_slice(), data.to_bytes()].concat();
    let environment =
        [of_one("OMP_THREAD_LIMIT=1"), of_one("LC_ALL=C"), CString::new(data).unwrap_or_default()];
    if let Err(why) = enter_to_become(&Opens { program: &program, data: &folder }, &Limits::USUAL) {
        let told = output.write_all(&[NO_JAIL]).and_then(|()| output.write_all(why.0.as_bytes()));
        let _ = told.and_then(|()| output.flush());
        return ExitCode::from(3);
    }
    if output.write_all(&[READY]).and_then(|()| output.flush()).is_err() {
        return ExitCode::from(4);
    }
    let Err(_) = nix::unistd::execve(&program, &words, &environment);
    ExitCode::from(6)
}

/// Exactly three words: two absolute paths, and what is to be done.
fn understood(mut arguments: impl Iterator<Item = OsString>) -> Option<(CString, CString, Work)> {
    let mut path = || {
        let path = arguments.next().filter(|path| Path::new(path).is_absolute())?;
        CString::new(path.into_vec()).ok()
    };
    let (program, data) = (path()?, path()?);
    let work = arguments.next().and_then(|word| Work::named(word.to_str()?))?;
    arguments.next().is_none().then_some((program, data, work))
}
