//! Makes valid objects of any type from its model: what they say comes from one seed, how they are written from
//! another.

use lockgate_bytes::Decimal;
use lockgate_record::{Charset, Kind};
use lockgate_schema::model::{Content, Element, Field, Model};

/// A small generator of numbers (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

pub(crate) struct Maker<'m> {
    model: &'m Model,
    /// What this object calls the prefix at that place of the model.
    prefixes: [&'static str; 2],
    pub(crate) says: Random,
    pub(crate) style: Random,
    /// How likely an optional part is: one in so many is left out.
    pub(crate) sparse: usize,
}

/// One object that says what `says` gives, written as `style` gives.
pub(crate) fn object(model: &Model, says: u64, style: u64) -> String {
    let (says, mut style) = (Random(says), Random(style));
    let prefixes = if style.one_in(2) { ["ism", "ext"] } else { ["ext", "x"] };
    let mut maker = Maker { model, prefixes, says, style, sparse: 2 };
    let mut out = String::new();
    if maker.style.one_in(4) {
        out.push_str("<?xml version='1.0' encoding=\"utf-8\" standalone = 'yes' ?>");
    }
    maker.white(&mut out);
    maker.element(&model.root, 0, &mut out);
    maker.white(&mut out);
    out
}

impl Maker<'_> {
    fn white(&mut self, out: &mut String) {
        if self.style.one_in(3) {
            out.push_str(["\n  ", " ", "\t", "\r\n"][self.style.below(4)]);
        }
    }

    fn leave_out(&mut self, optional: bool) -> bool {
        optional && self.says.one_in(self.sparse)
    }

    fn element(&mut self, element: &Element, around: u8, out: &mut String) {
        // The empty namespace has no prefix, and rows of an open set are written without one.
        let can = element.namespace != around && element.namespace != 0 && element.open_elements.is_none();
        let prefix = if can && self.style.one_in(2) { "p:" } else { "" };
        let mut attributes = Vec::new();
        if element.namespace != around {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { "xmlns:p".to_owned() };
            attributes.push((name, self.model.namespaces[usize::from(element.namespace)].clone()));
        }
        if std::ptr::eq(element, &self.model.root) {
            for (prefix, own) in self.model.prefixes.iter().zip(self.prefixes) {
                let namespace = self.model.namespaces[usize::from(prefix.namespace)].clone();
                attributes.push((format!("xmlns:{own}"), namespace));
            }
        }
        for field in &element.attributes {
            if !self.leave_out(field.optional) {
                let value = self.value(field, true);
                let of = |prefix: &lockgate_schema::model::Prefix| prefix.namespace == field.namespace;
                let own = self.model.prefixes.iter().position(of).map(|at| self.prefixes[at]);
                let name = own.map_or(field.wire.clone(), |own| format!("{own}:{}", field.wire));
                attributes.push((name, value));
            }
        }
        if let Some(set) = &element.open_attributes {
            for row in 0..self.says.below(4).max(usize::from(set.rows.min)) {
                let value = self.value(&set.value, true);
                attributes.push((format!("tag.{row}"), value));
            }
        }
        let fixed = element.open_attributes.is_some();
        if !fixed {
            for index in (1..attributes.len()).rev() {
                attributes.swap(index, self.style.below(index + 1));
            }
        }
        out.push('<');
        out.push_str(prefix);
        out.push_str(&element.wire);
        for (name, value) in attributes {
            out.push_str([" ", "\n\t", "  "][self.style.below(3)]);
            out.push_str(&name);
            out.push_str(["=", " =", "= "][self.style.below(3)]);
            if self.style.one_in(2) {
                out.push_str(&format!("'{}'", value.replace('\'', "&apos;")));
            } else {
                out.push_str(&format!("\"{}\"", value.replace('"', "&quot;")));
            }
        }
        self.white(out);
        out.push('>');
        let before = out.len();
        self.inside(element, prefix, out);
        if out.len() == before && self.style.one_in(2) {
            out.pop();
            out.push_str("/>");
        } else {
            out.push_str(&format!("</{prefix}{}", element.wire));
            self.white(out);
            out.push('>');
        }
    }

    fn inside(&mut self, element: &Element, prefix: &str, out: &mut String) {
        match &element.content {
            Content::Value(field) => out.push_str(&self.value(field, false)),
            Content::Text(field) => {
                if !self.leave_out(field.optional) {
                    out.push_str(&self.value(field, false));
                }
            }
            Content::Elements => self.children(element, prefix, out),
        }
    }

    fn children(&mut self, element: &Element, prefix: &str, out: &mut String) {
        let mut groups: Vec<Vec<String>> = Vec::new();
        for child in &element.children {
            let count = match child.rows {
                Some(rows) => usize::from(rows.min).max(self.says.below(3)).min(usize::from(rows.max)),
                None => usize::from(!self.leave_out(child.optional)),
            };
            let mut group = Vec::new();
            for _ in 0..count {
                let mut text = String::new();
                self.element(child, element.namespace, &mut text);
                if !prefix.is_empty() && child.namespace == element.namespace {
                    text = text.replacen(
                        &format!("<{}", child.wire),
                        &format!(
                            "<{} xmlns=\"{}\"",
                            child.wire,
                            self.model.namespaces[usize::from(child.namespace)]
                        ),
                        1,
                    );
                }
                group.push(text);
            }
            groups.push(group);
        }
        if let Some(set) = &element.open_elements {
            let mut group = Vec::new();
            for row in 0..self.says.below(3).max(usize::from(set.rows.min)) {
                let value = self.value(&set.value, false);
                group.push(format!("<step-{row}>{value}</step-{row}>"));
            }
            groups.push(group);
        }
        if element.any_order {
            for index in (1..groups.len()).rev() {
                groups.swap(index, self.style.below(index + 1));
            }
        }
        for text in groups.into_iter().flatten() {
            self.white(out);
            out.push_str(&text);
        }
        self.white(out);
    }

    fn value(&mut self, field: &Field, in_attribute: bool) -> String {
        match &field.kind {
            Kind::Text { min, max, charset } => {
                if let Some(form) = &field.form {
                    return form.example(|many| self.says.below(many));
                }
                let least = (*min).max(u32::from(!in_attribute));
                let length = least.max(self.says.below(14) as u32).min(*max);
                (0..length).map(|at| self.character(*charset, at == 0, in_attribute)).collect()
            }
            Kind::Code(tree) => loop {
                let mut code = tree.prefixes()[self.says.below(tree.prefixes().len())].clone();
                for _ in 0..self.says.below(3) {
                    code.push(char::from(tree.separator()));
                    code.push(char::from(b'A' + self.says.below(26) as u8));
                }
                if tree.allows(code.as_bytes()) {
                    break code;
                }
            },
            Kind::Enum(_) => {
                field.wires[self.says.below(field.wires.len())].replace('&', "&amp;").replace('<', "&lt;")
            }
            Kind::Decimal { min, max, digits } => self.decimal(field, *min, *max, *digits),
            Kind::Integer { min, max } => {
                let span = (i128::from(*max) - i128::from(*min) + 1) as u64;
                let value = i128::from(*min) + i128::from(self.says.next() % span.max(1));
                let zeros = ["", "0"][self.style.below(2)];
                if value < 0 { format!("-{zeros}{}", -value) } else { format!("{zeros}{value}") }
            }
            Kind::Flag => {
                let words = [["true", "True", "1"], ["false", "False", "0"]];
                words[self.says.below(2)][self.style.below(3)].to_owned()
            }
            Kind::Time => self.time(),
        }
    }

    fn decimal(&mut self, field: &Field, min: Decimal, max: Decimal, digits: u8) -> String {
        let value = match field.unknown {
            Some(unknown) if self.says.one_in(5) => unknown,
            _ => loop {
                let scale = self.says.below(usize::from(digits.min(7)) + 1) as u8;
                let unit = 10_i64.pow(u32::from(scale));
                let whole = |bound: Decimal| bound.mantissa() / 10_i64.pow(u32::from(bound.scale()));
                let span = (i128::from(whole(max)) - i128::from(whole(min))) * i128::from(unit) + 1;
                let offset = i128::from(self.says.next()) % span;
                let mantissa = i128::from(whole(min)) * i128::from(unit) + offset;
                let found = i64::try_from(mantissa).ok().and_then(|mantissa| Decimal::new(mantissa, scale));
                if let Some(found) = found.filter(|found| *found >= min && *found <= max) {
                    break found;
                }
            },
        };
        let text = value.to_string();
        let zeros = ["", ".0", ".000"][self.style.below(3)];
        let more = ["", "0"][self.style.below(2)];
        if text.contains('.') { format!("{text}{more}") } else { format!("{text}{zeros}") }
    }

    fn time(&mut self) -> String {
        let minute = self.says.below(60);
        let nanos = [0, 500_000_000, 123_456_789][self.says.below(3)];
        let fraction = match (nanos, self.style.below(2)) {
            (0, 0) => String::new(),
            (0, _) => ".00".to_owned(),
            (500_000_000, 0) => ".5".to_owned(),
            (500_000_000, _) => ".500".to_owned(),
            _ => ".123456789".to_owned(),
        };
        let (hour, zone) = [(10, "Z"), (12, "+02:00"), (9, "-01:00")][self.style.below(3)];
        format!("2026-03-{:02}T{hour:02}:{minute:02}:07{fraction}{zone}", self.says.below(28) + 1)
    }

    fn character(&mut self, charset: Charset, first: bool, in_attribute: bool) -> String {
        let choices: &[&str] = match charset {
            Charset::Token => &["a", "Z", "9", "-", "_", ".", ":"],
            Charset::Ncname if first => &["a", "Z", "_"],
            Charset::Ncname => &["a", "Z", "9", "-", "_", "."],
            Charset::Hex => &["0", "9", "a", "F"],
            Charset::Ascii => &["a", " ", "&amp;", "&lt;", "~", "x", "y", ">"],
            Charset::Printable => &["a", " ", "ž", "&lt;", "日", "&quot;", "'", ">", "q"],
            Charset::Multiline => &["a", " ", "ž", "&apos;", "😀", "\n", "]", "b"],
        };
        match choices[self.says.below(choices.len())] {
            "\n" if in_attribute => "&#10;".to_owned(),
            ">" if !in_attribute => ["&gt;", ">"][self.style.below(2)].to_owned(),
            other => other.to_owned(),
        }
    }
}
