//! EXIF data inside of another form: a TIFF of its own (Exif 2.32, 4.5). What in it matters by itself is told apart.

use super::tiff;
use crate::{Answer, codes};

const GPS: u16 = 34_853;
const MAKER_NOTE: u16 = 37_500;
/// Where a small picture in JPEG stands.
const SMALL_PICTURE: u16 = 513;

/// Says whether there is a place, a small picture or data of the device's maker; the data itself goes to the search for words.
pub(super) fn look(data: &[u8], place: &str, answer: &mut Answer) {
    answer.says_text(place, data);
    // Some writers of PNG and WebP leave the name from JPEG before it.
    let data = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
    let Some((tags, directories)) = tiff::tags(data) else {
        answer.found(codes::EXIF_UNREAD, place);
        return;
    };
    let told = [
        (tags.contains(&GPS), codes::EXIF_PLACE),
        // The second directory of the chain is that of the small picture, however it is coded.
        (tags.contains(&SMALL_PICTURE) || directories > 1, codes::EXIF_THUMBNAIL),
        (tags.contains(&MAKER_NOTE), codes::EXIF_MAKER_NOTE),
    ];
    for (_, code) in told.into_iter().filter(|(there, _)| *there) {
        answer.found(code, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One directory of these tags, each with a number, and where the next directory is.
    fn directory(big_endian: bool, tags: &[u16], next: u32) -> Vec<u8> {
        let short = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
        let long = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
        let mut out = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        out.extend(long(8));
        out.extend(short(tags.len().try_into().unwrap()));
        for tag in tags {
            // A directory below stands where there is none: at 0, which ends a chain.
            let value = if matches!(*tag, GPS | 34_665) { 0 } else { 1_u32 };
            out.extend([short(*tag), short(4)].concat());
            out.extend([long(1), long(value)].concat());
        }
        out.extend(long(next));
        out
    }

    fn told(data: &[u8]) -> Vec<&'static str> {
        let mut answer = Answer::default();
        look(data, "here", &mut answer);
        answer.findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn a_place_a_small_picture_and_a_note_of_the_maker_are_told_apart() {
        for big_endian in [false, true] {
            let with = |tags: &[u16]| told(&directory(big_endian, tags, 0));
            assert_eq!(with(&[256, 274]), [""; 0]);
            assert_eq!(with(&[274, GPS]), ["exif.place"]);
            assert_eq!(with(&[513, 514]), ["exif.thumbnail"]);
            assert_eq!(with(&[MAKER_NOTE]), ["exif.maker-note"]);
            assert_eq!(
                with(&[513, 514, GPS, MAKER_NOTE]),
                ["exif.place", "exif.thumbnail", "exif.maker-note"]
            );
            let named = [b"Exif\0\0".to_vec(), directory(big_endian, &[GPS], 0)].concat();
            assert_eq!(told(&named), ["exif.place"]);
        }
        // A second directory behind the first one: 8 + 2 + 12 + 4 bytes.
        let second = [directory(false, &[256], 26), vec![0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(told(&second), ["exif.thumbnail"]);
    }

    #[test]
    fn what_cannot_be_read_is_said_to_be() {
        for data in [&b""[..], b"II", b"II*\0", b"II*\0\xFF\xFF\0\0", b"what is no directory"] {
            assert_eq!(told(data), ["exif.unread"], "{data:?}");
        }
        let whole = directory(false, &[256, GPS], 0);
        for end in 0..whole.len() {
            assert_eq!(told(&whole[..end]), ["exif.unread"], "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at: usize, byte: u8, end: usize) {
            let mut data = directory(true, &[256, GPS, 513, 514], 8);
            let at = at % data.len();
            data[at] = byte;
            data.truncate(end % (data.len() + 1));
            let _ = told(&data);
        }
    }
}
