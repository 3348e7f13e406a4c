//! The TAK protocol, in protobuf with XML inside: the compiled reader and the reference reader agree about any bytes, and
//! what is emitted keeps its laws.

use super::SHIPPED;
use super::readers::{Readers, reads_one_type};

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

reads_one_type!(
    Readers::of(&SHIPPED.tak),
    "../../../corpus/protobuf/mesh.bin",
    "../../../corpus/protobuf/stream.bin",
    "../../../corpus/protobuf/detail-as-xml.bin",
);
