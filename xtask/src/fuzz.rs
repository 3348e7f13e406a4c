//! `xtask fuzz`: the fuzz targets under libFuzzer, guided by coverage, with the installed stable toolchain.
//!
//! rustc's own `-Cinstrument-coverage` is of no use here; LLVM's sanitizer coverage is a pass that stable can be asked
//! for. The explicit `--target` keeps the flags away from build scripts and procedural macros.

use crate::process::{cargo, output, run};
use crate::tree;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];
/// A planted fault must be found within so many seconds; it takes less than one.
const PROOF_SECONDS: &str = "60";

/// Fuzzes `target` for `seconds`; true where it holds.
pub(crate) fn fuzz(target: &str, seconds: &str) -> Result<bool, String> {
    let folder = tree::root().join("fuzz");
    let seeds = folder.join("corpus").join(target);
    if !seeds.is_dir() {
        let known =
            std::fs::read_dir(folder.join("corpus")).map_err(|fault| format!("fuzz/corpus: {fault}"))?;
        let mut names: Vec<String> =
            known.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        return Err(format!("there is no target `{target}`; there are: {}", names.join(", ")));
    }
    let program = build(&folder, &[])?;
    let grown = made(&folder.join("target/grown").join(target))?;
    let crashes = made(&folder.join("crashes").join(target))?;
    println!("fuzzing {target} for {seconds} s; new inputs go to fuzz/target/grown/{target}");
    let held = run(libfuzzer(&program, target, &crashes, seconds).arg(&grown).arg(&seeds).arg(&crashes))?;
    if !held {
        println!(
            "{target} broke; the input is in fuzz/crashes/{target}/ and every `cargo test` replays it from now on"
        );
    } else if std::fs::read_dir(&crashes).is_ok_and(|mut files| files.next().is_none()) {
        // An empty folder is nothing that git would keep.
        let _ = std::fs::remove_dir(&crashes);
    }
    Ok(held)
}

/// Proves that the instrumented build finds a fault: builds the planted target and demands that it breaks.
pub(crate) fn prove() -> Result<bool, String> {
    let folder = tree::root().join("fuzz");
    let program = build(&folder, &["--features", "planted"])?;
    let crashes = folder.join("target/planted");
    let _ = std::fs::remove_dir_all(&crashes);
    let crashes = made(&crashes)?;
    let start = Instant::now();
    let held = run(&mut libfuzzer(&program, "planted", &crashes, PROOF_SECONDS))?;
    let taken = start.elapsed().as_secs_f32();
    let found = std::fs::read_dir(&crashes)
        .map_err(|fault| fault.to_string())?
        .flatten()
        .any(|entry| std::fs::read(entry.path()).is_ok_and(|bytes| bytes.starts_with(b"lock")));
    if !held && found {
        println!("\nproved: coverage walked to the planted fault in {taken:.1} s");
        return Ok(true);
    }
    println!(
        "\nNOT proved: the planted fault was not found in {taken:.1} s; fuzzing finds nothing with these flags"
    );
    Ok(false)
}

/// The program with every target in it, instrumented.
fn build(folder: &Path, more: &[&str]) -> Result<PathBuf, String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    let target_folder = folder.join("target");
    let built = run(cargo()
        .args(["build", "--release", "--target", host])
        .args(more)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", &target_folder)
        .env("RUSTFLAGS", FLAGS.join(" ")))?;
    if !built {
        return Err("the instrumented build failed".to_owned());
    }
    Ok(target_folder.join(host).join("release/lockgate-fuzz"))
}

fn libfuzzer(program: &Path, target: &str, crashes: &Path, seconds: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("LOCKGATE_FUZZ_TARGET", target)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .args(["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    command
}

fn made(folder: &Path) -> Result<PathBuf, String> {
    std::fs::create_dir_all(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    Ok(folder.to_path_buf())
}
