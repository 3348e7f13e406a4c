//! Both ends of the wire: a generator that numbers its objects, a sink that notes when each arrived, and a bare forwarder.
//!
//! The number of an object stands in its `uid`, which every verdict keeps. Arrival is the time that the kernel stamps on
//! the datagram, so that the sink may read seldom and costs little.

use crate::engine::{Engine, Setup};
use crate::event::{Carrier, Fault, Form, event_before};
use lockgate_bytes::Time;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, recvmmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Datagrams in one system call.
const BATCH: usize = 32;
/// The largest datagram of the bench.
const LARGEST: usize = 2048;
/// Numbers that one sink can note.
const NUMBERS: usize = 6_000_000;
/// Distinct events that are sent in turn, each time with another number.
const EVENTS: u64 = 512;
/// Digits of a number.
const DIGITS: usize = 16;
const BUFFER_BYTES: usize = 64 << 20;
/// How long a sink rests when there is nothing.
const REST: Duration = Duration::from_micros(500);
/// How long a generator rests between batches, at most.
const BREATH: Duration = Duration::from_micros(250);

/// Nanoseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Events to send, and where in each its number stands.
#[derive(Debug)]
pub struct Traffic {
    events: Vec<(Vec<u8>, usize)>,
    next: u64,
}

impl Traffic {
    /// Events of now: in the canonical form, which leaves as it came, or as senders write them.
    ///
    /// # Errors
    /// What the engine says of one that it does not write anew.
    pub fn new(form: Form) -> Result<Self, String> {
        let time = Time::from_unix_nanos(now());
        let mut engine = Engine::new(Setup { rules: 0, words: 1 })?.at(time);
        let mut events = Vec::new();
        for number in 0..EVENTS {
            let usual = event_before(time, number, Form::Usual, Carrier::Attributes, Fault::None);
            let (mut line, mut released) = (String::new(), Vec::new());
            engine.inspect(&usual, &mut line, &mut released);
            events.push(if form == Form::Canonical { released } else { usual });
        }
        Self::of(events)
    }

    /// The smallest object that the lane releases.
    ///
    /// # Errors
    /// Never, as long as the sample has a number.
    pub fn smallest() -> Result<Self, String> {
        let at = Time::from_unix_nanos(now() / 1_000_000_000 * 1_000_000_000);
        let stale = at.plus(lockgate_bytes::Duration::from_secs(600));
        let text = format!(
            "<event version=\"2\" uid=\"ANDROID-0000000000000000\" type=\"a-f-G\" time=\"{at}\" start=\"{at}\" \
             stale=\"{stale}\" how=\"m-g\" access=\"MISSION RESTRICTED\" releasableTo=\"AUT,HRV,HUN,SVK,SVN\">\
             <point lat=\"1\" lon=\"1\" hae=\"1\" ce=\"1\" le=\"1\"/></event>"
        );
        Self::of(vec![text.into_bytes()])
    }

    fn of(events: Vec<Vec<u8>>) -> Result<Self, String> {
        let placed = events.into_iter().map(|event| {
            let at = place(&event).ok_or("an event without a number")?;
            Ok((event, at))
        });
        Ok(Self { events: placed.collect::<Result<_, String>>()?, next: 0 })
    }

    /// Mean size in bytes.
    pub fn size(&self) -> f64 {
        let total: usize = self.events.iter().map(|(event, _)| event.len()).sum();
        total as f64 / self.events.len().max(1) as f64
    }

    /// Sends `count` objects at `rate` a second, or as near to it as this machine comes.
    ///
    /// # Errors
    /// Those of the system.
    pub fn send(&mut self, socket: &UdpSocket, rate: f64, count: u64) -> io::Result<Sent> {
        let first = self.next;
        let mut times = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        let begun = Instant::now();
        while (times.len() as u64) < count {
            let due = ((begun.elapsed().as_secs_f64() * rate) as u64).min(count);
            let mut left = due.saturating_sub(times.len() as u64) as usize;
            if left == 0 {
                thread::sleep(BREATH);
            }
            while left > 0 {
                let most = left.min(BATCH);
                let sent = self.send_batch(socket, most)?;
                left -= sent.min(left);
                times.resize(times.len() + sent, now());
            }
        }
        Ok(Sent { first, times, took: begun.elapsed() })
    }

    fn send_batch(&mut self, socket: &UdpSocket, most: usize) -> io::Result<usize> {
        let all = self.events.len().max(1);
        // A run of neighbours, so that one borrow does; the run ends where the events do.
        let from = usize::try_from(self.next).unwrap_or(0) % all;
        let run = self.events.get_mut(from..all.min(from + most)).unwrap_or_default();
        let mut parts = [[IoSlice::new(&[])]; BATCH];
        let mut count = 0;
        for ((event, at), part) in run.iter_mut().zip(&mut parts) {
            let number = format!("{:016x}", self.next + count as u64);
            if let Some(digits) = event.get_mut(*at..*at + DIGITS) {
                digits.copy_from_slice(number.as_bytes());
            }
            *part = [IoSlice::new(event)];
            count += 1;
        }
        let sent = send_many(socket, &parts, count)?;
        self.next += sent as u64;
        Ok(sent)
    }
}

fn place(event: &[u8]) -> Option<usize> {
    event.windows(8).position(|window| window == b"ANDROID-").map(|at| at + 8)
}

fn send_many(socket: &UdpSocket, parts: &[[IoSlice<'_>; 1]; BATCH], count: usize) -> io::Result<usize> {
    let mut nothing: [SendAncillaryBuffer<'_, '_, '_>; BATCH] =
        std::array::from_fn(|_| SendAncillaryBuffer::default());
    let mut each = parts.iter();
    let mut messages =
        nothing.each_mut().map(|none| MMsgHdr::new(each.next().map_or(&[], |part| part), none));
    let messages = messages.get_mut(..count).unwrap_or(&mut []);
    match rustix::net::sendmmsg(socket, messages, SendFlags::NOSIGNAL) {
        Ok(sent) => Ok(sent),
        Err(rustix::io::Errno::CONNREFUSED | rustix::io::Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// What was sent: the first number, and when each left.
#[derive(Debug)]
pub struct Sent {
    /// The first number.
    pub first: u64,
    /// When each left, in nanoseconds since 1970.
    pub times: Vec<i64>,
    /// How long all of it took.
    pub took: Duration,
}

/// What became of what was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crossing {
    /// Objects a second that were really offered.
    pub offered: f64,
    /// Objects that were sent.
    pub sent: u64,
    /// Objects that arrived.
    pub arrived: u64,
    /// From sent to arrived, in microseconds.
    pub p50: f64,
    /// The same.
    pub p99: f64,
    /// The same.
    pub p999: f64,
    /// The longest.
    pub longest: f64,
}

/// Notes what arrives, on a thread of its own.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    times: Vec<AtomicI64>,
    arrived: AtomicU64,
    twice: AtomicU64,
    ended: AtomicBool,
}

/// A socket on the loopback with a large buffer.
///
/// # Errors
/// Those of the system.
pub fn socket() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let known = socket2::SockRef::from(&socket);
    if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER_BYTES).is_err() {
        known.set_recv_buffer_size(BUFFER_BYTES)?;
    }
    known.set_send_buffer_size(BUFFER_BYTES)?;
    Ok(socket)
}

impl Sink {
    /// Begins to listen.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new() -> io::Result<Self> {
        let socket = socket()?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        let address = socket.local_addr()?;
        let state = Arc::new(State {
            times: (0..NUMBERS).map(|_| AtomicI64::new(0)).collect(),
            arrived: AtomicU64::new(0),
            twice: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        let shared = state.clone();
        let thread = thread::spawn(move || listen(&socket, &shared));
        Ok(Self { address, state, thread: Some(thread) })
    }

    /// Objects that have arrived, all in all.
    pub fn arrived(&self) -> u64 {
        self.state.arrived.load(Relaxed)
    }

    /// Objects that have arrived a second time.
    pub fn twice(&self) -> u64 {
        self.state.twice.load(Relaxed)
    }

    /// Forgets what was sent before: numbers begin anew.
    pub fn forget(&self) {
        self.state.times.iter().for_each(|time| time.store(0, Relaxed));
    }

    /// Waits until all of `sent` is there, or nothing has come for `patience`; then says how it went.
    pub fn crossing(&self, sent: &Sent, patience: Duration) -> Crossing {
        let range = usize::try_from(sent.first).unwrap_or(0);
        let own = self.state.times.get(range..(range + sent.times.len()).min(NUMBERS)).unwrap_or_default();
        let (mut last, mut since) = (self.arrived(), Instant::now());
        while since.elapsed() < patience && !own.iter().rev().all(|time| time.load(Relaxed) != 0) {
            thread::sleep(Duration::from_millis(2));
            let arrived = self.arrived();
            if arrived != last {
                (last, since) = (arrived, Instant::now());
            }
        }
        let times = own.iter().zip(&sent.times).map(|(arrived, sent)| (arrived.load(Relaxed), *sent));
        let mut took: Vec<i64> =
            times.filter(|(arrived, _)| *arrived != 0).map(|(arrived, sent)| arrived - sent).collect();
        took.sort_unstable();
        let rank = |thousandths: usize| {
            let at = (took.len() * thousandths).div_ceil(1000).max(1) - 1;
            took.get(at).map_or(0.0, |nanos| *nanos as f64 / 1000.0)
        };
        Crossing {
            offered: sent.times.len() as f64 / sent.took.as_secs_f64().max(1e-9),
            sent: sent.times.len() as u64,
            arrived: took.len() as u64,
            p50: rank(500),
            p99: rank(990),
            p999: rank(999),
            longest: rank(1000),
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.state.ended.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only counts.
            let _ = thread.join();
        }
    }
}

fn listen(socket: &UdpSocket, state: &State) {
    let mut headers: MultiHeaders<()> = MultiHeaders::preallocate(BATCH, Some(cmsg_space!(TimeSpec)));
    let mut scratch = vec![0_u8; BATCH * LARGEST];
    while !state.ended.load(Relaxed) {
        let mut found = [(0_usize, 0_i64); BATCH];
        match receive(socket, &mut headers, &mut scratch, MsgFlags::MSG_DONTWAIT, &mut found) {
            Ok(0) | Err(_) => thread::sleep(REST),
            Ok(_) => {}
        }
        for (bytes, (size, time)) in scratch.chunks(LARGEST).zip(found).filter(|(_, (size, _))| *size > 0) {
            let bytes = bytes.get(..size).unwrap_or_default();
            let digits = place(bytes).and_then(|at| bytes.get(at..at + DIGITS));
            let number = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            let number = number.and_then(|digits| usize::from_str_radix(digits, 16).ok());
            if let Some(slot) = number.and_then(|number| state.times.get(number)) {
                let before = slot.swap(if time == 0 { now() } else { time }, Relaxed);
                state.twice.fetch_add(u64::from(before != 0), Relaxed);
                state.arrived.fetch_add(1, Relaxed);
            }
        }
    }
}

/// Up to a batch of datagrams: size and arrival of each.
fn receive(
    socket: &UdpSocket,
    headers: &mut MultiHeaders<()>,
    scratch: &mut [u8],
    flags: MsgFlags,
    found: &mut [(usize, i64); BATCH],
) -> Result<usize, Errno> {
    let mut slots = scratch.chunks_mut(LARGEST);
    let mut places: [[IoSliceMut<'_>; 1]; BATCH] =
        std::array::from_fn(|_| [IoSliceMut::new(slots.next().unwrap_or_default())]);
    let mut count = 0;
    for (message, found) in recvmmsg(socket.as_raw_fd(), headers, places.iter_mut(), flags, None)?.zip(found)
    {
        let stamp = message.cmsgs().ok().into_iter().flatten().find_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(time) => Some(time.tv_sec() * 1_000_000_000 + time.tv_nsec()),
            _ => None,
        });
        *found = (message.bytes, stamp.unwrap_or(0));
        count += 1;
    }
    Ok(count)
}

/// Takes datagrams at one socket and sends them on by another, and does nothing else.
#[derive(Debug)]
pub struct Forwarder {
    /// Where it listens.
    pub address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Forwarder {
    /// Begins. With `batches` it takes and sends as many in one system call as there are, as the lane does; without, one.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new(to: SocketAddr, batches: bool) -> io::Result<Self> {
        let from = UdpSocket::bind("127.0.0.1:0")?;
        // As large as that of the lane.
        setsockopt(&from, sockopt::RcvBufForce, &(8 << 20))?;
        from.set_read_timeout(Some(Duration::from_millis(50)))?;
        let address = from.local_addr()?;
        let out = socket()?;
        out.connect(to)?;
        let ended = Arc::new(AtomicBool::new(false));
        let told = ended.clone();
        let thread = thread::spawn(move || {
            while !told.load(Relaxed) {
                if batches { forward_many(&from, &out, &told) } else { forward_each(&from, &out, &told) }
            }
        });
        Ok(Self { address, ended, thread: Some(thread) })
    }
}

fn forward_each(from: &UdpSocket, out: &UdpSocket, ended: &AtomicBool) {
    let mut buffer = [0; LARGEST];
    while !ended.load(Relaxed) {
        if let Ok(size) = from.recv(&mut buffer) {
            // What does not leave is missed at the sink.
            let _ = out.send(buffer.get(..size).unwrap_or_default());
        }
    }
}

fn forward_many(from: &UdpSocket, out: &UdpSocket, ended: &AtomicBool) {
    let mut headers: MultiHeaders<()> = MultiHeaders::preallocate(BATCH, None);
    let mut scratch = vec![0_u8; BATCH * LARGEST];
    while !ended.load(Relaxed) {
        let mut found = [(0_usize, 0_i64); BATCH];
        let Ok(count) = receive(from, &mut headers, &mut scratch, MsgFlags::MSG_WAITFORONE, &mut found)
        else {
            continue;
        };
        let mut parts = [[IoSlice::new(&[])]; BATCH];
        for ((part, bytes), (size, _)) in parts.iter_mut().zip(scratch.chunks(LARGEST)).zip(found) {
            *part = [IoSlice::new(bytes.get(..size).unwrap_or_default())];
        }
        let mut done = 0;
        while done < count {
            let mut rest = [[IoSlice::new(&[])]; BATCH];
            rest.iter_mut().zip(parts.iter().skip(done)).for_each(|(to, part)| *to = *part);
            match send_many(out, &rest, count - done) {
                Ok(sent) => done += sent,
                Err(_) => break,
            }
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.ended.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only forwards.
            let _ = thread.join();
        }
    }
}
