//! JPEG 2000, a file or a code stream: grey or colour, with or without a mask. One decoder; how much it has to hold is read from
//! the markers before (ISO/IEC 15444-1, annexes A, B.6 and B.7).

use crate::portable::of_channels;
use crate::room::Room;
use crate::{NotRead, PIXELS_MAX, Take};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

/// Samples of one picture at most: each is held in several forms at once.
const SAMPLES_MAX: usize = PIXELS_MAX * 3 / 2;
/// Code blocks of one picture at most, and its precincts: a picture of that many samples has 75,000 of the usual ones.
const BLOCKS_MAX: usize = 400_000;
const COMPONENTS_MAX: usize = 4;
/// Markers and boxes that are read at most.
const MARKERS_MAX: usize = 100_000;

/// Decodes the picture.
///
/// # Errors
/// [`NotRead`] where the decoder does not take it, or it is too large.
pub(crate) fn decode(file: &[u8], room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let bounds = bounded(code_stream(file).ok_or(NotRead::Refused)?)?;
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(file, &settings).map_err(|_| NotRead::Refused)?;
    let (width, height) = room.take(image.width(), image.height(), bounds.components)?;
    if width.saturating_mul(height) > bounds.width.saturating_mul(bounds.height) {
        return Err(NotRead::Refused);
    }
    let channels = usize::from(image.color_space().num_channels());
    let with_mask = channels.saturating_add(usize::from(image.has_alpha()));
    if !matches!(channels, 1 | 3) || matches!(image.color_space(), ColorSpace::Unknown { .. }) {
        return Err(NotRead::Refused);
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|_| NotRead::Refused)?;
    if decoded.components().len() != with_mask {
        return Err(NotRead::Refused);
    }
    take(of_channels(width, height, with_mask, decoded.data_u8()).ok_or(NotRead::Refused)?);
    Ok(())
}

/// What the main header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    width: usize,
    height: usize,
    components: usize,
    tiles: usize,
}

/// The first code stream of a file, or the file itself where it is one.
fn code_stream(file: &[u8]) -> Option<&[u8]> {
    if file.starts_with(&[0xFF, 0x4F]) {
        return Some(file);
    }
    let mut rest = file;
    for _ in 0..MARKERS_MAX {
        let (length, kind) = (number(rest, 0, 4)?, rest.get(4..8)?);
        let (length, head) = match length {
            0 => (rest.len(), 8),
            1 => (number(rest, 8, 8)?, 16),
            length => (length, 8),
        };
        if kind == b"jp2c" {
            return rest.get(head..length);
        }
        rest = rest.get(length.max(8)..)?;
    }
    None
}

/// Reads the markers of the main header and of every tile part.
fn bounded(stream: &[u8]) -> Result<Bounds, NotRead> {
    let mut bounds = None;
    let mut at = 2_usize;
    for _ in 0..MARKERS_MAX {
        let Some(marker) = number(stream, at, 2) else { break };
        let body = at.saturating_add(2);
        let length = number(stream, body, 2).unwrap_or(0);
        let data = stream.get(body.saturating_add(2)..body.saturating_add(length)).unwrap_or(&[]);
        match (marker, bounds) {
            (0xFFD9, _) => break,
            (0xFF51, None) => bounds = Some(size(data)?),
            (0xFF51, Some(_)) => return Err(NotRead::Refused),
            // How all components, or one, are coded.
            (0xFF52, Some(bounds)) => style(bounds, data.get(5..), data.first().copied())?,
            (0xFF53, Some(bounds)) => {
                let after = if bounds.components < 257 { 1_usize } else { 2 };
                style(bounds, data.get(after.saturating_add(1)..), data.get(after).copied())?;
            }
            (0xFF90, Some(bounds)) => {
                at = tile_part(stream, at, bounds)?;
                continue;
            }
            (_, None) => return Err(NotRead::Refused),
            _ => {}
        }
        at = body.saturating_add(length.max(2));
    }
    bounds.ok_or(NotRead::Refused)
}

/// The header of a tile part, which may say anew how it is coded; where the next one begins.
fn tile_part(stream: &[u8], begin: usize, bounds: Bounds) -> Result<usize, NotRead> {
    let stated = number(stream, begin.saturating_add(6), 4).ok_or(NotRead::Refused)?;
    let mut at = begin.saturating_add(12);
    for _ in 0..MARKERS_MAX {
        let body = at.saturating_add(2);
        let length = number(stream, body, 2).unwrap_or(0).max(2);
        let data = stream.get(body.saturating_add(2)..body.saturating_add(length)).unwrap_or(&[]);
        match number(stream, at, 2) {
            Some(0xFF52) => style(bounds, data.get(5..), data.first().copied())?,
            Some(0xFF53) => style(bounds, data.get(2..), data.get(1).copied())?,
            // Where its data begins; a length of 0 runs to the end.
            Some(0xFF93) | None => break,
            _ => {}
        }
        at = body.saturating_add(length);
    }
    match stated {
        0 => Ok(stream.len()),
        12.. => Ok(begin.saturating_add(stated)),
        _ => Err(NotRead::Refused),
    }
}

/// Image and tile size (annex A.5.1).
fn size(data: &[u8]) -> Result<Bounds, NotRead> {
    let field = |index: usize| number(data, index.saturating_mul(4).saturating_add(2), 4).unwrap_or(0);
    let side = |whole: usize, offset: usize| field(whole).saturating_sub(field(offset));
    let (width, height) = (side(0, 2), side(1, 3));
    // Tiles begin no later than the picture, which is all that counts here.
    let tiles = |whole: usize, tile: usize, offset: usize| {
        let tile = field(tile);
        if tile == 0 { None } else { Some(side(whole, offset).div_ceil(tile)) }
    };
    let components = number(data, 34, 2).unwrap_or(0);
    let tiles = tiles(0, 4, 6).zip(tiles(1, 5, 7)).map(|(across, down)| across.saturating_mul(down));
    let bounds = Bounds { width, height, components, tiles: tiles.ok_or(NotRead::Refused)? };
    let samples = width.saturating_mul(height).saturating_mul(components);
    if samples == 0 || components > COMPONENTS_MAX {
        return Err(NotRead::Refused);
    }
    let is_bounded = samples <= SAMPLES_MAX && bounds.tiles <= usize::from(u16::MAX);
    if is_bounded { Ok(bounds) } else { Err(NotRead::TooLarge) }
}

/// Coding style (annexes A.6.1 and A.6.2): how many code blocks and precincts the levels of resolution have together.
fn style(bounds: Bounds, parameters: Option<&[u8]>, flags: Option<u8>) -> Result<(), NotRead> {
    let [levels, wide, high, _, _, sizes @ ..] = parameters.ok_or(NotRead::Refused)? else {
        return Err(NotRead::Refused);
    };
    let is_stated = flags.is_some_and(|flags| flags & 1 != 0);
    let block = [*wide, *high].map(|exponent| u32::from(exponent).saturating_add(2));
    // Each tile has at least one precinct of each level.
    let mut count = bounds.tiles.saturating_mul(usize::from(*levels).saturating_add(1));
    let parts =
        |side: usize, exponent: u32| side.div_ceil(1_usize.checked_shl(exponent).unwrap_or(usize::MAX));
    for level in 0..=*levels {
        let shift = u32::from(levels.saturating_sub(level));
        let sides = [parts(bounds.width, shift), parts(bounds.height, shift)];
        let size = sizes.get(usize::from(level)).filter(|_| is_stated).copied().unwrap_or(0xFF);
        let precinct = [u32::from(size & 15), u32::from(size >> 4)];
        // Above the lowest level a code block is at most half as wide and high as its precinct.
        let inside = precinct.map(|exponent| if level == 0 { exponent } else { exponent.saturating_sub(1) });
        let product =
            |exponents: [u32; 2]| parts(sides[0], exponents[0]).saturating_mul(parts(sides[1], exponents[1]));
        let blocks = product([block[0].min(inside[0]), block[1].min(inside[1])]);
        count = count.saturating_add(product(precinct)).saturating_add(blocks);
    }
    match count.saturating_mul(bounds.components) <= BLOCKS_MAX {
        true => Ok(()),
        false => Err(NotRead::TooLarge),
    }
}

/// A number of some bytes, the highest first.
fn number(data: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let field = data.get(at..at.checked_add(bytes)?)?;
    usize::try_from(field.iter().fold(0_u64, |sum, byte| sum.wrapping_shl(8) | u64::from(*byte))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(sides: (u32, u32), tile: u32, components: u16, block: u8, precincts: &[u8]) -> Vec<u8> {
        let mut out = vec![0xFF, 0x4F, 0xFF, 0x51];
        out.extend((38 + components * 3).to_be_bytes());
        out.extend([0, 0]);
        for field in [sides.0, sides.1, 0, 0, tile, tile, 0, 0] {
            out.extend(field.to_be_bytes());
        }
        out.extend(components.to_be_bytes());
        out.extend([7, 1, 1].repeat(components.into()));
        out.extend([0xFF, 0x52]);
        out.extend(u16::try_from(12 + precincts.len()).unwrap().to_be_bytes());
        out.extend([u8::from(!precincts.is_empty()), 0, 0, 1, 0, 1, block, block, 0, 0]);
        out.extend(precincts);
        out
    }

    #[test]
    fn samples_tiles_and_blocks_are_counted() {
        let of = |stream: &[u8]| bounded(stream).map(|bounds| (bounds.width, bounds.tiles));
        let large = Err(NotRead::TooLarge);
        assert_eq!(of(&stream((5_000, 5_000), 5_000, 3, 4, &[])), Ok((5_000, 1)));
        assert_eq!(of(&stream((5_001, 5_000), 5_001, 3, 4, &[])), large, "samples");
        assert_eq!(of(&stream((300, 300), 1, 1, 4, &[])), large, "tiles");
        assert_eq!(of(&stream((2_000, 2_000), 2_000, 3, 0, &[])), large, "code blocks of 4 by 4");
        assert_eq!(of(&stream((2_000, 2_000), 2_000, 3, 4, &[0x77, 0])), large, "precincts of 1 by 1");
        assert!(of(&stream((640, 480), 640, 3, 4, &[0x11, 0x77])).is_ok(), "small ones of a small level");
        assert_eq!(of(&stream((200, 200), 200, 5, 4, &[])), Err(NotRead::Refused), "components");
        assert_eq!(of(&stream((0, 200), 200, 1, 4, &[])), Err(NotRead::Refused));
    }

    #[test]
    fn what_a_tile_part_says_anew_counts_too() {
        let mut all = stream((2_000, 2_000), 2_000, 3, 4, &[]);
        assert!(bounded(&all).is_ok());
        all.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1]);
        all.extend([0xFF, 0x53, 0, 9, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(bounded(&all), Err(NotRead::TooLarge));
        let boxed = [&[0, 0, 0, 9], b"jP  ".as_slice(), &[0], &[0, 0, 0, 0], b"jp2c", &all].concat();
        assert_eq!(code_stream(&boxed), Some(all.as_slice()));
    }
}
