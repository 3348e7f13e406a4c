//! A JPEG file of levels, baseline, with the tables that ITU-T T.81 gives as typical in its annex K: one scan, no restarts, and
//! nothing besides. Grey, or luminance with colours of half its width and height. The same levels give the same bytes.

use super::block::{Coefficients, Divisors, Levels};
use super::code::{CHROMINANCE, Codes, LUMINANCE};

/// Divisors for half the quality, rows one after the other (T.81, tables K.1 and K.2).
const FOR_LUMINANCE: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const FOR_CHROMINANCE: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// What a plane is coded with, and the mean of its last block.
struct Plane {
    divisors: Divisors,
    codes: Codes,
    last: i32,
}

impl Plane {
    fn luminance(quality: u8) -> Self {
        Self { divisors: Divisors::new(&FOR_LUMINANCE, quality), codes: Codes::new(&LUMINANCE), last: 0 }
    }

    fn chrominance(quality: u8) -> Self {
        Self { divisors: Divisors::new(&FOR_CHROMINANCE, quality), codes: Codes::new(&CHROMINANCE), last: 0 }
    }

    fn put(&mut self, levels: &Levels, bits: &mut Bits) {
        let [[level, ..], ..] = *levels;
        // Most of a page is paper.
        if levels.iter().fold(0, |odd, row| odd | (u64::from_le_bytes(*row) ^ u64::from_le_bytes([level; 8])))
            == 0
        {
            let mean = self.divisors.of_one_level(level);
            self.put_mean(mean, bits);
            return bits.put(self.codes.end);
        }
        let coefficients = self.divisors.divide(levels);
        self.put_mean(coefficients.at(0), bits);
        self.put_others(&coefficients, bits);
    }

    /// The first coefficient, as what it differs by from that of the block before (T.81, F.1.2.1).
    fn put_mean(&mut self, mean: i32, bits: &mut Bits) {
        let (size, tail) = number(mean.saturating_sub(self.last));
        self.last = mean;
        bits.put_with(self.codes.of_mean(size), tail, size);
    }

    /// The others, each with how many zeros stand before it (T.81, F.1.2.2).
    fn put_others(&self, coefficients: &Coefficients, bits: &mut Bits) {
        let mut left = coefficients.left & !1;
        let mut last = 0_u32;
        while left != 0 {
            let place = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            let mut zeros = place.wrapping_sub(last).wrapping_sub(1);
            last = place;
            while zeros > 15 {
                bits.put(self.codes.sixteen_zeros);
                zeros = zeros.wrapping_sub(16);
            }
            let (size, tail) = number(coefficients.at(place));
            bits.put_with(self.codes.of_other(zeros, size), tail, size);
        }
        if last < 63 {
            bits.put(self.codes.end);
        }
    }
}

/// How many bits a coefficient takes, and which (T.81, table F.1): below zero, those of one less.
fn number(value: i32) -> (u32, u32) {
    let size = 32_u32.saturating_sub(value.unsigned_abs().leading_zeros());
    let below = value.wrapping_sub(i32::from(value < 0)).cast_unsigned();
    (size, below & 1_u32.wrapping_shl(size).wrapping_sub(1))
}

/// Bits, highest first, with a zero byte behind each byte of ones.
struct Bits {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, code: (u16, u8)) {
        self.put_with(code, 0, 0);
    }

    /// A code, and `size` more bits behind it: 16 and 11 at most.
    fn put_with(&mut self, (code, length): (u16, u8), tail: u32, size: u32) {
        let bits = u64::from(code).wrapping_shl(size) | u64::from(tail);
        let length = u32::from(length).wrapping_add(size);
        self.held = self.held.wrapping_shl(length) | bits;
        self.count = self.count.wrapping_add(length);
        if self.count >= 32 {
            self.count = self.count.wrapping_sub(32);
            let word = self.held.wrapping_shr(self.count) & u64::from(u32::MAX);
            self.word(u32::try_from(word).unwrap_or(0));
        }
    }

    fn word(&mut self, word: u32) {
        let bytes = word.to_be_bytes();
        if bytes.contains(&0xFF) {
            bytes.iter().for_each(|byte| self.byte(*byte));
        } else {
            self.out.extend_from_slice(&bytes);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xFF {
            self.out.push(0);
        }
    }

    /// Fills up the last byte with ones, and ends the file.
    fn end(mut self) -> Vec<u8> {
        self.put_with((0x7F, 7), 0, 0);
        while self.count >= 8 {
            self.count = self.count.wrapping_sub(8);
            let byte = self.held.wrapping_shr(self.count) & 0xFF;
            self.byte(u8::try_from(byte).unwrap_or(0));
        }
        self.out.extend_from_slice(&[0xFF, 0xD9]);
        self.out
    }
}

/// A file of one level a pixel; `None` where the sides do not fit, or there are not as many levels.
pub(super) fn grey(levels: &[u8], width: usize, height: usize, quality: u8) -> Option<Vec<u8>> {
    let mut plane = Plane::luminance(quality);
    let mut bits = begin(&[&plane], width, height)?;
    let mut rows = rows(levels, width, height, 1)?;
    let mut band: [Vec<u8>; 8] = core::array::from_fn(|_| vec![0; width.next_multiple_of(8)]);
    for _ in 0..height.div_ceil(8) {
        for line in &mut band {
            let row = rows.next()?;
            fill(line, row);
        }
        blocks(&band, |levels| plane.put(levels, &mut bits));
    }
    Some(bits.end())
}

/// A file of red, green and blue levels; `None` as of [`grey`].
pub(super) fn colour(levels: &[u8], width: usize, height: usize, quality: u8) -> Option<Vec<u8>> {
    let mut planes = [Plane::luminance(quality), Plane::chrominance(quality), Plane::chrominance(quality)];
    let mut bits = begin(&planes.each_ref(), width, height)?;
    let mut rows = rows(levels, width, height, 3)?;
    let wide = width.next_multiple_of(16);
    let plane = |wide: usize| core::array::from_fn::<_, 8, _>(|_| vec![0_u8; wide]);
    let [mut upper, mut lower] = [plane(wide), plane(wide)];
    let [mut blue, mut red] = [plane(wide / 2), plane(wide / 2)];
    let mut pair = [vec![0_u8; wide.checked_mul(3)?], vec![0_u8; wide.checked_mul(3)?]];
    for _ in 0..height.div_ceil(16) {
        let lines = upper.as_chunks_mut::<2>().0.iter_mut().chain(lower.as_chunks_mut::<2>().0);
        for (lines, (blue, red)) in lines.zip(blue.iter_mut().zip(&mut red)) {
            for line in &mut pair {
                fill_colours(line, rows.next()?);
            }
            split(&pair, lines, blue, red);
        }
        let [luminance, of_blue, of_red] = &mut planes;
        let (above, below) = (columns(&upper), columns(&lower));
        let halves = columns(&blue).zip(columns(&red));
        for (((a, b), (c, d)), (cb, cr)) in pairs(above).zip(pairs(below)).zip(halves) {
            for levels in [a, b, c, d] {
                luminance.put(&levels, &mut bits);
            }
            of_blue.put(&cb, &mut bits);
            of_red.put(&cr, &mut bits);
        }
    }
    Some(bits.end())
}

/// The rows of a picture, the last one for ever.
fn rows(levels: &[u8], width: usize, height: usize, channels: usize) -> Option<impl Iterator<Item = &[u8]>> {
    let stride = width.checked_mul(channels).filter(|stride| *stride > 0)?;
    if stride.checked_mul(height)? != levels.len() {
        return None;
    }
    let last = levels.get(levels.len().checked_sub(stride)?..)?;
    Some(levels.chunks_exact(stride).chain(core::iter::repeat(last)))
}

/// A row, and its last level to the end.
fn fill(line: &mut [u8], row: &[u8]) {
    let (level, (head, tail)) =
        (row.last().copied().unwrap_or(0), line.split_at_mut(row.len().min(line.len())));
    head.copy_from_slice(row.get(..head.len()).unwrap_or(row));
    tail.fill(level);
}

fn fill_colours(line: &mut [u8], row: &[u8]) {
    let (head, tail) = line.split_at_mut(row.len().min(line.len()));
    head.copy_from_slice(row.get(..head.len()).unwrap_or(row));
    let last = row.last_chunk::<3>().copied().unwrap_or_default();
    tail.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = last);
}

/// Blocks of eight rows, from left to right.
fn columns(band: &[Vec<u8>; 8]) -> impl Iterator<Item = Levels> {
    let band = band.each_ref().map(|line| line.as_chunks::<8>().0);
    let [first, ..] = band;
    (0..first.len()).map(move |at| band.map(|line| line.get(at).copied().unwrap_or_default()))
}

fn blocks(band: &[Vec<u8>; 8], mut put: impl FnMut(&Levels)) {
    columns(band).for_each(|levels| put(&levels));
}

fn pairs<T>(mut from: impl Iterator<Item = T>) -> impl Iterator<Item = (T, T)> {
    core::iter::from_fn(move || Some((from.next()?, from.next()?)))
}

/// Two rows of pixels as luminance, and what every four of them have of blue and red (ITU-T T.871, clause 7).
fn split(pixels: &[Vec<u8>; 2], luminance: &mut [Vec<u8>; 2], blue: &mut [u8], red: &mut [u8]) {
    let weighed = |[r, g, b]: [u8; 3], by: [i32; 3]| {
        let [x, y, z] = by;
        let product = |level: u8, by: i32| i32::from(level).wrapping_mul(by);
        product(r, x).wrapping_add(product(g, y)).wrapping_add(product(b, z))
    };
    for (row, line) in pixels.iter().zip(luminance.iter_mut()) {
        for (pixel, level) in row.as_chunks::<3>().0.iter().zip(line) {
            // The weights make 65,536: the sum is a level of 16 more bits.
            *level = weighed(*pixel, [19_595, 38_470, 7_471]).wrapping_add(1 << 15).to_be_bytes()[1];
        }
    }
    let [above, below] = pixels.each_ref().map(|row| row.as_chunks::<6>().0);
    for ((above, below), (blue, red)) in above.iter().zip(below).zip(blue.iter_mut().zip(red)) {
        let ([r0, g0, b0, r1, g1, b1], [r2, g2, b2, r3, g3, b3]) = (*above, *below);
        let four = |levels: [u8; 4]| levels.iter().map(|level| i32::from(*level)).fold(0, i32::wrapping_add);
        let (r, g, b) = (four([r0, r1, r2, r3]), four([g0, g1, g2, g3]), four([b0, b1, b2, b3]));
        let level = |by: [i32; 3]| {
            let sum =
                [r, g, b].iter().zip(by).map(|(sum, by)| sum.wrapping_mul(by)).fold(0, i32::wrapping_add);
            // Half of all levels, and half a level, in units of 2^18.
            let level = sum.wrapping_add((128 << 18) | (1 << 17)) >> 18;
            u8::try_from(level.clamp(0, 255)).unwrap_or(255)
        };
        *blue = level([-11_059, -21_709, 32_768]);
        *red = level([32_768, -27_439, -5_329]);
    }
}

/// Everything up to the first block; `None` where the sides do not fit.
fn begin(planes: &[&Plane], width: usize, height: usize) -> Option<Bits> {
    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    if width == 0 || height == 0 {
        return None;
    }
    let mut out = vec![0xFF, 0xD8];
    // Version 1.2, no unit, as wide as high, no smaller picture (T.871, clause 10).
    segment(&mut out, 0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    let count = u8::try_from(planes.len()).ok()?;
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(count);
    let mut scan = vec![count];
    for (plane, id) in (0_u8..).take(planes.len()).zip(1_u8..) {
        let table = u8::from(plane > 0);
        let sampling = if count == 3 && plane == 0 { 0x22 } else { 0x11 };
        frame.extend([id, sampling, table]);
        scan.extend([id, table.wrapping_mul(0x11)]);
    }
    scan.extend([0, 63, 0]);
    for (plane, table) in planes.iter().zip(0_u8..2) {
        segment(&mut out, 0xDB, &[&[table][..], &plane.divisors.stated].concat());
    }
    segment(&mut out, 0xC0, &frame);
    for (plane, table) in planes.iter().zip(0_u8..2) {
        for (class, stated) in [0x00, 0x10].into_iter().zip(plane.codes.stated()) {
            segment(&mut out, 0xC4, &[&[class | table][..], &stated].concat());
        }
    }
    segment(&mut out, 0xDA, &scan);
    Some(Bits { out, held: 0, count: 0 })
}

fn segment(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    out.extend([0xFF, marker]);
    out.extend(u16::try_from(data.len().saturating_add(2)).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(data);
}
