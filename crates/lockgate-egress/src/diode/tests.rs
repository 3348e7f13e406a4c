mod looks;

use super::{DiodeOut, Filled};
use crate::gate::Gate;
use crate::link::UdpLink;
use crate::outcome::{Outcome, What};
use crate::queue::{Bounds, Queue};
use crate::testing::{link_key, sealed_by};
use lockgate_bytes::{Digest, Duration, Order, Precedence, Time};
use lockgate_diode::{Event, Limits, LinkKey, ManifestSecret, Receiver, Start, Terms, open};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

fn ms(millis: i64) -> Time {
    Time::from_unix_nanos(millis * 1_000_000)
}

/// A way out, what waits for it, and a receiver that hears whatever leaves. Nobody is at the address: what is ready is
/// looked at before it leaves.
struct Way {
    out: DiodeOut,
    queue: Queue,
    gate: Gate,
    receiver: Receiver,
    events: Vec<Event>,
    outcomes: Vec<Outcome>,
}

impl Way {
    fn new(terms: Terms) -> Self {
        let (to, from) = ("127.0.0.1:9".parse().unwrap(), "127.0.0.1:0".parse().unwrap());
        let link = UdpLink { to, from, device: None, hops: 1, largest: 9_000, mtu: 65_535, dscp: [0; 6] };
        let (start, closing) = (Start { epoch: 9 << 32, closing: None }, Arc::new(OnceLock::new()));
        let (key_of_link, secret) = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]));
        let receiver = Receiver::new(7, LinkKey::new(&[4; 32]), secret.public(), Limits::default());
        let out = DiodeOut::open(&link, terms, key_of_link, secret, start, closing).unwrap();
        let skew = Duration::from_secs(5);
        let queue = Queue::new(Bounds { objects: 9, bytes: 1 << 20, skew, at_once: out.at_once() });
        let gate = Gate { key: link_key(), lane: Arc::from("down"), bundle: Digest([1; 32]) };
        Self { out, queue, gate, receiver, events: Vec::new(), outcomes: Vec::new() }
    }

    fn offer(&mut self, size: usize) {
        self.offer_until(1, size, Time::MAX);
    }

    fn offer_until(&mut self, entry: u64, size: usize, not_after: Time) {
        let sealed = sealed_by(&link_key(), entry, |it| {
            (it.bytes, it.not_after) = (vec![u8::try_from(entry).unwrap(); size], not_after);
        });
        self.queue.offer(sealed, ms(0), &mut self.outcomes);
    }

    /// What is ready then is as it leaves, also where nothing does.
    fn fill(&mut self, now: Time) -> Filled {
        let filled = self.out.fill(now, &mut self.queue, &self.gate, &mut self.outcomes);
        self.out.sender.seal(self.out.wires.unsent());
        filled
    }

    /// What is ready leaves.
    fn flush(&mut self, now: Time) {
        for datagram in self.out.wires.ready(now) {
            self.receiver.receive(datagram, now, &mut self.events);
        }
        self.out.flush(now).unwrap();
    }

    /// The entries of what was delivered.
    fn came(&self) -> BTreeSet<u64> {
        let delivered = self.events.iter().filter_map(|event| match event {
            Event::Delivered(object) => Some(u64::from(object.bytes[0])),
            _ => None,
        });
        delivered.collect()
    }

    fn has_delivered(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Delivered(_)))
    }
}

#[test]
fn what_is_ready_behind_a_link_that_stands_still_does_not_leave_once_it_is_called_back() {
    for repeat_from in [None, Some(Precedence::Routine)] {
        let repeats = repeat_from.map(|_| Duration::from_secs(1)).into_iter().collect();
        let mut way = Way::new(Terms { repeat_from, repeats, ..Terms::new(7) });
        way.offer(3_000);
        // Made to its end, and not sent: whatever is ready before it leaves.
        while way.out.ending.is_empty() {
            way.flush(ms(0));
            way.fill(ms(0));
        }
        assert!(way.out.wires.waiting() > 0 && way.outcomes.is_empty());
        way.out.withdraw(ms(1), &mut way.outcomes);
        let What::Recalled(sealed) = &way.outcomes[0].what else { panic!("{:?}", way.outcomes) };
        assert!(sealed.is_intact(&link_key()) && way.outcomes.len() == 1);
        // The link goes again, and has time for everything that it might still want to say.
        let mut heard = 0;
        for time in 1..400 {
            way.fill(ms(time * 10));
            for datagram in way.out.wires.ready(ms(time * 10)) {
                let head = open(datagram, 7, &LinkKey::new(&[4; 32])).unwrap().head;
                assert_eq!(head.class, None, "{head:?}");
                heard += 1;
            }
            way.flush(ms(time * 10));
        }
        assert!(heard > 4, "heartbeats and manifests");
        assert!(!way.has_delivered());
    }
}

/// A link that stands still after any number of batches: what is called back is not at the other end, and what is there is
/// not called back. Sizes around a batch, so that its repairs alone stay behind.
#[test]
fn what_is_called_back_from_behind_a_link_that_stands_still_was_not_delivered() {
    let mut seen = [0, 0];
    for symbols in (10..100).step_by(3) {
        for batches in 0..5 {
            let mut way = Way::new(Terms::new(7));
            way.offer(symbols * 1_290);
            for _ in 0..batches {
                way.fill(ms(0));
                way.flush(ms(0));
            }
            way.fill(ms(0));
            way.out.withdraw(ms(1), &mut way.outcomes);
            let delivered = way.has_delivered();
            match way.outcomes.as_slice() {
                // Nothing of it had left: it still waits.
                [] => assert!(!delivered && !way.queue.is_empty()),
                [Outcome { what: What::Sent, .. }] => assert!(delivered, "{symbols} {batches}"),
                [Outcome { what: What::Recalled(sealed), .. }] => {
                    assert!(!delivered && sealed.is_intact(&link_key()), "{symbols} {batches}");
                }
                other => panic!("{other:?}"),
            }
            seen[usize::from(delivered)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
}

/// A repeat that is due at once, behind a link that stands still: the object comes back with its bytes.
#[test]
fn a_repeat_never_takes_the_bytes_of_what_has_not_left() {
    for (size, rounds) in [(3_000, 1), (3_000, 6), (9_000, 6), (14_000, 1), (14_000, 6)] {
        let repeats = [1, 2].map(Duration::from_nanos).to_vec();
        let terms = Terms { repeat_from: Some(Precedence::Routine), repeats, ..Terms::new(7) };
        let mut way = Way::new(terms);
        // The link's own datagrams leave before.
        while let Filled::More = way.fill(ms(0)) {
            way.flush(ms(0));
        }
        way.flush(ms(0));
        way.offer(size);
        for round in 0..rounds {
            way.fill(ms(1 + round));
        }
        assert!(!way.out.ending.is_empty(), "made to its end");
        way.out.withdraw(ms(9), &mut way.outcomes);
        let [Outcome { what: What::Recalled(sealed), .. }] = way.outcomes.as_slice() else {
            panic!("{size} {rounds}: {:?}", way.outcomes)
        };
        assert!(sealed.is_intact(&link_key()) && sealed.bytes.len() == size, "{size} {rounds}");
    }
}

/// A far side that holds back older reports of one thing must not hold back an emergency, nor another report for one.
#[test]
fn what_lasts_crosses_as_of_no_thing() {
    for (lasting, is_of_a_thing) in [(false, true), (true, false)] {
        let mut way = Way::new(Terms::new(7));
        let order = Order { key: Digest([9; 32]), at: ms(0), lasting };
        let sealed = sealed_by(&link_key(), 1, |it| it.order = Some(order));
        way.queue.offer(sealed, ms(0), &mut way.outcomes);
        while let Filled::More = way.fill(ms(0)) {
            way.flush(ms(0));
        }
        way.flush(ms(0));
        let orders: Vec<_> = way
            .events
            .iter()
            .filter_map(|event| if let Event::Delivered(it) = event { Some(it.order != 0) } else { None })
            .collect();
        assert_eq!(orders, [is_of_a_thing]);
    }
}

/// The buffer is lent: it goes back when the first round has left, whatever is sent again later.
#[test]
fn a_buffer_goes_back_as_it_was_lent_though_its_object_is_sent_again() {
    for size in [900, 3_000, 60_000] {
        let repeats = vec![Duration::from_secs(1), Duration::from_secs(2)];
        let terms = Terms { repeat_from: Some(Precedence::Routine), repeats, ..Terms::new(7) };
        let mut way = Way::new(terms);
        let mut lent = Vec::with_capacity(size + 700);
        lent.resize(size, 7);
        let (place, capacity) = (lent.as_ptr(), lent.capacity());
        let sealed = sealed_by(&link_key(), 1, |it| it.bytes = lent);
        way.queue.offer(sealed, ms(0), &mut way.outcomes);
        for time in 0..400 {
            while let Filled::More = way.fill(ms(time * 10)) {
                way.flush(ms(time * 10));
            }
            way.flush(ms(time * 10));
            way.out.settle(ms(time * 10), &mut way.outcomes);
        }
        let [Outcome { what: What::Sent, bytes, .. }] = way.outcomes.as_slice() else {
            panic!("{size}: {:?}", way.outcomes)
        };
        assert_eq!((bytes.as_ptr(), bytes.capacity(), bytes.len()), (place, capacity, size));
        assert!(way.receiver.counters().needless > 0, "it was sent again");
    }
}

/// Should the bytes ever be missing: an alarm, and nothing that is decided again with other bytes than were released.
#[test]
fn what_has_lost_its_bytes_is_refused_and_not_decided_again() {
    let mut way = Way::new(Terms::new(7));
    way.offer(3_000);
    while way.out.ending.is_empty() {
        way.flush(ms(0));
        way.fill(ms(0));
    }
    way.out.ending[0].1.object.bytes.clear();
    way.out.withdraw(ms(1), &mut way.outcomes);
    let [Outcome { what: What::Refused(code), .. }] = way.outcomes.as_slice() else {
        panic!("{:?}", way.outcomes)
    };
    assert_eq!(*code, lockgate_reason::egress::SEAL_BROKEN);
}

/// A link that stands still while the time of what is ready runs out: none of it leaves late, what lives longer leaves, and what
/// became of each is what the far side sees. Sizes and batches so that all, some or none of it had left before.
#[test]
fn what_is_ready_when_its_time_ends_does_not_leave_late_and_takes_nothing_with_it() {
    let mut seen = [[0, 0]; 2];
    for size in [900, 3_000, 9_000, 20_000, 60_000, 120_000] {
        for batches in 0..6 {
            let mut way = Way::new(Terms::new(7));
            // The link's own datagrams leave before.
            while let Filled::More = way.fill(ms(0)) {
                way.flush(ms(0));
            }
            way.flush(ms(0));
            way.offer_until(1, size, ms(100));
            way.offer_until(2, 700, ms(100));
            way.offer_until(3, 800, ms(900));
            for _ in 0..batches {
                way.fill(ms(1));
                way.flush(ms(1));
            }
            // What is made now stays before the link until it is too late for some of it.
            way.fill(ms(1));
            let before = way.outcomes.len();
            way.out.settle(ms(1), &mut way.outcomes);
            let came = way.came();
            for time in [100, 200, 300, 400] {
                way.queue.expire(ms(time), &mut way.outcomes);
                way.fill(ms(time));
                way.flush(ms(time));
                way.out.settle(ms(time), &mut way.outcomes);
            }
            assert!(way.came().difference(&came).all(|entry| *entry == 3), "late: {size} {batches}");
            for (entry, index) in [(1, 0), (2, 0), (3, 1)] {
                let outcome = way.outcomes.iter().find(|outcome| outcome.entry == entry);
                let sent = matches!(outcome.expect("it has ended").what, What::Sent);
                assert_eq!(sent, way.came().contains(&entry), "{size} {batches} {entry}: {:?}", way.outcomes);
                seen[index][usize::from(sent)] += 1;
            }
            assert_eq!(way.outcomes.len(), 3, "each once: {before} before");
        }
    }
    assert!(seen[0].iter().all(|count| *count > 4) && seen[1] == [0, 36], "{seen:?}");
}
