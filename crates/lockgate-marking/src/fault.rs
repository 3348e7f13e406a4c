//! What is wrong with an authored file: a policy, a profile, an equivalence, the terms of a lane.

use alloc::string::String;
use core::fmt;

/// Whether a finding in an authored file stops the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the file loads.
    Warning,
    /// The file does not load.
    Error,
}

impl Severity {
    /// The word used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A fault in authored data, found when it is compiled. The codes are listed in [`crate::spif::CODES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code, `P0xx`.
    pub code: &'static str,
    /// What is wrong and what to do about it, in one sentence.
    pub says: String,
    /// The word of the author that it is about, such as a level name; empty where there is none.
    pub name: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, name: impl Into<String>, says: impl Into<String>) -> Self {
        Self { code, says: says.into(), name: name.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.says)
    }
}
