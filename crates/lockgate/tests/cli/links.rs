//! `lockgate plan` and `lockgate relay`.

use crate::common::run;

#[test]
fn a_plan_says_what_is_delivered_and_what_expires() {
    let args = [
        "plan",
        "--rate",
        "64k",
        "--flow",
        "PRIORITY 10/s 1024 1500ms",
        "--flow",
        "DEFERRED 1/s 200 2s",
        "--json",
        "--trial",
        "2m",
    ];
    let ran = run(&args);
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines = ran.lines();
    assert_eq!(lines.len(), 3);
    for line in &lines[..2] {
        let sum: u64 =
            ["delivered_ppm", "expired_ppm", "lost_ppm"].iter().map(|key| line[key].as_u64().unwrap()).sum();
        assert_eq!(sum, 1_000_000);
    }
    let (expected, tried) =
        (lines[0]["delivered_ppm"].as_u64().unwrap(), lines[0]["tried_delivered_ppm"].as_u64().unwrap());
    assert!(expected.abs_diff(tried) < 60_000, "{expected} {tried}");
    assert!(expected < 700_000, "the link is too thin");
    assert_eq!(lines[2]["rate_bps"], 64_000);
    let ran = run(&["plan", "--rate", "2M", "--loss", "1", "--flow", "FLASH 1/s 300 5s", "--trial", "1m"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("FLASH") && ran.out.contains("link: "), "{}", ran.out);
}

/// A deployment's own terms, each of them as it stands there.
#[test]
fn a_plan_is_of_the_link_of_a_deployment() {
    let project = crate::common::Project::new();
    let example = include_str!("../../../../examples/gate-between.kdl");
    let plan = |text: &str, more: &[&str]| {
        project.write("gate.kdl", text);
        let config = project.text("gate.kdl");
        let flow = ["plan", "--config", &config, "--trial", "2m", "--loss", "5"];
        run(&[&flow[..], more].concat())
    };
    let flow = ["--flow", "IMMEDIATE 2/s 800 30s", "--json"];
    let used = |text: &str| {
        let ran = plan(text, &flow);
        assert_eq!(ran.code, 0, "{ran:?}");
        let lines = ran.lines();
        assert_eq!((&lines[1]["rate_bps"], &lines[1]["payload_bytes"]), (&500_000.into(), &1_200.into()));
        lines[1]["tried_used_ppm"].as_u64().unwrap()
    };
    let (with, without) = (used(example), used(&example.replace("again IMMEDIATE", "again OVERRIDE")));
    assert!(with > 2 * without, "each object three times: {with}, once {without}");
    let constant = used(&example.replace("trickle=20", "constant=#true"));
    assert!(constant > 990_000, "{constant}");
    let text = plan(example, &flow[..2]);
    assert!(text.out.contains("from IMMEDIATE on again after"), "{}", text.out);
    let folder = include_str!("../../../../examples/gate-down.kdl");
    for (text, says) in [(folder, "leads to no link"), ("deployment", "gate.kdl")] {
        let ran = plan(text, &flow);
        assert!(ran.code == 2 && ran.err.contains(says), "{ran:?}");
    }
    let both = plan(example, &["--flow", "FLASH 1/s 10 1s", "--rate", "64k"]);
    assert!(both.code == 2 && both.err.contains("--rate"), "{both:?}");
    assert_eq!(run(&["plan", "--flow", "FLASH 1/s 10 1s"]).code, 2, "neither");
}

#[test]
fn what_is_no_flow_is_explained() {
    for flow in [
        "",
        "FLASH",
        "flash 1/s 10 1s",
        "FLASH 1 10 1s",
        "FLASH 0/s 10 1s",
        "FLASH 1/d 10 1s",
        "FLASH 1/s 10 0s",
    ] {
        let ran = run(&["plan", "--rate", "64k", "--flow", flow]);
        assert_eq!(ran.code, 2, "{flow}");
        assert!(ran.err.contains("IMMEDIATE 20/s 1024 500ms"), "{}", ran.err);
    }
    let ran = run(&["plan", "--rate", "64k", "--payload", "100", "--flow", "FLASH 1/s 10 1s"]);
    assert!(ran.code == 2 && ran.err.contains("512 to 9,000"), "{ran:?}");
}

#[test]
fn what_is_no_outage_is_explained() {
    for outage in ["", "2s", "2s+", "+1s", "2s+0s", "-2s+1s", "2s..1s"] {
        let outage = format!("--outage={outage}");
        let ran = run(&["relay", "--from", "127.0.0.1:1", "--to", "127.0.0.1:2", &outage]);
        assert!(ran.code == 2 && ran.err.contains("2s+300ms"), "{outage} {ran:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_relay_is_out_when_and_as_long_as_it_is_told() {
    use std::net::UdpSocket;
    use std::time::{Duration, Instant};
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    let from = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    to.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let there = to.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let from = from.to_string();
        let ends = ["relay", "--from", &from, "--to", &there, "--for", "5s", "--json"];
        run(&[&ends[..], &["--outage", "1s+800ms", "--outage", "2500ms+600ms"]].concat())
    });
    let source = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (mut buffer, mut last, mut gaps, mut came) = ([0; 100], None, Vec::new(), 0_u64);
    let mut first: Option<Instant> = None;
    while !thread.is_finished() {
        // What is on its way when the relay ends goes nowhere: nothing is, by then.
        if first.is_none_or(|first| first.elapsed() < Duration::from_millis(3_500)) {
            source.send_to(&[0; 40], from).ok();
        }
        if to.recv_from(&mut buffer).is_ok() {
            came += 1;
            first.get_or_insert_with(Instant::now);
            let gap = last.replace(Instant::now()).map_or(Duration::ZERO, |last| last.elapsed());
            gaps.extend(Some(gap).filter(|gap| *gap > Duration::from_millis(500)));
        }
    }
    while to.recv_from(&mut buffer).is_ok() {
        came += 1;
    }
    let line = thread.join().unwrap().line();
    let number = |key: &str| line[key].as_u64().unwrap();
    assert_eq!(number("offered") - number("lost"), came, "{line}");
    assert!(number("lost") > 20 && came > 20, "{line}");
    assert!(gaps.len() == 2 && gaps[0] >= Duration::from_millis(750), "{gaps:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_relay_loses_as_it_says_and_lets_nothing_back() {
    use std::net::UdpSocket;
    use std::time::Duration;
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    let free = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (from, there) = (free.local_addr().unwrap(), to.local_addr().unwrap());
    drop(free);
    let thread = std::thread::spawn(move || {
        let (from, there) = (from.to_string(), there.to_string());
        run(&[
            "relay",
            "--from",
            &from,
            "--to",
            &there,
            "--loss",
            "20",
            "--corrupt",
            "10",
            "--for",
            "3s",
            "--json",
        ])
    });
    let source = UdpSocket::bind("127.0.0.1:0").unwrap();
    source.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    to.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    // Until the relay listens, nothing passes.
    let mut buffer = [0; 100];
    let mut early = 0;
    for _ in 0..40 {
        source.send_to(&[0; 40], from).ok();
        if let Ok((_, relay)) = to.recv_from(&mut buffer) {
            // An answer reaches nobody.
            to.send_to(&[9; 40], relay).unwrap();
            early = 1;
            break;
        }
    }
    assert_eq!(early, 1, "the relay does not relay");
    let mut came = 1_u64;
    for _ in 0..200 {
        source.send_to(&[0; 40], from).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    while to.recv_from(&mut buffer).is_ok() {
        came += 1;
    }
    assert!(source.recv_from(&mut buffer).is_err(), "something came back");
    let ran = thread.join().unwrap();
    let line = ran.line();
    let number = |key: &str| line[key].as_u64().unwrap();
    assert_eq!(number("offered") - number("lost"), came, "{line}");
    assert!(number("lost") > 10 && number("corrupted") > 5, "{line}");
}
