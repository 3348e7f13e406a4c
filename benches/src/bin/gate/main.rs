//! Measures a whole lane, as it ships, between two sockets: datagrams in, decided, on record on disk, datagrams out; a
//! bare forwarder beside it in the same run. Prints one JSON line a figure: `{"name":..,"value":..,"unit":..}`, and one
//! `{"name":"note","text":..}` for what this machine, as busy as it is, did not let it measure.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::exit,
    reason = "a measuring program: it prints figures about traffic of its own making"
)]

#[cfg(target_os = "linux")]
mod beside;
#[cfg(target_os = "linux")]
mod busy;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod lines;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
mod processors;
#[cfg(target_os = "linux")]
mod record;
#[cfg(target_os = "linux")]
mod wire;

use std::process::ExitCode;

/// 0: everything was measured. 1: not everything, and a note says what. 2: nothing can be measured here.
#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match parts::measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(says) => {
            eprintln!("gate: {says}");
            ExitCode::from(2)
        }
    }
}

/// The data plane is Linux only.
#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("gate: lanes run on Linux only; nothing was measured");
    ExitCode::SUCCESS
}
