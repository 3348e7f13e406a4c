//! `lockgate fmt`: authored files in the one canonical layout.

use crate::args::FmtArgs;
use crate::exit::{Exit, Fault, complain};
use crate::files;
use crate::show::table::printable;
use lockgate_core::Json;
use lockgate_notation::Diagnostics;
use std::io::Write;
use std::path::Path;

/// Most bytes that are read of a file; the notation itself takes 1 MiB and says so.
const BYTES_MAX: u64 = 16 << 20;

/// What became of one file.
enum State {
    Unchanged,
    Changed,
    WouldChange,
    Faulty(Diagnostics),
    Unreadable(String),
}

impl State {
    fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::WouldChange => "would-change",
            Self::Faulty(_) => "faulty",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Runs the command. In folders it looks at `.kdl` files only; a file that is named is taken whatever it is called.
///
/// # Errors
/// [`Fault`] where the output fails; a file that cannot be laid out is reported and left as it is, and the others go
/// on.
pub(crate) fn run(args: &FmtArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let (mut seen, mut changed, mut faulty) = (0_usize, 0_usize, false);
    for path in &args.paths {
        let found = match files::walk(path) {
            Ok(found) => found,
            Err(error) => {
                complain(&format!("{}: {error}", path.display()));
                faulty = true;
                continue;
            }
        };
        let named = |file: &Path| file == path.as_path() || file.extension().is_some_and(|end| end == "kdl");
        for file in found.iter().filter(|file| named(file)) {
            let state = lay_out(file, args.check);
            seen = seen.saturating_add(1);
            changed =
                changed.saturating_add(usize::from(matches!(state, State::Changed | State::WouldChange)));
            faulty |= matches!(state, State::Faulty(_) | State::Unreadable(_));
            show(file, &state, json, out)?;
        }
    }
    if !json {
        let noun = if seen == 1 { "file" } else { "files" };
        let verb = if args.check { "would change" } else { "changed" };
        writeln!(out, "{seen} {noun}, {changed} {verb}")?;
    }
    Ok(match (faulty, args.check) {
        (true, _) => Exit::Faulty,
        (false, check) => Exit::negative_if(check && changed > 0),
    })
}

fn lay_out(file: &Path, check: bool) -> State {
    let unreadable = |error: std::io::Error| State::Unreadable(error.to_string());
    let text = match files::bounded(file, BYTES_MAX) {
        Ok(text) => text,
        Err(error) => return unreadable(error),
    };
    match lockgate_notation::format(&text, &file.to_string_lossy()) {
        Err(diagnostics) => State::Faulty(diagnostics),
        Ok(layout) if layout.as_bytes() == text => State::Unchanged,
        Ok(_) if check => State::WouldChange,
        Ok(layout) => match files::replace(file, layout.as_bytes()) {
            Ok(()) => State::Changed,
            Err(error) => unreadable(error),
        },
    }
}

fn show(file: &Path, state: &State, json: bool, out: &mut dyn Write) -> Result<(), Fault> {
    match state {
        State::Faulty(diagnostics) => {
            complain(&format!("left as it is\n\n{}", diagnostics.render().trim_end()))
        }
        State::Unreadable(error) => complain(&format!("{}: {error}", file.display())),
        State::Unchanged | State::Changed | State::WouldChange => {}
    }
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("path", &file.to_string_lossy());
        object.text("state", state.word());
        object.end();
        return writeln!(out, "{line}").map_err(Fault::from);
    }
    match state {
        State::Changed | State::WouldChange => {
            writeln!(out, "{:<13}{}", state.word().replace('-', " "), printable(&file.to_string_lossy()))
                .map_err(Fault::from)
        }
        State::Unchanged | State::Faulty(_) | State::Unreadable(_) => Ok(()),
    }
}
