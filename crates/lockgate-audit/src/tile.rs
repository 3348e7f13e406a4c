//! Where tiles and bundles stand (C2SP tlog-tiles), and what is in a bundle.

use crate::tree::TILE;
use std::fmt::Write;

/// Bytes of an entry, at most: its length stands in two bytes.
pub const ENTRY_MAX: usize = 65_535;
/// Bytes of a full bundle, at most.
pub(crate) const BUNDLE_MAX: u64 = TILE * (65_535 + 2);

/// The name of a bundle of entries; `width` is 256 for a full one.
pub(crate) fn bundle(index: u64, width: u64) -> String {
    path("tile/entries", index, width)
}

/// The name of a tile of hashes; `width` is 256 for a full one.
pub(crate) fn hashes(level: u8, index: u64, width: u64) -> String {
    path(&format!("tile/{level}"), index, width)
}

/// `000`, `x001/234`, and so on; a partial one ends in `.p/` and its width.
fn path(folder: &str, index: u64, width: u64) -> String {
    let mut groups = Vec::new();
    let mut rest = index;
    loop {
        groups.push(rest % 1000);
        rest /= 1000;
        if rest == 0 {
            break;
        }
    }
    let mut name = folder.to_owned();
    let last = groups.len().saturating_sub(1);
    for (place, group) in groups.into_iter().rev().enumerate() {
        name.push('/');
        if place < last {
            name.push('x');
        }
        // Writing to a String cannot fail.
        let _ = write!(name, "{group:03}");
    }
    if width < TILE {
        let _ = write!(name, ".p/{width}");
    }
    name
}

/// The tiles of a tree of this size, by level: how many are full, and how many hashes the last one has.
pub(crate) fn widths(size: u64) -> impl Iterator<Item = (u8, u64, u64)> {
    (0_u8..8).map_while(move |level| {
        let hashes = size.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0);
        (hashes > 0).then_some((level, hashes / TILE, hashes % TILE))
    })
}

/// Appends one entry as it stands in a bundle.
pub(crate) fn put(entry: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(entry);
}

/// The entries of a bundle, as far as they are whole.
pub(crate) fn all(bundle: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bundle;
    std::iter::from_fn(move || take(&mut rest))
}

/// Takes the next entry of a bundle; `None` where it is cut off, or at the end.
pub(crate) fn take<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::{bundle, hashes, put, take, widths};

    #[test]
    fn names_are_those_of_the_format() {
        assert_eq!(hashes(0, 0, 256), "tile/0/000");
        assert_eq!(hashes(1, 1_234_067, 256), "tile/1/x001/x234/067");
        assert_eq!(bundle(273, 256), "tile/entries/273");
        assert_eq!(bundle(1000, 67), "tile/entries/x001/000.p/67");
        assert_eq!(widths(70_000).collect::<Vec<_>>(), [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
        assert_eq!(widths(0).count(), 0);
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written() {
        let mut out = Vec::new();
        put(b"one", &mut out);
        put(b"", &mut out);
        let mut rest = &out[..];
        assert_eq!(
            (take(&mut rest), take(&mut rest), take(&mut rest)),
            (Some(&b"one"[..]), Some(&b""[..]), None)
        );
        let mut cut = &out[..4];
        assert_eq!(take(&mut cut), None);
    }
}
