//! Windows bitmaps, read by a reader of our own (Windows GDI reference: `BITMAPFILEHEADER`, `BITMAPINFOHEADER` and those behind
//! it, "Bitmap Compression").

/// Bits of the file that say how its pixels are written.
pub(super) struct Bitmap<'a> {
    file: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
    from_above: bool,
    pub(super) bits: usize,
    pub(super) compression: usize,
    /// Where the header ends, and where the pixels begin.
    header_end: usize,
    pixels: usize,
    header_bytes: usize,
    /// Bits of the pixels that are of no colour, or fill up rows, and are not the same everywhere: no reader shows them.
    pub(super) unshown: bool,
}

/// A colour of some bits of a pixel.
#[derive(Clone, Copy)]
struct Mask {
    low: u32,
    most: u32,
}

impl Mask {
    /// `None` for bits that do not stand side by side.
    fn of(bits: u32) -> Option<Self> {
        let low = bits.trailing_zeros().min(31);
        let most = bits.wrapping_shr(low);
        (most & most.wrapping_add(1) == 0).then_some(Self { low, most })
    }

    /// The bits themselves.
    fn bits(self) -> u32 {
        self.most.wrapping_shl(self.low)
    }

    fn level(self, pixel: u32) -> u8 {
        let value = u64::from(pixel.wrapping_shr(self.low) & self.most).saturating_mul(255);
        u8::try_from(value.checked_div(self.most.into()).unwrap_or(0)).unwrap_or(255)
    }
}

fn number(file: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let field = file.get(at..at.checked_add(bytes)?)?;
    let sum = field.iter().rev().fold(0_u64, |sum, byte| sum.wrapping_shl(8) | u64::from(*byte));
    usize::try_from(sum).ok()
}

impl<'a> Bitmap<'a> {
    /// Reads the headers; `None` where they are of no kind that is known here.
    pub(super) fn open(file: &'a [u8]) -> Option<Self> {
        if !file.starts_with(b"BM") {
            return None;
        }
        let field = |at: usize, bytes: usize| number(file, at, bytes);
        let header_bytes = field(14, 4)?;
        let (width, height, rest): (usize, usize, usize) = match header_bytes {
            12 => (field(18, 2)?, field(20, 2)?, 22),
            40 | 52 | 56 | 64 | 108 | 124 => (field(18, 4)?, field(22, 4)?, 26),
            _ => return None,
        };
        let signed = i32::from_le_bytes(u32::try_from(height).ok()?.to_le_bytes());
        let compression = if header_bytes == 12 { 0 } else { field(30, 4)? };
        let bits = field(rest.saturating_add(2), 2)?;
        let is_known = match (compression, bits) {
            (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) | (1, 8) | (2, 4) => true,
            // The header of OS/2 means other codings by these numbers.
            (3 | 6, 16 | 32) => header_bytes != 64,
            _ => false,
        };
        let header_end = header_bytes.checked_add(14)?;
        let pixels = field(10, 4)?;
        (is_known && i32::try_from(width).is_ok() && pixels >= header_end).then_some(Self {
            file,
            width,
            height: usize::try_from(signed.unsigned_abs()).ok()?,
            from_above: signed < 0,
            bits,
            compression,
            header_end,
            pixels,
            header_bytes,
            unshown: false,
        })
    }

    /// Four bytes a pixel, row by row from above; `None` where pixels are missing, or are of no colour.
    pub(super) fn rgba(&mut self) -> Option<Vec<u8>> {
        let data = self.file.get(self.pixels..)?;
        let mut rgba = Vec::with_capacity(self.width.checked_mul(self.height)?.checked_mul(4)?);
        let stride = self.width.checked_mul(self.bits)?.div_ceil(32).checked_mul(4)?;
        if self.bits <= 8 {
            let colours = self.colours()?;
            let indexes = match self.compression {
                0 => self.indexes(data, stride)?,
                _ => self.runs(data)?,
            };
            self.unshown = self.compression == 0 && self.has_filled_rows(data, stride);
            for index in self.upright(&indexes, self.width) {
                rgba.extend(colours.get(usize::from(*index))?);
            }
            return Some(rgba);
        }
        let masks = self.masks()?;
        let rows = data.get(..stride.checked_mul(self.height)?)?;
        let pixel_bytes = self.bits.div_ceil(8);
        let order: Vec<&[u8]> = match self.from_above {
            true => rows.chunks_exact(stride).collect(),
            false => rows.rchunks_exact(stride).collect(),
        };
        // Bits of no colour are 0 in some files and 1 in others, and the same everywhere.
        let idle = !masks.iter().fold(0, |all, mask| all | mask.bits());
        let (mut all, mut any) = (u32::MAX, 0);
        for pixel in order.into_iter().flat_map(|row| row.chunks_exact(pixel_bytes).take(self.width)) {
            let value = pixel.iter().rev().fold(0_u32, |sum, byte| sum.wrapping_shl(8) | u32::from(*byte));
            (all, any) = (all & value, any | value);
            let [red, green, blue, clear] = masks;
            let covers = if clear.most == 0 { 255 } else { clear.level(value) };
            rgba.extend([red.level(value), green.level(value), blue.level(value), covers]);
        }
        self.unshown = (all ^ any) & idle != 0 || self.has_filled_rows(rows, stride);
        Some(rgba)
    }

    /// True where what fills rows up to four bytes is not the same everywhere: bytes, and bits of the last byte of pixels.
    fn has_filled_rows(&self, data: &[u8], stride: usize) -> bool {
        let used = self.width.saturating_mul(self.bits);
        let mask = 0xFF_u8.wrapping_shr(u32::try_from(used & 7).unwrap_or(0));
        let (mut bits, mut bytes) = ((u8::MAX, 0), (u8::MAX, 0));
        for row in data.chunks_exact(stride.max(1)).take(self.height) {
            let behind = row.get(used / 8..).unwrap_or(&[]);
            // A byte that has a pixel in it, and then those that have none.
            let (shared, whole) =
                behind.split_at_checked(usize::from(used & 7 != 0)).unwrap_or((behind, &[]));
            bits = shared.iter().fold(bits, |(all, any), byte| (all & byte, any | (byte & mask)));
            bytes = whole.iter().fold(bytes, |(all, any), byte| (all & byte, any | byte));
        }
        let differ = |(all, any): (u8, u8)| all & any != any;
        differ(bits) || differ(bytes)
    }

    /// Pixels from above, however they stand.
    fn upright<'b>(&self, indexes: &'b [u8], width: usize) -> impl Iterator<Item = &'b u8> {
        let rows: Vec<&[u8]> = match self.from_above {
            true => indexes.chunks_exact(width.max(1)).collect(),
            false => indexes.rchunks_exact(width.max(1)).collect(),
        };
        rows.into_iter().flatten()
    }

    /// The table of colours, covering all.
    fn colours(&self) -> Option<Vec<[u8; 4]>> {
        let most = 1_usize.checked_shl(u32::try_from(self.bits).ok()?)?;
        let entry = if self.header_bytes == 12 { 3 } else { 4 };
        let stated = if self.header_bytes == 12 { 0 } else { number(self.file, 46, 4)? };
        let count = if stated == 0 { most } else { stated };
        let end = self.header_end.checked_add(count.checked_mul(entry)?)?;
        if count > most || end > self.pixels {
            return None;
        }
        let table = self.file.get(self.header_end..end)?.chunks_exact(entry);
        table
            .map(|colour| colour.first_chunk().map(|[blue, green, red]| [*red, *green, *blue, 255]))
            .collect()
    }

    /// Which bits are red, green, blue and what is clear.
    fn masks(&self) -> Option<[Mask; 4]> {
        let masks = match (self.compression, self.bits) {
            (0, 16) => [0x7C00, 0x03E0, 0x001F, 0],
            (0, _) => [0x00FF_0000, 0x0000_FF00, 0x0000_00FF, 0],
            _ => {
                let field = |at: usize| u32::try_from(number(self.file, at, 4)?).ok();
                let clear = if self.header_bytes >= 56 || self.compression == 6 { field(66)? } else { 0 };
                [field(54)?, field(58)?, field(62)?, clear]
            }
        };
        let [red, green, blue, clear] = masks.map(Mask::of);
        Some([red?, green?, blue?, clear?])
    }

    /// One number a pixel from rows that begin on four bytes.
    fn indexes(&self, data: &'a [u8], stride: usize) -> Option<Vec<u8>> {
        let rows = data.get(..stride.checked_mul(self.height)?)?;
        let bits = u32::try_from(self.bits).ok()?;
        let mask = 0xFF_u8.wrapping_shr(8_u32.wrapping_sub(bits));
        let in_byte = 8_u32.checked_div(bits)?;
        let of_byte = |byte: &u8| {
            let byte = *byte;
            (1..=in_byte).map(move |at| byte.wrapping_shr(8_u32.wrapping_sub(at.wrapping_mul(bits))) & mask)
        };
        let row = |row: &'a [u8]| row.iter().flat_map(of_byte).take(self.width);
        Some(rows.chunks_exact(stride.max(1)).flat_map(row).collect())
    }

    /// Run lengths: a count and a colour, or, after a zero, an end, a step or colours one by one. Every pixel has to be set: what is
    /// not is shown as each reader likes.
    fn runs(&self, data: &[u8]) -> Option<Vec<u8>> {
        let pixels = self.width.checked_mul(self.height)?;
        let mut indexes = Vec::with_capacity(pixels);
        let is_half = self.bits == 4;
        let nibble = |byte: u8, at: usize| match (is_half, at & 1) {
            (false, _) => byte,
            (true, 0) => byte >> 4,
            (true, _) => byte & 15,
        };
        let mut rest = data;
        // The row that is whole has had its end.
        let mut is_ended = true;
        while let [count, value, more @ ..] = rest {
            rest = more;
            let from = indexes.len();
            // Pixels that are left in the row.
            let left = self.width.checked_sub(from.checked_rem(self.width)?)?;
            match (usize::from(*count), *value) {
                (0, 0) if left == self.width && !is_ended => is_ended = true,
                (0, 0 | 2) => return None,
                (0, 1) => break,
                // Behind the end of its row, where no reader shows it.
                _ if left == self.width && !is_ended => return None,
                (0, plain) => {
                    let plain = usize::from(plain);
                    let bytes = if is_half { plain.div_ceil(2) } else { plain };
                    let taken = rest.get(..bytes)?;
                    let value = |at: usize| {
                        taken.get(if is_half { at / 2 } else { at }).map(|byte| nibble(*byte, at))
                    };
                    for at in 0..plain {
                        indexes.push(value(at)?);
                    }
                    rest = rest.get(bytes.checked_add(bytes & 1)?..)?;
                }
                (count, value) => indexes.extend((0..count).map(|at| nibble(value, at))),
            }
            let added = indexes.len().checked_sub(from)?;
            if added > left || indexes.len() > pixels {
                return None;
            }
            is_ended &= added == 0;
        }
        (indexes.len() == pixels).then_some(indexes)
    }
}
