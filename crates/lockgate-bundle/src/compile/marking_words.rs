//! The words of all policies' markings: what undeclared parts and objects of no known type are searched for, and what each
//! word means on a lane.
//!
//! Nations are none: AND, CAN and NOR are words of most texts, and a nation's code or name by itself marks nothing. The mark
//! of a portion is one in brackets only, as it is written: `25 ms` and `Mr Smith` are everywhere.

use super::Context;
use crate::codes;
use lockgate_bytes::Span;
use lockgate_core::Meaning;
use lockgate_marking::{Kind, LevelRef, Mapping, MarkingWord, PolicyIx, PolicySet, WordOf};
use lockgate_notation::Diagnostics;
use lockgate_words::{ListSource, Mode, WhyNot, WordLists};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands behind the mark of a portion: its end, or more of the marking.
const BEHIND_A_MARK: [char; 5] = [')', ' ', '/', ',', '-'];

/// Every word of a marking of any policy that is long enough to be looked for, and those of the United States' markings where
/// the bundle reads such. `None` where there are too many, which is told.
pub(crate) fn of_all(
    lane: Span,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<WordLists> {
    let mut terms = Terms::default();
    let words = context.policies.iter().flat_map(|(_, policy)| policy.marking_words());
    for word in words.filter(|word| !is_nation(word)) {
        terms.add(word);
    }
    terms.words.extend(of_us(context));
    told(compile(terms.sources().into()), lane, diagnostics)
}

/// The same, each in a list of what it means on the lane, and those meanings in the order of the lists. All that a word
/// means has to be borne out. A word that is a level of the lane's own policy means that, and nothing else.
pub(super) fn of_lane(
    (lane, policy): (Span, PolicyIx),
    mapping: &Mapping,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<(WordLists, Vec<Meaning>)> {
    let mut found = Meanings::of(policy, mapping, context.policies);
    found.of_us(of_us(context));
    let (mut sources, mut meanings) = (Vec::new(), Vec::new());
    for (meaning, terms) in found.0.into_values() {
        for source in terms.sources() {
            sources.push(source);
            meanings.push(meaning.clone());
        }
    }
    Some((told(compile(sources), lane, diagnostics)?, meanings))
}

/// The words of the United States' markings, of the editions by which profiles of the bundle read them: no policy has them.
fn of_us(context: &Context<'_, '_>) -> BTreeSet<String> {
    let carriers = context.loaded.profiles.iter().flat_map(|profile| &profile.value.carriers);
    let editions = carriers.filter_map(|carrier| carrier.us);
    editions.flat_map(|edition| edition.marking_words()).map(str::to_owned).collect()
}

/// Terms of one meaning.
#[derive(Default)]
struct Terms {
    words: BTreeSet<String>,
    marks: BTreeSet<String>,
}

impl Terms {
    fn add(&mut self, word: MarkingWord<'_>) {
        if !word.portion {
            self.words.insert(word.words.to_uppercase());
            return;
        }
        let mark = word.words.trim_matches(['(', ')', '[', ']', ' ']);
        if !mark.is_empty() {
            self.marks.extend(BEHIND_A_MARK.map(|behind| format!("({mark}{behind}")));
        }
    }

    /// As lists: that of words, and that of marks.
    fn sources(self) -> [ListSource; 2] {
        let list = |mode: Mode, terms: BTreeSet<String>| ListSource {
            name: Arc::from(mode.name()),
            mode,
            terms: terms.into_iter().collect(),
        };
        [list(Mode::Whole, self.words), list(Mode::Exact, self.marks)]
    }
}

/// What a word may mean, as far as words of one meaning go into one list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Policy,
    /// The rank in the lane's policy.
    Level(Option<u16>),
    /// The value, and whether the word is the name of a policy too.
    Value(String, bool),
}

struct Meanings(BTreeMap<Key, (Meaning, Terms)>);

impl Meanings {
    fn of(own: PolicyIx, mapping: &Mapping, policies: &PolicySet) -> Self {
        let names: BTreeSet<String> =
            policies.iter().map(|(_, policy)| policy.name().to_uppercase()).collect();
        let same = |word: &MarkingWord<'_>| (word.words.to_uppercase(), word.portion);
        let levels = policies.policy(own).into_iter().flat_map(|policy| policy.marking_words());
        let levels: BTreeSet<_> =
            levels.filter(|word| matches!(word.of, WordOf::Level(_))).map(|word| same(&word)).collect();
        let mut found = Self(BTreeMap::new());
        for (index, policy) in policies.iter() {
            for word in policy.marking_words().filter(|word| !is_nation(word)) {
                let is_own_level = index == own && matches!(word.of, WordOf::Level(_));
                if !is_own_level && levels.contains(&same(&word)) {
                    continue;
                }
                let names_policy = names.contains(&word.words.to_uppercase());
                match word.of {
                    WordOf::Policy => found.add(Key::Policy, word, || Meaning::Policy),
                    WordOf::Level(name) => {
                        let level = in_lane(policies, (index, name), mapping);
                        let rank = level.and_then(|level| policies.rank(level));
                        found.add(Key::Level(rank), word, || Meaning::Level(level));
                    }
                    // NATO as a context or a reader is what the policy's name says by itself; a caveat is not.
                    WordOf::Value { kind, .. } if names_policy && kind != Kind::Restrictive => {}
                    WordOf::Value { tag, value, .. } => found.value(tag, value, names_policy, word),
                }
            }
        }
        found
    }

    /// Words that say nothing in the lane's policy, so no label bears them out. Those of a policy mean what they mean there.
    fn of_us(&mut self, words: BTreeSet<String>) {
        let known: BTreeSet<&String> = self.0.values().flat_map(|(_, terms)| &terms.words).collect();
        let unknown: Vec<String> = words.into_iter().filter(|word| !known.contains(word)).collect();
        let entry =
            self.0.entry(Key::Level(None)).or_insert_with(|| (Meaning::Level(None), Terms::default()));
        entry.1.words.extend(unknown);
    }

    fn add(&mut self, key: Key, word: MarkingWord<'_>, meaning: impl FnOnce() -> Meaning) {
        let entry = self.0.entry(key).or_insert_with(|| (meaning(), Terms::default()));
        entry.1.add(word);
    }

    fn value(&mut self, tag: &str, value: &str, names_policy: bool, word: MarkingWord<'_>) {
        let key = Key::Value(value.to_uppercase(), names_policy);
        let none = || (Meaning::Value { tags: Vec::new(), value: value.to_owned() }, Terms::default());
        let (meaning, terms) = self.0.entry(key).or_insert_with(none);
        if let Meaning::Value { tags, .. } = meaning
            && tags.iter().all(|known| known != tag)
        {
            tags.push(tag.to_owned());
        }
        terms.add(word);
    }
}

fn is_nation(word: &MarkingWord<'_>) -> bool {
    matches!(word.of, WordOf::Value { nation: Some(_), .. })
}

/// A level in the lane's policy, at its strictest. That of an earlier edition is the one of its name in the present edition;
/// one without an equivalent is above everything.
fn in_lane(policies: &PolicySet, (policy, name): (PolicyIx, &str), mapping: &Mapping) -> Option<LevelRef> {
    let level = policies.level_in(policies.present(policy), name)?;
    mapping.map_level_strictest(level, policies)
}

/// Compiles the lists without what cannot be looked for: a level called `R`, or a value that is a sentence.
///
/// # Errors
/// There are more words than can be looked for together.
fn compile(mut sources: Vec<ListSource>) -> Result<WordLists, WhyNot> {
    for (nth, source) in sources.iter_mut().enumerate() {
        source.name = Arc::from(nth.to_string());
    }
    let faults = match WordLists::compile(&sources) {
        Ok(lists) => return Ok(lists),
        Err(faults) => faults,
    };
    let mut bad: BTreeMap<Arc<str>, BTreeSet<usize>> = BTreeMap::new();
    for fault in faults {
        match fault.why {
            WhyNot::TooShort | WhyNot::TooLong => bad.entry(fault.list).or_default().insert(fault.term),
            WhyNot::TooMany => return Err(fault.why),
        };
    }
    for source in &mut sources {
        let Some(bad) = bad.get(&source.name) else { continue };
        let mut nth = 0..;
        source.terms.retain(|_| nth.next().is_some_and(|nth| !bad.contains(&nth)));
    }
    WordLists::compile(&sources).map_err(|_| WhyNot::TooMany)
}

fn told<T>(found: Result<T, WhyNot>, lane: Span, diagnostics: &mut Diagnostics) -> Option<T> {
    if found.is_err() {
        let message = "the policies have more marking words than can be looked for";
        diagnostics.error(&codes::TOO_MANY, lane, message);
    }
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::{Terms, compile};
    use lockgate_marking::{MarkingWord, WordOf};
    use lockgate_words::{ListSource, Mode, WhyNot};
    use std::sync::Arc;

    fn list(terms: &[&str]) -> ListSource {
        let terms = terms.iter().map(|term| (*term).to_owned()).collect();
        ListSource { name: Arc::from("list"), mode: Mode::Whole, terms }
    }

    #[test]
    fn only_words_that_cannot_be_looked_for_are_left_out() {
        let long = "long".repeat(40);
        let lists = compile(vec![list(&["R"]), list(&[&long, "SECRET"])]).unwrap();
        assert_eq!((lists.name(1).is_some(), lists.name(2)), (true, None));
        let many = vec![list(&["WORD"]); 65_537];
        assert_eq!(compile(many).err(), Some(WhyNot::TooMany));
    }

    #[test]
    fn the_mark_of_a_portion_stands_in_brackets() {
        let mut terms = Terms::default();
        for (words, portion) in [("Secret", false), ("(MS)", true), ("NS", true), ("()", true)] {
            terms.add(MarkingWord { words, portion, of: WordOf::Policy });
        }
        let [words, marks] = terms.sources();
        assert_eq!((words.mode, words.terms), (Mode::Whole, vec!["SECRET".to_owned()]));
        let expected = ["(MS ", "(MS)", "(MS,", "(MS-", "(MS/", "(NS ", "(NS)", "(NS,", "(NS-", "(NS/"]
            .map(String::from);
        assert_eq!((marks.mode, marks.terms), (Mode::Exact, expected.to_vec()));
    }
}
