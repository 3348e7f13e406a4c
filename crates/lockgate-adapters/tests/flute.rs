//! Both ends of FLUTE against links that misbehave, in virtual time.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "tests compute freely"
)]

mod shared;

use lockgate_adapters::Objects;
use lockgate_adapters::flute::{Receiver, Sender, Terms};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Ended, Event, Incoming, Limits, Outgoing, Step, Weather};
use shared::flute::{START, ms, object_of, receiver, said, terms};
use shared::{Datagrams, Shelf, at, delivered, ends_once, hear, lost, pattern, relayed};

#[test]
fn objects_of_every_length_cross_and_cost_no_more_than_is_said() {
    for (objects, repair) in
        [(Objects::Checked, 0), (Objects::Bare, 0), (Objects::Checked, 50), (Objects::Bare, 50)]
    {
        for length in [0, 1, 207, 208, 209, 256, 257, 8_191, 8_192, 8_193, 100_000] {
            let terms = Terms { heartbeat: None, ..terms(repair, objects) };
            let cost = terms.object_wire_bytes(length);
            let all = said(terms, &[pattern(length, 5)]);
            let wire: usize = all.iter().map(|(_, it)| it.len() + 28).sum();
            assert!(
                wire as u64 <= cost && cost - wire as u64 <= 500,
                "{objects:?} {length}: {wire} of {cost}"
            );
            let mut receiver = receiver(objects);
            let events = hear(&mut receiver, &all);
            assert_eq!(delivered(&events), [&pattern(length, 5)[..]], "{objects:?} {repair} {length}");
            assert!(lost(&events).is_empty() && receiver.memory() == 0);
        }
    }
}

#[test]
fn a_table_that_is_lost_comes_again_and_symbols_wait_for_it() {
    for repair in [0, 25] {
        let all = said(terms(repair, Objects::Checked), &[pattern(5_000, 7)]);
        let tables: Vec<usize> = (0..all.len()).filter(|at| object_of(&all[*at].1) == Some(0)).collect();
        assert!(tables.len() >= 2);
        for missing in &tables {
            let rest = all.iter().enumerate().filter(|(at, _)| at != missing).map(|(_, it)| it);
            let events = hear(&mut receiver(Objects::Checked), rest);
            assert_eq!((delivered(&events).len(), lost(&events)), (1, vec![]));
        }
        // Without any, nobody knows what these symbols are.
        let rest = all.iter().enumerate().filter(|(at, _)| !tables.contains(at)).map(|(_, it)| it);
        let mut receiver = receiver(Objects::Checked);
        let events = hear(&mut receiver, rest);
        assert!(delivered(&events).is_empty() && lost(&events).is_empty());
        assert_eq!(
            (events.iter().filter(|it| **it == Event::Gap { blocks: 1 }).count(), receiver.memory()),
            (1, 0)
        );
    }
}

#[test]
fn repairs_bring_back_what_is_missing_and_without_them_it_is_told_lost() {
    for (repair, expected) in [(0, 0), (25, 1)] {
        let all = said(terms(repair, Objects::Checked), &[pattern(20_000, 7)]);
        // Each tenth symbol is lost.
        let rest = all
            .iter()
            .enumerate()
            .filter(|(at, it)| at % 10 != 3 || object_of(&it.1) == Some(0))
            .map(|(_, it)| it);
        let events = hear(&mut receiver(Objects::Checked), rest);
        let came = delivered(&events);
        assert_eq!(came.len(), expected);
        let told: Vec<_> = if expected == 1 { vec![] } else { vec![(0, Cause::Incomplete)] };
        assert_eq!(lost(&events), told);
        let recovered = events.iter().any(|it| matches!(it, Event::Delivered(it) if it.recovered));
        assert_eq!(recovered, expected == 1);
    }
}

#[test]
fn an_object_of_which_only_the_table_came_is_told_lost_unless_it_was_before_our_time() {
    let all = said(terms(25, Objects::Checked), &[pattern(2_000, 3), pattern(3_000, 5)]);
    let only = |from: usize| {
        let tables = all[from..].iter().filter(|it| matches!(object_of(&it.1), Some(0) | None));
        let events = hear(&mut receiver(Objects::Checked), tables);
        (delivered(&events).len(), lost(&events))
    };
    // What the first table names may have left before.
    assert_eq!(only(0), (0, vec![(0, Cause::Unheard)]));
}

#[test]
fn what_is_more_urgent_waits_for_one_datagram() {
    let mut sender = Sender::new(terms(25, Objects::Checked), START);
    let mut shelf = Shelf::default();
    shelf.put(Precedence::Routine, pattern(30_000, 7), Time::MAX);
    let (mut all, mut out, mut now) = (Vec::new(), Vec::new(), at(0));
    let (mut urgent_at, mut waits) = (None, true);
    loop {
        if all.len() == 50 && std::mem::take(&mut waits) {
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
    assert_eq!(urgent_at, Some(50));
    let events = hear(&mut receiver(Objects::Checked), &all);
    assert!(delivered(&events) == [&pattern(100, 9)[..], &pattern(30_000, 7)[..]]);
}

#[test]
fn nothing_of_an_object_leaves_after_its_end_and_the_far_side_is_told() {
    let run = |not_after: Time, mut more: Option<usize>| {
        let (mut sender, mut shelf) = (Sender::new(terms(25, Objects::Checked), START), Shelf::default());
        shelf.put(Precedence::Routine, pattern(30_000, 7), not_after);
        let (mut all, mut gone, mut out, mut now) = (Vec::new(), Vec::new(), Vec::new(), at(0));
        loop {
            if more.take_if(|more| *more == all.len()).is_some() {
                shelf.put(Precedence::Flash, pattern(60_000, 9), Time::MAX);
            }
            let step = sender.poll(now, &mut shelf, &mut out);
            sender.take_ended(&mut gone);
            match step {
                Step::Datagram(class) => {
                    assert!(class != Some(Precedence::Routine) || now < not_after, "it left after its end");
                    assert_eq!(
                        sender.until(),
                        if class == Some(Precedence::Routine) { not_after } else { Time::MAX }
                    );
                    all.push((now, out.clone()));
                }
                Step::At(_) if shelf.0.is_empty() && sender.is_quiet() => break,
                Step::At(wake) => now = wake,
            }
        }
        (all, gone)
    };
    let (all, gone) = run(at(20), None);
    assert!(gone[0].ended == Ended::Late && all.len() == 1, "a sign of life alone: {}", all.len());
    let (all, gone) = run(at(60), Some(60));
    let cut = gone.iter().find(|it| it.ended == Ended::Cut).unwrap();
    assert!(cut.object.bytes == pattern(30_000, 7), "it comes back as it was taken");
    let mut receiver = receiver(Objects::Checked);
    let mut events = Vec::new();
    for (now, datagram) in &all {
        receiver.tick(*now, &mut events);
        receiver.receive(datagram, *now, &mut events);
    }
    assert!(delivered(&events) == [&pattern(60_000, 9)[..]]);
    // It was told that nothing more comes: patience is enough.
    receiver.tick(all.last().unwrap().0.plus(Duration::from_secs(4)), &mut events);
    assert_eq!(lost(&events), [(1, Cause::Incomplete)]);
}

#[test]
fn a_damaged_object_is_not_delivered_and_the_next_round_brings_it() {
    let again = Terms { repeat: 1, ..terms(0, Objects::Checked) };
    let mut all = said(again, &[pattern(3_000, 3)]);
    let first = all.iter().position(|it| object_of(&it.1).is_some_and(|it| it > 0)).unwrap();
    all[first].1[100] ^= 1;
    let events = hear(&mut receiver(Objects::Checked), &all);
    assert_eq!((delivered(&events).len(), lost(&events)), (1, vec![]));
    let once = said(terms(0, Objects::Checked), &[pattern(3_000, 3)]);
    let mut once: Datagrams = once;
    once[first].1[100] ^= 1;
    let events = hear(&mut receiver(Objects::Checked), &once);
    assert_eq!((delivered(&events).len(), lost(&events)), (0, vec![(0, Cause::Differs)]));
    // Bare objects have their MD5 in the table.
    let mut bare = said(terms(0, Objects::Bare), &[pattern(3_000, 3)]);
    bare[first].1[100] ^= 1;
    let events = hear(&mut receiver(Objects::Bare), &bare);
    assert_eq!((delivered(&events).len(), lost(&events)), (0, vec![(0, Cause::Differs)]));
}

#[test]
fn what_is_played_again_or_of_another_session_is_not_delivered() {
    let all = said(terms(25, Objects::Checked), &[pattern(3_000, 3), pattern(4_000, 5)]);
    let mut receiver = receiver(Objects::Checked);
    let (twice, span) = ([&all[..], &all[..]].concat(), all.len() as u64);
    let events = hear(&mut receiver, &twice);
    assert_eq!((delivered(&events).len(), lost(&events)), (2, vec![]));
    // After its tables have expired, to a receiver that knows nothing.
    let late: Datagrams =
        all.iter().map(|(now, it)| (now.plus(Duration::from_secs(601)), it.clone())).collect();
    let mut other = Receiver::new(7, Objects::Checked, Limits::default(), 1, None);
    let events = hear(&mut other, &late);
    assert!(delivered(&events).is_empty() && lost(&events).is_empty());
    assert!(other.counters().stale >= 4 && other.memory() == 0, "{:?}", other.counters());
    let mut other = Receiver::new(8, Objects::Checked, Limits::default(), 1, None);
    assert!(hear(&mut other, &all).is_empty());
    assert_eq!(other.counters().link, span);
}

#[test]
fn every_object_ends_once_whatever_the_link_does() {
    let runs = std::env::var("LOCKGATE_DIODE_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(40_u64);
    let (mut whole, mut gone) = (0, 0);
    for seed in 0..runs {
        let objects = if seed % 2 == 0 { Objects::Checked } else { Objects::Bare };
        let weather = Weather {
            loss: [0, 10_000, 50_000, 150_000][seed as usize / 2 % 4],
            burst_loss: [0, 20_000][seed as usize / 8 % 2],
            burst: 20,
            duplicate: 10_000,
            corrupt: if objects == Objects::Checked { 20_000 } else { 0 },
            reorder: 20_000,
            reorder_by: ms(3),
            outages: vec![(at(40), at(40 + seed as i64 * 7)), (at(900), at(900 + seed as i64 * 90))],
            ..Weather::default()
        };
        let repeat = u8::from(seed % 3 == 0);
        let terms = Terms { repeat, ..terms([0, 50][seed as usize % 4 / 2], objects) };
        let (came, told) = one_run(terms, weather, seed);
        whole += came;
        gone += told;
    }
    println!("{runs} runs: {whole} objects delivered, {gone} told lost, none damaged, none twice");
    assert!(whole > 0 && gone > 0);
}

/// One run; how many were delivered and told lost.
fn one_run(terms: Terms, weather: Weather, seed: u64) -> (usize, usize) {
    let objects = terms.objects;
    let sent: Vec<Vec<u8>> = (0..40).map(|at| pattern(200 + 977 * at, 2 * at + 5)).collect();
    let all = said(terms, &sent);
    let arrived = relayed(&all, weather, seed);
    let mut receiver = receiver(objects);
    let events = hear(&mut receiver, &arrived);
    assert_eq!(receiver.memory(), 0, "seed {seed}");
    let it = receiver.counters();
    assert_eq!(it.datagrams, arrived.len() as u64);
    assert_eq!(
        it.datagrams,
        it.taken + it.again + it.stale + it.size + it.version + it.link + it.body,
        "{it:?}"
    );
    ends_once(&events);
    let came = delivered(&events);
    let mut rest = sent;
    for object in &came {
        let place = rest.iter().position(|known| known == object);
        rest.remove(place.unwrap_or_else(|| panic!("seed {seed}: damaged or doubled")));
    }
    (came.len(), lost(&events).len())
}

/// Every bit of a session turned, one at a time: nothing but what was sent is delivered, and nothing twice.
#[test]
fn a_turned_bit_never_makes_another_object() {
    let object = pattern(8_000, 3);
    let all = said(terms(25, Objects::Checked), std::slice::from_ref(&object));
    let bits: usize = all.iter().map(|(_, it)| it.len() * 8).sum();
    let (mut tried, mut came) = (0_usize, 0_usize);
    let most = std::env::var("LOCKGATE_FLOOD").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000_usize);
    let step = (bits / most).max(1);
    for bit in (0..bits).step_by(step) {
        let mut other = all.clone();
        let mut left = bit / 8;
        let place = other.iter().position(|(_, it)| {
            let is_here = left < it.len();
            left -= if is_here { 0 } else { it.len() };
            is_here
        });
        other[place.unwrap()].1[left] ^= 1 << (bit % 8);
        let mut receiver = receiver(Objects::Checked);
        let events = hear(&mut receiver, &other);
        let found = delivered(&events);
        assert!(found.len() <= 1 && found.iter().all(|it| **it == object[..]), "bit {bit}");
        assert_eq!(receiver.memory(), 0, "bit {bit}");
        came += found.len();
        tried += 1;
    }
    println!("{tried} of {bits} bits turned: delivered {came} times, never another object");
    // A symbol that is damaged takes its object with it: nothing but the hash of the whole would tell.
    assert!(came > 0 && came < tried);
}

#[test]
fn a_flood_of_malformed_datagrams_is_counted_and_takes_no_memory() {
    let all = said(terms(25, Objects::Checked), &[pattern(3_000, 3), pattern(40_000, 5)]);
    let limits = Limits { memory: 1 << 20, object: 1 << 16, growing: 8, ..Limits::default() };
    let mut receiver = Receiver::new(7, Objects::Checked, limits, 1, None);
    let flood =
        std::env::var("LOCKGATE_DIODE_FLOOD").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000_u64);
    let (mut events, mut chance) = (Vec::new(), lockgate_diode::Chance::new(5));
    for count in 0..flood {
        let mut datagram = all[(chance.draw() % all.len() as u64) as usize].1.clone();
        for _ in 0..=chance.draw() % 3 {
            let place = (chance.draw() % datagram.len() as u64) as usize;
            let place = if chance.draw() % 2 == 0 { place % 48 % datagram.len() } else { place };
            datagram[place] = chance.draw() as u8;
        }
        let now = at(count as i64 / 10);
        receiver.receive(&datagram, now, &mut events);
        receiver.tick(now, &mut events);
        assert!(receiver.memory() <= 1 << 20);
    }
    let it = receiver.counters();
    assert_eq!(it.datagrams, flood);
    assert_eq!(
        it.datagrams,
        it.taken + it.again + it.stale + it.size + it.version + it.link + it.body,
        "{it:?}"
    );
    let sent = [pattern(3_000, 3), pattern(40_000, 5)];
    assert!(
        delivered(&events).len() <= 2
            && delivered(&events).iter().all(|it| sent.iter().any(|sent| *it == &sent[..]))
    );
    println!("{flood} malformed datagrams: {it:?}");
}

#[test]
fn objects_have_bounds() {
    let limits = Limits { memory: 1 << 20, object: 10_000, growing: 2, ..Limits::default() };
    for (length, expected) in [(10_000, 1), (10_001, 0)] {
        let all = said(terms(0, Objects::Checked), &[pattern(length, 3)]);
        let mut receiver = Receiver::new(7, Objects::Checked, limits, 1, None);
        let events = hear(&mut receiver, &all);
        assert_eq!(delivered(&events).len(), expected);
        assert_eq!(lost(&events).iter().filter(|it| it.1 == Cause::NoRoom).count(), 1 - expected);
    }
}

#[test]
fn silence_is_told_and_ends() {
    let all = said(terms(0, Objects::Checked), &[]);
    let mut receiver = receiver(Objects::Checked);
    let mut events = Vec::new();
    receiver.receive(&all[0].1, at(0), &mut events);
    receiver.tick(at(2_900), &mut events);
    assert_eq!(events, [Event::Begun { epoch: 9 << 32 }]);
    receiver.tick(at(3_100), &mut events);
    receiver.tick(at(4_000), &mut events);
    receiver.receive(&all[0].1, at(5_000), &mut events);
    assert_eq!(events[1..], [Event::Silent, Event::Heard]);
}

/// The figures of `docs/DIODE.md`.
#[test]
fn what_one_kibibyte_costs_and_what_loss_is_borne() {
    for (repair, expected) in [(0, 1_956), (50, 3_826)] {
        let terms = Terms { symbol: 1_448, block: 1_024, heartbeat: None, ..terms(repair, Objects::Checked) };
        let wire: usize = said(terms, &[pattern(1_024, 3)]).iter().map(|(_, it)| it.len() + 28).sum();
        println!("1 KiB, {repair} % repairs: {wire} bytes on the wire");
        assert_eq!(wire, expected);
    }
    let mut table = Vec::new();
    for repair in [0, 10, 25] {
        for loss in [0, 10_000, 50_000, 100_000, 150_000] {
            let terms = Terms {
                symbol: 1_448,
                block: 1_024,
                rate: Some(1_000_000_000),
                ..terms(repair, Objects::Checked)
            };
            let sent: Vec<_> = (0..5).map(|at| pattern(2_000_000, 3 + 2 * at)).collect();
            let all = said(terms, &sent);
            let arrived = relayed(&all, Weather { loss, ..Weather::default() }, 7);
            let mut receiver = Receiver::new(7, Objects::Checked, Limits::default(), 1, None);
            let came = delivered(&hear(&mut receiver, &arrived)).len();
            println!("{repair} % repairs, {} % lost: {came} of 5", f64::from(loss) / 10_000.0);
            table.push(came);
        }
    }
    assert_eq!(table, [5, 0, 0, 0, 0, 5, 5, 5, 0, 0, 5, 5, 5, 5, 5]);
}
