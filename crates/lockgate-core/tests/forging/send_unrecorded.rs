//! What is not on record is not sealed.
use lockgate_bytes::SealKey;
use lockgate_core::Released;

fn forge(token: Released, key: &SealKey) {
    let _sent = token.seal(key, None);
}

fn main() {}
