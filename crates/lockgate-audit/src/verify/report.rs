//! What verification found, and the words for it.

use crate::checkpoint::Checkpoint;
use crate::ledger::Ledger;

/// Findings that are listed; the others are counted.
const LISTED_MAX: usize = 100;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no checkpoint, or no trusted key signed it.
    Signature,
    /// An entry is not the one that was signed.
    Changed,
    /// An entry stands where another one was signed.
    Reordered,
    /// An entry stands twice, in the place of another one.
    Duplicated,
    /// Entries that were signed are not there.
    Missing,
    /// There is more than was signed.
    Extra,
    /// A tile of hashes is not that of its entries.
    Tile,
    /// All together are not what was signed.
    Root,
    /// The log is shorter than the checkpoint that it is held against.
    RolledBack,
    /// The log is not the one of the checkpoint that it is held against.
    Rewritten,
    /// An entry is no event.
    Event,
    /// An event is impossible after those before it.
    Accounting,
    /// A release by people does not rest on what they signed.
    Approval,
    /// An object was decided again without the sidecar that it came with, or with another one.
    Sidecar,
    /// A decision that takes the place of another one is about another object.
    Object,
    /// The newest entries, in segments, are not those of the tiles, or were changed.
    Segment,
}

impl Wrong {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Changed => "changed",
            Self::Reordered => "reordered",
            Self::Duplicated => "duplicated",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Tile => "tile",
            Self::Root => "root",
            Self::RolledBack => "rolled-back",
            Self::Rewritten => "rewritten",
            Self::Event => "event",
            Self::Accounting => "accounting",
            Self::Approval => "approval",
            Self::Sidecar => "sidecar",
            Self::Object => "object",
            Self::Segment => "segment",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub wrong: Wrong,
    /// At which entry; `None` for the log as a whole.
    pub entry: Option<u64>,
    /// In words.
    pub says: String,
}

/// What verification found.
#[derive(Debug)]
pub struct Report {
    /// The log's own checkpoint, where a trusted key signed it.
    pub checkpoint: Option<Checkpoint>,
    /// Entries that were read under it.
    pub entries: u64,
    /// Entries behind it that are not signed yet.
    pub unsigned: u64,
    /// What is wrong, the first hundred.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// The accounting, from the signed entries alone.
    pub ledger: Ledger,
}

impl Report {
    /// True where nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, wrong: Wrong, entry: Option<u64>, says: impl Into<String>) {
        if self.findings.len() < LISTED_MAX {
            self.findings.push(Finding { wrong, entry, says: says.into() });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
