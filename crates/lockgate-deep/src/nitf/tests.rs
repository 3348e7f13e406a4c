//! A writer of small files, and what the walker says of them.

mod marked;

use proptest::prelude::*;

/// A security group of NITF 2.1.
fn group(class: u8, release: &str) -> Vec<u8> {
    let mut group = vec![b' '; 167];
    group[0] = class;
    group[16..16 + release.len()].copy_from_slice(release.as_bytes());
    group
}

fn text(width: usize, text: &str) -> Vec<u8> {
    format!("{text:<width$}").into_bytes()
}

/// A text segment's subheader.
fn text_subheader(security: &[u8]) -> Vec<u8> {
    [text(2, "TE"), text(104, "T1"), security.to_vec(), text(1, "0"), text(3, "STA"), text(5, "00000")]
        .concat()
}

/// An image of 2 x 2 grey pixels without compression.
fn image_subheader(security: &[u8], extension: &[u8]) -> Vec<u8> {
    let area = match extension.len() {
        0 => text(5, "00000"),
        length => [format!("{:05}000", length + 3).into_bytes(), extension.to_vec()].concat(),
    };
    [
        text(2, "IM"),
        text(121, "I1"),
        security.to_vec(),
        text(1, "0"),
        text(42, ""),
        text(16, "0000000200000002"),
        text(22, "INTMONO"),
        text(1, " "),
        text(1, "0"),
        text(2, "NC"),
        text(1, "1"),
        text(13, "M       N   0"),
        text(2, "0B"),
        text(18, "000100010002000208"),
        text(20, ""),
        text(5, "00000"),
        area,
    ]
    .concat()
}

/// A whole file of one image and one text.
fn file(own: &[u8], image: (&[u8], &[u8]), note: (&[u8], &[u8])) -> Vec<u8> {
    file_with(own, image, None, note)
}

/// The same, with something drawn over the image.
fn file_with(
    own: &[u8],
    image: (&[u8], &[u8]),
    graphic: Option<(&[u8], &[u8])>,
    note: (&[u8], &[u8]),
) -> Vec<u8> {
    let drawn =
        graphic.map_or("000".to_owned(), |(head, data)| format!("001{:04}{:06}", head.len(), data.len()));
    let graphic = graphic.unwrap_or_default();
    let before = [
        text(9, "NITF02.10"),
        text(110, "03BF01"),
        own.to_vec(),
        text(10, "0000000000"),
        text(1, "0"),
        text(45, ""),
    ]
    .concat();
    let table = format!(
        "001{:06}{:010}{drawn}000001{:04}{:05}0000000000000000",
        image.0.len(),
        image.1.len(),
        note.0.len(),
        note.1.len()
    );
    let header = before.len() + 18 + table.len();
    let whole = header
        + [image.0, image.1, graphic.0, graphic.1, note.0, note.1]
            .iter()
            .map(|part| part.len())
            .sum::<usize>();
    [
        before,
        format!("{whole:012}{header:06}{table}").into_bytes(),
        [image.0, image.1, graphic.0, graphic.1, note.0, note.1].concat(),
    ]
    .concat()
}

fn names(object: &[u8]) -> Vec<&'static str> {
    crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
}

/// The same without what a file says of its own class.
fn others(object: &[u8]) -> Vec<&'static str> {
    let mut names = names(object);
    names.retain(|name| *name != "nitf.security");
    names
}

fn usual(own: u8, image: u8, note: u8) -> Vec<u8> {
    file(
        &group(own, ""),
        (&image_subheader(&group(image, ""), b""), &[0; 4]),
        (&text_subheader(&group(note, "")), b"words"),
    )
}

#[test]
fn a_file_that_covers_its_segments_has_no_findings() {
    assert_eq!(names(&usual(b'U', b'U', b'U')), [""; 0]);
    assert_eq!(others(&usual(b'S', b'C', b'U')), [""; 0]);
}

#[test]
fn a_segment_above_its_file_is_seen_in_every_place() {
    for (at, own) in b"URCST".iter().enumerate() {
        for (over, part) in b"URCST".iter().enumerate() {
            let expected: &[&str] = if over > at { &["nitf.segment-above-file"] } else { &[] };
            assert_eq!(others(&usual(*own, *part, b'U')), expected, "image {}", char::from(*part));
            assert_eq!(others(&usual(*own, b'U', *part)), expected, "text {}", char::from(*part));
        }
    }
    assert_eq!(
        others(&usual(b'X', b'U', b'U')),
        ["nitf.unclassed", "nitf.segment-above-file", "nitf.segment-above-file"]
    );
    assert_eq!(others(&usual(b'S', b' ', b'U')), ["nitf.unclassed", "nitf.segment-above-file"]);
}

#[test]
fn a_release_list_is_not_widened_by_the_file() {
    let with = |own: &str, part: &str| {
        others(&file(
            &group(b'S', own),
            (&image_subheader(&group(b'S', part), b""), &[0; 4]),
            (&text_subheader(&group(b'U', "")), b"words"),
        ))
    };
    assert_eq!(with("AU NZ", "AU NZ UK"), [""; 0]);
    assert_eq!(with("AU NZ UK", "AU NZ"), ["nitf.segment-above-file"]);
    assert_eq!(with("", "AU NZ"), [""; 0], "nobody is named: nothing is widened");
}

#[test]
fn every_byte_belongs_to_something() {
    let plain = image_subheader(&group(b'U', ""), b"");
    let note = text_subheader(&group(b'U', ""));
    let own = group(b'U', "");
    let long = file(&own, (&plain, &[0; 5]), (&note, b"words"));
    assert_eq!(names(&long), ["form.unowned"], "a byte more than the pixels need");
    let padded = file(&own, (&[&plain[..], b"more"].concat(), &[0; 4]), (&note, b"words"));
    assert_eq!(names(&padded), ["form.unowned"], "a subheader with more in it");
    let trailing = [usual(b'U', b'U', b'U'), b"tail".to_vec()].concat();
    assert_eq!(names(&trailing), ["nitf.length", "form.trailing"]);
    let known = image_subheader(&own, b"BLOCKA00003abc");
    assert_eq!(names(&file(&own, (&known, &[0; 4]), (&note, b""))), ["nitf.extension"]);
    let unknown = image_subheader(&own, b"SECRET00003abc");
    assert_eq!(names(&file(&own, (&unknown, &[0; 4]), (&note, b""))), ["nitf.unknown-extension"]);
    let broken = image_subheader(&own, b"BLOCKA00009abc");
    assert_eq!(names(&file(&own, (&broken, &[0; 4]), (&note, b""))), ["form.unowned"]);
}

#[test]
fn what_it_says_is_given_to_the_search_for_words() {
    let answer = crate::look(&usual(b'U', b'U', b'U'));
    let said: Vec<_> = answer.texts.iter().map(|said| (said.place.as_str(), said.text.as_str())).collect();
    let names = [("names of image segment 1", "I1"), ("names of text segment 1", "T1")];
    assert_eq!(said, [names[0], names[1], ("text segment 1", "words")]);
}

#[test]
fn an_image_with_something_over_it_is_not_built_anew_without_that() {
    let own = group(b'U', "");
    let drawn =
        [text(2, "SY"), text(30, "G1"), own.clone(), text(1, "0"), text(53, "C"), text(5, "00000")].concat();
    let image = image_subheader(&own, b"");
    let whole = file_with(&own, (&image, &[0; 4]), Some((&drawn, b"CGM")), (&text_subheader(&own), b"words"));
    assert_eq!(names(&whole), [""; 0], "it is a file as it should be");
    let shown: Vec<bool> = super::pictures(&whole).iter().map(Result::is_ok).collect();
    assert_eq!(shown, [true, false]);
    let whole = usual(b'U', b'U', b'U');
    assert_eq!(super::pictures(&whole).iter().filter(|part| part.is_err()).count(), 0);
}

#[test]
fn a_file_that_is_cut_is_no_file() {
    let whole = usual(b'U', b'U', b'U');
    for end in (9..whole.len()).step_by(7) {
        assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn any_change_is_survived(at: usize, byte: u8, end: usize) {
        let mut object = usual(b'U', b'C', b'U');
        let at = at % object.len();
        object[at] = byte;
        object.truncate(7 + end % object.len());
        let _ = crate::look(&object);
    }
}

mod pixels {
    use super::*;
    use crate::{Ask, Form, Rebuild, look_as};

    const MAKE: Ask = Ask { rebuild: Rebuild::Lossless, convert: true, previews: 3, ..Ask::PIXELS };

    /// The same file with other words in its image subheader, and other pixels.
    fn with(from: &str, to: &str, pixels: &[u8]) -> Vec<u8> {
        let plain = image_subheader(&group(b'U', ""), b"");
        let at = plain.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        let changed = [&plain[..at], to.as_bytes(), &plain[at + from.len()..]].concat();
        file(&group(b'U', ""), (&changed, pixels), (&text_subheader(&group(b'U', "")), b"words"))
    }

    fn made(object: &[u8], ask: Ask) -> (Vec<String>, Option<Form>, usize) {
        let answer = look_as(object, ask);
        let told = answer.findings.iter().map(|finding| format!("{} {}", finding.code.name, finding.place));
        (told.collect(), answer.rebuilt.map(|rebuilt| rebuilt.form), answer.previews.len())
    }

    #[test]
    fn one_image_becomes_a_png_where_the_lane_says_so() {
        let object = usual(b'U', b'U', b'U');
        assert_eq!(made(&object, MAKE), (vec![], Some(Form::Png), 1));
        let kept = Ask { convert: false, ..MAKE };
        assert_eq!(made(&object, kept), (vec!["pixels.not-rebuilt the whole object".to_owned()], None, 1));
        let rebuilt = look_as(&object, MAKE).rebuilt.unwrap().bytes;
        assert_eq!(look_as(&rebuilt, Ask::PIXELS).findings, [], "nothing of the file but its pixels");
    }

    #[test]
    fn to_be_read_one_image_is_drawn_and_what_is_not_is_told() {
        let (group, none) = (group(b'U', ""), &b""[..]);
        let image = image_subheader(&group, none);
        let text = text_subheader(&group);
        let graphic = Some((&b"SY"[..], &b"drawn"[..]));
        let object = file_with(&group, (&image, &[1, 2, 3, 4]), graphic, (&text, b"words"));
        let answer = look_as(&object, Ask::to_read(16));
        let told = answer.findings.iter().filter(|finding| finding.code == crate::codes::READ_IN_PART);
        let told: Vec<&str> = told.map(|finding| finding.place.as_str()).collect();
        assert_eq!((answer.scans.len(), told), (1, vec!["graphic segment 1: it lies over the images"]));
        let plain = look_as(&usual(b'U', b'U', b'U'), Ask::to_read(16));
        assert!(plain.scans.len() == 1 && plain.findings.is_empty(), "{:?}", plain.findings);
    }

    #[test]
    fn samples_of_two_bytes_are_shown() {
        let deep = with("000100010002000208", "000100010002000216", &[1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(made(&deep, MAKE), (vec![], Some(Form::Png), 1));
    }

    #[test]
    fn what_is_not_shown_is_said_and_nothing_is_built() {
        let told = |object: &[u8]| {
            let (told, rebuilt, _) = made(object, MAKE);
            assert_eq!(rebuilt, None);
            told
        };
        let none = "pixels.none image segment 1: compression NC, 1 bands";
        assert_eq!(told(&with("INTMONO ", "R  MONO ", &[0; 4])), [none], "numbers with a point");
        assert_eq!(told(&with("000100010002000208", "000100010002000232", &[0; 16])), [none]);
        assert_eq!(told(&with("0B0001", "0X0001", &[0; 4])), [none], "an order of no name");
        let short = told(&usual(b'U', b'U', b'U')[..600]);
        assert!(short.iter().any(|told| told.starts_with("form.cut-off")), "{short:?}");
        assert_eq!(
            told(&with("NC1", "C800001", b"no code stream")).last().map(String::as_str),
            Some("pixels.refused picture 1")
        );
    }
}
