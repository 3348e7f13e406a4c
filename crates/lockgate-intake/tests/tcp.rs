//! Streams over loopback: framing, patience, limits, pushing back.

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

use common::{Basket, Running, TestClock, config, start, start_with};
use lockgate_bytes::Duration;
use lockgate_intake::{
    Admission, Ber, ByteOrder, Config, Framing, Length, Listener, Patience, Rate, Tcp, Udp, Way, Why, Width,
};
use sha2::{Digest as _, Sha256};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration as Wait;

fn listener(change: impl FnOnce(&mut Tcp)) -> Listener {
    let mut tcp = Tcp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: Some("lo".into()),
        framing: Framing::Delimiter(b"</event>".to_vec()),
        patience: Patience::default(),
        connections_max: 32,
        connections_per_peer_max: 32,
        admission: Admission::Interface("tak-net".into()),
    };
    change(&mut tcp);
    Listener { name: "stream".into(), size_max: 4096, way: Way::Tcp(tcp) }
}

fn plain() -> Config {
    config(&["tak-net"], vec![listener(|_| ())])
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.address("stream")).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Wait::from_secs(30))).unwrap();
    stream
}

/// Waits until the other side has closed; it never sends a byte.
fn closed(stream: &mut TcpStream) {
    let mut byte = [0_u8; 1];
    match stream.read(&mut byte) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("not closed: {other:?}"),
    }
}

fn event(number: usize, size: usize) -> Vec<u8> {
    let mut bytes = format!("<event uid='{number}'>").into_bytes();
    bytes.resize(size.max(bytes.len()), b'x');
    bytes.extend_from_slice(b"</event>");
    bytes
}

#[test]
fn chunking_on_the_wire_changes_nothing() {
    let running = start(plain());
    let events: Vec<_> = (0..200).map(|number| event(number, number * 17 % 3000)).collect();
    let stream: Vec<u8> = events.iter().flat_map(|event| [event, &b"\r\n "[..]].concat()).collect();
    let mut client = connect(&running);
    let (mut rest, mut step) = (&stream[..], 1);
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(step.min(rest.len()));
        client.write_all(chunk).unwrap();
        rest = after;
        step = step * 7 % 4093 + 1;
    }
    running.wait_frames(200);
    let frames: Vec<_> = running.frames().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(frames, events);
    assert!(running.frames().iter().all(|(source, _)| source == "tak-net"));
    drop(client);
    running.wait("separators", |_| running.counters.listeners[0].separator_bytes.value() == 600);
    assert!(running.turned().is_empty());
}

#[test]
fn lengths_in_front() {
    let framing = Framing::Length(Length {
        offset: 1,
        width: Width::Two,
        order: ByteOrder::Big,
        includes_header: true,
    });
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.framing = framing)]));
    let mut client = connect(&running);
    client.write_all(b"\x30\0\x05ab\x30\0\x04c").unwrap();
    running.wait_frames(2);
    assert_eq!(running.frames()[1].1, b"\x30\0\x04c");
    client.write_all(b"\x30\0\x01").unwrap();
    closed(&mut client);
    running.wait_why(Why::BadLength);
}

/// Packets with a key of 16 bytes and a length of BER, in pieces; one whose length cannot be closes the stream.
#[test]
fn lengths_of_ber_behind_a_key() {
    let framing = Framing::Ber(Ber { offset: 16 });
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.framing = framing)]));
    let mut client = connect(&running);
    let packet = |length: &[u8], value: &[u8]| [&[6; 16][..], length, value].concat();
    let packets = [packet(&[5], b"abcde"), packet(&[0x82, 1, 0], &[7; 256]), packet(&[0x81, 2], b"fg")];
    let stream = packets.concat();
    for chunk in stream.chunks(17) {
        client.write_all(chunk).unwrap();
    }
    running.wait_frames(3);
    assert_eq!(running.frames().into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(), packets);
    client.write_all(&packet(&[0x80], b"")).unwrap();
    closed(&mut client);
    running.wait_why(Why::BadLength);
}

/// Objects of one size: what is left of the last one at the end of the stream is told.
#[test]
fn objects_of_one_size() {
    let framing = Framing::Fixed(64);
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.framing = framing)]));
    let mut client = connect(&running);
    let stream: Vec<u8> = (0..200_u8).collect();
    for chunk in stream.chunks(50) {
        client.write_all(chunk).unwrap();
    }
    running.wait_frames(3);
    let frames: Vec<_> = running.frames().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(frames, stream.chunks_exact(64).map(<[u8]>::to_vec).collect::<Vec<_>>());
    drop(client);
    running.wait_why(Why::Unfinished);
    assert_eq!(running.turned().remove(0).size_bytes, 8);
}

#[test]
fn what_is_unfinished_at_the_end_is_turned_away_with_its_hash() {
    let running = start(plain());
    let mut client = connect(&running);
    client.write_all(b"<event></event>\n<event uid='half").unwrap();
    running.wait_frames(1);
    drop(client);
    running.wait_why(Why::Unfinished);
    let away = running.turned().remove(0);
    assert_eq!((away.size_bytes, away.count, away.source.as_deref()), (16, 1, Some("tak-net")));
    assert_eq!(away.sha256.unwrap().0, <[u8; 32]>::from(Sha256::digest(b"<event uid='half")));
}

#[test]
fn a_frame_above_the_limit_closes_its_connection_and_no_other() {
    let running = start(plain());
    let (mut large, mut good) = (connect(&running), connect(&running));
    large.write_all(&event(1, 4096)).unwrap();
    closed(&mut large);
    running.wait_why(Why::Oversize);
    good.write_all(&event(2, 4096 - 8)).unwrap();
    running.wait_frames(1);
    assert_eq!(running.frames()[0].1.len(), 4096);
}

#[test]
fn slow_loris_is_out_and_its_bytes_are_counted() {
    let running = start(plain());
    let mut client = connect(&running);
    for byte in b"<event" {
        client.write_all(&[*byte]).unwrap();
        std::thread::sleep(Wait::from_millis(20));
        running.clock.advance(1);
    }
    closed(&mut client);
    running.wait_why(Why::Stalled);
    assert!(running.turned()[0].size_bytes >= 5);
    // One that keeps the rate but never ends is out after its time.
    let patience = Patience { rate_bytes: 0, ..Patience::default() };
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.patience = patience)]));
    let mut client = connect(&running);
    client.write_all(b"<event").unwrap();
    running.wait("connected", |_| running.counters.listeners[0].connections_open.value() == 1);
    std::thread::sleep(Wait::from_millis(150));
    running.clock.advance(29);
    std::thread::sleep(Wait::from_millis(250));
    assert!(running.turned().is_empty());
    running.clock.advance(2);
    closed(&mut client);
    running.wait_why(Why::Stalled);
}

#[test]
fn silence_ends_a_connection_and_separators_are_silence() {
    let running = start(plain());
    let (mut silent, mut white) = (connect(&running), connect(&running));
    running.wait("both", |_| running.counters.listeners[0].connections_open.value() == 2);
    std::thread::sleep(Wait::from_millis(150));
    running.clock.advance(200);
    white.write_all(b"  \n\n").unwrap();
    std::thread::sleep(Wait::from_millis(150));
    running.clock.advance(101);
    closed(&mut silent);
    closed(&mut white);
    running.wait("counted", |_| running.counters.listeners[0].idle_closes.value() == 2);
    assert!(running.turned().is_empty(), "no byte of a frame came, so nothing was turned away");
    assert_eq!(running.counters.listeners[0].connections_open.value(), 0);
}

#[test]
fn a_flood_of_connections_leaves_room_for_nobody_more_and_hurts_nobody_inside() {
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.connections_max = 4)]));
    let mut inside: Vec<_> = (0..4).map(|_| connect(&running)).collect();
    running.wait("four", |_| running.counters.listeners[0].connections_open.value() == 4);
    // Half-open and idle ones: they send nothing, and are closed at once.
    let mut outside: Vec<_> = (0..100).map(|_| connect(&running)).collect();
    outside.iter_mut().for_each(closed);
    inside[0].write_all(&event(1, 100)).unwrap();
    running.wait_frames(1);
    let counters = &running.counters.listeners[0];
    running.wait("counted", |_| counters.turned_away(Why::Crowded) == 100);
    assert_eq!(counters.connections.value(), 104);
    drop(inside);
    running.wait("left", |_| counters.connections_open.value() == 0);
    // The second of the last of them is over: it may have had all of its connections.
    running.clock.advance(1);
    let mut late = connect(&running);
    late.write_all(&event(2, 100)).unwrap();
    running.wait_frames(2);
}

#[test]
fn one_peer_cannot_take_all_connections() {
    let running = start(config(&["tak-net"], vec![listener(|tcp| tcp.connections_per_peer_max = 2)]));
    let _inside: Vec<_> = (0..2).map(|_| connect(&running)).collect();
    running.wait("two", |_| running.counters.listeners[0].connections_open.value() == 2);
    closed(&mut connect(&running));
    let from = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    from.bind(&"127.0.0.7:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    from.connect(&running.address("stream").into()).unwrap();
    from.send(&event(1, 50)).unwrap();
    running.wait_frames(1);
}

#[test]
fn unfinished_frames_of_many_clients_are_bounded_together() {
    let mut config = plain();
    config.unfinished_max_bytes = 16 * 1024;
    let running = start(config);
    let mut clients: Vec<_> = (0..20).map(|_| connect(&running)).collect();
    for client in &mut clients {
        // Some are closed while they write.
        drop(client.write_all(&[b'x'; 3000]));
    }
    running.wait_why(Why::NoRoom);
    let counters = &running.counters.listeners[0];
    running.wait("the rest", |_| {
        counters.connections_open.value() == 4 && counters.turned_away(Why::NoRoom) == 16
    });
    clients.clear();
    running.wait("left", |_| counters.connections_open.value() == 0);
    let mut late = connect(&running);
    late.write_all(&event(2, 3000)).unwrap();
    running.wait_frames(1);
}

#[test]
fn over_rate_frames_are_turned_away_and_the_stream_goes_on() {
    let mut config = plain();
    config.sources[0].rate = Some(Rate { bits: 8, burst_bytes: 1_000, objects: None });
    let running = start(config);
    let mut client = connect(&running);
    for number in 0..50 {
        client.write_all(&event(number, 192)).unwrap();
    }
    running.wait("all", |_| running.counters.listeners[0].turned_away(Why::OverRate) == 45);
    assert_eq!(running.frames().len(), 5);
    assert_eq!(running.counters.listeners[0].connections_open.value(), 1);
}

/// Writes until the other side takes no more for half a second, or all is written.
fn write_all_it_takes(client: &mut TcpStream, bytes: &[u8]) -> usize {
    client.set_write_timeout(Some(Wait::from_millis(500))).unwrap();
    let mut written = 0;
    while written < bytes.len() {
        match client.write(&bytes[written..]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    written
}

#[test]
fn a_lane_that_pushes_back_stops_reading_and_loses_nothing() {
    let basket = Arc::new(Basket::default());
    basket.full.store(true, SeqCst);
    let mut config = plain();
    config.push_back = true;
    let mut running = start_with(config, TestClock::new(), basket);
    let mut client = connect(&running);
    let stream: Vec<u8> = (0..8_000).flat_map(|number| event(number, 2_000)).collect();
    let written = write_all_it_takes(&mut client, &stream);
    assert!(written < stream.len(), "the writer has to wait");
    // Time passes; a client that we do not read is not slow.
    running.clock.advance(3_600);
    std::thread::sleep(Wait::from_millis(250));
    running.basket.full.store(false, SeqCst);
    client.set_write_timeout(None).unwrap();
    client.write_all(&stream[written..]).unwrap();
    running.wait_frames(8_000);
    running.stop();
    assert_eq!(running.frames().into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>(), stream);
    assert!(running.turned().is_empty());
}

#[test]
fn a_pool_that_is_used_up_pushes_back_too() {
    let mut config = plain();
    config.push_back = true;
    let mut running = common::start_pooled(config, TestClock::new(), Arc::default(), 64 << 10);
    let mut client = connect(&running);
    let stream: Vec<u8> = (0..4_000).flat_map(|number| event(number, 2_000)).collect();
    let written = write_all_it_takes(&mut client, &stream);
    assert!(written < stream.len());
    assert!(running.pool.lent_bytes() <= (64 << 10) + (128 << 10), "the limit and what was read already");
    // The engine gives buffers back.
    let (basket, pool) = (Arc::clone(&running.basket), Arc::clone(&running.pool));
    let engine = std::thread::spawn(move || {
        let mut count = 0;
        while count < 4_000 {
            for arrival in basket.arrivals.lock().unwrap().drain(..) {
                if let lockgate_intake::Arrival::Frame(frame, _) = arrival {
                    pool.give_back(frame.bytes);
                    count += 1;
                }
            }
            std::thread::sleep(Wait::from_millis(1));
        }
    });
    client.set_write_timeout(None).unwrap();
    client.write_all(&stream[written..]).unwrap();
    engine.join().unwrap();
    running.stop();
    assert_eq!(running.pool.lent_bytes(), 0);
}

/// Many clients are ready at once, and the hatch has room for one frame: a round keeps what one of them has sent, and not
/// what all have. Whoever was not read has the next turn.
#[test]
fn a_round_of_reading_keeps_no_more_than_one_chunk_in_memory() {
    let (limit, clients) = (1 << 20, 16);
    let mut config =
        config(&["tak-net"], vec![listener(|tcp| tcp.framing = Framing::Delimiter(b";".to_vec()))]);
    config.push_back = true;
    let basket = Arc::new(Basket::default());
    basket.full.store(true, SeqCst);
    let mut running = common::start_pooled(config, TestClock::new(), Arc::clone(&basket), limit);
    let mut streams: Vec<_> = (0..clients).map(|_| connect(&running)).collect();
    streams[0].write_all(b"abc;").unwrap();
    running.wait("stuck", |_| running.pool.lent_bytes() > 0);
    let chunk = 64 << 10;
    for (number, stream) in streams.iter_mut().enumerate() {
        let name = char::from(b'a' + u8::try_from(number).unwrap());
        stream.write_all(format!("{name}00;").repeat(chunk / 4).as_bytes()).unwrap();
    }
    std::thread::sleep(Wait::from_millis(100));
    basket.few.store(1, SeqCst);
    running.wait("one", |arrivals| arrivals.len() == 1);
    std::thread::sleep(Wait::from_millis(200));
    // Each of the frames of one chunk takes the smallest buffer.
    let most = limit + chunk / 4 * 64;
    assert!(running.pool.lent_bytes() <= most, "{} bytes", running.pool.lent_bytes());
    basket.full.store(false, SeqCst);
    let (mut count, until) = (0, std::time::Instant::now() + Wait::from_secs(30));
    while count < 1 + clients * chunk / 4 {
        assert!(std::time::Instant::now() < until, "{count}");
        for arrival in basket.arrivals.lock().unwrap().drain(..) {
            if let lockgate_intake::Arrival::Frame(frame, _) = arrival {
                running.pool.give_back(frame.bytes);
                count += 1;
            }
        }
        std::thread::sleep(Wait::from_millis(1));
    }
    running.stop();
}

#[test]
fn stopping_reads_what_has_arrived_and_has_the_last_word() {
    let mut running = start(plain());
    let mut client = connect(&running);
    client.write_all(&[event(1, 100), b"<event>".to_vec()].concat()).unwrap();
    running.wait_frames(1);
    client.write_all(b"x").unwrap();
    client.write_all(&[&b"</event>"[..], b"<eve"].concat()).unwrap();
    std::thread::sleep(Wait::from_millis(20));
    running.stop();
    assert_eq!(running.frames().len(), 2);
    assert_eq!(running.told(Why::Unfinished), 1);
    closed(&mut client);
    assert!(TcpStream::connect(running.address("stream")).is_err(), "the port is closed");
}

#[test]
fn times_of_zero_are_refused() {
    let bad = Patience { frame: Duration::ZERO, ..Patience::default() };
    let config = config(&["tak-net"], vec![listener(|tcp| tcp.patience = bad)]);
    assert!(config.check().is_err());
}

/// Nobody connects so often that the other listeners of the lane wait.
#[test]
fn connections_a_second_are_bounded_and_datagrams_arrive_meanwhile() {
    let way = Way::Udp(Udp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: "lo".into(),
        source: "tak-net".into(),
        receive_buffer_bytes: 1 << 22,
    });
    let datagrams = Listener { name: "tracks".into(), size_max: 1200, way };
    let stream = listener(|tcp| (tcp.connections_max, tcp.connections_per_peer_max) = (32, 16));
    let running = start(config(&["tak-net"], vec![stream, datagrams]));
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let begun = std::time::Instant::now();
    for number in 0..1_000 {
        drop(connect(&running));
        if number % 5 == 0 {
            sender.send_to(b"a track", running.address("tracks")).unwrap();
        }
    }
    running.wait_frames(200);
    let counters = &running.counters.listeners[0];
    running.wait("every connection", |_| counters.connections.value() == 1_000);
    let seconds = begun.elapsed().as_secs() + 2;
    let admitted = 1_000 - counters.turned_away(Why::Crowded);
    assert!((1..=20 * seconds).contains(&admitted), "{admitted} in {seconds} s");
    running.clock.advance(1);
    let mut client = connect(&running);
    client.write_all(&event(1, 100)).unwrap();
    running.wait_frames(201);
}
