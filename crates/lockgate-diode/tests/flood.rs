//! Datagrams that nobody should send (`LOCKGATE_DIODE_FLOOD` says how many, 150,000 where it is not set): no panic, no growth, all counted, and what is real still comes out.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests compute freely and print figures"
)]

mod figures;

use figures::figure;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{
    Body, Chance, Event, Limits, LinkKey, ManifestSecret, Object, Plane, Receiver, Sender, Start, Step,
    Supply, Terms, open,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::sync::Mutex;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

struct Shelf(Vec<Object>);

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.last().map(|_| Precedence::Routine)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        let last = self
            .0
            .last()
            .filter(|last| class == Precedence::Routine && (last.length > 9_000) == (plane == Plane::Large));
        last.is_some().then(|| self.0.pop()).flatten()
    }
}

const LINK: u16 = 4;

fn real() -> Vec<Vec<u8>> {
    let (key, secret) = (LinkKey::new(&[1; 32]), ManifestSecret::new(&[2; 32]));
    let mut sender =
        Sender::new(Terms::new(LINK), key, secret, Start { epoch: 1 << 32, closing: None }).unwrap();
    let objects = (0..200).map(|token: u64| {
        let length = if token.is_multiple_of(20) { 30_000 } else { 900 };
        Object::new(vec![token as u8; length], Time::MAX, token)
    });
    let mut shelf = Shelf(objects.collect());
    let mut datagrams = Vec::new();
    let mut now = Time::from_unix_nanos(1_000_000_000);
    for _ in 0..4_000 {
        let mut out = Vec::new();
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(_) => datagrams.push(out),
            Step::At(at) => now = at,
        }
        if now > Time::from_unix_nanos(60_000_000_000) {
            break;
        }
    }
    datagrams
}

fn receiver() -> Receiver {
    let limits = Limits { memory: 1 << 20, ranges: 256, ..Limits::default() };
    Receiver::new(LINK, LinkKey::new(&[1; 32]), ManifestSecret::new(&[2; 32]).public(), limits)
}

/// One datagram that nobody should send.
fn bad(chance: &mut Chance, real: &[Vec<u8>], key: &LinkKey, sequence: u64, out: &mut Vec<u8>) {
    out.clear();
    let pick = &real[chance.below(real.len() as u64) as usize];
    match chance.below(6) {
        0 => {
            out.extend((0..chance.below(1_500)).map(|at| (at as u8).wrapping_mul(31) ^ chance.below(7) as u8))
        }
        1 => {
            out.extend(pick);
            let bit = chance.below(out.len() as u64 * 8) as usize;
            out[bit / 8] ^= 1 << (bit % 8);
        }
        2 => out.extend(&pick[..chance.below(pick.len() as u64) as usize]),
        3 => {
            // A tag of another key.
            out.extend(&pick[..pick.len() - 16]);
            let tag = LinkKey::new(&[3; 32]).tag(out);
            out.extend(tag);
        }
        _ => {
            // Whoever has the key may still write nonsense: fields changed, and a tag that fits.
            out.extend(&pick[..pick.len() - 16]);
            for _ in 0..=chance.below(3) {
                let at = if chance.happens(500_000) {
                    1 + chance.below(107.min(out.len() as u64 - 1))
                } else {
                    chance.below(out.len() as u64)
                };
                out[at as usize] = chance.draw() as u8;
            }
            // Epoch and sequence are in order, or it would end there.
            out[4..12].copy_from_slice(&pick[4..12]);
            out[12..20].copy_from_slice(&sequence.to_be_bytes());
            if chance.happens(200_000) {
                out.truncate(20 + chance.below(out.len() as u64 - 20) as usize);
            }
            let tag = key.tag(out);
            out.extend(tag);
        }
    }
}

fn count() -> u64 {
    std::env::var("LOCKGATE_DIODE_FLOOD").ok().and_then(|text| text.parse().ok()).unwrap_or(150_000)
}

/// Both tests count what the other allocates.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn bad_datagrams_change_nothing_however_many() {
    let _alone = ALONE.lock();
    let (real, key) = (real(), LinkKey::new(&[1; 32]));
    let mut receiver = receiver();
    let (mut chance, mut out, mut events) = (Chance::new(1), Vec::with_capacity(9_000), Vec::new());
    let mut now = Time::from_unix_nanos(0);
    receiver.receive(&real[0], now, &mut events);
    let (mut grown, mut region) = (0_i64, None);
    for step in 0..count() {
        // After a tenth, all windows and tables are as full as they get.
        if step == count() / 10 {
            region = Some(Region::new(ALLOCATOR));
        }
        bad(&mut chance, &real, &key, step, &mut out);
        now = Time::from_unix_nanos(now.unix_nanos() + 10_000);
        receiver.receive(&out, now, &mut events);
        if step % 64 == 0 {
            receiver.tick(now, &mut events);
        }
        events.clear();
        assert!(receiver.memory() <= 1 << 20);
    }
    if let Some(region) = region {
        let change = region.change();
        grown = change.bytes_allocated as i64 - change.bytes_deallocated as i64;
    }
    let it = receiver.counters();
    println!("{} bad datagrams: {it:?}; memory grew by {grown} B after the first tenth", count());
    let sum = it.taken + it.size + it.version + it.link + it.tag + it.body + it.epoch + it.again + it.stale;
    figure("diode.flood.offered", count() as f64, "datagrams");
    figure("diode.flood.uncounted", (count() + 1).abs_diff(sum) as f64, "datagrams");
    figure("diode.flood.grown", grown as f64 / 1024.0, "KiB");
    assert_eq!(it.datagrams, count() + 1);
    assert_eq!(sum, it.datagrams, "each is counted once");
    assert!(
        it.tag > count() / 3
            && it.body > 0
            && it.taken > count() / 10
            && it.contradicting > 0
            && it.no_room > 0
    );
    assert!(grown < 1 << 18, "{grown}");
}

/// Tags of datagrams that come together are found side by side: what is told and counted is as if they had come one by one.
#[test]
fn datagrams_that_come_together_are_taken_as_one_by_one() {
    let _alone = ALONE.lock();
    let (real, key) = (real(), LinkKey::new(&[1; 32]));
    let (mut chance, mut forged, now) = (Chance::new(3), Vec::new(), Time::from_unix_nanos(0));
    let mut came: Vec<Vec<u8>> = Vec::new();
    for (sequence, datagram) in (0..).zip(&real) {
        // Most groups are of one length, as those of a large object are; of them some are forged in a bit.
        let mut damaged = datagram.clone();
        let bit = chance.below(damaged.len() as u64 * 8) as usize;
        damaged[bit / 8] ^= 1 << (bit % 8);
        let is_forged = chance.happens(50_000);
        came.extend(is_forged.then_some(damaged));
        came.push(datagram.clone());
        if chance.happens(20_000) {
            bad(&mut chance, &real, &key, sequence, &mut forged);
            came.push(forged.clone());
        }
    }
    let (mut one, mut together) = ((receiver(), Vec::new()), (receiver(), Vec::new()));
    came.iter().for_each(|datagram| one.0.receive(datagram, now, &mut one.1));
    let mut rest = came.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(rest.len().min(1 + chance.below(64) as usize));
        let some: Vec<&[u8]> = some.iter().map(Vec::as_slice).collect();
        together.0.receive_all(&some, now, &mut together.1);
        rest = others;
    }
    assert_eq!(one.0.counters(), together.0.counters());
    assert!(one.0.counters().tag > 10 && one.0.counters().taken >= real.len() as u64);
    assert_eq!(one.1, together.1);
}

/// Repairs are kept until their block is whole: what they take is what is counted for them.
#[test]
fn repairs_that_wait_take_no_more_memory_than_is_counted() {
    let _alone = ALONE.lock();
    let terms = Terms { block_repair: 100, ..Terms::new(LINK) };
    let (key, secret) = (LinkKey::new(&[1; 32]), ManifestSecret::new(&[2; 32]));
    let mut sender = Sender::new(terms, key, secret, Start { epoch: 1 << 32, closing: None }).unwrap();
    let mut shelf = Shelf(vec![Object::new(vec![3; 800_000], Time::MAX, 0)]);
    let (mut receiver, mut events, mut repairs) = (receiver(), Vec::new(), Vec::new());
    let mut now = Time::from_unix_nanos(1_000_000_000);
    let key = LinkKey::new(&[1; 32]);
    while repairs.len() < 300 {
        let mut out = Vec::new();
        match sender.poll(now, &mut shelf, &mut out) {
            Step::Datagram(_) => {
                let body = open(&out, LINK, &key).unwrap().body().unwrap();
                if matches!(body, Body::Block(block) if u32::from(block.index) >= block.length.div_ceil(block.symbol.len() as u32))
                {
                    repairs.push(out);
                }
            }
            Step::At(at) => now = at,
        }
    }
    receiver.receive(&repairs[0], now, &mut events);
    let (region, before) = (Region::new(ALLOCATOR), receiver.memory());
    for repair in &repairs[1..] {
        receiver.receive(repair, now, &mut events);
    }
    let change = region.change();
    let taken = change.bytes_allocated - change.bytes_deallocated;
    let counted = receiver.memory() - before;
    assert!(counted > 200_000 && taken <= counted, "{taken} B are taken, {counted} B are counted");
}

/// Without the key, nothing that is real is touched: forged datagrams in between, of the same objects.
#[test]
fn forged_datagrams_poison_no_object() {
    let _alone = ALONE.lock();
    let (real, key) = (real(), LinkKey::new(&[9; 32]));
    let mut receiver = receiver();
    let (mut chance, mut out, mut events) = (Chance::new(1), Vec::new(), Vec::new());
    let now = Time::from_unix_nanos(0);
    for datagram in &real {
        for _ in 0..20 {
            bad(&mut chance, &real, &key, 0, &mut out);
            receiver.receive(&out, now, &mut events);
        }
        receiver.receive(datagram, now, &mut events);
    }
    let delivered = events
        .iter()
        .filter(|it| matches!(it, Event::Delivered(it) if it.bytes.iter().all(|byte| *byte == it.bytes[0])));
    assert_eq!(delivered.count(), 200);
    assert!(!events.iter().any(|it| matches!(it, Event::Lost(_) | Event::Alarm(_))));
}
