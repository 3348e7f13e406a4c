//! Text that a document has and a page does not show: every glyph that is drawn is looked for among the rendered pixels.

use crate::ink::{Glyph, Ink};
use crate::lost::Seeker;
use crate::pixels::Pixels;
use crate::tape::Tape;
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
    /// Among pictures, patterns or lines, over it or under it, which show nothing of its shape.
    Lost,
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

/// Glyphs that have to stand close to each other where one alone hides nothing: a letter on a picture in its very colour there, or
/// the mark that a program draws with an empty letter.
const WORD_MIN: usize = 3;
/// How many glyphs, one after the other, that is close.
const CLOSE: usize = 6;
/// Points of a side of the squares of the page in which, and around which, that is close as well.
const NEAR: f64 = 40.0;

/// Looks for every glyph of the tape among the pixels, which were rendered at `scale` pixels a point.
pub(crate) fn find(tape: &Tape, pixels: &Pixels, scale: f64) -> Vec<Hidden> {
    let page = Rect::new(0.0, 0.0, pixels.width as f64, pixels.height as f64);
    let mut by_way: BTreeMap<Way, (usize, Rect)> = BTreeMap::new();
    let mut add = |way: Way, area: Rect| {
        let (count, place) = by_way.entry(way).or_insert((0, area));
        *count = count.saturating_add(1);
        *place = place.union(area);
    };
    let (mut seeker, mut letters) =
        (Seeker::default(), [(Way::Unpainted, Vec::new()), (Way::Lost, Vec::new())]);
    let [(_, missing), (_, lost)] = &mut letters;
    for (index, glyph) in tape.glyphs.iter().enumerate() {
        let covered = tape.covers.iter().any(|cover| cover.after > index && cover.holds(glyph.area));
        if glyph.ink == Ink::Missing {
            missing.push((index, glyph.area));
        } else if let Some(way) = way(glyph, covered, page, pixels, scale) {
            add(way, glyph.area);
        } else if tape.busy.holds(glyph.area)
            && let Some((outline, transform)) = tape.outline(glyph)
        {
            let shown = glyph.area.intersect(glyph.clip).intersect(page);
            if seeker.is_lost(outline, transform, shown, pixels, SEEN) {
                lost.push((index, glyph.area));
            }
        }
    }
    for (way, letters) in &letters {
        words(letters, NEAR * scale).for_each(|area| add(*way, area));
    }
    by_way
        .into_iter()
        .map(|(way, (glyphs, area))| {
            let place = [area.x0, area.y0, area.x1, area.y1].map(|side| (side / scale) as i32);
            Hidden { way, glyphs, place }
        })
        .collect()
}

/// The places of those letters that stand close to others: in the order in which they are drawn, which is the sender's, or on the
/// page, in squares of so many pixels a side and those around them.
fn words(letters: &[(usize, Rect)], near: f64) -> impl Iterator<Item = Rect> {
    let close = |from: usize| {
        let few = letters.get(from..from.saturating_add(WORD_MIN)).unwrap_or_default();
        matches!(few, [(first, _), .., (last, _)] if last.saturating_sub(*first) < CLOSE)
    };
    let is_close = move |at: usize| (0..WORD_MIN).any(|before| at.checked_sub(before).is_some_and(close));
    let square = move |area: Rect| ((area.x0 / near) as i32, (area.y0 / near) as i32);
    let mut squares: BTreeMap<(i32, i32), usize> = BTreeMap::new();
    for (_, area) in letters {
        let count = squares.entry(square(*area)).or_default();
        *count = count.saturating_add(1);
    }
    let is_near = move |area: Rect| {
        let (column, row) = square(area);
        let columns = column.saturating_sub(1)..=column.saturating_add(1);
        let around = columns
            .flat_map(|column| (row.saturating_sub(1)..=row.saturating_add(1)).map(move |row| (column, row)));
        around.filter_map(|at| squares.get(&at)).fold(0_usize, |sum, count| sum.saturating_add(*count))
            >= WORD_MIN
    };
    let all = letters.iter().enumerate();
    all.filter(move |(at, (_, area))| is_close(*at) || is_near(*area)).map(|(_, (_, area))| *area)
}

/// How one glyph is hidden; `None` where it can be seen.
fn way(glyph: &Glyph, covered: bool, page: Rect, pixels: &Pixels, scale: f64) -> Option<Way> {
    if glyph.ink != Ink::Left {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_by_itself_makes_no_word() {
        let found = |places: &[(usize, f64)]| {
            let letters: Vec<_> =
                places.iter().map(|(at, x)| (*at, Rect::new(*x, 0.0, x + 9.0, 9.0))).collect();
            words(&letters, 40.0).map(|area| area.x0 as usize).collect::<Vec<_>>()
        };
        // Each far from the others on the page: the order of drawing alone brings them together.
        let apart = |places: &[usize]| {
            let places: Vec<_> = places.iter().map(|at| (*at, *at as f64 * 1_000.0)).collect();
            found(&places).into_iter().map(|x| x / 1_000).collect::<Vec<_>>()
        };
        assert_eq!(apart(&[]), [0; 0]);
        assert_eq!(apart(&[3, 4]), [0; 0]);
        assert_eq!(apart(&[3, 9, 15, 21]), [0; 0], "far from each other");
        assert_eq!(apart(&[1, 20, 22, 25, 40, 41, 44, 45, 60]), [20, 22, 25, 40, 41, 44, 45]);
        assert_eq!(apart(&[20, 22, 26]), [0; 0]);
        // Whatever is drawn between them.
        assert_eq!(found(&[(0, 70.0), (50, 78.0), (99, 90.0)]), [70, 78, 90]);
        assert_eq!(found(&[(0, 70.0), (50, 130.0), (99, 240.0)]), [0; 0]);
    }
}
