//! Datagrams with the right tag that no sound sender makes: whoever has the secret of the link has no manifest key.

use super::{Alarm, Cause, Event, Limits, Receiver};
use crate::manifest::{Closing, Mark, Marks};
use crate::supply::{Object, Plane, Supply};
use crate::wire::{self, Block, Head, Heartbeat, Part, Source};
use crate::{Hash, LinkKey, ManifestSecret, Sender, Start, Step, Terms};
use alloc::vec;
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

const CLASS: Precedence = Precedence::Flash;
const EPOCH: u64 = 5 << 32;

fn at(millis: i64) -> Time {
    Time::from_unix_nanos(1_700_000_000_000_000_000 + millis * 1_000_000)
}

fn key() -> LinkKey {
    LinkKey::new(&[4; 32])
}

fn secret() -> ManifestSecret {
    ManifestSecret::new(&[6; 32])
}

fn receiver(limits: Limits) -> Receiver {
    Receiver::new(7, key(), secret().public(), limits)
}

/// A datagram with the right tag.
fn tagged(epoch: u64, sequence: u64, kind: u8, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let class = (kind <= 3 && kind > 0).then_some(CLASS);
    let mut out = Vec::new();
    wire::begin(&Head { class, link: 7, epoch, sequence }, kind << 4, &mut out);
    write(&mut out);
    wire::seal(0, &key(), &mut out);
    out
}

fn part(sequence: u64, number: u64, hash: Hash, count: u8, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16 * u16::from(count);
    let part = Part { number, hash, order: 0, sent: 0, length, index: 0, count, bytes };
    tagged(EPOCH, sequence, 1, |out| Source { symbol: sequence as u32, part }.write(out))
}

fn block(sequence: u64, number: u64, length: u32) -> Vec<u8> {
    let symbol = vec![1; 1_200];
    let head = Block {
        number,
        hash: [2; 32],
        order: 0,
        sent: 0,
        length,
        repairs: 4,
        block: 0,
        index: 0,
        symbol: &symbol,
    };
    tagged(EPOCH, sequence, 3, |out| head.write(out))
}

fn lost(events: &[Event]) -> Vec<(u64, u64, Cause)> {
    let lost = events.iter().filter_map(|it| if let Event::Lost(it) = it { Some(it) } else { None });
    lost.map(|it| (it.first, it.end, it.cause)).collect()
}

/// The next start of the sender, as far as its first manifests.
fn next_start(receiver: &mut Receiver, closing: Closing, from: i64, events: &mut Vec<Event>) {
    struct None;
    impl Supply for None {
        fn highest(&self) -> Option<Precedence> {
            Option::None
        }
        fn take(&mut self, _: Precedence, _: Plane, _: Time) -> Option<Object> {
            Option::None
        }
    }
    let start = Start { epoch: EPOCH + (1 << 32), closing: Some(closing) };
    let mut sender = Sender::new(Terms::new(7), key(), secret(), start).unwrap();
    let (mut now, mut out) = (at(from), Vec::new());
    while now < at(from + 20_000) {
        match sender.poll(now, &mut None, &mut out) {
            Step::Datagram(_) => receiver.receive(&out, now, events),
            Step::At(wake) => now = wake,
        }
        receiver.tick(now, events);
    }
}

#[test]
fn numbers_that_ended_by_a_wrong_hash_have_a_bound() {
    let mut receiver = receiver(Limits { ranges: 256, ..Limits::default() });
    let mut events = Vec::new();
    for count in 0..10_000 {
        receiver.receive(&part(count, 2 * count, [0; 32], 1, b"none"), at(0), &mut events);
        events.clear();
    }
    let notes = receiver.journal().len();
    assert!(notes < 300, "{notes}");
}

#[test]
fn an_object_in_two_shapes_leaves_nothing_behind() {
    let object = *blake3::hash(b"whole").as_bytes();
    for begun in [block(0, 3, 60 << 20), part(0, 3, [2; 32], 2, b"some")] {
        let (mut receiver, mut events) = (receiver(Limits::default()), Vec::new());
        receiver.receive(&begun, at(0), &mut events);
        assert!(receiver.memory() > 0);
        receiver.receive(&part(1, 3, object, 1, b"whole"), at(0), &mut events);
        assert!(events.iter().any(|it| matches!(it, Event::Delivered(it) if it.id.number == 3)));
        assert_eq!(receiver.memory(), 0);
        // The same where what came whole is not what it said.
        receiver.receive(&part(2, 4, [2; 32], 2, b"some"), at(0), &mut events);
        receiver.receive(&part(3, 4, [3; 32], 1, b"whole"), at(0), &mut events);
        assert_eq!(receiver.memory(), 0);
    }
}

#[test]
fn what_nobody_signed_is_not_told_lost() {
    for has_closing in [true, false] {
        let (mut receiver, mut events) = (receiver(Limits::default()), Vec::new());
        let mut marks = Marks::default();
        marks.0[CLASS.place()] = Some(Mark { next: u64::MAX, open: None });
        let heartbeat = Heartbeat {
            clock: at(0),
            unsent: 0,
            manifests: 0,
            head: [0; 32],
            interval: 1_000,
            repair: [0, 0],
            marks,
        };
        let good = *blake3::hash(b"whole").as_bytes();
        receiver.receive(&part(0, 9, good, 1, b"whole"), at(0), &mut events);
        receiver.receive(&tagged(EPOCH, 1, 5, |out| heartbeat.write(out)), at(0), &mut events);
        let mut marks = Marks::default();
        marks.0[CLASS.place()] = Some(Mark { next: 640, open: None });
        let closing = Closing { epoch: if has_closing { EPOCH } else { 1 }, datagrams: 900, marks };
        next_start(&mut receiver, closing, 100, &mut events);
        receiver.tick(at(200_000), &mut events);
        let end = if has_closing { 640 } else { 9 };
        assert_eq!(lost(&events).iter().map(|it| it.1).max(), Some(end), "{:?}", lost(&events));
        let told = events.contains(&Event::Alarm(Alarm::Broken));
        assert_eq!(told, has_closing);
        let exact = events.iter().find_map(|it| match it {
            Event::Closed { epoch: EPOCH, exact, .. } => Some(*exact),
            _ => None,
        });
        assert_eq!(exact, Some(false));
    }
}

#[test]
fn what_found_no_room_is_told_so() {
    let (mut receiver, mut events) = (receiver(Limits { object: 20_000, ..Limits::default() }), Vec::new());
    receiver.receive(&block(0, 1, 30_000), at(0), &mut events);
    let mut marks = Marks::default();
    marks.0[CLASS.place()] = Some(Mark { next: 2, open: None });
    next_start(&mut receiver, Closing { epoch: EPOCH, datagrams: 9, marks }, 100, &mut events);
    assert_eq!(lost(&events), [(0, 1, Cause::Unheard), (1, 2, Cause::NoRoom)]);
}

#[test]
fn a_sender_that_was_overtaken_is_told_once_while_the_other_is_silent() {
    let (mut receiver, mut events) = (receiver(Limits::default()), Vec::new());
    receiver.receive(&tagged(u64::MAX, 0, 0, |_| {}), at(0), &mut events);
    let told = |events: &[Event]| events.iter().filter(|it| **it == Event::Alarm(Alarm::Overtaken)).count();
    next_start(&mut receiver, Closing { epoch: 1, datagrams: 0, marks: Marks::default() }, 100, &mut events);
    assert_eq!(told(&events), 0, "nobody knows yet whether the other is silent");
    let later = super::LONGEST_SILENCE / 1_000_000 + 1_000;
    receiver.tick(at(later), &mut events);
    next_start(
        &mut receiver,
        Closing { epoch: 1, datagrams: 0, marks: Marks::default() },
        later,
        &mut events,
    );
    assert_eq!(told(&events), 1);
    assert!(receiver.counters().epoch > 10);
}
