//! How a format's own words become label claims.

use crate::bits::Bits;
use crate::native::NativeFormat;
use crate::{Fault, Label, Nation, Place, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Code, Finding, marking};

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
    /// The texts are the levels of this format (`codes=stanag-4607`): no other words, and never in another order.
    pub native: Option<NativeFormat>,
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

#[derive(Debug, Clone)]
struct Compiled {
    role: String,
    /// Ordered by text.
    /// In order of their texts.
    meanings: Vec<(String, Meaning)>,
    /// The first four bytes of each text, in the same order: most texts are found by these alone.
    keys: Vec<u32>,
    separator: Option<String>,
    display: Option<Display>,
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
    /// `P062` unknown policy, `P063` unknown level, `P064` unknown tag or value, `P065` a text with two meanings, `P066`
    /// a carrier that can say nothing, or two of one role, `P071` levels of a format in another order.
    pub fn compile(text: &ProfileText, policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        let Some((index, policy)) =
            policies.named(&text.policy).and_then(|index| Some((index, policies.policy(index)?)))
        else {
            let says = format!("profile {}: the bundle has no policy {}", text.name, text.policy);
            return Err(Vec::from([Fault::new("P062", text.policy.as_str(), says)]));
        };
        let mut faults = Vec::new();
        let compiled = text.carriers.iter().map(|carrier| compile(carrier, policy, &mut faults)).collect();
        for carrier in &text.carriers {
            let Some(format) = carrier.native else { continue };
            let all =
                carrier.values.iter().flat_map(|value| value.texts.iter().map(move |text| (text, value)));
            let pair = |(text, value): (&'_ String, &'_ CarrierValue)| {
                (text.clone(), value.level.clone().unwrap_or_default())
            };
            let pairs: Vec<(String, String)> = all.map(pair).collect();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            faults.extend(format.check(policies, &text.policy, &pairs).err().into_iter().flatten());
        }
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
        let words = words(text, policy);
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

    /// The label that a marking says, as people read it.
    ///
    /// # Errors
    /// Those of [`crate::MarkingForm::parse`]; LG-M002 where the carrier does not read such markings.
    pub fn display(&self, carrier: CarrierIx, text: &str, policies: &PolicySet) -> Result<Label, Finding> {
        let display = self.carriers.get(usize::from(carrier.0)).and_then(|carrier| carrier.display.as_ref());
        let (Some(display), Some(policy)) = (display, policies.policy(self.policy)) else {
            return Err(Finding::new(marking::UNREADABLE_CLAIM));
        };
        policy.marking_form(display.place, display.language.as_deref()).parse(text, self.policy)
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

fn compile(carrier: &Carrier, policy: &Policy, faults: &mut Vec<Fault>) -> Compiled {
    let mut meanings: Vec<(String, Meaning)> = Vec::new();
    let mut fault = |code: &'static str, name: &str, says: &str| {
        faults.push(Fault::new(code, name, format!("carrier {}: {says} {name:?}", carrier.role)));
    };
    for value in &carrier.values {
        let mut said = Said::default();
        if let Some(level) = &value.level {
            said.level = policy.find_level(level);
            if said.level.is_none() {
                fault("P063", level, "the policy has no level");
            }
        }
        for (tag, name) in &value.categories {
            match policy.find_value_of(tag, name) {
                Some(found) => said.values.insert(found),
                None => fault("P064", name, "the tag has no value"),
            }
        }
        if said == Said::default() {
            fault("P066", value.texts.first().map_or("", String::as_str), "a value that says nothing");
        }
        meanings.extend(value.texts.iter().map(|text| (text.clone(), Meaning::Says(said))));
    }
    meanings.extend(carrier.unlabelled.iter().map(|text| (text.clone(), Meaning::NoStatement)));
    if let Some(tag) = &carrier.nations_of {
        let nations = nations(policy, tag);
        if nations.is_empty() {
            fault("P064", tag, "no nation is a value of the tag");
        }
        let says = |value| Meaning::Says(Said { level: None, values: [value].into_iter().collect() });
        meanings.extend(nations.into_iter().map(|(nation, value)| (nation.code().into(), says(value))));
    }
    let displays = carrier.display.is_some();
    if meanings.is_empty() != displays || carrier.separator.as_ref().is_some_and(String::is_empty) {
        fault(
            "P066",
            "",
            "it can say nothing, has values beside a display marking, or its separator is empty",
        );
    }
    meanings.sort_by(|a, b| a.0.cmp(&b.0));
    for pair in meanings.windows(2) {
        if let [(a, _), (b, _)] = pair
            && a == b
        {
            fault("P065", a, "two meanings for the text");
        }
    }
    let keys = meanings.iter().map(|(text, _)| key(text)).collect();
    let (separator, display) = (carrier.separator.clone(), carrier.display.clone());
    Compiled { role: carrier.role.clone(), meanings, keys, separator, display }
}

/// The texts that say a level and nothing else, in the order of their author.
fn words(text: &ProfileText, policy: &Policy) -> Vec<(u16, CarrierIx, String)> {
    let carriers = (0_u8..).map(CarrierIx).zip(&text.carriers);
    let values = carriers.flat_map(|(at, carrier)| carrier.values.iter().map(move |value| (at, value)));
    let alone = values.filter(|(_, value)| value.categories.is_empty());
    let word = |(at, value): (CarrierIx, &CarrierValue)| {
        Some((policy.find_level(value.level.as_ref()?)?, at, value.texts.first()?.clone()))
    };
    alone.filter_map(word).collect()
}

fn nations(policy: &Policy, tag: &str) -> Vec<(Nation, u16)> {
    let values = policy.tags_named(tag).flat_map(|tag| tag.values.iter());
    values.filter_map(|value| Some((policy.value(value)?.nation?, value))).collect()
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

/// The claim that all carriers of one object make together. Reused; allocates only where something is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim {
    said: Said,
    spoken: u64,
    fault: Option<Code>,
}

/// What the carriers of one object say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// No carrier makes a statement.
    Unlabelled,
    /// One label.
    Label(Label),
}

impl Claim {
    /// Forgets the last object.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    /// Reads the text of one carrier. A carrier that is absent is not read at all.
    ///
    /// # Errors
    /// LG-M002 where the text is not exactly what is listed (LG-M010 where it is one in disguise), LG-M009 where the
    /// carrier speaks twice, or speaks of what another carrier has said already.
    pub fn read(&mut self, profile: &Profile, carrier: CarrierIx, text: &str) -> Result<(), Finding> {
        let Some(compiled) = profile.carriers.get(usize::from(carrier.0)) else {
            return Err(self.lose(Finding::new(marking::UNREADABLE_CLAIM)));
        };
        let bit = 1_u64 << (carrier.0 & 63);
        if self.spoken & bit != 0 {
            return Err(self.lose(Finding::new(marking::REPEATED)));
        }
        self.spoken |= bit;
        let said = match compiled.read(text) {
            Some(Meaning::Says(said)) => said,
            Some(Meaning::NoStatement) => return Ok(()),
            None => {
                let names = compiled.meanings.iter().map(|(text, _)| text.as_str());
                return Err(self.lose(crate::builder::unknown(marking::UNREADABLE_CLAIM, text, names)));
            }
        };
        // The union of two carriers' release values would be wider than either: one carrier speaks for each group.
        let both =
            profile.groups.iter().any(|group| self.said.values.meets(group) && said.values.meets(group));
        if both || (self.said.level.is_some() && said.level.is_some()) {
            return Err(self.lose(Finding::new(marking::REPEATED)));
        }
        self.said = Said { level: self.said.level.or(said.level), values: self.said.values.or(&said.values) };
        Ok(())
    }

    /// What all of them said together.
    ///
    /// # Errors
    /// LG-M011 where categories are claimed without a level; the code of the first fault again where there was one.
    pub fn finish(&self, profile: &Profile) -> Result<Claimed, Finding> {
        if let Some(code) = self.fault {
            return Err(Finding::new(code));
        }
        match (self.said.level, self.said.values.is_empty()) {
            (None, true) => Ok(Claimed::Unlabelled),
            (None, false) => {
                Err(Finding::new(marking::INCOMPLETE).saying("categories are claimed, but no level"))
            }
            (Some(level), _) => Ok(Claimed::Label(Label::new(profile.policy, level, self.said.values))),
        }
    }

    fn lose(&mut self, finding: Finding) -> Finding {
        self.fault.get_or_insert(finding.code);
        finding
    }
}

#[cfg(test)]
mod tests;
