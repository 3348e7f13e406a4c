//! An interface that goes and comes again under its name: listeners are opened again on it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that stops has failed; a skipped one must be loud"
)]

mod common;

use common::{config, start};
use lockgate_intake::{Admission, Framing, Listener, Patience, Tcp, Udp, Way};
use nix::sched::{CloneFlags, unshare};
use std::io::Write as _;
use std::net::{TcpStream, UdpSocket};
use std::process::Command;

fn ip(words: &str) -> bool {
    Command::new("ip").args(words.split(' ')).status().is_ok_and(|status| status.success())
}

fn plug() -> bool {
    ip("link add lane0 type bridge") && ip("addr add 192.0.2.1/24 dev lane0") && ip("link set lane0 up")
}

#[test]
fn a_listener_is_opened_again_on_an_interface_that_was_made_anew() {
    // Of this thread, and of those that it starts.
    if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no network namespace can be made here: {error}");
        return;
    }
    if !ip("link set lo up") || !plug() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no interface can be made here");
        return;
    }
    let way = Way::Udp(Udp {
        address: "239.2.3.1:6969".parse().unwrap(),
        interface: "lane0".into(),
        source: "tak-net".into(),
        receive_buffer_bytes: 1 << 20,
    });
    let tracks = Listener { name: "tracks".into(), size_max: 1200, way };
    let way = Way::Tcp(Tcp {
        address: "192.0.2.1:8089".parse().unwrap(),
        interface: Some("lane0".into()),
        framing: Framing::Delimiter(b"</event>".to_vec()),
        patience: Patience::default(),
        connections_max: 8,
        connections_per_peer_max: 8,
        admission: Admission::Interface("tak-net".into()),
    });
    let stream = Listener { name: "stream".into(), size_max: 1200, way };
    let running = start(config(&["tak-net"], vec![tracks, stream]));
    // Whatever is sent to a group comes back by the interface that it leaves by.
    let send = || {
        let sender = UdpSocket::bind("192.0.2.1:0").unwrap();
        socket2::SockRef::from(&sender).set_multicast_if_v4(&"192.0.2.1".parse().unwrap()).unwrap();
        sender.send_to(b"a track", "239.2.3.1:6969").unwrap();
    };
    send();
    running.wait_frames(1);
    assert!(ip("link del lane0"));
    let down = |listener: usize| running.counters.listeners[listener].down.value();
    running.wait("both down", |_| down(0) == 1 && down(1) == 1);
    assert!(plug());
    running.wait("both open again", |_| down(0) == 0 && down(1) == 0);
    send();
    running.wait_frames(2);
    // Under another name for a while it is still the one that both hear: nothing has to be opened.
    assert!(ip("link set lane0 down") && ip("link set lane0 name lane1") && ip("link set lane1 up"));
    running.wait("both down", |_| down(0) == 1 && down(1) == 1);
    assert!(ip("link set lane1 down") && ip("link set lane1 name lane0") && ip("link set lane0 up"));
    running.wait("both there again", |_| down(0) == 0 && down(1) == 0);
    send();
    running.wait_frames(3);
    TcpStream::connect("192.0.2.1:8089").unwrap();
}
