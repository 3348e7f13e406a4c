//! What was released and waits for the link. No I/O, no clock: time is an argument.
//!
//! - **Precedence is strict**: nothing leaves while something more urgent waits. A low class may wait until its time
//!   runs out; what it loses is counted. (The diode protocol keeps a trickle for the lowest: it asks by class.) Within a
//!   class sources take turns by bytes; of one source, first come, first served.
//! - **Newest wins** ([`Order`](lockgate_bytes::Order)): of two reports of one thing only the later one is sent. Within
//!   one line it takes the *place* of the older: a thing that reports faster than the link sends would otherwise go to
//!   the end of the line each time, and never leave. In another line it goes to the end. The queue remembers only what
//!   waits: an older report that comes after the newer one has left is sent.
//! - **Bounded** in objects and in bytes, its own overhead counted. When it is full, what has expired goes first, then the
//!   youngest of the lowest class below the one that comes; if there is none, the one that comes. Both go to hold. One
//!   object has room whatever its size, where nothing waits that is as urgent: otherwise it would never leave.
//! - **Buffers are lent** and leave as they came, with the room that they had: the pool counts by it.
//!
//! INVARIANT: every object that is offered ends in exactly one outcome, or waits here.

use crate::outcome::{Outcome, Waiting, What};
use crate::places::{Place, Places, Slot};
use lockgate_bytes::{Digest, Duration, Precedence, Sealed, Time};
use lockgate_reason::egress;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// From so many deadlines on, those of objects that have left are swept out.
const SWEEP_FROM: usize = 64;

/// What one object costs beside its buffer: slot, two deadlines (stale ones stay a while), its line in the map of keys
/// at the map's worst filling, and the allocator's header.
pub const OVERHEAD: usize =
    size_of::<Slot>() + 2 * size_of::<Deadline>() + 4 * (size_of::<(Digest, Place)>() + 1) + 16;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Objects.
    pub objects: usize,
    /// Bytes: the objects' buffers, and [`OVERHEAD`] for each. One object that has more is taken where it waits alone.
    pub bytes: usize,
    /// How far ahead of our clock an object's own time may be.
    pub skew: Duration,
    /// The largest object, in bytes, that is sent at once; larger ones are sent in blocks, beside the others. Where all are
    /// sent alike, `usize::MAX`.
    pub at_once: usize,
}

/// One class, for the eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Objects that wait.
    pub objects: usize,
    /// Their bytes, overhead included.
    pub bytes: usize,
}

type Deadline = Reverse<(Time, Place)>;

/// See the module.
pub struct Queue {
    bounds: Bounds,
    places: Places,
    classes: [Class; 6],
    /// Where the report of each thing waits.
    newest: HashMap<Digest, Place>,
    /// Earliest first; places that were left are skipped.
    deadlines: BinaryHeap<Deadline>,
}

impl Queue {
    /// An empty queue. Takes address space for all objects that the bounds allow; memory comes with use.
    pub fn new(bounds: Bounds) -> Self {
        let most = bounds.objects.min(bounds.bytes / OVERHEAD);
        Self {
            bounds,
            places: Places::new(most, bounds.at_once),
            classes: [Class::default(); 6],
            newest: HashMap::with_capacity(most),
            deadlines: BinaryHeap::with_capacity(most.saturating_mul(2).saturating_add(SWEEP_FROM)),
        }
    }

    /// Takes an object in; whatever ends by that is reported.
    pub fn offer(&mut self, sealed: Sealed, now: Time, out: &mut Vec<Outcome>) {
        self.expire(now, out);
        if sealed.not_after <= now {
            return out.push(comes(sealed, now).ends(What::Expired, now));
        }
        let order = sealed.order.filter(|order| !order.lasting);
        if order.is_some_and(|order| order.at > now.plus(self.bounds.skew)) {
            // It would keep away every true report until its own time comes.
            return out.push(comes(sealed, now).ends(What::Refused(egress::AHEAD), now));
        }
        let rival = order.and_then(|order| self.newest.get(&order.key)).copied();
        if let Some(older) = rival.and_then(|place| self.places.look(place)) {
            let theirs = older.sealed.order.map(|order| order.at);
            if order.map(|order| order.at) <= theirs {
                let by = older.sealed.entry;
                return out.push(comes(sealed, now).ends(What::Superseded { by }, now));
            }
        }
        if !self.can_take(&sealed, rival) {
            return out.push(comes(sealed, now).spills(egress::QUEUE_FULL, now));
        }
        let key = order.map(|order| order.key);
        let not_after = sealed.not_after;
        let place = self.put(sealed, rival, now, out);
        if let Some(key) = key {
            self.newest.insert(key, place);
        }
        self.remember(not_after, place);
    }

    /// Ends what expired.
    pub fn expire(&mut self, now: Time, out: &mut Vec<Outcome>) {
        while let Some(Reverse((not_after, place))) = self.deadlines.peek().copied() {
            if not_after > now {
                break;
            }
            self.deadlines.pop();
            if let Some(waiting) = self.take(place) {
                out.push(waiting.ends(What::Expired, now));
            }
        }
    }

    /// When the next object expires.
    pub fn next_expiry(&mut self) -> Option<Time> {
        while let Some(Reverse((not_after, place))) = self.deadlines.peek().copied() {
            if self.places.look(place).is_some() {
                return Some(not_after);
            }
            self.deadlines.pop();
        }
        None
    }

    /// Calls everything back, save what was released under `unless`. Most urgent first.
    pub fn recall(&mut self, unless: Option<Digest>, now: Time, out: &mut Vec<Outcome>) {
        let mut next = self.first();
        while let Some(place) = next {
            next = self.after(place);
            if self.look(place).is_some_and(|sealed| Some(sealed.bundle) == unless) {
                continue;
            }
            if let Some(waiting) = self.take(place) {
                out.push(waiting.goes_back(now));
            }
        }
    }

    /// Objects that wait.
    pub fn len(&self) -> usize {
        self.classes.iter().map(|class| class.objects).sum()
    }

    /// True where none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that wait, overhead included.
    pub fn bytes(&self) -> usize {
        self.classes.iter().map(|class| class.bytes).sum()
    }

    /// One class.
    pub fn class(&self, precedence: Precedence) -> Class {
        self.classes.get(precedence.place()).copied().unwrap_or_default()
    }

    /// Since when the first of a class has been due: when the first object in its place came.
    pub fn oldest(&self, precedence: Precedence) -> Option<Time> {
        self.places.oldest(precedence)
    }

    /// The highest class in which something waits.
    pub fn highest(&self) -> Option<Precedence> {
        let mut classes = Precedence::ALL.iter().rev().copied();
        classes.find(|precedence| self.class(*precedence).objects > 0)
    }

    /// What leaves next.
    pub(crate) fn first(&self) -> Option<Place> {
        Precedence::ALL.iter().rev().find_map(|precedence| self.first_of_both(*precedence))
    }

    /// What leaves next of a class: of what is sent in blocks, where `is_large`, else of what is sent at once.
    pub(crate) fn first_of(&self, precedence: Precedence, is_large: bool) -> Option<Place> {
        self.places.first(precedence, is_large)
    }

    fn first_of_both(&self, precedence: Precedence) -> Option<Place> {
        self.places.first(precedence, false).or_else(|| self.places.first(precedence, true))
    }

    /// What leaves after it.
    pub(crate) fn after(&self, place: Place) -> Option<Place> {
        let sealed = self.look(place)?;
        let (precedence, is_large) = (sealed.precedence, self.places.is_large(sealed));
        let same = self.places.after(place);
        same.or_else(|| self.places.first(precedence, true).filter(|_| !is_large)).or_else(|| {
            let lower = Precedence::ALL.iter().rev().filter(|lower| **lower < precedence);
            lower.copied().find_map(|lower| self.first_of_both(lower))
        })
    }

    pub(crate) fn look(&self, place: Place) -> Option<&Sealed> {
        self.places.look(place).map(|waiting| &waiting.sealed)
    }

    /// Out of the queue to be sent: its source has had so much of its turn.
    pub(crate) fn send(&mut self, place: Place) -> Option<Waiting> {
        self.places.charge(place);
        self.take(place)
    }

    /// Out of the queue, and out of the books.
    pub(crate) fn take(&mut self, place: Place) -> Option<Waiting> {
        let waiting = self.places.take(place)?;
        self.forget(&waiting, place);
        Some(waiting)
    }

    /// Changes what waits behind everybody's back.
    #[cfg(test)]
    pub(crate) fn spoil(&mut self, place: Place, change: impl FnOnce(&mut Sealed)) {
        self.places.spoil(place, change);
    }

    /// Takes the next object out, for callers that have no use for places.
    #[cfg(test)]
    pub(crate) fn pop(&mut self) -> Option<Sealed> {
        self.send(self.first()?).map(|waiting| waiting.sealed)
    }

    /// Whether the bounds hold once everything that may give way has.
    fn can_take(&self, sealed: &Sealed, rival: Option<Place>) -> bool {
        let rank = sealed.precedence.place();
        let stay = self.classes.iter().skip(rank);
        let mut objects: usize = stay.clone().map(|class| class.objects).sum();
        let mut bytes: usize = stay.map(|class| class.bytes).sum();
        let rival = rival.and_then(|place| self.look(place));
        if let Some(rival) = rival.filter(|rival| rival.precedence.place() >= rank) {
            objects = objects.saturating_sub(1);
            bytes = bytes.saturating_sub(cost(rival));
        }
        let fits = bytes.saturating_add(cost(sealed)) <= self.bounds.bytes;
        objects < self.bounds.objects && (fits || objects == 0)
    }

    /// Makes room, and puts it where it belongs.
    fn put(&mut self, sealed: Sealed, rival: Option<Place>, now: Time, out: &mut Vec<Outcome>) -> Place {
        let (by, precedence, cost) = (sealed.entry, sealed.precedence, cost(&sealed));
        let theirs = rival.and_then(|rival| self.look(rival));
        let is_alike = theirs.is_some_and(|theirs| self.places.is_alike(theirs, &sealed));
        let theirs = theirs.map(self::cost);
        let same = rival.filter(|_| is_alike);
        match (same, theirs) {
            (Some(_), Some(cost)) => self.uncount(precedence, cost),
            _ => {
                if let Some(old) = rival.and_then(|rival| self.take(rival)) {
                    out.push(old.ends(What::Superseded { by }, now));
                }
            }
        }
        self.make_room(precedence, cost, now, out);
        if let Some(class) = self.classes.get_mut(precedence.place()) {
            class.objects = class.objects.saturating_add(1);
            class.bytes = class.bytes.saturating_add(cost);
        }
        let coming = comes(sealed, now);
        let Some(same) = same else { return self.places.push(coming) };
        match self.places.replace(same, coming) {
            Ok((old, place)) => {
                out.push(old.ends(What::Superseded { by }, now));
                place
            }
            Err(coming) => self.places.push(coming),
        }
    }

    /// Sends the youngest of the lowest classes to hold until an object of this precedence and cost fits.
    fn make_room(&mut self, precedence: Precedence, cost: usize, now: Time, out: &mut Vec<Outcome>) {
        while self.len() >= self.bounds.objects || self.bytes().saturating_add(cost) > self.bounds.bytes {
            let mut lower = Precedence::ALL.into_iter().take_while(|lower| *lower < precedence);
            let youngest = lower.find_map(|lower| self.places.last(lower));
            let Some(victim) = youngest.and_then(|youngest| self.take(youngest)) else { break };
            out.push(victim.spills(egress::QUEUE_FULL, now));
        }
    }

    fn remember(&mut self, not_after: Time, place: Place) {
        if self.deadlines.len() >= self.len().saturating_mul(2).saturating_add(SWEEP_FROM) {
            let places = &self.places;
            self.deadlines.retain(|Reverse((_, place))| places.look(*place).is_some());
        }
        self.deadlines.push(Reverse((not_after, place)));
    }

    fn forget(&mut self, waiting: &Waiting, place: Place) {
        self.uncount(waiting.sealed.precedence, cost(&waiting.sealed));
        let Some(order) = waiting.sealed.order else { return };
        if self.newest.get(&order.key) == Some(&place) {
            self.newest.remove(&order.key);
        }
    }

    fn uncount(&mut self, precedence: Precedence, cost: usize) {
        if let Some(class) = self.classes.get_mut(precedence.place()) {
            class.objects = class.objects.saturating_sub(1);
            class.bytes = class.bytes.saturating_sub(cost);
        }
    }
}

fn comes(sealed: Sealed, now: Time) -> Waiting {
    Waiting { sealed, since: now }
}

/// What an object costs while it waits.
fn cost(sealed: &Sealed) -> usize {
    sealed.bytes.capacity().saturating_add(OVERHEAD)
}
