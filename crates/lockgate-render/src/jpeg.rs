//! JPEG: decoded, and written anew.

use crate::pixels::Pixels;
use crate::{NotRead, PIXELS_MAX};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// The quality that pictures are written with, of 100.
pub(crate) const QUALITY: u8 = 85;

/// Decodes a picture.
///
/// # Errors
/// [`NotRead`] where there are too many pixels, or the decoder does not take the file.
pub(crate) fn decode(file: &[u8]) -> Result<Pixels, NotRead> {
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

    /// Levels that differ by more than the coding loses.
    fn differ(first: &Pixels, second: &Pixels) -> bool {
        let pairs = first.rgb.iter().zip(&second.rgb);
        let sum: usize = pairs.map(|(one, other)| usize::from(one.abs_diff(*other))).sum();
        sum > first.rgb.len() * 6
    }

    fn picture(colour: bool) -> Pixels {
        let level = |at: usize| u8::try_from(at / 16 % 256).unwrap();
        let rgb = (0..64 * 48)
            .flat_map(|at| [level(at), if colour { 255 - level(at) } else { level(at) }, level(at)]);
        Pixels::new(64, 48, rgb.collect()).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        for colour in [false, true] {
            let pixels = picture(colour);
            let file = encode(&pixels).unwrap();
            let read = decode(&file).unwrap();
            assert!(!differ(&pixels, &read), "colour {colour}");
            assert_eq!(encode(&pixels).unwrap(), file, "the same pixels, the same bytes");
        }
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let file = encode(&picture(true)).unwrap();
        for end in [2, 20, file.len() / 2] {
            assert!(decode(&file[..end]).is_err(), "cut at {end}");
        }
    }
}
