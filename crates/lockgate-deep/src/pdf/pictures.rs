//! What the pictures of a document say beside what they show, and which of its streams and fonts take a decoder of their own.

use super::content::Photograph;
use super::feature::resolve;
use super::unpack::{Room, names};
use crate::answer::TEXT_BYTES_MAX;
use crate::image::jpeg;
use crate::look::Inside;
use crate::{Answer, codes};
use lockgate_core::{Class, Finding, FindingCode};
use lockgate_render::{Photograph as Seen, Photographs};
use lopdf::{Document, Object, Stream};
use std::collections::BTreeSet;

/// Ways of packing that only some documents use, by code that is hard to read for their size.
const CODED: &[(&[u8], &str)] = &[
    (b"JBIG2Decode", "JBIG2"),
    (b"JPXDecode", "JPEG 2000"),
    (b"CCITTFaxDecode", "T.4 or T.6"),
    (b"CCF", "T.4 or T.6"),
    (b"LZWDecode", "LZW"),
    (b"LZW", "LZW"),
];

/// Bytes that pictures in JPEG which were packed once more may unpack to, all together.
const UNPACKED_BYTES_MAX: usize = 128 << 20;
/// Bytes of what all of them say that are kept.
const TEXTS_BYTES_MAX: usize = TEXT_BYTES_MAX;

/// Looks at every stream, and at every font that draws its letters by programs of the document.
pub(super) fn find(document: &Document, inline: &[Photograph], inside: Inside, answer: &mut Answer) {
    let mut coded = BTreeSet::new();
    let mut said = Said { readers: inside.ask.pixels.then(Photographs::default), ..Said::default() };
    let mut room = Room::of(UNPACKED_BYTES_MAX);
    for (id, object) in &document.objects {
        if let Ok(dictionary) = object.as_dict()
            && dictionary.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Type3")
        {
            coded.insert("letters that are drawings");
        }
        let Object::Stream(stream) = object else { continue };
        let place = format!("object {} {}", id.0, id.1);
        let Some(filters) = names(document, &stream.dict) else {
            said.finding(codes::TEXT_NOT_KEPT, place);
            continue;
        };
        for (_, name) in CODED.iter().filter(|(filter, _)| filters.contains(filter)) {
            coded.insert(name);
        }
        match filters.as_slice() {
            [filter] if is_jpeg(filter) => said.picture(&place, &stream.content, Shown::of(document, stream)),
            [.., last] if is_jpeg(last) => {
                let file = room.before_last(document, stream);
                if let Some(file) = &file {
                    said.picture(&place, &file.bytes, Shown::of(document, stream));
                }
                if !file.is_some_and(|file| file.is_whole) {
                    said.finding(codes::TEXT_NOT_KEPT, place);
                }
            }
            // No reader takes what JPEG shows for something packed; what the bytes are then, nobody says.
            filters if filters.iter().any(|filter| is_jpeg(filter)) => {
                said.finding(codes::TEXT_NOT_KEPT, place)
            }
            _ => {}
        }
    }
    for Photograph { place, file, says_colours } in inline {
        match file.starts_with(&[0xFF, 0xD8]) {
            true => said.picture(place, file, Shown::Inside { says_colours: *says_colours }),
            false => said.finding(codes::TEXT_NOT_KEPT, place.as_str()),
        }
    }
    if !coded.is_empty() {
        answer.found(codes::PDF_CODED, coded.into_iter().collect::<Vec<_>>().join(", "));
    }
    said.tell(answer);
}

pub(super) fn is_jpeg(filter: &[u8]) -> bool {
    matches!(filter, b"DCTDecode" | b"DCT")
}

/// What a document does with a photograph.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It is no picture of a page.
    No,
    /// Inside of content, whose keys may say what its colours are.
    Inside { says_colours: bool },
    /// With these sides, as its dictionary says, and these colours.
    With { sides: (i64, i64), transform: Option<Transform> },
}

/// What a dictionary says of colours (table 13, `ColorTransform`): they are coded as luminance, blue and red, or they are not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transform {
    Is(bool),
    /// No number that the standard has.
    Unknown,
}

impl Shown {
    fn of(document: &Document, stream: &Stream) -> Self {
        let said = |key: &[u8]| stream.dict.get(key).map(|said| resolve(document, said));
        let number = |key: &[u8]| said(key).and_then(Object::as_i64).unwrap_or(0);
        match said(b"Subtype").and_then(Object::as_name) {
            Ok(b"Image") => Self::With {
                sides: (number(b"Width"), number(b"Height")),
                transform: Transform::of(document, stream),
            },
            _ => Self::No,
        }
    }

    /// True where every reader sees what the photograph itself says.
    fn is_as_stated(self, seen: Seen) -> bool {
        let side = |side: usize| i64::try_from(side).unwrap_or(i64::MAX);
        match self {
            Self::No => true,
            Self::Inside { says_colours } => !says_colours || seen.transformed.is_none(),
            Self::With { sides, transform } => {
                let same_sides = seen.sides.is_none_or(|seen| sides == (side(seen.0), side(seen.1)));
                let same_colours = |(said, seen)| said == Transform::Is(seen);
                same_sides && transform.zip(seen.transformed).is_none_or(same_colours)
            }
        }
    }
}

impl Transform {
    /// Of the last filter of a stream, by either word for parameters; `None` where nothing is said.
    fn of(document: &Document, stream: &Stream) -> Option<Self> {
        let words =
            [b"DecodeParms".as_slice(), b"DP"].into_iter().filter_map(|word| stream.dict.get(word).ok());
        let mut said = words.filter_map(|said| {
            let said = match resolve(document, said) {
                Object::Array(each) => resolve(document, each.last()?),
                said => said,
            };
            Some(match resolve(document, said.as_dict().ok()?.get(b"ColorTransform").ok()?) {
                Object::Integer(said @ (0 | 1)) => Self::Is(*said == 1),
                _ => Self::Unknown,
            })
        });
        let first = said.next()?;
        Some(if said.all(|other| other == first) { first } else { Self::Unknown })
    }
}

/// What pictures in JPEG tell of their making, whether two readers see the same, and what stands behind them. That not all was read, so
/// that nobody searched the rest, is told.
#[derive(Default)]
struct Said {
    /// Where it is asked what pages look like.
    readers: Option<Photographs>,
    findings: Vec<(Finding, usize)>,
    /// Each text once: pictures of one camera, or one colour profile, say the same.
    texts: BTreeSet<String>,
    bytes: usize,
}

impl Said {
    fn picture(&mut self, place: &str, file: &[u8], shown: Shown) {
        // Writers end the stream with a line.
        let file = file.trim_ascii_end();
        self.read(place, file, shown);
        let mut told = Answer::default();
        let mut is_whole = jpeg::walk_whole(file, &mut told);
        // With too many findings, that a text was not kept may be among those that are not listed.
        is_whole &=
            !told.findings.iter().any(|one| [codes::TEXT_NOT_KEPT, codes::TOO_MANY].contains(&one.code));
        let is_told =
            |finding: &Finding| finding.code.class == Class::Disclosure || finding.code == codes::TRAILING;
        for finding in told.findings.into_iter().filter(is_told) {
            self.finding(finding.code, format!("{place}, {}", finding.place));
        }
        for text in told.texts.into_iter().map(|said| said.text) {
            if self.texts.contains(&text) {
                continue;
            }
            self.bytes = self.bytes.saturating_add(text.len());
            if self.bytes > TEXTS_BYTES_MAX {
                is_whole = false;
                break;
            }
            self.texts.insert(text);
        }
        if !is_whole {
            self.finding(codes::TEXT_NOT_KEPT, place);
        }
    }

    /// Has the picture of a page read twice. Readers make it as large as its dictionary says or as it is, or show a part of it.
    fn read(&mut self, place: &str, file: &[u8], shown: Shown) {
        let Some(readers) = self.readers.as_mut().filter(|_| shown != Shown::No) else { return };
        let seen = readers.look(file);
        if seen.differ || !shown.is_as_stated(seen) {
            self.finding(codes::READERS_DIFFER, place);
        }
        if seen.beyond {
            self.finding(codes::BEYOND, place);
        }
    }

    fn finding(&mut self, code: &'static FindingCode, place: impl Into<String>) {
        match self.findings.iter_mut().find(|(known, _)| known.code == code) {
            Some((_, more)) => *more = more.saturating_add(1),
            None => self.findings.push((Finding { code, place: place.into() }, 0)),
        }
    }

    fn tell(self, answer: &mut Answer) {
        for (Finding { code, place }, more) in self.findings {
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            answer.found(code, format!("{place}{more}"));
        }
        answer.says("pictures of the document", self.texts.into_iter().collect::<Vec<_>>().join("\n"));
    }
}
