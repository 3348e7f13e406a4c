//! Diagnostics about names, and faults of the marking room at their place in a file.

use crate::codes;
use lockgate_bytes::Span;
use lockgate_marking::Fault;
use lockgate_notation::{At, Diagnostic, DiagnosticCode, Diagnostics, Document, Node, Severity, closest};

/// A name as written in a file.
pub(crate) type Text = At<String>;

/// The same text, owned.
pub(crate) fn own(text: At<&str>) -> Text {
    text.map(str::to_owned)
}

/// From here on, diagnostics are about this document.
pub(crate) fn enter(diagnostics: &mut Diagnostics, document: &Document) {
    diagnostics.enter(&document.name, &document.text);
}

/// Diagnostics about a document that says what it means: a part disabled by `/-` is an error.
pub fn strictly(document: &Document) -> Diagnostics {
    let mut diagnostics = document.diagnostics();
    forbid_disabled(document, &mut diagnostics);
    diagnostics
}

/// Reports every part of a document that is disabled by `/-` as an error.
pub(crate) fn forbid_disabled(document: &Document, diagnostics: &mut Diagnostics) {
    enter(diagnostics, document);
    for warning in &document.warnings {
        let mut error = warning.clone();
        error.code = codes::DISABLED.id;
        error.severity = Severity::Error;
        error.help = Some(codes::DISABLED.remedy.to_owned());
        diagnostics.report(error);
    }
}

/// Reports that `name` is no `kind` of the bundle, with the closest one that is.
pub(crate) fn unknown<'a>(
    diagnostics: &mut Diagnostics,
    name: &At<impl AsRef<str>>,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
) {
    let known: Vec<&str> = known.into_iter().collect();
    let written = name.value.as_ref();
    let message = format!("there is no {kind} `{}`", written.escape_debug());
    let diagnostic = diagnostics.error(&codes::UNKNOWN_NAME, name.span, message);
    match closest(written, known.iter().copied()) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
        None if known.is_empty() => diagnostic.help(format!("the bundle has no {kind}")),
        None if known.len() <= 12 => diagnostic.help(format!("there are: {}", known.join(", "))),
        None => diagnostic,
    };
}

/// Reports an error at `span` that is about something in a whole document, with the code's own remedy.
pub(crate) fn error(
    diagnostics: &mut Diagnostics,
    code: &DiagnosticCode,
    span: Span,
    message: impl Into<String>,
) {
    diagnostics.error(code, span, message);
}

/// Reports the faults of the marking room where the word that they are about stands in `document`; at its top node
/// where it does not.
pub(crate) fn faults(diagnostics: &mut Diagnostics, document: &Document, faults: Vec<Fault>) {
    for fault in faults {
        let span = place_of(&document.root, &fault.name).unwrap_or_else(|| top(document));
        diagnostics.report(Diagnostic {
            code: fault.code,
            severity: Severity::Error,
            file: document.name.to_string(),
            span,
            message: fault.says,
            labels: Vec::new(),
            help: None,
        });
    }
}

/// The noun of the top node.
pub(crate) fn top(document: &Document) -> Span {
    document.root.children.first().map(|node| node.name_span).unwrap_or_default()
}

/// The first value in the file that is exactly `word`.
fn place_of(root: &Node, word: &str) -> Option<Span> {
    if word.is_empty() {
        return None;
    }
    // The reader has bounded the nesting; the list of nodes still to visit is bounded by the file.
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        let values = node.args.iter().chain(node.props.iter().map(|prop| &prop.value));
        if let Some(value) = values.into_iter().find(|value| value.text() == Some(word)) {
            return Some(value.span);
        }
        waiting.extend(node.children.iter().rev());
    }
    None
}
