//! Reading a marking: every label whose marking the text could be is tried and written again; only a text that is
//! exactly the marking of one label is read. Steps are bounded by the length of the text.

mod begin;

use super::{MarkingForm, RELEASABLE, Role, plain};
use crate::bits::Bits;
use crate::builder::unknown;
use crate::policy::{Place, nato};
use crate::text::{is_disguise, is_suspect};
use crate::{Label, PolicyIx};
use alloc::string::String;
use alloc::vec::Vec;
pub(crate) use begin::PolicyWords;
use lockgate_reason::{Finding, marking};

/// Longest marking that is read, in bytes.
const TEXT_MAX: usize = 4096;
/// Steps for each byte of the text, and at least.
const STEPS_PER_BYTE: usize = 4;
const STEPS_LEAST: usize = 4096;
/// Labels that one text may seem to say before it is given up.
const CANDIDATES_MAX: usize = 16;

/// Reads markings of one policy, place and language. What does not depend on the text is prepared once.
#[derive(Debug)]
pub struct MarkingReader<'p> {
    form: MarkingForm<'p>,
    index: PolicyIx,
    grammar: Grammar,
    hides_limits: bool,
}

impl<'p> MarkingForm<'p> {
    /// A reader of these markings; `index` is where their policy stands.
    pub fn reader(self, index: PolicyIx) -> MarkingReader<'p> {
        MarkingReader { form: self, index, grammar: Grammar::of(&self), hides_limits: self.hides_limits() }
    }

    /// The label that one text says: as [`MarkingReader::parse`], for who reads a single one.
    ///
    /// # Errors
    /// As [`MarkingReader::parse`].
    pub fn parse(&self, text: &str, index: PolicyIx) -> Result<Label, Finding> {
        self.reader(index).parse(text)
    }
}

impl MarkingReader<'_> {
    /// The label that `text` says. Letters in any case where the policy compares so; white space around and between
    /// words does not count. The label is not yet known to be valid.
    ///
    /// # Errors
    /// LG-M002 where it is not exactly the marking of one label, LG-M010 where it is disguised: hidden characters, or letters
    /// that resemble Latin ones and are not the policy's own words, LG-M011 where markings
    /// of this policy never say a whole label.
    pub fn parse(&self, text: &str) -> Result<Label, Finding> {
        let form = &self.form;
        if text.len() > TEXT_MAX {
            return Err(Finding::new(marking::UNREADABLE_CLAIM).saying("a marking longer than is read"));
        }
        if text.chars().any(is_disguise) {
            return Err(Finding::new(marking::DISGUISED));
        }
        if self.hides_limits {
            let says = "markings of this policy leave out values that limit who may read";
            return Err(Finding::new(marking::INCOMPLETE).saying(says));
        }
        // A word of the policy, byte for byte, is no disguise, whatever its letters look like.
        let suspect = is_suspect(text);
        let text = form.folded(&plain(text));
        let steps = text.len().saturating_mul(STEPS_PER_BYTE).max(STEPS_LEAST);
        let (grammar, index) = (&self.grammar, self.index);
        let mut search = Search { form, grammar, text: &text, index, steps, found: Vec::new() };
        search.run();
        let whole = search.steps > 0 && search.found.len() < CANDIDATES_MAX;
        form.only_one(&search.found).filter(|_| whole).ok_or_else(|| {
            if suspect {
                return Finding::new(marking::DISGUISED);
            }
            let levels = form.policy.levels();
            unknown(marking::UNREADABLE_CLAIM, &text, levels)
        })
    }
}

impl MarkingForm<'_> {
    /// The one label, or the one among several that the policy allows.
    fn only_one(&self, found: &[Label]) -> Option<Label> {
        let mut valid = found.iter().filter(|label| found.len() == 1 || self.policy.allows(label));
        let first = valid.next()?;
        valid.next().is_none().then_some(*first)
    }

    fn folded(&self, text: &str) -> String {
        if self.policy.compare.fold { text.to_ascii_uppercase() } else { text.into() }
    }

    /// What a NATO marking says without writing it: NATO itself as the context, and with `Releasable To` the value
    /// `Releasable` and the context in the list.
    fn whole(&self, values: Bits) -> Bits {
        let policy = self.policy;
        if !policy.is_nato() {
            return values;
        }
        let of_set = |set: &str| {
            let tags = policy.tags.iter().filter(|tag| tag.set_id == set);
            tags.fold(Bits::EMPTY, |all, tag| all.or(&tag.values))
        };
        let named = |set: &str, name: &str| {
            of_set(set).iter().find(|value| {
                policy.value(*value).is_some_and(|v| !v.unusable && policy.compare.equal(&v.name, name))
            })
        };
        let mut values = values;
        let contexts = values.and(&of_set(nato::CONTEXT));
        let context = contexts.iter().next().or_else(|| named(nato::CONTEXT, policy.name()));
        context.into_iter().for_each(|context| values.insert(context));
        if values.meets(&of_set(nato::RELEASABLE_TO)) {
            let in_list = context.and_then(|context| named(nato::RELEASABLE_TO, policy.value_name(context)));
            let open = named(nato::CONTEXT, RELEASABLE);
            in_list.into_iter().chain(open).for_each(|value| values.insert(value));
        }
        values
    }
}

/// The words that can stand in a marking, longest first.
#[derive(Debug)]
struct Grammar {
    words: Vec<(String, Option<u16>)>,
    levels: Vec<(String, u16)>,
    tags: Vec<TagWords>,
    prefix: String,
    suffix: String,
    separator: String,
}

#[derive(Debug)]
struct TagWords {
    prefix: String,
    separator: String,
    suffix: String,
    values: Vec<(String, u16)>,
    /// First byte and place of each of `values`, sorted: a text is compared with those that begin as it does.
    begins: Vec<(u8, usize)>,
}

impl TagWords {
    /// The values from place `from` on that `rest` may begin with: place, phrase, value.
    fn starting<'w>(&'w self, rest: &str, from: usize) -> impl Iterator<Item = (usize, &'w str, u16)> {
        let first = rest.as_bytes().first().copied();
        let start =
            first.map_or(self.begins.len(), |first| self.begins.partition_point(|at| *at < (first, from)));
        let alike = self.begins.iter().skip(start).take_while(move |(byte, _)| Some(*byte) == first);
        alike.filter_map(|(_, at)| self.values.get(*at).map(|(phrase, value)| (*at, phrase.as_str(), *value)))
    }
}

impl Grammar {
    fn of(form: &MarkingForm<'_>) -> Self {
        let policy = form.policy;
        let word = |text: &str| form.folded(&plain(text));
        let frame = |role| word(policy.marking.qualifier(form.at, role).unwrap_or(""));
        let mut words = Vec::from([(word(policy.name()), None)]);
        if form.at.place == Place::Portion {
            words.push((String::new(), None));
        }
        if let Some(Some(own)) = policy.marking.policy_word(form.at) {
            words.push((word(own), None));
        }
        if policy.is_nato() {
            words.push((String::from("COSMIC"), None));
        }
        let mut levels = Vec::new();
        let suppressed = policy.values.iter().any(|value| value.marking.suppresses_level(form.at));
        for (at, level) in (0_u16..).zip(&policy.levels) {
            let shown = word(level.marking.phrase(form.at, &level.name));
            levels.push((shown, at));
            levels.extend(suppressed.then_some((String::new(), at)));
            words.extend(
                level.marking.policy_word(form.at).map(|own| (word(own.unwrap_or(&level.name)), None)),
            );
        }
        for (at, _) in (0_u16..).zip(&policy.values).filter(|(_, value)| !value.unusable && !value.typed) {
            words.extend(form.context_word(at).map(|own| (word(&own), Some(at))));
        }
        let tags = (0_u16..).zip(&policy.tags).map(|(index, tag)| {
            let usable = |value: &u16| policy.value(*value).is_some_and(|v| !v.unusable && !v.typed);
            let values = tag.values.iter().filter(usable);
            let values = values.map(|value| (word(form.phrase(index, value, &Bits::EMPTY)), value));
            let values: Vec<(String, u16)> = values.filter(|(text, _)| !text.is_empty()).collect();
            let first = |(at, (text, _)): (usize, &(String, u16))| text.bytes().next().map(|byte| (byte, at));
            let mut begins: Vec<(u8, usize)> = values.iter().enumerate().filter_map(first).collect();
            begins.sort_unstable();
            TagWords {
                prefix: word(form.around(tag, Role::Prefix)),
                separator: word(form.around(tag, Role::Separator)),
                suffix: word(form.around(tag, Role::Suffix)),
                values,
                begins,
            }
        });
        let tags = tags.collect();
        words.sort();
        words.dedup();
        levels.dedup();
        Self {
            words,
            levels,
            tags,
            prefix: frame(Role::Prefix),
            suffix: frame(Role::Suffix),
            separator: word(form.separator()),
        }
    }
}

struct Search<'a, 'p> {
    form: &'a MarkingForm<'p>,
    grammar: &'a Grammar,
    text: &'a str,
    index: PolicyIx,
    steps: usize,
    found: Vec<Label>,
}

/// What was read so far.
#[derive(Clone, Copy)]
struct State<'t> {
    level: u16,
    values: Bits,
    rest: &'t str,
}

impl<'a> Search<'a, '_> {
    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0 && self.found.len() < CANDIDATES_MAX
    }

    fn run(&mut self) {
        let (text, grammar) = (self.text, self.grammar);
        let Some(rest) = eat(text, &grammar.prefix) else { return };
        let Some(rest) = rest.strip_suffix(grammar.suffix.as_str()) else { return };
        for (word, value) in &grammar.words {
            let Some(after) = eat(rest.trim(), word) else { continue };
            let after = eat(after, &grammar.separator).filter(|_| !word.is_empty()).unwrap_or(after);
            for (level, at) in &grammar.levels {
                let Some(after) = eat(after, level) else { continue };
                let mut values = Bits::EMPTY;
                value.iter().for_each(|value| values.insert(*value));
                self.tags(0, State { level: *at, values, rest: after });
            }
        }
    }

    /// Reads the tags from `at` on; at most one call deep for each tag and value of the policy.
    fn tags(&mut self, at: usize, state: State<'a>) {
        if !self.step() {
            return;
        }
        if state.rest.is_empty() {
            return self.candidate(state);
        }
        let Some(tag) = self.grammar.tags.get(at) else { return };
        let next = at.saturating_add(1);
        self.tags(next, state);
        let separated = [eat(state.rest, &self.grammar.separator), Some(state.rest)];
        let mut starts: Vec<&'a str> =
            separated.into_iter().flatten().filter_map(|rest| eat(rest, &tag.prefix)).collect();
        starts.dedup();
        for rest in starts {
            self.values(at, 0, State { rest, ..state });
        }
    }

    /// Reads values of the tag `at` from its value `from` on: at least one, in the order of the policy.
    fn values(&mut self, at: usize, from: usize, state: State<'a>) {
        let Some(tag) = self.grammar.tags.get(at) else { return };
        for (index, phrase, value) in tag.starting(state.rest, from) {
            let Some(rest) = eat(state.rest, phrase) else { continue };
            if !self.step() {
                return;
            }
            let mut values = state.values;
            values.insert(value);
            if let Some(rest) = eat(rest, &tag.suffix) {
                self.tags(at.saturating_add(1), State { values, rest, ..state });
            }
            if let Some(rest) = eat(rest, &tag.separator) {
                self.values(at, index.saturating_add(1), State { values, rest, ..state });
            }
        }
    }

    /// Keeps the label where its marking is the text.
    fn candidate(&mut self, state: State<'a>) {
        let values = self.form.whole(state.values);
        let label = Label::new(self.index, state.level, values);
        let says = self.form.render(&label).map(|says| self.form.folded(&says));
        if says.as_deref() == Some(self.text) && !self.found.contains(&label) {
            self.found.push(label);
        }
    }
}

/// The rest of `text` behind `word`, white space between them not counted.
fn eat<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.strip_prefix(word).map(str::trim_start)
}

#[cfg(test)]
mod tests;
