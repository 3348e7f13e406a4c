//! `lockgate check --config FILE`: whether a deployment is ready to run.

use super::report;
use crate::deployment::{self, Ready};
use crate::exit::{Exit, Fault};
use crate::show::table::printable;
use crate::{clock, ocr};
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_deployment::{Deployment, Reception};
use lockgate_notation::Diagnostics;
use std::io::Write;
use std::path::Path;

/// Looks at everything that the deployment names; opens no socket and writes nothing.
///
/// # Errors
/// [`Fault`] where the file cannot be read, or the output fails. A deployment that is not ready is a negative check;
/// warnings alone are not.
pub(super) fn run(config: &Path, now: Option<&str>, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = clock::given(now)?;
    if let Some(far) = deployment::read_far(config)? {
        return run_far(far, config, now, json, out);
    }
    let (found, ready) = match deployment::read(config)? {
        Ok(deployment) => {
            let (found, ready) = deployment::findings(&deployment, now);
            (found, Some((deployment, ready)))
        }
        Err(found) => (found, None),
    };
    let bad = found.has_errors();
    if json {
        lines(&found, ready.as_ref(), out)?;
    } else {
        text(&found, ready.as_ref(), config, out)?;
    }
    Ok(Exit::negative_if(bad))
}

/// The same for the file of a far side.
fn run_far(
    far: Result<Reception, Diagnostics>,
    config: &Path,
    now: Time,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let (found, name) = match far {
        Ok(far) => {
            let mut found = far.diagnostics();
            deployment::look::look_far(&far, now, &mut found);
            (found, Some(far.name))
        }
        Err(found) => (found, None),
    };
    let bad = found.has_errors();
    if json {
        let mut line = String::new();
        diagnostics(&found, &mut line);
        let (errors, warnings) = deployment::count(&found);
        let mut json = Json::object(&mut line);
        json.text("kind", "end");
        json.boolean("good", !bad);
        json.text_or_null("receiver", name.as_deref());
        json.number("errors", errors);
        json.number("warnings", warnings);
        json.end();
        writeln!(out, "{line}")?;
    } else {
        let shown = name.unwrap_or_else(|| printable(&config.to_string_lossy()));
        rendered(&found, &shown, out)?;
    }
    Ok(Exit::negative_if(bad))
}

/// Everything that was found, and the sum under it.
fn rendered(found: &Diagnostics, name: &str, out: &mut dyn Write) -> Result<(), Fault> {
    for line in found.render().lines() {
        writeln!(out, "{}", printable(line))?;
    }
    let (errors, warnings) = deployment::count(found);
    let word = if found.has_errors() { "not ready" } else { "ready" };
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let counts = format!("{}, {}", plural(errors, "error"), plural(warnings, "warning"));
    Ok(writeln!(out, "{name}: {word}; {counts}")?)
}

fn text(
    found: &Diagnostics,
    ready: Option<&(Deployment, Option<Ready>)>,
    config: &Path,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let shown =
        ready.map_or_else(|| printable(&config.to_string_lossy()), |(deployment, _)| deployment.name.clone());
    rendered(found, &shown, out)?;
    let Some((deployment, Some(Ready { trusted, reader }))) = ready else { return Ok(()) };
    let bundle = trusted.bundle();
    let names: Vec<&str> = trusted.signed().iter().map(|signer| signer.name.as_str()).collect();
    writeln!(
        out,
        "lane {} of {} revision {}, sha256:{}, signed by {}",
        deployment.lane.value,
        bundle.name(),
        bundle.revision(),
        bundle.digest(),
        names.join(", ")
    )?;
    if let Some(reader) = reader {
        writeln!(out, "{}", ocr::line(reader))?;
    }
    Ok(())
}

/// One line for each.
fn diagnostics(found: &Diagnostics, line: &mut String) {
    for diagnostic in found {
        let mut json = Json::object(line);
        json.text("kind", "diagnostic");
        report::shown(found, diagnostic, &mut json);
        json.end();
        line.push('\n');
    }
}

fn lines(
    found: &Diagnostics,
    ready: Option<&(Deployment, Option<Ready>)>,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let mut line = String::new();
    diagnostics(found, &mut line);
    let (errors, warnings) = deployment::count(found);
    let rests_on = ready.and_then(|(_, rests_on)| rests_on.as_ref());
    let trusted = rests_on.map(|ready| &ready.trusted);
    let mut json = Json::object(&mut line);
    json.text("kind", "end");
    json.boolean("good", !found.has_errors());
    json.text_or_null("deployment", ready.map(|(deployment, _)| deployment.name.as_str()));
    json.text_or_null("lane", ready.map(|(deployment, _)| deployment.lane.as_str()));
    let digest = trusted.map(|trusted| format!("sha256:{}", trusted.bundle().digest()));
    json.text_or_null("bundle", digest.as_deref());
    match trusted {
        Some(trusted) => {
            json.number("revision", usize::try_from(trusted.bundle().revision()).unwrap_or(usize::MAX));
        }
        None => json.null("revision"),
    }
    let reader = rests_on.and_then(|ready| ready.reader.as_ref()?.as_ref().ok());
    json.text_or_null("ocr", reader.map(String::as_str));
    json.number("errors", errors);
    json.number("warnings", warnings);
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}
