//! The plain interpreter's way to open sentences: as text, line after line, field after field.

use super::{HEAD, LINE, Opened, SENTENCES, says};
use crate::fault::Fault;
use lockgate_bytes::Span;
use lockgate_reason::{Code, schema};

/// Opens the sentences of a message; says the same of it as [`super::open`].
pub(in super::super) fn open(identifiers: &[String], object: &[u8]) -> Result<Opened, Fault> {
    let mut opened = Opened::new(object.len());
    let mut first: Option<[&str; 7]> = None;
    let mut at = 0_usize;
    for number in 1..=SENTENCES {
        let line = line(object, at)?;
        let fields = fields(line, at)?;
        let [identifier, count, own, sequence, channel, armour, fill] = fields;
        // Where a field stands follows from those before it.
        let begins = at;
        let stands = |field: usize| {
            let before: usize = fields.iter().take(field).map(|text| text.len().saturating_add(1)).sum();
            let start = begins.saturating_add(before);
            Span::new(start, start.saturating_add(fields.get(field).map_or(0, |text| text.len())))
        };
        let wrong = |field: usize, code: Code, says| Fault { code, span: stands(field), says: Some(says) };
        let [identifier0, count0, _, sequence0, channel0, ..] = *first.get_or_insert(fields);
        let listed = identifiers.iter().position(|known| known == identifier);
        let Some(listed) = listed.filter(|_| identifier == identifier0) else {
            return Err(wrong(0, schema::BAD_VALUE, says::IDENTIFIER));
        };
        let many = count.parse::<usize>().ok().filter(|many| (1..=9).contains(many) && count.len() == 1);
        let Some(many) = many.filter(|_| count == count0) else {
            return Err(wrong(1, schema::BAD_VALUE, says::COUNT));
        };
        if own != number.to_string() {
            return Err(wrong(2, schema::BAD_VALUE, says::NUMBER));
        }
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let known = digits.iter().position(|digit| *digit == sequence);
        let may_be = if many == 1 { known.is_some() || sequence.is_empty() } else { known.is_some() };
        if !may_be || sequence != sequence0 {
            return Err(wrong(3, schema::BAD_VALUE, says::SEQUENCE));
        }
        let Some(radio) = ["", "A", "B"].iter().position(|known| *known == channel && channel == channel0)
        else {
            return Err(wrong(4, schema::BAD_VALUE, says::CHANNEL));
        };
        if number == 1 {
            let head = [stands(0), Span { start: stands(3).start, end: stands(4).end }];
            let sequence = known.and_then(|known| u8::try_from(known).ok());
            opened.begin(listed, sequence, u8::try_from(radio).unwrap_or(0), head);
        }
        let bits = bits_of(armour).ok_or(wrong(5, schema::BAD_CHARACTER, says::ARMOUR))?;
        if bits.is_empty() {
            return Err(wrong(5, schema::BAD_LENGTH, says::EMPTY));
        }
        let filled = digits.iter().take(6).position(|digit| *digit == fill);
        let Some(filled) = filled.filter(|filled| *filled == 0 || number == many) else {
            return Err(wrong(6, schema::BAD_VALUE, says::FILL));
        };
        let kept = bits.len().saturating_sub(filled);
        if bits.iter().skip(kept).any(|bit| *bit) {
            return Err(Fault { code: schema::SPARE_SET, span: stands(5), says: None });
        }
        bits.iter().take(kept).for_each(|bit| opened.bit(*bit));
        opened.part(stands(5));
        at = at.saturating_add(line.len()).saturating_add(2);
        if number == many {
            if !opened.bits.saturating_sub(HEAD).is_multiple_of(8) {
                return Err(wrong(5, schema::BAD_LENGTH, says::BITS));
            }
            break;
        }
        if at == object.len() {
            return Err(Fault::new(schema::TOO_FEW, at, at).saying(says::PART));
        }
    }
    if at < object.len() { Err(Fault::new(schema::TRAILING_BYTES, at, object.len())) } else { Ok(opened) }
}

/// True where all sentences but the last have sixty characters of the message, and that one no more.
pub(in super::super) fn is_laid_out(opened: &Opened) -> bool {
    let lengths: Vec<usize> = opened.parts.iter().take(opened.used).map(|part| part.len()).collect();
    lengths
        .split_last()
        .is_some_and(|(last, others)| *last <= 60 && others.iter().all(|length| *length == 60))
}

/// The characters by which sentences carry six bits, from 0 on.
const ALPHABET: &str = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw";

/// The bits that the characters stand for; `None` where one stands for none.
fn bits_of(armour: &str) -> Option<Vec<bool>> {
    let mut bits = Vec::new();
    for character in armour.chars() {
        let value = ALPHABET.find(character)?;
        bits.extend([32, 16, 8, 4, 2, 1].map(|weight| value & weight != 0));
    }
    Some(bits)
}

/// The line that begins at `at`, without its line break.
fn line(object: &[u8], at: usize) -> Result<&[u8], Fault> {
    let mut end = at;
    let most = at.saturating_add(LINE);
    while end <= most && object.get(end..end.saturating_add(2)) != Some(b"\r\n") {
        end = end.saturating_add(1);
    }
    let line = object.get(at..end).filter(|_| end <= most);
    let cut = object.len().min(most.saturating_add(2));
    line.ok_or(Fault::new(schema::NOT_WELL_FORMED, at, cut).saying(says::NO_LINE))
}

/// The seven fields of a line with a checksum that is right.
fn fields(line: &[u8], at: usize) -> Result<[&str; 7], Fault> {
    let end = at.saturating_add(line.len());
    let broken = |says| Fault::new(schema::NOT_WELL_FORMED, at, end).saying(says);
    // Bytes that are no text stand for nothing that a sentence may hold; they are looked at as characters of their own.
    let star = line.len().checked_sub(3).filter(|star| line.get(*star) == Some(&b'*'));
    let (body, sum) = star.and_then(|star| line.split_at_checked(star)).ok_or(broken(says::NO_SUM))?;
    let mut own = 0_u8;
    for byte in body.iter().skip(1) {
        own ^= byte;
    }
    let digits = sum.get(1..).unwrap_or(&[]);
    if !digits.iter().all(|digit| b"0123456789ABCDEF".contains(digit)) {
        return Err(broken(says::NO_SUM));
    }
    if digits != format!("{own:02X}").as_bytes() {
        return Err(Fault::new(schema::WRONG_CHECKSUM, end.saturating_sub(2), end));
    }
    let mut fields = [""; 7];
    let mut pieces = body.split(|byte| *byte == b',');
    for field in &mut fields {
        let piece = pieces.next().ok_or(broken(says::FIELDS))?;
        // Of a field in other characters only its length counts: it is none that may stand there.
        *field = core::str::from_utf8(piece).unwrap_or(OTHER.get(..piece.len()).unwrap_or(OTHER));
    }
    if pieces.next().is_some() { Err(broken(says::FIELDS)) } else { Ok(fields) }
}

/// As long as a field may be, and nothing that any field may hold.
const OTHER: &str = "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~";
