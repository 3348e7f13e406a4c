//! Markings as people read them: written from the words of a SPIF, and read back.

use super::marking::{Markings, Role, Setting};
use super::{Kind, Place, Policy, Tag, nato};
use crate::Label;
use crate::bits::Bits;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

mod read;

pub use read::MarkingReader;
pub(crate) use read::PolicyWords;

/// How a policy writes its markings at one place and in one language.
///
/// Words of the asked language come before those of its primary part (`fr` for `fr-CA`), those without language, and
/// English ones; where a file has none of these, names stand. Qualifiers of another place stand in where the asked one
/// has none, as the files in the field need. A letter or digit never touches another one: a space is put between a
/// prefix and a phrase where the file forgot it.
///
/// In the policy of NATO the context is the policy word (`NATO/KFOR`), TOP SECRET makes it COSMIC, and neither
/// `Releasable` nor the context in `Releasable To` is written.
#[derive(Clone, Copy, Debug)]
pub struct MarkingForm<'p> {
    policy: &'p Policy,
    at: Setting<'p>,
}

impl Policy {
    /// How markings of this policy are written at `place`, in `language` (such as `fr` or `en-GB`) where given.
    pub fn marking_form<'p>(&'p self, place: Place, language: Option<&'p str>) -> MarkingForm<'p> {
        MarkingForm { policy: self, at: Setting { place, language } }
    }
}

impl MarkingForm<'_> {
    /// The marking of a label of this policy. `None` where no words can say it: one that nobody may read, one with a
    /// value that no label may carry, one with a text that a user typed, a COSMIC one of a context other than NATO, or a portion mark of a policy that has
    /// none for the level.
    pub fn render(&self, label: &Label) -> Option<String> {
        let level = self.policy.levels.get(usize::from(label.level))?;
        let usable = |value: u16| self.policy.value(value).is_some_and(|value| !value.unusable);
        if label.nobody != 0 || label.typed != 0 || !label.values.iter().all(usable) {
            return None;
        }
        // COSMIC says NATO: of any other context it would say nothing.
        let contexts = self.policy.contexts(label);
        let is_nato = |value: u16| self.policy.same_name(self.policy.value_name(value));
        if self.policy.is_nato() && self.is_cosmic(label) && !contexts.iter().all(is_nato) {
            return None;
        }
        if self.at.place == Place::Portion && !level.marking.has_own(self.at) {
            return None;
        }
        let mut line = Line::new(self.separator());
        line.part(&self.policy_word(label));
        let suppressed = label.values.iter().any(|value| {
            self.policy.value(value).is_some_and(|value| value.marking.suppresses_level(self.at))
        });
        if !suppressed {
            line.part(level.marking.phrase(self.at, &level.name));
        }
        self.categories(&label.values, &mut line);
        Some(self.framed(&line.text))
    }

    /// What a clearance is called: its levels in braces, lowest first, then its values.
    pub fn render_clearance(&self, clearance: &crate::Clearance) -> String {
        let (levels, values) = clearance.held();
        let mut order: Vec<_> =
            (0_u16..).zip(&self.policy.levels).filter(|(at, _)| levels & (1 << (at & 63)) != 0).collect();
        order.sort_by_key(|(_, level)| level.rank);
        let names: Vec<&str> = order.iter().map(|(_, level)| level.name.as_str()).collect();
        let mut line = Line::new(self.separator());
        line.part("{");
        line.text.push_str(&names.join("|"));
        line.text.push('}');
        self.categories(values, &mut line);
        self.framed(&line.text)
    }

    fn separator(&self) -> &str {
        self.policy.marking.qualifier(self.at, Role::Separator).unwrap_or(" ")
    }

    fn framed(&self, text: &str) -> String {
        let around = |role| self.policy.marking.qualifier(self.at, role).unwrap_or("");
        let mut framed = String::new();
        let _ = write!(framed, "{}{text}{}", around(Role::Prefix), around(Role::Suffix));
        plain(&framed)
    }

    /// The word for the policy: of the policy itself, of the level, of a value, or its name.
    fn policy_word(&self, label: &Label) -> String {
        let policy = self.policy;
        let level = policy.levels.get(usize::from(label.level));
        let of = |markings: &Markings, name: &str| -> Option<String> {
            markings.policy_word(self.at).map(|word| word.unwrap_or(name).into())
        };
        // A portion mark such as NS names the policy by itself.
        if self.at.place == Place::Portion {
            return String::new();
        }
        of(&policy.marking, &policy.name)
            .or_else(|| level.and_then(|level| of(&level.marking, &level.name)))
            .or_else(|| (policy.is_nato() && self.is_cosmic(label)).then(|| String::from("COSMIC")))
            .or_else(|| label.values.iter().find_map(|value| self.context_word(value)))
            .unwrap_or_else(|| policy.name.clone())
    }

    fn is_cosmic(&self, label: &Label) -> bool {
        self.policy.level_name(label.level) == Some("TOP SECRET")
    }

    /// The policy word that a value puts in place of the policy's name.
    fn context_word(&self, value: u16) -> Option<String> {
        let value = self.policy.value(value)?;
        if let Some(word) = value.marking.policy_word(self.at) {
            return Some(word.unwrap_or(&value.name).into());
        }
        if !self.is_context(value.tag) || self.policy.compare.equal(&value.name, RELEASABLE) {
            return None;
        }
        // Where the file has no words for a context other than NATO, those of ADatP-4774 are written.
        if value.marking.words().next().is_none() && !self.policy.same_name(&value.name) {
            return Some([self.policy.name.as_str(), "/", &value.name].concat());
        }
        let word = value.marking.phrase(self.at, &value.name);
        (!word.is_empty()).then(|| word.into())
    }

    fn is_context(&self, tag: u16) -> bool {
        self.policy.is_nato() && self.policy.tag(tag).is_some_and(|tag| tag.set_id == nato::CONTEXT)
    }

    fn categories(&self, values: &Bits, line: &mut Line<'_>) {
        for (index, tag) in (0_u16..).zip(&self.policy.tags) {
            let mut text = String::new();
            for value in values.and(&tag.values).iter() {
                let phrase = self.phrase(index, value, values);
                if phrase.is_empty() {
                    continue;
                }
                let before = if text.is_empty() { Role::Prefix } else { Role::Separator };
                glue(&mut text, self.around(tag, before));
                glue(&mut text, phrase);
            }
            if !text.is_empty() {
                glue(&mut text, self.around(tag, Role::Suffix));
                line.part(&text);
            }
        }
    }

    fn around<'t>(&self, tag: &'t Tag, role: Role) -> &'t str {
        let none = if role == Role::Separator { "/" } else { "" };
        tag.marking.qualifier(self.at, role).unwrap_or(none)
    }

    /// What is written for a value of a label; empty where it is not displayed.
    fn phrase<'t>(&'t self, tag: u16, value: u16, label: &Bits) -> &'t str {
        let (Some(of), Some(tag_of)) = (self.policy.value(value), self.policy.tag(tag)) else { return "" };
        // Beside a portion mark the words of the page are used where the value has none of its own.
        let page = Setting { place: Place::PageTop, ..self.at };
        let at = match self.at.place {
            Place::Portion if !of.marking.has_own(self.at) => page,
            _ => self.at,
        };
        if self.is_context(tag) {
            // A portion mark has no policy word: a context other than NATO itself is written as a value.
            let shown = self.at.place == Place::Portion
                && !self.policy.same_name(&of.name)
                && !self.policy.compare.equal(&of.name, RELEASABLE);
            return if shown { &of.name } else { "" };
        }
        if tag_of.marking.is_hidden(at) || self.names_the_context(tag_of, &of.name, label) {
            return "";
        }
        of.marking.phrase(at, &of.name)
    }

    fn names_the_context(&self, tag: &Tag, name: &str, label: &Bits) -> bool {
        let is_context = |value: u16| {
            let context = self.policy.value(value).filter(|value| self.is_context(value.tag));
            context.is_some_and(|context| self.policy.compare.equal(&context.name, name))
        };
        self.policy.is_nato() && tag.set_id == nato::RELEASABLE_TO && label.iter().any(is_context)
    }

    /// True where a value that limits who may read is not written: a text then never says the whole label.
    fn hides_limits(&self) -> bool {
        let hides = |(index, tag): (u16, &Tag)| {
            let limits = tag.kind != Kind::Informative && !self.is_context(index);
            limits && tag.values.iter().any(|value| self.is_lost(index, value))
        };
        (0_u16..).zip(&self.policy.tags).any(hides)
    }

    fn is_lost(&self, tag: u16, value: u16) -> bool {
        let Some(of) = self.policy.value(value) else { return false };
        let is_context_of_nato = self.policy.is_nato()
            && self.policy.tag(tag).is_some_and(|tag| tag.set_id == nato::RELEASABLE_TO)
            && self.policy.same_name(&of.name);
        let has_word =
            of.marking.policy_word(self.at).is_some() && self.policy.marking.policy_word(self.at).is_none();
        let shown = !self.phrase(tag, value, &Bits::EMPTY).is_empty();
        !of.unusable && !of.typed && !shown && !has_word && !is_context_of_nato
    }
}

/// The value of `Context` that opens a NATO label to those whom `Releasable To` names.
const RELEASABLE: &str = "Releasable";

/// A marking as it grows: parts with a separator between them.
struct Line<'s> {
    text: String,
    separator: &'s str,
}

impl<'s> Line<'s> {
    fn new(separator: &'s str) -> Self {
        Self { text: String::new(), separator }
    }

    fn part(&mut self, part: &str) {
        if part.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(self.separator);
        }
        self.text.push_str(part);
    }
}

/// Adds `more`, with a space where two letters or digits would touch.
fn glue(text: &mut String, more: &str) {
    let touches = text.chars().next_back().is_some_and(char::is_alphanumeric)
        && more.chars().next().is_some_and(char::is_alphanumeric);
    if touches {
        text.push(' ');
    }
    text.push_str(more);
}

/// The text with single spaces, and none around it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}
