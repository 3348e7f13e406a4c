//! Measures binary formats and prints one JSON line a figure: `{"name":..,"value":..,"unit":..}`. Times are of the thread's
//! own processor time, each the best of many passes: one object from its bytes to its record with its claims, its whole
//! inspection, and SHA-256 of the same bytes beside it, since absolute times drift.
//!
//! `formats loop NAME PASSES` does only the first, and prints nothing: for a profiler, or for counting instructions.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "a measuring program: it prints figures about objects of its own making"
)]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Outcome};
use lockgate_bench::formats::{Format, formats};
use lockgate_bench::measure::best_of;
use lockgate_bytes::Digest;
use lockgate_core::{Workspace, read_claims};
use std::hint::black_box;
use std::process::ExitCode;

const PASSES: usize = 200;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.as_slice() {
        [order, name, passes] if order == "loop" => looped(name, passes.parse().unwrap_or(1)),
        _ => measured(),
    };
    if let Err(says) = done {
        eprintln!("formats: {says}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

fn print(name: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"format.{name}\",\"value\":{value:.4},\"unit\":\"{unit}\"}}");
}

/// The best pass over all objects, in microseconds an object.
fn best(format: &Format, mut work: impl FnMut(&[u8])) -> f64 {
    best_of(PASSES, || format.objects.iter().for_each(|object| work(object))) / format.objects.len() as f64
}

fn measured() -> Result<(), String> {
    let mut allocations = 0;
    for format in formats()? {
        demand(&format)?;
        let mut workspace = Box::new(Workspace::new());
        let mut read = |object: &[u8]| {
            black_box(read_claims(&format.policy, black_box(object), &mut workspace));
        };
        print(format.name, best(&format, &mut read), "us");
        allocations += allocations_during(|| format.objects.iter().for_each(|object| read(object)));
        let sha256 = best(&format, |object| {
            black_box(Digest::of(black_box(object)));
        });
        print(&format!("{}.sha256", format.name), sha256, "us");
        print(&format!("{}.whole", format.name), whole(&format)?, "us");
        let bytes: usize = format.objects.iter().map(Vec::len).sum();
        print(&format!("{}.size", format.name), bytes as f64 / format.objects.len() as f64, "B");
    }
    print("allocations", allocations as f64, "each");
    Ok(())
}

/// The whole inspection of an object, from its bytes to its verdict and the line of its account.
fn whole(format: &Format) -> Result<f64, String> {
    let mut engine = Engine::with(format.policy.clone(), format.now)?;
    let (mut line, mut released) = (String::with_capacity(16_384), Vec::with_capacity(16_384));
    Ok(best(format, |object| {
        line.clear();
        black_box(engine.inspect(black_box(object), &mut line, &mut released));
    }))
}

/// Every object takes the way that is measured.
fn demand(format: &Format) -> Result<(), String> {
    let mut engine = Engine::with(format.policy.clone(), format.now)?;
    let mut workspace = Workspace::new();
    for (at, object) in format.objects.iter().enumerate() {
        let claims = read_claims(&format.policy, object, &mut workspace);
        let mut line = String::new();
        let outcome = engine.inspect(object, &mut line, &mut Vec::new());
        if claims != Some(format.claims) || outcome != Outcome::Verbatim {
            return Err(format!("{} {at}: {claims:?} claims, {line}", format.name));
        }
    }
    Ok(())
}

/// One format, so many passes over its objects, and nothing else.
fn looped(name: &str, passes: usize) -> Result<(), String> {
    let all = formats()?;
    let format = all.iter().find(|format| format.name == name).ok_or_else(|| format!("no format {name}"))?;
    let mut workspace = Workspace::new();
    for _ in 0..passes {
        for object in &format.objects {
            black_box(read_claims(&format.policy, black_box(object), &mut workspace));
        }
    }
    Ok(())
}
