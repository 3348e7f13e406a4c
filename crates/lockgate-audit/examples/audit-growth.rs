//! Makes a log of so many entries as a lane would, and says what reading it costs on this machine:
//! `cargo run --profile dist -p lockgate-audit --example audit-growth -- EMPTY-FOLDER ENTRIES`. The folder is then there for
//! `lockgate audit verify|show|export`; its key is in `key.pub`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a measurement for people")]

use lockgate_audit::{
    ClockState, Entries, Event, Log, LogKey, Outcome, Settings, Settled, Start, Stop, verify,
};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::RealDisk;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Entries in one commit, and decisions that one record of egress speaks of.
const BATCH: u64 = 200;
/// What `lockgate inspect --json` says of a track of 1 KiB, but for the hashes.
const ACCOUNT: &str = include_str!("account.json");

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("name an empty folder")?;
    let entries: u64 = args.next().ok_or("say how many entries")?.parse()?;
    let key = LogKey::from_secret("measure/log", &[5; 32]).map_err(|_| "a key")?;
    std::fs::write(Path::new(&folder).join("key.pub"), format!("{}\n", key.trust()))?;
    let trust = key.trust();
    let disk = Arc::new(RealDisk::at(Path::new(&folder))?);
    timed("write", entries, || write(disk.clone(), key, entries))?;
    timed("verify", entries, || {
        let report = verify(&*disk, &[trust], None, &mut |_, _| {})?;
        if report.is_sound() { Ok(()) } else { Err(format!("{:?}", report.findings).into()) }
    })?;
    timed("read every event", entries, || {
        let mut all = Entries::from(&*disk, 0);
        while let Some((_, record)) = all.next_entry()? {
            Event::read(record).map_err(|fault| fault.to_string())?;
        }
        Ok(())
    })
}

fn write(disk: Arc<RealDisk>, key: LogKey, entries: u64) -> Result<(), Box<dyn Error>> {
    let public = key.trust().to_string();
    let (mut log, _) =
        Log::open(disk, key, Vec::new(), Settings::default()).map_err(|fault| fault.to_string())?;
    let (at, lane) = (Time::from_unix_nanos(1_772_359_500_000_000_000), "cot-down".to_owned());
    let mut page = Vec::new();
    let zeros = Digest([0; 32]);
    let start = Start {
        at,
        epoch: 1,
        node: "measure".to_owned(),
        engine: "0.1.0".to_owned(),
        bundle: zeros,
        revision: 1,
        lane: lane.clone(),
        config: zeros,
        clock: ClockState::Synchronised,
        key: public,
        cut_bytes: 0,
        outstanding: 0,
    };
    Event::Start(start).write(&mut page);
    log.append(&page)?;
    let mut text = String::new();
    for number in 1..entries - 1 {
        page.clear();
        if number % BATCH == 0 {
            let outcomes = vec![(Outcome::Sent, vec![(number + 1 - BATCH, number - 1)])];
            Event::Egress(Settled { at, epoch: 1, lane: lane.clone(), outcomes }).write(&mut page);
            log.append(&page)?;
            log.commit()?;
        } else {
            decision(number, &mut text)?;
            log.append(text.as_bytes())?;
        }
    }
    page.clear();
    Event::Stop(Stop { at, epoch: 1, why: "measured".to_owned() }).write(&mut page);
    log.append(&page)?;
    log.commit()?;
    Ok(log.checkpoint()?)
}

fn decision(number: u64, text: &mut String) -> Result<(), Box<dyn Error>> {
    text.clear();
    let time = "2026-03-01T10:05:00.123456789Z";
    write!(
        text,
        "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{time}\",\"decided\":\"{time}\",\"uptime_ns\":{number},\
         \"clock\":\"synchronised\",\"again\":null,\"first\":null,\"receipt\":null,\"rewritten\":false,\"steps\":\
         {{\"frame\":\"pass\",\"type\":\"pass\",\"label\":\"pass\",\"words\":\"pass\",\"rules\":\"pass\",\
         \"release\":\"pass\"}},\"not_after\":\"{time}\",\"class\":\"ROUTINE\",\"account\":{}}}",
        ACCOUNT.trim_end().replace("HASH", &format!("{:064x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    )?;
    Ok(())
}

/// How long it took, and the most memory that this process has had.
fn timed(
    what: &str,
    entries: u64,
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    work()?;
    let took = begun.elapsed();
    let nanos = took.as_nanos() / u128::from(entries);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim();
    println!("{what}: {:.1} s, {nanos} ns an entry, at most {most} so far", took.as_secs_f64());
    Ok(())
}
