//! A scan: which blocks it has, in which order, with restarts between them (ITU-T T.81, A.2, B.2.3, E.2.4), and the coding of
//! those that have all their coefficients in one (F.2.2).

use super::bits::{Bits, End};
use super::frame::{Component, Data, Frame};
use super::inverse::Block;
use super::table::Table;

/// What a scan header says.
pub(super) struct Scan<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// The coefficients that it has, from and to.
    pub(super) band: (usize, usize),
    /// The lowest bit that was known before and the lowest that is known then.
    pub(super) high: u8,
    pub(super) low: u8,
    /// Units between restarts; 0 for none.
    pub(super) interval: usize,
}

/// A component in a scan, with its codes, where the file states them.
pub(super) struct Part<'a> {
    /// Which one of the frame.
    pub(super) component: usize,
    pub(super) means: Option<Table<'a>>,
    pub(super) others: Option<Table<'a>>,
}

/// Reads the blocks of a scan, one after the other.
pub(super) trait Coder {
    /// The next block: of which part of the scan, and which one of its component.
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, block: usize) -> Option<()>;
    /// Forgets what blocks before this place have left.
    fn restart(&mut self);
}

/// What was seen of bits that are of no block.
#[derive(Default)]
struct Fill {
    ones: bool,
    zeros: bool,
    /// There is something that says more than where a byte ends.
    beyond: bool,
}

impl Fill {
    /// Bits that fill up a byte are ones. Some writers take zeros: but in one scan not now one and then the other.
    fn see<'a>(&mut self, end: &End<'a>) -> &'a [u8] {
        let (count, bits) = end.fill;
        let all = 1_u32.wrapping_shl(count).wrapping_sub(1);
        self.ones |= count > 0 && bits == all;
        self.zeros |= count > 0 && bits == 0;
        self.beyond |= end.beyond || (bits != 0 && bits != all) || (self.ones && self.zeros);
        end.rest
    }
}

impl Scan<'_> {
    /// Goes over the blocks; returns what is behind the coded data, and whether they hold anything that is of no block. `None` where
    /// they end before the last block, or hold what is no code.
    pub(super) fn read<'b>(
        &self,
        shape: &Shape,
        data: &'b [u8],
        coder: &mut impl Coder,
    ) -> Option<(&'b [u8], bool)> {
        let (mut bits, mut fill, mut turn, mut left) =
            (Bits::new(data), Fill::default(), 0_u8, self.interval);
        let (across, down) = shape.units;
        for row in 0..down {
            for column in 0..across {
                if left == 0 && self.interval > 0 {
                    bits = Bits::new(restart(fill.see(&bits.end()), turn)?);
                    coder.restart();
                    (turn, left) = (turn.wrapping_add(1) & 7, self.interval);
                }
                left = left.saturating_sub(1);
                for place in &shape.parts {
                    coder.block(&mut bits, place.part, place.at(row, column))?;
                }
            }
        }
        let rest = fill.see(&bits.end());
        Some((rest, fill.beyond))
    }
}

/// What is behind a restart marker, if it is the one whose turn it is.
fn restart(bytes: &[u8], turn: u8) -> Option<&[u8]> {
    let fill = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    let (marker, rest) = bytes.get(fill..)?.split_first()?;
    (fill > 0 && *marker == 0xD0 | turn).then_some(rest)
}

/// Where the blocks of a scan stand in their components.
pub(super) struct Shape {
    units: (usize, usize),
    parts: Vec<Place>,
}

/// One block of a unit.
#[derive(Clone, Copy)]
struct Place {
    part: usize,
    /// Blocks of its component across, all of them.
    wide: usize,
    /// Of a unit across and down, and where it stands among them.
    factors: (usize, usize),
    offset: (usize, usize),
}

impl Place {
    /// Sides are of sixteen bits, and factors four at most: nothing runs over.
    fn at(&self, row: usize, column: usize) -> usize {
        let row = row.wrapping_mul(self.factors.1).wrapping_add(self.offset.1);
        let column = column.wrapping_mul(self.factors.0).wrapping_add(self.offset.0);
        row.wrapping_mul(self.wide).wrapping_add(column)
    }
}

impl Shape {
    /// Of a scan of these components: one by itself goes block by block over what has a pixel, several unit by unit over everything.
    pub(super) fn of(frame: &Frame, scan: &Scan<'_>) -> Option<Self> {
        let component = |part: &Part<'_>| frame.components.get(part.component);
        if let [part] = scan.parts.as_slice() {
            let Component { blocks, seen, .. } = component(part)?;
            let place = Place { part: 0, wide: blocks.0, factors: (1, 1), offset: (0, 0) };
            return Some(Self { units: *seen, parts: vec![place] });
        }
        let mut parts = Vec::new();
        for (part, number) in scan.parts.iter().zip(0_usize..) {
            let Component { blocks, factors, .. } = component(part)?;
            for (down, across) in
                (0..factors.1).flat_map(|down| (0..factors.0).map(move |across| (down, across)))
            {
                parts.push(Place { part: number, wide: blocks.0, factors: *factors, offset: (across, down) });
            }
        }
        Some(Self { units: frame.units, parts })
    }
}

/// Blocks with all their coefficients, which become levels as they come.
pub(super) struct Sequential<'a> {
    /// For each part of the scan its component, its codes and the mean of its last block.
    pub(super) parts: Vec<(&'a mut Component, &'a Part<'a>, i32)>,
}

impl Coder for Sequential<'_> {
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, block: usize) -> Option<()> {
        let (component, Part { means, others, .. }, mean) = self.parts.get_mut(part)?;
        let mut coefficients = [0; 64];
        bits.fill();
        let size = means.as_ref()?.next(bits)?;
        *mean = mean.checked_add(number(bits, size)?)?;
        let [first, ..] = &mut coefficients;
        *first = i16::try_from(*mean).ok()?;
        let last = rest(bits, others.as_ref()?, &mut coefficients)?;
        let levels = component.inverse.as_ref()?.levels(&coefficients, last);
        let Data::Levels(all) = &mut component.data else { return None };
        *all.get_mut(block)? = levels;
        Some(())
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|(_, _, mean)| *mean = 0);
    }
}

/// A number behind a code that says its size; of more bits than there are of a number it is none.
pub(super) fn number(bits: &mut Bits<'_>, size: u8) -> Option<i32> {
    if size > 15 { None } else { bits.number(size.into()) }
}

/// All coefficients but the first (F.2.2.2); returns the place of the last one that is not zero.
fn rest(bits: &mut Bits<'_>, codes: &Table<'_>, block: &mut Block) -> Option<usize> {
    let (mut at, mut last) = (1_usize, 0);
    while at < 64 {
        bits.fill();
        let symbol = codes.next(bits)?;
        at = at.wrapping_add(usize::from(symbol >> 4));
        match symbol {
            0 => break,
            // Sixteen zeros: fifteen are passed over already.
            0xF0 => {}
            _ if symbol & 15 == 0 => return None,
            _ => {
                *block.get_mut(at)? = i16::try_from(bits.number(u32::from(symbol & 15))?).ok()?;
                last = at;
            }
        }
        at = at.wrapping_add(1);
    }
    (at <= 64).then_some(last)
}
