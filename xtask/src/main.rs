//! The project's own checks and measurements, run as `cargo xtask COMMAND`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a developer's command over our own files: it prints, and a fault in it is a failed check, never a verdict"
)]

mod code;
mod finding;
mod house;
mod tidy;
mod tree;

use std::process::ExitCode;

const HELP: &str = "\
The project's own checks and measurements.

usage: cargo xtask COMMAND

  tidy                   what the house rules say and no compiler checks
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(true)
        }
        _ => Err(format!("no such command: {}\n\n{HELP}", words.join(" "))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(says) => {
            eprintln!("xtask: {says}");
            ExitCode::from(2)
        }
    }
}
