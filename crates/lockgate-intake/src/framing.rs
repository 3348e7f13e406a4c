//! A stream is cut into frames. How it was chunked on its way never changes the frames.
//!
//! White space (space, tab, line feed, carriage return) in front of a frame that ends with a delimiter separates it from
//! the one before: it is skipped and counted, and belongs to no frame. What is behind the last delimiter and not white
//! space is an unfinished frame.

mod ber;

use crate::Why;
pub use ber::Ber;
use memchr::memmem::Finder;

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

/// A length of unknown width in each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Varint {
    /// Bytes of the frame before the length; at most [`OFFSET_MAX`].
    pub offset: usize,
    /// Fewer bytes than that are no length, and the stream cannot be cut.
    pub least: usize,
}

/// The most bytes of a varint: 28 bits are more than any frame has.
const VARINT_MAX: usize = 4;

/// A length in front of each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Bytes of the frame before the length; at most [`OFFSET_MAX`].
    pub offset: usize,
    /// How wide it is.
    pub width: Width,
    /// Which byte comes first.
    pub order: ByteOrder,
    /// True: it counts the whole frame from its first byte, and the header is part of the object. False: it counts what
    /// follows it, and the header is left out of the object.
    pub includes_header: bool,
}

/// How wide a length is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 16 bits.
    Two,
    /// 32 bits.
    Four,
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The most significant one.
    Big,
    /// The least significant one.
    Little,
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

/// Memory for unfinished frames of all connections together.
#[derive(Debug)]
pub struct Room {
    limit: usize,
    used: usize,
}

impl Room {
    /// Room for `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used
    }

    fn take(&mut self, bytes: usize) -> bool {
        let used = self.used.saturating_add(bytes);
        let fits = used <= self.limit;
        if fits {
            self.used = used;
        }
        fits
    }

    fn give(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }
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

impl Varint {
    /// Bytes of the frame from its first on; `None` where `head` does not hold the length whole.
    fn total(self, head: &[u8], max: usize) -> Result<Option<usize>, Why> {
        let (mut number, mut end) = (0_usize, self.offset);
        for (index, byte) in head.iter().skip(self.offset).take(VARINT_MAX).enumerate() {
            let shift = u32::try_from(index.saturating_mul(7)).unwrap_or(0);
            number |= usize::from(byte & 0x7F).wrapping_shl(shift);
            end = end.saturating_add(1);
            if byte & 0x80 != 0 {
                continue;
            }
            // A last byte of zero says nothing: a length longer than it needs to be.
            if number < self.least.max(1) || (*byte == 0 && index > 0) {
                return Err(Why::BadLength);
            }
            let total = number.saturating_add(end);
            return if total > max { Err(Why::Oversize) } else { Ok(Some(total)) };
        }
        if end >= self.offset.saturating_add(VARINT_MAX) { Err(Why::BadLength) } else { Ok(None) }
    }
}

impl Length {
    /// Bytes up to the end of the length.
    fn header(self) -> usize {
        self.offset.saturating_add(match self.width {
            Width::Two => 2,
            Width::Four => 4,
        })
    }

    /// Bytes of the frame with its header. `head` holds the header at least.
    fn total(self, head: &[u8], max: usize) -> Result<usize, Why> {
        let field = head.get(self.offset..self.header()).ok_or(Why::BadLength)?;
        let number = match (field, self.order) {
            ([a, b], ByteOrder::Big) => u32::from(u16::from_be_bytes([*a, *b])),
            ([a, b], ByteOrder::Little) => u32::from(u16::from_le_bytes([*a, *b])),
            ([a, b, c, d], ByteOrder::Big) => u32::from_be_bytes([*a, *b, *c, *d]),
            ([a, b, c, d], ByteOrder::Little) => u32::from_le_bytes([*a, *b, *c, *d]),
            _ => return Err(Why::BadLength),
        };
        let number = usize::try_from(number).map_err(|_| Why::Oversize)?;
        let least = if self.includes_header { self.header() } else { 1 };
        if number < least {
            return Err(Why::BadLength);
        }
        if number > max {
            return Err(Why::Oversize);
        }
        Ok(if self.includes_header { number } else { number.saturating_add(self.header()) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ber, ByteOrder, Cut, Framer, Framing, Length, Room, Varint, Width};
    use crate::Why;
    use proptest::prelude::*;

    /// Frames, the fault that ended the stream if any, and what was left.
    type Outcome = (Vec<Vec<u8>>, Option<Why>, Vec<u8>);

    fn cut(framing: &Framing, max: usize, chunks: &[&[u8]]) -> Outcome {
        let mut room = Room::new(1 << 20);
        let mut framer = Framer::new(framing, max);
        let mut frames = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            loop {
                match framer.next(&mut input, &mut room) {
                    Cut::Frame(frame) => frames.push(frame.to_vec()),
                    Cut::More => break,
                    Cut::Lost(why) => return (frames, Some(why), Vec::new()),
                }
            }
            assert!(input.is_empty());
        }
        let left = framer.unfinished().to_vec();
        framer.close(&mut room);
        assert_eq!(room.used(), 0, "all memory came back");
        (frames, None, left)
    }

    fn event() -> Framing {
        Framing::Delimiter(b"</event>".to_vec())
    }

    fn length(offset: usize, width: Width, order: ByteOrder, includes_header: bool) -> Framing {
        Framing::Length(Length { offset, width, order, includes_header })
    }

    #[test]
    fn a_delimiter_belongs_to_its_frame_and_white_space_to_none() {
        let (frames, lost, left) = cut(&event(), 64, &[b" \r\n<event></event>\n\t<event>x</event><ev"]);
        assert_eq!(frames, [&b"<event></event>"[..], b"<event>x</event>"]);
        assert_eq!((lost, &left[..]), (None, &b"<ev"[..]));
    }

    #[test]
    fn a_frame_of_exactly_the_limit_passes_and_one_byte_more_is_lost() {
        assert_eq!(cut(&event(), 16, &[b"<event>x</event>"]).0.len(), 1);
        for chunks in
            [&[&b"<event>xy</event>"[..]][..], &[b"<event>x", b"y</event", b">"], &[b"<event>xyzzyxyzzy"]]
        {
            assert_eq!(cut(&event(), 16, chunks).1, Some(Why::Oversize), "{chunks:?}");
        }
    }

    #[test]
    fn lengths_of_every_kind() {
        for (framing, stream, frame) in [
            (length(0, Width::Two, ByteOrder::Big, true), &b"\0\x04ab"[..], &b"\0\x04ab"[..]),
            (length(0, Width::Two, ByteOrder::Little, false), b"\x02\0ab", b"ab"),
            (length(0, Width::Four, ByteOrder::Big, false), b"\0\0\0\x02ab", b"ab"),
            (length(0, Width::Four, ByteOrder::Little, true), b"\x06\0\0\0ab", b"\x06\0\0\0ab"),
            (length(1, Width::Two, ByteOrder::Big, true), b"\x30\0\x05ab", b"\x30\0\x05ab"),
            (length(0, Width::Two, ByteOrder::Big, true), b"\0\x02", b"\0\x02"),
        ] {
            let twice = [stream, stream].concat();
            assert_eq!(
                cut(&framing, 8, &[&twice]),
                (vec![frame.to_vec(); 2], None, Vec::new()),
                "{framing:?}"
            );
            let bytes: Vec<&[u8]> = twice.chunks(1).collect();
            assert_eq!(cut(&framing, 8, &bytes), (vec![frame.to_vec(); 2], None, Vec::new()), "{framing:?}");
        }
    }

    fn varint(offset: usize, least: usize) -> Framing {
        Framing::Varint(Varint { offset, least })
    }

    /// Messages of TAK streams: a magic byte, the length, the message. All of it is the object.
    #[test]
    fn varints_stand_inside_the_object() {
        let long = [&[0xBF, 0x82, 0x01][..], &[7; 130]].concat();
        for frame in [&b"\xBF\x02ab"[..], b"\xBF\x05abcde", &long] {
            let twice = [frame, frame].concat();
            let whole = (vec![frame.to_vec(); 2], None, Vec::new());
            assert_eq!(cut(&varint(1, 2), 200, &[&twice]), whole);
            let bytes: Vec<&[u8]> = twice.chunks(1).collect();
            assert_eq!(cut(&varint(1, 2), 200, &bytes), whole);
        }
        let left = |stream: &[u8]| cut(&varint(1, 2), 200, &[stream]);
        assert_eq!(left(b"\xBF\x82"), (vec![], None, b"\xBF\x82".to_vec()));
        assert_eq!(left(b"\xBF\x02a"), (vec![], None, b"\xBF\x02a".to_vec()));
    }

    #[test]
    fn varints_that_cannot_be() {
        for (stream, why) in [
            // A datagram of the mesh: in a stream its version would be a length of one.
            (&b"\xBF\x01\xBFabc"[..], Why::BadLength),
            (b"\xBF\x00", Why::BadLength),
            (b"\xBF\x82\x00ab", Why::BadLength),
            (b"\xBF\x80\x80\x80\x80\x01", Why::BadLength),
            (b"\xBF\xFF\xFF\xFF\xFF", Why::BadLength),
            (b"\xBF\xFF\xFF\xFF\x7F", Why::Oversize),
            (b"\xBF\x0Fabc", Why::Oversize),
        ] {
            assert_eq!(cut(&varint(1, 2), 16, &[stream]).1, Some(why), "{stream:02x?}");
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(cut(&varint(1, 2), 16, &bytes).1, Some(why), "{stream:02x?}");
        }
    }

    /// Packets behind a key of two bytes, the length in one, two and five bytes; all of it is the object.
    #[test]
    fn lengths_of_ber_stand_inside_the_object() {
        let ber = Framing::Ber(Ber { offset: 2 });
        let long = [&[6, 14, 0x81, 130][..], &[7; 130]].concat();
        for frame in [&b"\x06\x0E\x02ab"[..], b"\x06\x0E\x00", b"\x06\x0E\x84\0\0\0\x02ab", &long] {
            let twice = [frame, frame].concat();
            let whole = (vec![frame.to_vec(); 2], None, Vec::new());
            assert_eq!(cut(&ber, 134, &[&twice]), whole);
            let bytes: Vec<&[u8]> = twice.chunks(1).collect();
            assert_eq!(cut(&ber, 134, &bytes), whole);
        }
        assert_eq!(cut(&ber, 16, &[b"\x06\x0E\x82\0"]), (vec![], None, b"\x06\x0E\x82\0".to_vec()));
        for (length, why) in [
            (&b"\x80ab"[..], Why::BadLength),
            (b"\x85\0\0\0\0\x01", Why::BadLength),
            (b"\xFF", Why::BadLength),
            (b"\x0E", Why::Oversize),
            (b"\x84\xFF\xFF\xFF\xFF", Why::Oversize),
        ] {
            let stream = [b"\x06\x0E", length].concat();
            assert_eq!(cut(&ber, 16, &[&stream]).1, Some(why), "{stream:02x?}");
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(cut(&ber, 16, &bytes).1, Some(why), "{stream:02x?}");
        }
    }

    #[test]
    fn frames_of_one_size() {
        let fixed = Framing::Fixed(3);
        let frames = vec![b"abc".to_vec(), b"def".to_vec()];
        for chunks in [&[&b"abcdefg"[..]][..], &[b"ab", b"cd", b"efg"], &[b"abc", b"def", b"g"]] {
            assert_eq!(cut(&fixed, 3, chunks), (frames.clone(), None, b"g".to_vec()), "{chunks:?}");
        }
        assert_eq!(cut(&fixed, 2, &[b"a"]).1, Some(Why::Oversize));
        assert_eq!(cut(&fixed, 2, &[b""]), (vec![], None, vec![]));
    }

    #[test]
    fn lengths_that_cannot_be() {
        for (framing, stream, why) in [
            (length(0, Width::Two, ByteOrder::Big, true), &b"\0\x01ab"[..], Why::BadLength),
            (length(0, Width::Two, ByteOrder::Big, false), b"\0\0", Why::BadLength),
            (length(0, Width::Two, ByteOrder::Big, false), b"\0\x09", Why::Oversize),
            (length(0, Width::Four, ByteOrder::Big, false), b"\xFF\xFF\xFF\xFFa", Why::Oversize),
        ] {
            assert_eq!(cut(&framing, 8, &[stream]).1, Some(why), "{framing:?}");
        }
    }

    #[test]
    fn unfinished_frames_share_their_room() {
        let mut room = Room::new(256);
        let (mut one, mut two) = (Framer::new(&event(), 1000), Framer::new(&event(), 1000));
        assert_eq!(one.next(&mut &[b'x'; 200][..], &mut room), Cut::More);
        assert_eq!(two.next(&mut &b"y"[..], &mut room), Cut::Lost(Why::NoRoom));
        one.close(&mut room);
        assert_eq!(two.next(&mut &b"y"[..], &mut room), Cut::More);
        two.close(&mut room);
        assert_eq!(room.used(), 0);
    }

    #[test]
    fn a_stream_of_single_bytes_is_linear() {
        // Two million bytes one by one, in one frame: quadratic work would not end.
        let mut room = Room::new(1 << 22);
        let mut framer = Framer::new(&event(), 1 << 22);
        for _ in 0..2_000_000 {
            assert_eq!(framer.next(&mut &b"<"[..], &mut room), Cut::More);
        }
        assert_eq!(framer.unfinished().len(), 2_000_000);
    }

    fn trimmed(bytes: &[u8]) -> &[u8] {
        let white = bytes.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        &bytes[white..]
    }

    fn framings() -> impl Strategy<Value = Framing> {
        prop_oneof![
            Just(event()),
            Just(Framing::Delimiter(b"\n".to_vec())),
            Just(Framing::Delimiter(b"aab".to_vec())),
            Just(Framing::Delimiter(b"aa".to_vec())),
            Just(length(0, Width::Two, ByteOrder::Big, false)),
            Just(length(0, Width::Two, ByteOrder::Little, true)),
            Just(length(1, Width::Two, ByteOrder::Big, true)),
            Just(length(0, Width::Four, ByteOrder::Big, false)),
            Just(varint(0, 1)),
            Just(varint(1, 2)),
            Just(Framing::Ber(Ber { offset: 0 })),
            Just(Framing::Ber(Ber { offset: 2 })),
            Just(Framing::Fixed(7)),
        ]
    }

    fn streams() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"</event>".to_vec()),
            Just(b"</even".to_vec()),
            Just(b"\n ".to_vec()),
            Just(b"aab".to_vec()),
            Just(b"a".to_vec()),
            Just(vec![0, 3]),
            Just(vec![5, 0]),
            Just(vec![0, 0, 0, 2]),
            prop::collection::vec(any::<u8>(), 0..9),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn chunking_never_changes_the_frames(
            framing in framings(), stream in streams(), max in 1_usize..40, cuts in prop::collection::vec(1_usize..20, 1..80)
        ) {
            let whole = cut(&framing, max, &[&stream]);
            let (mut chunks, mut rest, mut sizes) = (Vec::new(), &stream[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            prop_assert_eq!(cut(&framing, max, &chunks), whole);
        }

        #[test]
        fn frames_separators_and_the_rest_are_the_stream(stream in streams(), max in 60_usize..90) {
            let (frames, lost, left) = cut(&event(), max, &[&stream]);
            prop_assume!(lost.is_none());
            // Put together again, but for white space between, nothing is missing and nothing is twice.
            let mut at = &stream[..];
            for frame in frames.iter().chain(std::iter::once(&left)) {
                if !frame.is_empty() {
                    at = trimmed(at);
                }
                prop_assert!(at.starts_with(frame));
                at = &at[frame.len()..];
            }
            prop_assert!(trimmed(at).is_empty());
        }
    }
}
