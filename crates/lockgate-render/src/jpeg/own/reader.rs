//! The segments of a file that say how its picture is coded, and its scans (ITU-T T.81, annex B).

use super::frame::{COMPONENTS_MAX, Component, Data, Frame};
use super::inverse::Inverse;
use super::progressive::{Brings, Progressive, brings};
use super::scan::{Part, Scan, Sequential, Shape};
use super::table::Table;
use super::{Colours, Picture, Plane};

/// How many codes of each length, and what they stand for.
type Stated<'a> = (&'a [u8; 16], &'a [u8]);

/// What the segments of a file have said so far.
pub(super) struct Reader<'a> {
    pub(super) frame: Option<Frame>,
    factors: [Option<[u16; 64]>; 4],
    /// Of means and of others.
    stated: [[Option<Stated<'a>>; 4]; 2],
    /// Units between restarts.
    pub(super) interval: usize,
    pub(super) is_jfif: bool,
    /// What Adobe's segment says of colours.
    pub(super) adobe: Option<u8>,
    /// As of [`super::Picture`].
    beyond: bool,
}

impl<'a> Reader<'a> {
    /// Files of moving pictures leave out the typical codes: these stand until others are stated.
    pub(super) fn new(typical: &'a [[Vec<u8>; 2]; 2]) -> Self {
        let mut stated = [[None; 4]; 2];
        for (number, pair) in typical.iter().enumerate() {
            for (class, table) in stated.iter_mut().zip(pair) {
                class.iter_mut().skip(number).take(1).for_each(|place| *place = table.split_first_chunk());
            }
        }
        Self {
            frame: None,
            factors: [None; 4],
            stated,
            interval: 0,
            is_jfif: false,
            adobe: None,
            beyond: false,
        }
    }

    /// Tables of codes (B.2.4.2).
    pub(super) fn codes(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let [name, rest @ ..] = segment {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let symbols = counts.iter().map(|count| usize::from(*count)).fold(0_usize, usize::saturating_add);
            let (symbols, rest) = rest.split_at_checked(symbols)?;
            let place = self.stated.get_mut(usize::from(name >> 4))?.get_mut(usize::from(name & 15))?;
            *place = Some((counts, symbols));
            segment = rest;
        }
        Some(())
    }

    /// Tables of what coefficients are multiplied by (B.2.4.1), of one or two bytes each.
    pub(super) fn factors(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [name, rest @ ..] = segment {
            let place = self.factors.get_mut(usize::from(name & 15))?;
            segment = match name >> 4 {
                0 => {
                    let (table, rest) = rest.split_first_chunk::<64>()?;
                    *place = Some(table.map(u16::from));
                    rest
                }
                1 => {
                    let (table, rest) = rest.split_at_checked(128)?;
                    let mut levels = [0; 64];
                    levels
                        .iter_mut()
                        .zip(table.as_chunks().0)
                        .for_each(|(to, from)| *to = u16::from_be_bytes(*from));
                    *place = Some(levels);
                    rest
                }
                _ => return None,
            };
        }
        Some(())
    }

    /// A scan, from its header on; returns what is behind its data.
    pub(super) fn scan<'b>(&mut self, header: &[u8], data: &'b [u8]) -> Option<&'b [u8]> {
        let mut frame = self.frame.take()?;
        let scan = self.header(&frame, header)?;
        for part in &scan.parts {
            let component = frame.components.get_mut(part.component)?;
            if component.inverse.is_none() {
                let factors = self.factors.get(usize::from(component.table))?.as_ref()?;
                // What is multiplied by nothing shows nowhere, and may be anything (B.2.4.1 has no such factor).
                self.beyond |= factors.contains(&0);
                component.inverse = Some(Inverse::new(factors));
            }
        }
        let shape = Shape::of(&frame, &scan)?;
        let is_new = begun(&mut frame, &scan)?;
        let (rest, beyond) =
            if is_new { blocks(&mut frame, &scan, &shape, data)? } else { (behind(data), true) };
        self.beyond |= beyond;
        self.frame = Some(frame);
        Some(rest)
    }

    /// What a scan header says (B.2.3). Codes that are not stated are missed where one is needed.
    fn header(&self, frame: &Frame, header: &[u8]) -> Option<Scan<'a>> {
        let (count, rest) = header.split_first()?;
        let (stated, [from, to, bits]) = rest.split_at_checked(usize::from(*count).checked_mul(2)?)? else {
            return None;
        };
        let mut parts: Vec<Part<'a>> = Vec::with_capacity(COMPONENTS_MAX);
        for [id, tables] in stated.as_chunks::<2>().0 {
            let component = frame.components.iter().position(|component| component.id == *id)?;
            if parts.iter().any(|part| part.component == component) {
                return None;
            }
            let [means, others] = &self.stated;
            let table = |of: &[Option<Stated<'a>>; 4], number: u8| match of
                .get(usize::from(number))
                .copied()
                .flatten()
            {
                Some((counts, symbols)) => Table::new(counts, symbols).map(Some),
                None => Some(None),
            };
            parts.push(Part {
                component,
                means: table(means, tables >> 4)?,
                others: table(others, tables & 15)?,
            });
        }
        let band = (usize::from(*from), usize::from(*to));
        (!parts.is_empty()).then_some(Scan {
            parts,
            band,
            high: bits >> 4,
            low: bits & 15,
            interval: self.interval,
        })
    }

    /// The picture, once every component was in a scan.
    pub(super) fn end(self) -> Option<Picture> {
        let frame = self.frame?;
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        let colours = Colours::of(&ids, self.is_jfif, self.adobe);
        let (width, height) = (frame.width, frame.height);
        let planes = frame.components.into_iter().map(|component| {
            let (wide, seen, factors) = (component.blocks.0, component.seen, component.factors);
            component.into_levels().map(|blocks| Plane { wide, seen, blocks, factors })
        });
        let planes = planes.collect::<Option<Vec<Plane>>>()?;
        let beyond = self.beyond || !planes.iter().all(Plane::is_filled);
        Some(Picture { width, height, planes, colours, beyond })
    }
}

/// Makes room for what a scan brings; false where it says again what is known.
fn begun(frame: &mut Frame, scan: &Scan<'_>) -> Option<bool> {
    let (mut news, mut again) = (0_usize, 0_usize);
    for part in &scan.parts {
        let component = frame.components.get_mut(part.component)?;
        let count = component.count()?;
        let is_new = match (&mut component.data, frame.progressive) {
            (data @ Data::Nothing, false) => {
                *data = Data::Levels(vec![[[128; 8]; 8]; count]);
                true
            }
            (data @ Data::Nothing, true) => {
                let mut known = [None; 64];
                let brings = brings(scan, &mut known)?;
                *data = Data::Coefficients(vec![[0; 64]; count], known);
                matches!(brings, Brings::News)
            }
            (Data::Coefficients(_, known), _) => matches!(brings(scan, known)?, Brings::News),
            (Data::Levels(_), _) => false,
        };
        (news, again) =
            if is_new { (news.saturating_add(1), again) } else { (news, again.saturating_add(1)) };
    }
    // One component anew and another one again: nothing says how that is shown.
    (news == 0 || again == 0).then_some(again == 0)
}

/// Reads the blocks of a scan into their components; returns what is behind them, and whether there is anything else.
fn blocks<'b>(frame: &mut Frame, scan: &Scan<'_>, shape: &Shape, data: &'b [u8]) -> Option<(&'b [u8], bool)> {
    let mut all: Vec<Option<&mut Component>> = frame.components.iter_mut().map(Some).collect();
    let mut parts = Vec::with_capacity(COMPONENTS_MAX);
    for part in &scan.parts {
        parts.push((all.get_mut(part.component)?.take()?, part, 0));
    }
    if !frame.progressive {
        return scan.read(shape, data, &mut Sequential { parts });
    }
    let (band, first, low) = (scan.band, scan.high == 0, scan.low);
    scan.read(shape, data, &mut Progressive { parts, band, first, low, run: 0 })
}

/// What is behind the coded data, from the next marker that is no restart on.
fn behind(data: &[u8]) -> &[u8] {
    let mut rest = data;
    loop {
        rest = match rest {
            [0xFF, 0 | 0xD0..=0xD7, rest @ ..] => rest,
            [0xFF, ..] | [] => return rest,
            [_, rest @ ..] => rest,
        };
    }
}
