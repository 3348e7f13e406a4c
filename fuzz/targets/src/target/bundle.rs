//! Built bundles: no file breaks the reader; what it takes is written again as it was, and nothing that was touched
//! is taken.

use lockgate_bundle::{Bundle, ReadFault};
use sha2::{Digest, Sha256};

pub(crate) const WORDS: &[&str] = &[
    "LOCKGATE BUNDLE\n",
    "\0\0\0\u{1}",
    "bundle.kdl",
    "lanes/down.kdl",
    "../",
    "RESTRICTED",
    "SECRET",
    "unlabelled hold",
    "agreement none authority=\"x\"",
    "direction down",
    "ceiling=\"SECRET\"",
    "/-",
    "{",
    "}",
];

const DIGEST: usize = 32;

pub(crate) fn run(data: &[u8]) {
    let taken = read(data);
    // A mutation misses the digest, so the reader is tried once more with the digest that would be right.
    let Some(body) = data.len().checked_sub(DIGEST).and_then(|end| data.get(..end)) else { return };
    let mut sealed = body.to_vec();
    sealed.extend_from_slice(&Sha256::digest(body));
    if taken && sealed != data {
        panic!("a bundle with a wrong digest is taken");
    }
    read(&sealed);
}

/// True where the bundle is taken.
fn read(data: &[u8]) -> bool {
    match Bundle::read(data) {
        Ok(bundle) if bundle.write() == data => true,
        Ok(_) => panic!("a bundle is written otherwise than it was read"),
        Err(ReadFault::DoesNotBuild(diagnostics)) if !diagnostics.has_errors() => {
            panic!("a bundle does not build and no diagnostic says why")
        }
        Err(fault) => {
            drop(fault.to_string());
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    /// Otherwise the mutations of the seed would only ever meet the first refusal.
    #[test]
    fn the_seed_is_taken() {
        assert!(read(include_bytes!("../../../corpus/bundle/small")));
    }
}
