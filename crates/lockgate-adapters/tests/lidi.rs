//! Both ends of lidi 2.1 against what lidi itself sent, and against links that misbehave.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "tests compute freely, and say why they skip"
)]

mod shared;

use lockgate_adapters::Objects;
use lockgate_adapters::lidi::{Receiver, Sender, Shape, Terms};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Ended, Event, Incoming, Limits, Outgoing, Relay, Step, Weather};
use shared::{Shelf, at, delivered, ends_once, hear, lost, pattern, relayed, send};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

fn terms(shape: Shape, objects: Objects) -> Terms {
    Terms { shape, objects, rate: Some(10_000_000), headers: 28, heartbeat: Some(Duration::from_secs(5)) }
}

/// The shape of the captured datagrams.
fn captured_shape() -> Shape {
    Shape::new(300, 2_640, 30).unwrap()
}

/// Whoever keeps datagrams back learns until when each may leave: that of an object to its end, what is the link's own at any time.
#[test]
fn a_datagram_says_until_when_it_may_leave() {
    let mut sender = Sender::new(terms(captured_shape(), Objects::Checked));
    let (mut shelf, mut out, mut now) = (Shelf::default(), Vec::new(), at(0));
    shelf.put(Precedence::Routine, pattern(3_000, 1), at(60_000));
    shelf.put(Precedence::Flash, pattern(500, 1), Time::MAX);
    let mut seen: BTreeMap<(Option<Precedence>, Time), u32> = BTreeMap::new();
    while !(shelf.0.is_empty() && sender.is_quiet()) {
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(class) => *seen.entry((class, sender.until())).or_default() += 1,
            Step::At(wake) => now = wake,
        }
    }
    let ends: Vec<_> = seen.keys().copied().collect();
    let routine = (Some(Precedence::Routine), at(60_000));
    assert_eq!(ends, [(None, Time::MAX), routine, (Some(Precedence::Flash), Time::MAX)]);
    assert!(seen.values().all(|count| *count > 5), "{seen:?}");
}

fn receiver(shape: Shape, objects: Objects) -> Receiver {
    let limits = Limits { memory: 8 << 20, object: 1 << 20, ..Limits::default() };
    Receiver::new(shape, objects, limits, 9 << 32, Some(Duration::from_secs(5)))
}

/// What lidi 2.1.1 put on the wire for a client that sent 6,000 bytes: 4 blocks of 12 datagrams, ids 1 to 4.
fn captured() -> Option<Vec<(Time, Vec<u8>)>> {
    let Ok(corpus) = std::env::var("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, so the datagrams of lidi are not there"
        );
        return None;
    };
    let path = PathBuf::from(corpus).join("../vectors/diode/lidi-2.1.1-mtu300-block2640-repair30.hex");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let byte = |line: &str, from: usize| u8::from_str_radix(&line[from..from + 2], 16).unwrap();
    let datagrams = lines.map(|line| (0..line.len()).step_by(2).map(|from| byte(line, from)).collect());
    let all: Vec<_> = (0..).map(at).zip(datagrams).collect();
    assert_eq!(all.len(), 48);
    Some(all)
}

#[test]
fn what_lidi_sent_is_delivered_also_where_a_datagram_of_each_block_is_lost() {
    let Some(all) = captured() else { return };
    let object = pattern(6_000, 7);
    let events = hear(&mut receiver(captured_shape(), Objects::Bare), &all);
    assert_eq!((delivered(&events), lost(&events)), (vec![&object[..]], vec![]));
    for missing in 0..12 {
        let rest = all.iter().enumerate().filter(|(place, _)| place % 12 != missing).map(|(_, it)| it);
        let events = hear(&mut receiver(captured_shape(), Objects::Bare), rest);
        assert_eq!((delivered(&events), lost(&events)), (vec![&object[..]], vec![]), "without {missing}");
    }
    // Where objects have to say what they are, what does not is not delivered.
    let events = hear(&mut receiver(captured_shape(), Objects::Checked), &all);
    assert_eq!((delivered(&events).len(), lost(&events)), (0, vec![(0, Cause::Differs)]));
}

#[test]
fn what_is_sent_is_byte_for_byte_what_lidi_sent() {
    let Some(all) = captured() else { return };
    let mut sender = Sender::new(terms(captured_shape(), Objects::Bare));
    let mut shelf = Shelf::default();
    shelf.put(Precedence::Routine, pattern(6_000, 7), Time::MAX);
    let (ours, gone) = send(&mut sender, &mut shelf);
    assert!(matches!(gone[0].ended, Ended::Sent) && gone[0].object.bytes == pattern(6_000, 7));
    // The first block is the heartbeat with which lidi begins as well; it was not captured.
    let theirs: Vec<&[u8]> = all.iter().map(|(_, it)| &it[..]).collect();
    let ours: Vec<&[u8]> = ours.iter().skip(12).map(|(_, it)| &it[..]).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn objects_of_every_length_cross_and_cost_what_is_said() {
    for objects in [Objects::Checked, Objects::Bare] {
        let shape = captured_shape();
        let room = shape.room();
        for length in [0, 1, 47, 48, room - 49, room - 48, room - 1, room, room + 1, 3 * room, 20_000] {
            let terms = Terms { heartbeat: None, ..terms(shape, objects) };
            let (cost, mut sender) = (terms.object_wire_bytes(length), Sender::new(terms));
            let mut shelf = Shelf::default();
            shelf.put(Precedence::Flash, pattern(length, 5), Time::MAX);
            let (all, _) = send(&mut sender, &mut shelf);
            let wire: usize = all.iter().map(|(_, it)| it.len() + 28).sum();
            assert_eq!((wire as u64, sender.wire_bytes()), (cost, cost), "{objects:?} {length}");
            let events = hear(&mut receiver(shape, objects), &all);
            assert_eq!(delivered(&events), [&pattern(length, 5)[..]], "{objects:?} {length}");
        }
    }
}

/// The figures of `docs/DIODE.md`.
#[test]
fn what_one_kibibyte_costs() {
    for (block, repair, wire) in [(734_928, 2, 1_531_904), (14_640, 30, 35_904), (14_640, 100, 56_848)] {
        let shape = Shape::new(1_500, block, repair).unwrap();
        let cost = terms(shape, Objects::Checked).object_wire_bytes(1_024);
        println!("1 KiB in blocks of {block} bytes, {repair} % repairs: {cost} bytes on the wire");
        assert_eq!(cost, wire);
    }
}

#[test]
fn what_is_more_urgent_comes_between_two_blocks_and_both_arrive() {
    let shape = captured_shape();
    let mut sender = Sender::new(terms(shape, Objects::Checked));
    let mut shelf = Shelf::default();
    shelf.put(Precedence::Routine, pattern(30_000, 7), Time::MAX);
    let (mut all, mut out, mut now) = (Vec::new(), Vec::new(), at(0));
    let (mut urgent_at, mut waits) = (None, true);
    loop {
        if all.len() == 100 && std::mem::take(&mut waits) {
            shelf.put(Precedence::Flash, pattern(100, 9), Time::MAX);
        }
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(class) => {
                if class == Some(Precedence::Flash) {
                    urgent_at.get_or_insert(all.len());
                }
                all.push((now, out.clone()));
            }
            Step::At(_) if shelf.0.is_empty() && sender.is_quiet() => break,
            Step::At(wake) => now = wake,
        }
    }
    assert!(urgent_at.unwrap() <= 112, "{urgent_at:?}: it waits for one block at most");
    let events = hear(&mut receiver(shape, Objects::Checked), &all);
    assert!(delivered(&events) == [&pattern(100, 9)[..], &pattern(30_000, 7)[..]]);
}

#[test]
fn no_block_of_an_object_leaves_when_it_cannot_end_in_time_and_the_far_side_is_told() {
    let shape = captured_shape();
    let terms = terms(shape, Objects::Checked);
    // 12 datagrams of 296 bytes at 10 Mbit/s: 2.85 ms a block.
    let sends = |not_after: Time, mut more: Option<usize>| {
        let mut sender = Sender::new(terms.clone());
        let mut shelf = Shelf::default();
        shelf.put(Precedence::Routine, pattern(30_000, 7), not_after);
        let (mut all, mut gone, mut out, mut now) = (Vec::new(), Vec::new(), Vec::new(), at(0));
        loop {
            if more.take_if(|more| *more == all.len()).is_some() {
                shelf.put(Precedence::Flash, pattern(30_000, 9), Time::MAX);
            }
            let step = sender.poll(now, &mut shelf, &mut out);
            sender.take_ended(&mut gone);
            match step {
                Step::Datagram(class) => {
                    assert!(class != Some(Precedence::Routine) || now < not_after, "it left after its end");
                    all.push((now, out.clone()));
                }
                Step::At(_) if shelf.0.is_empty() && sender.is_quiet() => break,
                Step::At(wake) => now = wake,
            }
        }
        (all, gone)
    };
    // Not all of it would be through: nothing leaves.
    let (all, gone) = sends(at(20), None);
    assert!(matches!(gone[0].ended, Ended::Late) && all.len() == 12, "a heartbeat alone: {}", all.len());
    // Something urgent takes its time away when it has begun: it is cut, and told so.
    let (all, gone) = sends(at(60), Some(60));
    assert!(gone.iter().any(|it| it.ended == Ended::Cut && it.object.bytes == pattern(30_000, 7)));
    let events = hear(&mut receiver(shape, Objects::Checked), &all);
    assert!(delivered(&events) == [&pattern(30_000, 9)[..]], "{:?}", lost(&events));
    assert_eq!(lost(&events), [(0, Cause::Incomplete)]);
}

#[test]
fn what_is_called_back_comes_back_whole_and_is_given_up_on_the_wire() {
    let shape = captured_shape();
    let mut sender = Sender::new(terms(shape, Objects::Bare));
    let mut shelf = Shelf::default();
    shelf.put(Precedence::Routine, pattern(30_000, 7), Time::MAX);
    let (mut all, mut out, mut now) = (Vec::new(), Vec::new(), at(0));
    while all.len() < 55 {
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(_) => all.push((now, out.clone())),
            Step::At(wake) => now = wake,
        }
    }
    sender.withdraw(now);
    let mut gone = Vec::new();
    sender.take_ended(&mut gone);
    assert!(gone.len() == 1 && gone[0].ended == Ended::Cut && gone[0].object.bytes == pattern(30_000, 7));
    shelf.put(Precedence::Routine, pattern(500, 9), Time::MAX);
    let (rest, _) = send(&mut sender, &mut shelf);
    all.extend(rest.into_iter().map(|(_, datagram)| (now, datagram)));
    let events = hear(&mut receiver(shape, Objects::Bare), &all);
    assert_eq!(delivered(&events), [&pattern(500, 9)[..]]);
    assert_eq!(lost(&events), [(0, Cause::Incomplete)]);
}

/// The last block has all its sources on the link: only its repairs are missing, and the far side may have the object.
#[test]
fn what_may_have_been_delivered_is_told_so_and_not_given_up() {
    let shape = captured_shape();
    for (made, through, aborts) in
        [(12 + 12 + 9, 33, true), (12 + 12 + 10, 33, true), (12 + 12 + 10, 34, false)]
    {
        let mut sender = Sender::new(terms(shape, Objects::Bare));
        let mut shelf = Shelf::default();
        shelf.put(Precedence::Routine, pattern(500, 7), Time::MAX);
        let (mut all, mut out, mut now) = (Vec::new(), Vec::new(), at(0));
        while all.len() < made {
            match sender.poll(now, &mut shelf, &mut out) {
                Step::Datagram(_) => all.push(out.clone()),
                Step::At(wake) => now = wake,
            }
        }
        sender.has_sent(through);
        sender.withdraw(now);
        let mut gone = Vec::new();
        sender.take_ended(&mut gone);
        let enough = gone[0].enough.is_some_and(|enough| enough <= through);
        assert_eq!(
            (gone[0].ended, enough, sender.is_quiet()),
            (Ended::Cut, !aborts, !aborts),
            "{made} {through}"
        );
    }
}

#[test]
fn every_transfer_ends_once_whatever_the_link_does() {
    let runs = std::env::var("LOCKGATE_DIODE_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(40_u64);
    let (mut whole, mut gone) = (0, 0);
    for seed in 0..runs {
        let objects = if seed % 2 == 0 { Objects::Checked } else { Objects::Bare };
        // A turned bit is beyond what a protocol without a check can see: only checked objects are held against it.
        let corrupt = if objects == Objects::Checked { 20_000 } else { 0 };
        let weather = Weather {
            loss: [0, 10_000, 50_000, 150_000][seed as usize / 2 % 4],
            burst_loss: [0, 20_000][seed as usize / 8 % 2],
            burst: 20,
            duplicate: 10_000,
            corrupt,
            reorder: 20_000,
            reorder_by: Duration::from_nanos(3_000_000),
            outages: vec![(at(40), at(40 + seed as i64 * 7)), (at(900), at(900 + seed as i64 * 90))],
            ..Weather::default()
        };
        let shape = Shape::new(300, 2_640, 50).unwrap();
        let (came, told) = one_run(shape, objects, weather, seed);
        whole += came;
        gone += told;
    }
    println!("{runs} runs: {whole} objects delivered, {gone} told lost, none damaged, none twice");
    assert!(whole > 0 && gone > 0);
}

/// One run; how many were delivered and told lost.
fn one_run(shape: Shape, objects: Objects, weather: Weather, seed: u64) -> (usize, usize) {
    let mut sender = Sender::new(terms(shape, objects));
    let mut shelf = Shelf::default();
    let sent: Vec<Vec<u8>> = (0..40).map(|at| pattern(200 + 977 * at, 2 * at + 5)).collect();
    for object in &sent {
        shelf.put(Precedence::Routine, object.clone(), Time::MAX);
    }
    let (all, _) = send(&mut sender, &mut shelf);
    let arrived = relayed(&all, weather, seed);
    let mut receiver = receiver(shape, objects);
    let events = hear(&mut receiver, &arrived);
    assert_eq!(receiver.memory(), 0, "seed {seed}");
    let counters = receiver.counters();
    assert_eq!(counters.datagrams, arrived.len() as u64);
    assert_eq!(counters.datagrams, counters.taken + counters.again + counters.stale + counters.size);
    ends_once(&events);
    let came = delivered(&events);
    // In order, each one that was sent, and none twice.
    let mut rest = sent.iter();
    for object in &came {
        assert!(rest.any(|known| known == object), "seed {seed}: damaged, doubled or out of order");
    }
    (came.len(), lost(&events).len())
}

/// The conditions under which lidi 2.1.1 delivers spliced streams: blocks of ten datagrams, 50 % repairs, outages of some 60 datagrams
/// under traffic that goes on. Objects are bare.
#[test]
fn what_lidi_splices_is_told_lost() {
    let shape = Shape::new(1_500, 14_640, 50).unwrap();
    for seed in 1..=3 {
        let weather = Weather { burst_loss: 50_000, burst: 60, ..Weather::default() };
        let (came, told) = one_run(shape, Objects::Bare, weather, seed);
        println!("seed {seed}: {came} delivered, {told} told lost");
        assert!(came > 0 && told > 0);
    }
}

/// Nothing on the wire says how blocks are cut. What is misread is never delivered.
#[test]
fn ends_that_were_told_other_shapes_do_not_understand_one_another() {
    let mut sender = Sender::new(terms(captured_shape(), Objects::Checked));
    let mut shelf = Shelf::default();
    for at in 0..20 {
        shelf.put(Precedence::Routine, pattern(9_000 + at, 7), Time::MAX);
    }
    let (all, _) = send(&mut sender, &mut shelf);
    for other in [Shape::new(600, 2_640, 30), Shape::new(300, 1_320, 30), Shape::new(300, 5_280, 30)] {
        let mut receiver = receiver(other.unwrap(), Objects::Checked);
        let events = hear(&mut receiver, &all);
        assert!(delivered(&events).is_empty(), "{other:?}");
        assert_eq!(receiver.memory(), 0);
    }
}

#[test]
fn silence_is_told_and_ends() {
    let shape = captured_shape();
    let mut sender = Sender::new(terms(shape, Objects::Checked));
    let (all, _) = send(&mut sender, &mut Shelf::default());
    let mut receiver = receiver(shape, Objects::Checked);
    let mut events = Vec::new();
    for (now, datagram) in &all {
        receiver.receive(datagram, *now, &mut events);
    }
    receiver.tick(at(14_000), &mut events);
    assert_eq!(events, [Event::Begun { epoch: 9 << 32 }]);
    receiver.tick(at(15_100), &mut events);
    receiver.tick(at(16_000), &mut events);
    receiver.receive(&all[0].1, at(17_000), &mut events);
    assert_eq!(events[1..], [Event::Silent, Event::Heard, Event::Gap { blocks: 0 }]);
}

#[test]
fn transfers_have_bounds() {
    let shape = captured_shape();
    let limits = Limits { memory: 1 << 20, object: 10_000, growing: 2, ..Limits::default() };
    for (lengths, expected) in [(vec![10_000], 1), (vec![10_001], 0)] {
        let mut sender = Sender::new(terms(shape, Objects::Checked));
        let mut shelf = Shelf::default();
        for length in lengths {
            shelf.put(Precedence::Routine, pattern(length, 3), Time::MAX);
        }
        let (all, _) = send(&mut sender, &mut shelf);
        let mut receiver = Receiver::new(shape, Objects::Checked, limits, 1, None);
        let events = hear(&mut receiver, &all);
        assert_eq!(delivered(&events).len(), expected);
        assert_eq!(lost(&events).iter().filter(|it| it.1 == Cause::NoRoom).count(), 1 - expected);
    }
}

/// The figures of `docs/DIODE.md`: objects of 2 MB, each in blocks as lidi cuts them where it is told nothing.
#[test]
fn what_loss_is_borne() {
    let mut table = Vec::new();
    for repair in [2, 10, 25] {
        let shape = Shape::new(1_500, 734_928, repair).unwrap();
        for loss in [0, 5_000, 10_000, 50_000, 100_000, 150_000] {
            let weather = Weather { loss, ..Weather::default() };
            let terms = Terms { rate: Some(1_000_000_000), ..terms(shape, Objects::Checked) };
            let (mut sender, mut shelf) = (Sender::new(terms), Shelf::default());
            for at in 0..5 {
                shelf.put(Precedence::Routine, pattern(2_000_000, 3 + 2 * at), Time::MAX);
            }
            let (all, _) = send(&mut sender, &mut shelf);
            let mut relay = Relay::new(weather, 7);
            let mut arrived = Vec::new();
            for (now, datagram) in &all {
                relay.offer(datagram, *now);
                arrived.extend(relay.take(*now).map(|datagram| (*now, datagram)));
            }
            let limits = Limits::default();
            let mut receiver = Receiver::new(shape, Objects::Checked, limits, 1, None);
            let came = delivered(&hear(&mut receiver, &arrived)).len();
            println!("{repair} % repairs, {} % lost: {came} of 5", f64::from(loss) / 10_000.0);
            table.push(came);
        }
    }
    assert_eq!(table, [5, 5, 5, 0, 0, 0, 5, 5, 5, 5, 0, 0, 5, 5, 5, 5, 5, 5]);
}
