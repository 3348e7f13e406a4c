//! TIFF and BigTIFF: directories, values and pixels, wherever they stand (TIFF revision 6.0; its technical notes; BigTIFF
//! as its authors describe it; Exif 2.32 for the directories of cameras).

mod inside;
mod tag;

use super::jpeg;
use crate::owned::Owned;
use crate::{Answer, codes};
use std::collections::BTreeSet;
use tag::{Part, Picture};

/// Directories of one file at most, pages and what hangs below them.
const DIRECTORIES_MAX: usize = 4_096;
/// Entries of one directory that are read; also values of one list of places.
const ENTRIES_MAX: usize = 65_535;
/// JPEG in strips and tiles, and as TIFF 6.0 had it (tag 259).
const JPEG: usize = 7;
const OLD_JPEG: usize = 6;

/// Walks the directories from the header on, then accounts for every byte.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let Some(mut file) = File::open(object) else {
        answer.found(codes::NOT_OF_ITS_FORM, "header");
        return;
    };
    file.directories(answer);
    let File { owned, broken, .. } = file;
    if broken {
        // What belongs to whom is not known then.
        return;
    }
    let (gaps, twice) = owned.settle(object.len());
    let mut bytes = Vec::new();
    for gap in gaps {
        // Values begin on even bytes: one byte of zero before them is nobody's and says nothing; some writers align to 16.
        let fill = object
            .get(gap.clone())
            .is_some_and(|bytes| bytes.len() < 16 && bytes.iter().all(|byte| *byte == 0));
        if !fill {
            let code = if gap.end == object.len() { codes::TRAILING } else { codes::UNOWNED };
            answer.found(code, format!("{} bytes from byte {}", gap.len(), gap.start));
            bytes.extend_from_slice(object.get(gap).unwrap_or(&[]));
            bytes.push(b'\n');
        }
    }
    answer.says_unowned("bytes that belong to nothing", &bytes);
    if let Some(first) = twice.first() {
        answer
            .found(codes::TIFF_OVERLAP, format!("{} places, the first at byte {}", twice.len(), first.start));
    }
}

/// The tags of all directories, and how many pages there are; `None` where they cannot be read.
pub(super) fn tags(object: &[u8]) -> Option<(BTreeSet<u16>, usize)> {
    let mut file = File::open(object).filter(|_| object.starts_with(b"II") || object.starts_with(b"MM"))?;
    file.directories(&mut Answer::default());
    (!file.broken).then_some((file.tags, file.pages))
}

/// A file as its directories describe it.
struct File<'a> {
    object: &'a [u8],
    big_endian: bool,
    /// BigTIFF: places and counts have 8 bytes.
    big: bool,
    owned: Owned,
    /// Directories to read: where, and whether they are pages.
    waiting: Vec<(usize, bool)>,
    seen: Vec<usize>,
    pages: usize,
    /// Every tag of every directory.
    tags: BTreeSet<u16>,
    /// Bytes that strips and tiles in JPEG may still have together: as many as the file has.
    streamed: usize,
    broken: bool,
}

impl<'a> File<'a> {
    fn open(object: &'a [u8]) -> Option<Self> {
        let big_endian = object.starts_with(b"MM");
        let mut file = Self {
            object,
            big_endian,
            big: false,
            owned: Owned::default(),
            waiting: Vec::new(),
            seen: Vec::new(),
            pages: 0,
            tags: BTreeSet::new(),
            streamed: object.len(),
            broken: false,
        };
        file.big = file.number(2, 2)? == 43;
        let (at, header) = if file.big { (8, 16) } else { (4, 8) };
        let first = file.place(at)?;
        file.owned.claim(0, header);
        file.waiting.push((first, true));
        Some(file)
    }

    /// A number of 1, 2, 4 or 8 bytes in the file's order.
    fn number(&self, at: usize, bytes: usize) -> Option<u64> {
        let field = self.object.get(at..at.checked_add(bytes)?)?;
        let add = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
        Some(if self.big_endian { field.iter().fold(0, add) } else { field.iter().rev().fold(0, add) })
    }

    /// A place in the file: 4 bytes, or 8.
    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number(at, if self.big { 8 } else { 4 })?).ok()
    }

    fn directories(&mut self, answer: &mut Answer) {
        while let Some((at, page)) = self.waiting.pop() {
            if at == 0 {
                continue;
            }
            if self.seen.contains(&at) {
                answer.found(codes::TIFF_LOOP, format!("directory at byte {at}"));
                continue;
            }
            if self.seen.len() >= DIRECTORIES_MAX {
                answer.found(codes::TOO_MANY, format!("directory at byte {at}"));
                self.broken = true;
                return;
            }
            self.seen.push(at);
            if page {
                self.pages = self.pages.saturating_add(1);
                if self.pages == 2 {
                    answer.found(codes::TIFF_PAGES, format!("directory at byte {at}"));
                }
            }
            if self.directory(at, page, answer).is_none() {
                answer.found(codes::CUT_OFF, format!("directory at byte {at}"));
                self.broken = true;
            }
        }
    }

    fn directory(&mut self, at: usize, page: bool, answer: &mut Answer) -> Option<()> {
        let (count_bytes, entry_bytes) = if self.big { (8, 20) } else { (2, 12) };
        let count =
            usize::try_from(self.number(at, count_bytes)?).ok().filter(|count| *count <= ENTRIES_MAX)?;
        let first = at.checked_add(count_bytes)?;
        let entry = |index: usize| Entry::read(self, first.checked_add(index.checked_mul(entry_bytes)?)?);
        let entries = (0..count).map(entry).collect::<Option<Vec<_>>>()?;
        let number = |tag: u16, absent: usize| {
            let found = entries.iter().find(|entry| entry.tag == tag);
            found
                .and_then(|entry| usize::try_from(self.number(entry.at, entry.value_bytes)?).ok())
                .unwrap_or(absent)
        };
        let value = |entry: &Entry| usize::try_from(self.number(entry.at, entry.value_bytes)?).ok();
        let is_one =
            |tag: u16, is: usize| entries.iter().any(|entry| entry.tag == tag && value(entry) == Some(is));
        let picture = Picture {
            samples: number(277, 1),
            bits: number(258, 1),
            shows: number(262, 0),
            // Where it stands twice, readers take one or the other.
            packing: if is_one(259, JPEG) { JPEG } else { number(259, 1) },
            is_page: page,
        };
        let (mut places, mut text) = (Places::default(), Vec::new());
        let mut tags = BTreeSet::new();
        for entry in &entries {
            if !tags.insert(entry.tag) {
                let place =
                    format!("tag {} once more at byte {}, {} bytes", entry.tag, entry.at, entry.bytes);
                answer.found(codes::TIFF_PRIVATE, place);
            }
            self.entry(entry, picture, &mut places, answer)?;
            self.say(entry, picture, &mut text, answer)?;
        }
        answer.says_text(&format!("directory at byte {at}"), &text);
        let next_at = first.checked_add(count.checked_mul(entry_bytes)?)?;
        let place_bytes = if self.big { 8 } else { 4 };
        let next = self.place(next_at)?;
        self.owned.claim(at, next_at.checked_sub(at)?.checked_add(place_bytes)?);
        self.waiting.push((next, page));
        self.pixels(&places, answer)?;
        if picture.packing == JPEG {
            self.streams(at, &places, answer);
        }
        Some(())
    }

    fn entry(
        &mut self,
        entry: &Entry,
        picture: Picture,
        places: &mut Places,
        answer: &mut Answer,
    ) -> Option<()> {
        if entry.outside {
            self.object.get(entry.at..entry.at.checked_add(entry.bytes)?)?;
            self.owned.claim(entry.at, entry.bytes);
        }
        self.tags.insert(entry.tag);
        let place = || format!("tag {} at byte {}, {} bytes", entry.tag, entry.at, entry.bytes);
        match tag::part(entry.tag, picture) {
            Part::Plain(most) if entry.count > most => answer.found(codes::TIFF_PRIVATE, place()),
            Part::Plain(_) | Part::Told => {}
            Part::Finding(code) => answer.found(code, place()),
            Part::JpegTables => {
                let mut told = Answer::default();
                jpeg::walk_tables(self.bytes(entry)?, &mut told);
                answer.takes_in(&place(), told);
            }
            Part::Directories(code) => {
                if let Some(code) = code {
                    answer.found(code, format!("tag {} at byte {}", entry.tag, entry.at));
                }
                let below = entry.values(self)?;
                self.waiting.extend(below.into_iter().map(|at| (at, false)));
            }
            Part::PixelPlaces => {
                match entry.tag {
                    288 => answer.found(codes::UNOWNED, format!("free space: {}", place())),
                    513 if picture.packing != OLD_JPEG => answer.found(codes::TIFF_BELOW, place()),
                    _ => {}
                }
                places.starts.extend(entry.values(self)?);
            }
            Part::PixelBytes => places.lengths.extend(entry.values(self)?),
        }
        Some(())
    }

    fn bytes(&self, entry: &Entry) -> Option<&'a [u8]> {
        self.object.get(entry.at..entry.at.checked_add(entry.bytes)?)
    }

    /// Strips, tiles and JPEG streams belong to the picture; as many lengths as places, and all inside the file.
    fn pixels(&mut self, places: &Places, answer: &mut Answer) -> Option<()> {
        if places.starts.len() != places.lengths.len() {
            answer.found(codes::NOT_OF_ITS_FORM, "places of pixels without lengths");
            self.broken = true;
            return Some(());
        }
        for (start, length) in places.starts.iter().zip(&places.lengths) {
            self.object.get(*start..start.checked_add(*length)?)?;
            if !self.owned.claim(*start, *length) {
                answer.found(codes::TOO_MANY, "strips or tiles");
                self.broken = true;
                return Some(());
            }
        }
        Some(())
    }
}

/// Where the pixels of a directory are.
#[derive(Default)]
struct Places {
    starts: Vec<usize>,
    lengths: Vec<usize>,
}

/// One entry of a directory.
struct Entry {
    tag: u16,
    value_bytes: usize,
    count: usize,
    bytes: usize,
    /// Where its values are.
    at: usize,
    /// They are not in the entry itself.
    outside: bool,
}

impl Entry {
    fn read(file: &File<'_>, at: usize) -> Option<Self> {
        let (count_width, room) = if file.big { (8, 8) } else { (4, 4) };
        let tag = u16::try_from(file.number(at, 2)?).ok()?;
        let value_bytes = match file.number(at.checked_add(2)?, 2)? {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        };
        let count = usize::try_from(file.number(at.checked_add(4)?, count_width)?).ok()?;
        let bytes = count.checked_mul(value_bytes)?;
        let value_at = at.checked_add(4)?.checked_add(count_width)?;
        let outside = bytes > room;
        let at = if outside { file.place(value_at)? } else { value_at };
        Some(Self { tag, value_bytes, count, bytes, at, outside })
    }

    fn values(&self, file: &File<'_>) -> Option<Vec<usize>> {
        if self.count > 1 << 20 {
            return None;
        }
        (0..self.count)
            .map(|index| {
                let at = self.at.checked_add(index.checked_mul(self.value_bytes)?)?;
                usize::try_from(file.number(at, self.value_bytes)?).ok()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
