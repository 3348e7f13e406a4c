//! What the engine hands to the journal: one thing that belongs on record.

use super::beside::Beside;
use lockgate_attest::SignedReview;
use lockgate_audit::{BundleChange, ClockChange, Drops, Refusals, Review, Taken};
use lockgate_bytes::{Digest, Frame};
use lockgate_core::{Before, Draft};
use lockgate_intake::{Mark, Receipt};

/// One thing that belongs on record.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A decision.
    Decision(Box<Decision>),
    /// Refusals that share a record.
    Refusals(Refusals),
    /// Datagrams that the kernel threw away.
    Drops(Drops),
    /// Another bundle is in force from here on. Everything before it was decided under the one before.
    Bundle(BundleChange),
    /// The clock cannot be trusted any more, or can again.
    Clock(ClockChange),
    /// A taken file has nothing left to decide.
    Acknowledge(Receipt),
    /// What a diode link brought stands before this.
    Mark(Mark),
    /// A reviewer's statement was looked at.
    Review(Box<Reviewed>),
    /// The held object of this entry had its turn, and there was no room to look into it: it has another.
    Later(u64),
    /// There was no room to look into the object that a statement is about: the statement stays where it lies.
    Unheard {
        /// The file that it was handed in as.
        paper: String,
        /// The entry under which the object is held.
        held: u64,
    },
    /// The last word of an engine that has ended as it should: everything it took is decided, and stands before this.
    End,
}

/// A decision, and what has to happen once it is on record.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) draft: Draft,
    /// The decision that this one takes the place of.
    pub(crate) again: Option<Again>,
    /// The taken file that it came from, and how far that is decided with it.
    pub(crate) taken: Option<Taken>,
    /// It was made under a bundle that is not in force any more: what is held by it has its turn at once.
    pub(crate) is_late: bool,
    /// What came beside the object.
    pub(crate) beside: Option<Beside>,
}

/// A former decision about the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    /// Its entry in the log.
    pub(crate) former: u64,
    /// The entry of the first decision, by which a sink names the object; none where no sink could know it.
    pub(crate) first: Option<u64>,
    /// True where the object lies in the held store under `former`.
    pub(crate) held: bool,
}

/// An object that is decided again: it was queued or held when the bundle changed, the lane started, the clock was
/// confirmed, or people have approved it.
#[derive(Debug)]
pub(crate) struct Recalled {
    pub(crate) frame: Frame,
    pub(crate) again: Again,
    /// What it was split off from, as the record of the former decision names it.
    pub(crate) parent: Option<Digest>,
    /// What reviewers approved of it.
    pub(crate) reviews: Vec<SignedReview>,
    /// What came beside it when it came first.
    pub(crate) beside: Option<Beside>,
}

/// A reviewer's statement, with the object that it is about and what went before.
#[derive(Debug)]
pub(crate) struct Petition {
    /// The file that it was handed in as.
    pub(crate) paper: String,
    pub(crate) signed: SignedReview,
    pub(crate) frame: Frame,
    /// The entry under which the object is held.
    pub(crate) held: u64,
    pub(crate) before: Vec<Before>,
    /// What came beside the object.
    pub(crate) beside: Option<Beside>,
}

/// What came of a statement, for the record.
#[derive(Debug)]
pub(crate) struct Reviewed {
    pub(crate) paper: String,
    pub(crate) event: Review,
}
