//! PEM, strictly: one kind of block, base64 in lines, nothing around it (RFC 7468, section 3).

use crate::base64;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// Most bytes of a PEM text.
pub const MAX_BYTES: usize = 64 * 1024;

/// The blocks of `text`, which are all labelled `label`; `None` where anything else is in it, or nothing. Blank lines
/// between blocks are passed over. What is read may be secret, so it is wiped when dropped.
pub fn blocks(text: &[u8], label: &str) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let marks = |line: &[u8], word: &[u8]| {
        let inner = line.strip_prefix(b"-----").and_then(|rest| rest.strip_suffix(b"-----"));
        inner.and_then(|inner| inner.strip_prefix(word)) == Some(label.as_bytes())
    };
    let mut found = Vec::new();
    let mut body: Option<Zeroizing<Vec<u8>>> = None;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match body.as_mut() {
            None if line.is_empty() => {}
            None if marks(line, b"BEGIN ") => body = Some(Zeroizing::new(Vec::with_capacity(text.len()))),
            None => return None,
            Some(letters) if marks(line, b"END ") => {
                found.push(Zeroizing::new(base64::decode(letters)?));
                body = None;
            }
            Some(letters) => letters.extend_from_slice(line),
        }
    }
    (body.is_none() && !found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::blocks;
    use alloc::vec::Vec;

    fn read(text: &str) -> Option<Vec<Vec<u8>>> {
        blocks(text.as_bytes(), "X").map(|found| found.iter().map(|block| block.to_vec()).collect())
    }

    #[test]
    fn blocks_are_read_in_order() {
        let one = "-----BEGIN X-----\nZm9v\n-----END X-----\n";
        let two = "-----BEGIN X-----\r\nZm\r\n9v\r\nYg==\r\n-----END X-----";
        assert_eq!(read(one), Some([b"foo".to_vec()].to_vec()));
        assert_eq!(read(&[one, "\n", two].concat()), Some([b"foo".to_vec(), b"foob".to_vec()].to_vec()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "\n",
            "Zm9v",
            "-----BEGIN X-----\nZm9v\n",
            "-----BEGIN Y-----\nZm9v\n-----END Y-----\n",
            "-----BEGIN X-----\nZm9v\n-----END Y-----\n",
            "-----BEGIN X-----\nZm9v=\n-----END X-----\n",
            "note\n-----BEGIN X-----\nZm9v\n-----END X-----\n",
            "-----BEGIN X-----\nZm9v\n-----END X-----\nnote",
            "-----BEGIN X-----\n\u{20}Zm9v\n-----END X-----\n",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"\n".repeat(70_000)), None);
    }
}
