//! How objects of FLUTE end: at the sender, whose memory is lent, and at a receiver that a sender may have told things more than once.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests compute freely"
)]

mod shared;

use lockgate_adapters::Objects;
use lockgate_adapters::flute::{Code, Oti, Receiver, Sender, Terms};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Ended, Limits, Object, Outgoing, Step, Weather};
use shared::flute::{START, ms, object_of, receiver, said, said_from, terms};
use shared::{Datagrams, Shelf, at, delivered, hear, lost, pattern, relayed, send};

#[test]
fn what_is_called_back_comes_back_whole_and_is_given_up_on_the_wire() {
    for (datagrams, through, is_given_up) in [(9, 9, true), (23, 22, true), (23, 23, false)] {
        let (mut sender, mut shelf) = (Sender::new(terms(25, Objects::Bare), START), Shelf::default());
        shelf.put(Precedence::Routine, pattern(256 * 21, 7), Time::MAX);
        let (mut out, mut now, mut made) = (Vec::new(), at(0), 0);
        while made < datagrams {
            match sender.poll(now, &mut shelf, &mut out) {
                Step::Datagram(_) => made += 1,
                Step::At(wake) => now = wake,
            }
        }
        sender.has_sent(through);
        sender.withdraw(now);
        let mut gone = Vec::new();
        sender.take_ended(&mut gone);
        assert!(
            gone.len() == 1 && gone[0].ended == Ended::Cut && gone[0].object.bytes == pattern(256 * 21, 7)
        );
        let enough = gone[0].enough.is_some_and(|enough| enough <= through);
        assert_eq!((enough, sender.is_quiet()), (!is_given_up, !is_given_up), "{datagrams} {through}");
    }
}

#[test]
fn objects_are_sent_again_and_delivered_once() {
    let again = Terms { repeat: 2, ..terms(0, Objects::Checked) };
    let objects: Vec<_> = (0..5).map(|at| pattern(3_000 + at, 3)).collect();
    let all = said(again, &objects);
    let events = hear(&mut receiver(Objects::Checked), &all);
    assert_eq!((delivered(&events).len(), lost(&events)), (5, vec![]));
    // An outage takes the first round away: the second brings all.
    let from = all[0].0.plus(ms(1_000));
    let late: Datagrams = all.iter().filter(|(now, _)| *now > from).cloned().collect();
    let events = hear(&mut receiver(Objects::Checked), &late);
    assert_eq!((delivered(&events).len(), lost(&events)), (5, vec![]));
    // What finds no room among those that are kept is sent once.
    let again = Terms { repeat: 2, repeat_bytes: 7_000, ..terms(0, Objects::Checked) };
    let once = said(terms(0, Objects::Checked), &objects).len();
    let some = said(again, &objects).len();
    assert!(some > once && some < all.len(), "{once} {some} {}", all.len());
}

/// Memory is lent: it goes back as it was, whether its object is sent again or not.
#[test]
fn a_buffer_goes_back_as_it_was_lent() {
    for (objects, repeat, spare) in
        [(Objects::Checked, 0, 8), (Objects::Checked, 1, 8), (Objects::Bare, 1, 0), (Objects::Bare, 0, 700)]
    {
        let terms = Terms { repeat, ..terms(25, objects) };
        let (mut sender, mut shelf) = (Sender::new(terms, START), Shelf::default());
        let mut lent = Vec::with_capacity(2_040 + spare);
        lent.extend(pattern(2_040, 3));
        let (place, capacity) = (lent.as_ptr(), lent.capacity());
        shelf.0.push_back((Precedence::Routine, Object::new(lent, Time::MAX, 0)));
        let (_, gone) = send(&mut sender, &mut shelf);
        assert!(gone.len() == 1 && gone[0].ended == Ended::Sent, "{objects:?} {repeat}");
        let bytes = &gone[0].object.bytes;
        assert_eq!((bytes.as_ptr(), bytes.capacity()), (place, capacity), "{objects:?} {repeat}");
        assert_eq!(*bytes, pattern(2_040, 3));
    }
}

/// A repeat that is due while the first round is still kept behind the sender, and whose time ends: the object was handed over whole.
#[test]
fn a_repeat_never_takes_the_bytes_of_what_has_not_left() {
    let terms = Terms { repeat: 1, after: ms(1), ..terms(25, Objects::Checked) };
    let (mut sender, mut shelf) = (Sender::new(terms, START), Shelf::default());
    shelf.put(Precedence::Routine, pattern(3_000, 7), at(60_000));
    let (mut out, mut now, mut gone) = (Vec::new(), at(0), Vec::new());
    // Nothing has left: nobody said so.
    while now < at(70_000) {
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(_) => sender.take_ended(&mut gone),
            Step::At(wake) => now = wake.min(at(70_000)),
        }
    }
    sender.withdraw(now);
    sender.take_ended(&mut gone);
    assert!(gone.len() == 1 && gone[0].object.bytes == pattern(3_000, 7));
}

/// A supervisor that starts a lane again within a second: what both say is of different objects.
#[test]
fn a_sender_that_begins_anew_is_not_taken_for_the_one_before() {
    let first = said(terms(0, Objects::Checked), &[pattern(3_000, 3), pattern(9_000, 5)]);
    let second = said_from(terms(0, Objects::Checked), START + 1, &[pattern(3_000, 7), pattern(9_000, 9)]);
    // It stops in the middle of its second object.
    let mut all: Datagrams = first[..first.len() - 9].to_vec();
    let last = all.last().unwrap().0;
    all.extend(second.iter().map(|(now, it)| (now.plus(last.since(at(0))), it.clone())));
    let events = hear(&mut receiver(Objects::Checked), &all);
    let expected = [pattern(3_000, 3), pattern(3_000, 7), pattern(9_000, 9)];
    assert!(delivered(&events).iter().copied().eq(expected.iter().map(|it| &it[..])));
    assert_eq!(lost(&events), [(3, Cause::Incomplete)]);
    // A receiver that begins anew in the middle takes what comes whole.
    let events = hear(&mut receiver(Objects::Checked), &all[20..]);
    assert!(delivered(&events).ends_with(&[&expected[1][..], &expected[2][..]]));
}

/// An object that takes longer than a table holds is named again in time, with signs of life or without.
#[test]
fn an_object_may_take_longer_than_a_table_holds() {
    for heartbeat in [None, Some(Duration::from_secs(60))] {
        let slow = Terms {
            heartbeat,
            expires: Duration::from_secs(2),
            rate: Some(20_000),
            ..terms(0, Objects::Checked)
        };
        let all = said(slow, &[pattern(20_000, 3)]);
        assert!(all.last().unwrap().0 > at(9_000), "it takes longer");
        let mut receiver = Receiver::new(7, Objects::Checked, Limits::default(), 1, None);
        let events = hear(&mut receiver, &all);
        assert_eq!((delivered(&events).len(), lost(&events)), (1, vec![]), "{heartbeat:?}");
    }
}

/// The wait between two rounds is no end of what a table says: nothing that was delivered is told lost.
#[test]
fn a_table_holds_until_the_next_round() {
    let again = Terms {
        repeat: 1,
        after: Duration::from_secs(5),
        expires: Duration::from_secs(1),
        ..terms(0, Objects::Checked)
    };
    let mut all = said(again, &[pattern(3_000, 3)]);
    // Of the second round a symbol is lost.
    let last = all.iter().rposition(|it| object_of(&it.1).is_some_and(|it| it > 0)).unwrap();
    all.remove(last - 1);
    let events = hear(&mut receiver(Objects::Checked), &all);
    assert_eq!((delivered(&events).len(), lost(&events)), (1, vec![]));
}

/// A datagram of an object that is not ours: no MD5, no hash, nothing but what it says.
fn symbol(object: u8, number: u8, byte: u8) -> Vec<u8> {
    let mut datagram = vec![0x10, 0xA0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, object, 0, 0, 0, number];
    datagram.extend([byte; 100]);
    datagram
}

/// A table of one file of so many bytes in symbols of 100, as a sender of others writes it.
fn table(instance: u8, object: u8, bytes: u32, expires: Time) -> Vec<u8> {
    let seconds = expires.unix_nanos() / 1_000_000_000 + 2_208_988_800;
    let text = format!(
        "<FDT-Instance xmlns=\"urn:ietf:params:xml:ns:fdt\" Expires=\"{}\" FEC-OTI-FEC-Encoding-ID=\"0\" \
         FEC-OTI-Maximum-Source-Block-Length=\"64\" FEC-OTI-Encoding-Symbol-Length=\"100\"><File TOI=\"{object}\" \
         Content-Location=\"status.bin\" Content-Length=\"{bytes}\"/></FDT-Instance>",
        seconds as u32
    );
    let length = text.len() as u16;
    let [high, low] = length.to_be_bytes();
    let mut datagram = vec![0x10, 0xA0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0];
    datagram.extend([192, 0x20, 0, instance]);
    datagram.extend([64, 4, 0, 0, 0, 0, high, low, 0, 0, high, low, 0, 0, 0, 64]);
    datagram.extend([0, 0, 0, 0]);
    datagram.extend(text.into_bytes());
    datagram
}

#[test]
fn what_is_written_here_for_others_is_read() {
    let all = [(at(0), table(1, 1, 200, at(60_000))), (at(1), symbol(1, 0, 5)), (at(2), symbol(1, 1, 6))];
    let events = hear(&mut receiver(Objects::Bare), &all);
    assert_eq!(delivered(&events), [&[[5; 100], [6; 100]].concat()[..]]);
    let oti = Oti { code: Code::None { block: 64 }, symbol: 100, transfer: 200 };
    assert_eq!(oti.cut().unwrap().blocks(), 1);
}

/// Symbols that contradict one another end a bare object, whether its table came before them or behind.
#[test]
fn bare_symbols_that_contradict_are_told_wherever_their_table_came() {
    let naming = table(1, 1, 200, at(60_000));
    let symbols = [symbol(1, 0, 4), symbol(1, 0, 5), symbol(1, 1, 6)];
    for place in 0..=2 {
        let mut all = symbols.to_vec();
        all.insert(place, naming.clone());
        let all: Vec<_> = all.into_iter().map(|datagram| (at(1), datagram)).collect();
        let events = hear(&mut receiver(Objects::Bare), &all);
        assert_eq!((delivered(&events).len(), lost(&events)), (0, vec![(0, Cause::Differs)]), "{place}");
    }
    // The second copy is the one that is wrong, behind all: nothing has told yet.
    let all: Vec<_> = [&symbols[1], &symbols[2], &naming].map(|it| (at(1), it.clone())).to_vec();
    assert_eq!(delivered(&hear(&mut receiver(Objects::Bare), &all)).len(), 1);
}

/// RFC 6726 lets a number be given to another object when the tables that name it have ended.
#[test]
fn a_number_that_is_used_anew_when_its_table_has_ended_is_another_object() {
    let run = |second: u8, later: i64| {
        let one = |from: i64, instance: u8, byte: u8| {
            let naming = table(instance, 1, 200, at(from + 60_000));
            [naming, symbol(1, 0, byte), symbol(1, 1, byte)].map(|it| (at(from), it))
        };
        let all = [one(0, 1, 5), one(later, 2, second)].concat();
        let events = hear(&mut receiver(Objects::Bare), &all);
        (delivered(&events).len(), lost(&events))
    };
    assert_eq!(run(6, 61_000), (2, vec![]));
    assert_eq!(run(5, 61_000), (1, vec![]), "the same bytes again");
    assert_eq!(run(6, 59_000), (1, vec![]), "while it is said, it is the same");
}

/// Where the last datagram of an object was lost, nothing says that it will not be whole: those that follow need its room.
#[test]
fn what_has_stood_still_for_longest_makes_room_for_what_comes() {
    let limits = Limits { memory: 1 << 20, object: 10_000, growing: 2, ..Limits::default() };
    let objects: Vec<_> = (0..4).map(|at| pattern(500, 3 + 2 * at)).collect();
    let all = said(terms(0, Objects::Checked), &objects);
    let mut seen = std::collections::BTreeMap::new();
    for (_, datagram) in &all {
        *seen.entry(object_of(datagram)).or_insert(0) += 1;
    }
    let (mut left, numbers) = (seen.clone(), seen.keys().flatten().copied().filter(|it| *it > 0).take(3));
    let cut: Vec<_> = numbers.collect();
    // Of three objects the last datagram does not come.
    let rest = all.iter().filter(|(_, datagram)| {
        let object = object_of(datagram);
        let left = left.get_mut(&object).unwrap();
        *left -= 1;
        *left > 0 || !object.is_some_and(|it| cut.contains(&it))
    });
    let mut receiver = Receiver::new(7, Objects::Checked, limits, 1, None);
    let events = hear(&mut receiver, rest);
    assert_eq!(delivered(&events), [&objects[3][..]]);
    assert_eq!(lost(&events).iter().map(|it| it.1).collect::<Vec<_>>(), [Cause::Incomplete; 3]);
}

/// An empty bare object is its table: from then on it may be there.
#[test]
fn an_empty_object_may_be_there_when_its_table_has_left() {
    let (mut sender, mut shelf) = (Sender::new(terms(25, Objects::Bare), START), Shelf::default());
    shelf.put(Precedence::Routine, Vec::new(), Time::MAX);
    let (mut out, mut now, mut all, mut gone) = (Vec::new(), at(0), Vec::new(), Vec::new());
    while delivered(&hear(&mut receiver(Objects::Bare), &all)).is_empty() {
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(_) => all.push((now, out.clone())),
            Step::At(wake) => now = wake,
        }
    }
    sender.has_sent(all.len() as u64);
    sender.withdraw(now);
    sender.take_ended(&mut gone);
    assert_eq!((gone.len(), gone[0].enough), (1, Some(all.len() as u64)));
    assert!(sender.is_quiet(), "it is not given up");
}

/// Blocks leave side by side: what a burst takes is divided among them.
#[test]
fn bursts_are_divided_among_blocks() {
    for (seed, length) in
        (0..8).zip([2_000_000, 5_000_000, 9_000_000, 3_000_000, 7_000_001, 4_000_000, 6_000_000, 8_000_000])
    {
        let link = Terms { symbol: 256, block: 512, rate: Some(100_000_000), ..terms(25, Objects::Checked) };
        let object = pattern(length, 7);
        let all = said(link, std::slice::from_ref(&object));
        let weather = Weather { burst_loss: 50_000, burst: 100, ..Weather::default() };
        let tables = all.iter().filter(|it| object_of(&it.1) == Some(0)).count();
        let arrived = relayed(&all, weather, seed);
        let lost_here = 1.0 - arrived.len() as f64 / all.len() as f64;
        let limits = Limits { memory: 32 << 20, object: 16 << 20, ..Limits::default() };
        let mut receiver = Receiver::new(7, Objects::Checked, limits, 1, None);
        let events = hear(&mut receiver, &arrived);
        println!("{length} B, seed {seed}: {tables} tables, {:.1} % lost", lost_here * 100.0);
        assert!(delivered(&events) == [&object[..]], "{length} B, seed {seed}: {:?}", lost(&events));
    }
}
