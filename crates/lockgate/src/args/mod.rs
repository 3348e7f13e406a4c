//! The command line, declared once: help, completions and manual pages are made from it.

#[cfg(unix)]
mod audit;
mod bundle;
#[cfg(unix)]
mod hold;
mod judging;
mod links;
mod marking;
#[cfg(unix)]
mod replay;
#[cfg(target_os = "linux")]
mod review;
mod running;
mod words;

#[cfg(unix)]
pub(crate) use audit::{AuditCommand, AuditFilter, AuditFormat};
pub(crate) use bundle::{BundleCommand, BundleVerifyArgs};
#[cfg(unix)]
pub(crate) use hold::{HoldCommand, HoldListArgs, HoldShowArgs, StoreArgs};
pub(crate) use judging::{CheckArgs, ExplainArgs, FmtArgs, InspectArgs, LaneWith};
pub(crate) use links::PlanArgs;
#[cfg(target_os = "linux")]
pub(crate) use links::RelayArgs;
pub(crate) use marking::{
    LabelCheckArgs, LabelCommand, MarkingArgs, MarkingCheckArgs, MarkingCommand, MarkingRenderArgs,
    RollupArgs, SpifCommand,
};
#[cfg(unix)]
pub(crate) use replay::ReplayArgs;
#[cfg(target_os = "linux")]
pub(crate) use review::{ReviewCommand, ReviewListArgs, ReviewShowArgs, ReviewStepArgs};
pub(crate) use running::DemoArgs;
#[cfg(target_os = "linux")]
pub(crate) use running::{ReceiveArgs, ReloadArgs, ReportArgs, RunArgs};
#[cfg(unix)]
pub(crate) use running::{StatusArgs, TopArgs};

pub(crate) use words::{WordsCheckArgs, WordsCommand};

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Lockgate, a cross-domain guard: decides object by object what may cross between two networks.
#[derive(Debug, Parser)]
#[command(name = "lockgate", version, max_term_width = 110, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// One JSON object a line instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str =
    "Examples:\n  lockgate demo --once\n  lockgate inspect --lane rules/lanes/cot-down.kdl tracks/";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole thing on one machine, without set-up: two networks, a lane each way, live tracks; ctrl-C ends it
    #[command(after_help = "Examples:\n  lockgate demo\n  lockgate demo --once --json")]
    Demo(DemoArgs),

    /// Verdicts for files, folders or standard input (`-`)
    #[command(after_help = "Examples:\n  lockgate inspect --lane rules/lanes/cot-down.kdl tracks/\n  \
        lockgate inspect --lane rules/lanes/cot-down.kdl --record --json - < track.cot")]
    Inspect(InspectArgs),

    /// The full account of a verdict, the whole way of an object, or what a reason code means
    #[command(after_help = "Examples:\n  lockgate explain track.cot --lane rules/lanes/cot-down.kdl\n  \
        lockgate explain SHA256 --config /etc/lockgate/cot-down.kdl")]
    Explain(ExplainArgs),

    /// Compiles rules/, judges fixtures/, and says what is missing; begins a type; or looks whether a deployment is ready
    #[command(after_help = "Examples:\n  lockgate check --new buoy-report --encoding json\n  \
        lockgate check buoy-report --samples recordings/")]
    Check(CheckArgs),

    /// Writes authored files in the one canonical layout
    #[command(
        after_help = "Examples:\n  lockgate fmt rules/\n  lockgate fmt --check rules/lanes/cot-down.kdl"
    )]
    Fmt(FmtArgs),

    /// Compiled, content-addressed rules
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate bundle build rules/ -o demo.bundle\n  \
        lockgate bundle verify demo.bundle --trust trust.kdl"
    )]
    Bundle(BundleCommand),

    /// The audit log: verify, show, export
    #[cfg(unix)]
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate audit verify /var/lib/lockgate/log --key log.pub\n  \
        lockgate audit show /var/lib/lockgate/log --verdict hold"
    )]
    Audit(AuditCommand),

    /// Decides again what a log says was decided, from the same bytes and rules, and compares; exit 1 where something differs
    #[cfg(unix)]
    #[command(
        after_help = "Examples:\n  lockgate replay --config /etc/lockgate/cot-down.kdl --bytes originals/\n  \
        lockgate replay --log log/ --key log.pub --bundle cot.bundle --bytes originals/ --json"
    )]
    Replay(ReplayArgs),

    /// Security policy files (XML SPIF)
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate spif check policy.spif.xml\n  \
        lockgate spif check --json policy.spif.xml"
    )]
    Spif(SpifCommand),

    /// Security labels
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate label check label.xml --policy rules/policies/NATO\n  \
        lockgate label check label.xml --policy rules/policies/NATO --clearance clearance.xml"
    )]
    Label(LabelCommand),

    /// Markings as people read them: parsed, written, rolled up
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate marking parse --policy rules/policies/NATO 'NATO RESTRICTED'\n  \
        lockgate marking rollup --policy us:ism-2022 - < portions.jsonl"
    )]
    Marking(MarkingCommand),

    /// Word lists of a lane
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate words check --lane rules/lanes/cot-down.kdl 'b1ue-heron'\n  \
        lockgate words check --lane rules/lanes/cot-down.kdl - < remarks.txt"
    )]
    Words(WordsCommand),

    /// Objects that wait for people
    #[cfg(unix)]
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate hold list --config /etc/lockgate/cot-down.kdl\n  \
        lockgate hold show 4711 --config /etc/lockgate/cot-down.kdl"
    )]
    Hold(HoldCommand),

    /// People decide about what is held: look, claim, approve, reject, return
    #[cfg(target_os = "linux")]
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate review list --config /etc/lockgate/cot-down.kdl\n  \
        lockgate review show 4711 --config /etc/lockgate/cot-down.kdl"
    )]
    Review(ReviewCommand),

    /// One lane, from its deployment file, until it is told to stop: SIGTERM drains, SIGHUP takes a new bundle
    #[cfg(target_os = "linux")]
    #[command(after_help = "Examples:\n  lockgate run --config /etc/lockgate/cot-down.kdl\n  \
        lockgate run --json --config examples/gate-down.kdl")]
    Run(RunArgs),

    /// The far side of a diode: delivers whole objects, tells what is missing, until it is told to stop
    #[cfg(target_os = "linux")]
    #[command(after_help = "Examples:\n  lockgate receive --config /etc/lockgate/far-1.kdl\n  \
        lockgate receive --config examples/far-side.kdl")]
    Receive(ReceiveArgs),

    /// Whether the report of a far side is whole: sums and their signatures, numbers without holes, the sender's log; exit 1 where it is not
    #[cfg(target_os = "linux")]
    #[command(after_help = "Examples:\n  lockgate report far-1.jsonl --key far-1.pub\n  \
        lockgate report far-1.jsonl.1 far-1.jsonl --sent sent.jsonl --json")]
    Report(ReportArgs),

    /// Tells a running lane to take the bundle that lies in its place now, or that its clock is right
    #[cfg(target_os = "linux")]
    #[command(after_help = "Examples:\n  lockgate reload --config /etc/lockgate/cot-down.kdl\n  \
        lockgate reload --config /etc/lockgate/cot-down.kdl --confirm-clock")]
    Reload(ReloadArgs),

    /// What a running lane shows of itself, on one screen; exit 1 where it does not release
    #[cfg(unix)]
    #[command(after_help = "Examples:\n  lockgate status --config /etc/lockgate/cot-down.kdl\n  \
        lockgate status --control /run/lockgate/cot-down --json")]
    Status(StatusArgs),

    /// The same, live: a refresh a second, `q` ends it
    #[cfg(unix)]
    #[command(after_help = "Examples:\n  lockgate top --config /etc/lockgate/cot-down.kdl\n  \
        lockgate top --control /run/lockgate/cot-down --once")]
    Top(TopArgs),

    /// What a thin link can carry: delivered and expired of each class, calculated and tried out; exit 1 where it is too little
    #[command(
        after_help = "Examples:\n  lockgate plan --rate 500k --loss 5 --flow 'IMMEDIATE 20/s 1024 500ms'\n  \
        lockgate plan --config /etc/lockgate/gate-between.kdl --flow 'ROUTINE 2/s 800 30s'"
    )]
    Plan(PlanArgs),

    /// A link that loses, doubles, turns and delays datagrams by seed, for tests
    #[cfg(target_os = "linux")]
    #[command(
        after_help = "Examples:\n  lockgate relay --from 127.0.0.1:7000 --to 127.0.0.1:7001 --loss 5\n  \
        lockgate relay --from 127.0.0.1:7000 --to 127.0.0.1:7001 --rate 64k --delay 600ms --for 1m --json"
    )]
    Relay(RelayArgs),

    /// Completions for a shell, on standard output
    #[command(after_help = "Examples:\n  lockgate completions bash > /etc/bash_completion.d/lockgate\n  \
        lockgate completions zsh")]
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },

    /// Writes the manual pages into a folder
    #[command(after_help = "Examples:\n  lockgate man /usr/local/share/man/man1\n  lockgate man .")]
    Man {
        /// The folder; it has to exist
        folder: PathBuf,
    },
}
