//! What people take for a marking, whatever its reader says of it: the words of the register where a level and its controls
//! would stand, in small letters, with other signs between them than slashes, or behind a level with a letter out of place.

use crate::grammar::TEXT_MAX;
use crate::vocabulary::{AEA, DISSEM, Level, NON_IC, NON_US, SYSTEMS};
use crate::words::is_of_marks;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{is_hidden, look_alike};

/// What stands where controls do beside the words of the tables.
const BESIDE: &[&str] = &["FGI", "SAR", "SPECIAL ACCESS REQUIRED", "JOINT", "CUI", "SIGMA", "CNWDI"];
/// Longest text before the first slashes that may be a level with letters out of place, in bytes.
const MISSPELT_MAX: usize = 24;

/// The controls of every edition, as banner lines, marks and attributes have them: one that this edition does not know
/// looks no less like one.
pub(super) struct Looks {
    /// By their first letter.
    controls: [Vec<&'static str>; 26],
}

impl Looks {
    pub(super) fn new() -> Self {
        let dissem = DISSEM.iter().flat_map(|word| [word.banner, word.portion, word.ism]);
        let non_ic = NON_IC.iter().flat_map(|word| [word.banner, word.portion]);
        let non_us = NON_US.iter().map(|word| word.banner);
        let aea = AEA.iter().flat_map(|word| [word.banner, word.portion]);
        let systems = SYSTEMS.iter().flat_map(|system| [system.mark, system.title]);
        let all = dissem.chain(non_ic).chain(non_us).chain(aea).chain(systems).chain(BESIDE.iter().copied());
        let mut controls = [const { Vec::new() }; 26];
        for control in all {
            if let Some(same) = letter(control).and_then(|letter| controls.get_mut(letter)) {
                same.push(control);
            }
        }
        Self { controls }
    }

    /// A line that is the word of a level, or has slashes after it, as banner lines do; or looks like one of those.
    pub(super) fn are_of_banner(&self, line: &str) -> bool {
        let Some(level) = levels_of(line).find(|level| without(line, level.word()).is_some()) else {
            let foreign = |rest: &str| rest.starts_with(|one: char| one.is_ascii_uppercase());
            return line.strip_prefix("//").is_some_and(foreign) || self.is_misspelt(line);
        };
        let rest = without(line, level.word()).unwrap_or_default();
        let exact = line.starts_with(level.word());
        (exact && (rest.is_empty() || rest.trim_start().starts_with('/')))
            || rest.trim_start().starts_with("//")
            || behind_signs(rest).is_some_and(|rest| match is_in_capitals(line) {
                true => self.control(rest, true).is_some(),
                false => self.is_nothing_else(rest),
            })
    }

    /// The abbreviation of a level in parentheses, with nothing after it or with slashes, as portion marks are; or the word,
    /// which is wrong there, or with other signs and a control behind them.
    pub(super) fn are_of_portion(&self, mark: &str) -> bool {
        let inner = mark.strip_prefix('(').unwrap_or(mark).trim();
        if inner.starts_with("//") {
            return true;
        }
        let begins = |word: &str| {
            let Some(rest) = without(inner, word) else { return false };
            let next = rest.trim_start();
            match inner.starts_with(word) {
                true if matches!(next, "" | ")") || next.starts_with('/') => true,
                true => behind_signs(rest).is_some_and(|rest| self.control(rest, true).is_some()),
                // `(s/he)` is no mark, and `(s)` the end of a word.
                false => {
                    next.starts_with("//")
                        && behind_signs(rest).is_some_and(|rest| self.control(rest, true).is_some())
                }
            }
        };
        levels_of(inner).any(|level| begins(level.mark()) || begins(level.word()))
    }

    /// Letters that are no level's, two slashes, and a control.
    fn is_misspelt(&self, line: &str) -> bool {
        let Some((level, rest)) = line.split_once("//") else { return false };
        let may_be = !level.is_empty()
            && level.len() <= MISSPELT_MAX
            && level.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
        may_be && self.control(rest.trim_start(), is_in_capitals(line)).is_some()
    }

    /// What follows the control with which `text` begins, in whatever letters: `any`, or one that everyday texts do not have.
    fn control<'t>(&self, text: &'t str, any: bool) -> Option<&'t str> {
        let same = self.controls.get(letter(text)?)?;
        let rests = same.iter().filter(|control| any || is_of_marks(control));
        rests.filter_map(|control| without(text, control)).find(|rest| !rest.starts_with(is_of_word))
    }

    /// True where a control is followed by controls alone, or by codes in capitals, such as those of nations.
    fn is_nothing_else(&self, text: &str) -> bool {
        let Some(mut rest) = self.control(text, false) else { return false };
        while let Some(next) = behind_signs(rest) {
            let end = next.find(|one| !is_of_word(one)).unwrap_or(next.len());
            let (word, after) = next.split_at(end);
            let is_code = !word.is_empty() && !word.bytes().any(|byte| byte.is_ascii_lowercase());
            rest = match self.control(next, false) {
                Some(rest) => rest,
                None if is_code => after,
                None => return word.is_empty(),
            };
        }
        true
    }
}

/// The text as somebody sees it who looks for markings: nothing that is hidden, letters of others as the Latin ones that they resemble,
/// one space for any white space. So nothing hides a marking from being looked at, and its reader tells what is wrong with it.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~')) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    for one in text.chars().filter(|one| one.is_whitespace() || !is_hidden(*one)) {
        match one.is_whitespace() {
            true if plain.ends_with(' ') => {}
            true => plain.push(' '),
            false => plain.push(look_alike(one)),
        }
        if plain.len() > TEXT_MAX {
            break;
        }
    }
    Cow::Owned(plain)
}

/// The levels whose words and marks begin with the same letter, which most texts do not.
fn levels_of(text: &str) -> impl Iterator<Item = Level> {
    let first = text.bytes().next().map(|first| first.to_ascii_uppercase());
    Level::ALL.into_iter().filter(move |level| level.word().bytes().next() == first)
}

fn is_in_capitals(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What follows `word`, in whatever letters it stands.
fn without<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (begin, rest) = text.split_at_checked(word.len())?;
    begin.eq_ignore_ascii_case(word).then_some(rest)
}

/// What follows the signs and blanks with which `text` begins; `None` where it does not, or nothing follows.
fn behind_signs(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|one| !is_of_word(one));
    (rest.len() < text.len() && !rest.is_empty()).then_some(rest)
}

fn is_of_word(one: char) -> bool {
    one.is_alphanumeric()
}

/// The place of the first letter in the alphabet.
fn letter(text: &str) -> Option<usize> {
    let first = text.bytes().next().filter(u8::is_ascii_alphabetic)?;
    Some(usize::from(first.to_ascii_uppercase().wrapping_sub(b'A')))
}

#[cfg(test)]
mod tests {
    use super::Looks;

    #[test]
    fn what_people_take_for_a_banner_is_told_from_running_text() {
        let looks = Looks::new();
        for banner in [
            "SECRET",
            "SECRET//NOFORN",
            "SECRET //NOFORN",
            "SECRET/anything",
            "//NATO SECRET",
            "SECRET NOFORN",
            "SECRET-NOFORN",
            "SECRET, NOFORN",
            "SECRET \\\\ NOFORN",
            "TOP SECRET SI TK NOFORN",
            "SECRET REL TO USA, GBR",
            "Secret//Noforn",
            "secret//anything",
            "Top Secret Noforn",
            "Secret - NOFORN, Orcon",
            "Secret REL TO USA, GBR",
            "Confidential Eyes Only",
            "SECERT//NOFORN",
            "TOP SCERET//SI",
            "Secert//Noforn",
            "S//NF",
        ] {
            assert!(looks.are_of_banner(banner), "{banner}");
        }
        for text in [
            "",
            "Secret",
            "Secretary//NOFORN and others",
            "Secret Service",
            "SECRET SERVICE",
            "SECRETARIAT SI",
            "Secret/Confidential papers are kept apart",
            "Secret NOFORN papers are kept apart",
            "Confidential reserve",
            "http://fouo.example",
            "see http://si.example",
            "AND//OR",
            "return 0; //SI units",
            "either//si",
            "UNCLASSIFIED PAPERS",
            "A LEVEL LONGER THAN ANY THAT THERE IS//NOFORN",
        ] {
            assert!(!looks.are_of_banner(text), "{text}");
        }
    }

    #[test]
    fn what_people_take_for_the_mark_of_a_portion_is_told_from_running_text() {
        let looks = Looks::new();
        for mark in [
            "(S)",
            "(S//NF)",
            "(S/NF)",
            "(S",
            "(//NS)",
            "(SECRET)",
            "(S NF)",
            "(S-NF)",
            "(TS, SI)",
            "(U FOUO)",
            "(s//nf)",
            "(Ts//Fouo)",
            "(SECRET NOFORN)",
        ] {
            assert!(looks.are_of_portion(mark), "{mark}");
        }
        for text in [
            "(s)",
            "(s/he)",
            "(c)",
            "(U.S.)",
            "(S-300)",
            "(C 130)",
            "(see below)",
            "(Secret Service)",
            "(SA)",
            "(u//x)",
        ] {
            assert!(!looks.are_of_portion(text), "{text}");
        }
    }
}
