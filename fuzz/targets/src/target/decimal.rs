//! `Decimal::parse`: one value has one representation, which is read back as the same value.

use lockgate_bytes::Decimal;

pub(crate) const WORDS: &[&str] = &["-", "+", ".", "0.", "000000", "999999999999999999", "e5", "NaN"];

pub(crate) fn run(data: &[u8]) {
    let Ok(value) = Decimal::parse(data) else { return };
    let written = value.to_string();
    if Decimal::parse(written.as_bytes()) != Ok(value) {
        panic!("a decimal is written as one value and read back as another");
    }
    if value.scale() > 0 && value.mantissa().checked_rem(10) == Some(0) {
        panic!("a decimal keeps a zero after the point");
    }
    if Decimal::new(value.mantissa(), value.scale()) != Some(value) {
        panic!("a decimal that was read cannot be made");
    }
}
