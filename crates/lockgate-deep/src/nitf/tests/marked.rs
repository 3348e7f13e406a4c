//! What files of both versions say of their classification, in every place that can say it.

use super::super::security::Version::{self, Two, TwoOne};
use super::{image_subheader, text};
use crate::{Answer, codes};

/// What a security group says.
#[derive(Clone, Copy)]
struct Says {
    class: char,
    codewords: &'static str,
    control: &'static str,
    release: &'static str,
}

const OPEN: Says = Says { class: 'U', codewords: "", control: "", release: "" };

fn class(class: char) -> Says {
    Says { class, ..OPEN }
}

fn group(version: Version, says: Says) -> Vec<u8> {
    let Says { class, codewords, control, release } = says;
    match version {
        TwoOne => format!(
            "{class}XN{codewords:11}{control:2}{release:20}{:23}{:43} {:40}{:9}{:15}",
            "", "", "", "", ""
        ),
        Two => format!("{class}{codewords:40}{control:40}{release:40}{:20}{:20}{:6}", "", "", ""),
    }
    .into_bytes()
}

/// The places of a group beside the file header, in their order.
const PARTS: [&str; 6] = [
    "image segment 1",
    "graphic segment 1",
    "label segment 1",
    "text segment 1",
    "data extension segment 1",
    "reserved extension segment 1",
];

/// A subheader, and the data behind it.
fn part(version: Version, kind: usize, says: Says) -> (Vec<u8>, Vec<u8>) {
    let group = group(version, says);
    let open = text(1, "0");
    let none = text(5, "00000");
    match kind {
        0 => {
            let mut image = image_subheader(&group, b"");
            if version == Two {
                // Behind magic, names, group, cipher, source, sides, kind of samples, their number and side.
                image[2 + 121 + group.len() + 1 + 42 + 16 + 22] = b'N';
            }
            (image, vec![0; 4])
        }
        1 => ([text(2, "SY"), text(30, "G1"), group, open, text(53, "C"), none].concat(), b"CGM".to_vec()),
        2 => ([text(2, "LA"), text(10, "L1"), group, open, text(27, ""), none].concat(), b"rain".to_vec()),
        3 => ([text(2, "TE"), text(104, "T1"), group, open, text(3, "STA"), none].concat(), b"wind".to_vec()),
        4 => ([text(2, "DE"), text(27, "OWN"), group, text(4, "0000")].concat(), b"snow".to_vec()),
        _ => ([text(2, "RE"), text(27, "OWN"), group, text(4, "0000")].concat(), b"hail".to_vec()),
    }
}

/// A file with one segment of every kind that its version has, each of which says something else.
fn file(version: Version, own: Says, parts: [Says; 6]) -> Vec<u8> {
    let widths = [(6, 10), (4, 6), (4, 3), (4, 5), (4, 9), (4, 7)];
    let (mut table, mut segments) = (String::new(), Vec::new());
    for (kind, (says, (head, data))) in parts.into_iter().zip(widths).enumerate() {
        if version == TwoOne && kind == 2 {
            table += "000";
            continue;
        }
        let (subheader, bytes) = part(version, kind, says);
        table += &format!("001{:0head$}{:0data$}", subheader.len(), bytes.len());
        segments.extend([subheader, bytes].concat());
    }
    table += "0000000000";
    let name = if version == Two { "NITF02.00" } else { "NITF02.10" };
    let before = [
        text(9, name),
        text(6, "03BF01"),
        text(10, "STATION"),
        text(14, "20260301100500"),
        text(80, "Title"),
        group(version, own),
        text(10, "0000000000"),
        text(1, "0"),
        text(27, "   Originator"),
        text(18, "Telephone"),
    ]
    .concat();
    let header = before.len() + 18 + table.len();
    let whole = header + segments.len();
    [before, format!("{whole:012}{header:06}{table}").into_bytes(), segments].concat()
}

/// Where findings of a kind stand.
fn places(answer: &Answer, code: &lockgate_core::FindingCode) -> Vec<String> {
    let found = answer.findings.iter().filter(|finding| finding.code == code);
    found.map(|finding| finding.place.clone()).collect()
}

fn kinds(version: Version) -> impl Iterator<Item = usize> {
    (0..PARTS.len()).filter(move |kind| version == Two || *kind != 2)
}

#[test]
fn a_segment_above_its_file_is_seen_in_every_place_of_both_versions() {
    for version in [Two, TwoOne] {
        for kind in kinds(version) {
            let seen = |own: Says, says: Says| {
                let mut parts = [OPEN; 6];
                parts[kind] = says;
                let answer = crate::look(&file(version, own, parts));
                let broken = [codes::NOT_OF_ITS_FORM, codes::NITF_LENGTH, codes::UNOWNED, codes::CUT_OFF];
                assert!(answer.findings.iter().all(|it| !broken.contains(&it.code)), "{:?}", answer.findings);
                let places = places(&answer, codes::NITF_ABOVE_FILE);
                assert!(places.iter().all(|place| place.contains(PARTS[kind])), "{places:?}");
                places.len()
            };
            for (at, own) in "URCST".chars().enumerate() {
                for (over, says) in "URCST".chars().enumerate() {
                    let above = usize::from(over > at);
                    assert_eq!(seen(class(own), class(says)), above, "{} {own} {says}", PARTS[kind]);
                }
                assert_eq!(seen(class(own), class('X')), 1);
            }
            let secret = class('S');
            assert_eq!(seen(secret, Says { codewords: "TK", ..secret }), 1);
            assert_eq!(seen(Says { codewords: "HC TK", ..secret }, Says { codewords: "TK", ..secret }), 0);
            assert_eq!(seen(secret, Says { control: "AB", ..secret }), 1);
            assert_eq!(seen(Says { control: "AB", ..secret }, Says { control: "AB", ..secret }), 0);
            assert_eq!(seen(Says { release: "AU NZ", ..secret }, Says { release: "AU", ..secret }), 1);
            assert_eq!(seen(Says { release: "AU", ..secret }, Says { release: "AU NZ", ..secret }), 0);
        }
    }
}

#[test]
fn what_a_file_says_of_its_class_is_told_to_people_and_to_the_search() {
    let words = [('R', "RESTRICTED"), ('C', "CONFIDENTIAL"), ('S', "SECRET"), ('T', "TOP SECRET")];
    for version in [Two, TwoOne] {
        let of = |own: Says, parts: [Says; 6]| {
            let answer = crate::look(&file(version, own, parts));
            let classes = answer.texts.iter().filter(|said| said.is_class);
            let classes: Vec<_> = classes.map(|said| format!("{}: {}", said.place, said.text)).collect();
            (classes, places(&answer, codes::NITF_SECURITY))
        };
        assert_eq!(of(OPEN, [OPEN; 6]), (vec![], vec![]), "unclassified, and nothing else");
        for (letter, words) in words {
            let told = (
                vec![format!("class of the file header: {words}")],
                vec![format!("class {words}: the file header")],
            );
            assert_eq!(of(class(letter), [OPEN; 6]), told);
            for kind in kinds(version) {
                let mut parts = [OPEN; 6];
                parts[kind] = class(letter);
                let told = (
                    vec![format!("class of {}: {words}", PARTS[kind])],
                    vec![format!("class {words}: {}", PARTS[kind])],
                );
                assert_eq!(of(OPEN, parts), told);
            }
        }
        let more = if version == Two { "6 more" } else { "5 more" };
        let secret = Says { codewords: "TK", control: "AB", release: "AU NZ", ..class('S') };
        let filled = "class SECRET, codewords, control and handling, release list";
        let (classes, told) = of(secret, [secret; 6]);
        assert_eq!(classes, ["class of the file header: SECRET"], "once");
        assert_eq!(told, [format!("{filled}: the file header, and {more}")]);
        let listed = Says { release: "AU", ..OPEN };
        assert_eq!(
            of(listed, [OPEN; 6]),
            (vec![], vec!["class UNCLASSIFIED, release list: the file header".to_owned()])
        );
        let none = "class of the file header: a class of no name".to_owned();
        assert_eq!(of(class(' '), [OPEN; 6]).0, [none]);
    }
}

#[test]
fn every_field_that_may_hold_words_is_given_to_the_search() {
    for version in [Two, TwoOne] {
        let says = Says { codewords: "BLUEHERON", release: "AU", ..class('S') };
        let answer = crate::look(&file(version, says, [says; 6]));
        let said = |place: &str| {
            let said = answer.texts.iter().find(|said| said.place == place);
            said.map(|said| said.text.trim_end().to_owned())
        };
        for (place, text) in [
            ("station of the file", "STATION"),
            ("title of the file", "Title"),
            ("originator of the file", "Originator"),
            ("telephone of the file", "Telephone"),
            ("names of image segment 1", "I1"),
            ("names of graphic segment 1", "G1"),
            ("graphic segment 1", "CGM"),
            ("names of text segment 1", "T1"),
            ("text segment 1", "wind"),
            ("names of data extension segment 1", "OWN"),
            ("data extension segment 1", "snow"),
            ("names of reserved extension segment 1", "OWN"),
            ("reserved extension segment 1", "hail"),
        ] {
            assert_eq!(said(place).as_deref(), Some(text), "{place}: {:?}", answer.texts);
        }
        assert_eq!(said("label segment 1").is_some(), version == Two);
        let group = said("security group of the file header").unwrap();
        assert!(group.lines().any(|line| line == "BLUEHERON") && group.lines().any(|line| line == "AU"));
        assert_eq!(answer.texts.iter().filter(|said| said.place.starts_with("security group")).count(), 1);
    }
    let extended = image_subheader(&group(TwoOne, OPEN), b"PIAIMC00005Smith");
    let mut fields = super::super::fields::Fields::new(&extended);
    fields.skip(extended.len() - 24).unwrap();
    let mut answer = Answer::default();
    super::super::extension::area(&mut fields, "image segment 1", &mut answer).unwrap();
    assert_eq!(answer.texts[0].text, "PIAIMC00005Smith");
}

#[test]
fn where_every_image_lies_is_said_or_not_known() {
    for (version, absent) in [(Two, 'N'), (TwoOne, ' ')] {
        let of = |coordinates: &str| {
            let group = group(version, OPEN);
            let (mut image, data) = part(version, 0, OPEN);
            let at = 2 + 121 + group.len() + 1 + 42 + 16 + 22;
            assert_eq!(char::from(image[at]), absent);
            image.splice(at..=at, coordinates.bytes());
            let mut object = file(version, OPEN, [OPEN; 6]);
            let old = part(version, 0, OPEN).0;
            let start = object.windows(old.len()).position(|part| part == old).unwrap();
            object.splice(start..start + old.len(), image.iter().copied());
            // FL and the length of the subheader, which is the first in the table.
            let whole = object.len();
            let fields = 9 + 30 + 80 + group.len() + 10 + 1 + 45;
            object.splice(fields..fields + 12, format!("{whole:012}").into_bytes());
            object.splice(fields + 21..fields + 27, format!("{:06}", image.len()).into_bytes());
            assert_eq!(data.len(), 4);
            let answer = crate::look(&object);
            assert!(
                answer.findings.iter().all(|it| it.code == codes::NITF_UNKNOWN_EXTENSION),
                "{:?}",
                answer.findings
            );
            let [ground] = answer.grounds.as_slice() else { panic!("{:?}", answer.grounds) };
            assert_eq!(ground.place, "image segment 1");
            ground.corners.map(|corners| corners.map(|corner| (corner.latitude(), corner.longitude())))
        };
        let corner = (163_815_000, 48_600_000);
        assert_eq!(of(&format!("G{}", "453015N0133000E".repeat(4))), Some([corner; 4]));
        assert_eq!(of(&format!("U{}", "33TVL8000050000".repeat(4))), None);
        assert_eq!(of(&absent.to_string()), None);
    }
    let answer = crate::look(&file(TwoOne, OPEN, [OPEN; 6]));
    assert_eq!(
        answer.grounds,
        [lockgate_core::Ground { place: "image segment 1".to_owned(), corners: None }]
    );
}

mod inside {
    use super::super::{file, group, names, text_subheader};
    use super::*;

    /// An image of 8 x 8 grey pixels that is a picture in JPEG, or in JPEG 2000.
    fn coded(compression: &str, data: &[u8]) -> Vec<u8> {
        let plain = String::from_utf8(image_subheader(&group(b'U', ""), b"")).unwrap();
        let plain = plain.replace("0000000200000002", "0000000800000008");
        let plain = plain
            .replace("NC1", &format!("{compression}00001"))
            .replace("000100010002000208", "000100010008000808");
        file(&group(b'U', ""), (plain.as_bytes(), data), (&text_subheader(&group(b'U', "")), b"words"))
    }

    /// A picture in JPEG with segments before its frame, and what stands behind its end.
    fn jpeg(more: &[u8], behind: &[u8]) -> Vec<u8> {
        let frame = b"\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0";
        let scan = b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0";
        [b"\xFF\xD8", more, frame, scan, &[1, 2, 3], b"\xFF\xD9", behind].concat()
    }

    #[test]
    fn pictures_in_jpeg_are_walked_where_they_stand() {
        assert_eq!(names(&coded("C3", &jpeg(b"", b""))), [""; 0]);
        let filled = [b"\xFF\xFF\xFF".to_vec(), jpeg(b"", b"")].concat();
        assert_eq!(names(&coded("C3", &filled)), [""; 0], "as some writers begin");
        let object = coded("C3", &jpeg(b"\xFF\xFE\0\x07names", b""));
        let answer = crate::look(&object);
        assert_eq!(places(&answer, codes::JPEG_COMMENT), ["image segment 1: segment FE at byte 2, 5 bytes"]);
        assert!(
            answer
                .texts
                .iter()
                .any(|said| said.place == "image segment 1: comment at byte 2" && said.text == "names")
        );
        assert_eq!(names(&coded("C3", &jpeg(b"", b"tail"))), ["form.trailing"]);
        assert_eq!(names(&coded("C3", b"no picture")), ["form.broken"]);
        let own = [&b"\xFF\xE6\0\x19NITF\0"[..], &[0; 18]].concat();
        assert_eq!(names(&coded("C3", &jpeg(&own, b""))), ["nitf.extension"], "as the form has it");
        let longer = [&b"\xFF\xE6\0\x1ANITF\0"[..], &[0; 19]].concat();
        assert_eq!(names(&coded("C3", &jpeg(&longer, b""))), ["jpeg.application"]);
    }

    #[test]
    fn what_a_second_reader_sees_of_an_image_is_told() {
        let seen = |before: &[u8], tail: &[u8]| {
            let bits = [&[0b0010_1111, 0b1110_0011][..], tail].concat();
            let object = coded("C3", &crate::pixels::tests::jpeg(before, 8, &bits));
            let findings = crate::look_as(&object, crate::Ask::PIXELS).findings;
            findings.iter().map(|finding| finding.code.name).collect::<Vec<_>>()
        };
        let jfif = &b"\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"[..];
        let colours = &b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0"[..];
        assert_eq!(seen(jfif, b""), [""; 0]);
        assert_eq!(seen(&[jfif, colours].concat(), b""), ["pixels.differ"]);
        assert_eq!(seen(jfif, &[0x55; 9]), ["pixels.beyond"]);
    }

    #[test]
    fn pictures_in_jpeg_2000_are_walked_where_they_stand() {
        let stream = |comment: &[u8]| {
            let tile = b"\xFF\x90\0\x0A\0\0\0\0\0\x12\0\x01\xFF\x93\x01\x02\x03\x04\xFF\xD9";
            [&b"\xFF\x4F\xFF\x51\0\x04\0\0"[..], comment, tile].concat()
        };
        assert_eq!(names(&coded("C8", &stream(b""))), [""; 0]);
        let answer = crate::look(&coded("C8", &stream(b"\xFF\x64\0\x09\0\x01names")));
        assert_eq!(places(&answer, codes::JPEG2000_COMMENT).len(), 1);
        assert!(answer.texts.iter().any(|said| said.text == "names"), "{:?}", answer.texts);
        assert_eq!(names(&coded("C8", &[stream(b""), b"tail".to_vec()].concat())), ["form.trailing"]);
    }
}
