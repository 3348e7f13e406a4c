//! What one class sends next: parts of a small object, repairs, symbols of a large one, and repeats, in this order.

use crate::again::Again;
use crate::block::{Outgoing, Title, Workshop};
use crate::cut::Cut;
use crate::manifest::Entry;
use crate::slide::Slide;
use crate::supply::{Ended, Object, Plane, Supply};
use crate::wire::{self, Part, Source};
use crate::{Hash, TAG_BYTES, Terms};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

/// Where large objects of a class wait, so many of the largest datagrams are filled with parts and repairs of small ones between two
/// symbols: an eighth of the class is theirs.
const BETWEEN: u64 = 7;

/// Bytes of a source datagram beside its part of an object.
pub(crate) const SOURCE: usize = wire::HEAD + 62 + TAG_BYTES;

/// An object with its number.
pub(crate) struct Numbered {
    pub(crate) class: Precedence,
    pub(crate) object: Object,
    pub(crate) number: u64,
    pub(crate) hash: Hash,
    /// When it was first sent: milliseconds since 1970.
    pub(crate) sent: u64,
    /// How often it has been sent; 0 while it is sent for the first time.
    pub(crate) round: usize,
    pub(crate) first_sent: Time,
    /// See [`Gone::enough`](crate::Gone::enough).
    pub(crate) enough: Option<u64>,
    /// Datagrams of the epoch up to its last one so far, once all of it was made.
    pub(crate) made: u64,
    /// A newer report of the same thing has begun to leave: it is not sent again.
    pub(crate) is_old: bool,
}

/// A report of a thing that has just begun to leave.
pub(crate) struct Fresh {
    class: Precedence,
    number: u64,
    order: u64,
    at: Time,
}

impl Fresh {
    pub(crate) fn is(&self, it: &Numbered) -> bool {
        (it.class, it.number) == (self.class, self.number)
    }

    /// Another report of the same thing.
    fn is_rival(&self, it: &Numbered) -> bool {
        it.object.order == self.order && !self.is(it)
    }
}

/// What an object that has left, or will not, leaves behind.
pub(crate) struct Leaver {
    pub(crate) numbered: Numbered,
    pub(crate) ended: Ended,
}

/// One class.
pub(crate) struct Outlet {
    pub(crate) class: Precedence,
    /// The next number.
    pub(crate) next: u64,
    small: Option<(Numbered, u8, u8)>,
    large: Option<(Numbered, Outgoing)>,
    slide: Slide,
    /// Hundredths of repairs that are owed.
    owed: u32,
    /// Since the last part: when it left, and how many repairs followed.
    tail: Option<(Time, usize)>,
    /// Bytes of parts and repairs on the wire since the last symbol of a large object.
    between: u64,
    again: Again,
    /// The object that has just begun, where it is a report of a thing.
    fresh: Option<Fresh>,
    /// Datagrams of the epoch that have left for certain: an object is not sent again before it was sent.
    pub(crate) through: u64,
    /// First instant at which what was written last must not leave any more.
    pub(crate) until: Time,
    /// What was written last is of an object that is sent again.
    pub(crate) is_again: bool,
}

/// What to send.
pub(crate) enum Kind {
    Source,
    Repair,
    Block,
}

impl Outlet {
    pub(crate) fn new(class: Precedence) -> Self {
        Self {
            class,
            next: 0,
            small: None,
            large: None,
            slide: Slide::default(),
            owed: 0,
            tail: None,
            between: 0,
            again: Again::default(),
            fresh: None,
            through: u64::MAX,
            until: Time::MAX,
            is_again: false,
        }
    }

    /// The number of the object that is still being sent for the first time and is not the newest of the small ones.
    pub(crate) fn open(&self) -> Option<u64> {
        let large = self.large.as_ref().map(|(it, _)| it);
        large.filter(|it| it.round == 0).map(|it| it.number)
    }

    /// How many numbers are past their first part; a small object that has begun is not counted.
    pub(crate) fn begun(&self) -> u64 {
        let small = self.small.as_ref().filter(|(it, _, _)| it.round == 0).map(|(it, _, _)| it.number);
        small.unwrap_or(self.next)
    }

    /// Writes the body of the next datagram behind the head; `None` where there is nothing to send.
    pub(crate) fn next(
        &mut self,
        now: Time,
        terms: &Terms,
        supply: &mut dyn Supply,
        workshop: &mut Workshop,
        out: &mut Vec<u8>,
        left: &mut Vec<Leaver>,
    ) -> Option<Kind> {
        self.cut_expired(now, left);
        if self.between >= terms.wire_bytes(terms.payload).saturating_mul(BETWEEN) {
            // Between two small ones: marks name one object that is open, and it is not above the newest.
            if self.small.is_none() {
                self.begin_large(now, terms, supply, left);
            }
            if let Some(kind) = self.symbol(workshop, out, left) {
                return Some(kind);
            }
        }
        let kind = self.urgent(now, terms, supply, out, left);
        if kind.is_some() {
            self.between = self.between.saturating_add(terms.wire_bytes(out.len().saturating_add(TAG_BYTES)));
            return kind;
        }
        self.begin_large(now, terms, supply, left);
        if self.large.is_none() {
            self.begin_again(now, terms);
        }
        if self.small.is_some() {
            return self.part(now, terms, out, left);
        }
        self.symbol(workshop, out, left)
    }

    /// A part of a small object, or a repair.
    fn urgent(
        &mut self,
        now: Time,
        terms: &Terms,
        supply: &mut dyn Supply,
        out: &mut Vec<u8>,
        left: &mut Vec<Leaver>,
    ) -> Option<Kind> {
        if self.small.is_none() {
            self.begin(Plane::Small, now, terms, supply, left);
        }
        if self.small.is_some() {
            return self.part(now, terms, out, left);
        }
        if self.owed < 100 && self.tail_due(terms).is_none_or(|due| due > now) {
            return None;
        }
        let Some((repair, until)) = self.slide.repair(now) else {
            (self.owed, self.tail) = (0, None);
            return None;
        };
        repair.write(out);
        (self.until, self.is_again) = (until, false);
        self.owed = self.owed.saturating_sub(100);
        self.tail = self.tail.map(|(at, repairs)| (at, repairs.saturating_add(1)));
        Some(Kind::Repair)
    }

    /// So many datagrams of the epoch were made: with the last of them the large object may be whole at the other end.
    pub(crate) fn mark(&mut self, made: u64) {
        if let Some((numbered, _)) = self.large.as_mut().filter(|(_, outgoing)| outgoing.is_enough()) {
            numbered.enough.get_or_insert(made);
        }
    }

    /// An object is to be sent again.
    pub(crate) fn repeat(&mut self, due: Time, numbered: Numbered) {
        self.again.insert(due, numbered);
    }

    /// How much waits to be sent again: bytes, and objects.
    pub(crate) fn repeating(&self) -> (usize, usize) {
        (self.again.bytes, self.again.line.len())
    }

    /// The object that has just begun, where it is a report of a thing; told once.
    pub(crate) fn take_fresh(&mut self) -> Option<Fresh> {
        self.fresh.take()
    }

    /// What has begun and not left whole.
    pub(crate) fn leaving(&mut self) -> impl Iterator<Item = &mut Numbered> {
        let small = self.small.as_mut().map(|(it, _, _)| it);
        small.into_iter().chain(self.large.as_mut().map(|(it, _)| it))
    }

    /// A report has begun to leave: no older one of the same thing is sent again. Returns how many that are.
    pub(crate) fn supersede(&mut self, fresh: &Fresh) -> u64 {
        let is_older = |it: &Numbered| !it.is_old && fresh.is_rival(it) && it.object.at <= fresh.at;
        let marked = self.leaving().filter(|it| is_older(it)).map(|it| it.is_old = true).count();
        let waits = self.again.get(fresh.order).is_some_and(is_older);
        let removed = waits && self.again.remove(fresh.order);
        u64::try_from(marked.saturating_add(usize::from(removed))).unwrap_or(u64::MAX)
    }

    /// True where a newer report of the same thing is leaving, or is to be sent again.
    pub(crate) fn has_newer(&self, fresh: &Fresh) -> bool {
        let small = self.small.as_ref().map(|(it, _, _)| it);
        let all = small.into_iter().chain(self.large.as_ref().map(|(it, _)| it));
        all.chain(self.again.get(fresh.order)).any(|it| fresh.is_rival(it) && it.object.at > fresh.at)
    }

    /// True where something has begun, or a repair is owed.
    pub(crate) fn is_busy(&self) -> bool {
        self.small.is_some() || self.large.is_some() || self.owed >= 100
    }

    /// True where nothing has begun, no repair is owed or due later, and nothing is to be sent again.
    pub(crate) fn is_quiet(&self, terms: &Terms) -> bool {
        !self.is_busy() && self.again.line.is_empty() && self.tail_due(terms).is_none()
    }

    /// No repair brings back what has left so far.
    pub(crate) fn forget(&mut self) {
        self.slide.forget();
        (self.owed, self.tail) = (0, None);
    }

    /// Gives up what has begun, and what is to be sent again; returns how many of the latter.
    pub(crate) fn withdraw(&mut self, left: &mut Vec<Leaver>) -> usize {
        if let Some((numbered, _, _)) = self.small.take() {
            left.push(Leaver { numbered, ended: Ended::Cut });
        }
        if let Some((mut numbered, outgoing)) = self.large.take() {
            numbered.object.bytes = outgoing.into_bytes();
            left.push(Leaver { numbered, ended: Ended::Cut });
        }
        core::mem::take(&mut self.again).line.len()
    }

    /// When something is to be sent though no object comes.
    pub(crate) fn wake(&self, terms: &Terms) -> Option<Time> {
        [self.again.line.front().map(|(due, _)| *due), self.tail_due(terms)].into_iter().flatten().min()
    }

    /// When the next repair is due that no later object brings.
    fn tail_due(&self, terms: &Terms) -> Option<Time> {
        let (at, repairs) = self.tail?;
        terms.tail.get(repairs).map(|wait| at.plus(*wait))
    }

    fn cut_expired(&mut self, now: Time, left: &mut Vec<Leaver>) {
        let gone = |it: &Numbered| it.object.not_after <= now;
        if let Some((numbered, _, _)) = self.small.take_if(|(it, _, _)| gone(it)) {
            left.push(Leaver { numbered, ended: Ended::Cut });
        }
        if let Some((mut numbered, outgoing)) = self.large.take_if(|(it, _)| gone(it)) {
            numbered.object.bytes = outgoing.into_bytes();
            left.push(Leaver { numbered, ended: Ended::Cut });
        }
    }

    /// Takes a new object.
    fn begin(
        &mut self,
        plane: Plane,
        now: Time,
        terms: &Terms,
        supply: &mut dyn Supply,
        left: &mut Vec<Leaver>,
    ) {
        while let Some(object) = supply.take(self.class, plane, now) {
            let hash = object.hash();
            let number = self.next;
            let numbered = Numbered {
                class: self.class,
                object,
                number,
                hash,
                sent: millis(now),
                round: 0,
                first_sent: now,
                enough: None,
                made: 0,
                is_old: false,
            };
            let (order, at) = (numbered.object.order, numbered.object.at);
            if numbered.object.not_after <= now {
                left.push(Leaver { numbered, ended: Ended::Late });
                continue;
            }
            if self.place(numbered, plane, terms, left) {
                self.fresh = (order != 0).then_some(Fresh { class: self.class, number, order, at });
                self.next = self.next.saturating_add(1);
                return;
            }
        }
    }

    fn begin_large(&mut self, now: Time, terms: &Terms, supply: &mut dyn Supply, left: &mut Vec<Leaver>) {
        if self.large.is_none() {
            self.begin(Plane::Large, now, terms, supply, left);
        }
    }

    /// Puts an object where its parts or symbols are taken from; false where it does not fit there.
    fn place(&mut self, numbered: Numbered, plane: Plane, terms: &Terms, left: &mut Vec<Leaver>) -> bool {
        let length = numbered.object.bytes.len();
        let fits = terms.plane(length) == Some(plane);
        match (plane, fits) {
            (Plane::Small, true) => {
                let count = u8::try_from(length.div_ceil(terms.part()).max(1)).unwrap_or(1);
                self.small = Some((numbered, 0, count));
                true
            }
            (Plane::Large, true) => {
                self.large = outgoing(numbered, terms);
                self.large.is_some()
            }
            (_, false) => {
                left.push(Leaver { numbered, ended: Ended::Unfit });
                false
            }
        }
    }

    /// Takes an object that is to be sent again.
    fn begin_again(&mut self, now: Time, terms: &Terms) {
        while let Some(numbered) = self.again.pop(now, self.through) {
            let plane = terms.plane(numbered.object.bytes.len()).unwrap_or(Plane::Large);
            if numbered.object.not_after > now && self.place(numbered, plane, terms, &mut Vec::new()) {
                return;
            }
        }
    }

    fn part(&mut self, now: Time, terms: &Terms, out: &mut Vec<u8>, left: &mut Vec<Leaver>) -> Option<Kind> {
        let (numbered, index, count) = self.small.as_mut()?;
        let length = u16::try_from(numbered.object.bytes.len()).ok()?;
        let (from, to) = Part::span(length, *index, *count)?;
        let part = Part {
            number: numbered.number,
            hash: numbered.hash,
            order: numbered.object.order,
            sent: numbered.sent,
            length,
            index: *index,
            count: *count,
            bytes: numbered.object.bytes.get(from..to)?,
        };
        (self.until, self.is_again) = (numbered.object.not_after, numbered.round > 0);
        let symbol = self.slide.push(&part, numbered.object.not_after, terms.window);
        Source { symbol, part }.write(out);
        *index = index.saturating_add(1);
        if *index >= *count
            && let Some((numbered, _, _)) = self.small.take()
        {
            left.push(Leaver { numbered, ended: Ended::Sent });
        }
        // While parts wait, repairs do: what is owed is bounded, or they would all follow when nobody needs them.
        let most = u32::from(terms.window).saturating_mul(50).max(200);
        self.owed = self.owed.saturating_add(u32::from(terms.small_repair)).min(most);
        self.tail = (terms.small_repair > 0).then_some((now, 0));
        Some(Kind::Source)
    }

    fn symbol(&mut self, workshop: &mut Workshop, out: &mut Vec<u8>, left: &mut Vec<Leaver>) -> Option<Kind> {
        let (numbered, outgoing) = self.large.as_mut()?;
        self.between = 0;
        (self.until, self.is_again) = (numbered.object.not_after, numbered.round > 0);
        let written = outgoing.next(workshop).map(|block| block.write(out)).is_some();
        let done = outgoing.is_done() || !written;
        if let Some((mut numbered, outgoing)) = self.large.take_if(|_| done) {
            numbered.object.bytes = outgoing.into_bytes();
            left.push(Leaver { numbered, ended: Ended::Sent });
        }
        written.then_some(Kind::Block)
    }
}

/// Cuts an object; its length has been found to fit.
fn outgoing(mut numbered: Numbered, terms: &Terms) -> Option<(Numbered, Outgoing)> {
    let length = u32::try_from(numbered.object.bytes.len()).ok()?;
    let cut = Cut::fitting(length, terms.symbol(), terms.block_repair)?;
    let Numbered { number, hash, sent, .. } = numbered;
    let title = Title { number, hash, order: numbered.object.order, sent };
    let bytes = core::mem::take(&mut numbered.object.bytes);
    Some((numbered, Outgoing::new(title, cut, bytes)))
}

impl Numbered {
    /// What a manifest says of it.
    pub(crate) fn entry(&self) -> Entry {
        let length = u32::try_from(self.object.length).unwrap_or(u32::MAX);
        Entry { class: self.class, number: self.number, length, hash: self.hash }
    }
}

impl Source<'_> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.symbol.to_be_bytes());
        self.part.write(out);
    }
}

impl Terms {
    /// How an object of so many bytes is sent; `None` where it cannot be.
    pub fn plane(&self, length: usize) -> Option<Plane> {
        if length <= self.at_once() {
            return Some(Plane::Small);
        }
        Cut::fitting(u32::try_from(length).ok()?, self.symbol(), self.block_repair).map(|_| Plane::Large)
    }

    /// The largest object, in bytes, that is sent at once ([`Plane::Small`]).
    pub fn at_once(&self) -> usize {
        self.part().saturating_mul(wire::PARTS).min(usize::from(u16::MAX))
    }

    /// The most bytes of an object in one part: a repair of it fits too.
    pub(crate) fn part(&self) -> usize {
        self.payload.saturating_sub(wire::REPAIR).max(1)
    }

    /// The most bytes of a block's symbol.
    pub(crate) fn symbol(&self) -> u16 {
        u16::try_from(self.payload.saturating_sub(wire::BLOCK)).unwrap_or(u16::MAX) & !1
    }
}

fn millis(time: Time) -> u64 {
    u64::try_from(time.unix_nanos() / 1_000_000).unwrap_or(0)
}
