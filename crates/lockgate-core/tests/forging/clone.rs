//! One object, one token.
use lockgate_core::Released;

fn forge(token: &Released) -> Released {
    token.clone()
}

fn main() {}
