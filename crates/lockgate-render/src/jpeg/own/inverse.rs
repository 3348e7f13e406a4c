//! From coefficients to levels, as ITU-T T.81 writes it down (A.3.3): a sum of waves, first across and then down.

use super::super::block::{Lane, Levels, whole};

/// Coefficients of a block, in zigzag order.
pub(super) type Block = [i16; 64];

/// Rows and columns of the zigzag (T.81, figure 5).
const ZIGZAG: [(u8, u8); 64] = [
    (0, 0),
    (0, 1),
    (1, 0),
    (2, 0),
    (1, 1),
    (0, 2),
    (0, 3),
    (1, 2),
    (2, 1),
    (3, 0),
    (4, 0),
    (3, 1),
    (2, 2),
    (1, 3),
    (0, 4),
    (0, 5),
    (1, 4),
    (2, 3),
    (3, 2),
    (4, 1),
    (5, 0),
    (6, 0),
    (5, 1),
    (4, 2),
    (3, 3),
    (2, 4),
    (1, 5),
    (0, 6),
    (0, 7),
    (1, 6),
    (2, 5),
    (3, 4),
    (4, 3),
    (5, 2),
    (6, 1),
    (7, 0),
    (7, 1),
    (6, 2),
    (5, 3),
    (4, 4),
    (3, 5),
    (2, 6),
    (1, 7),
    (2, 7),
    (3, 6),
    (4, 5),
    (5, 4),
    (6, 3),
    (7, 2),
    (7, 3),
    (6, 4),
    (5, 5),
    (4, 6),
    (3, 7),
    (4, 7),
    (5, 6),
    (6, 5),
    (7, 4),
    (7, 5),
    (6, 6),
    (5, 7),
    (6, 7),
    (7, 6),
    (7, 7),
];
/// Cosines of sixteenths of half a turn, up to a quarter of one.
const COSINES: [f32; 9] =
    [1.0, 0.980_785_3, 0.923_879_5, 0.831_469_6, 0.707_106_77, 0.555_570_2, 0.382_683_43, 0.195_090_32, 0.0];

/// What a component's coefficients are multiplied by, and the waves that they stand for.
#[derive(Clone)]
pub(super) struct Inverse {
    factors: [f32; 64],
    waves: [Lane; 8],
}

impl Inverse {
    /// From a table as it stands in a file: in zigzag order.
    pub(super) fn new(table: &[u16; 64]) -> Self {
        let mut waves = [[0.0; 8]; 8];
        for (wave, frequency) in waves.iter_mut().zip(0_usize..) {
            let weight = if frequency == 0 { core::f32::consts::FRAC_1_SQRT_2 } else { 1.0 };
            for (place, at) in wave.iter_mut().zip(0_usize..) {
                *place = weight / 2.0 * cosine(at.wrapping_mul(2).wrapping_add(1).wrapping_mul(frequency));
            }
        }
        Self { factors: table.map(f32::from), waves }
    }

    /// The levels of a block, of which no coefficient is left behind `last`.
    pub(super) fn levels(&self, block: &Block, last: usize) -> Levels {
        if last == 0 {
            let [mean, ..] = *block;
            let [factor, ..] = self.factors;
            return [[level(f32::from(mean) * factor / 8.0); 8]; 8];
        }
        let mut across = [[0.0; 8]; 8];
        let stated = block.iter().zip(&self.factors).zip(&ZIGZAG).take(last.saturating_add(1));
        for ((coefficient, factor), (row, column)) in stated {
            if *coefficient == 0 {
                continue;
            }
            if let Some((sum, wave)) =
                across.get_mut(usize::from(*row)).zip(self.waves.get(usize::from(*column)))
            {
                add(sum, wave, f32::from(*coefficient) * factor);
            }
        }
        let mut down = [[0.0; 8]; 8];
        for (lane, wave) in across.iter().zip(&self.waves) {
            for (sum, factor) in down.iter_mut().zip(wave) {
                add(sum, lane, *factor);
            }
        }
        down.map(|row| row.map(level))
    }
}

fn add(sum: &mut Lane, lane: &Lane, factor: f32) {
    sum.iter_mut().zip(lane).for_each(|(sum, value)| *sum += value * factor);
}

/// The cosine of so many sixteenths of half a turn.
fn cosine(sixteenths: usize) -> f32 {
    let turn = sixteenths % 32;
    let half = turn.min(32_usize.wrapping_sub(turn));
    let quarter = COSINES.get(half.min(16_usize.wrapping_sub(half))).copied().unwrap_or(0.0);
    if half > 8 { -quarter } else { quarter }
}

/// The nearest level.
fn level(value: f32) -> u8 {
    u8::try_from(whole((value + 128.0).clamp(0.0, 255.0))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// T.81, A.3.3, word by word.
    fn plainly(block: &Block, table: &[u16; 64], x: usize, y: usize) -> f64 {
        let wave = |at: usize, frequency: u8| {
            let root = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            root * ((2 * at + 1) as f64 * f64::from(frequency) * core::f64::consts::PI / 16.0).cos()
        };
        let parts = block.iter().zip(table).zip(ZIGZAG);
        parts
            .map(|((value, factor), (row, column))| {
                f64::from(*value) * f64::from(*factor) * wave(y, row) * wave(x, column)
            })
            .sum::<f64>()
            / 4.0
            + 128.0
    }

    #[test]
    fn the_zigzag_goes_along_diagonals_through_every_place() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(seen.iter().zip(0_u8..).all(|(place, at)| *place == (at / 8, at % 8)));
        for [(row, column), (next_row, next_column)] in ZIGZAG.windows(2).map(|two| [two[0], two[1]]) {
            let sum = row + column;
            assert!(next_row + next_column == sum || next_row + next_column == sum + 1);
            // Even diagonals go up.
            assert!(next_row + next_column != sum || (next_row < row) == (sum % 2 == 0), "{row} {column}");
        }
    }

    proptest! {
        #[test]
        fn levels_are_those_of_the_standard(
            values in proptest::collection::vec((0_usize..64, -300_i16..300), 0..20),
            factor in 1_u16..20,
        ) {
            let (mut block, table) = ([0; 64], core::array::from_fn(|at| factor + at as u16 / 8));
            values.iter().for_each(|(at, value)| block[*at] = *value);
            let last = block.iter().rposition(|value| *value != 0).unwrap_or(0);
            let levels = Inverse::new(&table).levels(&block, last);
            for (y, row) in levels.iter().enumerate() {
                for (x, level) in row.iter().enumerate() {
                    let right = plainly(&block, &table, x, y).clamp(0.0, 255.0);
                    prop_assert!((f64::from(*level) - right).abs() < 0.51, "{x} {y}: {level} {right}");
                }
            }
        }
    }
}
