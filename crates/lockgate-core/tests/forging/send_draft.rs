//! What is written down is not yet on record.
use lockgate_bytes::SealKey;
use lockgate_core::{Drafted, Released};

fn forge(token: Drafted<Released>, key: &SealKey) {
    let _sent = token.seal(key, None);
}

fn main() {}
