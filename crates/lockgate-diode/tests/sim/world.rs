//! One link with both ends: objects go in at their times, events come out.

use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Body, Closing, Ended, Event, Id, Limits, LinkKey, Lost, ManifestSecret, Note, Object, Open, Plane,
    Receiver, Relay, Sender, Start, Step, Supply, Terms, Weather, open,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

pub(crate) const SECRET: [u8; 32] = [7; 32];
pub(crate) const SEED: [u8; 32] = [9; 32];

pub(crate) fn at(millis: i64) -> Time {
    Time::from_unix_nanos(1_700_000_000_000_000_000 + millis * 1_000_000)
}

pub(crate) fn millis(count: i64) -> Duration {
    Duration::from_nanos(count * 1_000_000)
}

/// Queues of objects, one for each class and plane.
#[derive(Default)]
pub(crate) struct Shelf {
    queues: HashMap<(Precedence, bool), VecDeque<Object>>,
}

impl Shelf {
    pub(crate) fn put(&mut self, class: Precedence, object: Object, terms: &Terms) {
        let plane = terms.plane(object.bytes.len()).unwrap();
        self.queues.entry((class, plane == Plane::Large)).or_default().push_back(object);
    }

    pub(crate) fn len(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }
}

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.queues.iter().filter(|(_, queue)| !queue.is_empty()).map(|((class, _), _)| *class).max()
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        self.queues.get_mut(&(class, plane == Plane::Large))?.pop_front()
    }
}

/// The bytes of object `token`: they can be told from all others.
pub(crate) fn bytes(token: u64, length: usize) -> Vec<u8> {
    let mut state = token.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes: Vec<u8> = token.to_be_bytes().into();
    while bytes.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend(state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub(crate) struct World {
    pub(crate) terms: Terms,
    pub(crate) limits: Limits,
    pub(crate) now: Time,
    pub(crate) shelf: Shelf,
    pub(crate) sender: Sender,
    pub(crate) relay: Relay,
    pub(crate) receiver: Receiver,
    pub(crate) events: Vec<(Time, Event)>,
    /// What the receiver's caller keeps.
    pub(crate) journal: Vec<Note>,
    /// Objects by their name on the link, as far as the sender told.
    pub(crate) named: BTreeMap<Id, u64>,
    pub(crate) ended: BTreeMap<u64, Ended>,
    /// Datagrams of each epoch that came to a receiver as they were sent.
    pub(crate) heard: BTreeMap<u64, BTreeSet<u64>>,
    /// How far each epoch came, in truth.
    pub(crate) closings: Vec<Closing>,
    /// For each datagram: when, of what class, its bytes on the wire.
    pub(crate) sent: Vec<(Time, Option<Precedence>, usize, u8)>,
    /// Of each object: which parts, or which symbols of its block, came.
    pub(crate) came: BTreeMap<Id, (BTreeSet<u16>, usize)>,
    given_up: BTreeSet<Id>,
    /// Objects of this start that were released and not sent.
    pub(crate) unsent: u64,
    pub(crate) keep: bool,
    pub(crate) capture: Vec<Vec<u8>>,
    wake: Time,
}

pub(crate) fn sender(terms: &Terms, start: Start) -> Sender {
    Sender::new(terms.clone(), LinkKey::new(&SECRET), ManifestSecret::new(&SEED), start).unwrap()
}

pub(crate) fn receiver(terms: &Terms, limits: Limits, journal: &[Note]) -> Receiver {
    let key = ManifestSecret::new(&SEED).public();
    Receiver::restore(terms.link, LinkKey::new(&SECRET), key, limits, journal.iter().copied()).unwrap()
}

impl World {
    pub(crate) fn new(terms: Terms, limits: Limits, weather: Weather, seed: u64) -> Self {
        let start = Start { epoch: 1 << 32 | 77, closing: None };
        Self {
            sender: sender(&terms, start),
            relay: Relay::new(weather, seed),
            receiver: receiver(&terms, limits, &[]),
            terms,
            limits,
            now: at(0),
            shelf: Shelf::default(),
            events: Vec::new(),
            journal: Vec::new(),
            named: BTreeMap::new(),
            ended: BTreeMap::new(),
            heard: BTreeMap::new(),
            closings: Vec::new(),
            sent: Vec::new(),
            came: BTreeMap::new(),
            given_up: BTreeSet::new(),
            unsent: 0,
            keep: false,
            capture: Vec::new(),
            wake: Time::MIN,
        }
    }

    pub(crate) fn offer(&mut self, class: Precedence, object: Object) {
        let terms = self.terms.clone();
        self.shelf.put(class, object, &terms);
        self.wake = Time::MIN;
    }

    /// Lets time pass until `until`.
    pub(crate) fn run(&mut self, until: Time) {
        let mut out = Vec::new();
        loop {
            while let Some(datagram) = self.relay.take(self.now) {
                let mut events = Vec::new();
                if let Ok(open) = open(&datagram, self.terms.link, &LinkKey::new(&SECRET)) {
                    self.heard.entry(open.head.epoch).or_default().insert(open.head.sequence);
                    self.keep_symbol(&open);
                }
                self.receiver.receive(&datagram, self.now, &mut events);
                self.keep_events(events);
            }
            let mut events = Vec::new();
            let due = self.receiver.tick(self.now, &mut events);
            self.keep_events(events);
            if self.wake <= self.now {
                match self.sender.poll(self.now, &mut self.shelf, &mut out) {
                    Step::Datagram(class) => {
                        self.relay.offer(&out, self.now);
                        self.sent.push((self.now, class, out.len() + self.terms.headers, out[1] >> 4));
                        if self.keep {
                            self.capture.push(out.clone());
                        }
                        self.collect();
                        continue;
                    }
                    Step::At(wake) => {
                        assert!(
                            wake > self.now,
                            "the sender waits for what has passed: {wake} at {}, {:?}",
                            self.now,
                            self.terms
                        );
                        self.wake = wake;
                    }
                }
                self.collect();
            }
            let next = [Some(self.wake), self.relay.next(), due].into_iter().flatten().min().unwrap();
            assert!(next > self.now, "time stands still");
            if next > until {
                self.now = until;
                return;
            }
            self.now = next;
        }
    }

    /// The books of the relay: what of each object came as it is, and how much is enough. Blocks of one alone.
    fn keep_symbol(&mut self, open: &Open<'_>) {
        let (epoch, Some(class)) = (open.head.epoch, open.head.class) else { return };
        let (number, index, enough) = match open.body().unwrap() {
            Body::Source(it) => (it.part.number, u16::from(it.part.index), usize::from(it.part.count)),
            Body::Block(it) => {
                let symbols = it.length.div_ceil(it.symbol.len() as u32) as usize;
                (it.number, it.index, if symbols > 1_024 { usize::MAX } else { symbols })
            }
            _ => return,
        };
        if self.given_up.contains(&Id { epoch, class, number }) {
            return;
        }
        let entry = self.came.entry(Id { epoch, class, number }).or_default();
        entry.0.insert(index);
        entry.1 = enough;
    }

    fn collect(&mut self) {
        let ended: Vec<_> = self.sender.take_ended().collect();
        for gone in ended {
            if gone.ended == Ended::Late {
                self.unsent += 1;
                self.sender.unsent(1);
            }
            if let Some(id) = gone.id {
                assert_eq!(self.named.insert(id, gone.object.token), None, "a name is given twice");
            }
            assert_eq!(self.ended.insert(gone.object.token, gone.ended), None, "an object ends twice");
        }
    }

    fn keep_events(&mut self, events: Vec<Event>) {
        for event in events {
            self.journal.extend(event.note());
            if let Event::Lost(Lost { epoch, class, first, end, .. }) = event {
                self.given_up.extend((first..end).map(|number| Id { epoch, class, number }));
            }
            self.events.push((self.now, event));
        }
    }

    /// The sender ends, and starts again knowing how far it came.
    pub(crate) fn restart_sender(&mut self, low: u32) {
        let closing = self.sender.closing();
        self.closings.push(closing);
        let epoch = ((closing.epoch >> 32) + 1) << 32 | u64::from(low);
        self.sender = sender(&self.terms, Start { epoch, closing: Some(closing) });
        self.unsent = 0;
        self.wake = Time::MIN;
    }

    /// The receiver ends without warning, and starts again with its journal.
    pub(crate) fn restart_receiver(&mut self, shorten: bool) {
        if shorten {
            self.journal = self.receiver.journal();
        }
        let bytes: Vec<Note> = self
            .journal
            .iter()
            .map(|note| Note::from_bytes(&note.to_bytes()).expect("a note reads back"))
            .collect();
        assert_eq!(bytes, self.journal);
        self.receiver = receiver(&self.terms, self.limits, &self.journal);
    }
}
