//! Words on the wire, and classes of characters.

use super::super::codes;
use crate::text::model::MAX_WORD;
use lockgate_notation::{At, Fields};

/// Capital letters, digits, the blank and signs, as one bit a character of ASCII.
pub(super) const ANY: u128 = CAPITALS | DIGITS | BLANK | SIGNS;
const CAPITALS: u128 = range(b'A', b'Z');
const SMALL: u128 = range(b'a', b'z');
const DIGITS: u128 = range(b'0', b'9');
const BLANK: u128 = range(b' ', b' ');
const SIGNS: u128 = range(b'!', b'/') | range(b':', b'@') | range(b'[', b'`') | range(b'{', b'~');

const fn range(first: u8, last: u8) -> u128 {
    let (mut set, mut byte) = (0_u128, first);
    while byte <= last {
        set |= bit(byte);
        byte = byte.wrapping_add(1);
    }
    set
}

/// The bit of one character of ASCII.
pub(super) const fn bit(byte: u8) -> u128 {
    // A constant function has no conversion to the number of a shift; beyond ASCII nothing is left of the bit.
    let (mut bit, mut left) = (1_u128, byte);
    while left > 0 {
        bit = bit.wrapping_shl(1);
        left = left.wrapping_sub(1);
    }
    bit
}

/// Reads `class="ANBS"`: A capital letters, L small letters, N digits, B the blank, S signs, X all but small letters.
pub(super) fn class(fields: &mut Fields<'_, '_>) -> Option<u128> {
    let Some(word) = fields.prop_text_opt("class") else { return Some(ANY) };
    let mut set = 0_u128;
    for letter in word.value.bytes() {
        set |= match letter {
            b'A' => CAPITALS,
            b'L' => SMALL,
            b'N' => DIGITS,
            b'B' => BLANK,
            b'S' => SIGNS,
            b'X' => ANY,
            _ => {
                let message = format!("there is no class \"{}\" of characters", word.value.escape_debug());
                fields.error(&codes::CLASS, word.span, message);
                return None;
            }
        };
    }
    Some(set)
}

/// A word as it stands on the wire: printable ASCII, at most 64 characters, without `between` and without blanks at its
/// ends. `loose`: it may be empty, or a line that is always the same; then blanks at its end are its own.
pub(super) fn word(
    fields: &mut Fields<'_, '_>,
    text: At<&str>,
    between: Option<u8>,
    loose: bool,
) -> Option<Vec<u8>> {
    let bytes = text.value.as_bytes();
    let plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte) && Some(*byte) != between);
    let tight = !loose || between.is_some();
    let blanks = bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ');
    if plain && bytes.len() <= MAX_WORD && !(tight && (blanks || bytes.is_empty())) {
        return Some(bytes.to_vec());
    }
    let message = format!("\"{}\" cannot stand on the wire like this", text.value.escape_debug());
    fields.error(&codes::WIRE_WORD, text.span, message);
    None
}
