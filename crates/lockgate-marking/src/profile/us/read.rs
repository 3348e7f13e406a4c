//! Markings of the United States as objects hold them: a text for people, or the ISM attributes of an element.

use super::super::{CarrierIx, Profile};
use super::{Lost, Words};
use crate::{Label, PolicyIx, text};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_reason::{Finding, marking};
use lockgate_us::{Category, Edition, Marking, document};

/// A marking of the United States that was read. Whether two of them agree is asked in the register of their edition, where
/// every word counts, and not in a policy that may know fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsMarking {
    said: Marking,
    edition: &'static Edition,
}

/// What was read of a marking: itself, if it is one, and the label that it says, if every word of it is a value.
#[derive(Clone, Debug, Default)]
pub struct UsRead {
    /// `None` where it is none.
    pub marking: Option<UsMarking>,
    /// `None` where some word of it is nothing in the policy.
    pub label: Option<Label>,
}

/// A name of an ISM attribute as ISM spells it, whatever its case and underscores; `None` where none that is read has it.
pub fn ism_attribute(name: &str) -> Option<&'static str> {
    lockgate_us::attribute(name)
}

impl UsMarking {
    /// True where a banner line shows the same of both.
    pub fn shows_the_same_as(&self, other: &Self) -> bool {
        self.said.shows_the_same_as(&other.said)
    }

    /// True where it is as strict as its `part` in every respect; a part with REL and no list has the list of this one.
    pub fn covers(&self, part: &Self) -> bool {
        document::covers(&self.said, &part.said, self.edition)
    }

    /// True where it states why the whole is more than its parts (`compilationReason`).
    pub fn is_compiled(&self) -> bool {
        self.said.more.compilation
    }

    /// What the parts make together, under the marking of the whole where there is one: none of them is above it. `None`
    /// where no part takes part.
    pub fn roll_up<'m>(whole: Option<&Self>, parts: impl Iterator<Item = &'m Self> + Clone) -> Option<Self> {
        let edition = whole.or_else(|| parts.clone().next())?.edition;
        let parts = parts.map(|part| &part.said);
        let said = document::roll_up(whole.map(|whole| &whole.said), parts, edition)?;
        Some(Self { said, edition })
    }
}

impl Profile {
    /// True where the carrier reads markings of the United States.
    pub fn reads_us(&self, carrier: CarrierIx) -> bool {
        self.words(carrier).is_some()
    }

    /// Reads a banner line, or the mark of a portion with its brackets. All that is wrong with it is added to `found`, each
    /// with its place in `text` where it has one, as [`Profile::display`] says.
    pub fn us_text(&self, carrier: CarrierIx, text: &str, found: &mut Vec<Finding>) -> UsRead {
        match self.words(carrier) {
            Some((words, role)) => words.read(text, (&self.name, role), self.policy, found),
            None => {
                found.push(Finding::new(marking::UNREADABLE_CLAIM));
                UsRead::default()
            }
        }
    }

    /// Reads the ISM attributes of one element, names and values, in any order. All that is wrong with them is added to
    /// `found`, each with the place of the attribute in `attributes`; without one it is about all of them.
    ///
    /// What is found: LG-M002 for what is no marking of the edition, or breaks one of its rules, with its code of the
    /// register; LG-M010 where a value is one in disguise; LG-M020 for each part that the profile has no value for.
    pub fn us_attributes(
        &self,
        carrier: CarrierIx,
        attributes: &[(&str, &str)],
        found: &mut Vec<(Option<usize>, Finding)>,
    ) -> UsRead {
        let Some((words, role)) = self.words(carrier) else {
            found.push((None, Finding::new(marking::UNREADABLE_CLAIM)));
            return UsRead::default();
        };
        let before = found.len();
        for (at, (_, value)) in attributes.iter().enumerate() {
            if text::is_suspect(value) {
                found.push((Some(at), Finding::new(marking::DISGUISED)));
            }
        }
        let unreadable = |code: &str, says: &str| {
            Finding::new(marking::UNREADABLE_CLAIM).saying(format!("{code}: {says}"))
        };
        let said = match Marking::read(attributes.iter().copied(), words.edition) {
            Ok(said) => said,
            Err(faults) => {
                found.extend(faults.into_iter().map(|fault| {
                    let at = (!fault.at.is_empty()).then_some(fault.at.start);
                    (at, unreadable(fault.code, fault.says))
                }));
                return UsRead::default();
            }
        };
        let broken = lockgate_us::check(&said, words.edition);
        found.extend(broken.map(|rule| (None, unreadable(rule.code, rule.says))));
        if found.len() > before {
            return UsRead::default();
        }
        let mut lost = Vec::new();
        let label = words.label(&said, self.policy, &mut lost);
        for one in &lost {
            let at = place(attributes, one.category);
            found.push((at, Finding::new(marking::UNMAPPABLE).saying(one.says((&self.name, role)))));
        }
        let limits = (0_usize..)
            .zip(attributes)
            .filter_map(|(at, (name, value))| Some((at, said.limit(name, value, words.edition)?)));
        found.extend(limits.map(|(at, says)| {
            let says = format!("{says}, which no label of another policy can say");
            (Some(at), Finding::new(marking::UNMAPPABLE).saying(says))
        }));
        let label = label.filter(|_| found.len() == before);
        UsRead { marking: Some(UsMarking { said, edition: words.edition }), label }
    }

    /// The label of what parts make together. All that keeps it from saying one is added to `found`.
    pub fn us_label(&self, carrier: CarrierIx, said: &UsMarking, found: &mut Vec<Finding>) -> Option<Label> {
        let (words, role) = self.words(carrier)?;
        let mut lost = Vec::new();
        let label = words.label(&said.said, self.policy, &mut lost);
        found.extend(
            lost.iter().map(|one| Finding::new(marking::UNMAPPABLE).saying(one.says((&self.name, role)))),
        );
        label
    }

    fn words(&self, carrier: CarrierIx) -> Option<(&Words, &str)> {
        let carrier = self.carriers.get(usize::from(carrier.0))?;
        Some((carrier.us.as_ref()?, &carrier.role))
    }
}

impl Words {
    /// Reads `text`; all that keeps it from being a marking, or from saying a label, is added to `found` at its place.
    fn read(
        &self,
        text: &str,
        (profile, role): (&str, &str),
        policy: PolicyIx,
        found: &mut Vec<Finding>,
    ) -> UsRead {
        if text::is_suspect(text) {
            found.push(Finding::new(marking::DISGUISED));
            return UsRead::default();
        }
        let said = match lockgate_us::parse(text, self.edition) {
            Ok(parsed) if parsed.form == self.form => parsed.marking,
            Ok(_) => {
                let says = "the other form of a marking than this field has: a banner line or a portion mark";
                found.push(Finding::new(marking::UNREADABLE_CLAIM).saying(says));
                return UsRead::default();
            }
            Err(fault) => {
                let says = format!("{}: {}", fault.code, fault.says);
                let at = Span::new(fault.at.start, fault.at.end);
                found.push(Finding::new(marking::UNREADABLE_CLAIM).at(at).saying(says));
                return UsRead::default();
            }
        };
        let mut lost: Vec<Lost> = Vec::new();
        let label = self.label(&said, policy, &mut lost);
        for one in &lost {
            let at = lockgate_us::place(text, one.category, self.edition).unwrap_or(0..text.len());
            let finding = Finding::new(marking::UNMAPPABLE).saying(one.says((profile, role)));
            found.push(finding.at(Span::new(at.start, at.end)));
        }
        UsRead { marking: Some(UsMarking { said, edition: self.edition }), label }
    }
}

impl Lost {
    fn says(&self, (profile, role): (&str, &str)) -> String {
        let what = self.category.map_or("the level", Category::name);
        match self.apart {
            Some(apart) => format!("{what}: {apart}, which no label of another policy can say"),
            None => format!("{what}: carrier {role} of profile {profile} has no value for what stands here"),
        }
    }
}

/// The first attribute that says something of a category; without one, that of the level.
fn place(attributes: &[(&str, &str)], category: Option<Category>) -> Option<usize> {
    let names: &[&str] = match category {
        None => &["ownerProducer", "classification"],
        Some(Category::NonUs) => &["nonUSControls"],
        Some(Category::Sci) => &["SCIcontrols"],
        Some(Category::Sar) => &["SARIdentifier"],
        Some(Category::Aea) => &["atomicEnergyMarkings"],
        Some(Category::Fgi) => &["FGIsourceOpen", "FGIsourceProtected"],
        Some(Category::Dissem) => &["disseminationControls", "releasableTo", "displayOnlyTo"],
        Some(Category::NonIc) => &["nonICmarkings"],
    };
    let of = |wanted: &&str| attributes.iter().position(|(name, _)| name == wanted);
    names.iter().find_map(of)
}

#[cfg(test)]
mod tests;
