//! Diagnostics: what is wrong with an authored file, where, why and what to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockgate_bytes::Span;

use crate::DiagnosticCode;

/// The most diagnostics that are kept of one collection; what comes after is counted only.
pub const MAX_DIAGNOSTICS: usize = 200;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can be used; the author should know.
    Warning,
    /// The file cannot be used.
    Error,
}

/// One thing that is wrong with an authored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code: `N009`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file as it was named to the reader: `rules/lanes/rsocc-down.kdl`.
    pub file: String,
    /// The bytes of the file that are wrong.
    pub span: Span,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Other places that matter, each with what it is.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic of `code`, with the remedy of the code as its help.
    pub fn new(
        code: &DiagnosticCode,
        severity: Severity,
        file: &str,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let help = (!code.remedy.is_empty()).then(|| code.remedy.to_owned());
        let (file, message) = (file.to_owned(), message.into());
        Self { code: code.id, severity, file, span, message, labels: Vec::new(), help }
    }

    /// Points at another place that matters.
    pub fn label(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.labels.push((span, text.into()));
        self
    }

    /// Says what to do, instead of the remedy of the code.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }
}

/// All that was found in a set of files, in the order in which it was found, with the files' texts to quote from.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    sources: BTreeMap<Arc<str>, Arc<str>>,
    file: Option<Arc<str>>,
    dropped: usize,
    dropped_error: bool,
    scratch: Option<Box<Diagnostic>>,
}

impl Diagnostics {
    /// An empty collection without a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty collection that reports about `file` with its `text`.
    pub fn about(file: &str, text: &str) -> Self {
        let mut diagnostics = Self::default();
        diagnostics.enter(file, text);
        diagnostics
    }

    /// From here on, [`Diagnostics::error`] and [`Diagnostics::warning`] report about `file` with its `text`.
    pub fn enter(&mut self, file: &str, text: &str) {
        let name: Arc<str> = file.into();
        if self.sources.get(&name).is_none_or(|known| &**known != text) {
            self.sources.insert(Arc::clone(&name), text.into());
        }
        self.file = Some(name);
    }

    /// The file that is reported about; empty where there is none.
    pub fn file(&self) -> &str {
        self.file.as_deref().unwrap_or("")
    }

    /// Reports an error at `span` of the present file; returns it, for labels and help.
    pub fn error(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::new(code, Severity::Error, self.file(), span, message))
    }

    /// Reports a warning at `span` of the present file; returns it, for labels and help.
    pub fn warning(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::new(code, Severity::Warning, self.file(), span, message))
    }

    /// Adds a diagnostic about whatever file it names. Beyond [`MAX_DIAGNOSTICS`] it is counted and not kept, and
    /// still counts as an error where it is one.
    pub fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        if self.list.len() >= MAX_DIAGNOSTICS {
            self.dropped = self.dropped.saturating_add(1);
            self.dropped_error |= diagnostic.severity == Severity::Error;
            return self.scratch.insert(Box::new(diagnostic));
        }
        self.list.push_mut(diagnostic)
    }

    /// Adds all of `other`, with its files.
    pub fn merge(&mut self, other: Self) {
        self.sources.extend(other.sources);
        for diagnostic in other.list {
            self.report(diagnostic);
        }
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.dropped_error |= other.dropped_error;
    }

    /// Leaves out those kept that `keep` is false for, such as what was found twice.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    /// True where at least one error was found, kept or not.
    pub fn has_errors(&self) -> bool {
        self.dropped_error || self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// True where nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How many were found beyond [`MAX_DIAGNOSTICS`].
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Those that are kept, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// The text of `file`; empty where it is not known.
    pub(crate) fn text_of(&self, file: &str) -> &str {
        self.sources.get(file).map_or("", |text| text)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostics, MAX_DIAGNOSTICS};
    use crate::{Span, codes::SYNTAX};

    #[test]
    fn an_error_beyond_the_limit_still_is_an_error() {
        let mut diagnostics = Diagnostics::about("a.kdl", "");
        for _ in 0..MAX_DIAGNOSTICS {
            diagnostics.warning(&SYNTAX, Span::default(), "w");
        }
        assert!(!diagnostics.has_errors());
        diagnostics.error(&SYNTAX, Span::default(), "e").help("h");
        assert!(diagnostics.has_errors());
        assert_eq!((diagnostics.len(), diagnostics.dropped()), (MAX_DIAGNOSTICS, 1));
    }

    #[test]
    fn merging_keeps_order_and_files() {
        let mut first = Diagnostics::about("a.kdl", "a");
        first.error(&SYNTAX, Span::new(0, 1), "one");
        let mut second = Diagnostics::about("b.kdl", "b");
        second.error(&SYNTAX, Span::new(0, 1), "two");
        first.merge(second);
        let files: Vec<&str> = first.iter().map(|diagnostic| diagnostic.file.as_str()).collect();
        assert_eq!(files, ["a.kdl", "b.kdl"]);
        assert_eq!(first.text_of("b.kdl"), "b");
        assert_eq!(first.file(), "a.kdl");
    }
}
