//! Whether the time can be trusted, and why not.

use std::fmt;

/// Whether the time can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockState {
    /// It can.
    Good,
    /// The system's clock was set by this much, ahead or back.
    Stepped {
        /// Positive where it was set ahead.
        by_ns: i64,
    },
    /// The system's clock is this much behind the last time in the log.
    Behind {
        /// How much.
        by_ns: i64,
    },
    /// The time daemon does not confirm the clock.
    Unsynchronised,
}

impl ClockState {
    /// The step, where there was one.
    pub(crate) fn step_ns(self) -> i64 {
        match self {
            Self::Stepped { by_ns } => by_ns,
            Self::Behind { by_ns } => by_ns.saturating_neg(),
            Self::Good | Self::Unsynchronised => 0,
        }
    }

    /// True where objects may be released.
    pub(crate) fn is_good(self) -> bool {
        self == Self::Good
    }
}

impl fmt::Display for ClockState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => out.write_str("the clock is good"),
            Self::Stepped { by_ns } => {
                write!(out, "the system's clock was set by {}", seconds(*by_ns))
            }
            Self::Behind { by_ns } => {
                write!(out, "the system's clock is {} behind the last time in the log", seconds(*by_ns))
            }
            Self::Unsynchronised => out.write_str("the time daemon does not confirm the system's clock"),
        }
    }
}

/// Seconds with their sign, to a millisecond.
fn seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let millis = nanos.unsigned_abs().wrapping_div(1_000_000);
    format!("{sign}{}.{:03} s", millis.wrapping_div(1000), millis.wrapping_rem(1000))
}
