//! The states of an object on its way, each a token that only the one before it can become.
//!
//! ```text
//!   Frame -> Received -> Routed::{Fast, Slow} -> Inspected -> Decision -> Verdict -> Recorded -> Sealed
//!               ^                                                |
//!               +------------- rewritten: derived ---------------+
//! ```
//!
//! INVARIANT: a token is made here and nowhere else, is moved and never copied, and holds the bytes it speaks of.

use crate::company::Company;
use crate::policy::{LaneType, Policy};
use crate::workspace::Pass;
use crate::{Workspace, claims, deep::Seen, route};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Frame, Time, Untrusted};
use lockgate_reason::Code;

/// Where an object comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It arrived as it is.
    Arrived,
    /// This program wrote it from the record of the object with this hash.
    Rewritten(Digest),
}

/// An object that is here, whole, and has its name: the SHA-256 of its bytes.
#[derive(Debug)]
pub struct Received {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: Digest,
    pub(crate) source: Arc<str>,
    pub(crate) arrival: Time,
    pub(crate) origin: Origin,
    pub(crate) workspace: Box<Workspace>,
}

impl Received {
    /// The findings of this reading: those of the object as it arrived, or as it was rewritten.
    pub(crate) fn pass(&mut self) -> &mut Pass {
        match self.origin {
            Origin::Arrived => &mut self.workspace.first,
            Origin::Rewritten(_) => &mut self.workspace.second,
        }
    }

    /// Takes a frame in. The workspace is the lane's; it comes back when the object is recorded.
    pub fn accept(frame: Frame, mut workspace: Box<Workspace>) -> Self {
        let sha256 = Digest::of(&frame.bytes);
        workspace.begin();
        let Frame { bytes, source, arrival } = frame;
        Self { bytes, sha256, source, arrival, origin: Origin::Arrived, workspace }
    }

    /// The same object with what came with it. To be called before anything looks into it.
    #[must_use]
    pub fn accompanied(mut self, company: &Company) -> Self {
        self.workspace.company.clone_from(company);
        self
    }

    /// Takes in what was written from the record of `parent` into the spare buffer.
    pub(crate) fn rewritten(parent: Self) -> Self {
        let Self { bytes: original, sha256: parent_sha256, source, arrival, mut workspace, .. } = parent;
        let bytes = core::mem::replace(&mut workspace.spare, core::mem::take(&mut workspace.original));
        workspace.original = original;
        let sha256 = Digest::of(&bytes);
        Self { bytes, sha256, source, arrival, origin: Origin::Rewritten(parent_sha256), workspace }
    }

    /// Finds the object's type by its structure, never by a name, and its route.
    pub fn route(self, policy: &Policy) -> Routed {
        route::route(self, policy)
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    pub(crate) fn untrusted(&self) -> Untrusted<'_> {
        Untrusted::new(&self.bytes)
    }
}

/// An object with its route.
#[derive(Debug)]
pub enum Routed {
    /// Of a type that the lane knows: described, read and judged as a whole.
    Fast(FastObject),
    /// Anything else.
    Slow(SlowObject),
}

/// An object of a known type.
#[derive(Debug)]
pub struct FastObject {
    pub(crate) received: Received,
    pub(crate) lane_type: Arc<LaneType>,
}

/// An object of no known type.
#[derive(Debug)]
pub struct SlowObject {
    pub(crate) received: Received,
    /// Why nothing looks into it.
    pub(crate) why: Code,
}

impl FastObject {
    /// Reads the object by its type and gathers every claim about its label. What arrived is read by the compiled
    /// program, what this program wrote by the reference interpreter.
    pub fn inspect(mut self, policy: &Arc<Policy>) -> Inspected {
        claims::inspect(&mut self.received, &self.lane_type, policy);
        Inspected { received: self.received, route: Route::Fast(self.lane_type), policy: Arc::clone(policy) }
    }
}

/// Which way an object went, and by which type.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Fast(Arc<LaneType>),
    Slow(Box<Seen>),
    None,
}

/// An object that has been read as far as it can be.
#[derive(Debug)]
pub struct Inspected {
    pub(crate) received: Received,
    pub(crate) route: Route,
    /// What it was read under: findings hold numbers of its lists. It is decided under the same, or not released.
    pub(crate) policy: Arc<Policy>,
}
