//! Whether two readers of a JPEG see one picture.
//!
//! The standard leaves two things open: how a transform is rounded, and what stands between samples that are thinned out. So what
//! is compared is whether each level can come from the samples of ours that stand around it: whoever fills in what is between two
//! samples comes to something between them. Where nothing is thinned out that leaves only what is lost in rounding.

use super::own::{Colours, Picture, Plane};
use crate::pixels::Pixels;

/// Levels that rounding may make of one: two transforms lie one apart, and a little more where a coefficient is large.
const ROUNDED: i16 = 2;
/// The same of one that was computed of several: one of luminance, 1.772 of blue, and one for the sum.
const ROUNDED_TWICE: i16 = 4;

/// True where every level is one that a right decoder may show.
pub(super) fn agree(picture: &Picture, pixels: &Pixels) -> bool {
    let rounded = match picture.colours {
        Colours::Grey | Colours::Plain => ROUNDED,
        Colours::Luminance | Colours::Inks { .. } | Colours::LuminanceAndInk => ROUNDED_TWICE,
    };
    (picture.width, picture.height) == (pixels.width, pixels.height)
        && apart(picture, pixels).is_some_and(|levels| levels <= rounded)
}

/// The same of samples as they are coded, before they are colours: rows of `wide` pixels, each with one sample of every component. There
/// may be fewer rows than the picture has.
pub(super) fn agree_as_coded(picture: &Picture, samples: &[u8], wide: usize) -> bool {
    let count = picture.planes.len();
    let Some(in_row) = wide.checked_mul(count).filter(|samples| *samples > 0) else { return false };
    let rows = samples.chunks_exact(in_row);
    let is_whole = rows.remainder().is_empty() && wide == picture.width && rows.len() <= picture.height;
    let most = densest(picture.planes.iter());
    let mut shown = Vec::with_capacity(wide);
    is_whole
        && picture.planes.iter().enumerate().all(|(at, plane)| {
            let mut lines = Lines::new(plane, most);
            rows.clone().enumerate().all(|(row, samples)| {
                lines.go_to(row);
                shown.clear();
                shown.extend(samples.iter().skip(at).step_by(count).map(|level| i16::from(*level)));
                lines.around.is_for(shown.len()) && lines.around.farthest(&shown) <= ROUNDED
            })
        })
}

/// Samples across and down of the component that has most of them.
fn densest<'a>(planes: impl Iterator<Item = &'a Plane>) -> (usize, usize) {
    planes.fold((1, 1), |most, plane| (most.0.max(plane.factors.0), most.1.max(plane.factors.1)))
}

/// How far a level lies at most from what it may be; `None` where there are not as many components as colours take.
fn apart(picture: &Picture, pixels: &Pixels) -> Option<i16> {
    let planes = picture.planes.as_slice();
    match picture.colours {
        Colours::Grey => farthest(planes.as_array()?, pixels, |[level], made| {
            made.iter_mut().for_each(|made| made.clone_from(level));
        }),
        Colours::Plain => farthest::<3>(planes.as_array()?, pixels, |colours, made| {
            made.iter_mut().zip(colours).for_each(|(made, colour)| made.clone_from(colour));
        }),
        Colours::Luminance => farthest(planes.as_array()?, pixels, of_luminance),
        Colours::Inks { left } => {
            farthest(planes.as_array()?, pixels, |[cyan, magenta, yellow, black], made| {
                let side = |row: &Row| if left { row.clone() } else { row.inverted() };
                let black = side(black);
                for (ink, made) in [cyan, magenta, yellow].into_iter().zip(made) {
                    *made = side(ink).under(&black);
                }
            })
        }
        Colours::LuminanceAndInk => farthest(planes.as_array()?, pixels, |[y, blue, red, black], made| {
            of_luminance([y, blue, red], made);
            made.iter_mut().for_each(|made| *made = made.inverted().under(black));
        }),
    }
}

/// Goes row by row: `of` makes of what the components may be what red, green and blue may be.
fn farthest<const N: usize>(
    planes: &[Plane; N],
    pixels: &Pixels,
    of: impl Fn([&Row; N], &mut [Row; 3]),
) -> Option<i16> {
    let most = densest(planes.iter());
    let mut lines = planes.each_ref().map(|plane| Lines::new(plane, most));
    let (mut allowed, mut shown, mut far) = (<[Row; 3]>::default(), Vec::new(), 0);
    let channels = if pixels.is_grey() { 1 } else { 3 };
    for (row, levels) in pixels.levels().chunks_exact(pixels.width.checked_mul(channels)?).enumerate() {
        for line in &mut lines {
            line.go_to(row);
        }
        of(lines.each_ref().map(|line| &line.around), &mut allowed);
        for (colour, row) in allowed.iter().enumerate() {
            shown.clear();
            let three = levels.as_chunks::<3>().0.iter();
            match (channels, colour) {
                (1, _) => shown.extend(levels.iter().map(|level| i16::from(*level))),
                (_, 0) => shown.extend(three.map(|[red, _, _]| i16::from(*red))),
                (_, 1) => shown.extend(three.map(|[_, green, _]| i16::from(*green))),
                _ => shown.extend(three.map(|[_, _, blue]| i16::from(*blue))),
            }
            if !row.is_for(shown.len()) {
                return None;
            }
            far = row.farthest(&shown).max(far);
        }
    }
    Some(far)
}

/// The lowest and the highest that each sample of a row may be.
#[derive(Clone, Default)]
struct Row {
    low: Vec<i16>,
    high: Vec<i16>,
}

impl Row {
    /// True where it has what so many samples may be.
    fn is_for(&self, samples: usize) -> bool {
        self.low.len() >= samples && self.high.len() >= samples
    }

    /// How far a level lies from them at most; nobody shows more than white or less than black.
    fn farthest(&self, shown: &[i16]) -> i16 {
        let spans = self.low.iter().zip(&self.high).zip(shown);
        let apart = |((low, high), level): ((&i16, &i16), &i16)| {
            (*low).min(255).saturating_sub(*level).max(level.saturating_sub((*high).max(0)))
        };
        spans.map(apart).fold(0, i16::max)
    }

    fn inverted(&self) -> Self {
        let inverted =
            |row: &[i16]| row.iter().map(|level| 255_i16.saturating_sub((*level).clamp(0, 255))).collect();
        Self { low: inverted(&self.high), high: inverted(&self.low) }
    }

    /// What is left of white by an ink and by black.
    fn under(&self, black: &Self) -> Self {
        let mut made = Self::default();
        let product = |ink: i16, black: i16| (i32::from(ink).wrapping_mul(black.into()) / 255) as i16;
        join(&mut made.low, &self.low, &black.low, product);
        join(&mut made.high, &self.high, &black.high, product);
        made
    }
}

/// A row of what two others have at the same place.
fn join(made: &mut Vec<i16>, one: &[i16], other: &[i16], of: impl Fn(i16, i16) -> i16) {
    made.clear();
    made.extend(one.iter().zip(other).map(|(one, other)| of(*one, *other)));
}

/// Luminance, blue and red as red, green and blue (ITU-T T.871, clause 7), with weights in 65,536ths.
fn of_luminance([y, blue, red]: [&Row; 3], [to_red, to_green, to_blue]: &mut [Row; 3]) {
    let part = |level: i16, weight: i32| i32::from(level).wrapping_sub(128).wrapping_mul(weight);
    let rounded = |sum: i32| (sum.wrapping_add(1 << 15) >> 16) as i16;
    let of_red = |level: i16, red: i16| level.saturating_add(rounded(part(red, 91_881)));
    let of_blue = |level: i16, blue: i16| level.saturating_add(rounded(part(blue, 116_130)));
    let less = |blue: i16, red: i16| rounded(part(blue, 22_554).wrapping_add(part(red, 46_802)));
    join(&mut to_red.low, &y.low, &red.low, of_red);
    join(&mut to_red.high, &y.high, &red.high, of_red);
    join(&mut to_blue.low, &y.low, &blue.low, of_blue);
    join(&mut to_blue.high, &y.high, &blue.high, of_blue);
    let mut taken = Vec::with_capacity(y.low.len());
    join(&mut taken, &blue.high, &red.high, less);
    join(&mut to_green.low, &y.low, &taken, i16::saturating_sub);
    join(&mut taken, &blue.low, &red.low, less);
    join(&mut to_green.high, &y.high, &taken, i16::saturating_sub);
}

/// The samples of one component around the pixels of a row.
struct Lines<'a> {
    plane: &'a Plane,
    /// Pixels across and down for so many samples.
    most: (usize, usize),
    /// Which row of samples that is.
    at: Option<usize>,
    around: Row,
}

impl<'a> Lines<'a> {
    fn new(plane: &'a Plane, most: (usize, usize)) -> Self {
        Self { plane, most, at: None, around: Row::default() }
    }

    fn go_to(&mut self, row: usize) {
        let (across, down) = self.plane.factors;
        let at = row.saturating_mul(down).checked_div(self.most.1).unwrap_or(0);
        if self.at.replace(at) == Some(at) {
            return;
        }
        let Row { low, high } = &mut self.around;
        self.plane.row(at, low);
        high.clone_from(low);
        if down < self.most.1 {
            let mut near = Vec::new();
            for at in [at.checked_sub(1), at.checked_add(1)].into_iter().flatten() {
                self.plane.row(at, &mut near);
                low.iter_mut().zip(&near).for_each(|(low, level)| *low = (*low).min(*level));
                high.iter_mut().zip(&near).for_each(|(high, level)| *high = (*high).max(*level));
            }
        }
        if across < self.most.0 {
            *low = spread(low, (across, self.most.0), i16::min);
            *high = spread(high, (across, self.most.0), i16::max);
        }
    }
}

/// For each pixel what is outermost of the samples around it: each sample is that of the pixels that begin in it.
fn spread(samples: &[i16], (across, most): (usize, usize), outer: impl Fn(i16, i16) -> i16) -> Vec<i16> {
    let (mut spread, mut begun) = (Vec::with_capacity(samples.len().saturating_mul(most)), 0_usize);
    let mut before = samples.first().copied().unwrap_or(0);
    for (sample, behind) in samples.iter().zip(samples.iter().skip(1).chain(samples.last())) {
        let around = outer(outer(before, *sample), *behind);
        while begun < most {
            spread.push(around);
            begun = begun.saturating_add(across);
        }
        begun = begun.saturating_sub(most);
        before = *sample;
    }
    spread
}
