//! Where objects leave. A sink takes bytes and says nothing of what is beyond it.

use crate::Cage;
use lockgate_bytes::Sealed;
use std::time::Duration;

/// The most objects in one call of a sink.
pub const BATCH: usize = 64;

/// The end of the lane.
pub trait Sink {
    /// The largest object that it takes, in bytes.
    fn largest(&self) -> usize;

    /// What an object of so many bytes takes on the link, headers included.
    fn wire_bytes(&self, object: usize) -> u64;

    /// The most objects that one call should have; at most [`BATCH`] are given.
    fn batch(&self) -> usize {
        BATCH
    }

    /// What the thread that calls [`Self::send`] may ask of the system.
    fn cage(&self) -> Cage;

    /// Sends the first objects of `batch`, in order; never waits. Fewer than all without an obstacle means: call again.
    fn send(&mut self, batch: &[&Sealed]) -> Progress;
}

/// How far a call came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many left: the first so many of the batch.
    pub sent: usize,
    /// How many more, behind those, a receiver may have taken already, although a crash might undo it. No other end than
    /// sent is true of them any more: they are offered again, alone, until they are.
    pub begun: usize,
    /// How often the network said that nobody is there (ICMP). It is counted, and changes nothing else: whoever is
    /// beyond the sink must not be able to influence what it does.
    pub unheard: u64,
    /// How long the call took where it waited for a disk: what left, left by then. Nothing where it did not wait.
    pub took: Duration,
    /// What the first object that is left met.
    pub obstacle: Option<Obstacle>,
}

/// Why an object did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Later, perhaps: buffers are full, the interface is down, the disk is full. It is tried again until the object's
    /// time runs out.
    Stalled(Stall),
    /// Never: the object does not fit.
    TooLarge,
}

/// What a sink waits for, for the eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stall {
    /// The system's buffers are full.
    Buffers,
    /// The network refuses: no route, interface down, not permitted.
    Network,
    /// The disk is full.
    DiskFull,
    /// The disk fails, is read-only, or the folder is gone.
    Disk,
}

impl Stall {
    /// What status and alarms say.
    pub fn says(self) -> &'static str {
        match self {
            Self::Buffers => "the system's send buffers are full",
            Self::Network => "the network refuses to send: no route, interface down, or not permitted",
            Self::DiskFull => "the disk of the output folder is full",
            Self::Disk => "the output folder cannot be written",
        }
    }
}
