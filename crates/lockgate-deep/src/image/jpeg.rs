//! JPEG, segment by segment (ITU-T T.81 (09/92), annex B; JFIF as ITU-T T.871; Exif 2.32).

use super::{CONSTRUCTS_MAX, exif, trailing};
use crate::{Answer, codes};
use lockgate_core::FindingCode;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;

/// Walks the segments from the first marker to the last byte.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    walk_whole(object, answer);
}

/// The same; true where it came to the end of the picture, or of the bytes: what they say was read.
pub(crate) fn walk_whole(object: &[u8], answer: &mut Answer) -> bool {
    segments(object, Picture::default(), answer)
}

/// The same for tables that pictures elsewhere share: a beginning, tables and an end.
pub(super) fn walk_tables(object: &[u8], answer: &mut Answer) {
    segments(object, Picture { is_tables: true, ..Picture::default() }, answer);
}

fn segments(object: &[u8], mut picture: Picture, answer: &mut Answer) -> bool {
    let Some((SOI, mut at)) = marker_at(object, 0) else {
        answer.found(codes::NOT_OF_ITS_FORM, "byte 0");
        return false;
    };
    for _ in 0..CONSTRUCTS_MAX {
        let Some((marker, body)) = marker_at(object, at) else {
            let code = if at >= object.len() { codes::CUT_OFF } else { codes::UNOWNED };
            answer.found(code, format!("segment at byte {at}"));
            answer.says_unowned(&format!("bytes from byte {at}"), object.get(at..).unwrap_or(&[]));
            return object.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == 0xFF));
        };
        if marker == EOI {
            picture.end(at, answer);
            trailing(object, body, answer);
            return true;
        }
        let Some(segment) = Segment::at(object, marker, body) else {
            answer.found(codes::CUT_OFF, format!("segment at byte {at}"));
            return false;
        };
        picture.see(&segment, at, answer);
        at = body.saturating_add(segment.data.len()).saturating_add(2);
        if marker == SOS {
            at = picture.scan(object, at, answer);
        }
    }
    answer.found(codes::TOO_MANY, format!("segment at byte {at}"));
    false
}

/// The marker at `at`, behind any number of fill bytes, and where its segment begins.
fn marker_at(object: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = object.get(at..)?;
    let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
    let marker = *rest.get(fill)?;
    (fill > 0 && marker != 0).then(|| (marker, at.saturating_add(fill).saturating_add(1)))
}

struct Segment<'a> {
    marker: u8,
    data: &'a [u8],
}

impl<'a> Segment<'a> {
    fn at(object: &'a [u8], marker: u8, body: usize) -> Option<Self> {
        let (length, rest) = object.get(body..)?.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
        Some(Self { marker, data: rest.get(..length)? })
    }
}

#[derive(Default)]
struct Picture {
    frames: usize,
    scans: usize,
    restart_interval: bool,
    /// There are to be tables, and no picture.
    is_tables: bool,
    /// Tables that were defined since the last scan, by marker and name. One that is defined again before it was used says
    /// nothing to any reader.
    tables: Vec<(u8, u8)>,
}

impl Picture {
    fn see(&mut self, segment: &Segment<'_>, at: usize, answer: &mut Answer) {
        let marker = segment.marker;
        let mut found = |code: &'static FindingCode| {
            answer.found(code, format!("segment {marker:02X} at byte {at}, {} bytes", segment.data.len()));
        };
        match marker {
            0xC4 | 0xDB => match tables(marker, segment.data) {
                None => found(codes::NOT_OF_ITS_FORM),
                Some(names) => {
                    for table in names.into_iter().map(|name| (marker, name)) {
                        if self.tables.contains(&table) {
                            found(codes::JPEG_STUFFING);
                        }
                        self.tables.push(table);
                    }
                }
            },
            // Conditioning of arithmetic coding; the number of lines, where the frame leaves it open.
            0xCC if (2..=16).contains(&segment.data.len()) && segment.data.len().is_multiple_of(2) => {}
            0xDC if segment.data.len() == 2 && self.scans == 1 => {}
            0xCC | 0xDC => found(codes::JPEG_ORDER),
            DRI => match segment.data {
                [high, low] => self.restart_interval = (*high, *low) != (0, 0),
                _ => found(codes::NOT_OF_ITS_FORM),
            },
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                self.frames = self.frames.saturating_add(1);
                if self.frames > 1 || !is_frame(segment.data) {
                    found(codes::JPEG_ORDER);
                }
            }
            SOS => {
                self.scans = self.scans.saturating_add(1);
                self.tables.clear();
                if self.frames != 1 {
                    found(codes::JPEG_ORDER);
                }
            }
            0xE0..=0xEF => {
                if let Some(code) = application(marker, segment.data) {
                    found(code);
                    let place = format!("segment {marker:02X} at byte {at}");
                    match segment.data.strip_prefix(b"Exif\0") {
                        Some([_, data @ ..]) if code == codes::JPEG_EXIF => exif::look(data, &place, answer),
                        _ => answer.says_text(&place, segment.data),
                    }
                }
            }
            0xFE => {
                found(codes::JPEG_COMMENT);
                answer.says_bytes(&format!("comment at byte {at}"), segment.data);
            }
            // A second beginning, a restart outside a scan, hierarchical pictures, reserved markers.
            _ => found(codes::JPEG_ORDER),
        }
    }

    /// The coded data of a scan: up to the next marker that is no restart. Returns where that stands.
    fn scan(&mut self, object: &[u8], from: usize, answer: &mut Answer) -> usize {
        let mut at = from;
        let mut restart = 0;
        let mut told = false;
        while let Some(next) = object.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0xFF)) {
            at = at.saturating_add(next);
            match object.get(at.saturating_add(1)) {
                Some(0) => at = at.saturating_add(2),
                Some(marker @ 0xD0..=0xD7) => {
                    let in_turn = *marker == 0xD0 | restart && self.restart_interval;
                    if !in_turn && !told {
                        answer.found(codes::JPEG_STUFFING, format!("restart marker at byte {at}"));
                        told = true;
                    }
                    restart = restart.wrapping_add(1) & 7;
                    at = at.saturating_add(2);
                }
                // Fill bytes before a marker are read with it.
                _ => return at,
            }
        }
        object.len()
    }

    fn end(&self, at: usize, answer: &mut Answer) {
        let is_empty = self.frames == 0 && self.scans == 0;
        if if self.is_tables { !is_empty } else { self.frames != 1 || self.scans == 0 } {
            answer.found(codes::NOT_OF_ITS_FORM, format!("end at byte {at}, and not one picture before it"));
        }
    }
}

/// The names of the tables in a segment, which has nothing but tables in it (annex B.2.4.1 and B.2.4.2).
fn tables(marker: u8, data: &[u8]) -> Option<Vec<u8>> {
    let mut names = Vec::new();
    let mut rest = data;
    while let [name, values @ ..] = rest {
        let bytes = match (marker, name >> 4) {
            (0xDB, 0) => 64,
            (0xDB, 1) => 128,
            (0xC4, 0 | 1) => {
                let counts = values.first_chunk::<16>()?.iter().map(|count| usize::from(*count));
                counts.sum::<usize>().checked_add(16)?
            }
            _ => return None,
        };
        if name & 0x0F > 3 {
            return None;
        }
        names.push(*name);
        rest = values.get(bytes..)?;
    }
    (!names.is_empty()).then_some(names)
}

/// A frame header has the length that its number of components asks for.
fn is_frame(data: &[u8]) -> bool {
    matches!(data, [_, _, _, _, _, components, rest @ ..]
        if *components > 0 && rest.len() == usize::from(*components).saturating_mul(3))
}

/// What an application segment is for; `None` for the two that only say how to show the picture.
fn application(marker: u8, data: &[u8]) -> Option<&'static FindingCode> {
    let starts = |name: &[u8]| data.starts_with(name);
    match marker {
        // JFIF without a small picture, and the colour transform of Adobe.
        0xE0 if starts(b"JFIF\0") && data.len() == 14 && data.ends_with(&[0, 0]) => None,
        0xEE if starts(b"Adobe") && data.len() == 12 => None,
        0xE1 if starts(b"Exif\0") => Some(codes::JPEG_EXIF),
        0xE1 if starts(b"http://ns.adobe.com/x") => Some(codes::JPEG_XMP),
        0xE2 if starts(b"ICC_PROFILE\0") => Some(codes::JPEG_PROFILE),
        // How the picture was coded, where it stands in a NITF file: fields of fixed width (MIL-STD-188-198A).
        0xE6 if starts(b"NITF\0") && data.len() == 23 => Some(codes::NITF_EXTENSION),
        0xE2 if starts(b"MPF\0") => Some(codes::JPEG_FURTHER),
        0xED => Some(codes::JPEG_IPTC),
        _ => Some(codes::JPEG_APPLICATION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len() + 2).unwrap();
        [&[0xFF, marker][..], &length.to_be_bytes(), data].concat()
    }

    /// The segments of a grey picture of 8 x 8; what the coded data says is not read here.
    fn jpeg(segments: &[Vec<u8>], coded: &[u8], end: &[u8]) -> Vec<u8> {
        let frame = segment(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
        let scan = segment(SOS, &[1, 1, 0, 0, 63, 0]);
        [&[0xFF, 0xD8][..], &segments.concat(), &frame, &scan, coded, &[0xFF, EOI], end].concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn a_picture_and_nothing_else_has_no_findings() {
        let jfif = segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
        assert!(names(&jpeg(&[jfif], &[1, 2, 0xFF, 0, 3], b"")).is_empty());
    }

    #[test]
    fn every_segment_beside_the_picture_is_seen() {
        let with = |marker: u8, data: &[u8]| names(&jpeg(&[segment(marker, data)], &[1], b""));
        let empty = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0";
        assert_eq!(with(0xE1, empty), ["jpeg.exif"]);
        assert_eq!(with(0xE1, b"Exif\0\0II*\0"), ["jpeg.exif", "exif.unread"]);
        assert_eq!(with(0xE1, b"Exif\0"), ["jpeg.exif"], "a name and nothing else");
        let place = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(with(0xE1, place), ["jpeg.exif", "exif.place"]);
        assert_eq!(with(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), ["jpeg.xmp"]);
        assert_eq!(with(0xE2, b"MPF\0"), ["jpeg.further-pictures"]);
        assert_eq!(with(0xE4, b"anything"), ["jpeg.application"]);
        assert_eq!(with(0xED, b"Photoshop 3.0\0"), ["jpeg.iptc"]);
        assert_eq!(with(0xFE, b"words"), ["jpeg.comment"]);
        assert_eq!(
            with(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01abc"),
            ["jpeg.application"],
            "a small picture"
        );
        assert_eq!(
            with(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
            ["jpeg.order", "jpeg.order", "form.broken"],
            "two frames"
        );
        let quantisation = segment(0xDB, &[0; 65]);
        assert_eq!(names(&jpeg(&[quantisation.clone(), quantisation], &[1], b"")), ["jpeg.stuffing"]);
        assert_eq!(with(0xDB, &[0; 70]), ["form.broken"], "a table, and words behind it");
        assert_eq!(with(0xC4, &[0; 17]), [""; 0]);
        assert_eq!(with(0xC4, &[[0].as_slice(), &[1; 16], &[7; 20]].concat()), ["form.broken"]);
        assert_eq!(with(0xDC, b"words"), ["jpeg.order"]);
        assert_eq!(names(&jpeg(&[], &[1], b"tail")), ["form.trailing"]);
        assert_eq!(names(&jpeg(&[], &[1, 0xFF, 0xD3, 2], b"")), ["jpeg.stuffing"]);
        assert_eq!(names(&jpeg(&[segment(DRI, &[0, 1])], &[1, 0xFF, 0xD0, 2, 0xFF, 0xD1], b"")), [""; 0]);
    }

    #[test]
    fn what_segments_say_is_given_to_the_search_for_words() {
        for (marker, before) in
            [(0xFE, &b""[..]), (0xE1, b"Exif\0\0II*\0"), (0xE2, b"ICC_PROFILE\0"), (0xE4, b"")]
        {
            let data = [before, &b"\xFF\0\xFErain and wind\0"[..]].concat();
            let answer = crate::look(&jpeg(&[segment(marker, &data)], &[1], b""));
            let said = answer.texts.iter().filter(|said| said.text.contains("rain and wind"));
            assert_eq!(said.count(), 1, "{marker:02X}: {:?}", answer.texts);
        }
    }

    #[test]
    fn tables_for_pictures_elsewhere_are_tables_and_nothing_else() {
        let seen = |segments: &[u8]| {
            let mut answer = Answer::default();
            walk_tables(&[&[0xFF, 0xD8], segments, &[0xFF, EOI]].concat(), &mut answer);
            answer.findings.iter().map(|finding| finding.code.name).collect::<Vec<_>>()
        };
        assert_eq!(seen(&segment(0xDB, &[0; 65])), [""; 0]);
        assert_eq!(seen(&segment(0xFE, b"words")), ["jpeg.comment"]);
        let picture = jpeg(&[], &[1], b"");
        assert_eq!(seen(&picture[2..picture.len() - 2]), ["form.broken"]);
    }

    #[test]
    fn a_picture_that_is_cut_is_no_picture() {
        let whole = jpeg(&[segment(0xDB, &[0; 65])], &[1, 2, 3], b"");
        for end in 3..whole.len() {
            assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at in 0_usize..200, byte: u8, end in 0_usize..200) {
            let mut object = jpeg(&[segment(0xFE, b"words"), segment(0xDB, &[0; 65])], &[1, 0xFF, 0, 2], b"tail");
            let at = at % object.len();
            object[at] = byte;
            object.truncate(end.max(3));
            let _ = crate::look(&object);
        }
    }
}
