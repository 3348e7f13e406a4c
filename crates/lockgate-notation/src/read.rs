//! From bytes to a document: bounds first, then our reader, then the second opinion.

use std::sync::Arc;

use lockgate_bytes::Span;

use crate::confirm::confirm;
use crate::parse::Parser;
use crate::scan::scan;
use crate::token::Token;
use crate::{Diagnostics, Document, MAX_BYTES, Node, codes};

impl Document {
    /// Reads the authored file `name` (its path below the bundle, for messages).
    ///
    /// # Errors
    /// All that is wrong with it. Parts disabled by `/-` are only warned about, in [`Document::warnings`].
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let (text, tokens, mut diagnostics) = bounded(name, text)?;
        let (root, disabled) = read(text, &tokens, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let root = confirm(text, &tokens, &disabled, root, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        Ok(Self { name: name.into(), text: Arc::from(text), root, warnings: diagnostics })
    }
}

/// Checks every bound and splits the text into tokens.
pub(crate) fn bounded<'t>(
    name: &str,
    text: &'t [u8],
) -> Result<(&'t str, Vec<Token>, Diagnostics), Diagnostics> {
    let mut diagnostics = Diagnostics::about(name, "");
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        diagnostics.error(&codes::TOO_LARGE, Span::default(), message);
        return Err(diagnostics);
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(fault) => {
            let good = fault.valid_up_to();
            diagnostics.enter(name, &String::from_utf8_lossy(text));
            let message = format!("the file is not UTF-8 from its byte {good} on");
            diagnostics.error(&codes::NOT_UTF8, Span::new(good, good.saturating_add(1)), message);
            return Err(diagnostics);
        }
    };
    diagnostics.enter(name, text);
    let tokens = scan(text, &mut diagnostics);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok((text, tokens, diagnostics)) }
}

/// Reads tokens into a tree whose strings are not decoded yet, and the outermost parts that are disabled.
pub(crate) fn read(text: &str, tokens: &[Token], diagnostics: &mut Diagnostics) -> (Node, Vec<Span>) {
    let mut parser = Parser { text, tokens, at: 0, disabled: Vec::new(), diagnostics };
    let root = parser.file();
    let mut disabled = parser.disabled;
    disabled.sort_unstable();
    let mut covered = 0;
    disabled.retain(|span| {
        let outermost = span.start >= covered;
        covered = covered.max(span.end);
        outermost
    });
    for span in &disabled {
        diagnostics.warning(&codes::DISABLED_PART, *span, "this part is disabled by `/-`");
    }
    (root, disabled)
}
