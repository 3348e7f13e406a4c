//! What egress costs per object, in and out over loopback, beside a bare loop of the same datagrams:
//! `cargo test -p lockgate-egress --release --test speed -- --ignored --nocapture`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests compute freely, and stop where something is wrong"
)]
#![allow(clippy::disallowed_types, reason = "the test plays the peer, which receives")]

mod common;

use common::{now, sealed, sender};
use lockgate_egress::{
    Egress, EgressCounters, Ended, Hatch, Outcome, Report, Sink, UdpLink, UdpSink, Wake, hatch,
};
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

const OBJECTS: u64 = 200_000;

fn link(peer: &UdpSocket) -> UdpLink {
    let from = "127.0.0.1:0".parse().expect("an address");
    let to = peer.local_addr().expect("an address");
    UdpLink { to, from, device: None, hops: 1, largest: 65_507, mtu: 1_500, dscp: [0; 6] }
}

/// Nanoseconds of processor that this thread has had: others may want the machine too.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")
        .expect("Linux with statistics of the scheduler");
    text.split(' ').next().and_then(|first| first.parse().ok()).expect("a number")
}

fn per_object(began: u64) -> u64 {
    (processor() - began) / OBJECTS
}

#[test]
#[ignore = "a measurement"]
fn the_cost_of_an_object() {
    // It is never emptied: the kernel drops what does not fit, and the sender does not notice.
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let objects: Vec<_> = (0..OBJECTS).map(sealed).collect();

    let bare = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    bare.connect(peer.local_addr().expect("an address")).expect("loopback");
    let began = processor();
    for object in &objects {
        bare.send(&object.bytes).expect("loopback");
    }
    println!("bare send                          {:7} ns", per_object(began));

    let mut sink = UdpSink::open(&link(&peer)).expect("loopback");
    let began = processor();
    for batch in objects.chunks(64) {
        let batch: Vec<_> = batch.iter().collect();
        assert_eq!(sink.send(&batch).sent, batch.len());
    }
    println!("sink, batches of 64                {:7} ns", per_object(began));

    let began = processor();
    assert!(objects.iter().all(|object| object.is_intact(&common::key())));
    println!("tag and hash of 1 KiB              {:7} ns", per_object(began));

    let began = processor();
    assert!(objects.iter().all(|object| common::key().fits(object)));
    println!("tag alone                          {:7} ns", per_object(began));

    // In by 32, as a journal commits, and out.
    let mut egress = sender(None);
    let mut out: Vec<Outcome> = Vec::with_capacity(256);
    let mut objects = objects.into_iter();
    let began = processor();
    while objects.len() > 0 {
        let time = now();
        for object in objects.by_ref().take(32) {
            egress.accept(object, time, &mut out);
        }
        while egress.round(time, &mut sink, &mut out) != Wake::Idle {}
        out.clear();
    }
    println!("sender and sink, 32 at a time      {:7} ns", per_object(began));

    let (mouth, ear, ends) = hatch(Hatch { objects: 4_096, bytes: 64 << 20, reports: 64 });
    let counters = Arc::new(EgressCounters::default());
    let thread = Egress::new(sender(None), Box::new(sink), ends, counters);
    let objects: Vec<_> = (0..OBJECTS).map(sealed).collect();
    let thread = std::thread::spawn(move || thread.run(now));
    let began = Instant::now();
    let feeder = std::thread::spawn(move || {
        for object in objects {
            let mut next = Some(object);
            while let Some(object) = next.take() {
                if let Err(full) = mouth.offer(object) {
                    next = Some(*full.0);
                    std::thread::yield_now();
                }
            }
        }
    });
    let (mut heard, mut waited) = (0, Vec::new());
    loop {
        match ear.hear_within(Duration::from_secs(30)) {
            Ok(Some(Report::Outcomes(list))) => {
                heard += list.len();
                waited.extend(list.iter().map(|it| it.waited.nanos()));
                ear.give_back(list);
            }
            Ok(_) => {}
            Err(Ended) => break,
        }
    }
    println!("thread, from mouth to ear, by clock {:6} ns", began.elapsed().as_nanos() / u128::from(OBJECTS));
    feeder.join().expect("it ends in peace");
    assert_eq!(thread.join().expect("it ends in peace"), Ok(()));
    assert_eq!(heard as u64, OBJECTS);
    waited.sort_unstable();
    println!("waited in the queue, p99           {:7} ns", waited[waited.len() * 99 / 100]);
}
