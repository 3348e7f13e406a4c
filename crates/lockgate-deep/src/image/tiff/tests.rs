//! A writer of small files, and what the walker says of them.

use proptest::prelude::*;

/// An entry: tag, type, count, value or place.
type Entry = (u16, u16, u32, u32);

/// One directory at byte 8, then `behind` it; pixels are where the entries say.
fn tiff(entries: &[Entry], next: u32, behind: &[u8]) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next.to_le_bytes());
    out.extend(behind);
    out
}

/// Where what stands behind a directory of so many entries begins.
fn behind(entries: u32) -> u32 {
    8 + 2 + entries * 12 + 4
}

fn picture(more: &[Entry], next: u32, tail: &[u8]) -> Vec<u8> {
    let count = 3 + u32::try_from(more.len()).unwrap();
    let mut entries = vec![(256, 3, 1, 2), (273, 4, 1, behind(count)), (279, 4, 1, 4)];
    entries.extend(more);
    tiff(&entries, next, &[&[1, 2, 3, 4], tail].concat())
}

fn names(object: &[u8]) -> Vec<&'static str> {
    crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
}

#[test]
fn every_byte_belongs_to_something() {
    assert_eq!(names(&picture(&[], 0, b"")), [""; 0]);
    assert_eq!(names(&picture(&[], 0, b"tail")), ["form.trailing"]);
    assert_eq!(names(&picture(&[], 0, b"\0")), [""; 0], "a byte of alignment");
    assert_eq!(names(&picture(&[(305, 2, 4, 0)], 0, b"")), ["tiff.text"]);
    assert_eq!(names(&picture(&[(33_550, 12, 1, behind(4) + 4)], 0, &[0; 8])), ["tiff.place"]);
    assert_eq!(names(&picture(&[(60_000, 1, 4, 0)], 0, b"")), ["tiff.private"]);
    assert_eq!(
        names(&picture(&[(37_510, 7, 4, 0)], 0, b"")),
        ["tiff.exif"],
        "a comment of a camera, in a page"
    );
    assert_eq!(names(&picture(&[(5, 1, 4, 0)], 0, b"")), ["tiff.place"]);
    let shifted = tiff(&[(256, 3, 1, 2), (273, 4, 1, behind(3) + 4), (279, 4, 1, 4)], 0, b"hide1234");
    assert_eq!(names(&shifted), ["form.unowned"]);
    let twice = tiff(
        &[(273, 4, 2, behind(2)), (279, 4, 2, behind(2))],
        0,
        &[behind(2).to_le_bytes(), 8_u32.to_le_bytes()].concat(),
    );
    assert!(names(&twice).contains(&"form.cut-off") || names(&twice).contains(&"tiff.overlap"));
}

#[test]
fn a_known_tag_holds_what_it_needs_and_no_more() {
    // As many values of two bytes behind the pixels.
    let with = |tag: u16, count: u32, more: &[Entry]| {
        let at = behind(4 + u32::try_from(more.len()).unwrap()) + 4;
        let held = vec![7; 2 * usize::try_from(count).unwrap()];
        let entries = [more, &[(tag, 3, count, at)]].concat();
        names(&picture(&entries, 0, &held))
    };
    let (three, table) = ((277, 3, 1, 3), [(258, 3, 1, 4), (262, 3, 1, 3)]);
    for tag in [254, 259, 274, 278, 296, 301, 318, 319, 321, 332, 334, 340, 346, 512, 530, 532, 559] {
        assert_eq!(with(tag, 50, &[]), ["tiff.private"], "tag {tag}");
    }
    for tag in [258, 280, 338, 339, 340, 341] {
        assert_eq!(with(tag, 3, &[three]), [""; 0], "tag {tag}, a value a sample");
        assert_eq!(with(tag, 4, &[three]), ["tiff.private"], "tag {tag}");
    }
    assert_eq!(with(258, 50, &[(277, 3, 1, 60_000)]), ["tiff.private"], "more samples than are read");
    assert_eq!(with(320, 48, &table), [""; 0]);
    assert_eq!(with(320, 50, &table), ["tiff.private"]);
    assert_eq!(with(320, 48, &[(258, 3, 1, 4)]), ["tiff.private"], "a table, and no numbers of it");
    assert_eq!(with(301, 48, &[(258, 3, 1, 4)]), [""; 0]);
    assert_eq!(with(532, 6, &[]), [""; 0]);
    assert_eq!(with(343, 3, &[]), ["tiff.private"], "a path, as long as it likes");
    let behind = behind(5) + 4;
    assert_eq!(names(&picture(&[(288, 4, 1, behind), (289, 4, 1, 4)], 0, b"hide")), ["form.unowned"]);
    assert_eq!(names(&picture(&[(513, 4, 1, behind), (514, 4, 1, 4)], 0, b"hide")), ["tiff.below"]);
}

/// A page of one strip that is a picture in JPEG, and shared tables where there are any.
fn in_jpeg(strip: &[u8], tables: &[u8]) -> Vec<u8> {
    let count = if tables.is_empty() { 4 } else { 5 };
    let (strip_bytes, table_bytes) =
        (u32::try_from(strip.len()).unwrap(), u32::try_from(tables.len()).unwrap());
    let mut entries =
        vec![(256, 3, 1, 8), (259, 3, 1, 7), (273, 4, 1, behind(count)), (279, 4, 1, strip_bytes)];
    if !tables.is_empty() {
        entries.push((347, 7, table_bytes, behind(count) + strip_bytes));
    }
    tiff(&entries, 0, &[strip, tables].concat())
}

#[test]
fn strips_that_are_pictures_in_jpeg_hold_nothing_else() {
    let strip = |more: &[u8], behind: &[u8]| {
        let frame = b"\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0";
        [b"\xFF\xD8", more, frame, b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0", &[1, 2], b"\xFF\xD9", behind].concat()
    };
    let comment = b"\xFF\xFE\0\x07names";
    assert_eq!(names(&in_jpeg(&strip(b"", b""), b"")), [""; 0]);
    let answer = crate::look(&in_jpeg(&strip(comment, b""), b""));
    let told: Vec<_> = answer.findings.iter().map(|it| (it.code.name, it.place.as_str())).collect();
    assert_eq!(
        told,
        [("jpeg.comment", "directory at byte 8: strip or tile 1, segment FE at byte 2, 5 bytes")]
    );
    assert!(answer.texts.iter().any(|said| said.text == "names"), "{:?}", answer.texts);
    assert_eq!(names(&in_jpeg(&strip(b"", b"tail"), b"")), ["form.trailing"]);
    let tables = [b"\xFF\xD8\xFF\xDB\0\x43\0".to_vec(), vec![9; 64], b"\xFF\xD9".to_vec()].concat();
    assert_eq!(names(&in_jpeg(&strip(b"", b""), &tables)), [""; 0]);
    let with = [b"\xFF\xD8", &comment[..], &tables[2..]].concat();
    assert_eq!(names(&in_jpeg(&strip(b"", b""), &with)), ["jpeg.comment"]);
    assert_eq!(names(&in_jpeg(&strip(b"", b""), &[&tables[..], b"tail"].concat())), ["form.trailing"]);
}

/// A strip that is a picture in JPEG, with so long a comment.
fn commented(bytes: u16) -> Vec<u8> {
    let comment = [&b"\xFF\xFE"[..], &(bytes + 2).to_be_bytes(), &vec![b'x'; usize::from(bytes)]].concat();
    let frame = b"\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0";
    [b"\xFF\xD8", &comment[..], frame, b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\x01\x02\xFF\xD9"].concat()
}

#[test]
fn a_tag_that_stands_twice_is_told_and_read_both_ways() {
    let strip = commented(5);
    let bytes = u32::try_from(strip.len()).unwrap();
    for packings in [[1, 7], [7, 1]] {
        let [first, second] = packings.map(|packing| (259, 3, 1, packing));
        let entries = [(256, 3, 1, 8), first, second, (273, 4, 1, behind(5)), (279, 4, 1, bytes)];
        assert_eq!(names(&tiff(&entries, 0, &strip)), ["tiff.private", "jpeg.comment"], "{packings:?}");
    }
}

#[test]
fn strips_that_many_directories_share_are_walked_once() {
    let mut object = in_jpeg(&commented(1_000), b"");
    let directory = object[8..8 + 2 + 12 * 4 + 4].to_vec();
    let next = u32::try_from(object.len()).unwrap();
    object[8 + 2 + 12 * 4..][..4].copy_from_slice(&next.to_le_bytes());
    object.extend(&directory);
    let found = names(&object);
    assert!(found.contains(&"tiff.overlap"), "{found:?}");
    assert_eq!(found.iter().filter(|name| **name == "jpeg.comment").count(), 1, "{found:?}");
}

#[test]
fn what_many_strips_hold_is_told_once() {
    let strip = b"\xFF\xD8\xFF\xFE\0\x04ab\xFF\xD9";
    let (strips, count) = (strip.repeat(600), 5);
    let places = behind(count) + u32::try_from(strips.len()).unwrap();
    let starts = (0..600_u32).flat_map(|index| (behind(count) + index * 10).to_le_bytes());
    let lengths = [10_u32; 600].into_iter().flat_map(u32::to_le_bytes);
    let entries = [
        (256, 3, 1, 8),
        (257, 3, 1, 8),
        (259, 3, 1, 7),
        (273, 4, 600, places),
        (279, 4, 600, places + 2_400),
    ];
    let object = tiff(&entries, 0, &strips.into_iter().chain(starts).chain(lengths).collect::<Vec<_>>());
    let answer = crate::look(&object);
    let told: Vec<_> =
        answer.findings.iter().map(|it| (it.code.name, it.place.ends_with(", and 599 more"))).collect();
    assert_eq!(told, [("jpeg.comment", true), ("form.broken", true)], "{:?}", answer.findings);
}

#[test]
fn what_tags_say_is_given_to_the_search_for_words() {
    let words = b"rain and wind\0";
    for tag in [270, 305, 315, 700, 33_723, 34_675, 34_737, 37_510, 60_000] {
        let object = picture(&[(tag, 2, 14, behind(4) + 4)], 0, words);
        let said = crate::look(&object).texts;
        assert_eq!(said.iter().filter(|said| said.text.contains("rain and wind")).count(), 1, "tag {tag}");
    }
    let camera = behind(4) + 4;
    let below = tiff(&[(37_510, 7, 14, camera + 18)], 0, words)[8..].to_vec();
    let object = picture(&[(34_665, 4, 1, camera)], 0, &below);
    assert!(crate::look(&object).texts.iter().any(|said| said.text.contains("rain and wind")), "of a camera");
    let long = crate::answer::TEXT_BYTES_MAX;
    let object = picture(&[(270, 2, u32::try_from(long).unwrap(), behind(4) + 4)], 0, &vec![b'a'; long]);
    assert_eq!(names(&object), ["tiff.text"]);
    let object =
        picture(&[(270, 2, u32::try_from(long).unwrap() + 1, behind(4) + 4)], 0, &vec![b'a'; long + 1]);
    assert_eq!(names(&object), ["tiff.text", "form.text-not-kept"]);
}

#[test]
fn pages_and_loops_are_seen() {
    let second = behind(3) + 4;
    let page = [0_u8, 0, 0, 0, 0, 0];
    assert_eq!(names(&picture(&[], second, &page)), ["tiff.pages"]);
    assert_eq!(names(&picture(&[], 8, b"")), ["tiff.loop"]);
    assert_eq!(names(&picture(&[(330, 4, 1, 8)], 0, b"")), ["tiff.below", "tiff.loop"]);
}

#[test]
fn a_picture_whose_parts_are_outside_is_none() {
    assert_eq!(names(&tiff(&[(273, 4, 1, 5_000), (279, 4, 1, 4)], 0, b"")), ["form.cut-off"]);
    assert_eq!(names(&tiff(&[(273, 4, 1, 0)], 0, b"")), ["form.broken"]);
    assert_eq!(names(&tiff(&[(256, 99, 1, 0)], 0, b"")), ["form.cut-off"]);
    assert_eq!(names(b"II*\0\xFF\xFF\xFF\xFF"), ["form.cut-off"]);
}

proptest! {
    #[test]
    fn any_change_is_survived(at: usize, byte: u8, end: usize) {
        let mut object = picture(&[(330, 4, 1, 8), (34_665, 4, 1, behind(5) + 4)], behind(5) + 4, &[0; 20]);
        let at = at % object.len();
        object[at] = byte;
        object.truncate(4 + end % object.len());
        let _ = crate::look(&object);
    }
}

#[test]
fn samples_that_no_reader_shows_are_said() {
    let seen = |shows: u32, more: &[Entry]| {
        let page = [(257, 3, 1, 1), (258, 3, 1, 8), (262, 3, 1, shows), (277, 3, 1, 2)];
        let answer = crate::look_as(&picture(&[&page, more].concat(), 0, b""), crate::Ask::PIXELS);
        let told = answer.findings.iter().map(|finding| format!("{} {}", finding.code.name, finding.place));
        told.collect::<Vec<_>>()
    };
    assert_eq!(seen(1, &[]), ["pixels.unshown the picture"]);
    assert_eq!(seen(1, &[(338, 3, 1, 0)]), ["pixels.unshown the picture"], "of no stated kind");
    assert_eq!(seen(1, &[(338, 3, 1, 2)]), [""; 0], "what says what is clear");
    assert_eq!(seen(9, &[]), ["pixels.refused picture 1"], "colours of a kind that is not taken");
}
