//! What the targets of links of others share: a sender's objects, and what may be said of them at the far side.

use lockgate_adapters::Objects;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Event, Object, Outgoing, Plane, Step, Supply};
use std::collections::BTreeSet;

struct Shelf(Vec<Object>);

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.last().map(|_| Precedence::Flash)
    }

    fn take(&mut self, class: Precedence, _: Plane, _: Time) -> Option<Object> {
        if class == Precedence::Flash { self.0.pop() } else { None }
    }
}

/// What a sender says that has nine objects, each of one byte many times.
pub(super) fn datagrams(sender: &mut dyn Outgoing, now: Time) -> Vec<Vec<u8>> {
    let object = |token: u8| Object::new(vec![token; usize::from(token).saturating_mul(200)], Time::MAX, 0);
    let mut shelf = Shelf((1..10).map(object).collect());
    let (mut all, mut out) = (Vec::new(), Vec::new());
    while !(shelf.0.is_empty() && sender.is_quiet()) {
        if let Step::Datagram(_) = sender.poll(now, &mut shelf, &mut out) {
            all.push(out.clone());
        }
    }
    all
}

/// What an event says of an object has not been said before, and is no lie; it has at most `longest` bytes.
pub(super) fn end(event: &Event, objects: Objects, longest: u32, ended: &mut BTreeSet<u64>) {
    let number = match event {
        Event::Delivered(it) => {
            if it.bytes.len() > usize::try_from(longest).unwrap_or(0) {
                panic!("longer than an object may be");
            }
            let was_sent = it.bytes.first().is_some_and(|first| {
                it.bytes.len() == usize::from(*first).saturating_mul(200)
                    && it.bytes.iter().all(|byte| byte == first)
            });
            if objects == Objects::Checked && !was_sent {
                panic!("it was not sent");
            }
            it.id.number
        }
        Event::Lost(it) => it.first,
        _ => return,
    };
    if !ended.insert(number) {
        panic!("it ended twice");
    }
}
