//! Real sockets over loopback: what the peer gets, and that nothing it does matters.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test plays the peer, which receives"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{ms, number, sealed, sealed_as, sender};
use lockgate_bytes::Precedence;
use lockgate_egress::{
    Egress, EgressCounters, Hatch, Outcome, Pace, Report, Sender, Sink, UdpLink, UdpSink, Wake, What, hatch,
};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

fn link(to: SocketAddr) -> UdpLink {
    let from = if to.is_ipv6() { "[::1]:0" } else { "127.0.0.1:0" };
    let from = from.parse().expect("an address");
    UdpLink { to, from, device: None, hops: 1, largest: 65_507, mtu: 65_535, dscp: [8, 0, 18, 26, 46, 48] }
}

fn peer(on: &str) -> (UdpSocket, SocketAddr) {
    let peer = UdpSocket::bind(on).expect("a free port");
    let at = peer.local_addr().expect("an address");
    (peer, at)
}

/// So many datagrams, however long a busy machine takes, and whatever comes behind them.
fn heard(peer: &UdpSocket, count: usize) -> Vec<(Vec<u8>, SocketAddr)> {
    let mut buffer = vec![0; 70_000];
    let mut all = Vec::new();
    while let Ok((size, from)) = hear(peer, all.len() < count, &mut buffer) {
        all.push((buffer[..size].to_vec(), from));
    }
    all
}

/// The next datagram: waited for with patience where it must come, and with little where it must not.
fn hear(peer: &UdpSocket, must_come: bool, buffer: &mut [u8]) -> std::io::Result<(usize, SocketAddr)> {
    let patience = if must_come { Duration::from_secs(20) } else { Duration::from_millis(300) };
    peer.set_read_timeout(Some(patience)).expect("a timeout");
    peer.recv_from(buffer)
}

/// Sends all that waits; the clock stands still but for the waits of the sender.
fn send_all(sender: &mut Sender, sink: &mut dyn Sink) -> Vec<Outcome> {
    let mut out = Vec::new();
    let mut now = ms(0);
    for _ in 0..10_000 {
        match sender.round(now, sink, &mut out) {
            Wake::Idle => return out,
            Wake::Now => {}
            Wake::At(time) => {
                std::thread::sleep(Duration::from_micros(200));
                now = now.max(time);
            }
        }
    }
    panic!("it does not end");
}

#[test]
fn the_peer_gets_exactly_the_bytes_in_order_of_urgency() {
    for on in ["127.0.0.1:0", "[::1]:0"] {
        let (peer, at) = peer(on);
        let mut sink = UdpSink::open(&link(at)).expect("loopback");
        let mut sender = sender(None);
        let mut out = Vec::new();
        let objects: Vec<_> = (0..60)
            .map(|entry| {
                sealed_as(entry, |it| {
                    it.precedence = Precedence::ALL[entry as usize % 6];
                    it.bytes.resize(8 + entry as usize * 20, entry as u8);
                })
            })
            .collect();
        let mut expected: Vec<(Precedence, Vec<u8>)> =
            objects.iter().map(|it| (it.precedence, it.bytes.clone())).collect();
        expected.sort_by_key(|(precedence, _)| std::cmp::Reverse(*precedence));
        for object in objects {
            sender.accept(object, ms(0), &mut out);
        }
        out.extend(send_all(&mut sender, &mut sink));
        assert!(out.len() == 60 && out.iter().all(|it| matches!(it.what, What::Sent)), "{out:?}");
        let expected: Vec<Vec<u8>> = expected.into_iter().map(|(_, bytes)| bytes).collect();
        let heard: Vec<Vec<u8>> = heard(&peer, 60).into_iter().map(|(bytes, _)| bytes).collect();
        assert_eq!(heard, expected, "on {on}");
    }
}

#[test]
fn the_largest_datagram_leaves_whole() {
    let (peer, at) = peer("127.0.0.1:0");
    let mut sink = UdpSink::open(&link(at)).expect("loopback");
    let mut sender = sender(None);
    let mut out = Vec::new();
    sender.accept(sealed_as(1, |it| it.bytes = vec![9; 65_507]), ms(0), &mut out);
    sender.accept(sealed_as(2, |it| it.bytes = vec![9; 65_508]), ms(0), &mut out);
    out.extend(send_all(&mut sender, &mut sink));
    let heard = heard(&peer, 1);
    assert!(heard.len() == 1 && heard[0].0 == vec![9; 65_507]);
    assert!(out.iter().any(|it| matches!(&it.what, What::Spilled(code, _) if code.id() == "LG-E004")));
}

/// Everything that the kernel carries for UDP from this address, with headers, where the machine allows to look. Whatever
/// else this machine sends would fill the socket's buffer, so the kernel keeps it away.
fn capture(from: Ipv4Addr) -> Option<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP));
    match socket {
        Ok(socket) => {
            let step = |code, k, jf| SockFilter::new(code, 0, jf, k);
            // The word of the packet's source address; where it is another one, nothing is kept.
            let filter = [
                step(0x20, 12, 0),
                step(0x15, u32::from(from), 1),
                step(0x06, u32::MAX, 0),
                step(0x06, 0, 0),
            ];
            socket.attach_filter(&filter).expect("a filter");
            Some(socket)
        }
        Err(fault) => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: no capture, raw sockets are not permitted here ({fault})"
            );
            None
        }
    }
}

struct Packet {
    tos: u8,
    from: u16,
    to: u16,
    payload: Vec<u8>,
}

/// So many packets, however long the kernel takes, and whatever comes behind them.
fn captured(socket: &Socket, count: usize) -> Vec<Packet> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 70_000];
    loop {
        let patience = Duration::from_millis(if all.len() < count { 20_000 } else { 300 });
        socket.set_read_timeout(Some(patience)).expect("a timeout");
        let Ok(size) = std::io::Read::read(&mut &*socket, &mut buffer) else { return all };
        let packet = &buffer[..size];
        let head = usize::from(packet[0] & 15) * 4;
        let port = |at: usize| u16::from_be_bytes([packet[head + at], packet[head + at + 1]]);
        let (from, to) = (port(0), port(2));
        all.push(Packet { tos: packet[1], from, to, payload: packet[head + 8..].to_vec() });
    }
}

#[test]
fn a_capture_shows_the_objects_their_urgency_and_nothing_else() {
    let (peer, at) = peer("127.0.0.1:0");
    // An address that nobody else sends from, as long as the peer has its port.
    let [high, low] = at.port().to_be_bytes();
    let from = Ipv4Addr::new(127, high, low, 77);
    let Some(capture) = capture(from) else { return };
    let link = UdpLink { from: SocketAddr::from((from, 0)), ..link(at) };
    let mut sink = UdpSink::open(&link).expect("loopback");
    let mut sender = sender(None);
    let mut out = Vec::new();
    for round in 0..3_u64 {
        for (entry, precedence) in (0..).zip(Precedence::ALL) {
            let object = sealed_as(round * 100 + entry, |it| it.precedence = precedence);
            sender.accept(object, ms(0), &mut out);
        }
        // Two of one class leave in one call: the code point must stand on those as well.
        sender.accept(sealed_as(round * 100 + 50, |it| it.precedence = Precedence::Flash), ms(0), &mut out);
        out.extend(send_all(&mut sender, &mut sink));
        // The peer talks back, as much as it likes.
        for (_, from) in heard(&peer, 7) {
            for _ in 0..20 {
                peer.send_to(b"do something", from).expect("loopback");
            }
        }
    }
    let packets = captured(&capture, 21);
    assert_eq!(packets.len(), 21, "what was sent, and no answer to anything");
    for packet in &packets {
        assert_eq!(packet.to, at.port(), "only to the peer");
        let entry = number(&packet.payload);
        let class = if entry % 100 == 50 { 4 } else { entry % 100 };
        assert_eq!(packet.tos >> 2, link.dscp[class as usize], "entry {entry}");
        assert_eq!(packet.payload, sealed(entry).bytes);
    }
    let ports: BTreeSet<u16> = packets.iter().map(|it| it.from).collect();
    assert_eq!(ports.len(), Precedence::ALL.len(), "a socket for each class");
    assert!(out.iter().all(|it| matches!(it.what, What::Sent)));
}

/// Bytes that wait in the socket on this port, and datagrams that it dropped, as the kernel says.
fn received_by(port: u16) -> (u64, u64) {
    let table = std::fs::read_to_string("/proc/net/udp").expect("Linux");
    let local = format!(":{port:04X}");
    let line = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line =
        line.into_iter().find(|cells| cells.len() > 12 && cells[1].ends_with(&local)).expect("it is open");
    let waiting = line[4].split(':').nth(1).expect("two queues");
    (u64::from_str_radix(waiting, 16).expect("a number"), line[12].parse().expect("a number"))
}

#[test]
fn what_the_peer_sends_never_reaches_the_socket() {
    let (peer, at) = peer("127.0.0.1:0");
    let mut sink = UdpSink::open(&link(at)).expect("loopback");
    assert_eq!(sink.send(&[&sealed(1)]).sent, 1);
    let (_, from) = heard(&peer, 1).pop().expect("it was sent");
    for _ in 0..10 {
        peer.send_to(b"do something", from).expect("loopback");
    }
    // The kernel hands over loopback traffic when it has the time.
    let begun = std::time::Instant::now();
    while received_by(from.port()).1 < 10 && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(received_by(from.port()), (0, 10), "waiting, dropped");
}

/// The whole of it, cage and all, while the peer talks back as fast as it can.
#[test]
fn a_peer_that_talks_back_changes_nothing() {
    let (peer, at) = peer("127.0.0.1:0");
    let sink = UdpSink::open(&link(at)).expect("loopback");
    let (mouth, ear, ends) = hatch(Hatch { objects: 1_000, bytes: 8 << 20, reports: 64 });
    let counters = Arc::new(EgressCounters::default());
    let egress = Egress::new(sender(Some(Pace::new(8_000_000))), Box::new(sink), ends, counters.clone());
    let thread = std::thread::spawn(move || egress.run(common::now));
    let listener = std::thread::spawn(move || {
        let mut buffer = vec![0; 70_000];
        let mut heard = Vec::new();
        while let Ok((size, from)) = hear(&peer, heard.len() < 500, &mut buffer) {
            heard.push(buffer[..size].to_vec());
            for reply in [&b"stop"[..], &[], &[0xFF; 1_400]] {
                peer.send_to(reply, from).expect("loopback");
            }
        }
        heard
    });
    for entry in 0..500 {
        mouth.offer(sealed(entry)).expect("there is room");
    }
    drop(mouth);
    let mut outcomes = Vec::new();
    while let Ok(report) = ear.hear_within(Duration::from_secs(30)) {
        match report {
            Some(Report::Outcomes(list)) => outcomes.extend(list),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(thread.join().expect("it ends in peace"), Ok(()));
    assert!(outcomes.len() == 500 && outcomes.iter().all(|it| matches!(it.what, What::Sent)));
    let heard = listener.join().expect("it ends in peace");
    assert_eq!(heard, (0..500).map(|entry| sealed(entry).bytes).collect::<Vec<_>>());
    assert_eq!((counters.unheard(), counters.stall()), (0, None));
}

#[test]
fn where_nobody_listens_everything_goes_on_and_is_counted() {
    let (closed, at) = peer("127.0.0.1:0");
    drop(closed);
    let mut sink = UdpSink::open(&link(at)).expect("loopback");
    let mut sender = sender(None);
    let mut out = Vec::new();
    for entry in 0..200 {
        sender.accept(sealed(entry), ms(0), &mut out);
        out.extend(send_all(&mut sender, &mut sink));
    }
    let outcomes: Vec<_> = out.iter().map(|it| (it.entry, matches!(it.what, What::Sent))).collect();
    assert_eq!(outcomes, (0..200).map(|entry| (entry, true)).collect::<Vec<_>>());
    let counters = EgressCounters::default();
    sender.publish(&counters);
    assert!(counters.unheard() >= 100, "ICMP came back and was counted: {}", counters.unheard());
    // Somebody listens now; the very next object arrives.
    let peer = UdpSocket::bind(at).expect("the port is free again");
    sender.accept(sealed(500), ms(0), &mut out);
    send_all(&mut sender, &mut sink);
    assert_eq!(heard(&peer, 1).iter().map(|(bytes, _)| number(bytes)).collect::<Vec<_>>(), [500]);
}

#[test]
fn a_description_that_cannot_be_right_opens_no_socket() {
    let to: SocketAddr = "127.0.0.1:9".parse().expect("an address");
    let wrong: [fn(&mut UdpLink); 6] = [
        |it| it.from = "[::1]:0".parse().expect("an address"),
        |it| it.dscp[3] = 64,
        |it| it.largest = 65_508,
        |it| it.largest = 0,
        |it| it.mtu = 575,
        |it| it.hops = 0,
    ];
    for change in wrong {
        let mut link = link(to);
        change(&mut link);
        let fault = UdpSink::open(&link).err().expect("it is wrong");
        assert_eq!(fault.kind(), std::io::ErrorKind::InvalidInput);
    }
}
