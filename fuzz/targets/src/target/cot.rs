//! Cursor-on-Target events: the compiled reader and the reference reader agree about any bytes; what is emitted is
//! canonical, means the same, and is emitted as itself.

use super::{SHIPPED, readers};
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

static READERS: LazyLock<(Compiled, Reference)> =
    LazyLock::new(|| (Compiled::new(Arc::clone(&SHIPPED.cot)), Reference::new(Arc::clone(&SHIPPED.cot))));

pub(crate) fn run(data: &[u8]) {
    readers::agree(&READERS.0, &READERS.1, data);
}

#[cfg(test)]
mod tests {
    use super::{READERS, readers};

    /// Otherwise the mutations of the seeds would only ever meet the first refusal.
    #[test]
    fn the_seeds_are_accepted() {
        for seed in [
            include_bytes!("../../../corpus/cot/small.xml").as_slice(),
            include_bytes!("../../../corpus/cot/usual-attributes.xml"),
            include_bytes!("../../../corpus/cot/canonical-label.xml"),
        ] {
            readers::accept(&READERS.0, seed);
        }
    }
}
