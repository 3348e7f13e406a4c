//! What a worker is asked: the bytes, what to do with them, and nothing about where they come from.
//!
//! ```text
//!   "LGDQ" version:1 depth:1 rebuild:1 convert:1 previews:1 scans:1 length:8, then the bytes      numbers big-endian
//! ```

use lockgate_render::Rebuild;

/// What stands before the bytes.
pub(crate) const HEAD_BYTES: usize = 18;

/// The largest object that the slow path takes, in bytes.
pub(crate) const OBJECT_BYTES_MAX: u64 = 256 << 20;

const MAGIC: &[u8; 5] = b"LGDQ\x04";

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Whether all pages and pictures are rendered, besides the walk over the bytes.
    pub pixels: bool,
    /// Whether, and how, the object is built anew from its pixels.
    pub rebuild: Rebuild,
    /// Whether a picture of a form that nothing here writes becomes a PNG; otherwise nothing is built from it.
    pub convert: bool,
    /// Of how many pages pictures for people are made.
    pub previews: u8,
    /// Of how many pages or pictures scans are made, to be read. Where [`Ask::pixels`] is not asked for, no other page of a
    /// document is rendered.
    pub scans: u8,
}

impl Ask {
    /// The bytes alone.
    pub const STRUCTURE: Self =
        Self { pixels: false, rebuild: Rebuild::No, convert: false, previews: 0, scans: 0 };
    /// Bytes and pixels.
    pub const PIXELS: Self = Self { pixels: true, ..Self::STRUCTURE };

    /// The bytes, and the first so many pages or pictures to be read.
    pub const fn to_read(scans: u8) -> Self {
        Self { scans, ..Self::STRUCTURE }
    }
}

/// The head of a question.
pub(crate) fn head(ask: Ask, object_bytes: u64) -> [u8; HEAD_BYTES] {
    let rebuild = match ask.rebuild {
        Rebuild::No => 0,
        Rebuild::Lossy => 1,
        Rebuild::Lossless => 2,
    };
    let mut head = [0; HEAD_BYTES];
    let (fixed, length) = head.split_at_mut(10);
    let (magic, asked) = fixed.split_at_mut(5);
    magic.copy_from_slice(MAGIC);
    asked.copy_from_slice(&[u8::from(ask.pixels), rebuild, u8::from(ask.convert), ask.previews, ask.scans]);
    length.copy_from_slice(&object_bytes.to_be_bytes());
    head
}

/// What is asked, and the number of bytes that follow this head; `None` where it is none, or announces too many.
pub(crate) fn read_head(head: &[u8; HEAD_BYTES]) -> Option<(Ask, usize)> {
    let (magic, rest) = head.split_first_chunk::<5>()?;
    let ([pixels, rebuild, convert, previews, scans], length) = rest.split_first_chunk::<5>()?;
    let yes = |said: &u8| match said {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let ask = Ask {
        pixels: yes(pixels)?,
        rebuild: match rebuild {
            0 => Rebuild::No,
            1 => Rebuild::Lossy,
            2 => Rebuild::Lossless,
            _ => return None,
        },
        convert: yes(convert)?,
        previews: *previews,
        scans: *scans,
    };
    let length = u64::from_be_bytes(*length.first_chunk()?);
    let length = usize::try_from(length).ok().filter(|_| length <= OBJECT_BYTES_MAX)?;
    (magic == MAGIC).then_some((ask, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_comes_as_it_was_put() {
        for rebuild in [Rebuild::No, Rebuild::Lossy, Rebuild::Lossless] {
            for pixels in [false, true] {
                let ask = Ask { pixels, rebuild, convert: !pixels, previews: 7, scans: 9 };
                assert_eq!(read_head(&head(ask, 12_345)), Some((ask, 12_345)));
            }
        }
        let mut other = head(Ask::PIXELS, OBJECT_BYTES_MAX + 1);
        assert_eq!(read_head(&other), None, "too many bytes");
        other = head(Ask::PIXELS, 1);
        for (at, byte) in [(0, b'x'), (4, 1), (5, 2), (6, 3), (7, 2)] {
            let mut wrong = other;
            wrong[at] = byte;
            assert_eq!(read_head(&wrong), None, "byte {at}");
        }
    }
}
