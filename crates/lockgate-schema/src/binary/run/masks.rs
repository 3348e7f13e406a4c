//! Presence bits and extensions.

use super::Run;
use crate::binary::says;
use lockgate_reason::schema;

impl Run<'_, '_> {
    pub(super) fn fx(&mut self, to: u32, last: bool) -> Option<u32> {
        let start = self.at;
        match (self.take(1)?, last) {
            (0, _) => Some(to),
            (_, false) => Some(0),
            (_, true) => self.stop_at(schema::UNKNOWN_PART, start, self.at, Some(says::BEYOND_LAST)),
        }
    }

    /// Octets of seven slots and one bit each. The last one must say something.
    pub(super) fn fx_mask(&mut self, slots: u8, known: u64) -> Option<u64> {
        let (start, mut mask, mut count) = (self.at, 0_u64, 0_u8);
        loop {
            let octet_at = self.at;
            let octet = self.take(8)?;
            // The first slot is the highest bit; slots are kept lowest first.
            let seven = (octet >> 1).reverse_bits() >> 57;
            mask |= seven.wrapping_shl(u32::from(count));
            count = count.wrapping_add(7);
            if octet & 1 == 0 {
                if seven == 0 {
                    return self.stop_at(schema::LONGER_THAN_NEEDED, octet_at, self.at, Some(says::EMPTY_FX));
                }
                break;
            }
            if count >= slots {
                return self.stop_at(schema::UNKNOWN_PART, octet_at, self.at, Some(says::BEYOND_LAST));
            }
        }
        if mask & !known != 0 {
            return self.stop_at(schema::UNKNOWN_PART, start, self.at, Some(says::SPARE_SLOT));
        }
        Some(mask)
    }

    pub(super) fn plain_mask(&mut self, slots: u8, known: u64) -> Option<u64> {
        let start = self.at;
        let taken = self.take(slots)?;
        let mask = if self.program.lsb_first {
            taken
        } else {
            taken.reverse_bits().wrapping_shr(64_u32.wrapping_sub(u32::from(slots)))
        };
        if mask & !known != 0 {
            return self.stop_at(schema::UNKNOWN_PART, start, self.at, Some(says::SPARE_SLOT));
        }
        Some(mask)
    }
}
