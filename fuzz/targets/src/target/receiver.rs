//! A receiver over a sequence of events: datagrams of two starts of one sender in any order, doubled, damaged, with time
//! between them and restarts from its journal. Every object ends once, as it was sent, within the memory there is.

use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Event, Id, Limits, LinkKey, ManifestSecret, Object, Plane, Receiver, Sender, Start, Step, Supply, Terms,
};
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["\u{0}\u{1}\u{0}\u{2}\u{0}\u{3}", "\u{5}\u{0}", "\u{6}\u{1}", "\u{7}\u{0}"];

const MEMORY: usize = 40_000;

struct Shelf(Vec<Object>);

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.last().map(|_| Precedence::Flash)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        let last = self.0.last()?;
        let large = last.length > 2_000;
        (class == Precedence::Flash && large == (plane == Plane::Large)).then(|| self.0.pop()).flatten()
    }
}

/// The datagrams of two epochs, and when each begins.
static DATAGRAMS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all = Vec::new();
    let (mut now, mut closing) = (Time::from_unix_nanos(0), None);
    for epoch in [1_u64 << 32, 2 << 32] {
        let (key, secret) = (LinkKey::new(&[1; 32]), ManifestSecret::new(&[2; 32]));
        let terms = Terms { payload: 512, ..Terms::new(3) };
        let Ok(mut sender) = Sender::new(terms, key, secret, Start { epoch, closing }) else { return all };
        let objects = (1_u8..20).map(|token| {
            let length = if token % 6 == 0 { 5_000 } else { usize::from(token).saturating_mul(60) };
            Object::new(vec![token; length], Time::MAX, u64::from(token))
        });
        let mut shelf = Shelf(objects.collect());
        let end = now.plus(Duration::from_secs(5));
        while now < end {
            let mut out = Vec::new();
            match sender.poll(now, &mut shelf, &mut out) {
                Step::Datagram(_) => all.push(out),
                Step::At(at) => now = at,
            }
        }
        closing = Some(sender.closing());
    }
    all
});

fn limits() -> Limits {
    Limits { memory: MEMORY, growing: 4, ranges: 8, ..Limits::default() }
}

pub(crate) fn run(data: &[u8]) {
    let public = ManifestSecret::new(&[2; 32]).public();
    let mut receiver = Receiver::new(3, LinkKey::new(&[1; 32]), public.clone(), limits());
    let (mut now, mut next) = (Time::from_unix_nanos(0), 0_usize);
    let (mut journal, mut ended) = (Vec::new(), BTreeSet::new());
    for pair in data.as_chunks::<2>().0.iter().take(600) {
        let [act, by] = *pair;
        let mut events = Vec::new();
        match act % 8 {
            0..=2 => next = next.saturating_add(1),
            3 => next = next.saturating_add(usize::from(by)),
            4 => next = next.saturating_sub(usize::from(by)),
            5 => now = now.plus(Duration::from_nanos(i64::from(by).saturating_mul(100_000_000))),
            6 => {
                if by % 2 == 0 {
                    journal = receiver.journal();
                }
                let (key, notes) = (LinkKey::new(&[1; 32]), journal.iter().copied());
                match Receiver::restore(3, key, public.clone(), limits(), notes) {
                    Ok(again) => receiver = again,
                    Err(_) => panic!("a receiver does not take its own journal"),
                }
            }
            _ => {
                if let Some(mut damaged) = DATAGRAMS.get(next).cloned() {
                    let at = usize::from(by).checked_rem(damaged.len()).unwrap_or(0);
                    if let Some(byte) = damaged.get_mut(at) {
                        *byte ^= 1;
                    }
                    receiver.receive(&damaged, now, &mut events);
                    if !events.is_empty() {
                        panic!("a damaged datagram does something");
                    }
                }
            }
        }
        if act % 8 < 5
            && let Some(datagram) = DATAGRAMS.get(next)
        {
            receiver.receive(datagram, now, &mut events);
        }
        receiver.tick(now, &mut events);
        for event in &events {
            check(event, &mut ended);
        }
        journal.extend(events.iter().filter_map(Event::note));
        if receiver.memory() > MEMORY {
            panic!("more memory than there is");
        }
    }
}

fn check(event: &Event, ended: &mut BTreeSet<Id>) {
    let ids: Vec<Id> = match event {
        Event::Delivered(it) => {
            let first = it.bytes.first().copied();
            if first.is_none() || it.bytes.iter().any(|byte| Some(*byte) != first) {
                panic!("an object that was never sent");
            }
            vec![it.id]
        }
        Event::Lost(it) => (it.first..it.end.min(it.first.saturating_add(100)))
            .map(|number| Id { epoch: it.epoch, class: it.class, number })
            .collect(),
        Event::Alarm(alarm) => panic!("{alarm:?} among true datagrams"),
        _ => return,
    };
    for id in ids {
        if !ended.insert(id) {
            panic!("an object ends twice");
        }
    }
}
