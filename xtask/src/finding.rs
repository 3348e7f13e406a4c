//! What a check found.

use std::fmt;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Worth a look; never fails a run.
    Warning,
    /// Fails the run.
    Error,
}

/// One thing that is not as the house wants it: where, what, and what to do.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    /// The check that found it; the self-tests ask for it by this name.
    pub(crate) check: &'static str,
    /// Path from the root of the checkout.
    pub(crate) path: String,
    /// Line from 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    pub(crate) says: String,
}

impl Finding {
    /// An error at `line` of `path`.
    pub(crate) fn error(check: &'static str, path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { level: Level::Error, check, path: path.to_owned(), line, says: says.into() }
    }

    /// A warning at `line` of `path`.
    pub(crate) fn warning(check: &'static str, path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(check, path, line, says) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.level == Level::Error { "error" } else { "warning" };
        write!(out, "{level}[{}] {}", self.check, self.path)?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
        }
        write!(out, ": {}", self.says)
    }
}
