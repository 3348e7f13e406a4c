//! How the way of an object ends here: one outcome for each object that egress was given, never two.

use lockgate_bytes::{Duration, Precedence, Sealed, Time};
use lockgate_reason::{Code, egress};

/// What became of one object.
#[derive(Debug)]
pub struct Outcome {
    /// Index, in the log, of the decision that released it.
    pub entry: u64,
    /// What became of it.
    pub what: What,
    /// How urgent it was.
    pub precedence: Precedence,
    /// When it became so.
    pub at: Time,
    /// How long it had waited here.
    pub waited: Duration,
    /// Its buffer, for the pool; empty where `what` holds the object itself.
    pub bytes: Vec<u8>,
}

/// The ends there are.
#[derive(Debug)]
pub enum What {
    /// It left: the system took it (a datagram), or its name and bytes are on disk (a file).
    Sent,
    /// Its time ran out before it left.
    Expired,
    /// A newer report of the same thing takes its place.
    Superseded {
        /// The entry of the newer one.
        by: u64,
    },
    /// It does not leave, ever. An alarm.
    Refused(Code),
    /// It goes to hold: there is no room for it, or it does not fit through the sink.
    Spilled(Code, Box<Sealed>),
    /// It was called back, to be decided again.
    Recalled(Box<Sealed>),
}

impl What {
    /// The reason; none where it was sent or called back.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Sent | Self::Recalled(_) => None,
            Self::Expired => Some(egress::EXPIRED),
            Self::Superseded { .. } => Some(egress::SUPERSEDED),
            Self::Refused(code) | Self::Spilled(code, _) => Some(*code),
        }
    }
}

/// An object and when it came to egress.
pub(crate) struct Waiting {
    pub(crate) sealed: Sealed,
    /// When it came.
    pub(crate) since: Time,
}

impl Waiting {
    /// It leaves, or does not, and only its buffer is wanted back.
    pub(crate) fn ends(self, what: What, at: Time) -> Outcome {
        let Sealed { entry, precedence, bytes, .. } = self.sealed;
        Outcome { entry, what, precedence, at, waited: at.since(self.since), bytes }
    }

    /// It goes back whole, to hold.
    pub(crate) fn spills(self, code: Code, at: Time) -> Outcome {
        self.returns(|it| What::Spilled(code, it), at)
    }

    /// It goes back whole, to be decided again.
    pub(crate) fn goes_back(self, at: Time) -> Outcome {
        self.returns(What::Recalled, at)
    }

    fn returns(self, what: impl FnOnce(Box<Sealed>) -> What, at: Time) -> Outcome {
        let (entry, precedence) = (self.sealed.entry, self.sealed.precedence);
        let waited = at.since(self.since);
        Outcome { entry, what: what(Box::new(self.sealed)), precedence, at, waited, bytes: Vec::new() }
    }
}
