//! One character to the letters it is taken for. The one definition; `letters` holds the fast ways to the same result.

use crate::look_alike::look_alike;
use crate::matcher::sign;
use crate::shown::is_no_letter;
use alloc::boxed::Box;
use alloc::vec;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a part of a character is to the word scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// A letter or digit, in its folded form.
    Letter(char),
    /// Ignored inside a term, required at its ends.
    Separator,
}

/// Gives the parts of `c` in order; a combining mark has none.
pub(crate) fn fold(c: char, mut emit: impl FnMut(Folded)) {
    // The lunate sigma looks like a C and decomposes to a sigma, which does not.
    let c = if matches!(c, 'Ϲ' | 'ϲ') { 'c' } else { c };
    decompose_compatible(c, |part| {
        for lower in part.to_lowercase() {
            if is_combining_mark(lower) {
                continue;
            }
            match look_alike(lower) {
                Some(latin) => latin.chars().for_each(|letter| emit(Folded::Letter(letter))),
                None if lower.is_alphanumeric() && !is_no_letter(lower) => emit(Folded::Letter(lower)),
                None => emit(Folded::Separator),
            }
        }
    });
}

/// The letter that a character may stand for which is a separator otherwise.
pub(crate) const fn weak_letter(byte: u8) -> Option<u8> {
    match byte {
        b'$' => Some(b's'),
        b'@' => Some(b'a'),
        b'!' | b'|' => Some(b'i'),
        _ => None,
    }
}

/// What a character that is a separator may stand for in the second reading: a sign for the letter that it looks like, a tag
/// (U+E0020 and on, which show nothing) for the letter or sign that it names.
pub(crate) fn weak(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(c) {
        return weak_letter(byte);
    }
    let named = u8::try_from(u32::from(c).checked_sub(TAGS)?).ok()?;
    Some(ASCII_WEAK.get(usize::from(named)).copied().unwrap_or(0)).filter(|letter| *letter != 0)
}

/// Where the tags stand: U+E0000 and the ASCII that each of them names.
const TAGS: u32 = 0xE_0000;

/// The byte that the UTF-8 of every tag begins with, and of little else.
pub(crate) const FIRST_OF_TAG: u8 = 0xF3;

/// The folded letter of an ASCII byte; 0 for separators. Bytes above 127 never reach it.
pub(crate) static ASCII: [u8; 256] = ascii_table();

const fn ascii_table() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "checked by the compiler: const")]
        {
            table[byte as usize] = match byte.to_ascii_lowercase() {
                b'0' => b'o',
                b'1' | b'l' => b'i',
                b'3' => b'e',
                b'4' => b'a',
                b'5' => b's',
                b'7' => b't',
                b'8' => b'b',
                lower if lower.is_ascii_alphanumeric() => lower,
                _ => 0,
            };
        }
        byte = byte.wrapping_add(1);
    }
    table
}

/// [`ASCII`] with the letters of [`weak_letter`].
pub(crate) static ASCII_WEAK: [u8; 256] = weak_table();

const fn weak_table() -> [u8; 256] {
    let mut table = ascii_table();
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(letter) = weak_letter(byte) {
            #[expect(
                clippy::indexing_slicing,
                clippy::as_conversions,
                reason = "checked by the compiler: const"
            )]
            {
                table[byte as usize] = letter;
            }
        }
        byte = byte.wrapping_add(1);
    }
    table
}

/// The [`sign`] of each letter of [`ASCII`].
pub(crate) static SIGNS: [u8; 256] = signs(&ASCII);

/// The [`sign`] of each letter of [`ASCII_WEAK`].
pub(crate) static SIGNS_WEAK: [u8; 256] = signs(&ASCII_WEAK);

const fn signs(letters: &[u8; 256]) -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut at = 0_usize;
    while at < table.len() {
        #[expect(clippy::indexing_slicing, reason = "checked by the compiler: const")]
        {
            table[at] = sign(letters[at]);
        }
        at = at.wrapping_add(1);
    }
    table
}

/// The folds of U+0080 to U+07FF (accented Latin, Greek, Cyrillic, Hebrew, Arabic) worked out beforehand.
#[derive(Debug)]
pub(crate) struct ShortFolds(Box<[u32]>);

const FIRST_SHORT: u32 = 0x80;
const AFTER_SHORT: u32 = 0x800;

/// What [`ShortFolds`] knows of a character.
pub(crate) enum Short {
    /// These bytes of letters (UTF-8, first `count` of three); none for a mark.
    Letters([u8; 3], usize),
    /// One separator.
    Separator,
    /// Work it out.
    Unknown,
}

impl ShortFolds {
    const SEPARATOR: u32 = 0xFE;
    const UNKNOWN: u32 = 0xFF;

    /// Works them out.
    pub(crate) fn new() -> Self {
        let folds = (FIRST_SHORT..AFTER_SHORT).map(|code| char::from_u32(code).map_or(Self::UNKNOWN, pack));
        Self(folds.collect::<vec::Vec<_>>().into_boxed_slice())
    }

    /// What is known of `c`.
    #[inline]
    pub(crate) fn find(&self, c: char) -> Short {
        let nth = u32::from(c).wrapping_sub(FIRST_SHORT);
        let packed = usize::try_from(nth).ok().and_then(|nth| self.0.get(nth)).copied();
        match packed.unwrap_or(Self::UNKNOWN) {
            Self::SEPARATOR => Short::Separator,
            Self::UNKNOWN => Short::Unknown,
            packed => {
                let [count, a, b, c] = packed.to_le_bytes();
                Short::Letters([a, b, c], usize::from(count))
            }
        }
    }
}

fn pack(c: char) -> u32 {
    let (mut bytes, mut count, mut separators) = ([0_u8; 3], 0_usize, 0_usize);
    fold(c, |part| match part {
        Folded::Letter(letter) => {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                if let Some(place) = bytes.get_mut(count) {
                    *place = byte;
                }
                count = count.saturating_add(1);
            }
        }
        Folded::Separator => separators = separators.saturating_add(1),
    });
    let [a, b, c] = bytes;
    match (count, separators) {
        (0, 1) => ShortFolds::SEPARATOR,
        (0..=3, 0) => u32::from_le_bytes([u8::try_from(count).unwrap_or(0), a, b, c]),
        _ => ShortFolds::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::{ASCII, Folded, fold};
    use alloc::string::String;
    use alloc::vec::Vec;

    fn parts(c: char) -> Vec<Folded> {
        let mut parts = Vec::new();
        fold(c, |part| parts.push(part));
        parts
    }

    #[test]
    fn the_ascii_table_is_the_fold() {
        for byte in 0..128_u8 {
            let folded = match ASCII[usize::from(byte)] {
                0 => Folded::Separator,
                letter => Folded::Letter(char::from(letter)),
            };
            assert_eq!(parts(char::from(byte)), [folded], "byte {byte}");
        }
    }

    #[test]
    fn folding_twice_is_folding_once_for_every_character() {
        for c in '\0'..=char::MAX {
            for part in parts(c) {
                if let Folded::Letter(letter) = part {
                    assert_eq!(parts(letter), [part], "U+{:04X}", u32::from(c));
                }
            }
        }
    }

    #[test]
    fn full_folding_of_the_known_troublemakers() {
        let fold_all = |text: &str| -> String {
            text.chars()
                .flat_map(parts)
                .map(|part| match part {
                    Folded::Letter(letter) => letter,
                    Folded::Separator => ' ',
                })
                .collect()
        };
        assert_eq!(fold_all("STRAẞE straße"), "strasse strasse");
        assert_eq!(fold_all("İıI"), "iii");
        assert_eq!(fold_all("ΣΑΣ σας"), "σaσ σaσ");
        assert_eq!(fold_all("ﬁﬀ ㎏"), "fiff kg");
        assert_eq!(fold_all("Ｂ𝐁𝕭Ⓑ🅑🄱ᵇ"), "bbbbbbb");
        assert_eq!(fold_all("h\u{301}e\u{325}ŕ"), "her");
    }
}
