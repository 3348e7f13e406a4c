//! The sending end: each object in a table of its own, then its symbols, then the table once more.
//!
//! **Order.** Tables and what gives an object up, then the highest class that has something: what is being sent, what waits, what is to be
//! sent again. Every datagram says what it belongs to, so a higher class waits for one datagram at most.
//!
//! **Numbers.** An object's is that of the sender's start in its upper half, 32 bits of chance, and its place from 1 in the lower: a sender
//! that begins anew says nothing that could be taken for what was said before. Tables count from the same number, modulo 2^20.
//!
//! INVARIANT: an object that was taken ends once, in `ended`.

mod outgoing;

use super::cut::{Leaving, Plans};
use super::fdt;
use super::lct::{ObjectHead, write_fdt_head, write_sign};
use super::oti::Oti;
use super::terms::Terms;
use crate::Objects;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Ended, Gone, Object, Pace, Plane, Step, Supply};
use md5::{Digest, Md5};

/// Tables are numbered in 20 bits.
const INSTANCES: u32 = (1 << 20) - 1;
/// Objects that wait to be sent again, at most.
const AGAIN: usize = 4_096;

/// A table that leaves.
struct Telling {
    text: Vec<u8>,
    instance: u32,
    class: Precedence,
    /// The number of the object that it names.
    object: u64,
    next: u16,
    /// When what it names must not leave any more.
    until: Time,
}

/// See the module.
pub struct Sender {
    terms: Terms,
    pace: Option<Pace>,
    plans: Plans,
    /// What is on its way, an object for each class, lowest first.
    open: [Option<Leaving>; 6],
    tellings: VecDeque<Telling>,
    /// Objects that are given up and have not been told so: number and codepoint.
    given_up: VecDeque<(u64, u8)>,
    /// What is to be sent again, and when; the first is due first.
    again: VecDeque<(Time, Leaving)>,
    again_bytes: usize,
    /// The number of the start, the last object's place, the next table's number.
    start: u32,
    place: u32,
    instance: u32,
    /// When the last datagram was made.
    beat: Time,
    spent: u64,
    /// Datagrams that were made, and that have left.
    made: u64,
    through: u64,
    ended: Vec<Gone>,
    /// First instant at which the last datagram must not leave any more.
    until: Time,
}

impl Sender {
    /// A sender that has sent nothing; its first datagram is a sign of life, where it gives any. The terms have been found to be such that
    /// can be ([`Terms::check`]); `start` is chance, another at each start.
    #[must_use]
    pub fn new(terms: Terms, start: u32) -> Self {
        Self {
            pace: terms.rate.map(Pace::new),
            terms,
            plans: Plans::default(),
            open: Default::default(),
            tellings: VecDeque::new(),
            given_up: VecDeque::new(),
            again: VecDeque::new(),
            again_bytes: 0,
            start,
            place: 0,
            instance: start & INSTANCES,
            beat: Time::MIN,
            spent: 0,
            made: 0,
            through: 0,
            ended: Vec::new(),
            until: Time::MAX,
        }
    }

    /// Gives up what must not leave any more.
    fn cut_expired(&mut self, now: Time) {
        for open in &mut self.open {
            if let Some(leaving) = open.take_if(|leaving| leaving.not_after() <= now) {
                self.given_up.push_back((leaving.number, leaving.cut.oti.code.id()));
                self.again_bytes = self.again_bytes.saturating_sub(kept(&leaving));
                if leaving.rounds == 0 {
                    self.ended.push(leaving.ends(Ended::Cut));
                }
            }
        }
        self.tellings.retain(|telling| telling.until > now);
    }

    /// Writes the next part of a table.
    fn tell(&mut self, out: &mut Vec<u8>) -> Option<Step> {
        let telling = self.tellings.front_mut()?;
        let symbol = self.terms.table_symbol();
        let length = u64::try_from(telling.text.len()).unwrap_or(0);
        let blocks = telling.text.len().div_ceil(usize::from(symbol).max(1));
        let fti = Oti::plain_fti(symbol, u32::try_from(blocks).unwrap_or(1), length);
        write_fdt_head(self.terms.session, telling.instance, &fti, out);
        out.extend([0, 0]);
        out.extend(telling.next.to_be_bytes());
        let from = usize::from(telling.next).saturating_mul(usize::from(symbol));
        let to = from.saturating_add(usize::from(symbol)).min(telling.text.len());
        out.extend_from_slice(telling.text.get(from..to)?);
        telling.next = telling.next.saturating_add(1);
        let Telling { class, until, object, .. } = *telling;
        if to >= telling.text.len() {
            self.tellings.pop_front();
            let made = self.made.saturating_add(1);
            let is_empty = |leaving: &&mut Leaving| leaving.number == object && leaving.cut.blocks() == 0;
            if let Some(open) = self.slot(class).and_then(|open| open.as_mut().filter(is_empty)) {
                // Nothing but its table is needed.
                open.enough.get_or_insert(made);
            }
        }
        self.until = until;
        Some(Step::Datagram(Some(class)))
    }

    /// Has a table leave that names this object. Where it is sent again, the table holds until then.
    fn name(&mut self, leaving: &mut Leaving, now: Time) {
        let more = if leaving.repeats > 0 { self.terms.after } else { Duration::from_nanos(0) };
        let expires = match leaving.told {
            // The same table again, as long as it holds for half its time.
            Some((_, expires)) if now.plus(half(self.terms.expires)).plus(more) < expires => expires,
            _ => now.plus(self.terms.expires).plus(more),
        };
        leaving.told = Some((now, expires));
        let text = fdt::write(leaving.number, leaving.cut.oti, leaving.md5, expires).into_bytes();
        let instance = self.instance;
        self.instance = instance.wrapping_add(1) & INSTANCES;
        let (class, object, until) = (leaving.class, leaving.number, leaving.not_after());
        self.tellings.push_back(Telling { text, instance, class, object, next: 0, until });
    }

    /// The class of what leaves next, and whether it is open, waits, or is to be sent again.
    fn choose(&mut self, now: Time, supply: &mut dyn Supply) -> Option<Precedence> {
        loop {
            let open = Precedence::ALL
                .into_iter()
                .rev()
                .find(|class| self.slot(*class).is_some_and(|it| it.is_some()));
            let waits = supply.highest();
            let is_due = |entry: &&(Time, Leaving)| entry.0 <= now;
            let due = self.again.iter().take_while(is_due).map(|(_, leaving)| leaving.class).max();
            let class = open.max(waits).max(due)?;
            if open == Some(class) {
                return Some(class);
            }
            if waits == Some(class) {
                let object = supply.take(class, Plane::Small, now)?;
                self.begin(class, object, now);
            } else {
                let at =
                    self.again.iter().position(|(due, leaving)| *due <= now && leaving.class == class)?;
                let (_, mut leaving) = self.again.remove(at)?;
                if leaving.not_after() <= now {
                    self.again_bytes = self.again_bytes.saturating_sub(kept(&leaving));
                    continue;
                }
                leaving.begin_again();
                self.name(&mut leaving, now);
                self.put(leaving);
            }
            if !self.tellings.is_empty() {
                return None;
            }
        }
    }

    fn slot(&mut self, class: Precedence) -> Option<&mut Option<Leaving>> {
        self.open.get_mut(class.place())
    }

    fn put(&mut self, leaving: Leaving) {
        if let Some(open) = self.slot(leaving.class) {
            *open = Some(leaving);
        }
    }

    /// Begins an object, where it can be through in time.
    fn begin(&mut self, class: Precedence, object: Object, now: Time) {
        let ends = |object, ended| Gone { object, id: None, ended, enough: None };
        let head = self.terms.objects.head(&object);
        let length = object.bytes.len().saturating_add(head.len());
        let cut = self.terms.oti(length).and_then(|oti| oti.cut().ok());
        let (Some(cut), Some(place)) = (cut, self.place.checked_add(1)) else {
            return self.ended.push(ends(object, Ended::Unfit));
        };
        let takes = self.terms.time_of(self.terms.object_wire_bytes(object.bytes.len()));
        if object.not_after <= now.plus(takes) {
            return self.ended.push(ends(object, Ended::Late));
        }
        self.place = place;
        let number = u64::from(self.start) << 32 | u64::from(place);
        let mut leaving = Leaving::new(object, head, (class, number), cut, &self.terms);
        if self.terms.objects == Objects::Bare {
            // Checked objects carry a better one.
            leaving.md5 = Some(Md5::digest(leaving.bytes()).into());
        }
        let bytes = self.again_bytes.saturating_add(length);
        if self.terms.repeat > 0 && bytes <= self.terms.repeat_bytes && self.again.len() < AGAIN {
            leaving.repeats = self.terms.repeat;
            self.again_bytes = bytes;
        }
        self.name(&mut leaving, now);
        self.put(leaving);
    }

    /// Writes the next datagram of an object that is on its way.
    fn go_on(&mut self, class: Precedence, now: Time, out: &mut Vec<u8>) -> Option<Step> {
        let mut leaving = self.slot(class)?.take()?;
        if self.is_due_again(&leaving, now) {
            self.name(&mut leaving, now);
            self.put(leaving);
            return self.tell(out);
        }
        self.until = leaving.not_after();
        let is_written = leaving.write(&self.terms, &mut self.plans, self.made, out);
        if leaving.is_done() {
            self.end_round(leaving, now);
        } else if is_written {
            self.put(leaving);
        } else {
            // There is no such datagram though there should be: whatever has left is not all of it.
            self.given_up.push_back((leaving.number, leaving.cut.oti.code.id()));
            self.again_bytes = self.again_bytes.saturating_sub(kept(&leaving));
            if leaving.rounds == 0 {
                self.ended.push(leaving.ends(Ended::Unfit));
            }
        }
        is_written.then_some(Step::Datagram(Some(class)))
    }

    /// True where a table has to name it once more: none did for a heartbeat, or the last one holds for less than half its time.
    fn is_due_again(&self, leaving: &Leaving, now: Time) -> bool {
        let Some((told, expires)) = leaving.told else { return true };
        let is_old = self.terms.heartbeat.is_some_and(|every| told.plus(every) <= now);
        is_old || now.plus(half(self.terms.expires)) >= expires
    }

    fn end_round(&mut self, mut leaving: Leaving, now: Time) {
        self.name(&mut leaving, now);
        let is_first = leaving.rounds == 0;
        if leaving.repeats == 0 {
            self.again_bytes = self.again_bytes.saturating_sub(if is_first { 0 } else { leaving.length() });
            if is_first {
                self.ended.push(leaving.ends(Ended::Sent));
            }
            return;
        }
        if is_first {
            self.ended.push(leaving.sent());
        }
        leaving.rounds = leaving.rounds.saturating_add(1);
        leaving.repeats = leaving.repeats.saturating_sub(1);
        self.again.push_back((now.plus(self.terms.after), leaving));
    }

    fn write(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Option<Step> {
        out.clear();
        if let Some(step) = self.tell(out) {
            return Some(step);
        }
        self.until = Time::MAX;
        if let Some((object, codepoint)) = self.given_up.pop_front() {
            let head = ObjectHead { session: self.terms.session, object, codepoint, ends: true };
            head.write(out);
            return Some(Step::Datagram(None));
        }
        let step = self.choose(now, supply).and_then(|class| self.go_on(class, now, out));
        match step {
            Some(step) => Some(step),
            None if !self.tellings.is_empty() => {
                out.clear();
                self.tell(out)
            }
            None if self.terms.heartbeat.is_some() && now >= self.beat => {
                out.clear();
                write_sign(self.terms.session, out);
                Some(Step::Datagram(None))
            }
            None => None,
        }
    }
}

/// Bytes that it takes of those kept for sending again.
fn kept(leaving: &Leaving) -> usize {
    if leaving.repeats > 0 || leaving.rounds > 0 { leaving.length() } else { 0 }
}

fn half(duration: Duration) -> Duration {
    Duration::from_nanos(duration.nanos() / 2)
}
