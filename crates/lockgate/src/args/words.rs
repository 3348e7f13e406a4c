//! Commands about word lists: `words`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum WordsCommand {
    /// What the lists of a lane find in a text, as if it stood in one free text of an object; exit 1 where they find anything
    #[command(
        after_help = "Examples:\n  lockgate words check --lane rules/lanes/cot-down.kdl 'b1ue-heron'\n  \
        lockgate words check --lane rules/lanes/cot-down.kdl --json - < remarks.txt"
    )]
    Check(WordsCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WordsCheckArgs {
    /// A lane file under rules/lanes/, or with --bundle a lane's name
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) lane: PathBuf,

    /// A built bundle that holds the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The text; `-` reads standard input, all of it as one text
    #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
    pub(crate) text: String,
}
