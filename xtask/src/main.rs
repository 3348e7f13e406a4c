//! The project's own checks and measurements, run as `cargo xtask COMMAND`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::float_arithmetic,
    reason = "a developer's command over our own files: it prints, and a fault in it is a failed check, never a verdict"
)]

mod bars;
mod code;
mod compare;
mod detection;
mod finding;
mod fuzz;
mod house;
mod outside;
mod process;
#[path = "../../crates/lockgate-deep/tests/samples/mod.rs"]
mod samples;
mod tidy;
mod tree;

use std::process::ExitCode;

const HELP: &str = "\
The project's own checks and measurements.

usage: cargo xtask COMMAND

  tidy                   what the house rules say and no compiler checks
  bars                   every figure that is asked for, measured, as one table
  bench-compare PATH     the same measurements here and in a second checkout, as ratios
  fuzz TARGET [SECONDS]  one fuzz target, guided by coverage (60 s unless told)
  fuzz --prove           show that the instrumented build finds a planted fault
  detection [PROGRAM]    what the slow path sees in the corpus of files, and how often it cries wolf; by a program that is
                         built already, or by one built for it
  make-scan FILE         write the scan of 50 pages that the slow path is measured with
  samples FOLDER         write the documents of our own making that hide text, and those that do not
  oracles                compare with independent implementations (workspaces under oracles/)
  peers                  measure other engines on the same events (benches/peers)

exit codes: 0 all holds, 1 something does not, 2 a fault or bad usage

examples:
  cargo xtask tidy
  cargo xtask fuzz time 300
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["bars"] => bars::run(),
        ["bench-compare", path] => compare::run(path),
        ["fuzz", "--prove"] => fuzz::prove(),
        ["fuzz", target] => fuzz::fuzz(target, "60"),
        ["fuzz", target, seconds] if seconds.parse::<u32>().is_ok() => fuzz::fuzz(target, seconds),
        ["detection"] => detection::run(None),
        ["detection", program] => detection::run(Some(std::path::Path::new(program))),
        ["make-scan", file] => bars::timed(&tree::root(), "slow", &["make-scan", file]).map(|_| true),
        ["samples", folder] => detection::write_samples(std::path::Path::new(folder)).map(|()| true),
        ["oracles"] => outside::oracles(),
        ["peers"] => outside::peers(),
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
