//! The first look at plain ASCII: could a term stand in it at all? Only then is it read again with its edges.
//!
//! What is a letter is told for 64 bytes at once; one bit each then says where words begin. Only the first letters of
//! words are looked at any closer: two of them against a table of 128 bytes, then four against the bitmap of all terms.

use crate::escapes::begins_escape;
use crate::fold::{ASCII, ASCII_WEAK, SIGNS, SIGNS_WEAK, weak_letter};
use crate::letters::Weak;
use crate::matcher::{KEY, Matcher};
use alloc::vec::Vec;

/// Bytes at once: as many as a word has bits.
pub(crate) const BLOCK: usize = 64;

/// What the first look saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// False where a byte is no ASCII: then nothing else was looked for.
    pub(crate) ascii: bool,
    /// The letters of a term stand at the beginning of a word.
    pub(crate) possible: bool,
    /// A letter stands there that may be a separator.
    pub(crate) weak: bool,
    /// A byte stands there with which an escape may begin.
    pub(crate) escapes: bool,
    /// What that took.
    pub(crate) steps: u64,
}

/// The places at which a term may begin. The vector keeps its length from text to text.
#[derive(Debug, Default)]
pub(crate) struct Quick {
    places: Vec<u32>,
}

impl Quick {
    /// Looks once at the first `len` bytes of `text`, which has zeros behind them: a block and more, up to the end of one.
    pub(crate) fn look(&mut self, text: &[u8], len: usize, weak: Weak, matcher: &Matcher) -> Look {
        let (mut look, count) = match weak {
            Weak::Apart => self.starts::<false>(text, &SIGNS, matcher),
            Weak::Letters => self.starts::<true>(text, &SIGNS_WEAK, matcher),
        };
        // To this table signs are no letters: a place with one among the first four is kept.
        let count = self.keep_keys(count, text, &ASCII, matcher);
        let text = text.get(..len).unwrap_or(text);
        for at in self.places.get(..count).unwrap_or(&[]) {
            match weak {
                Weak::Apart => walk(behind(text, *at), matcher, &mut look),
                Weak::Letters => walk_to_sign(behind(text, *at), matcher, &mut look),
            }
        }
        look
    }

    /// Gathers the beginnings of words at which two letters speak for a term; gives their number.
    fn starts<const WITH_WEAK: bool>(
        &mut self,
        text: &[u8],
        signs: &[u8; 256],
        matcher: &Matcher,
    ) -> (Look, usize) {
        let mut look = Look { ascii: true, ..Look::default() };
        let room = text.len().saturating_add(BLOCK);
        if self.places.len() < room {
            self.places.resize(room, 0);
        }
        let mut seen = Seen::default();
        // Of the last byte before the block: whether it is a letter, and a weak one.
        let (mut open, mut weak_before, mut count) = (0_u64, 0_u64, 0_usize);
        let (blocks, _) = text.as_chunks::<BLOCK>();
        for (block, base) in blocks.iter().zip((0_u32..).step_by(BLOCK)) {
            let mut letters = seen.letters(block);
            let mut edges = 0;
            if WITH_WEAK {
                let weak = weak_letters(block);
                letters |= weak;
                edges = weak | weak.wrapping_shl(1) | weak_before;
                weak_before = weak.wrapping_shr(63);
            }
            let starts = letters & (!(letters.wrapping_shl(1) | open) | edges);
            open = letters.wrapping_shr(63);
            let place = usize::try_from(base).unwrap_or(usize::MAX);
            let window = text.get(place..).and_then(|text| text.first_chunk());
            let room = self.places.get_mut(count..).and_then(|room| room.first_chunk_mut());
            if let (Some(window), Some(room)) = (window, room) {
                count =
                    count.wrapping_add(keep_pairs::<WITH_WEAK>(starts, base, window, room, signs, matcher));
            }
        }
        if !seen.is_ascii() {
            return (Look::default(), 0);
        }
        if seen.any_sign() {
            look.weak = text.iter().any(|byte| weak_letter(*byte).is_some());
            look.escapes = text.iter().any(|byte| begins_escape(*byte));
        }
        (look, count)
    }

    /// Of the first `count` places, keeps those where four letters speak for a term, or where it takes more to see them.
    #[inline]
    fn keep_keys(&mut self, count: usize, text: &[u8], table: &[u8; 256], matcher: &Matcher) -> usize {
        let places = self.places.get_mut(..count).unwrap_or(&mut []);
        let mut kept = 0_usize;
        for nth in 0..places.len() {
            let at = places.get(nth).copied().unwrap_or(0);
            let key = four(behind(text, at), table);
            if let Some(place) = places.get_mut(kept) {
                *place = at;
            }
            let keep = has_zero(key) | matcher.may_begin(key);
            kept = kept.wrapping_add(usize::from(keep));
        }
        kept
    }
}

/// True where one of the four is 0; none is above 127.
#[inline]
fn has_zero(key: [u8; KEY]) -> bool {
    u32::from_le_bytes(key).wrapping_sub(0x0101_0101) & 0x8080_8080 != 0
}

/// Puts those places of the block at `base` into `room` where `starts` has a bit and two letters speak for a term; gives
/// their number. Which these are is hard to foresee: no step branches on it.
#[inline]
#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "masks keep it inside: no check is left")]
fn keep_pairs<const WITH_WEAK: bool>(
    mut starts: u64,
    base: u32,
    window: &[u8; BLOCK + KEY],
    room: &mut [u32; BLOCK],
    signs: &[u8; 256],
    matcher: &Matcher,
) -> usize {
    let mut count = 0_usize;
    while starts != 0 {
        let at = starts.trailing_zeros() & 63;
        starts &= starts.wrapping_sub(1);
        let letter = |behind: u32| signs[usize::from(window[at.wrapping_add(behind) as usize])];
        let (first, second, third) = (letter(0), letter(1), letter(2));
        let mut second = if second == 0 { third } else { second };
        if WITH_WEAK {
            // A sign may be the second letter, or what stands before it.
            let is_sign = |behind: u32| weak_letter(window[at.wrapping_add(behind) as usize]).is_some();
            if is_sign(1) | is_sign(2) {
                second = 0;
            }
        }
        room[count & 63] = base.wrapping_add(at);
        count = count.wrapping_add(usize::from(matcher.may_pair(first, second)));
    }
    count
}

/// Walks into the terms where all first letters of `word` speak for one.
fn walk(word: &[u8], matcher: &Matcher, look: &mut Look) {
    if !matcher.may_begin(key(word, &ASCII)) {
        return;
    }
    let mut apart = 0_u64;
    let letters = word.iter().map(|byte| fold(&ASCII, *byte)).filter(|letter| {
        apart = apart.wrapping_add(u64::from(*letter == 0));
        *letter != 0
    });
    let steps = matcher.walk(letters, |_, _| look.possible = true);
    // Stepping over what is no letter is cheap, and not for nothing.
    look.steps = look.steps.wrapping_add(steps).wrapping_add(apart / 8);
}

/// Walks into the terms up to the next sign, which is a letter or none: where a term may go on so, the careful reading tells.
fn walk_to_sign(word: &[u8], matcher: &Matcher, look: &mut Look) {
    let (mut apart, mut met) = (0_u64, false);
    let letters = word.iter().enumerate().map_while(|(nth, byte)| {
        met = nth > 0 && weak_letter(*byte).is_some();
        (!met).then(|| fold(&ASCII_WEAK, *byte))
    });
    let letters = letters.filter(|letter| {
        apart = apart.wrapping_add(u64::from(*letter == 0));
        *letter != 0
    });
    let steps = matcher.walk(letters, |_, _| look.possible = true);
    look.possible |= met;
    look.steps = look.steps.wrapping_add(steps).wrapping_add(apart / 8);
}

/// What stands from byte `at` on.
#[inline]
fn behind(text: &[u8], at: u32) -> &[u8] {
    usize::try_from(at).ok().and_then(|at| text.get(at..)).unwrap_or(&[])
}

/// The next four bytes, folded; all separators where there are fewer.
#[inline]
fn four(text: &[u8], table: &[u8; 256]) -> [u8; KEY] {
    text.first_chunk::<KEY>().copied().unwrap_or_default().map(|byte| fold(table, byte))
}

/// The first letters of `word`, with zeros behind the last.
#[inline]
fn key(word: &[u8], table: &[u8; 256]) -> [u8; KEY] {
    let mut key = [0; KEY];
    let letters = word.iter().map(|byte| fold(table, *byte)).filter(|letter| *letter != 0);
    for (place, letter) in key.iter_mut().zip(letters) {
        *place = letter;
    }
    key
}

#[inline]
fn fold(table: &[u8; 256], byte: u8) -> u8 {
    table.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Bytes that the processor takes in one step.
const LANES: usize = 16;

/// What stood in the blocks of a text, each byte in one of the lanes.
#[derive(Default)]
struct Seen {
    /// All bytes, bit by bit.
    bytes: [u8; LANES],
    /// 1 where one stood that may be a sign.
    signs: [u8; LANES],
}

impl Seen {
    /// The letters of the next block, the lowest bit for the first byte. Many bytes a step, as the compiler makes of it: no early
    /// end, no branch, and what is asked of the whole text is asked at its end.
    #[inline]
    fn letters(&mut self, block: &[u8; BLOCK]) -> u64 {
        let mut letters = [0_u8; BLOCK];
        let (mut bytes, mut signs) = (self.bytes, self.signs);
        let parts = block.as_chunks::<LANES>().0.iter().zip(letters.as_chunks_mut::<LANES>().0);
        for (part, letters) in parts {
            for (((byte, letter), all), sign) in part.iter().zip(letters).zip(&mut bytes).zip(&mut signs) {
                let small = byte | 0x20;
                *letter = u8::from(small.wrapping_sub(b'a') < 26) | u8::from(byte.wrapping_sub(b'0') < 10);
                // With that bit set: `!"#$%&`, `=`, `@` and `\` with what differs from them in it, and `|`. Few others are among
                // these, and nothing that stands between words.
                *sign |= u8::from(small.wrapping_sub(b'!') < 6)
                    | u8::from(small == b'=')
                    | u8::from(small == b'@' | 0x20)
                    | u8::from(small == b'|');
                *all |= byte;
            }
        }
        (self.bytes, self.signs) = (bytes, signs);
        bits(&letters)
    }

    fn is_ascii(&self) -> bool {
        self.bytes.is_ascii()
    }

    /// False where neither a sign stood that may be a letter, nor a byte with which an escape may begin.
    fn any_sign(&self) -> bool {
        self.signs != [0; LANES]
    }
}

/// The signs of a block that may be letters.
#[inline]
fn weak_letters(block: &[u8; BLOCK]) -> u64 {
    bits(&block.map(|byte| u8::from(weak_letter(byte).is_some())))
}

/// Sixty-four bytes, each 0 or 1, as bits.
#[inline]
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| {
        // Each product puts byte n at bit 56 + n; no two of the others meet there or below with a carry.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080).wrapping_shr(56);
        bits.wrapping_shl(8) | gathered
    })
}

#[cfg(test)]
mod tests {
    use super::{Look, Seen, bits, weak_letters};
    use crate::escapes::begins_escape;
    use crate::fold::{ASCII, ShortFolds, weak_letter};
    use crate::letters::{Letters, Weak};
    use crate::matcher::Matcher;
    use crate::scratch::Scratch;
    use crate::signs::Places;
    use alloc::vec::Vec;
    use lockgate_bytes::{Budget, Span};
    use proptest::prelude::*;

    /// What the careful reading says: does a term stand at the beginning of a word?
    fn carefully(text: &str, weak: Weak, matcher: &Matcher) -> bool {
        let mut letters = Letters::default();
        letters.begin(text.len());
        letters.push_text(text.as_bytes(), 0, weak, &ShortFolds::new());
        letters.finish(text.len());
        let mut found = false;
        let mut budget = Budget::new(u64::MAX);
        Places::default().walk(matcher, &letters, &mut budget, |_, _, _| found = true).unwrap();
        found
    }

    fn look(text: &str, weak: Weak, matcher: &Matcher) -> Look {
        let mut scratch = Scratch::new();
        scratch.push(text.as_bytes(), 0, Span::default(), false);
        let look = scratch.look(weak, matcher);
        assert_eq!(look, scratch.look(weak, matcher), "nothing of an earlier text is seen again");
        look
    }

    fn matcher() -> Matcher {
        let terms: Vec<Vec<u8>> =
            [&b"heron"[..], b"ab", b"bi", b"si9", b"aab", b"zzzzzzzz"].map(<[u8]>::to_vec).into();
        Matcher::new(&terms).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_possible_is_what_the_careful_reading_finds(
            text in "[hHeEr30nN.]{0,20}|[ab!$@| .l1]{0,150}|[ -~]{0,200}|[ ]{60,68}h[ ]{0,70}er[.]{0,9}0n|[z ]{0,99}",
        ) {
            let matcher = matcher();
            for weak in [Weak::Apart, Weak::Letters] {
                let look = look(&text, weak, &matcher);
                let found = carefully(&text, weak, &matcher);
                // Where a term may go on behind a sign the quick look leaves it to the careful one, and only there.
                prop_assert!(look.possible == found || (look.possible && look.weak && weak == Weak::Letters));
                prop_assert!(look.ascii);
                prop_assert_eq!(look.weak, text.bytes().any(|byte| weak_letter(byte).is_some()));
                prop_assert_eq!(look.escapes, text.bytes().any(begins_escape));
            }
        }

        #[test]
        fn classes_are_those_of_the_table(bytes in any::<[[u8; 32]; 2]>(), low: bool) {
            let mut block = [0; 64];
            block.copy_from_slice(bytes.as_flattened());
            if low {
                block = block.map(|byte| byte & 0x7F);
            }
            let (mut seen, weak) = (Seen::default(), weak_letters(&block));
            let letters = seen.letters(&block);
            prop_assert_eq!(seen.is_ascii(), block.is_ascii());
            let is_sign = |byte: u8| weak_letter(byte).is_some() || begins_escape(byte);
            for (nth, byte) in block.into_iter().enumerate() {
                prop_assert_eq!(letters >> nth & 1 == 1, byte < 128 && ASCII[usize::from(byte)] != 0);
                prop_assert_eq!(weak >> nth & 1 == 1, weak_letter(byte).is_some());
                // Each by itself, in whichever lane: none is passed over.
                let mut alone = Seen::default();
                let mut other = [b' '; 64];
                other[nth] = byte;
                alone.letters(&other);
                alone.letters(&[b'a'; 64]);
                prop_assert!(alone.any_sign() || !is_sign(byte), "{}", byte);
                prop_assert_eq!(alone.is_ascii(), byte.is_ascii());
            }
        }

        #[test]
        fn bits_are_the_bytes_in_turn(number in any::<u64>()) {
            let bytes = core::array::from_fn(|nth| u8::from(number >> nth & 1 == 1));
            prop_assert_eq!(bits(&bytes), number);
        }
    }

    #[test]
    fn beyond_ascii_nothing_is_said() {
        let text = "heron \u{e9}";
        assert_eq!(look(text, Weak::Apart, &matcher()), Look::default());
        assert!(look("heron e", Weak::Apart, &matcher()).possible);
    }

    #[test]
    fn a_sign_far_from_every_term_asks_nobody() {
        for (text, possible) in [
            ("price $ and so on | h a", false),
            ("her on!", true),
            ("h@ron", true),
            ("hen@ron", false),
            ("x her|on", true),
            ("@x her", false),
            ("@b", true),
            ("@ $ b", true),
        ] {
            assert_eq!(look(text, Weak::Letters, &matcher()).possible, possible, "{text}");
        }
    }

    #[test]
    fn what_stands_between_letters_costs_too() {
        let text = "h".repeat(2) + &" ".repeat(800) + "er";
        let steps = |text: &str| look(text, Weak::Apart, &matcher()).steps;
        assert_eq!(steps(&text), 0, "no term begins with hher");
        let text = " ".repeat(0) + "h" + &" ".repeat(800) + "eron";
        assert_eq!(steps(&text), 5 + 100);
    }
}
