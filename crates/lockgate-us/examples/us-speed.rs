//! What it costs to check the markings of a text of 10 KB: the best of many passes.

#![expect(clippy::print_stdout, reason = "a measurement prints its result")]

use lockgate_us::{Edition, document};
use std::time::Instant;

fn main() {
    let Some(edition) = Edition::named("ism-2022") else { return };
    let line =
        "(S//SI//REL TO USA, FVEY) One line of a report, as long as lines of reports are (about so long).\n";
    let typical = ["SECRET//SI//REL TO USA, FVEY\n", &line.repeat(100)].concat();
    let dense = "(TS//SI-G ABCD/TK//OC/NF)\n".repeat(10_000 / 26);
    let hostile = "(S//".repeat(2_500);
    for (name, text) in [("typical", &typical), ("a mark on every line", &dense), ("hostile", &hostile)] {
        let best = (0..200)
            .map(|_| {
                let start = Instant::now();
                let checked = document::check(text, edition);
                let took = start.elapsed();
                assert!(checked.found.len() < text.len());
                took
            })
            .min();
        println!("{name}: {} bytes in {best:?}", text.len());
    }
}
