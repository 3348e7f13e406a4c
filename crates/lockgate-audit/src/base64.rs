//! Base64 (RFC 4648 section 4), strictly: padded, no line breaks, no bits left over.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends `bytes` in base64.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for (place, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let index = usize::try_from((bits >> shift) & 63).unwrap_or(0);
            let letter = LETTERS.get(index).copied().unwrap_or(b'=');
            out.push(char::from(if place <= group.len() { letter } else { b'=' }));
        }
    }
}

/// Reads base64; `None` where it is not exactly what [`encode`] writes.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for group in text.as_bytes().chunks(4) {
        let [a, b, c, d] = group else { return None };
        let bits = (value(*a)? << 18) | (value(*b)? << 12);
        let [_, high, middle, low] = match (c, d) {
            (b'=', b'=') => bits.to_be_bytes(),
            (c, b'=') => (bits | (value(*c)? << 6)).to_be_bytes(),
            (c, d) => (bits | (value(*c)? << 6) | value(*d)?).to_be_bytes(),
        };
        bytes.push(high);
        if *c != b'=' {
            bytes.push(middle);
        }
        if *d != b'=' {
            bytes.push(low);
        }
    }
    // One encoding of each value: padding in the middle and bits left over do not come out the same.
    let mut again = String::with_capacity(text.len());
    encode(&bytes, &mut again);
    (again == text).then_some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    LETTERS.iter().position(|known| *known == letter).and_then(|index| u32::try_from(index).ok())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = String::new();
            encode(plain.as_bytes(), &mut out);
            assert_eq!(out, coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["Zh==", "Zg=", "Zg", "Zg==Zg==", "Zm9 ", "====", "Zm9v\n"] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: Vec<u8>) {
            let mut out = String::new();
            encode(&bytes, &mut out);
            prop_assert_eq!(decode(&out), Some(bytes));
        }
    }
}
