//! Cursor-on-Target events: the compiled reader and the reference reader agree about any bytes; what is emitted is
//! canonical, means the same, and is emitted as itself.

use super::SHIPPED;
use super::readers::{Readers, reads_one_type};

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

reads_one_type!(
    Readers::of(&SHIPPED.cot),
    "../../../corpus/cot/small.xml",
    "../../../corpus/cot/usual-attributes.xml",
    "../../../corpus/cot/canonical-label.xml",
);
