//! What is held is not sealed.
use lockgate_bytes::SealKey;
use lockgate_core::{Held, Recorded};

fn forge(token: Recorded<Held>, key: &SealKey) {
    let _sent = token.seal(key, None);
}

fn main() {}
