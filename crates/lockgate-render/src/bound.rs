//! Sheets bound into a document built anew: pages that are each one picture, and nothing else. Deterministic: no dates, no names, no
//! identifier; the same pictures give the same bytes. The parent's walker knows this shape and no other.

use pdf_writer::{Content, Filter, Name, Pdf, Rect, Ref};

/// One page of a new document.
pub(crate) struct Sheet {
    /// Sides of the page, in whole points: fractions could carry something.
    pub(crate) points: (u16, u16),
    /// Sides of its picture, in pixels.
    pub(crate) pixels: (usize, usize),
    pub(crate) grey: bool,
    pub(crate) picture: Coded,
}

/// The bytes of a page's picture.
pub(crate) enum Coded {
    /// As JPEG (`DCTDecode`).
    Jpeg(Vec<u8>),
    /// As compressed rows (`FlateDecode`).
    Rows(Vec<u8>),
}

const CATALOG: i32 = 1;
const PAGES: i32 = 2;
/// Objects of one page: the page, its content, its picture.
const OF_A_PAGE: i32 = 3;
const PICTURE: Name<'static> = Name(b"P");

/// The file; `None` where a number does not fit, or there is no page.
pub(crate) fn write(sheets: &[Sheet]) -> Option<Vec<u8>> {
    let count = i32::try_from(sheets.len()).ok().filter(|count| (1..=10_000).contains(count))?;
    let first = |page: i32| page.saturating_mul(OF_A_PAGE).saturating_add(PAGES.saturating_add(1));
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
    pdf.pages(Ref::new(PAGES)).kids((0..count).map(|page| Ref::new(first(page)))).count(count);
    for (sheet, page) in sheets.iter().zip(0_i32..) {
        let id = first(page);
        let (content, picture) = (Ref::new(id.saturating_add(1)), Ref::new(id.saturating_add(2)));
        let (width, height) = (f32::from(sheet.points.0), f32::from(sheet.points.1));
        let mut written = pdf.page(Ref::new(id));
        written.parent(Ref::new(PAGES)).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
        written.resources().x_objects().pair(PICTURE, picture);
        drop(written);
        let mut drawn = Content::new();
        drawn.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(PICTURE).restore_state();
        pdf.stream(content, &drawn.finish());
        let (bytes, filter) = match &sheet.picture {
            Coded::Jpeg(bytes) => (bytes, Filter::DctDecode),
            Coded::Rows(bytes) => (bytes, Filter::FlateDecode),
        };
        let mut image = pdf.image_xobject(picture, bytes);
        image.width(i32::try_from(sheet.pixels.0).ok()?).height(i32::try_from(sheet.pixels.1).ok()?);
        image.bits_per_component(8).filter(filter);
        match sheet.grey {
            true => image.color_space().device_gray(),
            false => image.color_space().device_rgb(),
        }
    }
    Some(pdf.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_of_one_shape() {
        let sheet =
            |grey| Sheet { points: (612, 792), pixels: (2, 1), grey, picture: Coded::Rows(vec![b'x'; 3]) };
        let file = write(&[sheet(true), sheet(false)]).unwrap();
        let text = String::from_utf8_lossy(&file);
        assert!(text.starts_with("%PDF-1.7"));
        assert_eq!(write(&[sheet(true), sheet(false)]).unwrap(), file);
        assert!(write(&[]).is_none());
    }
}
