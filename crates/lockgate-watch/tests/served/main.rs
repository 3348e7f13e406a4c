//! A watch as others meet it: over its sockets, beside a lane that runs at full speed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::string_slice,
    clippy::float_arithmetic,
    reason = "a test stops where something is not as it should be, and says what it measured"
)]

mod control;
mod exposition;
mod fake;
mod hostile;
mod metrics;
