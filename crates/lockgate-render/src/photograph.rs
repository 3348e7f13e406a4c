//! Photographs inside of a document: its renderer decodes them, and a reader of ours sees the same or says so.

use crate::jpeg;
use crate::room::Room;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The photographs of one document, which share the time that there is for reading them twice.
pub struct Photographs {
    room: Room,
}

/// What comes of holding a photograph against what a second reader sees of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photograph {
    /// Its sides in pixels; `None` where the decoder that the renderer has does not take it.
    pub sides: Option<(usize, usize)>,
    /// The second reader sees another picture, or none, or had no time for it.
    pub differ: bool,
    /// It holds more than its pixels: no reader shows it.
    pub beyond: bool,
    /// It says itself that its colours are coded as luminance, blue and red, or that they are not; `None` for one of one component, or
    /// that the second reader does not read.
    pub transformed: Option<bool>,
}

impl Default for Photographs {
    fn default() -> Self {
        Self { room: Room::new() }
    }
}

impl Photographs {
    /// Reads a file in JPEG twice.
    pub fn look(&mut self, file: &[u8]) -> Photograph {
        (self.room.differ, self.room.beyond, self.room.transformed) = (false, false, None);
        let read = catch_unwind(AssertUnwindSafe(|| jpeg::inside(file, &mut self.room)));
        let sides = read.ok().and_then(Result::ok);
        let differ = self.room.differ || sides.is_none();
        Photograph { sides, differ, beyond: self.room.beyond, transformed: self.room.transformed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Pixels;

    #[test]
    fn a_photograph_of_a_document_is_seen_twice_or_told() {
        let levels = (0..64 * 48_usize).map(|at| u8::try_from(at % 64 * 3 + at / 640).unwrap()).collect();
        let file = jpeg::encode(&Pixels::of_grey(64, 48, levels).unwrap()).unwrap();
        let right = Photograph { sides: Some((64, 48)), differ: false, beyond: false, transformed: None };
        let mut all = Photographs::default();
        assert_eq!(all.look(&file), right);
        let (picture, end) = file.split_at(file.len() - 2);
        let tail = [picture, b"hidden words", end].concat();
        assert_eq!(all.look(&tail), Photograph { beyond: true, ..right });
        // What the renderer shows of a part is nothing that ours reads.
        let cut = all.look(&file[..file.len() / 2]);
        assert!(cut.differ, "{cut:?}");
        assert_eq!(all.look(b"none"), Photograph { sides: None, differ: true, ..right });
        let coloured = jpeg::encode(&Pixels::of_rgb(8, 8, [200, 90, 10].repeat(64)).unwrap()).unwrap();
        assert_eq!(all.look(&coloured).transformed, Some(true));
        assert_eq!(all.look(&file), right, "each by itself");
        while all.room.compares(1_000) {}
        assert!(all.look(&file).differ, "no time for more");
    }
}
