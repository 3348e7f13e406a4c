//! The command line, declared once: help, completions and manual pages are made from it.

use clap::{Args, Parser, Subcommand};
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

    /// Compiles rules/, judges fixtures/, and says what is missing; or looks whether a deployment is ready
    #[command(after_help = "Examples:\n  lockgate check cot-event\n  \
        lockgate check --config /etc/lockgate/gate-1.kdl")]
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

    /// Objects that wait for people
    #[cfg(unix)]
    #[command(
        subcommand,
        after_help = "Examples:\n  lockgate hold list --config /etc/lockgate/cot-down.kdl\n  \
        lockgate hold show 4711 --config /etc/lockgate/cot-down.kdl"
    )]
    Hold(HoldCommand),

    /// One lane, from its deployment file, until it is told to stop: SIGTERM drains, SIGHUP takes a new bundle
    #[cfg(target_os = "linux")]
    #[command(after_help = "Examples:\n  lockgate run --config /etc/lockgate/cot-down.kdl\n  \
        lockgate run --json --config examples/gate-down.kdl")]
    Run(RunArgs),

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

/// Which running lane is asked.
#[cfg(unix)]
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct StatusArgs {
    /// The deployment file of the lane; it names the control socket
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The control socket of the lane
    #[arg(long, value_name = "SOCKET")]
    pub(crate) control: Option<PathBuf>,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The deployment file; `lockgate check --config FILE` says whether it is ready
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct ReloadArgs {
    #[command(flatten)]
    pub(crate) lane: StatusArgs,

    /// The machine's clock is right as it is: release again, and decide again what was held for it
    #[arg(long)]
    pub(crate) confirm_clock: bool,
}

#[cfg(unix)]
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) lane: StatusArgs,

    /// Print one screen and leave, as where the output is no terminal
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Run the samples through, print the summary, and exit 0 when every sample got its expected verdict
    #[arg(long)]
    pub(crate) once: bool,

    /// End by itself after this time, such as 3s
    #[arg(long = "for", value_name = "DURATION", hide = true, conflicts_with = "once", value_parser = span)]
    pub(crate) span: Option<std::time::Duration>,
}

/// A time that passes, such as 3s.
fn span(text: &str) -> Result<std::time::Duration, String> {
    let nanos = lockgate_bytes::Duration::parse(text).and_then(|span| u64::try_from(span.nanos()).ok());
    nanos.map(std::time::Duration::from_nanos).ok_or_else(|| "write it like 3s or 2m".to_owned())
}

/// Which lane decides, and as of when.
#[derive(Debug, Args)]
pub(crate) struct LaneArgs {
    /// A lane file under rules/lanes/, or with --bundle a lane's name
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) lane: PathBuf,

    /// A built bundle that holds the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The source that offers the objects; implied where the lane has one only
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,

    /// The reference time: RFC 3339, such as 2026-03-01T10:05:00Z, or `object` for each object's own observed time
    #[arg(long, value_name = "TIME|object")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) lane: LaneArgs,

    /// Add the parsed record, in the type's own field names and units
    #[arg(long)]
    pub(crate) record: bool,

    /// Files, folders (all files in them, in order), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A file, the SHA-256 of an object as it came or as it left, or a reason code such as LG-R001
    #[arg(value_name = "PATH|SHA256|CODE")]
    pub(crate) what: String,

    /// The deployment file whose log tells of the object
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lane", "bundle", "source", "now"])]
    pub(crate) config: Option<PathBuf>,

    /// A lane file under rules/lanes/, or with --bundle a lane's name
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) lane: Option<PathBuf>,

    /// A built bundle that holds the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The source that offers the object; implied where the lane has one only
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,

    /// The reference time: RFC 3339, such as 2026-03-01T10:05:00Z, or `object` for the object's own observed time
    #[arg(long, value_name = "TIME|object")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Only these types' fixtures; all where none is named
    #[arg(value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// The folder with bundle.kdl; found from the current folder upwards where not given
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Option<PathBuf>,

    /// Measure, and write what was measured into each type's evidence.kdl
    #[arg(long)]
    pub(crate) record_evidence: bool,

    /// Look whether this deployment is ready to run, without opening a socket
    #[arg(long, value_name = "FILE", conflicts_with_all = ["types", "rules", "record_evidence"])]
    pub(crate) config: Option<PathBuf>,

    /// The time as of which is told what ends soon: RFC 3339, such as 2026-03-01T10:05:00Z; now where not given
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Say which files would change, and change none
    #[arg(long)]
    pub(crate) check: bool,

    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

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

#[cfg(unix)]
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
#[cfg(unix)]
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
#[cfg(unix)]
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

    /// About the object with this SHA-256, as it arrived or as it was released
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpifCommand {
    /// Every consistency fault of a policy file, a line a finding; exit 1 if there is any
    #[command(
        after_help = "Examples:\n  lockgate spif check policy.spif.xml\n  lockgate spif check --json a.xml"
    )]
    Check {
        /// The SPIF
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MarkingCommand {
    /// Whether a marking follows the rules, and what it says; exit 1 if it does not
    #[command(
        after_help = "Examples:\n  lockgate marking parse --policy rules/policies/NATO 'NATO RESTRICTED'\n  \
        lockgate marking parse --policy us:dod-2012 --json - < markings.txt"
    )]
    Parse(MarkingArgs),

    /// A marking written anew: for another place or language, or as US banner line and portion mark
    #[command(after_help = "Examples:\n  lockgate marking render --policy us:ism-2022 \
        '{\"classification\":\"S\",\"ownerProducer\":\"USA\"}'\n  \
        lockgate marking render --policy rules/policies/NATO --to-place portionMarking 'NATO RESTRICTED'")]
    Render(MarkingRenderArgs),

    /// The marking of a whole from those of its portions: a line each {"portions":[{ISM attributes}]}
    #[command(
        after_help = "Examples:\n  lockgate marking rollup --policy us:ism-2022 - < portions.jsonl\n  \
        lockgate marking rollup --policy us:capco-2016 --now 2026-03-01T00:00:00Z portions.jsonl"
    )]
    Rollup(RollupArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MarkingArgs {
    /// The folder with policy.kdl and its SPIF; or the US rules: us:dod-2012, us:ism-2014, us:capco-2016 or us:ism-2022
    #[arg(long, value_name = "DIR|us:EDITION")]
    pub(crate) policy: String,

    /// The marking; `-` reads standard input, a marking a line
    #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
    pub(crate) text: String,

    /// With a folder: where the marking stands, by its marking code
    #[arg(long, value_name = "CODE", default_value = "pageTop")]
    pub(crate) place: String,

    /// With a folder: the language of the marking, such as fr
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RollupArgs {
    /// The rules: us:dod-2012, us:ism-2014, us:capco-2016 or us:ism-2022
    #[arg(long, value_name = "us:EDITION")]
    pub(crate) policy: String,

    /// A file of lines; `-` reads standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,

    /// The day from which a date of declassification is computed, such as 2026-03-01T10:05:00Z; today by default
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// Whether a STANAG 4774 label is well-formed, schema-valid, policy-valid and releasable
    #[command(after_help = "Examples:\n  lockgate label check label.xml --policy rules/policies/NATO\n  \
        lockgate label check label.xml --policy rules/policies/NATO --clearance clearance.xml")]
    Check(LabelCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LabelCheckArgs {
    /// The label
    pub(crate) file: PathBuf,

    /// The folder with policy.kdl and its SPIF
    #[arg(long, value_name = "DIR")]
    pub(crate) policy: PathBuf,

    /// A STANAG 4774 clearance to decide access by
    #[arg(long, value_name = "FILE")]
    pub(crate) clearance: Option<PathBuf>,

    /// A domain file under rules/domains/
    #[arg(long, value_name = "FILE")]
    pub(crate) destination: Option<PathBuf>,

    /// The reference time: RFC 3339, such as 2026-03-01T10:05:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MarkingRenderArgs {
    #[command(flatten)]
    pub(crate) marking: MarkingArgs,

    /// Where it is to stand; the same place where not given
    #[arg(long, value_name = "CODE")]
    pub(crate) to_place: Option<String>,

    /// The language that it is to be written in; the policy's own where not given
    #[arg(long, value_name = "TAG")]
    pub(crate) to_language: Option<String>,
}

#[cfg(unix)]
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
#[cfg(unix)]
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

#[cfg(unix)]
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

#[cfg(unix)]
#[derive(Debug, Args)]
pub(crate) struct HoldShowArgs {
    /// The entry of its decision in the log, or its SHA-256
    #[arg(value_name = "ENTRY|SHA256")]
    pub(crate) what: String,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
