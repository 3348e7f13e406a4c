//! Names looked up by their first sixteen bytes and their length, in open-addressed tables without allocation.

/// A name cut into words: all of it where it has at most sixteen bytes, and what it begins with where it is longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    head: u64,
    next: u64,
    length: usize,
}

impl Key {
    /// Longest name of which a key says all.
    pub(crate) const WHOLE: usize = 16;

    /// The key of the `length` bytes at `start`.
    #[inline]
    pub(crate) fn at(bytes: &[u8], start: usize, length: usize) -> Self {
        let rest = bytes.get(start..).unwrap_or(&[]);
        let (head, next) = rest.first_chunk::<16>().map_or_else(|| padded(rest), halves);
        Self::cut(head, next, length)
    }

    /// The key of the first `length` bytes of two words.
    #[inline]
    pub(crate) fn cut(head: u64, next: u64, length: usize) -> Self {
        Self { head: head & low(length), next: next & low(length.saturating_sub(8)), length }
    }

    /// One of 64 bits.
    pub(crate) fn bit(self) -> u64 {
        1_u64.wrapping_shl(u32::try_from(self.hash() >> 58).unwrap_or(0))
    }

    /// Spreads the name over 64 bits; tables use the upper ones.
    #[inline]
    fn hash(self) -> u64 {
        let length = u64::try_from(self.length).unwrap_or(0);
        (self.head ^ length.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }
}

/// The two little-endian words of sixteen bytes.
#[inline]
pub(crate) fn halves(chunk: &[u8; 16]) -> (u64, u64) {
    match chunk.as_chunks::<8>().0 {
        [head, next] => (u64::from_le_bytes(*head), u64::from_le_bytes(*next)),
        _ => (0, 0),
    }
}

/// The same of fewer than sixteen bytes; those that are missing count as zero.
#[cold]
fn padded(rest: &[u8]) -> (u64, u64) {
    let mut chunk = [0_u8; 16];
    for (place, byte) in chunk.iter_mut().zip(rest) {
        *place = *byte;
    }
    halves(&chunk)
}

/// The lowest `length` bytes of a word.
#[inline]
fn low(length: usize) -> u64 {
    if length >= 8 {
        return u64::MAX;
    }
    let bits = u32::try_from(length).unwrap_or(0).wrapping_mul(8);
    !u64::MAX.wrapping_shl(bits)
}

/// A place of a table: a name to find, with the number that finding it gives, or nothing.
#[derive(Clone, Debug, Default)]
struct Place {
    key: Key,
    index: u16,
    taken: bool,
    /// Where in `long` the name stands, if its key does not say all of it.
    long: u16,
}

/// A table of names. At most half full, so that a search ends at an empty place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    places: Box<[Place]>,
    long: Box<[Box<[u8]>]>,
    shift: u32,
}

impl Lookup {
    /// A table of `names`; several may be equal, and then all of them are found in order.
    pub(crate) fn new<'n>(names: impl Iterator<Item = (&'n str, u16)>) -> Self {
        let names: Vec<(&[u8], u16)> = names.map(|(name, index)| (name.as_bytes(), index)).collect();
        if names.is_empty() {
            return Self::default();
        }
        let size = names.len().saturating_mul(2).next_power_of_two().max(2);
        let shift = 64_u32.saturating_sub(size.trailing_zeros());
        let mut table = Self { places: vec![Place::default(); size].into(), long: Box::default(), shift };
        let mut long: Vec<Box<[u8]>> = Vec::new();
        for (name, index) in names {
            let key = Key::at(name, 0, name.len());
            let place =
                Place { key, index, taken: true, long: u16::try_from(long.len()).unwrap_or(u16::MAX) };
            if name.len() > Key::WHOLE {
                long.push(name.into());
            }
            table.insert(place);
        }
        table.long = long.into();
        table
    }

    fn insert(&mut self, new: Place) {
        let mut at = self.first(new.key);
        while self.places.get(at).is_some_and(|place| place.taken) {
            at = self.after(at);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = new;
        }
    }

    /// The index of the first entry with this name for which `fits` holds. `name` is asked for only where the key does
    /// not say all of it.
    #[inline]
    pub(crate) fn find<'n>(
        &self,
        key: Key,
        name: impl FnOnce() -> &'n [u8] + Copy,
        fits: impl Fn(u16) -> bool,
    ) -> Option<u16> {
        let mut at = self.first(key);
        loop {
            let place = self.places.get(at)?;
            if !place.taken {
                return None;
            }
            let same = place.key == key && (key.length <= Key::WHOLE || self.is_long(place, name()));
            if same && fits(place.index) {
                return Some(place.index);
            }
            at = self.after(at);
        }
    }

    #[inline(never)]
    fn is_long(&self, place: &Place, name: &[u8]) -> bool {
        self.long.get(usize::from(place.long)).is_some_and(|long| **long == *name)
    }

    #[inline]
    fn first(&self, key: Key) -> usize {
        usize::try_from(key.hash().wrapping_shr(self.shift)).unwrap_or(0)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Lookup};

    #[test]
    fn names_are_found_whatever_their_length_and_neighbours() {
        let names = [
            "a",
            "ab",
            "rangeLineStrokeColor",
            "rangeLineStrokeWidth",
            "12345678",
            "123456789",
            "stale",
            "1234567890123456",
            "12345678901234567",
        ];
        let table = Lookup::new(names.iter().zip(0..).map(|(name, index)| (*name, index)));
        for (index, name) in (0_u16..).zip(names) {
            for behind in ["", "=\"", "=\" and much more behind it"] {
                let text = format!("{name}{behind}");
                let key = Key::at(text.as_bytes(), 0, name.len());
                assert_eq!(table.find(key, || name.as_bytes(), |_| true), Some(index), "{name}");
            }
        }
        for name in
            ["", "b", "abc", "rangeLineStrokeWidtH", "12345679", "1234567890123457", "12345678901234568"]
        {
            let key = Key::at(name.as_bytes(), 0, name.len());
            assert_eq!(table.find(key, || name.as_bytes(), |_| true), None, "{name}");
        }
    }

    #[test]
    fn a_single_name_has_a_table_too_and_no_name_has_one() {
        let table = Lookup::new([("uid", 7)].into_iter());
        let key = Key::at(b"uid", 0, 3);
        assert_eq!(table.find(key, || b"uid", |_| true), Some(7));
        assert_eq!(table.find(key, || b"uid", |_| false), None);
        assert_eq!(Lookup::default().find(key, || b"uid", |_| true), None);
    }
}
