//! Letters and lines as they are drawn, and whether they leave ink.

use hayro::hayro_interpret::{BlendMode, DrawMode, DrawProps, Paint};
use kurbo::{Affine, BezPath, Cap, Rect};

/// Whether a glyph leaves ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Left,
    /// It is drawn in a mode that leaves none.
    Unasked,
    /// It says something, and its font has nothing for it.
    Missing,
}

/// A glyph that leaves a mark, or would: blanks are none.
pub(crate) struct Glyph {
    /// The box around it, in pixels from the upper left corner.
    pub(crate) area: Rect,
    /// The box around what the clipping paths leave.
    pub(crate) clip: Rect,
    /// Width and height of the letter's em, in pixels.
    pub(crate) em: (f64, f64),
    /// Whether it leaves any.
    pub(crate) ink: Ink,
    /// The outline that is filled, by its identity, and the way from it to the page.
    pub(crate) shape: Option<(u128, Affine)>,
}

/// Width and height of a letter's em, which is 1,000 units of its font.
pub(crate) fn em(transform: Affine) -> (f64, f64) {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    (a.hypot(b) * 1000.0, c.hypot(d) * 1000.0)
}

/// False for a path that goes nowhere: blanks of fonts whose letters are drawings are written so, and the interpreter makes a
/// stroke of one point of them. Only a stroke with caps makes a dot of that.
pub(crate) fn leaves_ink(path: &BezPath, mode: &DrawMode) -> bool {
    let area = path.control_box();
    let has_caps = match mode {
        DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => stroke.line_cap != Cap::Butt,
        DrawMode::Fill(_) | DrawMode::Invisible => false,
    };
    has_caps || area.width() > 0.0 || area.height() > 0.0
}

pub(crate) fn line_width(mode: &DrawMode) -> f64 {
    match mode {
        DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => f64::from(stroke.line_width),
        DrawMode::Fill(_) | DrawMode::Invisible => 0.0,
    }
}

/// True for an outline that is drawn, and lets nothing through. A line without width is drawn by some readers, and by some not.
pub(crate) fn leaves_a_line(props: &DrawProps<'_>, mode: &DrawMode) -> bool {
    matches!(mode, DrawMode::Stroke(_) | DrawMode::FillAndStroke(..))
        && line_width(mode) > 0.0
        && is_opaque(props)
}

/// Boxes stay boxes.
pub(crate) fn is_upright(transform: Affine) -> bool {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let none = |value: f64| value.abs() < 1e-6;
    (none(b) && none(c)) || (none(a) && none(d))
}

pub(crate) fn is_opaque(props: &DrawProps<'_>) -> bool {
    let solid = match &props.paint {
        Paint::Color(colour) => colour.to_rgba().to_rgba8()[3] >= 253,
        Paint::Pattern(_) => false,
    };
    solid && props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal
}
