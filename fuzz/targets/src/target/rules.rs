//! Rule files over the shape of Cursor-on-Target events: no file breaks parser, checker, compiler or diagnostics.

use super::SHIPPED;
use lockgate_marking::PolicySet;
use lockgate_notation::{Document, Fields};
use lockgate_rules::{Compiler, Scope, rules};

pub(crate) const WORDS: &[&str] = &[
    "event.",
    "&&",
    "||",
    "!",
    "has(",
    "all(x, ",
    "exists(x, ",
    "in",
    "duration('5s')",
    "level('",
    "label",
    "portions",
    "? ",
    ": ",
    "((((((((",
    "<=",
    "[",
    "]",
    "size(",
    ".startsWith('",
    "now",
    "destination",
    "9999999999999999999",
];

pub(crate) fn run(data: &[u8]) {
    let Ok(document) = Document::parse("rules.kdl", data) else { return };
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, whole) = rules(&mut top);
    top.finish();
    let policies = PolicySet::new();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(SHIPPED.cot.shape(), &policies, None), &mut diagnostics);
    let compiled = compiler.finish();
    if (compiled.is_none() || !whole) && !diagnostics.has_errors() {
        panic!("rules do not compile and no diagnostic says why");
    }
    drop((diagnostics.render(), diagnostics.json()));
}
