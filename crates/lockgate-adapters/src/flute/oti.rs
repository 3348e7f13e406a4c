//! How an object is cut into symbols (FEC object transmission information): no code (RFC 5445, 3) and RaptorQ (RFC 6330, 3.3).

use super::terms::Terms;
use core::fmt;
use raptorq::ObjectTransmissionInformation;

/// Most source symbols of a block of RaptorQ that are put together here: its work grows faster than they do.
pub(super) const BLOCK_MOST: u32 = 8_192;
/// Most blocks and symbols that a payload ID without a code can number.
const PLAIN_MOST: u64 = 1 << 16;

/// The code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// FEC encoding ID 0: every symbol has to come.
    None {
        /// Most source symbols of a block.
        block: u32,
    },
    /// FEC encoding ID 6.
    RaptorQ {
        /// Blocks (Z).
        blocks: u8,
        /// Sub-blocks (N).
        parts: u16,
        /// Alignment of symbols in bytes (Al).
        align: u8,
    },
}

/// Object transmission information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oti {
    /// The code.
    pub code: Code,
    /// Bytes of a symbol.
    pub symbol: u16,
    /// Bytes of the object as it is sent.
    pub transfer: u64,
}

/// Why an object cannot be cut so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtiFault(pub(super) &'static str);

impl fmt::Display for OtiFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl core::error::Error for OtiFault {}

impl Code {
    /// The FEC encoding ID.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::None { .. } => 0,
            Self::RaptorQ { .. } => 6,
        }
    }
}

impl Oti {
    /// What `EXT_FTI` carries: its content without type and length; `codepoint` says of which code.
    #[must_use]
    pub fn of_fti(codepoint: u8, fti: &[u8]) -> Option<Self> {
        let fti: [u8; 14] = fti.try_into().ok()?;
        let number = |from: usize, to: usize| {
            fti.get(from..to).unwrap_or(&[]).iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let narrow = |number: u64| u16::try_from(number).ok();
        match codepoint {
            0 => {
                let block = u32::try_from(number(10, 14)).ok()?;
                Some(Self {
                    code: Code::None { block },
                    symbol: narrow(number(8, 10))?,
                    transfer: number(0, 6),
                })
            }
            6 => {
                let [.., blocks, _, _, align, _, _] = fti;
                let code = Code::RaptorQ { blocks, parts: narrow(number(9, 11))?, align };
                Some(Self { code, symbol: narrow(number(6, 8))?, transfer: number(0, 5) })
            }
            _ => None,
        }
    }

    /// `EXT_FTI` as a whole, of an object without a code.
    pub(super) fn plain_fti(symbol: u16, block: u32, transfer: u64) -> [u8; 16] {
        let [_, _, a, b, c, d, e, f] = transfer.to_be_bytes();
        let ([g, h], [i, j, k, l]) = (symbol.to_be_bytes(), block.to_be_bytes());
        [64, 4, a, b, c, d, e, f, 0, 0, g, h, i, j, k, l]
    }

    /// The blocks.
    ///
    /// # Errors
    /// [`OtiFault`] where the numbers do not go together, or ask for more than is put together here.
    pub fn cut(self) -> Result<Cut, OtiFault> {
        let size = u64::from(self.symbol);
        if size == 0 {
            return Err(OtiFault("a symbol has at least one byte"));
        }
        let symbols = self.transfer.div_ceil(size);
        let blocks = match self.code {
            Code::None { block: 0 } => return Err(OtiFault("a block has at least one symbol")),
            Code::None { block } => symbols.div_ceil(u64::from(block)),
            Code::RaptorQ { blocks, .. } => u64::from(blocks),
        };
        let cut = Cut { oti: self, blocks: u32::try_from(blocks).unwrap_or(u32::MAX), symbols };
        let most = u64::from(cut.sources(0).unwrap_or(0));
        match self.code {
            Code::None { .. } if blocks > PLAIN_MOST || most > PLAIN_MOST => {
                Err(OtiFault("more blocks or symbols than a payload ID can number"))
            }
            Code::None { .. } => Ok(cut),
            Code::RaptorQ { parts, align, .. } => {
                let aligned = self.symbol.checked_div(u16::from(align)).unwrap_or(0);
                let is_whole = self.symbol.checked_rem(u16::from(align)) == Some(0);
                if !is_whole || !(1..=aligned).contains(&parts) {
                    return Err(OtiFault("symbols, sub-blocks and alignment do not go together"));
                }
                if blocks == 0 || symbols < blocks || most > u64::from(BLOCK_MOST) {
                    return Err(OtiFault("a block of RaptorQ has 1 to 8,192 symbols"));
                }
                Ok(cut)
            }
        }
    }
}

/// An object, cut: the first blocks may have one symbol more than the others (RFC 5052, 9.1; RFC 6330, 4.4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub(super) oti: Oti,
    blocks: u32,
    symbols: u64,
}

impl Cut {
    /// Blocks.
    #[must_use]
    pub fn blocks(self) -> u32 {
        self.blocks
    }

    /// Source symbols of a block; none where there is no such block.
    #[must_use]
    pub fn sources(self, block: u32) -> Option<u32> {
        let blocks = u64::from(self.blocks);
        let (least, longer) = (self.symbols.checked_div(blocks)?, self.symbols.checked_rem(blocks)?);
        let more = u64::from(u64::from(block) < longer);
        (block < self.blocks).then(|| u32::try_from(least.saturating_add(more)).unwrap_or(u32::MAX))
    }

    /// Source symbols of all blocks.
    pub(super) fn symbols(self) -> u64 {
        self.symbols
    }

    /// Repairs of a block of so many sources; none without a code.
    pub(super) fn repairs(self, sources: u32, terms: &Terms) -> u32 {
        if self.oti.code.id() == 0 { 0 } else { terms.repairs(sources) }
    }

    /// Where a block begins in the object, in bytes.
    pub(super) fn offset(self, block: u32) -> u64 {
        let (block, blocks) = (u64::from(block), u64::from(self.blocks).max(1));
        let (least, longer) =
            (self.symbols.checked_div(blocks).unwrap_or(0), self.symbols.checked_rem(blocks).unwrap_or(0));
        let symbols = block.saturating_mul(least).saturating_add(block.min(longer));
        symbols.saturating_mul(u64::from(self.oti.symbol)).min(self.oti.transfer)
    }

    /// Bytes of the object in a block.
    pub(super) fn bytes(self, block: u32) -> usize {
        let length = self.offset(block.saturating_add(1)).saturating_sub(self.offset(block));
        usize::try_from(length).unwrap_or(usize::MAX)
    }

    /// For RaptorQ; the parameters have been found to go together.
    pub(super) fn config(self) -> ObjectTransmissionInformation {
        let (blocks, parts, align) = match self.oti.code {
            Code::RaptorQ { blocks, parts, align } => (blocks, parts, align),
            Code::None { .. } => (1, 1, 1),
        };
        ObjectTransmissionInformation::new(self.oti.transfer, self.oti.symbol, blocks, parts, align)
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Oti};
    use proptest::prelude::*;

    #[test]
    fn extensions_say_what_they_are_made_of() {
        let whole = Oti::plain_fti(1_400, 64, 0x1234_5678_9ABC);
        let oti = Oti { code: Code::None { block: 64 }, symbol: 1_400, transfer: 0x1234_5678_9ABC };
        assert_eq!(Oti::of_fti(0, &whole[2..]), Some(oti));
        let raptor = [0, 0, 1, 0, 2, 0, 5, 120, 3, 0, 4, 8, 0, 0];
        let code = Code::RaptorQ { blocks: 3, parts: 4, align: 8 };
        assert_eq!(Oti::of_fti(6, &raptor), Some(Oti { code, symbol: 1_400, transfer: 65_538 }));
        assert_eq!((Oti::of_fti(5, &raptor), Oti::of_fti(6, &raptor[1..])), (None, None));
    }

    #[test]
    fn what_does_not_go_together_is_a_fault() {
        let plain =
            |block, symbol, transfer| Oti { code: Code::None { block }, symbol, transfer }.cut().is_ok();
        assert!(plain(64, 1_400, 1 << 30) && plain(64, 1_400, 0));
        assert!(
            !plain(0, 1_400, 10) && !plain(64, 0, 10) && !plain(1, 1, 65_537) && !plain(65_537, 1, 65_537)
        );
        let raptor = |blocks, parts, align, symbol, transfer| {
            Oti { code: Code::RaptorQ { blocks, parts, align }, symbol, transfer }.cut().is_ok()
        };
        assert!(raptor(1, 1, 4, 1_400, 1_400) && raptor(2, 350, 4, 1_400, 5_000));
        for (blocks, parts, align, symbol, transfer) in [
            (0, 1, 4, 1_400, 1_400),
            (2, 1, 4, 1_400, 1_400),
            (1, 0, 4, 1_400, 1_400),
            (1, 351, 4, 1_400, 1_400),
            (1, 1, 0, 1_400, 1_400),
            (1, 1, 3, 1_400, 1_400),
            (1, 1, 1, 1, 8_193),
            (255, 1, 1, 1, u64::MAX),
            (1, 1, 1, 1, 0),
        ] {
            assert!(
                !raptor(blocks, parts, align, symbol, transfer),
                "{blocks} {parts} {align} {symbol} {transfer}"
            );
        }
    }

    proptest! {
        /// Blocks follow one another without a gap, and are all there is.
        #[test]
        fn blocks_are_the_object(symbol in 1_u16..2_000, block in 1_u32..300, transfer in 0_u64..1 << 22) {
            let Ok(cut) = (Oti { code: Code::None { block }, symbol, transfer }).cut() else { return Ok(()) };
            let sum: usize = (0..cut.blocks()).map(|at| cut.bytes(at)).sum();
            prop_assert_eq!(sum as u64, transfer);
            for at in 0..cut.blocks() {
                let sources = cut.sources(at).unwrap();
                prop_assert!(sources >= 1 && sources <= block);
                prop_assert_eq!(cut.bytes(at).div_ceil(usize::from(symbol)), sources as usize);
            }
            prop_assert_eq!(cut.sources(cut.blocks()), None);
        }
    }
}
