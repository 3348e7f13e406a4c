//! TIFF and BigTIFF: every page, as levels of eight bits.

use crate::form::{Room, Take};
use crate::pixels::Pixels;
use crate::portable::of_channels;
use crate::{NotRead, PIXELS_MAX};
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// Decodes the pages, in order.
///
/// # Errors
/// [`NotRead`] where any page is not read: then nobody can say what the file shows.
pub(crate) fn decode(file: &[u8], take: Take<'_>) -> Result<(), NotRead> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = PIXELS_MAX.saturating_mul(8);
    limits.intermediate_buffer_size = PIXELS_MAX.saturating_mul(4);
    let mut decoder = Decoder::new(Cursor::new(file)).map_err(|_| NotRead::Refused)?.with_limits(limits);
    let mut room = Room::new();
    loop {
        let (width, height) = decoder.dimensions().map_err(|_| NotRead::Refused)?;
        let sides = room.take(width, height)?;
        take(page(&mut decoder, sides).ok_or(NotRead::Refused)?);
        if !decoder.more_images() {
            return Ok(());
        }
        decoder.next_image().map_err(|_| NotRead::Refused)?;
    }
}

fn page(decoder: &mut Decoder<Cursor<&[u8]>>, (width, height): (usize, usize)) -> Option<Pixels> {
    let kind = decoder.colortype().ok()?;
    let mut read = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut read).ok()?;
    // Planes of their own, one behind the other, are not put together here.
    if layout.planes != 1 {
        return None;
    }
    let levels = match read {
        DecodingResult::U8(levels) => levels,
        DecodingResult::U16(levels) => levels.into_iter().map(|level| level.to_be_bytes()[0]).collect(),
        _ => return None,
    };
    match kind {
        ColorType::Gray(8 | 16) => Pixels::of_grey(width, height, levels),
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let most = 0xFF_u8.wrapping_shr(8_u32.wrapping_sub(u32::from(bits)));
            // 1, 2 and 4 bits have levels that 255 is divided by.
            let step = 255_u8.checked_div(most)?;
            let levels = unpacked(&levels, width, bits)?.map(|level| level.wrapping_mul(step));
            Pixels::of_grey(width, height, levels.collect())
        }
        ColorType::GrayA(8 | 16) => of_channels(width, height, 2, levels),
        ColorType::RGB(8 | 16) => of_channels(width, height, 3, levels),
        ColorType::RGBA(8 | 16) => of_channels(width, height, 4, levels),
        ColorType::YCbCr(8) => {
            let rgb = levels.as_chunks::<3>().0.iter().flat_map(|pixel| from_luminance(*pixel));
            Pixels::of_rgb(width, height, rgb.collect())
        }
        ColorType::CMYK(8) => {
            let rgb = levels.as_chunks::<4>().0.iter().flat_map(|pixel| from_inks(*pixel));
            Pixels::of_rgb(width, height, rgb.collect())
        }
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let map = decoder.get_tag_u16_vec(Tag::ColorMap).ok()?;
            let count = 1_usize.checked_shl(u32::from(bits))?;
            // All reds, then all greens, then all blues.
            let (reds, rest) = map.split_at_checked(count)?;
            let (greens, blues) = rest.split_at_checked(count).filter(|(_, blues)| blues.len() == count)?;
            let colour = |index: u8| {
                let level = |of: &[u16]| of.get(usize::from(index)).map_or(0, |level| level.to_be_bytes()[0]);
                [level(reds), level(greens), level(blues)]
            };
            Pixels::of_rgb(width, height, unpacked(&levels, width, bits)?.flat_map(colour).collect())
        }
        _ => None,
    }
}

/// Values of a few bits each, whose rows begin on whole bytes.
fn unpacked(packed: &[u8], width: usize, bits: u8) -> Option<impl Iterator<Item = u8>> {
    let bits = u32::from(bits);
    let row_bytes = width.checked_mul(usize::try_from(bits).ok()?)?.div_ceil(8);
    let mask = 0xFF_u8.wrapping_shr(8_u32.wrapping_sub(bits));
    let of_byte = move |byte: &u8| {
        let byte = *byte;
        (1..=8_u32.checked_div(bits).unwrap_or(1))
            .map(move |at| byte.wrapping_shr(8_u32.wrapping_sub(at.wrapping_mul(bits))) & mask)
    };
    Some(packed.chunks_exact(row_bytes.max(1)).flat_map(move |row| row.iter().flat_map(of_byte).take(width)))
}

/// Luminance, blue and red (TIFF 6.0, section 21, with the usual coefficients) as red, green and blue.
fn from_luminance([luminance, blue, red]: [u8; 3]) -> [u8; 3] {
    let [y, cb, cr] = [luminance, blue, red].map(i32::from);
    let (cb, cr) = (cb.wrapping_sub(128), cr.wrapping_sub(128));
    let level = |blue: i32, red: i32| {
        let more = cb.wrapping_mul(blue).wrapping_add(cr.wrapping_mul(red));
        let level = y.wrapping_add(more.wrapping_add(1 << 15) >> 16);
        u8::try_from(level.clamp(0, 255)).unwrap_or(255)
    };
    [level(0, 91_881), level(-22_554, -46_802), level(116_130, 0)]
}

/// Inks, of which 255 is all, as what they leave of white.
fn from_inks([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let left = |ink: u8| {
        let white = u16::from(255_u8.wrapping_sub(ink)).wrapping_mul(u16::from(255_u8.wrapping_sub(black)));
        u8::try_from(white / 255).unwrap_or(255)
    };
    [left(cyan), left(magenta), left(yellow)]
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
        assert_eq!(of(8, 2), [0b1011_0001, 0b0100_0000, 255, 0]);
    }

    #[test]
    fn colours_of_other_systems_are_those_of_the_screen() {
        assert_eq!(from_luminance([200, 128, 128]), [200; 3]);
        assert_eq!(from_luminance([76, 85, 255]), [254, 0, 0]);
        assert_eq!(from_inks([0, 0, 0, 0]), [255; 3]);
        assert_eq!(from_inks([255, 0, 0, 0]), [0, 255, 255]);
        assert_eq!(from_inks([9, 99, 0, 255]), [0; 3]);
    }
}
