//! Why an object does not simply cross.

use alloc::borrow::Cow;
use alloc::sync::Arc;
use lockgate_bytes::Span;
use lockgate_reason::{Code, Finding, Outcome};
use lockgate_record::Place;

/// A code with everything a person needs to act on it: rule, field, span, words and citation. Never payload.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The stable code.
    pub code: Code,
    /// Hold or refuse: the code's own outcome unless rule or lane says otherwise.
    pub outcome: Outcome,
    /// The authored rule, word list or agreement that it comes from.
    pub rule: Option<Arc<str>>,
    /// The field.
    pub place: Option<Place>,
    /// Where in the object.
    pub span: Option<Span>,
    /// One sentence.
    pub says: Cow<'static, str>,
    /// The source of the rule: document, edition, section.
    pub cites: Option<Arc<str>>,
}

impl Reason {
    /// The code with its own words and outcome.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            outcome: code.outcome(),
            rule: None,
            place: None,
            span: None,
            says: Cow::Borrowed(code.says()),
            cites: None,
        }
    }

    /// At this field and span.
    #[must_use]
    pub fn at(mut self, place: Place, span: Span) -> Self {
        self.place = Some(place);
        self.span = Some(span);
        self
    }

    /// With more precise words.
    #[must_use]
    pub fn saying(mut self, says: impl Into<Cow<'static, str>>) -> Self {
        self.says = says.into();
        self
    }
}

impl From<Finding> for Reason {
    fn from(finding: Finding) -> Self {
        Self { span: finding.span, says: finding.says, ..Self::new(finding.code) }
    }
}
