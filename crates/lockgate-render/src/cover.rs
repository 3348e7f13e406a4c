//! What is drawn over text, and where a page is such that pixels that differ are no sign of text.

use kurbo::{Affine, BezPath, PathSeg, Point, Rect, Shape};

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

/// Pixels of a side of one cell.
const CELL: f64 = 16.0;

/// Cells of a page in which something other than letters begins, ends or has a texture: what differs there need not be text.
pub(crate) struct Busy {
    across: usize,
    cells: Vec<bool>,
}

impl Busy {
    /// None of the cells of a page of these sides in pixels.
    pub(crate) fn none(width: f64, height: f64) -> Self {
        let count = |side: f64| (side / CELL).ceil().max(1.0) as usize;
        let (across, down) = (count(width), count(height));
        Self { across, cells: vec![false; across.saturating_mul(down)] }
    }

    /// Every cell that the area touches, as far as the page has it.
    pub(crate) fn add(&mut self, area: Rect) {
        let (columns, rows) = self.range(area);
        for row in self.cells.chunks_mut(self.across).take(rows.end).skip(rows.start) {
            row.get_mut(columns.clone()).unwrap_or_default().fill(true);
        }
    }

    /// The cells along the edges of a path, which is drawn with a line of some width or filled.
    pub(crate) fn add_edges(&mut self, path: &BezPath, transform: Affine, width: f64, within: Rect) {
        let half = transform.determinant().abs().sqrt() * width / 2.0;
        let box_of = |segment: PathSeg| match segment {
            PathSeg::Line(line) => Rect::from_points(line.p0, line.p1),
            PathSeg::Quad(curve) => Rect::from_points(curve.p0, curve.p2).union_pt(curve.p1),
            PathSeg::Cubic(curve) => {
                Rect::from_points(curve.p0, curve.p3).union_pt(curve.p1).union_pt(curve.p2)
            }
        };
        for segment in path.path_segments(0.1) {
            let area = transform.transform_rect_bbox(box_of(segment)).inflate(half, half);
            if area.overlaps(within) {
                self.add(area.intersect(within));
            }
        }
    }

    /// True where one of the cells that the area touches is.
    pub(crate) fn holds(&self, area: Rect) -> bool {
        let (columns, rows) = self.range(area);
        let mut rows = self.cells.chunks(self.across).take(rows.end).skip(rows.start);
        rows.any(|row| row.get(columns.clone()).unwrap_or_default().contains(&true))
    }

    /// Columns and rows of the cells that an area touches.
    fn range(&self, area: Rect) -> (core::ops::Range<usize>, core::ops::Range<usize>) {
        // A cast of what is below nothing gives nothing.
        let from = |at: f64| (at / CELL).floor() as usize;
        let to = |at: f64| ((at / CELL).floor() as usize).saturating_add(usize::from(at >= 0.0));
        let end = to(area.x1).min(self.across);
        (from(area.x0).min(end)..end, from(area.y0)..to(area.y1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_those_that_an_area_touches() {
        let mut busy = Busy::none(100.0, 50.0);
        let small = |x: f64, y: f64| Rect::new(x, y, x + 1.0, y + 1.0);
        busy.add(Rect::new(20.0, 20.0, 40.0, 30.0));
        for (x, y, is_busy) in
            [(17.0, 17.0, true), (46.0, 30.0, true), (49.0, 20.0, false), (20.0, 33.0, false)]
        {
            assert_eq!(busy.holds(small(x, y)), is_busy, "{x} {y}");
        }
        busy.add(Rect::new(-90.0, -90.0, -20.0, -20.0));
        assert!(!busy.holds(small(1.0, 1.0)), "outside of the page");
        busy.add(Rect::new(90.0, 40.0, 5_000.0, 5_000.0));
        assert!(busy.holds(small(99.0, 49.0)) && !busy.holds(small(300.0, 300.0)));
        let mut edges = Busy::none(160.0, 160.0);
        let page = Rect::new(0.0, 0.0, 160.0, 160.0);
        edges.add_edges(&Rect::new(8.0, 8.0, 152.0, 152.0).to_path(0.1), Affine::IDENTITY, 0.0, page);
        assert!(edges.holds(small(80.0, 8.0)) && edges.holds(small(150.0, 80.0)));
        assert!(!edges.holds(small(80.0, 80.0)), "the middle of a box is one colour");
    }
}
