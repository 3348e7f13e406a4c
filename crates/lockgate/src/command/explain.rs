//! `lockgate explain`: the full account of a verdict, the whole way of an object, or what a code means.

use crate::args::ExplainArgs;
use crate::command::inspect::Engine;
use crate::command::way;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::lane::Lane;
use crate::show::{Form, table::wrap};
use crate::{codes, names};
use lockgate_core::Json;
use std::io::{self, Write};
use std::path::Path;

/// Characters of a line of explanation.
const WIDTH: usize = 78;

/// Runs the command: a file where a lane is named, an object of the log where a deployment is, a code otherwise.
///
/// # Errors
/// [`Fault`] where lane, file or code cannot be found, or the output fails.
pub(crate) fn run(args: &ExplainArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    match (&args.lane, &args.config) {
        (Some(lane), _) => account(args, lane, json, out),
        (None, Some(config)) => match way::digest(&args.what) {
            Some(digest) => way::run(digest, config, json, out),
            None => Err(Fault::new(format!("{}: not a SHA-256; it has 64 hexadecimal digits", args.what))),
        },
        (None, None) if way::digest(&args.what).is_some() => {
            Err(Fault::new(format!("{}: which log tells of it? Say --config DEPLOYMENT.kdl", args.what)))
        }
        (None, None) => code(&args.what, json, out),
    }
}

fn account(args: &ExplainArgs, lane: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let lane = Lane::open(lane, &args.with)?;
    let bytes = match args.what.as_str() {
        "-" => files::drain(io::stdin().lock(), files::OBJECT_BYTES_MAX),
        path => files::bounded(Path::new(path), files::OBJECT_BYTES_MAX),
    };
    let bytes = bytes.map_err(|error| {
        Fault::new(format!("{}: LG-F004 could not be read, so it does not cross: {error}", args.what))
    })?;
    let form = if json { Form::Json { record: false } } else { Form::Account };
    let mut engine = Engine::new(&lane, form, out);
    engine.file(&args.what, &bytes, Some(Path::new(&args.what)))?;
    let tally = engine.tally;
    Ok(Exit::negative_if(tally.released != tally.objects))
}

fn code(id: &str, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if Path::new(id).exists() {
        return Err(Fault::new(format!("{id}: which lane decides? Say --lane rules/lanes/NAME.kdl")));
    }
    let known = codes::explained();
    let asked = id.to_ascii_uppercase();
    let Some(found) = known.iter().find(|code| code.id == asked) else {
        let known: Vec<&str> = known.iter().map(|code| code.id).collect();
        let near = lockgate_notation::closest(&asked, known.iter().copied());
        return Err(Fault::new(match near {
            Some(_) => names::unknown("code", id, &known),
            None => format!("no code \"{id}\" here, and no file; docs/REASONS.md lists every code"),
        }));
    };
    let reason = lockgate_reason::named(found.id);
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("code", found.id);
        object.text("family", &found.family);
        object.text_or_null("outcome", found.outcome);
        object.text("says", found.says);
        object.text_or_null("cause", found.cause);
        object.text_or_null("example", found.example);
        object.text_or_null("for", reason.map(|code| code.who().name()));
        object.text_or_null("remedy", found.remedy);
        object.end();
        writeln!(out, "{line}")?;
        return Ok(Exit::Good);
    }
    writeln!(out, "{}  {}", found.id, found.says)?;
    paragraph("about", Some(&found.family), out)?;
    paragraph("outcome", found.outcome, out)?;
    paragraph("cause", found.cause, out)?;
    paragraph("example", found.example, out)?;
    paragraph("for", reason.map(codes::who_acts).as_deref(), out)?;
    paragraph("remedy", found.remedy, out)?;
    let may = reason.is_some_and(lockgate_core::is_answerable);
    paragraph("people", may.then_some("may answer it where it holds, on lanes that let them"), out)?;
    Ok(Exit::Good)
}

fn paragraph(head: &str, text: Option<&str>, out: &mut dyn Write) -> Result<(), Fault> {
    let lines = wrap(text.unwrap_or(""), WIDTH.saturating_sub(10));
    for (at, line) in lines.iter().enumerate().filter(|_| text.is_some()) {
        writeln!(out, "  {:<9} {line}", if at == 0 { head } else { "" })?;
    }
    Ok(())
}
