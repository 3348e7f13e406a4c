//! What a worker answers, and how the parent reads it: as the bytes of an enemy.
//!
//! ```text
//!   "LGDA" version:1 form:1 findings:2      form 255 = none; numbers big-endian
//!   then for each finding:  code:2 length:1 place:length
//!   then what was built anew:  form:1 length:4 bytes:length      form 255 = nothing, and length 0
//!   then what it says:  count:2, for each  class:1 length:1 place  length:4 text      class 1 = its class; in UTF-8
//!   then pictures for people:  count:1, for each  length:4 bytes:length
//!   then scans to be read:  count:1, for each  number:2 part:1 width:2 height:2, and as many levels
//!   then where its pictures lie:  count:2, for each  length:1 place  known:1, and 8 x 4 for four corners
//! ```
//! Nothing may follow. What was built anew, and every picture, is then walked by [`crate::verify`].

mod ground;
mod said;

use crate::Form;
use crate::codes;
use lockgate_core::{Finding, Ground, REBUILT_BYTES_MAX, Said};
use lockgate_render::{Part, SCAN_PIXELS_MAX, SCAN_SIDE_MAX, Scan};

/// Findings that one answer lists at most; a worker that has more says so with its last one.
pub(crate) const FINDINGS_MAX: usize = 500;
/// Bytes of one answer at most. The parent reads no further.
pub(crate) const ANSWER_BYTES_MAX: usize = HEAD_BYTES
    + FINDINGS_MAX * (3 + PLACE_BYTES_MAX)
    + 8
    + TEXTS_MAX * (6 + PLACE_BYTES_MAX)
    + TEXT_BYTES_MAX
    + REBUILT_BYTES_MAX
    + PREVIEWS_MAX * (4 + PREVIEW_BYTES_MAX)
    + SCANS_MAX * 7
    + SCAN_BYTES_MAX
    + 2
    + GROUNDS_MAX * (2 + PLACE_BYTES_MAX + 32);
/// Pictures of one answer that lie somewhere at most: as many as a NITF file has.
pub(crate) const GROUNDS_MAX: usize = 999;
/// Texts of one answer at most.
pub(crate) const TEXTS_MAX: usize = 1_100;
/// Bytes of all texts of one answer at most.
pub(crate) const TEXT_BYTES_MAX: usize = 4 << 20;
/// Pictures for people in one answer at most: those of the first pages.
pub(crate) const PREVIEWS_MAX: usize = 16;
/// Bytes of one picture for people at most.
pub(crate) const PREVIEW_BYTES_MAX: usize = 2 << 20;
/// Scans of one answer at most: a large picture has three.
pub(crate) const SCANS_MAX: usize = 48;
/// Levels of all scans of one answer at most: some 29 pages of A4.
pub(crate) const SCAN_BYTES_MAX: usize = 64 << 20;
const HEAD_BYTES: usize = 8;
/// Bytes of the text that says where a finding stands.
const PLACE_BYTES_MAX: usize = 200;
const MAGIC: &[u8; 5] = b"LGDA\x05";
const NO_FORM: u8 = 255;

/// What a worker found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What the object is by its structure; `None` where it is nothing that is known.
    pub form: Option<Form>,
    /// What was found, in the order of the object.
    pub findings: Vec<Finding>,
    /// The object built anew from its pixels; `None` where that was not asked for, or could not be done.
    pub rebuilt: Option<Rebuilt>,
    /// What the object says, to be searched for words and markings.
    pub texts: Vec<Said>,
    /// Pictures of the first pages, in PNG, for people to look at; empty where they were not asked for.
    pub previews: Vec<Vec<u8>>,
    /// The first pages or pictures, to be read; empty where that was not asked for.
    pub scans: Vec<Scan>,
    /// Where its pictures lie on the ground.
    pub grounds: Vec<Ground>,
}

/// A file that was built anew from pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Its form: that of the object, or PNG.
    pub form: Form,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An answer that is none: whatever sent it is not the worker that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The byte of the answer at which it stops making sense.
    pub at: usize,
}

impl Answer {
    /// Adds a finding, unless there are too many; places are cut to visible ASCII of bounded length.
    pub(crate) fn found(&mut self, code: &'static lockgate_core::FindingCode, place: impl Into<String>) {
        let code = match self.findings.len() {
            len if len >= FINDINGS_MAX => return,
            len if len.saturating_add(1) == FINDINGS_MAX => codes::TOO_MANY,
            _ => code,
        };
        self.findings.push(Finding { code, place: visible(&place.into()) });
    }

    /// The answer as it goes to the parent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.form.map_or(NO_FORM, Form::number));
        let count = self.findings.len().min(FINDINGS_MAX);
        out.extend_from_slice(&u16::try_from(count).unwrap_or(0).to_be_bytes());
        for finding in self.findings.iter().take(count) {
            out.extend_from_slice(&codes::number(finding.code).to_be_bytes());
            let place = finding.place.as_bytes();
            let place = place.get(..PLACE_BYTES_MAX).unwrap_or(place);
            out.push(u8::try_from(place.len()).unwrap_or(0));
            out.extend_from_slice(place);
        }
        let rebuilt = self.rebuilt.as_ref().filter(|rebuilt| rebuilt.bytes.len() <= REBUILT_BYTES_MAX);
        out.push(rebuilt.map_or(NO_FORM, |rebuilt| rebuilt.form.number()));
        put(&mut out, rebuilt.map_or(&[], |rebuilt| &rebuilt.bytes));
        let texts = self.texts.iter().take(TEXTS_MAX);
        out.extend_from_slice(&u16::try_from(texts.len()).unwrap_or(0).to_be_bytes());
        for said in texts {
            out.push(u8::from(said.is_class));
            out.push(u8::try_from(said.place.len()).unwrap_or(0));
            out.extend_from_slice(said.place.as_bytes());
            put(&mut out, said.text.as_bytes());
        }
        let previews =
            || self.previews.iter().filter(|one| one.len() <= PREVIEW_BYTES_MAX).take(PREVIEWS_MAX);
        out.push(u8::try_from(previews().count()).unwrap_or(0));
        for preview in previews() {
            put(&mut out, preview);
        }
        let scans = self.scans.iter().take(SCANS_MAX);
        out.push(u8::try_from(scans.len()).unwrap_or(0));
        for scan in scans {
            let short = |number: usize| u16::try_from(number).unwrap_or(0).to_be_bytes();
            out.extend_from_slice(&short(scan.number));
            out.push(PARTS.iter().zip(0_u8..).find(|(part, _)| **part == scan.part).map_or(0, |(_, at)| at));
            out.extend_from_slice(&short(scan.width));
            out.extend_from_slice(&short(scan.height));
            out.extend_from_slice(&scan.levels);
        }
        ground::put(&mut out, &self.grounds);
        out
    }

    /// Reads what came from a worker.
    ///
    /// # Errors
    /// [`Malformed`] for anything that a worker does not write, and for a byte more or less.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut rest = bytes;
        Self::take(&mut rest)
            .filter(|_| rest.is_empty())
            .ok_or(Malformed { at: bytes.len().saturating_sub(rest.len()) })
    }

    fn take(rest: &mut &[u8]) -> Option<Self> {
        if take::<5>(rest)? != MAGIC {
            return None;
        }
        let [form] = *take(rest)?;
        let form = match form {
            NO_FORM => None,
            number => Some(Form::numbered(number)?),
        };
        let count = usize::from(u16::from_be_bytes(*take(rest)?));
        if count > FINDINGS_MAX {
            return None;
        }
        let mut findings = Vec::with_capacity(count);
        for _ in 0..count {
            let code = codes::numbered(u16::from_be_bytes(*take(rest)?))?;
            findings.push(Finding { code, place: place(rest)? });
        }
        let rebuilt = match (*take(rest)?, counted(rest, REBUILT_BYTES_MAX)?) {
            ([NO_FORM], []) => None,
            ([NO_FORM], _) => return None,
            ([number], bytes) => Some(Rebuilt { form: Form::numbered(number)?, bytes: bytes.to_vec() }),
        };
        let count = usize::from(u16::from_be_bytes(*take(rest)?));
        if count > TEXTS_MAX {
            return None;
        }
        let (mut texts, mut room) = (Vec::with_capacity(count), TEXT_BYTES_MAX);
        for _ in 0..count {
            let is_class = match take(rest)? {
                [0] => false,
                [1] => true,
                _ => return None,
            };
            let place = place(rest)?;
            let text = core::str::from_utf8(counted(rest, room)?).ok()?;
            room = room.checked_sub(text.len())?;
            texts.push(Said { place, text: text.to_owned(), is_class });
        }
        let [count] = *take(rest)?;
        if usize::from(count) > PREVIEWS_MAX {
            return None;
        }
        let previews = (0..count).map(|_| counted(rest, PREVIEW_BYTES_MAX).map(<[u8]>::to_vec));
        let previews = previews.collect::<Option<_>>()?;
        let (scans, grounds) = (scans(rest)?, ground::take_all(rest)?);
        Some(Self { form, findings, rebuilt, texts, previews, scans, grounds })
    }
}

/// The parts of a picture, in the order of their numbers.
const PARTS: [Part; 3] = [Part::Whole, Part::Top, Part::Bottom];

fn scans(rest: &mut &[u8]) -> Option<Vec<Scan>> {
    let [count] = *take(rest)?;
    if usize::from(count) > SCANS_MAX {
        return None;
    }
    let (mut scans, mut room) = (Vec::new(), SCAN_BYTES_MAX);
    for _ in 0..count {
        let number = usize::from(u16::from_be_bytes(*take(rest)?));
        let [part] = *take(rest)?;
        let part = *PARTS.get(usize::from(part))?;
        let width = usize::from(u16::from_be_bytes(*take(rest)?));
        let height = usize::from(u16::from_be_bytes(*take(rest)?));
        let levels = width.checked_mul(height)?;
        if levels == 0 || levels > SCAN_PIXELS_MAX || width.max(height) > SCAN_SIDE_MAX {
            return None;
        }
        room = room.checked_sub(levels)?;
        let (levels, left) = rest.split_at_checked(levels)?;
        *rest = left;
        scans.push(Scan { number, part, width, height, levels: levels.to_vec() });
    }
    Some(scans)
}

/// Where something stands: visible ASCII of bounded length.
fn place(rest: &mut &[u8]) -> Option<String> {
    let [length] = *take(rest)?;
    let (place, left) = rest.split_at_checked(usize::from(length))?;
    *rest = left;
    let place = core::str::from_utf8(place).ok()?;
    (place.len() <= PLACE_BYTES_MAX && place.chars().all(is_visible)).then(|| place.to_owned())
}

/// Writes the length of `bytes`, and `bytes`.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing here is longer than its limit, which is less than 4 GiB.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// As many bytes as the four before them say, unless those are too many.
fn counted<'a>(rest: &mut &'a [u8], max: usize) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(*take(rest)?)).ok().filter(|length| *length <= max)?;
    let (bytes, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(bytes)
}

/// A place as it may be sent.
fn visible(place: &str) -> String {
    let mut place: String = place.chars().map(|c| if is_visible(c) { c } else { '?' }).collect();
    place.truncate(PLACE_BYTES_MAX);
    place
}

fn is_visible(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\')
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_core::Point;
    use proptest::prelude::*;

    fn answer(places: &[String]) -> Answer {
        let mut answer = Answer { form: Some(Form::Png), ..Answer::default() };
        for (at, place) in places.iter().enumerate() {
            answer.found(codes::CODES[at % codes::CODES.len()], place.clone());
        }
        answer
    }

    #[test]
    fn a_byte_more_or_less_is_no_answer() {
        let mut answer = answer(&["IDAT at byte 33".to_owned(), String::new()]);
        answer.rebuilt = Some(Rebuilt { form: Form::Png, bytes: vec![7; 5] });
        answer.previews = vec![vec![1, 2], Vec::new()];
        answer.scans =
            vec![Scan { number: 2, part: Part::Top, width: 3, height: 1, levels: vec![0, 9, 255] }];
        answer.says("page 1", "weather".to_owned());
        answer.says_its_class("the file", "SECRET");
        answer.lies("image segment 1", Some([Point::new(1, 2).unwrap(); 4]));
        answer.lies("image segment 2", None);
        let bytes = answer.to_bytes();
        assert!(Answer::read(&bytes).is_ok());
        for end in 0..bytes.len() {
            assert!(Answer::read(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(Answer::read(&[&bytes[..], b"x"].concat()), Err(Malformed { at: bytes.len() }));
    }

    #[test]
    fn what_a_worker_cannot_have_said_is_no_answer() {
        let bytes = answer(&["here".to_owned()]).to_bytes();
        let with = |at: usize, byte: u8| {
            let mut other = bytes.clone();
            other[at] = byte;
            Answer::read(&other)
        };
        assert!(with(4, 1).is_err(), "version");
        assert!(with(5, 200).is_err(), "form");
        assert!(with(6, 0xFF).is_err(), "more findings than there may be");
        assert!(with(8, 0xFF).is_err(), "an unknown finding");
        assert!(with(11, 0x1B).is_err(), "a control character in a place");
        assert!(with(11, b'"').is_err());
    }

    #[test]
    fn a_scan_is_of_its_size_and_of_a_known_part() {
        let scan = Scan { number: 1, part: Part::Bottom, width: 2, height: 2, levels: vec![7; 4] };
        let answer = Answer { scans: vec![scan], ..Answer::default() };
        let bytes = answer.to_bytes();
        let start = bytes.len() - 11 - 2;
        let with = |at: usize, byte: u8| {
            let mut other = bytes.clone();
            other[start + at] = byte;
            Answer::read(&other)
        };
        assert_eq!(Answer::read(&bytes), Ok(answer));
        for (at, byte) in [(2, 3), (4, 0), (4, 3), (3, 0xFF), (5, 0xFF), (6, 1)] {
            assert!(with(at, byte).is_err(), "byte {at}");
        }
        assert!(with(1, 9).is_ok(), "of another page");
    }

    #[test]
    fn where_a_picture_lies_is_a_place_on_the_earth() {
        let mut answer = Answer::default();
        let corners = [(0, 0), (324_000_000, 648_000_000), (-324_000_000, -648_000_000), (-1, 1)];
        answer.lies(
            "image",
            Some(corners.map(|(latitude, longitude)| Point::new(latitude, longitude).unwrap())),
        );
        let bytes = answer.to_bytes();
        assert_eq!(Answer::read(&bytes), Ok(answer.clone()));
        let start = bytes.len() - 32;
        for (at, byte) in [(8, 0x14), (12, 0x27), (16, 0x80), (20, 0x80)] {
            let mut other = bytes.clone();
            other[start + at] = byte;
            assert!(Answer::read(&other).is_err(), "byte {at}: beyond a pole, or round the earth");
        }
        let mut other = bytes.clone();
        other[start - 1] = 2;
        assert!(Answer::read(&other).is_err(), "neither known nor unknown");
        let mut many = Answer::default();
        for _ in 0..=GROUNDS_MAX {
            many.lies("image", Some([Point::new(0, 0).unwrap(); 4]));
        }
        assert_eq!(many.grounds.len(), GROUNDS_MAX);
        assert_eq!(many.grounds.last().map(|last| last.corners), Some(None), "the one without room counts");
        assert_eq!(Answer::read(&many.to_bytes()), Ok(many));
    }

    #[test]
    fn too_many_findings_end_with_one_that_says_so() {
        let places = vec!["here".to_owned(); FINDINGS_MAX + 50];
        let answer = answer(&places);
        assert_eq!(answer.findings.len(), FINDINGS_MAX);
        assert_eq!(answer.findings.last().map(|last| last.code), Some(codes::TOO_MANY));
        let bytes = answer.to_bytes();
        assert!(bytes.len() <= ANSWER_BYTES_MAX);
        assert_eq!(Answer::read(&bytes), Ok(answer));
    }

    #[test]
    fn more_text_than_there_is_room_for_is_said_to_be() {
        let mut answer = Answer::default();
        answer.says_bytes("page 1", &vec![b'a'; TEXT_BYTES_MAX]);
        answer.says("page 2", "b".to_owned());
        answer.says_bytes("page 3", &vec![b'a'; TEXT_BYTES_MAX + 1]);
        let told: Vec<_> = answer.findings.iter().map(|found| (found.code, &*found.place)).collect();
        assert_eq!(told, [(codes::TEXT_NOT_KEPT, "page 2"), (codes::TEXT_NOT_KEPT, "page 3")]);
        assert_eq!(answer.texts.len(), 1);
    }

    #[test]
    fn what_an_object_says_of_its_class_comes_first() {
        let mut answer = Answer::default();
        answer.says("page 1", "RESTRICTED ".repeat(40));
        answer.says_its_class("the file", "RESTRICTED");
        let told: Vec<_> = answer.texts.iter().map(|said| (&*said.place, said.is_class)).collect();
        assert_eq!(told, [("the file", true), ("page 1", false)]);
    }

    proptest! {
        #[test]
        fn an_answer_comes_back_as_it_was_said(
            places in proptest::collection::vec(".{0,200}", 0..20),
            rebuilt in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
            texts in proptest::collection::vec(".{0,40}", 0..10),
            previews in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..PREVIEWS_MAX),
        ) {
            let mut answer = answer(&places);
            answer.rebuilt = rebuilt.map(|bytes| Rebuilt { form: Form::Pdf, bytes });
            answer.previews = previews;
            for text in texts {
                answer.says("page 1", text);
            }
            prop_assert_eq!(Answer::read(&answer.to_bytes()), Ok(answer));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(answer) = Answer::read(&bytes) {
                prop_assert_eq!(answer.to_bytes(), bytes);
            }
        }
    }
}
