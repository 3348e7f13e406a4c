//! The field of 256 elements, modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11D), and the coefficients of repairs.
//!
//! No tables: a product is eight masked additions, which the compiler turns into vector code, and which take the same
//! time for all values.

/// What the top bit is folded into: the low eight bits of 0x11D.
const FOLD: u8 = 0x1D;

/// Twice `value`.
fn double(value: u8) -> u8 {
    (value << 1) ^ ((value >> 7).wrapping_neg() & FOLD)
}

/// `factor` times each power of two.
fn powers(factor: u8) -> [u8; 8] {
    let mut power = factor;
    core::array::from_fn(|_| {
        let this = power;
        power = double(power);
        this
    })
}

fn times(powers: &[u8; 8], value: u8) -> u8 {
    let mut rest = value;
    powers.iter().fold(0, |sum, power| {
        let bit = (rest & 1).wrapping_neg();
        rest >>= 1;
        sum ^ (bit & power)
    })
}

/// The product of two elements.
pub(crate) fn product(a: u8, b: u8) -> u8 {
    times(&powers(a), b)
}

/// The element that `value` times gives 1; 0 for 0.
pub(crate) fn inverse(value: u8) -> u8 {
    // The group has 255 elements, so the inverse is the power 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128.
    let mut square = value;
    let mut result = 1;
    for _ in 0..7 {
        square = product(square, square);
        result = product(result, square);
    }
    result
}

/// Adds `factor` times `from` to `to`; what `from` has beyond the end of `to` is left out.
pub(crate) fn add(to: &mut [u8], factor: u8, from: &[u8]) {
    let powers = powers(factor);
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= times(&powers, *from);
    }
}

/// Multiplies all of `row`.
pub(crate) fn scale(row: &mut [u8], factor: u8) {
    let powers = powers(factor);
    for value in row {
        *value = times(&powers, *value);
    }
}

/// The coefficient of source symbol `symbol` in repair `row`: 1 / ((128 + row mod 128) + (symbol mod 128)), a Cauchy
/// matrix. Any as many repairs as symbols are missing solve for them, where all cover the same 128 symbols or fewer.
pub(crate) fn coefficient(row: u8, symbol: u64) -> u8 {
    let [low, ..] = symbol.to_le_bytes();
    inverse((0x80 | row) ^ (low & 0x7F))
}

#[cfg(test)]
mod tests {
    use super::{add, coefficient, inverse, product, scale};

    /// Products by the school's way: multiply polynomials, then divide.
    fn school(a: u8, b: u8) -> u8 {
        let mut long = 0_u16;
        for bit in 0..8 {
            if b >> bit & 1 == 1 {
                long ^= u16::from(a) << bit;
            }
        }
        for bit in (8..16).rev() {
            if long >> bit & 1 == 1 {
                long ^= 0x11D << (bit - 8);
            }
        }
        long as u8
    }

    #[test]
    fn it_is_the_field_it_says() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(product(a, b), school(a, b));
            }
            assert_eq!(product(a, inverse(a)), u8::from(a != 0));
        }
    }

    #[test]
    fn rows_are_added_and_scaled() {
        let mut row = [1, 2, 3];
        add(&mut row, 5, &[7, 8]);
        assert_eq!(row, [1 ^ product(5, 7), 2 ^ product(5, 8), 3]);
        scale(&mut row, 9);
        assert_eq!(row[2], product(9, 3));
    }

    #[test]
    fn no_coefficient_is_zero_and_those_of_a_window_differ() {
        for row in 0..128 {
            let mut seen = [false; 256];
            for symbol in 1000..1128 {
                let value = coefficient(row, symbol);
                assert!(value != 0 && !seen[usize::from(value)]);
                seen[usize::from(value)] = true;
            }
        }
    }
}
