//! `lockgate bundle`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Compiles rules/ into one file
    #[command(after_help = "Examples:\n  lockgate bundle build rules/ -o demo.bundle\n  \
        lockgate bundle build -o demo.bundle")]
    Build {
        /// The folder with bundle.kdl; found from the current folder upwards where not given
        #[arg(value_name = "DIR")]
        rules: Option<PathBuf>,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Signs a bundle; the signature goes into FILE.sigs beside it
    #[command(
        after_help = "Examples:\n  lockgate bundle sign demo.bundle --key a-kovac.key --as a-kovac\n  \
        lockgate bundle sign demo.bundle --key a-kovac.key --json"
    )]
    Sign {
        /// The bundle
        file: PathBuf,
        /// A secret Ed25519 key, as `openssl genpkey -algorithm ed25519` writes it
        #[arg(long, value_name = "KEY")]
        key: PathBuf,
        /// Your name in the trust file
        #[arg(long = "as", value_name = "NAME")]
        by: Option<String>,
    },
    /// Signs a delegation under rules/delegations/; prints the line that goes into its file
    #[command(
        after_help = "Examples:\n  lockgate bundle delegate rules/delegations/reports.kdl --key oca.key --as oca\n  \
        lockgate bundle delegate rules/delegations/reports.kdl --key oca.key --as oca --json"
    )]
    Delegate {
        /// The delegation
        file: PathBuf,
        /// A secret Ed25519 key of the authority
        #[arg(long, value_name = "KEY")]
        key: PathBuf,
        /// The authority's name in the trust file
        #[arg(long = "as", value_name = "NAME")]
        by: String,
    },
    /// Whether a lane may run on a bundle; exit 1 if not
    #[command(after_help = "Examples:\n  lockgate bundle verify demo.bundle --trust trust.kdl\n  \
        lockgate bundle verify demo.bundle --trust trust.kdl --lane cot-down --at-least 7 --json")]
    Verify(BundleVerifyArgs),
    /// What a bundle holds
    #[command(
        after_help = "Examples:\n  lockgate bundle show demo.bundle\n  lockgate bundle show --json demo.bundle"
    )]
    Show {
        /// The bundle
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BundleVerifyArgs {
    /// The bundle; its signatures are in FILE.sigs
    pub(crate) file: PathBuf,

    /// Who may sign, and how many of them must
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,

    /// A lane that it must have; may stand several times
    #[arg(long, value_name = "NAME")]
    pub(crate) lane: Vec<String>,

    /// The lowest revision that will do
    #[arg(long, value_name = "REVISION", default_value_t = 0)]
    pub(crate) at_least: u64,

    /// The reference time: RFC 3339, such as 2026-03-01T10:05:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}
