//! Tables, put together and acted upon.

use super::open::Open;
use super::{OPEN_MOST, Receiver, Taken};
use crate::flute::fdt::{File, Instance, TEXT_MOST};
use crate::flute::gather::{Assembly, Put};
use crate::flute::lct::Header;
use crate::flute::oti::Oti;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_diode::{Cause, Event};

/// Tables of which a part has come.
const TABLES_MOST: usize = 8;

/// A table of which a part has come.
pub(super) struct Table {
    oti: Oti,
    pub(super) assembly: Assembly,
    pub(super) last: Time,
}

impl Receiver {
    /// A part of a table.
    pub(super) fn table(&mut self, header: &Header<'_>, now: Time, events: &mut Vec<Event>) -> Taken {
        let most = u64::try_from(TEXT_MOST).unwrap_or(0);
        let oti = header.fti.and_then(|fti| Oti::of_fti(header.codepoint, fti));
        let oti = oti.filter(|oti| (1..=most).contains(&oti.transfer));
        let (Some(instance), Some(oti)) = (header.instance, oti) else { return Taken::Body };
        let Ok(cut) = oti.cut() else { return Taken::Body };
        let mut table = self.tables.remove(&instance).filter(|table| table.oti == oti);
        let mut taken = Taken::New;
        let new = || Table { oti, assembly: Assembly::new(cut), last: now };
        let part = table.get_or_insert_with(new);
        part.last = now;
        let others = self.tables.values().map(|table| table.assembly.memory()).fold(0, usize::saturating_add);
        let room = self.table_room.saturating_sub(others);
        match part.assembly.take(header.payload, room.saturating_sub(part.assembly.memory())) {
            Put::New => {}
            Put::Again | Put::Needless => taken = Taken::Again,
            Put::Malformed => taken = Taken::Body,
            Put::Contradicting => {
                // A sender that began anew counts its tables anew.
                part.assembly.begin_anew();
                part.assembly.take(header.payload, room);
                taken = Taken::Contradicting;
            }
            Put::NoRoom => {
                self.tables.clear();
                return Taken::NoRoom;
            }
        }
        let Some(mut table) = table else { return taken };
        if !table.assembly.is_whole() {
            if self.tables.len() >= TABLES_MOST {
                let oldest = self.tables.iter().min_by_key(|(_, table)| table.last).map(|(at, _)| *at);
                oldest.and_then(|oldest| self.tables.remove(&oldest));
            }
            self.tables.insert(instance, table);
            self.due = self.due.min(now.plus(self.limits.former));
            return taken;
        }
        let Some(read) = Instance::read(&table.assembly.hand_over(), now) else { return Taken::Body };
        if read.expires <= now {
            return Taken::Stale;
        }
        // What the first table names may have been sent before this receiver listened.
        let is_old = !core::mem::replace(&mut self.has_table, true);
        for file in read.files {
            self.named(file, read.expires, is_old, now, events);
        }
        taken
    }

    /// A table names an object.
    fn named(&mut self, file: File, expires: Time, is_old: bool, now: Time, events: &mut Vec<Event>) {
        let object = file.object;
        if self.known.has_ended(object, file.print, expires, now) {
            return;
        }
        let mut open = self.take_out(object).unwrap_or_else(|| Open::new(now));
        if self.open.len() >= OPEN_MOST {
            open.name(file, expires, is_old);
            return self.lose(object, &open, Cause::NoRoom, events);
        }
        open.name(file, expires, is_old);
        self.go_on(object, open, events);
        self.due = now;
    }
}
