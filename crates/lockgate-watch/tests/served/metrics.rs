//! The metrics socket.

use crate::exposition::{Sample, read};
use crate::fake::{Lane, now};
use lockgate_watch::{Alarm, ClockState, Expiry, ExpiryKind, Loaded, Request, Stage, TurnedAway, Verdict};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Status line and body.
fn get(lane: &Lane, path: &str) -> (String, String) {
    let address = lane.watch.as_ref().unwrap().metrics_address().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // In pieces, as a network may bring it.
    for piece in
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n").as_bytes().chunks(13)
    {
        stream.write_all(piece).unwrap();
        stream.flush().unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let mut found = samples.iter().filter(|sample| {
        sample.name == name
            && labels.iter().all(|(key, text)| sample.labels.get(*key).is_some_and(|l| l == text))
    });
    let value = found.next().unwrap_or_else(|| panic!("{name} {labels:?}")).value;
    assert!(found.next().is_none(), "{name} {labels:?} is not one line");
    value
}

#[test]
fn metrics_say_what_was_fed() {
    let lane = Lane::open();
    let gauges = &lane.gauges;
    for nanos in [900, 3_000_000, 20_000_000_000] {
        gauges.took(Stage::Inspect, nanos);
        gauges.went_out(now(), nanos);
    }
    gauges.count_many(Stage::Decide, Verdict::Refuse, lockgate_reason::named("LG-R001"), 5);
    gauges.held(lockgate_reason::named("LG-M001").unwrap(), 4);
    gauges.listener("udp \"a\\b\"\n").kernel_drops(11);
    gauges.queue(lockgate_bytes::Precedence::Flash, 2, 2_048, Some(now()));
    gauges.clock(ClockState::Stepped, now(), "by 1 h");
    let (status, page) = get(&lane, "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    let samples = read(&page);
    let one = |name: &str, labels: &[(&str, &str)]| value(&samples, name, labels);
    let refused = [("lane", "cot-down"), ("stage", "decide"), ("verdict", "refuse"), ("reason", "LG-R001")];
    assert_eq!(one("lockgate_objects_total", &refused), 5.0);
    assert_eq!(one("lockgate_stage_seconds_count", &[("stage", "inspect")]), 3.0);
    assert_eq!(one("lockgate_stage_seconds_bucket", &[("stage", "inspect"), ("le", "0.000001")]), 1.0);
    assert_eq!(one("lockgate_stage_seconds_bucket", &[("stage", "inspect"), ("le", "10")]), 2.0);
    assert!((one("lockgate_stage_seconds_sum", &[("stage", "inspect")]) - 20.003_000_9).abs() < 1e-9);
    assert_eq!(one("lockgate_lane_seconds_count", &[]), 3.0);
    assert_eq!(one("lockgate_held_objects", &[("reason", "LG-M001")]), 4.0);
    assert_eq!(one("lockgate_kernel_drops_total", &[("listener", "udp \"a\\b\"\n")]), 11.0);
    assert_eq!(one("lockgate_queue_objects", &[("precedence", "FLASH")]), 2.0);
    assert_eq!(one("lockgate_expiry_days", &[("what", "rsocc"), ("kind", "agreement")]), 100.0);
    assert_eq!(one("lockgate_alarm", &[("alarm", "clock-stepped")]), 1.0);
    assert_eq!(one("lockgate_alarm", &[("alarm", "disk-full")]), 0.0);
    assert_eq!(one("lockgate_health", &[("state", "releasing")]), 0.0);
    assert_eq!(one("lockgate_clock", &[("state", "stepped")]), 1.0);
    assert_eq!(one("lockgate_bundle_revision", &[]), 7.0);
    assert!(one("lockgate_disk_size_bytes", &[("store", "log")]) > 0.0);
    // The strict reader is not the only one: another program may look at the page.
    if let Some(path) = std::env::var_os("LOCKGATE_METRICS_PAGE") {
        std::fs::write(path, &page).unwrap();
    }
}

#[test]
fn health_is_told_by_status_and_reason() {
    let lane = Lane::open();
    for path in ["/live", "/ready", "/releasing"] {
        assert_eq!(get(&lane, path).0, "HTTP/1.1 200 OK", "{path}");
    }
    lane.gauges.raise(Alarm::LogUnwritable, now(), "log: no room");
    let (status, body) = get(&lane, "/releasing");
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    assert!(
        body.starts_with("not releasing\nlog-unwritable since 20") && body.contains("log: no room"),
        "{body}"
    );
    assert_eq!(get(&lane, "/ready").0, "HTTP/1.1 200 OK");
    lane.gauges.clear(Alarm::LogUnwritable);
    assert_eq!(get(&lane, "/releasing").0, "HTTP/1.1 200 OK");
}

#[test]
fn the_number_of_series_is_bounded_whatever_comes_in() {
    let lane = Lane::open();
    let gauges = &lane.gauges;
    let reasons: Vec<_> = lockgate_reason::all().collect();
    // Everything that can be counted, and more names than anybody has.
    for stage in Stage::ALL {
        gauges.took(*stage, 1);
        for verdict in Verdict::ALL {
            for reason in reasons.iter().copied().map(Some).chain([None]) {
                gauges.count(*stage, *verdict, reason);
            }
        }
    }
    for number in 0..5_000 {
        gauges.source(&format!("source-{number}-{}", "x".repeat(5_000))).received(1);
        let listener = gauges.listener(&format!("listener-{number}"));
        listener.kernel_drops(1);
        listener.link(1, 1, 0);
        listener.silent(Some(now()));
        listener.connections(1, 1, 1);
        let causes = reasons.iter().take(25).map(|reason| reason.id());
        listener.turned_away(causes.map(|why| TurnedAway { why, says: "", is_drop: false, objects: 1 }));
    }
    reasons.iter().for_each(|reason| gauges.held(*reason, 1));
    let expiry = |number: i64| Expiry {
        kind: ExpiryKind::Certificate,
        name: format!("certificate {number}"),
        at: lockgate_bytes::Time::from_unix_nanos(number),
    };
    let expiries = (0..5_000).map(expiry).collect();
    let digest = lockgate_bytes::Digest([0; 32]);
    gauges.loaded(Loaded { revision: 1, digest, at: now(), expiries });
    let samples = read(&get(&lane, "/metrics").1);
    assert_eq!(lane.ask(Request::Status)["sources"].as_array().unwrap().len(), 257);
    let table = Stage::ALL.len() * Verdict::ALL.len() * (reasons.len() + 1);
    let bound = table + (13 + 25) * 257 + 9 * 25 + reasons.len() + 64 + 200;
    println!("{} series at the very worst, at most {bound}", samples.len());
    assert!((table..=bound).contains(&samples.len()), "{}", samples.len());
    let labels: std::collections::BTreeSet<&str> =
        samples.iter().flat_map(|sample| sample.labels.keys().map(String::as_str)).collect();
    let known = [
        "alarm",
        "digest",
        "direction",
        "engine",
        "kind",
        "lane",
        "le",
        "listener",
        "precedence",
        "reason",
        "source",
        "stage",
        "state",
        "stops",
        "store",
        "verdict",
        "what",
        "why",
    ];
    assert!(labels.iter().all(|label| known.contains(label)), "{labels:?}");
}
