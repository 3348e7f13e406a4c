//! Windows bitmaps: read by a reader of ours, and, where it reads them as they are meant, by a decoder that others keep.

mod own;

use crate::pixels::Pixels;
use crate::portable::of_channels;
use crate::room::Room;
use crate::{NotRead, Take};
use own::Bitmap;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

/// Decodes the picture.
///
/// # Errors
/// [`NotRead`] where it is not read, or its readers see two pictures.
pub(crate) fn decode(file: &[u8], room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let mut bitmap = Bitmap::open(file).ok_or(NotRead::Refused)?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = room.take(side(bitmap.width), side(bitmap.height), 4)?;
    let rgba = bitmap.rgba().ok_or(NotRead::Refused)?;
    let pixels = Pixels::of_rgba(width, height, &rgba).ok_or(NotRead::Refused)?;
    drop(rgba);
    room.unshown |= bitmap.unshown;
    // The other one takes rows of few bits to end on whole bytes, and rounds some colours of sixteen bits otherwise.
    let is_known = matches!((bitmap.compression, bitmap.bits), (0, 8 | 24 | 32) | (1, 8));
    // It refuses files that are too short for a larger header than they have; to see nothing is not to see something else.
    if is_known && other(file, (width, height)).is_some_and(|other| other != pixels) {
        return Err(NotRead::Disagree);
    }
    take(pixels);
    Ok(())
}

/// What the decoder of others sees.
fn other(file: &[u8], sides: (usize, usize)) -> Option<Pixels> {
    let side = usize::try_from(i32::MAX).unwrap_or(usize::MAX);
    let options = DecoderOptions::default().set_max_width(side).set_max_height(side).set_strict_mode(true);
    let mut decoder = zune_bmp::BmpDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().ok()?;
    if decoder.dimensions() != Some(sides) {
        return None;
    }
    let pixels = decoder.decode().ok()?;
    of_channels(sides.0, sides.1, decoder.colorspace()?.num_components(), pixels)
}

#[cfg(test)]
mod tests;
