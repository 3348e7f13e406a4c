//! The TAK protocol, in protobuf with XML inside: the compiled reader and the reference reader agree about any bytes, and
//! what is emitted keeps its laws.

use super::{SHIPPED, readers};
use lockgate_schema::{Compiled, Reference};
use std::sync::{Arc, LazyLock};

pub(crate) const WORDS: &[&str] = &[
    "\x12",
    "\x0a\x05a-f-G",
    "z\x00",
    "z\x02\n\x00",
    "\n\x1a<contact callsign=\"A\"/>",
    "\x12\x03\x12\x01A",
    "<remarks>",
    "</remarks>",
    "<archive/>",
    "<track course=\"1\"/>",
    " speed=\"0\"",
    "<!--",
    "&lt;",
    "\u{0}",
    "\x7f",
    "\x01",
];

static READERS: LazyLock<(Compiled, Reference)> =
    LazyLock::new(|| (Compiled::new(Arc::clone(&SHIPPED.tak)), Reference::new(Arc::clone(&SHIPPED.tak))));

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
            include_bytes!("../../../corpus/protobuf/mesh.bin").as_slice(),
            include_bytes!("../../../corpus/protobuf/stream.bin"),
            include_bytes!("../../../corpus/protobuf/detail-as-xml.bin"),
        ] {
            readers::accept(&READERS.0, seed);
        }
    }
}
