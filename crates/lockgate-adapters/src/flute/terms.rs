//! How a link is used.

use super::lct::{FDT_HEAD, OBJECT_HEAD};
use super::oti::{BLOCK_MOST, Code, Oti, OtiFault};
use crate::Objects;
use lockgate_bytes::Duration;

/// Most blocks that RaptorQ can number.
const BLOCKS_MOST: u64 = 255;
/// What symbols of RaptorQ are a multiple of, in bytes.
pub(super) const ALIGN: u16 = 4;
/// What stands about an object in a table, in bytes, at most.
const TABLE_BYTES: usize = 512;

/// How a link of FLUTE is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The session (TSI); the other end has to be told the same.
    pub session: u32,
    /// Bytes of a symbol: a multiple of 4, 64 to 8,960. A datagram of an object has [`OBJECT_HEAD`] more.
    pub symbol: u16,
    /// Most source symbols of a block, 1 to 8,192.
    pub block: u16,
    /// Repairs of each block for a hundred source symbols, at least one where it is not 0; 0 to 200. With 0 there is no code.
    pub repair: u32,
    /// How objects stand in what is sent; the other end has to be told the same.
    pub objects: Objects,
    /// The rate of the link in bit/s, headers included; none where something else keeps it.
    pub rate: Option<u64>,
    /// Bytes of a datagram's headers on the link: 28 for IPv4 and UDP.
    pub headers: usize,
    /// After so long without a table, an object that is being sent is named again; after so long without a datagram, there is a sign of
    /// life. None where neither is.
    pub heartbeat: Option<Duration>,
    /// How long a table says anything, 1 s to 24 h: as far as the clocks of both ends may be apart. An object that takes longer is named
    /// again before its table ends.
    pub expires: Duration,
    /// How often an object is sent after the first time.
    pub repeat: u8,
    /// How long after it was sent it is sent again.
    pub after: Duration,
    /// Most bytes of objects that are to be sent again; what is beyond is sent once.
    pub repeat_bytes: usize,
}

impl Terms {
    /// Whether these can be.
    ///
    /// # Errors
    /// [`OtiFault`] where a bound does not hold.
    pub fn check(&self) -> Result<(), OtiFault> {
        let second = 1_000_000_000_i64;
        if !(64..=8_960).contains(&self.symbol) || !self.symbol.is_multiple_of(ALIGN) {
            return Err(OtiFault("a symbol has 64 to 8,960 bytes, a multiple of 4"));
        }
        if !(1..=BLOCK_MOST).contains(&u32::from(self.block)) || self.repair > 200 {
            return Err(OtiFault("a block has 1 to 8,192 symbols, and at most 200 repairs for a hundred"));
        }
        if !(second..=second.saturating_mul(86_400)).contains(&self.expires.nanos()) {
            return Err(OtiFault("tables say something for 1 s to 24 h"));
        }
        Ok(())
    }

    /// How an object of so many bytes is cut, head included; `None` where it cannot be.
    pub(super) fn oti(&self, bytes: usize) -> Option<Oti> {
        let transfer = u64::try_from(bytes).ok()?;
        let symbols = transfer.div_ceil(u64::from(self.symbol));
        let code = if self.repair == 0 || transfer == 0 {
            Code::None { block: u32::from(self.block) }
        } else {
            let blocks = symbols.div_ceil(u64::from(self.block));
            let blocks = u8::try_from(blocks).ok().filter(|blocks| u64::from(*blocks) <= BLOCKS_MOST)?;
            Code::RaptorQ { blocks, parts: 1, align: u8::try_from(ALIGN).ok()? }
        };
        Some(Oti { code, symbol: self.symbol, transfer }).filter(|oti| oti.cut().is_ok())
    }

    /// Repairs of a block of so many source symbols.
    pub(super) fn repairs(&self, sources: u32) -> u32 {
        sources.saturating_mul(self.repair).div_ceil(100)
    }

    /// Bytes of a table in one datagram.
    pub(super) fn table_symbol(&self) -> u16 {
        let more = FDT_HEAD.saturating_sub(OBJECT_HEAD);
        self.symbol.saturating_sub(u16::try_from(more).unwrap_or(0)).max(1)
    }

    /// Bytes of the longest datagram.
    #[must_use]
    pub fn datagram(&self) -> usize {
        usize::from(self.symbol).saturating_add(OBJECT_HEAD)
    }

    /// Most bytes that an object of so many bytes takes on the link when it is sent once, with repairs, two tables and all headers.
    #[must_use]
    pub fn object_wire_bytes(&self, object: usize) -> u64 {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let bytes = object.saturating_add(self.objects.head_bytes());
        let Some(cut) = self.oti(bytes).and_then(|oti| oti.cut().ok()) else { return u64::MAX };
        let each = wide(OBJECT_HEAD.saturating_add(self.headers));
        let block = |block: u32| {
            let sources = cut.sources(block).unwrap_or(0);
            let all = u64::from(sources.saturating_add(cut.repairs(sources, self)));
            // With a code, the last symbol is filled up.
            let filled = all.saturating_mul(u64::from(self.symbol));
            let bytes = if cut.oti.code.id() == 0 { wide(cut.bytes(block)) } else { filled };
            all.saturating_mul(each).saturating_add(bytes)
        };
        let tables = TABLE_BYTES
            .div_ceil(usize::from(self.table_symbol()))
            .saturating_mul(FDT_HEAD.saturating_add(self.headers));
        let tables = wide(tables.saturating_add(TABLE_BYTES)).saturating_mul(2);
        (0..cut.blocks()).map(block).fold(tables, u64::saturating_add)
    }

    /// How long so many bytes take on the link.
    pub(super) fn time_of(&self, bytes: u64) -> Duration {
        let bits = u128::from(bytes).saturating_mul(8);
        let nanos =
            self.rate.map_or(0, |rate| bits.saturating_mul(1_000_000_000).div_ceil(u128::from(rate.max(1))));
        Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Terms;
    use crate::Objects;
    use crate::flute::Code;
    use lockgate_bytes::Duration;

    fn terms() -> Terms {
        Terms {
            session: 1,
            symbol: 1_400,
            block: 1_024,
            repair: 25,
            objects: Objects::Checked,
            rate: None,
            headers: 28,
            heartbeat: None,
            expires: Duration::from_secs(60),
            repeat: 0,
            after: Duration::from_secs(1),
            repeat_bytes: 0,
        }
    }

    #[test]
    fn objects_are_cut_into_blocks_that_can_be_numbered() {
        let cut = |bytes: usize| terms().oti(bytes).map(|oti| oti.code);
        assert_eq!(cut(0), Some(Code::None { block: 1_024 }));
        assert_eq!(cut(1), Some(Code::RaptorQ { blocks: 1, parts: 1, align: 4 }));
        assert_eq!(cut(1_024 * 1_400 + 1), Some(Code::RaptorQ { blocks: 2, parts: 1, align: 4 }));
        assert_eq!(cut(255 * 1_024 * 1_400), Some(Code::RaptorQ { blocks: 255, parts: 1, align: 4 }));
        assert_eq!(cut(255 * 1_024 * 1_400 + 1), None);
        assert_eq!((terms().repairs(1), terms().repairs(1_024)), (1, 256));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(terms().check(), Ok(()));
        for bad in [
            Terms { symbol: 60, ..terms() },
            Terms { symbol: 1_402, ..terms() },
            Terms { symbol: 8_964, ..terms() },
            Terms { block: 0, ..terms() },
            Terms { block: 8_193, ..terms() },
            Terms { repair: 201, ..terms() },
            Terms { expires: Duration::from_nanos(1), ..terms() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
