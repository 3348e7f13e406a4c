//! What intake costs. Ignored by default: it measures, and needs a release build and an idle machine.
//!
//! `cargo test --release -p lockgate-intake --test speed -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that stops has failed; a skipped one must be loud"
)]

mod common;

use common::{TestClock, config};
use lockgate_intake::{Arrival, Hatch, Intake, Listener, Offered, Pool, Udp, Way};
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An engine that is never slow: buffers go back at once.
struct Sink(Arc<Pool>, u64);

impl Hatch for Sink {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if let Arrival::Frame(frame, _) = arrival {
            self.1 += 1;
            self.0.give_back(frame.bytes);
        }
        Offered::Taken
    }
}

/// Nanoseconds that this thread was on a core.
fn busy() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_ascii_whitespace().next().unwrap().parse().unwrap()
}

/// Sends `rate` datagrams of 1 KiB a second for `seconds`: frames, drops, seconds of CPU of intake's thread.
fn measure(rate: u64, seconds: u64) -> (u64, u64, f64) {
    let way = Way::Udp(Udp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: "lo".into(),
        source: "a".into(),
        receive_buffer_bytes: 8 << 20,
    });
    let listener = Listener { name: "tracks".into(), size_max: 2048, way };
    let pool = Arc::new(Pool::new(64 << 20));
    let intake = Intake::open(config(&["a"], vec![listener]), TestClock::new(), Arc::clone(&pool)).unwrap();
    let (to, handle, counters) = (intake.address("tracks").unwrap(), intake.handle(), intake.counters());
    let reader = std::thread::spawn(move || {
        let mut sink = Sink(pool, 0);
        let before = busy();
        intake.run(&mut sink).unwrap();
        (sink.1, busy() - before)
    });
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(to).unwrap();
    let (began, mut sent) = (Instant::now(), 0);
    while sent < rate * seconds {
        let due = u64::try_from(began.elapsed().as_micros()).unwrap() * rate / 1_000_000;
        for _ in sent..due.min(rate * seconds) {
            socket.send(&[b'x'; 1024]).unwrap();
        }
        sent = sent.max(due.min(rate * seconds));
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = began.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_millis(50));
    handle.stop();
    let (frames, nanos) = reader.join().unwrap();
    let drops = counters.listeners[0].kernel_drops.value();
    assert_eq!(frames + drops, rate * seconds);
    println!(
        "{rate} a second for {took:.2} s: {frames} frames, {drops} dropped, {:.3} s on a core = {:.1} % of one, {:.2} us each",
        nanos as f64 / 1e9,
        nanos as f64 / 1e7 / took,
        nanos as f64 / 1e3 / frames as f64
    );
    (frames, drops, nanos as f64 / 1e9 / took)
}

#[test]
#[ignore = "measures; see the head of the file"]
fn a_hundred_thousand_datagrams_a_second_cost_well_under_half_a_core() {
    for rate in [1_000, 10_000, 50_000] {
        measure(rate, 2);
    }
    let (_, drops, cores) = measure(100_000, 4);
    assert!(cores < 0.5, "{cores} cores");
    assert!(drops < 4_000, "{drops} dropped");
}
