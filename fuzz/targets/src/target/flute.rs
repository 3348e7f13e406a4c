//! FLUTE: a header and a table are read or not; and a receiver over datagrams of a sender, of nobody, doubled, in any order, with time
//! between them. Every object ends once, memory has its bound, and where objects are checked only what was sent is delivered.

use super::links::{datagrams as datagrams_of, end};
use lockgate_adapters::Objects;
use lockgate_adapters::flute::{Header, Instance, Receiver, Sender, Terms};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Incoming, Limits};
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &[
    "<FDT-Instance xmlns=\"urn:ietf:params:xml:ns:fdt\" Expires=\"3908988800\">",
    "<File TOI=\"1\" Content-Location=\"a\" Content-Length=\"5\"/>",
    "FEC-OTI-FEC-Encoding-ID=\"6\"",
    "FEC-OTI-Encoding-Symbol-Length=\"64\"",
    "FEC-OTI-Maximum-Source-Block-Length=\"64\"",
    "FEC-OTI-Scheme-Specific-Info=\"AQABBA==\"",
    "Content-MD5=",
    "</FDT-Instance>",
];

const MEMORY: usize = 40_000;
const LONGEST: u32 = 2_000;
const SESSION: u32 = 7;

fn start() -> Time {
    Time::from_unix_nanos(1_700_000_000_000_000_000)
}

/// What a sender says that has nine objects, with repairs or without.
fn datagrams(repair: u32) -> Vec<Vec<u8>> {
    let terms = Terms {
        session: SESSION,
        symbol: 64,
        block: 8,
        repair,
        objects: Objects::Checked,
        rate: None,
        headers: 28,
        heartbeat: None,
        expires: Duration::from_secs(600),
        repeat: 0,
        after: Duration::from_secs(1),
        repeat_bytes: 0,
    };
    let mut sender = Sender::new(terms, 0x6553_F100);
    datagrams_of(&mut sender, start())
}

static PLAIN: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| datagrams(0));
static CODED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| datagrams(40));

pub(crate) fn run(data: &[u8]) {
    if Header::read(data).is_ok_and(|header| header.payload.len() >= data.len()) {
        panic!("a header without bytes");
    }
    if let Some(table) = Instance::read(data, start())
        && table.files.iter().any(|file| file.object == 0 || file.oti.is_some_and(|oti| oti.cut().is_err()))
    {
        panic!("a file that cannot be");
    }
    let Some((first, rest)) = data.split_first() else { return };
    let known = if first % 2 == 0 { &PLAIN } else { &CODED };
    let objects = if first & 2 == 0 { Objects::Checked } else { Objects::Bare };
    let limits = Limits { memory: MEMORY, object: LONGEST, growing: 4, ..Limits::default() };
    let heartbeat = Some(Duration::from_secs(5));
    let mut receiver = Receiver::new(u64::from(SESSION), objects, limits, 1, heartbeat);
    let (mut now, mut events, mut datagram) = (start(), Vec::new(), Vec::new());
    let mut ended = BTreeSet::new();
    let mut rest = rest;
    while let Some(([how, a, b, c, d], more)) = rest.split_first_chunk().map(|(step, more)| (*step, more)) {
        rest = more;
        datagram.clear();
        let at = usize::from(a).saturating_mul(256).saturating_add(usize::from(b));
        match how % 4 {
            // One of the sender's, as it is, with one byte changed, or cut short.
            0 | 1 | 3 => {
                let Some(one) = known.get(at.checked_rem(known.len()).unwrap_or(0)) else { continue };
                datagram.extend_from_slice(one);
                if how % 4 == 1
                    && let Some(byte) = datagram.get_mut(usize::from(c) % 104)
                {
                    *byte ^= d;
                }
                if how % 4 == 3 {
                    datagram.truncate(usize::from(c));
                }
            }
            // One of nobody's, of any object: some symbols from any number.
            _ => {
                let Some(([e, f], more)) = rest.split_first_chunk().map(|(two, more)| (*two, more)) else {
                    break;
                };
                rest = more;
                datagram.extend([0x10, 0xC0 | c & 3, 5, if d % 2 == 0 { 0 } else { 6 }, 0, 0, 0, 0]);
                datagram.extend(SESSION.to_be_bytes());
                datagram.extend([0, 0, 0, 0, 0, 0, 0, a, 0, e, f, b]);
                datagram.resize(datagram.len().saturating_add(64 << (c >> 2 & 3)), how);
            }
        }
        now = now.plus(Duration::from_nanos(i64::from(how >> 2).saturating_mul(50_000_000)));
        receiver.receive(&datagram, now, &mut events);
        receiver.tick(now, &mut events);
        if receiver.memory() > MEMORY {
            panic!("more memory than there is");
        }
        for event in events.drain(..) {
            end(&event, objects, LONGEST, &mut ended);
        }
    }
}
