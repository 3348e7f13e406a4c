//! What both parsers ask of the bytes before any element: size, UTF-8, no byte order mark, XML declaration.

use crate::fault::Fault;
use crate::model::Model;
use lockgate_bytes::{Budget, Span};
use lockgate_reason::{framing, schema};

/// Bytes checked for one step of the budget: the price of looking at each byte once.
const BYTES_A_STEP: usize = 64;

/// Checks the bytes as a whole, that they are UTF-8 among others; gives where the root element may begin. White space
/// before it is left to the parser.
pub(crate) fn open(model: &Model, bytes: &[u8], budget: &mut Budget) -> Result<usize, Fault> {
    let all = bytes.len();
    if all > model.size {
        return Err(Fault::new(framing::OVER_SIZE, model.size, all));
    }
    let steps = all.wrapping_div(BYTES_A_STEP).wrapping_add(1);
    if budget.spend(u64::try_from(steps).unwrap_or(u64::MAX)).is_err() {
        return Err(Fault::new(framing::OVER_BUDGET, 0, all));
    }
    // Most objects are ASCII, and that is told sooner than that they are UTF-8.
    if !bytes.is_ascii()
        && let Err(fault) = core::str::from_utf8(bytes)
    {
        let start = fault.valid_up_to();
        let end = fault.error_len().map_or(all, |length| start.saturating_add(length));
        return Err(Fault::new(schema::NOT_UTF8, start, end));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, 0, 3).saying("a byte order mark"));
    }
    if bytes.first().is_none_or(|byte| is_white(*byte)) && bytes.iter().all(|byte| is_white(*byte)) {
        return Err(Fault::new(framing::EMPTY, 0, all));
    }
    match bytes {
        [b'<', b'?', b'x', b'm', b'l', next, ..] if is_white(*next) => Declaration { bytes, at: 5 }.read(),
        _ => Ok(0),
    }
}

/// What stands at `span` of bytes that are UTF-8, between two bytes of ASCII.
pub(crate) fn text_at(bytes: &[u8], span: Span) -> &str {
    core::str::from_utf8(span.of(bytes)).unwrap_or("")
}

/// The white space of XML 1.0, production 3.
pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// XML 1.0, production 23: version, then perhaps encoding, then perhaps standalone.
struct Declaration<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Declaration<'_> {
    fn read(mut self) -> Result<usize, Fault> {
        match self.part(b"version")? {
            Some((start, end)) if self.bytes.get(start..end) == Some(b"1.0") => {}
            Some((start, end)) => {
                return Err(
                    Fault::new(schema::NOT_WELL_FORMED, start, end).saying("an XML version other than 1.0")
                );
            }
            None => return Err(self.broken()),
        }
        if let Some((start, end)) = self.part(b"encoding")?
            && !self.bytes.get(start..end).is_some_and(|name| name.eq_ignore_ascii_case(b"UTF-8"))
        {
            return Err(
                Fault::new(schema::NOT_UTF8, start, end).saying("a declared encoding other than UTF-8")
            );
        }
        if let Some((start, end)) = self.part(b"standalone")?
            && !matches!(self.bytes.get(start..end), Some(b"yes" | b"no"))
        {
            return Err(self.broken());
        }
        self.white();
        if self.eat(b"?>") { Ok(self.at) } else { Err(self.broken()) }
    }

    /// `name="value"` after white space, if it comes next; gives the span of the value.
    fn part(&mut self, name: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
        let before = self.at;
        self.white();
        if self.at == before || !self.eat(name) {
            self.at = before;
            return Ok(None);
        }
        self.white();
        if !self.eat(b"=") {
            return Err(self.broken());
        }
        self.white();
        let quote = match self.bytes.get(self.at) {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return Err(self.broken()),
        };
        let start = self.at.wrapping_add(1);
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        // A declared value is short; looking further would only help an attacker.
        match rest.iter().take(32).position(|byte| *byte == quote) {
            Some(length) => {
                let end = start.wrapping_add(length);
                self.at = end.wrapping_add(1);
                Ok(Some((start, end)))
            }
            None => Err(self.broken()),
        }
    }

    fn white(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| is_white(*byte)) {
            self.at = self.at.wrapping_add(1);
        }
    }

    fn eat(&mut self, expected: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(expected));
        if found {
            self.at = self.at.wrapping_add(expected.len());
        }
        found
    }

    fn broken(&self) -> Fault {
        let end = self.at.wrapping_add(1).min(self.bytes.len());
        Fault::new(schema::NOT_WELL_FORMED, self.at, end).saying("a broken XML declaration")
    }
}
