//! How the program ends.

use crate::show::table::printable;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All released, all checks hold, everything went as expected.
    Good,
    /// Some verdict or check is negative.
    Negative,
    /// Something could not be done; the message is on standard error, the rest was done.
    Faulty,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Good => 0,
            Self::Negative => 1,
            Self::Faulty => 2,
        })
    }

    /// `Negative` where `bad`.
    pub(crate) fn negative_if(bad: bool) -> Self {
        if bad { Self::Negative } else { Self::Good }
    }
}

/// A command that could not do its work: what, where, why, and what to do.
#[derive(Debug)]
pub(crate) struct Fault {
    message: String,
    /// The reader of our output went away; that is no fault of anybody.
    quiet: bool,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), quiet: false }
    }

    /// An error of the operating system about `what`.
    pub(crate) fn of(what: impl std::fmt::Display, error: &io::Error) -> Self {
        Self::new(format!("{what}: {error}"))
    }

    /// The message, for a command that goes on in spite of it.
    #[cfg(unix)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn report(&self) -> ExitCode {
        if !self.quiet {
            complain(&self.message);
        }
        Exit::Faulty.code()
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self { message: format!("output: {error}"), quiet: error.kind() == io::ErrorKind::BrokenPipe }
    }
}

impl From<lockgate_notation::Diagnostics> for Fault {
    fn from(diagnostics: lockgate_notation::Diagnostics) -> Self {
        Self::new(format!("the files have mistakes\n\n{}", diagnostics.render().trim_end()))
    }
}

/// A message for people, on standard error. There is nobody left to tell where that fails. File names may hold
/// anything, so what could move a cursor is not printed as it is.
pub(crate) fn complain(message: &str) {
    let plain: Vec<String> = message.split('\n').map(printable).collect();
    let _ = writeln!(io::stderr().lock(), "lockgate: {}", plain.join("\n"));
}

/// Bad usage, or a request for help: clap has the words.
pub(crate) fn usage(usage: &clap::Error) -> ExitCode {
    let _ = usage.print();
    if usage.use_stderr() { Exit::Faulty.code() } else { Exit::Good.code() }
}
