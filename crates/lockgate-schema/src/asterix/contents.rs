//! Items of a specification as parts of a type.

use super::tree::Line;
use super::{Refusal, meanings, plain};

/// Most rows of a repetitive item that ends with a bit.
const MAX_FX_ROWS: u32 = 64;

/// A type file in the making.
pub(super) struct Writer {
    pub(super) out: String,
    pub(super) refusals: Vec<Refusal>,
    category: String,
    /// The path of what is written, without the record's name.
    path: Vec<String>,
    /// Fields that the meaning of others depends on, as cases name them: `150/IM`.
    selectors: Vec<String>,
}

impl Writer {
    pub(super) fn new(category: &str, items: &Line) -> Self {
        let mut selectors = Vec::new();
        let mut waiting = vec![items];
        while let Some(line) = waiting.pop() {
            selectors.extend(line.word(1).filter(|_| line.word(0) == Some("case")).map(str::to_lowercase));
            waiting.extend(&line.children);
        }
        let (category, path) = (category.to_owned(), Vec::new());
        Self { out: String::new(), refusals: Vec::new(), category, path, selectors }
    }

    pub(super) fn line(&mut self, level: usize, text: &str) {
        (0..level).for_each(|_| self.out.push_str("    "));
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn refuse(&mut self, line: &Line, what: &str) {
        let says = format!("{what}: the type language does not express this");
        self.refusals.push(Refusal { line: line.number, says });
    }

    fn path(&self) -> String {
        let mut path = format!("i{}", self.category);
        for name in &self.path {
            path.push('.');
            path.push_str(name);
        }
        path
    }

    /// Writes an item or sub-item called `name`.
    pub(super) fn item(&mut self, item: &Line, name: &str, level: usize) {
        let name = &field_name(name);
        self.path.push(name.clone());
        let content = item
            .children
            .iter()
            .find(|line| !matches!(line.word(0), Some("definition" | "description" | "remark")));
        match content {
            Some(content) => self.content(content, name, level),
            None => self.refuse(item, "an item without content"),
        }
        self.path.pop();
    }

    /// Writes a random field sequence (ASTERIX part 1): a count, then items in any order, each behind its number in the
    /// profile.
    pub(super) fn any_order(&mut self, items: &Line, uap: &Line) {
        self.path.push("rfs".to_owned());
        self.line(4, "repeat rfs count=8 max=255 {");
        self.line(5, "field frn uint bits=8 selects=#true");
        self.line(5, "choice by=frn {");
        for (number, slot) in (1..).zip(&uap.children) {
            let item = items.children.iter().find(|item| item.word(0) == Some(slot.text.as_str()));
            if let Some(item) = item {
                self.line(6, &format!("case {number} {{"));
                self.item(item, &format!("i{}", slot.text.to_lowercase()), 7);
                self.line(6, "}");
            }
        }
        self.line(5, "}");
        self.line(4, "}");
        self.path.pop();
    }

    fn content(&mut self, content: &Line, name: &str, level: usize) {
        let mut settings = meanings::settings(&self.path());
        let own = self.path.join("/");
        if self.selectors.iter().any(|selector| Some(selector.as_str()) == own.strip_prefix('i')) {
            settings.push_str(" selects=#true");
        }
        match (content.word(0), content.word(1)) {
            (Some("element"), Some(bits)) => self.element(content, name, bits, &settings, level),
            (Some("group"), _) => {
                self.line(level, &format!("section {name}{settings} {{"));
                self.parts(&content.children, level.saturating_add(1));
                self.line(level, "}");
            }
            (Some("extended"), None) => {
                self.line(level, &format!("extended {name}{settings} {{"));
                self.parts(&content.children, level.saturating_add(1));
                // The last extension may have eight bits, and none that says that another follows.
                let last = content.children.rsplit(|part| part.text == "-").next().unwrap_or(&[]);
                let bits = last.iter().map(width).try_fold(0_u32, |bits, more| bits.checked_add(more?));
                if !bits.is_some_and(|bits| bits.is_multiple_of(8)) {
                    self.refuse(content, "an extended item that does not end with an octet");
                }
                self.line(level, "}");
            }
            (Some("compound"), None) => {
                self.line(level, &format!("section {name}{settings} {{"));
                self.line(level.saturating_add(1), "mask fx {");
                for part in &content.children {
                    if part.text == "-" {
                        self.line(level.saturating_add(2), "spare bits=1");
                    } else {
                        self.named(part, level.saturating_add(2));
                    }
                }
                self.line(level.saturating_add(1), "}");
                self.line(level, "}");
            }
            (Some("repetitive"), Some(how)) => self.repetitive(content, name, how, &settings, level),
            (Some("explicit"), Some(_)) => {
                self.line(level, &format!("opaque {name} length=8 counts=itself max=\"255B\""));
            }
            _ => self.refuse(content, "a content of this kind"),
        }
    }

    fn parts(&mut self, parts: &[Line], level: usize) {
        for part in parts {
            match (part.text.as_str(), part.word(0), part.word(1)) {
                ("-", ..) => self.line(level, "fx"),
                (_, Some("spare"), Some(bits)) => self.line(level, &format!("spare bits={bits}")),
                _ => self.named(part, level),
            }
        }
    }

    /// `SAC "System Area Code"` and what it holds.
    fn named(&mut self, part: &Line, level: usize) {
        match part.word(0) {
            Some(name) if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                self.item(part, &name.to_lowercase(), level);
            }
            _ => self.refuse(part, "a part of this kind"),
        }
    }

    fn repetitive(&mut self, content: &Line, name: &str, how: &str, settings: &str, level: usize) {
        let ends = match how.parse::<u32>() {
            Ok(octets @ 1..=2) => {
                let most = if octets == 1 { 255 } else { 65_535 };
                format!("count={} max={most}", octets.saturating_mul(8))
            }
            _ if how == "fx" => format!("until=fx min=1 max={MAX_FX_ROWS}"),
            _ => return self.refuse(content, "a repetition that ends in this way"),
        };
        let [row] = content.children.as_slice() else {
            return self.refuse(content, "a repetition of several parts");
        };
        self.line(level, &format!("repeat {name} {ends}{settings} {{"));
        if row.word(0) == Some("group") {
            self.parts(&row.children, level.saturating_add(1));
        } else {
            self.path.push("value".to_owned());
            self.content(row, "value", level.saturating_add(1));
            self.path.pop();
        }
        self.line(level, "}");
    }

    fn element(&mut self, element: &Line, name: &str, bits: &str, settings: &str, level: usize) {
        let Some(width) = bits.parse::<u32>().ok().filter(|bits| (1..=4096).contains(bits)) else {
            return self.refuse(element, "an element of this width");
        };
        let [rule] = element.children.as_slice() else {
            return self.refuse(element, "an element without one rule");
        };
        let head = format!("field {name}");
        match (rule.word(0), rule.word(1)) {
            (Some("table"), None) => self.table(rule, &head, width, settings, level),
            (Some("case"), Some(by)) => self.case(rule, name, width, by, level),
            _ => match self.kind(rule, width) {
                Some(kind) => self.line(level, &format!("{head} {kind}{settings}")),
                None => self.refuse(rule, "a value of this kind"),
            },
        }
    }

    /// The kind of a value with its settings.
    fn kind(&self, rule: &Line, width: u32) -> Option<String> {
        let path = self.path();
        let text = |coding: &str| Some(format!("text bits={width} coding={coding}"));
        match (rule.word(0)?, rule.word(1)) {
            // Addresses and registers: their digits are what people and decoders write.
            ("raw", _) if width >= 24 && width.is_multiple_of(8) => Some(format!("bytes bits={width}")),
            ("raw", _) if width <= 64 => Some(format!("uint bits={width}")),
            ("raw" | "bds", _) => Some(format!("bytes bits={width}")),
            // All zeros: the transponder does not know it.
            ("string", Some("icao")) if width <= 64 => text("icao unknown=0"),
            ("string", Some(coding @ ("ascii" | "icao" | "octal"))) => text(coding),
            (sign @ ("signed" | "unsigned"), Some("integer")) => {
                let kind = if sign == "signed" { "int" } else { "uint" };
                Some(format!("{kind} bits={width}{}", bounds(&rule.text, 2)?))
            }
            (sign @ ("signed" | "unsigned"), Some("quantity")) => {
                let lsb = rule.word(2)?;
                let unit = rule.quoted()?;
                let behind = rule.text.rsplit_once('"').map_or("", |(_, rest)| rest);
                let clock = sign == "unsigned" && lsb == "1/2^7" && unit == "s" && width == 24;
                let observed = meanings::settings(&path).contains("time.observed");
                if clock && observed {
                    return Some(format!("time-of-day bits={width} lsb=\"{lsb}\" unit=s max=86399.9921875"));
                }
                let kind = if sign == "signed" { "int" } else { "uint" };
                let unit = unit_name(unit);
                Some(format!("{kind} bits={width} lsb=\"{lsb}\"{unit}{}", bounds(behind, 0)?))
            }
            _ => None,
        }
    }

    fn table(&mut self, table: &Line, head: &str, width: u32, settings: &str, level: usize) {
        let mut names: Vec<String> = Vec::new();
        let mut lines = Vec::new();
        let path = self.path();
        for entry in &table.children {
            let Some((number, name)) = entry.text.split_once(':') else {
                return self.refuse(entry, "an entry of a table");
            };
            let Ok(wire) = number.trim().parse::<u64>() else {
                return self.refuse(entry, "an entry of a table");
            };
            let mut name = plain(name.trim());
            let low = name.to_lowercase();
            // What is reserved has no meaning yet, so nothing may say it.
            if ["reserved", "undefined", "spare", "not used"].iter().any(|word| low.starts_with(word)) {
                continue;
            }
            if name.is_empty() || names.contains(&name) {
                name = format!("{name} ({wire})").trim().to_owned();
            }
            lines.push(format!("value {wire} \"{name}\"{}", meanings::value(&path, wire)));
            names.push(name);
        }
        if lines.is_empty() {
            return self.refuse(table, "a table without an entry");
        }
        self.line(level, &format!("{head} enum bits={width}{settings} {{"));
        lines.iter().for_each(|line| self.line(level.saturating_add(1), line));
        self.line(level, "}");
    }

    /// A value whose unit depends on an earlier one: `case 150/IM`.
    fn case(&mut self, rule: &Line, name: &str, width: u32, by: &str, level: usize) {
        let Some((_, by)) = by.rsplit_once('/') else {
            return self.refuse(rule, "a case by this value");
        };
        let by = field_name(&by.to_lowercase());
        self.line(level, &format!("choice by={by} {{"));
        for case in &rule.children {
            let Some(number) = case.text.strip_suffix(':') else {
                self.refuse(case, "a case of this kind");
                continue;
            };
            if number == "default" {
                // The values that have a case are all that there are; anything else is refused.
                continue;
            }
            let kind = case.children.first().and_then(|kind| self.kind(kind, width));
            let unit = case.children.first().and_then(|kind| kind.quoted()).map(|unit| unit.to_lowercase());
            match (number.parse::<u64>(), kind, unit) {
                (Ok(number), Some(kind), Some(unit)) => {
                    let suffix: String = unit
                        .chars()
                        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
                        .collect();
                    let name = name.trim_end_matches('_');
                    self.line(level.saturating_add(1), &format!("case {number} {{"));
                    self.line(level.saturating_add(2), &format!("field {name}_{suffix} {kind}"));
                    self.line(level.saturating_add(1), "}");
                }
                _ => self.refuse(case, "a case of this kind"),
            }
        }
        self.line(level, "}");
    }
}

/// Bits of a part of an extended item; `None` where they are not written there.
fn width(part: &Line) -> Option<u32> {
    if part.word(0) == Some("spare") {
        return part.word(1)?.parse().ok();
    }
    let content = part.children.iter().find(|line| matches!(line.word(0), Some("element" | "group")))?;
    match content.word(0) {
        Some("element") => content.word(1)?.parse().ok(),
        _ => content.children.iter().map(width).try_fold(0_u32, |bits, more| bits.checked_add(more?)),
    }
}

/// ` min=.. max=..` from `>= -50 <= 50`; a strict bound that is the width's own says nothing more.
fn bounds(text: &str, skip: usize) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().skip(skip).collect();
    let mut out = String::new();
    for pair in words.chunks(2) {
        match pair {
            [">=", bound] => out.push_str(&format!(" min={}", decimal(bound)?)),
            ["<=", bound] => out.push_str(&format!(" max={}", decimal(bound)?)),
            ["<" | ">", _] => {}
            _ => return None,
        }
    }
    Some(out)
}

/// A bound as a decimal; `1023/2` has one.
fn decimal(bound: &str) -> Option<String> {
    let (negative, digits) = bound.strip_prefix('-').map_or((false, bound), |digits| (true, digits));
    let (over, under) = digits.split_once('/').unwrap_or((digits, "1"));
    let under = match under.split_once('^') {
        Some((base, exponent)) => base.parse::<i64>().ok()?.checked_pow(exponent.parse().ok()?)?,
        None => under.parse().ok()?,
    };
    let value = if over.contains('.') {
        (under == 1).then(|| over.to_owned())?
    } else {
        let over: i64 = over.parse().ok()?;
        lockgate_bytes::Ratio::new(over, u32::try_from(under).ok()?)?.to_string()
    };
    Some(if negative { format!("-{value}") } else { value })
}

/// ` unit=...` in the words of this house.
fn unit_name(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "°" => " unit=deg".to_owned(),
        "°/s" => " unit=\"deg/s\"".to_owned(),
        unit if unit.bytes().all(|byte| byte.is_ascii_alphabetic()) => format!(" unit={unit}"),
        unit => format!(" unit=\"{}\"", plain(unit)),
    }
}

/// A name that the notation takes: reserved words of conditions get an underscore behind, digits one before.
fn field_name(name: &str) -> String {
    let mut name = name.replace('-', "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    match lockgate_notation::FieldName::parse(&name) {
        Some(_) => name,
        None => format!("{name}_"),
    }
}
