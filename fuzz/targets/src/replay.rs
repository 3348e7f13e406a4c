//! What `cargo test` does with a target: every seed and past crash again, then mutations for a short while.

use crate::Target;
use crate::mutator::{Random, mutate};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long each target is mutated in every `cargo test`.
const USUAL: Duration = Duration::from_millis(500);
/// A single input may take this long in a debug build on a busy machine; beyond it some bound is missing.
const SLOW: Duration = Duration::from_secs(5);

/// Replays and mutates `target`; panics with the input kept in a file where it breaks.
///
/// `LOCKGATE_FUZZ_SEED` (default 1) chooses the mutations, `LOCKGATE_FUZZ_SECONDS` (default half a one) how long.
pub(crate) fn replay_and_mutate(target: &Target) {
    let seed = number("LOCKGATE_FUZZ_SEED").unwrap_or(1);
    let length = number("LOCKGATE_FUZZ_SECONDS").map_or(USUAL, Duration::from_secs);
    let seeds = inputs("corpus", target.name);
    assert!(
        !seeds.is_empty(),
        "fuzz/corpus/{} holds no seed: mutation from nothing finds nothing",
        target.name
    );
    let crashes = inputs("crashes", target.name);
    for (path, bytes) in seeds.iter().chain(&crashes) {
        attempt(target, bytes, &path.display().to_string());
    }
    let known: Vec<Vec<u8>> = seeds.iter().chain(&crashes).map(|(_, bytes)| bytes.clone()).collect();
    let mut random = Random::new(seed);
    let start = Instant::now();
    let mut runs = 0_u64;
    while start.elapsed() < length {
        let bytes = mutate(&mut random, &known, target.words);
        attempt(target, &bytes, &format!("mutation {runs} of seed {seed}"));
        runs += 1;
    }
    println!(
        "{}: {} seeds, {} past crashes, {runs} mutations, seed {seed}",
        target.name,
        seeds.len(),
        crashes.len()
    );
}

/// Runs one input. A panic is passed on after the input was kept; so is an input that takes too long, twice: the first run
/// of a target makes what it needs, and a machine may be busy once.
fn attempt(target: &Target, bytes: &[u8], origin: &str) {
    let run = || {
        let start = Instant::now();
        (std::panic::catch_unwind(|| (target.run)(bytes)), start.elapsed() > SLOW)
    };
    let (outcome, is_slow) = run();
    let too_slow = outcome.is_ok() && is_slow && run().1;
    if outcome.is_err() || too_slow {
        let kept = keep(target.name, bytes);
        let what = if too_slow { "takes too long" } else { "breaks" };
        panic!(
            "{} {what} on {origin}; kept as {}; move it to fuzz/crashes/{}/",
            target.name,
            kept.display(),
            target.name
        );
    }
}

fn keep(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = fuzz().join("target").join("found").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    // FNV-1a: a name for the file, nothing more.
    let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let path = folder.join(format!("{hash:016x}"));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The files of `fuzz/<kind>/<name>/`, sorted, so that a run is the same everywhere.
fn inputs(kind: &str, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(folder) = std::fs::read_dir(fuzz().join(kind).join(name)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

mod tests {
    use super::{fuzz, replay_and_mutate};
    use crate::{TARGETS, Target};

    /// The harness itself: a target that breaks on one byte is caught, and the input kept.
    #[test]
    fn a_planted_fault_is_found_and_kept() {
        let planted = Target {
            name: "decimal",
            run: |data| assert!(!data.starts_with(b"+") || data.len() < 3, "planted"),
            words: &["+"],
        };
        let outcome = std::panic::catch_unwind(|| replay_and_mutate(&planted));
        let says = *outcome.unwrap_err().downcast::<String>().unwrap();
        assert!(says.contains("breaks on mutation") && says.contains("kept as"), "{says}");
        std::fs::remove_dir_all(fuzz().join("target/found/decimal")).unwrap();
    }

    #[test]
    fn every_folder_of_seeds_and_crashes_belongs_to_a_target() {
        for kind in ["corpus", "crashes"] {
            for entry in std::fs::read_dir(fuzz().join(kind)).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                let known = TARGETS.iter().any(|target| target.name == name);
                assert!(known || !entry.path().is_dir(), "fuzz/{kind}/{name} is replayed by no target");
            }
        }
    }
}
