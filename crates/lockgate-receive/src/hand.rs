//! The thread that delivers: acts upon what the receiver says, makes it durable, and then notes it.
//!
//! INVARIANT: an object is noted after it was delivered and will survive, and its epoch before anything of it is delivered. So
//! a crash loses none that was noted, and what it leaves in a folder without a note is found and counted by the next start. And it
//! is told before it is noted: while the report cannot be written, nothing more happens, as while nothing can be delivered.
//! Where reports of a thing go in order, it is the other way round with which is the newest: noted before it is delivered, and taken
//! back where it cannot be. So whatever a kill comes between, no older one is delivered behind it.

use crate::far::{Happened, LARGE, Message, Stop, TICK, Tell, sum};
use crate::journal::Journal;
use crate::order::Newest;
use crate::outlet::Outlet;
use crossbeam_channel::{Receiver as Inbox, RecvTimeoutError, Sender as Outbox};
use lockgate_bytes::Time;
use lockgate_diode::{Delivered, Event, Id, Note};
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Between two attempts to deliver one object.
const RETRY: Duration = Duration::from_millis(100);
/// Messages that are acted upon before what they did is made durable.
const AT_ONCE: usize = 256;

/// See the module.
pub(crate) struct Hand {
    /// None where nothing is noted.
    journal: Option<Journal>,
    outlet: Box<dyn Outlet>,
    newest: Newest,
    /// True where an object that is late is not delivered.
    in_order: bool,
    /// What was done and is not noted yet.
    notes: Vec<Note>,
    stop: Stop,
    /// It was told to stop while nothing could be delivered. What is not done by now is for the next start to tell.
    has_given_up: bool,
    /// Why nobody will take anything any more.
    broken: Option<io::Error>,
}

impl Hand {
    /// `newest`: what [the journal](crate::Link) says of it.
    pub(crate) fn new(
        journal: Option<Journal>,
        outlet: Box<dyn Outlet>,
        newest: Newest,
        in_order: bool,
        stop: Stop,
    ) -> Self {
        let notes = Vec::new();
        Self { journal, outlet, newest, in_order, notes, stop, has_given_up: false, broken: None }
    }

    /// What tells it to stop.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Why it ended before it was told to, where nobody takes any more what is delivered or told.
    pub(crate) fn broken(&self) -> Option<&io::Error> {
        self.broken.as_ref()
    }

    /// Works until nobody is left who has work for it, or who takes what it does. What large objects lay in goes `back`.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) fn run(
        &mut self,
        inbox: &Inbox<Message>,
        bytes: &AtomicUsize,
        back: &Outbox<Vec<u8>>,
        tell: &mut dyn Tell,
    ) -> io::Result<()> {
        loop {
            let first = match inbox.recv_timeout(TICK) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.settle(tell),
            };
            let mut shorter = None;
            for message in first.into_iter().chain(inbox.try_iter().take(AT_ONCE)) {
                match message {
                    Message::Events(events) => {
                        let size = sum(&events);
                        for event in events {
                            self.act(&event, tell)?;
                            give_back(event, back);
                        }
                        bytes.fetch_sub(size, Ordering::AcqRel);
                    }
                    Message::Shorten(notes) => {
                        shorter = Some(notes);
                        break;
                    }
                    Message::Sight(sight) => self.told(&Happened::Sight(&sight), tell),
                }
            }
            self.settle(tell)?;
            if self.broken.is_some() {
                return Ok(());
            }
            if let (Some(mut notes), Some(journal)) =
                (shorter.filter(|_| !self.has_given_up), self.journal.as_mut())
            {
                notes.extend(self.newest.notes().filter(|_| self.in_order));
                journal.shorten(&notes)?;
            }
        }
    }

    /// Acts upon an event; what is to be noted of it waits until it will survive.
    fn act(&mut self, event: &Event, tell: &mut dyn Tell) -> io::Result<()> {
        if self.has_given_up {
            return Ok(());
        }
        if let Event::Delivered(object) = event {
            self.object(object, event, tell)?;
        } else {
            self.told(&Happened::Event(event), tell);
        }
        if self.has_given_up {
            return Ok(());
        }
        if let Event::Closed { epoch, .. } = event {
            self.newest.close(*epoch);
        }
        self.notes.extend(event.note());
        match event {
            // An object of an epoch that no note knows would count as lost though it lies in the folder.
            Event::Begun { .. } => self.settle(tell),
            _ => Ok(()),
        }
    }

    fn object(&mut self, object: &Delivered, event: &Event, tell: &mut dyn Tell) -> io::Result<()> {
        let late = self.newest.late(object);
        if let Some(late) = late {
            self.told(&Happened::Late { object, late, delivered: !self.in_order }, tell);
        }
        if self.has_given_up || (late.is_some() && self.in_order) {
            return Ok(());
        }
        let before = self.newest.of(object.order);
        if late.is_none() {
            self.newest_is(object.order, Some((object.id, object.sent)))?;
        }
        let delivered = self.deliver(object, tell);
        if delivered.is_err() && late.is_none() {
            self.newest_is(object.order, before)?;
        }
        match delivered {
            Ok(()) => self.told(&Happened::Event(event), tell),
            Err(None) => self.has_given_up = true,
            Err(Some(why)) => self.told(&Happened::Undelivered { object, why: &why }, tell),
        }
        Ok(())
    }

    /// From now on this is the newest report of its thing, and noted where it decides what is delivered.
    fn newest_is(&mut self, order: u64, newest: Option<(Id, Time)>) -> io::Result<()> {
        self.newest.set(order, newest);
        match self.journal.as_mut() {
            Some(journal) if self.in_order && order != 0 => journal.append(&Note::Newest { order, newest }),
            _ => Ok(()),
        }
    }

    /// Tells it, and waits until that is written.
    fn told(&mut self, happened: &Happened<'_>, tell: &mut dyn Tell) {
        if tell.tell(happened).is_err() && !self.has_given_up && !self.persist(tell, |_, tell| tell.settle())
        {
            self.has_given_up = true;
        }
    }

    /// Tries until it is delivered.
    ///
    /// # Errors
    /// Why this one never will be; nothing where it was told to stop before.
    fn deliver(&mut self, object: &Delivered, tell: &mut dyn Tell) -> Result<(), Option<io::Error>> {
        let mut never = None;
        let is_over = self.persist(tell, |hand, _| match hand.outlet.deliver(object) {
            Err(why) if matches!(why.kind(), ErrorKind::NotConnected | ErrorKind::InvalidInput) => {
                never = Some(why);
                Ok(())
            }
            other => other,
        });
        match never {
            Some(why) => Err(Some(why)),
            None if is_over => Ok(()),
            None => Err(None),
        }
    }

    /// Makes durable what was done and told, and then notes it.
    fn settle(&mut self, tell: &mut dyn Tell) -> io::Result<()> {
        let lasts = self.persist(tell, |hand, _| hand.outlet.settle());
        let is_told = if self.has_given_up || self.notes.is_empty() {
            // Each line of what is noted now was written.
            let _ = tell.settle();
            true
        } else {
            lasts && self.persist(tell, |_, tell| tell.settle())
        };
        if !(lasts && is_told) {
            // It may not survive: the next start looks.
            self.notes.clear();
            self.has_given_up = true;
            return Ok(());
        }
        let notes = self.notes.drain(..);
        let Some(journal) = self.journal.as_mut() else { return Ok(()) };
        for note in notes {
            journal.append(&note)?;
        }
        journal.sync()
    }

    /// Tries until it succeeds; false where it was told to stop before, or nobody is there any more: of a pipe that is no other
    /// attempt gets further.
    fn persist(
        &mut self,
        tell: &mut dyn Tell,
        mut attempt: impl FnMut(&mut Self, &mut dyn Tell) -> io::Result<()>,
    ) -> bool {
        let mut stalled = false;
        while let Err(why) = attempt(self, tell) {
            if why.kind() == ErrorKind::BrokenPipe {
                self.broken = self.broken.take().or(Some(why));
                return false;
            }
            // What cannot be told of that is told with the rest, later.
            if !std::mem::replace(&mut stalled, true) {
                let _ = tell.tell(&Happened::Stalled(&why));
            }
            if self.stop.is_told() {
                return false;
            }
            std::thread::sleep(RETRY);
        }
        if stalled {
            let _ = tell.tell(&Happened::Going);
        }
        true
    }
}

/// The memory of a large object, for the next one; where nobody waits for it, it goes to the system.
fn give_back(event: Event, back: &Outbox<Vec<u8>>) {
    if let Event::Delivered(Delivered { bytes, .. }) = event
        && bytes.len() >= LARGE
    {
        // One too many is dropped.
        let _ = back.try_send(bytes);
    }
}

#[cfg(test)]
mod tests;
