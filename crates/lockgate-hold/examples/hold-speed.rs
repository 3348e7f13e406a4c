//! What holding costs on this machine: `cargo run --release -p lockgate-hold --example hold-speed -- EMPTY-FOLDER [KEY-FILE]`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a measurement for people")]

use lockgate_bytes::{Digest, Precedence, Time};
use lockgate_disk::RealDisk;
use lockgate_hold::{Content, Facts, FileStore, Key, Settings, Stage, Store as _, View};
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const OBJECTS: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("name an empty folder")?;
    let key = args.next().map(std::fs::read).transpose()?;
    let key = || key.as_deref().map(Key::parse).transpose();
    let disk = || RealDisk::at(Path::new(&folder)).map(Arc::new);
    let mut store = FileStore::open(disk()?, Settings::new(1 << 36, key()?))?;
    store.recover(&|_| Ok(None))?;
    let mut entry = 0;
    for batch in [1_u64, 8, 64, 512] {
        let rounds = 2048_u64.min(OBJECTS).div_ceil(batch).min(256);
        let begin = Instant::now();
        for _ in 0..rounds {
            entry = hold(&mut store, entry, batch)?;
        }
        let each = begin.elapsed().as_micros() / u128::from(rounds);
        println!(
            "batch of {batch:>3} objects of 1 KiB: {each} us, {} objects/s",
            u128::from(batch) * 1_000_000 / each.max(1)
        );
    }
    let before = resident()?;
    let held = entry;
    while entry < held + OBJECTS {
        entry = hold(&mut store, entry, 512)?;
    }
    let grown = resident()?.saturating_sub(before);
    println!("memory: {} bytes for each of {} objects", grown / (entry - held), entry - held);
    let usage = store.usage();
    println!("disk: {} bytes for {} objects", usage.bytes, usage.objects);
    drop(store);
    timed("start again", || {
        let mut store = FileStore::open(disk()?, Settings::new(1 << 36, key()?))?;
        store.recover(&|_| Ok(None))?;
        timed("usage", || {
            println!("{} reasons", store.usage().by_reason.len());
            Ok(())
        })?;
        timed("read every object", || {
            store.entries().into_iter().try_for_each(|(entry, _)| store.get(entry).map(drop))?;
            Ok(())
        })
    })?;
    timed("list from another process", || {
        let mut listed = 0_u64;
        View::open(disk()?, None)?.list(&mut |_| listed += 1)?;
        println!("{listed} listed");
        Ok(())
    })
}

fn timed(what: &str, work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    work()?;
    println!("{what}: {} ms", begin.elapsed().as_millis());
    Ok(())
}

fn hold(store: &mut FileStore, from: u64, count: u64) -> Result<u64, Box<dyn Error>> {
    let account = "x".repeat(1500);
    let objects: Vec<(Vec<u8>, Facts)> =
        (from..from + count).map(|draft| (draft.to_be_bytes().repeat(128), facts(draft))).collect();
    let stages: Vec<Stage<'_>> = objects
        .iter()
        .map(|(bytes, facts)| Stage {
            sha256: Digest(Sha256::digest(bytes).into()),
            content: Content::New(bytes),
            facts,
            account: &account,
        })
        .collect();
    let staged = store.stage(&stages)?;
    store.commit(staged.into_iter().zip(from..).collect())?;
    Ok(from + count)
}

fn facts(draft: u64) -> Facts {
    Facts {
        epoch: 1,
        draft,
        lane: "cot-down".into(),
        source: "feed".into(),
        type_id: Some("cot-event@2.0".into()),
        category: Some("ground-track".into()),
        codes: vec!["LG-M002".into()],
        label: Some("MISSION RESTRICTED Releasable To AUT".into()),
        arrival: Time::MIN,
        decided: Time::MIN,
        not_after: None,
        route: "fast".into(),
        precedence: Precedence::Routine,
    }
}

/// Bytes of this process in memory.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
