//! What somebody sees of a running lane who looks from outside: its threads, its log as it grows, its deployment file.

use crate::gate::{Gate, track, unmarked};
use crate::running::{lockgate, wait_for};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// docs/ARCHITECTURE.md, "A lane": four threads have objects in hand, each of them once.
#[test]
fn a_lane_has_the_threads_that_the_page_names() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    let threads = || {
        let mut threads: BTreeMap<String, u32> = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{}/task", lane.id())).unwrap() {
            let name = fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default();
            *threads.entry(name.trim().to_owned()).or_default() += 1;
        }
        threads
    };
    let wanted =
        ["commands", "egress", "engine", "intake", "journal", "lockgate", "log", "shelf", "slow", "watch"];
    let wanted: BTreeMap<String, u32> = wanted.map(|name| (name.to_owned(), 1)).into();
    wait_for(&format!("{wanted:?}, not {:?}", threads()), || (threads() == wanted).then_some(()));
    let page = include_str!("../../../../docs/ARCHITECTURE.md");
    for name in ["intake", "engine", "slow", "journal", "shelf", "egress"] {
        assert!(page.contains(&format!("\n| {name} ")), "the page has no line for {name}");
    }
    for name in ["`commands`", "`watch`", "`log`"] {
        assert!(page.contains(name), "the page does not name {name}");
    }
    assert_eq!(lane.stop().code, 0);
}

#[test]
fn what_goes_on_record_is_shown_as_it_does() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    let (said, lines) = mpsc::channel::<Value>();
    let mut follows = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["audit", "show", &gate.text("audit"), "--json", "--follow", "--verdict", "hold"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(follows.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let _ = said.send(serde_json::from_str(&line).unwrap());
        }
    });
    assert!(lines.recv_timeout(Duration::from_millis(700)).is_err(), "nothing is held yet");
    for number in 0..3 {
        lane.send(&unmarked(&format!("C-{number}")));
        let line = lines.recv_timeout(Duration::from_secs(30)).expect("it is shown");
        assert_eq!(line["record"]["account"]["verdict"], "hold", "{line}");
    }
    assert!(follows.try_wait().unwrap().is_none(), "it goes on");
    follows.kill().unwrap();
    follows.wait().unwrap();
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 4), ("sent", 1), ("held", 3)]);
}

/// It opens no socket: those of the file are taken.
#[test]
fn a_deployment_is_checked_while_its_lane_runs() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let checked = lockgate(&["check", "--config", &gate.text("gate.kdl"), "--json"]).good();
    let last = checked.lines().pop().unwrap();
    assert_eq!((&last["good"], &last["errors"]), (&true.into(), &0.into()), "{checked:?}");
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1, "and the lane goes on");
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("sent", 1)]);
}
