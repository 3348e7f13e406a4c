//! What is held is not sealed.
use lockgate_core::{Held, Recorded, SealKey};

fn forge(token: Recorded<Held>, key: &SealKey) {
    let _sent = token.seal(key);
}

fn main() {}
