//! A block of eight by eight levels: transformed, divided, and told which of its coefficients are left.
//!
//! The transform is that of Arai, Agui and Nakajima ("A fast DCT-SQ scheme for images", 1988): five multiplications for eight
//! values, and factors that the division takes with it. It is computed in single precision without fused steps, so that
//! every machine comes to the same coefficients.

/// Levels of a block, row by row.
pub(super) type Levels = [[u8; 8]; 8];

/// Eight values side by side.
pub(super) type Lane = [f32; 8];

/// Where the coefficients of the zigzag stand in a block whose columns are written one after the other (ITU-T T.81, figure
/// A.6).
const ZIGZAG: [u8; 64] = [
    0, 8, 1, 2, 9, 16, 24, 17, 10, 3, 4, 11, 18, 25, 32, 40, 33, 26, 19, 12, 5, 6, 13, 20, 27, 34, 41, 48,
    56, 49, 42, 35, 28, 21, 14, 7, 15, 22, 29, 36, 43, 50, 57, 58, 51, 44, 37, 30, 23, 31, 38, 45, 52, 59,
    60, 53, 46, 39, 47, 54, 61, 62, 55, 63,
];

/// Added to a number of moderate size, it leaves the nearest whole number in the lowest bits.
const TO_WHOLE: f32 = 12_582_912.0;

/// What the coefficients of a plane are divided by.
pub(super) struct Divisors {
    /// As they stand in the file: in zigzag order.
    pub(super) stated: [u8; 64],
    /// What a coefficient is multiplied by, columns one after the other.
    factors: [Lane; 8],
    /// Where each coefficient stands in the zigzag, columns one after the other.
    places: [u8; 64],
}

/// The coefficients of one block.
pub(super) struct Coefficients {
    values: [i32; 64],
    /// Which of the zigzag are not zero.
    pub(super) left: u64,
}

impl Coefficients {
    /// The coefficient at this place of the zigzag.
    pub(super) fn at(&self, place: u32) -> i32 {
        let place = usize::try_from(place & 63).unwrap_or(0);
        let column_wise = ZIGZAG.get(place).map_or(0, |at| usize::from(*at & 63));
        self.values.get(column_wise).copied().unwrap_or(0)
    }
}

impl Divisors {
    /// From a table for half the quality (T.81, annex K.1), rows one after the other, scaled to `quality` of 100 as is usual.
    pub(super) fn new(table: &[u8; 64], quality: u8) -> Self {
        let quality = u32::from(quality.clamp(50, 100));
        let scale = 200_u32.saturating_sub(quality.saturating_mul(2));
        let scaled = table.map(|value| {
            let value = u32::from(value).saturating_mul(scale).saturating_add(50) / 100;
            u8::try_from(value.max(1)).unwrap_or(255)
        });
        let mut made = Self { stated: [1; 64], factors: [[0.0; 8]; 8], places: [0; 64] };
        for ((stated, from), place) in made.stated.iter_mut().zip(ZIGZAG).zip(0_u8..) {
            let (column, row) = (usize::from(from / 8), usize::from(from % 8));
            let divisor = scaled.get(row.saturating_mul(8).saturating_add(column)).copied().unwrap_or(1);
            *stated = divisor;
            let factor = made.factors.get_mut(column).and_then(|lane| lane.get_mut(row));
            if let (Some(factor), Some(known)) = (factor, made.places.get_mut(usize::from(from))) {
                *factor = 1.0 / (8.0 * f32::from(divisor) * weight(row) * weight(column));
                *known = place;
            }
        }
        made
    }

    /// Of a block that has one level: every other coefficient is zero.
    pub(super) fn of_one_level(&self, level: u8) -> i32 {
        let [[factor, ..], ..] = self.factors;
        whole(64.0 * (f32::from(level) - 128.0) * factor)
    }

    /// Transforms and divides.
    pub(super) fn divide(&self, levels: &Levels) -> Coefficients {
        let mut rows = levels.map(|row| row.map(|level| f32::from(level) - 128.0));
        transform(&mut rows);
        let mut columns = [[0.0; 8]; 8];
        for (row, at) in rows.iter().zip(0_usize..8) {
            for (column, value) in columns.iter_mut().zip(row) {
                if let Some(place) = column.get_mut(at) {
                    *place = *value;
                }
            }
        }
        transform(&mut columns);
        let mut made = Coefficients { values: [0; 64], left: 0 };
        let divided = columns.as_flattened().iter().zip(self.factors.as_flattened());
        for (value, (coefficient, factor)) in made.values.iter_mut().zip(divided) {
            *value = whole(coefficient * factor);
        }
        for (value, place) in made.values.iter().zip(self.places) {
            made.left |= u64::from(*value != 0).wrapping_shl(u32::from(place));
        }
        made
    }
}

/// The nearest whole number.
pub(super) fn whole(value: f32) -> i32 {
    (value + TO_WHOLE).to_bits().cast_signed().wrapping_sub(TO_WHOLE.to_bits().cast_signed())
}

/// What the transform leaves in a coefficient, besides a factor of eight for both directions.
fn weight(frequency: usize) -> f32 {
    // The cosine of that many sixteenths of half a turn, times the root of two; 1 for none.
    const WEIGHTS: [f32; 8] =
        [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_4];
    WEIGHTS.get(frequency).copied().unwrap_or(1.0)
}

/// The transform of eight values that stand one above the other, for eight columns at once.
fn transform(lanes: &mut [Lane; 8]) {
    let [a, b, c, d, e, f, g, h] = *lanes;
    let (ah, bg, cf, de) = (sum(a, h), sum(b, g), sum(c, f), sum(d, e));
    let (outer, inner) = (sum(ah, de), sum(bg, cf));
    let (far, near) = (difference(ah, de), difference(bg, cf));
    let middle = scaled(sum(near, far), core::f32::consts::FRAC_1_SQRT_2);
    let (a_h, b_g, c_f, d_e) = (difference(a, h), difference(b, g), difference(c, f), difference(d, e));
    let (low, half, high) =
        (sum(d_e, c_f), scaled(sum(c_f, b_g), core::f32::consts::FRAC_1_SQRT_2), sum(b_g, a_h));
    let shared = scaled(difference(low, high), 0.382_683_43);
    let (low, high) = (sum(scaled(low, 0.541_196_1), shared), sum(scaled(high, 1.306_563), shared));
    let (above, below) = (sum(a_h, half), difference(a_h, half));
    *lanes = [
        sum(outer, inner),
        sum(above, high),
        sum(far, middle),
        difference(below, low),
        difference(outer, inner),
        sum(below, low),
        difference(far, middle),
        difference(above, high),
    ];
}

fn sum(mut a: Lane, b: Lane) -> Lane {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

fn difference(mut a: Lane, b: Lane) -> Lane {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    a
}

fn scaled(mut a: Lane, by: f32) -> Lane {
    a.iter_mut().for_each(|a| *a *= by);
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The transform as T.81, annex A.3.3, writes it down.
    fn plainly(levels: &Levels, row: usize, column: usize) -> f64 {
        let part = |at: usize, frequency: usize| {
            let root = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            root * ((2 * at + 1) as f64 * frequency as f64 * core::f64::consts::PI / 16.0).cos()
        };
        let mut sum = 0.0;
        for (line, y) in levels.iter().zip(0..) {
            for (level, x) in line.iter().zip(0..) {
                sum += (f64::from(*level) - 128.0) * part(y, row) * part(x, column);
            }
        }
        sum / 4.0
    }

    #[test]
    fn the_zigzag_goes_through_every_place_once() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(seen.iter().zip(0..).all(|(place, at)| *place == at));
        // Neighbours on a diagonal, or at its end.
        for pair in ZIGZAG.windows(2) {
            let [one, next] = [pair[0], pair[1]].map(|at| (i32::from(at / 8), i32::from(at % 8)));
            assert!((one.0 - next.0).abs() <= 1 && (one.1 - next.1).abs() <= 1, "{one:?} {next:?}");
        }
    }

    proptest! {
        #[test]
        fn coefficients_are_those_of_the_standard(levels: [[u8; 8]; 8], quality in 50_u8..=100) {
            let table: [u8; 64] = core::array::from_fn(|at| 10 + at as u8);
            let divisors = Divisors::new(&table, quality);
            let made = divisors.divide(&levels);
            for (place, from) in (0_u32..64).zip(ZIGZAG) {
                let (column, row) = (usize::from(from / 8), usize::from(from % 8));
                let right = plainly(&levels, row, column) / f64::from(divisors.stated[place as usize]);
                prop_assert!((f64::from(made.at(place)) - right).abs() < 0.502, "{place}: {} {right}", made.at(place));
                prop_assert_eq!(made.left >> place & 1 == 1, made.at(place) != 0);
            }
        }

        #[test]
        fn one_level_has_one_coefficient(level: u8, quality in 50_u8..=100) {
            let divisors = Divisors::new(&[16; 64], quality);
            let made = divisors.divide(&[[level; 8]; 8]);
            prop_assert_eq!(made.left & !1, 0);
            prop_assert_eq!(made.at(0), divisors.of_one_level(level));
        }
    }
}
