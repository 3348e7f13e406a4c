//! Written texts that no field can hold, or that are not what they look like.

use crate::check::Checker;
use crate::codes;
use crate::operand::Vocabulary;
use crate::typed::TextTest;
use lockgate_bytes::Span;
use lockgate_record::Charset;

impl Checker<'_, '_, '_> {
    /// Warns of a written text that the field cannot be (`test` is `None`) or cannot begin with, end with or contain: a rule
    /// that denies by it never denies. Warns of one, too, that mixes alphabets: texts are compared letter by letter.
    pub(crate) fn warn_of_text(
        &mut self,
        test: Option<TextTest>,
        vocabulary: &Vocabulary<'_>,
        word: &str,
        span: Span,
    ) {
        let never = match vocabulary {
            Vocabulary::Bounded { min, max, charset } => never(test, word, (*min, *max), *charset),
            Vocabulary::Open => None,
            Vocabulary::Names(_) | Vocabulary::Codes(_) => return,
        };
        if let Some(why) = never {
            let message = format!("no object has this text here: {why}");
            self.report.warning(&codes::OUT_OF_BOUNDS, span, message);
        } else if word.split(|letter: char| !letter.is_alphanumeric()).any(mixes_alphabets) {
            let message = "a word of this text mixes Latin letters with others that may look the same";
            self.report.warning(&codes::MIXED_LETTERS, span, message);
        }
    }
}

/// Why a field of `min` to `max` characters out of `charset` never holds `word`, if it does not.
fn never(test: Option<TextTest>, word: &str, (min, max): (u32, u32), charset: Charset) -> Option<String> {
    let at_the_start = matches!(test, None | Some(TextTest::Begins));
    let first = word.chars().next().filter(|first| at_the_start && !charset.begins(*first));
    if let Some(outside) = first.or_else(|| word.chars().find(|letter| !charset.allows(*letter))) {
        return Some(format!("U+{:04X} is none of the field's characters there", u32::from(outside)));
    }
    let count = u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
    if count > max {
        return Some(format!("the field has at most {max} characters, and this {count}"));
    }
    (test.is_none() && count < min)
        .then(|| format!("the field has at least {min} characters, and this {count}"))
}

/// True for a word with both ASCII letters and letters of another alphabet; letters with accents are Latin.
fn mixes_alphabets(word: &str) -> bool {
    let is_latin = |letter: char| matches!(letter, '\u{aa}' | '\u{b5}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let is_other = |letter: char| !letter.is_ascii() && letter.is_alphabetic() && !is_latin(letter);
    word.contains(|letter: char| letter.is_ascii_alphabetic()) && word.contains(is_other)
}

#[cfg(test)]
mod tests {
    use super::{mixes_alphabets, never};
    use crate::typed::TextTest::{Begins, Contains};
    use lockgate_record::Charset::{Ascii, Ncname, Printable};

    #[test]
    fn what_a_field_never_holds() {
        let of = |test, word, charset| never(test, word, (2, 4), charset).is_some();
        assert!(of(None, "\u{410}UT", Ascii) && of(Some(Contains), "\u{a0}", Ascii));
        assert!(of(None, "abcde", Ascii) && of(Some(Contains), "abcde", Ascii) && of(None, "a", Ascii));
        assert!(of(Some(Begins), "1", Ncname) && !of(Some(Contains), "1", Ncname));
        assert!(!of(Some(Begins), "a", Ascii) && !of(None, "\u{e4}b", Printable));
    }

    #[test]
    fn letters_of_two_alphabets() {
        assert!(
            mixes_alphabets("\u{410}UT") && mixes_alphabets("se\u{441}ret") && mixes_alphabets("\u{ff33}x")
        );
        for word in ["\u{17d}ELEZNA", "\u{410}\u{411}", "Stra\u{df}e", "\u{b5}m", "x1", ""] {
            assert!(!mixes_alphabets(word), "{word}");
        }
    }
}
