//! The two seams of the house: what comes in, and what goes out. Both are plain bytes.

use crate::{Digest, Precedence, Time};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// One framing unit as it arrived.
pub struct Frame {
    /// The bytes, all of them.
    pub bytes: Vec<u8>,
    /// The authenticated source, by its name in the lane.
    pub source: Arc<str>,
    /// When it arrived.
    pub arrival: Time,
}

impl fmt::Debug for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Frame({} bytes from {} at {})", self.bytes.len(), self.source, self.arrival)
    }
}

/// One released and recorded object on its way to egress. Whoever sends it checks tag, hash and time again.
pub struct Sealed {
    /// Exactly the bytes that were inspected.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub identity: Digest,
    /// The lane that released it.
    pub lane: Arc<str>,
    /// The bundle under which it was released.
    pub bundle: Digest,
    /// How urgent it is.
    pub precedence: Precedence,
    /// It must not be sent at or after this time.
    pub not_after: Time,
    /// Binds all of the above; see `lockgate-core`.
    pub tag: Digest,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({} bytes, {}, lane {})", self.bytes.len(), self.identity, self.lane)
    }
}
