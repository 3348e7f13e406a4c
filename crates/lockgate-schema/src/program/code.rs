//! Codes of a tree, such as the types of events.

use super::compile::CodeOp;
use super::lookup::Key;
use lockgate_bytes::Span;

/// True where the tree allows the code that stands at `span` of `bytes`: looks each of its prefixes up, segment by segment.
#[inline]
pub(super) fn allows(code: &CodeOp, bytes: &[u8], span: Span) -> bool {
    let raw = span.of(bytes);
    if raw.is_empty() || raw.len() > usize::from(code.tree.max()) {
        return false;
    }
    let start = usize::try_from(span.start).unwrap_or(usize::MAX);
    let separator = code.tree.separator();
    let (mut allowed, mut segment) = (false, 0_usize);
    for end in 1..=raw.len() {
        let at = end.wrapping_sub(1);
        let Some(byte) = raw.get(at).copied() else { return false };
        let next = raw.get(end).copied();
        if byte == separator {
            if at == segment || next.is_none() {
                return false;
            }
            segment = end;
            continue;
        }
        if !byte.is_ascii_alphanumeric() {
            return false;
        }
        // Once allowed, only a denied prefix could matter.
        if next.is_none_or(|next| next == separator) && !(allowed && code.tree.denied().is_empty()) {
            // From the object, which goes on behind it: the words of a key are read whole.
            let key = Key::at(bytes, start, end);
            let prefix = || raw.get(..end).unwrap_or(&[]);
            if code.denied.find(key, prefix, |_| true).is_some() {
                return false;
            }
            allowed = allowed || code.allowed.find(key, prefix, |_| true).is_some();
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::allows;
    use crate::program::compile::CodeOp;
    use crate::program::lookup::Lookup;
    use lockgate_bytes::Span;
    use lockgate_record::CodeTree;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn codes_are_allowed_as_the_tree_allows_them(text in "[a-c]{0,2}(-[a-cF]{0,2}){0,4}|[a-c;_ -]{0,9}") {
            let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            let (allow, deny) = (own(&["a", "b-a", "c-c-c", "bb"]), own(&["a-b", "b-a-F"]));
            let tree = CodeTree::new(b'-', allow.clone()).without(deny.clone()).at_most(10);
            let table = |list: &[String]| Lookup::new(list.iter().map(|text| (text.as_str(), 0)));
            let code = CodeOp { tree: tree.clone(), allowed: table(&allow), denied: table(&deny) };
            for around in ["", "\" and much more behind it"] {
                let (bytes, span) = (format!("{around}{text}{around}"), Span::new(around.len(), around.len() + text.len()));
                prop_assert_eq!(allows(&code, bytes.as_bytes(), span), tree.allows(text.as_bytes()));
            }
        }
    }
}
