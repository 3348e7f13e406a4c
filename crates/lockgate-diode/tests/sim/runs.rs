//! Runs by seed (`LOCKGATE_DIODE_RUNS` says how many, 200 where it is not set): whatever the link does and whoever starts again, no object comes out that was not sent, and the
//! receiver's report is what happened.

use crate::figures::figure;
use crate::world::{World, at, bytes, millis};
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Chance, Ended, Event, Id, Limits, Object, Terms, Weather};
use std::collections::{BTreeMap, BTreeSet};

fn runs() -> u64 {
    std::env::var("LOCKGATE_DIODE_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

fn terms(chance: &mut Chance) -> Terms {
    let mut terms = Terms::new(chance.below(65_536) as u16);
    terms.payload = [512, 700, 1_400][chance.below(3) as usize];
    terms.rate = [Some(16_000_000), Some(2_000_000), Some(400_000)][chance.below(3) as usize];
    terms.small_repair = [0, 25, 50, 100][chance.below(4) as usize];
    terms.window = 1 + chance.below(32) as u8;
    terms.block_repair = [0, 10, 25, 50][chance.below(4) as usize];
    terms.overlap = chance.below(3) as u8;
    terms.constant = terms.rate == Some(400_000) && chance.happens(300_000);
    if chance.happens(300_000) {
        terms.repeat_from = Some(Precedence::Immediate);
        terms.repeats = vec![millis(300), millis(1_000)];
    }
    terms
}

fn weather(chance: &mut Chance) -> Weather {
    let mut some = |most: u64| if chance.happens(500_000) { chance.below(most) as u32 } else { 0 };
    let mut weather = Weather {
        loss: some(250_000),
        burst_loss: some(150_000),
        burst: 1 + some(60),
        duplicate: some(200_000),
        corrupt: some(100_000),
        reorder: some(300_000),
        reorder_by: millis(i64::from(some(200))),
        delay: millis(i64::from(some(600))),
        ..Weather::default()
    };
    if chance.happens(300_000) {
        let from = 1_000 + chance.below(15_000) as i64;
        weather.outages = vec![(at(from), at(from + 100 + chance.below(3_000) as i64))];
    }
    weather
}

/// Everything that happens from outside, in order of time.
enum Act {
    Object(Precedence, Object),
    Sender(u32),
    Receiver(bool),
}

fn acts(chance: &mut Chance) -> Vec<(Time, Act)> {
    let mut acts = Vec::new();
    for token in 1..=20 + chance.below(60) {
        let when = at(chance.below(18_000) as i64);
        let length = match chance.below(12) {
            0 => 20_000 + chance.below(60_000),
            1 | 2 => 2_000 + chance.below(6_000),
            3 => 8,
            _ => 8 + chance.below(1_200),
        };
        let class = Precedence::ALL[chance.below(6) as usize];
        let not_after = if chance.happens(100_000) { when.plus(millis(50)) } else { at(1_000_000) };
        let mut object = Object::new(bytes(token, length as usize), not_after, token);
        object.order = chance.below(4);
        acts.push((when, Act::Object(class, object)));
    }
    if chance.happens(350_000) {
        acts.push((at(3_000 + chance.below(12_000) as i64), Act::Sender(chance.draw() as u32)));
    }
    for _ in 0..chance.below(3) {
        if chance.happens(400_000) {
            acts.push((at(1_000 + chance.below(17_000) as i64), Act::Receiver(chance.happens(500_000))));
        }
    }
    acts.sort_by_key(|(when, _)| *when);
    acts
}

#[derive(Default)]
struct Seen {
    delivered: u64,
    /// Delivered, and never sent so.
    corrupt: u64,
    recovered: u64,
    lost: u64,
    /// Released and not sent.
    unsent: u64,
    restarts: [u64; 2],
}

fn one(seed: u64) -> Seen {
    let mut chance = Chance::new(seed);
    let terms = terms(&mut chance);
    let limits = Limits { former: millis(1_000_000), ..Limits::default() };
    let mut world = World::new(terms.clone(), limits, weather(&mut chance), seed);
    let mut restarts = [0, 0];
    for (when, act) in acts(&mut chance) {
        world.run(when);
        match act {
            Act::Object(class, object) => world.offer(class, object),
            Act::Sender(low) => {
                restarts[0] += 1;
                world.restart_sender(low);
            }
            Act::Receiver(shorten) => {
                restarts[1] += 1;
                world.restart_receiver(shorten);
            }
        }
    }
    // All that waits is sent; then the link is quiet, so that the last marks are heard.
    let mut until = at(20_000);
    while world.shelf.len() > 0 {
        until = until.plus(millis(1_000));
        world.run(until);
    }
    world.relay.turn(Weather::default());
    world.run(until.plus(millis(60_000)));
    world.closings.push(world.sender.closing());
    check(&world, restarts, seed)
}

/// The receiver's report against what happened.
fn check(world: &World, restarts: [u64; 2], seed: u64) -> Seen {
    let (mut delivered, mut lost): (BTreeMap<Id, u64>, BTreeSet<Id>) = (BTreeMap::new(), BTreeSet::new());
    let (mut recovered, mut corrupt) = (0, 0);
    for (_, event) in &world.events {
        match event {
            Event::Delivered(it) => {
                let token = u64::from_be_bytes(it.bytes[..8].try_into().unwrap());
                if it.bytes != bytes(token, it.bytes.len()) || it.hash != *blake3_of(&it.bytes) {
                    println!("seed {seed}: an object that was never sent");
                    corrupt += 1;
                }
                assert_eq!(delivered.insert(it.id, token), None, "seed {seed}: delivered twice");
                recovered += u64::from(it.recovered);
                if let Some(name) = world.named.get(&it.id) {
                    assert_eq!(*name, token, "seed {seed}: delivered under another's name");
                }
            }
            Event::Lost(it) => {
                for number in it.first..it.end {
                    let id = Id { epoch: it.epoch, class: it.class, number };
                    assert!(lost.insert(id), "seed {seed}: lost twice");
                }
            }
            Event::Alarm(alarm) => panic!("seed {seed}: {alarm:?}"),
            Event::Closed { exact, .. } => assert!(exact, "seed {seed}"),
            _ => {}
        }
    }
    let mut sent = BTreeSet::new();
    for closing in &world.closings {
        for (mark, class) in closing.marks.0.iter().zip(Precedence::ALL) {
            let next = mark.map_or(0, |mark| mark.next);
            sent.extend((0..next).map(|number| Id { epoch: closing.epoch, class, number }));
        }
    }
    let ended: BTreeSet<Id> = delivered.keys().copied().chain(lost.iter().copied()).collect();
    assert_eq!(ended.len(), delivered.len() + lost.len(), "seed {seed}: delivered and lost");
    assert_eq!(ended, sent, "seed {seed}: the report is not what was sent");
    if restarts[1] == 0 {
        let enough = world.came.iter().filter(|(_, (came, enough))| came.len() >= *enough);
        for (id, _) in enough {
            assert!(delivered.contains_key(id), "seed {seed}: {id:?} came, and was not delivered");
        }
    }
    for (token, ended) in &world.ended {
        if *ended == Ended::Late {
            assert!(!delivered.values().any(|it| it == token), "seed {seed}: delivered, and never sent");
        }
    }
    assert_eq!(world.receiver.counters().body, 0, "seed {seed}: a datagram that is not of our form");
    datagrams(world, restarts, seed);
    let last = world.sender.closing().epoch;
    let view = world.receiver.epochs().find(|view| view.epoch == last).unwrap();
    assert_eq!(view.unsent, world.unsent, "seed {seed}: released and not sent");
    let (delivered, lost) = (delivered.len() as u64, lost.len() as u64);
    Seen { delivered, corrupt, recovered, lost, unsent: world.unsent, restarts }
}

/// Datagrams: what the receiver counts as lost is what the relay lost or changed.
fn datagrams(world: &World, restarts: [u64; 2], seed: u64) {
    let mut reported: BTreeMap<u64, [u64; 3]> = BTreeMap::new();
    for (_, event) in &world.events {
        if let Event::Closed { epoch, datagrams, .. } = event {
            reported.insert(*epoch, *datagrams);
        }
    }
    for view in world.receiver.epochs() {
        reported.insert(view.epoch, [view.received, view.lost, view.unknown]);
    }
    for closing in &world.closings {
        let heard = world.heard.get(&closing.epoch).map_or(0, |heard| heard.len() as u64);
        let [received, lost, unknown] = reported[&closing.epoch];
        // After the last heartbeat of the current epoch there may be a datagram that is still on its way.
        assert_eq!(received + lost + unknown, closing.datagrams, "seed {seed}");
        if restarts[1] == 0 {
            assert_eq!((received, unknown), (heard, 0), "seed {seed}");
        } else {
            assert!(received <= heard, "seed {seed}: more received than came");
            assert!(
                lost <= closing.datagrams - heard,
                "seed {seed}: more lost than the relay lost: {received} {lost} {unknown}, heard {heard} of {}, {restarts:?}",
                closing.datagrams
            );
        }
    }
}

fn blake3_of(bytes: &[u8]) -> Box<[u8; 32]> {
    Box::new(*blake3::hash(bytes).as_bytes())
}

#[test]
fn every_run_ends_as_the_receiver_says() {
    let (mut sum, mut unequal) = (Seen::default(), Vec::new());
    let from: u64 = std::env::var("LOCKGATE_DIODE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for seed in from..from + runs() {
        // A run whose report is not what happened breaks off, and the next one is still made.
        let Ok(seen) = std::panic::catch_unwind(|| one(seed)) else {
            unequal.push(seed);
            continue;
        };
        sum.delivered += seen.delivered;
        sum.corrupt += seen.corrupt;
        sum.recovered += seen.recovered;
        sum.lost += seen.lost;
        sum.unsent += seen.unsent;
        sum.restarts = [sum.restarts[0] + seen.restarts[0], sum.restarts[1] + seen.restarts[1]];
    }
    let Seen { delivered, corrupt, recovered, lost, unsent, restarts } = sum;
    println!(
        "{} runs: {delivered} delivered, {recovered} of them by repairs, {lost} lost, {unsent} not sent, restarts {restarts:?}",
        runs()
    );
    figure("diode.runs.made", runs() as f64, "runs");
    figure("diode.runs.corrupt", corrupt as f64, "objects");
    figure("diode.runs.unequal", unequal.len() as f64, "runs");
    assert_eq!(corrupt, 0, "objects that were never sent");
    assert!(unequal.is_empty(), "the report is not what happened in the runs of seeds {unequal:?}");
    assert!(delivered > 0 && recovered > 0 && lost > 0 && unsent > 0, "the runs try nothing");
}
