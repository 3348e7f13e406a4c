//! Tokens: the pieces of a file, which follow each other without gaps.

use lockgate_bytes::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bare text: a word, a name, a number.
    Bare,
    /// `"..."` on one line.
    Quoted,
    /// `"""..."""` over several lines.
    QuotedLines,
    /// `#"..."#` on one line.
    Raw,
    /// `#"""..."""#` over several lines.
    RawLines,
    /// `#true` and the like.
    Keyword,
    /// `=`.
    Equals,
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// `(`.
    TypeOpen,
    /// `)`.
    TypeClose,
    /// `;`.
    Semicolon,
    /// The end of a line.
    Newline,
    /// Blanks and tabs.
    Space,
    /// `// ...`, up to the end of the line.
    LineComment,
    /// `/* ... */`, nested.
    BlockComment,
    /// `/-`.
    Slashdash,
    /// `\`: the node goes on in the next line.
    Continue,
}

/// One token. The tokens of a file follow each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Token {
    /// The text of the token in `text`, which it was scanned from.
    pub(crate) fn of(self, text: &str) -> &str {
        std::str::from_utf8(self.span.of(text.as_bytes())).unwrap_or("")
    }
}
