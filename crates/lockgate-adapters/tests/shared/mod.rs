//! What the tests of all adapters share: objects that wait, everything that a sender has to say, and what became of it.
#![allow(dead_code, reason = "not each of the tests needs all of it")]

use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Cause, Event, Gone, Object, Outgoing, Plane, Step, Supply};
use std::collections::VecDeque;

pub(crate) fn at(millis: i64) -> Time {
    Time::from_unix_nanos(1_700_000_000_000_000_000 + millis * 1_000_000)
}

#[derive(Default)]
pub(crate) struct Shelf(pub(crate) VecDeque<(Precedence, Object)>);

impl Shelf {
    pub(crate) fn put(&mut self, class: Precedence, bytes: Vec<u8>, not_after: Time) {
        let token = self.0.len() as u64;
        self.0.push_back((class, Object::new(bytes, not_after, token)));
    }
}

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.iter().map(|(class, _)| *class).max()
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        assert_eq!(plane, Plane::Small);
        let place = self.0.iter().position(|it| it.0 == class)?;
        self.0.remove(place).map(|it| it.1)
    }
}

pub(crate) fn pattern(length: usize, step: usize) -> Vec<u8> {
    (0..length).map(|at| (step * at + 3) as u8).collect()
}

/// Everything that a sender has to say, and when; and how objects ended.
pub(crate) fn send(sender: &mut dyn Outgoing, shelf: &mut Shelf) -> (Vec<(Time, Vec<u8>)>, Vec<Gone>) {
    let (mut all, mut out, mut gone, mut now) = (Vec::new(), Vec::new(), Vec::new(), at(0));
    loop {
        let step = sender.poll(now, shelf, &mut out);
        sender.take_ended(&mut gone);
        match step {
            Step::Datagram(_) => all.push((now, out.clone())),
            Step::At(_) if shelf.0.is_empty() && sender.is_quiet() => return (all, gone),
            Step::At(wake) => now = wake,
        }
    }
}

pub(crate) fn delivered(events: &[Event]) -> Vec<&[u8]> {
    events
        .iter()
        .filter_map(|it| if let Event::Delivered(it) = it { Some(&it.bytes[..]) } else { None })
        .collect()
}

pub(crate) fn lost(events: &[Event]) -> Vec<(u64, Cause)> {
    events
        .iter()
        .filter_map(|it| if let Event::Lost(it) = it { Some((it.first, it.cause)) } else { None })
        .collect()
}
