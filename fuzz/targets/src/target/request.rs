//! The reader of the control socket: any line is one request or none, and what its JSON reader reads is written and read
//! back as the same.

use lockgate_watch::{Bounds, REQUEST_BYTES_MAX, Request, Value};

pub(crate) const WORDS: &[&str] = &[
    "{\"ask\":\"status\"}",
    "{\"ask\":\"reload\"}",
    "{\"ask\":\"confirm-clock\"}",
    "{\"ask\":\"drain\"}",
    "\\ud83d\\ude00",
    "\\u0000",
    "[[",
    "-0.5e+3",
    "null",
];

const BOUNDS: Bounds = Bounds { bytes: 1 << 16, depth: 8, values: 1_000 };

pub(crate) fn run(data: &[u8]) {
    match Request::read(data) {
        Ok(_) if data.len() > REQUEST_BYTES_MAX => panic!("a request is longer than it may be"),
        Ok(request) if Request::read(request.line().as_bytes()) != Ok(request) => {
            panic!("a request is written and not read back");
        }
        Ok(_) => {}
        Err(fault) => {
            if !fault.says().is_ascii() || fault.says().len() > 300 {
                panic!("what is wrong is not told in a short sentence");
            }
        }
    }
    let Ok(value) = Value::parse(data, BOUNDS) else { return };
    let mut written = String::new();
    value.write(&mut written);
    // Escapes may make it longer than what was read.
    let wide = Bounds { bytes: written.len(), ..BOUNDS };
    if Value::parse(written.as_bytes(), wide).as_ref() != Ok(&value) || written.contains('\n') {
        panic!("a value is written and not read back");
    }
}
