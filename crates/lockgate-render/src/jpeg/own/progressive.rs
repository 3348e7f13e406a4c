//! Coefficients in several scans: some of them first, and some of their bits (ITU-T T.81, annex G).

use super::bits::Bits;
use super::frame::{Component, Data};
use super::inverse::Block;
use super::scan::{Coder, Part, Scan, number};
use super::table::Table;

/// Blocks of which a scan has some coefficients, or bits of them.
pub(super) struct Progressive<'a> {
    /// For each part of the scan its component, its codes and the mean of its last block.
    pub(super) parts: Vec<(&'a mut Component, &'a Part<'a>, i32)>,
    pub(super) band: (usize, usize),
    /// Nothing of these coefficients was known before.
    pub(super) first: bool,
    pub(super) low: u8,
    /// Blocks that follow without anything new in them.
    pub(super) run: u32,
}

/// What a scan brings to what is known of a component.
pub(super) enum Brings {
    /// Something new.
    News,
    /// What was there before: it shows another picture, or nothing.
    Again,
}

/// What a scan brings; `None` where something that it goes on from is not known, or where no scan may be like that (G.1.1.1).
pub(super) fn brings(scan: &Scan<'_>, known: &mut [Option<u8>; 64]) -> Option<Brings> {
    let (from, to) = scan.band;
    let is_band = if from == 0 { to == 0 } else { from <= to && scan.parts.len() == 1 };
    let steps = scan.high == 0 || scan.high.checked_sub(1) == Some(scan.low);
    if !is_band || !steps || scan.low > 13 {
        return None;
    }
    let band = known.get_mut(from..=to)?;
    let before = (scan.high > 0).then_some(scan.high);
    if band.iter().all(|lowest| *lowest == before) {
        band.fill(Some(scan.low));
        return Some(Brings::News);
    }
    // Some of it twice is nothing that can be shown.
    let is_known =
        |lowest: &Option<u8>| lowest.is_some_and(|lowest| before.is_none_or(|before| lowest < before));
    band.iter().all(is_known).then_some(Brings::Again)
}

impl Coder for Progressive<'_> {
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, block: usize) -> Option<()> {
        let (component, Part { means, others, .. }, mean) = self.parts.get_mut(part)?;
        let Data::Coefficients(blocks, _) = &mut component.data else { return None };
        let block = blocks.get_mut(block)?;
        match (self.band, self.first) {
            ((0, _), true) => {
                bits.fill();
                let size = means.as_ref()?.next(bits)?;
                *mean = mean.checked_add(number(bits, size)?)?;
                let [first, ..] = block;
                *first = raised(*mean, self.low)?;
                Some(())
            }
            ((0, _), false) => {
                let [first, ..] = block;
                *first |= raised(bits.take(1)?.cast_signed(), self.low)?;
                Some(())
            }
            (band, true) => first_of(bits, others.as_ref()?, block, band, self.low, &mut self.run),
            (band, false) => more_of(bits, others.as_ref()?, block, band, self.low, &mut self.run),
        }
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|(_, _, mean)| *mean = 0);
        self.run = 0;
    }
}

/// A value with so many bits below it that are not known yet.
fn raised(value: i32, low: u8) -> Option<i16> {
    i16::try_from(value.checked_mul(1_i32.wrapping_shl(low.into()))?).ok()
}

/// The first bits of a band (G.1.2.2).
fn first_of(
    bits: &mut Bits<'_>,
    codes: &Table<'_>,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    run: &mut u32,
) -> Option<()> {
    if let Some(left) = run.checked_sub(1) {
        *run = left;
        return Some(());
    }
    let mut at = from;
    while at <= to {
        let (zeros, size) = match Step::next(bits, codes)? {
            Step::End { blocks } => {
                *run = blocks.checked_sub(1)?;
                return Some(());
            }
            Step::Value { zeros, size } => (zeros, size),
        };
        at = at.wrapping_add(usize::from(zeros));
        if size > 0 {
            let place = block.get_mut(..=to)?.get_mut(at)?;
            *place = raised(bits.number(size.into())?, low)?;
        }
        at = at.wrapping_add(1);
    }
    (at <= to.wrapping_add(1)).then_some(())
}

/// What one code of a band says.
enum Step {
    /// So many blocks end here, this one among them.
    End { blocks: u32 },
    /// So many zeros, and then a value of so many bits; sixteen zeros where it has none.
    Value { zeros: u8, size: u8 },
}

impl Step {
    fn next(bits: &mut Bits<'_>, codes: &Table<'_>) -> Option<Self> {
        bits.fill();
        let symbol = codes.next(bits)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        if size > 0 || zeros == 15 {
            return Some(Self::Value { zeros, size });
        }
        let more = if zeros == 0 { 0 } else { bits.take(zeros.into())? };
        Some(Self::End { blocks: 1_u32.wrapping_shl(zeros.into()).checked_add(more)? })
    }
}

/// One more bit of a band: of what is not zero already, and of what becomes one now (G.1.2.3).
fn more_of(
    bits: &mut Bits<'_>,
    codes: &Table<'_>,
    block: &mut Block,
    (from, to): (usize, usize),
    low: u8,
    run: &mut u32,
) -> Option<()> {
    let band = block.get_mut(from..=to)?;
    let mut places = band.iter_mut();
    while *run == 0 && !places.as_slice().is_empty() {
        let (zeros, size) = match Step::next(bits, codes)? {
            Step::End { blocks } => {
                *run = blocks;
                break;
            }
            Step::Value { zeros, size } => (zeros, size),
        };
        let value = match size {
            0 => 0,
            1 => raised(if bits.take(1)? == 1 { 1 } else { -1 }, low)?,
            _ => return None,
        };
        *passed(bits, &mut places, zeros, low)? = value;
    }
    if let Some(left) = run.checked_sub(1) {
        *run = left;
        for place in places.filter(|place| **place != 0) {
            correct(bits, place, low)?;
        }
    }
    Some(())
}

/// Goes over so many places that stay zero, and returns the next one that is; those between that are not get one more bit.
fn passed<'a>(
    bits: &mut Bits<'_>,
    places: &mut core::slice::IterMut<'a, i16>,
    mut zeros: u8,
    low: u8,
) -> Option<&'a mut i16> {
    for place in places {
        if *place != 0 {
            correct(bits, place, low)?;
            continue;
        }
        let Some(left) = zeros.checked_sub(1) else { return Some(place) };
        zeros = left;
    }
    None
}

fn correct(bits: &mut Bits<'_>, place: &mut i16, low: u8) -> Option<()> {
    if bits.take(1)? == 1 {
        *place = place.checked_add(raised(i32::from(place.signum()), low)?)?;
    }
    Some(())
}
