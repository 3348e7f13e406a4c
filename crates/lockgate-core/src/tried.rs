//! What a lane's lists find in a text that is no object: for whoever tries a text against them. Nothing is decided by it.

use crate::Policy;
use crate::words::of;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_reason::{Code, Outcome};
use lockgate_words::{Found, Mode, Scratch};

/// Steps that one text may take: some 4 MiB of it, as on the slow path.
const STEPS: u64 = 64 << 20;

/// What was found at one place of a text that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The reason that an object with such a text would have.
    pub code: Code,
    /// What it would do to the object on this lane.
    pub outcome: Outcome,
    /// The word's list, how that is matched, and which of its terms it is, from 0; `None` for what is no word of a list.
    pub word: Option<(Arc<str>, Mode, u32)>,
    /// Where in the text, in bytes.
    pub span: Span,
    /// The letters as which the text was read there; `None` where it was taken as it is.
    pub read_as: Option<String>,
}

impl Policy {
    /// Tries a text against the lists of this lane, as if it stood in one free text of an object.
    ///
    /// # Errors
    /// [`OverBudget`] where the text is longer than any object may make work.
    pub fn try_text(&self, text: &str) -> Result<Vec<Tried>, OverBudget> {
        let lists = &self.parts.words;
        let (mut scratch, mut hits) = (Scratch::new(), Vec::new());
        scratch.push(text.as_bytes(), 0, Span::new(0, text.len()), true);
        lists.scan(&mut scratch, &mut Budget::new(STEPS), &mut hits)?;
        let tried = hits.iter().map(|hit| {
            let reason = of(hit, self);
            let word = match hit.found {
                Found::Word { mode, .. } => reason.rule.map(|list| (list, mode, hit.term)),
                Found::Concealed(_) => None,
            };
            let read_as = lists.read_as(hit).map(String::from);
            Tried { code: reason.code, outcome: reason.outcome, word, span: hit.span, read_as }
        });
        Ok(tried.collect())
    }
}
