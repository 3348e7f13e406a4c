//! The queue beside a list that does the same in the most obvious way.

use crate::outcome::{Outcome, What};
use crate::queue::{Bounds, OVERHEAD, Queue};
use crate::testing::sealed_as;
use lockgate_bytes::{Digest, Duration, Order, Precedence, Sealed, Time};
use proptest::prelude::*;

const SKEW: i64 = 3;

#[derive(Clone, Debug)]
struct Item {
    entry: u64,
    rank: usize,
    not_after: i64,
    key: Option<u8>,
    at: i64,
    lasting: bool,
    size: usize,
    bundle: u8,
}

impl Item {
    fn sealed(&self) -> Sealed {
        sealed_as(self.entry, |sealed| {
            sealed.bytes = vec![7; self.size];
            sealed.precedence = Precedence::ALL[self.rank];
            sealed.not_after = Time::from_unix_nanos(self.not_after);
            sealed.bundle = Digest([self.bundle; 32]);
            sealed.order = self.key.map(|key| Order {
                key: Digest([key; 32]),
                at: Time::from_unix_nanos(self.at),
                lasting: self.lasting,
            });
        })
    }

    fn cost(&self) -> usize {
        self.size + OVERHEAD
    }

    fn orders(&self) -> bool {
        self.key.is_some() && !self.lasting
    }
}

#[derive(Clone, Debug)]
enum Step {
    Offer(Item),
    Wait(i64),
    Pop,
    Recall(Option<u8>),
}

/// Kind of end, entry, and the entry that superseded it.
type End = (&'static str, u64, u64);

#[derive(Default)]
struct Model {
    waiting: Vec<Item>,
    ends: Vec<End>,
}

impl Model {
    fn expire(&mut self, now: i64) {
        let ends = &mut self.ends;
        self.waiting.retain(|item| {
            let stays = item.not_after > now;
            if !stays {
                ends.push(("expired", item.entry, 0));
            }
            stays
        });
    }

    fn offer(&mut self, item: Item, now: i64, bounds: Bounds) {
        self.expire(now);
        if item.not_after <= now {
            return self.ends.push(("expired", item.entry, 0));
        }
        if item.orders() && item.at > now + SKEW {
            return self.ends.push(("LG-E008", item.entry, 0));
        }
        let rival = self.waiting.iter().position(|it| item.orders() && it.orders() && it.key == item.key);
        if let Some(rival) = rival.map(|at| &self.waiting[at]).filter(|rival| item.at <= rival.at) {
            return self.ends.push(("superseded", item.entry, rival.entry));
        }
        let stay = || {
            let all = self.waiting.iter().enumerate();
            all.filter(|(at, it)| it.rank >= item.rank && Some(*at) != rival).map(|(_, it)| it)
        };
        let bytes: usize = stay().map(Item::cost).sum();
        // Whatever its size, where none of its kind waits: see `one_object_of_any_size_waits_alone`.
        let fits = bytes + item.cost() <= bounds.bytes || stay().count() == 0;
        if stay().count() >= bounds.objects || !fits {
            return self.ends.push(("LG-E005", item.entry, 0));
        }
        let entry = item.entry;
        let rank = item.rank;
        match rival {
            Some(at) if self.waiting[at].rank == rank => {
                self.ends.push(("superseded", self.waiting[at].entry, entry));
                self.waiting[at] = item;
            }
            Some(at) => {
                self.ends.push(("superseded", self.waiting[at].entry, entry));
                self.waiting.remove(at);
                self.waiting.push(item);
            }
            None => self.waiting.push(item),
        }
        while self.waiting.len() > bounds.objects
            || self.waiting.iter().map(Item::cost).sum::<usize>() > bounds.bytes
        {
            let lowest = self.waiting.iter().map(|it| it.rank).min().expect("not empty");
            if lowest == rank {
                break;
            }
            let victim = self.waiting.iter().rposition(|it| it.rank == lowest).expect("just found");
            self.ends.push(("LG-E005", self.waiting.remove(victim).entry, 0));
        }
    }

    fn pop(&mut self) -> Option<u64> {
        let highest = self.waiting.iter().map(|it| it.rank).max()?;
        let at = self.waiting.iter().position(|it| it.rank == highest)?;
        Some(self.waiting.remove(at).entry)
    }

    fn recall(&mut self, unless: Option<u8>) {
        let ends = &mut self.ends;
        self.waiting.retain(|item| {
            let stays = Some(item.bundle) == unless;
            if !stays {
                ends.push(("recalled", item.entry, 0));
            }
            stays
        });
    }
}

fn end(outcome: &Outcome) -> End {
    match &outcome.what {
        What::Sent => ("sent", outcome.entry, 0),
        What::Expired => ("expired", outcome.entry, 0),
        What::Superseded { by } => ("superseded", outcome.entry, *by),
        What::Refused(code) => (code.id(), outcome.entry, 0),
        What::Spilled(code, sealed) => (code.id(), sealed.entry, 0),
        What::Recalled(sealed) => ("recalled", sealed.entry, 0),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let item =
        (0_usize..6, 1_i64..40, prop::option::weighted(0.7, 0_u8..4), 0_i64..30, prop::bool::weighted(0.1))
            .prop_flat_map(|(rank, ttl, key, at, lasting)| {
                (0_usize..300, 0_u8..2).prop_map(move |(size, bundle)| Item {
                    entry: 0,
                    rank,
                    not_after: ttl,
                    key,
                    at,
                    lasting,
                    size,
                    bundle,
                })
            });
    let step = prop_oneof![
        8 => item.prop_map(Step::Offer),
        2 => (0_i64..4).prop_map(Step::Wait),
        2 => Just(Step::Pop),
        1 => prop::option::of(0_u8..2).prop_map(Step::Recall),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_queue_does_what_the_list_does(
        steps in steps(),
        objects in 1_usize..9,
        room in 0_usize..6,
    ) {
        let bounds = Bounds { objects, bytes: room * (OVERHEAD + 150), skew: Duration::from_nanos(SKEW), at_once: usize::MAX };
        let (mut queue, mut model) = (Queue::new(bounds), Model::default());
        let (mut now, mut offered, mut ended) = (0_i64, 0_u64, 0_u64);
        for step in steps {
            let time = Time::from_unix_nanos(now);
            let mut out = Vec::new();
            match step {
                Step::Offer(mut item) => {
                    offered += 1;
                    item.entry = offered;
                    // A time to live of zero, or of less, now and then.
                    item.not_after += now - 2;
                    queue.offer(item.sealed(), time, &mut out);
                    model.offer(item, now, bounds);
                }
                Step::Wait(by) => {
                    now += by;
                    queue.expire(Time::from_unix_nanos(now), &mut out);
                    model.expire(now);
                }
                Step::Pop => {
                    let popped = queue.pop().map(|sealed| sealed.entry);
                    ended += u64::from(popped.is_some());
                    prop_assert_eq!(popped, model.pop());
                }
                Step::Recall(unless) => {
                    queue.recall(unless.map(|bundle| Digest([bundle; 32])), time, &mut out);
                    model.recall(unless);
                }
            }
            let mut ends: Vec<End> = out.iter().map(end).collect();
            ended += ends.len() as u64;
            ends.sort_unstable();
            model.ends.sort_unstable();
            prop_assert_eq!(&ends, &model.ends);
            model.ends.clear();
            prop_assert_eq!(queue.len(), model.waiting.len());
            prop_assert_eq!(queue.bytes(), model.waiting.iter().map(Item::cost).sum::<usize>());
            prop_assert!(queue.len() <= bounds.objects);
            prop_assert!(queue.bytes() <= bounds.bytes || queue.len() == 1, "one may be larger, alone");
            prop_assert_eq!(offered, ended + queue.len() as u64, "each object in one place");
            let expiry = model.waiting.iter().map(|item| item.not_after).min();
            prop_assert_eq!(queue.next_expiry().map(Time::unix_nanos), expiry);
        }
        // What is left leaves in the same order.
        while let Some(entry) = model.pop() {
            prop_assert_eq!(queue.pop().map(|sealed| sealed.entry), Some(entry));
        }
        prop_assert!(queue.is_empty() && queue.bytes() == 0);
    }
}

#[test]
fn a_thing_that_reports_faster_than_the_link_keeps_its_place() {
    let bounds = Bounds { objects: 9, bytes: 1 << 20, skew: Duration::from_nanos(SKEW), at_once: usize::MAX };
    let mut queue = Queue::new(bounds);
    let report = |entry, key, at| {
        sealed_as(entry, |sealed| {
            let order = Order { key: Digest([key; 32]), at: Time::from_unix_nanos(at), lasting: false };
            sealed.order = Some(order);
        })
    };
    let mut out = Vec::new();
    queue.offer(report(1, 1, 1), Time::from_unix_nanos(1), &mut out);
    queue.offer(report(2, 2, 1), Time::from_unix_nanos(2), &mut out);
    queue.offer(report(3, 1, 2), Time::from_unix_nanos(3), &mut out);
    assert_eq!(out.iter().map(end).collect::<Vec<_>>(), [("superseded", 1, 3)]);
    assert_eq!(queue.oldest(Precedence::Routine), Some(Time::from_unix_nanos(1)));
    assert_eq!(queue.pop().map(|sealed| sealed.entry), Some(3));
    assert_eq!(queue.pop().map(|sealed| sealed.entry), Some(2));
}

#[test]
fn one_object_of_any_size_waits_alone() {
    let bounds = Bounds { objects: 9, bytes: 4 * (OVERHEAD + 8), skew: Duration::ZERO, at_once: usize::MAX };
    let mut queue = Queue::new(bounds);
    let mut out = Vec::new();
    let mut offer = |queue: &mut Queue, entry, size, precedence| {
        let object = sealed_as(entry, |sealed| {
            (sealed.bytes, sealed.precedence) = (vec![1; size], precedence);
        });
        queue.offer(object, Time::from_unix_nanos(0), &mut out);
        let ends: Vec<End> = out.drain(..).map(|outcome| end(&outcome)).collect();
        ends
    };
    let large = bounds.bytes + 1;
    assert_eq!(offer(&mut queue, 1, large, Precedence::Routine), [], "nothing waits");
    assert_eq!(offer(&mut queue, 2, 8, Precedence::Routine), [("LG-E005", 2, 0)], "not beside it");
    assert_eq!(offer(&mut queue, 3, 8, Precedence::Flash), [("LG-E005", 1, 0)], "urgent ones come first");
    assert_eq!(offer(&mut queue, 4, large, Precedence::Flash), [("LG-E005", 4, 0)]);
    assert_eq!(offer(&mut queue, 5, 8, Precedence::Routine), []);
    assert_eq!(queue.pop().map(|sealed| sealed.entry), Some(3));
    // What is less urgent gives way to it, as to any other.
    assert_eq!(offer(&mut queue, 6, large, Precedence::Flash), [("LG-E005", 5, 0)]);
    assert_eq!(queue.pop().map(|sealed| sealed.entry), Some(6));
}

/// The pool counts what it lent by the room of the buffer: one of another size would stay counted, or be counted as less.
#[test]
fn buffers_leave_with_the_room_they_came_with() {
    let bounds =
        Bounds { objects: 200, bytes: 1 << 24, skew: Duration::from_nanos(SKEW), at_once: usize::MAX };
    let mut queue = Queue::new(bounds);
    let mut out = Vec::new();
    let sizes = [(11, 64), (0, 64), (1_000, 1_024), (1_000, 64 * 1_024)];
    for (entry, (size, room)) in (0..200).zip(sizes.iter().cycle()) {
        let mut sealed = sealed_as(entry, |sealed| {
            sealed.bytes = vec![1; *size];
            sealed.not_after = Time::from_unix_nanos(2 + i64::try_from(entry % 2).expect("small"));
        });
        sealed.bytes.reserve_exact(room - size);
        queue.offer(sealed, Time::from_unix_nanos(0), &mut out);
    }
    assert!(out.is_empty());
    queue.expire(Time::from_unix_nanos(2), &mut out);
    queue.recall(None, Time::from_unix_nanos(2), &mut out);
    assert_eq!(out.len(), 200);
    for outcome in &out {
        let kept = match &outcome.what {
            What::Recalled(sealed) => sealed.bytes.capacity(),
            _ => outcome.bytes.capacity(),
        };
        let (_, room) = sizes[usize::try_from(outcome.entry).expect("small") % sizes.len()];
        assert_eq!(kept, room, "of object {}", outcome.entry);
    }
}
