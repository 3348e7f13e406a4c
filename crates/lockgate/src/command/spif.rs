//! `lockgate spif check`: what is not consistent in a security policy file; `lockgate spif compare`: what another edition of it
//! says otherwise.

use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::table::Table;
use lockgate_core::Json;
use lockgate_marking::spif::{self, CHANGES, Change, SpifFinding};
use std::io::Write;
use std::path::Path;

/// Most bytes that are read of a file; the reader itself takes 1 MiB and says so.
const BYTES_MAX: u64 = 16 << 20;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where the file cannot be read, or the output fails.
pub(crate) fn check(file: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let bytes = files::bounded(file, BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))?;
    let findings = spif::check(&bytes);
    if json {
        findings.iter().try_for_each(|finding| line(finding, out))?;
    } else {
        table(file, &findings, out)?;
    }
    Ok(Exit::negative_if(!findings.is_empty()))
}

/// Runs `spif compare`; exit 1 where an old label means something else by the new file.
///
/// # Errors
/// [`Fault`] where a file cannot be read, or is no policy file, or the output fails.
pub(crate) fn compare(old: &Path, new: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let read =
        |file: &Path| files::bounded(file, BYTES_MAX).map_err(|error| Fault::of(file.display(), &error));
    let changes = spif::compare(&read(old)?, &read(new)?).ok_or_else(|| {
        let (old, new) = (old.display(), new.display());
        Fault::new(format!(
            "{old}, {new}: not both are policy files; `lockgate spif check` says what is wrong"
        ))
    })?;
    if json {
        changes.iter().try_for_each(|change| change_line(change, out))?;
    } else {
        change_table(&changes, out)?;
    }
    Ok(Exit::negative_if(changes.iter().any(is_misread)))
}

/// True where an old label means something else by the new file.
fn is_misread(change: &Change) -> bool {
    CHANGES.iter().any(|(what, misread, _)| *what == change.what && *misread)
}

fn change_line(change: &Change, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("what", change.what);
    json.boolean("misread", is_misread(change));
    json.text("says", &change.says);
    json.text("of", &change.of);
    json.texts("names", change.names.iter().map(String::as_str));
    json.texts("codes", change.codes.iter().map(String::as_str));
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn change_table(changes: &[Change], out: &mut dyn Write) -> Result<(), Fault> {
    if changes.is_empty() {
        return writeln!(out, "no difference in levels, values or members").map_err(Fault::from);
    }
    let mut table = Table::new(&["what", "in", "what is otherwise"]);
    for change in changes {
        let concerned = [change.names.join(", "), change.codes.join(", ")];
        let concerned: Vec<&str> =
            concerned.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        table.row([change.what, &change.of, &format!("{} ({})", change.says, concerned.join("; "))]);
    }
    table.write(out)?;
    let misread = changes.iter().filter(|change| is_misread(change)).count();
    writeln!(out, "{} changes; by {misread} of them an old label means something else", changes.len())
        .map_err(Fault::from)
}

fn line(finding: &SpifFinding, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("code", finding.code);
    json.text("says", &finding.says);
    json.text("where", &finding.where_);
    json.texts("names", finding.names.iter().map(String::as_str));
    json.texts("codes", finding.codes.iter().map(String::as_str));
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn table(file: &Path, findings: &[SpifFinding], out: &mut dyn Write) -> Result<(), Fault> {
    if findings.is_empty() {
        return writeln!(out, "{}: no finding", file.display()).map_err(Fault::from);
    }
    let mut table = Table::new(&["code", "", "line", "what is wrong"]);
    for finding in findings {
        let place = finding.where_.rsplit_once(':').map_or("", |(_, line)| line);
        let concerned = [finding.names.join(", "), finding.codes.join(", ")];
        let concerned: Vec<&str> =
            concerned.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let says = match concerned.is_empty() {
            true => finding.says.clone(),
            false => format!("{} ({})", finding.says, concerned.join("; ")),
        };
        table.row([finding.code, finding.severity.name(), place, &says]);
    }
    table.write(out)?;
    let errors =
        findings.iter().filter(|finding| finding.severity == lockgate_marking::Severity::Error).count();
    let warnings = findings.len().saturating_sub(errors);
    writeln!(out, "{}: {errors} errors, {warnings} warnings", file.display()).map_err(Fault::from)
}
