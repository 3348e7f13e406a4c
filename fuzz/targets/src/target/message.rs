//! Formatted text: lines, sets, wrapped sets, tables, free text. The readers agree about any bytes.

use super::{readers, shipped};
use lockgate_schema::{Compiled, Reference};
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &[
    "//\n",
    "/-",
    "/\n     ",
    "MSGID/",
    "DTG/011800ZMAR2026",
    "UNIT/A",
    "LATM:4603N01430E",
    "MGRS:33TVM60120",
    "5STOCK\n",
    "NARR/",
    "EVENT/1/OTHER/",
    "0.0L",
    "EXER/",
];

static READERS: LazyLock<[(Compiled, Reference); 2]> =
    LazyLock::new(|| ["logistics-report", "intelligence-report"].map(shipped));

pub(crate) fn run(data: &[u8]) {
    READERS.iter().for_each(|(compiled, reference)| readers::agree(compiled, reference, data));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        let [logistics, intelligence] = &*super::READERS;
        for (readers, seed) in [
            (logistics, include_bytes!("../../../corpus/message/logistics.txt").as_slice()),
            (logistics, include_bytes!("../../../corpus/message/another-layout.txt")),
            (intelligence, include_bytes!("../../../corpus/message/intelligence.txt")),
        ] {
            super::readers::accept(&readers.0, seed);
        }
    }
}
