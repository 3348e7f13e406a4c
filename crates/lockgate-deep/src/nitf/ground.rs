//! Where an image lies: four corners in degrees (IGEOLO; MIL-STD-2500C, 5.4.2.4 and table A-3; MIL-STD-2500A alike).
//!
//! Degrees, minutes and seconds (`G`) and fractions of a degree (`D`) are read. UTM (`U`, `N`, `S`) and geocentric latitudes (`C`
//! of NITF 2.0) are not: what cannot be compared with degrees is not known.

use super::fields::number;
use lockgate_core::{DEGREE, Point};

/// The corners as they stand in the field; `None` where any of them cannot be read to the last letter.
pub(super) fn corners(coordinates: u8, field: &[u8; 60]) -> Option<[Point; 4]> {
    let read = match coordinates {
        b'G' => sexagesimal,
        b'D' => decimal,
        _ => return None,
    };
    let mut corners = field.chunks_exact(15).map(read);
    let mut next = || corners.next().flatten();
    Some([next()?, next()?, next()?, next()?])
}

/// `ddmmssXdddmmssY`.
fn sexagesimal(corner: &[u8]) -> Option<Point> {
    let (latitude, longitude) = corner.split_at_checked(7)?;
    Point::new(arc(latitude, 2, [b'N', b'S'])?, arc(longitude, 3, [b'E', b'W'])?)
}

/// Degrees of so many digits, minutes, seconds, and which of two ways.
fn arc(text: &[u8], digits: usize, [plus, minus]: [u8; 2]) -> Option<i32> {
    let (degrees, rest) = text.split_at_checked(digits)?;
    let (minutes, rest) = rest.split_at_checked(2)?;
    let (seconds, way) = rest.split_at_checked(2)?;
    let part = |digits: &[u8], most: usize| i32::try_from(number(digits).filter(|part| *part <= most)?).ok();
    let (degrees, minutes, seconds) = (part(degrees, 180)?, part(minutes, 59)?, part(seconds, 59)?);
    let whole = degrees.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?.checked_add(seconds)?;
    let whole = whole.checked_mul(1_000)?;
    match way {
        [way] if *way == plus => Some(whole),
        [way] if *way == minus => whole.checked_neg(),
        _ => None,
    }
}

/// `+dd.ddd+ddd.ddd`.
fn decimal(corner: &[u8]) -> Option<Point> {
    let (latitude, longitude) = corner.split_at_checked(7)?;
    Point::new(degrees(latitude)?, degrees(longitude)?)
}

/// A sign, degrees, a point and thousandths.
fn degrees(text: &[u8]) -> Option<i32> {
    let (sign, rest) = text.split_first()?;
    let (degrees, rest) = rest.split_at_checked(rest.len().checked_sub(4)?)?;
    let (point, thousandths) = rest.split_first()?;
    let read = |digits: &[u8]| i32::try_from(number(digits).filter(|part| *part <= 999)?).ok();
    let thousandths = read(degrees)?.checked_mul(1_000)?.checked_add(read(thousandths)?)?;
    let whole = thousandths.checked_mul(DEGREE.checked_div(1_000)?)?;
    match (sign, point) {
        (b'+', b'.') => Some(whole),
        (b'-', b'.') => whole.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {

    fn of(coordinates: u8, corners: [&str; 4]) -> Option<Vec<(i32, i32)>> {
        let field = corners.concat();
        let read = super::corners(coordinates, field.as_bytes().try_into().unwrap())?;
        Some(read.map(|corner| (corner.latitude(), corner.longitude())).to_vec())
    }

    #[test]
    fn corners_in_degrees_are_read() {
        let seconds = ["453015N0133000E", "453015N0140000E", "450000S0140000W", "900000N1800000E"];
        let told = vec![
            (163_815_000, 48_600_000),
            (163_815_000, 50_400_000),
            (-162_000_000, -50_400_000),
            (324_000_000, 648_000_000),
        ];
        assert_eq!(of(b'G', seconds), Some(told));
        let fractions = ["+45.504+013.500", "+45.504-014.000", "-45.001+014.000", "-90.000-180.000"];
        let told = vec![
            (163_814_400, 48_600_000),
            (163_814_400, -50_400_000),
            (-162_003_600, 50_400_000),
            (-324_000_000, -648_000_000),
        ];
        assert_eq!(of(b'D', fractions), Some(told));
    }

    #[test]
    fn what_is_no_corner_to_the_last_letter_is_none() {
        let good = "453015N0133000E";
        for bad in [
            "456015N0133000E",
            "453060N0133000E",
            "910000N0133000E",
            "900001N0133000E",
            "453015N1800001E",
            "453015N1813000E",
            "453015E0133000N",
            "453015 0133000E",
            "453015N 133000E",
            "45301 N0133000E",
            "-53015N0133000E",
            "               ",
            "+45.504+013.500",
        ] {
            for at in 0..4 {
                let mut corners = [good; 4];
                corners[at] = bad;
                assert_eq!(of(b'G', corners), None, "{bad}");
            }
        }
        let good = "+45.504+013.500";
        for bad in [
            "+90.001+013.500",
            "+45.504+180.001",
            " 45.504+013.500",
            "+45,504+013.500",
            "+4 .504+013.500",
            "45.5040+013.500",
        ] {
            assert_eq!(of(b'D', [good, good, good, bad]), None, "{bad}");
        }
        for unread in [b'U', b'N', b'S', b'C', b' ', b'X'] {
            assert_eq!(of(unread, ["453015N0133000E"; 4]), None);
        }
    }
}
