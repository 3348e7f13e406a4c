//! A stream is cut into frames. How it was chunked on its way never changes the frames.
//!
//! White space (space, tab, line feed, carriage return) in front of a frame that ends with a delimiter separates it from
//! the one before: it is skipped and counted, and belongs to no frame. What is behind the last delimiter and not white
//! space is an unfinished frame.

mod ber;
mod length;
mod room;
mod varint;

use crate::Why;
pub use ber::Ber;
pub use length::{ByteOrder, Length, Width};
use memchr::memmem::Finder;
pub use room::Room;
pub use varint::Varint;

/// The longest delimiter in bytes.
pub const DELIMITER_MAX: usize = 32;
/// The furthest from its frame's first byte that a length stands, in bytes.
pub const OFFSET_MAX: usize = 16;
/// What an unfinished frame may keep reserved after the frame is done, in bytes.
const KEPT: usize = 4096;

/// How a stream is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A frame ends with these bytes, which belong to it; 1 to [`DELIMITER_MAX`] of them.
    Delimiter(Vec<u8>),
    /// A length stands in front.
    Length(Length),
    /// A length of seven bits a byte, least significant first, stands behind so many bytes (TAK protocol, version 1: behind
    /// one). It counts what follows it; all of it is part of the object.
    Varint(Varint),
    /// A length as BER has it stands behind so many bytes (SMPTE ST 336: behind the 16 of the key). It counts what follows it;
    /// all of it is part of the object.
    Ber(Ber),
    /// Every frame has so many bytes, at least one.
    Fixed(usize),
}

/// What the next bytes of a stream are.
#[derive(Debug, PartialEq, Eq)]
pub enum Cut<'a> {
    /// A whole frame.
    Frame(&'a [u8]),
    /// The input is used up; the frame, if one has begun, goes on.
    More,
    /// The stream cannot be cut any further: close it. What is held and what is left of the input is lost.
    Lost(Why),
}

/// Cuts one stream.
pub struct Framer {
    way: Way,
    max: usize,
    held: Vec<u8>,
    reserved: usize,
    done: bool,
    skipped: u64,
}

enum Way {
    Delimiter(Box<Finder<'static>>),
    Length(Length),
    Varint(Varint),
    Ber(Ber),
    Fixed(usize),
}

impl Framer {
    /// Cuts as `framing` says; a frame has at most `max` bytes.
    pub fn new(framing: &Framing, max: usize) -> Self {
        let way = match framing {
            Framing::Delimiter(end) => Way::Delimiter(Box::new(Finder::new(end).into_owned())),
            Framing::Length(length) => Way::Length(*length),
            Framing::Varint(varint) => Way::Varint(*varint),
            Framing::Ber(ber) => Way::Ber(*ber),
            Framing::Fixed(size) => Way::Fixed(*size),
        };
        Self { way, max, held: Vec::new(), reserved: 0, done: false, skipped: 0 }
    }

    /// From now on a frame has at most so many bytes, or what it had before if that is less.
    pub fn narrow(&mut self, max: usize) {
        self.max = self.max.min(max);
    }

    /// Takes from `input` up to the end of the next frame. Call again until it says [`Cut::More`].
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8], room: &mut Room) -> Cut<'a> {
        if self.done {
            self.done = false;
            self.clear(room);
        }
        match self.way {
            Way::Delimiter(_) => self.next_delimited(input, room),
            Way::Length(length) => self.next_measured(length, input, room),
            Way::Varint(varint) => self.next_counted(|head, max| varint.total(head, max), input, room),
            Way::Ber(ber) => self.next_counted(|head, max| ber.total(head, max), input, room),
            Way::Fixed(size) => {
                let told = |_: &[u8], max| if size > max { Err(Why::Oversize) } else { Ok(Some(size)) };
                self.next_counted(told, input, room)
            }
        }
    }

    /// What has arrived of an unfinished frame.
    pub fn unfinished(&self) -> &[u8] {
        if self.done { &[] } else { &self.held }
    }

    /// White space skipped between frames so far, in bytes.
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped
    }

    /// Gives the memory back; the stream has ended.
    pub fn close(&mut self, room: &mut Room) {
        self.held = Vec::new();
        room.give(self.reserved);
        self.reserved = 0;
    }

    fn next_delimited<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8], room: &mut Room) -> Cut<'a> {
        if self.held.is_empty() {
            let white = input.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            self.skipped = self.skipped.saturating_add(u64::try_from(white).unwrap_or(0));
            *input = input.get(white..).unwrap_or(&[]);
        }
        if input.is_empty() {
            return Cut::More;
        }
        match self.end_in(input) {
            Some(end) if self.held.len().saturating_add(end) > self.max => Cut::Lost(Why::Oversize),
            Some(end) => self.finish(input, end, 0, room),
            None if self.held.len().saturating_add(input.len()) >= self.max => Cut::Lost(Why::Oversize),
            None => self.hold_all(input, room),
        }
    }

    fn next_measured<'a, 'i: 'a>(
        &'a mut self,
        length: Length,
        input: &mut &'i [u8],
        room: &mut Room,
    ) -> Cut<'a> {
        let header = length.header();
        if self.held.is_empty() && input.len() < header {
            return self.hold_all(input, room);
        }
        if self.held.len() < header && !self.held.is_empty() {
            let (head, rest) =
                input.split_at_checked(header.saturating_sub(self.held.len())).unwrap_or((input, &[]));
            if !self.hold(head, room) {
                return Cut::Lost(Why::NoRoom);
            }
            *input = rest;
            if self.held.len() < header {
                return Cut::More;
            }
        }
        let head = if self.held.is_empty() { *input } else { &self.held };
        let total = match length.total(head, self.max) {
            Ok(total) => total,
            Err(why) => return Cut::Lost(why),
        };
        let missing = total.saturating_sub(self.held.len());
        let left_out = if length.includes_header { 0 } else { header };
        if input.len() < missing {
            self.hold_all(input, room)
        } else {
            self.finish(input, missing, left_out, room)
        }
    }

    /// `told` is how many bytes a frame has from its first on; `None` where what has come does not say it yet.
    fn next_counted<'a, 'i: 'a>(
        &'a mut self,
        told: impl Fn(&[u8], usize) -> Result<Option<usize>, Why>,
        input: &mut &'i [u8],
        room: &mut Room,
    ) -> Cut<'a> {
        // Before its first byte no frame is too long.
        if self.held.is_empty() && input.is_empty() {
            return Cut::More;
        }
        loop {
            let head = if self.held.is_empty() { *input } else { &self.held };
            match told(head, self.max) {
                Err(why) => return Cut::Lost(why),
                Ok(Some(total)) => {
                    let missing = total.saturating_sub(self.held.len());
                    let is_there = input.len() >= missing;
                    return if is_there {
                        self.finish(input, missing, 0, room)
                    } else {
                        self.hold_all(input, room)
                    };
                }
                Ok(None) if self.held.is_empty() || input.is_empty() => return self.hold_all(input, room),
                // What tells it came in pieces: it ends within a few bytes.
                Ok(None) => {
                    let (next, rest) = input.split_at_checked(1).unwrap_or((input, &[]));
                    if !self.hold(next, room) {
                        return Cut::Lost(Why::NoRoom);
                    }
                    *input = rest;
                }
            }
        }
    }

    /// The frame ends after `end` more bytes; its first `left_out` bytes are not part of the object.
    fn finish<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        end: usize,
        left_out: usize,
        room: &mut Room,
    ) -> Cut<'a> {
        let (last, rest) = input.split_at_checked(end).unwrap_or((input, &[]));
        if self.held.is_empty() {
            *input = rest;
            return Cut::Frame(last.get(left_out..).unwrap_or(&[]));
        }
        if !self.hold(last, room) {
            return Cut::Lost(Why::NoRoom);
        }
        *input = rest;
        self.done = true;
        Cut::Frame(self.held.get(left_out..).unwrap_or(&[]))
    }

    fn hold_all(&mut self, input: &mut &[u8], room: &mut Room) -> Cut<'static> {
        let held = self.hold(input, room);
        if !held {
            return Cut::Lost(Why::NoRoom);
        }
        *input = &[];
        Cut::More
    }

    /// Where in `input` the first delimiter ends that lies in `held` and `input` together.
    fn end_in(&self, input: &[u8]) -> Option<usize> {
        let Way::Delimiter(finder) = &self.way else { return None };
        let length = finder.needle().len();
        let before = length.saturating_sub(1);
        let tail = self.held.get(self.held.len().saturating_sub(before)..).unwrap_or(&[]);
        if !tail.is_empty() {
            let head = input.get(..before.min(input.len())).unwrap_or(&[]);
            let mut seam = [0_u8; 2 * DELIMITER_MAX];
            let used = tail.len().saturating_add(head.len());
            for (place, byte) in seam.iter_mut().zip(tail.iter().chain(head)) {
                *place = *byte;
            }
            if let Some(at) = seam.get(..used).and_then(|seam| finder.find(seam)) {
                return at.checked_add(length)?.checked_sub(tail.len());
            }
        }
        finder.find(input)?.checked_add(length)
    }

    /// Keeps `bytes`; false where there is no room for them.
    fn hold(&mut self, bytes: &[u8], room: &mut Room) -> bool {
        let needed = self.held.len().saturating_add(bytes.len());
        if needed > self.reserved {
            let size = needed.max(64).checked_next_power_of_two().unwrap_or(needed);
            if !room.take(size.saturating_sub(self.reserved)) {
                return false;
            }
            self.held.reserve_exact(size.saturating_sub(self.held.len()));
            self.reserved = size;
        }
        self.held.extend_from_slice(bytes);
        true
    }

    fn clear(&mut self, room: &mut Room) {
        self.held.clear();
        if self.reserved > KEPT {
            self.close(room);
        }
    }
}

impl std::fmt::Debug for Framer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Framer({} bytes of an unfinished frame)", self.unfinished().len())
    }
}

#[cfg(test)]
mod tests;
