//! JPEG: decoded, and written anew.

mod agree;
mod block;
mod bounds;
mod code;
mod own;
mod write;

use crate::NotRead;
use crate::pixels::Pixels;
use crate::room::Room;
use bounds::bounded;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

pub(crate) use bounds::{Bounds, walked};

/// The quality that pictures are written with, of 100.
pub(crate) const QUALITY: u8 = 85;

/// Decodes a picture.
///
/// # Errors
/// [`NotRead`] where there are too many pixels, or the decoder does not take the file.
pub(crate) fn decode(file: &[u8], room: &mut Room) -> Result<Pixels, NotRead> {
    decoded(file, true, room)
}

/// The sides of a picture inside of a document, whose renderer takes more than is taken of a file: what it shows is held against what
/// ours reads.
///
/// # Errors
/// As [`decode`].
pub(crate) fn inside(file: &[u8], room: &mut Room) -> Result<(usize, usize), NotRead> {
    decoded(file, false, room).map(|pixels| (pixels.width, pixels.height))
}

fn decoded(file: &[u8], strict: bool, room: &mut Room) -> Result<Pixels, NotRead> {
    let stated = bounded(file)?;
    // Coefficients of several scans wait in two bytes each.
    let (width, height) = room.take(stated.width.into(), stated.height.into(), stated.components)?;
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .set_strict_mode(strict)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| NotRead::Refused)?;
    let info = decoder.info().ok_or(NotRead::Refused)?;
    if (usize::from(info.width), usize::from(info.height)) != (width, height) {
        return Err(NotRead::Refused);
    }
    let rgb = decoder.decode().map_err(|_| NotRead::Refused)?;
    drop(decoder);
    let pixels = Pixels::of_rgb(width, height, rgb).ok_or(NotRead::Refused)?;
    compare(file, stated, room, |ours| agree::agree(ours, &pixels));
    Ok(pixels)
}

/// Holds what is shown of a file against what ours reads of it. Where there is no more time for that, nobody can say that they agree.
fn compare(file: &[u8], stated: Bounds, room: &mut Room, agree: impl FnOnce(&own::Picture) -> bool) {
    let ours = room.compares(stated.scanned).then(|| own::read(file)).flatten();
    room.differ |= !ours.as_ref().is_some_and(agree);
    room.transformed = ours.as_ref().and_then(|ours| ours.colours.are_transformed());
    room.beyond |= ours.is_some_and(|ours| ours.beyond);
}

/// The same for samples as they are coded, before they are colours: rows of `wide` pixels, of which there may be fewer than the file
/// has.
pub(crate) fn compare_as_coded(file: &[u8], stated: Bounds, samples: &[u8], wide: usize, room: &mut Room) {
    compare(file, stated, room, |ours| agree::agree_as_coded(ours, samples, wide));
}

/// A file of these pixels and nothing else; grey where no pixel has a colour. The same pixels give the same bytes. `None` where
/// a side is longer than the form has room for.
pub(crate) fn encode(pixels: &Pixels) -> Option<Vec<u8>> {
    let write = if pixels.is_grey() { write::grey } else { write::colour };
    write(pixels.levels(), pixels.width, pixels.height, QUALITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mean difference of two pictures, in hundredths of a level.
    fn difference(first: &Pixels, second: &Pixels) -> usize {
        assert_eq!(first.levels().len(), second.levels().len());
        let pairs = first.levels().iter().zip(second.levels());
        let sum: usize = pairs.map(|(one, other)| usize::from(one.abs_diff(*other))).sum();
        sum * 100 / first.levels().len()
    }

    /// Slopes, edges and a little grain.
    fn picture(colour: bool, (width, height): (usize, usize)) -> Pixels {
        let level = |at: usize| u8::try_from((at % width * 2 + at / width + at * at % 5) % 256).unwrap();
        let rgb = (0..width * height)
            .flat_map(|at| [level(at), if colour { 255 - level(at) } else { level(at) }, level(at)]);
        Pixels::of_rgb(width, height, rgb.collect()).unwrap()
    }

    /// The same by an encoder of other hands.
    fn by_another(pixels: &Pixels) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut out, QUALITY);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
        let kind =
            if pixels.is_grey() { jpeg_encoder::ColorType::Luma } else { jpeg_encoder::ColorType::Rgb };
        let sides = (pixels.width.try_into().unwrap(), pixels.height.try_into().unwrap());
        encoder.encode(pixels.levels(), sides.0, sides.1, kind).unwrap();
        out
    }

    /// The tables before the coded data.
    fn tables(file: &[u8]) -> Vec<&[u8]> {
        let (mut at, mut tables) = (2, Vec::new());
        while file[at + 1] != 0xDA {
            let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
            if matches!(file[at + 1], 0xC4 | 0xDB) {
                tables.push(&file[at..end]);
            }
            at = end;
        }
        tables
    }

    #[test]
    fn what_is_written_is_read_and_as_another_encoder_writes_it() {
        for colour in [false, true] {
            for sides in [(1, 1), (8, 8), (16, 16), (17, 9), (64, 48), (7, 130), (250, 33)] {
                let pixels = picture(colour, sides);
                let file = encode(&pixels).unwrap();
                let (read, other) = (decode(&file, &mut Room::new()).unwrap(), by_another(&pixels));
                let (ours, theirs) = (
                    difference(&pixels, &read),
                    difference(&pixels, &decode(&other, &mut Room::new()).unwrap()),
                );
                assert!(ours <= theirs + 20, "{colour} {sides:?}: {ours} {theirs}");
                // Grey files of the other one have tables that no block uses.
                let known = tables(&other);
                assert!(tables(&file).iter().all(|table| known.contains(table)), "{colour} {sides:?}");
                assert!(file.len() <= other.len() + other.len() / 20 + 16, "{} {}", file.len(), other.len());
                assert_eq!(encode(&pixels).unwrap(), file, "the same pixels, the same bytes");
            }
        }
    }

    #[test]
    fn where_a_second_reader_has_no_more_time_that_is_told() {
        let file = encode(&picture(true, (64, 48))).unwrap();
        let mut room = Room::new();
        assert!(decode(&file, &mut room).is_ok() && !room.differ);
        while room.compares(64 * 48 * 3) {}
        assert!(decode(&file, &mut room).is_ok() && room.differ, "shown all the same");
        let small = encode(&picture(true, (8, 8))).unwrap();
        room.differ = false;
        assert!(decode(&small, &mut room).is_ok() && !room.differ, "a smaller one still has it");
    }

    #[test]
    fn sides_that_do_not_fit_are_not_written() {
        let wide = Pixels::of_grey(70_000, 1, vec![7; 70_000]).unwrap();
        assert_eq!(encode(&wide), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_the_levels_it_is_read_again(
            width in 16_usize..40,
            height in 16_usize..40,
            seed in proptest::collection::vec(any::<u8>(), 1..60),
            flat: bool,
        ) {
            // Noise that does not come again: what does would let the luck of one block stand for all of them.
            let noise = |at: usize| u8::try_from(at.wrapping_mul(0x9E37_79B9) >> 16 & 0xFF).unwrap();
            let level = |at: usize| match flat {
                true => seed[at / 64 % seed.len()],
                false => seed[at % seed.len()] ^ noise(at),
            };
            let pixels = Pixels::of_rgb(width, height, (0..width * height * 3).map(level).collect()).unwrap();
            let file = encode(&pixels).unwrap();
            let mut room = Room::new();
            let read = decode(&file, &mut room).unwrap();
            prop_assert_eq!((read.width, read.height), (width, height));
            prop_assert_eq!((room.differ, room.beyond), (false, false));
            let grey = Pixels::of_grey(width, height, (0..width * height).map(level).collect()).unwrap();
            let read = decode(&encode(&grey).unwrap(), &mut Room::new()).unwrap();
            let theirs = decode(&by_another(&grey), &mut Room::new()).unwrap();
            let theirs = difference(&grey, &theirs);
            let ours = difference(&grey, &read);
            prop_assert!(ours <= theirs + theirs / 10 + 20, "{ours} beside {theirs}");
        }
    }

    /// Noise on a few pixels: which of two encoders rounds one of them better is luck, and of many of them it is not.
    #[test]
    fn small_pictures_lose_together_no_more_than_by_another_encoder() {
        for (width, height) in [(1, 1), (3, 2), (5, 8), (8, 5), (7, 7), (16, 9), (31, 16), (16, 31)] {
            let (mut ours, mut theirs) = (0, 0);
            for at in 0..64_usize {
                let noise = |pixel: usize| {
                    u8::try_from((at * 4_096 + pixel + 1).wrapping_mul(0x9E37_79B9) >> 16 & 0xFF).unwrap()
                };
                let grey = Pixels::of_grey(width, height, (0..width * height).map(noise).collect()).unwrap();
                let lost = |file: &[u8]| difference(&grey, &decode(file, &mut Room::new()).unwrap());
                ours += lost(&encode(&grey).unwrap());
                theirs += lost(&by_another(&grey));
            }
            assert!(ours <= theirs + theirs / 10, "{width} x {height}: {ours} beside {theirs}");
        }
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let file = encode(&picture(true, (64, 48))).unwrap();
        for end in [2, 20, file.len() / 2] {
            assert!(decode(&file[..end], &mut Room::new()).is_err(), "cut at {end}");
        }
    }
}
