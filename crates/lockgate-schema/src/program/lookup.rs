//! Names looked up by their first eight bytes and their length, in open-addressed tables without allocation.

/// First eight bytes of a name, as a little-endian number; the bytes behind a shorter name count as zero.
#[inline]
pub(crate) fn head(bytes: &[u8], start: usize, length: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let word = match rest.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => {
            let mut chunk = [0_u8; 8];
            for (place, byte) in chunk.iter_mut().zip(rest) {
                *place = *byte;
            }
            u64::from_le_bytes(chunk)
        }
    };
    if length >= 8 {
        return word;
    }
    let bits = u32::try_from(length).unwrap_or(0).wrapping_mul(8);
    word & !u64::MAX.wrapping_shl(bits)
}

/// Spreads a name over 64 bits; tables use the upper ones.
#[inline]
pub(crate) fn hash(head: u64, length: usize) -> u64 {
    let length = u64::try_from(length).unwrap_or(0);
    (head ^ length.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// A name to find, with the number that finding it gives.
#[derive(Clone, Debug)]
struct Entry {
    head: u64,
    length: usize,
    /// All of it, compared where it is longer than its head.
    name: Box<[u8]>,
    index: u16,
}

/// A table of names. At most half full, so that a search ends at an empty place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    /// Index into `entries` plus one; zero is empty.
    places: Box<[u16]>,
    entries: Box<[Entry]>,
    shift: u32,
}

impl Lookup {
    /// A table of `names`; several may be equal, and then all of them are found in order.
    pub(crate) fn new<'n>(names: impl Iterator<Item = (&'n str, u16)>) -> Self {
        let entries: Box<[Entry]> = names
            .map(|(name, index)| Entry {
                head: head(name.as_bytes(), 0, name.len()),
                length: name.len(),
                name: name.as_bytes().into(),
                index,
            })
            .collect();
        if entries.is_empty() {
            return Self::default();
        }
        let size = entries.len().saturating_mul(4).next_power_of_two();
        let shift = 64_u32.saturating_sub(size.trailing_zeros());
        let mut table = Self { places: vec![0; size].into(), entries, shift };
        for index in 0..table.entries.len() {
            table.insert(index);
        }
        table
    }

    fn insert(&mut self, index: usize) {
        let Some(entry) = self.entries.get(index) else { return };
        let mut at = self.first(hash(entry.head, entry.length));
        while self.places.get(at).is_some_and(|place| *place != 0) {
            at = self.after(at);
        }
        if let (Some(place), Ok(number)) = (self.places.get_mut(at), u16::try_from(index.saturating_add(1))) {
            *place = number;
        }
    }

    /// The index of the first entry with this name for which `fits` holds.
    #[inline]
    pub(crate) fn find(
        &self,
        (hash, head): (u64, u64),
        name: &[u8],
        fits: impl Fn(u16) -> bool,
    ) -> Option<u16> {
        if self.places.is_empty() {
            return None;
        }
        let mut at = self.first(hash);
        loop {
            let number = usize::from(*self.places.get(at)?);
            let entry = self.entries.get(number.checked_sub(1)?)?;
            let same = entry.head == head
                && entry.length == name.len()
                && (entry.length <= 8 || *entry.name == *name);
            if same && fits(entry.index) {
                return Some(entry.index);
            }
            at = self.after(at);
        }
    }

    #[inline]
    fn first(&self, hash: u64) -> usize {
        usize::try_from(hash.wrapping_shr(self.shift)).unwrap_or(0)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lookup, hash, head};

    #[test]
    fn names_are_found_whatever_their_length_and_neighbours() {
        let names =
            ["a", "ab", "rangeLineStrokeColor", "rangeLineStrokeWidth", "12345678", "123456789", "stale"];
        let table = Lookup::new(names.iter().zip(0..).map(|(name, index)| (*name, index)));
        for (index, name) in (0_u16..).zip(names) {
            let padded = format!("{name}=\"");
            for text in [name, padded.as_str()] {
                let head = head(text.as_bytes(), 0, name.len());
                let found = table.find((hash(head, name.len()), head), name.as_bytes(), |_| true);
                assert_eq!(found, Some(index), "{name}");
            }
        }
        for name in ["", "b", "abc", "rangeLineStrokeWidtH", "12345679"] {
            let head = head(name.as_bytes(), 0, name.len());
            assert_eq!(table.find((hash(head, name.len()), head), name.as_bytes(), |_| true), None, "{name}");
        }
    }

    #[test]
    fn a_single_name_has_a_table_too() {
        let table = Lookup::new([("uid", 7)].into_iter());
        let head = head(b"uid", 0, 3);
        assert_eq!(table.find((hash(head, 3), head), b"uid", |_| true), Some(7));
        assert_eq!(table.find((hash(head, 3), head), b"uid", |_| false), None);
    }
}
