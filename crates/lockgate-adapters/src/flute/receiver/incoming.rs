//! What callers see of the receiving end, and what datagrams count as.

use super::open::Open;
use super::{Receiver, Taken};
use crate::flute::lct::{Header, HeaderFault};
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_diode::{Counters, EpochView, Event, Incoming, Note};

impl Receiver {
    fn count(&mut self, taken: &Taken) {
        let counters = &mut self.counters;
        let (cell, more) = match taken {
            Taken::New => (&mut counters.taken, None),
            Taken::Again => (&mut counters.again, None),
            Taken::Stale => (&mut counters.stale, None),
            Taken::Body => (&mut counters.body, None),
            Taken::Needless => (&mut counters.taken, Some(&mut counters.needless)),
            Taken::Contradicting => (&mut counters.taken, Some(&mut counters.contradicting)),
            Taken::NoRoom => (&mut counters.taken, Some(&mut counters.no_room)),
        };
        *cell = cell.saturating_add(1);
        if let Some(more) = more {
            *more = more.saturating_add(1);
        }
    }
}

impl Incoming for Receiver {
    fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>) {
        let counters = &mut self.counters;
        counters.datagrams = counters.datagrams.saturating_add(1);
        let read = Header::read(datagram);
        let header = match read {
            Ok(header) if header.session == Some(self.session) => header,
            other => {
                let cell = match other {
                    Ok(_) => &mut counters.link,
                    Err(HeaderFault::Short) => &mut counters.size,
                    Err(HeaderFault::Version) => &mut counters.version,
                    Err(HeaderFault::Malformed | HeaderFault::Encoded) => &mut counters.body,
                };
                return *cell = cell.saturating_add(1);
            }
        };
        if self.last.replace(now).is_none() {
            events.push(Event::Begun { epoch: self.epoch });
        }
        if core::mem::take(&mut self.is_silent) {
            events.push(Event::Heard);
        }
        let taken = self.taken(&header, now, events);
        self.count(&taken);
    }

    fn tick(&mut self, now: Time, events: &mut Vec<Event>) {
        if let (Some(last), Some(silence)) = (self.last, self.silence)
            && !self.is_silent
            && last.plus(silence) <= now
        {
            self.is_silent = true;
            events.push(Event::Silent);
        }
        if now < self.due {
            return;
        }
        let former = self.limits.former;
        self.tables.retain(|_, table| table.last.plus(former) > now);
        let ends = |open: &Open| open.ends(&self.limits);
        let over: Vec<u128> =
            self.open.iter().filter(|(_, open)| ends(open) <= now).map(|(object, _)| *object).collect();
        for object in over {
            let Some(open) = self.take_out(object) else { continue };
            match open.cause() {
                Some(cause) => self.lose(object, &open, cause, events),
                None if !open.is_named() => events.push(Event::Gap { blocks: 1 }),
                None => self.known.end(object, open.print(), open.expires()),
            }
        }
        let tables = self.tables.values().map(|table| table.last.plus(former));
        let open = self.open.values().map(|open| open.ends(&self.limits));
        self.due = tables.chain(open).min().unwrap_or(Time::MAX);
    }

    /// Each object lies in memory of its own.
    fn give_back(&mut self, _: Vec<u8>) {}

    /// Nothing on the wire could be held against it.
    fn journal(&mut self) -> Vec<Note> {
        Vec::new()
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    fn views(&self) -> Vec<EpochView> {
        Vec::new()
    }

    fn memory(&self) -> usize {
        let tables = self.tables.values().map(|table| table.assembly.memory());
        tables.fold(self.memory, usize::saturating_add)
    }
}
