//! The body of a manifest: what is read is written in one way, and read back as the same.

use lockgate_diode::Manifest;

pub(crate) const WORDS: &[&str] =
    &["\u{1}", "\u{2}", "?", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{5}", "~~~~~~~~"];

/// What stands before the body in the text that is signed: domain 26, version 1, link 2, epoch 8.
const BEFORE: usize = 37;

pub(crate) fn run(data: &[u8]) {
    let Some(manifest) = Manifest::parse(data) else { return };
    let mut body = manifest.text(3, 9).split_off(BEFORE);
    body.extend(manifest.signature);
    match Manifest::parse(&body) {
        Some(again) if again == manifest => {}
        _ => panic!("a manifest is written as one thing and read back as another"),
    }
}
