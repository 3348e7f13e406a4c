//! Sealing takes the token.
use lockgate_bytes::SealKey;
use lockgate_core::{Recorded, Released};

fn forge(token: Recorded<Released>, key: &SealKey) {
    let _once = token.seal(key, None);
    let _twice = token.seal(key, None);
}

fn main() {}
