use super::{DiodeOut, Filled};
use crate::gate::Gate;
use crate::outcome::{Outcome, What};
use crate::queue::{Bounds, Queue};
use crate::testing::{link_key, sealed_by};
use crate::udp::UdpLink;
use lockgate_bytes::{Digest, Duration, Precedence, Time};
use lockgate_diode::{Event, Limits, LinkKey, ManifestSecret, Receiver, Start, Terms, open};
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
        self.queue.offer(sealed_by(&link_key(), 1, |it| it.bytes = vec![7; size]), ms(0), &mut self.outcomes);
    }

    fn fill(&mut self, now: Time) -> Filled {
        self.out.fill(now, &mut self.queue, &self.gate, &mut self.outcomes)
    }

    /// What is ready leaves.
    fn flush(&mut self, now: Time) {
        for datagram in self.out.wires.ready() {
            self.receiver.receive(datagram, now, &mut self.events);
        }
        self.out.flush().unwrap();
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
            for datagram in way.out.wires.ready() {
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
