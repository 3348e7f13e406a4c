//! The stable reason codes: what each one means, why it comes about, an example and the remedy.
//!
//! Every verdict other than release names at least one of these. A code never changes its meaning and is never
//! reused; docs/REASONS.md and `lockgate explain CODE` are printed from this table and from nothing else. One module
//! a family, in the order in which an object meets them.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

pub mod agreement;
mod code;
pub mod deep;
pub mod egress;
pub mod fault;
mod finding;
pub mod framing;
pub mod hold;
pub mod marking;
pub mod rule;
pub mod schema;
mod who;
pub mod words;

pub use code::{Code, Family, Outcome};
pub use finding::Finding;
pub use who::Who;

/// Every code there is, family by family.
pub fn all() -> impl Iterator<Item = Code> {
    [
        framing::ALL,
        schema::ALL,
        marking::ALL,
        agreement::ALL,
        rule::ALL,
        words::ALL,
        deep::ALL,
        hold::ALL,
        egress::ALL,
        fault::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code with this identifier, such as `LG-R001`.
pub fn named(id: &str) -> Option<Code> {
    all().find(|code| code.id() == id)
}

#[cfg(test)]
mod tests {
    use super::{Family, Who, all, named};
    use alloc::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_complete_and_of_its_family() {
        let mut seen = BTreeSet::new();
        for code in all() {
            assert!(seen.insert(code.id()), "{} stands twice", code.id());
            assert_eq!(named(code.id()), Some(code));
            assert_eq!(code.id().len(), 7, "{}", code.id());
            assert!(code.id().starts_with(code.family().prefix()), "{}", code.id());
            for text in [code.says(), code.cause(), code.example(), code.remedy()] {
                assert!(text.len() > 8, "{} says too little", code.id());
            }
        }
    }
    /// Whoever is told to wait for people has to be told, too, who acts where the lane does not let them.
    #[test]
    fn where_people_act_somebody_else_does_without_them() {
        for code in all() {
            let alone = code.who() != Who::People || code.family() == Family::Hold;
            assert_eq!(code.who_without_people() == code.who(), alone, "{code}");
        }
    }

    #[test]
    fn nobody_acts_exactly_where_there_is_nothing_to_do() {
        for code in all() {
            let remedy = code.remedy();
            // A receiver has nothing to do where somebody else has.
            let nothing =
                remedy.starts_with("Nothing to do") && !remedy.starts_with("Nothing to do for the receiver");
            let by_itself = remedy.starts_with("It has its turn again");
            assert_eq!(code.who() == Who::Nobody, nothing || by_itself, "{code}: {remedy}");
        }
    }

    #[test]
    fn who_acts_is_a_closed_list_of_words() {
        for who in Who::ALL {
            assert_eq!(Who::named(who.name()), Some(who));
            assert!(all().any(|code| code.who() == who), "{who}");
        }
        assert_eq!(Who::named("reviewer"), None);
    }
}
