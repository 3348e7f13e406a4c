//! What each byte may be.

/// The begin of a name.
pub(crate) const START: u8 = 1;
/// Part of a name.
pub(crate) const NAME: u8 = 2;
/// White space.
pub(crate) const WHITE: u8 = 4;
/// A byte of the set `token`.
pub(crate) const TOKEN: u8 = 8;
/// A byte of the set `hex`.
pub(crate) const HEX: u8 = 16;

/// What each byte may be: the begin of a name, part of one, white space, of a narrow set.
const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte = 0_u8;
    while let Some((first, after)) = rest.split_first_mut() {
        *first = match byte {
            b'a'..=b'f' | b'A'..=b'F' => START | NAME | TOKEN | HEX,
            b'g'..=b'z' | b'G'..=b'Z' | b'_' => START | NAME | TOKEN,
            b'0'..=b'9' => NAME | TOKEN | HEX,
            b'-' | b'.' => NAME | TOKEN,
            b':' => TOKEN,
            b' ' | b'\t' | b'\n' | b'\r' => WHITE,
            _ => 0,
        };
        rest = after;
        byte = byte.wrapping_add(1);
    }
    table
}

#[inline]
fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// True where the byte is of the class.
#[inline]
pub(crate) fn is(byte: u8, kind: u8) -> bool {
    class(byte) & kind != 0
}

#[cfg(test)]
mod tests {
    use super::{HEX, NAME, START, TOKEN, is};
    use lockgate_record::Charset;

    #[test]
    fn the_narrow_classes_are_the_narrow_sets() {
        for byte in 0..=0x7F_u8 {
            assert_eq!(is(byte, TOKEN), Charset::Token.allows(char::from(byte)), "{byte}");
            assert_eq!(is(byte, HEX), Charset::Hex.allows(char::from(byte)), "{byte}");
            assert_eq!(is(byte, NAME), Charset::Ncname.allows(char::from(byte)), "{byte}");
            assert_eq!(is(byte, START), Charset::Ncname.begins(char::from(byte)), "{byte}");
        }
        assert!(!is(0x80, TOKEN | HEX | NAME) && !is(0xFF, TOKEN | HEX | NAME));
    }
}
