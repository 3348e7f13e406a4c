//! Pixels as a person sees them: red, green and blue, eight bits each, on white.

/// Pixels that are looked at before it is asked what was seen.
const AT_ONCE: usize = 4_096;

/// A picture, or a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Three bytes a pixel, row by row, without gaps.
    pub(crate) rgb: Vec<u8>,
}

impl Pixels {
    /// A picture of these bytes; `None` where they are not as many as it has.
    pub(crate) fn new(width: usize, height: usize, rgb: Vec<u8>) -> Option<Self> {
        let bytes = width.checked_mul(height)?.checked_mul(3)?;
        (bytes == rgb.len() && bytes > 0).then_some(Self { width, height, rgb })
    }

    /// From one byte a pixel.
    pub(crate) fn of_grey(width: usize, height: usize, grey: &[u8]) -> Option<Self> {
        Self::new(width, height, grey.iter().flat_map(|level| [*level; 3]).collect())
    }

    /// From four bytes a pixel, the last of which says how much of the other three covers what is below, which is white.
    pub(crate) fn of_rgba(width: usize, height: usize, rgba: &[u8]) -> Option<Self> {
        let over_white = |colour: u8, alpha: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            let sum = colour
                .saturating_mul(alpha)
                .saturating_add(255_u32.saturating_sub(alpha).saturating_mul(255));
            u8::try_from(sum.saturating_add(127) / 255).unwrap_or(255)
        };
        let pixels = rgba.as_chunks::<4>().0;
        let mut rgb = vec![255; pixels.len().checked_mul(3)?];
        let places = rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels);
        // Pages and most pictures: nothing to be mixed, and loops without a way out are the fast ones.
        if pixels.iter().fold(255, |all, [_, _, _, alpha]| all & alpha) == 255 {
            places.for_each(|(place, [r, g, b, _])| *place = [*r, *g, *b]);
        } else {
            places.for_each(|(place, [r, g, b, a])| *place = [*r, *g, *b].map(|level| over_white(level, *a)));
        }
        Self::new(width, height, rgb)
    }

    /// One byte a pixel where no pixel has a colour; `None` where one has.
    pub(crate) fn grey(&self) -> Option<Vec<u8>> {
        let pixels = self.rgb.as_chunks::<3>().0;
        let differ = |some: &[[u8; 3]]| some.iter().fold(0, |all, [r, g, b]| all | (r ^ g) | (g ^ b));
        if pixels.chunks(AT_ONCE).any(|some| differ(some) != 0) {
            return None;
        }
        Some(pixels.iter().map(|[level, _, _]| *level).collect())
    }

    /// How far the pixels of a rectangle lie from each other at most, in levels of one colour. 0 for an empty one.
    pub(crate) fn spread(
        &self,
        columns: core::ops::Range<usize>,
        rows: core::ops::Range<usize>,
        enough: u8,
    ) -> u8 {
        let (mut low, mut high) = ([255_u8; 3], [0_u8; 3]);
        let mut widest = 0;
        for row in rows.start..rows.end.min(self.height) {
            let from = row.saturating_mul(self.width).saturating_add(columns.start).saturating_mul(3);
            let to =
                row.saturating_mul(self.width).saturating_add(columns.end.min(self.width)).saturating_mul(3);
            for pixel in self.rgb.get(from..to).unwrap_or(&[]).as_chunks::<3>().0 {
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

    /// The same picture with sides of at most `side` pixels: each new pixel is the mean of a square of old ones.
    pub(crate) fn shrunk_to(&self, side: usize) -> Self {
        let step = self.width.max(self.height).div_ceil(side.max(1)).max(1);
        if step == 1 {
            return self.clone();
        }
        let (width, height) = (self.width.div_euclid(step).max(1), self.height.div_euclid(step).max(1));
        let mut rgb = Vec::with_capacity(width.saturating_mul(height).saturating_mul(3));
        let lines = self.rgb.as_chunks::<3>().0;
        let mut sums = vec![[0_u64; 4]; width];
        for square in lines.chunks(self.width.saturating_mul(step)).take(height) {
            sums.fill([0; 4]);
            for line in square.chunks(self.width) {
                sums.iter_mut().zip(line.chunks(step)).for_each(|(sum, some)| add(sum, some));
            }
            rgb.extend(sums.iter().flat_map(mean));
        }
        Self { width, height, rgb }
    }

    /// The same picture with the lowest `bits` of every level set by the others: they say nothing that the rest does not
    /// say, and look like noise. The same pixels give the same pixels.
    pub(crate) fn flattened(mut self, bits: u32) -> Self {
        let low = 0xFF_u8.checked_shr(8_u32.saturating_sub(bits.min(8))).unwrap_or(0);
        let mut seed = 0xCBF2_9CE4_8422_2325_u64;
        for level in &mut self.rgb {
            *level &= !low;
            seed = (seed ^ u64::from(*level)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        // What has no colour gets none: all three levels of a pixel take the same noise.
        let levels = if self.rgb.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b) { 3 } else { 1 };
        for some in self.rgb.chunks_mut(8_usize.saturating_mul(levels)) {
            let noise = scrambled(&mut seed).to_le_bytes();
            for (levels, noise) in some.chunks_mut(levels).zip(noise) {
                levels.iter_mut().for_each(|level| *level |= noise & low);
            }
        }
        self
    }
}

/// Adds pixels to the sums of their levels, and to their number.
fn add(sum: &mut [u64; 4], pixels: &[[u8; 3]]) {
    let [red, green, blue, count] = sum;
    for [r, g, b] in pixels {
        *red = red.wrapping_add(u64::from(*r));
        *green = green.wrapping_add(u64::from(*g));
        *blue = blue.wrapping_add(u64::from(*b));
        *count = count.wrapping_add(1);
    }
}

fn mean([red, green, blue, count]: &[u64; 4]) -> [u8; 3] {
    [red, green, blue].map(|sum| u8::try_from(sum.checked_div(*count).unwrap_or(255)).unwrap_or(255))
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
        assert_eq!(pixels.rgb, [10, 20, 30, 255, 255, 255, 127, 127, 127]);
        assert!(Pixels::of_rgba(2, 1, &[0; 4]).is_none());
    }

    #[test]
    fn a_spread_is_that_of_the_rectangle() {
        let mut pixels = Pixels::new(4, 4, vec![200; 48]).unwrap();
        pixels.rgb[(4 + 2) * 3] = 150;
        assert_eq!(pixels.spread(0..4, 0..4, 255), 50);
        assert_eq!(pixels.spread(0..2, 0..4, 255), 0);
        assert_eq!(pixels.spread(2..9, 1..9, 255), 50, "cut at the edges");
        assert_eq!(pixels.spread(9..12, 0..4, 255), 0);
    }

    #[test]
    fn a_shrunk_picture_has_means() {
        let pixels = Pixels::of_grey(4, 2, &[0, 100, 50, 50, 100, 200, 50, 50]).unwrap();
        let small = pixels.shrunk_to(2);
        assert_eq!((small.width, small.height, small.rgb), (2, 1, vec![100, 100, 100, 50, 50, 50]));
        assert_eq!(pixels.shrunk_to(4), pixels);
    }

    proptest! {
        #[test]
        fn the_lowest_bits_say_nothing_of_the_lowest_bits(
            rgb in proptest::collection::vec(any::<u8>(), 48..=48),
            other in proptest::collection::vec(0_u8..4, 48..=48),
        ) {
            let changed: Vec<u8> = rgb.iter().zip(&other).map(|(level, low)| level & !3 | low).collect();
            let one = Pixels::new(4, 4, rgb.clone()).unwrap().flattened(2);
            let two = Pixels::new(4, 4, changed).unwrap().flattened(2);
            prop_assert_eq!(&one, &two);
            for (old, new) in rgb.iter().zip(&one.rgb) {
                prop_assert_eq!(old & !3, new & !3);
            }
        }
    }
}
