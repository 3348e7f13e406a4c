//! Windows bitmap: headers, colours, pixels, and nothing between or behind them (Windows GDI reference: BITMAPFILEHEADER,
//! BITMAPINFOHEADER and its later versions).

use super::trailing;
use crate::{Answer, codes};

/// Walks the file.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let Some(head) = Head::read(object) else {
        answer.found(codes::NOT_OF_ITS_FORM, "headers");
        return;
    };
    if head.stated != object.len() {
        answer.found(
            codes::BMP_LENGTH,
            format!("header says {}, the file has {} bytes", head.stated, object.len()),
        );
    }
    match head.pixels_at.checked_sub(head.colours_end) {
        Some(0) => {}
        Some(gap) => {
            let place = format!("{gap} bytes from byte {}", head.colours_end);
            answer.says_unowned(&place, object.get(head.colours_end..head.pixels_at).unwrap_or(&[]));
            answer.found(codes::UNOWNED, place);
        }
        None => answer.found(codes::NOT_OF_ITS_FORM, "the colours reach into the pixels"),
    }
    if head.colours_beyond > 0 {
        answer.found(codes::UNOWNED, format!("{} colours that no pixel can name", head.colours_beyond));
    }
    match head.pixels_at.checked_add(head.pixel_bytes) {
        Some(end) if end > object.len() => answer.found(codes::CUT_OFF, "pixels"),
        Some(end) => {
            let profile_end = head.profile_end.max(end);
            if head.profile_end > end {
                answer.found(codes::BMP_PROFILE, format!("from byte {end}"));
                answer.says_text("the profile", object.get(end..head.profile_end).unwrap_or(&[]));
            }
            // Some writers round the file up with zeros.
            let rest = object.get(profile_end..).unwrap_or(&[]);
            if rest.len() > 3 || rest.iter().any(|byte| *byte != 0) {
                trailing(object, profile_end, answer);
            }
        }
        None => answer.found(codes::NOT_OF_ITS_FORM, "pixels"),
    }
}

struct Head {
    stated: usize,
    pixels_at: usize,
    colours_end: usize,
    /// Colours of the table beyond those that a pixel can name.
    colours_beyond: usize,
    pixel_bytes: usize,
    profile_end: usize,
}

impl Head {
    fn read(object: &[u8]) -> Option<Self> {
        let u16_at = |at: usize| Some(usize::from(u16::from_le_bytes(*object.get(at..)?.first_chunk()?)));
        let u32_at = |at: usize| usize::try_from(u32::from_le_bytes(*object.get(at..)?.first_chunk()?)).ok();
        let (stated, pixels_at, header) = (u32_at(2)?, u32_at(10)?, u32_at(14)?);
        let old = header == 12;
        let (width, height, bits) = if old {
            (u16_at(18)?, u16_at(20)?, u16_at(24)?)
        } else {
            let height = i32::from_le_bytes(*object.get(22..)?.first_chunk()?);
            (u32_at(18)?, usize::try_from(height.unsigned_abs()).ok()?, u16_at(28)?)
        };
        let compression = if old { 0 } else { u32_at(30)? };
        let stated_pixels = if old { 0 } else { u32_at(34)? };
        let stated_colours = if old { 0 } else { u32_at(46)? };
        let nameable = match bits {
            1..=8 => 1_usize.checked_shl(u32::try_from(bits).ok()?)?,
            _ => 0,
        };
        let colours = if stated_colours == 0 { nameable } else { stated_colours };
        let colours_beyond = colours.saturating_sub(nameable);
        let masks = match (header, compression) {
            (40, 3) => 12,
            (40, 6) => 16,
            _ => 0,
        };
        let colours_end = colours
            .checked_mul(if old { 3 } else { 4 })?
            .checked_add(header)?
            .checked_add(14)?
            .checked_add(masks)?;
        let rows = width.checked_mul(bits)?.div_ceil(32).checked_mul(4)?.checked_mul(height)?;
        let pixel_bytes = match compression {
            0 | 3 | 6 => rows,
            _ => stated_pixels,
        };
        // Versions 5 and later end with a colour profile: where, and how long.
        let profile_end = match header {
            124 => u32_at(14 + 112)?.checked_add(14)?.checked_add(u32_at(14 + 116)?)?,
            _ => 0,
        };
        Some(Self { stated, pixels_at, colours_end, colours_beyond, pixel_bytes, profile_end })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn bmp(gap: &[u8], end: &[u8]) -> Vec<u8> {
        let le = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
        let pixels_at = 54 + gap.len();
        let whole = pixels_at + 16 + end.len();
        let mut out = [b"BM".to_vec(), le(whole).to_vec(), vec![0; 4], le(pixels_at).to_vec()].concat();
        out.extend([le(40), le(2), le(2)].concat());
        out.extend([1, 0, 24, 0]);
        out.extend([0; 24]);
        [out, gap.to_vec(), vec![0; 16], end.to_vec()].concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn nothing_stands_between_or_behind() {
        assert_eq!(names(&bmp(b"", b"")), [""; 0]);
        assert_eq!(names(&bmp(b"hidden", b"")), ["form.unowned"]);
        assert_eq!(names(&bmp(b"", b"hidden")), ["form.trailing"]);
        let cut = bmp(b"", b"");
        assert_eq!(names(&cut[..60]), ["bmp.length", "form.cut-off"]);
    }

    #[test]
    fn a_table_of_colours_holds_colours_that_pixels_name() {
        let mut object = bmp(&[7; 40], b"");
        object[46] = 10;
        assert_eq!(names(&object), ["form.unowned"], "24 bits a pixel name no colour of a table");
        object[10] = 60;
        assert!(names(&object).contains(&"form.broken"), "{:?}", names(&object));
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at in 0_usize..70, byte: u8, end in 18_usize..80) {
            let mut object = bmp(b"gap", b"end");
            object[at] = byte;
            object.truncate(end);
            let _ = crate::look(&object);
        }
    }
}
