//! The closed lists of words that gauges are labelled with. Each word is the same in metrics, logs, `status` and code.

/// Declares a closed list: an enum, its words, `ALL`, its place in the list.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$inner])* $variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The place in [`Self::ALL`].
            pub fn place(self) -> usize {
                Self::ALL.iter().position(|one| *one == self).unwrap_or(0)
            }

            /// The one with this word.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where in the lane something happened.
    Stage {
        /// From the wire or a folder to a frame.
        Intake = "intake",
        /// Which type it is.
        Route = "route",
        /// Read whole: schema, labels, words.
        Inspect = "inspect",
        /// Rules and release check.
        Decide = "decide",
        /// The decision record becomes durable.
        Record = "record",
        /// Waiting for people.
        Hold = "hold",
        /// People deciding.
        Review = "review",
        /// Queued and sent.
        Egress = "egress",
    }
}

words! {
    /// What became of an object at a stage.
    Verdict {
        /// It came in whole.
        Received = "received",
        /// It may cross.
        Release = "release",
        /// People decide.
        Hold = "hold",
        /// It does not cross.
        Refuse = "refuse",
        /// Something other than an object was turned away: a frame too long, a client without a right.
        Rejected = "rejected",
        /// Dropped for want of room before anybody looked at it.
        Dropped = "dropped",
        /// A rewritten object took its place.
        Replaced = "replaced",
        /// Sent back by a reviewer.
        Returned = "returned",
        /// It left.
        Sent = "sent",
        /// Too old when its turn came.
        Expired = "expired",
        /// A newer one of the same track took its place.
        Superseded = "superseded",
        /// The queue was full; it went to the hold store.
        Spilled = "spilled",
        /// To be decided again under another bundle.
        Recalled = "recalled",
        /// Nobody can tell whether it left.
        Indeterminate = "indeterminate",
    }
}

words! {
    /// The four threads of a lane.
    Worker {
        /// Reads sockets and folders.
        Intake = "intake",
        /// Decides.
        Engine = "engine",
        /// Makes decisions durable.
        Journal = "journal",
        /// Sends.
        Egress = "egress",
    }
}

words! {
    /// What a disk is used for.
    Store {
        /// The audit log.
        Log = "log",
        /// The held objects.
        Hold = "hold",
        /// The folder that is watched.
        Intake = "intake",
        /// The folder that is delivered to.
        Egress = "egress",
    }
}

words! {
    /// How far the lane trusts its clock.
    ClockState {
        /// Synchronised, no step.
        Good = "good",
        /// Nobody says that it is synchronised: nothing is released.
        Unsynchronised = "unsynchronised",
        /// It jumped: nothing is released until an operator confirms it.
        Stepped = "stepped",
    }
}

words! {
    /// Whether text in pictures is read for the slow path.
    ReaderState {
        /// A reader answers.
        Reads = "reads",
        /// There is none on the machine, or none is wanted there.
        Absent = "absent",
        /// There is one, and it does not answer as it should.
        Failed = "failed",
    }
}

words! {
    /// What can expire.
    ExpiryKind {
        /// An agreement.
        Agreement = "agreement",
        /// A delegation to regrade.
        Delegation = "delegation",
        /// An equivalence between policies.
        Equivalence = "equivalence",
        /// The label that a lane assigns to objects without one.
        DefaultLabel = "default-label",
        /// An edition of a security policy.
        Policy = "policy",
        /// The right of a signer of bundles.
        Signer = "signer",
        /// A certificate.
        Certificate = "certificate",
        /// The membership of a reader in a community.
        Membership = "membership",
        /// The appointment of a reviewer.
        Reviewer = "reviewer",
        /// The right of a signer of labels.
        LabelSigner = "label-signer",
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, Verdict};

    #[test]
    fn words_read_back_and_stand_once() {
        for (at, stage) in Stage::ALL.iter().enumerate() {
            assert_eq!((Stage::named(stage.name()), stage.place()), (Some(*stage), at));
        }
        let mut words: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Verdict::ALL.len());
        assert_eq!(Stage::named("Intake"), None);
    }
}
