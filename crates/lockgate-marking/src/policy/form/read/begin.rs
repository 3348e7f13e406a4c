//! Whether a text begins as a marking does, or is made of its words, which it may be or not.

use super::{MarkingReader, plain};
use crate::policy::Place;
use alloc::collections::BTreeSet;
use alloc::string::String;

/// The single words of a policy's markings, in capitals.
#[derive(Debug)]
pub(crate) struct PolicyWords {
    all: BTreeSet<String>,
    policy: BTreeSet<String>,
    levels: BTreeSet<String>,
}

impl PolicyWords {
    /// True where `text` is made of such words alone, one for the policy and one for a level among them, in whatever order and
    /// letters, and with whatever signs between them.
    pub(crate) fn make(&self, text: &str) -> bool {
        let (mut policy, mut level) = (false, false);
        let all = split(text).all(|word| {
            policy |= self.policy.contains(&word);
            level |= self.levels.contains(&word);
            self.all.contains(&word)
        });
        all && policy && level
    }
}

/// The words of a text, in capitals.
fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_uppercase())
}

impl MarkingReader<'_> {
    /// The words that stand in these markings.
    pub(crate) fn words(&self) -> PolicyWords {
        let grammar = &self.grammar;
        let policy: BTreeSet<String> = grammar.words.iter().flat_map(|(word, _)| split(word)).collect();
        let levels: BTreeSet<String> = grammar.levels.iter().flat_map(|(word, _)| split(word)).collect();
        let values = grammar.tags.iter().flat_map(|tag| {
            let around = [&tag.prefix, &tag.separator, &tag.suffix].into_iter();
            around.chain(tag.values.iter().map(|(value, _)| value)).flat_map(|text| split(text))
        });
        let around = [&grammar.prefix, &grammar.suffix, &grammar.separator].into_iter();
        let all =
            values.chain(around.flat_map(|text| split(text))).chain(policy.iter().chain(&levels).cloned());
        PolicyWords { all: all.collect(), policy, levels }
    }

    /// True where `text` begins with a word for the policy, or, as portion marks do, with one for a level; whole words only.
    pub(crate) fn is_begun_by(&self, text: &str) -> bool {
        let text = self.form.folded(&plain(text));
        let text = text.strip_prefix(self.grammar.prefix.as_str()).unwrap_or(&text).trim_start();
        let begins = |word: &str| {
            let rest = text.strip_prefix(word).filter(|_| !word.is_empty());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let is_portion = self.form.at.place == Place::Portion;
        self.grammar.words.iter().any(|(word, _)| !is_portion && begins(word))
            || self.grammar.levels.iter().any(|(word, _)| is_portion && begins(word))
    }
}
