//! What a tag is for.

use crate::codes;
use lockgate_core::FindingCode;

/// What to do with the values of a tag.
pub(super) enum Part {
    /// They say how to show the picture, and have no room for more.
    Plain,
    /// They say more.
    Finding(&'static FindingCode),
    /// They are places of directories; the finding is what stands in those.
    Directories(Option<&'static FindingCode>),
    /// Where pixels begin.
    PixelPlaces,
    /// How many bytes of pixels there are.
    PixelBytes,
}

/// The part that a tag plays in the directory of a page, or in one below.
pub(super) fn part(tag: u16, page: bool) -> Part {
    match tag {
        // Tags of cameras and of places have directories of their own, which are findings already; in a page they say as much.
        1..=31 if page => Part::Finding(codes::TIFF_PLACE),
        _ if page && is_of_cameras(tag) => Part::Finding(codes::TIFF_EXIF),
        // Strips, tiles, free space, the old form of JPEG inside TIFF.
        273 | 288 | 324 | 513 => Part::PixelPlaces,
        279 | 289 | 325 | 514 => Part::PixelBytes,
        330 => Part::Directories(Some(codes::TIFF_BELOW)),
        34_665 | 40_965 => Part::Directories(Some(codes::TIFF_EXIF)),
        34_853 => Part::Directories(Some(codes::TIFF_PLACE)),
        // Baseline and extensions of TIFF 6.0, JPEG tables, YCbCr, sample formats.
        254..=259
        | 262..=266
        | 274..=278
        | 280..=284
        | 290..=293
        | 296
        | 297
        | 301
        | 317..=323
        | 326..=329 => Part::Plain,
        332 | 334 | 336 | 338..=347 | 351 | 512 | 515..=532 | 559 => Part::Plain,
        700 => Part::Finding(codes::TIFF_XMP),
        33_723 | 34_377 => Part::Finding(codes::TIFF_IPTC),
        34_675 => Part::Finding(codes::TIFF_PROFILE),
        // Model of the ground: GeoTIFF 1.1, OGC 19-008r4.
        33_550 | 33_922 | 34_264 | 34_735..=34_737 => Part::Finding(codes::TIFF_PLACE),
        // Names of documents, pages, people, programs, machines; dates; descriptions.
        269..=272 | 285 | 305 | 306 | 315 | 316 | 333 | 337 | 33_432 => Part::Finding(codes::TIFF_TEXT),
        286 | 287 => Part::Plain,
        1..=31 => Part::Plain,
        _ if is_of_cameras(tag) => Part::Plain,
        _ => Part::Finding(codes::TIFF_PRIVATE),
    }
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
