//! A file is cut into objects by the framing of the type that recognises what comes next.

use lockgate_bytes::{Span, Untrusted};
use lockgate_core::Policy;

/// Cuts `bytes`: each range is one object. What no type recognises, or what no frame ends, is one object to the end.
pub(crate) fn cut<'a>(policy: &'a Policy, bytes: &'a [u8]) -> impl Iterator<Item = Span> + 'a {
    let mut at = 0_usize;
    let mut done = false;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).unwrap_or(&[]);
        // White space after the last frame is no object; an empty file is one.
        if done || (at > 0 && rest.iter().all(u8::is_ascii_whitespace)) {
            return None;
        }
        let untrusted = Untrusted::new(rest);
        let frame = policy.recognise(untrusted).and_then(|found| found.inspector().first_frame(untrusted));
        let length = frame.filter(|length| *length > 0 && *length <= rest.len()).unwrap_or(rest.len());
        done = length == rest.len();
        let span = Span::new(at, at.saturating_add(length));
        at = at.saturating_add(length);
        Some(span)
    })
}
