//! What the log tells: one JSON object an entry, first key `event`. docs/AUDIT.md lists every key.

mod read;
mod write;

use crate::ledger::reviews::Reviewed;
use crate::ledger::snapshot::Snapshot;
use crate::ledger::{Decided, Fact, Outcome, Taken, parse_receipt};
use lockgate_attest::ReviewStep;
use lockgate_bytes::{Digest, Time};
use serde_json::Value;

pub use read::EventFault;
pub(crate) use write::{number, number_or_null, time_or_null};

/// How the first part of a snapshot begins.
pub(crate) const SNAPSHOT_BEGINS: &[u8] = br#"{"event":"snapshot","part":1,"#;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A process began.
    Start(Start),
    /// One object was decided.
    Decision(Box<Decision>),
    /// Refusals that share one record.
    Refusals(Refusals),
    /// What became of objects at egress.
    Egress(Settled),
    /// What became of objects that were held.
    Hold(Settled),
    /// A reviewer said something of a held object, or tried to.
    Review(Box<Review>),
    /// Datagrams that the kernel dropped.
    Drops(Drops),
    /// The bundle was swapped, or was not.
    Bundle(BundleChange),
    /// The clock was found wrong, or right again.
    Clock(ClockChange),
    /// The whole state of the accounting.
    Snapshot(Time, Snapshot),
    /// A process ended in order.
    Stop(Stop),
}

/// `start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Time,
    /// The number of this process: one more than that of the last one, from 1.
    pub epoch: u64,
    /// The machine's name.
    pub node: String,
    /// The version of the engine.
    pub engine: String,
    /// The bundle.
    pub bundle: Digest,
    /// Its revision.
    pub revision: u64,
    /// The lane.
    pub lane: String,
    /// SHA-256 of the configuration.
    pub config: Digest,
    /// The state of the clock.
    pub clock: ClockState,
    /// The log's key in its public text form.
    pub key: String,
    /// Bytes of a torn tail that were cut.
    pub cut_bytes: u64,
    /// Objects queued or held, by the entries so far.
    pub outstanding: u64,
}

/// `decision`.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The process.
    pub epoch: u64,
    /// When the object arrived.
    pub arrival: Time,
    /// When it was decided.
    pub decided: Time,
    /// Nanoseconds that the process had run: a clock that nobody sets.
    pub uptime_ns: u64,
    /// The state of the clock.
    pub clock: ClockState,
    /// The entry of the decision that this one takes the place of.
    pub again: Option<u64>,
    /// The entry of the decision by which a sink names the object, where that is not this one.
    pub first: Option<u64>,
    /// The receipt under which intake took it, where the source could offer it again.
    pub receipt: Option<String>,
    /// It was rewritten: the original is replaced, and the derived object takes the verdict.
    pub is_rewritten: bool,
    /// What each filter said, in order.
    pub steps: Vec<(Stage, StageSays)>,
    /// First instant at which it must not be sent any more.
    pub not_after: Option<Time>,
    /// The class of the egress queue.
    pub class: Option<String>,
    /// BLAKE3 of the released bytes, where they leave over a link that names them by it; never of anything else.
    pub blake3: Option<Digest>,
    /// What `inspect --json` prints of it, without `path` and `elapsed_us`.
    pub account: Value,
}

/// A filter on the way of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Framing, bounds, and the route.
    Frame,
    /// The type, whole and closed-world.
    Type,
    /// Its label.
    Label,
    /// Words and free text.
    Words,
    /// Rules of type and lane.
    Rules,
    /// The release check and validity, and what comes after it.
    Release,
}

/// What a filter said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageSays {
    /// Nothing against it.
    Pass,
    /// People decide.
    Hold,
    /// It does not cross.
    Refuse,
    /// There was nothing that it could look at.
    NotRun,
}

/// The state of the clock by which a record was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// The system says that it is synchronised.
    Synchronised,
    /// The system says that it is not, or does not say.
    Unsynchronised,
    /// Not synchronised, or stepped; an operator has confirmed it.
    Confirmed,
}

/// `refusals`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// When it was written.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// The lane.
    pub lane: String,
    /// The source.
    pub source: String,
    /// The reason code that they share.
    pub code: String,
    /// How many.
    pub count: u64,
    /// When the first of them arrived.
    pub first: Time,
    /// When the last of them arrived.
    pub last: Time,
    /// SHA-256 over their hashes, one after the other; `None` where intake counted them together, or did not have all bytes.
    pub digest: Option<Digest>,
    /// The taken file that was turned away, whole, where it is one; then `count` is 1.
    pub receipt: Option<Taken>,
    /// Where intake turned them away; `None` where the engine refused them, and in logs of before.
    pub door: Option<Box<Door>>,
}

/// Where intake turned something away, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The listener.
    pub listener: String,
    /// The word for why.
    pub why: String,
    /// Bytes of all of them together, as far as they arrived.
    pub size_bytes: u64,
}

/// `egress` and `hold`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// When it was written.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// The lane.
    pub lane: String,
    /// What became of them, and the entries of their decisions: from, to (inclusive).
    pub outcomes: Vec<(Outcome, Vec<(u64, u64)>)>,
}

/// `review`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// When it was taken up.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// The lane.
    pub lane: String,
    /// The entry of the decision that holds the object, as far as it could be read.
    pub object: Option<u64>,
    /// What was to be done, as far as it could be read.
    pub step: Option<ReviewStep>,
    /// The reviewer; `None` where the signature is not theirs, or nobody's.
    pub by: Option<String>,
    /// The nonce of the statement; `None` as before.
    pub nonce: Option<[u8; 16]>,
    /// First instant at which it does not hold any more: of a claim the end of its lease.
    pub until: Option<Time>,
    /// With it, enough people have approved.
    pub complete: bool,
    /// The code of why it did not count; `None` where it did.
    pub refused: Option<String>,
    /// SHA-256 of the file as it was handed in.
    pub sha256: Digest,
    /// The signed statement, where it is one.
    pub statement: Option<Vec<u8>>,
}

/// `drops`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drops {
    /// When it was written.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// The lane.
    pub lane: String,
    /// The listener.
    pub listener: String,
    /// Datagrams that the kernel dropped since the process began.
    pub dropped: u64,
    /// Of a diode link: objects that were sent and will not come, since the process began.
    pub lost: u64,
    /// Of a diode link: what a sound one never does, since the process began.
    pub alarms: u64,
    /// Of a diode link: objects that the process before had and may not have put on record when it was killed. What of
    /// them is on record stands there as well.
    pub indeterminate: u64,
}

/// `bundle`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleChange {
    /// When.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// The lane.
    pub lane: String,
    /// The bundle before, if any.
    pub from: Option<Digest>,
    /// The bundle that was offered, as far as it could be read.
    pub to: Option<Digest>,
    /// The revision that was offered, as far as it could be read.
    pub revision: Option<u64>,
    /// Why it was refused; `None` where it was taken.
    pub refused: Option<String>,
}

/// `clock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// When, by the floor that never runs back.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// What is the case from now on.
    pub clock: ClockState,
    /// The step that was found, in nanoseconds; 0 for none.
    pub step_ns: i64,
    /// The operator who confirmed it.
    pub by: Option<String>,
}

/// `stop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When.
    pub at: Time,
    /// The process.
    pub epoch: u64,
    /// Why: `signal`, or a fault in words.
    pub why: String,
}

impl Event {
    /// The word under `event`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Decision(_) => "decision",
            Self::Refusals(_) => "refusals",
            Self::Egress(_) => "egress",
            Self::Hold(_) => "hold",
            Self::Review(_) => "review",
            Self::Drops(_) => "drops",
            Self::Bundle(_) => "bundle",
            Self::Clock(_) => "clock",
            Self::Snapshot(..) => "snapshot",
            Self::Stop(_) => "stop",
        }
    }

    /// When it was written: of a decision, when it was made.
    pub fn at(&self) -> Time {
        match self {
            Self::Start(event) => event.at,
            Self::Decision(event) => event.decided,
            Self::Refusals(event) => event.at,
            Self::Egress(event) | Self::Hold(event) => event.at,
            Self::Review(event) => event.at,
            Self::Drops(event) => event.at,
            Self::Bundle(event) => event.at,
            Self::Clock(event) => event.at,
            Self::Snapshot(at, _) => *at,
            Self::Stop(event) => event.at,
        }
    }

    /// The process that wrote it.
    pub fn epoch(&self) -> u64 {
        match self {
            Self::Start(event) => event.epoch,
            Self::Decision(event) => event.epoch,
            Self::Refusals(event) => event.epoch,
            Self::Egress(event) | Self::Hold(event) => event.epoch,
            Self::Review(event) => event.epoch,
            Self::Drops(event) => event.epoch,
            Self::Bundle(event) => event.epoch,
            Self::Clock(event) => event.epoch,
            Self::Snapshot(_, snapshot) => snapshot.epoch,
            Self::Stop(event) => event.epoch,
        }
    }

    /// The lane, where it speaks of one.
    pub fn lane(&self) -> Option<&str> {
        match self {
            Self::Start(event) => Some(&event.lane),
            Self::Decision(event) => Some(event.lane()),
            Self::Refusals(event) => Some(&event.lane),
            Self::Egress(event) | Self::Hold(event) => Some(&event.lane),
            Self::Review(event) => Some(&event.lane),
            Self::Drops(event) => Some(&event.lane),
            Self::Bundle(event) => Some(&event.lane),
            Self::Clock(_) | Self::Snapshot(..) | Self::Stop(_) => None,
        }
    }

    /// What it means for the accounting.
    pub fn fact(&self) -> Fact<'_> {
        match self {
            Self::Start(event) => Fact::Start {
                epoch: event.epoch,
                outstanding: event.outstanding,
                // A run that was refused names no bundle.
                runs: Some((event.bundle, event.revision)).filter(|(bundle, _)| *bundle != Digest([0; 32])),
            },
            Self::Decision(event) => Fact::Decision {
                lane: event.lane(),
                again: event.again,
                is_rewritten: event.is_rewritten,
                decided: event.verdict(),
                receipt: event.receipt.as_deref().and_then(parse_receipt),
            },
            Self::Refusals(event) => {
                Fact::Refusals { lane: &event.lane, count: event.count, receipt: event.receipt }
            }
            Self::Egress(event) | Self::Hold(event) => {
                Fact::Outcomes { lane: &event.lane, outcomes: &event.outcomes }
            }
            Self::Review(event) => Fact::Review(Reviewed {
                at: event.at,
                lane: &event.lane,
                object: event.object,
                step: event.step,
                by: event.by.as_deref(),
                nonce: event.nonce,
                until: event.until,
                complete: event.complete,
                is_refused: event.refused.is_some(),
            }),
            Self::Drops(event) => Fact::Drops { listener: &event.listener, dropped: event.dropped },
            Self::Bundle(BundleChange { to: Some(to), revision: Some(revision), refused: None, .. }) => {
                Fact::Runs(*to, *revision)
            }
            Self::Clock(ClockChange { by: Some(_), .. }) => Fact::Clock(None),
            Self::Clock(ClockChange { step_ns, .. }) if *step_ns != 0 => Fact::Clock(Some(*step_ns)),
            Self::Bundle(_) | Self::Clock(_) | Self::Snapshot(..) => Fact::Other,
            Self::Stop(_) => Fact::Stop,
        }
    }
}

impl Decision {
    /// The lane.
    pub fn lane(&self) -> &str {
        self.text("lane").unwrap_or("")
    }

    /// The verdict.
    pub fn verdict(&self) -> Decided {
        match self.text("verdict") {
            Some("release") => Decided::Release,
            Some("hold") => Decided::Hold,
            // What is read has one of the three words; what is not is no release.
            _ => Decided::Refuse,
        }
    }

    /// A text of the account.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.account.get(key).and_then(Value::as_str)
    }

    /// The codes of its reasons.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let reasons = self.account.get("reasons").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        reasons.iter().filter_map(|reason| reason.get("code").and_then(Value::as_str))
    }

    /// The label that was enforced, as text.
    pub fn label(&self) -> Option<&str> {
        self.account.get("label").and_then(|label| label.get("text")).and_then(Value::as_str)
    }
}

impl Decided {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }
}

impl Stage {
    /// All of them, in the order of the way.
    pub const ALL: [Self; 6] =
        [Self::Frame, Self::Type, Self::Label, Self::Words, Self::Rules, Self::Release];

    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Type => "type",
            Self::Label => "label",
            Self::Words => "words",
            Self::Rules => "rules",
            Self::Release => "release",
        }
    }
}

impl StageSays {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Hold, Self::Refuse, Self::NotRun];

    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
            Self::NotRun => "not-run",
        }
    }
}

impl ClockState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Synchronised, Self::Unsynchronised, Self::Confirmed];

    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Synchronised => "synchronised",
            Self::Unsynchronised => "unsynchronised",
            Self::Confirmed => "confirmed",
        }
    }
}

#[cfg(test)]
mod tests;
