//! The objects of a sample, and the bits of them that are flipped.

use lockgate_bytes::Untrusted;
use lockgate_core::{Inspection, Inspector as _};
use lockgate_schema::Compiled;
use lockgate_schema::model::Framing;

/// Records that are split off one frame, at most.
const PARTS_MAX: usize = 4096;

/// The objects of a file, as the type cuts and splits it. What no frame ends is one object to the end; so is white space behind
/// the last one a part of that, but where a length tells the frame: there it may be objects.
pub(super) fn objects(reader: &Compiled, framing: &Framing, bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut rest) = (Vec::new(), bytes);
    let white = match framing {
        Framing::Datagram | Framing::Delimiter(_) | Framing::Sentences => {
            bytes.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
        }
        Framing::Length { .. } | Framing::Varint { .. } | Framing::Ber { .. } | Framing::Fixed(_) => 0,
    };
    while !rest.is_empty() {
        let stream = Untrusted::new(rest);
        let length = if reader.recognises(stream) { reader.first_frame(stream) } else { None };
        let length = length.filter(|length| *length > 0).unwrap_or(rest.len());
        let (frame, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if behind.len() <= white {
            parts(reader, rest, &mut found);
            break;
        }
        parts(reader, frame, &mut found);
        rest = behind;
    }
    found
}

/// The records of a frame, where it has several; otherwise all of it.
fn parts(reader: &Compiled, frame: &[u8], found: &mut Vec<Vec<u8>>) {
    let (mut scratch, mut from, mut parts) = (Inspection::default(), 0_usize, Vec::new());
    for _ in 0..PARTS_MAX {
        let mut part = Vec::new();
        let Some(to) = reader.split(Untrusted::new(frame), from, &mut scratch, &mut part) else { break };
        parts.push(part);
        if to >= frame.len() {
            return found.append(&mut parts);
        }
        from = to;
    }
    found.push(frame.to_vec());
}

/// Numbers without order, the same each time: `SplitMix64`.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let number = (mixed ^ (mixed >> 31)).checked_rem(u64::try_from(end).unwrap_or(u64::MAX)).unwrap_or(0);
        usize::try_from(number).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::objects;
    use lockgate_schema::{Compiled, Type};
    use std::sync::Arc;

    fn cut(laid: &str, record: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n {laid}\n record x {{\n {record}\n }}\n}}\n"
        );
        let of = Type::parse("x", text.as_bytes(), &|_| None);
        let of = Arc::new(of.map_err(|wrong| wrong.render()).unwrap().0);
        objects(&Compiled::new(Arc::clone(&of)), &of.model().framing, bytes)
    }

    #[test]
    fn white_space_behind_the_last_object_is_one_where_its_length_says_so() {
        let fixed =
            "encoding binary\n limits size=\"16B\"\n framing fixed \"2B\"\n identify prefix=0x00 mask=0x80";
        let fields = "field a uint bits=8\n field b uint bits=8";
        assert_eq!(cut(fixed, fields, b"AB  \n\n"), [b"AB", b"  ", b"\n\n"]);
        let lines = "encoding xml namespace=\"\"\n limits size=\"64B\" depth=1\n framing delimiter \"</x>\"\n identify element=\"x\"";
        let text = "attribute a text max=9 optional=#true\n content b text max=9 optional=#true";
        assert_eq!(cut(lines, text, b"<x>1</x><x>2</x>\n \n"), [&b"<x>1</x>"[..], b"<x>2</x>\n \n"]);
    }
}
