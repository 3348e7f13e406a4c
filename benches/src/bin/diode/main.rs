//! Bulk through a diode link, file in to file out, beside a bare loop of the same datagrams: what `cargo xtask bars` prints
//! of the one-way protocol. Both ends run in this process, as they run in the programs: the caged thread of egress with
//! its queue and gate, and the two threads of the far side with journal and folder.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a measurement stops where something is not as it should be"
)]

#[cfg(target_os = "linux")]
mod bulk;
mod link;

fn main() {
    link::run();
    #[cfg(target_os = "linux")]
    bulk::run();
}

/// One line, as `cargo xtask bars` reads it.
fn figure(name: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"}}");
}
