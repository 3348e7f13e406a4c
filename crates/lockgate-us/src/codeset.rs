//! Sets of codes as bits, and the members of organisations, looked up once.

use crate::country::{Code, KNOWN};
use crate::edition::Edition;
use alloc::collections::{BTreeMap, BTreeSet};

const WORDS: usize = KNOWN.div_ceil(64);

/// A set of codes: registered ones as bits, activities of the North Atlantic Council by name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Codes {
    known: [u64; WORDS],
    activities: BTreeSet<Code>,
}

impl Codes {
    pub(crate) fn insert(&mut self, code: &Code) {
        match code.place() {
            Some(place) => self.set(place),
            None => {
                self.activities.insert(code.clone());
            }
        }
    }

    fn set(&mut self, place: usize) {
        if let Some(word) = self.known.get_mut(place >> 6) {
            *word |= 1 << (place & 63);
        }
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            known: self.zip(other, |a, b| a & b),
            activities: self.activities.intersection(&other.activities).cloned().collect(),
        }
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            known: self.zip(other, |a, b| a | b),
            activities: self.activities.union(&other.activities).cloned().collect(),
        }
    }

    /// What is in `self` and not in `other`.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self {
            known: self.zip(other, |a, b| a & !b),
            activities: self.activities.difference(&other.activities).cloned().collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.iter().all(|word| *word == 0) && self.activities.is_empty()
    }

    /// The codes themselves.
    pub(crate) fn codes(&self) -> BTreeSet<Code> {
        let places = (0..KNOWN)
            .filter(|place| self.known.get(place >> 6).is_some_and(|word| word & (1 << (place & 63)) != 0));
        places.filter_map(Code::at).chain(self.activities.iter().cloned()).collect()
    }

    fn zip(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        for ((to, a), b) in words.iter_mut().zip(self.known).zip(other.known) {
            *to = join(a, b);
        }
        words
    }
}

impl<'c> FromIterator<&'c Code> for Codes {
    fn from_iter<I: IntoIterator<Item = &'c Code>>(codes: I) -> Self {
        let mut set = Self::default();
        codes.into_iter().for_each(|code| set.insert(code));
        set
    }
}

/// The members that an edition lets a roll-up put in the place of an organisation; each list is read once.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    edition: &'static Edition,
    known: BTreeMap<usize, Codes>,
}

impl Members {
    pub(crate) fn new(edition: &'static Edition) -> Self {
        Self { edition, known: BTreeMap::new() }
    }

    /// The edition that says who is a member of what.
    pub(crate) fn edition(&self) -> &'static Edition {
        self.edition
    }

    /// The members of all of `codes`.
    pub(crate) fn of<'c>(&mut self, codes: impl IntoIterator<Item = &'c Code>) -> Codes {
        let mut all = Codes::default();
        for code in codes.into_iter().filter(|code| code.is_organisation()) {
            let Some(place) = code.place() else { continue };
            let edition = self.edition;
            let members = self.known.entry(place).or_insert_with(|| {
                let mut set = Codes::default();
                code.members(edition).for_each(|member| set.insert(&member));
                set
            });
            all = all.or(members);
        }
        all
    }

    /// The codes with every member of every organisation that may be taken apart.
    pub(crate) fn closure(&mut self, codes: &BTreeSet<Code>) -> Codes {
        self.of(codes).or(&codes.iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, Members};
    use crate::country::Code;
    use crate::edition::EDITIONS;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    const NAMES: &[&str] = &[
        "AFG",
        "AUS",
        "USA",
        "XKS",
        "ZWE",
        "ACGU",
        "FVEY",
        "NATO",
        "NATO:KFOR",
        "NATO:SFOR",
        "TFTC",
        "UNCK",
    ];

    proptest! {
        #[test]
        fn codes_behave_as_a_set(a in subsequence(NAMES, 0..8), b in subsequence(NAMES, 0..8)) {
            let codes = |names: &[&str]| names.iter().filter_map(|name| Code::of(name)).collect::<BTreeSet<Code>>();
            let (a, b) = (codes(&a), codes(&b));
            let (x, y): (Codes, Codes) = (a.iter().collect(), b.iter().collect());
            prop_assert_eq!(x.codes(), a.clone());
            prop_assert_eq!(x.and(&y).codes(), &a & &b);
            prop_assert_eq!(x.or(&y).codes(), &a | &b);
            prop_assert_eq!(x.minus(&y).codes(), &a - &b);
            prop_assert_eq!(x.is_empty(), a.is_empty());
        }

        /// The bits against the lists as they are written.
        #[test]
        fn members_are_those_of_the_lists(names in subsequence(NAMES, 0..8)) {
            for edition in EDITIONS {
                let codes: BTreeSet<Code> = names.iter().filter_map(|name| Code::of(name)).collect();
                let mut slow = codes.clone();
                slow.extend(codes.iter().flat_map(|code| code.members(edition)));
                prop_assert_eq!(Members::new(edition).closure(&codes).codes(), slow);
            }
        }
    }
}
