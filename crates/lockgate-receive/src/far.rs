//! The whole far side, on two threads: one reads and never waits for the other as long as there is room, one delivers,
//! notes and tells (`hand.rs`). What finds no room waits in the kernel; what finds none there is counted.

use crate::ear::{Ear, Listen};
use crate::hand::Hand;
use crate::order::{Late, Newest};
use crate::outlet::Outlet;
use crate::station::Link;
use crossbeam_channel::{Receiver as Inbox, Sender as Outbox, bounded};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Counters, Delivered, EpochView, Event, Incoming, Note};
use lockgate_disk::Disk;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration as Patience, Instant};

/// The longest that a thread sleeps.
pub(crate) const TICK: Patience = Patience::from_millis(20);
/// Messages between the threads.
const MESSAGES: usize = 4_096;
/// Bytes of objects between the threads; one object may be longer.
const BYTES: usize = 64 << 20;
/// Bytes from which on an object's memory is used again for the next one.
pub(crate) const LARGE: usize = 1 << 20;
/// Pieces of memory on their way back.
const BACK: usize = 2;
/// Nanoseconds between two looks at the figures.
const LOOK: i64 = 1_000_000_000;

/// Tells a [`Far`] to end.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// It ends soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// True where it was told to.
    pub fn is_told(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// The flag itself, for a signal.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

/// The figures, once a second.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Datagrams by what became of them.
    pub counters: Counters,
    /// Datagrams that the kernel threw away.
    pub dropped: u64,
    /// The epochs that are not over.
    pub epochs: Vec<EpochView>,
    /// Bytes of objects that are not whole.
    pub memory: usize,
    /// When these were the figures.
    pub at: Option<Instant>,
    /// The sender's clock at that moment, by its last heartbeat: behind it by as long as that was on its way.
    pub clock: Option<Time>,
}

/// What a [`Far`] tells.
#[derive(Debug)]
pub enum Happened<'a> {
    /// The protocol says so. An object that was delivered has been delivered.
    Event(&'a Event),
    /// A whole object is older than one of the same thing that was delivered before.
    Late {
        /// It.
        object: &'a Delivered,
        /// The newer one.
        late: Late,
        /// True where it was delivered all the same.
        delivered: bool,
    },
    /// A whole object could not be delivered: nobody is connected, or it does not fit. It is gone.
    Undelivered {
        /// It.
        object: &'a Delivered,
        /// Why.
        why: &'a io::Error,
    },
    /// Nothing can be delivered, or told, for now; it is tried again.
    Stalled(&'a io::Error),
    /// It goes on.
    Going,
    /// The figures.
    Sight(&'a Sight),
}

/// Who is told what happens.
pub trait Tell {
    /// Takes it.
    ///
    /// # Errors
    /// Why it is not written yet. It is kept, and comes to be written by [`Tell::settle`]; until then no more happens.
    fn tell(&mut self, happened: &Happened<'_>) -> io::Result<()>;

    /// Returns when all that was told is written, and will survive.
    ///
    /// # Errors
    /// Why not; it is tried again.
    fn settle(&mut self) -> io::Result<()>;
}

/// Whoever only looks on.
impl<F: FnMut(&Happened<'_>)> Tell for F {
    fn tell(&mut self, happened: &Happened<'_>) -> io::Result<()> {
        self(happened);
        Ok(())
    }

    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a [`Far`] ended before it was told to.
#[derive(Debug)]
pub struct FarFault(String);

impl fmt::Display for FarFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for FarFault {}

/// The far side, open.
pub struct Far {
    ear: Ear,
    receiver: Box<dyn Incoming + Send>,
    hand: Hand,
    /// The receiver asks for durations alone, and not how late it is.
    pauses: bool,
}

/// From the thread that reads to the one that delivers.
pub(crate) enum Message {
    Events(Vec<Event>),
    /// What the journal may be shortened to, all before it being done.
    Shorten(Vec<Note>),
    Sight(Sight),
}

impl Far {
    /// Opens everything. `in_order`: an object that is older than one of the same thing that was delivered is not delivered.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(
        listen: &Listen,
        link: Link,
        journal: Arc<dyn Disk>,
        outlet: Box<dyn Outlet>,
        in_order: bool,
        stop: Stop,
    ) -> Result<Self, String> {
        let there =
            outlet.there().map_err(|error| format!("the folder of objects cannot be listed: {error}"))?;
        let (receiver, journal, newest) = link.receiver(journal, &there, in_order)?;
        let hand = Hand::new(Some(journal), outlet, newest, in_order, stop);
        Self::listening(listen, Box::new(receiver), hand, true)
    }

    /// The same by a protocol that has nothing to remember over a restart: there is no journal, and what comes again is delivered again.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn by(
        listen: &Listen,
        receiver: Box<dyn Incoming + Send>,
        outlet: Box<dyn Outlet>,
        stop: Stop,
    ) -> Result<Self, String> {
        Self::listening(listen, receiver, Hand::new(None, outlet, Newest::default(), false, stop), false)
    }

    fn listening(
        listen: &Listen,
        receiver: Box<dyn Incoming + Send>,
        hand: Hand,
        pauses: bool,
    ) -> Result<Self, String> {
        let ear = Ear::open(listen)?;
        ear.wait(TICK).map_err(|error| format!("the socket cannot wait: {error}"))?;
        Ok(Self { ear, receiver, hand, pauses })
    }

    /// Where it really listens.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.ear.address()
    }

    /// Receives and delivers until it is told to stop; then delivers what is whole, and ends. `now` is a clock that neither runs
    /// back nor jumps: what is told lost goes by it.
    ///
    /// # Errors
    /// [`FarFault`] where the socket or the journal fails, or the outlet or whoever is told is a pipe that nobody reads any more.
    pub fn run(self, now: impl Fn() -> Time + Send, tell: &mut dyn Tell) -> Result<(), FarFault> {
        let Self { ear, receiver, mut hand, pauses } = self;
        let (out, inbox) = bounded(MESSAGES);
        let (give_back, back) = bounded(BACK);
        let bytes = AtomicUsize::new(0);
        let stop = hand.stop().clone();
        std::thread::scope(|scope| {
            let told = stop.clone();
            let reader = Reader { ear, receiver, out, back, bytes: &bytes, stop: told, notes: 0, pauses };
            let reading = scope.spawn(move || reader.run(now));
            let delivered = hand.run(&inbox, &bytes, &give_back, tell);
            stop.stop();
            drop(inbox);
            let read = reading.join().unwrap_or_else(|_| Err("the reading thread broke".to_owned()));
            let broken = hand.broken().map_or(Ok(()), |why| {
                Err(format!(
                    "nobody reads any more what is delivered or reported ({why}); start it again with whoever reads it: what was not \
                     recorded by now is told then"
                ))
            });
            let noted =
                delivered.map_err(|error| format!("the receiver's journal cannot be written: {error}"));
            noted.and(broken).and(read)
        })
        .map_err(FarFault)
    }
}

/// What the thread that reads has.
struct Reader<'a> {
    ear: Ear,
    receiver: Box<dyn Incoming + Send>,
    out: Outbox<Message>,
    /// What large objects lay in.
    back: Inbox<Vec<u8>>,
    bytes: &'a AtomicUsize,
    stop: Stop,
    /// Notes since the journal was shortened.
    notes: u64,
    /// No time passes for the receiver while nothing is read because the other thread has no room: what waits in the kernel
    /// meanwhile, repairs among it, has not come too late.
    pauses: bool,
}

/// Notes after which the journal is shortened.
const LONG: u64 = 100_000;

impl Reader<'_> {
    fn run(mut self, now: impl Fn() -> Time) -> Result<(), String> {
        let (mut next_tick, mut next_look) = (Time::MIN, Time::MIN);
        let mut events = Vec::new();
        let mut stood = Duration::from_nanos(0);
        while !self.stop.is_told() {
            let time = now().minus(stood);
            let Self { ear, receiver, back, .. } = &mut self;
            if let Ok(bytes) = back.try_recv() {
                receiver.give_back(bytes);
            }
            ear.read(|datagrams| receiver.receive_all(datagrams, time, &mut events))
                .map_err(|error| format!("the socket of the diode link: {error}"))?;
            if time >= next_tick {
                self.receiver.tick(time, &mut events);
                next_tick = time.plus(Duration::from_nanos(20_000_000));
            }
            let begun = now();
            if !events.is_empty() {
                self.notes = self.notes.saturating_add(u64::try_from(events.len()).unwrap_or(0));
                self.hand_over(Message::Events(std::mem::take(&mut events)));
            }
            if self.notes >= LONG {
                self.notes = 0;
                let notes = self.receiver.journal();
                self.hand_over(Message::Shorten(notes));
            }
            if time >= next_look {
                next_look = time.plus(Duration::from_nanos(LOOK));
                self.ear.count_drops();
                self.hand_over(Message::Sight(self.sight(time)));
            }
            if self.pauses {
                stood = Duration::from_nanos(stood.nanos().saturating_add(now().since(begun).nanos()));
            }
        }
        self.ear.count_drops();
        self.hand_over(Message::Sight(self.sight(now().minus(stood))));
        Ok(())
    }

    fn sight(&self, now: Time) -> Sight {
        let epochs = self.receiver.views();
        let told = epochs.iter().filter_map(|view| view.clock).max_by_key(|(_, heard)| *heard);
        Sight {
            counters: self.receiver.counters(),
            dropped: self.ear.dropped(),
            epochs,
            memory: self.receiver.memory(),
            at: Some(Instant::now()),
            clock: told.map(|(clock, heard)| clock.plus(now.since(heard))),
        }
    }

    /// Waits for room; meanwhile datagrams wait in the kernel. Where the other thread has ended, so does this one.
    fn hand_over(&self, message: Message) {
        if let Message::Events(events) = &message {
            while self.bytes.load(Ordering::Acquire) > BYTES && !self.stop.is_told() {
                std::thread::sleep(Patience::from_millis(1));
            }
            self.bytes.fetch_add(sum(events), Ordering::AcqRel);
        }
        if self.out.send(message).is_err() {
            self.stop.stop();
        }
    }
}

/// Bytes of the objects among these events.
pub(crate) fn sum(events: &[Event]) -> usize {
    let bytes = events.iter().map(|event| if let Event::Delivered(it) = event { it.bytes.len() } else { 0 });
    bytes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests;
