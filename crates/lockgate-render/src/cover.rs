//! What is drawn over text.

use kurbo::{Affine, Point, Rect};

/// Something opaque and rectangular that is drawn over whatever was there.
pub(crate) struct Cover {
    /// The box around what the clipping paths leave of it.
    pub(crate) area: Rect,
    /// Its own box, and the way from the page into it, where it is turned or slanted.
    pub(crate) turned: Option<(Rect, Affine)>,
    /// How many glyphs were drawn before it.
    pub(crate) after: usize,
}

impl Cover {
    /// True where all of the area lies under it.
    pub(crate) fn holds(&self, area: Rect) -> bool {
        let inside =
            |outer: Rect, x: f64, y: f64| x >= outer.x0 && x <= outer.x1 && y >= outer.y0 && y <= outer.y1;
        [(area.x0, area.y0), (area.x0, area.y1), (area.x1, area.y0), (area.x1, area.y1)].into_iter().all(
            |(x, y)| {
                let holds_turned = self.turned.is_none_or(|(own, way)| {
                    let there = core::ops::Mul::mul(way, Point::new(x, y));
                    inside(own, there.x, there.y)
                });
                inside(self.area, x, y) && holds_turned
            },
        )
    }
}
