//! How much of what is hidden in levels is still there in what is built anew: bits that come out wrong, measured.
//!
//! Half of all bits wrong says that nothing is left; none wrong, that all of it is. The writer of each message knows where the pixels
//! will be and how they are written, which is the best that a sender can do.

use super::*;

/// The sides of the cover.
const SIDE: usize = 256;
/// The sides of a block whose mean says a bit.
const BLOCK: usize = 16;

/// How a message is put into a picture.
#[derive(Clone, Copy, Debug)]
enum Hidden {
    /// Into this bit of every level.
    Bit(u32),
    /// Into the mean of each block, in steps of so many levels.
    Mean(u8),
}

/// Slopes and waves with some noise, away from black and white.
fn cover() -> Vec<u8> {
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 61) as f64 - 3.5
    };
    let level = |at: usize, noise: f64| {
        let (column, row) = ((at % SIDE) as f64, (at / SIDE) as f64);
        (128.0 + 40.0 * (column / 37.0).sin() + 30.0 * (row / 23.0).cos() + noise) as u8
    };
    (0..SIDE * SIDE).map(|at| level(at, noise())).collect()
}

/// The message: bits without order.
fn bit(number: usize) -> bool {
    (number as u64 + 7).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 1
}

/// The places of each block.
fn blocks() -> impl Iterator<Item = Vec<usize>> {
    let of = |row: usize, column: usize| {
        (0..BLOCK * BLOCK).map(|at| (row + at / BLOCK) * SIDE + column + at % BLOCK).collect()
    };
    (0..SIDE).step_by(BLOCK).flat_map(move |row| (0..SIDE).step_by(BLOCK).map(move |column| of(row, column)))
}

fn mean(levels: &[u8], block: &[usize]) -> f64 {
    block.iter().map(|at| f64::from(levels[*at])).sum::<f64>() / block.len() as f64
}

/// The mean nearest to `mean` that says the bit: an even or an odd number of steps.
fn nearest(mean: f64, step: f64, bit: bool) -> f64 {
    let odd = f64::from(u8::from(bit));
    (((mean / step - odd) / 2.0).round() * 2.0 + odd) * step
}

impl Hidden {
    fn put(self, levels: &mut [u8]) {
        match self {
            Self::Bit(place) => {
                for (number, level) in levels.iter_mut().enumerate() {
                    *level = *level & !(1 << place) | u8::from(bit(number)) << place;
                }
            }
            Self::Mean(step) => {
                for (number, block) in blocks().enumerate() {
                    let now = mean(levels, &block);
                    let more = nearest(now, f64::from(step), bit(number)) - now;
                    // What is left of a level goes to some of the pixels.
                    let (whole, part) = (more.floor(), more - more.floor());
                    let raised = (part * block.len() as f64).round() as usize;
                    for (count, at) in block.into_iter().enumerate() {
                        let more = whole + f64::from(u8::from(count < raised));
                        levels[at] = (f64::from(levels[at]) + more).clamp(0.0, 255.0) as u8;
                    }
                }
            }
        }
    }

    /// Bits of the message that come out wrong, in percent of them all.
    fn wrong(self, levels: &[u8]) -> usize {
        let read: Vec<bool> = match self {
            Self::Bit(place) => levels.iter().map(|level| level >> place & 1 == 1).collect(),
            Self::Mean(step) => {
                let steps = |block: Vec<usize>| (mean(levels, &block) / f64::from(step)).round() as i64;
                blocks().map(|block| steps(block) % 2 != 0).collect()
            }
        };
        let wrong = read.iter().enumerate().filter(|(number, read)| **read != bit(*number)).count();
        (wrong * 100 + read.len() / 2) / read.len()
    }
}

fn levels(kind: Kind, file: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let read =
        each(&Coded::As(kind, file), &mut Room::new(), &mut |pixels| all.extend_from_slice(pixels.levels()));
    assert_eq!((read, all.len()), (Ok(()), SIDE * SIDE));
    all
}

/// A page that is this picture, a pixel a pixel of the page, and nothing else.
fn page(levels: &[u8]) -> Vec<u8> {
    let points = SIDE as f64 * 72.0 / 150.0;
    let content = format!("{points} 0 0 {points} 0 0 cm /P Do");
    let mut out = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {points} {points}]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n\
         5 0 obj<</Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/BitsPerComponent 8/ColorSpace/DeviceGray/Length {}>>stream\n",
        content.len(),
        levels.len()
    )
    .into_bytes();
    out.extend_from_slice(levels);
    out.extend_from_slice(b"\nendstream endobj\ntrailer<</Root 1 0 R>>");
    let made = document(&out, Wish { rebuild: Rebuild::Lossy, ..Wish::default() }).unwrap();
    let rebuilt = made.rebuilt.unwrap_or_else(|| panic!("{:?}", made.pages));
    let find = |what: &[u8]| rebuilt.windows(what.len()).position(|part| part == what).unwrap();
    let (start, end) = (find(&[0xFF, 0xD8, 0xFF]), find(b"\nendstream\nendobj\n\nxref"));
    self::levels(Kind::Jpeg, &rebuilt[start..end])
}

/// A picture built anew as PNG, as JPEG, and as a page.
fn anew(levels: Vec<u8>) -> [Vec<u8>; 3] {
    let pixels = || Pixels::of_grey(SIDE, SIDE, levels.clone()).unwrap();
    let built = |kind, as_what| self::levels(kind, &rebuilt(pixels(), Rebuild::Lossy, as_what).unwrap());
    [built(Kind::Png, Written::Png), built(Kind::Jpeg, Written::Jpeg), page(&levels)]
}

/// What docs/SLOWPATH.md says: wrong bits in percent, of PNG, JPEG and pages.
const MEASURED: &[(Hidden, [usize; 3])] = &[
    (Hidden::Bit(0), [50, 50, 50]),
    (Hidden::Bit(1), [50, 50, 50]),
    (Hidden::Bit(2), [0, 49, 49]),
    (Hidden::Bit(3), [0, 38, 38]),
    (Hidden::Bit(4), [0, 22, 22]),
    (Hidden::Mean(1), [0, 0, 0]),
    (Hidden::Mean(2), [0, 0, 0]),
    (Hidden::Mean(4), [0, 0, 0]),
];

#[test]
fn what_is_hidden_in_the_lowest_bits_is_gone_and_what_is_hidden_in_means_is_not() {
    let measure = |hidden: Hidden| {
        let mut levels = cover();
        hidden.put(&mut levels);
        assert_eq!(hidden.wrong(&levels), 0, "{hidden:?}: it was there");
        anew(levels).map(|levels| hidden.wrong(&levels))
    };
    let measured: Vec<_> = MEASURED.iter().map(|(hidden, _)| (*hidden, measure(*hidden))).collect();
    // The drawing of pages is another one on another processor, by a hair.
    let is_near = |one: &[usize; 3], other: &[usize; 3]| {
        one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 2)
    };
    let is_as_said = measured.iter().zip(MEASURED).all(|((_, wrong), (_, said))| is_near(wrong, said));
    assert!(is_as_said, "{measured:?}");
}
