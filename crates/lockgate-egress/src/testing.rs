//! Sealed objects for tests of this crate.

use lockgate_bytes::{Crossing, Digest, Precedence, SealKey, Sealed, Time};
use std::sync::Arc;

pub(crate) fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// The key of a lane that leads to a one-way link.
pub(crate) fn link_key() -> SealKey {
    SealKey::for_link([7; 32])
}

/// A routine object of no order that never expires.
pub(crate) fn sealed(entry: u64) -> Sealed {
    sealed_as(entry, |_| {})
}

/// The same with changes, sealed after them.
pub(crate) fn sealed_as(entry: u64, change: impl FnOnce(&mut Sealed)) -> Sealed {
    sealed_by(&key(), entry, change)
}

/// The same under this key.
pub(crate) fn sealed_by(key: &SealKey, entry: u64, change: impl FnOnce(&mut Sealed)) -> Sealed {
    let mut sealed = Sealed {
        bytes: entry.to_be_bytes().to_vec(),
        identity: Digest([0; 32]),
        crossing: None,
        lane: Arc::from("down"),
        bundle: Digest([1; 32]),
        precedence: Precedence::Routine,
        not_after: Time::MAX,
        entry,
        first: entry,
        order: None,
        turn: 0,
        tag: Digest([0; 32]),
    };
    change(&mut sealed);
    sealed.identity = Digest::of(&sealed.bytes);
    sealed.crossing = key.names_crossing().then(|| Crossing::of(&sealed.bytes));
    sealed.tag = key.tag(&sealed);
    sealed
}
