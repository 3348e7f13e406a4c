//! The thread that delivers: acts upon what the receiver says, makes it durable, and then notes it.
//!
//! INVARIANT: an object is noted after it was delivered and will survive, and its epoch before anything of it is delivered. So
//! a crash loses none that was noted, and what it leaves in a folder without a note is found and counted by the next start.

use crate::far::{Happened, LARGE, Message, Stop, TICK, sum};
use crate::journal::Journal;
use crate::order::Newest;
use crate::outlet::Outlet;
use crossbeam_channel::{Receiver as Inbox, RecvTimeoutError, Sender as Outbox};
use lockgate_diode::{Delivered, Event, Note};
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
}

/// Where it is told what happens; where that fails, it is told again.
type Tell<'a> = dyn FnMut(&Happened<'_>) -> io::Result<()> + 'a;

impl Hand {
    pub(crate) fn new(journal: Option<Journal>, outlet: Box<dyn Outlet>, in_order: bool, stop: Stop) -> Self {
        let (newest, notes) = (Newest::default(), Vec::new());
        Self { journal, outlet, newest, in_order, notes, stop, has_given_up: false }
    }

    /// What tells it to stop.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Works until nobody is left who has work for it. What large objects lay in goes `back`.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) fn run(
        &mut self,
        inbox: &Inbox<Message>,
        bytes: &AtomicUsize,
        back: &Outbox<Vec<u8>>,
        tell: &mut Tell<'_>,
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
                    Message::Sight(sight) => {
                        // The next one says the same and more.
                        let _ = tell(&Happened::Sight(&sight));
                    }
                }
            }
            self.settle(tell)?;
            if let (Some(notes), Some(journal)) =
                (shorter.filter(|_| !self.has_given_up), self.journal.as_mut())
            {
                journal.shorten(&notes)?;
            }
        }
    }

    /// Acts upon an event; what is to be noted of it waits until it will survive.
    fn act(&mut self, event: &Event, tell: &mut Tell<'_>) -> io::Result<()> {
        if self.has_given_up {
            return Ok(());
        }
        match event {
            Event::Delivered(object) => self.object(object, event, tell),
            // An object of an epoch that no note knows would count as lost though it lies in the folder.
            Event::Begun { .. } => {
                if self.say(&Happened::Event(event), tell) {
                    self.notes.extend(event.note());
                }
                return self.settle(tell);
            }
            _ => {
                if self.say(&Happened::Event(event), tell) {
                    self.notes.extend(event.note());
                }
            }
        }
        Ok(())
    }

    /// Tells it until it is put down; false where it was told to stop before. Then it is for the next start to tell.
    fn say(&mut self, happened: &Happened<'_>, tell: &mut Tell<'_>) -> bool {
        while tell(happened).is_err() {
            if self.stop.is_told() {
                self.has_given_up = true;
                return false;
            }
            std::thread::sleep(RETRY);
        }
        true
    }

    fn object(&mut self, object: &Delivered, event: &Event, tell: &mut Tell<'_>) {
        let late = self.newest.note(object).err();
        if let Some(late) = late
            && !self.say(&Happened::Late { object, late, delivered: !self.in_order }, tell)
        {
            return;
        }
        if late.is_none() || !self.in_order {
            match self.deliver(object, tell) {
                // It was delivered, told or not: the next start must not deliver it again.
                Ok(()) => {
                    self.say(&Happened::Event(event), tell);
                }
                Err(None) => return self.has_given_up = true,
                Err(Some(why)) => {
                    if !self.say(&Happened::Undelivered { object, why: &why }, tell) {
                        return;
                    }
                }
            }
        }
        self.notes.extend(event.note());
    }

    /// Tries until it is delivered.
    ///
    /// # Errors
    /// Why this one never will be; nothing where it was told to stop before.
    fn deliver(&mut self, object: &Delivered, tell: &mut Tell<'_>) -> Result<(), Option<io::Error>> {
        let mut stalled = false;
        while let Err(why) = self.outlet.deliver(object) {
            if matches!(why.kind(), ErrorKind::NotConnected | ErrorKind::InvalidInput) {
                return Err(Some(why));
            }
            if !self.waits(&why, &mut stalled, tell) {
                return Err(None);
            }
        }
        if stalled {
            self.say(&Happened::Going, tell);
        }
        Ok(())
    }

    /// Makes durable what was done, and then notes it.
    fn settle(&mut self, tell: &mut Tell<'_>) -> io::Result<()> {
        let mut stalled = false;
        while let Err(why) = self.outlet.settle() {
            if !self.waits(&why, &mut stalled, tell) {
                // It may not survive: the next start looks.
                self.notes.clear();
                self.has_given_up = true;
                return Ok(());
            }
        }
        if stalled {
            self.say(&Happened::Going, tell);
        }
        if !self.notes.is_empty() && !self.say(&Happened::Settling, tell) {
            self.notes.clear();
            return Ok(());
        }
        let notes = self.notes.drain(..);
        let Some(journal) = self.journal.as_mut() else { return Ok(()) };
        for note in notes {
            journal.append(&note)?;
        }
        journal.sync()
    }

    /// Waits for the next attempt; false where there is none.
    fn waits(&self, why: &io::Error, stalled: &mut bool, tell: &mut Tell<'_>) -> bool {
        if !std::mem::replace(stalled, true) {
            // For the eyes: what is not done is not noted either.
            let _ = tell(&Happened::Stalled(why));
        }
        let goes_on = !self.stop.is_told();
        if goes_on {
            std::thread::sleep(RETRY);
        }
        goes_on
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
