//! The word scan: any fields, one a line. Hits lie in their fields, and used working memory finds what fresh finds.

use lockgate_bytes::{Budget, Span};
use lockgate_words::{Hit, ListSource, Mode, Scratch, WordLists};
use std::cell::RefCell;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &[
    "BLUE HERON",
    "blue-heron",
    "bl\u{200b}ue heron",
    "\u{0412}LUE",
    "heron\n",
    "b l u e h e r o n",
    "aGVsbG8gd29ybGQ",
    "%41%42%43",
    "-----BEGIN",
    "\u{ff22}\u{ff2c}",
    "\u{0301}",
    "12.34",
    "http://",
    "\u{1f600}",
    "\u{202e}",
];

static LISTS: LazyLock<WordLists> = LazyLock::new(|| {
    let list = |name: &str, mode, terms: &[&str]| ListSource {
        name: name.into(),
        mode,
        terms: terms.iter().map(|term| (*term).into()).collect(),
    };
    let lists = [
        list("whole", Mode::Whole, &["BLUE HERON", "heron", "x-ray 7", "ΩMEGA"]),
        list("exact", Mode::Exact, &["12.34"]),
    ];
    WordLists::compile(&lists).unwrap_or_else(|faults| panic!("{faults:?}"))
});

thread_local! {
    static USED: RefCell<Scratch> = RefCell::new(Scratch::new());
}

pub(crate) fn run(data: &[u8]) {
    // The words room reads texts that a type has read already: they are UTF-8.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fresh = hits(text, &mut Scratch::new());
    let used = USED.with_borrow_mut(|scratch| hits(text, scratch));
    if fresh != used {
        panic!("used working memory finds something else");
    }
    for hit in &fresh {
        let line = usize::try_from(hit.field).ok().and_then(|index| text.split('\n').nth(index));
        let start = line.map_or(0, |line| line.as_ptr().addr().saturating_sub(text.as_ptr().addr()));
        let field = Span::new(start, start.saturating_add(line.map_or(0, str::len)));
        if line.is_none()
            || hit.span.start < field.start
            || hit.span.end > field.end
            || hit.span.start > hit.span.end
        {
            panic!("a hit lies outside its field");
        }
    }
}

fn hits(text: &str, scratch: &mut Scratch) -> Vec<Hit> {
    scratch.begin();
    let mut start = 0_usize;
    for (index, line) in (0_u32..).zip(text.split('\n')) {
        let end = start.saturating_add(line.len());
        scratch.push(line.as_bytes(), index, Span::new(start, end), index.is_multiple_of(2));
        start = end.saturating_add(1);
    }
    let (mut budget, mut out) = (Budget::new(10_000_000), Vec::new());
    if LISTS.scan(scratch, &mut budget, &mut out).is_err() {
        panic!("64 KiB of text exceed ten million steps");
    }
    out
}
