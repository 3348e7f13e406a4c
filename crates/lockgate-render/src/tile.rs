//! What a tile or block holds beside its page: nothing, as its writer filled it up.

/// Sides of the blocks that a JPEG is coded in: what lies in one with a pixel of the page is not told from its edge.
const BLOCK: usize = 16;
/// Levels that a JPEG may make of one.
const ROUNDED: u8 = 8;

/// The samples of a tile, row by row.
pub(crate) struct Tile<'a> {
    pub(crate) bytes: &'a [u8],
    /// Bytes of a row, and of a pixel.
    pub(crate) wide: usize,
    pub(crate) pixel: usize,
}

impl Tile<'_> {
    /// True where all that is beside so many columns and rows is the edge again, or one level; at the right of the page, and
    /// below it.
    pub(crate) fn is_filled(&self, (columns, rows): (usize, usize)) -> bool {
        let shown = columns.saturating_mul(self.pixel);
        let right = || self.rows().take(rows).map(|row| row.split_at_checked(shown).unwrap_or((row, &[])));
        let repeats = |(page, fill): (&[u8], &[u8])| {
            let last = page.rchunks_exact(self.pixel.max(1)).next();
            self.pixels(fill).all(|pixel| Some(pixel) == last)
        };
        let below = || self.rows().skip(rows);
        let last = rows.checked_sub(1).and_then(|last| self.rows().nth(last)).unwrap_or(&[]);
        let is_last = |row: &[u8]| {
            row.get(..shown) == last.get(..shown)
                && repeats(row.split_at_checked(shown).unwrap_or((row, &[])))
        };
        (is_one(right().flat_map(|(_, fill)| self.pixels(fill))) || right().all(repeats))
            && (is_one(below().flat_map(|row| self.pixels(row))) || below().all(is_last))
    }

    /// The same for what was coded as a JPEG, which keeps no level but keeps what is even: rows at the right of the page, and
    /// columns below it.
    pub(crate) fn is_evenly_filled(&self, (columns, rows): (usize, usize)) -> bool {
        let from = columns.next_multiple_of(BLOCK).saturating_mul(self.pixel);
        let right = self.rows().take(rows).all(|row| {
            let fill = row.get(from..).unwrap_or(&[]);
            let first = fill.get(..self.pixel).unwrap_or(&[]);
            fill.chunks_exact(self.pixel.max(1)).all(|pixel| is_near(pixel, first))
        });
        let below = || self.rows().skip(rows.next_multiple_of(BLOCK));
        let first = below().next().unwrap_or(&[]);
        right && below().all(|row| is_near(row, first))
    }

    fn pixels<'b>(&self, row: &'b [u8]) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        row.chunks_exact(self.pixel.max(1))
    }

    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.wide.max(1))
    }
}

fn is_one<'a>(mut pixels: impl Iterator<Item = &'a [u8]>) -> bool {
    let first = pixels.next();
    pixels.all(|pixel| Some(pixel) == first)
}

fn is_near(row: &[u8], other: &[u8]) -> bool {
    row.iter().zip(other).all(|(level, other)| level.abs_diff(*other) <= ROUNDED)
}
