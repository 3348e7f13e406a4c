//! A file is cut into objects by the framing of the type that recognises what comes next. White space after the last
//! frame belongs to it: every byte of a file is in exactly one object.

use lockgate_bytes::{Span, Untrusted};
use lockgate_core::Policy;

/// Cuts `bytes`: each range is one object. What no type recognises, or what no frame ends, is one object to the end.
pub(crate) fn cut<'a>(policy: &'a Policy, bytes: &'a [u8]) -> impl Iterator<Item = Span> + 'a {
    let mut at = 0_usize;
    let mut done = false;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).unwrap_or(&[]);
        if done {
            return None;
        }
        let untrusted = Untrusted::new(rest);
        let frame = policy.recognise(untrusted).and_then(|found| found.inspector().first_frame(untrusted));
        let length = frame.filter(|length| *length > 0 && *length <= rest.len()).unwrap_or(rest.len());
        let after = rest.get(length..).unwrap_or(&[]);
        let length = if after.iter().all(u8::is_ascii_whitespace) { rest.len() } else { length };
        done = length == rest.len();
        let span = Span::new(at, at.saturating_add(length));
        at = at.saturating_add(length);
        Some(span)
    })
}

#[cfg(test)]
mod tests {
    use super::cut;
    use lockgate_bundle::{Bundle, Strictness};

    #[test]
    fn every_byte_is_in_exactly_one_object() {
        let bundle = Bundle::build_as(&crate::embedded::rules(), Strictness::Trial).unwrap();
        let policy = bundle.lane("cot-down").unwrap();
        for (file, ends) in [
            (&b""[..], &[0][..]),
            (b"<event></event>", &[15]),
            (b"<event></event>\n", &[16]),
            (b"<event></event>\n<event></event> \n", &[15, 33]),
            (b"<event></event><event>", &[15, 22]),
            (b"no event", &[8]),
        ] {
            let found: Vec<u32> = cut(policy, file).map(|span| span.end).collect();
            assert_eq!(found, ends, "{file:?}");
        }
    }
}
