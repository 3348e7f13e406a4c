//! A small generator of numbers that repeat with their seed (SplitMix64). Not for keys.

/// The same seed gives the same numbers, everywhere.
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Seed {
    /// Begins a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw().checked_rem(end).unwrap_or(0)
    }

    /// The same for lengths.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap_or(u64::MAX))).unwrap_or(0)
    }

    /// True in one of `of` cases.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        // Reference values for seed 1234567 of the public-domain program by Sebastiano Vigna.
        let mut seed = Seed::new(1_234_567);
        assert_eq!(seed.draw(), 6_457_827_717_110_365_317);
        assert_eq!(seed.draw(), 3_203_168_211_198_807_973);
        assert_eq!(Seed::new(1).below(0), 0);
    }
}
