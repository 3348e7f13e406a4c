//! Thin links: what is urgent does not wait behind what is not, and small objects come in time while bulk fills the rest.

use crate::figures::figure;
use crate::world::{World, at, bytes, millis};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Chance, Event, Limits, Object, Terms, Weather};
use std::collections::BTreeMap;

struct Tracks {
    on_time: f64,
    p50: f64,
    p99: f64,
    bulk: usize,
    small_bytes: f64,
}

/// 20 tracks/s of 1 KiB at chance moments over 500 kbit/s, bulk in the rest.
fn tracks(loss: u32, count: u64) -> Tracks {
    let mut terms = Terms::new(1);
    terms.rate = Some(500_000);
    let weather = Weather { loss, ..Weather::default() };
    let mut world = World::new(terms, Limits::default(), weather, 7);
    let mut chance = Chance::new(3);
    let (mut when, mut offered) = (0.0_f64, BTreeMap::new());
    let mut bulk = 1 << 40;
    for token in 0..count {
        let unit = (chance.below(1 << 53) as f64 + 1.0) / (1_u64 << 53) as f64;
        when += -unit.ln() * 50.0;
        let now = Time::from_unix_nanos(at(0).unix_nanos() + (when * 1e6) as i64);
        world.run(now);
        while world.shelf.len() == 0 {
            bulk += 1;
            world.offer(Precedence::Routine, Object::new(bytes(bulk, 100_000), at(1_000_000_000), bulk));
        }
        offered.insert(token, now);
        world.offer(Precedence::Immediate, Object::new(bytes(token, 1_024), now.plus(millis(500)), token));
    }
    world.run(world.now.plus(millis(5_000)));
    let mut waits: Vec<f64> = Vec::new();
    let mut large = 0;
    for (came, event) in &world.events {
        let Event::Delivered(it) = event else { continue };
        let token = u64::from_be_bytes(it.bytes[..8].try_into().unwrap());
        match offered.get(&token) {
            Some(at) => waits.push(came.since(*at).nanos() as f64 / 1e6),
            None => large += 1,
        }
    }
    waits.sort_by(f64::total_cmp);
    let small: usize =
        world.sent.iter().filter(|it| it.1 == Some(Precedence::Immediate)).map(|it| it.2).sum();
    let on_time = waits.iter().filter(|wait| **wait <= 500.0).count() as f64 / count as f64;
    // Those that never came are the latest.
    let at = |share: f64| waits.get((share * count as f64) as usize).copied().unwrap_or(f64::INFINITY);
    Tracks {
        on_time: on_time * 100.0,
        p50: at(0.5),
        p99: at(0.99),
        bulk: large,
        small_bytes: small as f64 / count as f64,
    }
}

#[test]
fn tracks_come_in_time_over_a_lossy_thin_link() {
    for (loss, least) in [(50_000, 99.9), (100_000, 99.5)] {
        let Tracks { on_time, p50, p99, bulk, small_bytes } = tracks(loss, 40_000);
        println!(
            "500 kbit/s, loss {} %: {on_time:.3} % within 500 ms, p50 {p50:.0} ms, p99 {p99:.0} ms, {bulk} bulk objects of 100 kB beside, {small_bytes:.0} B on the wire a track",
            loss / 10_000
        );
        let name = format!("diode.thin.{}", loss / 10_000);
        figure(&format!("{name}.on-time"), on_time, "%");
        figure(&format!("{name}.p99"), p99, "ms");
        assert!(on_time >= least, "{on_time}");
        assert!(p99 <= 250.0, "{p99}");
        assert!(bulk > 200, "bulk fills the rest");
    }
}

/// What is worth an hour and leaves among reports that are worth little more than their own time on the link: those expire one by one,
/// and take no repair from it.
#[test]
fn what_lasts_is_repaired_among_what_expires() {
    for (rate, repair, worth) in [(64_000, 50, 60), (64_000, 50, 150), (64_000, 100, 60)] {
        let mut terms = Terms::of_rate(1, rate);
        terms.small_repair = repair;
        let weather = Weather { loss: 50_000, ..Weather::default() };
        let mut world = World::new(terms, Limits::default(), weather, 5);
        let mut chance = Chance::new(rate);
        let (mut now, mut lasting, mut token) = (at(0), 0_usize, 0);
        while lasting < 4_000 {
            now = now.plus(millis(20 + chance.below(160) as i64));
            world.run(now);
            token += 1;
            let lasts = chance.below(3) == 0;
            lasting += usize::from(lasts);
            let end = if lasts { at(1_000_000_000) } else { now.plus(millis(worth)) };
            let token = token << 1 | u64::from(lasts);
            world.offer(Precedence::Routine, Object::new(bytes(token, 200), end, token));
        }
        world.run(now.plus(millis(5_000)));
        let came = world.events.iter().filter(|(_, event)| match event {
            Event::Delivered(it) => it.bytes[7] & 1 == 1,
            _ => false,
        });
        let share = came.count() as f64 * 100.0 / lasting as f64;
        println!("{rate} bit/s, {repair} % repairs, others worth {worth} ms: {share:.2} % of what lasts");
        assert!(share >= 99.5, "{share} {rate} {repair} {worth}");
    }
}

#[test]
fn flash_never_waits_behind_routine_for_more_than_one_datagram() {
    println!(
        "| link | datagram | longest wait of FLASH to its first byte | FLASH delivered, mean | ROUTINE share of the link | DEFERRED share |"
    );
    println!("|---|---|---|---|---|---|");
    // What a deployment gets that says its rate alone, and what one gets that chooses smaller datagrams.
    for (rate, chosen) in
        [(9_600, None), (64_000, None), (64_000, Some(700)), (384_000, None), (2_000_000, None)]
    {
        let mut terms = Terms::of_rate(1, rate);
        terms.payload = chosen.unwrap_or(terms.payload);
        let weather = Weather { delay: millis(600), ..Weather::default() };
        let mut world = World::new(terms.clone(), Limits::default(), weather, 1);
        let mut chance = Chance::new(rate);
        let mut offered = BTreeMap::new();
        let length = 3_600_000 / (rate as i64 / 9_600).clamp(1, 40);
        for token in 0..150_u64 {
            let now = at(token as i64 * length / 150 + chance.below(length as u64 / 300) as i64);
            world.run(now);
            while world.shelf.len() < 8 {
                let bulk = (1 << 40) | chance.draw();
                for (class, size) in
                    [(Precedence::Routine, 300), (Precedence::Routine, 60_000), (Precedence::Deferred, 301)]
                {
                    world.offer(
                        class,
                        Object::new(bytes(bulk ^ size, size as usize), at(1_000_000_000), bulk ^ size),
                    );
                }
            }
            offered.insert(token, now);
            world.offer(Precedence::Flash, Object::new(bytes(token, 150), at(1_000_000_000), token));
        }
        world.run(world.now.plus(millis(60_000)));
        report(&world, &terms, rate, &offered);
    }
}

fn report(world: &World, terms: &Terms, rate: u64, offered: &BTreeMap<u64, Time>) {
    let (mut longest, mut most_behind) = (0_i64, 0);
    let firsts: Vec<(usize, Time)> = world
        .sent
        .iter()
        .enumerate()
        .filter(|(_, it)| it.1 == Some(Precedence::Flash) && it.3 == 1)
        .map(|(at, it)| (at, it.0))
        .collect();
    assert_eq!(firsts.len(), offered.len());
    for ((index, first), offered) in firsts.iter().zip(offered.values()) {
        // Datagrams of lower classes: the one that was on the wire at the offer (the pace lets the next begin 1 ms before
        // it is through), and all that began after it.
        let takes = |size: usize| Duration::from_nanos(size as i64 * 8_000_000_000 / rate as i64 - 1_000_000);
        let lower =
            |it: &&(Time, Option<Precedence>, usize, u8)| it.1.is_some_and(|class| class < Precedence::Flash);
        let before = world.sent[..*index].iter().rev().take(40).filter(lower);
        let behind = before.filter(|it| it.0 >= *offered || it.0.plus(takes(it.2)) > *offered).count();
        most_behind = most_behind.max(behind);
        longest = longest.max(first.since(*offered).nanos() / 1_000_000);
    }
    let speed = match rate {
        2_000_000 => "2M".to_owned(),
        9_600 => "9600".to_owned(),
        _ => format!("{}k", rate / 1_000),
    };
    if terms.payload == Terms::of_rate(1, rate).payload {
        figure(&format!("diode.flash.{speed}.behind"), most_behind as f64, "datagrams");
    }
    assert!(most_behind <= 1, "FLASH waits behind {most_behind} datagrams");
    let mut waits = Vec::new();
    for (came, event) in &world.events {
        if let Event::Delivered(it) = event
            && let Some(at) = offered.get(&u64::from_be_bytes(it.bytes[..8].try_into().unwrap()))
        {
            waits.push(came.since(*at).nanos() / 1_000_000);
        }
    }
    assert_eq!(waits.len(), offered.len());
    let mean = waits.iter().sum::<i64>() / waits.len() as i64;
    let share = |class: Precedence| {
        let all: usize = world.sent.iter().map(|it| it.2).sum();
        let own: usize = world.sent.iter().filter(|it| it.1 == Some(class)).map(|it| it.2).sum();
        own as f64 * 100.0 / all as f64
    };
    let (routine, deferred) = (share(Precedence::Routine), share(Precedence::Deferred));
    println!(
        "| {} kbit/s, 600 ms | {} B | {longest} ms | {mean} ms | {routine:.1} % | {deferred:.1} % |",
        rate as f64 / 1e3,
        terms.payload
    );
    // One datagram on the wire, and a heartbeat and a manifest at worst, which belong to the link.
    let most = 3 * (terms.payload as i64 + 28) * 8_000 / rate as i64 + 2;
    assert!(longest <= most, "{longest} ms of at most {most}");
    assert!(deferred > 0.5, "the lowest class has its trickle");
}
