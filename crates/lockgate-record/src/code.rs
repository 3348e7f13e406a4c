//! Prefix-tree codes such as the `type` of a Cursor-on-Target event.

use crate::Role;
use alloc::string::String;
use alloc::vec::Vec;

/// Longest code unless the type says otherwise, in bytes.
const MAX_LENGTH: u16 = 64;

/// An allow-list of codes by segment: `a-f-G` allows itself and everything below it, such as `a-f-G-U-C`.
///
/// A code is one or more segments of ASCII letters and digits. A prefix may be denied again below an allowed one, and
/// may mean something to the guard (`m-s` means simulation).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTree {
    separator: u8,
    prefixes: Vec<String>,
    denied: Vec<String>,
    meanings: Vec<(String, Role)>,
    max: u16,
}

impl CodeTree {
    /// Codes whose segments are separated by `separator` and that begin with one of `prefixes`.
    pub fn new(separator: u8, mut prefixes: Vec<String>) -> Self {
        prefixes.sort();
        prefixes.dedup();
        Self { separator, prefixes, denied: Vec::new(), meanings: Vec::new(), max: MAX_LENGTH }
    }

    /// The same without the codes below `denied`.
    #[must_use]
    pub fn without(mut self, denied: Vec<String>) -> Self {
        self.denied = denied;
        self
    }

    /// The same, where codes below a prefix mean a role: `("m-s", Role::FlagSimulation)`.
    #[must_use]
    pub fn meaning(mut self, meanings: Vec<(String, Role)>) -> Self {
        self.meanings = meanings;
        self
    }

    /// The same with another longest code, in bytes.
    #[must_use]
    pub fn at_most(mut self, max: u16) -> Self {
        self.max = max;
        self
    }

    /// The byte between segments.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// The allowed prefixes, in order.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Length of the longest code, in bytes.
    pub fn max(&self) -> u16 {
        self.max
    }

    /// The denied prefixes.
    pub fn denied(&self) -> &[String] {
        &self.denied
    }

    /// The prefixes that mean a role, and the role.
    pub fn meanings(&self) -> &[(String, Role)] {
        &self.meanings
    }

    /// True where `code` is well formed, begins, segment by segment, with an allowed prefix, and with no denied one.
    pub fn allows(&self, code: &[u8]) -> bool {
        self.is_well_formed(code)
            && self.prefixes.iter().any(|prefix| self.is_below(code, prefix))
            && !self.denied.iter().any(|prefix| self.is_below(code, prefix))
    }

    /// What `code` means to the guard, if anything: the role of the first listed prefix that it begins with.
    pub fn means(&self, code: &[u8]) -> Option<Role> {
        self.meanings.iter().find(|(prefix, _)| self.is_below(code, prefix)).map(|(_, role)| *role)
    }

    /// Byte by byte: prefixes are short, and most differ early.
    fn is_below(&self, code: &[u8], prefix: &str) -> bool {
        code.len() >= prefix.len()
            && code.get(prefix.len()).is_none_or(|next| *next == self.separator)
            && prefix.bytes().zip(code).all(|(wanted, byte)| wanted == *byte)
    }

    fn is_well_formed(&self, code: &[u8]) -> bool {
        if code.is_empty() || code.len() > usize::from(self.max) {
            return false;
        }
        let mut after_separator = true;
        for byte in code {
            if *byte == self.separator {
                if after_separator {
                    return false;
                }
                after_separator = true;
            } else if byte.is_ascii_alphanumeric() {
                after_separator = false;
            } else {
                return false;
            }
        }
        !after_separator
    }
}

#[cfg(test)]
mod tests {
    use super::CodeTree;
    use crate::Role;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn a_prefix_ends_at_a_segment() {
        let tree = CodeTree::new(b'-', vec!["a-f-G".to_string(), "b-m-p".to_string()]);
        assert!(tree.allows(b"a-f-G") && tree.allows(b"a-f-G-U-C") && tree.allows(b"b-m-p-s"));
        assert!(!tree.allows(b"a-f-GX") && !tree.allows(b"a-f") && !tree.allows(b""));
    }

    #[test]
    fn a_code_has_no_empty_segment_and_no_other_character() {
        let tree = CodeTree::new(b'-', vec!["a".to_string()]).at_most(9);
        for code in ["a-", "a--b", "-a", "a-b;c", "a-\u{e9}", "a b", "a-_", "a-bcdefghi"] {
            assert!(!tree.allows(code.as_bytes()), "{code}");
        }
        assert!(tree.allows(b"a-bcdefgh"));
    }

    #[test]
    fn denied_and_meaning_go_by_segment_too() {
        let tree = CodeTree::new(b'-', vec!["m".to_string()])
            .without(vec!["m-x".to_string()])
            .meaning(vec![("m-s".to_string(), Role::FlagSimulation)]);
        assert!(tree.allows(b"m-xy") && !tree.allows(b"m-x") && !tree.allows(b"m-x-y"));
        assert_eq!(tree.means(b"m-s-q"), Some(Role::FlagSimulation));
        assert_eq!(tree.means(b"m-st"), None);
    }
}
