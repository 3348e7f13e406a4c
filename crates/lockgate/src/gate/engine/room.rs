//! How much room the line before the slow thread has, as the journal sees it: it gives what is held its turn when there is some.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Objects that wait for the slow thread of a lane. Each pins its bytes.
pub(super) const LINE: usize = 16;
/// Bytes of those, the one that is looked into included. One object of any size is taken where nothing else is.
pub(super) const LINE_BYTES: usize = 48 << 20;
/// Bytes of what waits before the line, the same way.
pub(super) const PATIENT_BYTES: usize = 32 << 20;
/// Objects that people have approved and that wait for room in the line before anything new gets some, and as many that
/// statements are about: whoever floods the line does not void what people have said.
pub(super) const PATIENT: usize = 16;

/// The engine writes it, the journal reads it. It may be a moment old: what finds no room has another turn.
#[derive(Debug)]
pub(crate) struct Room {
    /// Places in the line, and before it.
    line: usize,
    before: usize,
    free: AtomicUsize,
    patient: AtomicUsize,
    was_full: AtomicBool,
}

impl Default for Room {
    /// All of it; and what a run before left unopened may be there.
    fn default() -> Self {
        Self::of(LINE, PATIENT)
    }
}

impl Room {
    /// A line of so many places, and so many before it for each kind of what people have spoken of.
    pub(crate) fn of(line: usize, before: usize) -> Self {
        let (free, patient) = (AtomicUsize::new(line), AtomicUsize::new(before));
        Self { line, before, free, patient, was_full: AtomicBool::new(true) }
    }

    /// Places in the line, taken or not.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Places before the line for each kind of what people have spoken of, taken or not.
    pub(super) fn before(&self) -> usize {
        self.before
    }

    /// True where so many bytes find a place beside those that are there.
    pub(super) fn fits(bytes: usize, beside: usize, most: usize) -> bool {
        beside == 0 || beside.saturating_add(bytes) <= most
    }

    /// What the line has room for, and what may wait before it.
    pub(super) fn is(&self, free: usize, patient: usize) {
        self.free.store(free, Ordering::Relaxed);
        self.patient.store(patient, Ordering::Relaxed);
    }

    /// A new object was held unopened, for want of room.
    pub(super) fn fell_short(&self) {
        self.was_full.store(true, Ordering::Relaxed);
    }

    /// Places in the line.
    pub(crate) fn free(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }

    /// Places before it, for what people have approved.
    pub(crate) fn patient(&self) -> usize {
        self.patient.load(Ordering::Relaxed)
    }

    /// True where nothing waits, and something was held unopened since this was last true.
    pub(crate) fn has_missed(&self) -> bool {
        self.free() >= self.line && self.was_full.swap(false, Ordering::Relaxed)
    }

    /// More was held unopened than has its turn now.
    pub(crate) fn misses_more(&self) {
        self.was_full.store(true, Ordering::Relaxed);
    }
}
