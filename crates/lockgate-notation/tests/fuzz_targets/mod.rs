//! What a fuzzer calls: the same function that the property tests call.

use lockgate_notation::{Document, format};

/// Whatever the bytes: a document or diagnostics that print, and a layout that says the same and stays.
pub(crate) fn survives(bytes: &[u8]) {
    match Document::parse("fuzz.kdl", bytes) {
        Ok(document) => {
            let once = match format(bytes, "fuzz.kdl") {
                Ok(once) => once,
                Err(faults) => panic!("{:?}\n{}", String::from_utf8_lossy(bytes), faults.render()),
            };
            assert_eq!(
                format(once.as_bytes(), "fuzz.kdl").expect("formats again"),
                once,
                "{:?}",
                document.text
            );
        }
        Err(faults) => {
            assert!(faults.has_errors() && !faults.render().is_empty() && faults.json().ends_with("]\n"));
            let length = u32::try_from(bytes.len()).unwrap();
            assert!(faults.iter().all(|fault| fault.span.start <= length));
        }
    }
}
