//! There is no object out of nothing.
use lockgate_core::Released;

fn main() {
    let _forged: Released = Default::default();
}
