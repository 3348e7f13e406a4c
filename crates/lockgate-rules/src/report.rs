//! Diagnostics that point into an expression inside a file.

use lockgate_bytes::Span;
use lockgate_notation::{Diagnostic, DiagnosticCode, Diagnostics, Value};

/// An expression as it was written, and where.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    text: &'a str,
    value: Option<&'a Value>,
}

impl<'a> Written<'a> {
    /// The expression in a value of a file; `None` where the value is no text.
    pub fn value(value: &'a Value) -> Option<Self> {
        Some(Self { text: value.text()?, value: Some(value) })
    }

    /// An expression that is the whole of what the diagnostics are about.
    pub fn alone(text: &'a str) -> Self {
        Self { text, value: None }
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text at `span`.
    pub(crate) fn at(&self, span: Span) -> &'a str {
        std::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("")
    }

    /// Where in the file a span of the expression stands.
    pub(crate) fn place(&self, span: Span) -> Span {
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        match self.value {
            Some(value) => value.inner_span(at(span.start)..at(span.end)),
            None => span,
        }
    }
}

/// Reports what is wrong with one expression.
pub(crate) struct Report<'a, 'd> {
    pub(crate) written: Written<'a>,
    diagnostics: &'d mut Diagnostics,
    reported: bool,
}

impl<'a, 'd> Report<'a, 'd> {
    pub(crate) fn new(written: Written<'a>, diagnostics: &'d mut Diagnostics) -> Self {
        Self { written, diagnostics, reported: false }
    }

    /// Forgets that anything was reported; see [`Self::has_reported`].
    pub(crate) fn begin(&mut self) {
        self.reported = false;
    }

    /// True where an error was reported since [`Self::begin`].
    pub(crate) fn has_reported(&self) -> bool {
        self.reported
    }

    pub(crate) fn error(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.reported = true;
        self.diagnostics.error(code, self.written.place(span), message)
    }

    pub(crate) fn warning(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.diagnostics.warning(code, self.written.place(span), message)
    }

    /// An error with "did you mean", or with all the possibilities where there are few.
    pub(crate) fn unknown<'w>(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
        written: &str,
        known: impl Iterator<Item = &'w str> + Clone,
    ) {
        let help = match lockgate_notation::closest(written, known.clone()) {
            Some(close) => Some(format!("did you mean `{close}`?")),
            None => {
                let few: Vec<&str> = known.take(13).collect();
                (few.len() < 13 && !few.is_empty()).then(|| format!("possible here: {}", few.join(", ")))
            }
        };
        let diagnostic = self.error(code, span, message);
        if let Some(help) = help {
            diagnostic.help(help);
        }
    }
}
