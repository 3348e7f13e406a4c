//! `Answer::read`: a worker's answer is read as the bytes of an enemy; what is read is written as the same bytes.

use lockgate_deep::Answer;

pub(crate) const WORDS: &[&str] = &["LGDA\u{5}", "\u{0}\u{0}\u{0}\u{1}", "page 1", "byte 0", "\u{0}\u{0}"];

pub(crate) fn run(data: &[u8]) {
    let Ok(answer) = Answer::read(data) else { return };
    if answer.to_bytes() != data {
        panic!("an answer was read that no worker writes like that");
    }
}
