//! What a link must remember from run to run: its epoch, which only grows, and how far the last run came.
//!
//! ```text
//!   lockgate link 1
//!   epoch 7586049277018243091
//!   closing 7586049277018243091 1702 1:640 4:2        only where the run ended in peace: datagrams, class:next number
//! ```
//!
//! The upper half of an epoch is at least the time of its start in seconds, so that a folder that is lost does not bring an
//! old epoch back, as long as the clock is right.

use lockgate_bytes::Time;
use lockgate_diode::{Closing, Mark, Marks, Start};
use lockgate_disk::{Disk, Lock};
use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::sync::Arc;

const FILE: &str = "link";
const PART: &str = "link.part";
const FIRST_LINE: &str = "lockgate link 1";
/// Most bytes of the file.
const MOST: u64 = 4_096;

/// The folder of a link's state, which is ours until this is dropped.
pub struct LinkState {
    disk: Arc<dyn Disk>,
    epoch: u64,
    _lock: Box<dyn Lock>,
}

impl LinkState {
    /// Begins a run: an epoch above all before it, durable when this returns. `chance` is 32 random bits.
    ///
    /// # Errors
    /// Those of the system; [`ErrorKind::WouldBlock`] where another run has the folder; [`ErrorKind::InvalidData`] where
    /// the file is none of ours, [`ErrorKind::QuotaExceeded`] where there is no greater epoch.
    pub fn begin(disk: Arc<dyn Disk>, now: Time, chance: u32) -> io::Result<(Self, Start)> {
        let lock = disk.lock("lock")?;
        let (last, closing) = match disk.read(FILE, MOST) {
            Ok(bytes) => std::str::from_utf8(&bytes).ok().and_then(read).ok_or_else(damaged)?,
            Err(error) if error.kind() == ErrorKind::NotFound => (0, None),
            Err(error) => return Err(error),
        };
        let seconds = u64::try_from(now.unix_nanos() / 1_000_000_000).unwrap_or(0);
        let counter = (last >> 32).saturating_add(1).max(seconds);
        if counter > u64::from(u32::MAX) {
            let says = "the link has had all its epochs; give it a new number, secret and key at both ends";
            return Err(io::Error::new(ErrorKind::QuotaExceeded, says));
        }
        let epoch = counter << 32 | u64::from(chance);
        let it = Self { disk, epoch, _lock: lock };
        it.write(None)?;
        Ok((it, Start { epoch, closing: closing.filter(|closing| closing.epoch == last) }))
    }

    /// The run has ended in peace, and came so far.
    ///
    /// # Errors
    /// Those of the system; then the receiver will not know for certain how far this run came.
    pub fn end(&self, closing: &Closing) -> io::Result<()> {
        self.write(Some(closing))
    }

    fn write(&self, closing: Option<&Closing>) -> io::Result<()> {
        let mut text = format!("{FIRST_LINE}\nepoch {}\n", self.epoch);
        if let Some(closing) = closing {
            // Writing to a string does not fail.
            let _ = write!(text, "closing {} {}", closing.epoch, closing.datagrams);
            for (class, mark) in closing.marks.0.iter().enumerate() {
                if let Some(mark) = mark {
                    let _ = write!(text, " {class}:{}", mark.next);
                }
            }
            text.push('\n');
        }
        match self.disk.remove(PART) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = self.disk.create(PART)?;
        file.append(text.as_bytes())?;
        file.sync()?;
        self.disk.rename(PART, FILE)?;
        self.disk.sync_dir("")
    }
}

fn damaged() -> io::Error {
    let says = "the file `link` is damaged; remove it, and the next epoch is taken from the clock";
    io::Error::new(ErrorKind::InvalidData, says)
}

fn read(text: &str) -> Option<(u64, Option<Closing>)> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let epoch = lines.next()?.strip_prefix("epoch ")?.parse().ok()?;
    let closing = match lines.next() {
        None => None,
        Some(line) => Some(read_closing(line.strip_prefix("closing ")?)?),
    };
    lines.next().is_none().then_some((epoch, closing))
}

fn read_closing(line: &str) -> Option<Closing> {
    let mut words = line.split(' ');
    let (epoch, datagrams) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let mut marks = Marks::default();
    for word in words {
        let (class, next) = word.split_once(':')?;
        let mark = marks.0.get_mut(class.parse::<usize>().ok()?)?;
        *mark = Some(Mark { next: next.parse().ok()?, open: None });
    }
    Some(Closing { epoch, datagrams, marks })
}

#[cfg(test)]
mod tests {
    use super::LinkState;
    use lockgate_bytes::Time;
    use lockgate_diode::{Closing, Mark, Marks};
    use lockgate_disk::{Disk, SimDisk};
    use std::io::ErrorKind;
    use std::sync::Arc;

    fn at(seconds: i64) -> Time {
        Time::from_unix_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn epochs_grow_whatever_the_clock_does_and_a_peaceful_end_is_told_once() {
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
        let (state, first) = LinkState::begin(disk.clone(), at(1_000), 7).unwrap();
        assert_eq!((first.epoch, first.closing), (1_000 << 32 | 7, None));
        let marks = Marks([None, Some(Mark { next: 640, open: None }), None, None, None, None]);
        let closing = Closing { epoch: first.epoch, datagrams: 1_702, marks };
        state.end(&closing).unwrap();
        drop(state);
        let (state, second) = LinkState::begin(disk.clone(), at(3), 0).unwrap();
        assert_eq!((second.epoch, second.closing), (1_001 << 32, Some(closing)));
        // This one does not end in peace.
        drop(state);
        let (_, third) = LinkState::begin(disk, at(3), u32::MAX).unwrap();
        assert_eq!((third.epoch, third.closing), (1_002 << 32 | 0xFFFF_FFFF, None));
    }

    #[test]
    fn a_damaged_file_is_no_state() {
        for text in [
            "",
            "lockgate link 1\n",
            "lockgate link 1\nepoch x\n",
            "lockgate link 1\nepoch 1\nclosing 1 2 9:1\n",
        ] {
            let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
            disk.create("link").unwrap().append(text.as_bytes()).unwrap();
            let refused = LinkState::begin(disk, at(1), 1).err().map(|error| error.kind());
            assert_eq!(refused, Some(ErrorKind::InvalidData), "{text:?}");
        }
    }

    #[test]
    fn a_crash_at_any_step_never_brings_an_epoch_back() {
        for (seed, operation) in (0..8).flat_map(|seed| (1..16).map(move |operation| (seed, operation))) {
            let disk = Arc::new(SimDisk::new(seed));
            let mut last = 0;
            for run in 0..4 {
                disk.crash_at(disk.operations() + operation);
                // What it gave out counts, whatever came later.
                if let Ok((_, start)) = LinkState::begin(disk.clone(), at(5), run) {
                    assert!(start.epoch > last, "seed {seed}, operation {operation}, run {run}");
                    last = start.epoch;
                }
                disk.crash();
                disk.reboot();
            }
        }
    }
}
