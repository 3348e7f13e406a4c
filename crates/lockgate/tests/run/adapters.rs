//! A lane that leads to a link of others (lidi 2.1, FLUTE), a link that loses, and the far side behind it: real processes.

use crate::gate::{Gate, free_udp, secret, track, unmarked};
use crate::running::{lockgate, wait_for};
use crate::wire::{Process, relay};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

/// A protocol of others: what it is called, and what either end is told.
#[derive(Clone, Copy)]
struct Protocol {
    name: &'static str,
    near: &'static str,
    far: &'static str,
    /// Per cent that are lost, and how many datagrams that is at least.
    loss: (&'static str, u64),
    /// What `check` says that 1 KiB takes where objects are bare.
    cost: &'static str,
}

/// Blocks of ten datagrams.
const SHAPE: &str = "block=\"14640B\" repair=50 heartbeat=\"1s\"";
const LIDI: Protocol =
    Protocol { name: "lidi-2.1", near: SHAPE, far: SHAPE, loss: ("5", 20), cost: "1 KiB takes 41888 bytes" };
/// A symbol an object, and a repair.
const FLUTE: Protocol = Protocol {
    name: "flute",
    near: "session=7 mtu=600 repair=50",
    far: "session=7",
    loss: ("15", 5),
    cost: "1 KiB takes up to 2960 bytes",
};

/// Both ends of a link in a folder of a gate.
struct Link {
    protocol: Protocol,
    near: u16,
    far: u16,
    folder: std::path::PathBuf,
}

impl Link {
    fn new(gate: &Gate, protocol: Protocol) -> Self {
        let folder = gate.path("link");
        fs::create_dir_all(folder.join("came")).unwrap();
        Self { protocol, near: free_udp(), far: free_udp(), folder }
    }

    fn text(&self, below: &str) -> String {
        self.folder.join(below).to_str().unwrap().to_owned()
    }

    fn egress(&self, port: u16, more: &str) -> String {
        let Protocol { name, near, .. } = self.protocol;
        format!("{name} \"127.0.0.1:{port}\" rate=\"40Mbit/s\" {near} {more}")
    }

    /// The file of the far side, which gives up a block after so many seconds.
    fn receiver(&self, more: &str, patience: u64) -> String {
        let (former, Protocol { name, far, .. }) = (patience * 2, self.protocol);
        let text = format!(
            "receiver \"far-1\" {{\n    {name} \"127.0.0.1:{}\" interface=\"lo\" {far} {more} {{\n        \
             limits patience=\"{patience}s\" former=\"{former}s\"\n    }}\n    deliver {{\n        directory \"{}\" extension=cot\n    }}\n    \
             report \"{}\"\n    metrics \"{}\"\n}}\n",
            self.far,
            self.text("came"),
            self.text("report.jsonl"),
            self.text("far.prom"),
        );
        fs::write(self.folder.join("far.kdl"), text).unwrap();
        self.text("far.kdl")
    }

    /// Starts the far side, and waits until it listens.
    fn receive(&self, config: &str) -> Process {
        let far = Process::start(&["receive", "--config", config]);
        wait_for("the far side", || self.reports("running").pop());
        far
    }

    fn reports(&self, event: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("report.jsonl")).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
        lines.filter(|line| line["event"] == event).collect()
    }

    fn came(&self) -> BTreeSet<Vec<u8>> {
        let entries = fs::read_dir(self.folder.join("came")).unwrap().map(|entry| entry.unwrap().path());
        let whole = entries.filter(|path| path.extension().is_some_and(|end| end == "cot"));
        whole.map(|path| fs::read(path).unwrap()).collect()
    }
}

#[test]
fn what_a_lane_releases_crosses_a_link_of_lidi_and_nothing_that_is_damaged_is_delivered() {
    crosses(LIDI);
}

#[test]
fn what_a_lane_releases_crosses_a_link_of_flute_and_nothing_that_is_damaged_is_delivered() {
    crosses(FLUTE);
}

fn crosses(protocol: Protocol) {
    for loss in ["0", protocol.loss.0] {
        let mut gate = Gate::new("cot-down");
        let link = Link::new(&gate, protocol);
        gate.egress = link.egress(link.near, "");
        gate.more = "drain \"25s\"".to_owned();
        let config = link.receiver("", if loss == "0" { 60 } else { 1 });
        let far = link.receive(&config);
        let relay = relay(link.near, link.far, &["--loss", loss, "--seed", "3"]);
        let running = gate.start();
        let objects: Vec<Vec<u8>> = (0..60).map(|at| track(&format!("T-{at}"), 600)).collect();
        running.send_all(objects.iter().map(Vec::as_slice));
        running.send(&unmarked("held-one"));
        running.send(&secret("refused-one"));
        running.wait_decided(62);
        running.wait_status("all of it sent", |status| status["left"]["sent"] == 60);
        let sent: BTreeSet<Vec<u8>> = objects.into_iter().collect();
        let least = if loss == "0" { 60 } else { 50 };
        wait_for("most of it on the far side", || (link.came().len() >= least).then_some(()));
        // Whatever is under way arrives, or is given up.
        thread::sleep(Duration::from_millis(1_500));
        assert_eq!(running.stop().code, 0);
        gate.verified().is(&[("received", 62), ("sent", 60), ("held", 1), ("refused", 1)]);
        assert_eq!(far.end().0, 0);
        let told: Value = serde_json::from_str(relay.end().1.lines().last().unwrap()).unwrap();
        assert_eq!(told["lost"].as_u64().unwrap() > protocol.loss.1, loss != "0", "{told}");
        assert!(link.came().is_subset(&sent), "something came that was not sent");
        let delivered = link.reports("delivered");
        assert_eq!(delivered.len(), link.came().len(), "nothing comes twice");
        assert!(delivered.iter().all(|it| it["verified"] == true && it["sent"].is_null()), "{delivered:?}");
        let running = link.reports("running").pop().unwrap();
        assert_eq!((&running["protocol"], &running["verified"]), (&protocol.name.into(), &true.into()));
        let sum = link.reports("summary").pop().unwrap();
        assert_eq!(sum["delivered"], delivered.len(), "{sum}");
        if loss == "0" {
            assert_eq!((link.came(), link.reports("gap").len(), link.reports("lost").len()), (sent, 0, 0));
        } else {
            assert!(delivered.iter().any(|it| it["recovered"] == true), "repairs brought some of it");
        }
        let page = fs::read_to_string(link.text("far.prom")).unwrap();
        assert!(page.contains("class=\"ROUTINE\",result=\"delivered\"}"), "{page}");
    }
}

/// Objects without anything before them, as a receiver that is not ours wants them, and what is said of it.
#[test]
fn bare_objects_are_told_to_be_unverified_and_checks_say_what_is_lost() {
    bare(LIDI, "it may be damaged or cut");
    bare(FLUTE, "an MD5 where its sender says one");
}

fn bare(protocol: Protocol, verified: &str) {
    let mut gate = Gate::new("cot-down");
    let link = Link::new(&gate, protocol);
    gate.egress = link.egress(link.far, "objects=bare");
    let config = link.receiver("objects=bare", 60);
    for (config, says) in [(gate.config(), protocol.cost), (config.clone(), verified)] {
        let ran = lockgate(&["check", "--config", &config]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains("warning[D029]") && ran.out.contains(says), "{ran:?}");
    }
    let far = link.receive(&config);
    let running = gate.start();
    let object = track("T-1", 600);
    running.send(&object);
    wait_for("the object", || link.came().contains(&object).then_some(()));
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    assert_eq!(link.reports("delivered")[0]["verified"], false);
    assert_eq!(link.reports("running")[0]["verified"], false);
}

/// A far side that wants to check does not deliver what cannot be checked, nor what is malformed.
#[test]
fn what_a_stranger_sends_is_counted_and_not_delivered() {
    let mut gate = Gate::new("cot-down");
    let link = Link::new(&gate, LIDI);
    gate.egress = link.egress(link.far, "objects=bare");
    let far = link.receive(&link.receiver("", 60));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for size in [0, 3, 4, 1_467, 1_469, 9_000] {
        socket.send_to(&vec![7; size], ("127.0.0.1", link.far)).unwrap();
    }
    let running = gate.start();
    running.send(&track("T-1", 600));
    let lost = wait_for("what is lost", || link.reports("lost").pop());
    assert_eq!((&lost["cause"], &lost["first"]), (&"differs".into(), &0.into()));
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    assert!(link.came().is_empty());
    let sum = link.reports("summary").pop().unwrap();
    assert_eq!(
        (&sum["datagrams_size"], &sum["lost"], &sum["link"]),
        (&6.into(), &1.into(), &Value::Null),
        "{sum}"
    );
}

/// What is not of the session, is malformed, or was recorded long ago is counted, and nothing of it delivered.
#[test]
fn what_is_not_of_the_session_is_counted_and_a_recording_expires() {
    let mut gate = Gate::new("cot-down");
    let link = Link::new(&gate, FLUTE);
    gate.egress = link.egress(link.near, "expires=\"1s\"");
    let recorder = UdpSocket::bind(("127.0.0.1", link.near)).unwrap();
    recorder.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let running = gate.start();
    running.send(&track("T-1", 600));
    let mut recorded: Vec<Vec<u8>> = Vec::new();
    // To the one with which the object ends (flag B), and the table behind it.
    while !recorded.iter().rev().skip(1).any(|it| it[1] == 0xC1) {
        let mut datagram = vec![0; 2_000];
        let length = recorder.recv(&mut datagram).expect("what the lane sends");
        datagram.truncate(length);
        recorded.push(datagram);
        assert!(recorded.len() < 60, "a minute of signs of life, and no object: {recorded:?}");
    }
    assert_eq!(running.stop().code, 0);
    // A table that holds for a second has expired when two have passed: the clock is waited for, not a deadline.
    thread::sleep(Duration::from_secs(3));
    let far = link.receive(&link.receiver("", 60));
    for datagram in &recorded {
        recorder.send_to(datagram, ("127.0.0.1", link.far)).unwrap();
    }
    for size in [0, 3, 12, 24, 300, 9_000] {
        recorder.send_to(&vec![7; size], ("127.0.0.1", link.far)).unwrap();
    }
    let mut other = recorded[0].clone();
    other[11] ^= 1;
    recorder.send_to(&other, ("127.0.0.1", link.far)).unwrap();
    // The last of them has come: figures are written every five seconds.
    wait_for("the datagram of another session", || {
        let page = fs::read_to_string(link.text("far.prom")).unwrap_or_default();
        page.lines().any(|line| line.ends_with("result=\"link\"} 1")).then_some(())
    });
    assert_eq!(far.end().0, 0);
    assert!(link.came().is_empty());
    let sum = link.reports("summary").pop().unwrap();
    assert_eq!((&sum["datagrams_link"], &sum["delivered"]), (&1.into(), &0.into()), "{sum}");
    assert!(sum["datagrams_stale"].as_u64().unwrap() >= 1, "{sum}");
}
