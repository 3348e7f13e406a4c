//! Every encoding: the first byte says of which type the rest is read, by the compiled program and by the interpreter.

use super::readers::Readers;
use super::{SHIPPED, shipped};
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &[
    "\u{0}<event ",
    "\u{2}\u{bf}",
    "\u{3}{\"type\":\"Feature\",",
    "\u{4}0\u{0}",
    "\u{5}30\u{0}\u{0}",
    "\u{8}MSGID/LOGREP/",
    "\u{9}!AIVDM,1,1,,A,",
    "*00\r\n",
    " lat=\"",
    "\"id\":\"",
    "\x12",
    "\x01",
    "\u{0}",
    "</event>",
    "\u{b}$GPRMC,",
    "\u{c}{\"",
    "\u{d}MSGID/INTREP/",
    "}",
];

static READERS: LazyLock<Vec<Readers>> = LazyLock::new(|| {
    let known = &*SHIPPED;
    let first = [&known.cot, &known.label, &known.tak, &known.track, &known.plot].map(Readers::of);
    // Behind each other as their first byte says; a new one goes to the end, or seeds speak of other types.
    let others = [
        "gmti-4607",
        "misb-0601",
        "lsb-header",
        "logistics-report",
        "ais-sentence",
        "ais-message",
        "nmea-position",
        "relay-envelope",
        "intelligence-report",
        "us-report-demo",
    ];
    first.into_iter().chain(others.map(shipped)).collect()
});

pub(crate) fn run(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let which = usize::from(*which).checked_rem(READERS.len()).unwrap_or(0);
    if let Some(readers) = READERS.get(which) {
        readers.agree(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::READERS;

    /// A seed that its own type refuses would only ever meet the first refusal.
    #[test]
    fn each_seed_is_accepted_by_the_type_that_it_names() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/differential");
        let mut named = vec![false; READERS.len()];
        for entry in std::fs::read_dir(folder).expect("the folder of seeds") {
            let bytes = std::fs::read(entry.expect("a seed").path()).expect("a seed");
            let (which, rest) = bytes.split_first().expect("a seed has a first byte");
            let which = usize::from(*which);
            READERS[which].accept(&[rest]);
            named[which] = true;
        }
        // The label (1) is read within others, and by a target of its own.
        assert!(named.iter().enumerate().all(|(which, named)| *named || which == 1), "{named:?}");
    }
}
