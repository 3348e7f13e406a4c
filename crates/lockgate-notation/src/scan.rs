//! The linear scan: text to tokens, and every bound that must hold before a recursive reader sees the text.

use lockgate_bytes::Span;

use crate::characters::forbidden;
use crate::token::{Kind, Token};
use crate::{Diagnostics, MAX_DEPTH, codes};

/// The longest bare text, in bytes: no word, name or number is nearly as long.
const MAX_BARE: usize = 256;

/// Splits `text` into tokens. What is wrong goes into `diagnostics`; the tokens are of use only without errors.
pub(crate) fn scan(text: &str, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new(), diagnostics };
    scanner.characters();
    while scanner.at < scanner.bytes.len() && scanner.token() {}
    scanner.braces();
    scanner.tokens
}

pub(crate) struct Scanner<'t, 'd> {
    text: &'t str,
    pub(crate) bytes: &'t [u8],
    pub(crate) at: usize,
    tokens: Vec<Token>,
    pub(crate) diagnostics: &'d mut Diagnostics,
}

impl Scanner<'_, '_> {
    /// Reports every character that may stand nowhere.
    fn characters(&mut self) {
        let mut letters = self.text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let line_end = letter == '\r' && letters.peek().is_some_and(|(_, next)| *next == '\n');
            if forbidden(letter) && !line_end {
                let span = Span::new(at, at.saturating_add(letter.len_utf8()));
                let message = format!("the character U+{:04X} may not stand in a file", u32::from(letter));
                self.diagnostics.error(&codes::FORBIDDEN_CHARACTER, span, message);
            }
        }
    }

    /// Reads one token; `false` where the scan cannot go on.
    fn token(&mut self) -> bool {
        let start = self.at;
        let kind = match self.bytes.get(start..).unwrap_or(&[]) {
            [b' ' | b'\t', ..] => Some(self.run(Kind::Space, |byte| matches!(byte, b' ' | b'\t'))),
            [b'\r', b'\n', ..] => self.short(Kind::Newline, 2),
            [b'\n', ..] => self.short(Kind::Newline, 1),
            [b'{', ..] => self.short(Kind::Open, 1),
            [b'}', ..] => self.short(Kind::Close, 1),
            [b'(', ..] => self.short(Kind::TypeOpen, 1),
            [b')', ..] => self.short(Kind::TypeClose, 1),
            [b';', ..] => self.short(Kind::Semicolon, 1),
            [b'=', ..] => self.short(Kind::Equals, 1),
            [b'\\', ..] => self.short(Kind::Continue, 1),
            [b'/', b'/', ..] => Some(self.run(Kind::LineComment, |byte| !matches!(byte, b'\n' | b'\r'))),
            [b'/', b'*', ..] => self.block_comment(),
            [b'/', b'-', ..] => self.short(Kind::Slashdash, 2),
            [b'"', ..] => self.quoted(),
            [b'#', ..] => self.hash(),
            _ => self.bare(),
        };
        if let Some(kind) = kind {
            self.tokens.push(Token { kind, span: Span::new(start, self.at) });
        }
        kind.is_some()
    }

    pub(crate) fn short(&mut self, kind: Kind, length: usize) -> Option<Kind> {
        self.at = self.at.saturating_add(length);
        Some(kind)
    }

    pub(crate) fn run(&mut self, kind: Kind, belongs: impl Fn(u8) -> bool) -> Kind {
        while self.bytes.get(self.at).is_some_and(|byte| belongs(*byte)) {
            self.at = self.at.saturating_add(1);
        }
        kind
    }

    pub(crate) fn sees(&self, expected: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(expected))
    }

    fn block_comment(&mut self) -> Option<Kind> {
        let start = self.at;
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.sees(b"/*") {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    let message = format!("comments are nested more than {MAX_DEPTH} levels deep");
                    let span = Span::new(self.at, self.at.saturating_add(2));
                    self.diagnostics.error(&codes::TOO_DEEP, span, message);
                    return None;
                }
                self.at = self.at.saturating_add(2);
            } else if self.sees(b"*/") {
                depth = depth.saturating_sub(1);
                self.at = self.at.saturating_add(2);
                if depth == 0 {
                    return Some(Kind::BlockComment);
                }
            } else {
                self.at = self.at.saturating_add(1);
            }
        }
        self.unterminated(
            start,
            2,
            "this comment is not closed",
            "close it by `*/`; each `/*` within needs one too",
        )
    }

    fn bare(&mut self) -> Option<Kind> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let length = rest.find(ends_bare).unwrap_or(rest.len());
        if length > 0 {
            let start = self.at;
            self.at = self.at.saturating_add(length);
            return self.not_too_long(start).map(|()| Kind::Bare);
        }
        let letter = rest.chars().next()?;
        let span = Span::new(self.at, self.at.saturating_add(letter.len_utf8()));
        if letter.is_whitespace() {
            let message =
                format!("the space U+{:04X} may stand in strings and comments only", u32::from(letter));
            self.diagnostics.error(&codes::FORBIDDEN_CHARACTER, span, message);
        } else {
            let message = format!("`{}` must be quoted", letter.escape_debug());
            self.diagnostics.error(&codes::SYNTAX, span, message);
        }
        None
    }

    /// Bare text is quoted in messages, so it has a bound.
    pub(crate) fn not_too_long(&mut self, start: usize) -> Option<()> {
        if self.at.saturating_sub(start) <= MAX_BARE {
            return Some(());
        }
        let message = format!("text of more than {MAX_BARE} bytes must be quoted");
        self.diagnostics.error(&codes::SYNTAX, Span::new(start, self.at), message);
        None
    }

    pub(crate) fn unterminated(
        &mut self,
        start: usize,
        length: usize,
        message: &str,
        help: &str,
    ) -> Option<Kind> {
        let span = Span::new(start, start.saturating_add(length));
        self.diagnostics.error(&codes::UNTERMINATED, span, message).help(help);
        None
    }

    /// Counts the nesting of parts.
    fn braces(&mut self) {
        let mut open: Vec<Span> = Vec::new();
        for token in &self.tokens {
            match token.kind {
                Kind::Open => {
                    open.push(token.span);
                    if open.len() > MAX_DEPTH {
                        let message = format!("parts are nested more than {MAX_DEPTH} levels deep");
                        self.diagnostics.error(&codes::TOO_DEEP, token.span, message);
                        return;
                    }
                }
                Kind::Close if open.pop().is_none() => {
                    self.diagnostics.error(&codes::SYNTAX, token.span, "this `}` closes nothing");
                }
                _ => {}
            }
        }
        if self.diagnostics.has_errors() {
            return;
        }
        for span in open {
            let message = "this `{` is not closed";
            self.diagnostics.error(&codes::UNTERMINATED, span, message).help("close it by `}`");
        }
    }
}

/// Characters that end bare text (KDL 2, "Non-identifier characters", and white space).
fn ends_bare(letter: char) -> bool {
    matches!(letter, '\\' | '/' | '(' | ')' | '{' | '}' | '[' | ']' | ';' | '"' | '#' | '=')
        || letter.is_whitespace()
}
