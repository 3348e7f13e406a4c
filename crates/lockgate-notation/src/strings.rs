//! The linear scan of strings: quoted, over several lines, raw.

use lockgate_bytes::Span;

use crate::codes;
use crate::scan::Scanner;
use crate::token::Kind;

impl Scanner<'_, '_> {
    pub(crate) fn quoted(&mut self) -> Option<Kind> {
        let start = self.at;
        if self.sees(b"\"\"\"") {
            self.at = self.at.saturating_add(3);
            self.opens_lines(start)?;
            while self.at < self.bytes.len() {
                if self.sees(b"\"\"\"") {
                    return self.short(Kind::QuotedLines, 3);
                }
                if self.sees(b"\\") {
                    self.escape()?;
                } else {
                    self.at = self.at.saturating_add(1);
                }
            }
            self.at = self.bytes.len();
            let help = "close it by three quotes on a line of their own";
            return self.unterminated(start, 3, "this string is not closed", help);
        }
        self.at = self.at.saturating_add(1);
        loop {
            match self.bytes.get(self.at..).unwrap_or(&[]) {
                [b'"', ..] => return self.short(Kind::Quoted, 1),
                [b'\\', next, ..] if next.is_ascii_whitespace() => {
                    self.at = self.at.saturating_add(1);
                    self.run(Kind::Space, |byte| byte.is_ascii_whitespace());
                }
                [b'\\', _, ..] => self.escape()?,
                [] | [b'\\'] | [b'\n' | b'\r', ..] => {
                    let help =
                        "close it by a quote; a string over several lines begins and ends with three quotes";
                    return self.unterminated(start, 1, "this string does not end on its line", help);
                }
                _ => self.at = self.at.saturating_add(1),
            }
        }
    }

    /// One escape (KDL 2, "Escapes").
    fn escape(&mut self) -> Option<()> {
        let start = self.at;
        let length = match self.bytes.get(start..).unwrap_or(&[]) {
            [b'\\', b'n' | b'r' | b't' | b'\\' | b'"' | b'b' | b'f' | b's', ..] => 2,
            [b'\\', space, ..] if space.is_ascii_whitespace() => 2,
            [b'\\', b'u', b'{', rest @ ..] => {
                unicode_digits(rest).map_or(0, |digits| digits.saturating_add(4))
            }
            _ => 0,
        };
        self.at = start.saturating_add(length);
        if length > 0 {
            return Some(());
        }
        let message = "this is no escape of a string";
        let help = "write `\\\\` for a backslash, or a raw string: #\"...\"#";
        let span = Span::new(start, start.saturating_add(1));
        self.diagnostics.error(&codes::SYNTAX, span, message).help(help);
        None
    }

    /// `#true`, `#"raw"#`, `##"raw"##`.
    pub(crate) fn hash(&mut self) -> Option<Kind> {
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
        let help = "close it by its quotes and as many `#` as it opens with";
        self.unterminated(start, hashes.saturating_add(quotes), "this raw string is not closed", help)
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
}

/// How many digits `\u{` is followed by, where they and a `}` name a character.
fn unicode_digits(rest: &[u8]) -> Option<usize> {
    let count = rest.iter().take(7).position(|byte| *byte == b'}')?;
    let digits = rest.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    char::from_u32(number).map(|_| count)
}
