//! Whether a text begins as a marking does, which it may be or not.

use super::{MarkingReader, plain};
use crate::policy::Place;

impl MarkingReader<'_> {
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
