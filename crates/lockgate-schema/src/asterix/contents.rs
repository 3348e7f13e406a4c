//! Items of a specification as parts of a type.

mod values;

use super::tree::Line;
use super::{Refusal, meanings};
use core::ops::Range;

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
    /// The item that is always there.
    required: Option<String>,
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
        Self { out: String::new(), refusals: Vec::new(), category, path, selectors, required: None }
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

    /// Writes the items at slots `range` of a user application profile, each under its name behind `before`.
    pub(super) fn slots(
        &mut self,
        items: &Line,
        profile: &Line,
        range: Range<usize>,
        before: &str,
        level: usize,
    ) {
        for slot in profile.children.get(range).unwrap_or(&[]) {
            match slot.text.as_str() {
                "-" => self.line(level, "spare bits=1"),
                "rfs" => self.any_order(items, profile, before, level),
                name => match items.children.iter().find(|item| item.word(0) == Some(name)) {
                    Some(item) => self.item(item, &format!("{before}i{}", name.to_lowercase()), level),
                    None => self.refuse(slot, "no item of this name is described"),
                },
            }
        }
    }

    /// Writes a random field sequence (ASTERIX part 1): a count, then items in any order, each behind its number in the
    /// profile.
    fn any_order(&mut self, items: &Line, profile: &Line, before: &str, level: usize) {
        let name = format!("{before}rfs");
        let (inside, cases, parts) =
            (level.saturating_add(1), level.saturating_add(2), level.saturating_add(3));
        self.line(level, &format!("repeat {name} count=8 max=255 {{"));
        self.line(inside, "field frn uint bits=8 selects=#true");
        self.line(inside, "choice by=frn {");
        self.path.push(name);
        for (number, slot) in (1..).zip(&profile.children) {
            let item = items.children.iter().find(|item| item.word(0) == Some(slot.text.as_str()));
            if let Some(item) = item {
                self.line(cases, &format!("case {number} {{"));
                self.item(item, &format!("i{}", slot.text.to_lowercase()), parts);
                self.line(cases, "}");
            }
        }
        self.path.pop();
        self.line(inside, "}");
        self.line(level, "}");
    }

    /// An item is always there, since a value in it (`020/typ`), or all of it, chooses what follows.
    pub(super) fn chooses(&mut self, item: &str, value: String) {
        self.required = Some(format!("i{item}"));
        self.selectors.push(value);
    }

    /// Writes the parts of a compound item with a mask of so many octets.
    pub(super) fn masked(&mut self, compound: &Line, octets: u32, level: usize) {
        let bits = octets.saturating_mul(8);
        let inside = level.saturating_add(1);
        self.line(level, &format!("mask bits={bits} {{"));
        self.compound(compound, inside);
        let used = u32::try_from(compound.children.len()).unwrap_or(u32::MAX);
        match bits.checked_sub(used) {
            Some(0) => {}
            Some(spare) => self.line(inside, &format!("spare bits={spare}")),
            None => self.refuse(compound, "more parts than its mask has bits"),
        }
        self.line(level, "}");
    }

    fn compound(&mut self, compound: &Line, level: usize) {
        for part in &compound.children {
            if part.text == "-" {
                self.line(level, "spare bits=1");
            } else {
                self.named(part, level);
            }
        }
    }

    fn content(&mut self, content: &Line, name: &str, level: usize) {
        let mut settings = meanings::settings(&self.path());
        let own = self.path.join("/");
        if self.selectors.iter().any(|selector| Some(selector.as_str()) == own.strip_prefix('i')) {
            settings.push_str(" selects=#true");
        }
        if self.required.as_deref() == Some(own.as_str()) {
            settings.push_str(" optional=#false");
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
                self.compound(content, level.saturating_add(2));
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
