//! Pixels as a person sees them: red, green and blue, eight bits each, on white; one level where no pixel has a colour.

/// Pixels that are looked at before it is asked what was seen.
const AT_ONCE: usize = 4_096;

/// A picture, or a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// One byte a pixel, and not three: no pixel has a colour.
    grey: bool,
    /// Row by row, without gaps.
    levels: Vec<u8>,
}

impl Pixels {
    /// A picture of three bytes a pixel; `None` where they are not as many as it has.
    pub(crate) fn of_rgb(width: usize, height: usize, rgb: Vec<u8>) -> Option<Self> {
        let bytes = width.checked_mul(height)?.checked_mul(3)?;
        if bytes != rgb.len() || bytes == 0 {
            return None;
        }
        let pixels = rgb.as_chunks::<3>().0;
        let differ = |some: &[[u8; 3]]| some.iter().fold(0, |all, [r, g, b]| all | (r ^ g) | (g ^ b));
        if pixels.chunks(AT_ONCE).any(|some| differ(some) != 0) {
            return Some(Self { width, height, grey: false, levels: rgb });
        }
        let levels = pixels.iter().map(|[level, _, _]| *level).collect();
        Some(Self { width, height, grey: true, levels })
    }

    /// A picture of one byte a pixel; `None` as of [`Pixels::of_rgb`].
    pub(crate) fn of_grey(width: usize, height: usize, levels: Vec<u8>) -> Option<Self> {
        let is_whole = !levels.is_empty() && width.checked_mul(height)? == levels.len();
        is_whole.then_some(Self { width, height, grey: true, levels })
    }

    /// From four bytes a pixel, the last of which says how much of the other three covers what is below, which is white.
    pub(crate) fn of_rgba(width: usize, height: usize, rgba: &[u8]) -> Option<Self> {
        let pixels = rgba.as_chunks::<4>().0;
        // Most pages: nothing to be mixed, and no colour.
        let is_plain = |some: &[[u8; 4]]| {
            let odd = some.iter().fold(0, |odd, pixel| {
                let word = u32::from_le_bytes(*pixel);
                odd | ((word ^ (word >> 8)) & 0xFFFF) | (!word & 0xFF00_0000)
            });
            odd == 0
        };
        let mut levels = Vec::with_capacity(pixels.len());
        for some in pixels.chunks(AT_ONCE) {
            if !is_plain(some) {
                return Self::of_rgb(width, height, on_white(pixels)?);
            }
            levels.extend(some.iter().map(|[level, ..]| *level));
        }
        Self::of_grey(width, height, levels)
    }

    /// True where no pixel has a colour.
    pub(crate) fn is_grey(&self) -> bool {
        self.grey
    }

    /// One byte a pixel where it is grey, three otherwise; row by row, without gaps.
    pub(crate) fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// Bytes of one pixel.
    fn channels(&self) -> usize {
        if self.grey { 1 } else { 3 }
    }

    /// Red, green and blue of one pixel; black beside the picture.
    pub(crate) fn at(&self, column: usize, row: usize) -> [u8; 3] {
        let place = row.saturating_mul(self.width).saturating_add(column);
        if self.grey {
            return [self.levels.get(place).copied().unwrap_or(0); 3];
        }
        self.levels.as_chunks::<3>().0.get(place).copied().unwrap_or([0; 3])
    }

    /// How far the pixels of a rectangle lie from each other at most, in levels of one colour, as far as they are looked at:
    /// that ends with the first row after which it is `enough`. 0 for an empty one.
    pub(crate) fn spread(
        &self,
        columns: core::ops::Range<usize>,
        rows: core::ops::Range<usize>,
        enough: u8,
    ) -> u8 {
        let (from, to) = (columns.start, columns.end.min(self.width));
        let lines = (rows.start..rows.end.min(self.height)).map(|row| {
            let place = |column: usize| {
                row.saturating_mul(self.width).saturating_add(column).saturating_mul(self.channels())
            };
            self.levels.get(place(from)..place(to)).unwrap_or(&[])
        });
        if self.grey {
            spread::<1>(lines.map(|line| line.as_chunks().0), enough)
        } else {
            spread::<3>(lines.map(|line| line.as_chunks().0), enough)
        }
    }

    /// The same picture with sides of at most `side` pixels: each new pixel is the mean of a square of old ones.
    pub(crate) fn shrunk_to(&self, side: usize) -> Self {
        let step = self.width.max(self.height).div_ceil(side.max(1)).max(1);
        if step == 1 {
            return self.clone();
        }
        let (width, height) = (self.width.div_euclid(step).max(1), self.height.div_euclid(step).max(1));
        let levels = if self.grey {
            shrunk::<1>(self.levels.as_chunks().0, self.width, (width, height), step)
        } else {
            shrunk::<3>(self.levels.as_chunks().0, self.width, (width, height), step)
        };
        Self { width, height, grey: self.grey, levels }
    }

    /// So many of its rows, from one on.
    pub(crate) fn cut(&self, from: usize, rows: usize) -> Self {
        let line = self.width.saturating_mul(self.channels());
        let (from, bytes) = (from.saturating_mul(line), rows.saturating_mul(line));
        let levels: Vec<u8> = self.levels.iter().skip(from).take(bytes).copied().collect();
        let height = levels.len().checked_div(line).unwrap_or(0);
        Self { width: self.width, height, grey: self.grey, levels }
    }

    /// One level a pixel: how bright a person sees it (ITU-R BT.601).
    pub(crate) fn brightness(self) -> Vec<u8> {
        if self.grey {
            return self.levels;
        }
        let bright = |[r, g, b]: &[u8; 3]| {
            let [r, g, b] = [r, g, b].map(|level| u32::from(*level));
            let sum = r.wrapping_mul(77).wrapping_add(g.wrapping_mul(150)).wrapping_add(b.wrapping_mul(29));
            u8::try_from(sum >> 8).unwrap_or(u8::MAX)
        };
        self.levels.as_chunks::<3>().0.iter().map(bright).collect()
    }

    /// The same picture with the lowest `bits` of every level set by the others: they say nothing that the rest does not
    /// say, and look like noise. The same pixels give the same pixels. What has no colour gets none.
    pub(crate) fn flattened(mut self, bits: u32) -> Self {
        let low = 0xFF_u8.checked_shr(8_u32.saturating_sub(bits.min(8))).unwrap_or(0);
        let (high, low) = (u64::from_le_bytes([!low; 8]), u64::from_le_bytes([low; 8]));
        let mut seed = 0xCBF2_9CE4_8422_2325_u64;
        let (words, rest) = self.levels.as_chunks_mut::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(&*rest).for_each(|(place, level)| *place = *level);
        for word in words.iter().chain([&last]) {
            let kept = u64::from_le_bytes(*word) & high;
            seed = (seed ^ kept).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29);
        }
        for word in words.iter_mut().chain([&mut last]) {
            let noise = scrambled(&mut seed) & low;
            *word = ((u64::from_le_bytes(*word) & high) | noise).to_le_bytes();
        }
        rest.iter_mut().zip(last).for_each(|(place, level)| *place = level);
        self
    }
}

/// Pixels on white paper.
fn on_white(pixels: &[[u8; 4]]) -> Option<Vec<u8>> {
    let over_white = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        let sum =
            colour.saturating_mul(alpha).saturating_add(255_u32.saturating_sub(alpha).saturating_mul(255));
        u8::try_from(sum.saturating_add(127) / 255).unwrap_or(255)
    };
    let mut rgb = vec![255; pixels.len().checked_mul(3)?];
    let places = rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels);
    // Loops without a way out are the fast ones.
    if pixels.iter().fold(255, |all, [_, _, _, alpha]| all & alpha) == 255 {
        places.for_each(|(place, [r, g, b, _])| *place = [*r, *g, *b]);
    } else {
        places.for_each(|(place, [r, g, b, a])| *place = [*r, *g, *b].map(|level| over_white(level, *a)));
    }
    Some(rgb)
}

fn spread<'a, const N: usize>(lines: impl Iterator<Item = &'a [[u8; N]]>, enough: u8) -> u8 {
    let (mut low, mut high) = ([255_u8; N], [0_u8; N]);
    let mut widest = 0;
    for line in lines {
        for pixel in line {
            for ((low, high), level) in low.iter_mut().zip(&mut high).zip(pixel) {
                *low = (*low).min(*level);
                *high = (*high).max(*level);
            }
        }
        let spreads = low.iter().zip(&high).map(|(low, high)| high.saturating_sub(*low));
        widest = spreads.max().unwrap_or(0);
        if widest >= enough {
            break;
        }
    }
    widest
}

/// The means of squares of `step` pixels; `sides` are the new ones.
fn shrunk<const N: usize>(
    pixels: &[[u8; N]],
    old_width: usize,
    (width, height): (usize, usize),
    step: usize,
) -> Vec<u8> {
    let mut levels = Vec::with_capacity(width.saturating_mul(height).saturating_mul(N));
    let mut sums = vec![(0_u64, [0_u64; N]); width];
    for square in pixels.chunks(old_width.saturating_mul(step)).take(height) {
        sums.fill((0, [0; N]));
        for line in square.chunks(old_width) {
            sums.iter_mut().zip(line.chunks(step)).for_each(|(sum, some)| add(sum, some));
        }
        levels.extend(sums.iter().flat_map(mean));
    }
    levels
}

/// Adds pixels to their number and to the sums of their levels.
fn add<const N: usize>((count, sums): &mut (u64, [u64; N]), pixels: &[[u8; N]]) {
    for pixel in pixels {
        sums.iter_mut().zip(pixel).for_each(|(sum, level)| *sum = sum.wrapping_add(u64::from(*level)));
        *count = count.wrapping_add(1);
    }
}

fn mean<const N: usize>((count, sums): &(u64, [u64; N])) -> [u8; N] {
    sums.map(|sum| u8::try_from(sum.checked_div(*count).unwrap_or(255)).unwrap_or(255))
}

/// The next of a row of numbers without pattern (SplitMix64).
fn scrambled(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_clear_is_white() {
        let pixels = Pixels::of_rgba(3, 1, &[10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128]).unwrap();
        assert_eq!(pixels.levels, [10, 20, 30, 255, 255, 255, 127, 127, 127]);
        assert!(Pixels::of_rgba(2, 1, &[0; 4]).is_none());
    }

    #[test]
    fn what_has_no_colour_is_grey_however_it_comes() {
        let grey = Pixels::of_grey(3, 1, vec![9, 255, 127]).unwrap();
        assert_eq!(Pixels::of_rgb(3, 1, vec![9, 9, 9, 255, 255, 255, 127, 127, 127]).unwrap(), grey);
        let rgba = [9, 9, 9, 255, 0, 0, 0, 0, 0, 0, 0, 128];
        assert_eq!(Pixels::of_rgba(3, 1, &rgba).unwrap(), grey, "mixed with white");
        assert_eq!(
            Pixels::of_rgba(3, 1, &[9, 9, 9, 255, 255, 255, 255, 255, 127, 127, 127, 255]).unwrap(),
            grey
        );
        assert!(!Pixels::of_rgb(1, 1, vec![9, 9, 8]).unwrap().is_grey());
        for wrong in [Pixels::of_grey(2, 2, vec![0; 3]), Pixels::of_grey(0, 0, Vec::new())] {
            assert_eq!(wrong, None);
        }
    }

    #[test]
    fn a_spread_is_that_of_the_rectangle() {
        let mut levels = vec![200; 16];
        levels[4 + 2] = 150;
        let colour = |levels: &[u8]| levels.iter().flat_map(|level| [*level, 200, 100]).collect::<Vec<_>>();
        for pixels in [Pixels::of_rgb(4, 4, colour(&levels)), Pixels::of_grey(4, 4, levels)] {
            let pixels = pixels.unwrap();
            assert_eq!(pixels.spread(0..4, 0..4, 255), 50);
            assert_eq!(pixels.spread(0..2, 0..4, 255), 0);
            assert_eq!(pixels.spread(2..9, 1..9, 255), 50, "cut at the edges");
            assert_eq!(pixels.spread(9..12, 0..4, 255), 0);
        }
    }

    #[test]
    fn a_shrunk_picture_has_means() {
        let pixels = Pixels::of_grey(4, 2, vec![0, 100, 50, 50, 100, 200, 50, 50]).unwrap();
        let small = pixels.shrunk_to(2);
        assert_eq!((small.width, small.height, small.levels), (2, 1, vec![100, 50]));
        assert_eq!(pixels.shrunk_to(4), pixels);
        let colours = Pixels::of_rgb(2, 1, vec![0, 100, 7, 100, 200, 9]).unwrap().shrunk_to(1);
        assert_eq!((colours.width, colours.height, colours.levels), (1, 1, vec![50, 150, 8]));
    }

    proptest! {
        #[test]
        fn the_lowest_bits_say_nothing_of_the_lowest_bits(
            mut rgb in proptest::collection::vec(any::<u8>(), 51..=51),
            other in proptest::collection::vec(0_u8..4, 51..=51),
            grey: bool,
        ) {
            // A colour that no noise takes away.
            (rgb[0], rgb[1]) = (0, 200);
            let make = |levels: Vec<u8>| {
                let made = if grey { Pixels::of_grey(17, 3, levels) } else { Pixels::of_rgb(17, 1, levels) };
                made.unwrap().flattened(2)
            };
            let changed: Vec<u8> = rgb.iter().zip(&other).map(|(level, low)| level & !3 | low).collect();
            let (one, two) = (make(rgb.clone()), make(changed));
            prop_assert_eq!(&one, &two);
            prop_assert_eq!(one.is_grey(), grey);
            for (old, new) in rgb.iter().zip(one.levels()) {
                prop_assert_eq!(old & !3, new & !3);
            }
        }
    }
}
