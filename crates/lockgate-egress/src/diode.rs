//! The way out by a one-way protocol, ours (docs/DIODE.md) or another's: the queue is what the protocol's sender takes from, object
//! by object as their datagrams leave; each passes the gate as it is taken.
//!
//! INVARIANT: an object that was taken is in `hand` until its last datagram has left, and ends in one outcome.

use crate::Cage;
use crate::gate::Gate;
use crate::link::UdpLink;
use crate::looks::{Looks, goes_by_pieces};
use crate::outcome::{Outcome, Waiting, What};
use crate::queue::Queue;
use crate::sink::Stall;
use crate::wires::Wires;
use lockgate_bytes::{Precedence, Sealed, Time};
use lockgate_diode::{
    Closing, Ended, Gone, LinkKey, ManifestSecret, Object, Outgoing, Plane, Sender, Spent, Start, Step,
    Supply, Terms,
};
use lockgate_reason::egress;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, OnceLock};

/// Calls of the system in one round, at most: then whatever came meanwhile has its turn.
pub(crate) const CALLS: usize = 8;

fn wrong(says: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, says.into())
}

/// See the module.
pub struct DiodeOut {
    sender: Box<dyn Outgoing + Send>,
    wires: Wires,
    /// What has just ended.
    gone: Vec<Gone>,
    /// What is leaving, without its bytes, by entry.
    hand: BTreeMap<u64, Waiting>,
    /// What was seen of large objects that are next.
    looks: Looks,
    /// The last datagram; its class, and until when it may leave, where it has to wait until what is ready before it has left.
    datagram: Vec<u8>,
    waits: Option<(Option<Precedence>, Time)>,
    /// Datagrams that were made, and that have left.
    made: u64,
    left: u64,
    /// Objects whose time ran out while datagrams of them were ready, by entry: nothing of them left behind so many datagrams.
    late: BTreeMap<u64, u64>,
    /// Objects whose sending ends when so many datagrams have left.
    ending: VecDeque<(u64, Gone)>,
    /// Objects released and not sent, as far as the sender was told.
    told: u64,
    closing: Arc<OnceLock<Closing>>,
}

/// What [`DiodeOut::fill`] came to.
pub(crate) enum Filled {
    /// There is more; what is ready leaves first.
    More,
    /// Nothing more before this time.
    Until(Time),
}

impl DiodeOut {
    /// Opens the sockets. `closing` is set when the run ends, to what the next one has to know.
    ///
    /// # Errors
    /// Those of the system; [`io::ErrorKind::InvalidInput`] where link or terms cannot be right.
    pub fn open(
        link: &UdpLink,
        terms: Terms,
        key: LinkKey,
        secret: ManifestSecret,
        start: Start,
        closing: Arc<OnceLock<Closing>>,
    ) -> io::Result<Self> {
        let (payload, headers, constant) = (terms.payload, terms.headers, terms.constant);
        let mut sender = Sender::new(terms, key, secret, start).map_err(|fault| wrong(fault.to_string()))?;
        sender.has_sent(0);
        Self::on(link, Box::new(sender), (payload, headers), closing, constant)
    }

    /// The same by any protocol whose datagrams have at most `payload` bytes, and `headers` before them. `closing` is set
    /// where it leaves something behind for the next run.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn by(
        link: &UdpLink,
        sender: Box<dyn Outgoing + Send>,
        sizes: (usize, usize),
        closing: Arc<OnceLock<Closing>>,
    ) -> io::Result<Self> {
        Self::on(link, sender, sizes, closing, false)
    }

    /// `by_one`: nothing but its bytes tells one datagram from another.
    fn on(
        link: &UdpLink,
        sender: Box<dyn Outgoing + Send>,
        (payload, headers): (usize, usize),
        closing: Arc<OnceLock<Closing>>,
        by_one: bool,
    ) -> io::Result<Self> {
        let longest = payload.saturating_add(headers);
        if payload > link.largest {
            return Err(wrong("a datagram of the link is larger than the largest that is sent"));
        }
        if longest > usize::from(link.mtu) {
            return Err(wrong(format!(
                "datagrams of {longest} bytes with headers do not fit the link's MTU"
            )));
        }
        Ok(Self {
            sender,
            wires: Wires::open(link, by_one)?,
            gone: Vec::new(),
            hand: BTreeMap::new(),
            looks: Looks::default(),
            datagram: Vec::new(),
            waits: None,
            made: 0,
            left: 0,
            late: BTreeMap::new(),
            ending: VecDeque::new(),
            told: 0,
            closing,
        })
    }

    /// The largest object, in bytes, that is sent at once: what a [`Queue`] for this link has to know.
    pub fn at_once(&self) -> usize {
        self.sender.at_once()
    }

    /// What the thread may ask of the system.
    pub(crate) fn cage(&self) -> Cage {
        Cage::Datagrams
    }

    /// Nothing more comes: true where nothing is left to say.
    pub(crate) fn end(&mut self) -> bool {
        self.sender.end();
        self.hand.is_empty() && self.left == self.made && self.sender.is_quiet()
    }

    /// What bytes on the wire were spent on so far, headers included.
    pub(crate) fn spent(&self) -> Spent {
        self.sender.spent()
    }

    /// So many objects in all were released and will not be sent; what part of them left is not among them.
    pub(crate) fn tell_unsent(&mut self, count: u64) {
        if let Some(more) = count.checked_sub(self.told).filter(|more| *more > 0) {
            self.sender.unsent(more);
            self.told = count;
        }
    }

    /// Makes datagrams ready, as many as leave together. With each call one piece more is seen of a large object that is next.
    pub(crate) fn fill(
        &mut self,
        now: Time,
        queue: &mut Queue,
        gate: &Gate,
        out: &mut Vec<Outcome>,
    ) -> Filled {
        let Self { sender, wires, gone, hand, looks, datagram, waits, made, ending, .. } = self;
        let looked = looks.go_on(now, queue);
        let mut shelf = Shelf { queue, gate, out, hand, looks, unseen: false };
        loop {
            if let Some((class, until)) = *waits {
                if !wires.put(class, until, datagram) {
                    return Filled::More;
                }
                *waits = None;
            }
            let step = sender.poll(now, &mut shelf, datagram);
            if let Step::Datagram(class) = step {
                *waits = Some((class, sender.until()));
                *made = made.saturating_add(1);
            }
            sender.take_ended(gone);
            gone.drain(..).for_each(|gone| ending.push_back((*made, gone)));
            if let Step::At(time) = step {
                // While there is nothing to send, there may be something to look at.
                return if looked || shelf.unseen { Filled::More } else { Filled::Until(time) };
            }
        }
    }

    /// Sends what is ready and in time. Gives how often the network said that nobody is there.
    ///
    /// # Errors
    /// Why not all of it left; it stays ready.
    pub(crate) fn flush(&mut self, now: Time) -> Result<u64, Stall> {
        self.sender.seal(self.wires.unsent());
        let flushed = self.wires.flush(now);
        let behind = u64::from(self.waits.is_some());
        if let Some(waiting) = self.wires.take_late() {
            let left = self.made.saturating_sub(waiting.saturating_add(behind));
            let late = self.hand.iter().filter(|(_, waiting)| waiting.sealed.not_after <= now);
            for entry in late.map(|(entry, _)| *entry) {
                self.late.entry(entry).or_insert(left);
            }
        }
        self.left = self.made.saturating_sub(self.wires.waiting().saturating_add(behind));
        self.sender.has_sent(self.left);
        flushed
    }

    /// What became of objects whose last datagram has left, or will not leave. Returns how many of them left in part.
    pub(crate) fn settle(&mut self, now: Time, out: &mut Vec<Outcome>) -> u64 {
        let mut cut = 0_u64;
        let left = self.left;
        while let Some((last, gone)) = self.ending.pop_front_if(|(last, _)| *last <= left) {
            // What went by because it was too late counts for the link, and not for its object.
            let left = self.late.remove(&gone.object.token).unwrap_or(left).min(left);
            let enough = gone.enough.is_some_and(|enough| enough <= left);
            let Some((ended, waiting)) = self.back(gone) else { continue };
            let ended = if ended == Ended::Sent && last > left { Ended::Cut } else { ended };
            out.push(match ended {
                Ended::Sent => waiting.ends(What::Sent, now),
                // Nothing but repairs of it was left to send.
                Ended::Cut if enough => waiting.ends(What::Sent, now),
                Ended::Late => waiting.ends(What::Expired, now),
                Ended::Unfit => waiting.spills(egress::OVER_LINK, now),
                Ended::Cut => {
                    cut = cut.saturating_add(1);
                    waiting.ends(What::Expired, now)
                }
            });
        }
        cut
    }

    /// Takes back what has begun and not left far enough to be an object at the other end: it is decided again. What has left of
    /// it does not become an object: what is ready behind a link that stands still does not leave, and no repair brings
    /// it. Whatever lacked nothing but repairs was sent. Returns how many had expired when a part had left.
    pub(crate) fn withdraw(&mut self, now: Time, out: &mut Vec<Outcome>) -> u64 {
        let cut = self.settle(now, out);
        let left = self.left;
        if left < self.made {
            (self.waits, self.left) = (None, self.made);
            self.wires.clear();
            self.sender.forget();
        }
        self.sender.withdraw(now);
        let made = self.made;
        self.sender.take_ended(&mut self.gone);
        self.ending.extend(self.gone.drain(..).map(|gone| (made, gone)));
        let mut late = std::mem::take(&mut self.late);
        for (_, gone) in std::mem::take(&mut self.ending) {
            let left = late.remove(&gone.object.token).unwrap_or(left).min(left);
            let enough = gone.enough.is_some_and(|enough| enough <= left);
            let length = gone.object.length;
            let Some((_, waiting)) = self.back(gone) else { continue };
            out.push(match waiting.sealed.bytes.len() == length {
                _ if enough => waiting.ends(What::Sent, now),
                true => waiting.goes_back(now),
                // What is not whole here any more cannot be decided again.
                false => waiting.ends(What::Refused(egress::SEAL_BROKEN), now),
            });
        }
        cut
    }

    /// Leaves behind what the next run has to know.
    pub(crate) fn close(&self) {
        if let Some(closing) = self.sender.closing() {
            // Set once: a run ends once.
            let _ = self.closing.set(closing);
        }
    }

    fn back(&mut self, gone: Gone) -> Option<(Ended, Waiting)> {
        let mut waiting = self.hand.remove(&gone.object.token)?;
        waiting.sealed.bytes = gone.object.bytes;
        Some((gone.ended, waiting))
    }
}

/// The queue, in the eyes of the protocol's sender.
struct Shelf<'a> {
    queue: &'a mut Queue,
    gate: &'a Gate,
    out: &'a mut Vec<Outcome>,
    hand: &'a mut BTreeMap<u64, Waiting>,
    looks: &'a mut Looks,
    /// Something did not leave since not all of it has been seen.
    unseen: bool,
}

impl Supply for Shelf<'_> {
    fn highest(&self) -> Option<Precedence> {
        self.queue.highest()
    }

    fn take(&mut self, class: Precedence, plane: Plane, now: Time) -> Option<Object> {
        loop {
            let place = self.queue.first_of(class, plane == Plane::Large)?;
            let sealed = self.queue.look(place)?;
            let passed = if plane == Plane::Large && goes_by_pieces(sealed) {
                let look = self.looks.take(class, place, now);
                self.unseen |= look.is_none();
                self.gate.pass_by(sealed, &look?)
            } else {
                self.gate.pass(sealed)
            };
            if let Err(code) = passed {
                let waiting = self.queue.take(place)?;
                self.out.push(waiting.ends(What::Refused(code), now));
                continue;
            }
            let mut waiting = self.queue.send(place)?;
            let bytes = std::mem::take(&mut waiting.sealed.bytes);
            let (token, not_after) = (waiting.sealed.entry, waiting.sealed.not_after);
            let order = order(&waiting.sealed);
            let at = waiting.sealed.order.map_or(Time::MIN, |order| order.at);
            // The gate has just held the bytes against it.
            let hash = waiting.sealed.crossing.map(|crossing| crossing.0);
            self.hand.insert(token, waiting);
            return Some(Object { hash, order, at, ..Object::new(bytes, not_after, token) });
        }
    }
}

/// What crosses of the order: eight bytes of a keyed hash, 0 where there is none. What lasts has none there: the far side would
/// otherwise withhold a cancel behind an ordinary report of the same thing.
fn order(sealed: &Sealed) -> u64 {
    let order = sealed.order.filter(|order| !order.lasting);
    let key = order.and_then(|order| order.key.0.first_chunk().copied());
    key.map_or(0, |key| u64::from_be_bytes(key).max(1))
}

#[cfg(test)]
mod tests;
