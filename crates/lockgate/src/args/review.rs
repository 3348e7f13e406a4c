//! `lockgate review`.

use clap::{Args, Subcommand, ValueEnum};
use lockgate_attest::ReviewGrounds;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// What waits for people, and how far each is
    #[command(after_help = "Examples:\n  lockgate review list --config /etc/lockgate/cot-down.kdl\n  \
        lockgate review list --json --config /etc/lockgate/cot-down.kdl")]
    List(ReviewListArgs),
    /// What stands against one object, and what would leave; its account and previews into a folder
    #[command(after_help = "Examples:\n  lockgate review show 4711 --config /etc/lockgate/cot-down.kdl\n  \
        lockgate review show 4711 --out look/ --config /etc/lockgate/cot-down.kdl")]
    Show(ReviewShowArgs),
    /// Takes an object to look at: others leave it alone for the lane's lease
    #[command(
        after_help = "Examples:\n  lockgate review claim 47 --as novak --key novak.key --config gate.kdl\n  \
        lockgate review claim 47 --as novak --key novak.key --config gate.kdl --json"
    )]
    Claim(ReviewStepArgs),
    /// Signs that what would leave may leave; it leaves once enough people have
    #[command(
        after_help = "Examples:\n  lockgate review approve 47 --because harmless --as novak --key novak.key --config gate.kdl\n  \
        lockgate review approve 47 --because false-alarm --as novak --key n.key --config gate.kdl"
    )]
    Approve(ReviewStepArgs),
    /// Signs that it never crosses
    #[command(
        after_help = "Examples:\n  lockgate review reject 47 --because hostile --as novak --key novak.key --config gate.kdl\n  \
        lockgate review reject 47 --because not-releasable --as novak --key n.key --config gate.kdl"
    )]
    Reject(ReviewStepArgs),
    /// Signs that its senders have to change it first
    #[command(
        after_help = "Examples:\n  lockgate review return 47 --because to-be-changed --as novak --key n.key --config gate.kdl\n  \
        lockgate review return 47 --because mislabelled --as novak --key n.key --config gate.kdl"
    )]
    Return(ReviewStepArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ReviewListArgs {
    /// The deployment file of the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// The reference time for ages and claims: RFC 3339; now where not given
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewShowArgs {
    /// The entry of its decision in the log, as `review list` shows it
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: u64,

    /// The deployment file of the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// A new folder for the account, and for what would leave
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewStepArgs {
    /// The entry of its decision in the log, as `review list` shows it
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: u64,

    /// The deployment file of the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// The file with the reviewer's Ed25519 key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,

    /// The reviewer's name in the bundle
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) by: String,

    /// Why: false-alarm, harmless, authorised; not-releasable, hostile, mislabelled; to-be-changed
    #[arg(long, value_name = "GROUNDS")]
    pub(crate) because: Option<Grounds>,

    /// Why, in your own words, up to 500 bytes; it is kept, and never crosses
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) text: String,

    /// How long the statement holds, at most 24h
    #[arg(long = "for", value_name = "DURATION", default_value = "1h")]
    pub(crate) holds: String,

    /// How long to wait for the lane's answer
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    pub(crate) wait: String,

    /// The SHA-256 that you looked at: of what would leave, or only of the object; anything else is not signed
    #[arg(long, value_name = "SHA256")]
    pub(crate) only: Option<String>,
}

/// Grounds, as they are written on the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grounds(pub(crate) ReviewGrounds);

impl ValueEnum for Grounds {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Grounds; 7] = [
            Grounds(ReviewGrounds::FalseAlarm),
            Grounds(ReviewGrounds::Harmless),
            Grounds(ReviewGrounds::Authorised),
            Grounds(ReviewGrounds::NotReleasable),
            Grounds(ReviewGrounds::Hostile),
            Grounds(ReviewGrounds::Mislabelled),
            Grounds(ReviewGrounds::ToBeChanged),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.name()))
    }
}
