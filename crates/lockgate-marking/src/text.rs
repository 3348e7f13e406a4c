//! Comparing the words of labels with the words of a policy: exactly, or as far as the policy allows.

use lockgate_bytes::{is_hidden, look_alike};

/// How a policy compares names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compare {
    /// Letters A to Z and a to z count as equal, and white space around a name does not count (`xs:token`).
    pub(crate) fold: bool,
}

impl Compare {
    /// The name without what the policy lets pass around it.
    #[inline]
    pub(crate) fn trim(self, name: &str) -> &str {
        if self.fold { name.trim_matches([' ', '\t', '\n', '\r']) } else { name }
    }

    #[inline]
    pub(crate) fn equal(self, a: &str, b: &str) -> bool {
        let (a, b) = (self.trim(a), self.trim(b));
        if self.fold { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    /// The first bytes of a name as a number: names that are equal have equal keys.
    #[inline]
    pub(crate) fn key(self, name: &str) -> u64 {
        let mut bytes = [0_u8; 8];
        for (to, byte) in bytes.iter_mut().zip(self.trim(name).bytes()) {
            *to = if self.fold { byte.to_ascii_uppercase() } else { byte };
        }
        u64::from_be_bytes(bytes)
    }
}

/// Hidden, and no plain white space that a sender may have left by mistake.
pub(crate) fn is_disguise(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\t' | '\n' | '\r')
}

/// True where `text` would be taken for `name` by a reader: invisible characters left out, white space joined, and
/// look-alikes read as the Latin letters they resemble, in any case.
pub(crate) fn looks_like(text: &str, name: &str) -> bool {
    skeleton(text).eq(skeleton(name))
}

/// True where `text` carries an invisible character or a letter that resembles a Latin one.
pub(crate) fn is_suspect(text: &str) -> bool {
    text.chars().any(|c| is_disguise(c) || (!c.is_ascii() && look_alike(c) != c))
}

/// What a reader takes `text` for: invisible characters left out, look-alikes as the Latin letters that they resemble.
pub(crate) fn unmasked(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_disguise(*c)).map(look_alike)
}

fn skeleton(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|c| !is_hidden(*c) && !c.is_whitespace() && !matches!(c, '-' | '_' | '.'))
        .map(|c| look_alike(c).to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Compare, is_suspect, looks_like};

    #[test]
    fn folding_is_only_where_the_policy_allows_it() {
        let (exact, fold) = (Compare { fold: false }, Compare { fold: true });
        assert!(
            exact.equal("SECRET", "SECRET")
                && !exact.equal("SECRET", "Secret")
                && !exact.equal("SECRET", "SECRET ")
        );
        assert!(fold.equal("SECRET", " secret\n") && !fold.equal("SECRET", "SECRET\u{A0}"));
        assert!(!fold.equal("Î", "î"), "only the letters of ASCII fold");
        assert_eq!(fold.key(" nato response force"), fold.key("NATO RESponse"));
        assert_ne!(exact.key("NATO"), exact.key("nato"));
    }

    #[test]
    fn disguises_are_seen() {
        for text in [
            "SЕCRET",
            "SE\u{200B}CRET",
            "ＳＥＣＲＥＴ",
            "\u{202E}SECRET",
            "SECRET\u{FEFF}",
            "SEC\u{2800}RET",
            "SEC\u{1D173}RET",
            "SEC\u{E000}RET",
        ] {
            assert!(is_suspect(text) && looks_like(text, "SECRET"), "{text:?}");
        }
        assert!(!is_suspect("TRÈS SECRET") && !looks_like("RESTRICTED", "SECRET"));
    }
}
