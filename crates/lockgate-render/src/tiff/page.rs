//! A page: what its directory says of it, and its samples as levels of eight bits.

use super::directory::{Directory, File};
use super::unpack::unpack;
use crate::room::Room;
use crate::tile::Tile;
use crate::{NotRead, PIXELS_MAX};

/// Samples of a pixel at most.
const SAMPLES_MAX: usize = 16;

/// What the samples of a pixel are together (tag 262).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Grey {
        white_is_zero: bool,
    },
    Colour,
    /// Numbers of colours in a table.
    Table,
    /// What of another picture is seen: 1 is seen.
    Mask,
    Inks,
    Luminance,
}

/// What a page is like.
pub(super) struct Page<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) shows: Shows,
    /// Samples of a pixel, those included that have no colour.
    pub(super) samples: usize,
    /// What samples beyond the colours are, as far as that is said (tag 338).
    pub(super) beyond: Vec<usize>,
    pub(super) bits: usize,
    pub(super) compression: usize,
    /// The lowest bit of a byte comes first.
    pub(super) low_bit_first: bool,
    pub(super) fax_options: usize,
    /// How many pixels across and down share a colour.
    pub(super) thinned: (usize, usize),
    pub(super) tables: Option<&'a [u8]>,
    /// Sides of a strip or tile.
    pub(super) chunk: (usize, usize),
    big_endian: bool,
    /// Each sample has a picture of its own, one behind the other.
    planes: bool,
    is_tiled: bool,
    is_differences: bool,
    /// Where strips or tiles are, and how many bytes each has.
    places: Vec<(usize, usize)>,
}

impl<'a> Page<'a> {
    pub(super) fn read(file: &File<'a>, directory: &Directory) -> Result<Self, NotRead> {
        let one = |tag: u16, absent: usize| directory.one(file, tag, absent);
        let shared = |tag: u16, absent: usize| directory.shared(file, tag, absent);
        let (width, height) = (one(256, 0)?, one(257, 0)?);
        let shows = match one(262, usize::MAX)? {
            0 => Shows::Grey { white_is_zero: true },
            1 => Shows::Grey { white_is_zero: false },
            2 => Shows::Colour,
            3 => Shows::Table,
            4 => Shows::Mask,
            5 if one(332, 1)? == 1 => Shows::Inks,
            6 => Shows::Luminance,
            _ => return Err(NotRead::Refused),
        };
        let is_tiled = !directory.all(file, 324)?.is_empty();
        let tags = if is_tiled { [324, 325] } else { [273, 279] };
        let (starts, lengths) = (directory.all(file, tags[0])?, directory.all(file, tags[1])?);
        let both = is_tiled && !directory.all(file, 273)?.is_empty();
        let chunk =
            if is_tiled { (one(322, 0)?, one(323, 0)?) } else { (width, one(278, height)?.min(height)) };
        let page = Self {
            width,
            height,
            shows,
            samples: one(277, 1)?,
            beyond: directory.all(file, 338)?,
            bits: shared(258, 1)?,
            compression: one(259, 1)?,
            low_bit_first: one(266, 1)? == 2,
            fax_options: one(292, 0)?,
            thinned: match directory.all(file, 530)?.as_slice() {
                [] => (2, 2),
                [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => (*across, *down),
                _ => return Err(NotRead::Refused),
            },
            tables: directory.bytes(file, 347)?,
            chunk,
            big_endian: file.big_endian,
            planes: one(284, 1)? == 2,
            is_tiled,
            is_differences: one(317, 1)? == 2,
            places: starts.iter().copied().zip(lengths.iter().copied()).collect(),
        };
        let is_known = one(317, 1)? <= 2 && one(284, 1)? <= 2 && shared(339, 1)? == 1 && one(266, 1)? <= 2;
        let is_whole = !both && starts.len() == lengths.len() && page.is_consistent();
        if is_known && is_whole { Ok(page) } else { Err(NotRead::Refused) }
    }

    /// Samples that have a colour.
    pub(super) fn colours(&self) -> usize {
        match self.shows {
            Shows::Grey { .. } | Shows::Table | Shows::Mask => 1,
            Shows::Colour | Shows::Luminance => 3,
            Shows::Inks => 4,
        }
    }

    fn is_consistent(&self) -> bool {
        let bits = match self.shows {
            Shows::Table => matches!(self.bits, 1 | 2 | 4 | 8),
            Shows::Mask => self.bits == 1,
            Shows::Luminance => self.bits == 8,
            Shows::Grey { .. } | Shows::Colour | Shows::Inks => {
                (1..=32).contains(&self.bits) || self.bits == 64
            }
        };
        let samples = (self.colours()..=SAMPLES_MAX).contains(&self.samples);
        let beyond = self.beyond.len() <= self.samples.saturating_sub(self.colours());
        // Of other codings (section 14 knows the first alone) some readers undo them, and some do not.
        let differences = !self.is_differences
            || matches!(self.compression, 5 | 8 | 32_946)
                && matches!(self.bits, 8 | 16 | 32)
                && !self.is_thinned();
        // Colours that several pixels share stand pixel by pixel, with nothing beside them.
        let thinned = !self.is_thinned() || !self.planes && self.samples == 3;
        bits && samples && beyond && differences && thinned && self.chunk.0 > 0 && self.chunk.1 > 0
    }

    /// Several pixels share their colours, and the coding of the file does not hide it.
    pub(super) fn is_thinned(&self) -> bool {
        self.shows == Shows::Luminance && self.compression != 7 && self.thinned != (1, 1)
    }

    /// Samples of a pixel in one strip or tile.
    pub(super) fn per_chunk_pixel(&self) -> usize {
        if self.planes { 1 } else { self.samples }
    }

    /// Bytes that the samples of a pixel have unpacked.
    pub(super) fn pixel_bytes(&self) -> usize {
        self.samples.saturating_mul(self.bits.div_ceil(8))
    }

    /// True where the strips or tiles hold little more than the page: sides of theirs are nothing that a file has to have
    /// bytes for.
    pub(super) fn is_in_bounds(&self) -> bool {
        let most = PIXELS_MAX.saturating_mul(8);
        let chunk = self.row_bytes(self.chunk.0).and_then(|row| row.checked_mul(self.chunk.1));
        chunk.and_then(|bytes| bytes.checked_mul(self.places.len())).is_some_and(|bytes| bytes <= most)
    }

    fn row_bytes(&self, wide: usize) -> Option<usize> {
        Some(wide.checked_mul(self.per_chunk_pixel())?.checked_mul(self.bits)?.div_ceil(8))
    }

    /// Its samples, pixel by pixel, as levels of eight bits; numbers of colours as they are. What strips and tiles hold beyond
    /// their pixels is told, and of which of them a second reader sees other samples.
    pub(super) fn levels(&self, file: &File<'_>, room: &mut Room) -> Result<Vec<u8>, NotRead> {
        let across = self.width.div_ceil(self.chunk.0);
        let down = self.height.div_ceil(self.chunk.1);
        let planes = if self.planes { self.samples } else { 1 };
        let chunks = across.checked_mul(down).and_then(|chunks| chunks.checked_mul(planes));
        if chunks != Some(self.places.len()) {
            return Err(NotRead::Refused);
        }
        let mut levels = vec![0; self.width.saturating_mul(self.height).saturating_mul(self.samples)];
        for ((start, length), index) in self.places.iter().zip(0_usize..) {
            let data = start.checked_add(*length).and_then(|end| file.bytes.get(*start..end));
            let data = data.ok_or(NotRead::Refused)?;
            let column = index.checked_rem(across).unwrap_or(0).saturating_mul(self.chunk.0);
            let line = index.checked_div(across).unwrap_or(0);
            let row = line.checked_rem(down).unwrap_or(0).saturating_mul(self.chunk.1);
            let plane = line.checked_div(down).unwrap_or(0);
            let beyond = self.chunk(data, (column, row, plane), &mut levels, room)?;
            room.beyond |= beyond;
        }
        Ok(levels)
    }

    /// Unpacks a strip or tile, and puts its levels where they belong. True where there is more in it.
    fn chunk(
        &self,
        data: &[u8],
        (column, row, plane): (usize, usize, usize),
        levels: &mut [u8],
        room: &mut Room,
    ) -> Result<bool, NotRead> {
        let left = self.height.saturating_sub(row);
        let rows = if self.is_tiled { self.chunk.1 } else { self.chunk.1.min(left) };
        let row_bytes = self.row_bytes(self.chunk.0).ok_or(NotRead::TooLarge)?;
        let (mut bytes, beyond) = unpack(self, data, (self.chunk.0, rows), row_bytes, room)?;
        let shown = self.chunk.0.min(self.width.saturating_sub(column));
        let per_pixel = self.per_chunk_pixel();
        let mut line = Vec::with_capacity(shown.saturating_mul(per_pixel));
        if self.is_differences {
            let rows = bytes.chunks_exact_mut(row_bytes.max(1));
            rows.for_each(|packed| undo_differences(packed, per_pixel, self.bits / 8, self.big_endian));
        }
        let beyond = beyond || self.is_tiled && self.has_more_beside(&bytes, row_bytes, (shown, left))?;
        for (packed, y) in bytes.chunks_exact(row_bytes.max(1)).zip(row..self.height) {
            line.clear();
            self.line(packed, shown.saturating_mul(per_pixel), &mut line).ok_or(NotRead::Refused)?;
            // What is beside the grey is no grey.
            if self.shows == (Shows::Grey { white_is_zero: true }) && plane == 0 {
                line.iter_mut().step_by(per_pixel.max(1)).for_each(|level| *level = !*level);
            }
            let begin = y.saturating_mul(self.width).saturating_add(column).saturating_mul(self.samples);
            let places = levels.get_mut(begin..).unwrap_or_default();
            match self.planes {
                false => places.iter_mut().zip(&line).for_each(|(place, level)| *place = *level),
                true => {
                    let pixels = places.chunks_exact_mut(self.samples).zip(&line);
                    pixels.for_each(|(pixel, level)| {
                        pixel.iter_mut().skip(plane).take(1).for_each(|at| *at = *level)
                    });
                }
            }
        }
        Ok(beyond)
    }

    /// True where a tile holds something at the right of what is shown of it, or below: what fills it there is the edge again, or
    /// one level.
    fn has_more_beside(
        &self,
        bytes: &[u8],
        row_bytes: usize,
        (columns, rows): (usize, usize),
    ) -> Result<bool, NotRead> {
        if columns >= self.chunk.0 && rows >= self.chunk.1 {
            return Ok(false);
        }
        // Whole bytes as they are, so that nothing is rounded off; samples of a few bits as levels.
        let is_whole = self.bits.is_multiple_of(8);
        let per_pixel = self.per_chunk_pixel();
        let pixel = if is_whole { per_pixel.saturating_mul(self.bits / 8) } else { per_pixel };
        let wide = pixel.saturating_mul(self.chunk.0);
        let mut levels = Vec::new();
        if !is_whole {
            let mut line = Vec::new();
            for packed in bytes.chunks_exact(row_bytes.max(1)) {
                line.clear();
                self.line(packed, wide, &mut line).ok_or(NotRead::Refused)?;
                levels.extend_from_slice(&line);
            }
        }
        let tile = Tile { bytes: if is_whole { bytes } else { &levels }, wide, pixel };
        Ok(match self.compression {
            7 => !tile.is_evenly_filled((columns, rows)),
            _ => !tile.is_filled((columns, rows)),
        })
    }

    /// `count` samples of a row as levels.
    fn line(&self, row: &[u8], count: usize, out: &mut Vec<u8>) -> Option<()> {
        let bits = u32::try_from(self.bits).ok()?;
        match self.bits {
            8 => out.extend_from_slice(row.get(..count)?),
            16 | 24 | 32 | 64 => {
                let bytes = self.bits / 8;
                let highest = if self.big_endian { 0 } else { bytes.checked_sub(1)? };
                out.extend(row.chunks_exact(bytes).take(count).filter_map(|sample| sample.get(highest)));
            }
            _ => {
                let is_index = matches!(self.shows, Shows::Table | Shows::Mask);
                let (mut held, mut has, mut bytes) = (0_u64, 0_u32, row.iter());
                for _ in 0..count {
                    while has < bits {
                        held = held.wrapping_shl(8) | u64::from(*bytes.next()?);
                        has = has.saturating_add(8);
                    }
                    has = has.saturating_sub(bits);
                    let sample = held.wrapping_shr(has) & 1_u64.wrapping_shl(bits).wrapping_sub(1);
                    out.push(if is_index { u8::try_from(sample).ok()? } else { level(sample, bits) });
                }
            }
        }
        (out.len() == count).then_some(())
    }
}

/// A sample as a level of eight bits: spread where it has fewer, the highest ones where it has more.
fn level(sample: u64, bits: u32) -> u8 {
    let most = 1_u64.wrapping_shl(bits).wrapping_sub(1);
    let level = match bits {
        0..=7 => sample.wrapping_mul(255).checked_div(most).unwrap_or(0),
        _ => sample.wrapping_shr(bits.wrapping_sub(8)),
    };
    u8::try_from(level).unwrap_or(255)
}

/// Each sample is what it says and the one of the pixel before it together (section 14).
fn undo_differences(row: &mut [u8], samples: usize, bytes: usize, big_endian: bool) {
    let mut sums = vec![0_u32; samples];
    for pixel in row.chunks_exact_mut(samples.saturating_mul(bytes).max(1)) {
        for (sum, sample) in sums.iter_mut().zip(pixel.chunks_exact_mut(bytes.max(1))) {
            let add = |sum: u32, byte: &u8| sum.wrapping_shl(8) | u32::from(*byte);
            let said = match big_endian {
                true => sample.iter().fold(0, add),
                false => sample.iter().rev().fold(0, add),
            };
            *sum = sum.wrapping_add(said);
            let low_first = sum.to_le_bytes();
            match big_endian {
                true => sample.iter_mut().rev().zip(low_first).for_each(|(place, byte)| *place = byte),
                false => sample.iter_mut().zip(low_first).for_each(|(place, byte)| *place = byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_spread_or_cut() {
        assert_eq!(
            [level(1, 1), level(2, 2), level(7, 4), level(0xABC, 12), level(0x3FF, 10)],
            [255, 170, 119, 0xAB, 255]
        );
    }

    #[test]
    fn differences_add_up_in_either_order() {
        let mut row = [1, 2, 3, 1, 1, 255];
        undo_differences(&mut row, 3, 1, false);
        assert_eq!(row, [1, 2, 3, 2, 3, 2]);
        let mut row = [0xFF, 0, 2, 0];
        undo_differences(&mut row, 1, 2, false);
        assert_eq!(row, [0xFF, 0, 1, 1], "255 and 2 are 257");
        let mut row = [0, 0xFF, 0, 2];
        undo_differences(&mut row, 1, 2, true);
        assert_eq!(row, [0, 0xFF, 1, 1]);
    }
}
