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
    ClockState, Door, Event, Log, LogKey, Outcome, Refusals, Review, Settings, Settled, Start, Stop, Taken,
    verify,
};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::RealDisk;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn door() -> Door {
    Door { listener: "tls-1".to_owned(), why: "handshake".to_owned(), size_bytes: 70 }
}

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
                digest: (number % 3 > 0).then_some(Digest([3; 32])),
                receipt: (number % 2 == 1).then_some(Taken { run: 1, number, bytes: 0 }),
                door: (number % 3 < 2).then(|| Box::new(door())),
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
    until(at(100), by, step, nonce)
}

fn until(expires: Time, by: &str, step: ReviewStep, nonce: u8) -> SignedReview {
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
        expires,
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
    // An approval that had ended when enough had approved was none of those that were enough.
    for (expires, sound) in [(at(2), true), (at(3), false)] {
        let third = [ReviewStep::Claim, ReviewStep::Approve].map(|step| {
            let nonce = if step == ReviewStep::Claim { 8 } else { 9 };
            reviewed(&until(expires, "k", step, nonce), false)
        });
        let mut log = whole.clone();
        log.splice(1..1, third);
        *log.last_mut().unwrap() = changed(log.last().unwrap(), "[6,6]", "[8,8]");
        both("a third approval", &log, sound);
    }
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

/// What a lane lets go of without people has to say so, and that nothing was found in it.
#[test]
fn both_ask_what_was_found_in_what_left_without_people() {
    let digest = |byte: u8| Digest([byte; 32]).to_string();
    let decided = |more: &str| {
        let text = format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{0}\",\"decided\":\"{0}\",\"uptime_ns\":1,\
             \"clock\":\"synchronised\",\"again\":null,\"first\":null,\"receipt\":null,\"rewritten\":true,\
             \"steps\":{{}},\"not_after\":null,\"class\":null,\"account\":{{\"lane\":\"cot-down\",\"sha256\":\"{1}\",\
             \"verdict\":\"release\",{more}}}}}",
            at(1),
            digest(1),
        );
        let settled = Settled {
            at: at(4),
            epoch: 1,
            lane: "cot-down".to_owned(),
            outcomes: vec![(Outcome::Sent, vec![(1, 1)])],
        };
        vec![text.into_bytes(), page(&Event::Egress(settled))]
    };
    let (new, other) = (digest(2), digest(1));
    let says = |route: &str, unasked: &str, class: &str, rebuilt: &str, left: &str| {
        format!(
            "\"route\":\"{route}\",{unasked}\"findings\":[{{\"class\":\"{class}\"}}],\
             \"rebuilt_sha256\":\"{rebuilt}\",\"released_sha256\":\"{left}\""
        )
    };
    let yes = "\"unasked\":true,";
    for (what, more, sound) in [
        ("as it should be", says("slow", yes, "note", &new, &new), true),
        ("a long one", format!("\"shortened\":true,{}", says("slow", yes, "note", &new, &new)), true),
        ("a long one", format!("\"shortened\":true,{}", says("slow", yes, "attack", &new, &new)), false),
        ("nobody says so", says("slow", "", "note", &new, &new), false),
        ("it is said not to be so", says("slow", "\"unasked\":false,", "note", &new, &new), false),
        ("something was found", says("slow", yes, "disclosure", &new, &new), false),
        ("something else left", says("slow", yes, "note", &new, &digest(3)), false),
        ("what came is what is built of it", says("slow", yes, "note", &other, &other), true),
        ("it left as it came", says("slow", yes, "note", &new, &other), false),
        (
            "of a type by this route",
            format!("\"type\":\"t@1\",{}", says("slow", yes, "note", &new, &new)),
            false,
        ),
        ("of a known type", says("fast", yes, "note", &new, &new), false),
        ("of a known type, and silent", says("fast", "", "note", &new, &new), true),
        ("answered", format!("\"answered\":[{{}}],{}", says("slow", yes, "note", &new, &new)), false),
    ] {
        both(what, &decided(&more), sound);
    }
}

/// An object of no one's type; what waits of it is decided again, and leaves.
fn again(former: u8, forms: &str) -> Vec<Vec<u8>> {
    let decided = |seconds: u64, again: &str, account: &str| {
        format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{0}\",\"decided\":\"{0}\",\"uptime_ns\":1,\
             \"clock\":\"synchronised\",\"again\":{again},\"first\":null,\"receipt\":null,\"rewritten\":false,\
             \"steps\":{{}},\"not_after\":null,\"class\":null,\"account\":{{\"lane\":\"cot-down\",\
             \"verdict\":\"release\",{account}}}}}",
            at(seconds),
        )
        .into_bytes()
    };
    let outcome = |outcome, entry| {
        let outcomes = vec![(outcome, vec![(entry, entry)])];
        page(&Event::Egress(Settled { at: at(4), epoch: 1, lane: "cot-down".to_owned(), outcomes }))
    };
    let digest = |byte: u8| Digest([byte; 32]).to_string();
    let account = |byte| format!("\"sha256\":\"{}\"", digest(byte));
    vec![
        decided(1, "null", &format!("{},\"released_sha256\":\"{}\"", account(former), digest(2))),
        outcome(Outcome::Recalled, 1),
        decided(3, "1", forms),
        outcome(Outcome::Sent, 3),
    ]
}

/// Every count comes out where one object leaves in the place of another; the records name both.
#[test]
fn both_find_an_object_that_was_decided_in_the_place_of_another() {
    let named = |byte: u8| format!("\"sha256\":\"{}\"", Digest([byte; 32]));
    for (second, sound) in
        [(named(1), true), (named(2), true), (named(3), false), ("\"x\":1".to_owned(), false)]
    {
        let (ours, theirs) = judged(&again(1, &second));
        assert_eq!((ours, theirs.unwrap_or(sound)), (sound, sound), "{second}");
    }
}

/// Both come to the same of this, as the one entry that is odd in a log that is right otherwise.
fn both(what: &str, log: &[Vec<u8>], sound: bool) {
    let (ours, theirs) = judged(log);
    assert_eq!((ours, theirs.unwrap_or(sound)), (sound, sound), "{what}");
}

fn dropped(listener: &str, count: u64) -> Vec<u8> {
    page(&Event::Drops(lockgate_audit::Drops {
        at: at(5),
        epoch: 1,
        lane: "cot-down".to_owned(),
        listener: listener.to_owned(),
        dropped: count,
        lost: 0,
        alarms: 0,
        indeterminate: 0,
    }))
}

fn changed(entry: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(entry.to_vec()).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    text.replacen(from, to, 1).into_bytes()
}

/// What is impossible after what went before, or no event at all.
#[test]
fn both_find_events_that_cannot_be() {
    both("drops", &[dropped("l", 3), dropped("l", 9), dropped("m", 1)], true);
    both("drops that become fewer", &[dropped("l", 9), dropped("l", 3)], false);
    both("a key too many", &[changed(&dropped("l", 9), "\"at\"", "\"more\":1,\"at\"")], false);
    both("a key too few", &[changed(&dropped("l", 9), "\"listener\":\"l\",", "")], false);
    let refusals = page(&Event::Refusals(Refusals {
        at: at(1),
        epoch: 1,
        lane: "cot-down".to_owned(),
        source: "s".to_owned(),
        code: "LG-S001".to_owned(),
        count: 10,
        first: at(0),
        last: at(1),
        digest: Some(Digest([3; 32])),
        receipt: None,
        door: Some(Box::new(door())),
    }));
    both("refusals", std::slice::from_ref(&refusals), true);
    // Counted together without hashes by intake; as logs of before have them; and neither whole.
    let digest = format!(",\"digest\":\"{}\"", Digest([3; 32]));
    let where_from = ",\"listener\":\"tls-1\",\"why\":\"handshake\",\"size_bytes\":70";
    let unhashed = changed(&refusals, &digest, "");
    both("refusals", std::slice::from_ref(&unhashed), true);
    both("refusals", &[changed(&refusals, where_from, "")], true);
    both("neither hashed nor from a listener", &[changed(&unhashed, where_from, "")], false);
    for key in [",\"listener\":\"tls-1\"", ",\"why\":\"handshake\"", ",\"size_bytes\":70"] {
        both("half a listener", &[changed(&refusals, key, "")], false);
    }
    let file = |count: &str, receipt: &str| {
        changed(&refusals, "\"count\":10", &format!("\"count\":{count},\"receipt\":{receipt}"))
    };
    both("a file", &[file("1", "\"3-4\"")], true);
    for (count, receipt) in [("2", "\"3-4\""), ("1", "\"3-4@5\""), ("1", "\"3\""), ("1", "null"), ("1", "3")]
    {
        both(receipt, &[file(count, receipt)], false);
    }
    for count in ["-5", "1.5", "true", "\"10\"", "18446744073709551616"] {
        both(count, &[changed(&refusals, "\"count\":10", &format!("\"count\":{count}"))], false);
    }
    let held = [decision(1, "hold"), decision(2, "hold")];
    let ends = |range: &str| {
        let outcomes = vec![(Outcome::Expired, vec![(1, 2)])];
        let event = Event::Hold(Settled { at: at(4), epoch: 1, lane: "cot-down".to_owned(), outcomes });
        let end = changed(&page(&event), "[1,2]", range);
        [&held[..], &[end]].concat()
    };
    both("a range", &ends("[1,2]"), true);
    for range in ["[2,1]", "[1,3]", "[1,2,3]", "[-1,2]", "[1,1],[1,2]"] {
        both(range, &ends(range), false);
    }
    for (receipt, sound) in [
        ("1-2", true),
        ("1-2@7", true),
        ("+1-2", false),
        ("1-+2", false),
        ("01-2", false),
        ("1-2@0", false),
        ("1-2@", false),
        ("a", false),
        ("18446744073709551616-1", false),
    ] {
        let taken = format!("\"receipt\":\"{receipt}\"");
        both(receipt, &[changed(&decision(1, "refuse"), "\"receipt\":null", &taken)], sound);
    }
}

/// Claims, people and nonces, counted anew by both.
#[test]
fn both_find_reviews_that_cannot_be() {
    let held = approved().remove(0);
    let says = |by: &str, step, nonce| reviewed(&statement(by, step, nonce), false);
    let (claim, approve, reject) = (ReviewStep::Claim, ReviewStep::Approve, ReviewStep::Reject);
    let log = |said: &[Vec<u8>]| [std::slice::from_ref(&held), said].concat();
    both("a claim and an approval", &log(&[says("n", claim, 1), says("n", approve, 2)]), true);
    both("rejected", &log(&[says("n", claim, 1), says("n", reject, 2)]), true);
    both("of nothing", &[says("n", claim, 1)], false);
    both("nobody has claimed it", &log(&[says("n", approve, 2)]), false);
    both("another one has claimed it", &log(&[says("m", claim, 1), says("n", approve, 2)]), false);
    both(
        "claimed by another one meanwhile",
        &log(&[says("n", claim, 1), says("m", claim, 2), says("n", reject, 3)]),
        false,
    );
    both("a statement twice", &log(&[says("n", claim, 1), says("n", claim, 1)]), false);
    let twice = [says("n", claim, 1), says("n", approve, 2), says("n", approve, 3)];
    both("approved twice by one person", &log(&twice), false);
    both("a claim that completes", &log(&[reviewed(&statement("n", claim, 1), true)]), false);
    both("after its end", &log(&[says("n", claim, 1), says("n", reject, 2), says("n", claim, 3)]), false);
    // What was refused never counts, and is remembered.
    let refused = changed(&says("n", claim, 1), "\"refused\":null", "\"refused\":\"LG-H030\"");
    both("refused", &log(std::slice::from_ref(&refused)), true);
    both("handed in until it counts", &log(&[refused, says("n", claim, 1)]), false);
}

/// Snapshots of the accounting that both keep.
#[test]
fn both_find_snapshots_that_cannot_be() {
    let held = approved().remove(0);
    let claim = reviewed(&statement("n", ReviewStep::Claim, 1), false);
    let before = [held, claim, dropped("l", 4)];
    let mut fold = lockgate_audit::Fold::new();
    let key = LogKey::from_secret("test.example/log", &[5; 32]).unwrap().trust().to_string();
    for (entry, page) in (0..).zip([page(&start(&key))].iter().chain(&before)) {
        fold.take(entry, Event::read(page).unwrap()).unwrap();
    }
    let parts = fold.ledger().snapshot();
    assert_eq!(parts.len(), 2, "the statements have a part of their own");
    let pages: Vec<Vec<u8>> = parts.into_iter().map(|part| page(&Event::Snapshot(at(6), part))).collect();
    let log = |parts: &[Vec<u8>]| [&before[..], parts].concat();
    both("a snapshot", &log(&pages), true);
    both("twice", &log(&[pages.clone(), pages.clone()].concat()), true);
    both("the last part alone", &log(&pages[1..]), false);
    both("without its last part", &log(&pages[..1]), false);
    both("something between its parts", &log(&[pages[0].clone(), dropped("l", 5), pages[1].clone()]), false);
    for (place, from, to) in [
        (0, "\"now\":4", "\"now\":5"),
        (0, "\"listener\":\"l\"", "\"listener\":\"m\""),
        (0, "[0,\"held\",1,[1]]", "[0,\"held\",1,[2]]"),
        (0, "[0,\"held\",1,[1]]", "[0,\"held\",1,[1099511627776]]"),
        (0, "[0,\"held\",1,[1]]", "[0,\"held\",2,[1]]"),
        (0, "\"receipts\":[]", "\"receipts\":[[1,0,65535,0],[2,0,65535,0]]"),
        (0, "\"parts\":2", "\"parts\":3"),
        (1, "\"part\":2", "\"part\":3"),
        (1, "\"by\":\"n\"", "\"by\":\"m\""),
        (1, "\"step\":\"claim\"", "\"step\":\"approve\""),
        (1, "\"object\":1", "\"object\":2"),
    ] {
        let mut parts = pages.clone();
        parts[place] = changed(&pages[place], from, to);
        both(&format!("{from} -> {to}"), &log(&parts), false);
    }
}

/// Whoever has the checkpoint of before, and the files of now: all tiles that it was shown with are there, or the full ones.
#[test]
fn a_copy_of_the_public_files_under_the_checkpoint_of_before_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let key = LogKey::from_secret("test.example/log", &[5; 32]).unwrap();
    let trust = key.trust();
    let disk = Arc::new(RealDisk::at(folder.path()).unwrap());
    let (mut log, _) = Log::open(disk, key, Vec::new(), Settings::default()).unwrap();
    log.append(&page(&start(&trust.to_string()))).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let mut before = Vec::new();
    for number in 1..=700 {
        log.append(&dropped("l", number)).unwrap();
        if number % 70 != 0 {
            continue;
        }
        log.commit().unwrap();
        log.checkpoint().unwrap();
        let now = std::fs::read(folder.path().join("checkpoint")).unwrap();
        if before.is_empty() {
            before = now;
            continue;
        }
        let public = copy.path().join(number.to_string());
        std::fs::create_dir(&public).unwrap();
        let copied =
            Command::new("cp").arg("-r").arg(folder.path().join("tile")).arg(&public).status().unwrap();
        assert!(copied.success());
        std::fs::write(public.join("checkpoint"), &before).unwrap();
        if let Some((code, answer)) = script(&public, &trust.to_string(), None) {
            assert_eq!(code, 0, "{number}: {answer}");
        }
        let report =
            verify(&RealDisk::at(&public).unwrap(), std::slice::from_ref(&trust), None, &mut |_, _| {})
                .unwrap();
        // That tiles are newer than the checkpoint is told where they show it.
        let is_known = |finding: &lockgate_audit::Finding| finding.wrong == lockgate_audit::Wrong::Extra;
        assert!(report.findings.iter().all(is_known), "{number}: {:?}", report.findings);
        before = now;
    }
}

/// A note that signed-note would not accept.
#[test]
fn the_script_takes_no_checkpoint_that_is_no_signed_note() {
    let folder = tempfile::tempdir().unwrap();
    let (key, _) = write_log(folder.path(), 20);
    let trust = key.trust().to_string();
    let file = folder.path().join("checkpoint");
    let whole = std::fs::read_to_string(&file).unwrap();
    let ours =
        || verify(&RealDisk::at(folder.path()).unwrap(), &[key.trust()], None, &mut |_, _| {}).unwrap();
    let Some((0, _)) = script(folder.path(), &trust, None) else { return };
    let signature = whole.lines().last().unwrap().to_owned();
    let (head, blob) = signature.rsplit_once(' ').unwrap();
    let mut wrong = base64::decode(blob.as_bytes()).unwrap();
    wrong[20] ^= 1;
    let wrong = format!("{head} {}", base64::encode(&wrong));
    let cases = [
        format!("{whole}{wrong}\n"),
        format!(
            "{}\n{wrong}\n{signature}\n",
            whole.trim_end().strip_suffix(&signature).unwrap().trim_end_matches('\n').to_owned() + "\n"
        ),
        whole.trim_end().to_owned(),
        format!("{whole}{}", "\n".repeat(70_000)),
        whole.replacen("\n21\n", "\n+21\n", 1),
    ];
    for (place, note) in cases.iter().enumerate() {
        std::fs::write(&file, note).unwrap();
        assert_eq!(script(folder.path(), &trust, None).unwrap().0, 1, "{place}");
        assert!(!ours().is_sound(), "{place}");
    }
    // Signed by somebody else as well: as before.
    std::fs::write(&file, format!("{whole}\u{2014} other.example/log {blob}\n")).unwrap();
    assert_eq!(script(folder.path(), &trust, None).unwrap().0, 0);
    assert!(ours().is_sound());
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
