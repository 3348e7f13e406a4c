//! WebP: one picture, or those of an animation. One decoder; the sides that its inner pictures state are held against those of
//! the file before it sees them (WebP Container Specification; RFC 6386, section 9.1; WebP Lossless Bitstream Specification).

use crate::portable::of_channels;
use crate::room::Room;
use crate::{NotRead, PIXELS_MAX, Take};
use std::io::Cursor;

/// Chunks of one file at most.
const CHUNKS_MAX: usize = 100_000;

/// Decodes the pictures, in order.
///
/// # Errors
/// [`NotRead`] where any picture is not read.
pub(crate) fn decode(file: &[u8], room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let stated = sides(file)?;
    let refused = |_| NotRead::Refused;
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).map_err(refused)?;
    decoder.set_memory_limit(PIXELS_MAX.saturating_mul(8));
    let (across, down) = decoder.dimensions();
    if (across, down) != stated {
        return Err(NotRead::Refused);
    }
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let count = if decoder.is_animated() { decoder.num_frames() } else { 1 };
    for _ in 0..count {
        let (width, height) = room.take(across, down, 4)?;
        let mut pixels = vec![0; width.saturating_mul(height).saturating_mul(channels)];
        let read = match decoder.is_animated() {
            true => decoder.read_frame(&mut pixels).map(|_| ()),
            false => decoder.read_image(&mut pixels),
        };
        read.map_err(refused)?;
        take(of_channels(width, height, channels, pixels).ok_or(NotRead::Refused)?);
    }
    Ok(())
}

/// Sides in pixels, width first.
type Sides = (u32, u32);

/// The sides of the picture, which every picture inside has to keep to.
fn sides(file: &[u8]) -> Result<Sides, NotRead> {
    let mut chunks = Chunks { rest: file.get(12..).unwrap_or(&[]), left: CHUNKS_MAX };
    let (kind, data) = chunks.next().ok_or(NotRead::Refused)?;
    if kind != b"VP8X" {
        return coded(kind, data).flatten().ok_or(NotRead::Refused);
    }
    let canvas = (|| Some((beside(data, 4)?, beside(data, 7)?)))().ok_or(NotRead::Refused)?;
    let is_kept = chunks.all(|(kind, data)| match kind {
        b"ANMF" => frame(canvas, data).unwrap_or(false),
        _ => coded(kind, data).is_none_or(|sides| sides == Some(canvas)),
    });
    if is_kept && chunks.is_done() { Ok(canvas) } else { Err(NotRead::Refused) }
}

/// True where a picture of an animation lies on the canvas, and what is coded in it has its sides.
fn frame(canvas: Sides, data: &[u8]) -> Option<bool> {
    let place = (three(data, 0)?.checked_mul(2)?, three(data, 3)?.checked_mul(2)?);
    let sides = (beside(data, 6)?, beside(data, 9)?);
    let inside = place.0.checked_add(sides.0)? <= canvas.0 && place.1.checked_add(sides.1)? <= canvas.1;
    let mut chunks = Chunks { rest: data.get(16..)?, left: CHUNKS_MAX };
    let is_kept = chunks.all(|(kind, data)| coded(kind, data).is_none_or(|inner| inner == Some(sides)));
    Some(inside && is_kept && chunks.is_done())
}

/// The sides of a coded picture; `None` for a chunk that is none, and none in it for one that is broken.
fn coded(kind: &[u8; 4], data: &[u8]) -> Option<Option<Sides>> {
    let word = |at: usize| Some(u32::from(u16::from_le_bytes(*data.get(at..)?.first_chunk()?)));
    match kind {
        b"VP8 " => Some(match data {
            [_, _, _, 0x9D, 0x01, 0x2A, ..] => {
                word(6).zip(word(8)).map(|(width, height)| (width & 0x3FFF, height & 0x3FFF))
            }
            _ => None,
        }),
        b"VP8L" => Some(match data {
            [0x2F, bits @ ..] => bits.first_chunk().map(|bits| {
                let bits = u32::from_le_bytes(*bits);
                ((bits & 0x3FFF).wrapping_add(1), (bits.wrapping_shr(14) & 0x3FFF).wrapping_add(1))
            }),
            _ => None,
        }),
        _ => None,
    }
}

/// A number of three bytes.
fn three(data: &[u8], at: usize) -> Option<u32> {
    let [low, middle, high] = *data.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

/// A side, which is written as one less.
fn beside(data: &[u8], at: usize) -> Option<u32> {
    three(data, at)?.checked_add(1)
}

/// The chunks of a file or of a frame.
struct Chunks<'a> {
    rest: &'a [u8],
    left: usize,
}

impl Chunks<'_> {
    /// True where no head of a chunk is left: one that says more than there is, or one too many, is another reader's to judge.
    fn is_done(&self) -> bool {
        self.rest.len() < 8
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        // A chunk that is cut off stays where it is.
        let (kind, rest) = self.rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let data = rest.get(..length)?;
        // What has an odd number of bytes has one more.
        self.rest = rest.get(length.checked_add(length & 1)?..).unwrap_or(&[]);
        Some((kind, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [kind.as_slice(), &length, data, &vec![0; data.len() & 1]].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"RIFF....WEBP".to_vec(), chunks.concat()].concat()
    }

    fn less(side: u32) -> Vec<u8> {
        (side - 1).to_le_bytes()[..3].to_vec()
    }

    fn canvas(width: u32, height: u32) -> Vec<u8> {
        chunk(b"VP8X", &[vec![2, 0, 0, 0], less(width), less(height)].concat())
    }

    fn lossless(width: u32, height: u32) -> Vec<u8> {
        let bits = (width - 1) | (height - 1) << 14;
        chunk(b"VP8L", &[&[0x2F], bits.to_le_bytes().as_slice(), &[0; 9]].concat())
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        chunk(b"VP8 ", &[&[0, 0, 0, 0x9D, 1, 0x2A], sides.as_slice(), &[0; 4]].concat())
    }

    fn moving(place: (u32, u32), sides: (u32, u32), inner: &[u8]) -> Vec<u8> {
        let halves = [place.0, place.1].map(|at| (at / 2).to_le_bytes()[..3].to_vec()).concat();
        chunk(b"ANMF", &[halves, less(sides.0), less(sides.1), vec![0; 4], inner.to_vec()].concat())
    }

    #[test]
    fn every_picture_inside_keeps_to_the_canvas() {
        let refused = Err(NotRead::Refused);
        assert_eq!(sides(&file(&[lossless(300, 20)])), Ok((300, 20)));
        assert_eq!(sides(&file(&[lossy(300, 20)])), Ok((300, 20)));
        assert_eq!(sides(&file(&[canvas(300, 20), lossy(300, 20)])), Ok((300, 20)));
        assert_eq!(
            sides(&file(&[canvas(300, 20), lossless(16_384, 16_384)])),
            refused,
            "a bomb behind a small canvas"
        );
        assert_eq!(sides(&file(&[canvas(300, 20), lossy(300, 20), lossless(16_384, 16_384)])), refused);
        let frame = |place, sides| moving(place, sides, &lossless(8, 8));
        assert_eq!(sides(&file(&[canvas(300, 20), frame((292, 12), (8, 8))])), Ok((300, 20)));
        assert_eq!(sides(&file(&[canvas(300, 20), frame((294, 12), (8, 8))])), refused, "beyond the canvas");
        assert_eq!(
            sides(&file(&[canvas(300, 20), frame((0, 0), (9, 8))])),
            refused,
            "inside of another size"
        );
        let bomb = moving((0, 0), (8, 8), &lossy(16_383, 16_383));
        assert_eq!(sides(&file(&[canvas(300, 20), frame((0, 0), (8, 8)), bomb])), refused);
        // Chunks that say more bytes than there are.
        let cut = |chunk: Vec<u8>| chunk[..chunk.len() - 2].to_vec();
        let cut_off = cut(lossless(16_384, 16_384));
        assert_eq!(sides(&file(&[canvas(300, 20), lossy(300, 20), cut_off.clone()])), refused);
        assert_eq!(sides(&file(&[canvas(300, 20), moving((0, 0), (8, 8), &cut_off)])), refused);
        let mut many = vec![canvas(300, 20), lossy(300, 20)];
        many.extend(std::iter::repeat_n(chunk(b"ABCD", b""), CHUNKS_MAX));
        assert_eq!(sides(&file(&many)), refused, "more chunks than are looked at");
        many.truncate(CHUNKS_MAX);
        assert_eq!(sides(&file(&many)), Ok((300, 20)));
        assert_eq!(sides(&file(&[canvas(300, 20), lossy(300, 20), b"few".to_vec()])), Ok((300, 20)));
        assert_eq!(sides(&file(&[chunk(b"VP8 ", b"short")])), refused);
        assert_eq!(sides(b"RIFF"), refused);
    }

    #[test]
    fn nothing_is_decoded_whose_sides_are_not_those_of_the_canvas() {
        let bombs = [file(&[canvas(9, 9), lossless(16_384, 16_384)]), file(&[lossless(16_384, 16_384)])];
        let mut seen = 0;
        let [behind, open] = bombs.map(|file| decode(&file, &mut Room::new(), &mut |_| seen += 1));
        assert_eq!(seen, 0);
        assert_eq!(behind, Err(NotRead::Refused));
        assert!(open.is_err());
    }
}
