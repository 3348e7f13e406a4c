//! What an object looks like, as far as it tells against it: pages that do not render, text that does not show, pictures
//! that two decoders see differently.

use crate::answer::{PREVIEW_BYTES_MAX, PREVIEWS_MAX, Rebuilt, SCAN_BYTES_MAX, SCANS_MAX};
use crate::{Answer, Ask, Form, codes, nitf};
use lockgate_core::FindingCode;
use lockgate_core::REBUILT_BYTES_MAX;
use lockgate_render::{Coded, Hidden, Kind, NotRead, Rebuild, Scan, Unrendered, Way, Wish, Written};

/// Renders or decodes the object, where that is done for its form. `pages` is what the reader of structure counted.
pub(crate) fn look(object: &[u8], form: Form, pages: Option<usize>, ask: Ask, answer: &mut Answer) {
    let wish = Wish {
        rebuild: ask.rebuild,
        previews: usize::from(ask.previews).min(PREVIEWS_MAX),
        scans: usize::from(ask.scans).min(SCANS_MAX),
        only_scans: !ask.pixels,
    };
    let kind = match form {
        Form::Pdf => return document(object, pages, wish, answer),
        Form::Nitf => return segments(object, wish, ask, answer),
        Form::Jpeg => Kind::Jpeg,
        Form::Png => Kind::Png,
        Form::Gif => Kind::Gif,
        Form::Bmp => Kind::Bmp,
        Form::Webp => Kind::Webp,
        Form::Tiff => Kind::Tiff,
        Form::Jpeg2000 => Kind::Jpeg2000,
        Form::Zip | Form::Gzip | Form::Tar | Form::Program | Form::Text => {
            return answer.found(codes::NO_PIXELS, "the whole object");
        }
    };
    pictures(&[Coded::As(kind, object)], wish, form.built_as(ask.convert), answer);
}

/// The image segments of a NITF file: where one of them cannot be shown, nothing is built anew.
fn segments(object: &[u8], wish: Wish, ask: Ask, answer: &mut Answer) {
    let (mut coded, mut all) = (Vec::new(), true);
    for part in nitf::pictures(object) {
        match part {
            Ok(part) => coded.push(part),
            Err(place) => {
                all = false;
                if wish.scans > 0 {
                    answer.found(codes::READ_IN_PART, place.as_str());
                }
                answer.found(codes::NO_PIXELS, place);
            }
        }
    }
    if coded.is_empty() {
        if all {
            answer.found(codes::NO_PIXELS, "no image segment");
        }
        return;
    }
    pictures(&coded, wish, Form::Nitf.built_as(ask.convert && all), answer);
}

fn pictures(coded: &[Coded<'_>], wish: Wish, built_as: Option<Form>, answer: &mut Answer) {
    let as_what = built_as.map(|form| match form {
        Form::Jpeg => Written::Jpeg,
        _ => Written::Png,
    });
    match lockgate_render::pictures(coded, wish, as_what) {
        Ok(made) => {
            if made.unshown {
                answer.found(codes::UNSHOWN, "the picture");
            }
            if made.beyond {
                answer.found(codes::BEYOND, "the picture");
            }
            if made.differ {
                answer.found(codes::READERS_DIFFER, "the picture");
            }
            to_be_read(made.scans, made.count, "picture", wish, answer);
            keep(made.rebuilt, made.previews, built_as, wish, answer);
        }
        Err(unread) => {
            let code = match unread.why {
                NotRead::Refused => codes::NOT_DECODED,
                NotRead::TooLarge => codes::TOO_MANY_PIXELS,
                NotRead::Disagree => codes::DECODERS_DISAGREE,
            };
            answer.found(code, format!("picture {}", unread.picture));
        }
    }
}

fn document(object: &[u8], pages: Option<usize>, wish: Wish, answer: &mut Answer) {
    let document = match lockgate_render::document(object, wish) {
        Ok(document) => document,
        Err(_) => {
            if pages.is_some() {
                answer.found(codes::PDF_READERS_DISAGREE, "the renderer does not open it");
            }
            return;
        }
    };
    let rendered = document.count;
    match pages {
        Some(pages) if pages == rendered => {}
        Some(pages) => {
            answer.found(
                codes::PDF_READERS_DISAGREE,
                format!("{pages} pages, and {rendered} for the renderer"),
            );
        }
        None => answer.found(codes::PDF_READERS_DISAGREE, format!("{rendered} pages for the renderer alone")),
    }
    for (page, number) in document.pages.iter().zip(1_usize..) {
        if let Some(why) = page.unrendered {
            answer.found(by_fault(why), format!("page {number}"));
            if why == Unrendered::Incomplete && number <= wish.scans {
                answer.found(codes::READ_IN_PART, format!("page {number}, which was drawn in part"));
            }
        }
        answer.says(&format!("page {number}"), page.text.clone());
        for hidden in &page.hidden {
            answer.found(by_way(hidden.way), place(number, hidden));
        }
    }
    to_be_read(document.scans, rendered, "page", wish, answer);
    keep(document.rebuilt, document.previews, Some(Form::Pdf), wish, answer);
}

/// Takes what is to be read into the answer, as far as it has room; what nobody will read is said: each page that was not drawn,
/// and what lies behind the last one.
fn to_be_read(scans: Vec<Scan>, count: usize, what: &str, wish: Wish, answer: &mut Answer) {
    if wish.scans == 0 {
        return;
    }
    let (mut room, mut first_missing) = (SCAN_BYTES_MAX, wish.scans.saturating_add(1));
    for scan in scans {
        match room.checked_sub(scan.levels.len()) {
            Some(left) if answer.scans.len() < SCANS_MAX && scan.number < first_missing => {
                room = left;
                answer.scans.push(scan);
            }
            _ => first_missing = first_missing.min(scan.number),
        }
    }
    for number in 1..first_missing.min(count.saturating_add(1)) {
        if answer.scans.iter().all(|scan| scan.number != number) {
            answer.found(codes::READ_IN_PART, format!("{what} {number}"));
        }
    }
    if count >= first_missing {
        answer.found(codes::READ_IN_PART, format!("{what} {first_missing} to {count}"));
    }
}

/// Takes what was made into the answer, as far as it has room.
fn keep(
    rebuilt: Option<Vec<u8>>,
    previews: impl IntoIterator<Item = Vec<u8>>,
    built_as: Option<Form>,
    wish: Wish,
    answer: &mut Answer,
) {
    let rebuilt = rebuilt.filter(|bytes| bytes.len() <= REBUILT_BYTES_MAX);
    if wish.rebuild != Rebuild::No && rebuilt.is_none() {
        answer.found(codes::NOT_REBUILT, "the whole object");
    }
    answer.rebuilt = rebuilt.zip(built_as).map(|(bytes, form)| Rebuilt { form, bytes });
    answer.previews.extend(previews.into_iter().filter(|one| one.len() <= PREVIEW_BYTES_MAX));
}

fn place(page: usize, hidden: &Hidden) -> String {
    let [left, top, right, bottom] = hidden.place;
    format!("page {page}, {} glyphs from {left},{top} to {right},{bottom} points", hidden.glyphs)
}

fn by_fault(why: Unrendered) -> &'static FindingCode {
    match why {
        Unrendered::Steps => codes::PDF_STEPS,
        Unrendered::Size | Unrendered::Fault => codes::PDF_NOT_RENDERED,
        Unrendered::Incomplete => codes::PDF_PARTLY_RENDERED,
    }
}

fn by_way(way: Way) -> &'static FindingCode {
    match way {
        Way::Unpainted => codes::PDF_TEXT_UNPAINTED,
        Way::OffPage => codes::PDF_TEXT_OFF_PAGE,
        Way::Clipped => codes::PDF_TEXT_CLIPPED,
        Way::Tiny => codes::PDF_TEXT_TINY,
        Way::Covered => codes::PDF_TEXT_COVERED,
        Way::Unseen => codes::PDF_TEXT_UNSEEN,
        Way::Lost => codes::PDF_TEXT_LOST,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::look_as;
    use lockgate_render::Part;

    fn in_part(answer: &Answer) -> Vec<&str> {
        let all = answer.findings.iter().filter(|finding| finding.code == codes::READ_IN_PART);
        all.map(|finding| finding.place.as_str()).collect()
    }

    fn scan(number: usize, levels: usize) -> Scan {
        Scan { number, part: Part::Whole, width: levels, height: 1, levels: vec![0; levels] }
    }

    fn read(numbers: &[(usize, usize)], count: usize, scans: usize) -> (usize, Vec<String>) {
        let mut answer = Answer::default();
        let scans_made = numbers.iter().map(|(number, levels)| scan(*number, *levels)).collect();
        to_be_read(scans_made, count, "page", Wish { scans, ..Wish::default() }, &mut answer);
        (answer.scans.len(), in_part(&answer).into_iter().map(str::to_owned).collect())
    }

    /// A JPEG of one block a component, all means of which are zero but that of blue; `bits` are the coded data.
    pub(crate) fn jpeg(before: &[u8], height: u8, bits: &[u8]) -> Vec<u8> {
        let segment = |marker: u8, data: &[u8]| {
            [&[0xFF, marker, 0, u8::try_from(data.len() + 2).unwrap()], data].concat()
        };
        // Codes of means: 0 for nothing, 10 for seven bits. Of others: 0 for nothing more.
        let codes = |class: u8, counts: [u8; 2], symbols: &[u8]| {
            segment(0xC4, &[&[class][..], &counts, &[0; 14], symbols].concat())
        };
        [
            &[0xFF, 0xD8][..],
            before,
            &segment(0xDB, &[&[0][..], &[8; 64]].concat()),
            &segment(0xC0, &[8, 0, height, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
            &codes(0, [1, 1], &[0, 7]),
            &codes(0x10, [1, 0], &[0]),
            &segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
            bits,
            &[0xFF, 0xD9],
        ]
        .concat()
    }

    #[test]
    fn what_a_second_reader_of_jpeg_sees_is_told() {
        let seen = |file: &[u8]| {
            let answer = look_as(file, Ask { rebuild: Rebuild::Lossless, ..Ask::PIXELS });
            assert!(answer.rebuilt.is_some(), "{:?}", answer.findings);
            answer.findings.iter().map(|finding| finding.code.name).collect::<Vec<_>>()
        };
        let jfif = b"\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0";
        let colours = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
        // 00 101111111 0 00, and what fills up.
        let block = [0b0010_1111, 0b1110_0011];
        assert_eq!(seen(&jpeg(jfif, 8, &block)), [""; 0]);
        assert_eq!(seen(&jpeg(jfif, 8, &[&block[..], &[0x55; 9]].concat())), ["pixels.beyond"]);
        // Two blocks of each, the second of which no pixel is of.
        let two = [0b0010_1111, 0b1110_0000, 0b0000_1111];
        assert_eq!(seen(&jpeg(jfif, 16, &two)), [""; 0]);
        assert_eq!(seen(&jpeg(jfif, 8, &two)), ["pixels.beyond"]);
        assert_eq!(seen(&jpeg(&[&jfif[..], colours].concat(), 8, &block)), ["pixels.differ"]);
    }

    /// A document whose page shows a photograph, of which it says these sides.
    fn showing(photograph: &[u8], (width, height): (u8, u8), filter: &str) -> Vec<u8> {
        let content = "9 0 0 9 0 0 cm /X Do";
        let mut out = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>endobj\n\
             4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n\
             5 0 obj<</Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceRGB\
             /Filter{filter}/Length {}>>stream\n",
            content.len(),
            photograph.len()
        )
        .into_bytes();
        out.extend([photograph, b"\nendstream endobj\ntrailer<</Root 1 0 R>>"].concat());
        out
    }

    #[test]
    fn what_a_second_reader_sees_of_a_photograph_in_a_document_is_told() {
        let of = |file: &[u8], sides: (u8, u8), ask: Ask| {
            let answer = look_as(&showing(file, sides, "/DCTDecode"), ask);
            let told = answer.findings.iter().filter(|one| {
                [codes::READERS_DIFFER, codes::BEYOND, codes::TRAILING, codes::PDF_PARTLY_RENDERED]
                    .contains(&one.code)
            });
            let told: Vec<String> = told.map(|one| format!("{} {}", one.code.name, one.place)).collect();
            (told, answer.texts.iter().any(|said| said.text.contains("MISSION SECRET")))
        };
        let seen = |file: &[u8]| of(file, (8, 8), Ask::PIXELS).0;
        let jfif = b"\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0";
        let colours = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
        let block = [0b0010_1111, 0b1110_0011];
        let right = jpeg(jfif, 8, &block);
        assert_eq!(seen(&right), [""; 0]);
        assert_eq!(seen(&[&right[..], b"\r\n"].concat()), [""; 0], "an end of line");
        let two_ways = jpeg(&[&jfif[..], colours].concat(), 8, &block);
        assert_eq!(seen(&two_ways), ["pixels.differ object 5 0"]);
        assert_eq!(of(&two_ways, (8, 8), Ask::STRUCTURE).0, [""; 0], "nobody asked for pixels");
        assert_eq!(seen(&jpeg(jfif, 8, &[&block[..], &[0x55; 9]].concat())), ["pixels.beyond object 5 0"]);
        // The renderer shows a part of it, and other readers all of it.
        assert_eq!(of(&right, (8, 4), Ask::PIXELS).0, ["pixels.differ object 5 0"]);
        // The renderer believes the dictionary, and other readers the photograph.
        let saying = |said: &str| {
            let packing = format!("/DCTDecode{said}");
            let answer = look_as(&showing(&right, (8, 8), &packing), Ask::PIXELS);
            answer.findings.iter().any(|one| one.code == codes::READERS_DIFFER)
        };
        for said in
            ["", "/DecodeParms<</ColorTransform 1>>", "/DecodeParms[null]", "/DecodeParms<</Other 0>>"]
        {
            assert!(!saying(said), "{said}");
        }
        for said in [
            "/DecodeParms<</ColorTransform 0>>",
            "/DecodeParms[<</ColorTransform 0>>]",
            "/DP<</ColorTransform 0>>",
            "/DecodeParms<</ColorTransform 1>>/DP<</ColorTransform 0>>",
            "/DecodeParms<</ColorTransform 2>>",
            "/DecodeParms<</ColorTransform/Yes>>",
        ] {
            assert!(saying(said), "{said}");
        }
        let cut = seen(&right[..right.len() - 3]);
        assert!(cut.contains(&"pixels.differ object 5 0".to_owned()), "{cut:?}");
        let tail = [&right[..], b"MISSION SECRET"].concat();
        for ask in [Ask::PIXELS, Ask::STRUCTURE] {
            let (told, is_searched) = of(&tail, (8, 8), ask);
            assert!(told.len() == 1 && told[0].starts_with("form.trailing object 5 0, 14 bytes"), "{told:?}");
            assert!(is_searched);
        }
    }

    #[test]
    fn each_page_without_a_scan_is_told() {
        assert_eq!(read(&[(1, 1), (2, 1), (3, 1)], 3, 16), (3, vec![]));
        assert_eq!(read(&[(1, 1), (3, 1)], 3, 16), (2, vec!["page 2".to_owned()]));
        assert_eq!(read(&[], 2, 16), (0, vec!["page 1".to_owned(), "page 2".to_owned()]));
        assert_eq!(read(&[(2, 1)], 4, 2), (1, vec!["page 1".to_owned(), "page 3 to 4".to_owned()]));
        let most = SCAN_BYTES_MAX;
        assert_eq!(read(&[(1, most), (2, 1), (3, 1)], 3, 16), (1, vec!["page 2 to 3".to_owned()]));
        assert_eq!(read(&[], 3, 0), (0, vec![]), "nobody asked");
    }

    /// A document of so many pages, the second of which draws what cannot be read where `broken`.
    fn document(pages: usize, broken: bool) -> Vec<u8> {
        let mut kids = String::new();
        let mut objects = String::new();
        for page in 0..pages {
            let (id, content) = (10 + page * 2, 11 + page * 2);
            kids.push_str(&format!("{id} 0 R "));
            let drawn = if broken && page == 1 { "/X Do" } else { "0 0 9 9 re f" };
            objects.push_str(&format!(
                "{id} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 30]/Contents {content} 0 R\
                 /Resources<</XObject<</X 3 0 R>>>>>>endobj\n\
                 {content} 0 obj<</Length {}>>stream\n{drawn}\nendstream endobj\n",
                drawn.len()
            ));
        }
        let picture = "<</Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode/Length 4>>";
        format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[{kids}]/Count {pages}>>endobj\n\
             3 0 obj{picture}stream\nnone\nendstream endobj\n{objects}trailer<</Root 1 0 R>>"
        )
        .into_bytes()
    }

    #[test]
    fn to_be_read_only_so_many_pages_are_drawn_and_the_others_told() {
        let long = document(20, false);
        let answer = look_as(&long, Ask::to_read(3));
        assert_eq!((answer.scans.len(), in_part(&answer)), (3, vec!["page 4 to 20"]));
        assert_eq!(answer.scans, look_as(&long, Ask { scans: 3, ..Ask::PIXELS }).scans);
        let disagree =
            |answer: &Answer| answer.findings.iter().any(|it| it.code == codes::PDF_READERS_DISAGREE);
        assert!(!disagree(&answer), "the others are not drawn, and counted");
        let wish = |only_scans| Wish { scans: 3, only_scans, ..Wish::default() };
        let pages = |only_scans| lockgate_render::document(&long, wish(only_scans)).unwrap().pages.len();
        assert_eq!((pages(true), pages(false)), (3, 20));
        assert_eq!(look_as(&long, Ask::STRUCTURE).scans, []);
    }

    #[test]
    fn a_page_that_was_drawn_in_part_is_read_in_part() {
        let answer = look_as(&document(3, true), Ask::to_read(16));
        assert_eq!(in_part(&answer), ["page 2, which was drawn in part"], "{:?}", answer.findings);
        assert_eq!(look_as(&document(3, false), Ask::to_read(16)).scans.len(), 3);
    }
}
