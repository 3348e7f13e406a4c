//! The words of a page, as its glyphs say them: for the search for markings, never for release.

use hayro::hayro_interpret::hayro_cmap::BfString;
use kurbo::Affine;

/// Bytes of text that are kept of one page; a page with more says so.
pub(crate) const PAGE_BYTES_MAX: usize = 64 << 10;

/// A place along the line of writing and across it, and the width of a letter's em there; all in pixels.
#[derive(Clone, Copy)]
struct Place {
    along: f64,
    across: f64,
    em: f64,
}

impl Place {
    fn of(transform: Affine) -> Self {
        let [a, b, _, _, x, y] = transform.as_coeffs();
        let unit = a.hypot(b);
        let (right, down) = if unit > 0.0 { (a / unit, b / unit) } else { (1.0, 0.0) };
        Self { along: x * right + y * down, across: y * right - x * down, em: unit * 1000.0 }
    }
}

/// Text in the order in which it is drawn, with blanks and line ends where the places leave room for them.
#[derive(Default)]
pub(crate) struct Words {
    text: String,
    /// Where the last glyph ended.
    last: Option<Place>,
    cut: bool,
}

impl Words {
    /// A glyph that says `said`, placed by `transform`, and as wide as `advance`, in thousandths of its em.
    pub(crate) fn add(&mut self, said: &str, transform: Affine, advance: f64) {
        let place = Place::of(transform);
        if let Some(last) = self.last {
            let gap = place.along - last.along;
            if (place.across - last.across).abs() > place.em * 0.4 {
                self.push("\n");
            } else if gap.abs() > place.em * 0.25 {
                self.push(" ");
            }
        }
        self.push(said);
        self.last = Some(Place { along: place.along + advance * place.em / 1000.0, ..place });
    }

    fn push(&mut self, said: &str) {
        if self.text.len().saturating_add(said.len()) > PAGE_BYTES_MAX {
            self.cut = true;
        } else {
            self.text.push_str(said);
        }
    }

    /// The text, and whether it is all of it.
    pub(crate) fn into_text(self) -> (String, bool) {
        (self.text, !self.cut)
    }
}

/// What a run of glyphs says, and where each of them stands.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) places: Vec<Affine>,
    /// How many glyphs were on the tape before it.
    pub(crate) begin: usize,
}

/// What a glyph says; a mark for one that does not tell.
pub(crate) fn text<'a>(said: &'a Option<BfString>, one: &'a mut [u8; 4]) -> &'a str {
    match said {
        Some(BfString::Char(said)) => said.encode_utf8(one),
        Some(BfString::String(said)) => said.as_str(),
        None => "\u{FFFD}",
    }
}

/// True where nothing is to be seen of what a glyph says, or it does not tell.
pub(crate) fn is_blank(said: &Option<BfString>) -> bool {
    match said {
        Some(BfString::Char(said)) => is_unseen(*said),
        Some(BfString::String(said)) => said.chars().all(is_unseen),
        None => true,
    }
}

/// Characters that nothing is seen of wherever they stand: blanks, soft hyphens, joiners, marks of direction and of order.
fn is_unseen(said: char) -> bool {
    let is_format = matches!(said, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{FFFD}');
    said.is_whitespace() || said.is_control() || is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(glyphs: &[(&str, f64, f64)], turn: f64) -> String {
        let mut words = Words::default();
        for (said, x, y) in glyphs {
            // Letters of ten pixels, half as wide.
            let placed = Affine::rotate(turn) * Affine::translate((*x, *y)) * Affine::scale(0.01);
            words.add(said, placed, 500.0);
        }
        words.into_text().0
    }

    #[test]
    fn blanks_and_lines_come_from_places_however_the_page_is_turned() {
        let glyphs = [("a", 0.0, 0.0), ("b", 5.1, 0.0), ("c", 14.0, 0.0), ("d", 0.0, 12.0)];
        for turn in [0.0, 0.7, 3.0] {
            assert_eq!(text(&glyphs, turn), "ab c\nd");
        }
    }

    #[test]
    fn too_much_is_said_to_be() {
        let mut words = Words::default();
        (0..PAGE_BYTES_MAX).for_each(|_| words.add(" ", Affine::IDENTITY, 0.0));
        words.add("x", Affine::IDENTITY, 0.0);
        let (text, whole) = words.into_text();
        assert!(text.len() == PAGE_BYTES_MAX && !whole);
    }
}
