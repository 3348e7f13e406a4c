//! The one way to write a message in sentences.

use super::{HEAD, NO_SEQUENCE, ROOM, SENTENCES};

/// Characters of armour in each sentence of a message but the last: with them, a sentence of two has 82 characters.
const FULL: usize = 60;

/// Writes the sentences of `message`, which is a head and bits, in pieces; `None` where there is no way to.
fn write(identifiers: &[String], message: &[u8], piece: &mut dyn FnMut(&[u8])) -> Option<()> {
    let (head, _) = message.split_first_chunk::<2>()?;
    let identifier = identifiers.get(usize::from(head[0]))?;
    let (sequence, channel) = (head[1] >> 4, head[1] & 15);
    let bits = message.len().checked_mul(8)?.checked_sub(HEAD)?;
    let characters = bits.div_ceil(6);
    let count = characters.div_ceil(FULL);
    let digit = |number: usize| u8::try_from(number).ok().map(|number| b'0'.wrapping_add(number));
    let channel: &[u8] = match channel {
        0 => b"",
        1 => b"A",
        2 => b"B",
        _ => return None,
    };
    let no_sequence = sequence == NO_SEQUENCE;
    if !(1..=SENTENCES).contains(&count) || (no_sequence && count > 1) || (!no_sequence && sequence > 9) {
        return None;
    }
    for number in 0..count {
        let from = number.checked_mul(FULL)?;
        let to = characters.min(from.checked_add(FULL)?);
        let mut sum = 0_u8;
        let mut put = |bytes: &[u8]| {
            sum = bytes.iter().fold(sum, |sum, byte| sum ^ byte);
            piece(bytes);
        };
        put(identifier.as_bytes());
        put(&[b',', digit(count)?, b',', digit(number.checked_add(1)?)?, b',']);
        if !no_sequence {
            put(&[b'0'.wrapping_add(sequence)]);
        }
        put(b",");
        put(channel);
        put(b",");
        for character in from..to {
            put(&[armoured(message, character)?]);
        }
        let last = to == characters;
        let fill = if last { characters.checked_mul(6)?.checked_sub(bits)? } else { 0 };
        put(&[b',', digit(fill)?]);
        // The first character does not count.
        let sum = sum ^ identifier.as_bytes().first()?;
        let hex = |four: u8| b"0123456789ABCDEF".get(usize::from(four & 15)).copied();
        piece(&[b'*', hex(sum >> 4)?, hex(sum)?, b'\r', b'\n']);
    }
    Some(())
}

/// The character of the armour with this number.
fn armoured(message: &[u8], number: usize) -> Option<u8> {
    let mut six = 0_u8;
    for place in 0..6 {
        let bit = number.checked_mul(6)?.checked_add(place)?.checked_add(HEAD)?;
        let byte = message.get(bit / 8).copied().unwrap_or(0);
        six = six << 1 | (byte >> (7_usize.wrapping_sub(bit % 8)) & 1);
    }
    Some(if six < 40 { six.wrapping_add(0x30) } else { six.wrapping_add(0x38) })
}

/// Puts the sentences of the message that stands in `out` from `start` on in its place.
pub(in super::super) fn seal(identifiers: &[String], out: &mut Vec<u8>, start: usize) -> Option<()> {
    let mut copy = [0_u8; ROOM];
    let message = out.get(start..)?;
    let copy = copy.get_mut(..message.len())?;
    copy.copy_from_slice(message);
    out.truncate(start);
    write(identifiers, copy, &mut |piece| out.extend_from_slice(piece))
}

/// True where `object` is the sentences of `message`.
pub(in super::super) fn is_sealed(identifiers: &[String], message: &[u8], object: &[u8]) -> bool {
    let mut rest = Some(object);
    let written =
        write(identifiers, message, &mut |piece| rest = rest.and_then(|rest| rest.strip_prefix(piece)));
    written.is_some() && rest == Some(&[])
}
