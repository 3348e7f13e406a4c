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

mod bmp;
mod bound;
mod cover;
mod gif;
mod hidden;
mod ink;
mod jpeg;
mod jpeg2000;
mod lost;
mod lzw;
mod page;
mod photograph;
mod pixels;
mod portable;
mod raster;
#[cfg(test)]
mod residue;
mod room;
mod scan;
mod tape;
mod tiff;
mod tile;
mod webp;
mod words;

use pixels::Pixels;
use room::Room;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use hidden::{Hidden, Way};
pub use page::{Document, Page, Unrendered, document};
pub use photograph::{Photograph, Photographs};
pub use raster::{Order, Raster};
pub use scan::{Part, SCAN_PIXELS_MAX, SCAN_SIDE_MAX, Scan};

/// Pixels of one picture or page at most.
pub const PIXELS_MAX: usize = 50_000_000;
/// Pixels of all pages of one document, or all pictures of one file, at most: some 270 pages of A4.
const DOCUMENT_PIXELS_MAX: usize = 600_000_000;
/// Pictures of one file at most.
const PICTURES_MAX: usize = 1_000;

/// What is to be made besides looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Wish {
    /// Whether, and how, the object is built anew.
    pub rebuild: Rebuild,
    /// Whether pictures for people are made, and of how many pages.
    pub previews: usize,
    /// Of how many pages or pictures scans are made, to be read.
    pub scans: usize,
    /// Whether of a document no page is drawn but those that scans are made of.
    pub only_scans: bool,
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

/// A picture that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Why there are no pixels.
    pub why: NotRead,
    /// Which picture of the object, counted from 1.
    pub picture: usize,
}

/// A form of picture that is decoded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG, ITU-T T.81: by a decoder of others, whose picture is held against that of a reader of ours.
    Jpeg,
    /// Portable Network Graphics: by two decoders that have to agree.
    Png,
    /// Graphics Interchange Format: by two readers that have to agree, one of them ours.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP.
    Webp,
    /// TIFF and BigTIFF, all pages: by a reader of ours, and by a decoder that has to agree with it where it knows the kind.
    Tiff,
    /// JPEG 2000, as a file or as a code stream.
    Jpeg2000,
}

/// A picture as it stands in a file.
#[derive(Clone, Copy, Debug)]
pub enum Coded<'a> {
    /// Coded as a file of this form would be.
    As(Kind, &'a [u8]),
    /// Samples without compression.
    Plain(Raster<'a>),
}

/// Pictures that were decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// How many there are.
    pub count: usize,
    /// The file built anew; `None` where that was not wished for, where there is more than one picture, or where the encoder
    /// refused.
    pub rebuilt: Option<Vec<u8>>,
    /// Some samples of a picture are no colours, and nothing that says what is clear: no reader shows them.
    pub unshown: bool,
    /// Strips, tiles or blocks hold more than their pixels: no reader shows it.
    pub beyond: bool,
    /// A second reader sees another picture than the one that is shown and built anew, or none.
    pub differ: bool,
    /// Smaller pictures of the first of them for people, in PNG.
    pub previews: Vec<Vec<u8>>,
    /// The first of them, to be read.
    pub scans: Vec<Scan>,
}

/// The longer side of a picture for people, in pixels.
const PREVIEW_SIDE: usize = 900;

/// A form that pictures are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As JPEG.
    Jpeg,
    /// As PNG.
    Png,
}

/// Decodes the pictures of one object, in order. Where it has exactly one, and that is wished for, it is built anew `as_what`.
///
/// # Errors
/// [`Unread`] where any of them is not read.
pub fn pictures(coded: &[Coded<'_>], wish: Wish, as_what: Option<Written>) -> Result<Pictures, Unread> {
    let mut made = Pictures::default();
    let mut only = None;
    // All parts share it: there may be thousands of them.
    let mut room = Room::new();
    for one in coded {
        let read = each(one, &mut room, &mut |pixels| {
            made.count = made.count.saturating_add(1);
            if made.previews.len() < wish.previews {
                made.previews.extend(portable::encode(&pixels.shrunk_to(PREVIEW_SIDE)));
            }
            if made.count <= wish.scans {
                made.scans.extend(scan::of(&pixels, made.count));
            }
            only = (made.count == 1).then_some(pixels);
        });
        read.map_err(|why| Unread { why, picture: made.count.saturating_add(1) })?;
    }
    (made.unshown, made.beyond, made.differ) = (room.unshown, room.beyond, room.differ);
    made.rebuilt = only.zip(as_what).and_then(|(pixels, as_what)| rebuilt(pixels, wish.rebuild, as_what));
    if made.count == 0 { Err(Unread { why: NotRead::Refused, picture: 1 }) } else { Ok(made) }
}

/// Takes the pictures of a part, in order.
type Take<'a> = &'a mut dyn FnMut(Pixels);

/// Hands over the pictures of one part, whatever its decoder does.
fn each(coded: &Coded<'_>, room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let decoded = catch_unwind(AssertUnwindSafe(|| match coded {
        Coded::As(Kind::Jpeg, file) => jpeg::decode(file, room).map(take),
        Coded::As(Kind::Png, file) => portable::decode(file, room).map(take),
        Coded::Plain(raster) => raster.pixels(room).map(take),
        Coded::As(Kind::Gif, file) => gif::decode(file, room, take),
        Coded::As(Kind::Bmp, file) => bmp::decode(file, room, take),
        Coded::As(Kind::Webp, file) => webp::decode(file, room, take),
        Coded::As(Kind::Tiff, file) => tiff::decode(file, room, take),
        Coded::As(Kind::Jpeg2000, file) => jpeg2000::decode(file, room, take),
    }));
    decoded.unwrap_or(Err(NotRead::Refused))
}

fn rebuilt(pixels: Pixels, rebuild: Rebuild, as_what: Written) -> Option<Vec<u8>> {
    match (as_what, rebuild) {
        (_, Rebuild::No) => None,
        // There is no JPEG without loss: the lowest bits go before it is written.
        (Written::Jpeg, Rebuild::Lossless) => jpeg::encode(&pixels.flattened(LOW_BITS)),
        (Written::Jpeg, Rebuild::Lossy) => jpeg::encode(&pixels),
        (Written::Png, Rebuild::Lossy | Rebuild::Lossless) => portable::encode(&pixels.flattened(LOW_BITS)),
    }
}

#[cfg(test)]
mod tests;
