//! One datagram: without our tag nothing is read of it; with it, the body is one of those described, or a fault.

use lockgate_diode::{Body, Fault, LinkKey, TAG_BYTES, open};
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["\u{1}", "\u{10}", "\u{20}", "\u{30}", "\u{4}", "\u{0}\u{0}\u{0}\u{1}", "~~~~"];

static KEY: LazyLock<LinkKey> = LazyLock::new(|| LinkKey::new(&[1; 32]));

pub(crate) fn run(data: &[u8]) {
    if open(data, 0, &KEY).is_ok() {
        panic!("a tag was guessed");
    }
    // The same with a tag that fits: version and link as they should be, the rest as it is.
    let mut datagram = vec![0xD1, 0, 0, 0];
    datagram.extend(data);
    if let Some((kind, rest)) = data.split_first() {
        datagram.splice(1..2, [*kind]);
        datagram.truncate(4);
        datagram.extend(rest);
    }
    let tag = KEY.tag(&datagram);
    datagram.extend(tag);
    let body = match open(&datagram, 0, &KEY) {
        Ok(open) => open.body(),
        Err(Fault::Tag | Fault::Link | Fault::Version) => panic!("our own datagram is not known"),
        Err(_) => return,
    };
    let room = datagram.len().saturating_sub(TAG_BYTES);
    match body {
        Ok(Body::Source(it)) if it.part.bytes.len() > room || it.part.index >= it.part.count => {
            panic!("a part that is none")
        }
        Ok(Body::Repair(it)) if it.symbol.len() > room || it.count == 0 || it.count > 64 || it.row > 127 => {
            panic!("a repair that is none")
        }
        Ok(Body::Block(it)) if it.symbol.len() > room || it.symbol.len() % 2 != 0 => {
            panic!("a symbol that is none")
        }
        Ok(Body::Manifest(it)) if it.entries.len() > room / 36 => panic!("more entries than bytes"),
        Err(fault) if fault != Fault::Body => panic!("another fault than the body"),
        _ => {}
    }
}
