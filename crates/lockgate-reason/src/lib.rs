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
pub mod words;

pub use code::{Code, Family, Outcome};
pub use finding::Finding;

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
    use super::{all, named};
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
}
