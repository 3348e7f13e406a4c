//! Samples without compression, in blocks of several bands, as NITF has them (MIL-STD-2500C, 5.4.3; ISO/IEC 12087-5).

use crate::NotRead;
use crate::pixels::Pixels;
use crate::room::Room;
use crate::tile::Tile;

/// How the samples of several bands follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Within a block, one band after the other (IMODE `B`).
    Block,
    /// Pixel by pixel, each with all its bands (`P`).
    Pixel,
    /// Row by row of a block, each with all its bands (`R`).
    Row,
    /// One band after the other over the whole picture, in blocks (`S`).
    Band,
}

/// Samples as they stand in a file, and how they are to be read.
#[derive(Clone, Copy, Debug)]
pub struct Raster<'a> {
    /// The samples, whole blocks of them.
    pub samples: &'a [u8],
    /// Width and height of the picture, in pixels.
    pub sides: (usize, usize),
    /// Width and height of a block, in pixels.
    pub block: (usize, usize),
    /// Blocks across and down.
    pub blocks: (usize, usize),
    /// 1, or 3 for red, green and blue.
    pub bands: usize,
    /// Bytes of a sample: 1, or 2 with the higher byte first.
    pub bytes: usize,
    /// How many of its bits say something, the lowest ones: 1 to 16.
    pub bits: u32,
    /// How the bands follow each other.
    pub order: Order,
    /// What the samples of a single band stand for: tables of levels, one for grey, three for red, green and blue.
    pub tables: [&'a [u8]; 3],
}

impl Raster<'_> {
    /// Reads the samples.
    ///
    /// # Errors
    /// [`NotRead`] where there are too many pixels, or not as many samples as there should be.
    pub(crate) fn pixels(&self, room: &mut Room) -> Result<Pixels, NotRead> {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let (width, height) = room.take(side(self.sides.0), side(self.sides.1), 3)?;
        if !self.is_whole().unwrap_or(false) {
            return Err(NotRead::Refused);
        }
        let [first, second, third] = self.tables;
        let (channels, indexed) = match (self.bands, first.is_empty(), second.is_empty()) {
            (1, true, _) => (1, false),
            (1, false, true) => (1, true),
            (1, false, false) => (3, true),
            (3, true, _) => (3, false),
            _ => return Err(NotRead::Refused),
        };
        let mut levels = Vec::with_capacity(width.saturating_mul(height).saturating_mul(channels));
        for row in 0..height {
            for column in 0..width {
                for band in 0..self.bands {
                    let sample = self.place(row, column, band).and_then(|at| self.sample(at));
                    let sample = sample.ok_or(NotRead::Refused)?;
                    if !indexed {
                        levels.push(self.level(sample));
                        continue;
                    }
                    for table in [first, second, third].iter().take(channels) {
                        levels.push(table.get(usize::from(sample)).copied().unwrap_or(0));
                    }
                }
            }
        }
        room.beyond |= !self.is_filled().unwrap_or(false);
        let made = if channels == 1 { Pixels::of_grey } else { Pixels::of_rgb };
        made(width, height, levels).ok_or(NotRead::Refused)
    }

    /// True where the blocks hold the picture, and the samples fill the blocks.
    fn is_whole(&self) -> Option<bool> {
        let ((wide, high), (across, down)) = (self.block, self.blocks);
        let covered = wide.checked_mul(across)? >= self.sides.0 && high.checked_mul(down)? >= self.sides.1;
        let samples = [wide, high, across, down, self.bands, self.bytes]
            .iter()
            .try_fold(1_usize, |product, factor| product.checked_mul(*factor))?;
        let bits = matches!((self.bytes, self.bits), (1, 1..=8) | (2, 1..=16));
        Some(covered && bits && samples == self.samples.len())
    }

    /// True where what blocks hold beside the picture is the edge again or one level, in each band: no reader shows it.
    fn is_filled(&self) -> Option<bool> {
        let ((wide, high), (across, down)) = (self.block, self.blocks);
        let mut fill = Vec::new();
        for block in 0..across.checked_mul(down)? {
            let (top, left) = (
                block.checked_div(across)?.checked_mul(high)?,
                block.checked_rem(across)?.checked_mul(wide)?,
            );
            let columns = self.sides.0.saturating_sub(left).min(wide);
            let rows = self.sides.1.saturating_sub(top).min(high);
            if (columns, rows) == (wide, high) {
                continue;
            }
            for band in 0..self.bands {
                fill.clear();
                for (row, column) in (top..top.checked_add(high)?)
                    .flat_map(|row| (left..left.saturating_add(wide)).map(move |column| (row, column)))
                {
                    let at = self.place(row, column, band)?.checked_mul(self.bytes)?;
                    fill.extend(self.samples.get(at..at.checked_add(self.bytes)?)?);
                }
                let tile = Tile { bytes: &fill, wide: wide.checked_mul(self.bytes)?, pixel: self.bytes };
                if !tile.is_filled((columns, rows)) {
                    return Some(false);
                }
            }
        }
        Some(true)
    }

    /// Where a sample stands, counted in samples.
    fn place(&self, row: usize, column: usize, band: usize) -> Option<usize> {
        let ((wide, high), (across, down)) = (self.block, self.blocks);
        let block = row.checked_div(high)?.checked_mul(across)?.checked_add(column.checked_div(wide)?)?;
        let (row, column) = (row.checked_rem(high)?, column.checked_rem(wide)?);
        let (area, bands) = (wide.checked_mul(high)?, self.bands);
        let at = |parts: [(usize, usize); 3]| {
            parts.iter().try_fold(0_usize, |sum, (count, each)| sum.checked_add(count.checked_mul(*each)?))
        };
        let in_block = row.checked_mul(wide)?.checked_add(column)?;
        let whole = area.checked_mul(bands)?;
        match self.order {
            Order::Block => at([(block, whole), (band, area), (in_block, 1)]),
            Order::Pixel => at([(block, whole), (in_block, bands), (band, 1)]),
            Order::Row => {
                let line = row.checked_mul(bands)?.checked_add(band)?;
                at([(block, whole), (line, wide), (column, 1)])
            }
            Order::Band => {
                at([(band, across.checked_mul(down)?.checked_mul(area)?), (block, area), (in_block, 1)])
            }
        }
    }

    fn sample(&self, at: usize) -> Option<u16> {
        match self.bytes {
            1 => self.samples.get(at).map(|byte| u16::from(*byte)),
            _ => {
                let pair = self.samples.get(at.checked_mul(2)?..)?.first_chunk::<2>()?;
                Some(u16::from_be_bytes(*pair))
            }
        }
    }

    /// A sample as a level of eight bits; what is above the bits that count is as bright as can be.
    fn level(&self, sample: u16) -> u8 {
        let most = 0xFFFF_u32.wrapping_shr(16_u32.saturating_sub(self.bits));
        let level = u32::from(sample).min(most).wrapping_mul(255).checked_div(most).unwrap_or(0);
        u8::try_from(level).unwrap_or(255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(samples: &[u8], order: Order) -> Raster<'_> {
        Raster {
            samples,
            sides: (3, 2),
            block: (2, 2),
            blocks: (2, 1),
            bands: 3,
            bytes: 1,
            bits: 8,
            order,
            tables: [&[]; 3],
        }
    }

    #[test]
    fn every_order_gives_the_same_picture() {
        // Pixels are numbered row by row; a sample is ten times its pixel, and its band. 90 is beyond the picture.
        let sample = |pixel: u8, band: u8| if pixel == 9 { 90 } else { pixel * 10 + band };
        let blocks = [[0_u8, 1, 3, 4], [2, 9, 5, 9]];
        let mut by_order = [
            (Order::Block, Vec::new()),
            (Order::Pixel, Vec::new()),
            (Order::Row, Vec::new()),
            (Order::Band, Vec::new()),
        ];
        for block in blocks {
            by_order[0].1.extend((0..3).flat_map(|band| block.map(|pixel| sample(pixel, band))));
            by_order[1].1.extend(block.iter().flat_map(|pixel| [0, 1, 2].map(|band| sample(*pixel, band))));
            for row in block.chunks(2) {
                by_order[2]
                    .1
                    .extend((0..3).flat_map(|band| row.iter().map(move |pixel| sample(*pixel, band))));
            }
        }
        by_order[3].1.extend(
            (0..3).flat_map(|band| blocks.concat().into_iter().map(move |pixel| sample(pixel, band))),
        );
        let right: Vec<u8> = (0..6).flat_map(|pixel| [0, 1, 2].map(|band| sample(pixel, band))).collect();
        for (order, samples) in by_order {
            let pixels = plain(&samples, order).pixels(&mut Room::new()).unwrap();
            assert_eq!(pixels.levels(), right, "{order:?}");
        }
    }

    #[test]
    fn what_blocks_hold_beside_the_picture_is_told() {
        let seen = |raster: Raster<'_>| {
            let mut room = Room::new();
            let pixels = raster.pixels(&mut room).unwrap();
            assert_eq!((pixels.width, pixels.height), raster.sides);
            room.beyond
        };
        // 3 x 1 pixels in blocks of 2 x 2: beside them a row below both, and a column of the second.
        let grey = |samples| Raster { bands: 1, sides: (3, 1), ..plain(samples, Order::Block) };
        assert!(!seen(grey(&[1, 2, 0, 0, 3, 0, 0, 0])), "one level");
        assert!(!seen(grey(&[1, 2, 1, 2, 3, 3, 3, 3])), "the edge again");
        assert!(seen(grey(&[1, 2, 8, 9, 3, 0, 0, 0])), "below");
        assert!(seen(grey(&[1, 2, 0, 0, 3, 0, 8, 9])));
        let tall = |samples| Raster { sides: (3, 2), ..grey(samples) };
        assert!(!seen(tall(&[1, 2, 4, 5, 3, 3, 6, 6])) && !seen(tall(&[1, 2, 4, 5, 3, 0, 6, 0])));
        assert!(seen(tall(&[1, 2, 4, 5, 3, 8, 6, 9])), "at the right");
        // A block that has no pixel of the picture at all.
        let whole = |samples| Raster { sides: (2, 2), ..grey(samples) };
        assert!(!seen(whole(&[1, 2, 3, 4, 7, 7, 7, 7])) && seen(whole(&[1, 2, 3, 4, 7, 8, 7, 7])));
        for order in [Order::Block, Order::Pixel, Order::Row, Order::Band] {
            let colours = |samples| Raster { sides: (3, 2), ..plain(samples, order) };
            assert!(!seen(colours(&[5; 24])), "{order:?}");
            let mut changed = [5; 24];
            let at = colours(&[]).place(1, 3, 1).unwrap();
            changed[at] = 6;
            assert!(seen(colours(&changed)), "{order:?}: one sample of one band beside the picture");
        }
        let deep = Raster { bands: 1, bytes: 2, bits: 16, ..plain(&[], Order::Block) };
        let samples = [0, 1, 0, 2, 0, 4, 0, 5, 0, 3, 9, 9, 0, 6, 9, 9];
        assert!(!seen(Raster { samples: &samples, ..deep }), "one level of two bytes");
        let other = [0, 1, 0, 2, 0, 4, 0, 5, 0, 3, 9, 9, 0, 6, 9, 8];
        assert!(seen(Raster { samples: &other, ..deep }));
    }

    #[test]
    fn bits_beyond_those_that_count_and_tables_are_told_apart() {
        let wide =
            Raster { bands: 1, bytes: 2, bits: 11, order: Order::Block, ..plain(&[0; 16], Order::Block) };
        let samples = [0, 0, 3, 0xFF, 0, 0, 0, 0, 7, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0];
        let pixels = Raster { samples: &samples, ..wide }.pixels(&mut Room::new()).unwrap();
        assert_eq!(
            pixels.levels(),
            [0, 127, 255, 0, 0, 255],
            "11 bits: 0x3FF is a half, 0x7FF and more is white"
        );
        let indexed = Raster {
            bands: 1,
            tables: [&[7, 8], &[9, 10], &[11, 12]],
            ..plain(&[0, 1, 2, 0, 0, 0, 0, 0], Order::Block)
        };
        assert_eq!(indexed.pixels(&mut Room::new()).unwrap().levels()[..9], [7, 9, 11, 8, 10, 12, 7, 9, 11]);
        assert_eq!(indexed.pixels(&mut Room::new()).unwrap().levels()[9..12], [0, 0, 0], "no such entry");
    }

    proptest! {
        #[test]
        fn whatever_is_said_of_the_samples_is_survived(
            numbers in proptest::array::uniform9(prop_oneof![0_usize..5, Just(usize::MAX), Just(70_000)]),
            samples in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let [width, height, wide, high, across, down, bands, bytes, bits] = numbers;
            for order in [Order::Block, Order::Pixel, Order::Row, Order::Band] {
                let raster = Raster {
                    samples: &samples, sides: (width, height), block: (wide, high), blocks: (across, down),
                    bands, bytes, bits: bits as u32, order, tables: [&[]; 3],
                };
                if let Ok(pixels) = raster.pixels(&mut Room::new()) {
                    prop_assert_eq!((pixels.width, pixels.height), (width, height));
                }
            }
        }
    }
}
