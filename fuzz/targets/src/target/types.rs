//! Type files: no file breaks the reader, the diagnostics or the compiler of what was read.

use super::SHIPPED;
use lockgate_schema::{Compiled, Type};
use std::sync::Arc;

pub(crate) const WORDS: &[&str] = &[
    "attribute ",
    "element ",
    "repeat=8 ",
    "optional=#true",
    "role=",
    "min=",
    "max=",
    "as=\"",
    "code separator=\"-\"",
    "decimal ",
    "time ",
    "text ",
    "undeclared lane",
    "order=any",
    "limits ",
    "embed=\"stanag-4774\"",
    "encoding xml",
];

pub(crate) fn run(data: &[u8]) {
    let embedded = |name: &str| (name == "stanag-4774").then(|| Arc::clone(&SHIPPED.label));
    match Type::parse("type.kdl", data, &embedded) {
        Ok((found, _)) => drop(Compiled::new(Arc::new(found))),
        Err(diagnostics) if diagnostics.has_errors() => drop((diagnostics.render(), diagnostics.json())),
        Err(_) => panic!("a type is refused and no diagnostic says why"),
    }
}
