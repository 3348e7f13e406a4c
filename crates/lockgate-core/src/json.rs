//! Writing one JSON object a line, without allocation beyond the line itself (RFC 8259).

use alloc::string::String;
use core::fmt::{self, Write};
use lockgate_bytes::{Digest, Span, Time};

/// Appends members to one JSON object; commas and escapes are its business. What takes a constant is always in line:
/// to append a text of known length is a few instructions, one of any length a call.
#[derive(Debug)]
pub struct Json<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Json<'a> {
    /// Begins an object at the end of `out`.
    pub fn object(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Ends it.
    pub fn end(self) {
        self.out.push('}');
    }

    /// Begins a member; what comes next on the returned string is its value.
    #[inline(always)]
    pub fn key(&mut self, key: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    /// Begins a member whose comma, key and colon are written already: `,"lane":`.
    #[inline(always)]
    pub(crate) fn member(&mut self, written: &'static str) -> &mut String {
        if self.first {
            self.first = false;
            self.out.push_str(written.get(1..).unwrap_or(written));
        } else {
            self.out.push_str(written);
        }
        self.out
    }

    /// A string that needs no escapes: a name of an authored file, a code, a word of this program.
    #[inline(always)]
    pub(crate) fn name(&mut self, written: &'static str, value: &str) {
        let out = self.member(written);
        out.push('"');
        out.push_str(value);
        out.push('"');
    }

    /// The same, or `null`.
    #[inline(always)]
    pub(crate) fn name_or_null(&mut self, written: &'static str, value: Option<&str>) {
        match value {
            Some(value) => self.name(written, value),
            None => self.member(written).push_str("null"),
        }
    }

    /// A string.
    #[inline(always)]
    pub fn text(&mut self, key: &str, value: &str) {
        quote(self.key(key), value);
    }

    /// A string, or `null`.
    #[inline(always)]
    pub fn text_or_null(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.null(key),
        }
    }

    /// `null`.
    pub fn null(&mut self, key: &str) {
        self.key(key).push_str("null");
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, value: usize) {
        digits(self.key(key), value);
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str, value: bool) {
        self.key(key).push_str(if value { "true" } else { "false" });
    }

    /// A list of strings.
    pub fn texts<'t>(&mut self, key: &str, values: impl IntoIterator<Item = &'t str>) {
        let out = self.key(key);
        out.push('[');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(out, value);
        }
        out.push(']');
    }

    /// `[start,end]`, in bytes.
    pub fn span(&mut self, key: &str, span: Span) {
        let out = self.key(key);
        out.push('[');
        digits(out, usize::try_from(span.start).unwrap_or(0));
        out.push(',');
        digits(out, usize::try_from(span.end).unwrap_or(0));
        out.push(']');
    }

    /// A hash, in hexadecimal.
    pub fn digest(&mut self, key: &str, digest: &Digest) {
        let out = self.key(key);
        out.push('"');
        out.push_str(core::str::from_utf8(&digest.hex()).unwrap_or(""));
        out.push('"');
    }

    /// An instant, in RFC 3339.
    pub fn time(&mut self, key: &str, time: Time) {
        let mut text = [0_u8; 32];
        let used = time.write(&mut text);
        let out = self.key(key);
        out.push('"');
        out.push_str(text.get(..used).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or(""));
        out.push('"');
    }

    /// What `value` shows, as a string; only for what needs no escaping, such as times.
    pub fn shown(&mut self, key: &str, value: &dyn fmt::Display) {
        let out = self.key(key);
        out.push('"');
        // Writing to a String cannot fail; what is shown here never needs escaping.
        let _ = write!(out, "{value}");
        out.push('"');
    }
}

/// Appends `value` in decimal.
pub(crate) fn digits(out: &mut String, value: usize) {
    let mut text = [0_u8; 20];
    let (mut at, mut rest) = (text.len(), value);
    loop {
        at = at.saturating_sub(1);
        if let (Some(place), Ok(digit)) = (text.get_mut(at), u8::try_from(rest.wrapping_rem(10))) {
            *place = b'0'.wrapping_add(digit);
        }
        rest = rest.wrapping_div(10);
        if rest == 0 {
            break;
        }
    }
    out.push_str(text.get(at..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or("0"));
}

/// Appends `value` as a JSON string.
pub fn quote(out: &mut String, value: &str) {
    out.push('"');
    // No early end: many bytes a step.
    let plain = |byte: u8| (byte >= 0x20) & (byte != b'"') & (byte != b'\\');
    if value.bytes().fold(true, |all, byte| all & plain(byte)) {
        out.push_str(value);
    } else {
        value.chars().for_each(|character| escape(out, character));
    }
    out.push('"');
}

fn escape(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        control if u32::from(control) < 0x20 => {
            let _ = write!(out, "\\u{:04x}", u32::from(control));
        }
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, digits};
    use alloc::string::String;
    use lockgate_bytes::Span;

    #[test]
    fn members_are_separated_and_escaped() {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("a", "quote \" back \\ line \n tab \t bell \u{7}");
        json.number("n", 1_234_567_890);
        json.span("s", Span::new(0, 12));
        json.null("z");
        json.boolean("b", true);
        json.texts("l", ["x", "y\""]);
        json.end();
        assert_eq!(
            line,
            r#"{"a":"quote \" back \\ line \n tab \t bell \u0007","n":1234567890,"s":[0,12],"z":null,"b":true,"l":["x","y\""]}"#
        );
        let mut number = String::new();
        digits(&mut number, usize::MAX);
        assert_eq!(number, alloc::format!("{}", usize::MAX));
    }
}
