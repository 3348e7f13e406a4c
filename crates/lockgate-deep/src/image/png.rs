//! PNG, chunk by chunk (ISO/IEC 15948:2004 and the W3C recommendation's third edition).

use super::{CONSTRUCTS_MAX, exif, trailing};
use crate::{Answer, codes};
use lockgate_core::FindingCode;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// The eight bytes before the first chunk.
const SIGNATURE: usize = 8;
/// Length, type and checksum of a chunk.
const FRAME: usize = 12;

/// Chunks that say how to show the picture, each with the least and the most bytes that it has for that.
const PLAIN: [(&[u8; 4], usize, usize); 12] = [
    (b"cHRM", 32, 32),
    (b"gAMA", 4, 4),
    (b"sBIT", 1, 4),
    (b"sRGB", 1, 1),
    (b"bKGD", 1, 6),
    (b"hIST", 2, 512),
    (b"tRNS", 1, 256),
    (b"pHYs", 9, 9),
    (b"PLTE", 3, 768),
    (b"cICP", 4, 4),
    (b"mDCV", 24, 24),
    (b"cLLI", 8, 8),
];

/// Walks the chunks from the signature to the last byte.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let mut picture = Picture::default();
    let mut at = SIGNATURE;
    for _ in 0..CONSTRUCTS_MAX {
        let Some(chunk) = Chunk::at(object, at) else {
            answer.found(codes::CUT_OFF, format!("chunk at byte {at}"));
            return;
        };
        if !chunk.has_its_checksum() {
            answer.found(codes::PNG_CHECKSUM, chunk.place(at));
        }
        let next = at.saturating_add(chunk.data.len()).saturating_add(FRAME);
        picture.see(&chunk, at, answer);
        at = next;
        if chunk.kind == *b"IEND" {
            picture.end(answer);
            trailing(object, at, answer);
            return;
        }
    }
    answer.found(codes::TOO_MANY, format!("chunk at byte {at}"));
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Type and data: what the checksum is over.
    summed: &'a [u8],
    checksum: u32,
}

impl<'a> Chunk<'a> {
    fn at(object: &'a [u8], at: usize) -> Option<Self> {
        let (length, rest) = object.get(at..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (summed, rest) = rest.split_at_checked(length.checked_add(4)?)?;
        let (kind, data) = summed.split_first_chunk::<4>()?;
        let checksum = u32::from_be_bytes(*rest.first_chunk()?);
        Some(Self { kind: *kind, data, summed, checksum })
    }

    fn has_its_checksum(&self) -> bool {
        crc32fast::hash(self.summed) == self.checksum
    }

    fn place(&self, at: usize) -> String {
        let kind = String::from_utf8_lossy(&self.kind);
        format!("{kind} at byte {at}, {} bytes", self.data.len())
    }
}

/// What was seen so far.
#[derive(Default)]
struct Picture {
    head: Option<Head>,
    pixels: Option<Pixels>,
    /// The run of pixel chunks is over.
    pixels_over: bool,
    /// Chunks of which there may be one.
    once: Vec<[u8; 4]>,
}

impl Picture {
    fn see(&mut self, chunk: &Chunk<'_>, at: usize, answer: &mut Answer) {
        let mut found = |code: &'static FindingCode| answer.found(code, chunk.place(at));
        if (self.head.is_none()) != (chunk.kind == *b"IHDR") {
            found(codes::PNG_ORDER);
        }
        if chunk.kind != *b"IDAT" && self.pixels.is_some() {
            self.pixels_over = true;
        }
        match &chunk.kind {
            b"IHDR" => match Head::read(chunk.data) {
                Some(head) => self.head = Some(head),
                None => found(codes::NOT_OF_ITS_FORM),
            },
            b"IDAT" if self.pixels_over => found(codes::PNG_ORDER),
            b"IDAT" => {
                let expected = self.head.as_ref().map_or(0, Head::filtered_bytes);
                self.pixels.get_or_insert_with(|| Pixels::expecting(expected)).take(chunk.data);
            }
            b"IEND" if !chunk.data.is_empty() => {
                found(codes::TRAILING);
                answer.says_unowned(&format!("IEND at byte {at}"), chunk.data);
            }
            b"IEND" => {}
            b"tEXt" | b"zTXt" | b"iTXt" => {
                found(codes::PNG_TEXT);
                say(chunk, at, answer);
            }
            b"eXIf" => {
                found(codes::PNG_EXIF);
                exif::look(chunk.data, &chunk.place(at), answer);
            }
            b"iCCP" | b"sPLT" => {
                found(codes::PNG_PROFILE);
                say(chunk, at, answer);
            }
            b"tIME" => found(codes::PNG_TIME),
            b"acTL" | b"fcTL" | b"fdAT" => found(codes::PNG_ANIMATION),
            kind => match PLAIN.iter().find(|(plain, ..)| *plain == kind) {
                Some((_, least, most)) => {
                    if self.once.contains(kind) || !(*least..=*most).contains(&chunk.data.len()) {
                        found(codes::PNG_ORDER);
                    }
                    self.once.push(*kind);
                }
                None => {
                    found(codes::PNG_PRIVATE);
                    answer.says_text(&chunk.place(at), chunk.data);
                }
            },
        }
    }

    fn end(self, answer: &mut Answer) {
        match self.pixels {
            None => answer.found(codes::NOT_OF_ITS_FORM, "no IDAT"),
            Some(pixels) => pixels.judge(answer),
        }
    }
}

/// Gives a text chunk or a profile to the search for words, unpacked where it is packed (11.3.3.3 and 11.3.4: keyword, null, then
/// in zTXt and iCCP a method, in iTXt a flag, a method, a language and a translated keyword before the text).
fn say(chunk: &Chunk<'_>, at: usize, answer: &mut Answer) {
    let place = chunk.place(at);
    let mut parts = chunk.data.splitn(2, |byte| *byte == 0);
    let (keyword, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    answer.says_bytes(&place, keyword);
    let packed = match (&chunk.kind, rest) {
        (b"zTXt" | b"iCCP", [0, packed @ ..]) => Some(packed),
        (b"iTXt", [1, 0, after @ ..]) => {
            let mut parts = after.splitn(3, |byte| *byte == 0);
            answer.says_bytes(&place, parts.nth(1).unwrap_or_default());
            parts.next()
        }
        (b"zTXt" | b"iCCP", _) | (b"iTXt", [1, ..]) => Some(&[][..]),
        _ => None,
    };
    match packed.map(|packed| decompress_to_vec_zlib_with_limit(packed, TEXT_BYTES_MAX)) {
        None => answer.says_text(&place, rest),
        Some(Ok(text)) => answer.says_text(&place, &text),
        Some(Err(_)) => answer.found(codes::TEXT_NOT_KEPT, place),
    }
}

/// Bytes that a packed text may unpack to.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// The header: size and kind of the picture.
struct Head {
    width: u64,
    height: u64,
    bits_per_pixel: u64,
    interlaced: bool,
}

impl Head {
    fn read(data: &[u8]) -> Option<Self> {
        let [w0, w1, w2, w3, h0, h1, h2, h3, depth, colour, 0, 0, interlace @ (0 | 1)] = *data else {
            return None;
        };
        let samples = match (colour, depth) {
            (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
            (2, 8 | 16) => 3,
            (4, 8 | 16) => 2,
            (6, 8 | 16) => 4,
            _ => return None,
        };
        let width = u64::from(u32::from_be_bytes([w0, w1, w2, w3]));
        let height = u64::from(u32::from_be_bytes([h0, h1, h2, h3]));
        let sane = |side: u64| (1..=1 << 31).contains(&side);
        (sane(width) && sane(height)).then_some(Self {
            width,
            height,
            bits_per_pixel: u64::from(depth).saturating_mul(samples),
            interlaced: interlace == 1,
        })
    }

    /// Bytes of all rows with their filter byte: what the compressed stream has to hold, no more and no less.
    fn filtered_bytes(&self) -> u64 {
        // First column, first row, and the steps of each of the seven passes (Adam7).
        const PASSES: [(u64, u64, u64, u64); 7] = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ];
        let rows_of = |width: u64, height: u64| match width {
            0 => 0,
            _ => {
                width.saturating_mul(self.bits_per_pixel).div_ceil(8).saturating_add(1).saturating_mul(height)
            }
        };
        if !self.interlaced {
            return rows_of(self.width, self.height);
        }
        let count = |side: u64, first: u64, step: u64| side.saturating_sub(first).div_ceil(step);
        PASSES.iter().fold(0, |sum: u64, (x, y, dx, dy)| {
            sum.saturating_add(rows_of(count(self.width, *x, *dx), count(self.height, *y, *dy)))
        })
    }
}

/// The compressed stream of the pixels: it has to end with the last pixel chunk, and hold what the header announces.
struct Pixels {
    state: Box<InflateState>,
    expected: u64,
    held: u64,
    ended: bool,
    /// Bytes in pixel chunks after the end of the stream.
    beyond: u64,
    broken: bool,
}

impl Pixels {
    fn expecting(expected: u64) -> Self {
        let state = InflateState::new_boxed(DataFormat::Zlib);
        Self { state, expected, held: 0, ended: false, beyond: 0, broken: false }
    }

    fn take(&mut self, mut data: &[u8]) {
        let mut rows = [0; 16_384];
        while !self.ended && !self.broken && self.held <= self.expected {
            let step = inflate(&mut self.state, data, &mut rows, MZFlush::None);
            data = data.get(step.bytes_consumed..).unwrap_or(&[]);
            self.held = self.held.saturating_add(u64::try_from(step.bytes_written).unwrap_or(0));
            match step.status {
                Ok(MZStatus::StreamEnd) => self.ended = true,
                Ok(_) if data.is_empty() && step.bytes_written < rows.len() => return,
                Ok(_) => {}
                Err(MZError::Buf) if data.is_empty() => return,
                Err(_) => self.broken = true,
            }
        }
        self.beyond = self.beyond.saturating_add(u64::try_from(data.len()).unwrap_or(0));
    }

    fn judge(&self, answer: &mut Answer) {
        if self.broken {
            answer.found(codes::NOT_OF_ITS_FORM, "compressed pixels in IDAT");
        } else if self.held > self.expected {
            answer.found(codes::UNOWNED, "IDAT holds more rows than the picture has");
        } else if !self.ended || self.held < self.expected {
            answer.found(codes::CUT_OFF, "compressed pixels in IDAT");
        } else if self.beyond > 0 {
            answer.found(codes::UNOWNED, format!("{} bytes in IDAT after the last row", self.beyond));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let summed = [kind, data].concat();
        let length = u32::try_from(data.len()).unwrap();
        [&length.to_be_bytes()[..], &summed, &crc32fast::hash(&summed).to_be_bytes()].concat()
    }

    /// A grey picture, with further chunks before its pixels, and bytes after its end.
    fn png(side: u32, interlaced: bool, chunks: &[Vec<u8>], rows: &[u8], end: &[u8]) -> Vec<u8> {
        let mut head = [side.to_be_bytes(), side.to_be_bytes()].concat();
        head.extend([8, 0, 0, 0, u8::from(interlaced)]);
        let pixels = miniz_oxide::deflate::compress_to_vec_zlib(rows, 6);
        let (one, two) = pixels.split_at(pixels.len() / 2);
        let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
        out.extend(chunk(b"IHDR", &head));
        out.extend(chunks.concat());
        out.extend(chunk(b"IDAT", one));
        out.extend(chunk(b"IDAT", two));
        out.extend(chunk(b"IEND", b""));
        out.extend(end);
        out
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn a_picture_and_nothing_else_has_no_findings() {
        assert!(names(&png(16, false, &[], &[0; 16 * 17], b"")).is_empty());
        // Adam7: the passes of 16 x 16 have 2x2, 2x2, 4x2, 4x4, 8x4, 8x8 and 16x8 pixels.
        let rows: usize =
            [(2, 2), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (16, 8)].map(|(w, h)| (w + 1) * h).iter().sum();
        assert!(names(&png(16, true, &[], &vec![0; rows], b"")).is_empty());
        assert_eq!(names(&png(16, true, &[], &vec![0; rows + 1], b"")), ["form.unowned"]);
    }

    #[test]
    fn every_place_beside_the_picture_is_seen() {
        let rows = [0; 16 * 17];
        let with = |kind: &[u8; 4], data: &[u8]| names(&png(16, false, &[chunk(kind, data)], &rows, b""));
        assert_eq!(with(b"tEXt", b"Comment\0x"), ["png.text"]);
        assert_eq!(with(b"eXIf", b"II*\0"), ["png.exif", "exif.unread"]);
        let place = b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(with(b"eXIf", place), ["png.exif", "exif.place"]);
        assert_eq!(with(b"prVt", b"anything"), ["png.private"]);
        assert_eq!(with(b"acTL", &[0; 8]), ["png.animation"]);
        assert_eq!(with(b"IHDR", &[0; 13]), ["png.order", "form.broken"]);
        assert!(with(b"gAMA", &[0, 0, 1, 1]).is_empty());
        for more in [5, 768, 2000] {
            assert_eq!(with(b"gAMA", &vec![0; more]), ["png.order"], "{more} bytes, and it needs four");
        }
        assert_eq!(names(&png(16, false, &[], &rows, b"tail")), ["form.trailing"]);
        assert_eq!(
            names(&png(16, false, &[], &[0; 16 * 17 + 5], b"")),
            ["form.unowned"],
            "a remainder of rows"
        );
        assert_eq!(names(&png(16, false, &[], &[0; 16 * 17 - 5], b"")), ["form.cut-off"]);
    }

    #[test]
    fn what_text_chunks_say_is_given_to_the_search_for_words() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"rain and wind", 6);
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b'a'; TEXT_BYTES_MAX + 1], 6);
        let said = |kind: &[u8; 4], data: &[&[u8]]| {
            let answer = crate::look(&png(16, false, &[chunk(kind, &data.concat())], &[0; 16 * 17], b""));
            let told = answer.findings.iter().any(|finding| finding.code == codes::TEXT_NOT_KEPT);
            (answer.texts.iter().any(|said| said.text.contains("rain and wind")), told)
        };
        assert_eq!(said(b"tEXt", &[b"Comment\0rain and wind"]), (true, false));
        assert_eq!(said(b"zTXt", &[b"Comment\0\0", &packed]), (true, false));
        assert_eq!(said(b"iTXt", &[b"Comment\0\0\0en\0\0rain and wind"]), (true, false));
        assert_eq!(said(b"iTXt", &[b"Comment\0\x01\0en\0\0", &packed]), (true, false));
        assert_eq!(said(b"iCCP", &[b"Profile\0\0", &packed]), (true, false));
        assert_eq!(said(b"iCCP", &[b"Profile\0\0words"]), (false, true));
        assert_eq!(said(b"sPLT", &[b"rain and wind\0\x08"]), (true, false));
        assert_eq!(said(b"prVt", &[b"rain and wind"]), (true, false));
        assert_eq!(said(b"eXIf", &[b"II*\0rain and wind"]), (true, false));
        for broken in [&b"Comment\0\x07words"[..], b"Comment", b"Comment\0\0words"] {
            assert_eq!(said(b"zTXt", &[broken]), (false, true));
        }
        assert_eq!(said(b"zTXt", &[b"Comment\0\0", &bomb]), (false, true));
    }

    #[test]
    fn bytes_between_the_rows_and_the_end_of_the_pixel_chunks_are_seen() {
        let mut stream = miniz_oxide::deflate::compress_to_vec_zlib(&[0; 16 * 17], 6);
        stream.extend(b"left over from a larger picture");
        let mut head = [16_u32.to_be_bytes(), 16_u32.to_be_bytes()].concat();
        head.extend([8, 0, 0, 0, 0]);
        let object = [
            b"\x89PNG\r\n\x1A\n".to_vec(),
            chunk(b"IHDR", &head),
            chunk(b"IDAT", &stream),
            chunk(b"IDAT", b"and more"),
            chunk(b"IEND", b""),
        ];
        let answer = crate::look(&object.concat());
        let places: Vec<_> = answer.findings.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["39 bytes in IDAT after the last row"]);
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at in 0_usize..400, byte: u8, end in 0_usize..400) {
            let mut object = png(16, false, &[chunk(b"tEXt", b"a\0b")], &[7; 16 * 17], b"");
            let at = at % object.len();
            object[at] = byte;
            object.truncate(end.max(SIGNATURE));
            let _ = crate::look(&object);
        }
    }
}
