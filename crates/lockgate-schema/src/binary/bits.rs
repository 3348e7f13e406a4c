//! Bits of a buffer, for the compiled program and the emitter. The plain interpreter reads them one by one, by itself.

/// The `count` bits (at most 64) from bit `at`, as a number; `None` beyond the end. Most significant bit first.
#[inline]
pub(super) fn take(bytes: &[u8], at: usize, count: u8) -> Option<u64> {
    let rest = 64_u32.wrapping_sub(u32::from(count));
    if (count <= 57 || at & 7 == 0)
        && let Some(word) = quick(bytes, at)
    {
        return Some(if count == 0 { 0 } else { word.wrapping_shr(rest) });
    }
    slow(bytes, at >> 3, at & 7, usize::from(count))
}

/// The bits from bit `at` on, at the high end of a word: at least 57 of them. `None` where there are not so many bytes.
#[inline]
pub(super) fn quick(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at >> 3..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*word).wrapping_shl(u32::try_from(at & 7).unwrap_or(0)))
}

/// The same near the end, or of more bits.
#[inline(never)]
fn slow(bytes: &[u8], first: usize, skip: usize, count: usize) -> Option<u64> {
    let used = skip.wrapping_add(count);
    let end = first.checked_add(used.div_ceil(8))?;
    // The last eight bytes of the object, where all lies within them.
    if end <= bytes.len()
        && let Some(from) = bytes.len().checked_sub(8).filter(|from| *from <= first)
        && let Some(word) = bytes.last_chunk::<8>()
        && count > 0
    {
        let before = first.wrapping_sub(from).wrapping_mul(8).wrapping_add(skip);
        let word = u64::from_be_bytes(*word).wrapping_shl(u32::try_from(before).unwrap_or(0));
        return Some(word >> 64_usize.wrapping_sub(count).min(63));
    }
    let mut value = 0_u128;
    let span = bytes.get(first..end)?;
    for byte in span {
        value = (value << 8) | u128::from(*byte);
    }
    let spare = span.len().wrapping_mul(8).wrapping_sub(used);
    let mask = 1_u128.wrapping_shl(u32::try_from(count).unwrap_or(0)).wrapping_sub(1);
    u64::try_from(value.wrapping_shr(u32::try_from(spare).unwrap_or(0)) & mask).ok()
}

/// The same, least significant bit first: bit 0 of the result is the lowest bit of the first byte.
#[inline(never)]
pub(super) fn take_low(bytes: &[u8], at: usize, count: u8) -> Option<u64> {
    let (first, skip) = (at >> 3, at & 7);
    let used = skip.wrapping_add(usize::from(count));
    let span = bytes.get(first..first.checked_add(used.div_ceil(8))?)?;
    let mut value = 0_u128;
    for byte in span.iter().rev() {
        value = (value << 8) | u128::from(*byte);
    }
    let mask = 1_u128.wrapping_shl(u32::from(count)).wrapping_sub(1);
    u64::try_from(value.wrapping_shr(u32::try_from(skip).unwrap_or(0)) & mask).ok()
}

/// `value` of `bits` bits (whole bytes) with its bytes in the other order.
#[inline]
pub(super) fn swapped(value: u64, bits: u8) -> u64 {
    value.swap_bytes() >> 64_u8.saturating_sub(bits)
}

/// `raw` of `bits` bits in two's complement.
#[inline]
pub(super) fn extended(raw: u64, bits: u8) -> i64 {
    let shift = 64_u32.saturating_sub(u32::from(bits));
    raw.wrapping_shl(shift).cast_signed() >> shift.min(63)
}

/// The lowest `bits` bits.
#[inline]
pub(crate) fn low(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { 1_u64.wrapping_shl(u32::from(bits)).wrapping_sub(1) }
}

/// Bits on their way out, behind what a buffer holds.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) out: &'a mut Vec<u8>,
    /// Where the first bit stood.
    start: usize,
    /// Bits of the last byte that are taken; 0 where it is full.
    taken: u8,
    lsb_first: bool,
}

impl<'a> Writer<'a> {
    /// A writer behind what `out` holds.
    pub(super) fn new(out: &'a mut Vec<u8>, lsb_first: bool) -> Self {
        let start = out.len();
        Self { out, start, taken: 0, lsb_first }
    }

    /// True where the lowest bit of a byte comes first.
    pub(super) fn lsb_first(&self) -> bool {
        self.lsb_first
    }

    /// True at the begin of a byte.
    pub(super) fn is_aligned(&self) -> bool {
        self.taken == 0
    }

    /// The bit, counted from the first one written, at byte `place` of the buffer.
    pub(super) fn bit_of(&self, place: usize) -> usize {
        place.saturating_sub(self.start).saturating_mul(8)
    }

    /// Bits written.
    pub(super) fn at(&self) -> usize {
        let bytes = self.out.len().saturating_sub(self.start);
        let missing = if self.taken == 0 { 0 } else { 8_u8.saturating_sub(self.taken) };
        bytes.saturating_mul(8).saturating_sub(usize::from(missing))
    }

    /// The bytes written.
    pub(super) fn written(&self) -> &[u8] {
        self.out.get(self.start..).unwrap_or(&[])
    }

    /// Writes the lowest `count` bits of `value`.
    pub(super) fn put(&mut self, value: u64, count: u8) {
        if self.taken == 0 && count == 8 {
            self.out.push(u8::try_from(value & 0xFF).unwrap_or(0));
            return;
        }
        for index in 0..count {
            let shift = if self.lsb_first { index } else { count.saturating_sub(1).saturating_sub(index) };
            self.bit(value.wrapping_shr(u32::from(shift)) & 1 == 1);
        }
    }

    /// Writes one bit.
    pub(super) fn bit(&mut self, set: bool) {
        if self.taken == 0 {
            self.out.push(0);
        }
        let place = if self.lsb_first { self.taken } else { 7_u8.saturating_sub(self.taken) };
        if let Some(last) = self.out.last_mut().filter(|_| set) {
            *last |= 1_u8.wrapping_shl(u32::from(place));
        }
        self.taken = self.taken.wrapping_add(1) & 7;
    }

    /// Writes `count` bits of `value` again, at bit `at` of the whole buffer.
    pub(super) fn patch_from_begin(&mut self, at: usize, value: u64, count: u8) {
        self.start = 0;
        self.patch(at, value, count);
    }

    /// Writes `count` bits of `value` again, at bit `at`.
    pub(super) fn patch(&mut self, at: usize, value: u64, count: u8) {
        for index in 0..count {
            let shift = if self.lsb_first { index } else { count.saturating_sub(1).saturating_sub(index) };
            let set = value.wrapping_shr(u32::from(shift)) & 1 == 1;
            let bit = at.saturating_add(usize::from(index));
            let low = u32::try_from(bit & 7).unwrap_or(0);
            let place = if self.lsb_first { low } else { 7_u32.saturating_sub(low) };
            let mask = 1_u8.wrapping_shl(place);
            if let Some(byte) = self.out.get_mut(self.start.saturating_add(bit >> 3)) {
                *byte = if set { *byte | mask } else { *byte & !mask };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Writer, extended, swapped, take, take_low};

    #[test]
    fn what_was_put_is_taken_from_any_bit_on() {
        for lsb_first in [false, true] {
            for skip in 0..17_u8 {
                for count in 1..=64_u8 {
                    let value = 0x9E37_79B9_7F4A_7C15_u64 >> (64 - count);
                    let mut out = vec![0xAA];
                    let mut writer = Writer::new(&mut out, lsb_first);
                    writer.put(0, skip);
                    writer.put(value, count);
                    assert_eq!(writer.at(), usize::from(skip + count));
                    writer.patch(usize::from(skip), !value, count);
                    writer.patch(usize::from(skip), value, count);
                    for padding in [0, 9] {
                        let mut bytes = out[1..].to_vec();
                        bytes.extend(vec![0xFF; padding]);
                        let read = if lsb_first { take_low } else { take };
                        assert_eq!(read(&bytes, usize::from(skip), count), Some(value), "{skip} {count}");
                    }
                    let read = if lsb_first { take_low } else { take };
                    assert_eq!(read(&out[1..], usize::from(skip) + 8, count.max(57)), None);
                }
            }
        }
    }

    #[test]
    fn signs_and_byte_orders() {
        assert_eq!(extended(0b111, 3), -1);
        assert_eq!(extended(0b011, 3), 3);
        assert_eq!(extended(u64::MAX, 64), -1);
        assert_eq!(swapped(0x1234, 16), 0x3412);
        assert_eq!(swapped(0x12, 8), 0x12);
    }
}
