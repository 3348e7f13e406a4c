//! Formatted text: lines, sets, wrapped sets, tables, free text. The readers agree about any bytes.

use super::readers::Readers;
use super::shipped;
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

static READERS: LazyLock<[Readers; 2]> =
    LazyLock::new(|| ["logistics-report", "intelligence-report"].map(shipped));

pub(crate) fn run(data: &[u8]) {
    READERS.iter().for_each(|readers| readers.agree(data));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        let [logistics, intelligence] = &*super::READERS;
        logistics.accept(&[
            include_bytes!("../../../corpus/message/logistics.txt"),
            include_bytes!("../../../corpus/message/another-layout.txt"),
        ]);
        intelligence.accept(&[include_bytes!("../../../corpus/message/intelligence.txt")]);
    }
}
