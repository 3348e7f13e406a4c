//! GMTI packets (STANAG 4607): masks, lists inside masks, choices, lengths. The readers agree about any bytes.

use super::readers::Readers;
use super::shipped;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["30", "21", "XN", "\u{1}\0\0\0,", "\u{2}\0\0\0", "\r\0\0\0\u{1c}", "          "];

static READERS: LazyLock<Readers> = LazyLock::new(|| shipped("gmti-4607"));

pub(crate) fn run(data: &[u8]) {
    READERS.agree(data);
    // With a right length it gets further.
    if let (Ok(length), [a, b, _, _, _, _, rest @ ..]) = (u32::try_from(data.len()), data) {
        let told = [&[*a, *b][..], &length.to_be_bytes(), rest].concat();
        READERS.agree(&told);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        super::READERS.accept(&[
            include_bytes!("../../../corpus/gmti/dwell.bin"),
            include_bytes!("../../../corpus/gmti/truth-tags.bin"),
        ]);
    }
}
