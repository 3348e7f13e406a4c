//! Which bytes are of a binary type, and where the first object of a stream ends.

use super::bits;
use super::model::Binary;
use crate::model::Framing;

/// True where the type's bytes stand in their place and, where a length tells the frame, that frame is there whole.
pub(crate) fn recognises(of: &Binary, framing: &Framing, bytes: &[u8]) -> bool {
    let known = bytes.get(of.prefix_at..).is_some_and(|rest| rest.starts_with(&of.prefix));
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
        Framing::Delimiter(end) => {
            let end = end.as_bytes();
            stream.windows(end.len().max(1)).position(|window| window == end)?.checked_add(end.len())?
        }
    };
    (end > 0 && end <= stream.len()).then_some(end)
}
