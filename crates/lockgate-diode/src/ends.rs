//! The two ends of a one-way link as their callers see them, whatever is spoken between: what leads objects out and takes
//! datagrams in needs to know no more. [`Sender`] and [`Receiver`] are the two of our own protocol.

use crate::{Closing, Counters, EpochView, Event, Gone, Note, Receiver, Sender, Spent, Step, Supply};
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// The sending end of a link.
pub trait Outgoing {
    /// Writes the next datagram into `out`, if one may leave now. Whoever cannot send it keeps it and tries again. It leaves only once
    /// it was given to [`Outgoing::seal`].
    fn poll(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step;

    /// Ends datagrams: whatever is found for many together faster than for each is still missing in them. One that was ended stays as it
    /// is. Nothing, where they are written whole.
    fn seal(&self, _datagrams: &mut [Vec<u8>]) {}

    /// First instant at which the datagram that was made last must not leave any more: the end of what is in it. Whoever keeps
    /// datagrams back lets it go by instead of sending it, as if the link had lost it.
    fn until(&self) -> Time;

    /// Hands over the objects whose sending has ended, with their bytes, in the memory in which they were taken: what is to be sent
    /// again is a copy of the sender's own. What does not fit ends as [`crate::Ended::Unfit`].
    fn take_ended(&mut self, into: &mut Vec<Gone>);

    /// The largest object, in bytes, that is sent at once; `usize::MAX` where all are sent alike.
    fn at_once(&self) -> usize;

    /// So many more objects were released and will not be sent.
    fn unsent(&mut self, count: u64);

    /// Gives up whatever has begun and not left whole: it ends as [`crate::Ended::Cut`], with its bytes. Nothing is sent again.
    fn withdraw(&mut self, now: Time);

    /// So many datagrams of those that were made have left by now.
    fn has_sent(&mut self, datagrams: u64);

    /// Datagrams that were made will not be sent after all: nothing that is sent later brings back what was in them.
    fn forget(&mut self);

    /// Nothing more comes to the supply.
    fn end(&mut self);

    /// True where all that was taken has left, and all has been said of it.
    fn is_quiet(&self) -> bool;

    /// Bytes on the wire so far, headers included.
    fn wire_bytes(&self) -> u64;

    /// What they were spent on; a protocol without classes counts all of it as its own.
    fn spent(&self) -> Spent {
        Spent { link: self.wire_bytes(), ..Spent::default() }
    }

    /// What the next start has to know; `None` where it has to know nothing.
    fn closing(&self) -> Option<Closing>;
}

/// The receiving end of a link.
pub trait Incoming {
    /// Takes a datagram.
    fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>);

    /// Takes datagrams that came together, in their order.
    fn receive_all(&mut self, datagrams: &[&[u8]], now: Time, events: &mut Vec<Event>) {
        datagrams.iter().for_each(|datagram| self.receive(datagram, now, events));
    }

    /// Does what time brings.
    fn tick(&mut self, now: Time, events: &mut Vec<Event>);

    /// Takes the bytes of an object back that has been delivered: what follows may lie in the same memory.
    fn give_back(&mut self, bytes: Vec<u8>);

    /// All that a journal has to say, anew.
    fn journal(&mut self) -> Vec<Note>;

    /// Datagrams by what became of them.
    fn counters(&self) -> Counters;

    /// What is known of the sender's starts that are not over; nothing where the protocol says nothing of them.
    fn views(&self) -> Vec<EpochView>;

    /// Memory that is in use for objects that are not whole, in bytes.
    fn memory(&self) -> usize;
}

impl Outgoing for Sender {
    fn poll(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step {
        self.make(now, supply, out)
    }

    fn seal(&self, datagrams: &mut [Vec<u8>]) {
        Self::seal(self, datagrams);
    }

    fn until(&self) -> Time {
        Self::until(self)
    }

    fn take_ended(&mut self, into: &mut Vec<Gone>) {
        into.append(&mut self.ended);
    }

    fn at_once(&self) -> usize {
        self.terms().at_once()
    }

    fn unsent(&mut self, count: u64) {
        Self::unsent(self, count);
    }

    fn withdraw(&mut self, now: Time) {
        Self::withdraw(self, now);
    }

    fn has_sent(&mut self, datagrams: u64) {
        Self::has_sent(self, datagrams);
    }

    fn forget(&mut self) {
        Self::forget(self);
    }

    fn end(&mut self) {
        Self::end(self);
    }

    fn is_quiet(&self) -> bool {
        Self::is_quiet(self)
    }

    fn wire_bytes(&self) -> u64 {
        Self::spent(self).all()
    }

    fn spent(&self) -> Spent {
        Self::spent(self)
    }

    fn closing(&self) -> Option<Closing> {
        Some(Self::closing(self))
    }
}

impl Incoming for Receiver {
    fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>) {
        Self::receive(self, datagram, now, events);
    }

    fn receive_all(&mut self, datagrams: &[&[u8]], now: Time, events: &mut Vec<Event>) {
        Self::receive_all(self, datagrams, now, events);
    }

    fn tick(&mut self, now: Time, events: &mut Vec<Event>) {
        Self::tick(self, now, events);
    }

    fn give_back(&mut self, bytes: Vec<u8>) {
        Self::give_back(self, bytes);
    }

    fn journal(&mut self) -> Vec<Note> {
        Self::journal(self)
    }

    fn counters(&self) -> Counters {
        Self::counters(self)
    }

    fn views(&self) -> Vec<EpochView> {
        self.epochs().collect()
    }

    fn memory(&self) -> usize {
        Self::memory(self)
    }
}
