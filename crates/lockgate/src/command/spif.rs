//! `lockgate spif check`: what is not consistent in a security policy file.

use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::table::Table;
use lockgate_core::Json;
use lockgate_marking::spif::{self, SpifFinding};
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
