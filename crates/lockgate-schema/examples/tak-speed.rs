//! How long reading one event takes in the TAK protocol, in XML, and one track in JSON: the best of many passes, beside a
//! plain sum over the same bytes.
//!
//! Run with `cargo run --release -p lockgate-schema --example tak-speed` from the root of the checkout; it reads the types and
//! fixtures that are shipped. Absolute times drift with the machine.
#![expect(clippy::print_stdout, reason = "an example that prints what it measured")]
#![expect(clippy::expect_used, reason = "an example stops where its own input is wrong")]
#![expect(clippy::float_arithmetic, clippy::as_conversions, reason = "means are printed as fractions")]

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::sync::Arc;
use std::time::Instant;

const PASSES: usize = 200;
const EACH: usize = 100;

fn load(name: &str, embedded: Option<&Arc<Type>>) -> Arc<Type> {
    let text =
        std::fs::read(format!("rules/types/{name}/type.kdl")).expect("run it from the root of the checkout");
    let find = |_: &str| embedded.map(Arc::clone);
    Arc::new(Type::parse(name, &text, &find).expect("the type is right").0)
}

/// Microseconds of one call: the best of many passes of a hundred calls.
fn best(mut each: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..PASSES {
        let start = Instant::now();
        (0..EACH).for_each(|_| each());
        least = least.min(start.elapsed().as_nanos() as f64);
    }
    least / EACH as f64 / 1000.0
}

fn main() {
    let label = load("stanag-4774", None);
    let cot = load("cot-event", Some(&label));
    let tak = load("tak-v1", Some(&cot));
    let track = load("track-json", None);
    println!(
        "{:<34} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "object", "bytes", "compiled", "reference", "emit", "sum"
    );
    for (of, file) in [
        (&cot, "cot-event/release-ground-track/input.xml"),
        (&tak, "tak-v1/release-ground-track/input.bin"),
        (&tak, "tak-v1/release-detail-as-xml/input.bin"),
        (&tak, "tak-v1/release-device-left-out/input.bin"),
        (&track, "track-json/release-feature/input.json"),
    ] {
        let bytes = std::fs::read(format!("fixtures/{file}")).expect("the fixture is there");
        let object = Untrusted::new(&bytes);
        let (compiled, reference) = (Compiled::new(Arc::clone(of)), Reference::new(Arc::clone(of)));
        let mut into = Inspection::default();
        let read = |inspector: &dyn Inspector, into: &mut Inspection| {
            inspector.inspect(object, into, &mut Budget::new(100_000));
        };
        read(&compiled, &mut into);
        assert!(into.reasons.is_empty(), "the fixture is valid");
        let first = best(|| read(&compiled, &mut into));
        let second = best(|| read(&reference, &mut into));
        read(&compiled, &mut into);
        let mut out = Vec::new();
        let third = best(|| {
            out.clear();
            compiled.emit(&into.record, object, &[], &mut out);
        });
        let mut sum = 0_u64;
        let plain = best(|| sum = bytes.iter().fold(sum, |sum, byte| sum.rotate_left(5) ^ u64::from(*byte)));
        assert!(sum != 1, "used");
        println!("{file:<34.34} {:>6} {first:>9.2} {second:>9.2} {third:>9.2} {plain:>9.2}", bytes.len());
    }
}
