//! `lockgate audit` on a log that was written for the test.

use crate::common::run;
use lockgate_audit::{ClockState, Drops, Event, Log, LogKey, Settings, Start, Stop};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::RealDisk;
use std::path::Path;
use std::sync::Arc;

fn write_log(folder: &Path) -> String {
    let key = LogKey::generate("test/log").unwrap();
    let trust = key.trust().to_string();
    let (mut log, _) =
        Log::open(Arc::new(RealDisk::at(folder).unwrap()), key, Vec::new(), Settings::default()).unwrap();
    let at = Time::parse(b"2026-03-01T10:00:00Z").unwrap();
    let mut page = Vec::new();
    Event::Start(Start {
        at,
        epoch: 1,
        node: "node".to_owned(),
        engine: "0".to_owned(),
        bundle: Digest([0; 32]),
        revision: 1,
        lane: "cot-down".to_owned(),
        config: Digest([0; 32]),
        clock: ClockState::Synchronised,
        key: trust.clone(),
        cut_bytes: 0,
        outstanding: 0,
    })
    .write(&mut page);
    log.append(&page).unwrap();
    for dropped in 0..9 {
        Event::Drops(Drops {
            at,
            epoch: 1,
            lane: "cot-down".to_owned(),
            listener: "=udp".to_owned(),
            dropped,
            lost: 0,
            alarms: 0,
            indeterminate: 0,
        })
        .write(&mut page);
        log.append(&page).unwrap();
    }
    log.commit().unwrap();
    log.checkpoint().unwrap();
    trust
}

#[test]
fn a_sound_log_is_verified_shown_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let trust = write_log(folder.path());
    let (log, keys) = (folder.path().to_str().unwrap(), tempfile::tempdir().unwrap());
    let key = keys.path().join("log.pub");
    std::fs::write(&key, format!("{trust}\n")).unwrap();
    let (key, checkpoint) = (key.to_str().unwrap(), folder.path().join("checkpoint"));
    let against = checkpoint.to_str().unwrap();
    let verified = run(&["audit", "verify", log, "--key", key, "--against", against, "--json"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let line = verified.line();
    assert_eq!((&line["sound"], &line["entries"]), (&true.into(), &10.into()));
    assert_eq!(line["kernel_drops"][0]["dropped"], 8);
    assert_eq!(run(&["audit", "verify", log, "--key", key]).code, 0);
    let shown = run(&["audit", "show", log, "--json", "--lane", "cot-down"]).lines();
    assert_eq!((shown.len(), &shown[3]["record"]["dropped"]), (10, &2.into()));
    assert_eq!(run(&["audit", "show", log]).out.lines().count(), 10);
    assert!(run(&["audit", "show", log, "--verdict", "hold"]).out.is_empty());
    let csv = run(&["audit", "export", log, "--format", "csv"]).out;
    assert_eq!(csv.matches("\r\n").count(), 11);
    let syslog = run(&["audit", "export", log, "--format", "syslog"]).out;
    assert!(syslog.lines().all(|line| line.starts_with('<') && line.contains("lockgate@32473")), "{syslog}");
    // One byte of one record.
    let bundle = folder.path().join("tile/entries/000.p/10");
    let mut bytes = std::fs::read(&bundle).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let changed = run(&["audit", "verify", log, "--key", key, "--json"]);
    assert_eq!((changed.code, &changed.line()["findings"][0]["wrong"]), (1, &"changed".into()));
}

#[test]
fn bad_usage_is_exit_2_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().to_str().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "not a key").unwrap();
    let key = key.to_str().unwrap();
    for (args, says) in [
        (vec!["audit", "verify", log, "--key", key], "note key"),
        (vec!["audit", "verify", "/nowhere/at/all", "--key", key], "nowhere"),
        (vec!["audit", "show", log, "--since", "yesterday"], "not a time"),
        (vec!["audit", "show", log, "--sha256", "12"], "64 hexadecimal digits"),
        (vec!["audit", "show", log, "--verdict", "maybe"], "release"),
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn an_entry_that_cannot_be_read_is_reported_and_the_others_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let key = LogKey::generate("test/log").unwrap();
    let at = Time::parse(b"2026-03-01T10:00:00Z").unwrap();
    let (mut log, _) =
        Log::open(Arc::new(RealDisk::at(folder.path()).unwrap()), key, Vec::new(), Settings::default())
            .unwrap();
    let mut page = Vec::new();
    Event::Stop(Stop { at, epoch: 1, why: "first".to_owned() }).write(&mut page);
    log.append(&page).unwrap();
    log.append(br#"{"event":"stop","at":"never","epoch":1,"why":"second"}"#).unwrap();
    Event::Stop(Stop { at, epoch: 1, why: "third".to_owned() }).write(&mut page);
    log.append(&page).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    drop(log);
    let path = folder.path().to_str().unwrap();
    let shown = run(&["audit", "show", path]);
    assert_eq!(shown.code, 1, "{shown:?}");
    assert!(shown.err.contains("entry 1") && shown.err.contains("at"), "{}", shown.err);
    assert!(shown.out.contains("first") && shown.out.contains("third"), "{}", shown.out);
    let csv = run(&["audit", "export", path, "--format", "csv"]);
    assert_eq!((csv.code, csv.out.matches("\r\n").count()), (1, 3));
}
