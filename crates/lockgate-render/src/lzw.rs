//! LZW as GIF and TIFF have it (GIF89a specification, appendix F; TIFF 6.0, section 13): read here a second time, by other
//! code than the decoders of others have.

/// Codes have 12 bits at most.
const CODES_MAX: usize = 4_096;

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Bits from the lowest up; codes begin with one bit more than this, which is 1 to 11.
    Gif(u32),
    /// Bits from the highest down; codes grow one entry early.
    Tiff,
}

/// What was unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub(crate) bytes: Vec<u8>,
    /// True where there was more than was asked for, or bits that are not 0 behind the end.
    pub(crate) more: bool,
}

/// Unpacks up to the end code, the end of the data, or `wanted` bytes. `None` for a code that nothing stands for yet.
pub(crate) fn unpack(data: &[u8], flavour: Flavour, wanted: usize) -> Option<Unpacked> {
    let (literal_bits, early) = match flavour {
        Flavour::Gif(bits) => (bits.clamp(1, 11), 0),
        Flavour::Tiff => (8, 1),
    };
    let clear = 1_usize.checked_shl(literal_bits)?;
    let end = clear.checked_add(1)?;
    let mut codes = Codes { data, at: 0, held: 0, bits: 0, flavour };
    let mut bytes: Vec<u8> = Vec::new();
    // What a code stands for is written already: the string before it, and the byte behind that.
    let mut strings: Vec<(usize, usize)> = Vec::with_capacity(CODES_MAX);
    let mut width = literal_bits.saturating_add(1);
    let mut before: Option<(usize, usize)> = None;
    let mut has_ended = false;
    while let Some(code) = codes.next(width) {
        if code == end {
            has_ended = true;
            break;
        }
        if code == clear {
            strings.clear();
            width = literal_bits.saturating_add(1);
            before = None;
            continue;
        }
        if bytes.len() >= wanted {
            // The last string may have been longer than what was left.
            bytes.truncate(wanted);
            return Some(Unpacked { bytes, more: true });
        }
        let begin = bytes.len();
        let full = strings.len().saturating_add(end).saturating_add(1) >= CODES_MAX;
        if let Some((at, length)) = before.filter(|_| !full) {
            strings.push((at, length.saturating_add(1)));
        }
        match code.checked_sub(end.saturating_add(1)) {
            // Below the clear code: a byte.
            None => bytes.push(u8::try_from(code).ok()?),
            Some(index) => copy(&mut bytes, *strings.get(index)?)?,
        }
        before = Some((begin, bytes.len().saturating_sub(begin)));
        let next = strings.len().saturating_add(end).saturating_add(1);
        if width < 12 && next.saturating_add(early) >= 1_usize.checked_shl(width)? {
            width = width.saturating_add(1);
        }
    }
    let behind = data.get(codes.at..).is_some_and(|rest| rest.iter().any(|byte| *byte != 0));
    // The end code ends in the middle of a byte: what is left of that fills it up.
    let more = bytes.len() > wanted || behind || (has_ended && codes.left() != 0);
    bytes.truncate(wanted);
    Some(Unpacked { bytes, more })
}

/// Writes again what stands at a place. Its last byte may be the first one that is written now.
fn copy(bytes: &mut Vec<u8>, (at, length): (usize, usize)) -> Option<()> {
    let end = at.checked_add(length)?;
    if end <= bytes.len() {
        bytes.extend_from_within(at..end);
        return Some(());
    }
    let begin = bytes.len();
    bytes.extend_from_within(at..begin);
    let first = *bytes.get(begin)?;
    bytes.push(first);
    (bytes.len() == begin.checked_add(length)?).then_some(())
}

/// Codes of a changing number of bits.
struct Codes<'a> {
    data: &'a [u8],
    at: usize,
    held: u32,
    bits: u32,
    flavour: Flavour,
}

impl Codes<'_> {
    fn next(&mut self, width: u32) -> Option<usize> {
        while self.bits < width {
            let byte = u32::from(*self.data.get(self.at)?);
            self.at = self.at.saturating_add(1);
            self.held = match self.flavour {
                Flavour::Gif(_) => self.held | byte.wrapping_shl(self.bits),
                Flavour::Tiff => self.held.wrapping_shl(8) | byte,
            };
            self.bits = self.bits.saturating_add(8);
        }
        self.bits = self.bits.saturating_sub(width);
        let mask = 1_u32.wrapping_shl(width).wrapping_sub(1);
        let code = match self.flavour {
            Flavour::Gif(_) => {
                let code = self.held & mask;
                self.held = self.held.wrapping_shr(width);
                code
            }
            Flavour::Tiff => self.held.wrapping_shr(self.bits) & mask,
        };
        usize::try_from(code).ok()
    }

    /// The bits that were fetched and are of no code.
    fn left(&self) -> u32 {
        match self.flavour {
            Flavour::Gif(_) => self.held,
            Flavour::Tiff => self.held & 1_u32.wrapping_shl(self.bits).wrapping_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard_is_read() {
        // TIFF 6.0, section 13: 7, 7, 7, 8, 8, 7, 7, 6, 6 as the codes 256, 7, 258, 8, 8, 258, 6, 6, 257 of nine bits.
        let codes = [256_u32, 7, 258, 8, 8, 258, 6, 6, 257];
        let bits: String = codes.iter().map(|code| format!("{code:09b}")).collect();
        let data: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')) << (8 - byte.len()))
            .collect();
        let unpacked = unpack(&data, Flavour::Tiff, 99).unwrap();
        assert_eq!(unpacked, Unpacked { bytes: vec![7, 7, 7, 8, 8, 7, 7, 6, 6], more: false });
        assert_eq!(
            unpack(&data, Flavour::Tiff, 4).unwrap(),
            Unpacked { bytes: vec![7, 7, 7, 8], more: true }
        );
        // Behind the last code seven bits are left: the end stands in the first bits of a byte.
        let mut hidden = data.clone();
        for bit in 0..7 {
            *hidden.last_mut().unwrap() = data.last().unwrap() | 1 << bit;
            assert!(unpack(&hidden, Flavour::Tiff, 99).unwrap().more, "bit {bit}");
        }
        // 259 stands for nothing after one byte.
        assert_eq!(unpack(&[0x80, 0x01, 0xE0, 0x60, 0], Flavour::Tiff, 9), None);
    }

    proptest! {
        #[test]
        fn what_others_write_is_read(
            seed in proptest::collection::vec(any::<u8>(), 1..40),
            length in 0_usize..20_000,
            step in 1_usize..9,
            bits in 2_u8..=8,
        ) {
            let low = 0xFF >> (8 - bits);
            let bytes: Vec<u8> =
                (0..length).map(|at| seed[at / step % seed.len()].wrapping_add((at / 997) as u8) & low).collect();
            let written = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, bits).encode(&bytes).unwrap();
            let read = unpack(&written, Flavour::Gif(u32::from(bits)), length).unwrap();
            prop_assert_eq!((&read.bytes, read.more), (&bytes, false));
            let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
            let written = encoder.encode(&bytes).unwrap();
            let read = unpack(&written, Flavour::Tiff, length).unwrap();
            prop_assert_eq!((&read.bytes, read.more), (&bytes, false));
        }

        #[test]
        fn anything_is_survived_and_no_more_is_written_than_was_asked_for(
            data in proptest::collection::vec(any::<u8>(), 0..300), wanted in 0_usize..2_000, bits in 0_u32..20,
        ) {
            for flavour in [Flavour::Tiff, Flavour::Gif(bits)] {
                if let Some(read) = unpack(&data, flavour, wanted) {
                    prop_assert!(read.bytes.len() <= wanted);
                }
            }
        }
    }
}
