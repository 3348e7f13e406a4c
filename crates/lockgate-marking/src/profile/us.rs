//! Markings of the United States as claims: each word of a banner line, a portion mark or ISM attributes is a value of the policy USA, or the
//! object stays. From there a dated equivalence leads into the policy of a lane, as from any other.
//!
//! A level is a level, a control a restrictive value, and who is in REL TO a permissive one: a marking of more words is
//! never open to more readers. What rests on a decision or on somebody's ownership (NOFORN, ORCON, RELIDO, EYES ONLY, DISPLAY
//! ONLY, a concealed source) is no value of any category and is never mapped; nor is whose it is (JOINT, another owner), where the
//! release list names anybody but those owners and the United States.

mod read;

pub use self::read::{UsMarking, UsRead, ism_attribute};

use super::compile::nations;
use super::{Carrier, CarrierValue, PORTION};
use crate::bits::Bits;
use crate::policy::Kind;
use crate::{Absent, Fault, Label, Nation, Policy, PolicyIx, term};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_us::{Category, Edition, Form, Says};

/// The policy that such markings are claims of.
const POLICY: &str = "USA";

/// A part of a marking that is nothing in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    /// Where in a marking it stands; `None` with the level.
    category: Option<Category>,
    /// Why no label can say it; otherwise the profile has no value for it.
    apart: Option<&'static str>,
}

/// What the words of United States markings are in the policy.
#[derive(Debug, Clone)]
pub(super) struct Words {
    edition: &'static Edition,
    form: Form,
    levels: Vec<(String, u16)>,
    controls: Vec<(String, Bits)>,
    releases: Vec<(String, u16)>,
}

impl Words {
    /// Compiles a carrier.
    pub(super) fn compile(
        carrier: &Carrier,
        edition: &'static Edition,
        policy: &Policy,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let form = if carrier.role == PORTION { Form::Portion } else { Form::Banner };
        let mut compiler = Compiler { carrier, policy, faults };
        let mut words =
            Self { edition, form, levels: Vec::new(), controls: Vec::new(), releases: Vec::new() };
        if policy.name() != POLICY {
            let says = "markings of the United States are claims of the policy USA, not of";
            compiler.fault("P083", policy.name(), says);
        }
        if carrier.display.is_some() || carrier.separator.is_some() || !carrier.unlabelled.is_empty() {
            compiler.fault("P066", "", "beside us= it has values and the tag of the release list only");
        }
        let release = compiler.release(&mut words);
        for value in &carrier.values {
            for word in &value.texts {
                compiler.word(word, value, release, &mut words);
            }
        }
        compiler.order(&words);
        words.levels.sort();
        words.controls.sort();
        words.releases.sort();
        words
    }

    /// The label of a marking, if every word of it is a value. What is none is told once for each category and reason.
    fn label(&self, said: &lockgate_us::Marking, policy: PolicyIx, lost: &mut Vec<Lost>) -> Option<Label> {
        let mut level = None;
        let mut values = Bits::EMPTY;
        for token in said.tokens() {
            let word = token.word.as_ref();
            let (is_known, apart) = match token.is {
                Says::Level => {
                    level = find(&self.levels, word).copied();
                    (level.is_some(), None)
                }
                Says::Control => {
                    let control = find(&self.controls, word);
                    values = control.map_or(values, |control| values.or(control));
                    (control.is_some(), None)
                }
                Says::Release => {
                    let release = find(&self.releases, word);
                    release.into_iter().for_each(|value| values.insert(*value));
                    (release.is_some(), None)
                }
                // The release list says all of it then: nobody has it who is not one of them.
                Says::Owned(says) => (said.is_for_its_owners(self.edition), Some(says)),
                Says::Apart(says) => (false, Some(says)),
            };
            let one = Lost { category: token.category, apart };
            if !is_known && !lost.contains(&one) {
                lost.push(one);
            }
        }
        level.filter(|_| lost.is_empty()).map(|level| Label::new(policy, level, values))
    }
}

/// What a word stands for; the words are sorted.
fn find<'w, T>(words: &'w [(String, T)], word: &str) -> Option<&'w T> {
    let at = words.binary_search_by(|(known, _)| known.as_str().cmp(word)).ok()?;
    words.get(at).map(|(_, value)| value)
}

/// What several carriers say is rolled up together, under one edition and into one label: all of them mean the same by
/// their words.
pub(super) fn differ(carriers: &[super::Compiled]) -> Option<Fault> {
    let mut of_us = carriers.iter().filter_map(|carrier| Some((carrier, carrier.us.as_ref()?)));
    let (first, words) = of_us.next()?;
    let means =
        |words: &Words| (words.edition, words.levels.clone(), words.controls.clone(), words.releases.clone());
    let (other, _) = of_us.find(|(_, other)| means(other) != means(words))?;
    let says = format!(
        "carriers {} and {}: markings of the United States are held against each other, so both read one edition and have the \
         same values",
        first.role, other.role
    );
    Some(Fault::new("P086", other.role.as_str(), says))
}

struct Compiler<'c> {
    carrier: &'c Carrier,
    policy: &'c Policy,
    faults: &'c mut Vec<Fault>,
}

impl Compiler<'_> {
    fn fault(&mut self, code: &'static str, name: &str, says: &str) {
        let says = format!("carrier {}: {says} {name:?}", self.carrier.role);
        self.faults.push(Fault::new(code, name, says));
    }

    /// The permissive group of the release list, which has to be there: no list means that nothing is decided yet.
    fn release(&mut self, words: &mut Words) -> Option<u8> {
        let Some(tag) = &self.carrier.nations_of else {
            self.fault("P085", "", "the tag of the release list is not named: codes=iso3166-alpha3 tag=");
            return None;
        };
        let nations = nations(self.policy, tag);
        if nations.is_empty() {
            self.fault("P064", tag, "no nation is a value of the tag");
        }
        let mut group = None;
        for (nation, value) in nations {
            match self.group_of(value) {
                Some(found) if group.is_none_or(|group| group == found) => {
                    group = Some(found);
                    words.releases.push((nation.code().into(), value));
                }
                _ => self.fault(
                    "P085",
                    nation.code(),
                    "a nation of the release list is no permissive value of one tag",
                ),
            }
        }
        let everyone =
            group.and_then(|group| self.policy.groups.get(usize::from(group))).map(|group| group.absent);
        if everyone == Some(Absent::Universe) {
            self.fault(
                "P085",
                tag,
                "without a release list everyone may read: is=undecided or empty for the tag",
            );
        }
        group
    }

    /// The permissive group of a value that not everyone holds.
    fn group_of(&self, value: u16) -> Option<u8> {
        let found = self.policy.value(value).filter(|value| !value.everyone)?;
        self.policy.tag(found.tag)?.group
    }

    fn word(&mut self, word: &str, value: &CarrierValue, release: Option<u8>, words: &mut Words) {
        let mut values = Vec::new();
        for (tag, name) in &value.categories {
            match self.policy.find_value_of(tag, name) {
                Some(found) => values.push(found),
                None => return self.fault("P064", name, "the tag has no value"),
            }
        }
        if value.level.is_none() && values.is_empty() {
            return self.fault("P066", word, "a value that says nothing");
        }
        let is_known = words.levels.iter().any(|(known, _)| known == word)
            || words.controls.iter().any(|(known, _)| known == word)
            || words.releases.iter().any(|(known, _)| known == word);
        match lockgate_us::says_of(word, words.edition) {
            _ if is_known => self.fault("P065", word, "two meanings for the text"),
            None => self.fault("P084", word, "no marking of this edition says"),
            Some(Says::Apart(says) | Says::Owned(says)) => {
                self.fault("P084", word, &format!("{says} is nothing that a label can say:"));
            }
            Some(Says::Level) => match value.level.as_deref().filter(|_| values.is_empty()) {
                Some(name) => match self.policy.find_level(name) {
                    Some(level) => words.levels.push((word.into(), level)),
                    None => self.fault("P063", name, "the policy has no level"),
                },
                None => self.fault("P085", word, "a level, and nothing beside it, has to stand for"),
            },
            Some(Says::Control) => {
                let kind = |value: &u16| Some(self.policy.tag_kind(self.policy.value(*value)?.tag));
                if value.level.is_none() && values.iter().all(|value| kind(value) == Some(Kind::Restrictive))
                {
                    words.controls.push((word.into(), values.into_iter().collect()));
                } else {
                    self.fault(
                        "P085",
                        word,
                        "only restrictive values, and no level, can stand for the control",
                    );
                }
            }
            Some(Says::Release) => match (values.as_slice(), &value.level) {
                ([one], None) if release.is_some() && self.group_of(*one) == release => {
                    if self.is_another(word, *one) {
                        let says =
                            "a nation stands for itself, an organisation for no other code of the register:";
                        self.fault("P085", word, says);
                    }
                    words.releases.push((word.into(), *one));
                }
                _ => self.fault("P085", word, "one value of the tag of the release list has to stand for"),
            },
        }
    }

    /// True where the value is somebody else than a code of the register: another nation, a nation for an organisation or the
    /// other way round, or what the register calls by another code.
    fn is_another(&self, word: &str, value: u16) -> bool {
        self.policy.value(value).is_none_or(|value| {
            value.nation != Nation::parse(word)
                || (!value.name.eq_ignore_ascii_case(word)
                    && lockgate_us::Code::of(&value.name.to_ascii_uppercase()).is_some())
        })
    }

    /// A higher level is higher in the policy too, and none stands below what the United States mean by it.
    fn order(&mut self, words: &Words) {
        let order = |word: &str| lockgate_us::Level::ALL.iter().position(|level| level.word() == word);
        let rank = |level: u16| self.policy.rank(level);
        let mut found: Vec<(&'static str, String, &str)> = Vec::new();
        for (word, level) in &words.levels {
            let lower =
                |(other, at): &&(String, u16)| order(other) < order(word) && rank(*at) >= rank(*level);
            if words.levels.iter().any(|other| lower(&other)) {
                found.push(("P071", word.clone(), "no lower level may stand as high as"));
            }
            let name = self.policy.level_name(*level).unwrap_or("");
            let means = |term| term::meaning(POLICY, term, Time::MAX);
            if means(word).zip(means(name)).is_some_and(|(own, there)| there < own) {
                found.push(("P079", word.clone(), "it means a higher level:"));
            }
        }
        for (code, word, says) in found {
            self.fault(code, &word, says);
        }
    }
}

#[cfg(test)]
mod tests;
