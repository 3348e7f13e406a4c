//! Fragmented datagrams are put together by the kernel, whole or not at all. Loopback never fragments, so this makes a
//! network namespace of its own, with an MTU of 1,500 bytes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that stops has failed; a skipped one must be loud"
)]

mod common;

use common::{config, start};
use lockgate_intake::{Listener, Udp, Way, Why};
use nix::sched::{CloneFlags, unshare};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

/// One IPv4 fragment of a UDP datagram to `to`: `offset` in units of 8 bytes.
fn fragment(to: SocketAddr, id: u16, offset: u16, more: bool, payload: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + payload.len()).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend((offset | if more { 0x2000 } else { 0 }).to_be_bytes());
    packet.extend([64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    packet.extend(payload);
    assert!(to.is_ipv4());
    packet
}

/// The UDP header, without a checksum, and `size` bytes of payload.
fn datagram(to: SocketAddr, size: usize) -> Vec<u8> {
    let mut bytes = 999_u16.to_be_bytes().to_vec();
    bytes.extend(to.port().to_be_bytes());
    bytes.extend(u16::try_from(8 + size).unwrap().to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend((0..size).map(|at| b'a' + (at / 1000) as u8));
    bytes
}

#[test]
fn a_fragmented_datagram_is_one_frame_or_nothing() {
    // Of this thread, and of those that it starts.
    if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no network namespace can be made here: {error}");
        return;
    }
    match Command::new("ip").args(["link", "set", "lo", "up", "mtu", "1500"]).status() {
        Ok(status) if status.success() => {}
        other => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: the namespace has no loopback: {other:?}");
            return;
        }
    }
    let way = Way::Udp(Udp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: "lo".into(),
        source: "sensor-net".into(),
        receive_buffer_bytes: 1 << 20,
    });
    let running =
        start(config(&["sensor-net"], vec![Listener { name: "tracks".into(), size_max: 8_000, way }]));
    let to = running.address("tracks");
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let large: Vec<u8> = (0..8_000_u32).map(|at| (at % 251) as u8).collect();
    sender.send_to(&large, to).unwrap();
    running.wait_frames(1);
    assert_eq!(running.frames()[0].1, large);
    sender.send_to(&[b'x'; 20_000], to).unwrap();
    running.wait_why(Why::Oversize);
    assert_eq!(running.turned()[0].size_bytes, 20_000);

    let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(255))).unwrap();
    let send = |packet: &[u8]| assert_eq!(raw.send_to(packet, &to.into()).unwrap(), packet.len());
    let whole = datagram(to, 2_000);
    let (first, second) = whole.split_at(1_000);
    // The last fragment first: the same datagram.
    send(&fragment(to, 1, 125, false, second));
    send(&fragment(to, 1, 0, true, first));
    running.wait_frames(2);
    assert_eq!(running.frames()[1].1, &whole[8..]);
    // A fragment that never comes, and two that overlap with other bytes: no frame, not even a part of one.
    send(&fragment(to, 2, 0, true, first));
    send(&fragment(to, 3, 0, true, first));
    send(&fragment(to, 3, 100, true, &[b'!'; 800]));
    send(&fragment(to, 3, 125, false, second));
    sender.send_to(b"next", to).unwrap();
    running.wait_frames(3);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(running.frames().len(), 3);
    assert_eq!(running.frames()[2].1, b"next");
}
