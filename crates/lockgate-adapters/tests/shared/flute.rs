//! A link of FLUTE as most of its tests have it.

use super::{Datagrams, Shelf, send};
use lockgate_adapters::Objects;
use lockgate_adapters::flute::{Header, Receiver, Sender, Terms};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Ended, Limits};

/// The number of a sender's start.
pub(crate) const START: u32 = 0x6553_F100;

pub(crate) fn ms(millis: i64) -> Duration {
    Duration::from_nanos(millis * 1_000_000)
}

pub(crate) fn terms(repair: u32, objects: Objects) -> Terms {
    Terms {
        session: 7,
        symbol: 256,
        block: 32,
        repair,
        objects,
        rate: Some(10_000_000),
        headers: 28,
        heartbeat: Some(Duration::from_secs(1)),
        expires: Duration::from_secs(600),
        repeat: 0,
        after: Duration::from_secs(2),
        repeat_bytes: 1 << 20,
    }
}

pub(crate) fn receiver(objects: Objects) -> Receiver {
    let limits = Limits { memory: 8 << 20, object: 1 << 20, ..Limits::default() };
    Receiver::new(7, objects, limits, 9 << 32, Some(Duration::from_secs(1)))
}

/// What one sender says of these objects, and that all of them were sent.
pub(crate) fn said(terms: Terms, objects: &[Vec<u8>]) -> Datagrams {
    said_from(terms, START, objects)
}

/// The same of a sender with this start.
pub(crate) fn said_from(terms: Terms, start: u32, objects: &[Vec<u8>]) -> Datagrams {
    let (mut sender, mut shelf) = (Sender::new(terms, start), Shelf::default());
    for object in objects {
        shelf.put(Precedence::Routine, object.clone(), Time::MAX);
    }
    let (all, gone) = send(&mut sender, &mut shelf);
    let whole = gone.iter().filter(|it| it.ended == Ended::Sent).count();
    assert_eq!(whole, objects.len());
    all
}

/// The number of the object on the wire, 0 for a table; none for a sign of life.
pub(crate) fn object_of(datagram: &[u8]) -> Option<u128> {
    Header::read(datagram).unwrap().object
}
