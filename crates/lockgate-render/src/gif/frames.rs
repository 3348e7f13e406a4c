//! The pictures of a GIF, read block by block (GIF89a specification): the second reader, of our own.

use crate::NotRead;
use crate::lzw::{self, Flavour};

/// Blocks of one file at most.
const BLOCKS_MAX: usize = 100_000;

/// A file, and how far it was read.
pub(super) struct Frames<'a> {
    file: &'a [u8],
    at: usize,
    /// Sides of the screen.
    pub(super) screen: (usize, usize),
    colours: Option<&'a [u8]>,
    blocks: usize,
    /// The index that is clear in the next picture.
    clear: Option<u8>,
}

/// One picture, before it is unpacked.
pub(super) struct Frame<'a> {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) clear: Option<u8>,
    /// Three bytes a colour.
    pub(super) colours: &'a [u8],
    is_interlaced: bool,
    code_bits: u8,
    data: Vec<u8>,
}

impl<'a> Frames<'a> {
    pub(super) fn open(file: &'a [u8]) -> Option<Self> {
        let mut frames = Self { file, at: 6, screen: (0, 0), colours: None, blocks: 0, clear: None };
        let [w0, w1, h0, h1, flags, _, _] = *frames.take(7)?.first_chunk()?;
        frames.screen = (side(w0, w1), side(h0, h1));
        frames.colours = frames.colours(flags)?;
        (file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a")).then_some(frames)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.file.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A table of colours, where the flags announce one.
    fn colours(&mut self, flags: u8) -> Option<Option<&'a [u8]>> {
        if flags & 0x80 == 0 {
            return Some(None);
        }
        let bytes = 3_usize.checked_shl(u32::from(flags & 7).saturating_add(1))?;
        self.take(bytes).map(Some)
    }

    /// The next picture; nothing behind the last one: at the trailer, or where the file ends between two blocks.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'a>>, NotRead> {
        while self.blocks < BLOCKS_MAX {
            self.blocks = self.blocks.saturating_add(1);
            match self.byte() {
                None | Some(0x3B) => return Ok(None),
                Some(0x2C) => return self.frame().ok_or(NotRead::Refused).map(Some),
                Some(0x21) => self.extension().ok_or(NotRead::Refused)?,
                Some(_) => return Err(NotRead::Refused),
            }
        }
        Err(NotRead::TooLarge)
    }

    fn extension(&mut self) -> Option<()> {
        let label = self.byte()?;
        if label == 0xF9 && self.file.get(self.at) == Some(&4) {
            let [_, flags, _, _, clear] = *self.take(5)?.first_chunk()?;
            self.clear = (flags & 1 != 0).then_some(clear);
        }
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.take(usize::from(length))?,
            };
        }
    }

    fn frame(&mut self) -> Option<Frame<'a>> {
        let [l0, l1, t0, t1, w0, w1, h0, h1, flags] = *self.take(9)?.first_chunk()?;
        let own = self.colours(flags)?;
        let code_bits = self.byte()?;
        let mut data = Vec::new();
        loop {
            match self.byte()? {
                0 => break,
                length => data.extend_from_slice(self.take(usize::from(length))?),
            }
        }
        Some(Frame {
            left: side(l0, l1),
            top: side(t0, t1),
            width: side(w0, w1),
            height: side(h0, h1),
            clear: self.clear.take(),
            colours: own.or(self.colours)?,
            is_interlaced: flags & 0x40 != 0,
            code_bits,
            data,
        })
    }
}

impl Frame<'_> {
    /// Numbers of colours, row by row; nothing where they are not as many as there are pixels.
    pub(super) fn indexes(&self) -> Option<Vec<u8>> {
        let wanted = self.width.checked_mul(self.height)?;
        if !(1..=8).contains(&self.code_bits) {
            return None;
        }
        let read = lzw::unpack(&self.data, Flavour::Gif(u32::from(self.code_bits)), wanted)?.bytes;
        if read.len() != wanted {
            return None;
        }
        if !self.is_interlaced || wanted == 0 {
            return Some(read);
        }
        // Every eighth row, those between them, those between all these, and the rest (appendix E).
        let order = [(0, 8), (4, 8), (2, 4), (1, 2)];
        let rows = order.into_iter().flat_map(|(first, step)| (first..self.height).step_by(step));
        let mut indexes = vec![0; wanted];
        for (row, line) in rows.zip(read.chunks_exact(self.width)) {
            let begin = row.checked_mul(self.width)?;
            let places = indexes.get_mut(begin..)?.iter_mut();
            places.zip(line).for_each(|(place, index)| *place = *index);
        }
        Some(indexes)
    }
}

fn side(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}
