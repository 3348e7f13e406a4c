//! Strips and tiles as they were before they were compressed (TIFF 6.0, sections 9 to 13 and 22; its technical notes 1 and 2).
//! By other code than the first decoder's: that two of them see the same is what is asked of a file.

use super::page::Page;
use crate::NotRead;
use crate::jpeg;
use crate::lzw::{self, Flavour};
use crate::room::Room;
use hayro_ccitt::{DecodeSettings, DecoderContext, EncodingMode};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

/// The bytes of a strip or tile of `wide` by `rows` pixels, of which each row has `row_bytes`; not one less. And whether there is
/// more in it: the last strip may be as long as the others, where what is beyond the page is all one level.
pub(super) fn unpack(
    page: &Page<'_>,
    data: &[u8],
    (wide, rows): (usize, usize),
    row_bytes: usize,
    room: &mut Room,
) -> Result<(Vec<u8>, bool), NotRead> {
    let is_thinned = page.is_thinned();
    let bytes_of = |rows: usize| match is_thinned {
        true => thinned_bytes(page.thinned, wide, rows),
        false => row_bytes.checked_mul(rows),
    };
    let wanted = bytes_of(rows).ok_or(NotRead::TooLarge)?;
    // With the rows of the last strip that the page does not have.
    let most = bytes_of(page.chunk.1).ok_or(NotRead::TooLarge)?;
    let turned: Vec<u8>;
    let data = match (page.low_bit_first, page.compression) {
        (false, _) => data,
        (true, 1..=4) => {
            turned = data.iter().map(|byte| byte.reverse_bits()).collect();
            &turned
        }
        (true, _) => return Err(NotRead::Refused),
    };
    let unpacked = match page.compression {
        1 => Some((data.get(..most).unwrap_or(data).to_vec(), has_more(data.get(most..)))),
        2..=4 => fax(page, data, (wide, rows)),
        5 => lzw::unpack(data, Flavour::Tiff, most).map(|unpacked| (unpacked.bytes, unpacked.more)),
        7 => return photograph(page, data, (wide, rows), wanted, room),
        8 | 32_946 => inflated(data, most),
        32_773 => Some(runs(data, most)),
        _ => return Err(NotRead::Refused),
    };
    let (mut bytes, more) = unpacked.filter(|(bytes, _)| bytes.len() >= wanted).ok_or(NotRead::Refused)?;
    let beyond = bytes.split_off(wanted);
    let is_flat = beyond.windows(2).all(|pair| pair.first() == pair.last());
    let bytes = match is_thinned {
        true => thickened(page.thinned, &bytes, (wide, rows)).ok_or(NotRead::Refused)?,
        false => bytes,
    };
    Ok((bytes, more || !is_flat))
}

/// True for bytes behind an end that are more than what fills up to the next even place.
fn has_more(behind: Option<&[u8]>) -> bool {
    behind.is_some_and(|behind| behind.iter().any(|byte| *byte != 0))
}

/// Deflate, up to so many bytes; and whether there is more.
fn inflated(data: &[u8], most: usize) -> Option<(Vec<u8>, bool)> {
    let mut state = InflateState::new_boxed(DataFormat::Zlib);
    // One more than is wanted, to see whether it is written.
    let mut bytes = vec![0; most.checked_add(1)?];
    let read = inflate(&mut state, data, &mut bytes, MZFlush::Finish);
    let is_ended = match read.status {
        Ok(MZStatus::StreamEnd) => true,
        Ok(_) | Err(MZError::Buf) if read.bytes_written > most => false,
        _ => return None,
    };
    bytes.truncate(read.bytes_written.min(most));
    Some((bytes, !is_ended || read.bytes_written > most || has_more(data.get(read.bytes_consumed..))))
}

/// `PackBits` (section 9), up to so many bytes: a count, and a byte that is repeated or bytes that are not. And whether there is
/// more.
fn runs(data: &[u8], most: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(most);
    let mut rest = data;
    while let [count, more @ ..] = rest {
        if bytes.len() >= most {
            break;
        }
        let left = most.saturating_sub(bytes.len());
        let used = match (*count, more) {
            (128, _) => 0,
            (0..=127, _) => {
                let plain = usize::from(*count).saturating_add(1);
                let shown = plain.min(left).min(more.len());
                bytes.extend(more.iter().take(shown));
                shown
            }
            (_, [byte, ..]) => {
                let times = 257_usize.saturating_sub(usize::from(*count));
                bytes.extend(std::iter::repeat_n(*byte, times.min(left)));
                1
            }
            (_, []) => break,
        };
        rest = more.get(used..).unwrap_or(&[]);
    }
    // 128 stands for nothing, and one 0 fills up to the next even place: two of them are a byte that is not shown.
    let nothing = rest.iter().take_while(|byte| **byte == 128).count();
    let more = !matches!(rest.get(nothing..), None | Some([] | [0]));
    (bytes, more)
}

/// Bi-level coding of ITU-T T.4 and T.6, as rows of bits of which 1 is black; and whether there is more behind the last row and
/// the marks of its end.
fn fax(page: &Page<'_>, data: &[u8], (wide, rows): (usize, usize)) -> Option<(Vec<u8>, bool)> {
    if page.bits != 1 || page.per_chunk_pixel() != 1 {
        return None;
    }
    let two_dimensions = page.fax_options & 1 != 0;
    let settings = DecodeSettings {
        columns: u32::try_from(wide).ok()?,
        rows: u32::try_from(rows).ok()?,
        end_of_block: page.compression == 4,
        end_of_line: page.compression == 3,
        rows_are_byte_aligned: page.compression == 2,
        encoding: match (page.compression, two_dimensions) {
            (4, _) => EncodingMode::Group4,
            (3, true) => EncodingMode::Group3_2D,
            _ => EncodingMode::Group3_1D,
        },
        strict: true,
    };
    let mut sheet =
        Sheet { wide, rows, bits: Vec::with_capacity(wide.div_ceil(8).checked_mul(rows)?), done: 0 };
    match hayro_ccitt::decode(data, &mut sheet, &mut DecoderContext::new(settings)) {
        Ok(read) => Some((sheet.bits, has_more(data.get(read..)))),
        // What follows the last row is of no row.
        Err(_) => (sheet.done >= rows).then_some((sheet.bits, true)),
    }
}

/// Rows of bits that are being written.
struct Sheet {
    wide: usize,
    rows: usize,
    bits: Vec<u8>,
    done: usize,
}

impl hayro_ccitt::Decoder for Sheet {
    fn push_row(&mut self, changes: &[u32]) {
        if self.done >= self.rows {
            return;
        }
        self.done = self.done.saturating_add(1);
        let begin = self.bits.len();
        self.bits.resize(begin.saturating_add(self.wide.div_ceil(8)), 0);
        let Some(row) = self.bits.get_mut(begin..) else { return };
        for pair in changes.chunks(2) {
            let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(self.wide);
            let (from, to) = match pair {
                [from, to] => (place(*from), place(*to)),
                [from] => (place(*from), self.wide),
                _ => continue,
            };
            for at in from..to {
                if let Some(byte) = row.get_mut(at / 8) {
                    *byte |= 0x80_u8.wrapping_shr(u32::try_from(at & 7).unwrap_or(0));
                }
            }
        }
    }
}

/// A JPEG of its own in each strip or tile, the tables of which may stand in the directory, held against what our own reader sees of it.
/// And whether it has more rows than are shown, or bytes behind its end.
fn photograph(
    page: &Page<'_>,
    data: &[u8],
    (wide, rows): (usize, usize),
    wanted: usize,
    room: &mut Room,
) -> Result<(Vec<u8>, bool), NotRead> {
    if page.bits != 8 {
        return Err(NotRead::Refused);
    }
    let joined: Vec<u8>;
    let file = match (page.tables, data) {
        (None, _) => data,
        // The tables end, and the picture begins, with a marker that stands in the middle now.
        (Some([tables @ .., 0xFF, 0xD9]), [0xFF, 0xD8, picture @ ..]) => {
            joined = [tables, picture].concat();
            &joined
        }
        _ => return Err(NotRead::Refused),
    };
    let (stated, behind) = jpeg::walked(file)?;
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_max_width(side).set_max_height(side);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| NotRead::Refused)?;
    let (width, height) = decoder.dimensions().ok_or(NotRead::Refused)?;
    let kind = decoder.input_colorspace().ok_or(NotRead::Refused)?;
    if width != wide || height < rows || kind.num_components() != page.per_chunk_pixel() {
        return Err(NotRead::Refused);
    }
    // More rows than the strip has would be memory that nobody counted.
    if height > rows.max(page.chunk.1) {
        return Err(NotRead::TooLarge);
    }
    decoder.set_options(options.jpeg_set_out_colorspace(kind));
    let mut bytes = decoder.decode().map_err(|_| NotRead::Refused)?;
    bytes.truncate(wanted);
    let more = height > rows || has_more(Some(behind));
    if bytes.len() != wanted {
        return Err(NotRead::Refused);
    }
    // The decoder of others for pages has the one above inside.
    jpeg::compare_as_coded(file, stated, &bytes, wide, room);
    Ok((bytes, more))
}

/// Bytes of a picture of which several pixels share their colours (section 21).
fn thinned_bytes((across, down): (usize, usize), wide: usize, rows: usize) -> Option<usize> {
    let units = wide
        .checked_add(across)?
        .checked_sub(1)?
        .checked_div(across)?
        .checked_mul(rows.checked_add(down)?.checked_sub(1)?.checked_div(down)?)?;
    units.checked_mul(across.checked_mul(down)?.checked_add(2)?)
}

/// Three bytes a pixel from units of some luminances, and one blue and one red for all of them.
fn thickened((across, down): (usize, usize), bytes: &[u8], (wide, rows): (usize, usize)) -> Option<Vec<u8>> {
    let mut out = vec![0; wide.checked_mul(rows)?.checked_mul(3)?];
    let unit_bytes = across.checked_mul(down)?.checked_add(2)?;
    let units_across = wide.div_ceil(across);
    for (unit, index) in bytes.chunks_exact(unit_bytes).zip(0_usize..) {
        let (luminances, colours) = unit.split_at_checked(unit_bytes.checked_sub(2)?)?;
        let left = index.checked_rem(units_across)?.checked_mul(across)?;
        let top = index.checked_div(units_across)?.checked_mul(down)?;
        for (line, y) in luminances.chunks_exact(across).zip(top..rows) {
            for (luminance, x) in line.iter().zip(left..wide) {
                let at = y.checked_mul(wide)?.checked_add(x)?.checked_mul(3)?;
                let place = out.get_mut(at..)?.first_chunk_mut::<3>()?;
                *place = [*luminance, *colours.first()?, *colours.last()?];
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_those_of_the_standard() {
        // TIFF 6.0, section 9: the example of its technical note.
        let packed = [0xFE, 0xAA, 2, 0x80, 0, 0x2A, 0xFD, 0xAA, 3, 0x80, 0, 0x2A, 0x22, 0xF7, 0xAA];
        let plain = [
            0xAA, 0xAA, 0xAA, 0x80, 0, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0, 0x2A, 0x22, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(runs(&packed, 24), (plain.to_vec(), false));
        assert_eq!(runs(&packed, 5), (plain[..5].to_vec(), true));
        assert_eq!(runs(&packed, 99).0.len(), 24);
        assert_eq!(runs(&[5, 1], 9), (vec![1], false));
        for (tail, more) in [
            (&[][..], false),
            (&[0], false),
            (&[128, 128], false),
            (&[128, 0], false),
            (&[0, 128], true),
            (&[128, 0, 0], true),
            (&[0, 128, 0, 0, 128], true),
            (&[1], true),
        ] {
            assert_eq!(runs(&[&[0, 7], tail].concat(), 1), (vec![7], more), "{tail:?}");
        }
    }

    #[test]
    fn shared_colours_go_to_every_pixel_of_their_unit() {
        // Two units of 2 x 2 over three columns and two rows.
        let units = [1, 2, 3, 4, 50, 60, 5, 0, 6, 0, 51, 61];
        assert_eq!(thinned_bytes((2, 2), 3, 2), Some(12));
        let out = thickened((2, 2), &units, (3, 2)).unwrap();
        assert_eq!(out, [1, 50, 60, 2, 50, 60, 5, 51, 61, 3, 50, 60, 4, 50, 60, 6, 51, 61]);
    }

    #[test]
    fn no_more_is_inflated_than_is_wanted() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![7; 1 << 20], 9);
        assert_eq!(inflated(&bomb, 100), Some((vec![7; 100], true)));
        assert_eq!(inflated(&bomb, 1 << 20), Some((vec![7; 1 << 20], false)));
        assert_eq!(inflated(&bomb[..bomb.len() / 2], 1 << 20), None);
    }
}
