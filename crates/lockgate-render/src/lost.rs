//! Letters among pictures, patterns and lines: whether anything of their shape is to be seen there.

use crate::pixels::Pixels;
use kurbo::{Affine, BezPath, PathEl, Point, Rect};

/// Samples of one row or column that are looked at in the box of a letter at most; larger letters are looked at in steps.
const SAMPLES_MAX: f64 = 64.0;
/// Pixels around the letter that count as what it is seen against.
const AROUND: f64 = 2.0;
/// Samples inside of a letter below which nothing can be said of it: full stops of small print.
const INSIDE_MIN: f64 = 6.0;
/// Samples of a pixel in each direction where a letter has too few pixels inside.
const FINER: f64 = 4.0;
/// Pixels of a side of what is looked at so.
const SMALL: f64 = 24.0;
/// How far, in parts of what either side of the edge varies by itself, the two sides have to lie from each other.
const TOLD_APART: f64 = 0.5;

/// Levels of samples on one side of a letter's edge.
#[derive(Clone, Copy, Default)]
struct Side {
    count: f64,
    sums: [f64; 3],
    squares: [f64; 3],
}

impl Side {
    fn add(&mut self, levels: [u8; 3]) {
        self.count += 1.0;
        for ((sum, square), level) in self.sums.iter_mut().zip(&mut self.squares).zip(levels.map(f64::from)) {
            *sum += level;
            *square += level * level;
        }
    }

    /// The mean of one colour, and the sum of the squares of what differs from it.
    fn mean(&self, (sum, square): (&f64, &f64)) -> (f64, f64) {
        let mean = sum / self.count;
        (mean, (square - mean * sum).max(0.0))
    }
}

/// Looks for letters; holds on to the room that it takes.
#[derive(Default)]
pub(crate) struct Seeker {
    /// Straight pieces of the outline, in pixels.
    lines: Vec<(Point, Point)>,
    /// Where the outline crosses a row: upwards or downwards.
    crossings: Vec<(f64, i32)>,
}

impl Seeker {
    /// True where the pixels inside of an outline, as far as `shown` shows it, do not differ by `seen` levels from those around
    /// it, or not by more than those of either side do among themselves.
    pub(crate) fn is_lost(
        &mut self,
        outline: &BezPath,
        transform: Affine,
        shown: Rect,
        pixels: &Pixels,
        seen: u8,
    ) -> bool {
        self.flatten(outline, transform);
        let page = Rect::new(0.0, 0.0, pixels.width as f64, pixels.height as f64);
        let area = shown.inflate(AROUND, AROUND).intersect(page).expand();
        let can_be_judged = |(inside, around): &(Side, Side)| inside.count.min(around.count) >= INSIDE_MIN;
        // Small print has few pixels inside of its letters, and parts of more.
        let sides = [1.0, FINER].into_iter().map(|finer| self.sides(area, finer, pixels));
        let judged =
            sides.take(if area.width().max(area.height()) > SMALL { 1 } else { 2 }).find(can_be_judged);
        judged.is_some_and(|(inside, around)| !are_told_apart(&inside, &around, seen.into()))
    }

    /// The levels inside of the outline and around it, of so many samples a pixel in each direction.
    fn sides(&mut self, area: Rect, finer: f64, pixels: &Pixels) -> (Side, Side) {
        let step = |side: f64| (side / SAMPLES_MAX).ceil().max(1.0) / finer;
        let (down, across) = (step(area.height()), step(area.width()));
        let samples =
            |side: f64, step: f64| (0..(side / step).ceil() as usize).map(move |at| (at as f64 + 0.5) * step);
        let (mut inside, mut around) = (Side::default(), Side::default());
        for y in samples(area.height(), down).map(|y| area.y0 + y) {
            self.cross(y);
            let (mut next, mut winding) = (0, 0);
            for x in samples(area.width(), across).map(|x| area.x0 + x) {
                while let Some((_, way)) = self.crossings.get(next).filter(|(crossing, _)| *crossing <= x) {
                    winding = i32::wrapping_add(winding, *way);
                    next = usize::saturating_add(next, 1);
                }
                let side = if winding == 0 { &mut around } else { &mut inside };
                side.add(pixels.at(x as usize, y as usize));
            }
        }
        (inside, around)
    }

    fn flatten(&mut self, outline: &BezPath, transform: Affine) {
        self.lines.clear();
        let (mut begin, mut at) = (Point::ZERO, Point::ZERO);
        let lines = &mut self.lines;
        let path = outline.iter().map(|element| core::ops::Mul::mul(transform, element));
        kurbo::flatten(path, 0.25, |element| match element {
            PathEl::MoveTo(to) => {
                lines.push((at, begin));
                (begin, at) = (to, to);
            }
            PathEl::LineTo(to) => {
                lines.push((at, to));
                at = to;
            }
            _ => {
                lines.push((at, begin));
                at = begin;
            }
        });
        self.lines.push((at, begin));
    }

    /// The crossings of one row, from the left.
    fn cross(&mut self, y: f64) {
        self.crossings.clear();
        for (from, to) in &self.lines {
            if (from.y <= y) != (to.y <= y) {
                let x = from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x);
                self.crossings.push((x, if to.y > from.y { 1 } else { -1 }));
            }
        }
        self.crossings.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
}

fn are_told_apart(inside: &Side, around: &Side, seen: f64) -> bool {
    let of = |side: &Side| {
        let mut of = side.sums.iter().zip(&side.squares).map(|colour| side.mean(colour));
        [of.next(), of.next(), of.next()].map(Option::unwrap_or_default)
    };
    let all = inside.count + around.count;
    of(inside).iter().zip(of(around)).any(|((mean, spread), (other, other_spread))| {
        let apart = (mean - other).abs();
        apart >= seen && apart >= TOLD_APART * ((spread + other_spread) / all).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kurbo::{Circle, Shape};

    /// A ring of 12 pixels and 6 inside of that, in the middle of a page of 40, where `page` says the level of each pixel beside
    /// it and in it.
    fn is_lost(page: impl Fn(usize, usize, bool) -> u8) -> bool {
        let mut ring = Circle::new((20.0, 20.0), 12.0).to_path(0.1);
        ring.extend(Circle::new((20.0, 20.0), 6.0).to_path(0.1).reverse_subpaths());
        let is_ink = |x: usize, y: usize| {
            let away = (x as f64 - 19.5).hypot(y as f64 - 19.5);
            (6.0..12.0).contains(&away)
        };
        let levels = (0..1600).map(|at| page(at % 40, at / 40, is_ink(at % 40, at / 40))).collect();
        let pixels = Pixels::of_grey(40, 40, levels).unwrap();
        Seeker::default().is_lost(&ring, Affine::IDENTITY, ring.bounding_box(), &pixels, 16)
    }

    #[test]
    fn a_letter_is_seen_by_its_shape_and_not_by_what_is_around_it() {
        assert!(!is_lost(|_, _, ink| if ink { 0 } else { 255 }));
        assert!(!is_lost(|x, _, ink| if ink { 40 } else { 100 + (x % 2) as u8 * 60 }), "on a texture");
        assert!(
            !is_lost(|x, _, ink| (if ink { 20 } else { 150 }) + x as u8),
            "under a slope that lets through"
        );
        assert!(is_lost(|x, _, _| (x / 2 % 2) as u8 * 255), "stripes");
        assert!(is_lost(|x, y, _| ((x * 7919 + y * 104_729) % 251) as u8), "noise");
        assert!(is_lost(|x, y, _| (x + y) as u8 * 3), "a slope");
        assert!(is_lost(|_, y, ink| if y % 8 == 0 { 0 } else { 255 - u8::from(ink) }), "white between lines");
    }
}
