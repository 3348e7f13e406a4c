//! The plain interpreter of JSON: walks the model and the characters side by side. It reads every rewritten object again,
//! so it shares with the compiled reader nothing but the description and the sentences.

use super::says;
use crate::fault::{Fault, Stop, says as common};
use crate::marks;
use crate::model::{Content, Element, Field, Model};
use lockgate_bytes::{Budget, Decimal, Span, Time};
use lockgate_core::{Inspection, OpenText, Undeclared};
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, Charset, Kind, Place, Slot, TextRef, Value};
use std::collections::BTreeSet;

/// Reads `bytes` into `into`, which has just begun.
pub(crate) fn inspect(model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
    let place = Place::of(model.root.node);
    let read = super::open(model.size, bytes, budget).map_err(|fault| fault.at(place)).and_then(|()| {
        let text = core::str::from_utf8(bytes).unwrap_or("");
        let mut walk = Walk { model, text, into, at: 0, depth: 0 };
        walk.blanks();
        if !walk.next_is('{') {
            return Err(walk.unexpected(says::NO_OBJECT, place));
        }
        walk.object(&model.root, Block::ROOT, (Block::ROOT, Slot(0)), place)?;
        walk.blanks();
        let (at, all) = (walk.at, bytes.len());
        if at < all { Err(Fault::new(schema::TRAILING_BYTES, at, all).at(place)) } else { Ok(()) }
    });
    if let Err(stop) = read {
        into.reasons.push(stop.fault.reason(stop.place));
    }
}

struct Walk<'a, 'b> {
    model: &'a Model,
    text: &'a str,
    into: &'b mut Inspection,
    at: usize,
    depth: u8,
}

/// A value that is neither object nor array, with the place of what it says.
enum Single {
    Text(String, Span),
    Number(Span),
    Word(&'static str, Span),
}

impl Walk<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next_is(&self, wanted: char) -> bool {
        self.rest().starts_with(wanted)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at = self.at.saturating_add(wanted.len());
        }
        found
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        let left = rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.at = self.at.saturating_add(rest.len().saturating_sub(left));
    }

    fn unexpected(&self, says: &'static str, place: Place) -> Stop {
        let end = self.text.len();
        let fault = if self.at < end {
            Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.saturating_add(1)).saying(says)
        } else {
            Fault::new(schema::NOT_WELL_FORMED, end, end).saying(common::CUT_OFF)
        };
        fault.at(place)
    }

    fn here(&self, code: Code) -> Fault {
        Fault::new(code, self.at, self.at.saturating_add(1))
    }

    /// Steps into an object or an array.
    fn descend(&mut self, place: Place) -> Result<(), Stop> {
        if self.depth >= self.model.depth {
            return Err(self.here(schema::TOO_DEEP).at(place));
        }
        self.depth = self.depth.saturating_add(1);
        self.at = self.at.saturating_add(1);
        self.blanks();
        Ok(())
    }

    /// Behind a member or a row: true where another follows.
    fn another(&mut self, close: &str, place: Place) -> Result<bool, Stop> {
        self.blanks();
        if self.eat(",") {
            self.blanks();
            return Ok(true);
        }
        if self.eat(close) {
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        Err(self.unexpected(says::NO_COMMA, place))
    }

    /// Reads the members of an object, each by `member`, which is given its name.
    fn members(
        &mut self,
        place: Place,
        mut member: impl FnMut(&mut Self, &str, Span) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.descend(place)?;
        if self.eat("}") {
            self.depth = self.depth.saturating_sub(1);
            return Ok(());
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        loop {
            let (name, span) = self.name(place)?;
            let many = names.len() >= usize::from(self.model.attributes);
            let twice = !names.insert(name.clone());
            if many || twice {
                let code = if many { schema::TOO_MANY_ATTRIBUTES } else { schema::DUPLICATE };
                return Err(Fault { code, span, says: None }.at(place));
            }
            member(self, &name, span)?;
            if !self.another("}", place)? {
                return Ok(());
            }
        }
    }

    /// Reads `"name":`.
    fn name(&mut self, place: Place) -> Result<(String, Span), Stop> {
        if !self.eat("\"") {
            return Err(self.unexpected(says::NO_NAME, place));
        }
        let start = self.at;
        let mut name = String::new();
        loop {
            match self.rest().chars().next() {
                Some('"') => break,
                Some('\\') => {
                    return Err(self.here(schema::FORBIDDEN_CONSTRUCT).saying(says::ESCAPED_NAME).at(place));
                }
                Some(character) if u32::from(character) >= 0x20 => {
                    name.push(character);
                    self.at = self.at.saturating_add(character.len_utf8());
                }
                _ => return Err(self.unexpected(says::CONTROL, place)),
            }
        }
        let span = Span::new(start, self.at);
        self.eat("\"");
        self.blanks();
        if !self.eat(":") {
            return Err(self.unexpected(says::NO_COLON, place));
        }
        self.blanks();
        Ok((name, span))
    }

    fn object(
        &mut self,
        element: &Element,
        block: Block,
        own: (Block, Slot),
        place: Place,
    ) -> Result<(), Stop> {
        let start = self.at;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        self.members(place, |walk, name, span| {
            seen.insert(name.to_owned());
            if let Some(field) = element.attributes.iter().find(|field| field.wire == name) {
                return walk.value(field, block, place.at(field.node));
            }
            if let Some(child) = element.children.iter().find(|child| child.wire == name) {
                return walk.child(child, block, place.at(child.node));
            }
            if element.lane {
                return walk.undeclared(name, span, place);
            }
            Err(Fault { code: schema::UNKNOWN_FIELD, span, says: None }.at(place))
        })?;
        let all = Span::new(start, self.at);
        // In the order of their names.
        let values = element.attributes.iter().filter(|field| !field.optional);
        let values = values.map(|field| (field.wire.as_str(), field.node, schema::MISSING));
        let others = element.children.iter().filter_map(|child| match child.rows {
            Some(rows) => (rows.min > 0).then_some((child.wire.as_str(), child.node, schema::TOO_FEW)),
            None => (!child.optional).then_some((child.wire.as_str(), child.node, schema::MISSING)),
        });
        let mut wanted: Vec<_> = values.chain(others).filter(|(name, ..)| !seen.contains(*name)).collect();
        wanted.sort_unstable_by_key(|(name, ..)| *name);
        for (_, node, code) in wanted {
            self.into.reasons.push(Fault { code, span: all, says: None }.reason(place.at(node)));
        }
        self.into.record.set(own.0, own.1, Value::Present, all);
        Ok(())
    }

    /// Reads an array of which each place is something else.
    fn places(&mut self, child: &Element, block: Block, place: Place) -> Result<(), Stop> {
        let start = self.at;
        if !self.next_is('[') {
            return Err(self.other(says::NO_ARRAY, place));
        }
        self.descend(place)?;
        let (mut count, mut more) = (0_usize, !self.eat("]"));
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        while more {
            let Some(field) = child.attributes.get(count) else {
                return Err(self.here(schema::TOO_MANY).at(place));
            };
            self.value(field, block, place.at(field.node))?;
            count = count.saturating_add(1);
            more = self.another("]", place)?;
        }
        let all = Span::new(start, self.at);
        for field in child.attributes.iter().skip(count).filter(|field| !field.optional) {
            let missing = Fault { code: schema::MISSING, span: all, says: None };
            self.into.reasons.push(missing.reason(place.at(field.node)));
        }
        self.into.record.set(block, child.slot, Value::Present, all);
        Ok(())
    }

    fn child(&mut self, child: &Element, block: Block, place: Place) -> Result<(), Stop> {
        if child.places {
            return self.places(child, block, place);
        }
        let Some(rows) = child.rows else {
            if !self.next_is('{') {
                return Err(self.other(says::NO_OBJECT, place));
            }
            return self.object(child, block, (block, child.slot), place);
        };
        let start = self.at;
        if !self.next_is('[') {
            return Err(self.other(says::NO_ARRAY, place));
        }
        self.descend(place)?;
        let mut count = 0_u16;
        let mut more = !self.eat("]");
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        while more {
            let span = Span::new(self.at, self.at.saturating_add(1));
            let pushed = if count < rows.max {
                self.into.record.push_row(block, child.slot, rows.width, span)
            } else {
                None
            };
            let Some(row) = pushed else {
                return Err(Fault { code: schema::TOO_MANY, span, says: None }.at(place));
            };
            self.row(child, row, place.in_row(count))?;
            count = count.saturating_add(1);
            more = self.another("]", place)?;
        }
        if count < rows.min {
            self.into.reasons.push(Fault::new(schema::TOO_FEW, start, self.at).reason(place));
        }
        Ok(())
    }

    fn row(&mut self, child: &Element, row: Block, place: Place) -> Result<(), Stop> {
        match &child.content {
            Content::Text(item) | Content::Value(item) => {
                let start = self.at;
                self.value(item, row, place.at(item.node))?;
                self.into.record.set(row, Slot(0), Value::Present, Span::new(start, self.at));
                Ok(())
            }
            Content::Elements if self.next_is('{') => self.object(child, row, (row, Slot(0)), place),
            Content::Elements => Err(self.other(says::NO_OBJECT, place)),
        }
    }

    /// Something else stands where an object or an array must.
    fn other(&self, says: &'static str, place: Place) -> Stop {
        if self.rest().is_empty() {
            return self.unexpected(says, place);
        }
        self.here(schema::BAD_VALUE).saying(says).at(place)
    }

    fn value(&mut self, field: &Field, block: Block, place: Place) -> Result<(), Stop> {
        if self.next_is('{') || self.next_is('[') {
            return Err(self.here(schema::BAD_VALUE).saying(says::NOT_SCALAR).at(place));
        }
        let (read, span) = match self.single(place)? {
            Single::Text(text, span) => (self.of_text(field, &text, span), span),
            Single::Number(span) => (self.of_number(field, span), span),
            Single::Word("null", span) => (Err((schema::BAD_VALUE, Some(says::NULL))), span),
            Single::Word(word, span) => {
                let flag = matches!(field.kind, Kind::Flag).then_some(Value::Flag(word == "true"));
                (flag.ok_or((schema::BAD_VALUE, Some(wanted(&field.kind)))), span)
            }
        };
        match read {
            Ok(value) => {
                self.into.record.set(block, field.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, field.scanned) {
                    self.into.open_texts.push(OpenText { place, text, span, free: field.free });
                }
            }
            Err((code, says)) => self.into.reasons.push(Fault { code, span, says }.reason(place)),
        }
        Ok(())
    }

    fn single(&mut self, place: Place) -> Result<Single, Stop> {
        let start = self.at;
        if self.next_is('"') {
            let (text, span) = self.quoted(place)?;
            return Ok(Single::Text(text, span));
        }
        for word in ["true", "false", "null"] {
            if self.eat(word) {
                return Ok(Single::Word(word, Span::new(start, self.at)));
            }
        }
        if !self.rest().starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(self.unexpected(says::NO_VALUE, place));
        }
        self.eat("-");
        if !self.eat("0") {
            self.digits(place)?;
        }
        if self.eat(".") {
            self.digits(place)?;
        }
        if self.eat("e") || self.eat("E") {
            if !self.eat("+") {
                self.eat("-");
            }
            self.digits(place)?;
        }
        Ok(Single::Number(Span::new(start, self.at)))
    }

    fn digits(&mut self, place: Place) -> Result<(), Stop> {
        let many = self.rest().chars().take_while(char::is_ascii_digit).count();
        if many == 0 {
            return Err(self.unexpected(says::NO_DIGIT, place));
        }
        self.at = self.at.saturating_add(many);
        Ok(())
    }

    /// Reads a text; gives it without its escapes, and where it stands.
    fn quoted(&mut self, place: Place) -> Result<(String, Span), Stop> {
        self.eat("\"");
        let start = self.at;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let Some(next) = self.rest().chars().next().filter(|next| u32::from(*next) >= 0x20) else {
                return Err(self.unexpected(says::CONTROL, place));
            };
            if next == '"' {
                break;
            }
            if next != '\\' {
                let mut pair = [0_u16; 2];
                units.extend_from_slice(next.encode_utf16(&mut pair));
                self.at = self.at.saturating_add(next.len_utf8());
                continue;
            }
            let first = self
                .escape(self.at)
                .ok_or_else(|| self.here(schema::NOT_WELL_FORMED).saying(says::BAD_ESCAPE).at(place))?;
            let (begun, mut used) = (self.at, first.1);
            units.push(first.0);
            if (0xD800..0xE000).contains(&first.0) {
                // A high half, and its low half in the next escape.
                let second = self.escape(begun.saturating_add(used)).filter(|(unit, length)| {
                    *length == 6 && (0xDC00..0xE000).contains(unit) && first.0 < 0xDC00
                });
                let Some((unit, length)) = second else {
                    return Err(self.here(schema::FORBIDDEN_CONSTRUCT).saying(says::LONE_HALF).at(place));
                };
                units.push(unit);
                used = used.saturating_add(length);
            }
            self.at = begun.saturating_add(used);
        }
        let span = Span::new(start, self.at);
        self.eat("\"");
        Ok((String::from_utf16_lossy(&units), span))
    }

    /// The unit of UTF-16 that the escape at `at` stands for, and its length.
    fn escape(&self, at: usize) -> Option<(u16, usize)> {
        let rest = self.text.get(at..)?.strip_prefix('\\')?;
        let kind = rest.chars().next()?;
        if kind == 'u' {
            let digits =
                rest.get(1..5).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            return u16::from_str_radix(digits, 16).ok().map(|unit| (unit, 6));
        }
        let known =
            [('"', 0x22), ('\\', 0x5C), ('/', 0x2F), ('b', 8), ('f', 12), ('n', 10), ('r', 13), ('t', 9)];
        known.iter().find(|(letter, _)| *letter == kind).map(|(_, unit)| (*unit, 2))
    }

    fn of_text(&mut self, field: &Field, text: &str, span: Span) -> Read {
        // What stands in the object as it is needs no copy.
        let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
        let kept = |walk: &mut Self| {
            if raw == text { TextRef::Source(span) } else { walk.into.record.keep(text.as_bytes()) }
        };
        match &field.kind {
            Kind::Text { min, max, charset } => {
                let begins = text.chars().next().is_none_or(|character| charset.begins(character));
                if !begins || text.chars().any(|character| !charset.allows(character)) {
                    return Err((schema::BAD_CHARACTER, None));
                }
                let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                if !(*min..=*max).contains(&count) {
                    return Err((schema::BAD_LENGTH, None));
                }
                if field.form.as_ref().is_some_and(|form| !form.fits(text.as_bytes())) {
                    return Err((schema::BAD_VALUE, Some(common::NOT_FORM)));
                }
                Ok(Value::Text(kept(self)))
            }
            Kind::Code(tree) if tree.allows(text.as_bytes()) => Ok(Value::Code(kept(self))),
            Kind::Code(_) => Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED))),
            Kind::Enum(_) => {
                let index = field.wires.iter().position(|wire| wire == text);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or((schema::BAD_VALUE, Some(common::NOT_LISTED)))
            }
            Kind::Time => {
                let time = Time::parse(text.as_bytes());
                time.map(Value::Time).map_err(|_| (schema::BAD_VALUE, Some(common::NOT_TIME)))
            }
            kind => Err((schema::BAD_VALUE, Some(wanted(kind)))),
        }
    }

    fn of_number(&mut self, field: &Field, span: Span) -> Read {
        if !matches!(field.kind, Kind::Decimal { .. } | Kind::Integer { .. }) {
            return Err((schema::BAD_VALUE, Some(wanted(&field.kind))));
        }
        let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
        let long = (schema::OUT_OF_RANGE, Some(common::LONG_NUMBER));
        let number = written_out(raw).and_then(|text| Decimal::parse(text.as_bytes()).ok()).ok_or(long)?;
        match &field.kind {
            Kind::Integer { .. } if number.scale() > 0 => Err((schema::BAD_VALUE, Some(common::NOT_INTEGER))),
            Kind::Integer { min, max } => {
                let whole = number.mantissa();
                let fits = (*min..=*max).contains(&whole);
                if fits { Ok(Value::Integer(whole)) } else { Err((schema::OUT_OF_RANGE, None)) }
            }
            Kind::Decimal { .. } if field.unknown == Some(number) => Ok(Value::Unknown(number)),
            Kind::Decimal { min, max, .. } if number < *min || number > *max => {
                Err((schema::OUT_OF_RANGE, None))
            }
            Kind::Decimal { digits, .. } if number.scale() > *digits => {
                Err((schema::OUT_OF_RANGE, Some(common::DIGITS)))
            }
            _ => Ok(Value::Decimal(number)),
        }
    }

    fn undeclared(&mut self, name: &str, span: Span, parent: Place) -> Result<(), Stop> {
        let start = usize::try_from(span.start).unwrap_or(0).saturating_sub(1);
        let marked = self.anything(parent)? | marks::is_marking_name(name.as_bytes());
        let span = Span::new(start, self.at);
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label: false });
        Ok(())
    }

    /// Reads any value; true where something in it is marked, or could hide a marking.
    fn anything(&mut self, place: Place) -> Result<bool, Stop> {
        let mut marked = false;
        if self.next_is('{') {
            self.members(place, |walk, name, _| {
                marked |= marks::is_marking_name(name.as_bytes());
                marked |= walk.anything(place)?;
                Ok(())
            })?;
        } else if self.next_is('[') {
            self.descend(place)?;
            let mut more = !self.eat("]");
            if !more {
                self.depth = self.depth.saturating_sub(1);
            }
            while more {
                marked |= self.anything(place)?;
                more = self.another("]", place)?;
            }
        } else if let Single::Text(text, span) = self.single(place)? {
            let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
            marked |= raw.contains('\\');
            let _ = text;
            if raw.chars().any(|character| !Charset::Multiline.allows(character)) {
                return Err(Fault { code: schema::BAD_CHARACTER, span, says: None }.at(place));
            }
        }
        Ok(marked)
    }
}

/// A value, or what is wrong with it.
type Read = Result<Value, (Code, Option<&'static str>)>;

/// What a value of another kind is not.
fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Decimal { .. } => common::NOT_DECIMAL,
        Kind::Integer { .. } => common::NOT_INTEGER,
        Kind::Flag => common::NOT_FLAG,
        _ => says::NOT_TEXT,
    }
}

/// A number without its exponent; `None` where that would take more than 64 characters.
fn written_out(raw: &str) -> Option<String> {
    let (sign, rest) = raw.strip_prefix('-').map_or(("", raw), |rest| ("-", rest));
    let (number, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    let kept = digits.trim_start_matches('0').trim_end_matches('0');
    if kept.is_empty() {
        return Some("0".to_owned());
    }
    let before = digits.len().saturating_sub(digits.trim_start_matches('0').len());
    // An exponent that no number holds is as good as any that is too large.
    let exponent =
        exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { -999_999 } else { 999_999 });
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    // Digits of `kept` that stand before the point.
    let point =
        length(whole).saturating_add(exponent).saturating_sub(i64::try_from(before).unwrap_or(i64::MAX));
    if !(-64..=64).contains(&point) || kept.len() > 64 {
        return None;
    }
    let zeros = |many: i64| "0".repeat(usize::try_from(many.max(0)).unwrap_or(0));
    let at = usize::try_from(point.max(0)).unwrap_or(0).min(kept.len());
    let (ahead, behind) = kept.split_at_checked(at)?;
    let grown = zeros(point.saturating_sub(length(kept)));
    let shrunk = zeros(point.saturating_neg());
    Some(format!("{sign}{ahead}{grown}.{shrunk}{behind}").trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::written_out;

    #[test]
    fn exponents_are_written_out() {
        for (raw, says) in [
            ("0", "0"),
            ("-0.0e9", "0"),
            ("12.50", "12.5"),
            ("-1e3", "-1000"),
            ("1.25e1", "12.5"),
            ("1.25E+2", "125"),
            ("5e-3", ".005"),
            ("0.05e-1", ".005"),
            ("100", "100"),
        ] {
            assert_eq!(written_out(raw).as_deref(), Some(says), "{raw}");
        }
        assert_eq!(written_out("1e99999999999999999999"), None);
        assert_eq!(written_out("1e-400"), None);
    }
}
