//! lidi 2.1: a block is exactly one that would be written, or none; and a receiver over datagrams of a sender, of nobody, doubled, in any
//! order, with time between them. Every transfer ends once, and where objects are checked only what was sent is delivered.

use super::links::{datagrams as datagrams_of, end};
use lockgate_adapters::Objects;
use lockgate_adapters::lidi::{Block, Receiver, Sender, Shape, Symbol, Terms};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Incoming, Limits};
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["\u{0}\u{0}\u{0}\u{0}\u{2}", "\u{0}\u{0}\u{0}\u{0}\u{4}", "\u{1}\u{2}\u{3}\u{4}\u{5}", "LOCKGAT1"];

const LIMITS: (usize, u32) = (40_000, 2_000);

/// Ten sources of 64 bytes, three repairs.
static SHAPE: LazyLock<Option<Shape>> = LazyLock::new(|| Shape::new(100, 640, 37).ok());

/// What a sender says that has nine objects, of the given form.
fn datagrams(objects: Objects) -> Vec<Vec<u8>> {
    let Some(shape) = *SHAPE else { panic!("the shape of the target is none") };
    let heartbeat = Some(Duration::from_secs(5));
    let mut sender = Sender::new(Terms { shape, objects, rate: None, headers: 28, heartbeat });
    datagrams_of(&mut sender, Time::from_unix_nanos(0))
}

static CHECKED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| datagrams(Objects::Checked));
static BARE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| datagrams(Objects::Bare));

pub(crate) fn run(data: &[u8]) {
    let Some(shape) = *SHAPE else { panic!("the shape of the target is none") };
    let mut block = data.to_vec();
    block.resize(shape.block(), 0);
    if Block::read(&block, shape).is_some_and(|read| read.write(shape) != block) {
        panic!("a block that would be written otherwise");
    }
    let Some((first, rest)) = data.split_first() else { return };
    let (objects, known) = if first % 2 == 0 { (Objects::Checked, &CHECKED) } else { (Objects::Bare, &BARE) };
    let (memory, object) = LIMITS;
    let limits = Limits { memory, object, growing: 4, ..Limits::default() };
    let mut receiver = Receiver::new(shape, objects, limits, 1, Some(Duration::from_secs(5)));
    let (mut now, mut events, mut datagram) = (Time::from_unix_nanos(0), Vec::new(), Vec::new());
    let mut ended = BTreeSet::new();
    for step in rest.chunks(5) {
        let [how, a, b, c, d] = *step else { break };
        datagram.clear();
        match how % 4 {
            // One of the sender's, as it is, or with one byte changed.
            0 | 1 => {
                let at = usize::from(a).saturating_mul(256).saturating_add(usize::from(b));
                let Some(one) = known.get(at.checked_rem(known.len()).unwrap_or(0)) else { continue };
                datagram.extend_from_slice(one);
                if how % 4 == 1
                    && let Some(byte) = datagram.get_mut(usize::from(c) % 68)
                {
                    *byte ^= d;
                }
            }
            // One of nobody's, of the right length or of another.
            2 => {
                let index = u32::from_be_bytes([0, b, c, d]);
                Symbol { block: a, index, bytes: &[how; 64] }.write(&mut datagram);
            }
            _ => datagram.resize(usize::from(a), d),
        }
        now = now.plus(Duration::from_nanos(i64::from(how >> 2).saturating_mul(50_000_000)));
        receiver.receive(&datagram, now, &mut events);
        receiver.tick(now, &mut events);
        if receiver.memory() > memory {
            panic!("more memory than there is");
        }
        for event in events.drain(..) {
            end(&event, objects, object, &mut ended);
        }
    }
}
