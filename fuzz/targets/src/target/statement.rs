//! A reviewer's signed statement, as it lies in the review folder: it reads back to the byte, and nobody signed it.

use lockgate_attest::SignedReview;
use lockgate_bytes::Time;

pub(crate) const WORDS: &[&str] = &[
    "LOCKGATE STATEMENT\n",
    "lockgate review",
    "claim",
    "approve",
    "reject",
    "return",
    "false-alarm",
    "hostile",
    "2026-03-01T10:05:00Z",
    "\0\0\0\u{1}",
    "\0\0\0\u{20}",
    "\0\0\0\u{10}",
    "\0\0\0\u{8}",
];

pub(crate) fn run(bytes: &[u8]) {
    let Some(signed) = SignedReview::read(bytes) else { return };
    assert!(signed.to_bytes() == bytes, "a statement has another form than the one it was read from");
    assert!(signed.verify(&[], &signed.terms().lane, Time::MIN).is_err(), "nobody is no reviewer");
}
