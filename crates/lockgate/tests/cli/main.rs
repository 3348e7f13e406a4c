//! The command line as others meet it: through the built program, its exit codes, its output.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where something is not as it should be"
)]

mod asterix;
mod audit;
mod authored;
mod bindings;
mod checks;
mod common;
mod contract;
#[cfg(target_os = "linux")]
mod demo;
mod deployments;
mod guide;
#[cfg(unix)]
mod held;
mod hostile;
mod labels;
mod links;
mod markings;
mod messages;
mod pseudonyms;
mod released;
mod samples;
mod signing;
#[cfg(target_os = "linux")]
mod slow;
mod tak;
mod usage;
mod verdicts;
#[cfg(target_os = "linux")]
mod watch;
mod words;
