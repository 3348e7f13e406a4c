//! What is not on record is not sealed.
use lockgate_core::{Released, SealKey};

fn forge(token: Released, key: &SealKey) {
    let _sent = token.seal(key);
}

fn main() {}
