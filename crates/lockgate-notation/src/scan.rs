//! The linear scan: text to tokens, and every bound that must hold before a recursive reader sees the text.

use lockgate_bytes::Span;

use crate::characters::forbidden;
use crate::{Diagnostics, MAX_DEPTH, codes};

/// The longest bare text, in bytes: no word, name or number is nearly as long.
const MAX_BARE: usize = 256;

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

/// Splits `text` into tokens. What is wrong goes into `diagnostics`; the tokens are of use only without errors.
pub(crate) fn scan(text: &str, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new(), diagnostics };
    scanner.characters();
    while scanner.at < scanner.bytes.len() && scanner.token() {}
    scanner.braces();
    scanner.tokens
}

struct Scanner<'t, 'd> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    diagnostics: &'d mut Diagnostics,
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

    fn short(&mut self, kind: Kind, length: usize) -> Option<Kind> {
        self.at = self.at.saturating_add(length);
        Some(kind)
    }

    fn run(&mut self, kind: Kind, belongs: impl Fn(u8) -> bool) -> Kind {
        while self.bytes.get(self.at).is_some_and(|byte| belongs(*byte)) {
            self.at = self.at.saturating_add(1);
        }
        kind
    }

    fn sees(&self, expected: &[u8]) -> bool {
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
        self.unterminated(start, 2, "this comment is not closed by `*/`")
    }

    fn quoted(&mut self) -> Option<Kind> {
        let start = self.at;
        if self.sees(b"\"\"\"") {
            self.at = self.at.saturating_add(3);
            self.opens_lines(start)?;
            while self.at < self.bytes.len() {
                if self.sees(b"\"\"\"") {
                    return self.short(Kind::QuotedLines, 3);
                }
                let step = if self.sees(b"\\") { 2 } else { 1 };
                self.at = self.at.saturating_add(step);
            }
            self.at = self.bytes.len();
            return self.unterminated(start, 3, "this string is not closed by three quotes");
        }
        self.at = self.at.saturating_add(1);
        loop {
            match self.bytes.get(self.at..).unwrap_or(&[]) {
                [b'"', ..] => return self.short(Kind::Quoted, 1),
                [b'\\', next, ..] if next.is_ascii_whitespace() => {
                    self.at = self.at.saturating_add(1);
                    self.run(Kind::Space, |byte| byte.is_ascii_whitespace());
                }
                [b'\\', _, ..] => self.at = self.at.saturating_add(2),
                [] | [b'\\'] | [b'\n' | b'\r', ..] => {
                    return self.unterminated(start, 1, "this string does not end on its line");
                }
                _ => self.at = self.at.saturating_add(1),
            }
        }
    }

    /// `#true`, `#"raw"#`, `##"raw"##`.
    fn hash(&mut self) -> Option<Kind> {
        let start = self.at;
        self.run(Kind::Raw, |byte| byte == b'#');
        let hashes = self.at.saturating_sub(start);
        if !self.sees(b"\"") {
            self.run(Kind::Keyword, |byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'#')
            });
            return self.not_too_long(start).map(|()| Kind::Keyword);
        }
        let lines = self.sees(b"\"\"\"");
        let quotes = if lines { 3_usize } else { 1 };
        self.at = self.at.saturating_add(quotes);
        if lines {
            self.opens_lines(start)?;
        }
        while let Some(byte) = self.bytes.get(self.at) {
            if matches!(byte, b'\n' | b'\r') && !lines {
                break;
            }
            if *byte == b'"' && self.closes(quotes, hashes) {
                let kind = if lines { Kind::RawLines } else { Kind::Raw };
                return self.short(kind, quotes.saturating_add(hashes));
            }
            self.at = self.at.saturating_add(1);
        }
        let message = "this raw string is not closed by its quotes and as many `#` as it opens with";
        self.unterminated(start, hashes.saturating_add(quotes), message)
    }

    /// True where `quotes` quotes and `hashes` hashes stand here. Linear over a file, since a run of hashes that is
    /// too short is looked at once for each quote before it only.
    fn closes(&self, quotes: usize, hashes: usize) -> bool {
        let close = self.bytes.get(self.at..).unwrap_or(&[]);
        let Some((marks, rest)) = close.split_at_checked(quotes) else { return false };
        marks.iter().all(|mark| *mark == b'"')
            && rest.get(..hashes).is_some_and(|ends| ends.iter().all(|end| *end == b'#'))
    }

    /// A string over several lines begins on the line after its quotes.
    fn opens_lines(&mut self, start: usize) -> Option<()> {
        if self.sees(b"\n") || self.sees(b"\r\n") {
            return Some(());
        }
        let message = "a string in three quotes begins on the line after the quotes";
        self.diagnostics.error(&codes::SYNTAX, Span::new(start, self.at), message);
        None
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
    fn not_too_long(&mut self, start: usize) -> Option<()> {
        if self.at.saturating_sub(start) <= MAX_BARE {
            return Some(());
        }
        let message = format!("text of more than {MAX_BARE} bytes must be quoted");
        self.diagnostics.error(&codes::SYNTAX, Span::new(start, self.at), message);
        None
    }

    fn unterminated(&mut self, start: usize, length: usize, message: &str) -> Option<Kind> {
        let span = Span::new(start, start.saturating_add(length));
        self.diagnostics.error(&codes::UNTERMINATED, span, message);
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
            self.diagnostics.error(&codes::UNTERMINATED, span, "this `{` is not closed");
        }
    }
}

/// Characters that end bare text (KDL 2, "Non-identifier characters", and white space).
fn ends_bare(letter: char) -> bool {
    matches!(letter, '\\' | '/' | '(' | ')' | '{' | '}' | '[' | ']' | ';' | '"' | '#' | '=')
        || letter.is_whitespace()
}
