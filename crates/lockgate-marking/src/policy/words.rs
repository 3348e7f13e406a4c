//! The words of a policy's markings, for those who search texts for them.

use super::{Kind, Policy};
use crate::Nation;
use crate::policy::marking::Markings;
use core::iter;

/// A word or a phrase that may stand in a marking of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkingWord<'p> {
    /// The words as the policy's file writes them.
    pub words: &'p str,
    /// True for the mark of a portion, such as `NS`: it is one only in brackets.
    pub portion: bool,
    /// What it is a word of.
    pub of: WordOf<'p>,
}

/// What a word of a marking says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordOf<'p> {
    /// The policy itself.
    Policy,
    /// The level of this name.
    Level(&'p str),
    /// A value of a tag.
    Value {
        /// The tag's name.
        tag: &'p str,
        /// What its values do.
        kind: Kind,
        /// The value's name.
        value: &'p str,
        /// The nation that the value stands for.
        nation: Option<Nation>,
    },
}

impl Policy {
    /// Every word that may stand in a marking of this policy: its own name, the names of levels and values, and the phrases
    /// that its file gives for each of them (the `markingData` of a SPIF, version 2.1), in every language. Words around
    /// them, such as `Releasable to`, say nothing by themselves and are none.
    pub fn marking_words(&self) -> impl Iterator<Item = MarkingWord<'_>> {
        let own = words(&self.name, &self.marking, WordOf::Policy);
        let levels = self
            .levels
            .iter()
            .flat_map(|level| words(&level.name, &level.marking, WordOf::Level(&level.name)));
        let values = self.values.iter().flat_map(|value| {
            let tag = self.tag(value.tag);
            let of = tag.map(|tag| WordOf::Value {
                tag: &tag.name,
                kind: tag.kind,
                value: &value.name,
                nation: value.nation,
            });
            of.into_iter().flat_map(|of| words(&value.name, &value.marking, of))
        });
        own.chain(levels).chain(values)
    }
}

fn words<'p>(
    name: &'p str,
    marking: &'p Markings,
    of: WordOf<'p>,
) -> impl Iterator<Item = MarkingWord<'p>> + use<'p> {
    let phrases = marking.shown().map(move |(words, portion)| MarkingWord { words, portion, of });
    iter::once(MarkingWord { words: name, portion: false, of }).chain(phrases)
}

#[cfg(test)]
mod tests {
    use super::{MarkingWord, WordOf};
    use crate::Kind;
    use crate::testing::small;
    use alloc::vec::Vec;

    const LEVELS: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1">
        <markingData phrase="BAS" xml:lang="fr"><code>pageTopBottom</code></markingData>
        <markingData phrase="TL"><code>portionMarking</code></markingData>
        <markingData phrase="BOTH"><code>portionMarking</code><code>pageTop</code></markingData>
        <markingData phrase="EVERYWHERE"><code>suppressClassName</code></markingData>
        <markingData phrase=""><code>suppressClassName</code></markingData>
        <markingData phrase="HEAD"><code>replacePolicy</code></markingData></securityClassification>"#;
    const SETS: &str = r#"<securityCategoryTagSet name="Caveat" id="1.2.5"><securityCategoryTag name="Caveat" tagType="restrictive">
        <tagCategory name="MED" lacv="1"><markingData phrase="MÉDICAL" xml:lang="fr"><code>suppressClassName</code></markingData></tagCategory></securityCategoryTag></securityCategoryTagSet>
        <securityCategoryTagSet name="Release" id="1.2.3"><securityCategoryTag name="Release" tagType="permissive">
        <tagCategory name="HRV" lacv="191"/></securityCategoryTag></securityCategoryTagSet>"#;

    #[test]
    fn names_and_phrases_of_everything_are_words() {
        let set = small(LEVELS, SETS, |_| {});
        let policy = set.policy(set.named("TEST").unwrap()).unwrap();
        let found: Vec<MarkingWord<'_>> = policy.marking_words().collect();
        let of = |of: WordOf<'static>, words: &[(&'static str, bool)]| -> Vec<MarkingWord<'static>> {
            words.iter().map(|(words, portion)| MarkingWord { words, portion: *portion, of }).collect()
        };
        let low = of(
            WordOf::Level("LOW"),
            &[
                ("LOW", false),
                ("BAS", false),
                ("TL", true),
                ("BOTH", true),
                ("BOTH", false),
                ("EVERYWHERE", true),
                ("EVERYWHERE", false),
                ("HEAD", false),
            ],
        );
        let med = WordOf::Value { tag: "Caveat", kind: Kind::Restrictive, value: "MED", nation: None };
        let expected = [
            of(WordOf::Policy, &[("TEST", false)]),
            low,
            of(med, &[("MED", false), ("MÉDICAL", true), ("MÉDICAL", false)]),
        ];
        assert_eq!(found.get(..12), Some(&expected.concat()[..]));
        let last = found.last().unwrap();
        assert!(matches!(last.of, WordOf::Value { kind: Kind::Permissive, nation: Some(_), .. }), "{last:?}");
    }
}
