//! What each authored file says. Loaders read like the notation; names are resolved later, against the whole bundle.

mod agreement;
mod community;
mod delegation;
mod domain;
mod goal;
mod head;
mod lane;
mod policy;
mod profile;
mod reviewer;
mod signer;
mod types;
mod words;

pub use agreement::AgreementFile;
pub use delegation::{DelegationFile, SignedBy, read_delegation};
pub use domain::DomainFile;
pub use goal::GoalFile;
pub use lane::{Direction, SlowPath, SourceBy, SourceTerms};
pub use policy::read_policy;
pub use reviewer::{KeyOfReviewer, Reviewer, ReviewerRole};

pub(crate) use head::HeadFile;
pub(crate) use lane::{Agreements, Assign, CoarsenPart, LaneFile, TypePart, Unlabelled};
pub(crate) use profile::{label_from, label_of};
pub(crate) use types::TypeFolder;
pub(crate) use words::{TermLine, WordsFile};

use crate::codes;
use crate::place::{Placed, report};
use crate::report::enter;
use lockgate_binding::Signer;
use lockgate_marking::{Community, Equivalence, Nation, Party, PolicySet, ProfileText};
use lockgate_notation::{Diagnostics, Document, Fields};
use std::collections::BTreeMap;

/// What a file says, and the file.
#[derive(Debug)]
pub(crate) struct Authored<'p, T> {
    pub(crate) document: &'p Document,
    pub(crate) value: T,
}

/// Everything that the files of a bundle say.
pub(crate) struct Loaded<'p> {
    pub(crate) head: Option<Authored<'p, HeadFile>>,
    pub(crate) policies: PolicySet,
    pub(crate) profiles: Vec<Authored<'p, ProfileText>>,
    pub(crate) equivalences: Vec<Authored<'p, Equivalence>>,
    pub(crate) communities: Vec<Authored<'p, Community>>,
    pub(crate) domains: Vec<Authored<'p, DomainFile>>,
    pub(crate) agreements: Vec<Authored<'p, AgreementFile>>,
    pub(crate) delegations: Vec<Authored<'p, DelegationFile>>,
    pub(crate) types: Vec<TypeFolder<'p>>,
    pub(crate) words: Vec<Authored<'p, WordsFile>>,
    pub(crate) lanes: Vec<Authored<'p, LaneFile>>,
    pub(crate) goals: Vec<Authored<'p, GoalFile>>,
    pub(crate) reviewers: Vec<Authored<'p, Reviewer>>,
    pub(crate) signers: Vec<Authored<'p, Signer>>,
}

impl<'p> Loaded<'p> {
    /// Reads every file. What is wrong with one is reported, and it is left out.
    pub(crate) fn read(placed: &'p Placed<'_>, diagnostics: &mut Diagnostics) -> Self {
        let head = match placed.documents.get("bundle.kdl") {
            Some(document) => read(document, "bundle", None, diagnostics, head::head),
            None => {
                let message = "the rules have no bundle.kdl".to_owned();
                report(diagnostics, &codes::MISSING_FILE, "bundle.kdl", message);
                None
            }
        };
        let mut named = Vec::new();
        let policies = policy::policies(placed, &mut named, diagnostics);
        let words = each(placed, "words", "words", diagnostics, |fields, diagnose| {
            words::words(fields, diagnose, placed, &mut named)
        });
        let loaded = Self {
            head,
            policies,
            profiles: each(placed, "profiles", "profile", diagnostics, |fields, _| profile::profile(fields)),
            equivalences: each(placed, "equivalences", "equivalence", diagnostics, |fields, _| {
                agreement::equivalence(fields)
            }),
            communities: each(placed, "communities", "community", diagnostics, |fields, _| {
                community::community(fields)
            }),
            domains: each(placed, "domains", "domain", diagnostics, |fields, _| domain::domain(fields)),
            agreements: each(placed, "agreements", "agreement", diagnostics, |fields, _| {
                agreement::agreement(fields)
            }),
            delegations: each(placed, "delegations", "delegation", diagnostics, |fields, _| {
                delegation::delegation(fields)
            }),
            types: types::types(placed, diagnostics),
            words,
            lanes: each(placed, "lanes", "lane", diagnostics, |fields, _| lane::lane(fields)),
            goals: each(placed, "goals", "goal", diagnostics, |fields, _| goal::goal(fields)),
            reviewers: each(placed, "reviewers", "reviewer", diagnostics, |fields, _| {
                reviewer::reviewer(fields)
            }),
            signers: each(placed, "signers", "signer", diagnostics, |fields, _| signer::signer(fields)),
        };
        placed.report_unnamed(&named, diagnostics);
        loaded
    }
}

/// Name and revision of the bundle with these files, without a look at anything else in it; `None` where its
/// bundle.kdl cannot be read.
pub(crate) fn head_of(files: &BTreeMap<String, Vec<u8>>) -> Option<(String, u64)> {
    let document = Document::parse("rules/bundle.kdl", files.get("bundle.kdl")?).ok()?;
    let mut diagnostics = document.diagnostics();
    let head = read(&document, "bundle", None, &mut diagnostics, head::head)?;
    (!diagnostics.has_errors()).then_some((head.value.name, head.value.revision))
}

/// Reads the one top node of a file, which must be named like the file.
fn read<'p, T>(
    document: &'p Document,
    noun: &'static str,
    stem: Option<&str>,
    diagnostics: &mut Diagnostics,
    load: impl FnOnce(&mut Fields<'p, '_>) -> Option<T>,
) -> Option<Authored<'p, T>> {
    enter(diagnostics, document);
    let mut top = Fields::of(&document.root, diagnostics);
    let value = top.within(noun, |fields| {
        if let (Some(stem), Some(name)) = (stem, fields.node().args.first())
            && name.text().is_some_and(|name| name != stem)
        {
            let message = format!("the file is called `{}`", stem.escape_debug());
            fields.error(&codes::WRONG_NAME, name.span, message);
        }
        load(fields)
    });
    top.finish();
    value.flatten().map(|value| Authored { document, value })
}

/// Reads every file of a folder. The loader also gets the path of the folder's files.
fn each<'p, T>(
    placed: &'p Placed<'_>,
    folder: &str,
    noun: &'static str,
    diagnostics: &mut Diagnostics,
    mut load: impl FnMut(&mut Fields<'p, '_>, &str) -> Option<T>,
) -> Vec<Authored<'p, T>> {
    let files = placed.folder(folder);
    files
        .filter_map(|(stem, document)| {
            read(document, noun, Some(stem), diagnostics, |fields| load(fields, stem))
        })
        .collect()
}

/// A nation at the next argument.
fn nation(fields: &mut Fields<'_, '_>, what: &str) -> Option<Nation> {
    let code = fields.arg_text(what)?;
    nation_of(fields, code)
}

fn nation_of(fields: &mut Fields<'_, '_>, code: lockgate_notation::At<&str>) -> Option<Nation> {
    let nation = Nation::parse(code.value);
    if nation.is_none() {
        let message = format!("`{}` is no ISO 3166-1 alpha-3 code", code.value.escape_debug());
        fields.error(&codes::NOT_A_NATION, code.span, message);
    }
    nation
}

/// Nations as the arguments that are left, and an organisation by its name.
fn parties(fields: &mut Fields<'_, '_>) -> Vec<Party> {
    let organisation = fields.prop_text_opt("organisation");
    let codes = match organisation {
        Some(_) => fields.args_text("a nation"),
        None => fields.args_text_some("a nation"),
    };
    let mut parties: Vec<Party> =
        codes.into_iter().filter_map(|code| nation_of(fields, code)).map(Party::Nation).collect();
    parties.extend(organisation.map(|name| Party::Organisation(name.value.to_owned())));
    parties
}

/// A window `valid from= until=`.
fn valid(fields: &mut Fields<'_, '_>) -> Option<(lockgate_bytes::Time, lockgate_bytes::Time)> {
    fields
        .within("valid", |part| {
            let (from, until) = (part.prop_time_from("from"), part.prop_time_until("until"));
            let (from, until) = (from?, until?);
            if from.value >= until.value {
                part.error(&codes::EMPTY_WINDOW, until.span, "this ends before it begins");
                return None;
            }
            Some((from.value, until.value))
        })
        .flatten()
}
