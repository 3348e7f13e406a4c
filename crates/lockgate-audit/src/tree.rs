//! The Merkle tree of RFC 6962 section 2.1, at its right edge only: what an append needs and no more.

use sha2::{Digest as _, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// Hashes in a full tile, and entries in a full bundle.
pub(crate) const TILE: u64 = 256;
/// Bytes of a full tile of hashes.
const TILE_BYTES: usize = 8192;

/// The hash of an entry: SHA-256 over a zero byte and the entry.
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    hasher.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The roots of the full subtrees at the right edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    /// By height; the subtree of a height is there where that bit of the size is set.
    nodes: Vec<Hash>,
}

impl Frontier {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends the leaf; `completed` sees every subtree that it completes, the leaf itself first.
    pub(crate) fn push(&mut self, leaf: Hash, mut completed: impl FnMut(u32, &Hash)) {
        self.push_at(0, leaf, &mut completed);
    }

    /// Appends a full subtree of this height; all lower heights must be empty.
    fn push_at(&mut self, height: u32, subtree: Hash, completed: &mut impl FnMut(u32, &Hash)) {
        let (mut at, mut hash) = (height, subtree);
        completed(at, &hash);
        // The subtrees that are there stand from the highest to the lowest: the last one joins first.
        while (self.size >> at) & 1 == 1 {
            if let Some(left) = self.nodes.pop() {
                hash = node(&left, &hash);
            }
            at = at.saturating_add(1);
            completed(at, &hash);
        }
        self.nodes.push(hash);
        self.size = self.size.saturating_add(1_u64.checked_shl(height).unwrap_or(0));
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut nodes = self.nodes.iter().rev();
        let Some(last) = nodes.next() else { return Sha256::digest([]).into() };
        nodes.fold(*last, |right, left| node(left, &right))
    }
}

/// A tile of hashes that is full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FullTile {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<u8>,
}

/// The frontier, and the hashes of every tile that is not full yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    frontier: Frontier,
    /// By level of tiles: the hashes of the last tile, as they stand in it.
    edges: Vec<Vec<u8>>,
}

impl Tree {
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size
    }

    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    pub(crate) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Becomes the same as `other`, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.frontier.size = other.frontier.size;
        self.frontier.nodes.clone_from(&other.frontier.nodes);
        self.edges.clone_from(&other.edges);
    }

    /// The last tile of each level, from level 0 on; each has less than 256 hashes.
    pub(crate) fn edges(&self) -> &[Vec<u8>] {
        &self.edges
    }

    /// The tree whose tiles end so. `None` where they are no edges of a tree.
    pub(crate) fn from_edges(edges: Vec<Vec<u8>>) -> Option<Self> {
        let mut frontier = Frontier::default();
        if edges.len() > 8 || edges.last().is_some_and(Vec::is_empty) {
            return None;
        }
        for (level, edge) in edges.iter().enumerate().rev() {
            if edge.len() >= TILE_BYTES || edge.len() % 32 != 0 {
                return None;
            }
            let height = u32::try_from(level).ok()?.checked_mul(8)?;
            for hash in edge.chunks_exact(32) {
                frontier.push_at(height, hash.try_into().ok()?, &mut |_, _| {});
            }
        }
        Some(Self { frontier, edges })
    }

    /// Appends a leaf; `full` takes every tile that it fills.
    pub(crate) fn push(&mut self, leaf: Hash, mut full: impl FnMut(FullTile)) {
        let edges = &mut self.edges;
        let size = self.frontier.size.saturating_add(1);
        self.frontier.push(leaf, |height, hash| {
            if height % 8 != 0 {
                return;
            }
            let Ok(level) = u8::try_from(height / 8) else { return };
            if edges.len() <= usize::from(level) {
                edges.push(Vec::new());
            }
            if let Some(edge) = edges.get_mut(usize::from(level)) {
                edge.extend_from_slice(hash);
                if edge.len() >= TILE_BYTES {
                    let tiles = size.checked_shr(height.saturating_add(8)).unwrap_or(0);
                    full(FullTile { level, index: tiles.saturating_sub(1), hashes: std::mem::take(edge) });
                }
            }
        });
        // A level whose last tile is full and that has no level above it stays as an empty edge only until then.
    }
}

#[cfg(test)]
mod tests {
    use super::{Frontier, Hash, Tree, leaf, node};
    use sha2::{Digest as _, Sha256};

    /// The definition of RFC 6962, word for word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let half = many.len().next_power_of_two() / 2;
                node(&naive(&many[..half]), &naive(&many[half..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition() {
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        for number in 0..600_u32 {
            assert_eq!(frontier.root(), naive(&leaves), "size {number}");
            let hash = leaf(&number.to_be_bytes());
            leaves.push(hash);
            frontier.push(hash, |_, _| {});
        }
    }

    #[test]
    fn tiles_are_full_in_their_turn_and_edges_tell_the_whole_tree() {
        let (mut tree, mut tiles, mut hashes) = (Tree::default(), Vec::new(), Vec::new());
        for number in 0..65_536_u32 + 700 {
            let hash = leaf(&number.to_be_bytes());
            hashes.push(hash);
            tree.push(hash, |tile| tiles.push(tile));
            if number % 977 == 0 || number > 65_500 && number < 65_560 {
                let again = Tree::from_edges(trimmed(tree.edges())).unwrap();
                assert_eq!((again.size(), again.root()), (tree.size(), tree.root()), "{number}");
            }
        }
        assert_eq!(tiles.iter().filter(|tile| tile.level == 0).count(), 258);
        let above: Vec<_> = tiles.iter().filter(|tile| tile.level == 1).collect();
        assert_eq!((above.len(), above[0].index), (1, 0));
        assert_eq!(above[0].hashes[..32], naive(&hashes[..256]));
        assert_eq!(tiles[0].hashes[..32], hashes[0]);
        assert_eq!(tree.root(), naive(&hashes));
        assert!(Tree::from_edges(vec![vec![0; 31]]).is_none());
        assert!(Tree::from_edges(vec![vec![0; 8192]]).is_none());
    }

    fn trimmed(edges: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let used = edges.iter().rposition(|edge| !edge.is_empty()).map_or(0, |last| last + 1);
        edges[..used].to_vec()
    }
}
