//! The cage, from inside.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test tries what is forbidden")]

mod common;

use common::{number, sealed};
use lockgate_disk::RealDisk;
use lockgate_egress::{Cage, DirectorySink, Progress, Sink, UdpLink, UdpSink};
use std::io;
use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;

/// Runs it on a thread of its own, inside the cage.
fn inside<T: Send + 'static>(cage: Cage, run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(move || {
        cage.close().expect("the kernel filters system calls");
        run()
    })
    .join()
    .expect("the thread ends in peace")
}

#[track_caller]
fn refused<T>(tried: io::Result<T>, what: &str) {
    match tried {
        Ok(_) => panic!("{what} succeeded"),
        Err(fault) => assert_eq!(fault.raw_os_error(), Some(libc::EPERM), "{what}: {fault}"),
    }
}

#[test]
fn the_sending_thread_cannot_receive_connect_or_open() {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let to = peer.local_addr().expect("an address");
    let from = "127.0.0.1:0".parse().expect("an address");
    let link = UdpLink { to, from, device: None, hops: 1, largest: 65_507, mtu: 1_500, dscp: [0; 6] };
    let mut sink = UdpSink::open(&link).expect("loopback");
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("loopback");
    let sent = inside(sink.cage(), move || {
        let mut buffer = [0; 16];
        refused(other.recv_from(&mut buffer), "recvfrom");
        refused(other.recv(&mut buffer), "recv");
        refused(rustix::io::read(&other, &mut buffer).map_err(Into::into), "read of a socket");
        refused((&stream).read(&mut buffer), "read of a stream");
        refused(other.peek(&mut buffer), "peek");
        refused(other.connect(to), "connect");
        refused(other.send_to(b"x", to), "sending to an address of its choice");
        refused(listener.accept(), "accept");
        refused(UdpSocket::bind("127.0.0.1:0"), "opening a socket");
        refused(std::fs::File::open("/dev/null"), "opening a file");
        refused(std::fs::read_dir("/"), "listing a folder");
        refused(std::process::Command::new("/bin/true").spawn(), "starting a program");
        let (one, many) = (sealed(1), [sealed(2), sealed(3)]);
        let first = sink.send(&[&one]);
        let rest = sink.send(&many.iter().collect::<Vec<_>>());
        (first, rest)
    });
    let left = |sent| Progress { sent, ..Progress::default() };
    assert_eq!(sent, (left(1), left(2)));
    let mut buffer = [0; 2_000];
    for entry in 1..=3 {
        let size = peer.recv(&mut buffer).expect("it was sent");
        assert_eq!((size, number(&buffer)), (1_024, entry));
    }
}

#[test]
fn the_writing_thread_cannot_read_or_reach_the_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Arc::new(RealDisk::at(folder.path()).expect("a folder"));
    let (mut sink, stage) = DirectorySink::open(disk, "down", "xml", 4_096).expect("empty");
    let staged = sealed(7);
    stage.put(7, &staged.bytes, staged.identity).expect("room");
    stage.sync().expect("a disk");
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let path = folder.path().join("down-00000000000000000007.xml");
    let sent = inside(sink.cage(), move || {
        let mut buffer = [0; 16];
        let written = sealed(8);
        let sent = sink.send(&[&staged, &written]);
        let mut file = std::fs::File::open(path).expect("opening is allowed, it is how files are written");
        refused(file.read(&mut buffer), "reading a file");
        refused(other.recv(&mut buffer), "recv");
        refused(UdpSocket::bind("127.0.0.1:0"), "opening a socket");
        refused(other.send_to(b"x", "127.0.0.1:9"), "sending");
        refused(std::process::Command::new("/bin/true").spawn(), "starting a program");
        sent
    });
    assert_eq!(sent, Progress { sent: 2, took: sent.took, ..Progress::default() });
    for entry in [7, 8] {
        let path = folder.path().join(format!("down-0000000000000000000{entry}.xml"));
        assert_eq!(std::fs::read(path).expect("it was handed over"), sealed(entry).bytes);
    }
}
