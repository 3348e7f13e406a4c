//! `lockgate audit`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Finds any changed, missing, reordered or cut record, and recomputes the accounting; exit 1 if anything is wrong
    #[command(
        after_help = "A lane leaves its public key beside the log as key.pub. Keep a copy elsewhere and verify with \
        that:\nwhoever can change the log can change the key beside it.\n\n\
        Examples:\n  lockgate audit verify /var/lib/lockgate/log --key log.pub\n  \
        lockgate audit verify log/ --key log.pub --against /mnt/second/checkpoint --json"
    )]
    Verify {
        /// The folder of the log
        log: PathBuf,
        /// The log's public key, a line NAME+ID+KEY; more than one where it was changed
        #[arg(long, required = true, value_name = "FILE")]
        key: Vec<PathBuf>,
        /// A checkpoint that was kept elsewhere: finds rollback and rewriting
        #[arg(long, value_name = "CHECKPOINT")]
        against: Option<PathBuf>,
    },
    /// The records of a log, a line each
    #[command(
        after_help = "Examples:\n  lockgate audit show log/ --since 2026-03-01T00:00:00Z --verdict refuse\n  \
        lockgate audit show log/ --follow --json"
    )]
    Show {
        /// The folder of the log
        log: PathBuf,
        #[command(flatten)]
        filter: AuditFilter,
        /// Go on as records come in, until interrupted
        #[arg(long)]
        follow: bool,
    },
    /// The records of a log for other systems
    #[command(after_help = "Examples:\n  lockgate audit export log/ --format csv > records.csv\n  \
        lockgate audit export log/ --format syslog --lane cot-down")]
    Export {
        /// The folder of the log
        log: PathBuf,
        /// JSON lines, RFC 5424 messages, or comma-separated values
        #[arg(long, value_enum)]
        format: AuditFormat,
        #[command(flatten)]
        filter: AuditFilter,
    },
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AuditFormat {
    /// One JSON object a line
    Jsonl,
    /// One RFC 5424 message a line
    Syslog,
    /// RFC 4180, with a line of names
    Csv,
}

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct AuditFilter {
    /// Not before this time, such as 2026-03-01T10:05:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Of this lane
    #[arg(long, value_name = "NAME")]
    pub(crate) lane: Option<String>,

    /// release, hold or refuse
    #[arg(long, value_name = "VERDICT", value_parser = ["release", "hold", "refuse"])]
    pub(crate) verdict: Option<String>,

    /// With this reason code
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: Option<String>,

    /// Whose label has this in its text
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,

    /// About the object with this SHA-256, as it arrived or as it was released, or with this BLAKE3, as a link names it
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
}
