//! Datagrams whose tags are right and whose sender is not: whoever has the secret of a link, or a sender gone wrong. What they say
//! bounds nothing, ends nothing and accuses nobody of a loss.

mod reach;

use super::{Alarm, Cause, Delivered, Event, How, Limits, Lost, Note, Receiver};
use crate::manifest::{Closing, Entry, Manifest, Mark, Marks};
use crate::wire::{self, Block, Body, Head, Heartbeat, Part, Source};
use crate::{Hash, LinkKey, ManifestSecret};
use alloc::vec;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};

const CLASS: Precedence = Precedence::Flash;
const EPOCH: u64 = 1 << 32;

fn at(millis: i64) -> Time {
    Time::from_unix_nanos(millis * 1_000_000)
}

/// Whoever has the secret; the sender itself signs.
struct Teller {
    epoch: u64,
    sequence: u64,
    /// Number in the chain, digests of the two before.
    chain: (u64, [Hash; 2]),
}

impl Teller {
    fn new(epoch: u64) -> Self {
        Self { epoch, sequence: 0, chain: (0, [[0; 32]; 2]) }
    }

    fn head(&mut self, class: Option<Precedence>) -> Head {
        self.sequence += 1;
        Head { class, link: 7, epoch: self.epoch, sequence: self.sequence - 1 }
    }

    fn datagram(head: &Head, body: &Body<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let kind = match body {
            Body::Fill => 0,
            Body::Source(_) => 1,
            Body::Repair(_) => 2,
            Body::Block(_) => 3,
            Body::Manifest(_) => 4,
            Body::Heartbeat(_) => 5,
        };
        wire::begin(head, kind << 4, &mut out);
        match body {
            Body::Fill => {}
            Body::Source(it) => {
                out.extend(it.symbol.to_be_bytes());
                it.part.write(&mut out);
            }
            Body::Repair(it) => it.write(&mut out),
            Body::Block(it) => it.write(&mut out),
            Body::Manifest(it) => it.write(&mut out),
            Body::Heartbeat(it) => it.write(&mut out),
        }
        wire::end(0, &mut out);
        wire::seal(core::slice::from_mut(&mut out), &LinkKey::new(&[4; 32]));
        out
    }

    fn fill(&mut self) -> Vec<u8> {
        Self::datagram(&self.head(None), &Body::Fill)
    }

    /// A small object of one part, or the first of several.
    fn part(&mut self, number: u64, hash: Hash, count: u8, bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u16 * u16::from(count);
        let part = Part { number, hash, order: 0, sent: 0, length, index: 0, count, bytes };
        let symbol = self.sequence as u32;
        Self::datagram(&self.head(Some(CLASS)), &Body::Source(Source { symbol, part }))
    }

    fn object(&mut self, number: u64) -> Vec<u8> {
        self.part(number, *blake3::hash(b"whole").as_bytes(), 1, b"whole")
    }

    fn block(&mut self, number: u64, length: u32) -> Vec<u8> {
        let symbol = &[9; 100];
        let block = Block {
            number,
            hash: [1; 32],
            order: 0,
            sent: 0,
            length,
            repairs: 0,
            block: 0,
            index: 0,
            symbol,
        };
        Self::datagram(&self.head(Some(CLASS)), &Body::Block(block))
    }

    fn heartbeat(&mut self, next: u64, interval: u16, unsent: u64) -> Vec<u8> {
        let (clock, manifests, head, repair) = (Time::MIN, 0, [0; 32], [0; 2]);
        let heartbeat = Heartbeat { clock, unsent, manifests, head, interval, repair, marks: marks(next) };
        Self::datagram(&self.head(None), &Body::Heartbeat(heartbeat.into()))
    }

    /// Signed, and the next one of the chain.
    fn manifest(&mut self, next: u64, entries: Vec<Entry>, closing: Option<Closing>) -> Vec<u8> {
        let head = self.head(None);
        let (number, before) = self.chain;
        let (clock, unsent, marks, signature) = (Time::MIN, 0, marks(next), [0; 64]);
        let mut manifest = Manifest { number, before, clock, unsent, marks, closing, entries, signature };
        let digest = manifest.sign(&head, &ManifestSecret::new(&[6; 32]));
        self.chain = (number + 1, [digest, before[0]]);
        Self::datagram(&head, &Body::Manifest(manifest.into()))
    }
}

fn marks(next: u64) -> Marks {
    let mut marks = Marks::default();
    marks.0[CLASS.place()] = Some(Mark { next, open: None });
    marks
}

fn receiver(limits: Limits) -> Receiver {
    Receiver::new(7, LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]).public(), limits)
}

/// Hears these at this time, and lets it pass.
fn hear(receiver: &mut Receiver, datagrams: &[Vec<u8>], now: Time) -> Vec<Event> {
    let mut events = Vec::new();
    for datagram in datagrams {
        receiver.receive(datagram, now, &mut events);
    }
    receiver.tick(now, &mut events);
    events
}

fn lost(events: &[Event]) -> Vec<(u64, u64, Cause)> {
    let lost = events.iter().filter_map(|event| match event {
        Event::Lost(Lost { first, end, cause, .. }) => Some((*first, *end, *cause)),
        _ => None,
    });
    lost.collect()
}

fn delivered(events: &[Event]) -> Vec<u64> {
    let delivered = events.iter().filter_map(|event| match event {
        Event::Delivered(Delivered { id, .. }) => Some(id.number),
        _ => None,
    });
    delivered.collect()
}

/// Restarts it on what its events noted.
fn restarted(events: &[Event]) -> Receiver {
    let notes = events.iter().filter_map(Event::note);
    let (key, public) = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]).public());
    Receiver::restore(7, key, public, Limits::default(), notes).unwrap()
}

#[test]
fn objects_of_a_wrong_hash_leave_no_more_ranges_than_any_others() {
    let mut receiver = receiver(Limits { ranges: 256, ..Limits::default() });
    let mut teller = Teller::new(EPOCH);
    for number in 0..10_000 {
        hear(&mut receiver, &[teller.part(2 * number, [0; 32], 1, b"x")], at(0));
    }
    assert!(receiver.journal().len() < 300, "{}", receiver.journal().len());
}

#[test]
fn one_number_of_two_shapes_leaves_no_memory_behind() {
    let hash = *blake3::hash(b"whole").as_bytes();
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    for number in 0..3 {
        let other = [teller.block(number, 60 << 20), teller.part(number, [2; 32], 2, b"y")];
        hear(&mut receiver, &other, at(0));
        assert!(receiver.memory() > 0);
        let events = hear(&mut receiver, &[teller.part(number, hash, 1, b"whole")], at(0));
        assert_eq!((delivered(&events).len(), receiver.memory()), (1, 0));
    }
    // One that the end of its epoch finds growing.
    hear(&mut receiver, &[teller.block(9, 60 << 20)], at(0));
    let mut new = Teller::new(EPOCH + 1);
    hear(&mut receiver, &[new.manifest(0, vec![], None)], at(0));
    let events = hear(&mut receiver, &[], at(70_000));
    assert_eq!((lost(&events), receiver.memory()), (vec![(9, 10, Cause::Incomplete)], 0));
}

#[test]
fn what_nobody_signed_makes_no_loss() {
    for signs_end in [true, false] {
        let mut receiver = receiver(Limits::default());
        let mut teller = Teller::new(EPOCH);
        let begin = [teller.manifest(640, vec![], None), teller.object(639), teller.object(3)];
        let mut events = hear(&mut receiver, &begin, at(0));
        // A mark, and a part, that only the key of the tags speaks for.
        let forged = [teller.heartbeat(u64::MAX, 1_000, 0), teller.part(u64::MAX - 1, [0; 32], 2, b"z")];
        events.extend(hear(&mut receiver, &forged, at(0)));
        let mut new = Teller::new(EPOCH + 1);
        let datagrams = teller.sequence;
        let closing = Closing { epoch: EPOCH, datagrams, marks: marks(640) };
        let closing = Some(closing).filter(|_| signs_end);
        events.extend(hear(&mut receiver, &[new.manifest(0, vec![], closing)], at(100)));
        events.extend(hear(&mut receiver, &[], at(80_000)));
        let all: u64 = lost(&events).iter().filter(|it| it.0 < 640).map(|it| it.1 - it.0).sum();
        assert_eq!(all, 638);
        // What came in part was sent, where nobody says that there was no such number.
        let beyond: Vec<_> = lost(&events).into_iter().filter(|it| it.1 > 640).collect();
        let part = (u64::MAX - 1, u64::MAX, Cause::Incomplete);
        assert_eq!(beyond, if signs_end { vec![] } else { vec![part] });
        assert_eq!(events.contains(&Event::Alarm(Alarm::Broken)), signs_end);
        assert!(events.iter().any(|it| matches!(it, Event::Closed { epoch: EPOCH, exact: false, .. })));
        assert_eq!(receiver.memory(), 0);
    }
}

#[test]
fn more_datagrams_than_were_sent_are_no_exact_account() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    hear(&mut receiver, &[teller.manifest(1, vec![], None), teller.object(0)], at(0));
    let closing = Closing { epoch: EPOCH, datagrams: teller.sequence, marks: marks(1) };
    teller.sequence = 1 << 60;
    hear(&mut receiver, &[teller.fill()], at(0));
    let mut new = Teller::new(EPOCH + 1);
    let mut events = hear(&mut receiver, &[new.manifest(0, vec![], Some(closing))], at(0));
    events.extend(hear(&mut receiver, &[], at(4_000)));
    let closed = events.iter().find_map(|it| match it {
        Event::Closed { exact, datagrams, .. } => Some((*exact, *datagrams)),
        _ => None,
    });
    assert_eq!(closed, Some((false, [3, 0, 0])));
}

#[test]
fn what_found_no_room_is_lost_for_that() {
    let mut receiver = receiver(Limits { object: 20_000, growing: 1, ..Limits::default() });
    let mut teller = Teller::new(EPOCH);
    let too_long: Vec<Vec<u8>> = (0..3).map(|_| teller.block(1, 30_000)).collect();
    hear(&mut receiver, &too_long, at(0));
    let others =
        [teller.block(2, 300), teller.part(3, [2; 32], 2, b"one too many"), teller.manifest(5, vec![], None)];
    hear(&mut receiver, &others, at(0));
    let events = hear(&mut receiver, &[], at(4_000));
    let (unheard, no_room) = (Cause::Unheard, Cause::NoRoom);
    let all = [(0, 1, unheard), (1, 2, no_room), (2, 3, Cause::Incomplete), (3, 4, no_room), (4, 5, unheard)];
    assert_eq!(lost(&events), all);
}

#[test]
fn an_epoch_that_nobody_signed_ends_none() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let begin = [teller.manifest(0, vec![], None), teller.object(0)];
    let mut events = hear(&mut receiver, &begin, at(0));
    let mut forged = Teller::new(u64::MAX);
    events.extend(hear(&mut receiver, &[forged.fill()], at(10)));
    // The one before it goes on, as long as it likes, and over a restart too.
    events.extend(hear(&mut receiver, &[teller.object(1)], at(200_000)));
    assert_eq!(delivered(&events), [0, 1]);
    for starts in [[1, 2], [3, 4]] {
        let mut events = Vec::new();
        for start in starts {
            let (mut new, now) = (Teller::new(EPOCH + start), at(300_000 * start as i64));
            // Until it has signed something, another might be the true one.
            events.extend(hear(&mut receiver, &[new.object(0)], now));
            events.extend(hear(&mut receiver, &[new.manifest(1, vec![], None)], now));
            events.extend(hear(&mut receiver, &[new.object(1)], now));
        }
        assert_eq!(delivered(&events), [1, 1], "{events:?}");
        let alarms = events.iter().filter(|it| matches!(it, Event::Alarm(Alarm::Forged)));
        assert_eq!(alarms.count(), 2, "each start of the sender finds one that is greater");
        let closed: Vec<u64> = events
            .iter()
            .filter_map(|it| if let Event::Closed { epoch, .. } = it { Some(*epoch) } else { None })
            .collect();
        assert!(!closed.is_empty() && !closed.contains(&u64::MAX), "{closed:?}");
        // Whatever was told until here is what the next start knows, however short it is put.
        let notes = receiver.journal();
        let (key, public) = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]).public());
        receiver = Receiver::restore(7, key, public, Limits::default(), notes.clone()).unwrap();
        assert_eq!(receiver.journal(), notes);
    }
}

/// What was noted brings back the same epochs, wherever it ends.
#[test]
fn a_start_that_was_not_signed_is_the_former_one_of_the_next() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let mut events = hear(&mut receiver, &[teller.manifest(0, vec![], None), teller.object(0)], at(0));
    // Its first manifests are lost.
    let mut second = Teller::new(EPOCH + 1);
    events.extend(hear(&mut receiver, &[second.object(0), second.object(2)], at(10)));
    let datagrams = second.sequence;
    let mut third = Teller::new(EPOCH + 2);
    let closing = Closing { epoch: EPOCH + 1, datagrams, marks: marks(4) };
    events.extend(hear(&mut receiver, &[third.manifest(0, vec![], Some(closing))], at(20)));
    let mut again = restarted(&events);
    assert_eq!(again.journal(), receiver.journal());
    for receiver in [&mut receiver, &mut again] {
        let (sequence, chain) = (third.sequence, third.chain);
        let later = [third.manifest(0, vec![], Some(closing)), third.object(0)];
        (third.sequence, third.chain) = (sequence, chain);
        let mut more = hear(receiver, &later, at(30));
        more.extend(hear(receiver, &[], at(4_000)));
        assert_eq!(lost(&more), [(1, 2, Cause::Unheard), (3, 4, Cause::Unheard)]);
        assert!(more.iter().any(|it| matches!(it, Event::Closed { exact: true, .. })), "{more:?}");
    }
    // A journal that was cut off anywhere is taken.
    for count in 0..events.len() {
        restarted(&events[..count]);
    }
}

#[test]
fn notes_of_before_that_speak_of_starts_without_manifests_are_understood() {
    let ended =
        |epoch, first| Note::Ended { epoch, class: CLASS, first, end: first + 1, how: How::Delivered };
    let notes = [
        Note::Begun { epoch: EPOCH },
        ended(EPOCH, 0),
        Note::Begun { epoch: EPOCH + 1 },
        ended(EPOCH + 1, 0),
        Note::Closed { epoch: EPOCH },
        Note::Begun { epoch: EPOCH + 2 },
    ];
    let (key, public) = (LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]).public());
    let mut receiver = Receiver::restore(7, key, public, Limits::default(), notes).unwrap();
    let mut third = Teller::new(EPOCH + 2);
    let mut second = Teller::new(EPOCH + 1);
    let datagrams = [third.manifest(0, vec![], None), second.object(0), Teller::new(EPOCH).object(1)];
    let events = hear(&mut receiver, &datagrams, at(0));
    assert_eq!(delivered(&events), []);
    let it = receiver.counters();
    assert_eq!((it.needless, it.epoch), (1, 1));
}

#[test]
fn two_manifests_that_name_one_object_differently_are_an_alarm_and_the_first_holds() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let hash = *blake3::hash(b"whole").as_bytes();
    let entry = |hash| vec![Entry { class: CLASS, number: 0, length: 5, hash }];
    let said = [teller.manifest(1, entry(hash), None), teller.manifest(1, entry([3; 32]), None)];
    let events = hear(&mut receiver, &said, at(0));
    assert_eq!(events.iter().filter(|it| matches!(it, Event::Alarm(Alarm::Differs(_)))).count(), 1);
    assert_eq!(delivered(&hear(&mut receiver, &[teller.object(0)], at(0))), [0]);
}

#[test]
fn an_epoch_whose_chain_broke_has_no_exact_end() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let first = teller.manifest(0, vec![], None);
    teller.chain.1 = [[9; 32]; 2];
    let events = hear(&mut receiver, &[first, teller.manifest(0, vec![], None)], at(0));
    assert!(events.contains(&Event::Alarm(Alarm::Broken)));
    let closing = Closing { epoch: EPOCH, datagrams: teller.sequence, marks: marks(0) };
    let mut new = Teller::new(EPOCH + 1);
    hear(&mut receiver, &[new.manifest(0, vec![], Some(closing))], at(0));
    let events = hear(&mut receiver, &[], at(4_000));
    assert!(events.iter().any(|it| matches!(it, Event::Closed { exact: false, .. })), "{events:?}");
}

/// One that comes late is held against what a newer one says of it.
#[test]
fn a_late_manifest_is_the_one_that_the_newest_names() {
    for is_true in [true, false] {
        let mut receiver = receiver(Limits::default());
        let mut teller = Teller::new(EPOCH);
        let first = teller.manifest(0, vec![], None);
        let chain = teller.chain;
        let second = teller.manifest(1, vec![], None);
        let third = teller.manifest(1, vec![], None);
        teller.chain = chain;
        let other = teller.manifest(2, vec![], None);
        let late = if is_true { second } else { other };
        let events = hear(&mut receiver, &[first, third, late], at(0));
        assert_eq!(events.contains(&Event::Alarm(Alarm::Broken)), !is_true);
    }
}

#[test]
fn a_heartbeat_that_promises_the_next_at_once_is_none_and_counts_are_forgotten() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let short = [teller.heartbeat(0, 0, 0), teller.heartbeat(0, 9, 0)];
    assert!(hear(&mut receiver, &short, at(0)).is_empty());
    assert_eq!(receiver.counters().body, 2);
    let usual = [teller.heartbeat(0, 10, u64::MAX), teller.heartbeat(0, 1_000, 5)];
    hear(&mut receiver, &usual, at(0));
    let view = receiver.epochs().next().unwrap();
    assert_eq!((receiver.counters().body, view.unsent), (2, 5));
    assert!(hear(&mut receiver, &[], at(2_999)).is_empty());
    assert_eq!(hear(&mut receiver, &[], at(0).plus(Duration::from_secs(3))), [Event::Silent]);
}
