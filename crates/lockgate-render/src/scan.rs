//! Pictures to be read: one level a pixel, bounded, as pages and pictures look.

use crate::pixels::Pixels;

/// Pixels of one scan at most; larger pictures are shrunk, and their edges come at full size besides.
pub const SCAN_PIXELS_MAX: usize = 4_000_000;
/// The longer side of a scan at most.
pub const SCAN_SIDE_MAX: usize = 8_192;
/// Of a picture that was shrunk, each edge has its height divided by this.
const EDGE: usize = 8;

/// Which part of a page or picture a scan shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its upper edge, where a banner stands.
    Top,
    /// Its lower edge.
    Bottom,
}

/// A page or a picture, or an edge of it, to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Of which page or picture, from 1.
    pub number: usize,
    /// Which part of that.
    pub part: Part,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// From black (0) to white (255), row by row, without gaps.
    pub levels: Vec<u8>,
}

/// What is read of one page or picture: all of it, and both edges at full size where all of it had to be shrunk.
pub(crate) fn of(pixels: &Pixels, number: usize) -> Vec<Scan> {
    let rows = pixels.height.div_ceil(EDGE);
    let parts: &[(Part, usize, usize)] = match fits(pixels.width, pixels.height) {
        true => &[(Part::Whole, 0, pixels.height)],
        false => &[
            (Part::Whole, 0, pixels.height),
            (Part::Top, 0, rows),
            (Part::Bottom, pixels.height.saturating_sub(rows), rows),
        ],
    };
    let shrunk = |pixels: &Pixels| pixels.shrunk_to(side(pixels.width, pixels.height));
    parts
        .iter()
        .map(|(part, from, rows)| {
            let small = match part {
                Part::Whole => shrunk(pixels),
                Part::Top | Part::Bottom => shrunk(&pixels.cut(*from, *rows)),
            };
            Scan { number, part: *part, width: small.width, height: small.height, levels: small.brightness() }
        })
        .collect()
}

fn fits(width: usize, height: usize) -> bool {
    width.saturating_mul(height) <= SCAN_PIXELS_MAX && width.max(height) <= SCAN_SIDE_MAX
}

/// The longer side at which a picture has no more pixels than a scan may.
fn side(width: usize, height: usize) -> usize {
    let longer = width.max(height);
    // Shrinking goes by whole steps: the first of them that fits.
    (1..=longer)
        .find(|step| fits(width.div_ceil(*step), height.div_ceil(*step)))
        .map_or(1, |step| longer.div_ceil(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_is_read_whole_and_a_mosaic_has_edges_besides() {
        let page = Pixels::of_grey(1240, 1754, vec![9; 1240 * 1754]).unwrap();
        let scans = of(&page, 3);
        assert_eq!(scans.len(), 1);
        assert_eq!((scans[0].number, scans[0].part, scans[0].width), (3, Part::Whole, 1240));
        let mut levels = vec![200; 3000 * 2000];
        levels[0] = 0;
        let mosaic = Pixels::of_grey(3000, 2000, levels).unwrap();
        let scans = of(&mosaic, 1);
        let told: Vec<_> = scans.iter().map(|scan| (scan.part, scan.width, scan.height)).collect();
        assert_eq!(told, [(Part::Whole, 1500, 1000), (Part::Top, 3000, 250), (Part::Bottom, 3000, 250)]);
        assert_eq!((scans[0].levels[0], scans[1].levels[0], scans[2].levels[0]), (150, 0, 200));
    }

    #[test]
    fn colours_have_the_brightness_that_people_see() {
        let colours = Pixels::of_rgb(3, 1, vec![255, 255, 255, 255, 0, 0, 0, 255, 0]).unwrap();
        assert_eq!(of(&colours, 1)[0].levels, [255, 76, 149]);
    }

    proptest! {
        #[test]
        fn no_scan_is_larger_than_it_may_be(width in 1_usize..20_000, height in 1_usize..20_000) {
            let side = side(width, height);
            let step = width.max(height).div_ceil(side);
            prop_assert!(fits(width.div_euclid(step).max(1), height.div_euclid(step).max(1)));
        }
    }
}
