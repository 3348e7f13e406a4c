//! Lengths as BER has them (ISO/IEC 8825-1, 8.1.3), such as those behind the keys of SMPTE ST 336.

use crate::Why;

/// A length as BER has it: one byte below 128, or one that says how many there are, and these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ber {
    /// Bytes of the frame before the length; at most [`super::OFFSET_MAX`].
    pub offset: usize,
}

/// The most bytes behind the first: 32 bits are more than any frame has.
const BYTES_MAX: usize = 4;

impl Ber {
    /// Bytes of the frame from its first on; `None` where `head` does not hold the length whole. A length with more bytes
    /// than it needs tells the same end: the type's reader refuses the object for it, and the stream goes on.
    pub(super) fn total(self, head: &[u8], max: usize) -> Result<Option<usize>, Why> {
        let Some((first, rest)) = head.get(self.offset..).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        let before = self.offset.saturating_add(1);
        let (number, before) = match usize::from(*first) {
            short @ ..0x80 => (short, before),
            // Without a length, and what is reserved.
            0x80 | 0xFF => return Err(Why::BadLength),
            long => {
                let count = long.wrapping_sub(0x80);
                if count > BYTES_MAX {
                    return Err(Why::BadLength);
                }
                let Some(bytes) = rest.get(..count) else { return Ok(None) };
                let number = bytes.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
                (usize::try_from(number).map_err(|_| Why::Oversize)?, before.saturating_add(count))
            }
        };
        let total = number.saturating_add(before);
        if total > max { Err(Why::Oversize) } else { Ok(Some(total)) }
    }
}
