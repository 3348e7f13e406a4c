//! What both ends have to be told.

use core::fmt;
use raptorq::{ObjectTransmissionInformation, SourceBlockEncodingPlan};

/// Bytes of the headers of IPv4 and UDP that lidi takes off its MTU, whatever the link's are.
const HEADERS: u16 = 28;
/// Most bytes of a block: what RaptorQ's own rules (RFC 6330, 4.3) keep in one piece at the sizes of datagrams there are.
const MOST: u32 = 8 << 20;

/// How blocks are cut: the same at both ends, or nothing is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    symbol: u16,
    sources: u16,
    repairs: u32,
}

/// Why blocks cannot be cut so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeFault(&'static str);

impl fmt::Display for ShapeFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl core::error::Error for ShapeFault {}

impl Shape {
    /// As lidi computes it, in whole numbers, from its own three parameters: `mtu` in bytes with headers (100 to 9,000), `block` in bytes
    /// (up to 8 MiB), `repair` in per cent (up to 100).
    ///
    /// # Errors
    /// [`ShapeFault`] where a bound does not hold.
    pub fn new(mtu: u16, block: u32, repair: u32) -> Result<Self, ShapeFault> {
        if !(100..=9_000).contains(&mtu) {
            return Err(ShapeFault("the MTU of lidi is 100 to 9,000 bytes"));
        }
        if block > MOST || repair > 100 {
            return Err(ShapeFault("a block of lidi has at most 8 MiB, and 100 repairs for a hundred"));
        }
        let symbol = mtu.saturating_sub(HEADERS).saturating_sub(4) & !7;
        let size = u32::from(symbol).max(1);
        let sources = u16::try_from(block.checked_div(size).unwrap_or(0)).unwrap_or(u16::MAX);
        if sources == 0 {
            return Err(ShapeFault("a block of lidi is at least one datagram long"));
        }
        let length = u32::from(sources).saturating_mul(size);
        let repairs = (length / 100).saturating_mul(repair).checked_div(size).unwrap_or(0);
        let whole = ObjectTransmissionInformation::with_defaults(u64::from(length), symbol);
        if whole.source_blocks() != 1 || whole.sub_blocks() != 1 {
            return Err(ShapeFault("a block of so many datagrams is not one block of RaptorQ"));
        }
        Ok(Self { symbol, sources, repairs })
    }

    /// Bytes of a symbol.
    #[must_use]
    pub fn symbol(self) -> usize {
        usize::from(self.symbol)
    }

    /// Source symbols of a block.
    #[must_use]
    pub fn sources(self) -> usize {
        usize::from(self.sources)
    }

    /// Repair symbols that lidi sends with each block.
    #[must_use]
    pub fn repairs(self) -> u32 {
        self.repairs
    }

    /// Bytes of a block.
    #[must_use]
    pub fn block(self) -> usize {
        self.symbol().saturating_mul(self.sources())
    }

    /// Bytes of a datagram.
    #[must_use]
    pub fn datagram(self) -> usize {
        self.symbol().saturating_add(super::wire::DATAGRAM_HEAD)
    }

    /// Most bytes of an object, or of a part of one, in a block.
    #[must_use]
    pub fn room(self) -> usize {
        self.block().saturating_sub(super::wire::BLOCK_HEAD)
    }

    pub(super) fn config(self) -> ObjectTransmissionInformation {
        let length = u64::try_from(self.block()).unwrap_or(0);
        ObjectTransmissionInformation::new(length, self.symbol, 1, 1, 8)
    }

    pub(super) fn plan(self) -> SourceBlockEncodingPlan {
        SourceBlockEncodingPlan::generate(self.sources)
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn the_numbers_are_those_of_lidi() {
        // mtu, block, repair: symbol, sources, length, repairs.
        for (given, found) in [
            ((1_500, 734_928, 2), (1_464, 502, 734_928, 10)),
            ((1_500, 14_640, 20), (1_464, 10, 14_640, 1)),
            ((1_500, 14_640, 30), (1_464, 10, 14_640, 2)),
            ((1_500, 14_640, 50), (1_464, 10, 14_640, 4)),
            ((1_500, 14_640, 100), (1_464, 10, 14_640, 9)),
            ((300, 2_640, 30), (264, 10, 2_640, 2)),
            ((1_500, 15_000, 0), (1_464, 10, 14_640, 0)),
        ] {
            let shape = Shape::new(given.0, given.1, given.2).unwrap();
            assert_eq!((shape.symbol(), shape.sources(), shape.block(), shape.repairs()), found, "{given:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (mtu, block, repair) in
            [(99, 2_640, 2), (9_001, 90_000, 2), (1_500, 1_463, 2), (1_500, 8 << 21, 2), (1_500, 14_640, 101)]
        {
            assert!(Shape::new(mtu, block, repair).is_err(), "{mtu} {block} {repair}");
        }
        // Every shape that is taken can be encoded and decoded: RaptorQ stops the program where one cannot.
        for mtu in [100, 101, 576, 1_500, 9_000] {
            for block in [64, 100, 1_464, 10_000, 1 << 20, 8 << 20] {
                let Ok(shape) = Shape::new(mtu, block, 7) else { continue };
                assert_eq!(shape.config().source_blocks(), 1, "{mtu} {block}");
            }
        }
    }
}
