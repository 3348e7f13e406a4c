//! A set of category values of one policy, in a fixed number of words.

/// How many category values one policy may have.
pub(crate) const MAX_VALUES: usize = 512;
const WORDS: usize = MAX_VALUES / 64;

/// A set of value indices below [`MAX_VALUES`]. Copied, never allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);

    /// Puts `index` in; an index past the end is refused when the policy is compiled.
    pub(crate) fn insert(&mut self, index: u16) {
        if let Some(word) = self.0.get_mut(usize::from(index >> 6)) {
            *word |= 1 << (index & 63);
        }
    }

    pub(crate) fn remove(&mut self, index: u16) {
        if let Some(word) = self.0.get_mut(usize::from(index >> 6)) {
            *word &= !(1 << (index & 63));
        }
    }

    pub(crate) fn contains(&self, index: u16) -> bool {
        self.0.get(usize::from(index >> 6)).is_some_and(|word| word & (1 << (index & 63)) != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// What is in `self` and not in `other`.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        !self.and(other).is_empty()
    }

    pub(crate) fn holds_all_of(&self, other: &Self) -> bool {
        other.minus(self).is_empty()
    }

    pub(crate) fn len(&self) -> u32 {
        // Nearly all words are empty, and counting takes many steps where there is no instruction for it.
        let words = self.0.iter().filter(|word| **word != 0);
        words.fold(0, |sum, word| sum.saturating_add(word.count_ones()))
    }

    /// The members, lowest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u16> + use<> {
        let mut words = self.0;
        let mut at = 0_usize;
        core::iter::from_fn(move || {
            loop {
                let word = words.get_mut(at)?;
                if *word == 0 {
                    at = at.saturating_add(1);
                    continue;
                }
                let bit = word.trailing_zeros();
                *word &= word.wrapping_sub(1);
                let base = u16::try_from(at).ok()?.saturating_mul(64);
                return Some(base.saturating_add(u16::try_from(bit).ok()?));
            }
        })
    }

    fn zip(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let mut out = Self::EMPTY;
        for ((to, a), b) in out.0.iter_mut().zip(self.0).zip(other.0) {
            *to = join(a, b);
        }
        out
    }
}

impl FromIterator<u16> for Bits {
    fn from_iter<I: IntoIterator<Item = u16>>(indices: I) -> Self {
        let mut bits = Self::EMPTY;
        indices.into_iter().for_each(|index| bits.insert(index));
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, MAX_VALUES};
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_behave_as_a_set(
            a in proptest::collection::btree_set(0..MAX_VALUES as u16, 0..20),
            b in proptest::collection::btree_set(0..MAX_VALUES as u16, 0..20),
        ) {
            let (x, y): (Bits, Bits) = (a.iter().copied().collect(), b.iter().copied().collect());
            let list = |set: BTreeSet<u16>| set.into_iter().collect::<Vec<_>>();
            prop_assert_eq!(x.iter().collect::<Vec<_>>(), list(a.clone()));
            prop_assert_eq!(x.and(&y).iter().collect::<Vec<_>>(), list(&a & &b));
            prop_assert_eq!(x.or(&y).iter().collect::<Vec<_>>(), list(&a | &b));
            prop_assert_eq!(x.minus(&y).iter().collect::<Vec<_>>(), list(&a - &b));
            prop_assert_eq!(x.meets(&y), !a.is_disjoint(&b));
            prop_assert_eq!(x.holds_all_of(&y), b.is_subset(&a));
            prop_assert_eq!(x.len() as usize, a.len());
        }
    }

    #[test]
    fn the_edges_of_words_count() {
        let mut bits = Bits::EMPTY;
        for index in [0, 63, 64, 511] {
            bits.insert(index);
            assert!(bits.contains(index));
        }
        bits.remove(63);
        assert!(!bits.contains(63) && !bits.contains(512) && bits.len() == 3);
    }
}
