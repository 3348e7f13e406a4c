//! What a tag is for.

use crate::codes;
use lockgate_core::FindingCode;

/// What to do with the values of a tag.
pub(super) enum Part {
    /// They say how to show the picture: so many values, and no more.
    Plain(usize),
    /// They stand in a directory that is a finding as a whole.
    Told,
    /// Tables of the pictures in JPEG that its strips and tiles are.
    JpegTables,
    /// They say more.
    Finding(&'static FindingCode),
    /// They are places of directories; the finding is what stands in those.
    Directories(Option<&'static FindingCode>),
    /// Where pixels begin.
    PixelPlaces,
    /// How many bytes of pixels there are.
    PixelBytes,
}

/// What a directory says of its picture, as far as other tags depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    /// Samples of a pixel (tag 277).
    pub(super) samples: usize,
    /// Bits of the first one (258).
    pub(super) bits: usize,
    /// What they are together (262), and how they are packed (259).
    pub(super) shows: usize,
    pub(super) packing: usize,
    /// It stands in the chain of pages, and not below one.
    pub(super) is_page: bool,
}

/// The part that a tag plays in a directory.
pub(super) fn part(tag: u16, picture: Picture) -> Part {
    match tag {
        // Tags of cameras and of places have directories of their own, which are findings already; in a page they say as much.
        1..=31 if picture.is_page => Part::Finding(codes::TIFF_PLACE),
        _ if picture.is_page && is_of_cameras(tag) => Part::Finding(codes::TIFF_EXIF),
        // Strips, tiles, free space, the old form of JPEG inside TIFF.
        273 | 288 | 324 | 513 => Part::PixelPlaces,
        279 | 289 | 325 | 514 => Part::PixelBytes,
        330 => Part::Directories(Some(codes::TIFF_BELOW)),
        34_665 | 40_965 => Part::Directories(Some(codes::TIFF_EXIF)),
        34_853 => Part::Directories(Some(codes::TIFF_PLACE)),
        347 => Part::JpegTables,
        700 => Part::Finding(codes::TIFF_XMP),
        33_723 | 34_377 => Part::Finding(codes::TIFF_IPTC),
        34_675 => Part::Finding(codes::TIFF_PROFILE),
        // Model of the ground: GeoTIFF 1.1, OGC 19-008r4.
        33_550 | 33_922 | 34_264 | 34_735..=34_737 => Part::Finding(codes::TIFF_PLACE),
        // Names of documents, pages, people, programs, machines; dates; descriptions.
        269..=272 | 285 | 305 | 306 | 315 | 316 | 333 | 337 | 33_432 => Part::Finding(codes::TIFF_TEXT),
        1..=31 => Part::Told,
        _ if is_of_cameras(tag) => Part::Told,
        _ => values(tag, picture).map_or(Part::Finding(codes::TIFF_PRIVATE), Part::Plain),
    }
}

/// How many values a tag has at most that says how to show a picture; `None` for one that does not.
fn values(tag: u16, picture: Picture) -> Option<usize> {
    // As many as the readers of pixels take.
    let samples = picture.samples.clamp(1, 16);
    let levels = 1_usize.wrapping_shl(u32::try_from(picture.bits.min(16)).unwrap_or(16));
    Some(match tag {
        // Baseline: kind, sides, packing, ink, orientation, strips, resolution, places of the page, options of T.4 and T.6.
        254..=257 | 259 | 262..=266 | 274 | 277 | 278 | 282..=284 | 286 | 287 | 290 | 292 | 293 | 296 => 1,
        // Difference of neighbours, tiles, bad lines of a facsimile, inks, indexed colours, the old form of JPEG.
        317 | 322 | 323 | 326..=328 | 332 | 334 | 346 | 512 | 515 | 531 => 1,
        // Pages, halftones, how colours are thinned out.
        297 | 321 | 530 => 2,
        258 | 280 | 281 | 338..=341 | 517..=521 => samples,
        336 | 532 => samples.saturating_mul(2).max(6),
        318 => 2,
        529 => 3,
        319 | 342 => 6,
        // Curves and tables: a value for each level.
        291 => levels,
        301 => levels.saturating_mul(3),
        320 if picture.shows == 3 => levels.saturating_mul(3),
        _ => return None,
    })
}

/// Exif's own tags.
fn is_of_cameras(tag: u16) -> bool {
    matches!(
        tag,
        33_434..=33_437
            | 34_850
            | 34_852
            | 34_855..=34_869
            | 36_864..=37_399
            | 37_500..=37_522
            | 40_960..=40_964
            | 40_966..=41_999
            | 42_016..=42_240
    )
}
