//! From the levels of a format into those of a policy: by authored pairs, and by nothing else.

use crate::{Fault, LevelRef, PolicySet};
use alloc::format;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::Debug;
use lockgate_reason::{Finding, marking};

/// The levels of one format. They compare with each other only; what does not compare is not ordered.
pub trait NativeLevel: Copy + Debug + Eq + PartialOrd + 'static {
    /// The format, for messages.
    const FORMAT: &'static str;
    /// All of them.
    const ALL: &'static [Self];

    /// The word for it in profiles.
    fn word(self) -> &'static str;

    /// Its code on the wire.
    fn number(self) -> u8;
}

/// What the levels of a format are in one policy.
#[derive(Clone, Debug)]
pub struct LevelProfile<L> {
    levels: Vec<(L, LevelRef)>,
}

impl<L: NativeLevel> LevelProfile<L> {
    /// Compiles pairs of words: a level of the format, a level of the policy.
    ///
    /// # Errors
    /// `P062` unknown policy, `P063` unknown level on either side, `P065` one level twice, `P071` the order turned round.
    pub fn compile(policies: &PolicySet, policy: &str, pairs: &[(&str, &str)]) -> Result<Self, Vec<Fault>> {
        let fault =
            |code, name: &str, says: &str| Fault::new(code, name, format!("{}: {says} {name}", L::FORMAT));
        let Some(index) = policies.named(policy) else {
            return Err(Vec::from([fault("P062", policy, "the bundle has no policy")]));
        };
        let (mut levels, mut faults) = (Vec::<(L, LevelRef)>::new(), Vec::new());
        for (native, name) in pairs {
            let found = L::ALL.iter().copied().find(|level| level.word() == *native);
            match (found, policies.level_in(index, name)) {
                (Some(level), _) if levels.iter().any(|(known, _)| *known == level) => {
                    faults.push(fault("P065", native, "two meanings of"));
                }
                (Some(level), Some(to)) => levels.push((level, to)),
                (None, _) => faults.push(fault("P063", native, "the format has no level")),
                (_, None) => faults.push(fault("P063", name, "the policy has no level")),
            }
        }
        for (a, to_a) in &levels {
            for (b, to_b) in &levels {
                if a < b && policies.compare(*to_a, *to_b) == Some(Ordering::Greater) {
                    faults.push(fault("P071", a.word(), "a lower level becomes a higher one:"));
                }
            }
        }
        if faults.is_empty() { Ok(Self { levels }) } else { Err(faults) }
    }

    /// The level of the policy.
    ///
    /// # Errors
    /// LG-M020 where no pair says what it is.
    pub fn level(&self, level: L) -> Result<LevelRef, Finding> {
        let found = self.levels.iter().find(|(known, _)| *known == level);
        found.map(|(_, to)| *to).ok_or_else(|| Finding::new(marking::UNMAPPABLE))
    }
}

/// True where a container is at least as high as each of its parts; false also where one of them does not compare.
pub fn covers<L: NativeLevel>(whole: L, parts: impl IntoIterator<Item = L>) -> bool {
    parts.into_iter().all(|part| part <= whole)
}
