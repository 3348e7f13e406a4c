//! What walkers put into an answer beside findings: texts for the search, and where pictures lie.

use super::{Answer, GROUNDS_MAX, TEXT_BYTES_MAX, TEXTS_MAX, visible};
use crate::codes;
use lockgate_core::{Ground, Point, Said};

/// Bytes of one place that belong to nothing and are kept to be searched.
const UNOWNED_BYTES_MAX: usize = 1 << 20;
/// Of so many of them, one may be no letter where they are taken for text.
const TEXT_OF: usize = 8;
/// Letters of a run that is kept where they are not.
const RUN_LETTERS_MIN: usize = 8;

impl Answer {
    /// Adds a text, to be searched; where there is no room for it, that is a finding.
    pub(crate) fn says(&mut self, place: &str, text: String) {
        self.say(place, text, false);
    }

    /// Adds what the object says of its own classification, and nothing else.
    pub(crate) fn says_its_class(&mut self, place: &str, class: &str) {
        self.say(place, class.to_owned(), true);
    }

    /// Adds what is told of a part: each place has the part's name before it.
    pub(crate) fn takes_in(&mut self, part: &str, told: Self) {
        for finding in told.findings {
            self.found(finding.code, format!("{part}: {}", finding.place));
        }
        for said in told.texts {
            self.say(&format!("{part}: {}", said.place), said.text, said.is_class);
        }
    }

    /// Adds where a picture lies. Where there is no room for one, it is not known of the last one either.
    pub(crate) fn lies(&mut self, place: &str, corners: Option<[Point; 4]>) {
        let is_full = self.grounds.len() >= GROUNDS_MAX;
        match self.grounds.last_mut() {
            Some(last) if is_full => last.corners = None,
            _ => self.grounds.push(Ground { place: visible(place), corners }),
        }
    }

    /// Adds a text as it was said elsewhere.
    pub(crate) fn say(&mut self, place: &str, text: String, is_class: bool) {
        let held: usize = self.texts.iter().map(|said| said.text.len()).sum();
        if text.is_empty() {
            return;
        }
        if self.texts.len() >= TEXTS_MAX || held.saturating_add(text.len()) > TEXT_BYTES_MAX {
            return self.found(codes::TEXT_NOT_KEPT, place);
        }
        // The search counts so many of a word and no more: what is asked of each class comes first.
        let at = if is_class { 0 } else { self.texts.len() };
        self.texts.insert(at, Said { place: visible(place), text, is_class });
    }

    /// Adds bytes among which there may be text: what is none is one blank, which is a blank for the search too.
    pub(crate) fn says_text(&mut self, place: &str, bytes: &[u8]) {
        let mut text = String::new();
        for chunk in bytes.trim_ascii().utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() && !text.ends_with(' ') {
                text.push(' ');
            }
        }
        if !text.trim_matches([' ', '\0']).is_empty() {
            self.says(place, text);
        }
    }

    /// Adds bytes that should be text: what of them is none stays a mark.
    pub(crate) fn says_bytes(&mut self, place: &str, bytes: &[u8]) {
        match bytes.len() > TEXT_BYTES_MAX {
            true => self.found(codes::TEXT_NOT_KEPT, place),
            false => self.says(place, String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// Adds bytes that belong to no construct, which may be anything; that not all of them are kept is a finding. Where most of them are
    /// no letters, some are so by chance, and read as a short word of a marking: longer runs are what is kept then.
    pub(crate) fn says_unowned(&mut self, place: &str, bytes: &[u8]) {
        if bytes.len() > UNOWNED_BYTES_MAX {
            self.found(codes::TEXT_NOT_KEPT, place);
        }
        let bytes = bytes.get(..UNOWNED_BYTES_MAX).unwrap_or(bytes);
        let letters = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
        let letters: usize = letters.filter(|letter| is_letter(*letter)).map(char::len_utf8).sum();
        match letters.saturating_mul(TEXT_OF) >= bytes.len().saturating_mul(TEXT_OF.saturating_sub(1)) {
            true => self.says_text(place, bytes),
            false => self.says(place, runs(bytes)),
        }
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter.is_ascii_graphic() || letter.is_ascii_whitespace()
}

/// Runs of letters among bytes that are none, one a line; in two bytes a letter too.
fn runs(bytes: &[u8]) -> String {
    let (mut text, mut run, mut nothing) = (String::new(), String::new(), false);
    let end = |run: &mut String, text: &mut String| {
        if run.chars().count() >= RUN_LETTERS_MIN {
            text.push_str(run);
            text.push('\n');
        }
        run.clear();
    };
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\0' if !nothing => {}
                _ if is_letter(letter) => run.push(letter),
                _ => end(&mut run, &mut text),
            }
            nothing = letter == '\0';
        }
        if !chunk.invalid().is_empty() {
            end(&mut run, &mut text);
        }
    }
    end(&mut run, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_nothing_are_searched_as_far_as_they_are_kept() {
        let of = |bytes: &[u8]| {
            let mut answer = Answer::default();
            answer.says_unowned("there", bytes);
            let told: Vec<_> = answer.findings.iter().map(|finding| finding.code).collect();
            (told, answer.texts.into_iter().map(|said| said.text).collect::<String>())
        };
        let said = |bytes: &[u8]| {
            let (told, text) = of(bytes);
            assert!(told.is_empty());
            text
        };
        assert_eq!(said(b""), "");
        assert_eq!(said(b"(S)\r\n"), "(S)");
        assert_eq!(said("\u{395}\u{3a0}".as_bytes()), "\u{395}\u{3a0}", "letters of others");
        let noise = [0x07, 0xFE, 0x80, 0x01].repeat(9);
        let among = |words: &[u8]| said(&[&noise, words, &noise[..]].concat());
        assert_eq!(among(b"MISSION SECRET"), "MISSION SECRET\n");
        assert_eq!(among(b"M\0I\0S\0S\0I\0O\0N\0 \0S\0"), "MISSION S\n");
        assert_eq!(among(b"\0M\0I\0S\0S\0I\0O\0N\0 \0S"), "MISSION S\n");
        assert_eq!(among(b"SECRET\0\0(S)"), "", "by chance");
        let (told, text) = of(&[&b"rain "[..], &vec![b'x'; UNOWNED_BYTES_MAX]].concat());
        assert_eq!(told, [codes::TEXT_NOT_KEPT]);
        assert!(text.starts_with("rain x") && text.len() == UNOWNED_BYTES_MAX);
    }
}
