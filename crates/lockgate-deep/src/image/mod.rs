//! Walkers of pictures: every byte belongs to a construct of the format, or is reported. Nothing is decoded here.

pub(crate) mod bmp;
mod exif;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod jpeg2000;
pub(crate) mod png;
pub(crate) mod tiff;
pub(crate) mod webp;

/// Constructs that a walker reads of one file; more are reported as too many.
const CONSTRUCTS_MAX: usize = 100_000;

/// Reports what stands after the last construct, and has it searched.
fn trailing(object: &[u8], end: usize, answer: &mut crate::Answer) {
    let left = object.len().saturating_sub(end);
    if left > 0 {
        answer.found(crate::codes::TRAILING, format!("{left} bytes from byte {end}"));
        answer.says_unowned(&format!("bytes from byte {end}"), object.get(end..).unwrap_or(&[]));
    }
}
