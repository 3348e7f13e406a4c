//! A reader of JPEG of our own, written from the standard (ITU-T T.81): baseline, extended and progressive, codes of Huffman,
//! eight bits, one, three or four components. It is the second one: what it reads is held against what the decoder of others
//! shows. It knows where the data of the last block end, and says whether anything stands behind them.
//!
//! Strict: what is no code, or is not there, is no picture. What it goes over was bounded before ([`super::bounds`]).

mod bits;
mod frame;
mod inverse;
mod progressive;
mod reader;
mod scan;
mod table;

use super::block::Levels;
use super::code::{CHROMINANCE, Codes, LUMINANCE};
use frame::Frame;
use reader::Reader;

/// Levels by which what fills a block up may differ from itself.
const FILLED: u8 = 2;

/// A picture, component by component.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) planes: Vec<Plane>,
    pub(super) colours: Colours,
    /// Bytes between two markers are of no block, a scan says again what was said before, or blocks beside the picture hold one: no
    /// reader shows it, or not all do.
    pub(super) beyond: bool,
}

/// The levels of one component.
pub(super) struct Plane {
    /// Blocks across, and those across and down that have a pixel.
    wide: usize,
    seen: (usize, usize),
    blocks: Vec<Levels>,
    /// Samples across and down for so many of those of the densest component.
    pub(super) factors: (usize, usize),
}

/// What the components stand for (ITU-T T.871; what Adobe's segment says, as ITU-T T.872 has it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    /// Red, green and blue.
    Plain,
    /// Luminance, blue and red.
    Luminance,
    /// Four inks; as what is left of white, where `left`.
    Inks {
        left: bool,
    },
    /// The same, as what is left of white, of which three are coded as luminance, blue and red.
    LuminanceAndInk,
}

impl Colours {
    /// Of components with these names. Where segments say two things, JFIF is believed.
    fn of(ids: &[u8], is_jfif: bool, adobe: Option<u8>) -> Self {
        match (ids, adobe) {
            ([_], _) => Self::Grey,
            ([_, _, _], Some(0)) | (b"RGB", None) if !is_jfif => Self::Plain,
            ([_, _, _], _) => Self::Luminance,
            (_, Some(2)) => Self::LuminanceAndInk,
            (_, adobe) => Self::Inks { left: adobe.is_some() },
        }
    }
}

impl Colours {
    /// True where colours are coded as luminance, blue and red; of one component nobody says so.
    pub(super) fn are_transformed(self) -> Option<bool> {
        match self {
            Self::Grey => None,
            Self::Plain | Self::Inks { .. } => Some(false),
            Self::Luminance | Self::LuminanceAndInk => Some(true),
        }
    }
}

impl Plane {
    /// The samples of a row; those that are there already stay where it is behind the last one.
    pub(super) fn row(&self, row: usize, samples: &mut Vec<i16>) {
        let from = (row / 8).saturating_mul(self.wide);
        let Some(blocks) = self.blocks.get(from..from.saturating_add(self.wide)) else { return };
        samples.clear();
        for block in blocks {
            samples.extend_from_slice(&block.get(row % 8).copied().unwrap_or_default().map(i16::from));
        }
    }

    /// True where blocks without a pixel hold what a writer fills them with, the edge again or one level: at the right rows of one
    /// level, and below columns.
    fn is_filled(&self) -> bool {
        let (across, down) = self.seen;
        let are_rows =
            |block: &Levels| block.iter().all(|row| is_near(row, &[row.first().copied().unwrap_or(0); 8]));
        let are_columns = |block: &Levels| {
            block.iter().all(|row| is_near(row, &block.first().copied().unwrap_or_default()))
        };
        self.blocks.chunks(self.wide.max(1)).enumerate().all(|(at, line)| {
            let (left, right) = line.split_at_checked(across).unwrap_or((line, &[]));
            match at < down {
                true => right.iter().all(are_rows),
                false => {
                    left.iter().all(are_columns)
                        && right.iter().all(|block| are_rows(block) || are_columns(block))
                }
            }
        })
    }
}

fn is_near(row: &[u8; 8], other: &[u8; 8]) -> bool {
    row.iter().zip(other).all(|(level, other)| level.abs_diff(*other) <= FILLED)
}

/// Reads a file; `None` where it is none, or not of these kinds.
pub(super) fn read(file: &[u8]) -> Option<Picture> {
    let typical = [&LUMINANCE, &CHROMINANCE].map(|typical| Codes::new(typical).stated());
    let mut reader = Reader::new(&typical);
    let mut rest = file.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let (marker, body) = marker(rest)?;
        if marker == 0xD9 {
            return reader.end();
        }
        let length = usize::from(u16::from_be_bytes(*body.first_chunk()?));
        let (segment, behind) = body.split_at_checked(length)?;
        let segment = segment.get(2..)?;
        rest = behind;
        match marker {
            0xC0..=0xC2 if reader.frame.is_none() => reader.frame = Some(Frame::read(marker, segment)?),
            0xC4 => reader.codes(segment)?,
            0xDA => rest = reader.scan(segment, behind)?,
            0xDB => reader.factors(segment)?,
            0xDD => reader.interval = usize::from(u16::from_be_bytes(*segment.as_array()?)),
            0xE0 => reader.is_jfif |= segment.starts_with(b"JFIF\0"),
            0xEE if segment.starts_with(b"Adobe") => reader.adobe = Some(*segment.get(11)?),
            0xE1..=0xEF | 0xFE => {}
            _ => return None,
        }
    }
}

/// The marker that stands here, behind any number of fill bytes, and what is behind it.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let fill = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    let (marker, rest) = bytes.get(fill..)?.split_first()?;
    (fill > 0).then_some((*marker, rest))
}

#[cfg(test)]
mod tests;
