//! The last check: is this the object that was released, here, under the bundle in force?

use lockgate_bytes::{Digest, Look, SealKey, Sealed};
use lockgate_reason::{Code, egress};
use std::sync::Arc;

/// What egress holds an object against.
#[derive(Debug)]
pub struct Gate {
    /// The key of this run.
    pub key: SealKey,
    /// The lane.
    pub lane: Arc<str>,
    /// The bundle in force.
    pub bundle: Digest,
}

impl Gate {
    /// As it comes: the tag, before the object may take another's place.
    pub(crate) fn admit(&self, sealed: &Sealed) -> Result<(), Code> {
        if self.key.fits(sealed) { Ok(()) } else { Err(egress::SEAL_BROKEN) }
    }

    /// As it leaves: everything, and every byte once more.
    pub(crate) fn pass(&self, sealed: &Sealed) -> Result<(), Code> {
        self.lets(sealed, sealed.is_intact(&self.key))
    }

    /// The same where every byte has been looked at, piece by piece.
    pub(crate) fn pass_by(&self, sealed: &Sealed, look: &Look) -> Result<(), Code> {
        self.lets(sealed, sealed.is_intact_by(&self.key, look))
    }

    fn lets(&self, sealed: &Sealed, is_intact: bool) -> Result<(), Code> {
        if !is_intact {
            Err(egress::SEAL_BROKEN)
        } else if sealed.lane != self.lane {
            Err(egress::ANOTHER_LANE)
        } else if sealed.bundle != self.bundle {
            Err(egress::RETIRED_BUNDLE)
        } else {
            Ok(())
        }
    }
}
