//! Files inside of files: each is looked into as an object of its own, and what is found in it is said of the whole.

use crate::look::{self, Inside};
use crate::{Answer, codes};
use lockgate_bytes::Digest;
use lockgate_core::Class;

/// Files inside of one file that are looked into; a file with more says so.
pub(crate) const FILES_MAX: usize = 256;
/// Bytes that one of them may unpack to.
pub(crate) const FILE_BYTES_MAX: usize = 32 << 20;
/// Files inside of files inside of files are the last that are looked into.
const LEVELS_MAX: usize = 3;

/// True where files inside of this one are looked into; otherwise that is a finding.
pub(crate) fn goes_on(files: usize, inside: Inside, answer: &mut Answer) -> bool {
    let goes_on = inside.level < LEVELS_MAX && files <= FILES_MAX;
    if !goes_on {
        answer.found(codes::TOO_MANY, format!("{files} files inside, level {}", inside.level));
    }
    goes_on
}

/// Looks into one file: what it is, what becomes of it by itself, and what is found in it. Nothing inside of a file is ever
/// released by itself, so the best of it is that it is held.
pub(crate) fn look(bytes: &[u8], place: &str, inside: Inside, answer: &mut Answer) {
    let child = look::look_inside(bytes, inside.deeper());
    let form = child.form.map_or("unknown", crate::Form::name);
    let is_attack = child.findings.iter().any(|finding| finding.code.class == Class::Attack);
    let verdict = if is_attack { "refuse" } else { "hold" };
    let digest = Digest::of(bytes);
    answer
        .found(codes::INSIDE, format!("{place}: {form}, {} bytes, {verdict}, sha256 {digest}", bytes.len()));
    // What is inside of what is inside is told too; other notes would bury what matters.
    let told = child
        .findings
        .into_iter()
        .filter(|finding| finding.code.class > Class::Note || finding.code == codes::INSIDE);
    for finding in told {
        answer.found(finding.code, format!("{place}, {form}: {}", finding.place));
    }
    for said in child.texts {
        answer.say(&format!("{place}, {form}: {}", said.place), said.text, said.is_class);
    }
}
