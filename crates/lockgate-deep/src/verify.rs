//! What the parent sees for itself of a worker's answer. Of what was built anew, only the one shape that is built passes, byte
//! for byte but for numbers and pixels. Neither the builders nor the walkers of the slow path are used here.

use crate::{Answer, Ask, Form, Rebuild};

/// Pages of one new document at most.
const PAGES_MAX: usize = 10_000;
/// Bytes before the coded data of a JPEG picture at most: its tables and its head.
const JPEG_HEAD_MAX: usize = 1_024;

/// True where a worker says of the object's form what its first bytes say, and gives nothing that it was not asked for.
pub(crate) fn is_of(object: &[u8], asked: Ask, answer: &Answer) -> bool {
    let asked_for = answer.previews.len() <= usize::from(asked.previews)
        && (asked.rebuild != Rebuild::No || answer.rebuilt.is_none())
        && (asked.pixels || (answer.previews.is_empty() && answer.rebuilt.is_none()));
    let most = usize::from(asked.scans);
    let to_be_read = answer.scans.iter().all(|scan| (1..=most).contains(&scan.number));
    // No other form says where its pictures lie.
    let lies = answer.grounds.is_empty() || answer.form == Some(Form::Nitf);
    asked_for && to_be_read && lies && answer.form == Form::of(object)
}

/// True where `bytes` is a file as it is built here, and nothing else.
pub(crate) fn is_as_built(form: Form, bytes: &[u8]) -> bool {
    shown(form, bytes).is_some()
}

/// How many pages or pictures a file shows that is as it is built here; `None` for any other.
pub(crate) fn shown(form: Form, bytes: &[u8]) -> Option<usize> {
    match form {
        Form::Pdf => document(bytes),
        Form::Jpeg => jpeg(bytes).map(|_| 1),
        Form::Png => png(bytes).map(|()| 1),
        _ => None,
    }
}

/// Reads forward, and only what is expected.
struct Walk<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self { rest, at: 0 }
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        self.at = self.at.saturating_add(count);
        Some(taken)
    }

    fn literal(&mut self, expected: &[u8]) -> Option<()> {
        (self.bytes(expected.len())? == expected).then_some(())
    }

    /// One of two words.
    fn either(&mut self, one: &[u8], other: &[u8]) -> Option<bool> {
        let is_one = self.rest.starts_with(one);
        self.literal(if is_one { one } else { other }).map(|()| is_one)
    }

    /// A whole number of at most nine digits, without leading zeros.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.bytes(digits).filter(|digits| (1..=9).contains(&digits.len()))?;
        if digits.len() > 1 && digits.first() == Some(&b'0') {
            return None;
        }
        core::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

/// A document: catalog, list of pages, then for each page itself, its content and its picture; one table, one end. How many
/// pages there are.
fn document(bytes: &[u8]) -> Option<usize> {
    let mut walk = Walk::new(bytes);
    walk.literal(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n")?;
    let mut places = vec![walk.at];
    walk.literal(b"1 0 obj\n<<\n  /Type /Catalog\n  /Pages 2 0 R\n>>\nendobj\n\n")?;
    places.push(walk.at);
    walk.literal(b"2 0 obj\n<<\n  /Type /Pages\n  /Kids [3 0 R")?;
    let mut pages = 1_usize;
    while walk.rest.first() == Some(&b' ') && pages < PAGES_MAX {
        walk.literal(format!(" {} 0 R", pages.checked_mul(3)?.checked_add(3)?).as_bytes())?;
        pages = pages.checked_add(1)?;
    }
    walk.literal(format!("]\n  /Count {pages}\n>>\nendobj\n\n").as_bytes())?;
    for page in 0..pages {
        one_page(&mut walk, page.checked_mul(3)?.checked_add(3)?, &mut places)?;
    }
    let table = walk.at;
    let size = places.len().checked_add(1)?;
    walk.literal(format!("xref\n0 {size}\n0000000000 65535 f\r\n").as_bytes())?;
    for place in places {
        walk.literal(format!("{place:010} 00000 n\r\n").as_bytes())?;
    }
    walk.literal(
        format!("trailer\n<<\n  /Size {size}\n  /Root 1 0 R\n>>\nstartxref\n{table}\n%%EOF").as_bytes(),
    )?;
    walk.end().map(|()| pages)
}

/// The three objects of a page, the first of which has this number.
fn one_page(walk: &mut Walk<'_>, id: usize, places: &mut Vec<usize>) -> Option<()> {
    let (content, picture) = (id.checked_add(1)?, id.checked_add(2)?);
    places.push(walk.at);
    walk.literal(format!("{id} 0 obj\n<<\n  /Type /Page\n  /Parent 2 0 R\n  /MediaBox [0 0 ").as_bytes())?;
    let width = walk.number()?;
    walk.literal(b" ")?;
    let height = walk.number()?;
    let rest = format!(
        "]\n  /Contents {content} 0 R\n  /Resources <<\n    /XObject <<\n      /P {picture} 0 R\n    >>\n  >>\n>>\nendobj\n\n"
    );
    walk.literal(rest.as_bytes())?;
    places.push(walk.at);
    let drawn = format!("q\n{width} 0 0 {height} 0 0 cm\n/P Do\nQ");
    let length = drawn.len();
    let object =
        format!("{content} 0 obj\n<<\n  /Length {length}\n>>\nstream\n{drawn}\nendstream\nendobj\n\n");
    walk.literal(object.as_bytes())?;
    places.push(walk.at);
    walk.literal(format!("{picture} 0 obj\n<<\n  /Length ").as_bytes())?;
    let length = walk.number()?;
    walk.literal(b"\n  /Type /XObject\n  /Subtype /Image\n  /Width ")?;
    let width = walk.number()?;
    walk.literal(b"\n  /Height ")?;
    let height = walk.number()?;
    walk.literal(b"\n  /BitsPerComponent 8\n  /Filter ")?;
    let is_jpeg = walk.either(b"/DCTDecode", b"/FlateDecode")?;
    walk.literal(b"\n  /ColorSpace ")?;
    walk.either(b"/DeviceGray", b"/DeviceRGB")?;
    walk.literal(b"\n>>\nstream\n")?;
    let data = walk.bytes(length)?;
    if is_jpeg && jpeg(data)? != (width, height) {
        return None;
    }
    walk.literal(b"\nendstream\nendobj\n\n")
}

/// Start, head, tables, one frame, one scan up to the end; its sides.
fn jpeg(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut walk = Walk::new(bytes);
    walk.literal(&[0xFF, 0xD8])?;
    let mut sides = None;
    while walk.at <= JPEG_HEAD_MAX {
        walk.literal(&[0xFF])?;
        let [marker] = *walk.bytes(1)?.first_chunk::<1>()?;
        let length = u16::from_be_bytes(*walk.bytes(2)?.first_chunk()?);
        let data = walk.bytes(usize::from(length).checked_sub(2)?)?;
        match (marker, data) {
            (0xE0, [b'J', b'F', b'I', b'F', 0, 1, _, _, _, _, _, _, 0, 0]) => {}
            // Tables of quantisation and of codes.
            (0xDB | 0xC4, _) => {}
            (0xC0, [8, h1, h2, w1, w2, 1 | 3, ..]) if sides.is_none() => {
                let side = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low]));
                sides = Some((side(*w1, *w2), side(*h1, *h2)));
            }
            (0xDA, _) => return coded(walk.rest).and(sides),
            _ => return None,
        }
    }
    None
}

/// Coded data without markers but the end, which is the end.
fn coded(bytes: &[u8]) -> Option<()> {
    let data = bytes.strip_suffix(&[0xFF, 0xD9])?;
    let mut rest = data;
    while let Some(at) = memchr::memchr(0xFF, rest) {
        rest = rest.get(at.saturating_add(1)..)?.strip_prefix(&[0])?;
    }
    Some(())
}

/// Signature, head, pixels, end; every checksum right.
fn png(bytes: &[u8]) -> Option<()> {
    let mut walk = Walk::new(bytes);
    walk.literal(b"\x89PNG\r\n\x1A\n")?;
    let head = chunk(&mut walk, b"IHDR")?;
    // Eight bits, grey or colour, as usual otherwise.
    if !matches!(head, [_, _, _, _, _, _, _, _, 8, 0 | 2, 0, 0, 0]) {
        return None;
    }
    chunk(&mut walk, b"IDAT")?;
    while walk.rest.get(4..8) == Some(b"IDAT") {
        chunk(&mut walk, b"IDAT")?;
    }
    chunk(&mut walk, b"IEND").filter(|data| data.is_empty())?;
    walk.end()
}

fn chunk<'a>(walk: &mut Walk<'a>, kind: &[u8; 4]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(*walk.bytes(4)?.first_chunk()?)).ok()?;
    let summed = walk.bytes(length.checked_add(4)?)?;
    let (said, data) = summed.split_first_chunk::<4>()?;
    let sum = u32::from_be_bytes(*walk.bytes(4)?.first_chunk()?);
    (said == kind && crc32fast::hash(summed) == sum).then_some(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ask, Rebuild, look_as};
    use proptest::prelude::*;

    const PAGE: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>endobj\n\
                        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 40.4 30]>>endobj\ntrailer<</Root 1 0 R>>";

    fn built(object: &[u8], rebuild: Rebuild) -> (Form, Vec<u8>) {
        let answer = look_as(object, Ask { rebuild, ..Ask::PIXELS });
        let rebuilt = answer.rebuilt.unwrap_or_else(|| panic!("{:?}", answer.findings));
        (rebuilt.form, rebuilt.bytes)
    }

    /// A document, a photograph and a picture, each built anew.
    fn all() -> Vec<(Form, Vec<u8>)> {
        let lossy = built(PAGE.as_bytes(), Rebuild::Lossy);
        let picture = look_as(PAGE.as_bytes(), Ask { previews: 1, ..Ask::PIXELS }).previews.remove(0);
        let start = lossy.1.windows(4).position(|part| part == [0xFF, 0xD8, 0xFF, 0xE0]).unwrap();
        let length = lossy.1[start..].windows(10).position(|part| part == b"\nendstream").unwrap();
        let photograph = lossy.1[start..start + length].to_vec();
        vec![
            built(PAGE.as_bytes(), Rebuild::Lossless),
            built(&photograph, Rebuild::Lossy),
            built(&picture, Rebuild::Lossless),
            lossy,
        ]
    }

    #[test]
    fn what_is_built_passes_and_has_no_findings() {
        for (form, bytes) in all() {
            assert!(is_as_built(form, &bytes), "{form}");
            assert_eq!(crate::look(&bytes).findings, [], "{form}");
        }
    }

    #[test]
    fn what_nobody_asked_for_or_another_form_is_no_answer() {
        let picture = look_as(PAGE.as_bytes(), Ask { previews: 1, ..Ask::PIXELS }).previews.remove(0);
        let ask = Ask { rebuild: Rebuild::Lossy, previews: 1, ..Ask::PIXELS };
        let answer = look_as(&picture, ask);
        assert!(answer.rebuilt.is_some() && answer.previews.len() == 1);
        assert!(is_of(&picture, ask, &answer));
        assert!(!is_of(PAGE.as_bytes(), ask, &answer), "a picture, it says of a document");
        assert!(!is_of(&picture, ask, &Answer { form: None, ..answer.clone() }));
        for asked in [Ask { previews: 0, ..ask }, Ask { rebuild: Rebuild::No, ..ask }, Ask::STRUCTURE] {
            assert!(!is_of(&picture, asked, &answer), "{asked:?}");
        }
    }

    #[test]
    fn anything_more_or_less_does_not_pass() {
        for (form, bytes) in all() {
            for end in (0..bytes.len()).step_by(7) {
                assert!(!is_as_built(form, &bytes[..end]), "{form} cut at {end}");
            }
            assert!(!is_as_built(form, &[&bytes[..], b"\n"].concat()), "{form}");
            assert!(!is_as_built(Form::Text, &bytes), "{form}");
        }
        let (_, document) = built(PAGE.as_bytes(), Rebuild::Lossy);
        let text = |from: &[u8], to: &[u8]| {
            let at = document.windows(from.len()).position(|part| part == from).unwrap();
            [&document[..at], to, &document[at + from.len()..]].concat()
        };
        assert!(!is_as_built(Form::Pdf, &text(b"/Pages 2 0 R", b"/Pages 2 0 R/AA 1 0 R")));
        assert!(!is_as_built(Form::Pdf, &text(b"/Pages 2 0 R", b"/Pages 3 0 R")));
        assert!(!is_as_built(Form::Pdf, &text(b"[0 0 40 ", b"[0 0 41 ")));
        assert!(!is_as_built(Form::Pdf, &text(b"\xFF\xD8\xFF\xE0", b"\xFF\xD8\xFF\xE1")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for form in Form::ALL {
                prop_assert!(!is_as_built(form, &bytes));
            }
        }
    }
}
