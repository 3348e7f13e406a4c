//! What the tests of egress share: sealed objects, a clock, a sink that does as it is told.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use lockgate_bytes::{Crossing, Digest, Duration, Precedence, SealKey, Sealed, Time};
use lockgate_egress::{Bounds, Cage, Gate, Obstacle, Pace, Progress, Sender, Sink};
use std::sync::Arc;
use std::sync::mpsc;

pub(crate) const BUNDLE: Digest = Digest([1; 32]);

pub(crate) fn key() -> SealKey {
    SealKey::new([7; 32])
}

pub(crate) fn gate() -> Gate {
    Gate { key: key(), lane: Arc::from("down"), bundle: BUNDLE }
}

pub(crate) fn bounds() -> Bounds {
    Bounds { objects: 10_000, bytes: 64 << 20, skew: Duration::from_secs(5), at_once: usize::MAX }
}

pub(crate) fn sender(pace: Option<Pace>) -> Sender {
    Sender::new(bounds(), gate(), pace)
}

/// The key of a lane that leads to a one-way link.
pub(crate) fn link_key() -> SealKey {
    SealKey::for_link([7; 32])
}

/// A routine object of 1 KiB whose first bytes are its number.
pub(crate) fn sealed(entry: u64) -> Sealed {
    sealed_as(entry, |_| {})
}

pub(crate) fn sealed_as(entry: u64, change: impl FnOnce(&mut Sealed)) -> Sealed {
    sealed_by(&key(), entry, change)
}

/// The same under this key.
pub(crate) fn sealed_by(key: &SealKey, entry: u64, change: impl FnOnce(&mut Sealed)) -> Sealed {
    let mut bytes = vec![0x55; 1_024];
    bytes[..8].copy_from_slice(&entry.to_be_bytes());
    let mut sealed = Sealed {
        bytes,
        identity: Digest([0; 32]),
        crossing: None,
        lane: Arc::from("down"),
        bundle: BUNDLE,
        precedence: Precedence::Routine,
        not_after: Time::MAX,
        entry,
        first: entry,
        order: None,
        turn: 0,
        tag: Digest([0; 32]),
    };
    change(&mut sealed);
    sealed.identity = Digest::of(&sealed.bytes);
    sealed.crossing = key.names_crossing().then(|| Crossing::of(&sealed.bytes));
    sealed.tag = key.tag(&sealed);
    sealed
}

pub(crate) fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes[..8].try_into().expect("eight bytes"))
}

pub(crate) fn ms(millis: i64) -> Time {
    Time::from_unix_nanos(millis * 1_000_000)
}

/// The machine's clock.
pub(crate) fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Time::from_unix_nanos(i64::try_from(since.as_nanos()).expect("before 2262"))
}

/// Sends into a list, or does what `next` says.
pub(crate) struct FakeSink {
    pub(crate) sent: mpsc::Sender<Vec<u8>>,
    pub(crate) next: Box<dyn FnMut(usize) -> Progress + Send>,
    pub(crate) largest: usize,
}

impl FakeSink {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Vec<u8>>) {
        let (sent, received) = mpsc::channel();
        (Self { sent, next: Box::new(all), largest: 65_507 }, received)
    }
}

pub(crate) fn all(sent: usize) -> Progress {
    Progress { sent, ..Progress::default() }
}

pub(crate) fn none(obstacle: Obstacle) -> Progress {
    Progress { sent: 0, unheard: 0, obstacle: Some(obstacle), ..Progress::default() }
}

impl Sink for FakeSink {
    fn largest(&self) -> usize {
        self.largest
    }
    fn wire_bytes(&self, object: usize) -> u64 {
        object as u64 + 28
    }
    fn cage(&self) -> Cage {
        Cage::Datagrams
    }
    fn send(&mut self, batch: &[&Sealed]) -> Progress {
        let progress = (self.next)(batch.len());
        for sealed in &batch[..progress.sent] {
            self.sent.send(sealed.bytes.clone()).expect("the test listens");
        }
        progress
    }
}
