//! `lockgate words check`: what the lists of a lane find in a text that somebody tries.
//!
//! The text is the user's own: what it was read as is shown to them, and neither stands in a fault or a log.

use crate::args::WordsCheckArgs;
use crate::exit::{Exit, Fault};
use crate::show::table::printable;
use crate::{files, lane};
use lockgate_core::{Json, Tried};
use std::io::{self, Write};

/// Most bytes of one text.
const BYTES_MAX: u64 = 16 << 20;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where lane or text cannot be read, or the output fails.
pub(crate) fn check(args: &WordsCheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let policy = lane::policy(&args.lane, args.bundle.as_deref())?;
    let tried = match args.text.as_str() {
        "-" => policy.try_text(&standard_input()?),
        text => policy.try_text(text),
    };
    let Ok(tried) = tried else {
        return Err(Fault::new(
            "the text is too long to be tried at once: an object with it would be refused (LG-F006)",
        ));
    };
    for found in &tried {
        if json { line(found, out)? } else { lines(found, out)? }
    }
    match (tried.len(), json) {
        (_, true) => {}
        (0, false) => writeln!(out, "nothing found")?,
        (1, false) => writeln!(out, "1 hit")?,
        (many, false) => writeln!(out, "{many} hits")?,
    }
    Ok(Exit::negative_if(!tried.is_empty()))
}

fn standard_input() -> Result<String, Fault> {
    let bytes =
        files::drain(io::stdin().lock(), BYTES_MAX).map_err(|error| Fault::of("standard input", &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new("standard input: not UTF-8; no field of an object may hold it"))
}

fn line(found: &Tried, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("code", found.code.id());
    json.text("verdict", found.outcome.name());
    json.text_or_null("list", found.word.as_ref().map(|(list, ..)| &**list));
    match &found.word {
        Some((_, mode, _)) => {
            json.number("term", nth(found));
            json.text("mode", mode.name());
        }
        None => {
            json.null("term");
            json.null("mode");
        }
    }
    json.span("span", found.span);
    json.text_or_null("read_as", found.read_as.as_deref());
    json.text("says", found.code.says());
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(found: &Tried, out: &mut dyn Write) -> Result<(), Fault> {
    let (start, end) = (found.span.start, found.span.end);
    let (verdict, code, says) = (found.outcome.name(), found.code, found.code.says());
    let Some((list, mode, _)) = &found.word else {
        return writeln!(out, "{verdict:<8}{code} [{start}..{end}]: {says}").map_err(Fault::from);
    };
    writeln!(out, "{verdict:<8}{code} {list}, term {} [{start}..{end}]: {says}", nth(found))?;
    match &found.read_as {
        Some(letters) => writeln!(out, "        read as {}, a {} word", printable(letters), mode.name()),
        None => writeln!(out, "        as it stands there"),
    }
    .map_err(Fault::from)
}

/// Which term of its list it is: the first is 1.
fn nth(found: &Tried) -> usize {
    let term = found.word.as_ref().and_then(|(_, _, term)| usize::try_from(*term).ok());
    term.unwrap_or(0).saturating_add(1)
}
