//! `rules/types/<type>/evidence.kdl`: what was measured, on which bytes.

use super::Tried;
use super::report::Report;
use crate::exit::Fault;
use crate::files;
use crate::fixture::Fixture;
use lockgate_bundle::{Bundle, Evidence, FixtureEvidence};
use lockgate_bytes::Digest;
use lockgate_notation::Document;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

/// Writes the evidence of every type that a lane carries and whose fixtures are all as expected. False where one of
/// them has none to write.
pub(super) fn record(
    rules: &Path,
    bundle: &Bundle,
    tried: &[Tried<'_>],
    wanted: &BTreeSet<&str>,
    report: &mut Report<'_>,
) -> Result<bool, Fault> {
    let mut whole = true;
    for (name, evidence) in measured(bundle, tried, wanted) {
        let Some(evidence) = evidence else {
            whole = false;
            report.stray(&format!(
                "{name}: no evidence was recorded, since not every fixture is as expected"
            ))?;
            continue;
        };
        let path = rules.join("types").join(name).join("evidence.kdl");
        files::replace(&path, evidence.to_kdl().as_bytes())
            .map_err(|error| Fault::of(path.display(), &error))?;
        report.recorded(&path)?;
    }
    Ok(whole)
}

/// Says for which types the recorded evidence is not what was measured now. True where it is so for any.
pub(super) fn compare(
    bundle: &Bundle,
    tried: &[Tried<'_>],
    wanted: &BTreeSet<&str>,
    report: &mut Report<'_>,
) -> Result<bool, Fault> {
    let mut stale = false;
    for (name, evidence) in measured(bundle, tried, wanted) {
        let recorded = bundle.files().get(&format!("types/{name}/evidence.kdl"));
        let same = evidence.as_ref().is_some_and(|evidence| {
            let written = evidence.to_kdl();
            recorded.is_some_and(|recorded| {
                std::str::from_utf8(recorded)
                    .is_ok_and(|recorded| but_steps(recorded).eq(but_steps(&written)))
            })
        });
        if !same && evidence.is_some() {
            stale = true;
            let what = if recorded.is_some() {
                "is of other bytes than the present ones"
            } else {
                "is not recorded"
            };
            report.stray(&format!("{name}: the evidence {what}; run `lockgate check --record-evidence`"))?;
        }
    }
    Ok(stale)
}

/// The lines of evidence but the count of steps, which is that of one engine and not of the type.
fn but_steps(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("    steps "))
}

/// The lines of evidence that say what was measured: version, files and fixtures.
fn what_was_seen(text: &str) -> impl Iterator<Item = &str> {
    let seen = ["evidence ", "    of ", "    fixture "];
    text.lines().filter(move |line| seen.iter().any(|start| line.starts_with(start)))
}

/// The evidence of each wanted type that a lane carries; `None` where its fixtures do not give any.
fn measured<'b>(
    bundle: &'b Bundle,
    tried: &[Tried<'_>],
    wanted: &BTreeSet<&str>,
) -> Vec<(&'b str, Option<Evidence>)> {
    let mut found = Vec::new();
    for (kind, ..) in bundle.types() {
        let (name, version) = (kind.model().name.as_str(), kind.model().version.as_str());
        let carried = bundle.lanes().any(|lane| crate::fixture::lane_type(lane, name).is_some());
        if carried && wanted.contains(name) {
            found.push((name, of(name, version, bundle, tried)));
        }
    }
    found
}

fn of(name: &str, version: &str, bundle: &Bundle, tried: &[Tried<'_>]) -> Option<Evidence> {
    let own: Vec<&Tried<'_>> = tried.iter().filter(|one| one.fixture.kind == name).collect();
    if own.is_empty() || own.iter().any(|one| !one.judged.wrong.is_empty()) {
        return None;
    }
    let fixtures =
        own.iter().map(|one| FixtureEvidence { name: one.fixture.name.clone(), sha256: folder(one.fixture) });
    let measured = Evidence {
        name: name.to_owned(),
        version: version.to_owned(),
        of: bundle.present_files(name).to_vec(),
        fixtures: fixtures.collect(),
        round_trips: u64::try_from(own.iter().filter(|one| one.judged.round_trip).count()).unwrap_or(0),
        steps: own.iter().map(|one| one.judged.steps).max(),
        confirmed: None,
    };
    // What people confirmed is these verdicts on these bytes, and says nothing of others.
    let confirmed = confirmed(bundle, name, &measured);
    Some(Evidence { confirmed, ..measured })
}

/// Who confirmed the expected verdicts: people write that, and it is kept while version, files and fixtures are those that
/// they saw.
fn confirmed(bundle: &Bundle, name: &str, measured: &Evidence) -> Option<(String, String)> {
    let path = format!("types/{name}/evidence.kdl");
    let recorded = bundle.files().get(&path)?;
    if !what_was_seen(std::str::from_utf8(recorded).ok()?).eq(what_was_seen(&measured.to_kdl())) {
        return None;
    }
    let document = Document::parse(&path, recorded).ok()?;
    let top = document.root.children.first()?;
    let part = top.children.iter().find(|part| part.name == "confirmed")?;
    let text = |name: &str| {
        let prop = part.props.iter().find(|prop| prop.name == name)?;
        prop.value.text().map(str::to_owned)
    };
    Some((text("by")?, text("on")?))
}

/// The hash of a fixture: of the names and the hashes of its files, in order of name.
fn folder(fixture: &Fixture) -> Digest {
    let mut hash = Sha256::new();
    for (name, bytes) in &fixture.files {
        hash.update(sha256(bytes).0);
        hash.update(u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(name.as_bytes());
    }
    Digest(hash.finalize().into())
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}
