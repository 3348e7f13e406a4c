//! Commands about one object at a time, and about authored files: `inspect`, `explain`, `check`, `fmt`.

use clap::Args;
use std::path::PathBuf;

/// Which lane decides, and as of when.
#[derive(Debug, Args)]
pub(crate) struct LaneArgs {
    /// A lane file under rules/lanes/, or with --bundle a lane's name
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) lane: PathBuf,

    #[command(flatten)]
    pub(crate) with: LaneWith,
}

/// What a lane decides with.
#[derive(Debug, Args)]
pub(crate) struct LaneWith {
    /// A built bundle that holds the lane
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The source that offers the objects; implied where the lane has one only
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,

    /// The reference time: RFC 3339, such as 2026-03-01T10:05:00Z, or `object` for each object's own observed time
    #[arg(long, value_name = "TIME|object")]
    pub(crate) now: Option<String>,

    /// The key of the lane's pseudonyms; without it, what needs one is held (LG-H010)
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonym_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) lane: LaneArgs,

    /// Add the parsed record, in the type's own field names and units
    #[arg(long)]
    pub(crate) record: bool,

    /// Do not have text in pictures read, as if nothing here could; the object then says so (LG-D020)
    #[arg(long)]
    pub(crate) no_ocr: bool,

    /// Files, folders (all files in them, hidden ones too, in order), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A file, the SHA-256 of an object as it came or as it left, its BLAKE3 as the far side of a link names it, or a reason code such as LG-R001
    #[arg(value_name = "PATH|SHA256|CODE")]
    pub(crate) what: String,

    /// The deployment file whose log tells of the object
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lane", "bundle", "source", "now", "pseudonym_key"])]
    pub(crate) config: Option<PathBuf>,

    /// A lane file under rules/lanes/, or with --bundle a lane's name
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) lane: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) with: LaneWith,
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

    /// Begin a new type: a folder for it with a first fixture, and what is missing for each tier
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["types", "record_evidence", "config", "now"])]
    pub(crate) new: Option<String>,

    /// How objects of the new type are written
    #[arg(long, value_name = "ENCODING", value_parser = ["xml", "json", "binary", "text"], requires = "new")]
    pub(crate) encoding: Option<String>,

    /// Begin the new type as this public ASTERIX specification says (the notation of asterix-specs)
    #[arg(long, value_name = "FILE", requires = "new", conflicts_with = "encoding")]
    pub(crate) from: Option<PathBuf>,

    /// Try one type on samples, a file or a folder: both readers, written and read again, bits flipped; what is refused, by reason
    #[arg(long, value_name = "PATH", requires = "types", conflicts_with_all = ["new", "record_evidence", "config", "now", "fields"])]
    pub(crate) samples: Option<PathBuf>,

    /// List every field of one type, with what it may say, its unit and role, and whether it is sensitive and drop-safe
    #[arg(long, requires = "types", conflicts_with_all = ["new", "record_evidence", "config", "now"])]
    pub(crate) fields: bool,

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
