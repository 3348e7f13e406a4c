//! Lengths of two or four bytes.

use crate::Why;

/// A length in front of each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Bytes of the frame before the length; at most [`super::OFFSET_MAX`].
    pub offset: usize,
    /// How wide it is.
    pub width: Width,
    /// Which byte comes first.
    pub order: ByteOrder,
    /// True: it counts the whole frame from its first byte, and the header is part of the object. False: it counts what
    /// follows it, and the header is left out of the object.
    pub includes_header: bool,
}

/// How wide a length is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 16 bits.
    Two,
    /// 32 bits.
    Four,
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The most significant one.
    Big,
    /// The least significant one.
    Little,
}

impl Length {
    /// Bytes up to the end of the length.
    pub(super) fn header(self) -> usize {
        self.offset.saturating_add(match self.width {
            Width::Two => 2,
            Width::Four => 4,
        })
    }

    /// Bytes of the frame with its header. `head` holds the header at least.
    pub(super) fn total(self, head: &[u8], max: usize) -> Result<usize, Why> {
        let field = head.get(self.offset..self.header()).ok_or(Why::BadLength)?;
        let number = match (field, self.order) {
            ([a, b], ByteOrder::Big) => u32::from(u16::from_be_bytes([*a, *b])),
            ([a, b], ByteOrder::Little) => u32::from(u16::from_le_bytes([*a, *b])),
            ([a, b, c, d], ByteOrder::Big) => u32::from_be_bytes([*a, *b, *c, *d]),
            ([a, b, c, d], ByteOrder::Little) => u32::from_le_bytes([*a, *b, *c, *d]),
            _ => return Err(Why::BadLength),
        };
        let number = usize::try_from(number).map_err(|_| Why::Oversize)?;
        let least = if self.includes_header { self.header() } else { 1 };
        if number < least {
            return Err(Why::BadLength);
        }
        if number > max {
            return Err(Why::Oversize);
        }
        Ok(if self.includes_header { number } else { number.saturating_add(self.header()) })
    }
}
