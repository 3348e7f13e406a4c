//! The independent script and our own verifier say the same of a log on a real disk.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be, and says loudly what it left out"
)]

use lockgate_audit::{
    ClockState, Event, Log, LogKey, Outcome, Refusals, Settings, Settled, Start, Stop, verify,
};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::RealDisk;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn at(seconds: u64) -> Time {
    Time::from_unix_nanos(i64::try_from(seconds).unwrap() * 1_000_000_000)
}

fn page(event: &Event) -> Vec<u8> {
    let mut page = Vec::new();
    event.write(&mut page);
    page
}

fn decision(number: u64, verdict: &str) -> Vec<u8> {
    format!(
        "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{0}\",\"decided\":\"{0}\",\"uptime_ns\":{number},\
         \"clock\":\"synchronised\",\"again\":null,\"first\":null,\"receipt\":null,\"rewritten\":{1},\"steps\":{{}},\
         \"not_after\":null,\"class\":null,\"account\":{{\"lane\":\"cot-down\",\"verdict\":\"{verdict}\"}}}}",
        at(number),
        number.is_multiple_of(3),
    )
    .into_bytes()
}

/// Some 70,000 entries make three levels of tiles; that many only where there is time for it.
fn write_log(folder: &Path, entries: u64) -> (LogKey, Vec<u8>) {
    let key = LogKey::generate("test.example/log").unwrap();
    let again = LogKey::parse(&key.secret_text()).unwrap();
    let disk = Arc::new(RealDisk::at(folder).unwrap());
    let (mut log, recovered) = Log::open(disk, key, Vec::new(), Settings::default()).unwrap();
    assert_eq!(recovered.entries, 0);
    let start = Event::Start(Start {
        at: at(0),
        epoch: 1,
        node: "node".to_owned(),
        engine: "0.1.0".to_owned(),
        bundle: Digest([1; 32]),
        revision: 1,
        lane: "cot-down".to_owned(),
        config: Digest([2; 32]),
        clock: ClockState::Synchronised,
        key: again.trust().to_string(),
        cut_bytes: 0,
        outstanding: 0,
    });
    log.append(&page(&start)).unwrap();
    let mut early = Vec::new();
    for number in 1..entries {
        let entry = match number % 5 {
            0 => decision(number, "refuse"),
            1 | 2 => decision(number, "release"),
            3 => page(&Event::Egress(Settled {
                at: at(number),
                epoch: 1,
                lane: "cot-down".to_owned(),
                outcomes: vec![
                    (Outcome::Sent, vec![(number - 2, number - 2)]),
                    (Outcome::Spilled, vec![(number - 1, number - 1)]),
                ],
            })),
            _ => page(&Event::Refusals(Refusals {
                at: at(number),
                epoch: 1,
                lane: "cot-down".to_owned(),
                source: "s".to_owned(),
                code: "LG-S001".to_owned(),
                count: 10,
                first: at(0),
                last: at(number),
                digest: Digest([3; 32]),
            })),
        };
        log.append(&entry).unwrap();
        if number % 97 == 0 {
            log.commit().unwrap();
        }
        if number == entries / 2 {
            log.commit().unwrap();
            log.checkpoint().unwrap();
            early = std::fs::read(folder.join("checkpoint")).unwrap();
        }
    }
    log.append(&page(&Event::Stop(Stop { at: at(entries), epoch: 1, why: "signal".to_owned() }))).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    (again, early)
}

/// The answer of the script, or `None` where there is no Python.
fn script(folder: &Path, key: &str, against: Option<&Path>) -> Option<(i32, serde_json::Value)> {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/audit-verify.py");
    let mut command = Command::new("python3");
    command.arg(program).arg(folder).arg(key).args(against);
    match command.output() {
        Ok(output) => {
            let answer = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
            Some((output.status.code().unwrap(), answer))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("LEFT OUT: there is no python3 here; the independent script was not run");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_script_and_the_verifier_agree() {
    let folder = tempfile::tempdir().unwrap();
    let (key, early) = write_log(folder.path(), 900);
    let elsewhere = folder.path().join("kept-elsewhere");
    std::fs::write(&elsewhere, &early).unwrap();
    let disk = RealDisk::at(folder.path()).unwrap();
    let report = verify(&disk, &[key.trust()], Some(&early), &mut |_, _| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.entries, 901);
    let text = key.trust().to_string();
    let Some((code, answer)) = script(folder.path(), &text, Some(&elsewhere)) else { return };
    assert_eq!((code, &answer["entries"]), (0, &serde_json::json!(901)), "{answer}");
    let (lane, tally) = report.ledger.lanes().next().unwrap();
    for (name, count) in tally.named() {
        assert_eq!(answer["lanes"][lane][name], serde_json::json!(count), "{name}");
    }
    // What one finds, the other finds.
    let bundle = folder.path().join("tile/entries/001");
    let whole = std::fs::read(&bundle).unwrap();
    for place in [5, 999, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(&bundle, &changed).unwrap();
        assert_eq!(script(folder.path(), &text, None).unwrap().0, 1);
        assert!(!verify(&disk, &[key.trust()], None, &mut |_, _| {}).unwrap().is_sound());
    }
    std::fs::write(&bundle, &whole).unwrap();
    let late = std::fs::read(folder.path().join("checkpoint")).unwrap();
    std::fs::write(folder.path().join("checkpoint"), &early).unwrap();
    std::fs::write(&elsewhere, &late).unwrap();
    assert_eq!(script(folder.path(), &text, Some(&elsewhere)).unwrap().0, 1, "rolled back");
    assert!(!verify(&disk, &[key.trust()], Some(&late), &mut |_, _| {}).unwrap().is_sound());
    let other = LogKey::generate("test.example/log").unwrap().trust().to_string();
    assert_eq!(script(folder.path(), &other, None).unwrap().0, 1, "another key");
}
