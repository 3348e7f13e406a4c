//! One security policy, compiled from its SPIF and its settings; immutable.

mod compile;
mod declared;
mod doubtful;
mod form;
mod input;
mod marking;
pub(crate) mod membership;
mod order;
mod place;
mod privacy;
mod render;
mod vocabulary;
mod words;

pub(crate) use form::PolicyWords;
pub use form::{MarkingForm, MarkingReader};
pub(crate) use input::{Input, digest};
pub use place::Place;
pub(crate) use privacy::{CLEAR, MAX_MARKS, Privacy, PrivacyMap};
pub use vocabulary::{TagVocabulary, ValueView};
pub use words::{MarkingWord, WordOf};

use crate::bits::Bits;
use crate::label::TagView;
use crate::spif::SpifFinding;
use crate::text::Compare;
use crate::{Label, Nation};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use marking::Markings;
use membership::Memberships;

/// The NATO policy and its tag sets (ADatP-4774, appendix 1; names change between editions, identifiers do not).
pub(crate) mod nato {
    pub(crate) const POLICY: &str = "1.3.26.1.3.1";
    pub(crate) const ADDITIONAL_SENSITIVITY: &str = "1.3.26.1.4.1";
    pub(crate) const RELEASABLE_TO: &str = "1.3.26.1.4.2";
    pub(crate) const ADMINISTRATIVE: &str = "1.3.26.1.4.3";
    pub(crate) const CONTEXT: &str = "1.3.26.1.4.4";
    pub(crate) const ONLY: &str = "1.3.26.1.4.5";
}

/// The PUBLIC policy; its names compare like those of NATO (ADatP-4774, chapter 5).
const PUBLIC: &str = "1.3.6.1.4.1.31778.12.2.1";

/// What no value of a permissive tag set means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Everyone: the tag set says nothing.
    Universe,
    /// Nobody.
    Empty,
    /// Not decided yet: hold.
    Undecided,
}

/// What a category value does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The reader holds every value.
    Restrictive,
    /// The reader holds at least one value of the tag set.
    Permissive,
    /// Access decisions ignore it.
    Informative,
}

impl Kind {
    /// The word of the JSON view.
    pub fn name(self) -> &'static str {
        match self {
            Self::Restrictive => "restrictive",
            Self::Permissive => "permissive",
            Self::Informative => "informative",
        }
    }

    /// The kind with this word, as a 4774 label writes it (`PERMISSIVE`) or as JSON does.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Restrictive, Self::Permissive, Self::Informative].into_iter().find(|kind| {
            kind.name() == word || kind.name().bytes().map(|byte| byte.to_ascii_uppercase()).eq(word.bytes())
        })
    }
}

/// Whether a label that an originator bound to an object must say when it is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// It must, or say what succeeds it (ADatP-4774, chapter 5).
    Required,
    /// It may.
    Optional,
}

/// How the names of a policy compare with those of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Byte for byte.
    Exact,
    /// ASCII letters in any case, white space around the name not counted: NATO and PUBLIC (ADatP-4774, chapter 5).
    AsciiCaseless,
}

/// What `policy.kdl` says beside the SPIF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The policy's name; must be that of the SPIF.
    pub name: String,
    /// Its object identifier; must be that of the SPIF.
    pub id: String,
    /// The edition, shown in every record.
    pub edition: String,
    /// What absence means, by permissive tag; [`Absent::Undecided`] for the others.
    pub absent: Vec<(String, Absent)>,
    /// Values of permissive tags that every reader holds, as (tag, value).
    pub everyone: Vec<(String, String)>,
    /// Whether bound labels name a review date. `None` = they do, as ADatP-4774 chapter 5 says of every label.
    pub review: Option<Review>,
}

#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub(crate) name: String,
    pub(crate) lacv: i64,
    pub(crate) rank: u16,
    pub(crate) obsolete: bool,
    pub(crate) needs: Vec<Requirement>,
    pub(crate) marking: Markings,
}

#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) set_name: String,
    pub(crate) set_id: String,
    pub(crate) kind: Kind,
    /// The permissive group: one for each tag set that has permissive tags.
    pub(crate) group: Option<u8>,
    pub(crate) values: Bits,
    pub(crate) least: u32,
    pub(crate) most: u32,
    /// Its values by [`Compare::key`] of their names, in order, for look-up.
    pub(crate) by_name: Vec<(u64, u16)>,
    /// Codes of enumerations are counted apart from those of bit sets.
    pub(crate) enumerated: bool,
    pub(crate) marking: Markings,
}

#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) lacv: String,
    pub(crate) tag: u16,
    pub(crate) obsolete: bool,
    /// To be typed by the user; never found by name.
    pub(crate) typed: bool,
    /// What may be typed, where it is to be typed.
    pub(crate) input: Option<Input>,
    /// Why no label may carry it, where its name is ambiguous or unreadable.
    pub(crate) unusable: bool,
    /// False where another value of the kind shares its code, so that the code says neither.
    pub(crate) coded: bool,
    /// Excluded from look-up because an earlier value of the tag says exactly the same.
    pub(crate) repeats: bool,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
    pub(crate) needs_level: Option<u16>,
    pub(crate) forbids_levels: u64,
    pub(crate) needs: Vec<Requirement>,
    pub(crate) forbids: Bits,
    pub(crate) nation: Option<Nation>,
    pub(crate) everyone: bool,
    pub(crate) marking: Markings,
}

/// How many of the values of a required category must stand in the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    OnlyOne,
    OneOrMore,
    All,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) operation: Operation,
    pub(crate) values: Bits,
}

/// A permissive tag set: values of which a reader holds at least one.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) set_id: String,
    pub(crate) name: String,
    pub(crate) values: Bits,
    /// Values that every reader holds: a label with one of them is open to everyone, as far as this group goes.
    pub(crate) everyone: Bits,
    pub(crate) absent: Absent,
}

/// A security policy.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    id: String,
    edition: String,
    pub(crate) compare: Compare,
    pub(crate) review: Review,
    /// When this edition was issued, if its SPIF says so exactly.
    pub(crate) issued: Option<Time>,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
    pub(crate) levels: Vec<Level>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) values: Vec<Value>,
    pub(crate) groups: Vec<Group>,
    restrictive: Bits,
    pub(crate) privacy: Privacy,
    pub(crate) marking: Markings,
    pub(crate) memberships: Memberships,
    /// What the file itself declares to be equivalent in other policies.
    pub(crate) declared: declared::Declared,
    pub(crate) warnings: Vec<SpifFinding>,
}

impl Policy {
    /// Its name, such as `NATO`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its object identifier, such as `1.3.26.1.3.1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its edition, as `policy.kdl` names it.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// How its names compare.
    pub fn matching(&self) -> Matching {
        if self.compare.fold { Matching::AsciiCaseless } else { Matching::Exact }
    }

    /// True where two names are one by this policy's comparison.
    pub fn is_one_name(&self, a: &str, b: &str) -> bool {
        self.compare.equal(a, b)
    }

    /// What is doubtful in its SPIF and did not stop it from loading.
    pub fn warnings(&self) -> &[SpifFinding] {
        &self.warnings
    }

    /// First instant after its validity, if the SPIF gives one.
    pub fn until(&self) -> Option<Time> {
        self.until
    }

    /// Names of its levels, lowest first.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        let mut order: Vec<&Level> = self.levels.iter().collect();
        order.sort_by_key(|level| level.rank);
        order.into_iter().map(|level| level.name.as_str())
    }

    /// Names of its tags, in file order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| tag.name.as_str())
    }

    pub(crate) fn is_nato(&self) -> bool {
        self.id == nato::POLICY
    }

    pub(crate) fn same_name(&self, name: &str) -> bool {
        self.compare.equal(&self.name, name)
    }

    pub(crate) fn restrictive(&self) -> &Bits {
        &self.restrictive
    }

    pub(crate) fn find_level(&self, name: &str) -> Option<u16> {
        let mut found =
            (0_u16..).zip(&self.levels).filter(|(_, level)| self.compare.equal(&level.name, name));
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    }

    /// The level whose words in `language` are `term`, by the file's marking data; its own name counts in no language.
    pub(crate) fn level_called(&self, term: &str, language: &str) -> Option<u16> {
        let called =
            |level: &Level| level.marking.words_in(language).any(|phrase| self.compare.equal(phrase, term));
        let mut found = (0_u16..).zip(&self.levels).filter(|(_, level)| called(level));
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    }

    pub(crate) fn level_name(&self, level: u16) -> Option<&str> {
        self.levels.get(usize::from(level)).map(|level| level.name.as_str())
    }

    /// The words that the policy's file gives a level, each with its language where it has one.
    pub(crate) fn level_words(&self, level: u16) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.levels.get(usize::from(level)).into_iter().flat_map(|level| level.marking.words_and_languages())
    }

    pub(crate) fn rank(&self, level: u16) -> Option<u16> {
        self.levels.get(usize::from(level)).map(|level| level.rank)
    }

    pub(crate) fn value(&self, value: u16) -> Option<&Value> {
        self.values.get(usize::from(value))
    }

    pub(crate) fn value_name(&self, value: u16) -> &str {
        self.value(value).map_or("?", |value| value.name.as_str())
    }

    pub(crate) fn tag(&self, tag: u16) -> Option<&Tag> {
        self.tags.get(usize::from(tag))
    }

    pub(crate) fn tag_name(&self, tag: u16) -> &str {
        self.tag(tag).map_or("?", |tag| tag.name.as_str())
    }

    pub(crate) fn tag_kind(&self, tag: u16) -> Kind {
        self.tag(tag).map_or(Kind::Restrictive, |tag| tag.kind)
    }

    /// Tags whose own name or whose set's name is `name`.
    pub(crate) fn tags_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        let same =
            move |tag: &&Tag| self.compare.equal(&tag.name, name) || self.compare.equal(&tag.set_name, name);
        self.tags.iter().filter(same)
    }

    /// The value `name` of `tag`; a binary search. At most one: two values of one name do not compile, and where
    /// folding makes two names equal, neither is found.
    pub(crate) fn find_value(&self, tag: &Tag, name: &str) -> Option<u16> {
        let key = self.compare.key(name);
        let start = tag.by_name.partition_point(|(other, _)| *other < key);
        let same_key = tag.by_name.get(start..)?.iter().take_while(|(other, _)| *other == key);
        let mut found = same_key.filter(|(_, value)| self.compare.equal(self.value_name(*value), name));
        let (_, value) = found.next()?;
        found.next().is_none().then_some(*value)
    }

    /// The nation that a value of this name is by its number, where its letters are no nation's.
    pub(crate) fn nation_by_number(&self, name: &str) -> Option<Nation> {
        let of_name = self.values.iter().filter(|value| self.compare.equal(&value.name, name));
        of_name.filter(|value| Nation::parse(&value.name).is_none()).find_map(|value| value.nation)
    }

    /// The value `value` of the tag named `tag`.
    pub(crate) fn find_value_of(&self, tag: &str, value: &str) -> Option<u16> {
        let mut found = self.tags_named(tag).filter_map(|tag| self.find_value(tag, value));
        // A name that two tags of one set share names no single value.
        found.next().filter(|_| found.next().is_none())
    }

    pub(crate) fn tag_views<'a>(&'a self, label: &'a Label) -> impl Iterator<Item = TagView<'a>> {
        (0_u16..).zip(&self.tags).filter_map(move |(index, tag)| {
            let values = label.values.and(&tag.values);
            let nobody = self.is_first_of_group(index)
                && tag.group.is_some_and(|g| label.nobody & (1 << (g & 63)) != 0);
            (nobody || !values.is_empty()).then_some(TagView { policy: self, tag: index, values, nobody })
        })
    }

    fn is_first_of_group(&self, index: u16) -> bool {
        let group = self.tag(index).and_then(|tag| tag.group);
        self.tags.iter().position(|tag| tag.group == group) == Some(usize::from(index))
    }
}
