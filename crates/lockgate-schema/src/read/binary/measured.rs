//! Lengths that a container has of itself: one at most, and one that its readers and its emitter count alike.

use super::super::codes;
use crate::binary::model::{Choice, If, Mask, Measure, Part};
use lockgate_notation::Fields;

/// What tells where a container ends, beside the lengths in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is the whole object.
    Object,
    /// A length stands before it.
    Told,
    /// Nothing: it ends with its parts.
    Parts,
}

/// Refuses a container whose lengths could contradict each other.
pub(super) fn check(fields: &mut Fields<'_, '_>, parts: &[Part], end: End) {
    if let Some(says) = contradiction(parts, end) {
        let span = fields.noun_span();
        fields.error(&codes::MEASURE, span, says);
    }
}

/// Why the lengths of a container could contradict each other; nothing where they could not.
pub(super) fn contradiction(parts: &[Part], end: End) -> Option<&'static str> {
    let own = lengths(parts);
    if own.many > 1 {
        Some("two lengths measure the same part")
    } else if own.whole && end == End::Told {
        Some("a length stands before it already, so none in it measures it")
    } else if own.rest && end == End::Parts {
        Some("where it ends is told by nothing, so there is no rest to measure: give it length=")
    } else {
        None
    }
}

/// The lengths that measure a container.
#[derive(Clone, Copy, Default)]
struct Lengths {
    /// How many there can be at once.
    many: usize,
    /// One is of the whole of it.
    whole: bool,
    /// One is of what stands behind it.
    rest: bool,
}

impl Lengths {
    fn and(self, other: Self) -> Self {
        let many = self.many.saturating_add(other.many);
        Self { many, whole: self.whole || other.whole, rest: self.rest || other.rest }
    }

    fn or(self, other: Self) -> Self {
        let many = self.many.max(other.many);
        Self { many, ..self.and(other) }
    }
}

fn lengths(parts: &[Part]) -> Lengths {
    parts.iter().map(of).fold(Lengths::default(), Lengths::and)
}

/// Those of a part that is no container of its own.
fn of(part: &Part) -> Lengths {
    match part {
        Part::Measure(Measure { bits, .. }) => Lengths { many: 1, whole: *bits > 0, rest: *bits == 0 },
        Part::Mask(Mask { parts, .. }) | Part::Batch(parts) => lengths(parts),
        Part::If(If { part, .. }) => of(part),
        Part::Choice(Choice { cases, .. }) => {
            cases.iter().map(|(_, parts)| lengths(parts)).fold(Lengths::default(), Lengths::or)
        }
        _ => Lengths::default(),
    }
}
