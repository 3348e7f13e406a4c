//! A small object of several parts, while it grows.

use crate::Hash;
use crate::wire::Part;
use alloc::vec::Vec;
use lockgate_bytes::Untrusted;

/// What one costs beside its bytes.
pub(super) const COST: usize = 256;

/// See the module.
pub(super) struct Parts {
    hash: Hash,
    order: u64,
    sent: u64,
    count: u8,
    have: u8,
    pub(super) bytes: Vec<u8>,
    /// True where repairs brought a part of it.
    pub(super) recovered: bool,
}

impl Parts {
    /// The object of this part, of which nothing is there yet.
    pub(super) fn of(part: &Part<'_>) -> Self {
        let Part { hash, order, sent, count, length, .. } = *part;
        let bytes = alloc::vec![0; usize::from(length)];
        Self { hash, order, sent, count, have: 0, bytes, recovered: false }
    }

    /// What it takes of the memory.
    pub(super) fn cost(&self) -> usize {
        self.bytes.len().saturating_add(COST)
    }

    /// True where all parts are there.
    pub(super) fn is_whole(&self) -> bool {
        self.have.count_ones() == u32::from(self.count)
    }

    /// Takes a part in; false where it contradicts those before.
    pub(super) fn takes(&mut self, part: &Part<'_>, recovered: bool) -> bool {
        let same = (self.hash, self.order, self.sent, self.count, self.bytes.len())
            == (part.hash, part.order, part.sent, part.count, usize::from(part.length));
        let place = Part::span(part.length, part.index, part.count);
        let Some((from, to)) = place.filter(|_| same && part.index < 8) else { return false };
        let Some(into) = self.bytes.get_mut(from..to) else { return false };
        into.copy_from_slice(part.bytes);
        let bit = 1_u8 << part.index;
        self.recovered |= recovered && self.have & bit == 0;
        self.have |= bit;
        true
    }
}

/// Reads the symbol of a part.
pub(super) fn read_symbol(symbol: &[u8]) -> Option<Part<'_>> {
    let (_, text) = symbol.split_at_checked(2)?;
    let mut reader = Untrusted::new(text).reader();
    let part = Part::read(&mut reader)?;
    reader.at_end().then_some(part)
}
