//! Lengths of seven bits a byte, as Protocol Buffers have them.

use crate::Why;

/// A length of unknown width in each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Varint {
    /// Bytes of the frame before the length; at most [`super::OFFSET_MAX`].
    pub offset: usize,
    /// Fewer bytes than that are no length, and the stream cannot be cut.
    pub least: usize,
}

/// The most bytes of a varint: 28 bits are more than any frame has.
const VARINT_MAX: usize = 4;

impl Varint {
    /// Bytes of the frame from its first on; `None` where `head` does not hold the length whole.
    pub(super) fn total(self, head: &[u8], max: usize) -> Result<Option<usize>, Why> {
        let (mut number, mut end) = (0_usize, self.offset);
        for (index, byte) in head.iter().skip(self.offset).take(VARINT_MAX).enumerate() {
            let shift = u32::try_from(index.saturating_mul(7)).unwrap_or(0);
            number |= usize::from(byte & 0x7F).wrapping_shl(shift);
            end = end.saturating_add(1);
            if byte & 0x80 != 0 {
                continue;
            }
            // A last byte of zero says nothing: a length longer than it needs to be.
            if number < self.least.max(1) || (*byte == 0 && index > 0) {
                return Err(Why::BadLength);
            }
            let total = number.saturating_add(end);
            return if total > max { Err(Why::Oversize) } else { Ok(Some(total)) };
        }
        if end >= self.offset.saturating_add(VARINT_MAX) { Err(Why::BadLength) } else { Ok(None) }
    }
}
