//! Which bytes are of a binary type, and where the first object of a stream ends.

use super::bits;
use super::model::Binary;
use crate::model::Framing;

/// True where the type's bytes stand in their place and, where a length tells the frame, that frame is there whole.
pub(crate) fn recognises(of: &Binary, framing: &Framing, bytes: &[u8]) -> bool {
    let wanted = of.prefix.iter().zip(&of.prefix_mask);
    let found = bytes.get(of.prefix_at..).unwrap_or(&[]);
    let known = found.len() >= of.prefix.len()
        && found.iter().zip(wanted).all(|(found, (prefix, mask))| (found ^ prefix) & mask == 0);
    known && first_frame(framing, bytes).is_some()
}

/// Where the first framing unit ends; `None` where the stream holds no complete one.
pub(crate) fn first_frame(framing: &Framing, stream: &[u8]) -> Option<usize> {
    let end = match framing {
        Framing::Datagram => stream.len(),
        Framing::Fixed(size) => *size,
        Framing::Length { at, bits: width, little, whole } => {
            let told = bits::take(stream, at.checked_mul(8)?, *width)?;
            let told = usize::try_from(if *little { bits::swapped(told, *width) } else { told }).ok()?;
            let head = at.checked_add(usize::from(*width / 8))?;
            let end = if *whole { told } else { head.checked_add(told)? };
            (end >= head).then_some(end)?
        }
        Framing::Ber { at } => {
            // 0x80 says no length: such a value ends where it says so itself, and no stream is cut there.
            let first = Some(usize::from(*stream.get(*at)?)).filter(|first| *first != 0x80)?;
            let digits = first.saturating_sub(0x80);
            let behind = at.checked_add(1)?.checked_add(digits)?;
            let long = stream.get(at.checked_add(1)?..behind).filter(|long| long.len() <= 4)?;
            let told = long.iter().fold(0_usize, |told, byte| (told << 8) | usize::from(*byte));
            behind.checked_add(if digits == 0 { first } else { told })?
        }
        Framing::Varint { at, least } => {
            let rest = stream.get(*at..)?;
            let used = rest.iter().take(4).position(|byte| byte & 0x80 == 0)?.checked_add(1)?;
            let sevens = rest.get(..used)?.iter().rev();
            let told = sevens.fold(0_usize, |told, byte| (told << 7) | usize::from(byte & 0x7F));
            if told < *least { stream.len() } else { at.checked_add(used)?.checked_add(told)? }
        }
        Framing::Sentences => sentences(stream)?,
        Framing::Delimiter(end) => {
            let end = end.as_bytes();
            stream.windows(end.len().max(1)).position(|window| window == end)?.checked_add(end.len())?
        }
    };
    (end > 0 && end <= stream.len()).then_some(end)
}

/// Where the sentences of the first message end, or those of it that are there: a line that is not its next one belongs to
/// another message. A line that says no count is one by itself; its reader says what is wrong.
fn sentences(stream: &[u8]) -> Option<usize> {
    let field = |line: &[u8], number| match line.split(|byte| *byte == b',').nth(number) {
        Some([digit @ b'1'..=b'9']) => Some(digit.wrapping_sub(b'0')),
        _ => None,
    };
    let (mut end, mut count, mut number) = (0_usize, 1, 0_u8);
    while number < count {
        number = number.saturating_add(1);
        let rest = stream.get(end..)?;
        let line = rest.get(..rest.iter().position(|byte| *byte == b'\n')?.checked_add(1)?)?;
        match field(line, 1) {
            Some(told) if number == 1 => count = told,
            Some(_) if field(line, 2) == Some(number) => {}
            None if number == 1 => {}
            _ => break,
        }
        end = end.checked_add(line.len())?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::first_frame;
    use crate::model::Framing;

    /// As the framer of a stream cuts it: a short length, a long one, and neither of what is no length.
    #[test]
    fn a_length_in_ber_is_short_or_long_and_never_indefinite() {
        let end = |head: &[u8]| first_frame(&Framing::Ber { at: 1 }, &[&[7], head, &[0; 400]].concat());
        assert_eq!([end(&[0]), end(&[0x7F])], [Some(2), Some(129)]);
        assert_eq!([end(&[0x81, 200]), end(&[0x84, 0, 0, 1, 0])], [Some(203), Some(262)]);
        assert_eq!([end(&[0x80]), end(&[0x85, 0, 0, 0, 0, 1]), end(&[0xFF])], [None; 3]);
    }
}
