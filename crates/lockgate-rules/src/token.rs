//! Cuts an expression into words and signs.

use crate::codes;
use crate::report::Report;
use lockgate_bytes::{Decimal, Span};

/// Levels of nesting, at most.
pub(crate) const MAX_DEPTH: usize = 32;
/// Words and signs of one expression, at most.
pub(crate) const MAX_TOKENS: usize = 2_000;

/// What a word or sign is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name.
    Name,
    /// A number.
    Number(Decimal),
    /// A string, decoded.
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

/// A word or sign and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// Longer signs first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}",
    ",", ".", "?", ":",
];

/// The tokens of the expression, the end included; `None` after an error, which is reported.
pub(crate) fn tokens(report: &mut Report<'_, '_>) -> Option<Vec<Token>> {
    let text = report.written.text();
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (0_usize, 0_usize);
    loop {
        let rest = text.get(at..)?;
        let blank = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t', '\n', '\r']).len());
        at = at.saturating_add(blank);
        let rest = text.get(at..)?;
        if rest.is_empty() {
            tokens.push(Token { kind: TokenKind::End, span: Span::new(at, at) });
            return Some(tokens);
        }
        let (kind, length) = token(rest, at, report)?;
        let span = Span::new(at, at.saturating_add(length));
        match kind {
            TokenKind::Sign("(" | "[" | "{") => depth = depth.saturating_add(1),
            TokenKind::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            report.error(&codes::TOO_DEEP, span, format!("more than {MAX_DEPTH} brackets are open here"));
            return None;
        }
        if tokens.len() >= MAX_TOKENS {
            report.error(
                &codes::TOO_LONG,
                span,
                format!("the expression has more than {MAX_TOKENS} words and signs"),
            );
            return None;
        }
        tokens.push(Token { kind, span });
        at = at.saturating_add(length);
    }
}

/// The token that `rest` begins with, and its length in bytes.
fn token(rest: &str, at: usize, report: &mut Report<'_, '_>) -> Option<(TokenKind, usize)> {
    let first = rest.chars().next()?;
    if first.is_ascii_digit() {
        return number(rest, at, report);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return Some((TokenKind::Name, run(rest, |c| c.is_ascii_alphanumeric() || c == '_')));
    }
    if first == '\'' {
        return string(rest, at, report);
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Some((TokenKind::Sign(sign), sign.len()));
    }
    let span = Span::new(at, at.saturating_add(first.len_utf8()));
    let (message, help) = match first {
        '"' => ("a string stands in single quotes here", "write '...'"),
        '=' => ("`=` compares nothing", "write `==`"),
        '&' => ("a single `&` has no meaning", "write `&&`"),
        '|' => ("a single `|` has no meaning", "write `||`"),
        _ => ("this character has no meaning in an expression", "remove it; text stands in single quotes"),
    };
    report.error(&codes::CHARACTER, span, message).help(help);
    None
}

/// Bytes of the run of characters at the beginning of `rest` that `belongs`.
fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

fn number(rest: &str, at: usize, report: &mut Report<'_, '_>) -> Option<(TokenKind, usize)> {
    let length = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
    // A point belongs to the number where a digit follows it.
    let after = rest.get(length..)?;
    let is_whole = rest.bytes().take(length).all(|byte| byte.is_ascii_digit());
    let part = after.strip_prefix('.').map_or(0, |part| run(part, |c| c.is_ascii_alphanumeric() || c == '_'));
    let with_part = is_whole && (part > 0 || after.starts_with('.'));
    let length = if with_part { length.saturating_add(part).saturating_add(1) } else { length };
    let written = rest.get(..length)?;
    let decimal = match written.strip_prefix("0x") {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            i64::from_str_radix(digits, 16).ok().and_then(Decimal::from_int)
        }
        Some(_) => None,
        None if written.ends_with('.') => None,
        None => Decimal::parse(written.as_bytes()).ok(),
    };
    if decimal.is_none() {
        let span = Span::new(at, at.saturating_add(length));
        report.error(
            &codes::NUMBER,
            span,
            "this is no whole number and no exact decimal of at most 18 digits",
        );
    }
    Some((TokenKind::Number(decimal?), length))
}

fn string(rest: &str, at: usize, report: &mut Report<'_, '_>) -> Option<(TokenKind, usize)> {
    let mut decoded = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((place, character)) = characters.next() {
        match character {
            '\'' => return Some((TokenKind::Text(decoded), place.saturating_add(1))),
            '\\' => match characters.next() {
                Some((_, escaped @ ('\'' | '\\'))) => decoded.push(escaped),
                _ => {
                    let start = at.saturating_add(place);
                    let span = Span::new(start, start.saturating_add(1));
                    report.error(&codes::STRING, span, "only \\' and \\\\ are escapes");
                    return None;
                }
            },
            '\n' | '\r' => break,
            other => decoded.push(other),
        }
    }
    let span = Span::new(at, at.saturating_add(1));
    report.error(&codes::STRING, span, "this string is not closed");
    None
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, tokens};
    use crate::report::{Report, Written};
    use lockgate_notation::Diagnostics;

    fn cut(text: &str) -> Result<Vec<TokenKind>, Vec<&'static str>> {
        let mut diagnostics = Diagnostics::about("x", text);
        let found = tokens(&mut Report::new(Written::alone(text), &mut diagnostics));
        found
            .map(|tokens| tokens.into_iter().map(|token| token.kind).collect())
            .ok_or_else(|| diagnostics.iter().map(|found| found.code).collect())
    }

    #[test]
    fn words_and_signs() {
        let kinds = cut("a.b<=0x10&&'it\\'s'!=-2.50").unwrap();
        assert_eq!(kinds.len(), 11);
        assert_eq!(kinds[5 + 1], TokenKind::Text("it's".into()));
        assert!(matches!(&kinds[4], TokenKind::Number(number) if number.mantissa() == 16));
    }

    #[test]
    fn what_is_no_token_is_said() {
        for (text, code) in [
            ("a = b", "E001"),
            ("\"a\"", "E001"),
            ("a & b", "E001"),
            ("ä", "E001"),
            ("'abc", "E002"),
            ("'a\\n'", "E002"),
            ("1e5", "E003"),
            ("5.", "E003"),
            ("1234567890123456789", "E003"),
            ("0x", "E003"),
            ("1.2e3", "E003"),
        ] {
            assert_eq!(cut(text), Err(vec![code]), "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        assert_eq!(cut(&"(".repeat(100_000)), Err(vec!["E004"]));
        assert_eq!(cut(&"a ".repeat(100_000)), Err(vec!["E005"]));
        assert!(cut(&"(".repeat(32)).is_ok());
        assert!(cut(&"a ".repeat(2_000)).is_ok());
    }
}
