//! Where pictures lie, on the wire.

use super::{GROUNDS_MAX, take};
use lockgate_core::{Ground, Point};

/// Writes how many there are, and each.
pub(super) fn put(out: &mut Vec<u8>, grounds: &[Ground]) {
    let grounds = grounds.iter().take(GROUNDS_MAX);
    out.extend_from_slice(&u16::try_from(grounds.len()).unwrap_or(0).to_be_bytes());
    for ground in grounds {
        out.push(u8::try_from(ground.place.len()).unwrap_or(0));
        out.extend_from_slice(ground.place.as_bytes());
        out.push(u8::from(ground.corners.is_some()));
        for corner in ground.corners.iter().flatten() {
            out.extend_from_slice(&corner.latitude().to_be_bytes());
            out.extend_from_slice(&corner.longitude().to_be_bytes());
        }
    }
}

/// Reads them; `None` for what is no place on the earth.
pub(super) fn take_all(rest: &mut &[u8]) -> Option<Vec<Ground>> {
    let count = usize::from(u16::from_be_bytes(*take(rest)?));
    if count > GROUNDS_MAX {
        return None;
    }
    let mut grounds = Vec::with_capacity(count);
    for _ in 0..count {
        let place = super::place(rest)?;
        let corners = match take(rest)? {
            [0] => None,
            [1] => Some([corner(rest)?, corner(rest)?, corner(rest)?, corner(rest)?]),
            _ => return None,
        };
        grounds.push(Ground { place, corners });
    }
    Some(grounds)
}

/// A point that there is.
fn corner(rest: &mut &[u8]) -> Option<Point> {
    let latitude = i32::from_be_bytes(*take(rest)?);
    Point::new(latitude, i32::from_be_bytes(*take(rest)?))
}
