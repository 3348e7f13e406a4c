//! Prefix-tree codes such as the `type` of a Cursor-on-Target event.

use alloc::string::String;
use alloc::vec::Vec;

/// An allow-list of codes by segment: `a-f-G` allows itself and everything below it, such as `a-f-G-U-C`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTree {
    separator: u8,
    prefixes: Vec<String>,
}

impl CodeTree {
    /// Codes whose segments are separated by `separator` and that begin with one of `prefixes`.
    pub fn new(separator: u8, mut prefixes: Vec<String>) -> Self {
        prefixes.sort();
        prefixes.dedup();
        Self { separator, prefixes }
    }

    /// The byte between segments.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// The allowed prefixes, in order.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// True where `code` begins, segment by segment, with an allowed prefix.
    pub fn allows(&self, code: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            code.strip_prefix(prefix.as_bytes())
                .is_some_and(|rest| rest.first().is_none_or(|next| *next == self.separator))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::CodeTree;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn a_prefix_ends_at_a_segment() {
        let tree = CodeTree::new(b'-', vec!["a-f-G".to_string(), "b-m-p".to_string()]);
        assert!(tree.allows(b"a-f-G") && tree.allows(b"a-f-G-U-C") && tree.allows(b"b-m-p-s"));
        assert!(!tree.allows(b"a-f-GX") && !tree.allows(b"a-f") && !tree.allows(b""));
    }
}
