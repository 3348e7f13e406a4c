//! Segments: the durable truth of the newest entries, until their tiles are durable too.
//!
//! ```text
//!   header:  magic, base (a multiple of 256), index of the last snapshot, the edges of the tree at base, SHA-256
//!   entry:   length in two bytes, bytes          as in a bundle
//!   mark:    length 0, "commit", size before, size, root, four bytes of SHA-256 over these    all before it is durable
//! ```
//! Zeros behind the last mark are room that was reserved for it.
//!
//! A segment begins again at the last full bundle, so that each stands for itself: the newest one that has a whole first
//! mark counts, and older ones only for entries below its base.

use crate::tile;
use crate::tree::{Frontier, Hash, TILE, Tree, leaf};
use sha2::{Digest as _, Sha256};

const MAGIC: &[u8; 16] = b"lockgate-log-01\n";
const WORD: &[u8; 6] = b"commit";
/// Bytes of a mark: length, word, both sizes, root, check.
pub(crate) const MARK: usize = 2 + 6 + 8 + 8 + 32 + 4;
/// The folder of segments.
pub(crate) const FOLDER: &str = "segment";

/// The name of a segment.
pub(crate) fn name(number: u64) -> String {
    format!("{FOLDER}/{number:012}")
}

/// The number in a segment's name.
pub(crate) fn number(name: &str) -> Option<u64> {
    let digits = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    name.parse().ok().filter(|_| digits)
}

/// Begins a segment at the edges of a tree whose size is a multiple of 256.
pub(crate) fn header(base: &Tree, snapshot: Option<u64>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&base.size().to_be_bytes());
    out.extend_from_slice(&snapshot.unwrap_or(u64::MAX).to_be_bytes());
    out.push(u8::try_from(base.edges().len()).unwrap_or(u8::MAX));
    for edge in base.edges() {
        out.push(u8::try_from(edge.len() / 32).unwrap_or(u8::MAX));
        out.extend_from_slice(edge);
    }
    let check = Sha256::digest(&out);
    out.extend_from_slice(&check);
    out
}

/// Appends a mark: the log had size `from` before, and has this size and root now.
pub(crate) fn mark(from: u64, size: u64, root: &Hash, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(WORD);
    out.extend_from_slice(&from.to_be_bytes());
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(root);
    let check: [u8; 32] = Sha256::digest(out.get(start..).unwrap_or_default()).into();
    out.extend_from_slice(check.get(..4).unwrap_or_default());
}

/// A segment as it was read.
pub(crate) struct Segment<'b> {
    /// The tree before its first entry.
    pub(crate) base: Tree,
    /// The index of the last snapshot before it.
    pub(crate) snapshot: Option<u64>,
    body: &'b [u8],
}

/// What was found behind the header.
pub(crate) struct Found<'b> {
    /// The entries up to the last whole mark, with their hashes.
    pub(crate) entries: Vec<(&'b [u8], Hash)>,
    /// Where the marks stand: size and root.
    pub(crate) marks: Vec<(u64, Hash)>,
    /// Bytes of the segment up to the end of the last whole mark.
    pub(crate) whole_bytes: u64,
    /// Bytes behind it, reserved room left out: a commit that never became one.
    pub(crate) torn_bytes: u64,
    /// There are whole marks behind a place that cannot be read: that is no torn commit.
    pub(crate) is_damaged: bool,
}

impl<'b> Segment<'b> {
    /// Reads the header; `None` where it is torn.
    pub(crate) fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut rest = bytes;
        let magic = rest.split_off(..16)?;
        let base = u64::from_be_bytes(rest.split_off(..8)?.try_into().ok()?);
        let snapshot = u64::from_be_bytes(rest.split_off(..8)?.try_into().ok()?);
        let [levels] = rest.split_off(..1)? else { return None };
        let mut edges = Vec::new();
        for _ in 0..*levels {
            let [hashes] = rest.split_off(..1)? else { return None };
            edges.push(rest.split_off(..usize::from(*hashes).checked_mul(32)?)?.to_vec());
        }
        let head = bytes.len().checked_sub(rest.len())?;
        let check = rest.split_off(..32)?;
        if magic != MAGIC || check != Sha256::digest(bytes.get(..head)?).as_slice() {
            return None;
        }
        let base = Tree::from_edges(edges).filter(|tree| tree.size() == base && base % TILE == 0)?;
        Some(Self { base, snapshot: Some(snapshot).filter(|at| *at != u64::MAX), body: rest })
    }

    /// Reads entries and marks. Every mark is checked against the entries before it.
    pub(crate) fn scan(&self, bytes: &[u8]) -> Found<'b> {
        let mut found = Found {
            entries: Vec::new(),
            marks: Vec::new(),
            whole_bytes: 0,
            torn_bytes: 0,
            is_damaged: false,
        };
        let mut frontier: Frontier = self.base.frontier().clone();
        let (mut rest, mut whole) = (self.body, self.body);
        let (mut whole_entries, mut whole_size) = (0_usize, self.base.size());
        while let Some(piece) = next(&mut rest) {
            match piece {
                Piece::Entry(entry) => {
                    let hash = leaf(entry);
                    frontier.push(hash, |_, _| {});
                    found.entries.push((entry, hash));
                }
                Piece::Mark(mark) if mark.follows(whole_size) && mark.fits(&frontier) => {
                    whole_size = mark.size;
                    found.marks.push((mark.size, mark.root));
                    whole_entries = found.entries.len();
                    whole = rest;
                }
                Piece::Mark(_) => break,
            }
        }
        found.entries.truncate(whole_entries);
        let length = |part: &[u8]| u64::try_from(part.len()).unwrap_or(u64::MAX);
        let torn = written(whole);
        found.torn_bytes = length(torn);
        found.whole_bytes = length(bytes).saturating_sub(length(whole));
        found.is_damaged = goes_on(torn, whole_size);
        found
    }
}

enum Piece<'b> {
    Entry(&'b [u8]),
    Mark(Mark),
}

struct Mark {
    from: u64,
    size: u64,
    root: Hash,
}

impl Mark {
    /// Reads a mark; `None` unless its own check holds.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (said, check) = bytes.split_last_chunk::<4>()?;
        let mut rest = said.strip_prefix(&[0, 0])?.strip_prefix(WORD)?;
        let from = u64::from_be_bytes(rest.split_off(..8)?.try_into().ok()?);
        let size = u64::from_be_bytes(rest.split_off(..8)?.try_into().ok()?);
        let root = rest.try_into().ok()?;
        let expected: [u8; 32] = Sha256::digest(said).into();
        expected.starts_with(check).then_some(Self { from, size, root })
    }

    fn follows(&self, size: u64) -> bool {
        self.from == size
    }

    fn fits(&self, frontier: &Frontier) -> bool {
        self.size == frontier.size() && self.root == frontier.root()
    }
}

fn next<'b>(rest: &mut &'b [u8]) -> Option<Piece<'b>> {
    if rest.starts_with(&[0, 0]) {
        let mark = Mark::read(rest.get(..MARK)?)?;
        *rest = rest.get(MARK..)?;
        return Some(Piece::Mark(mark));
    }
    tile::take(rest).map(Piece::Entry)
}

/// What is there without the zeros at its end: room that was reserved and is not used yet.
pub(crate) fn written(bytes: &[u8]) -> &[u8] {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    bytes.get(..used).unwrap_or(bytes)
}

/// True where the bytes behind the last whole commit are more than one torn commit. A commit is written only when the
/// one before it is durable, so a crash tears the last one only: what may be left of it is one mark, at the very end.
fn goes_on(torn: &[u8], size: u64) -> bool {
    let last = torn.len().saturating_sub(MARK);
    torn.windows(MARK).enumerate().any(|(at, window)| {
        window.get(2..8) == Some(WORD)
            && Mark::read(window).is_some_and(|mark| at < last || !mark.follows(size))
    })
}

#[cfg(test)]
mod tests {
    use super::{Segment, header, mark};
    use crate::tile::put;
    use crate::tree::{Tree, leaf};

    fn sample() -> (Vec<u8>, Vec<usize>) {
        let mut tree = Tree::default();
        for number in 0..512_u32 {
            tree.push(leaf(&number.to_be_bytes()), |_| {});
        }
        let mut bytes = header(&tree, Some(17));
        let mut ends = vec![];
        for commit in 0..4_u8 {
            for entry in 0..3_u8 {
                put(&[commit, entry, 7], &mut bytes);
                tree.push(leaf(&[commit, entry, 7]), |_| {});
            }
            mark(tree.size() - 3, tree.size(), &tree.root(), &mut bytes);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn a_segment_is_read_as_it_was_written() {
        let (bytes, _) = sample();
        let segment = Segment::read(&bytes).unwrap();
        assert_eq!((segment.base.size(), segment.snapshot), (512, Some(17)));
        let found = segment.scan(&bytes);
        assert_eq!((found.entries.len(), found.marks.len(), found.torn_bytes), (12, 4, 0));
        assert_eq!(found.marks[3].0, 524);
        assert!(!found.is_damaged);
    }

    #[test]
    fn a_torn_tail_is_cut_at_the_last_whole_commit() {
        let (bytes, ends) = sample();
        for end in ends[0]..bytes.len() {
            let found = Segment::read(&bytes).unwrap();
            let cut = &bytes[..end];
            let found =
                Segment { body: &cut[cut.len() - (end - (bytes.len() - found.body.len()))..], ..found };
            let found = found.scan(cut);
            let whole = ends.iter().filter(|at| **at <= end).count();
            assert_eq!(found.marks.len(), whole, "cut at {end}");
            assert_eq!(found.whole_bytes, ends[whole - 1] as u64);
            assert!(!found.is_damaged, "cut at {end}");
        }
    }

    #[test]
    fn what_is_changed_before_the_last_commit_is_damage_and_not_a_torn_tail() {
        let (bytes, ends) = sample();
        let body = bytes.len() - Segment::read(&bytes).unwrap().body.len();
        for at in body..ends[2] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let segment = Segment::read(&changed).unwrap();
            assert!(segment.scan(&changed).is_damaged, "byte {at}");
        }
        // The last commit may have been torn anywhere.
        for at in ends[2]..ends[3] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let found = Segment::read(&changed).unwrap().scan(&changed);
            assert_eq!((found.marks.len(), found.is_damaged), (3, false), "byte {at}");
        }
        for at in 0..body {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Segment::read(&changed).is_none(), "byte {at}");
        }
    }
}
