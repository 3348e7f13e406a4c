//! A code at a place: what a pure room reports before anybody turns it into a reason of a verdict.

use crate::Code;
use alloc::borrow::Cow;
use lockgate_bytes::Span;

/// A code, where in the object it applies, and what to say where the code's own words are not enough.
///
/// `says` never carries payload: it may name fields, values of the policy and of authored files, never text of the
/// object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// Where in the object, if it is anywhere.
    pub span: Option<Span>,
    /// What is wrong here; the code's own words unless there is more to say.
    pub says: Cow<'static, str>,
}

impl Finding {
    /// The code with its own words, at no particular place.
    pub fn new(code: Code) -> Self {
        Self { code, span: None, says: Cow::Borrowed(code.says()) }
    }

    /// The same at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same with more precise words.
    #[must_use]
    pub fn saying(mut self, says: impl Into<Cow<'static, str>>) -> Self {
        self.says = says.into();
        self
    }
}
