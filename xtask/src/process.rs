//! Starting other programs.

use std::process::{Command, Stdio};

/// Runs `command` with its output passed through; true where it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<bool, String> {
    let status = command.stdin(Stdio::null()).status().map_err(|fault| not_started(command, &fault))?;
    Ok(status.success())
}

/// Runs `command` and takes what it prints; an error where it fails.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    match output_of_all(command)? {
        (printed, None) => Ok(printed),
        (_, Some(failed)) => Err(failed),
    }
}

/// Runs `command` and takes what it prints, however it ends; and in words, where it does not end well.
pub(crate) fn output_of_all(command: &mut Command) -> Result<(String, Option<String>), String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|fault| not_started(command, &fault))?;
    let failed = (!out.status.success()).then(|| format!("{} ended with {}", shown(command), out.status));
    Ok((String::from_utf8_lossy(&out.stdout).into_owned(), failed))
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo tells a program that it runs must not reach a cargo that this program starts for another workspace.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

fn not_started(command: &Command, fault: &std::io::Error) -> String {
    format!("{} does not start: {fault}", shown(command))
}

fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> =
        std::iter::once(command.get_program().to_string_lossy().into_owned()).chain(words).collect();
    words.join(" ")
}
