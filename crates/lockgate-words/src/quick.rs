//! The first look at plain ASCII: could a term stand in it at all? Only then is it read again with its edges.

use crate::fold::{ASCII, ASCII_WEAK, WEAK};
use crate::letters::Weak;
use crate::matcher::Matcher;
use alloc::vec::Vec;

/// Bytes a step; room for a step is made before it, so that nothing in it has to be checked.
const STEP: usize = 16;

/// The letters of an ASCII text and where its words begin among them. The vectors keep their length from text to text.
#[derive(Debug, Default)]
pub(crate) struct Quick {
    letters: Vec<u8>,
    count: usize,
    starts: Vec<u32>,
    start_count: usize,
}

impl Quick {
    /// True where the letters of a term stand at the beginning of a word of `text`; also the steps that took.
    pub(crate) fn may_match(&mut self, text: &[u8], weak: Weak, matcher: &Matcher) -> (bool, u64) {
        match weak {
            Weak::Apart => self.read::<false>(text, &ASCII),
            Weak::Letters => self.read::<true>(text, &ASCII_WEAK),
        }
        let (mut found, mut steps) = (false, 0_u64);
        let padded = self.letters.get(..self.count.saturating_add(STEP)).unwrap_or(&[]);
        for start in self.starts.get(..self.start_count).unwrap_or(&[]) {
            let rest = usize::try_from(*start).ok().and_then(|start| padded.get(start..)).unwrap_or(&[]);
            if rest.first_chunk().is_some_and(|key| matcher.may_begin(*key)) {
                let letters = rest.len().checked_sub(STEP).and_then(|len| rest.get(..len)).unwrap_or(&[]);
                steps = steps.saturating_add(matcher.walk(letters, |_, _| found = true));
            }
        }
        (found, steps)
    }

    /// Every byte takes the same steps, none of which branches on what it is.
    fn read<const WITH_WEAK: bool>(&mut self, text: &[u8], table: &[u8; 256]) {
        let room = text.len().saturating_add(STEP).saturating_add(STEP);
        if self.letters.len() < room {
            self.letters.resize(room, 0);
            self.starts.resize(room, 0);
        }
        let (mut count, mut start_count, mut before) = (0_usize, 0_usize, 0_u8);
        let (steps, rest) = text.as_chunks::<STEP>();
        let mut last = [0; STEP];
        for (place, byte) in last.iter_mut().zip(rest) {
            *place = *byte;
        }
        for step in steps.iter().chain([&last]) {
            let letters = self.letters.get_mut(count..).and_then(|rest| rest.first_chunk_mut::<STEP>());
            let starts = self.starts.get_mut(start_count..).and_then(|rest| rest.first_chunk_mut::<STEP>());
            let (Some(letters), Some(starts)) = (letters, starts) else { return };
            let base = u32::try_from(count).unwrap_or(u32::MAX);
            let (mut added, mut started) = (0_u32, 0_u32);
            for byte in step {
                let letter = table.get(usize::from(*byte)).copied().unwrap_or(0);
                *place(letters, added) = if WITH_WEAK { letter & !WEAK } else { letter };
                *place(starts, started) = base.wrapping_add(added);
                let edge = (before == 0) | (WITH_WEAK && (letter | before) & WEAK != 0);
                started = started.wrapping_add(u32::from((letter != 0) & edge));
                added = added.wrapping_add(u32::from(letter != 0));
                before = letter;
            }
            count = count.wrapping_add(usize::try_from(added).unwrap_or(0));
            start_count = start_count.wrapping_add(usize::try_from(started).unwrap_or(0));
        }
        (self.count, self.start_count) = (count, start_count);
        if let Some(pad) = self.letters.get_mut(count..count.saturating_add(STEP)) {
            pad.fill(0);
        }
    }
}

/// Place `at` of a step; `at` is below [`STEP`] whenever anything is written, and never beyond it.
#[inline]
#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "the mask keeps it inside: no check is left"
)]
fn place<T>(step: &mut [T; STEP], at: u32) -> &mut T {
    &mut step[(at & 15) as usize]
}

#[cfg(test)]
mod tests {
    use super::Quick;
    use crate::fold::{ASCII, ASCII_WEAK, ShortFolds};
    use crate::letters::{Letters, Weak};
    use crate::matcher::Matcher;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn letters_and_starts_are_those_of_the_careful_reading(text in "[ -~]{0,70}") {
            let (mut quick, mut careful) = (Quick::default(), Letters::default());
            for (weak, table) in [(Weak::Apart, &ASCII), (Weak::Letters, &ASCII_WEAK)] {
                careful.begin(text.len());
                careful.push_text(text.as_bytes(), 0, weak, &ShortFolds::new());
                careful.finish(text.len());
                match weak {
                    Weak::Apart => quick.read::<false>(text.as_bytes(), table),
                    Weak::Letters => quick.read::<true>(text.as_bytes(), table),
                }
                prop_assert_eq!(&quick.letters[..quick.count], careful.letters());
                let starts: Vec<u32> =
                    careful.edges().iter().step_by(2).map(|edge| u32::try_from(edge.letters).unwrap()).collect();
                prop_assert_eq!(&quick.starts[..quick.start_count], starts);
            }
        }
    }

    #[test]
    fn memory_of_a_longer_text_does_not_show() {
        let matcher = Matcher::new(&[b"heron".to_vec(), b"ab".to_vec()]).unwrap();
        let mut quick = Quick::default();
        assert!(quick.may_match(b"one blue h.e r0n", Weak::Apart, &matcher).0);
        assert!(!quick.may_match(b"one blue her", Weak::Apart, &matcher).0);
        assert!(!quick.may_match(b"a", Weak::Apart, &matcher).0);
        assert!(quick.may_match(b"a b", Weak::Apart, &matcher).0);
    }
}
