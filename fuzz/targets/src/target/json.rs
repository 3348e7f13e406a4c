//! A JSON type: the compiled reader and the reference reader agree about any bytes, and what is emitted keeps its laws.

use super::SHIPPED;
use super::readers::{Readers, reads_one_type};

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

reads_one_type!(
    Readers::of(&SHIPPED.track),
    "../../../corpus/json/canonical.json",
    "../../../corpus/json/styled.json",
);
