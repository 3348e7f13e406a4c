//! GMTI packets (STANAG 4607): masks, lists inside masks, choices, lengths. The readers agree about any bytes.

use super::{readers, shipped};
use lockgate_schema::{Compiled, Reference};
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["30", "21", "XN", "\u{1}\0\0\0,", "\u{2}\0\0\0", "\r\0\0\0\u{1c}", "          "];

static READERS: LazyLock<(Compiled, Reference)> = LazyLock::new(|| shipped("gmti-4607"));

pub(crate) fn run(data: &[u8]) {
    readers::agree(&READERS.0, &READERS.1, data);
    // With a right length it gets further.
    if let (Ok(length), [a, b, _, _, _, _, rest @ ..]) = (u32::try_from(data.len()), data) {
        let told = [&[*a, *b][..], &length.to_be_bytes(), rest].concat();
        readers::agree(&READERS.0, &READERS.1, &told);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        for seed in [
            include_bytes!("../../../corpus/gmti/dwell.bin").as_slice(),
            include_bytes!("../../../corpus/gmti/truth-tags.bin"),
        ] {
            super::readers::accept(&super::READERS.0, seed);
        }
    }
}
