//! Where on the ground pictures lie, and whether that is inside of the area of a lane.
//!
//! INVARIANT: a picture of which it cannot be told is not inside. Four corners do not say which way round the earth a picture
//! goes: where they are 180 degrees apart or more, it is nowhere. With less, no picture has a pole in it.

use crate::Reason;
use crate::deep::Seen;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use lockgate_reason::deep;

/// Thousandths of a second of arc in a degree.
pub const DEGREE: i32 = 3_600_000;
const POLE: i32 = 90 * DEGREE;
const HALF: i32 = 180 * DEGREE;

/// A point on the ground, as a file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    latitude: i32,
    longitude: i32,
}

impl Point {
    /// A point at so many thousandths of a second of arc north and east; `None` where there is none.
    pub fn new(latitude: i32, longitude: i32) -> Option<Self> {
        let is_one = (-POLE..=POLE).contains(&latitude) && (-HALF..=HALF).contains(&longitude);
        is_one.then_some(Self { latitude, longitude })
    }

    /// How far north it is.
    pub fn latitude(self) -> i32 {
        self.latitude
    }

    /// How far east.
    pub fn longitude(self) -> i32 {
        self.longitude
    }
}

/// Where one picture of an object lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Which picture. Visible ASCII.
    pub place: String,
    /// Its four corners; `None` where the object does not say them, or not in a way that is read.
    pub corners: Option<[Point; 4]>,
}

/// What a lane lets through: between two latitudes, and from one longitude eastwards to another, over the antimeridian where
/// the first is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    south: i32,
    west: i32,
    north: i32,
    east: i32,
}

impl Area {
    /// An area with these corners; `None` where nothing lies between them.
    pub fn new(south_west: Point, north_east: Point) -> Option<Self> {
        let (south, west) = (south_west.latitude, south_west.longitude);
        let (north, east) = (north_east.latitude, north_east.longitude);
        (south < north && west != east).then_some(Self { south, west, north, east })
    }

    /// True where a picture with these corners lies inside, as far as four corners say that.
    pub fn holds(&self, corners: &[Point; 4]) -> bool {
        let [first, rest @ ..] = corners;
        let (mut low, mut high) = (*first, *first);
        for corner in rest {
            low.latitude = low.latitude.min(corner.latitude);
            low.longitude = low.longitude.min(corner.longitude);
            high.latitude = high.latitude.max(corner.latitude);
            high.longitude = high.longitude.max(corner.longitude);
        }
        // One point four times is what files say that do not know.
        let is_known = low != high && high.longitude.saturating_sub(low.longitude) < HALF;
        let (from, to) = (low.longitude, high.longitude);
        let between = match self.west < self.east {
            true => self.west <= from && to <= self.east,
            false => self.west <= from || to <= self.east,
        };
        is_known && self.south <= low.latitude && high.latitude <= self.north && between
    }
}

/// Why an object is not inside of an area: nobody may answer that.
pub(crate) fn judge(seen: &Seen, area: &Area) -> Option<Reason> {
    let reason = |place: &str, why: &str, more: usize| {
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let says = format!("{}: {why}{more}", deep::NOT_IN_AREA.says());
        Reason::new(deep::NOT_IN_AREA).saying(says).beside(&Arc::from(place), None)
    };
    if seen.grounds.is_empty() {
        return Some(reason("the object", "it does not say where it lies", 0));
    }
    let outside = |ground: &&Ground| !ground.corners.as_ref().is_some_and(|corners| area.holds(corners));
    let mut outside = seen.grounds.iter().filter(outside);
    let first = outside.next()?;
    let why = match first.corners {
        None => "where it lies is not said, or not in degrees",
        Some(_) => "its corners are not known to be inside",
    };
    Some(reason(&first.place, why, outside.count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn point((latitude, longitude): (i32, i32)) -> Point {
        Point::new(latitude * DEGREE, longitude * DEGREE).unwrap()
    }

    fn area(south_west: (i32, i32), north_east: (i32, i32)) -> Area {
        Area::new(point(south_west), point(north_east)).unwrap()
    }

    /// A picture between two latitudes and two longitudes, its corners in the order of the standard.
    fn picture(north: i32, west: i32, south: i32, east: i32) -> [Point; 4] {
        [(north, west), (north, east), (south, east), (south, west)].map(point)
    }

    #[test]
    fn a_picture_is_inside_with_all_of_its_corners() {
        let area = area((45, 13), (47, 17));
        assert!(area.holds(&picture(47, 13, 45, 17)), "the edge is inside");
        assert!(area.holds(&picture(46, 14, 45, 15)));
        for (at, outside) in [(0, (48, 14)), (1, (46, 18)), (2, (44, 15)), (3, (45, 12)), (2, (-46, -15))] {
            let mut corners = picture(46, 14, 45, 15);
            corners[at] = point(outside);
            assert!(!area.holds(&corners), "corner {at}");
        }
        assert!(!area.holds(&[point((46, 15)); 4]), "one point four times");
    }

    #[test]
    fn which_way_round_the_earth_a_picture_goes_is_not_guessed() {
        let (pacific, whole) = (area((-10, 170), (10, -170)), area((-90, -180), (90, 180)));
        assert!(pacific.holds(&picture(5, 172, 0, 180)));
        assert!(pacific.holds(&picture(5, -180, 0, -171)));
        assert!(!pacific.holds(&picture(5, 172, 0, -172)), "over the antimeridian, or over all the rest");
        assert!(!pacific.holds(&picture(5, -172, 0, 172)));
        assert!(!pacific.holds(&picture(5, -180, 0, 180)), "the whole earth");
        assert!(!pacific.holds(&picture(5, 160, 0, 175)) && !pacific.holds(&picture(5, -175, 0, -160)));
        assert!(!pacific.holds(&picture(5, 0, 0, 20)));
        assert!(!whole.holds(&picture(5, -100, 0, 100)) && !whole.holds(&picture(5, -90, 0, 90)));
        assert!(whole.holds(&picture(5, -89, 0, 90)));
        let pole = [(85, 0), (85, 90), (85, 180), (85, -90)].map(point);
        assert!(!area((80, -180), (86, 180)).holds(&pole), "its corners are, and the pole is not");
        let most = area((-10, 10), (10, 5));
        assert!(!most.holds(&picture(5, 0, 0, 20)), "what is between 5 and 10 is outside");
        assert!(most.holds(&picture(5, 0, 0, 5)) && most.holds(&picture(5, 10, 0, 20)));
    }

    #[test]
    fn an_area_has_something_in_it() {
        let of = |one, other| Area::new(point(one), point(other));
        assert!(of((45, 13), (45, 17)).is_none() && of((47, 13), (45, 17)).is_none());
        assert!(of((45, 13), (47, 13)).is_none());
        assert_eq!(Point::new(POLE + 1, 0), None);
        assert_eq!(Point::new(0, -HALF - 1), None);
    }

    #[test]
    fn every_picture_of_an_object_has_to_be_inside() {
        let area = area((45, 13), (47, 17));
        let ground = |corners: Option<[Point; 4]>| Ground { place: "image segment".into(), corners };
        let (inside, outside) = (Some(picture(46, 14, 45, 15)), Some(picture(6, 14, 5, 15)));
        let says = |grounds: &[Option<[Point; 4]>]| {
            let grounds: Vec<_> = grounds.iter().copied().map(ground).collect();
            judge(&Seen { grounds, ..Seen::default() }, &area).map(|reason| format!("{}", reason.says))
        };
        assert_eq!(says(&[inside, inside]), None);
        assert!(says(&[]).unwrap().ends_with("it does not say where it lies"));
        assert!(says(&[inside, outside]).unwrap().ends_with("not known to be inside"));
        assert!(says(&[None, outside, inside]).unwrap().ends_with("not in degrees, and 1 more"));
    }
}
