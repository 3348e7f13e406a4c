//! What a page draws, step by step, before anything is rendered: where each glyph goes, what is drawn over it, and how many
//! steps there are.

use crate::cover::{Busy, Cover};
use crate::ink::{Glyph, Ink, em, is_opaque, is_upright, leaves_a_line, leaves_ink, line_width};
use crate::words::{Run, Words, is_blank, text};
use hayro::hayro_interpret::font::{Glyph as Drawn, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};
use kurbo::{Affine, BezPath, Rect, Shape};
use std::collections::BTreeMap;

/// The steps of one page.
pub(crate) struct Tape {
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) covers: Vec<Cover>,
    /// Clipping paths in force: the box of all up to here, and whether they are boxes themselves.
    clips: Vec<(Rect, bool)>,
    /// Groups that are open: whether they let through what is below.
    veils: Vec<bool>,
    /// Where something other than letters is drawn.
    pub(crate) busy: Busy,
    /// The outlines that were met, by their identity, with the boxes around them.
    outlines: BTreeMap<u128, Option<(Rect, BezPath)>>,
    /// While a glyph is drawn that is a drawing of its own: the box around it.
    drawing: Option<Option<Rect>>,
    /// The box around pictures and patterns in that drawing, and in those inside of it.
    texture: Option<Rect>,
    /// Steps that are left.
    steps: usize,
    /// What the glyphs say, and what those say that are drawn inside of others.
    words: Words,
    inner: Words,
    /// The last run of glyphs that was filled.
    filled: Run,
}

/// More steps than one document may take; unwinds to whoever set the limit.
pub(crate) struct TooManySteps;

/// Where a letter without ink would stand, in thousandths of its em.
const LETTER: Rect = Rect::new(0.0, 0.0, 500.0, 700.0);

/// Pixels of a picture in a letter above which it may hide others: scanned fonts have one in each letter, and none so large.
const LARGE: f64 = 64.0 * 64.0;

/// A glyph nobody asked how large its letter is: that of drawings.
const ANY_SIZE: (f64, f64) = (f64::INFINITY, f64::INFINITY);

impl Tape {
    /// An empty tape for a page of these sides in pixels, and of at most so many steps.
    pub(crate) fn new(width: f64, height: f64, steps: usize) -> Self {
        Self {
            glyphs: Vec::new(),
            covers: Vec::new(),
            clips: vec![(Rect::new(0.0, 0.0, width, height), true)],
            veils: Vec::new(),
            busy: Busy::none(width, height),
            outlines: BTreeMap::new(),
            drawing: None,
            texture: None,
            steps,
            words: Words::default(),
            inner: Words::default(),
            filled: Run::default(),
        }
    }

    /// Steps that are left after the page.
    pub(crate) fn steps_left(&self) -> usize {
        self.steps
    }

    /// Counts steps; the interpreter cannot be stopped otherwise than by unwinding.
    fn step(&mut self, steps: usize) {
        match self.steps.checked_sub(steps) {
            Some(left) => self.steps = left,
            None => std::panic::resume_unwind(Box::new(TooManySteps)),
        }
    }

    /// The outline of a glyph, with the way to the page; `None` for those that are not filled, and for drawings.
    pub(crate) fn outline(&self, glyph: &Glyph) -> Option<(&BezPath, Affine)> {
        let (key, transform) = glyph.shape?;
        let (_, outline) = self.outlines.get(&key)?.as_ref()?;
        Some((outline, transform))
    }

    /// What the glyphs say, and whether that is all of it.
    pub(crate) fn into_text(self) -> (String, bool) {
        let (mut text, whole) = self.words.into_text();
        let (inner, inner_whole) = self.inner.into_text();
        if !inner.is_empty() {
            text.push('\n');
            text.push_str(&inner);
        }
        (text, whole && inner_whole)
    }

    fn clip(&self) -> (Rect, bool) {
        self.clips.last().copied().unwrap_or((Rect::ZERO, false))
    }

    fn push_clip(&mut self, area: Rect, is_box: bool) {
        self.step(1);
        let (outer, boxes) = self.clip();
        self.clips.push((outer.intersect(area), boxes && is_box));
    }

    /// Takes the box around something drawn inside of a glyph that is a drawing.
    fn drawn(&mut self, area: Rect) {
        if let Some(sum) = &mut self.drawing {
            *sum = Some(sum.map_or(area, |sum| sum.union(area)));
        }
    }

    fn cover(&mut self, own: Rect, transform: Affine) {
        let (clip, boxes) = self.clip();
        let area = transform.transform_rect_bbox(own).intersect(clip);
        // What has no area covers nothing, and there is no way back into it.
        let has_area = area.area() > 0.0 && transform.determinant().abs() > 1e-9;
        if boxes && self.drawing.is_none() && !self.veils.contains(&true) && has_area {
            let turned = (!is_upright(transform)).then(|| (own, transform.inverse()));
            self.covers.push(Cover { area, turned, after: self.glyphs.len() });
        }
    }

    /// A glyph that leaves no ink. Most are blanks; what says something stands there to be searched or copied, and not to be
    /// seen: the text beneath a scanned page is often written so.
    fn inkless(&mut self, said: Option<BfString>, advance: Option<f32>, transform: Affine, say: bool) {
        if !is_blank(&said) {
            self.say(said, advance, transform, say);
            // An outline of nothing is no second mark.
            if say {
                self.glyph(transform.transform_rect_bbox(LETTER), ANY_SIZE, Ink::Missing, None);
            }
        } else if say {
            self.writes().add(" ", transform, advance.map_or(500.0, f64::from));
        }
    }

    /// Where what a glyph says goes: letters that draw letters would be told between them otherwise.
    fn writes(&mut self) -> &mut Words {
        if self.drawing.is_some() { &mut self.inner } else { &mut self.words }
    }

    fn say(&mut self, said: Option<BfString>, advance: Option<f32>, transform: Affine, say: bool) {
        if say {
            let mut one = [0; 4];
            self.writes().add(text(&said, &mut one), transform, advance.map_or(500.0, f64::from));
        }
    }

    /// True for the outline of letters that were filled a moment ago: in the modes that do both, the same run comes twice,
    /// and letters that stand on each other would be told as pairs.
    fn is_said(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>, mode: &DrawMode) -> bool {
        let mut one = [0; 4];
        let place = |glyph: &PositionedGlyph<'_>| core::ops::Mul::mul(props.transform, glyph.transform());
        let places = || run.glyphs().iter().map(place);
        if matches!(mode, DrawMode::Stroke(_)) && places().eq(self.filled.places.iter().copied()) {
            let mut rest = self.filled.text.as_str();
            let is_same = run.glyphs().iter().all(|glyph| {
                let left = rest.strip_prefix(text(&glyph.as_unicode(), &mut one));
                left.map(|left| rest = left).is_some()
            });
            return is_same && rest.is_empty();
        }
        self.filled.begin = self.glyphs.len();
        self.filled.places.clear();
        self.filled.places.extend(places());
        self.filled.text.clear();
        for glyph in run.glyphs() {
            self.filled.text.push_str(text(&glyph.as_unicode(), &mut one));
        }
        false
    }

    fn glyph(&mut self, area: Rect, em: (f64, f64), ink: Ink, shape: Option<(u128, Affine)>) {
        let (clip, _) = self.clip();
        self.glyphs.push(Glyph { area, clip, em, ink, shape });
    }

    /// A picture or a pattern that is drawn inside of a letter.
    fn textured(&mut self, area: Rect) {
        let (clip, _) = self.clip();
        if area.overlaps(clip) {
            let area = area.intersect(clip);
            self.texture = Some(self.texture.map_or(area, |sum| sum.union(area)));
        }
    }

    /// Something that is drawn, and is no part of a letter: its edges, or all of it where it has a texture.
    fn busy(&mut self, path: &BezPath, props: &DrawProps<'_>, width: f64) {
        let (clip, _) = self.clip();
        if self.drawing.is_some() {
            if props.soft_mask.is_some() || matches!(props.paint, Paint::Pattern(_)) {
                self.textured(props.transform.transform_rect_bbox(path.control_box()));
            }
            return;
        }
        match props.paint {
            // What a mask lets through of a colour has the texture of the mask.
            Paint::Color(_) if props.soft_mask.is_none() => {
                self.busy.add_edges(path, props.transform, width, clip);
            }
            Paint::Color(_) | Paint::Pattern(_) => {
                let area = props.transform.transform_rect_bbox(path.control_box());
                if area.overlaps(clip) {
                    self.busy.add(area.intersect(clip));
                }
            }
        }
    }
}

impl<'a> Device<'a> for Tape {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.step(1);
        if leaves_ink(path, mode) {
            self.drawn(props.transform.transform_rect_bbox(path.control_box()));
            self.busy(path, &props, line_width(mode));
        }
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        self.step(1);
        self.drawn(props.transform.transform_rect_bbox(*rect));
        self.busy(&rect.to_path(0.1), &props, line_width(mode));
        let fills = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        if fills && is_opaque(&props) {
            self.cover(*rect, props.transform);
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        let area = clip.path.control_box();
        // A path of a box has its four corners; any other may leave less than its box.
        let is_box = clip.path.area().abs() >= area.area() * 0.999;
        self.push_clip(area, is_box);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.push_clip(*rect, true);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.step(1);
        let (clip, _) = self.clip();
        match (mask.is_some(), self.drawing.is_some()) {
            (true, false) => self.busy.add(clip),
            (true, true) => self.textured(clip),
            (false, _) => {}
        }
        self.veils.push(opacity < 0.99 || mask.is_some() || blend != BlendMode::Normal);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.step(run.glyphs().len());
        let say = !self.is_said(run, &props, mode);
        let is_unasked = matches!(mode, DrawMode::Invisible);
        let ink = if is_unasked { Ink::Unasked } else { Ink::Left };
        // Letters that are outlined are seen by their edges, whatever fills them, where the outline lets nothing through.
        let is_seen_by_edges = leaves_a_line(&props, mode) && !self.veils.contains(&true);
        if !say && is_seen_by_edges {
            // Those of this run alone: its blanks are not on the tape.
            self.glyphs.iter_mut().skip(self.filled.begin).for_each(|glyph| glyph.shape = None);
        }
        for glyph in run.glyphs() {
            let transform = core::ops::Mul::mul(props.transform, glyph.transform());
            let said = glyph.as_unicode();
            match &**glyph {
                Drawn::Outline(outline) => {
                    let key = outline.identifier().cache_key();
                    let known = self.outlines.entry(key).or_insert_with(|| {
                        let outline = outline.outline();
                        (!outline.elements().is_empty()).then(|| (outline.control_box(), outline))
                    });
                    let Some((area, _)) = known.as_ref() else {
                        self.inkless(said, outline.advance_width(), transform, say);
                        continue;
                    };
                    let area = transform.transform_rect_bbox(*area);
                    self.say(said, outline.advance_width(), transform, say);
                    let shape = (!is_unasked && !is_seen_by_edges).then_some((key, transform));
                    self.glyph(area, em(transform), ink, shape);
                    self.drawn(area);
                }
                Drawn::Type3(drawing) => {
                    let around = self.drawing.replace(None);
                    drawing.interpret(self, props.transform, glyph.transform(), &props.paint);
                    let area = core::mem::replace(&mut self.drawing, around).flatten();
                    if self.drawing.is_none()
                        && let Some(texture) = self.texture.take().filter(|texture| texture.area() > LARGE)
                    {
                        self.busy.add(texture);
                    }
                    let Some(area) = area else {
                        self.inkless(said, drawing.advance_width(), transform, say);
                        continue;
                    };
                    self.say(said, drawing.advance_width(), transform, say);
                    self.glyph(area, ANY_SIZE, ink, None);
                    self.drawn(area);
                }
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let sides = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        self.step(1);
        let area = props.transform.transform_rect_bbox(sides);
        self.drawn(area);
        let (clip, _) = self.clip();
        match self.drawing {
            None if area.overlaps(clip) => self.busy.add(area.intersect(clip)),
            None => {}
            Some(_) => self.textured(area),
        }
        let Image::Raster(raster) = &image else { return };
        let dictionary = raster.stream().dict();
        let lets_through =
            [b"SMask".as_slice(), b"Mask", b"SMaskInData"].iter().any(|key| dictionary.contains_key(*key));
        if !lets_through && props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal {
            self.cover(sides, props.transform);
        }
    }

    fn pop_clip(&mut self) {
        // The page itself stays.
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    fn pop_transparency_group(&mut self) {
        self.veils.pop();
    }
}
