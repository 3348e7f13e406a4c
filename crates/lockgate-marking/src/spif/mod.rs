//! XML SPIF 2.1: reading it within bounds, and checking its consistency.
//!
//! ```text
//!   bytes --bounds--> XML (no DTD) --vocabulary--> Raw (levels, tag sets, tags, values) --consistency--> findings
//!                                                   '--> Policy, where no finding is an error
//! ```
//!
//! A finding is an error where a label could mean two things, where a constraint could be lost, or where the file
//! is not what it says it is; a warning where the meaning is plain and the file is only untidy.

mod bounds;
mod check;
mod compare;
mod place;
mod raw;
mod read;
mod structure;
mod time;
mod vocabulary;

use crate::Severity;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use bounds::{parse as parse_bounded, text as text_bounded};
pub(crate) use check::{consistency, resolve};
pub use compare::{CHANGES, Change, compare};
pub(crate) use place::{Paths, Place, path, place};
pub(crate) use raw::{
    Raw, RawGroup, RawLevel, RawMark, RawMarks, RawRequirement, RawTag, RawValue, same_code,
};

/// The namespace of SPIF 2.1.
pub(crate) const NAMESPACE: &str = "http://www.xmlspif.org/spif";
/// More findings than this help nobody; the last one says that there are more.
const MAX_FINDINGS: usize = 500;

/// Every code of this crate's findings in authored files: code, severity, meaning.
pub const CODES: &[(&str, Severity, &str)] = &[
    ("P001", Severity::Error, "the file is no readable XML: size, encoding, grammar, or a DTD"),
    ("P002", Severity::Error, "the root element is no SPIF of namespace http://www.xmlspif.org/spif"),
    ("P003", Severity::Error, "another schema version than 2.1"),
    ("P004", Severity::Error, "over a limit of size, depth or count"),
    ("P005", Severity::Error, "a required element or attribute is missing, or is not of its type"),
    ("P006", Severity::Error, "an element, attribute or text that SPIF 2.1 does not know here"),
    ("P007", Severity::Warning, "a foreign attribute that is not read"),
    (
        "P008",
        Severity::Warning,
        "text between the elements that hold the whole file together; it says nothing",
    ),
    ("P009", Severity::Warning, "elements in another order than that of SPIF 2.1; nothing hangs on it"),
    ("P010", Severity::Error, "one policy name or identifier stands for two policies"),
    ("P011", Severity::Error, "two levels share a code"),
    ("P012", Severity::Error, "two levels share a name"),
    ("P013", Severity::Error, "two levels share a place in the hierarchy"),
    ("P014", Severity::Warning, "two levels share a colour"),
    ("P015", Severity::Warning, "a colour that is no W3C name or #RRGGBB"),
    ("P016", Severity::Warning, "a level whose code is not from 0 to 256; no binary label says it"),
    (
        "P017",
        Severity::Error,
        "two levels, or two values of one tag set, whose names look alike: letters of another alphabet stand for Latin ones",
    ),
    (
        "P018",
        Severity::Warning,
        "two levels, or two values of one tag set, whose names differ in capitals and small letters only",
    ),
    ("P020", Severity::Error, "two tag sets share a name"),
    ("P021", Severity::Error, "two tag sets share an identifier"),
    ("P022", Severity::Error, "two tags of one tag set share a name"),
    (
        "P023",
        Severity::Warning,
        "two values of one tag set share a code; no label that carries the code is accepted",
    ),
    (
        "P024",
        Severity::Warning,
        "two values of one tag set, or two privacy marks, share a name; no label that carries the name is accepted",
    ),
    (
        "P025",
        Severity::Warning,
        "a value whose name has a control, bidirectional or zero-width character; no label with it is accepted",
    ),
    ("P026", Severity::Warning, "a name with white space around it or doubled inside"),
    (
        "P027",
        Severity::Error,
        "a policy, level, tag set, tag or privacy mark whose name has a control, bidirectional or zero-width character",
    ),
    ("P028", Severity::Warning, "a value whose code is no number; no binary label says it"),
    (
        "P029",
        Severity::Warning,
        "words that do not tell values apart: two values of a tag are shown by the same, or one that stands twice has others",
    ),
    ("P030", Severity::Error, "an unknown tag type; it is never read as informative"),
    ("P031", Severity::Error, "an unknown word where SPIF 2.1 has a closed list"),
    ("P032", Severity::Error, "an enumerated tag that does not say restrictive or permissive"),
    ("P033", Severity::Warning, "an informative tag without its encoding, or two encodings in one tag set"),
    ("P034", Severity::Error, "numbers of selections that contradict each other"),
    ("P035", Severity::Warning, "a tag that applies to nothing; its values are read as restrictive"),
    ("P036", Severity::Warning, "a membership of a context, by a name that no value of the policy has"),
    (
        "P037",
        Severity::Warning,
        "attributes of memberships in the namespace of their extension, where the standard has them without; they are read",
    ),
    (
        "P038",
        Severity::Warning,
        "an equivalence of a whole tag set, or what one requires; it is never applied",
    ),
    ("P040", Severity::Error, "a reference to something that is not there"),
    ("P041", Severity::Error, "a category reference that names both one value and all values, or neither"),
    ("P042", Severity::Error, "listed twice"),
    ("P043", Severity::Error, "a value that requires and excludes the same level or value"),
    ("P044", Severity::Error, "a requirement or exclusion by a code that two values share"),
    (
        "P045",
        Severity::Warning,
        "an equivalence that discards a value which limits who may read; it is never applied",
    ),
    (
        "P046",
        Severity::Warning,
        "a value that no label can carry: it excludes every level, or requires a value that excludes it",
    ),
    ("P050", Severity::Error, "a validity that ends before it begins"),
    ("P051", Severity::Error, "a validity without a zone, or that is no time"),
    ("P052", Severity::Warning, "a creation date without a zone, or that is no time"),
    ("P053", Severity::Warning, "a country name that is not ISO 3166-1 while its code is"),
    ("P054", Severity::Error, "a country name with the code of another country"),
    (
        "P055",
        Severity::Warning,
        "a value to be typed by the user; labels carry it only where it limits nobody",
    ),
    (
        "P056",
        Severity::Warning,
        "a policy of NATO whose file excludes nothing; only the rules in words are enforced",
    ),
    ("P057", Severity::Error, "policy.kdl and the SPIF name different policies"),
    ("P058", Severity::Error, "policy.kdl names a tag or value that the SPIF does not have"),
    ("P060", Severity::Error, "two policies of one bundle share a name or identifier, or there are too many"),
    ("P061", Severity::Error, "a community that contradicts itself"),
    ("P062", Severity::Error, "a profile, equivalence or domain of an unknown policy"),
    ("P063", Severity::Error, "an unknown level"),
    ("P064", Severity::Error, "an unknown tag or value"),
    ("P065", Severity::Error, "one text with two meanings in a profile"),
    ("P066", Severity::Error, "a carrier that can say nothing, or two carriers of one role"),
    (
        "P067",
        Severity::Error,
        "an earlier edition of another policy, without a period of its own, or with another order of levels",
    ),
    (
        "P068",
        Severity::Error,
        "a community or organisation with the name of a value that is a nation by its number alone",
    ),
    ("P070", Severity::Error, "an equivalence that maps one thing twice"),
    ("P071", Severity::Error, "an equivalence that turns the order of levels round"),
    (
        "P072",
        Severity::Error,
        "an equivalence that maps a category to one of another type, or to one that lets in other readers",
    ),
    ("P073", Severity::Error, "an equivalence that mixes or splits permissive tags"),
    ("P074", Severity::Error, "two equivalences of one pair of policies overlap in time"),
    ("P075", Severity::Error, "a validity that ends before it begins"),
    (
        "P076",
        Severity::Error,
        "a delegation of another policy than the lane's, or to a level that is not below the old one",
    ),
    ("P077", Severity::Error, "a delegation for a type whose marking fields have no word for the new level"),
    (
        "P078",
        Severity::Error,
        "equivalences by which a level comes back lower than it was, or a category as another one",
    ),
    ("P079", Severity::Error, "an equivalence that puts a nation's level below what it means there"),
    ("P080", Severity::Error, "the file is no readable clearance"),
    ("P081", Severity::Error, "a clearance of an unknown policy, level, tag or value"),
    ("P082", Severity::Error, "an element or attribute that a clearance does not have"),
    ("P083", Severity::Error, "a carrier of United States markings in a profile of another policy than USA"),
    ("P084", Severity::Error, "a word that no marking of the edition says, or that no label can say"),
    ("P085", Severity::Error, "a word of a United States marking that would stand for less than it says"),
    (
        "P086",
        Severity::Error,
        "two carriers of United States markings that mean different things by their words",
    ),
    ("P090", Severity::Error, "a ceiling that has no equivalent in the lane's policy"),
    (
        "P091",
        Severity::Error,
        "readers that cannot be listed: an unknown or not decomposable community, or too many",
    ),
    ("P092", Severity::Error, "a lane without an agreement that does not say that none is needed"),
    (
        "P093",
        Severity::Error,
        "an agreement without parties, categories or authority, or with an empty validity",
    ),
    ("P094", Severity::Error, "an unknown data category"),
    (
        "P095",
        Severity::Error,
        "a value that is held or forbidden, but has no equivalent in the lane's policy",
    ),
    ("P096", Severity::Error, "the owner of the source domain is not named"),
];

/// One thing that is wrong with a SPIF, or with its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpifFinding {
    /// The stable code, `P0xx`.
    pub code: &'static str,
    /// Whether the policy loads nevertheless.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub says: String,
    /// Element path and line, such as `SPIF/securityClassifications/securityClassification[2]:31`.
    pub where_: String,
    /// The names concerned.
    pub names: Vec<String>,
    /// The codes (lacv, identifiers, numbers) concerned.
    pub codes: Vec<String>,
}

/// All findings of a SPIF: first what cannot be read, then what is not consistent, each in the order of the file.
pub fn check(bytes: &[u8]) -> Vec<SpifFinding> {
    let mut findings = Findings::default();
    with_raw(bytes, &mut findings, |_, _| ());
    findings.list
}

/// True where `bytes` are XML, whatever they say: UTF-8, well-formed, without a DTD, and within the bounds in which this
/// room reads XML at all.
pub fn is_well_formed(bytes: &[u8]) -> bool {
    let mut findings = Findings::default();
    bounds::text(bytes, &mut findings).is_some_and(|text| parse_bounded(text, &mut findings).is_some())
}

/// Reads a SPIF and hands it to `with` where that is possible at all; then the findings.
pub(crate) fn with_raw<T>(
    bytes: &[u8],
    findings: &mut Findings,
    with: impl FnOnce(&Raw<'_>, &mut Findings) -> T,
) -> Option<T> {
    let text = bounds::text(bytes, findings)?;
    let document = parse_bounded(text, findings)?;
    let done = read::read(&document, findings).map(|raw| {
        consistency(&raw, findings);
        with(&raw, findings)
    });
    findings.settle(&document);
    done
}

/// Collects findings, up to a bound.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<SpifFinding>,
    /// Which of them stand at a node whose path is not told yet.
    nodes: Vec<(usize, roxmltree::NodeId)>,
    /// How many values and nodes were looked at to compare them with others: what bounds the work.
    pub(crate) steps: usize,
}

impl Findings {
    /// Adds one; the severity is that of the code.
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        where_: impl Into<Place>,
        says: impl Into<String>,
        names: &[&str],
        codes: &[&str],
    ) {
        let owned = |list: &[&str]| list.iter().map(|text| String::from(*text)).collect();
        let (code, says, names, codes) = match self.list.len() {
            full if full > MAX_FINDINGS => return,
            MAX_FINDINGS => ("P004", String::from("more findings than are listed"), Vec::new(), Vec::new()),
            _ => (code, says.into(), owned(names), owned(codes)),
        };
        let where_ = match where_.into() {
            Place::Said(said) => said,
            Place::Node(node) => {
                self.nodes.push((self.list.len(), node));
                String::new()
            }
        };
        self.list.push(SpifFinding { code, severity: severity(code), says, where_, names, codes });
    }

    /// Tells the places of all findings.
    fn settle(&mut self, document: &roxmltree::Document<'_>) {
        let mut paths = Paths::new(document);
        for (at, node) in self.nodes.drain(..) {
            if let Some(finding) = self.list.get_mut(at) {
                finding.where_ = paths.of_id(node);
            }
        }
        self.steps = self.steps.saturating_add(paths.steps);
    }

    /// Counts one more comparison.
    pub(crate) fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }

    pub(crate) fn has_error(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }
}

fn severity(code: &str) -> Severity {
    CODES.iter().find(|(known, ..)| *known == code).map_or(Severity::Error, |(_, severity, _)| *severity)
}

#[cfg(test)]
mod tests;
