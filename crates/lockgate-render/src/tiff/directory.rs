//! Directories of a TIFF and what their entries say (TIFF 6.0, section 2; BigTIFF as its authors describe it).

use crate::NotRead;

/// Entries of one directory that are read at most.
const ENTRIES_MAX: usize = 4_096;
/// Values of one entry that are read at most: places of strips and tiles.
const VALUES_MAX: usize = 1 << 20;

/// A file, and how its numbers are written.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) big_endian: bool,
    /// BigTIFF: places and counts have 8 bytes.
    big: bool,
}

/// A directory: its entries as they stand, and where the next one is.
pub(super) struct Directory {
    entries: Vec<Entry>,
    pub(super) next: usize,
}

/// An entry: where its values are, and how many bytes each has.
#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    value_bytes: usize,
    count: usize,
    at: usize,
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.first_chunk::<2>()? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let file = Self { bytes, big_endian, big: false };
        match file.number(2, 2)? {
            42 => Some(file),
            43 if file.number(4, 4)? == if big_endian { 8 << 16 } else { 8 } => {
                Some(Self { big: true, ..file })
            }
            _ => None,
        }
    }

    /// Where the first directory is.
    pub(super) fn first(&self) -> Option<usize> {
        self.place(if self.big { 8 } else { 4 })
    }

    /// A number of 1 to 8 bytes in the file's order.
    fn number(&self, at: usize, bytes: usize) -> Option<u64> {
        let field = self.bytes.get(at..at.checked_add(bytes)?)?;
        let add = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
        Some(if self.big_endian { field.iter().fold(0, add) } else { field.iter().rev().fold(0, add) })
    }

    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number(at, if self.big { 8 } else { 4 })?).ok()
    }

    pub(super) fn directory(&self, at: usize) -> Option<Directory> {
        let (count_bytes, entry_bytes) = if self.big { (8, 20) } else { (2, 12) };
        let count =
            usize::try_from(self.number(at, count_bytes)?).ok().filter(|count| *count <= ENTRIES_MAX)?;
        let first = at.checked_add(count_bytes)?;
        let place = |index: usize| first.checked_add(index.checked_mul(entry_bytes)?);
        let entries = (0..count).map(|index| self.entry(place(index)?)).collect::<Option<Vec<_>>>()?;
        Some(Directory { entries, next: self.place(place(count)?)? })
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let (count_bytes, room) = if self.big { (8, 8) } else { (4, 4) };
        let value_bytes = match self.number(at.checked_add(2)?, 2)? {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        };
        let count = usize::try_from(self.number(at.checked_add(4)?, count_bytes)?).ok()?;
        let value_at = at.checked_add(4)?.checked_add(count_bytes)?;
        let outside = count.checked_mul(value_bytes)? > room;
        let at_value = if outside { self.place(value_at)? } else { value_at };
        Some(Entry { tag: u16::try_from(self.number(at, 2)?).ok()?, value_bytes, count, at: at_value })
    }
}

impl Directory {
    /// The entry of a tag; one that stands twice says nothing that two readers agree on.
    fn entry(&self, tag: u16) -> Result<Option<Entry>, NotRead> {
        let mut found = self.entries.iter().filter(|entry| entry.tag == tag);
        let first = found.next().copied();
        if found.next().is_some() { Err(NotRead::Refused) } else { Ok(first) }
    }

    /// All numbers of a tag; none where it is absent.
    pub(super) fn all(&self, file: &File<'_>, tag: u16) -> Result<Vec<usize>, NotRead> {
        let Some(entry) = self.entry(tag)? else { return Ok(Vec::new()) };
        let read = |index: usize| {
            let at = entry.at.checked_add(index.checked_mul(entry.value_bytes)?)?;
            usize::try_from(file.number(at, entry.value_bytes)?).ok()
        };
        if entry.count > VALUES_MAX {
            return Err(NotRead::TooLarge);
        }
        (0..entry.count).map(read).collect::<Option<Vec<_>>>().ok_or(NotRead::Refused)
    }

    /// The one number of a tag, or what stands for it where it is absent.
    pub(super) fn one(&self, file: &File<'_>, tag: u16, absent: usize) -> Result<usize, NotRead> {
        match self.all(file, tag)?.as_slice() {
            [] => Ok(absent),
            [one] => Ok(*one),
            _ => Err(NotRead::Refused),
        }
    }

    /// The one number that all samples of a pixel share.
    pub(super) fn shared(&self, file: &File<'_>, tag: u16, absent: usize) -> Result<usize, NotRead> {
        match self.all(file, tag)?.as_slice() {
            [] => Ok(absent),
            [first, rest @ ..] if rest.iter().all(|other| other == first) => Ok(*first),
            _ => Err(NotRead::Refused),
        }
    }

    /// The bytes of a tag's values.
    pub(super) fn bytes<'a>(&self, file: &File<'a>, tag: u16) -> Result<Option<&'a [u8]>, NotRead> {
        let Some(entry) = self.entry(tag)? else { return Ok(None) };
        let end = entry.count.checked_mul(entry.value_bytes).and_then(|bytes| bytes.checked_add(entry.at));
        end.and_then(|end| file.bytes.get(entry.at..end)).ok_or(NotRead::Refused).map(Some)
    }

    /// Where the lowest byte of a tag's only number stands.
    pub(super) fn low_byte(&self, file: &File<'_>, tag: u16) -> Option<usize> {
        let entry = self.entry(tag).ok().flatten().filter(|entry| entry.count == 1)?;
        let last = entry.value_bytes.checked_sub(1)?;
        entry.at.checked_add(if file.big_endian { last } else { 0 })
    }
}
