//! What was inspected is what leaves.
use lockgate_core::Received;

fn forge(mut token: Received) -> Received {
    token.bytes = Vec::new();
    token
}

fn main() {}
