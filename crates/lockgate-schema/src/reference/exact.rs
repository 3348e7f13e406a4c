//! Whether what was read is written as the canonical encoding writes it: the rules of [`crate::emit`] once more, as rules
//! of reading. Nothing here is shared with what writes, so that a fault of the one is seen by the other.

/// No plus, no minus before zero, no zero in front but the one before the point, none at the end of a fraction, and no
/// point without digits on both sides. Of something that is no number it says nothing.
pub(super) fn is_number(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = digits.split_at_checked(point.unwrap_or(digits.len())).unwrap_or((digits, &[]));
    let begins = match whole {
        [b'0', more @ ..] => more.is_empty(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    };
    let ends = match fraction {
        [] => raw != b"-0",
        [_point, .., last] => *last != b'0',
        [_point] => false,
    };
    begins && ends
}

/// In UTC, no zero at the end of a fraction. Of something that is no instant it says nothing.
pub(super) fn is_time(raw: &[u8]) -> bool {
    match raw {
        // A fraction begins where the seconds end.
        [whole @ .., b'Z'] => whole.get(19) != Some(&b'.') || whole.last() != Some(&b'0'),
        _ => false,
    }
}

/// What has to be escaped in a value is, each in its one way, and nothing else.
pub(super) fn is_escaped(raw: &[u8], in_attribute: bool) -> bool {
    // In most texts nothing has to be. No early end: many bytes a step.
    let special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\n');
    if !raw.iter().fold(false, |any, byte| any | special(*byte)) {
        return true;
    }
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        rest = match (byte, in_attribute) {
            (b'&', true) => match after {
                [b'a', b'm', b'p', b';', after @ ..]
                | [b'l', b't', b';', after @ ..]
                | [b'q', b'u', b'o', b't', b';', after @ ..]
                | [b'#', b'1', b'0', b';', after @ ..] => after,
                _ => return false,
            },
            (b'&', false) => match after {
                [b'a', b'm', b'p', b';', after @ ..]
                | [b'l', b't', b';', after @ ..]
                | [b'g', b't', b';', after @ ..] => after,
                _ => return false,
            },
            (b'<', _) | (b'"' | b'\n', true) | (b'>', false) => return false,
            _ => after,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_escaped, is_number, is_time};
    use lockgate_bytes::{Decimal, Time};
    use proptest::prelude::*;

    #[test]
    fn escapes_have_one_form_each() {
        for (raw, attribute, text) in [
            ("a&amp;b&lt;c", true, true),
            ("a>b'c", true, false),
            ("a&gt;b", false, true),
            ("a\"b\nc", false, true),
            ("a&quot;b&#10;c", true, false),
            ("a&apos;b", false, false),
            ("a&#x26;b", false, false),
            ("a&amp", false, false),
        ] {
            assert_eq!(is_escaped(raw.as_bytes(), true), attribute, "{raw} in an attribute");
            assert_eq!(is_escaped(raw.as_bytes(), false), text, "{raw} in a text");
        }
    }

    proptest! {
        #[test]
        fn numbers_have_one_form_each(text in "[-+]?[0-9]{0,3}(\\.[0-9]{0,3})?|[-+]?0{1,2}(\\.0{0,2}[1-9]?)?") {
            if let Ok(number) = Decimal::parse(text.as_bytes()) {
                prop_assert_eq!(is_number(text.as_bytes()), number.to_string() == text, "{}", text);
            }
        }

        #[test]
        fn instants_have_one_form_each(fraction in "(\\.[0-9]{1,9}|\\.[0-9]{0,2}0{0,12})?", zone in "Z|\\+00:00|-01:30") {
            let text = format!("2026-03-01T10:05:00{fraction}{zone}");
            if let Ok(time) = Time::parse(text.as_bytes()) {
                prop_assert_eq!(is_time(text.as_bytes()), time.to_string() == text);
            }
        }
    }
}
