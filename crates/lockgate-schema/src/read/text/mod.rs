//! From the file of a type of formatted text to its tree. What all encodings have in common is read by the module above.

mod items;
mod letters;
mod object;
mod place;
mod values;

use super::{TypeReader, codes};
use crate::text::model::{KnownBy, Layout, Message};
use lockgate_notation::{At, Fields};
use lockgate_record::NodeId;

pub(super) use place::place;

/// How sets are laid out, as far as the `encoding` line says.
#[derive(Clone, Debug)]
pub(super) struct Laid(Layout);

/// Longest `line=`.
const MAX_LINE: u64 = 4096;

/// Reads `encoding text end=mark between="/" none="-" line=69 line-join=#true indent=5 newline=lf
/// fields=dropped`, behind its first word.
pub(super) fn encoding(fields: &mut Fields<'_, '_>) -> Laid {
    let by_line = fields.prop_word_opt("end", &["mark", "line"]).is_some_and(|word| word.value == "line");
    let between = fields.prop_text_opt("between").map_or(b'/', |text| one_byte(fields, text));
    let none = fields.prop_any_text_opt("none");
    let line = fields.prop_uint_opt("line");
    let joined = fields.prop_bool_opt("line-join");
    let indent = fields.prop_uint_opt("indent");
    let summed = fields.prop_word_opt("checksum", &["nmea"]);
    let full =
        fields.prop_word_opt("fields", &["dropped", "written"]).is_some_and(|word| word.value == "written");
    let crlf = fields.prop_word_opt("newline", &["lf", "crlf"]).is_some_and(|word| word.value == "crlf");
    if let Some(none) = none {
        let plain = none.value.bytes().all(|byte| byte.is_ascii_graphic() && byte != between);
        if !plain || none.value.len() > 8 || (none.value.is_empty() && !by_line) {
            let message =
                "what stands for nothing is 1 to 8 characters; empty only where a set ends with its line";
            fields.error(&codes::LAYOUT, none.span, message);
        }
    }
    if let Some(line) = line.filter(|line| !(20..=MAX_LINE).contains(&line.value)) {
        fields.error(&codes::LAYOUT, line.span, "a line has 20 to 4096 characters");
    }
    if let Some(joined) = joined.filter(|joined| joined.value && by_line) {
        fields.error(&codes::LAYOUT, joined.span, "a set that ends with its line never goes on in the next");
    }
    if let Some(summed) = summed.as_ref().filter(|_| !by_line || between == b'*') {
        fields.error(
            &codes::LAYOUT,
            summed.span,
            "a checksum stands where a set ends with its line: end=line",
        );
    }
    let joined = joined.is_some_and(|joined| joined.value);
    if let Some(indent) = indent.filter(|indent| !joined || indent.value > 10) {
        fields.error(
            &codes::LAYOUT,
            indent.span,
            "an indent has at most 10 blanks, and stands beside line-join=#true",
        );
    }
    Laid(Layout {
        between,
        by_line,
        summed: summed.is_some(),
        none: none.map_or(b"-".as_slice(), |none| none.value.as_bytes()).to_vec(),
        line: line.and_then(|line| u16::try_from(line.value).ok()).unwrap_or(0),
        joined,
        indent: indent.and_then(|indent| u8::try_from(indent.value).ok()).unwrap_or(0),
        crlf,
        full,
    })
}

fn one_byte(fields: &mut Fields<'_, '_>, text: At<&str>) -> u8 {
    match text.value.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b':') => *byte,
        _ => {
            let message = "what stands between fields is one ASCII sign other than - . and :";
            fields.error(&codes::LAYOUT, text.span, message);
            b'/'
        }
    }
}

/// Reads `identify set="MSGID" field=1 is="LOGREP"`, or the set alone.
pub(super) fn identify(fields: &mut Fields<'_, '_>) -> Option<KnownBy> {
    let set = fields.prop_text("set");
    if fields.prop_opt("field").is_none() && fields.prop_opt("is").is_none() {
        return Some(KnownBy { set: set?.value.to_owned(), says: None });
    }
    let field = fields.prop_uint("field");
    let is = fields.prop_text("is");
    let (set, field, is) = (set?, field?, is?);
    let field = match usize::try_from(field.value) {
        Ok(number @ 1..=64) => number,
        _ => {
            fields.error(&codes::WIRE_WORD, field.span, "the fields of a set are 1 to 64");
            return None;
        }
    };
    Some(KnownBy { set: set.value.to_owned(), says: Some((field, is.value.to_owned())) })
}

impl TypeReader<'_> {
    /// Reads the items of the record.
    pub(super) fn text_record(
        &mut self,
        fields: &mut Fields<'_, '_>,
        Laid(layout): Laid,
        known_by: Option<KnownBy>,
    ) -> Message {
        let mut context = items::Context::new(layout);
        let name = fields.node().args.first().and_then(|name| name.text());
        context.path.push(name.unwrap_or_default().to_owned());
        let items = self.items(fields, &mut context, NodeId(0), 0);
        let known_by = known_by.unwrap_or(KnownBy { set: String::new(), says: None });
        if !context.has_set(known_by.set.as_bytes()) {
            let span = fields.noun_span();
            let message = "the record has no set that `identify` could know it by";
            fields.error(&codes::WIRE_WORD, span, message);
        }
        Message { known_by, layout: context.into_layout(), items }
    }
}
