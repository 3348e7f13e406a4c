//! What the word scan costs: `cargo run --release -p lockgate-words --example words-speed`.
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "measuring"
)]

use lockgate_bytes::{Budget, Span};
use lockgate_words::{ListSource, Mode, Scratch, WordLists};
use std::sync::Arc;
use std::time::Instant;

const FIELDS: [(&str, bool); 15] = [
    ("ANDROID-359975090666199", false),
    ("a-f-G-U-C-I", false),
    ("m-g", false),
    ("DELTA 1", false),
    ("Team Member", false),
    ("Dark Blue", false),
    ("SAMSUNG SM-G998B", false),
    ("ATAK-CIV", false),
    ("4.8.1.5 (1c9b0e3e).1675356844-CIV", false),
    ("Moving north along the river with two vehicles; no contact since 14:20, next report at 15:00.", true),
    ("GPS", false),
    ("b-m-p-s-p-loc", false),
    ("5bf2c9a6-1b44-4a49-9f4a-2c8d3c1f6d0e", false),
    ("*:-1:stcp", false),
    ("Checkpoint Charlie, east bank of the Sava", false),
];

/// A small generator, so that every run measures the same terms.
fn terms(count: usize) -> Vec<String> {
    let syllables =
        ["ra", "ven", "blu", "her", "on", "ste", "el", "gra", "nite", "fox", "tan", "go", "mar", "lin"];
    let mut state = 7_u64;
    let mut next = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % limit
    };
    let mut word = |parts: usize| (0..parts).map(|_| syllables[next(syllables.len())]).collect::<String>();
    (0..count).map(|nth| format!("{} {}", word(2 + nth % 2), word(2))).collect()
}

fn main() {
    let list = ListSource { name: Arc::from("measured"), mode: Mode::Whole, terms: terms(2000) };
    let started = Instant::now();
    let lists = WordLists::compile(std::slice::from_ref(&list)).expect("terms compile");
    println!("compile 2,000 terms: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let hit: Vec<(&str, bool)> = FIELDS.iter().copied().chain([(list.terms[7].as_str(), true)]).collect();
    let accent: Vec<(&str, bool)> = FIELDS.iter().copied().chain([("Škofja Loka, čez Soro", true)]).collect();
    let weak: Vec<(&str, bool)> = FIELDS.iter().copied().chain([("contact!", true)]).collect();
    for (name, fields) in
        [("ordinary", FIELDS.to_vec()), ("hit", hit), ("accents", accent), ("weak letters", weak)]
    {
        measure(&lists, name, &fields);
    }
}

fn measure(lists: &WordLists, name: &str, fields: &[(&str, bool)]) {
    let (mut scratch, mut hits) = (Scratch::new(), Vec::new());
    let bytes: usize = fields.iter().map(|(text, _)| text.len()).sum();
    let mut best = f64::MAX;
    for _ in 0..200 {
        let started = Instant::now();
        for _ in 0..1000 {
            scratch.begin();
            for (index, (text, free)) in (0_u32..).zip(fields) {
                scratch.push(std::hint::black_box(text).as_bytes(), index, Span::new(0, text.len()), *free);
            }
            lists.scan(&mut scratch, &mut Budget::new(1_000_000), &mut hits).expect("within budget");
            std::hint::black_box(&hits);
        }
        best = best.min(started.elapsed().as_secs_f64() * 1e3);
    }
    println!("{name}: {bytes} bytes in {} fields, {} hits: {best:.3} us", fields.len(), hits.len());
}
