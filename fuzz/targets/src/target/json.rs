//! A JSON type: the compiled reader and the reference reader agree about any bytes, and what is emitted keeps its laws.

use super::{SHIPPED, readers};
use lockgate_schema::{Compiled, Reference};
use std::sync::{Arc, LazyLock};

pub(crate) const WORDS: &[&str] = &[
    "{\"type\":\"Feature\",",
    "\"properties\":{",
    "\"callsign\":\"",
    "\"center\":[",
    "\"x\":{\"a\":1,\"a\":2},",
    "\"caveat\":\"S\",",
    "\\u0061",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\/",
    "1e400",
    "-0",
    "0.1e-7",
    "null",
    "true",
    "[[[[",
    "}}",
    "\u{feff}",
    "\u{202e}",
    ",",
];

static READERS: LazyLock<(Compiled, Reference)> =
    LazyLock::new(|| (Compiled::new(Arc::clone(&SHIPPED.track)), Reference::new(Arc::clone(&SHIPPED.track))));

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
            include_bytes!("../../../corpus/json/canonical.json").as_slice(),
            include_bytes!("../../../corpus/json/styled.json"),
        ] {
            readers::accept(&READERS.0, seed);
        }
    }
}
