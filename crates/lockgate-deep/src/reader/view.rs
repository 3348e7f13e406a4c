//! How one scan is shown to the reader: upright, turned, or its edges made large and plain.

use lockgate_render::{SCAN_PIXELS_MAX, Scan};

/// A way of looking at a page or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As it is.
    Upright,
    /// Its upper and lower edge, where banners stand: twice as large, and each place against what is around it.
    Edges,
    /// A quarter to the right.
    Right,
    /// Upside down.
    Over,
    /// A quarter to the left.
    Left,
}

/// Of a page, each edge has its height divided by this.
const EDGE: usize = 8;
/// How many pixels around one it is held against.
const AROUND: usize = 24;
/// How much of a difference is made of one.
const STRONGER: i32 = 4;
/// The level of what is as all around it.
const PLAIN: u8 = 160;
/// Rows between the edges: no line goes on from one to the other.
const GAP: usize = 24;

/// What the reader gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) levels: Vec<u8>,
}

impl View {
    /// A scan, turned.
    pub(crate) fn of(scan: &Scan, turn: Turn) -> Self {
        let plain = |levels| Self { width: scan.width, height: scan.height, levels };
        let turned = |levels| Self { width: scan.height, height: scan.width, levels };
        match turn {
            Turn::Upright => plain(scan.levels.clone()),
            Turn::Over => plain(scan.levels.iter().rev().copied().collect()),
            Turn::Right => turned(columns(scan).flat_map(Iterator::rev).collect()),
            Turn::Left => {
                let mut levels: Vec<u8> = columns(scan).flat_map(Iterator::rev).collect();
                levels.reverse();
                turned(levels)
            }
            Turn::Edges => {
                let rows = scan.height.div_ceil(EDGE);
                let line = |at: usize| at.saturating_mul(scan.width);
                let below = line(scan.height.saturating_sub(rows));
                let top = scan.levels.get(..line(rows)).unwrap_or(&scan.levels);
                let bottom = scan.levels.get(below..).unwrap_or(&[]);
                let edge = |levels: &[u8]| {
                    let height = levels.len().checked_div(scan.width).unwrap_or(0);
                    Self { width: scan.width, height, levels: levels.to_vec() }.plainer().levels
                };
                let levels = [edge(top), vec![PLAIN; line(GAP)], edge(bottom)].concat();
                let height = levels.len().checked_div(scan.width).unwrap_or(0);
                Self { width: scan.width, height, levels }.doubled()
            }
        }
    }

    /// Each level against the mean of those around it.
    fn plainer(mut self) -> Self {
        let Self { width, height, ref levels } = self;
        let mut columns = vec![0_u32; width];
        let rows: Vec<&[u8]> = levels.chunks_exact(width.max(1)).collect();
        let add = |columns: &mut [u32], row: Option<&&[u8]>, sign: i32| {
            for (sum, level) in columns.iter_mut().zip(row.copied().unwrap_or(&[])) {
                *sum = sum.wrapping_add_signed(i32::from(*level).wrapping_mul(sign));
            }
        };
        (0..AROUND).for_each(|row| add(&mut columns, rows.get(row), 1));
        let mut out = Vec::with_capacity(levels.len());
        for (at, row) in rows.iter().enumerate() {
            add(&mut columns, rows.get(at.saturating_add(AROUND)), 1);
            if let Some(gone) = at.checked_sub(AROUND.saturating_add(1)) {
                add(&mut columns, rows.get(gone), -1);
            }
            let lines = span(at, height);
            // Sums of the columns so far: a mean is one difference.
            let mut sums = Vec::with_capacity(width.saturating_add(1));
            let mut sum = 0_u32;
            sums.push(sum);
            sums.extend(columns.iter().map(|column| {
                sum = sum.wrapping_add(*column);
                sum
            }));
            out.extend(row.iter().enumerate().map(|(column, level)| {
                let from = column.saturating_sub(AROUND);
                let to = column.saturating_add(AROUND).saturating_add(1).min(width);
                let of = |at: usize| sums.get(at).copied().unwrap_or(0);
                let count = to.saturating_sub(from).saturating_mul(lines);
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                let mean = of(to).wrapping_sub(of(from)).checked_div(count).unwrap_or(0);
                stronger(*level, u8::try_from(mean).unwrap_or(u8::MAX))
            }));
        }
        self.levels = out;
        self
    }

    /// Twice as large, unless that is too large: each pixel four times.
    fn doubled(self) -> Self {
        if self.levels.len().saturating_mul(4) > SCAN_PIXELS_MAX {
            return self;
        }
        let mut levels = Vec::with_capacity(self.levels.len().saturating_mul(4));
        for row in self.levels.chunks_exact(self.width.max(1)) {
            let wide: Vec<u8> = row.iter().flat_map(|level| [*level, *level]).collect();
            levels.extend_from_slice(&wide);
            levels.extend_from_slice(&wide);
        }
        Self { width: self.width.saturating_mul(2), height: self.height.saturating_mul(2), levels }
    }
}

/// The head of a picture of levels, as netpbm's PGM has it; the levels follow.
pub(crate) fn head(width: usize, height: usize) -> Vec<u8> {
    format!("P5\n{width} {height}\n255\n").into_bytes()
}

/// The columns of a scan, from the left; each from the top.
fn columns(scan: &Scan) -> impl Iterator<Item = impl DoubleEndedIterator<Item = u8>> {
    let (width, rows) = (scan.width, scan.height);
    (0..width).map(move |column| {
        let at = move |row: usize| row.saturating_mul(width).saturating_add(column);
        (0..rows).map(move |row| scan.levels.get(at(row)).copied().unwrap_or(0))
    })
}

/// How many rows lie around one.
fn span(at: usize, height: usize) -> usize {
    at.saturating_add(AROUND).saturating_add(1).min(height).saturating_sub(at.saturating_sub(AROUND))
}

fn stronger(level: u8, mean: u8) -> u8 {
    let difference = i32::from(level).saturating_sub(i32::from(mean));
    let level = difference.saturating_mul(STRONGER).saturating_add(i32::from(PLAIN)).clamp(0, 255);
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// Where a place of a view lies on its scan: left, top, right and bottom, in percent of it.
pub(crate) fn place(view: &View, scan: &Scan, turn: Turn, [l, t, r, b]: [usize; 4]) -> [usize; 4] {
    let (w, h) = (view.width, view.height);
    let from = |side: usize, at: usize| side.saturating_sub(at);
    let percent = |at: usize, side: usize| at.saturating_mul(100).checked_div(side).unwrap_or(0);
    let of = |[l, t, r, b]: [usize; 4], w, h| [percent(l, w), percent(t, h), percent(r, w), percent(b, h)];
    match turn {
        Turn::Upright => of([l, t, r, b], w, h),
        Turn::Over => of([from(w, r), from(h, b), from(w, l), from(h, t)], w, h),
        Turn::Right => of([t, from(w, r), b, from(w, l)], h, w),
        Turn::Left => of([from(h, b), l, from(h, t), r], h, w),
        Turn::Edges => {
            // Rows of the view's lower half are the scan's last ones.
            let scale = view.width.checked_div(scan.width).unwrap_or(1).max(1);
            let rows = scan.height.div_ceil(EDGE);
            let row = |at: usize| {
                let at = at.checked_div(scale).unwrap_or(0);
                match at.checked_sub(rows.saturating_add(GAP)) {
                    None => at.min(rows),
                    Some(below) => scan.height.saturating_sub(rows).saturating_add(below),
                }
            };
            let column = |at: usize| at.checked_div(scale).unwrap_or(0);
            of([column(l), row(t), column(r), row(b)], scan.width, scan.height)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_render::Part;
    use proptest::prelude::*;

    fn scan(width: usize, height: usize, levels: Vec<u8>) -> Scan {
        Scan { number: 1, part: Part::Whole, width, height, levels }
    }

    #[test]
    fn a_scan_is_turned_to_each_side() {
        let scan = scan(3, 2, vec![1, 2, 3, 4, 5, 6]);
        let seen = |turn| {
            let view = View::of(&scan, turn);
            (view.width, view.levels)
        };
        assert_eq!(seen(Turn::Upright), (3, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(seen(Turn::Over), (3, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(seen(Turn::Right), (2, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(seen(Turn::Left), (2, vec![3, 6, 2, 5, 1, 4]));
        assert_eq!(head(2, 3), b"P5\n2 3\n255\n");
    }

    #[test]
    fn edges_show_what_hardly_differs() {
        let mut levels = vec![120; 200 * 160];
        for row in [5, 150] {
            levels[row * 200 + 100] = 110;
        }
        let scan = scan(200, 160, levels);
        let view = View::of(&scan, Turn::Edges);
        assert_eq!((view.width, view.height), (400, 128));
        let dark: Vec<_> = (0..view.levels.len()).filter(|at| view.levels[*at] < 140).collect();
        // Two pixels, each four times.
        assert_eq!(dark.len(), 8);
        let (row, column) = (dark[7] / 400, dark[7] % 400);
        let found = place(&view, &scan, Turn::Edges, [column - 1, row - 1, column + 1, row + 1]);
        assert_eq!(found, [50, 93, 50, 94]);
    }

    proptest! {
        #[test]
        fn a_place_is_where_the_pixel_was(
            width in 1_usize..40, height in 1_usize..40, at: usize,
            turn in prop::sample::select(vec![Turn::Upright, Turn::Over, Turn::Right, Turn::Left]),
        ) {
            let mut levels = vec![0; width * height];
            let at = at % levels.len();
            levels[at] = 255;
            let scan = scan(width, height, levels);
            let view = View::of(&scan, turn);
            let found = view.levels.iter().position(|level| *level == 255).unwrap();
            let (x, y) = (found % view.width, found / view.width);
            let (column, row) = (at % width, at / width);
            let right = [column * 100 / width, row * 100 / height, (column + 1) * 100 / width, (row + 1) * 100 / height];
            prop_assert_eq!(place(&view, &scan, turn, [x, y, x + 1, y + 1]), right);
        }

        #[test]
        fn edges_are_in_bounds_whatever_the_size(width in 1_usize..60, height in 1_usize..60, level: u8) {
            let scan = scan(width, height, vec![level; width * height]);
            let view = View::of(&scan, Turn::Edges);
            prop_assert_eq!(view.levels.len(), view.width * view.height);
            let found = place(&view, &scan, Turn::Edges, [0, 0, view.width, view.height]);
            prop_assert!(found.iter().all(|percent| *percent <= 100));
        }
    }
}
