//! What an entry says, as far as the accounting goes by it.

use super::Taken;
use super::reviews::Reviewed;
use lockgate_bytes::Digest;

/// How an object was decided, as the accounting sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It may cross: it is queued.
    Release,
    /// People decide: it is held.
    Hold,
    /// It does not cross.
    Refuse,
}

/// What became of an object that was queued or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Queued: sent.
    Sent,
    /// Queued or held: too old.
    Expired,
    /// Queued: a newer one goes instead.
    Superseded,
    /// Queued: the queue was full, so it is held.
    Spilled,
    /// Queued: taken back to be decided again under another bundle.
    Recalled,
    /// Queued: egress found that it was not what was released, and refused it.
    Refused,
    /// Queued: handed to a network when the power went.
    Indeterminate,
    /// Held: rejected by people.
    Rejected,
    /// Held: returned by people.
    Returned,
}

/// Where an object stands that has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// Released, and waiting to be sent.
    Queued,
    /// Released, and taken back to be decided again: it counts as queued, and is not sent.
    Recalled,
    /// Waiting for people.
    Held,
}

/// What one entry of the log means for the accounting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// A process began; `outstanding` is what it found not at its end.
    Start {
        /// Its number.
        epoch: u64,
        /// Objects queued or held, by its own account.
        outstanding: u64,
        /// Its bundle and that bundle's revision; none where it was refused one.
        runs: Option<(Digest, u64)>,
    },
    /// One object was decided.
    Decision {
        /// The lane.
        lane: &'a str,
        /// The entry of the decision that this one takes the place of.
        again: Option<u64>,
        /// It was rewritten: the original is replaced, the derived one takes the verdict.
        is_rewritten: bool,
        /// The verdict.
        decided: Decided,
        /// The taken file that it came from, and how far that is on record with it.
        receipt: Option<Taken>,
    },
    /// Refusals that share one record.
    Refusals {
        /// The lane.
        lane: &'a str,
        /// How many.
        count: u64,
        /// The taken file that it was, where it was one.
        receipt: Option<Taken>,
    },
    /// What became of objects, by the entries of their decisions: from, to (inclusive).
    Outcomes {
        /// The lane.
        lane: &'a str,
        /// What became of them, and which they are.
        outcomes: &'a [(Outcome, Vec<(u64, u64)>)],
    },
    /// A reviewer said something of an object that waits, or tried to.
    Review(Reviewed<'a>),
    /// Datagrams that the kernel dropped at a listener since its process began.
    Drops {
        /// The listener.
        listener: &'a str,
        /// How many, in this epoch.
        dropped: u64,
    },
    /// Another bundle is in force: which, and its revision.
    Runs(Digest, u64),
    /// The clock was set, which nobody has confirmed, by so many nanoseconds; or somebody has.
    Clock(Option<i64>),
    /// Something that moves no object.
    Other,
    /// A process ended in order.
    Stop,
}

impl Outcome {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Spilled => "spilled",
            Self::Recalled => "recalled",
            Self::Refused => "refused",
            Self::Indeterminate => "indeterminate",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }

    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Sent,
        Self::Expired,
        Self::Superseded,
        Self::Spilled,
        Self::Recalled,
        Self::Refused,
        Self::Indeterminate,
        Self::Rejected,
        Self::Returned,
    ];

    pub(super) fn may_befall(self, waits: Waits) -> bool {
        match (self, waits) {
            (Self::Sent | Self::Superseded | Self::Recalled, waits) => waits == Waits::Queued,
            (Self::Spilled | Self::Refused | Self::Indeterminate, waits) => waits != Waits::Held,
            (Self::Rejected | Self::Returned, waits) => waits == Waits::Held,
            (Self::Expired, _) => true,
        }
    }
}
