//! The independent script and our own verifier say the same of a log on a real disk.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be, and says loudly what it left out"
)]

use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview, base64};
use lockgate_audit::{
    ClockState, Event, Log, LogKey, Outcome, Refusals, Review, Settings, Settled, Start, Stop, Taken, verify,
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

fn start(key: &str) -> Event {
    Event::Start(Start {
        at: at(0),
        epoch: 1,
        node: "node".to_owned(),
        engine: "0.1.0".to_owned(),
        bundle: Digest([1; 32]),
        revision: 1,
        lane: "cot-down".to_owned(),
        config: Digest([2; 32]),
        clock: ClockState::Synchronised,
        key: key.to_owned(),
        cut_bytes: 0,
        outstanding: 0,
    })
}

/// Some 70,000 entries make three levels of tiles; that many only where there is time for it.
fn write_log(folder: &Path, entries: u64) -> (LogKey, Vec<u8>) {
    let key = LogKey::generate("test.example/log").unwrap();
    let again = LogKey::parse(&key.secret_text()).unwrap();
    let disk = Arc::new(RealDisk::at(folder).unwrap());
    let (mut log, recovered) = Log::open(disk, key, Vec::new(), Settings::default()).unwrap();
    assert_eq!(recovered.entries, 0);
    log.append(&page(&start(&again.trust().to_string()))).unwrap();
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
                count: if number % 2 == 0 { 10 } else { 1 },
                first: at(0),
                last: at(number),
                digest: Digest([3; 32]),
                receipt: (number % 2 == 1).then_some(Taken { run: 1, number, bytes: 0 }),
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

fn secret() -> SecretKey {
    let der = [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[9; 32]].concat();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", base64::encode(&der));
    SecretKey::from_pem(pem.into_bytes()).unwrap()
}

/// The statement of a reviewer about the object that is held under entry 1, which is to leave rebuilt.
fn statement(by: &str, step: ReviewStep, nonce: u8) -> SignedReview {
    let terms = ReviewTerms {
        step,
        lane: "cot-down".to_owned(),
        destination: "b".to_owned(),
        entry: 1,
        input: Digest([1; 32]),
        output: Some(Digest([2; 32])),
        findings: Digest([3; 32]),
        bundle: Digest([4; 32]),
        label_before: "X".to_owned(),
        label_after: "X".to_owned(),
        expires: at(100),
        nonce: [nonce; 16],
        reviewer: by.to_owned(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(step)).unwrap(),
        text: String::new(),
    };
    SignedReview::sign(terms, &secret()).unwrap()
}

fn reviewed(signed: &SignedReview, complete: bool) -> Vec<u8> {
    let terms = signed.terms();
    page(&Event::Review(Box::new(Review {
        at: at(2),
        epoch: 1,
        lane: terms.lane.clone(),
        object: Some(terms.entry),
        step: Some(terms.step),
        by: Some(terms.reviewer.clone()),
        nonce: Some(terms.nonce),
        until: Some(terms.expires),
        complete,
        refused: None,
        sha256: signed.digest(),
        statement: Some(signed.to_bytes()),
    })))
}

/// A log in which an object that came with a sidecar is held, approved by two people, and leaves rebuilt.
fn approved() -> Vec<Vec<u8>> {
    let digest = |byte: u8| Digest([byte; 32]).to_string();
    let decided = |seconds: u64, again: &str, account: &str| {
        format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{0}\",\"decided\":\"{0}\",\"uptime_ns\":1,\
             \"clock\":\"synchronised\",\"again\":{again},\"first\":null,\"receipt\":null,\"rewritten\":false,\
             \"steps\":{{}},\"not_after\":null,\"class\":null,\"account\":{{\"lane\":\"cot-down\",\"sha256\":\"{1}\",\
             \"sidecar_sha256\":\"{2}\",\"sidecar_size_bytes\":7,\"route\":\"slow\",\"destination\":\"b\",\
             \"bundle\":\"sha256:{3}\",{account}}}}}",
            at(seconds),
            digest(1),
            digest(7),
            digest(4),
        )
        .into_bytes()
    };
    let claims = [("n", 1), ("m", 2)].map(|(by, nonce)| statement(by, ReviewStep::Claim, nonce));
    let [one, two] = [("n", 3), ("m", 4)].map(|(by, nonce)| statement(by, ReviewStep::Approve, nonce));
    let named = [&one, &two].map(|signed| {
        format!("{{\"by\":\"{}\",\"statement\":\"{}\"}}", signed.terms().reviewer, signed.digest())
    });
    let release = format!(
        "\"verdict\":\"release\",\"answered\":[{{}}],\"approvals\":[{}],\"released_sha256\":\"{}\"",
        named.join(","),
        digest(2)
    );
    vec![
        decided(1, "null", "\"verdict\":\"hold\""),
        reviewed(&claims[0], false),
        reviewed(&one, false),
        reviewed(&claims[1], false),
        reviewed(&two, true),
        decided(3, "1", &release),
        page(&Event::Egress(Settled {
            at: at(4),
            epoch: 1,
            lane: "cot-down".to_owned(),
            outcomes: vec![(Outcome::Sent, vec![(6, 6)])],
        })),
    ]
}

/// Writes a start, these entries and a stop as a log that is signed; what both verifiers say of it.
fn judged(entries: &[Vec<u8>]) -> (bool, Option<bool>) {
    let folder = tempfile::tempdir().unwrap();
    let key = LogKey::from_secret("test.example/log", &[5; 32]).unwrap();
    let trust = key.trust();
    let disk = Arc::new(RealDisk::at(folder.path()).unwrap());
    let (mut log, _) = Log::open(disk.clone(), key, Vec::new(), Settings::default()).unwrap();
    log.append(&page(&start(&trust.to_string()))).unwrap();
    for entry in entries {
        log.append(entry).unwrap();
    }
    log.append(&page(&Event::Stop(Stop { at: at(9), epoch: 1, why: "signal".to_owned() }))).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    let ours = verify(&*disk, std::slice::from_ref(&trust), None, &mut |_, _| {}).unwrap().is_sound();
    let theirs = script(folder.path(), &trust.to_string(), None).map(|(code, _)| code == 0);
    (ours, theirs)
}

/// The name that a link gives an object stands on releases, as 64 digits; both verifiers read it, and logs without it.
#[test]
fn both_verifiers_read_the_name_by_which_a_link_carries_an_object() {
    let decision = |verdict: &str, more: &str| {
        let text = format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{0}\",\"decided\":\"{0}\",\"uptime_ns\":1,\
             \"clock\":\"synchronised\",\"again\":null,\"first\":null,\"receipt\":null,\"rewritten\":false,\
             \"steps\":{{}},\"not_after\":null,\"class\":null,{more}\"account\":{{\"lane\":\"cot-down\",\
             \"verdict\":\"{verdict}\"}}}}",
            at(1)
        );
        text.into_bytes()
    };
    let name = |digits: &str| format!("\"blake3\":\"{digits}\",");
    let right = name(&"0a".repeat(32));
    for (verdict, more, sound) in [
        ("release", "", true),
        ("release", &*right, true),
        ("hold", &right, false),
        ("refuse", &right, false),
        ("release", &name(&"0A".repeat(32)), false),
        ("release", &name(&"0".repeat(63)), false),
        ("release", "\"blake3\":null,", false),
    ] {
        let (ours, theirs) = judged(&[decision(verdict, more)]);
        assert_eq!((ours, theirs.unwrap_or(sound)), (sound, sound), "{verdict} {more}");
    }
}

/// A log that somebody edited and signed again: whoever holds the key of the log still cannot release what was not approved,
/// nor forget a sidecar.
#[test]
fn both_find_a_release_that_rests_on_nothing_and_a_sidecar_that_was_forgotten() {
    let whole = approved();
    let (ours, theirs) = judged(&whole);
    assert!(ours && theirs.unwrap_or(true), "{ours} {theirs:?}");
    type Edit = fn(&mut Vec<Vec<u8>>);
    fn change(entry: &mut Vec<u8>, from: &str, to: &str) {
        let text = String::from_utf8(std::mem::take(entry)).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        *entry = text.replace(from, to).into_bytes();
    }
    let edits: Vec<(&str, Edit)> = vec![
        ("nobody approves", |log| change(&mut log[5], "\"approvals\":[", "\"nobody\":[")),
        ("other bytes leave", |log| {
            change(&mut log[5], &Digest([2; 32]).to_string(), &Digest([8; 32]).to_string());
        }),
        ("of another object", |log| {
            change(&mut log[5], &Digest([1; 32]).to_string(), &Digest([8; 32]).to_string());
        }),
        ("under another bundle", |log| {
            change(&mut log[5], &Digest([4; 32]).to_string(), &Digest([8; 32]).to_string());
        }),
        ("to another domain", |log| change(&mut log[5], "\"destination\":\"b\"", "\"destination\":\"c\"")),
        ("one person twice", |log| change(&mut log[5], "\"by\":\"m\"", "\"by\":\"n\"")),
        ("a person fewer", |log| {
            let text = String::from_utf8(log[5].clone()).unwrap();
            let second = text.find(",{\"by\":\"m\"").unwrap();
            let end = text.match_indices('}').find(|(at, _)| *at > second).unwrap().0 + 1;
            log[5].drain(second..end);
        }),
        ("too late", |log| {
            let (now, then) = (at(3).to_string(), at(100).to_string());
            change(&mut log[5], &now, &then);
        }),
        ("never complete", |log| change(&mut log[4], "\"complete\":true", "\"complete\":false")),
        ("a record of something else", |log| change(&mut log[4], "\"nonce\":\"04", "\"nonce\":\"05")),
        ("an approval that is not there", |log| {
            let statement = statement("m", ReviewStep::Approve, 4).digest().to_string();
            change(&mut log[5], &statement, &Digest([8; 32]).to_string());
        }),
        ("a sidecar that is forgotten", |log| {
            change(&mut log[5], "\"sidecar_sha256\"", "\"other\"");
            change(&mut log[5], "\"sidecar_size_bytes\"", "\"others\"");
        }),
        ("another sidecar", |log| {
            change(&mut log[5], &Digest([7; 32]).to_string(), &Digest([8; 32]).to_string());
        }),
        ("half a sidecar", |log| change(&mut log[0], "\"sidecar_size_bytes\"", "\"other\"")),
    ];
    for (what, edit) in edits {
        let mut log = whole.clone();
        edit(&mut log);
        let (ours, theirs) = judged(&log);
        assert!(!ours, "{what}: our own verifier calls it sound");
        assert!(!theirs.unwrap_or(false), "{what}: the script calls it sound");
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
