//! GIF, block by block (GIF89a specification, 31 July 1990).

use super::{CONSTRUCTS_MAX, trailing};
use crate::{Answer, codes};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// Walks the blocks from the header to the trailer.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let mut walk = Walk { object, at: 6, pictures: 0, screen: (0, 0) };
    match walk.blocks(answer) {
        Some(()) if walk.pictures == 0 => answer.found(codes::NOT_OF_ITS_FORM, "no picture"),
        Some(()) => trailing(object, walk.at, answer),
        None => answer.found(codes::CUT_OFF, format!("block at byte {}", walk.at)),
    }
}

struct Walk<'a> {
    object: &'a [u8],
    at: usize,
    pictures: usize,
    /// Sides that the file states.
    screen: (u16, u16),
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.object.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// `None` where the file ends inside a block.
    fn blocks(&mut self, answer: &mut Answer) -> Option<()> {
        let screen = self.take(7)?;
        let [w0, w1, h0, h1, flags] = *screen.first_chunk()?;
        self.screen = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        self.colours(flags)?;
        for _ in 0..CONSTRUCTS_MAX {
            let begin = self.at;
            match self.byte()? {
                0x3B => return Some(()),
                0x2C => self.picture(begin, answer)?,
                0x21 => self.extension(begin, answer)?,
                _ => {
                    answer.found(codes::UNOWNED, format!("byte {begin}"));
                    let rest = self.object.get(begin..).unwrap_or(&[]);
                    answer.says_unowned(&format!("bytes from byte {begin}"), rest);
                    self.at = self.object.len();
                    return Some(());
                }
            }
        }
        answer.found(codes::TOO_MANY, format!("block at byte {}", self.at));
        Some(())
    }

    /// A colour table, where the flags announce one.
    fn colours(&mut self, flags: u8) -> Option<()> {
        if flags & 0x80 != 0 {
            self.take(3_usize.checked_shl(u32::from(flags & 7).saturating_add(1))?)?;
        }
        Some(())
    }

    fn picture(&mut self, begin: usize, answer: &mut Answer) -> Option<()> {
        let [l0, l1, t0, t1, w0, w1, h0, h1, flags] = *self.take(9)? else { return None };
        let end = |a, b, c, d| u16::from_le_bytes([a, b]).checked_add(u16::from_le_bytes([c, d]));
        let fits = |end: Option<u16>, side| end.is_some_and(|end| end <= side);
        if !fits(end(l0, l1, w0, w1), self.screen.0) || !fits(end(t0, t1, h0, h1), self.screen.1) {
            answer.found(codes::GIF_OUTSIDE, format!("picture at byte {begin}"));
        }
        self.colours(flags)?;
        let code_bits = self.byte()?;
        let data = self.data()?;
        self.pictures = self.pictures.saturating_add(1);
        if self.pictures == 2 {
            answer.found(codes::GIF_FURTHER, format!("picture at byte {begin}"));
        }
        let pixels = usize::from(u16::from_le_bytes([w0, w1]))
            .checked_mul(usize::from(u16::from_le_bytes([h0, h1])))?;
        if !(2..=8).contains(&code_bits) {
            answer.found(codes::NOT_OF_ITS_FORM, format!("picture at byte {begin}"));
            return Some(());
        }
        if let Some(code) = judge(&data, code_bits, pixels) {
            answer.found(code, format!("pixels of the picture at byte {begin}"));
        }
        Some(())
    }

    fn extension(&mut self, begin: usize, answer: &mut Answer) -> Option<()> {
        let kind = self.byte()?;
        let data_at = self.at;
        let data = self.data()?;
        let is_xmp = kind == 0xFF && self.object.get(data_at..)?.starts_with(b"\x0BXMP DataXMP");
        let code = match kind {
            0xF9 if data.len() == 4 => return Some(()),
            0xFE => codes::GIF_COMMENT,
            0x01 => codes::GIF_TEXT,
            0xFF if data.starts_with(b"NETSCAPE2.0") && data.len() == 14 => codes::GIF_LOOP,
            _ if is_xmp => codes::GIF_XMP,
            _ => codes::GIF_APPLICATION,
        };
        // XMP stands there as it is: what a reader of blocks takes for their lengths are letters of it.
        let said = if is_xmp { self.object.get(data_at..self.at)? } else { &data };
        answer.says_text(&format!("extension {kind:02X} at byte {begin}"), said);
        answer.found(code, format!("extension {kind:02X} at byte {begin}, {} bytes", data.len()));
        Some(())
    }

    /// Blocks of up to 255 bytes, up to an empty one.
    fn data(&mut self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            match self.byte()? {
                0 => return Some(data),
                length => data.extend_from_slice(self.take(usize::from(length))?),
            }
        }
    }
}

/// The compressed pixels have to be as many as the picture has, and end where their blocks end.
fn judge(data: &[u8], code_bits: u8, pixels: usize) -> Option<&'static lockgate_core::FindingCode> {
    let mut decoder = Decoder::new(BitOrder::Lsb, code_bits);
    let mut out = [0; 16_384];
    let (mut rest, mut held) = (data, 0_usize);
    while held <= pixels {
        let step = decoder.decode_bytes(rest, &mut out);
        rest = rest.get(step.consumed_in..).unwrap_or(&[]);
        held = held.saturating_add(step.consumed_out);
        match step.status {
            Ok(LzwStatus::Done) => {
                return match held.cmp(&pixels) {
                    core::cmp::Ordering::Less => Some(codes::CUT_OFF),
                    core::cmp::Ordering::Equal => (!rest.is_empty()).then_some(codes::UNOWNED),
                    core::cmp::Ordering::Greater => Some(codes::UNOWNED),
                };
            }
            Ok(LzwStatus::Ok) => {}
            // Some writers leave the end code out.
            Ok(LzwStatus::NoProgress) if held == pixels && rest.is_empty() => return None,
            Ok(LzwStatus::NoProgress) => return Some(codes::CUT_OFF),
            Err(_) => return Some(codes::NOT_OF_ITS_FORM),
        }
    }
    Some(codes::UNOWNED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture of 4 x 4 with these blocks before it, and what stands behind its pixels.
    fn gif(before: &[u8], pixels: usize, behind: &[u8], end: &[u8]) -> Vec<u8> {
        let mut data = weezl::encode::Encoder::new(BitOrder::Lsb, 2).encode(&vec![1; pixels]).unwrap();
        data.extend(behind);
        let block = [&[u8::try_from(data.len()).unwrap()][..], &data, &[0]].concat();
        [
            &b"GIF89a\x04\0\x04\0\x81\0\0"[..],
            &[0; 12],
            before,
            b"\x2C\0\0\0\0\x04\0\x04\0\0\x02",
            &block,
            b"\x3B",
            end,
        ]
        .concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn every_place_beside_the_picture_is_seen() {
        assert_eq!(names(&gif(b"", 16, b"", b"")), [""; 0]);
        assert_eq!(names(&gif(b"\x21\xF9\x04\0\0\0\0\0", 16, b"", b"")), [""; 0]);
        assert_eq!(names(&gif(b"\x21\xFE\x03abc\0", 16, b"", b"")), ["gif.comment"]);
        assert_eq!(names(&gif(b"\x21\x01\x03abc\0", 16, b"", b"")), ["gif.text"]);
        assert_eq!(names(&gif(b"\x21\xFF\x0Bsomeprogram\0", 16, b"", b"")), ["gif.application"]);
        assert_eq!(names(&gif(b"", 16, b"", b"tail")), ["form.trailing"]);
        assert_eq!(names(&gif(b"", 16, b"the rest of a larger picture", b"")), ["form.unowned"]);
        assert_eq!(names(&gif(b"", 40, b"", b"")), ["form.unowned"]);
        assert_eq!(names(&gif(b"", 9, b"", b"")), ["form.cut-off"]);
    }

    #[test]
    fn what_extensions_say_is_given_to_the_search_for_words() {
        let packet = b"<x>rain and wind, and so on as long as a packet goes</x>";
        let xmp = [b"\x21\xFF\x0BXMP DataXMP", &packet[..], &[0], &[0]].concat();
        let mut apart = b"\x21\xFE\x07rain an\x06d wind\0".to_vec();
        apart.extend(b"\x21\xF9\x04\0\0\0\0\0");
        for before in [&b"\x21\xFE\x0Drain and wind\0"[..], &apart, b"\x21\xFF\x11somerain and wind\0"] {
            let answer = crate::look(&gif(before, 16, b"", b""));
            assert!(answer.texts.iter().any(|said| said.text.contains("rain and wind")), "{before:?}");
        }
        // The letters of the packet count as lengths: it has to end where one of them leads to.
        let ends = xmp_that_ends(&xmp);
        let answer = crate::look(&gif(&ends, 16, b"", b""));
        assert_eq!(answer.findings.first().map(|finding| finding.code.name), Some("gif.xmp"));
        assert!(answer.texts.iter().any(|said| said.text.contains("rain and wind")), "{:?}", answer.texts);
    }

    /// The trailer of a packet: from every place in it, one length leads to its last byte.
    fn xmp_that_ends(xmp: &[u8]) -> Vec<u8> {
        let trailer: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
        [&xmp[..xmp.len() - 2], &trailer].concat()
    }

    #[test]
    fn a_picture_beyond_the_screen_is_seen() {
        let mut wide = gif(b"", 16, b"", b"");
        wide[6] = 3;
        assert_eq!(names(&wide), ["gif.outside"]);
        let mut low = gif(b"", 16, b"", b"");
        let at = low.iter().position(|byte| *byte == 0x2C).unwrap();
        low[at + 3] = 1;
        assert_eq!(names(&low), ["gif.outside"]);
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at: usize, byte: u8, end: usize) {
            let mut object = gif(b"\x21\xFE\x03abc\0", 16, b"", b"x");
            let at = at % object.len();
            object[at] = byte;
            object.truncate(6 + end % object.len());
            let _ = crate::look(&object);
        }
    }
}
