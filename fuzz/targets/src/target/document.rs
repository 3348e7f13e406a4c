//! The walker of PDF: any file is read to its end within its bounds, the same each time, and what is said of it reaches the
//! parent as it was said.

use lockgate_deep::{Answer, look};

pub(crate) const WORDS: &[&str] = &[
    "%PDF-1.7\n",
    "%%EOF",
    " 0 obj",
    "endobj",
    "stream\n",
    "endstream",
    "xref\n",
    "trailer",
    "startxref\n",
    "<</Type/ObjStm/N 2/First 8/Length 9>>",
    "<</Type/XRef/W[1 1 1]/Size 3/Length 9>>",
    "/Filter[/FlateDecode/FlateDecode]",
    "/EF<</F 4 0 R>>",
    "/Kids[2 0 R]",
    "/Prev 9",
    "/J#53",
    "1 0 R",
    "65535 f \n",
];

pub(crate) fn run(data: &[u8]) {
    walk(data);
}

/// Walks a file of any form.
pub(crate) fn walk(data: &[u8]) {
    let answer = look(data);
    if look(data) != answer {
        panic!("a walker says two things of one file");
    }
    if Answer::read(&answer.to_bytes()) != Ok(answer) {
        panic!("what a walker says does not reach the parent as it was said");
    }
}
