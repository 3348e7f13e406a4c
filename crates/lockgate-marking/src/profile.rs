//! How a format's own words and codes become label claims.

mod claim;
mod compile;
mod us;

pub use self::claim::{Claim, Claimed};
pub use self::us::{UsMarking, UsRead, ism_attribute};

use crate::bits::Bits;
use crate::native::NativeFormat;
use crate::{Fault, Label, Place, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Finding, marking};
use lockgate_us::Edition;

const MAX_CARRIERS: usize = 32;

/// A profile as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileText {
    /// Its name.
    pub name: String,
    /// Name of the policy that its values belong to.
    pub policy: String,
    /// The carriers, by role.
    pub carriers: Vec<Carrier>,
}

/// One carrier of a profile: a field, by its role, and what its texts mean.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Carrier {
    /// The role, such as `marking.level`.
    pub role: String,
    /// Exact texts with their meaning.
    pub values: Vec<CarrierValue>,
    /// Exact texts that mean: no statement.
    pub unlabelled: Vec<String>,
    /// What separates the items of a list; each item is then a text of its own.
    pub separator: Option<String>,
    /// The field holds a marking as people read it, written in the policy's own words for this place.
    pub display: Option<Display>,
    /// The tag that nation codes name a value of (`codes=iso3166-alpha3`).
    pub nations_of: Option<String>,
    /// Each text of a value is this format's word for a level. A field with the role `marking.native` holds the codes of
    /// the format, any other its words.
    pub format: Option<NativeFormat>,
    /// The field holds a marking of the United States, written under this edition; the values then say what each of its
    /// words is in the policy, and `nations_of` is the tag of its release list.
    pub us: Option<&'static Edition>,
}

/// How a marking that people read is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// Where it stands.
    pub place: Place,
    /// Its language, such as `fr`; the policy's own where it is not given.
    pub language: Option<String>,
}

/// What one exact text means.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CarrierValue {
    /// The texts.
    pub texts: Vec<String>,
    /// A level.
    pub level: Option<String>,
    /// Category values, as (tag, value).
    pub categories: Vec<(String, String)>,
}

/// A profile, compiled.
#[derive(Debug, Clone)]
pub struct Profile {
    name: String,
    policy: PolicyIx,
    carriers: Vec<Compiled>,
    /// The values of each permissive group of the policy.
    groups: Vec<Bits>,
    /// The first text that says a level and nothing else, by level: what a regraded object says.
    words: Vec<(u16, CarrierIx, String)>,
}

#[derive(Debug, Clone, Default)]
struct Compiled {
    role: String,
    /// In order of their texts.
    meanings: Vec<(String, Meaning)>,
    /// The first four bytes of each text, in the same order: most texts are found by these alone.
    keys: Vec<u32>,
    separator: Option<String>,
    display: Option<Display>,
    format: Option<NativeFormat>,
    us: Option<us::Words>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    NoStatement,
    Says(Said),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Said {
    level: Option<u16>,
    values: Bits,
}

/// A carrier of a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarrierIx(u8);

impl Profile {
    /// Compiles a profile.
    ///
    /// # Errors
    /// `P062` unknown policy, `P063` unknown level, also of a format, `P064` unknown tag or value, `P065` a text with two
    /// meanings, `P066` a carrier that can say nothing, or two of one role, `P071` the levels of a format turned round, `P079`
    /// and `P083` to `P085` markings of the United States that would say less than they do, `P086` two carriers of them that differ.
    pub fn compile(text: &ProfileText, policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        let Some((index, policy)) =
            policies.named(&text.policy).and_then(|index| Some((index, policies.policy(index)?)))
        else {
            let says = format!("profile {}: the bundle has no policy {}", text.name, text.policy);
            return Err(Vec::from([Fault::new("P062", text.policy.as_str(), says)]));
        };
        let mut faults = Vec::new();
        let compiled: Vec<Compiled> = text
            .carriers
            .iter()
            .map(|carrier| compile::carrier(carrier, (policies, policy), &mut faults))
            .collect();
        faults.extend(us::differ(&compiled));
        for (at, carrier) in text.carriers.iter().enumerate() {
            let twice = text.carriers.iter().take(at).any(|other| other.role == carrier.role);
            if twice || at >= MAX_CARRIERS {
                faults.push(Fault::new(
                    "P066",
                    carrier.role.as_str(),
                    format!("carrier {} stands twice", carrier.role),
                ));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let groups = policy.groups.iter().map(|group| group.values).collect();
        let words = compile::words(text, policy);
        Ok(Self { name: text.name.clone(), policy: index, carriers: compiled, groups, words })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The policy of its claims.
    pub fn policy(&self) -> PolicyIx {
        self.policy
    }

    /// The carrier with this role, if the profile reads it.
    pub fn carrier(&self, role: &str) -> Option<CarrierIx> {
        let at = self.carriers.iter().position(|carrier| carrier.role == role)?;
        u8::try_from(at).ok().map(CarrierIx)
    }

    /// The label that a marking says, as people read it; the mark of a portion with its round brackets. `None` where it
    /// says none: then all that is wrong with it is added to `found`, each with its place in `text` where it has one.
    ///
    /// What is found: that of [`crate::MarkingForm::parse`]; LG-M002 where the carrier does not read such markings, or a
    /// marking of the United States is none of its edition; LG-M010 where it is one in disguise; LG-M020 for each part of it
    /// that the profile has no value for.
    pub fn display(
        &self,
        carrier: CarrierIx,
        text: &str,
        policies: &PolicySet,
        found: &mut Vec<Finding>,
    ) -> Option<Label> {
        let at = carrier;
        let carrier = self.carriers.get(usize::from(carrier.0));
        let (Some(carrier), Some(policy)) = (carrier, policies.policy(self.policy)) else {
            found.push(Finding::new(marking::UNREADABLE_CLAIM));
            return None;
        };
        let read = match (&carrier.us, &carrier.display) {
            (Some(_), _) => return self.us_text(at, text, found).label,
            (None, Some(display)) => {
                let form = policy.marking_form(display.place, display.language.as_deref());
                let parse = |text: &str| form.parse(text, self.policy);
                if carrier.role == PORTION { of_portion(text, parse) } else { parse(text) }
            }
            (None, None) => Err(Finding::new(marking::UNREADABLE_CLAIM)),
        };
        read.map_err(|finding| found.push(finding)).ok()
    }

    /// The carrier and its first text that say this level and nothing else.
    pub fn word_for(&self, level: crate::LevelRef) -> Option<(CarrierIx, &str)> {
        let same = |known: &&(u16, CarrierIx, String)| known.0 == level.level && self.policy == level.policy;
        self.words.iter().find(same).map(|(_, carrier, text)| (*carrier, text.as_str()))
    }

    /// The level that a text of this carrier says, where it says a level and nothing else.
    pub fn level_alone(&self, carrier: CarrierIx, text: &str) -> Option<crate::LevelRef> {
        match self.carriers.get(usize::from(carrier.0))?.read(text)? {
            Meaning::Says(Said { level: Some(level), values }) if values.is_empty() => {
                Some(crate::LevelRef::new(self.policy, level))
            }
            _ => None,
        }
    }

    /// The roles it reads.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.carriers.iter().map(|carrier| carrier.role.as_str())
    }
}

/// The role of a field whose lines begin with the mark of a portion.
const PORTION: &str = "marking.portion";
/// The role of ISM attributes: they are markings of the United States and nothing else.
const ISM: &str = "marking.ism";

/// Some policies have the brackets of a portion in their words, others leave them to the writer.
fn of_portion(mark: &str, parse: impl Fn(&str) -> Result<Label, Finding>) -> Result<Label, Finding> {
    let inner = mark.strip_prefix('(').and_then(|mark| mark.strip_suffix(')')).unwrap_or(mark);
    match (parse(mark), parse(inner)) {
        (Ok(one), Ok(other)) if !one.says_the_same_as(&other) => {
            Err(Finding::new(marking::UNREADABLE_CLAIM).saying("a mark of a portion with two meanings"))
        }
        (Ok(label), _) | (Err(_), Ok(label)) => Ok(label),
        (Err(_), Err(finding)) => Err(finding),
    }
}

/// The first four bytes of a text, as a number with the order of texts; a shorter text is filled up with zeros.
fn key(text: &str) -> u32 {
    let mut first = [0_u8; 4];
    for (place, byte) in first.iter_mut().zip(text.as_bytes()) {
        *place = *byte;
    }
    u32::from_be_bytes(first)
}

impl Compiled {
    fn meaning(&self, text: &str) -> Option<Meaning> {
        let wanted = key(text);
        let first = self.keys.partition_point(|key| *key < wanted);
        let alike = self.keys.iter().skip(first).take_while(|key| **key == wanted);
        let mut candidates = self.meanings.iter().skip(first).zip(alike);
        candidates.find(|((known, _), _)| known == text).map(|((_, meaning), _)| *meaning)
    }

    /// What a whole text says; `None` where it is not exactly what is listed.
    fn read(&self, text: &str) -> Option<Meaning> {
        let Some(separator) = &self.separator else { return self.meaning(text) };
        // A whole text may be listed too, such as "" for no statement.
        if let Some(Meaning::NoStatement) = self.meaning(text) {
            return Some(Meaning::NoStatement);
        }
        let mut all = Said::default();
        for item in text.split(separator.as_str()) {
            let Meaning::Says(said) = self.meaning(item)? else { return None };
            if all.values.meets(&said.values) || (all.level.is_some() && said.level.is_some()) {
                return None;
            }
            all = Said { level: all.level.or(said.level), values: all.values.or(&said.values) };
        }
        Some(Meaning::Says(all))
    }
}

#[cfg(test)]
mod tests;
