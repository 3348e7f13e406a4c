//! What an operator sees of a lane that runs.

use crate::gate::{Gate, free_tcp, secret, track, unmarked, watched};
use crate::rules::bundle;
use crate::running::{http, lockgate};
use std::io::Write as _;

#[test]
fn status_top_and_metrics_show_the_lane_as_it_is() {
    let mut gate = Gate::new("cot-down");
    let port = free_tcp();
    gate.more = format!("metrics \"127.0.0.1:{port}\"\n    drain \"1s\"");
    gate.put(&bundle(7, &[("agreements/rsocc.kdl", "until=\"2035-12-31\"", "until=\"2099-12-31\"")]));
    let lane = gate.start();
    for number in 0..4 {
        lane.send(&track(&format!("A-{number}"), 900));
    }
    lane.send(&unmarked("C-1"));
    lane.send(&secret("D-1"));
    assert_eq!(gate.wait_out(4).len(), 4);
    let status = lane.wait_status("all of it", |status| {
        status["left"]["sent"] == 4 && status["held"]["objects"] == 1 && status["decided"]["refuse"] == 1
    });
    let health = &status["health"];
    assert_eq!(
        (&health["live"], &health["ready"], &health["releasing"]),
        (&true.into(), &true.into(), &true.into())
    );
    assert_eq!((&status["lane"], &status["bundle"]["revision"]), (&"cot-down".into(), &7.into()));
    assert_eq!((&status["in"]["objects"], &status["out"]["objects"]), (&6.into(), &4.into()));
    assert!(status["in"]["last"].is_string() && status["out"]["last"].is_string());
    let expires = status["expires"].as_array().unwrap();
    let agreement = expires.iter().find(|one| one["name"] == "rsocc").unwrap_or_else(|| panic!("{status}"));
    assert!(agreement["days"].as_i64().unwrap() > 365, "{agreement}");
    assert_eq!(status["held"]["reasons"][0]["reason"], "LG-M001", "{}", status["held"]);
    assert!(status["audit"]["entries"].as_u64().unwrap() >= 7);
    let sources = status["sources"].as_array().unwrap();
    assert_eq!(
        (&sources[0]["source"], &sources[0]["received"]),
        (&"sensor-net".into(), &6.into()),
        "{status}"
    );
    assert!(status["latency"].as_array().unwrap().iter().any(|one| one["stage"] == "lane"), "{status}");
    let config = gate.text("gate.kdl");
    for args in [&["status", "--config", &config][..], &["top", "--once", "--config", &config]] {
        let seen = lockgate(args).good();
        assert!(seen.out.starts_with("cot-down  RELEASING"), "{}", seen.out);
        assert!(seen.out.lines().all(|line| line.chars().count() <= 80), "{}", seen.out);
        let soonest = expires[0]["name"].as_str().unwrap();
        assert!(seen.out.contains(soonest) && seen.out.contains("bundle 7"), "{}", seen.out);
        assert!(!seen.out.contains("KRIM"));
    }

    let metrics = http(port, "/metrics");
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    for line in [
        "lockgate_objects_total{lane=\"cot-down\",stage=\"decide\",verdict=\"release\"",
        "lockgate_objects_total{lane=\"cot-down\",stage=\"decide\",verdict=\"hold\",reason=\"LG-M001\"} 1",
        "lockgate_objects_total{lane=\"cot-down\",stage=\"decide\",verdict=\"refuse\"",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    for payload in ["KRIM", "A-1", "46.05"] {
        assert!(!metrics.contains(payload), "{payload}");
    }
    assert_eq!(lane.stop().code, 0);
    let gone = lockgate(&["status", "--config", &config]);
    assert_eq!(gone.code, 2, "{gone:?}");
}

/// A folder that cannot be listed is no reason to stop, and the lane says "releasing" as before: but it takes nothing, and who
/// looks is told where.
#[test]
fn a_listener_that_cannot_read_is_named() {
    let mut gate = Gate::new("cot-down");
    let inbox = tempfile::tempdir().unwrap();
    gate.intake = watched(inbox.path());
    gate.egress = format!("directory \"{}\"", gate.text("out"));
    std::fs::create_dir(inbox.path().join("in")).unwrap();
    let lane = gate.start();
    lane.wait_status("well", |status| status["listeners"].as_array().is_some_and(Vec::is_empty));
    std::fs::remove_dir(inbox.path().join("in")).unwrap();
    std::fs::write(inbox.path().join("in"), b"").unwrap();
    let status = lane.wait_status("failing", |status| {
        let alarms = status["alarms"].as_array().unwrap();
        alarms.iter().any(|alarm| alarm["name"] == "intake-failing")
    });
    let alarms = status["alarms"].as_array().unwrap();
    let failing = alarms.iter().find(|alarm| alarm["name"] == "intake-failing").unwrap();
    assert!(failing["detail"].as_str().unwrap().ends_with("of directory-1"), "{failing}");
    let listener = &status["listeners"][0];
    assert_eq!(listener["listener"], "directory-1");
    assert!(listener["faults"].as_u64().unwrap() > 0, "{listener}");
    // The disks of the folders that are watched and delivered into are watched too.
    assert_eq!(stores(&status), ["log", "hold", "intake", "egress"]);
    // What is turned away there says why, to who looks and on record.
    std::fs::remove_file(inbox.path().join("in")).unwrap();
    std::fs::create_dir(inbox.path().join("in")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", inbox.path().join("in/link")).unwrap();
    std::fs::write(inbox.path().join("in/empty"), b"").unwrap();
    let status = lane.wait_status("both turned away", |status| {
        let away = status["listeners"][0]["turned_away"].as_array().unwrap();
        ["empty", "not-a-file"].iter().all(|why| away.iter().any(|one| one["why"] == *why))
    });
    assert_eq!(status["listeners"][0]["turned_away"].as_array().unwrap().len(), 2, "{status}");
    let refusals = crate::running::wait_for("the records", || {
        let refusals = gate.events("refusals");
        (refusals.len() == 2).then_some(refusals)
    });
    for why in ["empty", "not-a-file"] {
        let one = refusals.iter().find(|one| one["why"] == why).unwrap();
        assert!(one["listener"] == "directory-1" && one["receipt"].is_string(), "{one}");
    }
    assert_eq!(lane.stop().code, 0);
}

fn stores(status: &serde_json::Value) -> Vec<&str> {
    status["disks"].as_array().unwrap().iter().map(|disk| disk["store"].as_str().unwrap()).collect()
}

#[test]
fn what_ends_soon_is_told() {
    let gate = Gate::new("cot-down");
    let soon = crate::gate::now().plus(lockgate_bytes::Duration::from_secs(10 * 86_400)).to_string();
    let day: &'static str =
        Box::leak(format!("until=\"{}\"", soon.split_once('T').unwrap().0).into_boxed_str());
    gate.put(&bundle(1, &[("agreements/rsocc.kdl", "until=\"2035-12-31\"", day)]));
    let lane = gate.start();
    let status = lane.wait_status("the warning", |status| {
        status["alarms"].as_array().unwrap().iter().any(|one| one["name"] == "expires-soon")
    });
    assert_eq!(status["health"]["releasing"], true, "it is a warning only");
    let expires = status["expires"].as_array().unwrap();
    let days = expires.iter().find(|one| one["name"] == "rsocc").unwrap()["days"].as_i64().unwrap();
    assert!((9..=11).contains(&days), "{days}");
    assert_eq!(lane.stop().code, 0);
}

#[test]
fn a_clock_that_nobody_confirms_releases_nothing_until_an_operator_does() {
    if std::path::Path::new("/run/systemd/timesync/synchronized").exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this machine's clock is synchronised by a daemon");
        return;
    }
    let mut gate = Gate::new("cot-down");
    gate.synchronised = true;
    let lane = gate.start();
    for number in 0..3 {
        lane.send(&track(&format!("A-{number}"), 900));
    }
    let status = lane.wait_status("three held", |status| status["held"]["objects"] == 3);
    assert_eq!((&status["health"]["why_not"][0], lane.status().0), (&"clock-unsynchronised".into(), 1));
    assert!(gate.held().iter().all(|one| one["reasons"][0] == "LG-H003"));
    let config = gate.text("gate.kdl");
    let done = lockgate(&["reload", "--config", &config, "--confirm-clock"]).good();
    assert!(done.out.contains("the clock is confirmed"), "{done:?}");
    assert_eq!(gate.wait_out(3).len(), 3);
    lane.wait_status("it to release", |status| status["health"]["releasing"] == true);
    lane.send(&track("A-4", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    let clock = gate.events("clock").pop().unwrap();
    assert!(clock["clock"] == "confirmed" && clock["by"].as_str().unwrap().starts_with("uid "), "{clock}");
    gate.verified().is(&[("received", 4), ("sent", 4)]);
}
