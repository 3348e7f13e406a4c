//! How a large object is cut: symbols of one size, shared out evenly over blocks of at most 1,024.

use alloc::vec::Vec;
use reed_solomon_simd::ReedSolomonEncoder;

/// The most source symbols of a block.
pub(crate) const WIDEST: u32 = 1_024;
/// The most repair symbols of a block.
pub(crate) const MOST_REPAIRS: u16 = 1_024;
/// So many blocks are sent side by side, a symbol of each in turn.
pub(crate) const SIDE_BY_SIDE: u16 = 64;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Bytes of the object.
    pub(crate) length: u32,
    /// Bytes of a symbol; even.
    pub(crate) size: u16,
    /// Source symbols, all blocks together.
    pub(crate) symbols: u32,
    /// Blocks.
    pub(crate) blocks: u16,
    /// Repair symbols of each block.
    pub(crate) repairs: u16,
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where its first symbol stands in the object, in symbols.
    pub(crate) first: u32,
    /// Its source symbols.
    pub(crate) count: u16,
}

impl Cut {
    /// The cut of an object of `length` bytes into symbols of `size`; `None` where there is none.
    pub(crate) fn new(length: u32, size: u16, repairs: u16) -> Option<Self> {
        if length == 0 || size < 2 || !size.is_multiple_of(2) || repairs > MOST_REPAIRS {
            return None;
        }
        let symbols = length.div_ceil(u32::from(size));
        let blocks = u16::try_from(symbols.div_ceil(WIDEST)).ok()?;
        let cut = Self { length, size, symbols, blocks, repairs };
        let widest = usize::from(cut.block(0)?.count);
        let real = repairs == 0 || ReedSolomonEncoder::supports(widest, usize::from(repairs));
        real.then_some(cut)
    }

    /// The cut that a sender makes: symbols of at most `largest` bytes, no longer than they must be.
    pub(crate) fn fitting(length: u32, largest: u16, percent: u8) -> Option<Self> {
        let even = largest & !1;
        let symbols = length.div_ceil(u32::from(even).max(2));
        let size = u16::try_from(length.div_ceil(symbols.max(1))).ok()?;
        let size = size.checked_add(size & 1)?.max(2);
        let plain = Self::new(length, size, 0)?;
        let widest = plain.block(0)?.count;
        let repairs = u32::from(widest).saturating_mul(u32::from(percent)).div_ceil(100);
        Self::new(length, size, u16::try_from(repairs).ok()?.min(MOST_REPAIRS))
    }

    /// A block: the first ones have one symbol more where the symbols do not share out evenly.
    pub(crate) fn block(&self, block: u16) -> Option<Span> {
        if block >= self.blocks {
            return None;
        }
        let (blocks, block) = (u32::from(self.blocks), u32::from(block));
        let (each, wide) = (self.symbols.checked_div(blocks)?, self.symbols.checked_rem(blocks)?);
        let first = each.saturating_mul(block).saturating_add(block.min(wide));
        let count = each.saturating_add(u32::from(block < wide));
        Some(Span { first, count: u16::try_from(count).ok()? })
    }

    /// Bytes of all source symbols, the zeros behind the object included.
    pub(crate) fn bytes(&self) -> Option<usize> {
        usize::try_from(u64::from(self.symbols).checked_mul(u64::from(self.size))?).ok()
    }

    /// Where the source symbol `index` of `span` stands among these bytes: from, to.
    pub(crate) fn place(&self, span: Span, index: u16) -> Option<(usize, usize)> {
        let size = usize::from(self.size);
        let at = usize::try_from(span.first.checked_add(u32::from(index))?).ok()?;
        let from = at.checked_mul(size)?;
        Some((from, from.checked_add(size)?))
    }

    /// The source symbol `index` of `span` of an object; the one at its end is made up with zeros, in `last`.
    pub(crate) fn source<'a>(
        &self,
        span: Span,
        index: u16,
        bytes: &'a [u8],
        last: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        let (from, to) = self.place(span, index)?;
        if to <= bytes.len() {
            return bytes.get(from..to);
        }
        last.clear();
        last.extend(bytes.get(from..)?);
        last.resize(self.size.into(), 0);
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Cut;
    use proptest::prelude::*;

    #[test]
    fn sixty_four_mebibytes_are_cut_into_blocks_near_the_widest() {
        let cut = Cut::fitting(64 << 20, 1_298, 25).unwrap();
        assert_eq!((cut.symbols, cut.blocks, cut.repairs), (51_702, 51, 254));
        assert_eq!(cut.block(0).unwrap().count, 1_014);
    }

    proptest! {
        #[test]
        fn blocks_share_out_all_symbols(length in 1_u32..200_000_000, largest in 2_u16..9_000, percent in 0_u8..=100) {
            let Some(cut) = Cut::fitting(length, largest, percent) else {
                prop_assert!(u64::from(length) / u64::from(largest & !1) >= 1024 * 65_535);
                return Ok(());
            };
            prop_assert!(cut.size <= largest & !1 || cut.size == 2);
            prop_assert_eq!(Cut::new(length, cut.size, cut.repairs), Some(cut));
            let mut next = 0;
            for block in 0..cut.blocks {
                let span = cut.block(block).unwrap();
                prop_assert_eq!(span.first, next);
                prop_assert!(span.count >= 1 && span.count <= 1_024);
                prop_assert!(u32::from(cut.repairs) * 100 >= u32::from(span.count) * u32::from(percent));
                next += u32::from(span.count);
            }
            prop_assert_eq!(next, cut.symbols);
            prop_assert_eq!(cut.block(cut.blocks), None);
            prop_assert!(cut.bytes().unwrap() >= length as usize);
            prop_assert!(cut.bytes().unwrap() - (length as usize) < usize::from(cut.size));
        }
    }
}
