//! Text that a document has and a page does not show: every glyph that is drawn is looked for among the rendered pixels.

use crate::pixels::Pixels;
use crate::tape::{Glyph, Tape};
use kurbo::Rect;
use std::collections::BTreeMap;

/// How a text is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Drawn without ink (text rendering modes 3 and 7).
    Unpainted,
    /// Outside of what is shown of the page.
    OffPage,
    /// Cut away by a clipping path.
    Clipped,
    /// Too small to be read.
    Tiny,
    /// Under a box, a line or a picture that is drawn after it.
    Covered,
    /// In the colour of what is behind it, or transparent.
    Unseen,
}

/// Hidden text of one page, of one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// How it is hidden.
    pub way: Way,
    /// How many glyphs; blanks do not count.
    pub glyphs: usize,
    /// Where it stands on the page, in points from the upper left corner of what is shown: left, top, right, bottom.
    pub place: [i32; 4],
}

/// Height and width of a letter's em, in points, below which nobody reads it.
const READABLE: f64 = 1.0;
/// Levels that pixels have to differ by for something to be seen. White on 96 % white differs by 10, a light grey of 90 %
/// by 26.
const SEEN: u8 = 16;

/// Looks for every glyph of the tape among the pixels, which were rendered at `scale` pixels a point.
pub(crate) fn find(tape: &Tape, pixels: &Pixels, scale: f64) -> Vec<Hidden> {
    let page = Rect::new(0.0, 0.0, pixels.width as f64, pixels.height as f64);
    let mut by_way: BTreeMap<Way, (usize, Rect)> = BTreeMap::new();
    for (index, glyph) in tape.glyphs.iter().enumerate() {
        let covered = tape.covers.iter().any(|cover| cover.after > index && cover.holds(glyph.area));
        let Some(way) = way(glyph, covered, page, pixels, scale) else { continue };
        let (count, place) = by_way.entry(way).or_insert((0, glyph.area));
        *count = count.saturating_add(1);
        *place = place.union(glyph.area);
    }
    by_way
        .into_iter()
        .map(|(way, (glyphs, area))| {
            let place = [area.x0, area.y0, area.x1, area.y1].map(|side| (side / scale) as i32);
            Hidden { way, glyphs, place }
        })
        .collect()
}

/// How one glyph is hidden; `None` where it can be seen.
fn way(glyph: &Glyph, covered: bool, page: Rect, pixels: &Pixels, scale: f64) -> Option<Way> {
    if glyph.unpainted {
        return Some(Way::Unpainted);
    }
    if !meets(glyph.area, page) {
        return Some(Way::OffPage);
    }
    if !meets(glyph.area, glyph.clip) {
        return Some(Way::Clipped);
    }
    if glyph.em.0.min(glyph.em.1) / scale < READABLE {
        return Some(Way::Tiny);
    }
    if covered {
        return Some(Way::Covered);
    }
    let shown = glyph.area.intersect(glyph.clip).intersect(page);
    // One pixel around it, so that a glyph that fills its box has something to be seen against.
    let columns = (shown.x0.floor() as usize).saturating_sub(1)..(shown.x1.ceil() as usize).saturating_add(1);
    let rows = (shown.y0.floor() as usize).saturating_sub(1)..(shown.y1.ceil() as usize).saturating_add(1);
    (pixels.spread(columns, rows, SEEN) < SEEN).then_some(Way::Unseen)
}

/// True where the two have at least the half of the first in common.
fn meets(area: Rect, with: Rect) -> bool {
    let common = area.intersect(with);
    // A stroke without width has no area; its sides decide.
    let share = |common: f64, whole: f64| whole <= 0.0 || common / whole >= 0.5;
    area.x0 <= with.x1
        && area.x1 >= with.x0
        && area.y0 <= with.y1
        && area.y1 >= with.y0
        && share(common.width(), area.width())
        && share(common.height(), area.height())
}
