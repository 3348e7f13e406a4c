//! Datagrams and blocks as lidi 2.1 writes them.
//!
//! ```text
//!   datagram: block id (1), symbol id (3, most significant byte first), symbol
//!   block:    client (4, least significant byte first), kind (1), length (4, the same), payload, zeros
//! ```

use super::Shape;
use alloc::vec::Vec;
use lockgate_bytes::Untrusted;

/// Bytes of a datagram before its symbol.
pub const DATAGRAM_HEAD: usize = 4;
/// Bytes of a block before its payload.
pub const BLOCK_HEAD: usize = 9;

/// A datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// The block, modulo 256.
    pub block: u8,
    /// Which symbol of it: below the number of sources a source, else a repair; below 2^24.
    pub index: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl<'a> Symbol<'a> {
    /// Reads a datagram; `None` where it has not the length that all have.
    #[must_use]
    pub fn read(datagram: &'a [u8], shape: Shape) -> Option<Self> {
        if datagram.len() != shape.datagram() {
            return None;
        }
        let mut reader = Untrusted::new(datagram).reader();
        let block = reader.byte()?;
        let [high, middle, low] = *reader.take(3)?.first_chunk()?;
        let index = u32::from_be_bytes([0, high, middle, low]);
        Some(Self { block, index, bytes: reader.rest() })
    }

    /// Writes the datagram behind what is in `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let [_, high, middle, low] = self.index.to_be_bytes();
        out.extend([self.block, high, middle, low]);
        out.extend_from_slice(self.bytes);
    }
}

/// What a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The sender is there.
    Heartbeat,
    /// A transfer begins.
    Start,
    /// A part of it.
    Data,
    /// The sender gives it up.
    Abort,
    /// It ends, perhaps with a last part.
    End,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Heartbeat => 0,
            Self::Start => 1,
            Self::Data => 2,
            Self::Abort => 3,
            Self::End => 4,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Self::Heartbeat, Self::Start, Self::Data, Self::Abort, Self::End]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Which transfer.
    pub client: u32,
    /// What it says.
    pub kind: Kind,
    /// A part of the transfer; empty but for data and end.
    pub payload: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads a whole block; `None` where it is not exactly as the format has it: another kind (newer versions have more), a payload where
    /// there is none, a length beyond the block, anything but zeros behind the payload.
    #[must_use]
    pub fn read(block: &'a [u8], shape: Shape) -> Option<Self> {
        if block.len() != shape.block() {
            return None;
        }
        let mut reader = Untrusted::new(block).reader();
        let client = u32::from_le_bytes(*reader.take(4)?.first_chunk()?);
        let kind = Kind::of(reader.byte()?)?;
        let length = u32::from_le_bytes(*reader.take(4)?.first_chunk()?);
        let payload = reader.take(usize::try_from(length).ok()?)?;
        let is_plain = reader.rest().iter().all(|byte| *byte == 0);
        let may_carry = matches!(kind, Kind::Data | Kind::End);
        (is_plain && (may_carry || payload.is_empty())).then_some(Self { client, kind, payload })
    }

    /// The whole block, with zeros to its end.
    #[must_use]
    pub fn write(&self, shape: Shape) -> Vec<u8> {
        let mut block = Vec::with_capacity(shape.block());
        block.extend(self.client.to_le_bytes());
        block.push(self.kind.code());
        block.extend(u32::try_from(self.payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        block.extend_from_slice(self.payload);
        block.resize(shape.block(), 0);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_HEAD, Block, Kind, Symbol};
    use crate::lidi::Shape;
    use alloc::{vec, vec::Vec};
    use proptest::prelude::*;

    fn shape() -> Shape {
        Shape::new(100, 128, 0).unwrap()
    }

    #[test]
    fn what_is_not_exactly_a_block_is_none() {
        let good = Block { client: 7, kind: Kind::Data, payload: b"abc" }.write(shape());
        assert_eq!(Block::read(&good, shape()).map(|it| it.payload), Some(&b"abc"[..]));
        let changed = |at: usize, to: u8| {
            let mut other = good.clone();
            other[at] = to;
            other
        };
        // A kind that there is not; kinds that carry nothing; a length beyond the block; a length that is too short; a byte behind.
        for (at, to) in [(4, 5), (4, 0), (4, 1), (4, 3), (8, 1), (5, 2), (good.len() - 1, 1)] {
            assert_eq!(Block::read(&changed(at, to), shape()), None, "byte {at} = {to}");
        }
        assert_eq!(Block::read(&good[1..], shape()), None);
        assert_eq!(Block::read(&[], shape()), None);
    }

    #[test]
    fn a_datagram_of_another_length_is_none() {
        for length in [0, 1, 3, 4, shape().datagram() - 1, shape().datagram() + 1] {
            assert_eq!(Symbol::read(&vec![0; length], shape()), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_would_be_written(bytes in prop::collection::vec(any::<u8>(), shape().block())) {
            if let Some(block) = Block::read(&bytes, shape()) {
                prop_assert_eq!(block.write(shape()), bytes);
            }
        }

        #[test]
        fn what_is_written_is_read(client: u32, payload in prop::collection::vec(any::<u8>(), 0..shape().room())) {
            prop_assert_eq!(shape().room(), shape().block() - BLOCK_HEAD);
            for kind in [Kind::Data, Kind::End] {
                let block = Block { client, kind, payload: &payload };
                let bytes = block.write(shape());
                prop_assert_eq!(Block::read(&bytes, shape()), Some(block));
            }
        }

        #[test]
        fn datagrams_survive(block: u8, index in 0_u32..1 << 24, first: u8) {
            let bytes: Vec<u8> = (0..shape().symbol()).map(|at| first.wrapping_add(at as u8)).collect();
            let symbol = Symbol { block, index, bytes: &bytes };
            let mut out = Vec::new();
            symbol.write(&mut out);
            prop_assert_eq!(Symbol::read(&out, shape()), Some(symbol));
        }
    }
}
