//! ZIP (APPNOTE.TXT 6.3.10): its end, its directory, and the entries that the directory names, which have to agree.

use super::{ALL_BYTES_MAX, Packed, office, stays_inside, unpack};
use crate::inside::{self, FILE_BYTES_MAX, FILES_MAX};
use crate::look::Inside;
use crate::owned::Owned;
use crate::{Answer, codes};
use std::collections::BTreeSet;

/// The end record without its comment.
const END: usize = 22;
/// The head of an entry in the directory, and of the entry itself, without their names.
const LISTED: usize = 46;
const LOCAL: usize = 30;

/// Walks the archive.
pub(crate) fn walk(object: &[u8], inside: Inside, answer: &mut Answer) {
    let Some(end) = End::find(object, answer) else { return };
    let Some(entries) = end.entries(object, answer) else {
        answer.found(codes::NOT_OF_ITS_FORM, format!("directory at byte {}", end.directory));
        return;
    };
    let mut owned = Owned::default();
    owned.claim(end.directory, object.len().saturating_sub(end.directory));
    let goes_on = inside::goes_on(entries.len(), inside, answer);
    let (mut names, mut unpacked) = (BTreeSet::new(), 0_usize);
    let mut parts = Vec::new();
    for (entry, number) in entries.iter().zip(1_usize..) {
        let place = format!("entry {number}");
        if !stays_inside(entry.name) || !names.insert(entry.name.to_ascii_lowercase()) {
            answer.found(codes::ARCHIVE_NAME, place.clone());
        }
        let Some(data) = entry.data(object, &mut owned, &place, answer) else { continue };
        if entry.name.ends_with(b"/") && data.is_empty() {
            continue;
        }
        let room = FILE_BYTES_MAX.min(ALL_BYTES_MAX.saturating_sub(unpacked));
        let Some(bytes) = entry.unpacked(data, room, &place, answer) else { continue };
        unpacked = unpacked.saturating_add(bytes.len());
        if goes_on {
            inside::look(&bytes, &place, inside, answer);
            parts.push((entry.name, bytes));
        }
    }
    office::look(&parts, answer);
    let (gaps, twice) = owned.settle(object.len());
    for gap in gaps {
        answer.found(codes::UNOWNED, format!("{} bytes from byte {}", gap.len(), gap.start));
    }
    if let Some(first) = twice.first() {
        answer.found(
            codes::ARCHIVE_OVERLAP,
            format!("{} places, the first at byte {}", twice.len(), first.start),
        );
    }
}

/// The end of the archive.
struct End {
    at: usize,
    directory: usize,
    count: usize,
}

impl End {
    /// The one end record whose comment ends with the file.
    fn find(object: &[u8], answer: &mut Answer) -> Option<Self> {
        let last = object.len().checked_sub(END);
        let from = object.len().saturating_sub(END.saturating_add(usize::from(u16::MAX)));
        let places = last.into_iter().flat_map(|last| (from..=last).rev());
        let mut ends = places.filter(|at| {
            object.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x05\x06"))
                && number(object, at.saturating_add(20), 2)
                    == object.len().checked_sub(at.saturating_add(END))
        });
        let Some(at) = ends.next() else {
            answer.found(codes::CUT_OFF, "no end of the archive at the end of the file");
            return None;
        };
        if let Some(other) = ends.next() {
            answer.found(codes::ARCHIVE_TWO_VIEWS, format!("ends at byte {other} and at byte {at}"));
        }
        let comment = object.get(at.saturating_add(END)..).unwrap_or(&[]);
        if !comment.is_empty() {
            answer.found(codes::ARCHIVE_COMMENT, format!("{} bytes at the end", comment.len()));
            answer.says_bytes("comment of the archive", comment);
        }
        let field = |offset: usize, width: usize| number(object, at.saturating_add(offset), width);
        let (disks, here, count) = (field(4, 4)?, field(8, 2)?, field(10, 2)?);
        let (bytes, directory) = (field(12, 4)?, field(16, 4)?);
        // Several disks, or numbers too large for this form, which then stand elsewhere.
        let large = count == 0xFFFF || directory == 0xFFFF_FFFF || bytes == 0xFFFF_FFFF;
        if large || disks != 0 || here != count {
            answer.found(codes::ARCHIVE_METHOD, "of several parts, or in the 64-bit form");
            return None;
        }
        if directory.checked_add(bytes) != Some(at) {
            answer.found(
                codes::ARCHIVE_TWO_VIEWS,
                format!("the directory does not end where the end begins, at byte {at}"),
            );
            return None;
        }
        Some(Self { at, directory, count })
    }

    /// The directory, which is as long as its entries.
    fn entries<'a>(&self, object: &'a [u8], answer: &mut Answer) -> Option<Vec<Entry<'a>>> {
        let mut at = self.directory;
        let mut entries = Vec::new();
        for _ in 0..self.count.min(FILES_MAX.saturating_add(1)) {
            let entry = Entry::read(object.get(..self.at)?, at)?;
            at = at.checked_add(LISTED)?.checked_add(entry.after)?;
            if entry.has_comment {
                answer
                    .found(codes::ARCHIVE_COMMENT, format!("of an entry in the directory before byte {at}"));
            }
            entries.push(entry);
        }
        // With more entries than are looked at, that is said already.
        (at == self.at || entries.len() > FILES_MAX).then_some(entries)
    }
}

/// An entry of the directory.
struct Entry<'a> {
    flags: usize,
    method: usize,
    checksum: usize,
    packed: usize,
    size: usize,
    at: usize,
    name: &'a [u8],
    extra: &'a [u8],
    has_comment: bool,
    /// Bytes of name, extra field and comment.
    after: usize,
}

impl<'a> Entry<'a> {
    fn read(object: &'a [u8], at: usize) -> Option<Self> {
        let field = |offset: usize, width: usize| number(object, at.checked_add(offset)?, width);
        object.get(at..)?.starts_with(b"PK\x01\x02").then_some(())?;
        let (name, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
        let name_at = at.checked_add(LISTED)?;
        let extra_at = name_at.checked_add(name)?;
        object.get(extra_at..extra_at.checked_add(extra)?.checked_add(comment)?)?;
        Some(Self {
            flags: field(8, 2)?,
            method: field(10, 2)?,
            checksum: field(16, 4)?,
            packed: field(20, 4)?,
            size: field(24, 4)?,
            at: field(42, 4)?,
            name: object.get(name_at..extra_at)?,
            extra: object.get(extra_at..extra_at.checked_add(extra)?)?,
            has_comment: comment > 0,
            after: name.checked_add(extra)?.checked_add(comment)?,
        })
    }

    /// The packed bytes, where the entry says of itself what the directory says of it.
    fn data<'o>(
        &self,
        object: &'o [u8],
        owned: &mut Owned,
        place: &str,
        answer: &mut Answer,
    ) -> Option<&'o [u8]> {
        let found = self.local(object);
        let Some((data_at, extra, agrees)) = found else {
            answer.found(codes::ARCHIVE_TWO_VIEWS, format!("{place}: nothing of it at byte {}", self.at));
            return None;
        };
        if !agrees {
            answer.found(
                codes::ARCHIVE_TWO_VIEWS,
                format!("{place}: at byte {} it says something else", self.at),
            );
        }
        if !(plain_extra(self.extra) && plain_extra(extra)) {
            answer.found(codes::ARCHIVE_EXTRA, place);
        }
        let data = object.get(data_at..data_at.checked_add(self.packed)?);
        let Some(data) = data else {
            answer.found(codes::CUT_OFF, place);
            return None;
        };
        let end = data_at.saturating_add(self.packed);
        let described = self.described(object.get(end..).unwrap_or(&[]));
        owned.claim(self.at, end.saturating_add(described).saturating_sub(self.at));
        if self.flags & 0x2041 != 0 {
            answer.found(codes::ARCHIVE_ENCRYPTED, place);
            return None;
        }
        Some(data)
    }

    /// Where the data begins, the entry's own extra field, and whether its head says what the directory says.
    fn local<'o>(&self, object: &'o [u8]) -> Option<(usize, &'o [u8], bool)> {
        object.get(self.at..)?.starts_with(b"PK\x03\x04").then_some(())?;
        let field = |offset: usize, width: usize| number(object, self.at.checked_add(offset)?, width);
        let (name, extra) = (field(26, 2)?, field(28, 2)?);
        let name_at = self.at.checked_add(LOCAL)?;
        let extra_at = name_at.checked_add(name)?;
        let data_at = extra_at.checked_add(extra)?;
        // With a descriptor behind the data, checksum and sizes may be 0 here.
        let late = self.flags & 8 != 0;
        let same = |said: usize, listed: usize| said == listed || (late && said == 0);
        let agrees = field(6, 2)? == self.flags
            && field(8, 2)? == self.method
            && same(field(14, 4)?, self.checksum)
            && same(field(18, 4)?, self.packed)
            && same(field(22, 4)?, self.size)
            && object.get(name_at..extra_at)? == self.name;
        Some((data_at, object.get(extra_at..data_at)?, agrees))
    }

    /// Bytes of the descriptor behind the data; with or without its own mark.
    fn described(&self, after: &[u8]) -> usize {
        match (self.flags & 8 != 0, after.starts_with(b"PK\x07\x08")) {
            (false, _) => 0,
            (true, true) => 16,
            (true, false) => 12,
        }
    }

    fn unpacked(&self, data: &[u8], most: usize, place: &str, answer: &mut Answer) -> Option<Vec<u8>> {
        let unpacked = match self.method {
            0 if data.len() > most => Err(Packed::TooLarge),
            0 => Ok((data.to_vec(), data.len())),
            8 => unpack(data, most),
            _ => {
                answer.found(codes::ARCHIVE_METHOD, place);
                return None;
            }
        };
        match unpacked {
            Ok((bytes, taken)) => {
                let sum = usize::try_from(crc32fast::hash(&bytes)).ok();
                if taken != data.len() || bytes.len() != self.size || sum != Some(self.checksum) {
                    answer.found(codes::ARCHIVE_CHECKSUM, place);
                }
                Some(bytes)
            }
            Err(Packed::TooLarge) => {
                answer.found(codes::ARCHIVE_BOMB, place);
                None
            }
            Err(Packed::Broken) => {
                answer.found(codes::NOT_OF_ITS_FORM, place);
                None
            }
        }
    }
}

/// Extra fields that say when, and by whom: times (0x5455, 0x000A), and owners (0x7875); and none of them of unusual length.
fn plain_extra(mut extra: &[u8]) -> bool {
    while let [i0, i1, l0, l1, rest @ ..] = extra {
        let (id, length) = (u16::from_le_bytes([*i0, *i1]), usize::from(u16::from_le_bytes([*l0, *l1])));
        let Some((_, after)) = rest.split_at_checked(length) else { return false };
        if !matches!(id, 0x5455 | 0x000A | 0x7875) || length > 40 {
            return false;
        }
        extra = after;
    }
    extra.is_empty()
}

/// A number of 2 or 4 bytes, the lowest first.
fn number(object: &[u8], at: usize, width: usize) -> Option<usize> {
    let field = object.get(at..at.checked_add(width)?)?;
    Some(field.iter().rev().fold(0, |sum: usize, byte| sum.wrapping_shl(8) | usize::from(*byte)))
}

#[cfg(test)]
mod tests;
