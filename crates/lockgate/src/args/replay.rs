//! `lockgate replay`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The deployment file: its log, bundle, held objects, output folder and key of pseudonyms are looked into
    #[arg(long, value_name = "FILE", required_unless_present = "log")]
    pub(crate) config: Option<PathBuf>,

    /// The folder of the log
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub(crate) log: Option<PathBuf>,

    /// The log's public key, a line NAME+ID+KEY; without it the key.pub that lies beside the log counts
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,

    /// A checkpoint that was kept elsewhere: finds rollback and rewriting
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) against: Option<PathBuf>,

    /// A built bundle that was in force; one for each that the records name
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,

    /// Files, or folders of files, as they were handed in; they are found by their SHA-256, and cut as the lane cuts them
    #[arg(long, value_name = "PATH")]
    pub(crate) bytes: Vec<PathBuf>,

    /// A key of pseudonyms; each is found by the name that the records give it
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonym_key: Vec<PathBuf>,

    /// Decide under this bundle, whatever bundle the records name: what differs is what it would change
    #[arg(long, value_name = "FILE")]
    pub(crate) under: Option<PathBuf>,

    /// Decisions not before this time, such as 2026-03-01T10:05:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Decisions before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Only objects with these hashes, as they arrived or as they were released; all where none is named
    #[arg(value_name = "SHA256")]
    pub(crate) objects: Vec<String>,
}
