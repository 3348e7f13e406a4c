//! A verdict is not written down, it is decided.
use lockgate_core::Released;

fn forge(decided: impl Sized) -> Released {
    Released(decided)
}

fn main() {}
