//! How many entries of 1.2 kB a second the log takes on this disk, and how much of a core that costs.
//!
//! `cargo run --release -p lockgate-audit --example audit-speed -- FOLDER`

#![cfg(unix)]
#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a measurement prints figures")]

use lockgate_audit::{Log, LogKey, Settings};
use lockgate_disk::RealDisk;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("give an empty folder")?;
    let disk = Arc::new(RealDisk::at(&folder)?);
    let (mut log, _) = Log::open(disk, LogKey::generate("speed")?, Vec::new(), Settings::default())?;
    let page = vec![b'x'; 1200];
    let (entries, batch) = (300_000_u32, 200_u32);
    let (begin, mut commits, mut hashing) = (Instant::now(), Vec::new(), Duration::ZERO);
    let mut signing = Vec::new();
    for number in 1..=entries {
        let start = Instant::now();
        log.append(&page)?;
        hashing += start.elapsed();
        if number % batch == 0 {
            let start = Instant::now();
            log.commit()?;
            commits.push(start.elapsed());
        }
        if number % 60_000 == 0 {
            let start = Instant::now();
            log.checkpoint()?;
            signing.push(start.elapsed());
        }
    }
    let total = begin.elapsed();
    commits.sort_unstable();
    let at = |thousandth: usize| commits.get(commits.len() * thousandth / 1000).copied().unwrap_or_default();
    println!("{entries} entries in {total:?}; append {:?} an entry", hashing / entries);
    println!(
        "commits of {batch}: p50 {:?}, p99 {:?}, p99.9 {:?}, worst {:?}",
        at(500),
        at(990),
        at(999),
        at(999).max(commits.last().copied().unwrap_or_default())
    );
    println!("checkpoints: {signing:?}");
    Ok(())
}
