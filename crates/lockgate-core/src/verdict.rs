//! The three verdicts. Each token holds the object, its reasons and the bytes that it speaks of.

use crate::account::Account;
use crate::object::{Received, Route};
use crate::policy::Policy;
use crate::{Reason, answer};
use alloc::sync::Arc;
use lockgate_bytes::{Crossing, Precedence, Time};
use lockgate_reason::Code;

/// What was decided of one object. Exhaustive: whoever handles verdicts handles all three.
#[derive(Debug)]
#[must_use = "a verdict has to be recorded"]
pub enum Verdict {
    /// It may cross, once that is on record.
    Release(Released),
    /// People decide.
    Hold(Held),
    /// It does not cross.
    Refuse(Refused),
}

/// An object that may cross: exactly these bytes, on this lane, under this bundle, until `not_after`.
#[derive(Debug)]
pub struct Released(pub(crate) Decided);

/// An object that waits for people.
#[derive(Debug)]
pub struct Held(pub(crate) Decided);

/// An object that does not cross.
#[derive(Debug)]
pub struct Refused(pub(crate) Decided);

impl Released {
    /// Holds after all, for a reason that is not the object's own. It only narrows: what people answered stands again.
    pub fn held_back(mut self, why: Code) -> Held {
        answer::take_back(&mut self.0);
        self.0.received.pass().inspection.reasons.push(Reason::new(why));
        Held(self.0)
    }
}

/// What the three have in common.
#[derive(Debug)]
pub struct Decided {
    pub(crate) received: Received,
    pub(crate) route: Route,
    pub(crate) policy: Arc<Policy>,
    pub(crate) now: Time,
    pub(crate) terms: Terms,
    /// BLAKE3 of what is released, once it is written down for a link that needs it.
    pub(crate) crossing: Option<Crossing>,
}

/// Under which terms an object crosses, as far as they were found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Index into the bundle's categories.
    pub(crate) category: Option<usize>,
    /// Index into the lane's agreements.
    pub(crate) agreement: Option<usize>,
    pub(crate) precedence: Precedence,
    pub(crate) not_after: Time,
}

impl Verdict {
    /// The account of the verdict, whichever it is.
    pub fn account(&self) -> Account<'_> {
        match self {
            Self::Release(token) => token.account(),
            Self::Hold(token) => token.account(),
            Self::Refuse(token) => token.account(),
        }
    }
}

/// The word of a verdict in files and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// It may cross.
    Release,
    /// People decide.
    Hold,
    /// It does not cross.
    Refuse,
}

impl VerdictKind {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }
}

/// A token that ends the way of an object. Sealed: the three verdicts and nothing else.
pub trait Final: sealed::Ends {
    /// The account of the verdict: what was decided, and every reason.
    fn account(&self) -> Account<'_>;
}

pub(crate) mod sealed {
    use super::Decided;

    pub trait Ends {
        /// True for the one verdict under which an object crosses.
        const CROSSES: bool;

        fn into_decided(self) -> Decided;
    }
}

macro_rules! final_token {
    ($token:ident, $kind:ident) => {
        impl sealed::Ends for $token {
            const CROSSES: bool = matches!(VerdictKind::$kind, VerdictKind::Release);

            fn into_decided(self) -> Decided {
                self.0
            }
        }

        impl Final for $token {
            fn account(&self) -> Account<'_> {
                Account::of(&self.0, VerdictKind::$kind)
            }
        }
    };
}

final_token!(Released, Release);
final_token!(Held, Hold);
final_token!(Refused, Refuse);
