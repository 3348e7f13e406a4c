//! `lockgate check`: compiles everything under `rules/`, judges every fixture, and says what is missing; with
//! `--config`, looks whether a deployment is ready to run; with `--new`, begins a type; with `--samples` or `--fields`, tells of one
//! type.

mod begin;
mod config;
mod evidence;
mod fields;
mod report;
mod samples;
mod types;

use crate::args::CheckArgs;
use crate::exit::{Exit, Fault};
use crate::fixture::{Fixture, Judged, judge};
use crate::{clock, deployment, files, names};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::Time;
use lockgate_schema::Type;
use report::Report;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fixture and what came of it.
pub(super) struct Tried<'f> {
    pub(super) fixture: &'f Fixture,
    pub(super) judged: Judged,
}

/// Runs the command.
///
/// # Errors
/// [`Fault`] where the rules cannot be found or read, a type is not known, or the output fails. Rules that do not
/// compile are a negative check.
pub(crate) fn run(args: &CheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if let Some(config) = &args.config {
        return config::run(config, args.now.as_deref(), json, out);
    }
    if let Some(name) = &args.new {
        return begin::run(name, args, json, out);
    }
    if let Some(path) = &args.samples {
        return samples::run(path, args, json, out);
    }
    if args.fields {
        return fields::run(args, json, out);
    }
    let rules = find(args.rules.as_deref())?;
    let authored = files::tree(&rules).map_err(|error| Fault::of(rules.display(), &error))?;
    let mut report = Report::new(json, out);
    let bundle = match Bundle::build_as(&authored, Strictness::Trial) {
        Ok(bundle) => bundle,
        Err(diagnostics) => {
            report.diagnostics(&diagnostics)?;
            report.does_not_compile(&rules)?;
            return Ok(Exit::Negative);
        }
    };
    report.diagnostics(bundle.warnings())?;
    ends_soon(&bundle, clock::given(args.now.as_deref())?, &mut report)?;
    let wanted = wanted(&args.types, &bundle)?;
    let (all, stray) = fixtures(&rules, &mut report)?;
    let mut bad = !stray.is_empty();
    stray.iter().try_for_each(|says| report.stray(says))?;
    let mut tried = Vec::new();
    for fixture in all.iter().filter(|fixture| wanted.contains(fixture.kind.as_str())) {
        let one = Tried { fixture, judged: judge(fixture, &all, &bundle) };
        bad |= !one.judged.wrong.is_empty();
        report.fixture(&one)?;
        tried.push(one);
    }
    let known: BTreeSet<&str> = bundle.types().map(|(kind, ..)| kind.model().name.as_str()).collect();
    for fixture in all.iter().filter(|fixture| !known.contains(fixture.kind.as_str())) {
        bad = true;
        report.stray(&format!("fixtures/{}/{}: the rules have no such type", fixture.kind, fixture.name))?;
    }
    for (kind, ..) in bundle.types().filter(|(kind, ..)| wanted.contains(kind.model().name.as_str())) {
        let state = types::State::of(kind, &bundle, &tried);
        bad |= state.is_negative();
        report.kind(&state)?;
    }
    if args.record_evidence {
        bad |= !evidence::record(&rules, &bundle, &tried, &wanted, &mut report)?;
    } else {
        bad |= evidence::compare(&bundle, &tried, &wanted, &mut report)?;
    }
    report.end(bad)?;
    Ok(Exit::negative_if(bad))
}

/// What a lane rests on that ends within 30 days is a warning: people need that long to renew an agreement.
fn ends_soon(bundle: &Bundle, now: Time, report: &mut Report<'_>) -> Result<(), Fault> {
    for lane in bundle.lanes() {
        for expiry in bundle.expiries(lane.lane()) {
            let what = format!("lane {}: {} {}", lane.lane(), expiry.what.name(), expiry.name);
            if let Some((_, says)) = deployment::ends_soon(&what, expiry.until, now) {
                report.warning(&says)?;
            }
        }
    }
    Ok(())
}

/// The folder with `bundle.kdl`: the one that is named, or the nearest one.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Fault> {
    let start = named.unwrap_or(Path::new("."));
    files::rules_folder(start).filter(|found| named.is_none() || is_meant(found, start)).ok_or_else(|| {
        Fault::new(format!(
            "{}: no bundle.kdl here; name the folder that holds it, such as rules/",
            start.display()
        ))
    })
}

/// True where `found` is the folder that was named, or the `rules` folder in it.
fn is_meant(found: &Path, named: &Path) -> bool {
    let named = named.canonicalize().unwrap_or_default();
    found == named || found.parent() == Some(&named)
}

/// The types to check: those that are named, or all.
fn wanted<'b>(named: &[String], bundle: &'b Bundle) -> Result<BTreeSet<&'b str>, Fault> {
    let known: Vec<&str> = bundle.types().map(|(kind, ..)| kind.model().name.as_str()).collect();
    if named.is_empty() {
        return Ok(known.into_iter().collect());
    }
    let find = |name: &String| {
        let found = known.iter().copied().find(|known| known == name);
        found.ok_or_else(|| Fault::new(names::unknown("type", name, &known)))
    };
    named.iter().map(find).collect()
}

/// The one type that is asked about; `None` where the rules do not compile, which is told.
fn asked(args: &CheckArgs, json: bool, out: &mut dyn Write) -> Result<Option<Arc<Type>>, Fault> {
    let [name] = args.types.as_slice() else {
        return Err(Fault::new("name one type, such as: lockgate check buoy-report --samples recordings/"));
    };
    let rules = find(args.rules.as_deref())?;
    let authored = files::tree(&rules).map_err(|error| Fault::of(rules.display(), &error))?;
    match Bundle::build_as(&authored, Strictness::Trial) {
        Ok(bundle) => {
            wanted(&args.types, &bundle)?;
            let found = bundle.types().map(|(kind, ..)| kind).find(|kind| kind.model().name == *name);
            Ok(found.map(Arc::clone))
        }
        Err(diagnostics) => {
            let mut report = Report::new(json, out);
            report.diagnostics(&diagnostics)?;
            report.does_not_compile(&rules)?;
            Ok(None)
        }
    }
}

/// The fixtures beside `rules`, and what does not belong among them.
fn fixtures(rules: &Path, report: &mut Report<'_>) -> Result<(Vec<Fixture>, Vec<String>), Fault> {
    let folder = rules.parent().unwrap_or(Path::new(".")).join("fixtures");
    let files = if folder.is_dir() {
        files::tree(&folder).map_err(|error| Fault::of(folder.display(), &error))?
    } else {
        report.stray(&format!("{}: there is no such folder, so no fixture was judged", folder.display()))?;
        BTreeMap::new()
    };
    Ok(Fixture::load(&files))
}
