//! Values: words, numbers, booleans and strings.

use lockgate_bytes::Span;

use crate::parse::{Broken, Parser};
use crate::quantity::parse_number;
use crate::token::{Kind, Token};
use crate::{Value, ValueKind, codes};

impl Parser<'_, '_> {
    /// One value, its string not decoded yet.
    pub(crate) fn value(&mut self) -> Result<Value, Broken> {
        let Some(token) = self.peek() else {
            let end = Span::new(self.text.len(), self.text.len());
            return Err(self.broken(end, "a value is missing before the end of the file"));
        };
        let written = token.of(self.text);
        let kind = match token.kind {
            Kind::Bare => self.bare(token, written)?,
            // Decoded by `confirm`, which has the decoder.
            Kind::Quoted | Kind::QuotedLines | Kind::Raw | Kind::RawLines => ValueKind::Text(String::new()),
            Kind::Keyword => self.keyword(token, written)?,
            Kind::TypeOpen => {
                let message = "the notation has no type annotations";
                return Err(self.refused(&codes::TYPE_ANNOTATION, token.span, message));
            }
            _ => return Err(self.broken(token.span, "a value is missing here")),
        };
        self.at = self.at.saturating_add(1);
        Ok(Value { kind, span: token.span, written: written.to_owned(), runs: Vec::new() })
    }

    fn keyword(&mut self, token: Token, written: &str) -> Result<ValueKind, Broken> {
        match written {
            "#true" => Ok(ValueKind::Bool(true)),
            "#false" => Ok(ValueKind::Bool(false)),
            _ => {
                let message = format!("`{written}` may not stand in a file");
                Err(self.refused(&codes::FORBIDDEN_KEYWORD, token.span, message))
            }
        }
    }

    /// A word or a number.
    fn bare(&mut self, token: Token, written: &str) -> Result<ValueKind, Broken> {
        let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
        let after_point = unsigned.strip_prefix('.').unwrap_or(unsigned);
        if !after_point.starts_with(|letter: char| letter.is_ascii_digit()) {
            if matches!(unsigned, "true" | "false" | "null" | "inf" | "nan") {
                let message = format!("`{written}` is neither a word nor a value");
                return Err(self.refused(&codes::NOT_A_VALUE, token.span, message));
            }
            return Ok(ValueKind::Word(written.to_owned()));
        }
        if let Some(number) = parse_number(written) {
            return Ok(ValueKind::Number(number));
        }
        if let Some(rest) = unsigned.strip_prefix('.') {
            let message = format!("`{written}` is not a number");
            let help = format!("write 0.{rest}, or \"{written}\"");
            self.diagnostics.error(&codes::NOT_A_VALUE, token.span, message).help(help);
            return Err(Broken);
        }
        if looks_like_number(unsigned) {
            let message = format!("the number {written} cannot be kept exactly");
            return Err(self.refused(&codes::INEXACT_NUMBER, token.span, message));
        }
        let message = format!("`{written}` is not a number, and what begins like one must be quoted");
        self.diagnostics.error(&codes::NOT_A_VALUE, token.span, message).help(format!("write \"{written}\""));
        Err(Broken)
    }
}

/// True for what KDL takes for a number.
fn looks_like_number(unsigned: &str) -> bool {
    let digits = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    if unsigned.get(..2).is_some_and(|prefix| matches!(prefix, "0x" | "0o" | "0b")) {
        let hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'_';
        return unsigned.len() > 2 && unsigned.bytes().skip(2).all(hex);
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
