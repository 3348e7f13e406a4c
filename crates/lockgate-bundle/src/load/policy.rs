//! `policies/<p>/policy.kdl` and the SPIFs beside it.

use super::{read, valid};
use crate::codes;
use crate::place::{Placed, report, shown};
use crate::report::{self as says, Text};
use lockgate_bytes::{Span, Time};
use lockgate_marking::{Absent, Policy, PolicySet, Review, Settings, spif::SpifFinding};
use lockgate_notation::{At, Diagnostic, Diagnostics, Document, Fields, Severity};
use std::collections::BTreeMap;

struct PolicyFile {
    present: EditionFile,
    earlier: Vec<(EditionFile, Time, Time)>,
}

/// One edition: its SPIF, and what is said beside it.
struct EditionFile {
    settings: Settings,
    spif: Text,
}

/// Every policy of the bundle; `named` gets the paths of their SPIFs.
pub(crate) fn policies(
    placed: &Placed<'_>,
    named: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) -> PolicySet {
    let mut set = PolicySet::new();
    for folder in placed.folders("policies") {
        let path = format!("policies/{folder}/policy.kdl");
        let Some(document) = placed.documents.get(path.as_str()) else {
            report(
                diagnostics,
                &codes::MISSING_FILE,
                &path,
                "a folder of a policy needs this file".to_owned(),
            );
            // Without it nothing can name the other files.
            let beside = format!("policies/{folder}/");
            named.extend(
                placed.others.keys().filter(|path| path.starts_with(&beside)).map(|path| (*path).to_owned()),
            );
            continue;
        };
        let Some(file) = read(document, "policy", Some(folder), diagnostics, policy) else { continue };
        named
            .extend(file.value.editions().map(|edition| format!("policies/{folder}/{}", edition.spif.value)));
        let spif = |path: &str| placed.others.get(path).copied();
        add(&file.value, &format!("policies/{folder}/"), &spif, document, &mut set, diagnostics);
    }
    set
}

/// Reads one policy, with its earlier editions, from the files of its folder, by their names within it.
///
/// # Errors
/// All that is wrong with `policy.kdl` and the SPIFs; beside the policy stand the warnings.
pub fn read_policy(folder: &BTreeMap<String, Vec<u8>>) -> Result<(PolicySet, Diagnostics), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let Some(bytes) = folder.get("policy.kdl") else {
        report(
            &mut diagnostics,
            &codes::MISSING_FILE,
            "policy.kdl",
            "the folder has no policy.kdl".to_owned(),
        );
        return Err(diagnostics);
    };
    let document = Document::parse("policy.kdl", bytes)?;
    let mut set = PolicySet::new();
    if let Some(file) = read(&document, "policy", None, &mut diagnostics, policy) {
        let spif = |path: &str| folder.get(path).map(Vec::as_slice);
        add(&file.value, "", &spif, &document, &mut set, &mut diagnostics);
    }
    match diagnostics.has_errors() {
        false => Ok((set, diagnostics)),
        true => Err(diagnostics),
    }
}

/// Compiles all editions of a policy into `set`; `spif` finds a file by its path.
fn add<'f>(
    file: &PolicyFile,
    folder: &str,
    spif: &dyn Fn(&str) -> Option<&'f [u8]>,
    document: &Document,
    set: &mut PolicySet,
    diagnostics: &mut Diagnostics,
) {
    let edition = |edition: &EditionFile, diagnostics: &mut Diagnostics| {
        let path = format!("{folder}{}", edition.spif.value);
        compile(edition, spif(&path), &path, document, diagnostics)
    };
    let Some(present) = edition(&file.present, diagnostics) else { return };
    let present = match set.add(present) {
        Ok(present) => present,
        Err(fault) => return says::faults(diagnostics, document, vec![fault]),
    };
    for (earlier, from, until) in &file.earlier {
        let Some(policy) = edition(earlier, diagnostics) else { continue };
        if let Err(fault) = set.add_earlier(present, policy, *from, *until) {
            says::faults(diagnostics, document, vec![fault]);
        }
    }
}

impl PolicyFile {
    fn editions(&self) -> impl Iterator<Item = &EditionFile> {
        core::iter::once(&self.present).chain(self.earlier.iter().map(|(edition, ..)| edition))
    }
}

fn compile(
    file: &EditionFile,
    spif: Option<&[u8]>,
    path: &str,
    document: &Document,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let Some(spif) = spif else {
        says::enter(diagnostics, document);
        let message = "there is no such file beside policy.kdl";
        says::error(diagnostics, &codes::MISSING_FILE, file.spif.span, message);
        return None;
    };
    diagnostics.enter(&shown(path), std::str::from_utf8(spif).unwrap_or(""));
    match Policy::from_spif(spif, &file.settings) {
        Ok(policy) => {
            findings(policy.warnings(), path, spif, diagnostics);
            Some(policy)
        }
        Err(found) => {
            findings(&found, path, spif, diagnostics);
            None
        }
    }
}

fn findings(found: &[SpifFinding], path: &str, spif: &[u8], diagnostics: &mut Diagnostics) {
    for finding in found {
        let severity = match finding.severity {
            lockgate_marking::Severity::Error => Severity::Error,
            lockgate_marking::Severity::Warning => Severity::Warning,
        };
        diagnostics.report(Diagnostic {
            code: finding.code,
            severity,
            file: shown(path),
            span: line_of(&finding.where_, spif),
            message: finding.says.clone(),
            labels: Vec::new(),
            help: None,
        });
    }
}

/// The line that a place such as `SPIF/securityClassifications:31` names.
fn line_of(place: &str, text: &[u8]) -> Span {
    let number = place.rsplit_once(':').and_then(|(_, number)| number.parse::<usize>().ok());
    let Some(before) = number.and_then(|number| number.checked_sub(1)) else { return Span::default() };
    let mut start = 0_usize;
    for (nth, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if nth == before {
            let blank = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let end = line.trim_ascii_end().len();
            return Span::new(start.saturating_add(blank), start.saturating_add(end));
        }
        start = start.saturating_add(line.len());
    }
    Span::default()
}

fn policy(fields: &mut Fields<'_, '_>) -> Option<PolicyFile> {
    let name = fields.arg_text("the name of the policy");
    let id = fields.prop_text("id");
    let edition = fields.prop_text("edition");
    let (name, id) = (name?.value.to_owned(), id?.value.to_owned());
    let present = edition_of(fields, &name, &id, edition);
    let earlier = fields.each("earlier", |part| {
        let edition = part.arg_text("the name of the edition");
        let valid = valid(part);
        let file = edition_of(part, &name, &id, edition);
        let (from, until) = valid?;
        Some((file?, from, until))
    });
    Some(PolicyFile { present: present?, earlier: earlier.into_iter().collect::<Option<_>>()? })
}

/// What `policy.kdl` says of one edition: of the present one as it stands, of others below `earlier`.
fn edition_of(
    fields: &mut Fields<'_, '_>,
    name: &str,
    id: &str,
    edition: Option<At<&str>>,
) -> Option<EditionFile> {
    let spif = fields.prop_text("file");
    let absent = fields.each("absent", |part| {
        let tag = part.prop_text("tag");
        let is = part.prop_word("is", &["universe", "empty", "undecided"]);
        let is = match is?.value {
            "universe" => Absent::Universe,
            "empty" => Absent::Empty,
            _ => Absent::Undecided,
        };
        Some((tag?.value.to_owned(), is))
    });
    let everyone = fields.each("everyone", |part| {
        let tag = part.prop_text("tag");
        let values = part.args_text_some("a value of the tag");
        let tag = tag?.value;
        Some(values.into_iter().map(|value| (tag.to_owned(), value.value.to_owned())).collect::<Vec<_>>())
    });
    let review = fields.child_word_opt("review", &["required", "optional"]);
    let settings = Settings {
        name: name.to_owned(),
        id: id.to_owned(),
        edition: edition?.value.to_owned(),
        absent: absent.into_iter().collect::<Option<_>>()?,
        everyone: everyone.into_iter().collect::<Option<Vec<_>>>()?.concat(),
        review: review
            .map(|review| if review.value == "required" { Review::Required } else { Review::Optional }),
    };
    Some(EditionFile { settings, spif: says::own(spif?) })
}
