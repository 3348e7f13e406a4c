//! Lengths that a container has of itself: one at most, and one that its readers and its emitter count alike.

use super::super::codes;
use crate::binary::model::{Choice, Form, If, List, Mask, Measure, Part, Section, Value};
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
    if ends_too_late(parts) {
        Some("an object without a length goes to the end, so it is the last part: give it length=")
    } else if own.many > 1 {
        Some("two lengths measure the same part")
    } else if own.whole && end == End::Told {
        Some("a length stands before it already, so none in it measures it")
    } else if own.rest && end == End::Parts {
        Some("where it ends is told by nothing, so there is no rest to measure: give it length=")
    } else {
        None
    }
}

/// True where something stands behind an object that goes to the end of its container: that is there for no object.
fn ends_too_late(parts: &[Part]) -> bool {
    let before = parts.split_last().map_or(&[][..], |(_, before)| before);
    let inside = |part: &Part| match part {
        Part::Mask(Mask { parts, .. }) | Part::Batch(parts) => ends_too_late(parts),
        Part::If(If { part, .. }) => ends_too_late(core::slice::from_ref(part)),
        Part::Choice(Choice { cases, .. }) => cases.iter().any(|(_, parts)| ends_too_late(parts)),
        // Containers were asked when they were read.
        _ => false,
    };
    before.iter().any(goes_to_the_end) || parts.iter().any(inside)
}

/// True where the last of a part goes to the end of the container that it stands in.
fn goes_to_the_end(part: &Part) -> bool {
    let last = |parts: &[Part]| parts.last().is_some_and(goes_to_the_end);
    match part {
        Part::Value(Value { form: Form::Carried(_), .. }) => true,
        Part::Section(Section { length: None, parts, .. })
        | Part::Mask(Mask { parts, .. })
        | Part::List(List { parts, .. })
        | Part::Batch(parts) => last(parts),
        Part::If(If { part, .. }) => goes_to_the_end(part),
        Part::Choice(Choice { cases, .. }) => cases.iter().any(|(_, parts)| last(parts)),
        _ => false,
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
