//! Image subheaders, and the pixels behind them (MIL-STD-2500C, table A-3).

use super::extension;
use super::fields::Fields;
use super::ground;
use super::security::Version;
use crate::{Answer, codes};
use lockgate_render::{Coded, Kind, Order, Raster};

/// What a subheader says of its pixels.
pub(super) struct Image<'a> {
    rows: usize,
    columns: usize,
    /// PVTYPE: how a sample is written.
    values: &'a [u8],
    /// IREP: what the bands are together.
    representation: &'a [u8],
    /// ABPP: bits of a sample that say something.
    used_bits: usize,
    /// PJUST: where they stand in it.
    justified: u8,
    /// IC.
    pub(super) compression: &'a [u8; 2],
    pub(super) bands: usize,
    /// IREPBAND of the first three, and the look-up tables of the first.
    first: Three<'a>,
    tables: Three<'a>,
    /// IMODE.
    mode: u8,
    /// NBPR and NBPC.
    blocks: (usize, usize),
    /// NPPBH and NPPBV, or the sides of the picture where those are 0.
    block: (usize, usize),
    /// NBPP: bits of a sample.
    bits: usize,
}

impl<'a> Image<'a> {
    /// Reads a subheader from the number of its rows on; `name` is the segment's, for findings.
    pub(super) fn read(
        fields: &mut Fields<'a>,
        version: Version,
        name: &str,
        answer: &mut Answer,
    ) -> Option<Self> {
        let (rows, columns) = (fields.number(8)?, fields.number(8)?);
        let (values, representation) = (fields.text(3)?.trim_ascii(), fields.text(8)?.trim_ascii());
        // The category says nothing of the pixels.
        fields.skip(8)?;
        let (used_bits, [justified]) = (fields.text(2)?, *fields.fixed::<1>()?);
        let [coordinates] = *fields.fixed::<1>()?;
        let absent = match version {
            Version::TwoOne => b' ',
            Version::Two => b'N',
        };
        let corners =
            if coordinates == absent { None } else { ground::corners(coordinates, fields.fixed()?) };
        answer.lies(name, corners);
        let comments = fields.number(1)?;
        let text = fields.text(comments.checked_mul(80)?)?;
        if comments > 0 {
            answer.says_bytes(&format!("comments of {name}"), text);
            answer.found(codes::NITF_COMMENT, format!("{comments} in {name}"));
        }
        let compression = fields.fixed::<2>()?;
        if !matches!(compression, b"NC" | b"NM") {
            fields.skip(4)?;
        }
        let bands = match (fields.number(1)?, version) {
            (0, Version::TwoOne) => fields.number(5)?,
            (bands, _) => bands,
        };
        let (first, tables) = self::bands(fields, bands)?;
        fields.skip(1)?;
        let [mode] = *fields.fixed::<1>()?;
        let blocks = (fields.number(4)?, fields.number(4)?);
        let (wide, high) = (fields.number(4)?, fields.number(4)?);
        let bits = fields.number(2)?;
        // Levels 3 + 3, place 10, magnification 4.
        fields.skip(20)?;
        extension::area(fields, name, answer)?;
        extension::area(fields, name, answer)?;
        let whole = |stated: usize, whole: usize| if stated == 0 { whole } else { stated };
        Some(Self {
            rows,
            columns,
            values,
            representation,
            // Blank in files of old: all of them.
            used_bits: super::fields::number(used_bits).filter(|bits| *bits > 0).unwrap_or(bits),
            justified,
            compression,
            bands,
            first,
            tables,
            mode,
            blocks,
            block: (whole(wide, columns), whole(high, rows)),
            bits,
        })
    }

    /// How many bytes its pixels have where they are not compressed.
    pub(super) fn plain_bytes(&self) -> Option<usize> {
        let bits = [self.blocks.0, self.blocks.1, self.block.0, self.block.1, self.bands, self.bits]
            .iter()
            .try_fold(1_usize, |product, factor| product.checked_mul(*factor));
        // More than there can be is not what the data has either.
        (self.compression == b"NC").then(|| bits.map_or(usize::MAX, |bits| bits.div_ceil(8)))
    }

    /// Its pixels as they are coded, where they can be shown here.
    pub(super) fn coded(&self, data: &'a [u8]) -> Option<Coded<'a>> {
        match self.compression {
            b"NC" => self.plain(data).map(Coded::Plain),
            // A file of its own form stands in the segment; of several blocks there would be several files.
            b"C3" if self.blocks == (1, 1) => Some(Coded::As(Kind::Jpeg, data)),
            b"C8" => Some(Coded::As(Kind::Jpeg2000, data)),
            _ => None,
        }
    }

    fn plain(&self, samples: &'a [u8]) -> Option<Raster<'a>> {
        let bytes = match self.bits {
            8 => 1,
            16 => 2,
            _ => return None,
        };
        let is_whole = self.used_bits == self.bits || self.justified == b'R';
        let shows = match (self.bands, self.representation) {
            (1, b"MONO" | b"RGB/LUT" | b"MULTI") => true,
            (3, b"RGB" | b"MULTI") => self.first == [b"R", b"G", b"B"],
            _ => false,
        };
        if self.values != b"INT" || !is_whole || !shows || self.used_bits > self.bits {
            return None;
        }
        Some(Raster {
            samples,
            sides: (self.columns, self.rows),
            block: self.block,
            blocks: self.blocks,
            bands: self.bands,
            bytes,
            bits: u32::try_from(self.used_bits).ok()?,
            order: match self.mode {
                b'B' => Order::Block,
                b'P' => Order::Pixel,
                b'R' => Order::Row,
                b'S' => Order::Band,
                _ => return None,
            },
            tables: self.tables,
        })
    }
}

/// Three fields of a subheader.
type Three<'a> = [&'a [u8]; 3];

/// What the first three bands are, and the tables of the first one.
fn bands<'a>(fields: &mut Fields<'a>, bands: usize) -> Option<(Three<'a>, Three<'a>)> {
    let (mut first, mut kept) = ([&[][..]; 3], [&[][..]; 3]);
    for band in 0..bands {
        let representation = fields.text(2)?.trim_ascii();
        if let Some(place) = first.get_mut(band) {
            *place = representation;
        }
        // Significance 6, filter 1 + 3; then look-up tables.
        fields.skip(10)?;
        let tables = fields.number(1)?;
        if tables > 0 {
            let entries = fields.number(5)?;
            for table in 0..tables {
                let table_bytes = fields.text(entries)?;
                if let Some(place) = kept.get_mut(table).filter(|_| band == 0) {
                    *place = table_bytes;
                }
            }
        }
    }
    Some((first, kept))
}
