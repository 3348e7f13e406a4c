//! Datagrams over loopback: every one is a frame, turned away with a reason, or a counted drop of the kernel.

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

use common::{Basket, TestClock, config, start, start_pooled, start_with};
use lockgate_intake::{Intake, Listener, Pool, Rate, Udp, Way, Why};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

fn listener(interface: &str, address: &str, buffer: usize) -> Listener {
    let way = Way::Udp(Udp {
        address: address.parse().unwrap(),
        interface: interface.into(),
        source: "sensor-net".into(),
        receive_buffer_bytes: buffer,
    });
    Listener { name: "tracks".into(), size_max: 1200, way }
}

fn lo() -> Listener {
    listener("lo", "127.0.0.1:0", 1 << 22)
}

fn send(to: SocketAddr, from: &str, bytes: &[u8]) {
    UdpSocket::bind(from).unwrap().send_to(bytes, to).unwrap();
}

#[test]
fn a_datagram_is_a_frame_of_its_interface_whatever_address_it_claims() {
    let running = start(config(&["sensor-net"], vec![lo()]));
    let to = running.address("tracks");
    // Three senders, one of them in the name of the listener itself: none is believed, all are the interface.
    send(to, "127.0.0.1:0", b"one");
    send(to, "127.0.0.9:0", b"two");
    let forged = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    forged.set_reuse_address(true).unwrap();
    forged.bind(&"127.66.6.6:53".parse::<SocketAddr>().unwrap().into()).unwrap();
    forged.send_to(b"three", &to.into()).unwrap();
    running.wait_frames(3);
    for (source, _) in running.frames() {
        assert_eq!(source, "sensor-net");
    }
    assert_eq!(running.frames()[1].1, b"two");
    assert_eq!(running.counters.listeners[0].frames.value(), 3);
    assert_eq!(running.counters.listeners[0].frame_bytes.value(), 11);
}

#[test]
fn what_comes_through_another_interface_never_arrives() {
    let others = nix::net::if_::if_nameindex().unwrap();
    let Some(other) =
        others.iter().map(|one| one.name().to_str().unwrap().to_owned()).find(|name| name != "lo")
    else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this machine has no interface but lo");
        return;
    };
    let running = start(config(&["sensor-net"], vec![listener(&other, "0.0.0.0:0", 1 << 20)]));
    let mut to = running.address("tracks");
    to.set_ip("127.0.0.1".parse().unwrap());
    for _ in 0..10 {
        send(to, "127.0.0.1:0", b"from the wrong side");
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(running.basket.arrivals.lock().unwrap().is_empty());
}

#[test]
fn oversized_datagrams_count_with_their_true_size_and_empty_ones_too() {
    let running = start(config(&["sensor-net"], vec![lo()]));
    let to = running.address("tracks");
    for size in [1200, 1201, 65_507, 0] {
        send(to, "127.0.0.1:0", &vec![b'x'; size]);
    }
    send(to, "127.0.0.1:0", b"last");
    running.wait_frames(2);
    let turned: Vec<_> = running.turned().iter().map(|one| (one.why, one.size_bytes, one.count)).collect();
    assert_eq!(turned, [(Why::Oversize, 1201, 1), (Why::Oversize, 65_507, 1), (Why::Empty, 0, 1)]);
    assert!(running.turned()[0].sha256.is_none(), "the rest of it was never there");
    assert_eq!(running.turned()[2].sha256.unwrap().0, <[u8; 32]>::from(Sha256::digest(b"")));
}

#[test]
fn a_flood_is_turned_away_and_counted_in_few_arrivals() {
    let mut config = config(&["sensor-net"], vec![lo()]);
    config.sources[0].rate = Some(Rate { bits: 8_000, burst_bytes: 1_000, objects: None });
    let mut running = start(config);
    let to = running.address("tracks");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..5_000_u32 {
        socket.send_to(&[b'x'; 100], to).unwrap();
        if number % 100 == 0 {
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
    }
    running.stop();
    let frames = u64::try_from(running.frames().len()).unwrap();
    assert!((10..100).contains(&frames), "{frames}");
    assert_eq!(
        frames + running.told(Why::OverRate) + running.drops(),
        5_000,
        "nothing is lost, everything is counted"
    );
    assert_eq!(running.counters.listeners[0].turned_away(Why::OverRate), running.told(Why::OverRate));
    assert!(running.turned().len() < 200, "few arrivals tell of the many: {}", running.turned().len());
    assert!(running.turned().iter().any(|one| one.count > 1 && one.size_bytes == one.count * 100));
    assert!(running.turned()[0].sha256.is_some(), "the first ones are named");
}

#[test]
fn what_the_kernel_throws_away_is_counted_although_silence_follows() {
    let config = config(&["sensor-net"], vec![listener("lo", "127.0.0.1:0", 16 << 10)]);
    let (clock, basket, pool) = (TestClock::new(), Arc::new(Basket::default()), Arc::new(Pool::new(1 << 20)));
    let intake = Intake::open(config, Arc::<TestClock>::clone(&clock), Arc::clone(&pool)).unwrap();
    let to = intake.address("tracks").unwrap();
    // Nobody reads yet: the buffer of the kernel runs over.
    for _ in 0..1_000 {
        send(to, "127.0.0.1:0", &[b'x'; 1000]);
    }
    let mut running = common::run(intake, vec!["tracks".into()], clock, basket, pool);
    running.wait("drops", |arrivals| {
        arrivals.iter().any(|one| matches!(one, lockgate_intake::Arrival::Losses { .. }))
    });
    running.stop();
    let frames = u64::try_from(running.frames().len()).unwrap();
    assert!(running.drops() > 0 && frames > 0);
    assert_eq!(frames + running.drops(), 1_000);
    assert_eq!(running.counters.listeners[0].kernel_drops.value(), running.drops());
}

#[test]
fn a_full_hatch_loses_and_counts_and_a_full_pool_too() {
    for (hatch_full, pool_bytes) in [(true, 1 << 20), (false, 2048)] {
        let basket = Arc::new(Basket::default());
        basket.full.store(hatch_full, SeqCst);
        let config = config(&["sensor-net"], vec![lo()]);
        let mut running = start_pooled(config, TestClock::new(), basket, pool_bytes);
        for number in 0..300 {
            send(running.address("tracks"), "127.0.0.1:0", &[b'x'; 100]);
            if number % 50 == 0 {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        let counters = Arc::clone(&running.counters);
        running.wait("all read", |_| {
            counters.listeners[0].turned_away(Why::Full) + counters.listeners[0].frames.value() == 300
        });
        running.basket.full.store(false, SeqCst);
        running.stop();
        let frames = u64::try_from(running.frames().len()).unwrap();
        assert_eq!(frames, if hatch_full { 0 } else { 16 });
        assert_eq!(running.told(Why::Full), 300 - frames);
        assert_eq!(
            running.pool.lent_bytes(),
            usize::try_from(frames).unwrap() * 128,
            "lost ones gave their buffers back"
        );
    }
}

#[test]
fn in_a_lane_that_pushes_back_a_full_hatch_loses_nothing() {
    let basket = Arc::new(Basket::default());
    basket.full.store(true, SeqCst);
    let mut config = config(&["sensor-net"], vec![lo()]);
    config.push_back = true;
    let mut running = start_with(config, TestClock::new(), basket);
    for number in 0..500_u32 {
        send(running.address("tracks"), "127.0.0.1:0", &number.to_be_bytes());
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(running.counters.listeners[0].frames.value(), 0);
    running.basket.full.store(false, SeqCst);
    running.wait_frames(500);
    running.stop();
    let numbers: Vec<_> = running.frames().into_iter().map(|(_, bytes)| bytes).collect();
    assert!(numbers.is_sorted(), "in order");
    assert_eq!((numbers.len(), running.turned().len()), (500, 0));
}

#[test]
fn a_group_is_joined_on_its_interface() {
    let running = start(config(&["sensor-net"], vec![listener("lo", "239.66.3.1:0", 1 << 20)]));
    let to = running.address("tracks");
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.set_multicast_if_v4(&"127.0.0.1".parse().unwrap()).unwrap();
    socket.set_multicast_loop_v4(true).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    socket.send_to(b"to all", &to.into()).unwrap();
    running.wait_frames(1);
    // Another group on the same port is not ours.
    let other: SocketAddr = format!("239.66.3.2:{}", to.port()).parse().unwrap();
    socket.send_to(b"to others", &other.into()).unwrap();
    socket.send_to(b"to all again", &to.into()).unwrap();
    running.wait_frames(2);
    assert_eq!(running.frames()[1].1, b"to all again");
}

#[test]
fn what_cannot_be_opened_is_said_clearly() {
    let clock = TestClock::new();
    let open = |listener, pool| {
        Intake::open(
            config(&["sensor-net"], vec![listener]),
            Arc::<TestClock>::clone(&clock),
            Arc::new(Pool::new(pool)),
        )
    };
    let says = open(listener("nosuch0", "127.0.0.1:0", 4096), 1 << 20).unwrap_err().to_string();
    assert!(
        says.starts_with(
            "intake \"tracks\": cannot find the interface for UDP 127.0.0.1:0 on interface \"nosuch0\": "
        ),
        "{says}"
    );
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _held = UdpSocket::bind(taken).unwrap();
    let says = open(listener("lo", &taken.to_string(), 4096), 1 << 20).unwrap_err().to_string();
    assert!(says.contains("cannot bind for UDP"), "{says}");
    let says = open(lo(), 1024).unwrap_err().to_string();
    assert_eq!(
        says,
        "intake \"tracks\": an object of its largest size needs 2048 bytes, more than the whole pool has"
    );
}

#[test]
fn where_the_hatch_is_gone_intake_ends_by_itself() {
    let mut running = start(config(&["sensor-net"], vec![lo()]));
    running.basket.gone.store(true, SeqCst);
    send(running.address("tracks"), "127.0.0.1:0", b"x");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while UdpSocket::bind(running.address("tracks")).is_err() {
        assert!(std::time::Instant::now() < until);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running.stop();
}

#[test]
fn version_six_is_version_six_only() {
    let running = start(config(&["sensor-net"], vec![listener("lo", "[::1]:0", 1 << 20)]));
    send(running.address("tracks"), "[::1]:0", b"six");
    running.wait_frames(1);
    let running = start(config(&["sensor-net"], vec![listener("lo", "[::]:0", 1 << 20)]));
    let port = running.address("tracks").port();
    send(SocketAddr::new("127.0.0.1".parse().unwrap(), port), "127.0.0.1:0", b"four");
    send(SocketAddr::new("::1".parse().unwrap(), port), "[::1]:0", b"six");
    running.wait_frames(1);
    assert_eq!(running.frames(), [("sensor-net".into(), b"six".to_vec())]);
}
