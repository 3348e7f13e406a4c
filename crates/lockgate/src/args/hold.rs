//! `lockgate hold`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// What is held, the oldest first
    #[command(after_help = "Examples:\n  lockgate hold list --config /etc/lockgate/cot-down.kdl\n  \
        lockgate hold list --json --store /var/lib/lockgate/hold --lane cot-down --reason LG-M001")]
    List(HoldListArgs),
    /// The full account of what is held; never its bytes
    #[command(after_help = "Examples:\n  lockgate hold show 4711 --config /etc/lockgate/cot-down.kdl\n  \
        lockgate hold show 4711 --json --store /var/lib/lockgate/hold --key /etc/lockgate/hold.key")]
    Show(HoldShowArgs),
}

/// Which store, and as of when.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The deployment file of the lane; it names the store, and its key
    #[arg(long, value_name = "FILE", required_unless_present = "store", conflicts_with_all = ["store", "key"])]
    pub(crate) config: Option<PathBuf>,

    /// The folder of the store
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,

    /// The key file of a sealed store; its list can be read without
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// The reference time for ages: RFC 3339, such as 2026-03-01T10:05:00Z; now where not given
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HoldListArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,

    /// Only this lane
    #[arg(long, value_name = "NAME")]
    pub(crate) lane: Option<String>,

    /// Only what is held for this reason, the first or any other
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HoldShowArgs {
    /// The entry of its decision in the log, or its SHA-256
    #[arg(value_name = "ENTRY|SHA256")]
    pub(crate) what: String,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
