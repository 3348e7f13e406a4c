//! Low-to-high: what becomes of a frame is not seen at its source. A client goes through a script and writes down all
//! that it can see; whatever the lane does with the frames, it is the same.

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

use common::{Basket, Running, TestClock, config, start_pooled};
use lockgate_intake::{
    Admission, Arrival, Framing, Hatch, Intake, Listener, Offered, Patience, Pool, Tcp, Way,
};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

fn lane() -> Listener {
    let way = Way::Tcp(Tcp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: Some("lo".into()),
        framing: Framing::Delimiter(b"</event>".to_vec()),
        patience: Patience::default(),
        connections_max: 4,
        connections_per_peer_max: 4,
        admission: Admission::Interface("low".into()),
    });
    Listener { name: "up".into(), size_max: 4096, way }
}

/// What the lane does with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    /// The engine takes it and gives the buffer back.
    Accept,
    /// The engine takes it, and it goes nowhere: the same for intake, at another pace.
    Refuse,
    /// The buffer stays away for good: the pool runs dry.
    Hold,
    /// The hatch is full, always.
    Full,
}

struct Engine {
    lane: Lane,
    pool: Arc<Pool>,
    kept: Vec<Vec<u8>>,
}

impl Hatch for Engine {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        match (self.lane, arrival) {
            (Lane::Full, arrival) => return Offered::Full(arrival),
            (Lane::Accept | Lane::Refuse, Arrival::Frame(frame, _)) => self.pool.give_back(frame.bytes),
            (Lane::Hold, Arrival::Frame(frame, _)) => self.kept.push(frame.bytes),
            _ => {}
        }
        Offered::Taken
    }
}

/// All that a source can see, in order.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Written(usize),
    Byte(u8),
    Closed,
    Reset,
    Silence,
    WriteRefused(ErrorKind),
    Pause,
}

/// Looks whether anything comes back within the time.
fn look(client: &mut TcpStream, millis: u64, seen: &mut Vec<Seen>) {
    client.set_read_timeout(Some(Duration::from_millis(millis))).unwrap();
    let mut byte = [0_u8];
    seen.push(match client.read(&mut byte) {
        Ok(0) => Seen::Closed,
        Ok(_) => Seen::Byte(byte[0]),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Seen::Reset,
        Err(_) => Seen::Silence,
    });
}

fn say(client: &mut TcpStream, bytes: &[u8], seen: &mut Vec<Seen>) {
    client.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    seen.push(match client.write_all(bytes) {
        Ok(()) => Seen::Written(bytes.len()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Seen::Pause,
        Err(error) => Seen::WriteRefused(error.kind()),
    });
}

/// The script; the last is how long 16 MiB took.
fn script(lane: Lane) -> (Vec<Seen>, Duration) {
    let pool = Arc::new(Pool::new(64 << 10));
    let intake =
        Intake::open(config(&["low"], vec![lane_config()]), TestClock::new(), Arc::clone(&pool)).unwrap();
    let (to, handle) = (intake.address("up").unwrap(), intake.handle());
    let counters = intake.counters();
    let mut engine = Engine { lane, pool, kept: Vec::new() };
    let thread = std::thread::spawn(move || intake.run(&mut engine).unwrap());
    let mut seen = Vec::new();

    let mut client = TcpStream::connect(to).unwrap();
    client.set_nodelay(true).unwrap();
    for chunk in [&b"<event>one</event>"[..], b"\n<event>two</ev", b"ent><event>three</event>"] {
        say(&mut client, chunk, &mut seen);
        look(&mut client, 20, &mut seen);
    }
    // Much more than all buffers of the kernel and the pool together: it goes through only where intake reads on.
    let frame = [b"<event>".as_slice(), &[b'x'; 2000], b"</event>"].concat();
    let many = frame.repeat((16 << 20) / frame.len());
    let began = Instant::now();
    say(&mut client, &many, &mut seen);
    // The other side has read it all when it has counted it all: from here, acknowledgements are all sent.
    let expected = u64::try_from(many.len() / frame.len()).unwrap() + 3;
    let counted = || {
        let listener = &counters.listeners[0];
        listener.frames.value()
            + lockgate_intake::Why::ALL.iter().map(|why| listener.turned_away(*why)).sum::<u64>()
    };
    while counted() < expected {
        assert!(began.elapsed() < Duration::from_secs(20), "{lane:?}: {} of {expected}", counted());
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = began.elapsed();
    look(&mut client, 50, &mut seen);
    // A frame that is too large: closed, and only because of its size.
    say(&mut client, &[b'x'; 5000], &mut seen);
    look(&mut client, 2000, &mut seen);
    // One connection too many is closed, the others live on.
    let mut others: Vec<_> = (0..5).map(|_| TcpStream::connect(to).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(30));
    for other in &mut others {
        look(other, 20, &mut seen);
    }
    handle.stop();
    thread.join().unwrap();
    (seen, took)
}

fn lane_config() -> Listener {
    lane()
}

#[test]
fn accept_refuse_hold_and_full_look_the_same_to_the_source() {
    let all = [Lane::Accept, Lane::Refuse, Lane::Hold, Lane::Full];
    let (reference, _) = script(Lane::Accept);
    assert!(!reference.iter().any(|seen| matches!(seen, Seen::Byte(_))), "not one byte ever comes back");
    let mut took = Vec::new();
    for lane in all {
        // In turns, so that what else the machine does falls on all of them; the best of some counts.
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let (seen, time) = script(lane);
            assert_eq!(seen, reference, "{lane:?}");
            best = best.min(time);
        }
        took.push((lane, best));
    }
    let slowest = took.iter().map(|(_, time)| *time).max().unwrap();
    let fastest = took.iter().map(|(_, time)| *time).min().unwrap();
    // A test on a busy machine: this finds waiting and retrying, not nanoseconds.
    assert!(slowest < fastest * 4 + Duration::from_millis(50), "{took:?}");
}

#[test]
fn a_hatch_that_opens_and_closes_changes_no_reading() {
    let basket = Arc::new(Basket::default());
    let mut running: Running =
        start_pooled(config(&["low"], vec![lane()]), TestClock::new(), basket, 64 << 20);
    let mut client = TcpStream::connect(running.address("up")).unwrap();
    for number in 0..400_u32 {
        running.basket.full.store(number % 3 == 0, SeqCst);
        client.write_all(format!("<event>{number}</event>").as_bytes()).unwrap();
    }
    running.basket.full.store(false, SeqCst);
    let counters = Arc::clone(&running.counters);
    running.wait("all", |_| {
        counters.listeners[0].frames.value() + counters.listeners[0].turned_away(lockgate_intake::Why::Full)
            == 400
    });
    running.stop();
    let frames = u64::try_from(running.frames().len()).unwrap();
    assert_eq!(frames + running.told(lockgate_intake::Why::Full), 400);
}
