//! PNG: decoded by two decoders of different authors that have to agree, and written anew.

use crate::pixels::Pixels;
use crate::room::Room;
use crate::{NotRead, PIXELS_MAX};
use std::io::Cursor;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_core::result::DecodingResult;

/// Decodes by the first decoder, compares with the second, level by level.
///
/// # Errors
/// As of [`crate::jpeg::decode`].
pub(crate) fn decode(file: &[u8], room: &mut Room) -> Result<Pixels, NotRead> {
    let first = by_png(file, room)?;
    let second = by_zune(file)?;
    if first == second { Ok(first) } else { Err(NotRead::Disagree) }
}

fn by_png(file: &[u8], room: &mut Room) -> Result<Pixels, NotRead> {
    let limits = png::Limits { bytes: PIXELS_MAX.saturating_mul(4) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|_| NotRead::Refused)?;
    let info = reader.info();
    let pixel_bytes = info.color_type.samples().saturating_mul(if info.bit_depth == png::BitDepth::Sixteen {
        2
    } else {
        1
    });
    // A table of colours gives each pixel four bytes.
    let pixel_bytes = if info.color_type == png::ColorType::Indexed { 4 } else { pixel_bytes };
    let (width, height) = room.take(info.width, info.height, pixel_bytes)?;
    let bytes = reader.output_buffer_size().filter(|bytes| *bytes <= PIXELS_MAX.saturating_mul(4));
    let mut pixels = vec![0; bytes.ok_or(NotRead::TooLarge)?];
    reader.next_frame(&mut pixels).map_err(|_| NotRead::Refused)?;
    let kind = match reader.output_color_type().0 {
        png::ColorType::Grayscale => 1,
        png::ColorType::GrayscaleAlpha => 2,
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        png::ColorType::Indexed => return Err(NotRead::Refused),
    };
    of_channels(width, height, kind, pixels).ok_or(NotRead::Refused)
}

fn by_zune(file: &[u8]) -> Result<Pixels, NotRead> {
    let options = DecoderOptions::default()
        .set_max_width(PIXELS_MAX)
        .set_max_height(PIXELS_MAX)
        .set_strict_mode(true)
        .png_set_confirm_crc(true)
        .png_set_strip_to_8bit(true);
    let mut decoder = zune_png::PngDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| NotRead::Disagree)?;
    let (width, height) = decoder.dimensions().ok_or(NotRead::Disagree)?;
    if width.saturating_mul(height) > PIXELS_MAX {
        return Err(NotRead::Disagree);
    }
    let Ok(DecodingResult::U8(pixels)) = decoder.decode() else { return Err(NotRead::Disagree) };
    let channels = decoder.colorspace().ok_or(NotRead::Disagree)?.num_components();
    of_channels(width, height, channels, pixels).ok_or(NotRead::Disagree)
}

/// Pixels of 1 (grey), 2 (grey and mask), 3 (colour) or 4 bytes (colour and mask).
pub(crate) fn of_channels(width: usize, height: usize, channels: usize, bytes: Vec<u8>) -> Option<Pixels> {
    match channels {
        1 => Pixels::of_grey(width, height, bytes),
        2 => {
            let rgba: Vec<u8> = bytes.as_chunks::<2>().0.iter().flat_map(|[l, a]| [*l, *l, *l, *a]).collect();
            Pixels::of_rgba(width, height, &rgba)
        }
        3 => Pixels::of_rgb(width, height, bytes),
        4 => Pixels::of_rgba(width, height, &bytes),
        _ => None,
    }
}

/// A file of these pixels and nothing else. The same pixels give the same bytes.
pub(crate) fn encode(pixels: &Pixels) -> Option<Vec<u8>> {
    let (width, height) = (u32::try_from(pixels.width).ok()?, u32::try_from(pixels.height).ok()?);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_color(if pixels.is_grey() { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels.levels()).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read_as_it_was(
            width in 1_usize..20,
            height in 1_usize..20,
            seed in proptest::collection::vec(any::<u8>(), 1..60),
            colour: bool,
        ) {
            let level = |at: usize| seed[at % seed.len()];
            let rgb = (0..width * height * 3).map(|at| level(if colour { at } else { at / 3 }));
            let pixels = Pixels::of_rgb(width, height, rgb.collect()).unwrap();
            let file = encode(&pixels).unwrap();
            prop_assert_eq!(decode(&file, &mut Room::new()), Ok(pixels.clone()));
            prop_assert_eq!(encode(&pixels).unwrap(), file);
        }

        #[test]
        fn any_change_is_survived(at in 0_usize..200, byte: u8) {
            let mut file = encode(&Pixels::of_grey(9, 9, vec![7; 81]).unwrap()).unwrap();
            let at = at % file.len();
            file[at] = byte;
            let _ = decode(&file, &mut Room::new());
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let header = |width: u32, height: u32, depth: png::BitDepth| {
            let mut out = Vec::new();
            let mut encoder = png::Encoder::new(&mut out, width, height);
            encoder.set_depth(depth);
            encoder.set_color(png::ColorType::Rgba);
            let mut writer = encoder.write_header().unwrap();
            writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9C]).unwrap();
            drop(writer);
            out
        };
        let of = |file: &[u8]| decode(file, &mut Room::new());
        assert_eq!(of(&header(60_000, 60_000, png::BitDepth::Eight)), Err(NotRead::TooLarge));
        assert_eq!(of(&header(6_000, 6_000, png::BitDepth::Sixteen)), Err(NotRead::TooLarge), "its bytes");
        assert_eq!(
            of(&header(6_000, 6_000, png::BitDepth::Eight)),
            Err(NotRead::Refused),
            "but for its pixels"
        );
    }
}
