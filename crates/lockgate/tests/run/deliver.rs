//! Where a far side delivers to besides folders and TCP clients, and what a lane shows of a link that it takes from.

use crate::gate::{Gate, free_tcp, track};
use crate::running::{Running, http, lockgate, wait_for};
use crate::wire::{Wire, count, relay};
use serde_json::Value;
use std::io::Read;
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

/// A lane that sends into the link, and what it is given.
fn near(wire: &Wire) -> (Gate, Running, Vec<Vec<u8>>) {
    let mut gate = Gate::new("cot-down");
    gate.egress = wire.egress(wire.far, "4Mbit/s");
    let running = gate.start();
    (gate, running, (0..8).map(|at| track(&format!("T-{at}"), 600)).collect())
}

#[test]
fn unix_clients_get_whole_objects_with_their_lengths_and_a_second_one_joins_later() {
    let place = Gate::new("cot-down");
    let wire = Wire::new(&place, "wire");
    let socket = wire.text("objects.sock");
    let far = wire.receive(&wire.receiver(&format!("unix \"{socket}\" framing=length"), ""));
    let connect = || {
        let client = UnixStream::connect(&socket).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client
    };
    let next = |client: &mut UnixStream| {
        let mut head = [0; 4];
        client.read_exact(&mut head).unwrap();
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(head)).unwrap()];
        client.read_exact(&mut body).unwrap();
        body
    };
    let (_gate, running, objects) = near(&wire);
    let mut first = connect();
    for object in &objects[..4] {
        running.send(object);
        assert_eq!(&next(&mut first), object);
    }
    let mut second = connect();
    for object in &objects[4..] {
        running.send(object);
        assert_eq!(&next(&mut first), object);
        assert_eq!(&next(&mut second), object, "from its connection on");
    }
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    // What a program that was killed leaves there does not keep the next one from starting; what lives there does.
    drop((first, second));
    let config = wire.receiver(&format!("unix \"{socket}\""), "");
    wire.receive(&config).kill();
    let far = wire.receive(&config);
    connect();
    let ran = lockgate(&["receive", "--config", &config]);
    assert_eq!(ran.code, 2, "{ran:?}");
    connect();
    assert_eq!(far.end().0, 0);
}

#[test]
fn an_object_is_a_datagram_where_datagrams_are_asked_for() {
    let place = Gate::new("cot-down");
    let wire = Wire::new(&place, "wire");
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    ear.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let far = wire.receive(&wire.receiver(&format!("udp \"{}\"", ear.local_addr().unwrap()), ""));
    let (_gate, running, objects) = near(&wire);
    let mut buffer = [0; 65_536];
    for object in &objects {
        running.send(object);
        let size = ear.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..size], object);
    }
    // While heartbeats come: after the last one it is silent.
    let config = wire.text("far.kdl");
    let shown = wait_for("figures of all of it", || {
        let shown = lockgate(&["status", "--json", "--config", &config]);
        let is_all = shown.code == 0 && shown.line()["delivered"] == 8;
        std::thread::sleep(Duration::from_millis(100));
        is_all.then_some(shown)
    });
    let line = shown.line();
    assert_eq!(
        (&line["receiver"], &line["delivered"], &line["lost"]),
        (&"far-1".into(), &8.into(), &0.into())
    );
    assert!(line["receiving"] == true, "{shown:?}");
    let plain = wait_for("a page for people", || {
        let plain = lockgate(&["status", "--config", &config]);
        plain.out.starts_with("far-1  RECEIVING").then_some(plain)
    });
    assert!(plain.out.contains("ROUTINE"), "{plain:?}");
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    // Nobody has written since 1970.
    let figures = std::fs::read_to_string(wire.text("far.prom")).unwrap();
    let written = figures.lines().find(|line| line.contains("written_timestamp_seconds{")).unwrap();
    let (name, _) = written.rsplit_once(' ').unwrap();
    std::fs::write(wire.text("far.prom"), figures.replace(written, &format!("{name} 1"))).unwrap();
    let old = lockgate(&["status", "--json", "--config", &config]);
    assert_eq!((old.code, &old.line()["why_not"][0]), (1, &"stale".into()), "{old:?}");
    let sum = wire.reports("summary").pop().unwrap();
    assert_eq!((&sum["delivered"], &sum["undelivered"], &sum["lost"]), (&8.into(), &0.into(), &0.into()));
}

/// Started on a fibre that is cut: nothing has ever come, and nobody is told that all is well.
#[test]
fn a_far_side_that_never_heard_anything_says_so() {
    let place = Gate::new("cot-down");
    let wire = Wire::new(&place, "wire");
    let far = wire.receive(&wire.receiver("stdout", ""));
    wait_for("its figures", || std::fs::metadata(wire.text("far.prom")).ok());
    let shown = lockgate(&["status", "--json", "--config", &wire.text("far.kdl")]);
    let line = shown.line();
    assert_eq!((shown.code, &line["receiving"]), (1, &false.into()), "{shown:?}");
    assert!(line["why_not"].as_array().unwrap().contains(&"silent".into()), "{shown:?}");
    assert_eq!(far.end().0, 0);
}

#[test]
fn standard_output_has_the_objects_and_nothing_else() {
    for framing in ["bare", "length"] {
        let place = Gate::new("cot-down");
        let wire = Wire::new(&place, "wire");
        let far = wire.receive(&wire.receiver(&format!("stdout framing={framing}"), ""));
        let (_gate, running, objects) = near(&wire);
        for (at, object) in objects.iter().enumerate() {
            running.send(object);
            wait_for("its report", || (wire.reports("delivered").len() > at).then_some(()));
        }
        assert_eq!(running.stop().code, 0);
        let (code, out, err) = far.end();
        assert_eq!((code, err.as_str()), (0, ""));
        let mut expected = Vec::new();
        for object in &objects {
            if framing == "length" {
                expected.extend(u32::try_from(object.len()).unwrap().to_be_bytes());
            }
            expected.extend(object);
        }
        assert!(out.as_bytes() == expected, "{framing}");
    }
}

#[test]
fn what_a_link_into_a_lane_loses_stands_in_status_metrics_and_log() {
    let (mut source, mut guard) = (Gate::new("cot-down"), Gate::new("cot-down"));
    let wire = Wire::new(&source, "wire");
    source.egress = wire.egress(wire.near, "4Mbit/s");
    source.more = "drain \"20s\"".to_owned();
    let port = free_tcp();
    guard.intake = format!("{} {{\n limits patience=\"500ms\" former=\"2s\"\n }}", wire.intake("sensor-net"));
    guard.more = format!("metrics \"127.0.0.1:{port}\"\n    drain \"5s\"");
    let (lane, sending) = (guard.start(), source.start());
    let relay = relay(wire.near, wire.far, &["--loss", "40", "--seed", "5"]);
    for at in 0..60 {
        sending.send(&track(&format!("T-{at}"), 600));
        thread::sleep(Duration::from_millis(10));
    }
    sending.wait_decided(60);
    assert_eq!(sending.stop().code, 0);
    source.verified().is(&[("received", 60), ("sent", 60)]);
    let lost_of = |status: &Value| status["links"][0]["lost"].as_u64().unwrap_or(0);
    let status = lane.wait_status("an account of what was sent", |status| {
        let received = status["in"]["objects"].as_u64().unwrap();
        let told = status["alarms"].as_array().unwrap().iter().any(|alarm| alarm["name"] == "link-loss");
        told && lost_of(status) > 0 && received + lost_of(status) == 60
    });
    let lost = lost_of(&status);
    assert_eq!(
        (&status["links"][0]["listener"], &status["links"][0]["alarms"]),
        (&"diode-1".into(), &0.into())
    );
    let metrics = http(port, "/metrics");
    let line = format!("lockgate_link_lost_total{{lane=\"cot-down\",listener=\"diode-1\"}} {lost}");
    assert!(metrics.contains(&line), "{line}: {metrics}");
    assert_eq!(lane.stop().code, 0);
    let told = guard.events("drops").pop().unwrap();
    assert_eq!((&told["listener"], &told["lost"]), (&"diode-1".into(), &lost.into()), "{told}");
    assert_eq!(guard.verified().of("received"), 60 - lost);
    drop(relay);
    assert_eq!(count(source.events("decision").len()), 60);
}
