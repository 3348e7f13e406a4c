//! A small seeded mutator: the same seed and inputs give the same mutations on every machine.

/// xorshift64*, by Vigna (2016): enough randomness to break parsers, and no dependency.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }
}

const MAX_BYTES: usize = 64 * 1024;
const TELLING: &[u8] =
    &[0, 1, 0x7F, 0x80, 0xFF, b'\'', b'"', b'<', b'>', b'&', b'{', b'}', b'(', b')', b'\n', b' '];

/// One to eight small changes to one of `inputs`.
pub(crate) fn mutate(random: &mut Random, inputs: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = inputs.get(random.below(inputs.len())).cloned().unwrap_or_default();
    for _ in 0..=random.below(8) {
        change(random, &mut bytes, inputs, words);
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, inputs: &[Vec<u8>], words: &[&str]) {
    let at = random.below(bytes.len() + 1);
    let end = at + random.below((bytes.len() - at).min(64) + 1);
    match random.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.next() as u8,
        2 if at < bytes.len() => bytes[at] = TELLING[random.below(TELLING.len())],
        3 => bytes.insert(at, TELLING[random.below(TELLING.len())]),
        4 => drop(bytes.drain(at..end)),
        5 => {
            // The same piece again, a few times: depth, length and repetition.
            let piece = bytes[at..end].repeat(1 + random.below(8));
            bytes.splice(at..at, piece);
        }
        6 if !words.is_empty() => {
            let word = words[random.below(words.len())].bytes();
            bytes.splice(at..at, word);
        }
        7 if !inputs.is_empty() => {
            let other = &inputs[random.below(inputs.len())];
            let from = random.below(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        _ => bytes.truncate(at.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, mutate};

    #[test]
    fn the_same_seed_gives_the_same_mutations_and_another_seed_others() {
        let inputs = [b"2026-03-01T10:05:00Z".to_vec(), b"-12.50".to_vec()];
        let run = |seed| {
            let mut random = Random::new(seed);
            (0..200).map(|_| mutate(&mut random, &inputs, &["Z"])).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let distinct: std::collections::BTreeSet<_> = run(7).into_iter().collect();
        assert!(distinct.len() > 150, "only {} distinct mutations", distinct.len());
    }
}
