//! Cursor-on-Target events: the compiled reader and the reference reader agree about any bytes; what is emitted is
//! canonical, means the same, and is emitted as itself.

use super::SHIPPED;
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference};
use std::sync::{Arc, LazyLock};

pub(crate) const WORDS: &[&str] = &[
    "<event ",
    "</event>",
    "<detail>",
    "<point ",
    "lat='",
    " uid=\"",
    "<remarks>",
    "</remarks>",
    "<!--",
    "<![CDATA[",
    "&#10;",
    "&lt;",
    "xmlns=\"",
    "xmlns:x=\"",
    "<?xml version='1.0'?>",
    "access=\"",
    "releasableTo=\"",
    "\u{feff}",
    "\u{202e}",
    "xsi:type=\"",
];

const STEPS: u64 = 2_000_000;

static READERS: LazyLock<(Compiled, Reference)> =
    LazyLock::new(|| (Compiled::new(Arc::clone(&SHIPPED.cot)), Reference::new(Arc::clone(&SHIPPED.cot))));

pub(crate) fn run(data: &[u8]) {
    let (compiled, reference) = &*READERS;
    let object = Untrusted::new(data);
    let (mut ours, mut theirs) = (Inspection::default(), Inspection::default());
    let first = read(compiled, object, &mut ours);
    if first != read(reference, object, &mut theirs) {
        panic!("the compiled and the reference reader disagree");
    }
    if !ours.reasons.is_empty() {
        return;
    }
    let mut canonical = Vec::new();
    if !compiled.emit(&ours.record, object, &[], &mut canonical) {
        panic!("an accepted object cannot be emitted");
    }
    let mut again = Inspection::default();
    read(reference, Untrusted::new(&canonical), &mut again);
    // Parts that the type does not declare are not emitted; everything else must be.
    if !again.reasons.is_empty() {
        panic!("what was emitted is not accepted");
    }
    let mut twice = Vec::new();
    if !reference.emit(&again.record, Untrusted::new(&canonical), &[], &mut twice) || twice != canonical {
        panic!("what was emitted is not emitted as itself");
    }
}

/// Everything that one reading reports, as one text that compares.
fn read(inspector: &dyn Inspector, object: Untrusted<'_>, into: &mut Inspection) -> String {
    let mut budget = Budget::new(STEPS);
    inspector.inspect(object, into, &mut budget);
    let reasons =
        into.reasons.iter().map(|one| format!("{} {:?} {:?} {:?}", one.code, one.place, one.span, one.says));
    let texts = into.open_texts.iter().map(|one| format!("{:?} {:?} {}", one.place, one.span, one.free));
    let parts = into.undeclared.iter().map(|one| format!("{one:?}"));
    reasons.chain(texts).chain(parts).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Inspection, READERS, Untrusted, read};

    /// Otherwise the mutations of the seeds would only ever meet the first refusal.
    #[test]
    fn the_seeds_are_accepted() {
        for seed in [
            include_bytes!("../../../corpus/cot/small.xml").as_slice(),
            include_bytes!("../../../corpus/cot/usual-attributes.xml"),
            include_bytes!("../../../corpus/cot/canonical-label.xml"),
        ] {
            let said = read(&READERS.0, Untrusted::new(seed), &mut Inspection::default());
            assert!(!said.starts_with("LG-"), "{said}");
        }
    }
}
