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
