//! The notation: no text breaks the reader or the diagnostics; what `format` writes is read again and stays as it is.

use lockgate_notation::{Document, format};

pub(crate) const WORDS: &[&str] = &[
    "{", "}", "/-", "/*", "*/", "//", "#true", "#null", "#\"", "\"#", "\"\"\"", "\\u{", "0x", "(x)",
    "\u{feff}", "a=1", "\\\n",
];

pub(crate) fn run(data: &[u8]) {
    let document = Document::parse("fuzz.kdl", data);
    if let Err(diagnostics) = &document {
        drop((diagnostics.render(), diagnostics.json()));
    }
    match (document, format(data, "fuzz.kdl")) {
        (Ok(_), Ok(laid_out)) => {
            if format(laid_out.as_bytes(), "fuzz.kdl").ok().as_ref() != Some(&laid_out) {
                panic!("what is laid out is not laid out");
            }
        }
        (Ok(_), Err(_)) => panic!("a document that is read is not laid out"),
        (Err(_), _) => {}
    }
}
