//! A lane that leads up: its source sees the same whatever becomes of its objects.

use crate::gate::{Gate, but, free_tcp, track};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn gate() -> Gate {
    let mut gate = Gate::new("cot-up");
    gate.intake = format!("tcp \"127.0.0.1:{}\" interface=\"lo\" source=\"partner-net\"", free_tcp());
    gate.more = "queue objects=4 bytes=\"1MiB\"\n    drain \"50ms\"".to_owned();
    gate
}

fn marked(uid: &str) -> Vec<u8> {
    but(&track(uid, 900), "AUT,HRV,HUN,SVK,SVN", "SVN")
}

/// All that a source can see: what came back, how the other side closed, and whether it could write.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    came_back: Vec<u8>,
    closed: bool,
    written: usize,
}

/// Sends the objects in pieces, and looks for 200 ms after each whether anything comes back; then closes.
fn source(address: std::net::SocketAddr, objects: &[Vec<u8>]) -> (Seen, Duration) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut seen = Seen { came_back: Vec::new(), closed: false, written: 0 };
    let begun = Instant::now();
    for object in objects {
        socket.write_all(object).unwrap();
        seen.written += object.len();
    }
    let took = begun.elapsed();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut bytes = [0; 64];
    loop {
        match socket.read(&mut bytes) {
            Ok(0) => {
                seen.closed = true;
                break;
            }
            Ok(size) => seen.came_back.extend(&bytes[..size]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    (seen, took)
}

#[test]
fn a_source_cannot_tell_release_refuse_hold_and_full_apart() {
    let length = marked("R-00").len();
    let padded = |object: Vec<u8>| {
        let text = String::from_utf8(object).unwrap();
        let padding = length - text.len();
        text.replace("KRIM 1", &format!("KRIM 1{}", "X".repeat(padding))).into_bytes()
    };
    let bare = |uid: &str| {
        let object = but(&marked(uid), " access=\"MISSION RESTRICTED\"", "");
        but(&object, " releasableTo=\"SVN\"", "")
    };
    let refused = |uid: &str| padded(but(&marked(uid), "MISSION RESTRICTED", "MISSION SECRET"));
    let held = |uid: &str| padded(bare(uid));
    let released = |uid: &str| marked(uid);
    let look = |make: &dyn Fn(&str) -> Vec<u8>, rate: &str| {
        let mut gate = gate();
        gate.egress = gate.egress.replace("100Mbit/s", rate);
        let lane = gate.start();
        let objects: Vec<Vec<u8>> = (0..20).map(|number| make(&format!("R-{number:02}"))).collect();
        let (seen, _) = source(lane.address("tcp-1"), &objects);
        let status = lane.wait_decided(20);
        let decided = status["decided"].clone();
        assert_eq!(lane.stop().code, 0);
        gate.verified();
        (seen, decided)
    };
    let (first, decided) = look(&released, "100Mbit/s");
    assert_eq!(decided["release"], 20);
    assert!(first.came_back.is_empty() && !first.closed, "{first:?}");
    let (second, decided) = look(&refused, "100Mbit/s");
    assert_eq!((&decided["refuse"], second), (&20.into(), Seen { ..clone(&first) }));
    let (third, decided) = look(&held, "100Mbit/s");
    assert_eq!((&decided["hold"], third), (&20.into(), clone(&first)));
    let (full, decided) = look(&released, "1kbit/s");
    assert_eq!((&decided["release"], full), (&20.into(), clone(&first)));
}

fn clone(seen: &Seen) -> Seen {
    Seen { came_back: seen.came_back.clone(), ..*seen }
}

#[test]
fn a_source_is_as_fast_while_nothing_leaves() {
    let speed = |rate: &str| {
        let mut gate = gate();
        gate.egress = gate.egress.replace("100Mbit/s", rate);
        let lane = gate.start();
        let objects: Vec<Vec<u8>> = (0..3000).map(|number| marked(&format!("R-{number:04}"))).collect();
        let (seen, took) = source(lane.address("tcp-1"), &objects);
        assert!(seen.came_back.is_empty() && !seen.closed);
        lane.kill();
        took
    };
    let (free, stalled) = (speed("100Mbit/s"), speed("1kbit/s"));
    // On a machine that others use, only a lane that waits for its link shows: it would take minutes.
    assert!(stalled < free * 5 + Duration::from_secs(2), "{free:?} {stalled:?}");
}
