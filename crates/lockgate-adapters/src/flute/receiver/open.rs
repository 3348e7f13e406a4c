//! An object that has been named or has begun, and has not ended.

use crate::Objects;
use crate::flute::fdt::File;
use crate::flute::gather::{Assembly, KEEP, Put};
use crate::flute::lct::Header;
use crate::flute::oti::Oti;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_diode::{Cause, Hash, Limits};

/// What the tables say.
struct Named {
    file: File,
    expires: Time,
    /// By the first table that came: it may have been sent before.
    is_old: bool,
}

/// See the module.
pub(super) struct Open {
    named: Option<Named>,
    /// How it is cut, where its own datagrams say so.
    oti: Option<Oti>,
    assembly: Option<Assembly>,
    /// What came before it was known how it is cut: codepoint and payload.
    waiting: Vec<(u8, Vec<u8>)>,
    /// Bytes of `waiting`.
    waits: usize,
    pub(super) last: Time,
    has_come: bool,
    is_damaged: bool,
    /// Its sender said that nothing more comes.
    pub(super) is_ending: bool,
    pub(super) is_repaired: bool,
}

/// Whether an object can be put together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Started {
    Yes,
    /// Not enough is known of it.
    Not,
    /// It is larger than an object may be.
    NoRoom,
    /// Too many grow.
    TooMany,
    /// What came before it was known how it is cut contradicts itself, and nothing would tell which of the two is right.
    Contradicts,
}

impl Open {
    pub(super) fn new(now: Time) -> Self {
        Self {
            named: None,
            oti: None,
            assembly: None,
            waiting: Vec::new(),
            waits: 0,
            last: now,
            has_come: false,
            is_damaged: false,
            is_ending: false,
            is_repaired: false,
        }
    }

    /// A table says what it is. Where another said something else, the last one holds, and what came is forgotten.
    pub(super) fn name(&mut self, file: File, expires: Time, is_old: bool) {
        if let Some(named) = &mut self.named
            && named.file.print == file.print
        {
            named.expires = named.expires.max(expires);
            return;
        }
        if self.named.is_some() {
            self.begin_anew();
            self.assembly = None;
            self.oti = None;
        }
        self.named = Some(Named { file, expires, is_old });
    }

    /// Forgets what came.
    pub(super) fn begin_anew(&mut self) {
        self.is_damaged |= self.has_come;
        self.is_repaired = false;
        (self.waiting, self.waits) = (Vec::new(), 0);
        if let Some(assembly) = &mut self.assembly {
            assembly.begin_anew();
        }
    }

    pub(super) fn heard(&mut self, header: &Header<'_>, now: Time) {
        self.last = now;
        self.has_come = true;
        self.is_ending |= header.ends_object;
        if self.oti.is_none() {
            self.oti = header.fti.and_then(|fti| Oti::of_fti(header.codepoint, fti));
        }
    }

    pub(super) fn is_named(&self) -> bool {
        self.named.is_some()
    }

    pub(super) fn grows(&self) -> bool {
        self.assembly.is_some()
    }

    pub(super) fn md5(&self) -> Option<[u8; 16]> {
        self.named.as_ref().and_then(|named| named.file.md5)
    }

    /// What is said of it, in one; zeros where nothing is.
    pub(super) fn print(&self) -> Hash {
        self.named.as_ref().map_or([0; 32], |named| named.file.print)
    }

    /// Bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.assembly.as_ref().map_or(0, Assembly::memory).saturating_add(self.waits)
    }

    /// True where it could begin with what is there, or is empty.
    pub(super) fn wants_start(&self) -> bool {
        let is_empty = self.named.as_ref().is_some_and(|named| named.file.transfer == Some(0));
        self.assembly.is_none() && (!self.waiting.is_empty() || is_empty)
    }

    /// Begins to put it together, where enough is known; `growing` others do. It may take `room` bytes more than it does.
    pub(super) fn start(
        &mut self,
        limits: &Limits,
        objects: Objects,
        growing: usize,
        room: usize,
    ) -> Started {
        if self.assembly.is_some() {
            return Started::Yes;
        }
        let Some(named) = &self.named else { return Started::Not };
        let File { transfer, oti, .. } = &named.file;
        let oti = oti.or(self.oti).filter(|oti| transfer.is_none_or(|told| told == oti.transfer));
        let Some(cut) = oti.and_then(|oti| oti.cut().ok()) else { return Started::Not };
        let head = u64::try_from(objects.head_bytes()).unwrap_or(0);
        if cut.oti.transfer > u64::from(limits.object).saturating_add(head) {
            return Started::NoRoom;
        }
        if growing >= limits.growing {
            return Started::TooMany;
        }
        let assembly = self.assembly.insert(Assembly::new(cut));
        let room = room.saturating_add(core::mem::take(&mut self.waits));
        for (codepoint, payload) in core::mem::take(&mut self.waiting) {
            if codepoint != cut.oti.code.id() {
                continue;
            }
            // What finds no room is as if it had not come.
            let put = assembly.take(&payload, room.saturating_sub(assembly.memory()));
            if put == Put::Contradicting && objects == Objects::Bare {
                return Started::Contradicts;
            }
        }
        Started::Yes
    }

    /// Keeps what it carries until it is known how it is cut.
    pub(super) fn keep(&mut self, header: &Header<'_>, room: usize) -> Put {
        // A symbol takes what it is kept in, and its block.
        let takes = header.payload.len().saturating_add(KEEP.saturating_mul(2));
        if takes > room {
            return Put::NoRoom;
        }
        self.waiting.push((header.codepoint, header.payload.to_vec()));
        self.waits = self.waits.saturating_add(takes);
        Put::New
    }

    /// Puts what it carries in place.
    pub(super) fn put(&mut self, header: &Header<'_>, room: usize) -> Put {
        let Some(assembly) = &mut self.assembly else { return Put::Malformed };
        if !assembly.is_of(header.codepoint) {
            return Put::Malformed;
        }
        assembly.take(header.payload, room)
    }

    /// All of it, where it is whole.
    pub(super) fn whole(&mut self) -> Option<Vec<u8>> {
        let assembly = self.assembly.as_mut().filter(|assembly| assembly.is_whole())?;
        self.is_repaired |= assembly.is_repaired();
        Some(assembly.hand_over())
    }

    /// Until when a table says anything of it; for ever where none did.
    pub(super) fn expires(&self) -> Time {
        self.named.as_ref().map_or(Time::MAX, |named| named.expires)
    }

    /// When it is given up, if nothing more comes.
    pub(super) fn ends(&self, limits: &Limits) -> Time {
        let wait = if self.is_ending { limits.patience } else { limits.former };
        self.last.plus(wait).min(self.expires())
    }

    /// Why it is lost; none where it is not known to be.
    pub(super) fn cause(&self) -> Option<Cause> {
        match &self.named {
            None => None,
            Some(_) if self.is_damaged => Some(Cause::Differs),
            Some(_) if self.has_come => Some(Cause::Incomplete),
            Some(named) => (!named.is_old).then_some(Cause::Unheard),
        }
    }
}
