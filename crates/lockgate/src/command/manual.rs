//! Completions and manual pages, both made from the one declaration of the command line.

use crate::args::Cli;
use crate::exit::{Exit, Fault};
use crate::files;
use clap::CommandFactory;
use std::io::Write;
use std::path::Path;

/// Prints the completions for a shell.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(crate) fn completions(
    shell: clap_complete::Shell,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    // The generator does not report that its output failed, so it writes to memory first.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lockgate", &mut text);
    if json {
        let mut line = String::new();
        let mut object = lockgate_core::Json::object(&mut line);
        object.text("shell", &shell.to_string());
        object.text("script", &String::from_utf8_lossy(&text));
        object.end();
        writeln!(out, "{line}")?;
    } else {
        out.write_all(&text)?;
    }
    Ok(Exit::Good)
}

/// Writes a page for the program and for each command into `folder`.
///
/// # Errors
/// [`Fault`] where the folder is none, or a page cannot be written.
pub(crate) fn pages(folder: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if !folder.is_dir() {
        return Err(Fault::new(format!("{}: no such folder; make it first", folder.display())));
    }
    let mut command = Cli::command();
    command.build();
    let mut waiting = vec![("lockgate".to_owned(), command)];
    while let Some((name, command)) = waiting.pop() {
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).title(name.clone()).render(&mut page)?;
        let path = folder.join(format!("{name}.1"));
        files::replace(&path, &page).map_err(|error| Fault::of(path.display(), &error))?;
        let shown = path.to_string_lossy();
        if json {
            let mut line = String::new();
            let mut object = lockgate_core::Json::object(&mut line);
            object.text("path", &shown);
            object.end();
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{shown}")?;
        }
        let inner =
            command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
        let inner: Vec<_> =
            inner.map(|inner| (format!("{name}-{}", inner.get_name()), inner.clone())).collect();
        waiting.extend(inner.into_iter().rev());
    }
    Ok(Exit::Good)
}
