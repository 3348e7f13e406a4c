//! A lane that leads up: its source sees the same whatever becomes of its objects.

use crate::gate::{Gate, but, free_tcp, track};
use lockgate_disk::Seed;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// What the kernel carried from the lane to the source of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    at: Instant,
    flags: u8,
    payload: usize,
    /// Bytes that it acknowledges, from the first on.
    acknowledged: u32,
}

/// Everything that the kernel carries over loopback for TCP, where the machine allows to look.
fn capture() -> Option<Socket> {
    match Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::TCP)) {
        Ok(socket) => {
            socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            socket.set_recv_buffer_size(4 << 20).unwrap();
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

/// Packets from the ports of lanes, by port, until told to stop.
fn captured(socket: &Socket, lanes: &[u16], stop: &AtomicBool) -> BTreeMap<u16, Vec<Packet>> {
    let (mut all, mut first) = (BTreeMap::<u16, Vec<Packet>>::new(), BTreeMap::new());
    let mut packet = vec![0; 70_000];
    while !stop.load(Ordering::Relaxed) {
        let Ok(size) = (&*socket).read(&mut packet) else { continue };
        let at = Instant::now();
        let head = usize::from(packet[0] & 15) * 4;
        let tcp = &packet[head..size];
        let from = u16::from_be_bytes([tcp[0], tcp[1]]);
        if !lanes.contains(&from) {
            continue;
        }
        let (ack, flags) = (u32::from_be_bytes([tcp[8], tcp[9], tcp[10], tcp[11]]), tcp[13]);
        let first = *first.entry(from).or_insert(ack);
        let payload = tcp.len() - usize::from(tcp[12] >> 4) * 4;
        let acknowledged = ack.wrapping_sub(first);
        all.entry(from).or_default().push(Packet { at, flags, payload, acknowledged });
    }
    all
}

/// How likely a delay of the one kind is longer than one of the other, in thousandths: 500 where nothing tells them apart.
fn longer(one: &[Duration], other: &[Duration]) -> usize {
    let pairs = one.iter().flat_map(|one| other.iter().map(move |other| one.cmp(other)));
    let wins: usize = pairs
        .map(|order| match order {
            std::cmp::Ordering::Greater => 2,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Less => 0,
        })
        .sum();
    wins * 500 / (one.len() * other.len())
}

/// The lane's side of the wire, packet by packet: for what is released, refused and held by turns, in a lane that
/// sends and in one whose way out is full. Each kind has its turns among the others, so that what else the machine does falls on all of them alike;
/// where it falls on one more than on another by chance, it does not do so again: what is told apart each time is a difference.
#[test]
fn a_capture_at_the_source_tells_release_refuse_hold_and_full_apart_in_nothing() {
    let mut told_apart: Option<BTreeSet<(usize, usize, bool)>> = None;
    for seed in [7, 8, 9] {
        let Some(found) = told_apart_in_a_capture(seed) else { return };
        let each_time = told_apart.map_or_else(|| found.clone(), |before| &before & &found);
        if each_time.is_empty() {
            return;
        }
        told_apart = Some(each_time);
    }
    panic!("three times: lane, kind, longer than what is released and sent: {told_apart:?}");
}

/// Lane, kind of object, and whether its delays were the longer ones, where one capture tells them from those of what is released and sent.
fn told_apart_in_a_capture(seed: u64) -> Option<BTreeSet<(usize, usize, bool)>> {
    let socket = capture()?;
    let (free, mut full) = (gate(), gate());
    full.egress = full.egress.replace("100Mbit/s", "1kbit/s");
    let lanes = [free.start(), full.start()];
    let addresses = lanes.each_ref().map(|lane| lane.address("tcp-1"));
    let ports = addresses.map(|address| address.port());
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let watching = std::thread::spawn(move || captured(&socket, &ports, &told));
    let mut sources = addresses.map(|address| TcpStream::connect(address).unwrap());
    sources.iter().for_each(|source| source.set_nodelay(true).unwrap());
    let length = marked("R-000").len();
    let padded = |object: Vec<u8>| {
        let text = String::from_utf8(object).unwrap();
        let padding = length - text.len();
        text.replace("KRIM 1", &format!("KRIM 1{}", "X".repeat(padding))).into_bytes()
    };
    let object = |kind: usize, uid: &str| match kind {
        0 => marked(uid),
        1 => padded(but(&marked(uid), "MISSION RESTRICTED", "MISSION SECRET")),
        _ => {
            padded(but(&but(&marked(uid), " access=\"MISSION RESTRICTED\"", ""), " releasableTo=\"SVN\"", ""))
        }
    };
    let mut seed = Seed::new(seed);
    let (mut sent, mut turns) = ([0_u32; 2], Vec::new());
    for number in 0..720 {
        let (lane, kind) = (seed.index(2), seed.index(3));
        let object = object(kind, &format!("R-{number:03}"));
        assert_eq!(object.len(), length);
        sent[lane] += u32::try_from(length).unwrap();
        let at = Instant::now();
        sources[lane].write_all(&object).unwrap();
        turns.push((lane, kind, at, sent[lane]));
        std::thread::sleep(Duration::from_millis(3));
    }
    std::thread::sleep(Duration::from_millis(300));
    stop.store(true, Ordering::Relaxed);
    let packets = watching.join().unwrap();
    for (lane, port) in ports.iter().enumerate() {
        let seen = &packets[port];
        assert!(seen.iter().all(|packet| packet.payload == 0), "the lane says nothing");
        // The answer to the connection, and acknowledgements: no close, no reset, no urgent data.
        assert_eq!(seen[0].flags, 0x12);
        assert!(seen[1..].iter().all(|packet| packet.flags == 0x10), "{seen:?}");
        assert_eq!(seen.last().unwrap().acknowledged, sent[lane], "all of it is taken");
    }
    let mut delays: [[Vec<Duration>; 3]; 2] = Default::default();
    for (lane, kind, at, end) in turns {
        let seen = packets[&ports[lane]].iter();
        let ack = seen.clone().find(|packet| packet.at >= at && packet.acknowledged >= end);
        delays[lane][kind].push(ack.expect("it is acknowledged").at.duration_since(at));
    }
    let mut told_apart = BTreeSet::new();
    for (lane, kind) in [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        let more = longer(&delays[lane][kind], &delays[0][0]);
        // Of a hundred delays each that nothing else makes alike, chance goes beyond 500 by 150 less than once in a thousand times. Other
        // work of the machine makes those of a few milliseconds alike.
        if !(350..650).contains(&more) {
            told_apart.insert((lane, kind, more > 500));
        }
    }
    let decided = lanes[0].status().1["decided"].clone();
    assert!(
        ["release", "refuse", "hold"].iter().all(|verdict| decided[verdict].as_u64() > Some(50)),
        "{decided}"
    );
    lanes.into_iter().for_each(crate::running::Running::kill);
    Some(told_apart)
}
