//! What the decoder of others makes of a TIFF: the second opinion, as far as it has one.

use super::page::{Page, Shows};
use crate::{NotRead, PIXELS_MAX};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{ColorType, TiffError};

/// A file in which some bytes are read as 1: pages with a table of colours, which that decoder does not take, are grey
/// pictures of numbers for it.
struct Changed<'a> {
    file: Cursor<&'a [u8]>,
    ones: &'a [usize],
}

impl Read for Changed<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let from = usize::try_from(self.file.position()).unwrap_or(usize::MAX);
        let count = self.file.read(into)?;
        for at in self.ones {
            let place = at.checked_sub(from).filter(|at| *at < count);
            if let Some(byte) = place.and_then(|at| into.get_mut(at)) {
                *byte = 1;
            }
        }
        Ok(count)
    }
}

impl Seek for Changed<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// The decoder of others, at one of the pages.
pub(super) struct Other<'a> {
    decoder: Option<Decoder<Changed<'a>>>,
    page: usize,
    /// It broke down over a page, and has nothing to say any more.
    is_lost: bool,
}

impl<'a> Other<'a> {
    /// Opens a file; `ones` are the places that are read as 1.
    pub(super) fn open(file: &'a [u8], ones: &'a [usize]) -> Self {
        let mut limits = Limits::default();
        limits.decoding_buffer_size = PIXELS_MAX.saturating_mul(4);
        limits.intermediate_buffer_size = PIXELS_MAX.saturating_mul(4);
        let decoder = Decoder::new(Changed { file: Cursor::new(file), ones }).ok();
        Self { decoder: decoder.map(|decoder| decoder.with_limits(limits)), page: 0, is_lost: false }
    }

    /// The levels of a page, which is the one behind the last that was asked for: samples of a pixel, and the levels one by
    /// one. `None` for a page of a kind that this decoder says it does not know.
    ///
    /// # Errors
    /// [`NotRead::Disagree`] where it does not take a page of a kind that it knows.
    pub(super) fn levels(&mut self, page: &Page<'_>) -> Result<Option<(usize, Vec<u8>)>, NotRead> {
        if self.is_lost {
            return Ok(None);
        }
        let decoder = self.decoder.as_mut().ok_or(NotRead::Disagree)?;
        if self.page > 0 {
            decoder.next_image().map_err(|_| NotRead::Disagree)?;
        }
        self.page = self.page.saturating_add(1);
        // It reads those in the other order.
        if page.low_bit_first {
            return Ok(None);
        }
        let read = catch_unwind(AssertUnwindSafe(|| {
            let kind = decoder.colortype()?;
            let mut read = DecodingResult::U8(Vec::new());
            decoder.read_image_to_buffer(&mut read).map(|layout| (kind, layout.planes, read))
        }));
        // Some layouts that the form allows are more than it is ready for.
        let Ok(read) = read else {
            (self.decoder, self.is_lost) = (None, true);
            return Ok(None);
        };
        match read {
            Ok((kind, planes, read)) => {
                let samples = usize::from(kind.num_samples());
                let levels = levels(page, kind, samples, planes, read).ok_or(NotRead::Disagree)?;
                Ok(Some((samples, levels)))
            }
            Err(TiffError::UnsupportedError(_)) => Ok(None),
            Err(_) => Err(NotRead::Disagree),
        }
    }

    /// True where it knows of a page behind the last that was asked for.
    pub(super) fn has_more(&self) -> bool {
        self.decoder.as_ref().is_some_and(Decoder::more_images)
    }
}

/// Levels of eight bits, pixel by pixel.
fn levels(
    page: &Page<'_>,
    kind: ColorType,
    samples: usize,
    planes: usize,
    read: DecodingResult,
) -> Option<Vec<u8>> {
    let bits = kind.bit_depth();
    let mut levels: Vec<u8> = match read {
        DecodingResult::U8(levels) if bits == 8 => levels,
        DecodingResult::U8(packed) => {
            let in_row = page.width.checked_mul(if planes > 1 { 1 } else { samples })?;
            let most = 0xFF_u8.checked_shr(8_u32.checked_sub(u32::from(bits))?)?;
            let is_index = matches!(page.shows, Shows::Table | Shows::Mask);
            let spread = |value: u8| u16::from(value).wrapping_mul(255).checked_div(most.into()).unwrap_or(0);
            let level = |value: u8| if is_index { value } else { u8::try_from(spread(value)).unwrap_or(255) };
            unpacked(&packed, in_row, bits)?.map(level).collect()
        }
        DecodingResult::U16(levels) => levels.into_iter().map(|level| level.to_be_bytes()[0]).collect(),
        DecodingResult::U32(levels) => levels.into_iter().map(|level| level.to_be_bytes()[0]).collect(),
        DecodingResult::U64(levels) => levels.into_iter().map(|level| level.to_be_bytes()[0]).collect(),
        _ => return None,
    };
    if planes > 1 {
        let plane = page.width.checked_mul(page.height)?;
        let sample = |at: usize| {
            let from = at.checked_rem(planes)?.checked_mul(plane)?;
            levels.get(from.checked_add(at.checked_div(planes)?)?).copied()
        };
        levels = (0..plane.checked_mul(planes)?).map(sample).collect::<Option<_>>()?;
    }
    Some(levels)
}

/// Values of a few bits each, whose rows begin on whole bytes.
fn unpacked(packed: &[u8], in_row: usize, bits: u8) -> Option<impl Iterator<Item = u8>> {
    let bits = usize::from(bits);
    let row_bytes = in_row.checked_mul(bits)?.div_ceil(8);
    let of_row = move |row: &[u8], index: usize| {
        let at = index.checked_mul(bits)?;
        let (byte, from) = (at.checked_div(8)?, at & 7);
        let pair = [*row.get(byte)?, row.get(byte.checked_add(1)?).copied().unwrap_or(0)];
        let end = u32::try_from(16_usize.checked_sub(bits)?.checked_sub(from)?).ok()?;
        let mask = 0xFF_u16.checked_shr(u32::try_from(8_usize.checked_sub(bits)?).ok()?)?;
        u8::try_from(u16::from_be_bytes(pair).checked_shr(end)? & mask).ok()
    };
    let rows = packed.chunks_exact(row_bytes.max(1));
    Some(rows.flat_map(move |row| (0..in_row).filter_map(move |index| of_row(row, index))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_few_bits_begin_anew_in_each_row() {
        let of = |bits, width| {
            unpacked(&[0b1011_0001, 0b0100_0000, 0b1111_1111, 0], width, bits).unwrap().collect::<Vec<_>>()
        };
        assert_eq!(of(1, 9), [1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
        assert_eq!(of(4, 3), [11, 1, 4, 15, 15, 0]);
        assert_eq!(of(3, 5), [5, 4, 2, 4, 0, 7, 7, 6, 0, 0], "values that share two bytes");
    }

    #[test]
    fn some_bytes_are_read_as_one_wherever_reading_begins() {
        let mut file = Changed { file: Cursor::new(&[9; 8]), ones: &[3, 7, 99] };
        let mut read = Vec::new();
        file.seek(SeekFrom::Start(2)).unwrap();
        file.read_to_end(&mut read).unwrap();
        assert_eq!(read, [9, 1, 9, 9, 9, 1]);
    }
}
