//! Names that stay inside the folder.

use std::io;

/// Bytes of a whole name, at most.
const NAME_MAX: usize = 512;
/// Parts of a name, at most.
const PARTS_MAX: usize = 16;
/// Bytes of one part, at most: what common file systems take.
const PART_MAX: usize = 255;

/// Checks a name: relative, no empty part, no `.` or `..`, no NUL, no backslash, bounded.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`]; the name itself is not repeated in the message, it may be hostile.
pub fn check(name: &str) -> io::Result<()> {
    let parts_fit = name.split('/').all(|part| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.len() <= PART_MAX
            && !part.bytes().any(|byte| byte == 0 || byte == b'\\')
    });
    if parts_fit && name.len() <= NAME_MAX && name.split('/').count() <= PARTS_MAX {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is empty, too long, or leaves its folder"))
}

/// Checks the name of a folder, where `""` is the root.
pub(crate) fn check_folder(name: &str) -> io::Result<()> {
    if name.is_empty() { Ok(()) } else { check(name) }
}

/// The folder and the last part of a checked name.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::{check, check_folder, split};

    #[test]
    fn a_name_never_leaves_its_folder() {
        for good in ["a", "a/b", "tile/0/x001/234", "...", ".hidden", "a b"] {
            assert!(check(good).is_ok(), "{good}");
        }
        let long = "x".repeat(256);
        for bad in
            ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a\0b", "a\\b", &long, &"a/".repeat(20)]
        {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(check_folder("").is_ok());
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("c"), ("", "c"));
    }
}
