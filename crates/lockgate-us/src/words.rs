//! The words by which anybody sees that a text carries a marking of the United States, whatever stands around them.

use crate::edition::Edition;
use crate::vocabulary::{AEA, DISSEM, NON_IC, NON_US, SYSTEMS};

/// Fewer letters than these are letters of most texts, and a mark of a portion only in brackets.
const FEWEST: usize = 3;

/// Words and names of everyday texts: an article of French, an airline, a virus, what is kept or given up; what a link is to its
/// page.
const EVERYDAY: &[&str] = &["BALK", "BUR", "EYES", "KLM", "LES", "MARVEL", "REL", "RESERVE", "RSV", "WAIVED"];

/// What stands in such markings beside the words of the register: the marking of 32 CFR 2002, and the families of the
/// control systems under which older papers have them.
const BESIDE: &[&str] = &["CUI", "CONTROLLED UNCLASSIFIED INFORMATION", "COMINT", "SIGINT"];

impl Edition {
    /// The names and abbreviations of this edition's controls, of three letters and more and without words that stand in
    /// every other text. Levels are none of them, nor are nations.
    pub fn marking_words(&self) -> impl Iterator<Item = &'static str> {
        let bit = self.bit;
        let dissem = DISSEM.iter().filter(move |word| word.value.editions() & bit != 0);
        let controls = dissem.flat_map(|word| [word.title, word.banner, word.ism]);
        let non_ic = NON_IC.iter().flat_map(|word| [word.title, word.banner]);
        let non_us = NON_US.iter().flat_map(|word| [word.title, word.banner]);
        let aea = AEA.iter().flat_map(|word| [word.title, word.banner, word.ism]);
        let systems = SYSTEMS.iter().filter(move |system| system.editions & bit != 0);
        let systems = systems.flat_map(|system| [system.title, system.mark]);
        let all = controls.chain(non_ic).chain(non_us).chain(aea).chain(systems);
        all.chain(BESIDE.iter().copied()).filter(|word| is_of_marks(word))
    }
}

/// True for a word that says by itself that a text carries a marking, in whatever letters it stands.
pub(crate) fn is_of_marks(word: &str) -> bool {
    word.len() >= FEWEST && !EVERYDAY.contains(&word)
}

#[cfg(test)]
mod tests {
    use crate::EDITIONS;
    use alloc::vec::Vec;

    #[test]
    fn every_edition_has_its_words_and_none_of_every_text() {
        for edition in EDITIONS {
            let words: Vec<_> = edition.marking_words().collect();
            for word in
                ["NOFORN", "ORCON", "EYES ONLY", "REL TO", "HCS", "TALENT KEYHOLE", "SIGINT", "CUI", "FOUO"]
            {
                assert!(words.contains(&word), "{word} of {}", edition.name);
            }
            for word in ["SI", "NF", "TK", "LES", "EYES", "REL", "WAIVED", "SECRET", "USA", ""] {
                assert!(!words.contains(&word), "{word} of {}", edition.name);
            }
            assert_eq!(
                words.contains(&"ENDSEAL"),
                matches!(edition.name, "dod-2012" | "ism-2014"),
                "{}",
                edition.name
            );
        }
    }
}
