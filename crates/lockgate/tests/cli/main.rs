//! The command line as others meet it: through the built program, its exit codes, its output.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test stops where something is not as it should be"
)]

mod audit;
mod authored;
mod checks;
mod common;
mod guide;
mod hostile;
mod labels;
mod usage;
mod verdicts;
