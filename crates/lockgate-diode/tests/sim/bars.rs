//! What the protocol costs and what it survives, against the bars of `docs/DIODE.md`.

use crate::figures::figure;
use crate::world::{World, at, bytes, millis};
use lockgate_bytes::Precedence;
use lockgate_diode::{Cause, Chance, Event, Limits, Object, Terms, Weather};
use std::collections::BTreeSet;

fn never() -> lockgate_bytes::Time {
    at(1_000_000_000)
}

/// Bytes on the wire a track of 1 KiB: its own datagrams, and with all that the link sends besides.
fn track_cost(repair: u8, spacing: i64, tail: bool) -> (u64, u64) {
    let mut terms = Terms::new(1);
    terms.small_repair = repair;
    if !tail {
        terms.tail.clear();
    }
    let mut world = World::new(terms, Limits::default(), Weather::default(), 1);
    for token in 0..1_000 {
        world.run(at(token * spacing));
        world.offer(Precedence::Priority, Object::new(bytes(token as u64, 1_024), never(), token as u64));
    }
    world.run(at(1_000 * spacing));
    let own: usize =
        world.sent.iter().filter(|(_, _, _, kind)| matches!(kind, 1 | 2)).map(|(_, _, size, _)| size).sum();
    let all: usize = world.sent.iter().map(|(_, _, size, _)| size).sum();
    (own as u64 / 1_000, all as u64 / 1_000)
}

#[test]
fn a_track_costs_what_the_bar_allows() {
    let (bare, bare_all) = track_cost(0, 10, true);
    let (half, half_all) = track_cost(50, 10, true);
    let (slow, slow_all) = track_cost(50, 50, true);
    println!(
        "1 KiB track: {bare} B ({bare_all} with manifests and heartbeats); at 50 %: {half} B ({half_all}); at 50 % and 20/s with tail repairs {slow} B ({slow_all})"
    );
    assert!(bare <= 1_150, "{bare}");
    assert!(half <= 1_750, "{half}");
}

#[test]
fn a_heartbeat_is_one_small_datagram() {
    let mut world = World::new(Terms::new(1), Limits::default(), Weather::default(), 1);
    for (token, class) in Precedence::ALL.into_iter().enumerate() {
        world.offer(class, Object::new(bytes(token as u64, 20), never(), token as u64));
    }
    world.run(at(10_500));
    let beats: Vec<usize> = world.sent.iter().filter(|it| it.3 == 5).map(|it| it.2).collect();
    println!("heartbeat with all classes in use: {} B on the wire", beats.last().unwrap());
    assert_eq!(beats.len(), 11, "one a second");
    assert!(beats.iter().all(|size| *size <= 200));
}

/// Sends one object of 64 MiB at 20 MB/s.
fn sixty_four_mebibytes(weather: Weather, seed: u64) -> Vec<(lockgate_bytes::Time, Event)> {
    let mut terms = Terms::new(1);
    terms.rate = Some(160_000_000);
    let mut world = World::new(terms, Limits::default(), weather, seed);
    world.offer(Precedence::Routine, Object::new(bytes(5, 64 << 20), never(), 5));
    world.run(at(6_000));
    world.relay.turn(Weather::default());
    world.run(at(20_000));
    assert_eq!(world.receiver.memory(), 0);
    world.events
}

#[test]
fn sixty_four_mebibytes_survive_fifteen_percent() {
    let weather = Weather { loss: 150_000, ..Weather::default() };
    let events = sixty_four_mebibytes(weather, 42);
    let whole =
        events.iter().find_map(|(_, it)| if let Event::Delivered(it) = it { Some(&it.bytes) } else { None });
    assert!(whole.is_some_and(|it| *it == bytes(5, 64 << 20)));
}

#[test]
fn sixty_four_mebibytes_survive_bursts() {
    for seed in 42..45 {
        let weather = Weather { burst_loss: 50_000, burst: 100, ..Weather::default() };
        let events = sixty_four_mebibytes(weather, seed);
        assert!(
            events.iter().any(|(_, it)| matches!(it, Event::Delivered(it) if it.bytes.len() == 64 << 20)),
            "{seed}"
        );
    }
}

/// An outage takes more than the repairs give back: the objects in it are lost and named, no other is.
#[test]
fn over_budget_only_the_objects_that_were_hit_are_lost() {
    let mut terms = Terms::new(1);
    terms.rate = Some(80_000_000);
    terms.overlap = 3;
    let weather = Weather { outages: vec![(at(1_000), at(1_200))], ..Weather::default() };
    let mut world = World::new(terms, Limits::default(), weather, 1);
    for token in 0..20 {
        world.offer(Precedence::Routine, Object::new(bytes(token, 1 << 20), never(), token));
    }
    let mut chance = Chance::new(1);
    for step in 0..300_u64 {
        world.run(at(step as i64 * 10));
        let size = 100 + chance.below(900) as usize;
        world.offer(Precedence::Flash, Object::new(bytes(1_000 + step, size), never(), 1_000 + step));
    }
    world.run(at(20_000));
    let mut hit = BTreeSet::new();
    for (id, token) in &world.named {
        let (came, enough) = world.came.get(id).map_or((0, 1), |(came, enough)| (came.len(), *enough));
        if came < enough {
            hit.insert(*token);
        }
    }
    let delivered: BTreeSet<u64> = world
        .events
        .iter()
        .filter_map(|(_, it)| match it {
            Event::Delivered(it) => Some(u64::from_be_bytes(it.bytes[..8].try_into().unwrap())),
            _ => None,
        })
        .collect();
    let all: Vec<_> = world
        .events
        .iter()
        .filter_map(|(_, it)| if let Event::Lost(it) = it { Some(it) } else { None })
        .collect();
    let unnamed: u64 = all.iter().filter(|it| it.named.is_none()).map(|it| it.end - it.first).sum();
    figure("diode.over-budget.unnamed", unnamed as f64, "objects");
    let of =
        |it: &lockgate_diode::Lost| lockgate_diode::Id { epoch: it.epoch, class: it.class, number: it.first };
    let unhit = all.iter().filter(|it| !world.named.get(&of(it)).is_some_and(|token| hit.contains(token)));
    figure("diode.over-budget.unhit", unhit.count() as f64, "objects");
    let mut lost = BTreeSet::new();
    for it in all {
        assert_eq!(it.end, it.first + 1, "each is named");
        let (length, hash) = it.named.expect("by length and hash");
        let id = of(it);
        let token = world.named[&id];
        let sent = bytes(token, length as usize);
        assert_eq!(hash, *blake3::hash(&sent).as_bytes());
        assert!(matches!(it.cause, Cause::Unheard | Cause::Incomplete));
        lost.insert(token);
    }
    assert!(lost.iter().any(|token| *token < 20), "a large one is among them");
    assert!(lost.is_subset(&hit), "no other is lost");
    assert_eq!(delivered.len() + lost.len(), 320);
    assert!(lost.len() < 40, "{}", lost.len());
    println!("over budget: 200 ms of nothing at 80 Mbit/s: {} of 320 objects lost, each by name", lost.len());
}

/// What the sender knows beside the closed list never reaches the wire.
#[test]
fn nothing_but_the_closed_list_crosses() {
    let mut terms = Terms::new(1);
    terms.repeat_from = Some(Precedence::Flash);
    terms.repeats = vec![millis(200)];
    let mut world = World::new(terms, Limits::default(), Weather::default(), 1);
    world.keep = true;
    let token = 0xA1B2_C3D4_E5F6_0718_u64;
    let not_after = never().plus(lockgate_bytes::Duration::from_nanos(0x0102_0304_0506_0708));
    for step in 0..50_u64 {
        for (class, size) in
            [(Precedence::Flash, 300), (Precedence::Routine, 5_000), (Precedence::Deferred, 40_000)]
        {
            let object = Object {
                token: token.wrapping_add(step << 32 | size),
                ..Object::new(bytes(step, size as usize), not_after, 0)
            };
            world.offer(class, object);
        }
    }
    world.sender.unsent(3);
    world.run(at(10_000));
    let planted: [(&str, &[u8]); 4] = [
        ("token", &token.to_be_bytes()[5..]),
        ("validity", &not_after.unix_nanos().to_be_bytes()),
        ("secret of the link", &crate::world::SECRET),
        ("secret of manifests", &crate::world::SEED),
    ];
    assert!(world.capture.len() > 2_000);
    for datagram in &world.capture {
        for (what, value) in planted {
            let mut backward = value.to_vec();
            backward.reverse();
            let found = |value: &[u8]| datagram.windows(value.len()).any(|it| it == value);
            // Three bytes of the token turn up by chance in hashes and payload: eight are looked for with it.
            let full: Vec<u8> =
                if what == "token" { token.to_be_bytes()[..4].to_vec() } else { value.to_vec() };
            assert!(!found(&full), "{what} crosses");
            assert!(what == "token" || !found(&backward), "{what} crosses backward");
        }
    }
}
