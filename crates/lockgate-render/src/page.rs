//! Pages: opened by a reader of its own, drawn under limits, and built anew.

use crate::bound::{self, Coded, Sheet};
use crate::hidden::{self, Hidden};
use crate::pixels::Pixels;
use crate::tape::Tape;
use crate::{
    DOCUMENT_PIXELS_MAX, LOW_BITS, NotRead, PIXELS_MAX, PREVIEW_SIDE, Rebuild, Scan, Wish, jpeg, portable,
    scan,
};
use hayro::hayro_interpret::{Context, InterpreterCache, InterpreterSettings, interpret_page};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page as Leaf;
use hayro::vello_cpu::{self, Pixmap, RenderContext};
use hayro::{RenderCache, RenderSettings};
use kurbo::{Affine, Rect};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pixels an inch that pages are rendered with, unless that makes one too large.
const DOTS_PER_INCH: f64 = 150.0;
/// Pages of one document at most; further ones are not rendered.
const PAGES_MAX: usize = 1_000;
/// Steps of drawing that one document may take: glyphs, lines, boxes, clips, pictures.
const STEPS_MAX: usize = 2_000_000;

/// A document as its pages look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// How many pages it has.
    pub count: usize,
    /// Its pages, in order; those that were not rendered as well. Where only scans were wished for, the first so many.
    pub pages: Vec<Page>,
    /// The document built anew; `None` where that was not wished for, or a page was not rendered.
    pub rebuilt: Option<Vec<u8>>,
    /// Smaller pictures of the first pages for people, in PNG.
    pub previews: Vec<Vec<u8>>,
    /// The first pages, to be read.
    pub scans: Vec<Scan>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Text that it has and does not show.
    pub hidden: Vec<Hidden>,
    /// Why what is rendered is not the page, or not all of it.
    pub unrendered: Option<Unrendered>,
    /// What its glyphs say, hidden ones too, as far as their fonts tell; at most 64 KiB.
    pub text: String,
}

/// Why a page was not rendered as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrendered {
    /// The document takes too many steps to draw.
    Steps,
    /// The document has too many pages, or pixels.
    Size,
    /// The renderer gave up on it.
    Fault,
    /// A font, a picture or the look of an annotation could not be read, or it has more text than is kept.
    Incomplete,
}

/// Opens and renders a document.
///
/// # Errors
/// [`NotRead::Refused`] where the reader does not take the file.
pub fn document(file: &[u8], wish: Wish) -> Result<Document, NotRead> {
    let opened = catch_unwind(AssertUnwindSafe(|| Pdf::new(file.to_vec())));
    let Ok(Ok(pdf)) = opened else { return Err(NotRead::Refused) };
    let Ok(count) = catch_unwind(AssertUnwindSafe(|| pdf.pages().len())) else {
        return Err(NotRead::Refused);
    };
    let mut press = Press::new();
    let mut whole = Document { count, ..Document::default() };
    let most = if wish.only_scans { wish.scans } else { count };
    let mut sheets = Vec::new();
    for (number, leaf) in pdf.pages().iter().enumerate().take(most) {
        let (page, pixels, points) = press.page(number, leaf);
        whole.pages.push(page);
        let Some(pixels) = pixels else { continue };
        if number < wish.previews {
            whole.previews.extend(portable::encode(&pixels.shrunk_to(PREVIEW_SIDE)));
        }
        if number < wish.scans {
            whole.scans.extend(scan::of(&pixels, number.saturating_add(1)));
        }
        sheets.extend(sheet(pixels, points, wish.rebuild));
    }
    let complete = whole.pages.iter().all(|page| page.unrendered.is_none()) && sheets.len() == count;
    if wish.rebuild != Rebuild::No && complete {
        whole.rebuilt = bound::write(&sheets);
    }
    Ok(whole)
}

/// Renders the pages of one document, with what they share and what they may use together.
struct Press<'a> {
    tapes: InterpreterCache<'a>,
    renders: RenderCache<'a>,
    settings: InterpreterSettings,
    warnings: Arc<AtomicUsize>,
    steps: usize,
    pixels: usize,
}

impl<'a> Press<'a> {
    fn new() -> Self {
        let warnings = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&warnings);
        let settings = InterpreterSettings {
            warning_sink: Arc::new(move |_| {
                heard.fetch_add(1, Ordering::Relaxed);
            }),
            ..InterpreterSettings::default()
        };
        let (steps, pixels) = (STEPS_MAX, DOCUMENT_PIXELS_MAX);
        Self {
            tapes: InterpreterCache::new(),
            renders: RenderCache::new(),
            settings,
            warnings,
            steps,
            pixels,
        }
    }

    /// One page: what it hides, its pixels, and its sides in points.
    fn page(&mut self, number: usize, leaf: &'a Leaf<'a>) -> (Page, Option<Pixels>, (f32, f32)) {
        let unrendered = |why| (Page { unrendered: Some(why), ..Page::default() }, None, (0.0, 0.0));
        if number >= PAGES_MAX {
            return unrendered(Unrendered::Size);
        }
        let points = leaf.render_dimensions();
        let Some((scale, width, height)) = sides(points) else { return unrendered(Unrendered::Size) };
        let Some(left) = self.pixels.checked_sub(usize::from(width).saturating_mul(usize::from(height)))
        else {
            return unrendered(Unrendered::Size);
        };
        self.pixels = left;
        let before = self.warnings.load(Ordering::Relaxed);
        let Some(tape) = self.tape(leaf, scale, width, height) else { return unrendered(Unrendered::Steps) };
        self.steps = tape.steps_left();
        let Some(pixels) = self.render(leaf, scale, width, height) else {
            return unrendered(Unrendered::Fault);
        };
        let heard = self.warnings.load(Ordering::Relaxed) > before;
        let hidden = hidden::find(&tape, &pixels, scale);
        let (text, whole) = tape.into_text();
        let page = Page { hidden, text, unrendered: (heard || !whole).then_some(Unrendered::Incomplete) };
        (page, Some(pixels), points)
    }

    /// Draws the page onto a tape; `None` where that takes more steps than are left, or the interpreter fails.
    fn tape(&self, leaf: &'a Leaf<'a>, scale: f64, width: u16, height: u16) -> Option<Tape> {
        let (width, height) = (f64::from(width), f64::from(height));
        let mut tape = Tape::new(width, height, self.steps);
        let target = Rect::new(0.0, 0.0, width, height);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            let mut state =
                Context::new(to_pixels(leaf, scale), target, &self.tapes, leaf.xref(), self.settings.clone());
            interpret_page(leaf, &mut state, &mut tape);
        }));
        drawn.ok().map(|()| tape)
    }

    fn render(&self, leaf: &'a Leaf<'a>, scale: f64, width: u16, height: u16) -> Option<Pixels> {
        let rendered = catch_unwind(AssertUnwindSafe(|| {
            let mut canvas = RenderContext::new(width, height);
            let settings = RenderSettings::default();
            hayro::render_into(
                leaf,
                &self.renders,
                &self.settings,
                &settings,
                &mut canvas,
                to_pixels(leaf, scale),
            );
            canvas.flush();
            let mut pixmap = Pixmap::new(width, height);
            let white = vello_cpu::color::palette::css::WHITE;
            let raster = vello_cpu::RasterizerSettings {
                target_init: vello_cpu::TargetInit::Clear(white),
                ..Default::default()
            };
            canvas.render_with(&mut pixmap, &mut vello_cpu::Resources::default(), raster);
            pixmap
        }));
        let pixmap = rendered.ok()?;
        Pixels::of_rgba(usize::from(width), usize::from(height), pixmap.data_as_u8_slice())
    }
}

/// From the page's points to pixels, upper left corner first.
fn to_pixels(leaf: &Leaf<'_>, scale: f64) -> Affine {
    use hayro::hayro_interpret::util::TransformExt;
    leaf.initial_transform(true).to_kurbo().then_scale(scale)
}

/// Pixels a point, and the sides in pixels; `None` for a page without sides.
fn sides((width, height): (f32, f32)) -> Option<(f64, u16, u16)> {
    let (width, height) = (f64::from(width), f64::from(height));
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
        return None;
    }
    let usual = DOTS_PER_INCH / 72.0;
    // Half of what one picture may have: a page is held twice.
    let largest = (PIXELS_MAX as f64 / 2.0 / (width * height)).sqrt();
    let longest = f64::from(u16::MAX / 4) / width.max(height);
    let scale = usual.min(largest).min(longest);
    let side = |points: f64| (points * scale).round().clamp(1.0, f64::from(u16::MAX)) as u16;
    Some((scale, side(width), side(height)))
}

fn sheet(pixels: Pixels, points: (f32, f32), rebuild: Rebuild) -> Option<Sheet> {
    let sides = (pixels.width, pixels.height);
    let pixels = if rebuild == Rebuild::Lossless { pixels.flattened(LOW_BITS) } else { pixels };
    let picture = match rebuild {
        Rebuild::No => return None,
        Rebuild::Lossy => Coded::Jpeg(jpeg::encode(&pixels)?),
        Rebuild::Lossless => Coded::Rows(miniz_oxide::deflate::compress_to_vec_zlib(pixels.levels(), 1)),
    };
    let side = |points: f32| points.round().clamp(1.0, f32::from(u16::MAX)) as u16;
    let points = (side(points.0), side(points.1));
    Some(Sheet { points, pixels: sides, grey: pixels.is_grey(), picture })
}
