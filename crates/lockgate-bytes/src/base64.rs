//! Base64 in its one canonical form (RFC 4648, section 4): padded, no spaces, no bits left over.

use alloc::string::String;
use alloc::vec::Vec;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes behind `text`; `None` where it is not the one way to write them. The result may be secret: its buffer is
/// of its final size from the beginning, so that no copy is left behind.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut groups = text.chunks_exact(4).peekable();
    while let Some(group) = groups.next() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && groups.peek().is_some()) {
            return None;
        }
        let letters = group.get(..4_usize.checked_sub(padding)?)?;
        let mut bits = 0_u32;
        for letter in letters {
            bits = (bits << 6) | value(*letter)?;
        }
        bits = bits.checked_shl(u32::try_from(padding).ok()?.checked_mul(6)?)?;
        let [_, bytes @ ..] = bits.to_be_bytes();
        let (kept, left) = bytes.split_at_checked(3_usize.checked_sub(padding)?)?;
        if left.iter().any(|byte| *byte != 0) {
            return None;
        }
        out.extend_from_slice(kept);
    }
    Some(out)
}

/// `bytes` as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let mut three = [0_u8; 3];
        for (to, from) in three.iter_mut().zip(group) {
            *to = *from;
        }
        let [a, b, c] = three.map(u32::from);
        let bits = (a << 16) | (b << 8) | c;
        for (at, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            if at > group.len() {
                out.push('=');
            } else {
                let index = usize::try_from((bits >> shift) & 63).unwrap_or(0);
                out.push(char::from(LETTERS.get(index).copied().unwrap_or(b'=')));
            }
        }
    }
    out
}

fn value(letter: u8) -> Option<u32> {
    let (value, base) = match letter {
        b'A'..=b'Z' => (letter.checked_sub(b'A')?, 0),
        b'a'..=b'z' => (letter.checked_sub(b'a')?, 26),
        b'0'..=b'9' => (letter.checked_sub(b'0')?, 52),
        b'+' => (0, 62),
        b'/' => (0, 63),
        _ => return None,
    };
    u32::from(value).checked_add(base)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in
            ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_", "=Zg="]
        {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_have_one_text(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }

        #[test]
        fn a_text_that_reads_is_the_one_text(text in "[A-Za-z0-9+/=]{0,24}") {
            if let Some(bytes) = decode(text.as_bytes()) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
