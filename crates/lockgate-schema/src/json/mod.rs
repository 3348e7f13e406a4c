//! JSON: objects of named members, strictly (RFC 8259, and of I-JSON, RFC 7493, what closes it).
//!
//! UTF-8 without a byte order mark; no name twice in one object, no escape in a name, no lone half of a pair of UTF-16,
//! no null; numbers are exact decimals, never binary fractions. Members come in any order.
//!
//! The canonical encoding is that of RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted by name,
//! the shortest escapes. It differs from it in one thing: a number is written as the decimal that it is, without
//! exponent, since no number here is a double.

mod emit;
mod objects;
mod plain;
mod run;

pub(crate) use emit::{emit, is_canonical};
pub(crate) use objects::Objects;
pub(crate) use plain::inspect;

use crate::bounds;
use crate::fault::Fault;
use lockgate_bytes::Budget;
use lockgate_reason::{framing, schema};

/// What a type says of its JSON; its record is the root of the model.
#[derive(Clone, Debug)]
pub struct Json {
    /// The member of the outermost object that objects are recognised by.
    pub member: String,
    /// What it says, where that counts; a text.
    pub is: Option<String>,
    /// Members of every object, sorted.
    pub(crate) objects: Objects,
}

/// How far into an object its member is looked for. Beyond that it is not recognised.
const WINDOW: usize = 4096;

/// Sentences of both readers.
mod says {
    pub(super) const NO_OBJECT: &str = "no object where one must stand";
    pub(super) const NO_ARRAY: &str = "no array where one must stand";
    pub(super) const NO_NAME: &str = "no name in quotes where a member must begin";
    pub(super) const NO_COLON: &str = "no colon behind the name of a member";
    pub(super) const NO_COMMA: &str = "neither a comma nor the end of what it stands in";
    pub(super) const NO_VALUE: &str = "no value where one must stand";
    pub(super) const NO_DIGIT: &str = "no digit where a number needs one";
    pub(super) const BAD_ESCAPE: &str = "a backslash that begins no escape";
    pub(super) const LONE_HALF: &str = "half of a pair of UTF-16 without the other half";
    pub(super) const ESCAPED_NAME: &str = "an escape in the name of a member";
    pub(super) const CONTROL: &str = "a control character inside of a text";
    pub(super) const NOT_SCALAR: &str = "an object or array where a single value must stand";
    pub(super) const NOT_TEXT: &str = "no text in quotes";
    pub(super) const NULL: &str = "a null; what is not there is left out";
    pub(super) const MARK: &str = "a byte order mark";
}

/// What both readers ask first: that there are bytes, not too many, that the budget holds, and that they are UTF-8.
fn open(size: usize, bytes: &[u8], budget: &mut Budget) -> Result<(), Fault> {
    let all = bytes.len();
    if bytes.iter().all(|byte| is_white(*byte)) {
        return Err(Fault::new(framing::EMPTY, 0, all));
    }
    bounds::open(size, bytes, budget)?;
    if let Err(fault) = core::str::from_utf8(bytes) {
        let start = fault.valid_up_to();
        let end = fault.error_len().map_or(all, |length| start.saturating_add(length));
        return Err(Fault::new(schema::NOT_UTF8, start, end));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, 0, 3).saying(says::MARK));
    }
    Ok(())
}

/// White space of RFC 8259, section 2.
fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// True where the outermost object has the type's member with its text, as far as the first 4,096 bytes tell. What is
/// wrong with it the reader says.
pub(crate) fn recognises(of: &Json, bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let window = bytes.get(..bytes.len().min(WINDOW)).unwrap_or(&[]);
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(byte) = window.get(at) {
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at.saturating_add(1);
                let Some(end) = text_end(window, start) else { return false };
                at = end;
                if depth == 1
                    && window.get(start..end) == Some(of.member.as_bytes())
                    && is_it(of, window, end)
                {
                    return true;
                }
            }
            byte if depth == 0 && !is_white(*byte) => return false,
            _ => {}
        }
        at = at.saturating_add(1);
    }
    false
}

/// Where the text that begins at `start` has its closing quote.
fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at = at.saturating_add(2),
            _ => at = at.saturating_add(1),
        }
    }
}

/// True where behind the quote at `end` a colon follows, and the text that the type asks for.
fn is_it(of: &Json, bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end.saturating_add(1)..).unwrap_or(&[]).trim_ascii_start();
    let Some(rest) = rest.strip_prefix(b":") else { return false };
    of.is.as_ref().is_none_or(|is| {
        let inside = rest.trim_ascii_start().strip_prefix(b"\"");
        inside
            .and_then(|rest| rest.strip_prefix(is.as_bytes()))
            .is_some_and(|rest| rest.first() == Some(&b'"'))
    })
}
