//! Codes of coefficients as a file states them (ITU-T T.81, annex C and F.2.2.3).

use super::bits::Bits;

/// Codes up to this length are found at once.
const QUICK: u32 = 9;

/// Codes and what they stand for, ready to be read.
pub(super) struct Table<'a> {
    /// For the next bits: what their first code stands for, and how long it is; 0 where it is longer than they are.
    quick: [(u8, u8); 1 << QUICK],
    /// For each length: the first code that is not of it, or a shorter one, with zeros behind it to 16 bits; how many codes there
    /// are up to there.
    ends: [(u32, usize); 16],
    symbols: &'a [u8],
}

impl<'a> Table<'a> {
    /// `None` where there are more codes than such lengths have room for, or not as many symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &'a [u8]) -> Option<Self> {
        let mut made = Self { quick: [(0, 0); 1 << QUICK], ends: [(0, 0); 16], symbols };
        let (mut code, mut seen) = (0_u32, 0_usize);
        for ((count, end), length) in counts.iter().zip(&mut made.ends).zip(1_u32..) {
            for symbol in symbols.iter().skip(seen).take(usize::from(*count)) {
                if let Some(behind) = QUICK.checked_sub(length) {
                    let from = usize::try_from(code.wrapping_shl(behind)).ok()?;
                    let places = made.quick.iter_mut().skip(from).take(1_usize.wrapping_shl(behind));
                    let length = u8::try_from(length).ok()?;
                    places.for_each(|place| *place = (*symbol, length));
                }
                code = code.checked_add(1)?;
            }
            seen = seen.checked_add(usize::from(*count))?;
            if code > 1_u32.wrapping_shl(length) {
                return None;
            }
            *end = (code.wrapping_shl(16_u32.wrapping_sub(length)), seen);
            code = code.wrapping_mul(2);
        }
        (seen == symbols.len()).then_some(made)
    }

    /// Reads a code; `None` where there is none, or the data end inside of it. Whoever asks has filled the bits.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let ahead = usize::try_from(bits.peek(QUICK)).ok()?;
        match self.quick.get(ahead) {
            Some((symbol, length)) if *length > 0 => bits.pass(u32::from(*length)).map(|()| *symbol),
            _ => self.long(bits),
        }
    }

    /// The codes of one length follow each other, so the last ones of it say which one this is.
    fn long(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let ahead = bits.peek(16);
        let ((end, seen), length) = self.ends.iter().zip(1_u32..).find(|((end, _), _)| ahead < *end)?;
        let from_end = end.wrapping_sub(ahead).wrapping_sub(1).wrapping_shr(16_u32.wrapping_sub(length));
        let at = seen.checked_sub(usize::try_from(from_end).ok()?)?.checked_sub(1)?;
        bits.pass(length)?;
        self.symbols.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::code::{CHROMINANCE, Codes, LUMINANCE};
    use super::*;

    /// A code and its length as the first bits of data, with ones behind them.
    fn data((code, length): (u16, u8)) -> Vec<u8> {
        let word =
            u32::from(code) << (32 - u32::from(length)) | u32::MAX.checked_shr(length.into()).unwrap_or(0);
        word.to_be_bytes()
            .iter()
            .flat_map(|byte| if *byte == 0xFF { vec![0xFF, 0] } else { vec![*byte] })
            .collect()
    }

    #[test]
    fn what_is_written_is_read() {
        for typical in [&LUMINANCE, &CHROMINANCE] {
            let codes = Codes::new(typical);
            let [means, others] = codes.stated();
            let table = |stated: &[u8]| -> (Vec<u8>, [u8; 16]) {
                (stated[16..].to_vec(), *stated.first_chunk().unwrap())
            };
            let ((means, mean_counts), (others, other_counts)) = (table(&means), table(&others));
            let (of_means, of_others) =
                (Table::new(&mean_counts, &means).unwrap(), Table::new(&other_counts, &others).unwrap());
            let read = |table: &Table<'_>, code| {
                let data = data(code);
                let mut bits = Bits::new(&data);
                bits.fill();
                let symbol = table.next(&mut bits);
                (symbol, bits.peek(1), u32::from(code.1))
            };
            for size in 0..12_u8 {
                let code = codes.of_mean(size.into());
                assert_eq!(read(&of_means, code), (Some(size), 1, code.1.into()));
            }
            for symbol in others.iter().copied() {
                let code = codes.of_other(u32::from(symbol >> 4), u32::from(symbol & 15));
                assert_eq!(read(&of_others, code), (Some(symbol), 1, code.1.into()));
            }
            // Of ones alone: no code.
            assert_eq!(read(&of_others, (u16::MAX, 16)).0, None);
        }
    }

    #[test]
    fn more_codes_than_there_is_room_for_are_no_table() {
        let counts = |of: &[(usize, u8)]| {
            let mut counts = [0; 16];
            of.iter().for_each(|(length, count)| counts[length - 1] = *count);
            counts
        };
        assert!(Table::new(&counts(&[(1, 2)]), &[1, 2]).is_some());
        assert!(Table::new(&counts(&[(1, 3)]), &[1, 2, 3]).is_none());
        assert!(Table::new(&counts(&[(1, 2), (5, 1)]), &[1, 2, 3]).is_none());
        assert!(Table::new(&counts(&[(2, 2)]), &[1]).is_none());
        assert!(Table::new(&counts(&[(2, 1)]), &[1, 2]).is_none());
    }
}
