//! What a picture is made of: its sides, its components, and where their blocks stand (ITU-T T.81, A.1, A.2 and B.2.2).

use super::super::block::Levels;
use super::inverse::{Block, Inverse};

/// Components of a picture at most.
pub(super) const COMPONENTS_MAX: usize = 4;

/// A picture as its frame header says it.
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    /// Units of all components together across and down: one block of those that are not thinned out, and more of a component with
    /// larger factors.
    pub(super) units: (usize, usize),
}

/// One component, with what is known of it so far.
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of a unit across and down.
    pub(super) factors: (usize, usize),
    /// Which table its coefficients are multiplied by.
    pub(super) table: u8,
    /// The same, as it stood before the first scan of this component.
    pub(super) inverse: Option<Inverse>,
    /// Blocks across and down, whole units of them.
    pub(super) blocks: (usize, usize),
    /// Those that have a pixel: a scan of one component goes over no others.
    pub(super) seen: (usize, usize),
    pub(super) data: Data,
}

/// What the scans of a component have brought.
pub(super) enum Data {
    /// No scan yet.
    Nothing,
    /// All of it, as levels.
    Levels(Vec<Levels>),
    /// Some of it, as coefficients; and for each place of them the lowest bit that is known.
    Coefficients(Vec<Block>, [Option<u8>; 64]),
}

impl Frame {
    /// From a frame header of the marker `kind`; `None` for kinds that are not read here.
    pub(super) fn read(kind: u8, header: &[u8]) -> Option<Self> {
        let ([8, y0, y1, x0, x1, count], stated) = header.split_first_chunk::<6>()? else { return None };
        let (height, width) = (u16::from_be_bytes([*y0, *y1]).into(), u16::from_be_bytes([*x0, *x1]).into());
        let (components, []) = stated.as_chunks::<3>() else { return None };
        let is_whole = components.len() == usize::from(*count) && matches!(components.len(), 1 | 3 | 4);
        if !is_whole || width == 0 || height == 0 || kind > 0xC2 {
            return None;
        }
        let factors = |byte: u8| (usize::from(byte >> 4), usize::from(byte & 15));
        // A component by itself has no others to be thinner than.
        let alone = components.len() == 1;
        let stated = components
            .iter()
            .map(|[id, byte, table]| (*id, if alone { (1, 1) } else { factors(*byte) }, *table));
        let most = stated
            .clone()
            .fold((1, 1), |most: (usize, usize), (_, (h, v), _)| (most.0.max(h), most.1.max(v)));
        let units = (units(width, 1, most.0)?, units(height, 1, most.1)?);
        let mut made = Vec::with_capacity(COMPONENTS_MAX);
        for (id, (h, v), table) in stated {
            if !(1..=4).contains(&h)
                || !(1..=4).contains(&v)
                || table > 3
                || made.iter().any(|known: &Component| known.id == id)
            {
                return None;
            }
            made.push(Component {
                id,
                factors: (h, v),
                table,
                inverse: None,
                blocks: (units.0.checked_mul(h)?, units.1.checked_mul(v)?),
                seen: (self::units(width, h, most.0)?, self::units(height, v, most.1)?),
                data: Data::Nothing,
            });
        }
        Some(Self { width, height, progressive: kind == 0xC2, components: made, units })
    }
}

/// How many times eight samples fit into a side that is thinned out, the last time maybe in part.
fn units(side: usize, factor: usize, most: usize) -> Option<usize> {
    Some(side.checked_mul(factor)?.div_ceil(most).div_ceil(8))
}

impl Component {
    /// How many blocks there are.
    pub(super) fn count(&self) -> Option<usize> {
        self.blocks.0.checked_mul(self.blocks.1)
    }

    /// All its levels; `None` where no scan brought any.
    pub(super) fn into_levels(self) -> Option<Vec<Levels>> {
        match self.data {
            Data::Levels(levels) => Some(levels),
            // Without a mean there is nothing to be seen; what is missing of the others is zero.
            Data::Coefficients(blocks, [Some(_), ..]) => {
                let inverse = self.inverse?;
                let last = |block: &Block| block.iter().rposition(|value| *value != 0).unwrap_or(0);
                Some(blocks.iter().map(|block| inverse.levels(block, last(block))).collect())
            }
            Data::Coefficients(..) | Data::Nothing => None,
        }
    }
}
