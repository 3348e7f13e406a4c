//! What the pictures of one object may have together. It is asked before anything is decoded, so that what is too much is
//! said by the worker, and not by the death of it.

use crate::{DOCUMENT_PIXELS_MAX, NotRead, PICTURES_MAX, PIXELS_MAX};

/// Bytes of one pixel at most where a picture is as large as can be: those with more may have as many pixels fewer.
const PIXEL_BYTES: usize = 4;

/// Samples of pictures in JPEG that the second reader goes over at most, those of all scans together: a hundred and thirty million
/// pixels in colour. For more there is no time, with all else that is done with them.
const COMPARED_MAX: usize = 400_000_000;

/// What is left for further pictures.
pub(crate) struct Room {
    pictures: usize,
    pixels: usize,
    bytes: usize,
    compared: usize,
    /// Some samples of a picture have no colour: no reader shows them.
    pub(crate) unshown: bool,
    /// There are bytes behind the last pixel of a strip or tile, or pixels beside the picture: no reader shows them.
    pub(crate) beyond: bool,
    /// A second reader sees another picture than the one that is shown, or none.
    pub(crate) differ: bool,
    /// The second reader takes the samples of the last picture for luminance, blue and red, or not; `None` where it has one
    /// component, or was not read.
    pub(crate) transformed: Option<bool>,
}

impl Room {
    pub(crate) fn new() -> Self {
        let bytes = DOCUMENT_PIXELS_MAX.saturating_mul(PIXEL_BYTES);
        let (pictures, pixels) = (PICTURES_MAX, DOCUMENT_PIXELS_MAX);
        Self {
            pictures,
            pixels,
            bytes,
            compared: COMPARED_MAX,
            unshown: false,
            beyond: false,
            differ: false,
            transformed: None,
        }
    }

    /// True where a second reader has the time to go over so many samples.
    pub(crate) fn compares(&mut self, samples: usize) -> bool {
        let left = self.compared.checked_sub(samples);
        self.compared = left.unwrap_or(self.compared);
        left.is_some()
    }

    /// Room for one more picture of these sides, each pixel of which has so many bytes while it is decoded.
    ///
    /// # Errors
    /// [`NotRead::TooLarge`], or [`NotRead::Refused`] for one without a pixel.
    pub(crate) fn take(
        &mut self,
        width: u32,
        height: u32,
        pixel_bytes: usize,
    ) -> Result<(usize, usize), NotRead> {
        let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
        let (width, height) = (side(width), side(height));
        let pixels = width.saturating_mul(height);
        let bytes = pixels.saturating_mul(pixel_bytes);
        if pixels == 0 {
            return Err(NotRead::Refused);
        }
        if pixels > PIXELS_MAX || bytes > PIXELS_MAX.saturating_mul(PIXEL_BYTES) {
            return Err(NotRead::TooLarge);
        }
        self.pictures = self.pictures.checked_sub(1).ok_or(NotRead::TooLarge)?;
        self.pixels = self.pixels.checked_sub(pixels).ok_or(NotRead::TooLarge)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(NotRead::TooLarge)?;
        Ok((width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_gone() {
        let mut room = Room::new();
        assert_eq!(room.take(0, 9, 1), Err(NotRead::Refused));
        assert_eq!(room.take(50_001, 1_000, 1), Err(NotRead::TooLarge), "one picture");
        assert_eq!(room.take(50_000, 1_000, 5), Err(NotRead::TooLarge), "its bytes");
        for _ in 0..12 {
            assert_eq!(room.take(50_000, 1_000, 4), Ok((50_000, 1_000)));
        }
        assert_eq!(room.take(1, 1, 1), Err(NotRead::TooLarge), "all of them");
        let mut room = Room::new();
        for _ in 0..PICTURES_MAX {
            assert_eq!(room.take(1, 1, 1), Ok((1, 1)));
        }
        assert_eq!(room.take(1, 1, 1), Err(NotRead::TooLarge), "their number");
    }

    #[test]
    fn what_is_compared_has_an_end_and_a_small_picture_may_still_fit() {
        let mut room = Room::new();
        assert!(room.compares(COMPARED_MAX - 10) && !room.compares(11) && room.compares(10));
        assert!(!room.compares(1));
    }
}
