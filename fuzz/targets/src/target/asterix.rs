//! ASTERIX data blocks: field specifications, extensions, compounds, opaque parts. The first byte chooses the category;
//! the readers agree about any bytes.

use super::readers::Readers;
use super::shipped;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &["\u{15}\0", "\"\0", "0\0", ">\0", "\u{7f}\u{7f}", "\u{1}\u{1}"];

/// A category and its readers, each made when it is asked for first.
type Category = (u8, LazyLock<Readers>);

static READERS: [Category; 4] = [
    (21, LazyLock::new(|| shipped("asterix-cat021"))),
    (34, LazyLock::new(|| shipped("asterix-cat034"))),
    (48, LazyLock::new(|| shipped("asterix-cat048"))),
    (62, LazyLock::new(|| shipped("asterix-cat062"))),
];

pub(crate) fn run(data: &[u8]) {
    let Some((category, rest)) = data.split_first() else { return };
    let known = READERS.iter().find(|(known, _)| known == category);
    let any = usize::from(category & 3);
    let Some((_, readers)) = known.or_else(|| READERS.get(any)) else { return };
    readers.agree(data);
    // With a right length it gets further.
    if let (Ok(length), [_, _, record @ ..]) = (u16::try_from(data.len()), rest) {
        let told = [&[*category][..], &length.to_be_bytes(), record].concat();
        readers.agree(&told);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_accepted() {
        let [reports, sectors, plots, tracks] = &super::READERS;
        reports.1.accept(&[include_bytes!("../../../corpus/asterix/report.bin")]);
        sectors.1.accept(&[include_bytes!("../../../corpus/asterix/sector.bin")]);
        plots.1.accept(&[include_bytes!("../../../corpus/asterix/plot.bin")]);
        tracks.1.accept(&[include_bytes!("../../../corpus/asterix/track.bin")]);
    }
}
