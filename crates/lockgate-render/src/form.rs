//! Pictures of further forms: each decoded by a decoder that others keep, its sides known before anything is decoded.

use crate::pixels::Pixels;
use crate::portable::of_channels;
use crate::{DOCUMENT_PIXELS_MAX, NotRead, PICTURES_MAX, PIXELS_MAX};
use hayro_jpeg2000::{DecodeSettings, DecoderContext};
use std::io::Cursor;
use std::num::NonZeroU64;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

/// Bytes that one decoder may hold for one picture: four of each pixel, and as many again.
const DECODER_BYTES_MAX: usize = PIXELS_MAX * 8;

/// Takes the pictures of a file, in order.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Pixels);

/// What the pictures of one file may have together.
pub(crate) struct Room {
    pictures: usize,
    pixels: usize,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { pictures: PICTURES_MAX, pixels: DOCUMENT_PIXELS_MAX }
    }

    /// Room for one more picture of these sides.
    ///
    /// # Errors
    /// [`NotRead::TooLarge`], or [`NotRead::Refused`] for one without a pixel.
    pub(crate) fn take(&mut self, width: u32, height: u32) -> Result<(usize, usize), NotRead> {
        let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
        let (width, height) = (side(width), side(height));
        let pixels = width.saturating_mul(height);
        let left = (self.pictures.checked_sub(1), self.pixels.checked_sub(pixels));
        match left {
            _ if pixels == 0 => Err(NotRead::Refused),
            (Some(pictures), Some(left)) if pixels <= PIXELS_MAX => {
                (self.pictures, self.pixels) = (pictures, left);
                Ok((width, height))
            }
            _ => Err(NotRead::TooLarge),
        }
    }
}

fn refused<E>(_: E) -> NotRead {
    NotRead::Refused
}

/// Decodes a GIF: each picture over those before it.
pub(crate) fn gif(file: &[u8], take: Take<'_>) -> Result<(), NotRead> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.check_frame_consistency(true);
    let bytes = u64::try_from(DECODER_BYTES_MAX).ok().and_then(NonZeroU64::new);
    options.set_memory_limit(bytes.map_or(gif::MemoryLimit::Unlimited, gif::MemoryLimit::Bytes));
    let mut decoder = options.read_info(Cursor::new(file)).map_err(refused)?;
    let (across, down) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let mut room = Room::new();
    let mut screen: Vec<u8> = Vec::new();
    while let Some(frame) = decoder.next_frame_info().map_err(refused)? {
        // The screen counts for every picture: each is one.
        let (width, height) = room.take(across, down)?;
        screen.resize(width.saturating_mul(height).saturating_mul(4), 0);
        let left = usize::from(frame.left).saturating_mul(4);
        let (top, line) = (usize::from(frame.top), usize::from(frame.width).saturating_mul(4));
        let lines = usize::from(frame.height);
        let mut pixels = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut pixels).map_err(refused)?;
        let rows = screen.chunks_exact_mut(width.saturating_mul(4)).skip(top).take(lines);
        for (row, new) in rows.zip(pixels.chunks_exact(line.max(1))) {
            let places = row.get_mut(left..).unwrap_or_default().as_chunks_mut::<4>().0;
            for (place, pixel) in places.iter_mut().zip(new.as_chunks::<4>().0) {
                let [.., covers] = pixel;
                if *covers > 0 {
                    *place = *pixel;
                }
            }
        }
        take(Pixels::of_rgba(width, height, &screen).ok_or(NotRead::Refused)?);
    }
    Ok(())
}

/// Decodes a Windows bitmap.
pub(crate) fn bmp(file: &[u8], take: Take<'_>) -> Result<(), NotRead> {
    let side = usize::try_from(i32::MAX).unwrap_or(usize::MAX);
    let options = DecoderOptions::default().set_max_width(side).set_max_height(side).set_strict_mode(true);
    let mut decoder = zune_bmp::BmpDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(refused)?;
    let (width, height) = decoder.dimensions().ok_or(NotRead::Refused)?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = Room::new().take(side(width), side(height))?;
    let pixels = decoder.decode().map_err(refused)?;
    let channels = decoder.colorspace().ok_or(NotRead::Refused)?.num_components();
    take(of_channels(width, height, channels, pixels).ok_or(NotRead::Refused)?);
    Ok(())
}

/// Decodes a WebP: one picture, or those of an animation.
pub(crate) fn webp(file: &[u8], take: Take<'_>) -> Result<(), NotRead> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).map_err(refused)?;
    decoder.set_memory_limit(DECODER_BYTES_MAX);
    let (mut room, (across, down)) = (Room::new(), decoder.dimensions());
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let count = if decoder.is_animated() { decoder.num_frames() } else { 1 };
    for _ in 0..count {
        let (width, height) = room.take(across, down)?;
        let mut pixels = vec![0; width.saturating_mul(height).saturating_mul(channels)];
        let read = match decoder.is_animated() {
            true => decoder.read_frame(&mut pixels).map(|_| ()),
            false => decoder.read_image(&mut pixels),
        };
        read.map_err(refused)?;
        take(of_channels(width, height, channels, pixels).ok_or(NotRead::Refused)?);
    }
    Ok(())
}

/// Decodes JPEG 2000, a file or a code stream: grey or colour, with or without a mask.
pub(crate) fn jpeg2000(file: &[u8], take: Take<'_>) -> Result<(), NotRead> {
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = hayro_jpeg2000::Image::new(file, &settings).map_err(refused)?;
    let (width, height) = Room::new().take(image.width(), image.height())?;
    let channels = usize::from(image.color_space().num_channels());
    let with_mask = channels.saturating_add(usize::from(image.has_alpha()));
    if !matches!(channels, 1 | 3) || matches!(image.color_space(), hayro_jpeg2000::ColorSpace::Unknown { .. })
    {
        return Err(NotRead::Refused);
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(refused)?;
    if decoded.components().len() != with_mask {
        return Err(NotRead::Refused);
    }
    take(of_channels(width, height, with_mask, decoded.data_u8()).ok_or(NotRead::Refused)?);
    Ok(())
}
