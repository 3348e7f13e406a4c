//! Letters by their category that show as a dot, a stroke, a dash or nothing: to who reads, they stand between letters.
//!
//! Modifier letters (Unicode 16, general category Lm) that no compatibility decomposition opens are primes, apostrophes,
//! lengthening strokes and marks of repetition. Of the other letters a few are signs, too. Each of them is a separator, in
//! texts and in terms.

/// True for a letter, decomposed and in lower case, that shows as no letter.
pub(crate) fn is_no_letter(lower: char) -> bool {
    if lower < '\u{1C1}' {
        return false;
    }
    let after = MODIFIERS.partition_point(|(first, _)| *first <= lower);
    let modifies =
        after.checked_sub(1).and_then(|nth| MODIFIERS.get(nth)).is_some_and(|(_, last)| lower <= *last);
    modifies || SIGNS.contains(&lower)
}

/// Clicks that are drawn as bars and an exclamation mark, Hangul fillers, the old Hangul vowel that is a dot, Canadian
/// finals that are a dot and a stroke, the saltillo, the sinological dot.
const SIGNS: [char; 12] = [
    '\u{1C1}', '\u{1C2}', '\u{1C3}', '\u{115F}', '\u{1160}', '\u{119E}', '\u{1427}', '\u{144A}', '\u{3164}',
    '\u{A78C}', '\u{A78F}', '\u{FFA0}',
];

/// First and last of each range of modifier letters, in order.
const MODIFIERS: &[(char, char)] = &[
    ('\u{2B9}', '\u{2C1}'),
    ('\u{2C6}', '\u{2D1}'),
    ('\u{2EC}', '\u{2EC}'),
    ('\u{2EE}', '\u{2EE}'),
    ('\u{559}', '\u{559}'),
    ('\u{640}', '\u{640}'),
    ('\u{6E5}', '\u{6E6}'),
    ('\u{7F4}', '\u{7F5}'),
    ('\u{7FA}', '\u{7FA}'),
    ('\u{81A}', '\u{81A}'),
    ('\u{824}', '\u{824}'),
    ('\u{828}', '\u{828}'),
    ('\u{8C9}', '\u{8C9}'),
    ('\u{971}', '\u{971}'),
    ('\u{E46}', '\u{E46}'),
    ('\u{EC6}', '\u{EC6}'),
    ('\u{17D7}', '\u{17D7}'),
    ('\u{1843}', '\u{1843}'),
    ('\u{1AA7}', '\u{1AA7}'),
    ('\u{1C78}', '\u{1C7D}'),
    ('\u{2E2F}', '\u{2E2F}'),
    ('\u{3005}', '\u{3005}'),
    ('\u{3031}', '\u{3035}'),
    ('\u{303B}', '\u{303B}'),
    ('\u{309D}', '\u{309D}'),
    ('\u{30FC}', '\u{30FD}'),
    ('\u{A015}', '\u{A015}'),
    ('\u{A4F8}', '\u{A4FD}'),
    ('\u{A60C}', '\u{A60C}'),
    ('\u{A67F}', '\u{A67F}'),
    ('\u{A717}', '\u{A71F}'),
    ('\u{A788}', '\u{A788}'),
    ('\u{A9CF}', '\u{A9CF}'),
    ('\u{A9E6}', '\u{A9E6}'),
    ('\u{AA70}', '\u{AA70}'),
    ('\u{AADD}', '\u{AADD}'),
    ('\u{AAF3}', '\u{AAF4}'),
    ('\u{10780}', '\u{10780}'),
    ('\u{10D4E}', '\u{10D4E}'),
    ('\u{10D6F}', '\u{10D6F}'),
    ('\u{16B40}', '\u{16B43}'),
    ('\u{16D40}', '\u{16D42}'),
    ('\u{16D6B}', '\u{16D6C}'),
    ('\u{16F93}', '\u{16F9F}'),
    ('\u{16FE0}', '\u{16FE1}'),
    ('\u{16FE3}', '\u{16FE3}'),
    ('\u{1AFF0}', '\u{1AFF3}'),
    ('\u{1AFF5}', '\u{1AFFB}'),
    ('\u{1AFFD}', '\u{1AFFE}'),
    ('\u{1E137}', '\u{1E13D}'),
    ('\u{1E4EB}', '\u{1E4EB}'),
    ('\u{1E94B}', '\u{1E94B}'),
];

#[cfg(test)]
mod tests {
    use super::{MODIFIERS, is_no_letter};

    #[test]
    fn ranges_are_sorted_and_of_letters() {
        assert!(MODIFIERS.is_sorted_by(|(_, before), (first, _)| before < first));
        for (first, last) in MODIFIERS {
            assert!(first <= last && is_no_letter(*first) && is_no_letter(*last));
        }
        for letter in ['a', 'z', 'ß', 'ǀ', 'ʸ', '日', 'н', '\u{1D2F}', '\u{10FFFF}'] {
            assert!(!is_no_letter(letter), "{letter}");
        }
    }
}
