//! Rows of the index: what was staged, committed, moved and settled, one after the other.
//!
//! ```text
//!   mark 4 | length 4 | row | check 8
//! ```
//! The check covers the store's own number too, so no text that an object brings along can look like a row. Where a row
//! is damaged the reader goes on at the next whole one and says how much it left out.

use crate::chunk::Places;
use crate::code::{Put, Take, check};
use crate::item::{Facts, Settled};
use crate::{Fault, files};
use lockgate_bytes::Digest;
use lockgate_disk::Disk;

const MARK: [u8; 4] = [0xB1, b'L', b'G', b'R'];
/// Bytes around a row.
const AROUND: usize = 16;
/// Most bytes of one row, with what is around it.
const ROW_MAX: usize = 64 * 1024;
/// Bytes that are read at once.
const WINDOW: usize = 1 << 20;

/// Gaps that are told apart; what is beyond counts with the last one.
const GAPS_MAX: usize = 1024;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Bytes are here; nothing is decided of them until they are committed.
    Staged { number: u64, sha256: Digest, places: Places, facts: Box<Facts> },
    /// They are held under this entry of the log.
    Committed { number: u64, entry: u64 },
    /// They are no longer held, or never were.
    Gone { number: u64, how: Option<u8> },
    /// They are no longer held, and stay for what was made of them: told to who looks, and lost without harm.
    Kept { number: u64 },
    /// Their chunks stand elsewhere now.
    Moved { number: u64, places: Places },
    /// When this row was written, everything before this place in the file would survive, and all numbers below `next`
    /// had been used.
    Synced { offset: u64, next: u64 },
}

impl Row {
    pub(crate) fn gone(number: u64, how: Option<Settled>) -> Self {
        Self::Gone { number, how: how.map(Settled::number) }
    }

    /// Appends the row to `out`.
    pub(crate) fn write(&self, store: &[u8; 16], out: &mut Vec<u8>) {
        let mut row = Put::default();
        match self {
            Self::Staged { number, sha256, places, facts } => {
                row.byte(if places.beside.is_some() { b'S' } else { b's' });
                row.number(*number);
                row.digest(sha256);
                places.put(&mut row);
                facts.put(&mut row);
            }
            Self::Committed { number, entry } => {
                row.byte(b'c');
                row.number(*number);
                row.number(*entry);
            }
            Self::Gone { number, how } => {
                row.byte(b'g');
                row.number(*number);
                row.byte(how.unwrap_or(0));
            }
            Self::Kept { number } => {
                row.byte(b'k');
                row.number(*number);
            }
            Self::Moved { number, places } => {
                row.byte(if places.beside.is_some() { b'M' } else { b'm' });
                row.number(*number);
                places.put(&mut row);
            }
            Self::Synced { offset, next } => {
                row.byte(b'y');
                row.number(*offset);
                row.number(*next);
            }
        }
        let length = u32::try_from(row.0.len()).unwrap_or(u32::MAX).to_be_bytes();
        out.extend_from_slice(&MARK);
        out.extend_from_slice(&length);
        out.extend_from_slice(&row.0);
        out.extend_from_slice(&check(&[store, &length, &row.0]));
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        let mut from = Take::new(bytes);
        let row = match (from.byte()?, from.number()?) {
            (kind @ (b's' | b'S'), number) => Self::Staged {
                number,
                sha256: from.digest()?,
                places: Places::take(&mut from, kind == b'S')?,
                facts: Box::new(Facts::take(&mut from)?),
            },
            (b'c', number) => Self::Committed { number, entry: from.number()? },
            (b'g', number) => Self::Gone { number, how: Some(from.byte()?).filter(|how| *how > 0) },
            (b'k', number) => Self::Kept { number },
            (kind @ (b'm' | b'M'), number) => {
                Self::Moved { number, places: Places::take(&mut from, kind == b'M')? }
            }
            (b'y', offset) => Self::Synced { offset, next: from.number()? },
            _ => return None,
        };
        from.is_empty().then_some(row)
    }

    /// The row at the front of `bytes`, and its bytes with what is around it.
    fn read(bytes: &[u8], store: &[u8; 16]) -> Option<(Self, usize)> {
        let mut from = Take::new(bytes);
        if from.array::<4>()? != MARK {
            return None;
        }
        let length: [u8; 4] = from.array()?;
        let size = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let whole = size.checked_add(AROUND).filter(|whole| *whole <= ROW_MAX)?;
        let row = from.bytes(size)?;
        (from.array::<8>()? == check(&[store, &length, row])).then_some(())?;
        Some((Self::take(row)?, whole))
    }
}

/// Reads the rows of an index file, a window at a time.
pub(crate) struct Rows<'a> {
    disk: &'a dyn Disk,
    file: &'a str,
    store: &'a [u8; 16],
    window: Vec<u8>,
    /// How much of the window is used up.
    at: usize,
    /// Where in the file the window ends.
    end: u64,
    /// The file ends with the window.
    last: bool,
    /// What is no row: where it begins, and how many bytes.
    gaps: Vec<(u64, u64)>,
    /// Up to here everything would survive, as far as rows say.
    synced: u64,
}

impl<'a> Rows<'a> {
    /// The rows behind the head of `file`.
    pub(crate) fn of(disk: &'a dyn Disk, file: &'a str, store: &'a [u8; 16]) -> Self {
        let end = files::HEAD_BYTES;
        Self { disk, file, store, window: Vec::new(), at: 0, end, last: false, gaps: Vec::new(), synced: 0 }
    }

    /// Bytes of the file up to the end of the last row read.
    pub(crate) fn read_to(&self) -> u64 {
        let left = self.window.len().saturating_sub(self.at);
        self.end.saturating_sub(u64::try_from(left).unwrap_or(0))
    }

    /// Once all is read: bytes that are not as they were written although they were to survive, and bytes that a crash
    /// took before they were.
    pub(crate) fn damaged_and_torn(&self) -> (u64, u64) {
        let sum = |is_old: bool| {
            let gaps = self.gaps.iter().filter(|(from, _)| (*from < self.synced) == is_old);
            gaps.fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes))
        };
        (sum(true), sum(false))
    }

    /// The next whole row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Fault> {
        let mut skipped = 0_u64;
        loop {
            self.fill()?;
            let rest = self.window.get(self.at..).unwrap_or(&[]);
            let row = Row::read(rest, self.store);
            if skipped > 0 && (row.is_some() || rest.is_empty()) {
                self.gap(skipped);
            }
            if let Some((row, size)) = row {
                self.at = self.at.saturating_add(size);
                if let Row::Synced { offset, .. } = row {
                    self.synced = self.synced.max(offset);
                }
                return Ok(Some(row));
            }
            if self.window.len() <= self.at {
                return Ok(None);
            }
            let rest = self.window.get(self.at..).unwrap_or(&[]);
            // On to where the next row may begin.
            let next = rest.iter().skip(1).position(|byte| *byte == MARK[0]);
            let step = next.map_or(rest.len(), |next| next.saturating_add(1));
            self.at = self.at.saturating_add(step);
            skipped = skipped.saturating_add(u64::try_from(step).unwrap_or(0));
        }
    }

    /// So many bytes before the present place are no row.
    fn gap(&mut self, bytes: u64) {
        let from = self.read_to().saturating_sub(bytes);
        if self.gaps.len() < GAPS_MAX {
            self.gaps.push((from, bytes));
        } else if let Some((_, last)) = self.gaps.last_mut() {
            *last = last.saturating_add(bytes);
        }
    }

    /// Sees to it that the window holds a whole row, where the file has one.
    fn fill(&mut self) -> Result<(), Fault> {
        if self.last || self.window.len().saturating_sub(self.at) >= ROW_MAX {
            return Ok(());
        }
        self.window.drain(..self.at.min(self.window.len()));
        self.at = 0;
        while !self.last && self.window.len() < WINDOW {
            let more = self.disk.read_at(self.file, self.end, WINDOW);
            let more = more.map_err(Fault::disk("reading", self.file))?;
            self.last = more.len() < WINDOW;
            self.end = self.end.saturating_add(u64::try_from(more.len()).unwrap_or(0));
            self.window.extend_from_slice(&more);
        }
        Ok(())
    }
}
