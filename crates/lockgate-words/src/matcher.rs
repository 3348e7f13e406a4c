//! One automaton over the letters of all terms, asked only where a term may begin.
//!
//! Two letters at a place are looked up in a table of all terms' first two letters, four in a bitmap of their first four
//! (8 KiB for 2,000 terms: it stays in the nearest cache); only where that says yes does the automaton walk on from
//! there, anchored. Ordinary text costs the tables alone.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use alloc::vec;
use alloc::vec::Vec;

/// Most bytes of letters in a term (in exact mode: of its text). A walk is never longer.
pub const MAX_TERM_LETTERS: usize = 128;

/// Fewest; the key of a short term is its first two letters.
pub(crate) const MIN_TERM_LETTERS: usize = 2;

/// Letters of the key.
pub(crate) const KEY: usize = 4;

/// All terms of one mode.
#[derive(Debug)]
pub(crate) struct Matcher {
    nfa: NFA,
    start: StateID,
    pairs: [u32; 32],
    long: Bitmap,
    short: Option<Bitmap>,
}

impl Matcher {
    /// Compiles `terms`, none of them empty. `None` where there are none, or they are too many for the automaton.
    pub(crate) fn new(terms: &[Vec<u8>]) -> Option<Self> {
        if terms.is_empty() {
            return None;
        }
        let nfa = NFA::builder().match_kind(MatchKind::Standard).prefilter(false).build(terms).ok()?;
        let start = nfa.start_state(Anchored::Yes).ok()?;
        let mut pairs = [0; 32];
        terms.iter().for_each(|term| insert_pair(&mut pairs, term));
        let mut long = Bitmap::for_count(terms.len());
        let mut short: Option<Bitmap> = None;
        for term in terms {
            match term.first_chunk::<KEY>() {
                Some(key) => long.insert(u32::from_le_bytes(*key)),
                None => {
                    short.get_or_insert_with(|| Bitmap::for_count(0x1_0000)).insert(short_key(term));
                }
            }
        }
        Some(Self { nfa, start, pairs, long, short })
    }

    /// True where a term may begin with these letters, told by their [`sign`]; 0 for the second where it is not known.
    #[inline]
    pub(crate) fn may_pair(&self, first: u8, second: u8) -> bool {
        let seconds = self.pairs.get(usize::from(first & 31)).copied().unwrap_or(0);
        seconds.wrapping_shr(u32::from(second)) & 1 != 0
    }

    /// True where a term may begin with `key`, the next letters (zeros behind the last).
    #[inline]
    pub(crate) fn may_begin(&self, key: [u8; KEY]) -> bool {
        self.long.contains(u32::from_le_bytes(key))
            || self.short.as_ref().is_some_and(|short| short.contains(short_key(&key)))
    }

    /// Where every walk begins.
    pub(crate) fn start(&self) -> StateID {
        self.start
    }

    /// One step of a walk: the state behind `letter`, the one of this `depth`; `None` where no term goes on so. Gives the terms that end there.
    #[inline]
    pub(crate) fn step(
        &self,
        state: StateID,
        letter: u8,
        depth: usize,
        mut found: impl FnMut(usize),
    ) -> Option<StateID> {
        let state = self.nfa.next_state(Anchored::Yes, state, letter);
        if !self.nfa.is_special(state) {
            return Some(state);
        }
        if self.nfa.is_dead(state) {
            return None;
        }
        if self.nfa.is_match(state) {
            for nth in 0..self.nfa.match_len(state) {
                let pattern = self.nfa.match_pattern(state, nth);
                // A state also carries the terms that are its suffixes; those begin elsewhere.
                if self.nfa.pattern_len(pattern) == depth {
                    found(pattern.as_usize());
                }
            }
        }
        Some(state)
    }

    /// Gives every term that stands at the beginning of `letters` with its length, and the steps that took.
    pub(crate) fn walk(
        &self,
        letters: impl IntoIterator<Item = u8>,
        mut found: impl FnMut(usize, usize),
    ) -> u64 {
        let mut state = self.start;
        let mut steps = 0_u64;
        for (len, byte) in (1_usize..).zip(letters) {
            steps = steps.wrapping_add(1);
            match self.step(state, byte, len, |term| found(term, len)) {
                Some(next) => state = next,
                None => break,
            }
        }
        steps
    }
}

/// Adds the first two letters of `term`. A second letter of 0 has a bit wherever any has one.
fn insert_pair(pairs: &mut [u32; 32], term: &[u8]) {
    if let Some([first, second]) = term.first_chunk::<MIN_TERM_LETTERS>()
        && let Some(seconds) = pairs.get_mut(usize::from(sign(*first)))
    {
        *seconds |= 1 | 1_u32.wrapping_shl(u32::from(sign(*second)));
    }
}

/// A folded letter in five bits: its own for every letter and digit of ASCII that a fold gives, one for all bytes
/// beyond; 0 is none.
pub(crate) const fn sign(letter: u8) -> u8 {
    match letter {
        0 => 0,
        b'a'..=b'z' => letter & 31,
        b'2' => 27,
        b'6' => 28,
        b'9' => 29,
        _ => 30,
    }
}

/// The first two letters: what every term has.
fn short_key(letters: &[u8]) -> u32 {
    letters.first_chunk::<MIN_TERM_LETTERS>().map_or(0, |key| u32::from(u16::from_le_bytes(*key)))
}

/// A set of keys that may say yes for others too.
#[derive(Debug)]
struct Bitmap {
    words: Vec<u64>,
    shift: u32,
}

impl Bitmap {
    /// 32 bits a key and more; at least 64 words, at most 128 KiB.
    fn for_count(count: usize) -> Self {
        let bits = count.saturating_mul(32).next_power_of_two().clamp(1 << 12, 1 << 20);
        Self { words: vec![0; bits >> 6], shift: 32_u32.saturating_sub(bits.trailing_zeros()) }
    }

    fn insert(&mut self, key: u32) {
        let (word, bit) = self.place(key);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    #[inline]
    fn contains(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
    #[inline]
    fn place(&self, key: u32) -> (usize, u64) {
        let hash = key.wrapping_mul(0x9E37_79B1).wrapping_shr(self.shift);
        (usize::try_from(hash >> 6).unwrap_or(0), 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::{Matcher, sign};
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn a_walk_finds_every_term_that_begins_there_and_no_other() {
        let matcher =
            Matcher::new(&[b"bl".to_vec(), b"blue".to_vec(), b"ue".to_vec(), b"blueheron".to_vec()]);
        let matcher = matcher.unwrap();
        let mut found: Vec<_> = vec![];
        assert_eq!(matcher.walk(*b"blueherx", |term, len| found.push((term, len))), 8);
        assert_eq!(found, [(0, 2), (1, 4)]);
        let may_pair = |first, second| matcher.may_pair(sign(first), sign(second));
        assert!(may_pair(b'b', b'l') && may_pair(b'u', 0) && !may_pair(b'b', b'a'));
        assert!(!may_pair(b'e', 0), "no term begins with it");
        assert!(matcher.may_begin(*b"blue") && matcher.may_begin(*b"ue\0\0") && !matcher.may_begin(*b"aaaa"));
    }
}
