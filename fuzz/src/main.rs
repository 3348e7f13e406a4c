//! The fuzz targets under libFuzzer: `LOCKGATE_FUZZ_TARGET` says which one runs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("LOCKGATE_FUZZ_TARGET").expect("LOCKGATE_FUZZ_TARGET names the target");
    #[cfg(feature = "planted")]
    if name == "planted" {
        return planted;
    }
    lockgate_fuzz_targets::named(&name).unwrap_or_else(|| panic!("there is no target `{name}`")).run
});

fuzz_target!(|data: &[u8]| RUN(data));

/// Breaks on one input of four billion: nobody hits it by chance, coverage walks there byte by byte.
#[cfg(feature = "planted")]
fn planted(data: &[u8]) {
    if let [a, b, c, d, ..] = data
        && *a == b'l'
        && *b == b'o'
        && *c == b'c'
        && *d == b'k'
    {
        panic!("the planted fault was found");
    }
}
