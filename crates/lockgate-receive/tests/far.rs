//! The far side with real sockets: an outlet that fails for a while, reports that come late, datagrams that are played again.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests compute freely, and stop where something is wrong"
)]

use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Delivered, Event, Limits, LinkKey, ManifestSecret, Object, Plane, Sender, Start, Step, Supply, Terms,
};
use lockgate_disk::{Disk, SimDisk};
use lockgate_receive::{Far, Framed, Happened, Link, Listen, Outlet, Pipe, Stop, Tell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_unix_nanos(since.as_nanos() as i64)
}

fn secret() -> ManifestSecret {
    ManifestSecret::new(&[6; 32])
}

/// Keeps what it gets; fails as often as it is told to.
#[derive(Clone, Default)]
struct Kept {
    got: Arc<Mutex<Vec<Vec<u8>>>>,
    fails: Arc<Mutex<u32>>,
}

impl Outlet for Kept {
    fn deliver(&mut self, object: &Delivered) -> io::Result<()> {
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err(io::Error::from(ErrorKind::StorageFull));
        }
        self.got.lock().unwrap().push(object.bytes.clone());
        Ok(())
    }
}

/// Where it listens, on which link.
fn end() -> (Listen, Link) {
    let listen =
        Listen { address: "127.0.0.1:0".parse().unwrap(), interface: "lo".to_owned(), buffer: 1 << 20 };
    let limits = Limits { patience: Duration::from_nanos(300_000_000), ..Limits::default() };
    (listen, Link { link: 7, key: LinkKey::new(&[4; 32]), manifest_key: secret().public(), limits })
}

/// A far side that runs, and what it told, a word each.
struct Running {
    at: SocketAddr,
    stop: Stop,
    told: Arc<Mutex<Vec<&'static str>>>,
    thread: JoinHandle<()>,
}

impl Running {
    fn start(kept: &Kept, disk: &Arc<dyn Disk>, in_order: bool) -> Self {
        let ((listen, link), stop) = (end(), Stop::default());
        let far =
            Far::open(&listen, link, disk.clone(), Box::new(kept.clone()), in_order, stop.clone()).unwrap();
        let (at, told) = (far.address().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let words = told.clone();
        let thread = std::thread::spawn(move || {
            let tell = &mut |happened: &Happened<'_>| {
                let word = match happened {
                    Happened::Event(Event::Delivered(_)) => "delivered",
                    Happened::Event(Event::Lost(_)) => "lost",
                    Happened::Late { delivered: false, .. } => "late",
                    Happened::Late { delivered: true, .. } => "late, delivered",
                    Happened::Undelivered { .. } => "undelivered",
                    Happened::Stalled(_) => "stalled",
                    Happened::Going => "going",
                    Happened::Event(_) | Happened::Sight(_) => return,
                };
                words.lock().unwrap().push(word);
            };
            far.run(now, tell).unwrap();
        });
        Self { at, stop, told, thread }
    }

    fn send(&self, datagrams: &[Vec<u8>]) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for datagram in datagrams {
            socket.send_to(datagram, self.at).unwrap();
        }
    }

    fn wait(&self, what: &[&str]) {
        let begun = Instant::now();
        while *self.told.lock().unwrap() != what {
            assert!(begun.elapsed().as_secs() < 20, "{:?} instead of {what:?}", self.told.lock().unwrap());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn end(self) {
        self.stop.stop();
        self.thread.join().unwrap();
    }
}

struct Waits(VecDeque<Object>);

impl Supply for Waits {
    fn highest(&self) -> Option<Precedence> {
        self.0.front().map(|_| Precedence::Routine)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        if class == Precedence::Routine && plane == Plane::Small { self.0.pop_front() } else { None }
    }
}

/// The datagrams of these objects, ten milliseconds apart, and of a second after them; of one thing, where `order` is not 0.
fn datagrams(objects: &[&[u8]], order: u64) -> Vec<Vec<u8>> {
    let terms = Terms { small_repair: 0, ..Terms::new(7) };
    let start = Start { epoch: 3 << 32, closing: None };
    let mut sender = Sender::new(terms, LinkKey::new(&[4; 32]), secret(), start).unwrap();
    let (mut all, mut out, mut at) = (Vec::new(), Vec::new(), now());
    let mut waits = Waits(VecDeque::new());
    for (token, bytes) in (0..).zip(objects) {
        waits.0.push_back(Object { order, ..Object::new(bytes.to_vec(), Time::MAX, token) });
        while let Step::Datagram(_) = sender.poll(at, &mut waits, &mut out) {
            all.push(out.clone());
        }
        at = at.plus(Duration::from_nanos(10_000_000));
    }
    for _ in 0..30 {
        while let Step::Datagram(_) = sender.poll(at, &mut waits, &mut out) {
            all.push(out.clone());
        }
        at = at.plus(Duration::from_nanos(100_000_000));
    }
    all
}

fn disk() -> Arc<dyn Disk> {
    Arc::new(SimDisk::new(1))
}

#[test]
fn an_outlet_that_fails_for_a_while_loses_nothing_and_a_restart_delivers_nothing_again() {
    let (kept, disk) = (Kept::default(), disk());
    *kept.fails.lock().unwrap() = 3;
    let far = Running::start(&kept, &disk, false);
    let all = datagrams(&[b"one", b"two", b"three"], 0);
    far.send(&all);
    far.wait(&["stalled", "going", "delivered", "delivered", "delivered"]);
    assert_eq!(*kept.got.lock().unwrap(), [&b"one"[..], b"two", b"three"]);
    far.end();
    // Somebody recorded it all, and plays it again.
    let far = Running::start(&kept, &disk, false);
    far.send(&all);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(far.told.lock().unwrap().is_empty(), "{:?}", far.told.lock().unwrap());
    assert_eq!(kept.got.lock().unwrap().len(), 3);
    far.end();
}

#[test]
fn a_report_that_comes_after_a_newer_one_of_the_same_thing_is_late() {
    for in_order in [true, false] {
        let kept = Kept::default();
        let far = Running::start(&kept, &disk(), in_order);
        let mut all = datagrams(&[b"older", b"newer"], 5);
        // The first datagrams are a heartbeat, a manifest, and then the two parts.
        let parts: Vec<usize> = (0..all.len()).filter(|at| all[*at][1] >> 4 == 1).collect();
        assert_eq!(parts.len(), 2);
        all.swap(parts[0], parts[1]);
        far.send(&all);
        if in_order {
            far.wait(&["delivered", "late"]);
            assert_eq!(*kept.got.lock().unwrap(), [&b"newer"[..]]);
        } else {
            far.wait(&["delivered", "late, delivered", "delivered"]);
            assert_eq!(*kept.got.lock().unwrap(), [&b"newer"[..], b"older"]);
        }
        far.end();
    }
}

/// The older one is repeated, or repairs bring it back, after the far side was started again.
#[test]
fn what_was_newest_is_known_after_a_start() {
    let (kept, disk) = (Kept::default(), disk());
    let all = datagrams(&[b"one", b"two", b"three"], 5);
    let parts: Vec<usize> = (0..all.len()).filter(|at| all[*at][1] >> 4 == 1).collect();
    let far = Running::start(&kept, &disk, true);
    far.send(&all[parts[1]..=parts[1]]);
    far.wait(&["delivered"]);
    far.end();
    for (part, word) in [(0, "late"), (2, "delivered")] {
        let far = Running::start(&kept, &disk, true);
        far.send(&all[parts[part]..=parts[part]]);
        far.wait(&[word]);
        far.end();
    }
    assert_eq!(*kept.got.lock().unwrap(), [&b"two"[..], b"three"]);
}

#[test]
fn what_cannot_be_delivered_at_the_end_is_reported_lost_at_the_next_start() {
    let (kept, disk) = (Kept::default(), disk());
    *kept.fails.lock().unwrap() = u32::MAX;
    let far = Running::start(&kept, &disk, false);
    let all = datagrams(&[b"one", b"two"], 0);
    // The last manifest says how far the class came.
    let last = all.iter().rposition(|datagram| datagram[1] >> 4 == 4).unwrap();
    far.send(&all[..last]);
    far.wait(&["stalled"]);
    far.end();
    *kept.fails.lock().unwrap() = 0;
    let far = Running::start(&kept, &disk, false);
    far.send(&all[last..]);
    let begun = Instant::now();
    while far.told.lock().unwrap().is_empty() && begun.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let told = far.told.lock().unwrap().clone();
    assert!(!told.is_empty() && told.iter().all(|word| *word == "lost"), "{told:?}");
    far.end();
    assert!(kept.got.lock().unwrap().is_empty());
}

/// Told or delivered into a pipe that nobody reads any more: the far side ends and says so, whoever supervises it starts the whole
/// again, and nothing was noted that nobody got.
#[test]
fn a_pipe_that_nobody_reads_any_more_ends_the_far_side() {
    struct Closed(bool);
    impl Tell for Closed {
        fn tell(&mut self, _: &Happened<'_>) -> io::Result<()> {
            if self.0 { Err(io::Error::from(ErrorKind::BrokenPipe)) } else { Ok(()) }
        }
        fn settle(&mut self) -> io::Result<()> {
            self.tell(&Happened::Going)
        }
    }
    let all = datagrams(&[b"one", b"two"], 0);
    for is_report in [false, true] {
        let (disk, stop, kept) = (disk(), Stop::default(), Kept::default());
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let outlet: Box<dyn Outlet> =
            if is_report { Box::new(kept.clone()) } else { Box::new(Pipe::new(writer, Framed::Bare)) };
        let (listen, link) = end();
        let far = Far::open(&listen, link, disk.clone(), outlet, false, stop.clone()).unwrap();
        let at = far.address().unwrap();
        let running = std::thread::spawn(move || far.run(now, &mut Closed(is_report)));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let begun = Instant::now();
        while !running.is_finished() && begun.elapsed().as_secs() < 20 {
            all.iter().for_each(|datagram| drop(socket.send_to(datagram, at)));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        stop.stop();
        let fault = running.join().unwrap().unwrap_err().to_string();
        assert!(fault.contains("nobody reads"), "{fault}");
        let far = Running::start(&kept, &disk, false);
        far.send(&all);
        far.wait(&["delivered", "delivered"]);
        far.end();
    }
}
