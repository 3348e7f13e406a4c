//! What the tests of all adapters share: objects that wait, everything that a sender has to say, and what became of it.
#![allow(dead_code, reason = "not each of the tests needs all of it")]

pub(crate) mod flute;

use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Event, Gone, Incoming, Object, Outgoing, Plane, Relay, Step, Supply, Weather};
use std::collections::{BTreeMap, VecDeque};

/// Datagrams, and when each left or came.
pub(crate) type Datagrams = Vec<(Time, Vec<u8>)>;

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
pub(crate) fn send(sender: &mut dyn Outgoing, shelf: &mut Shelf) -> (Datagrams, Vec<Gone>) {
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

/// All that a receiver says of these datagrams, and when nothing more came.
pub(crate) fn hear<'a>(
    receiver: &mut dyn Incoming,
    all: impl IntoIterator<Item = &'a (Time, Vec<u8>)>,
) -> Vec<Event> {
    let (mut events, mut last) = (Vec::new(), at(0));
    for (now, datagram) in all {
        receiver.tick(*now, &mut events);
        receiver.receive(datagram, *now, &mut events);
        last = *now;
    }
    receiver.tick(last.plus(Duration::from_secs(4)), &mut events);
    receiver.tick(last.plus(Duration::from_secs(100)), &mut events);
    events
}

/// What comes of these datagrams through such a link.
pub(crate) fn relayed(all: &Datagrams, weather: Weather, seed: u64) -> Datagrams {
    let mut relay = Relay::new(weather, seed);
    let mut arrived = Vec::new();
    for (now, datagram) in all {
        relay.offer(datagram, *now);
        while let Some(datagram) = relay.take(*now) {
            arrived.push((*now, datagram));
        }
    }
    let last = all.last().unwrap().0.plus(Duration::from_secs(1));
    while let Some(datagram) = relay.take(last) {
        arrived.push((last, datagram));
    }
    arrived
}

/// Each number ends once, from 0, without a gap.
pub(crate) fn ends_once(events: &[Event]) {
    let mut ends = BTreeMap::new();
    for event in events {
        let number = match event {
            Event::Delivered(it) => it.id.number,
            Event::Lost(it) => it.first,
            _ => continue,
        };
        *ends.entry(number).or_insert(0) += 1;
    }
    assert!(ends.values().all(|count| *count == 1), "{ends:?}");
    assert_eq!(ends.keys().copied().collect::<Vec<_>>(), (0..ends.len() as u64).collect::<Vec<_>>());
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
