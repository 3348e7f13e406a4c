//! What was measured of a type, on which bytes, and the tier that this supports.
//!
//! ```text
//! evidence "spot" version="1.0" {
//!     of "type.kdl" sha256="..."
//!     of "rules.kdl" sha256="..."
//!     of "point/type.kdl" sha256="..."
//!     fixture "release-friendly" sha256="..."
//!     fixture "refuse-window-empty" sha256="..."
//!     round-trip objects=2
//!     steps most=1843
//!     confirmed by="..." on="2026-03-01"
//! }
//! ```
//!
//! `of` names each file that says how an object is read: those of the type, and the description of every type that stands in
//! it, directly or inside of another (`TYPE/type.kdl`). So a change of one makes the evidence of all that embed it void.
//!
//! The hash of a fixture is taken over its folder by whoever records it; a bundle does not hold fixtures, so that check
//! is theirs too. A bundle checks that the evidence speaks of the present type and rules.

use crate::codes;
use crate::report::enter;
use lockgate_bytes::{Digest, Span};
use lockgate_notation::{Diagnostics, Document, Fields};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The evidence of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The type.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The files that were measured: `type.kdl`, `rules.kdl`, and `TYPE/type.kdl` of every type that is embedded.
    pub of: Vec<Measured>,
    /// Every fixture that came to its expected verdict.
    pub fixtures: Vec<FixtureEvidence>,
    /// How many objects came back as themselves after being read and written; none where it was not tried.
    pub round_trips: u64,
    /// Most steps that a fixture took; `None` where it was not measured.
    pub steps: Option<u64>,
    /// Who confirmed the expected verdicts, and on which day.
    pub confirmed: Option<(String, String)>,
}

/// A file that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its name in the type's folder; of an embedded type with the name of its folder.
    pub file: String,
    /// Its bytes.
    pub sha256: Digest,
}

/// A fixture that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixtureEvidence {
    /// The name of its folder; the first word is the verdict.
    pub name: String,
    /// Its files.
    pub sha256: Digest,
}

/// What tier 1 still lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no evidence.
    Evidence,
    /// The evidence is of another version of the type.
    Version,
    /// The evidence does not speak of this file as it is now.
    PresentBytes(String),
    /// No fixture is released.
    ReleaseFixture,
    /// No fixture is held or refused.
    OtherFixture,
    /// Reading and writing was not tried.
    RoundTrip,
    /// The steps were not counted.
    Steps,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Evidence => out.write_str("no evidence is recorded"),
            Self::Version => out.write_str("the evidence is of another version"),
            Self::PresentBytes(file) => write!(out, "the evidence is not of the present {file}"),
            Self::ReleaseFixture => out.write_str("no fixture is released"),
            Self::OtherFixture => out.write_str("no fixture is held or refused"),
            Self::RoundTrip => out.write_str("no object was read and written again"),
            Self::Steps => out.write_str("the steps were not counted"),
        }
    }
}

impl Evidence {
    /// What tier 1 lacks, given the present files of the type.
    pub fn missing(&self, version: &str, present: &[Measured]) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.version != version {
            missing.push(Missing::Version);
        }
        for file in present.iter().filter(|file| !self.of.contains(file)) {
            missing.push(Missing::PresentBytes(file.file.clone()));
        }
        for of in &self.of {
            if !present.iter().any(|file| of.file == file.file) {
                missing.push(Missing::PresentBytes(of.file.clone()));
            }
        }
        let released = |fixture: &FixtureEvidence| fixture.name.split('-').next() == Some("release");
        if !self.fixtures.iter().any(released) {
            missing.push(Missing::ReleaseFixture);
        }
        if self.fixtures.iter().all(released) {
            missing.push(Missing::OtherFixture);
        }
        if self.round_trips == 0 {
            missing.push(Missing::RoundTrip);
        }
        if self.steps.is_none() {
            missing.push(Missing::Steps);
        }
        missing
    }

    /// The file that says this.
    pub fn to_kdl(&self) -> String {
        let mut out = format!("evidence \"{}\" version=\"{}\" {{\n", self.name, escaped(&self.version));
        // Writing to a string cannot fail.
        for of in &self.of {
            let _ = writeln!(out, "    of \"{}\" sha256=\"{}\"", escaped(&of.file), of.sha256);
        }
        for fixture in &self.fixtures {
            let _ = writeln!(out, "    fixture \"{}\" sha256=\"{}\"", escaped(&fixture.name), fixture.sha256);
        }
        if self.round_trips > 0 {
            let _ = writeln!(out, "    round-trip objects={}", self.round_trips);
        }
        if let Some(steps) = self.steps {
            let _ = writeln!(out, "    steps most={steps}");
        }
        if let Some((by, on)) = &self.confirmed {
            let _ = writeln!(out, "    confirmed by=\"{}\" on=\"{}\"", escaped(by), escaped(on));
        }
        out.push_str("}\n");
        out
    }
}

/// The tier that the evidence supports, and what tier 1 lacks.
pub(crate) fn tier(evidence: Option<&Evidence>, version: &str, present: &[Measured]) -> (u8, Vec<Missing>) {
    let missing = match evidence {
        Some(evidence) => evidence.missing(version, present),
        None => vec![Missing::Evidence],
    };
    (if missing.is_empty() { 1 } else { 2 }, missing)
}

/// Reads `evidence.kdl` of the type in `folder`.
pub(crate) fn read(document: &Document, folder: &str, diagnostics: &mut Diagnostics) -> Option<Evidence> {
    enter(diagnostics, document);
    let mut top = Fields::of(&document.root, diagnostics);
    let read = top.within("evidence", |fields| evidence(fields, folder)).flatten();
    top.finish();
    read
}

fn evidence(fields: &mut Fields<'_, '_>, folder: &str) -> Option<Evidence> {
    let name = fields.arg_name("the name of the type")?;
    if name.as_str() != folder {
        let message = format!("the folder is called `{}`", folder.escape_debug());
        fields.error(&codes::WRONG_NAME, name.span, message);
    }
    let version = fields.prop_text("version")?.value.to_owned();
    let (mut files, mut tried) = (BTreeSet::new(), BTreeSet::new());
    let of = fields.each("of", |part| {
        let file = part.arg_text("a file of the type, or TYPE/type.kdl of one in it")?;
        once(part, &mut files, file.value, file.span);
        Some(Measured { sha256: sha256(part)?, file: file.value.to_owned() })
    });
    let fixtures = fields.each("fixture", |part| {
        let name = part.arg_name("the name of the fixture")?;
        once(part, &mut tried, name.as_str(), name.span);
        Some(FixtureEvidence { sha256: sha256(part)?, name: name.value.to_string() })
    });
    let round_trips = fields.within_opt("round-trip", |part| part.prop_uint("objects"));
    let steps = fields.within_opt("steps", |part| part.prop_uint("most"));
    let confirmed = fields.within_opt("confirmed", |part| {
        let (by, on) = (part.prop_text("by"), part.prop_text("on"));
        // The day is read as a time so that it is one; the text is what is kept.
        let _day = part.prop_time_from("on");
        Some((by?.value.to_owned(), on?.value.to_owned()))
    });
    Some(Evidence {
        name: name.value.to_string(),
        version,
        of: of.into_iter().collect::<Option<_>>()?,
        fixtures: fixtures.into_iter().collect::<Option<_>>()?,
        round_trips: round_trips.flatten().map_or(0, |objects| objects.value),
        steps: steps.flatten().map(|steps| steps.value),
        confirmed: confirmed.flatten(),
    })
}

/// Two hashes of one name would be evidence of two versions at once.
fn once(part: &mut Fields<'_, '_>, known: &mut BTreeSet<String>, name: &str, span: Span) {
    if !known.insert(name.to_owned()) {
        let message = format!("`{}` stands twice", name.escape_debug());
        part.error(&codes::REPEATED, span, message);
    }
}

fn sha256(fields: &mut Fields<'_, '_>) -> Option<Digest> {
    let text = fields.prop_text("sha256")?;
    let digest = Digest::parse(text.value);
    if digest.is_none() {
        fields.error(&codes::BAD_DIGEST, text.span, "this is no SHA-256");
    }
    digest
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::{Evidence, FixtureEvidence, Measured, Missing, read, tier};
    use lockgate_bytes::Digest;
    use lockgate_notation::{Diagnostics, Document};

    fn complete() -> Evidence {
        let fixture = |name: &str| FixtureEvidence { name: name.to_owned(), sha256: Digest([3; 32]) };
        Evidence {
            name: "spot".to_owned(),
            version: "1.0".to_owned(),
            of: vec![Measured { file: "type.kdl".to_owned(), sha256: Digest([0xAF; 32]) }],
            fixtures: vec![fixture("release-a"), fixture("hold-b")],
            round_trips: 2,
            steps: Some(9),
            confirmed: Some(("a \"b\" \\".to_owned(), "2026-03-01".to_owned())),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let document = Document::parse("evidence.kdl", complete().to_kdl().as_bytes()).unwrap();
        let mut diagnostics = Diagnostics::new();
        assert_eq!(read(&document, "spot", &mut diagnostics), Some(complete()), "{}", diagnostics.render());
        assert!(diagnostics.is_empty(), "{}", diagnostics.render());
    }

    #[test]
    fn nothing_is_measured_twice() {
        let sha = Digest([7; 32]);
        for twice in
            [format!("of \"type.kdl\" sha256=\"{sha}\""), format!("fixture \"hold-b\" sha256=\"{sha}\"")]
        {
            let text = complete().to_kdl().replace("    round-trip", &format!("    {twice}\n    round-trip"));
            let document = Document::parse("evidence.kdl", text.as_bytes()).unwrap();
            let mut diagnostics = Diagnostics::new();
            let _ = read(&document, "spot", &mut diagnostics);
            let codes: Vec<&str> = diagnostics.iter().map(|found| found.code).collect();
            assert_eq!(codes, ["B005"], "{twice}");
        }
    }

    #[test]
    fn tier_1_lacks_whatever_is_taken_away() {
        let present = [Measured { file: "type.kdl".to_owned(), sha256: Digest([0xAF; 32]) }];
        assert_eq!(tier(Some(&complete()), "1.0", &present), (1, vec![]));
        assert_eq!(tier(None, "1.0", &present), (2, vec![Missing::Evidence]));
        let lacks = |change: fn(&mut Evidence), missing: Missing| {
            let mut evidence = complete();
            change(&mut evidence);
            assert_eq!(tier(Some(&evidence), "1.0", &present), (2, vec![missing]));
        };
        lacks(|evidence| evidence.version.clear(), Missing::Version);
        lacks(|evidence| evidence.round_trips = 0, Missing::RoundTrip);
        lacks(|evidence| evidence.steps = None, Missing::Steps);
        lacks(|evidence| drop(evidence.fixtures.remove(0)), Missing::ReleaseFixture);
        lacks(|evidence| drop(evidence.fixtures.pop()), Missing::OtherFixture);
        lacks(|evidence| drop(evidence.of.pop()), Missing::PresentBytes("type.kdl".to_owned()));
        let other = |file: &str| Measured { file: file.to_owned(), sha256: Digest([1; 32]) };
        let mut stale = complete();
        stale.of.push(other("rules.kdl"));
        let missing = |file: &str| [Missing::PresentBytes(file.to_owned())];
        assert_eq!(stale.missing("1.0", &present), missing("rules.kdl"), "the rules are gone");
        let present = [present, [other("point/type.kdl")]].concat();
        assert_eq!(
            complete().missing("1.0", &present),
            missing("point/type.kdl"),
            "a type in it is not measured"
        );
    }
}
