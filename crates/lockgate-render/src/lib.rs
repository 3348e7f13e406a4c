//! What an object looks like: pages and pictures as pixels, text that does not show, and files built anew from pixels.
//!
//! Runs in the jailed worker, on bytes that were made to break it. Bounds are counted: pixels, pages, drawing steps; what
//! is over one of them is said to be not rendered, and never passed over. Time and memory are the jail's.
//!
//! Pixels are where a document stops being able to hide anything: what is built from them holds what a person could see,
//! and nothing else. The same pixels give the same bytes.

#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    reason = "places on a page are fractions; a cast from one to a pixel's number saturates, and is bounded by the page"
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "tests compute freely"))]

mod bound;
mod hidden;
mod jpeg;
mod page;
mod pixels;
mod portable;
mod tape;
mod words;

pub use hidden::{Hidden, Way};
pub use page::{Document, Page, Unrendered, document};

/// Pixels of one picture or page at most.
pub const PIXELS_MAX: usize = 50_000_000;

/// What is to be made besides looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Wish {
    /// Whether, and how, the object is built anew.
    pub rebuild: Rebuild,
    /// Whether pictures for people are made, and of how many pages.
    pub previews: usize,
}

/// How an object is built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rebuild {
    /// Not at all.
    #[default]
    No,
    /// Pages and photographs as JPEG, pictures without loss as they are: smaller, and what is hidden in single bits is gone.
    Lossy,
    /// Nothing lost but the two lowest bits of every level, which the others then decide.
    Lossless,
}

/// The lowest bits of a level that a lossless copy does not keep.
const LOW_BITS: u32 = 2;

/// Why there are no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// The decoder does not take it.
    Refused,
    /// More pixels than [`PIXELS_MAX`].
    TooLarge,
    /// Two decoders see two things, or only one of them takes it.
    Disagree,
}

/// A picture that was decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The file built anew, of the same form; `None` where that was not wished for, or the encoder refused.
    pub rebuilt: Option<Vec<u8>>,
    /// A smaller picture for people, in PNG.
    pub preview: Option<Vec<u8>>,
}

/// The longer side of a picture for people, in pixels.
const PREVIEW_SIDE: usize = 900;

/// Decodes a JPEG file, by one decoder: a second one that starts no threads is still to be found.
///
/// # Errors
/// [`NotRead`]
pub fn jpeg(file: &[u8], wish: Wish) -> Result<Picture, NotRead> {
    let pixels = jpeg::decode(file)?;
    let preview = preview(&pixels, wish);
    let rebuilt = match wish.rebuild {
        Rebuild::No => None,
        // There is no JPEG without loss: the lowest bits go before it is written.
        Rebuild::Lossless => jpeg::encode(&pixels.flattened(LOW_BITS)),
        Rebuild::Lossy => jpeg::encode(&pixels),
    };
    Ok(Picture { rebuilt, preview })
}

/// Decodes a PNG file.
///
/// # Errors
/// [`NotRead`]
pub fn png(file: &[u8], wish: Wish) -> Result<Picture, NotRead> {
    let pixels = portable::decode(file)?;
    let preview = preview(&pixels, wish);
    let rebuilt = match wish.rebuild {
        Rebuild::No => None,
        Rebuild::Lossy | Rebuild::Lossless => portable::encode(&pixels.flattened(LOW_BITS)),
    };
    Ok(Picture { rebuilt, preview })
}

fn preview(pixels: &pixels::Pixels, wish: Wish) -> Option<Vec<u8>> {
    if wish.previews == 0 { None } else { portable::encode(&pixels.shrunk_to(PREVIEW_SIDE)) }
}
