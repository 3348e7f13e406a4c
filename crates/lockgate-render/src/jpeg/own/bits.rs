//! Coded data bit by bit, highest first (ITU-T T.81, F.2.2.5): a zero behind a byte of ones is left out, and at any other byte
//! there the data end.

/// Bits of data between two markers.
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    /// Bits that were taken from the bytes, the next one highest; zeros behind them.
    held: u64,
    count: u32,
}

/// What was left of the data when the last block had been read.
pub(super) struct End<'a> {
    /// From the marker on.
    pub(super) rest: &'a [u8],
    /// How many bits fill up the last byte, and what they are.
    pub(super) fill: (u32, u32),
    /// There are bytes behind it that are of no block.
    pub(super) beyond: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest, held: 0, count: 0 }
    }

    /// Takes bytes in, so that there are as many bits as a code and its number have: 32. At the end of the data there are fewer.
    pub(super) fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some((word, rest)) = self.rest.split_first_chunk::<4>() {
            let word = u32::from_be_bytes(*word);
            if !has_ones(word) {
                self.held |= u64::from(word).wrapping_shl(32_u32.wrapping_sub(self.count));
                self.count = self.count.wrapping_add(32);
                self.rest = rest;
                return;
            }
        }
        while self.count <= 56 {
            let (byte, rest) = match self.rest {
                [0xFF, 0, rest @ ..] => (0xFF_u8, rest),
                [0xFF, ..] | [] => return,
                [byte, rest @ ..] => (*byte, rest),
            };
            self.held |= u64::from(byte).wrapping_shl(56_u32.wrapping_sub(self.count));
            self.count = self.count.wrapping_add(8);
            self.rest = rest;
        }
    }

    /// The next bits, 32 at most; zeros where there are none.
    pub(super) fn peek(&self, bits: u32) -> u32 {
        let ahead = self.held.wrapping_shr(1).wrapping_shr(63_u32.wrapping_sub(bits));
        u32::try_from(ahead).unwrap_or(0)
    }

    /// Passes over bits; `None` where there are not as many.
    pub(super) fn pass(&mut self, bits: u32) -> Option<()> {
        self.count = self.count.checked_sub(bits)?;
        self.held = self.held.wrapping_shl(bits);
        Some(())
    }

    /// So many bits, 16 at most.
    pub(super) fn take(&mut self, bits: u32) -> Option<u32> {
        self.fill();
        let taken = self.peek(bits);
        self.pass(bits).map(|()| taken)
    }

    /// A number of so many bits, 15 at most (T.81, figure F.12): those that begin with a zero are below zero.
    pub(super) fn number(&mut self, size: u32) -> Option<i32> {
        if size == 0 {
            return Some(0);
        }
        let bits = self.peek(size);
        self.pass(size)?;
        let least = 1_u32.wrapping_shl(size.wrapping_sub(1));
        let below = if bits < least { least.wrapping_mul(2).wrapping_sub(1) } else { 0 };
        Some(bits.cast_signed().wrapping_sub(below.cast_signed()))
    }

    /// Ends the data: whatever stands before the next marker is passed over, and told.
    pub(super) fn end(self) -> End<'a> {
        let fill = self.count % 8;
        let bytes = self.rest;
        let mut rest = bytes;
        loop {
            rest = match rest {
                [0xFF, 0, rest @ ..] => rest,
                [0xFF, ..] | [] => break,
                [_, rest @ ..] => rest,
            };
        }
        let beyond = self.count >= 8 || rest.len() < bytes.len();
        End { rest, fill: (fill, self.peek(fill)), beyond }
    }
}

/// True where one of four bytes is all ones.
fn has_ones(word: u32) -> bool {
    let zeros = !word;
    zeros.wrapping_sub(0x0101_0101) & word & 0x8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_zero_behind_ones_is_left_out_and_a_marker_ends() {
        let mut bits = Bits::new(&[0xA5, 0xFF, 0x00, 0x01, 0xFF, 0xD9, 7]);
        assert_eq!((bits.take(8), bits.take(12), bits.take(4)), (Some(0xA5), Some(0xFF0), Some(1)));
        assert_eq!(bits.take(1), None);
        let end = bits.end();
        assert_eq!((end.rest, end.fill, end.beyond), (&[0xFF, 0xD9, 7][..], (0, 0), false));
    }

    #[test]
    fn what_is_left_is_told() {
        for (bytes, taken, fill, beyond) in [
            (&[0xA7][..], 5, (3, 7), false),
            (&[0xA7, 0x00], 5, (3, 7), true),
            (&[0xA0, 0xFF, 0x00], 4, (4, 0), true),
            (&[0xA7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, (3, 7), true),
            (&[0xA7], 8, (0, 0), false),
        ] {
            let mut bits = Bits::new(bytes);
            assert!(bits.take(taken).is_some());
            let end = bits.end();
            assert_eq!((end.fill, end.beyond), (fill, beyond), "{bytes:?}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_standard() {
        let numbers = |size: u32| {
            (0..1_u8 << size).map(move |bits| {
                let byte = [bits << (8 - size)];
                let mut bits = Bits::new(&byte);
                bits.fill();
                bits.number(size).unwrap()
            })
        };
        assert_eq!(numbers(1).collect::<Vec<_>>(), [-1, 1]);
        assert_eq!(numbers(2).collect::<Vec<_>>(), [-3, -2, 2, 3]);
        assert_eq!(numbers(3).collect::<Vec<_>>(), [-7, -6, -5, -4, 4, 5, 6, 7]);
    }

    proptest! {
        #[test]
        fn bits_come_as_they_stand(bytes in proptest::collection::vec(any::<u8>(), 0..40), sizes in proptest::collection::vec(1_u32..=16, 1..60)) {
            let stuffed: Vec<u8> =
                bytes.iter().flat_map(|byte| if *byte == 0xFF { vec![0xFF, 0] } else { vec![*byte] }).collect();
            let mut bits = Bits::new(&stuffed);
            let mut all = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| u32::from(byte >> at & 1)));
            let mut left = bytes.len() * 8;
            for size in sizes {
                let taken = bits.take(size);
                prop_assert_eq!(taken.is_some(), size as usize <= left);
                let Some(taken) = taken else { break };
                left -= size as usize;
                prop_assert_eq!(taken, all.by_ref().take(size as usize).fold(0, |sum, bit| sum << 1 | bit));
            }
        }
    }
}
