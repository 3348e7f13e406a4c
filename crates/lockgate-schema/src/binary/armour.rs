//! Bits that travel as characters: one message in the encapsulation sentences of IEC 61162-1 (`!AIVDM` of AIS).
//!
//! ```text
//!   !AIVDM,2,1,3,B,<armour>,0*hh CR LF      what the type describes:
//!   !AIVDM,2,2,3,B,<armour>,2*hh CR LF  <->  8 bits identifier, 4 bits sequence, 4 bits channel, then the message
//! ```
//!
//! Each character of the armour is six bits (IEC 61162-1: 0x30 to 0x57 are 0 to 39, 0x60 to 0x77 are 40 to 63). There is one
//! way to write a message: as few sentences as hold it, all but the last full, fill bits zero. Counts, numbers, fill
//! bits and checksums are computed. The plain interpreter has an opener of its own ([`plain`]); both tell the same faults.

pub(super) mod plain;
mod write;

pub(super) use write::{is_sealed, seal};

use crate::fault::Fault;
use lockgate_bytes::Span;
use lockgate_core::Inspection;
use lockgate_reason::{Code, schema};

/// Sentences of one message, at most: their count is one digit.
pub(super) const SENTENCES: usize = 9;
/// Characters of a sentence before its line break, at most: 82 with both of them.
pub(super) const LINE: usize = 80;
/// Bytes that the longest message needs, with its head.
pub(super) const ROOM: usize = 512;
/// Bits of the head.
pub(super) const HEAD: usize = 16;
/// The sequence of a message that has none.
pub(super) const NO_SEQUENCE: u8 = 15;

/// Sentences of both openers.
pub(super) mod says {
    pub(crate) const NO_LINE: &str = "no sentence of at most 82 characters with CR and LF at its end";
    pub(crate) const NO_SUM: &str = "no * and two hexadecimal digits in capitals at the end of a sentence";
    pub(crate) const FIELDS: &str = "a sentence has seven fields";
    pub(crate) const IDENTIFIER: &str = "an identifier that the type does not list, or another than before";
    pub(crate) const COUNT: &str = "a count of sentences that is no digit from 1, or another than before";
    pub(crate) const NUMBER: &str = "not the number of the sentence that has to stand here";
    pub(crate) const SEQUENCE: &str =
        "no digit, or not the one of the first sentence; one sentence may have none";
    pub(crate) const CHANNEL: &str = "neither A nor B nor nothing, or not the one of the first sentence";
    pub(crate) const ARMOUR: &str = "a character that stands for no six bits";
    pub(crate) const EMPTY: &str = "a sentence without a character of the message";
    pub(crate) const FILL: &str = "fill bits are 0 to 5, and stand in the last sentence only";
    pub(crate) const BITS: &str = "the message is no whole number of bytes without its fill bits";
    pub(crate) const PART: &str = "sentences of the message are missing";
}

/// A message without its sentences.
pub(super) struct Opened {
    bytes: [u8; ROOM],
    /// Bits in use, those of the head too.
    bits: usize,
    /// Where the armour of each sentence stands.
    parts: [Span; SENTENCES],
    used: usize,
    /// The identifier, and sequence with channel, of the first sentence.
    head: [Span; 2],
    /// Bytes of the object.
    all: usize,
}

/// The fields that all sentences of a message have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Common<'a> {
    identifier: &'a [u8],
    count: &'a [u8],
    sequence: &'a [u8],
    channel: &'a [u8],
}

impl Opened {
    fn new(all: usize) -> Self {
        let none = Span::new(0, 0);
        Self { bytes: [0; ROOM], bits: HEAD, parts: [none; SENTENCES], used: 0, head: [none; 2], all }
    }

    /// What the type describes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.bits.div_ceil(8)).unwrap_or(&[])
    }

    fn begin(&mut self, identifier: usize, sequence: Option<u8>, channel: u8, head: [Span; 2]) {
        let [first, second, ..] = &mut self.bytes;
        *first = u8::try_from(identifier).unwrap_or(u8::MAX);
        *second = sequence.unwrap_or(NO_SEQUENCE) << 4 | channel;
        self.head = head;
    }

    fn part(&mut self, at: Span) {
        if let Some(part) = self.parts.get_mut(self.used) {
            *part = at;
            self.used = self.used.saturating_add(1);
        }
    }

    /// Adds one bit.
    fn bit(&mut self, bit: bool) {
        if bit && let Some(byte) = self.bytes.get_mut(self.bits / 8) {
            *byte |= 0x80_u8 >> (self.bits % 8);
        }
        self.bits = self.bits.saturating_add(1);
    }

    /// Everything that was reported of the message, at its place in the object.
    pub(super) fn relocate(&self, into: &mut Inspection) {
        into.record.move_spans(|span| self.stands(span));
        for reason in &mut into.reasons {
            reason.span = reason.span.map(|span| self.stands(span));
        }
        for text in &mut into.open_texts {
            text.span = self.stands(text.span);
        }
    }

    /// Where bytes of what the type describes stand in the object: all of the characters that hold a bit of them.
    fn stands(&self, span: Span) -> Span {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let (start, end) = (place(span.start), place(span.end));
        let [identifier, fields] = self.head;
        let first = match start {
            0 if end > 2 => return Span::new(0, self.all),
            0 => place(identifier.start),
            1 => place(fields.start),
            _ => self.character(start.saturating_sub(2).saturating_mul(8) / 6),
        };
        let last = match end {
            0 => first,
            1 => place(identifier.end),
            2 => place(fields.end),
            _ if end == start => first,
            _ => {
                let bits = end.saturating_sub(2).saturating_mul(8);
                self.character(bits.div_ceil(6).saturating_sub(1)).saturating_add(1)
            }
        };
        Span::new(first, last)
    }

    /// Where the character of this number stands; behind the last one, behind that.
    fn character(&self, number: usize) -> usize {
        let mut left = number;
        let mut behind = 0;
        for part in self.parts.iter().take(self.used) {
            if left < part.len() {
                return usize::try_from(part.start).unwrap_or(usize::MAX).saturating_add(left);
            }
            left = left.saturating_sub(part.len());
            behind = usize::try_from(part.end).unwrap_or(usize::MAX);
        }
        behind
    }
}

/// Six bits of a character.
fn six(character: u8) -> Option<u8> {
    match character {
        0x30..=0x57 => Some(character.wrapping_sub(0x30)),
        0x60..=0x77 => Some(character.wrapping_sub(0x38)),
        _ => None,
    }
}

/// Opens the sentences of a message.
pub(super) fn open(identifiers: &[String], object: &[u8]) -> Result<Opened, Fault> {
    let mut opened = Opened::new(object.len());
    let (mut at, mut first, mut count) = (0, None, 1_u8);
    let mut number = 0_u8;
    while number < count {
        number = number.saturating_add(1);
        if at == object.len() {
            return Err(Fault::new(schema::TOO_FEW, at, at).saying(says::PART));
        }
        let sentence = Sentence::at(object, at)?;
        let common = sentence.common();
        let known = identifiers.iter().position(|known| known.as_bytes() == common.identifier);
        let known = known.ok_or(sentence.wrong(0, says::IDENTIFIER))?;
        let before = *first.get_or_insert(common);
        if before.identifier != common.identifier {
            return Err(sentence.wrong(0, says::IDENTIFIER));
        }
        count = match common.count {
            [digit @ b'1'..=b'9'] if before.count == common.count => digit.wrapping_sub(b'0'),
            _ => return Err(sentence.wrong(1, says::COUNT)),
        };
        if sentence.field(2) != [b'0'.wrapping_add(number)] {
            return Err(sentence.wrong(2, says::NUMBER));
        }
        let sequence = match common.sequence {
            [] if count == 1 => None,
            [digit] if digit.is_ascii_digit() && before.sequence == common.sequence => {
                Some(digit.wrapping_sub(b'0'))
            }
            _ => return Err(sentence.wrong(3, says::SEQUENCE)),
        };
        let channel = match common.channel {
            _ if before.channel != common.channel => None,
            [] => Some(0),
            b"A" => Some(1),
            b"B" => Some(2),
            _ => None,
        };
        let channel = channel.ok_or(sentence.wrong(4, says::CHANNEL))?;
        if number == 1 {
            let fields = Span { start: sentence.span(3).start, end: sentence.span(4).end };
            opened.begin(known, sequence, channel, [sentence.span(0), fields]);
        }
        sentence.message(number == count, &mut opened)?;
        at = sentence.end;
    }
    if at < object.len() {
        return Err(Fault::new(schema::TRAILING_BYTES, at, object.len()));
    }
    Ok(opened)
}

/// One sentence, cut.
struct Sentence<'a> {
    object: &'a [u8],
    fields: [Span; 7],
    /// Behind its line break.
    end: usize,
}

impl<'a> Sentence<'a> {
    /// The sentence that begins at `start`, with a checksum that is right.
    fn at(object: &'a [u8], start: usize) -> Result<Self, Fault> {
        let rest = object.get(start..).unwrap_or(&[]);
        let window = rest.get(..rest.len().min(LINE.saturating_add(2))).unwrap_or(&[]);
        let broken = |code: Code, length: usize, says| {
            Fault::new(code, start, start.saturating_add(length)).saying(says)
        };
        let length = window.windows(2).position(|two| two == b"\r\n").ok_or(broken(
            schema::NOT_WELL_FORMED,
            window.len(),
            says::NO_LINE,
        ))?;
        let line = rest.get(..length).unwrap_or(&[]);
        let Some((body, [b'*', high, low])) = line.split_last_chunk::<3>() else {
            return Err(broken(schema::NOT_WELL_FORMED, length, says::NO_SUM));
        };
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
            b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
            _ => None,
        };
        let told = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
        let told = told.ok_or(broken(schema::NOT_WELL_FORMED, length, says::NO_SUM))?;
        if body.iter().skip(1).fold(0, |sum, byte| sum ^ byte) != told {
            let at = start.saturating_add(body.len());
            return Err(Fault::new(schema::WRONG_CHECKSUM, at.saturating_add(1), at.saturating_add(3)));
        }
        let mut fields = [Span::new(start, start); 7];
        let (mut used, mut begun) = (0_usize, start);
        for piece in body.split(|byte| *byte == b',') {
            let end = begun.saturating_add(piece.len());
            if let Some(field) = fields.get_mut(used) {
                *field = Span::new(begun, end);
            }
            used = used.saturating_add(1);
            begun = end.saturating_add(1);
        }
        if used != fields.len() {
            return Err(broken(schema::NOT_WELL_FORMED, length, says::FIELDS));
        }
        Ok(Self { object, fields, end: start.saturating_add(length).saturating_add(2) })
    }

    fn span(&self, field: usize) -> Span {
        self.fields.get(field).copied().unwrap_or(Span { start: 0, end: 0 })
    }

    fn field(&self, field: usize) -> &'a [u8] {
        self.span(field).of(self.object)
    }

    fn common(&self) -> Common<'a> {
        let [identifier, count, sequence, channel] = [0, 1, 3, 4].map(|field| self.field(field));
        Common { identifier, count, sequence, channel }
    }

    fn wrong(&self, field: usize, says: &'static str) -> Fault {
        Fault { code: schema::BAD_VALUE, span: self.span(field), says: Some(says) }
    }

    /// Adds the bits of this sentence.
    fn message(&self, last: bool, opened: &mut Opened) -> Result<(), Fault> {
        let (armour, at) = (self.field(5), self.span(5));
        if armour.is_empty() {
            return Err(Fault { code: schema::BAD_LENGTH, span: at, says: Some(says::EMPTY) });
        }
        for character in armour {
            let bits = six(*character);
            let bits =
                bits.ok_or(Fault { code: schema::BAD_CHARACTER, span: at, says: Some(says::ARMOUR) })?;
            for place in (0..6).rev() {
                opened.bit(bits >> place & 1 == 1);
            }
        }
        opened.part(at);
        let fill = match self.field(6) {
            [digit @ b'0'..=b'5'] => usize::from(digit.wrapping_sub(b'0')),
            _ => return Err(self.wrong(6, says::FILL)),
        };
        if fill > 0 && !last {
            return Err(self.wrong(6, says::FILL));
        }
        let bits = armour.last().and_then(|character| six(*character)).unwrap_or(0);
        if usize::from(bits).trailing_zeros() < u32::try_from(fill).unwrap_or(0) {
            return Err(Fault { code: schema::SPARE_SET, span: at, says: None });
        }
        opened.bits = opened.bits.saturating_sub(fill);
        if last && !opened.bits.is_multiple_of(8) {
            return Err(Fault { code: schema::BAD_LENGTH, span: at, says: Some(says::BITS) });
        }
        Ok(())
    }
}
