//! Text in pictures, read by the program of others that is on this machine: what it reads is handed over with its place, what
//! it cannot do is said, and the jail that it runs in holds.
//!
//! Run by `cargo test`; a program of its own, since it is started again as worker and as reader.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::exit,
    clippy::float_arithmetic,
    dead_code,
    reason = "a program of its own, that tries what no other may"
)]

#[cfg(target_os = "linux")]
#[path = "reader/draw.rs"]
mod draw;
#[cfg(target_os = "linux")]
#[path = "reader/escape.rs"]
mod escape;
#[cfg(target_os = "linux")]
#[path = "reader/forged.rs"]
mod forged;
#[cfg(target_os = "linux")]
#[path = "reader/reads.rs"]
mod reads;
#[cfg(target_os = "linux")]
mod samples;

#[cfg(not(target_os = "linux"))]
fn main() {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: there is a jail on Linux only");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(first) if first == lockgate_deep::COMMAND => lockgate_deep::work(&lockgate_deep::Limits::USUAL),
        Some(first) if first == lockgate_deep::READER_COMMAND => lockgate_deep::become_reader(arguments),
        // Standing in for the program of others, in its jail.
        Some(first) if first == "stdin" => escape::attempt(),
        Some(first) if first.to_str().is_some_and(forged::is_forger) => {
            forged::forge(first.to_str().unwrap_or_default())
        }
        Some(first) if first == "recall" => {
            reads::recall();
            std::process::ExitCode::SUCCESS
        }
        _ => {
            let wrong = escape::judge() + reads::judge();
            std::process::ExitCode::from(wrong)
        }
    }
}
