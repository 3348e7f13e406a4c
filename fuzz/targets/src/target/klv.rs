//! Metadata of motion imagery (MISB ST 0601): tags, BER lengths, a nested set, a checksum. The readers agree about any
//! bytes, also where the checksum is right.

use super::readers::Readers;
use super::shipped;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] =
    &["\u{1}\u{2}", "\u{2}\u{8}", "0\u{1c}", "A\u{1}", "//NATO", "\u{5}\u{2}", "\r\u{4}"];

static READERS: LazyLock<Readers> = LazyLock::new(|| shipped("misb-0601"));

pub(crate) fn run(data: &[u8]) {
    READERS.agree(data);
    let Some((body, _)) = data.split_last_chunk::<2>() else { return };
    let sum = body.chunks(2).fold(0_u16, |sum, pair| {
        let of = |at: usize| u16::from(pair.get(at).copied().unwrap_or(0));
        sum.wrapping_add(of(0) << 8).wrapping_add(of(1))
    });
    READERS.agree(&[body, &sum.to_be_bytes()].concat());
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        super::READERS.accept(&[
            include_bytes!("../../../corpus/klv/packet.bin"),
            include_bytes!("../../../corpus/klv/another-order.bin"),
        ]);
    }
}
