//! JPEG: decoded by two decoders of different authors that have to agree, and written anew.

use crate::pixels::Pixels;
use crate::{NotRead, PIXELS_MAX};
use std::io::Cursor;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// The quality that pictures are written with, of 100.
pub(crate) const QUALITY: u8 = 85;

/// How far two decoders may differ in one level, on the mean: rounding of the transform, and how halved colours are
/// spread over their neighbours. Measured: see docs/SLOWPATH.
const MEAN_MAX: u64 = 6;

/// Decodes by the first decoder, compares with the second.
///
/// # Errors
/// [`NotRead`] where there are too many pixels, one decoder does not take the file, or the two see different pictures.
pub(crate) fn decode(file: &[u8]) -> Result<Pixels, NotRead> {
    let first = by_zune(file)?;
    let second = by_second(file, (first.width, first.height))?;
    if let Some(second) = second
        && differ(&first, &second)
    {
        return Err(NotRead::Disagree);
    }
    Ok(first)
}

fn by_zune(file: &[u8]) -> Result<Pixels, NotRead> {
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| NotRead::Refused)?;
    let info = decoder.info().ok_or(NotRead::Refused)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if width.saturating_mul(height) > PIXELS_MAX {
        return Err(NotRead::TooLarge);
    }
    let rgb = decoder.decode().map_err(|_| NotRead::Refused)?;
    Pixels::new(width, height, rgb).ok_or(NotRead::Refused)
}

/// By the second decoder; `None` where it gives colours that only the first one turns into red, green and blue.
fn by_second(file: &[u8], sides: (usize, usize)) -> Result<Option<Pixels>, NotRead> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(file));
    decoder.set_max_decoding_buffer_size(PIXELS_MAX.saturating_mul(4));
    let bytes = decoder.decode().map_err(|_| NotRead::Disagree)?;
    let info = decoder.info().ok_or(NotRead::Disagree)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if (width, height) != sides {
        return Err(NotRead::Disagree);
    }
    match info.pixel_format {
        jpeg_decoder::PixelFormat::L8 => Ok(Pixels::of_grey(width, height, &bytes)),
        jpeg_decoder::PixelFormat::RGB24 => Ok(Pixels::new(width, height, bytes)),
        jpeg_decoder::PixelFormat::L16 | jpeg_decoder::PixelFormat::CMYK32 => Ok(None),
    }
}

/// True where two pictures of one size are not of one thing.
fn differ(first: &Pixels, second: &Pixels) -> bool {
    let sum = first
        .rgb
        .iter()
        .zip(&second.rgb)
        .fold(0_u64, |sum, (one, other)| sum.saturating_add(u64::from(one.abs_diff(*other))));
    let levels = u64::try_from(first.rgb.len()).unwrap_or(u64::MAX).max(1);
    sum > levels.saturating_mul(MEAN_MAX)
}

/// A file of these pixels and nothing else. The same pixels give the same bytes.
pub(crate) fn encode(pixels: &Pixels) -> Option<Vec<u8>> {
    encode_with(pixels, pixels.grey().as_deref())
}

/// The same, where the grey levels are known already.
pub(crate) fn encode_with(pixels: &Pixels, grey: Option<&[u8]>) -> Option<Vec<u8>> {
    let (width, height) = (u16::try_from(pixels.width).ok()?, u16::try_from(pixels.height).ok()?);
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, QUALITY);
    let written = match grey {
        Some(grey) => encoder.encode(grey, width, height, jpeg_encoder::ColorType::Luma),
        None => {
            encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
            encoder.encode(&pixels.rgb, width, height, jpeg_encoder::ColorType::Rgb)
        }
    };
    written.ok().map(|()| out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour: bool) -> Pixels {
        let level = |at: usize| u8::try_from(at / 16 % 256).unwrap();
        let rgb = (0..64 * 48)
            .flat_map(|at| [level(at), if colour { 255 - level(at) } else { level(at) }, level(at)]);
        Pixels::new(64, 48, rgb.collect()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_by_both() {
        for colour in [false, true] {
            let pixels = picture(colour);
            let file = encode(&pixels).unwrap();
            let read = decode(&file).unwrap();
            assert!(!differ(&pixels, &read), "colour {colour}");
            assert_eq!(encode(&pixels).unwrap(), file, "the same pixels, the same bytes");
        }
    }

    #[test]
    fn a_difference_of_a_shade_is_none_and_of_a_picture_is_one() {
        let pixels = picture(true);
        let shaded = Pixels {
            rgb: pixels.rgb.iter().map(|level| level.saturating_add(3)).collect(),
            ..pixels.clone()
        };
        let turned = Pixels { rgb: pixels.rgb.iter().rev().copied().collect(), ..pixels.clone() };
        assert!(!differ(&pixels, &shaded));
        assert!(differ(&pixels, &turned));
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let file = encode(&picture(true)).unwrap();
        for end in [2, 20, file.len() / 2] {
            assert!(decode(&file[..end]).is_err(), "cut at {end}");
        }
    }
}
