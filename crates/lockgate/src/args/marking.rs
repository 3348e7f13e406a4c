//! Commands about labels and markings: `spif`, `label`, `marking`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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

    /// What another edition of a policy file says otherwise: codes that mean something else, levels turned round, what has gone
    /// and what has come; exit 1 where an old label means something else by the new file
    #[command(after_help = "Examples:\n  lockgate spif compare v79.spif.xml v88.spif.xml\n  \
        lockgate spif compare --json old.xml new.xml")]
    Compare {
        /// The file by which labels were made
        old: PathBuf,

        /// The file by which they are to be read
        new: PathBuf,
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

    /// The marking of a whole from those of its portions: a line each {"portions":[{ISM attributes}]}, or {"portions":["(NR)"]}
    /// with a folder; with a "banner" beside them, what becomes of that after portions were taken out, and exit 1 where it does
    /// not cover the rest
    #[command(
        after_help = "Examples:\n  lockgate marking rollup --policy us:ism-2022 - < portions.jsonl\n  \
        lockgate marking rollup --policy rules/policies/NATO --now 2026-03-01T00:00:00Z portions.jsonl"
    )]
    Rollup(RollupArgs),

    /// The markings of a whole text: banner lines, and portion marks in parentheses; exit 1 where one cannot be read, there is
    /// none, or the banner does not cover a portion
    #[command(after_help = "Examples:\n  lockgate marking check --policy rules/policies/NATO report.txt\n  \
        lockgate marking check --policy us:capco-2016 --json - < report.txt")]
    Check(MarkingCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MarkingCheckArgs {
    /// The folder with policy.kdl and its SPIF; or the US rules: us:dod-2012, us:ism-2014, us:capco-2016 or us:ism-2022, or
    /// those of an authority on the day of the document, such as us:ism@2023-01-31
    #[arg(long, value_name = "DIR|us:EDITION")]
    pub(crate) policy: String,

    /// A text in UTF-8; `-` reads standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct MarkingArgs {
    /// The folder with policy.kdl and its SPIF; or the US rules: us:dod-2012, us:ism-2014, us:capco-2016 or us:ism-2022, or
    /// those of an authority on the day of the document, such as us:ism@2023-01-31
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
    /// The folder with policy.kdl and its SPIF; or the US rules: us:dod-2012, us:ism-2014, us:capco-2016 or us:ism-2022, or
    /// those of an authority on the day of the document, such as us:ism@2023-01-31
    #[arg(long, value_name = "DIR|us:EDITION")]
    pub(crate) policy: String,

    /// A file of lines; `-` reads standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,

    /// The day from which a date of declassification is computed, and at which a whole has to be valid in its policy, such as
    /// 2026-03-01T10:05:00Z; today by default
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// Whether a STANAG 4774 label, or the labels bound to an object, are well-formed, schema-valid, policy-valid and
    /// releasable
    #[command(after_help = "Examples:\n  lockgate label check label.xml --policy rules/policies/NATO\n  \
        lockgate label check report.pdf --binding sidecar --policy rules/policies/NATO")]
    Check(LabelCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LabelCheckArgs {
    /// The label, or an object with its label bound to it
    pub(crate) file: PathBuf,

    /// Where the binding (STANAG 4778) is: `sidecar` for FILE.bdo, or a file; where not given, it is looked for in FILE
    #[arg(long, value_name = "sidecar|FILE")]
    pub(crate) binding: Option<PathBuf>,

    /// The lane whose signers are believed; without it, no signature is verified
    #[arg(long, value_name = "FILE")]
    pub(crate) lane: Option<PathBuf>,

    /// The folder with policy.kdl and its SPIF; or a folder of rules, whose policies are all known then
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
