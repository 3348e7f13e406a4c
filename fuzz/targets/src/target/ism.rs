//! Reports with attributes of ISM under any prefix: the compiled reader and the reference reader agree about any bytes; what
//! is emitted is canonical, means the same, and is emitted as itself.

use super::readers::reads_one_type;
use super::shipped;

pub(crate) const WORDS: &[&str] = &[
    "<usReport ",
    "xmlns=\"urn:lockgate:demonstration:us-report\"",
    "xmlns:ism=\"urn:us:gov:ic:ism\"",
    " xmlns:m=\"urn:us:gov:ic:ism\"",
    " xmlns:ism=\"urn:other\"",
    " ism:classification=\"S\"",
    " m:classification=\"U\"",
    " classification=\"U\"",
    " ism:ownerProducer=\"USA\"",
    " ism:releasableTo=\"USA GBR\"",
    "<paragraph number=\"1\"",
    "<text>(U) ",
    "</text></paragraph>",
    "<title",
    "m:",
    "ism:",
];

reads_one_type!(
    shipped("us-report-demo"),
    "../../../corpus/ism/canonical.xml",
    "../../../corpus/ism/other-prefix.xml",
);
