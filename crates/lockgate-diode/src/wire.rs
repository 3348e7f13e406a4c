//! The layout of datagrams, both ways. All numbers are big-endian; `docs/DIODE.md` has the tables with offsets.
//!
//! ```text
//!   head: version 1 | kind, class 1 | link 2 | epoch 8 | sequence 8     body     zeros (constant stream only)     tag 16
//! ```
//!
//! INVARIANT: nothing behind the link is read before the tag has been checked.

use crate::manifest::{Manifest, Marks};
use crate::tags::{SIDE, Tag};
use crate::{Hash, LinkKey, TAG_BYTES};
use alloc::boxed::Box;
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Reader, Time, Untrusted};

/// Protocol and version 1, in one byte.
pub(crate) const VERSION: u8 = 0xD1;
/// Bytes of the head.
pub(crate) const HEAD: usize = 20;
/// Bytes of a repair beside what it carries of the longest part in its window.
pub(crate) const REPAIR: usize = HEAD + 8 + SYMBOL_HEAD + TAG_BYTES;
/// Bytes that stand before the part in a symbol of the sliding window.
pub(crate) const SYMBOL_HEAD: usize = 60;
/// Bytes of a block's datagram beside its symbol.
pub(crate) const BLOCK: usize = HEAD + 66 + TAG_BYTES;
/// No datagram is longer than this.
pub(crate) const LONGEST: usize = 9_000;
/// The most parts of a small object.
pub(crate) const PARTS: usize = 8;
/// Milliseconds between two heartbeats, at least. Less would call every pause a silence.
const SHORTEST: u16 = 10;
/// The half byte that says: no class.
const NO_CLASS: u8 = 15;

/// Why a datagram is not taken. Each is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too short or too long to be one of ours.
    Size,
    /// Of another protocol or version.
    Version,
    /// Of another link.
    Link,
    /// The tag does not belong to it: forged, damaged, or another key.
    Tag,
    /// It has our tag, and is not what this version of the protocol says.
    Body,
}

/// What all datagrams begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The class of the object; none for what belongs to the link.
    pub class: Option<Precedence>,
    /// The link.
    pub link: u16,
    /// The start of the sender.
    pub epoch: u64,
    /// The number of the datagram; the first of an epoch is 0, and there are no holes.
    pub sequence: u64,
}

/// One part of a small object, as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its place among the symbols of its class, modulo 2^32.
    pub symbol: u32,
    /// What is said of the object.
    pub part: Part<'a>,
}

/// A part of a small object and what is said of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Number of the object.
    pub number: u64,
    /// BLAKE3 of the object.
    pub hash: Hash,
    /// Equal for reports of one thing; 0 for none.
    pub order: u64,
    /// When the object was first sent by the sender's clock: milliseconds since 1970, 48 bits.
    pub sent: u64,
    /// Length of the object in bytes.
    pub length: u16,
    /// Which part.
    pub index: u8,
    /// How many parts, at least 1.
    pub count: u8,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// A repair of the sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair<'a> {
    /// The first symbol that it covers.
    pub first: u32,
    /// How many it covers: 1 to 64.
    pub count: u8,
    /// Its row of coefficients: 0 to 127.
    pub row: u8,
    /// The sum of the symbols.
    pub symbol: &'a [u8],
}

/// A symbol of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Number of the object.
    pub number: u64,
    /// BLAKE3 of the object.
    pub hash: Hash,
    /// Equal for reports of one thing; 0 for none.
    pub order: u64,
    /// When the object was first sent by the sender's clock: milliseconds since 1970, 48 bits.
    pub sent: u64,
    /// Length of the object in bytes.
    pub length: u32,
    /// Repair symbols of each block.
    pub repairs: u16,
    /// Which block.
    pub block: u16,
    /// Which symbol: source symbols first, then repairs.
    pub index: u16,
    /// The symbol; all of an object have the same, even length.
    pub symbol: &'a [u8],
}

/// That the sender is alive, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The sender's clock.
    pub clock: Time,
    /// How many objects were released and not sent, in this epoch.
    pub unsent: u64,
    /// How many manifests there have been in this epoch.
    pub manifests: u64,
    /// The digest of the last one; zeros where there is none.
    pub head: Hash,
    /// Milliseconds to the next heartbeat.
    pub interval: u16,
    /// Repairs per hundred of small objects and of blocks.
    pub repair: [u8; 2],
    /// How far each class is.
    pub marks: Marks,
}

/// What a datagram carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Nothing: it keeps a constant stream constant.
    Fill,
    /// See [`Source`].
    Source(Source<'a>),
    /// See [`Repair`].
    Repair(Repair<'a>),
    /// See [`Block`].
    Block(Block<'a>),
    /// See [`Manifest`]; its signature has not been checked.
    Manifest(Box<Manifest>),
    /// See [`Heartbeat`].
    Heartbeat(Box<Heartbeat>),
}

/// A datagram whose tag holds, not read any further.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// What it begins with.
    pub head: Head,
    kind: u8,
    body: &'a [u8],
}

/// Checks a datagram's tag and reads its head.
///
/// # Errors
/// [`Fault`], in the order of its variants.
pub fn open<'a>(datagram: &'a [u8], link: u16, key: &LinkKey) -> Result<Open<'a>, Fault> {
    let closed = closed(datagram, link)?;
    let fits = key.fits(closed.text, closed.tag);
    closed.open(fits)
}

/// A datagram that may be one of this link; its tag has not been checked.
#[derive(Clone, Copy)]
pub(crate) struct Closed<'a> {
    /// All before the tag.
    pub(crate) text: &'a [u8],
    pub(crate) tag: &'a Tag,
}

/// Looks at what tells our datagrams from others, and at nothing else.
pub(crate) fn closed(datagram: &[u8], link: u16) -> Result<Closed<'_>, Fault> {
    if datagram.len() < HEAD.saturating_add(TAG_BYTES) || datagram.len() > LONGEST {
        return Err(Fault::Size);
    }
    let (text, tag) = datagram.split_last_chunk::<TAG_BYTES>().ok_or(Fault::Size)?;
    let mut reader = Untrusted::new(text).reader();
    if reader.byte() != Some(VERSION) {
        return Err(Fault::Version);
    }
    reader.byte().ok_or(Fault::Size)?;
    if u16(&mut reader) != Some(link) {
        return Err(Fault::Link);
    }
    Ok(Closed { text, tag })
}

impl<'a> Closed<'a> {
    /// Reads the head, where the tag was found to fit.
    pub(crate) fn open(self, fits: bool) -> Result<Open<'a>, Fault> {
        if !fits {
            return Err(Fault::Tag);
        }
        let mut reader = Untrusted::new(self.text).reader();
        reader.byte().ok_or(Fault::Size)?;
        let kind = reader.byte().ok_or(Fault::Size)?;
        let link = u16(&mut reader).ok_or(Fault::Size)?;
        let class = match kind & 15 {
            NO_CLASS => None,
            step => Some(*Precedence::ALL.get(usize::from(step)).ok_or(Fault::Body)?),
        };
        let epoch = u64(&mut reader).ok_or(Fault::Size)?;
        let sequence = u64(&mut reader).ok_or(Fault::Size)?;
        Ok(Open { head: Head { class, link, epoch, sequence }, kind: kind >> 4, body: reader.rest() })
    }
}

impl<'a> Open<'a> {
    /// Reads the body; whatever stands behind it must be zeros.
    ///
    /// # Errors
    /// [`Fault::Body`] where it is not of the form that this version describes.
    pub fn body(&self) -> Result<Body<'a>, Fault> {
        let mut reader = Untrusted::new(self.body).reader();
        let body = self.read(&mut reader).ok_or(Fault::Body)?;
        if reader.rest().iter().any(|byte| *byte != 0) {
            return Err(Fault::Body);
        }
        Ok(body)
    }

    fn read(&self, reader: &mut Reader<'a>) -> Option<Body<'a>> {
        match (self.kind, self.head.class) {
            (0, None) => Some(Body::Fill),
            (1, Some(_)) => {
                let symbol = u32(reader)?;
                Some(Body::Source(Source { symbol, part: Part::read(reader)? }))
            }
            (2, Some(_)) => Repair::read(reader).map(Body::Repair),
            (3, Some(_)) => Block::read(reader).map(Body::Block),
            (4, None) => Manifest::read(reader).map(Box::new).map(Body::Manifest),
            (5, None) => Heartbeat::read(reader).map(Box::new).map(Body::Heartbeat),
            _ => None,
        }
    }
}

impl<'a> Part<'a> {
    /// How long part `index` of `count` is, of an object of so many bytes; `None` where there is no such part.
    pub(crate) fn span(length: u16, index: u8, count: u8) -> Option<(usize, usize)> {
        let (length, count) = (usize::from(length), usize::from(count));
        let size = length.div_ceil(count.max(1)).max(1);
        let from = size.saturating_mul(usize::from(index));
        // No part is empty, save the only part of an empty object.
        let real =
            usize::from(index) < count && count <= PARTS && (from < length || (length == 0 && count == 1));
        real.then(|| (from, from.saturating_add(size).min(length)))
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let number = number(reader)?;
        let (hash, order, sent) = (words(reader)?, u64(reader)?, u48(reader)?);
        let (length, index, count) = (u16(reader)?, reader.byte()?, reader.byte()?);
        let (from, to) = Self::span(length, index, count)?;
        let bytes = reader.take(to.checked_sub(from)?)?;
        Some(Self { number, hash, order, sent, length, index, count, bytes })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.number.to_be_bytes());
        out.extend(self.hash);
        out.extend(self.order.to_be_bytes());
        put48(self.sent, out);
        out.extend(self.length.to_be_bytes());
        out.extend([self.index, self.count]);
        out.extend(self.bytes);
    }
}

impl<'a> Repair<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let first = u32(reader)?;
        let (count, row) = (reader.byte()?, reader.byte()?);
        let length = usize::from(u16(reader)?);
        if !(1..=64).contains(&count) || row > 127 || length < SYMBOL_HEAD {
            return None;
        }
        Some(Self { first, count, row, symbol: reader.take(length)? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.first.to_be_bytes());
        out.extend([self.count, self.row]);
        out.extend(short(self.symbol.len()).to_be_bytes());
        out.extend(self.symbol);
    }
}

impl<'a> Block<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let (number, hash, order, sent) = (number(reader)?, words(reader)?, u64(reader)?, u48(reader)?);
        let (length, size) = (u32(reader)?, u16(reader)?);
        let (repairs, block, index) = (u16(reader)?, u16(reader)?, u16(reader)?);
        if size < 2 || !size.is_multiple_of(2) {
            return None;
        }
        let symbol = reader.take(usize::from(size))?;
        Some(Self { number, hash, order, sent, length, repairs, block, index, symbol })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.number.to_be_bytes());
        out.extend(self.hash);
        out.extend(self.order.to_be_bytes());
        put48(self.sent, out);
        out.extend(self.length.to_be_bytes());
        out.extend(short(self.symbol.len()).to_be_bytes());
        out.extend(self.repairs.to_be_bytes());
        out.extend(self.block.to_be_bytes());
        out.extend(self.index.to_be_bytes());
        out.extend(self.symbol);
    }
}

impl Heartbeat {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let clock = Time::from_unix_nanos(i64::from_be_bytes(words(reader)?));
        let (unsent, manifests, head) = (u64(reader)?, u64(reader)?, words(reader)?);
        let interval = u16(reader).filter(|interval| *interval >= SHORTEST)?;
        let repair = words(reader)?;
        Some(Self { clock, unsent, manifests, head, interval, repair, marks: Marks::read(reader, false)? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.clock.unix_nanos().to_be_bytes());
        out.extend(self.unsent.to_be_bytes());
        out.extend(self.manifests.to_be_bytes());
        out.extend(self.head);
        out.extend(self.interval.to_be_bytes());
        out.extend(self.repair);
        self.marks.write(false, out);
    }
}

/// Begins a datagram; `kind` in the upper half of its byte.
pub(crate) fn begin(head: &Head, kind: u8, out: &mut Vec<u8>) {
    out.clear();
    let class = head.class.map_or(NO_CLASS, Precedence::step);
    out.extend([VERSION, kind | class]);
    out.extend(head.link.to_be_bytes());
    out.extend(head.epoch.to_be_bytes());
    out.extend(head.sequence.to_be_bytes());
}

/// Ends a datagram: zeros up to `size` where it is shorter, then the place of the tag.
pub(crate) fn end(size: usize, out: &mut Vec<u8>) {
    let text = size.saturating_sub(TAG_BYTES).max(out.len());
    out.resize(text.saturating_add(TAG_BYTES), 0);
}

/// Puts its tag on each of these datagrams that have ended.
pub(crate) fn seal(datagrams: &mut [Vec<u8>], key: &LinkKey) {
    for some in datagrams.chunks_mut(SIDE) {
        let mut texts: [&[u8]; SIDE] = [&[]; SIDE];
        for (text, datagram) in texts.iter_mut().zip(some.iter()) {
            *text = datagram.split_last_chunk::<TAG_BYTES>().map_or(&[], |(text, _)| text);
        }
        let tags = key.tags(texts.get(..some.len()).unwrap_or(&[]));
        for (datagram, tag) in some.iter_mut().zip(tags) {
            if let Some((_, place)) = datagram.split_last_chunk_mut() {
                *place = tag;
            }
        }
    }
}

pub(crate) fn words<const N: usize>(reader: &mut Reader<'_>) -> Option<[u8; N]> {
    reader.take(N)?.try_into().ok()
}

pub(crate) fn u16(reader: &mut Reader<'_>) -> Option<u16> {
    words(reader).map(u16::from_be_bytes)
}

pub(crate) fn u32(reader: &mut Reader<'_>) -> Option<u32> {
    words(reader).map(u32::from_be_bytes)
}

pub(crate) fn u64(reader: &mut Reader<'_>) -> Option<u64> {
    words(reader).map(u64::from_be_bytes)
}

/// The number of an object: there is always one behind it.
pub(crate) fn number(reader: &mut Reader<'_>) -> Option<u64> {
    u64(reader).filter(|number| *number < u64::MAX)
}

fn u48(reader: &mut Reader<'_>) -> Option<u64> {
    let [a, b, c, d, e, f]: [u8; 6] = words(reader)?;
    Some(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

fn put48(value: u64, out: &mut Vec<u8>) {
    let [_, _, low @ ..] = value.to_be_bytes();
    out.extend(low);
}

fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
