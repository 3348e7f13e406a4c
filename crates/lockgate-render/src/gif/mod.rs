//! GIF: each picture over those before it. Read by two readers, which have to see the same numbers of colours.

mod frames;

use crate::pixels::Pixels;
use crate::room::Room;
use crate::{NotRead, PIXELS_MAX, Take};
use frames::{Frame, Frames};
use gif::{ColorOutput, DecodeOptions, Decoder, MemoryLimit};
use std::io::{Cursor, Read};
use std::num::NonZeroU64;

/// Bytes that the decoder of others may hold.
const BYTES_MAX: usize = PIXELS_MAX * 2;

/// Decodes the pictures, in order. What reaches beyond the stated screen is shown too: the screen is as large as it takes.
///
/// # Errors
/// [`NotRead`] where any picture is not read.
pub(crate) fn decode(file: &[u8], room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let mut frames = Frames::open(file).ok_or(NotRead::Refused)?;
    let mut other = other(file);
    let mut screen = Screen::default();
    let stated = frames.screen;
    while let Some(frame) = frames.next()? {
        let (width, height) =
            (frame.left.saturating_add(frame.width), frame.top.saturating_add(frame.height));
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let width = width.max(stated.0).max(screen.width);
        let height = height.max(stated.1).max(screen.height);
        // The screen counts for every picture: each is one.
        room.take(side(width), side(height), 4)?;
        screen.grow(width, height);
        let indexes = frame.indexes().ok_or(NotRead::Refused)?;
        if !other.as_mut().is_some_and(|other| is_same(other, &frame, &indexes)) {
            return Err(NotRead::Disagree);
        }
        screen.draw(&frame, &indexes).ok_or(NotRead::Refused)?;
        take(Pixels::of_rgba(width, height, &screen.rgba).ok_or(NotRead::Refused)?);
    }
    match other.map(|mut other| other.next_frame_info().map(|more| more.is_some())) {
        Some(Ok(false)) => Ok(()),
        _ => Err(NotRead::Disagree),
    }
}

/// The decoder of others. It is shown a trailer where there may be none: a file that ends between two blocks has all its
/// pictures.
fn other(file: &[u8]) -> Option<Decoder<impl Read>> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let bytes = u64::try_from(BYTES_MAX).ok().and_then(NonZeroU64::new);
    options.set_memory_limit(bytes.map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    options.read_info(Cursor::new(file).chain(Cursor::new([0x3B]))).ok()
}

/// True where the decoder of others has the same picture next.
fn is_same(other: &mut Decoder<impl Read>, frame: &Frame<'_>, indexes: &[u8]) -> bool {
    let Ok(Some(theirs)) = other.next_frame_info() else { return false };
    let place = [theirs.left, theirs.top, theirs.width, theirs.height].map(usize::from);
    if place != [frame.left, frame.top, frame.width, frame.height] || theirs.transparent != frame.clear {
        return false;
    }
    if indexes.is_empty() {
        return true;
    }
    if other.palette().ok() != Some(frame.colours) || other.buffer_size() != indexes.len() {
        return false;
    }
    let mut theirs = vec![0; indexes.len()];
    other.read_into_buffer(&mut theirs).is_ok() && theirs == indexes
}

/// What has been drawn so far.
#[derive(Default)]
struct Screen {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Screen {
    /// Makes it as large as this, which is no smaller than it is; what is new is clear.
    fn grow(&mut self, width: usize, height: usize) {
        if (self.width, self.height) == (width, height) {
            return;
        }
        let mut rgba = vec![0; width.saturating_mul(height).saturating_mul(4)];
        let (old, new) = (self.width.saturating_mul(4), width.saturating_mul(4));
        for (row, line) in rgba.chunks_exact_mut(new.max(1)).zip(self.rgba.chunks_exact(old.max(1))) {
            row.iter_mut().zip(line).for_each(|(place, level)| *place = *level);
        }
        (self.width, self.height, self.rgba) = (width, height, rgba);
    }

    /// Draws a picture over it; nothing where a pixel has a number that no colour has.
    fn draw(&mut self, frame: &Frame<'_>, indexes: &[u8]) -> Option<()> {
        let colours = frame.colours.as_chunks::<3>().0;
        let rows = self.rgba.chunks_exact_mut(self.width.saturating_mul(4).max(1)).skip(frame.top);
        for (row, line) in rows.zip(indexes.chunks_exact(frame.width.max(1))) {
            let places = row.get_mut(frame.left.saturating_mul(4)..)?.as_chunks_mut::<4>().0;
            for (place, index) in places.iter_mut().zip(line) {
                if frame.clear != Some(*index) {
                    let [red, green, blue] = *colours.get(usize::from(*index))?;
                    *place = [red, green, blue, 255];
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
