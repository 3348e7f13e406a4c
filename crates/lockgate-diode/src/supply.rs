//! What a sender takes: objects, from whoever keeps those that wait, and how the sending of each ended.

use crate::{Hash, Id};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

/// One object to send.
#[derive(Debug)]
pub struct Object {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many they are; kept where the bytes are given away for a while.
    pub length: usize,
    /// Their BLAKE3, where the caller has just held them against it: it goes onto the link as it is. None where it is still to be
    /// found.
    pub hash: Option<Hash>,
    /// Equal for reports of one thing; 0 for none. Opaque.
    pub order: u64,
    /// The report's own time. Of two reports of one thing the later one takes the repeats of the other away, of two of one time
    /// the one that leaves later. It never crosses.
    pub at: Time,
    /// No datagram of it leaves at or after this time.
    pub not_after: Time,
    /// What the caller knows it by.
    pub token: u64,
}

impl Object {
    /// An object without an order, whose hash nobody has found yet.
    pub fn new(bytes: Vec<u8>, not_after: Time, token: u64) -> Self {
        Self { length: bytes.len(), bytes, hash: None, order: 0, at: Time::MIN, not_after, token }
    }

    /// Their BLAKE3: as the caller found it, else found now.
    pub fn hash(&self) -> Hash {
        self.hash.unwrap_or_else(|| *blake3::hash(&self.bytes).as_bytes())
    }
}

/// How an object is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// In at most eight parts, at once, with repairs over a sliding window.
    Small,
    /// In blocks of symbols.
    Large,
}

/// Whoever keeps the objects that wait.
pub trait Supply {
    /// The highest class in which an object waits.
    fn highest(&self) -> Option<Precedence>;

    /// Takes out the next object of this class that is sent in this way ([`Terms::plane`](crate::Terms::plane)).
    fn take(&mut self, class: Precedence, plane: Plane, now: Time) -> Option<Object>;
}

/// How the sending of an object ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of it left.
    Sent,
    /// Its time ran out, or it was given up, while it left. Some of it is on the way: too little to be delivered, unless
    /// [`Gone::enough`] says otherwise.
    Cut,
    /// Its time had run out before.
    Late,
    /// It is too large for the link's datagrams, or not what it was taken for.
    Unfit,
}

/// An object whose sending has ended.
#[derive(Debug)]
pub struct Gone {
    /// The object, with its bytes in the memory in which they were taken.
    pub object: Object,
    /// What it is called on the link; none where nothing of it left.
    pub id: Option<Id>,
    /// How it ended.
    pub ended: Ended,
    /// With so many datagrams of the epoch, enough of it has left that it may be delivered: all its parts, or as many symbols
    /// of each block as it has sources. None where so many were not made.
    pub enough: Option<u64>,
}
