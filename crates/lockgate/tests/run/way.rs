//! The whole way: what comes out, what is held, what is refused; and the log says the same.

use crate::gate::{Gate, free_tcp, now, secret, track, unmarked, watched, with_device};
use crate::rules::{Edit, bundle};
use lockgate_bytes::Digest;
use serde_json::Value;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use std::{fs, thread};

#[test]
fn datagrams_cross_as_they_are_or_rewritten_and_the_log_adds_up() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let (mut verbatim, mut sent) = (Vec::new(), 0);
    for number in 0..10 {
        let object = track(&format!("A-{number}"), 600);
        lane.send(&object);
        lane.send(&with_device(&format!("B-{number}")));
        lane.send(&unmarked(&format!("C-{number}")));
        lane.send(&secret(&format!("D-{number}")));
        verbatim.push(object);
        sent += 4;
    }
    lane.wait_decided(sent);
    let out = gate.wait_out(20);
    assert_eq!(out.len(), 20);
    for object in &verbatim {
        assert_eq!(out.iter().filter(|one| *one == object).count(), 1, "crosses as it came");
    }
    let text = |object: &[u8]| String::from_utf8(object.to_vec()).unwrap();
    assert!(out.iter().all(|object| !text(object).contains("38640123456")), "the device stays here");
    assert_eq!(out.iter().filter(|object| text(object).contains("uid=\"B-")).count(), 10);
    let held = gate.held();
    assert_eq!(held.len(), 10);
    assert!(held.iter().all(|one| one["reasons"][0] == "LG-M001"), "{held:?}");
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    gate.verified().is(&[
        ("received", 40),
        ("derived", 10),
        ("replaced", 10),
        ("sent", 20),
        ("held", 10),
        ("refused", 10),
    ]);
    let log = gate.log();
    assert_eq!(log.first().unwrap()["event"], "start");
    assert_eq!(log.last().unwrap()["event"], "stop");
    let whole = log.iter().map(ToString::to_string).collect::<String>();
    for payload in ["KRIM", "38640123456", "46.0511"] {
        assert!(!whole.contains(payload), "payload stands in the log");
    }
}

#[test]
fn how_a_stream_is_cut_into_packets_changes_nothing() {
    let mut gate = Gate::new("cot-down");
    gate.intake = format!("tcp \"127.0.0.1:{}\" interface=\"lo\" source=\"sensor-net\"", free_tcp());
    let lane = gate.start();
    let whole = 8192;
    let mut decided = 0;
    for size in [1, 7, 100, whole] {
        let mark = |name: &str| format!("{name}-{size}");
        let objects = [
            track(&mark("A"), 600),
            unmarked(&mark("C")),
            track(&mark("E"), 600),
            secret(&mark("D")),
            with_device(&mark("B")),
            track(&mark("F"), 600),
        ];
        let mut socket = TcpStream::connect(lane.address("tcp-1")).unwrap();
        socket.set_nodelay(true).unwrap();
        for (number, piece) in objects.concat().chunks(size).enumerate() {
            socket.write_all(piece).unwrap();
            if number % 64 == 63 {
                thread::sleep(Duration::from_millis(1));
            }
        }
        // Connections are read in turn; the next one begins when this one's objects are decided.
        decided += 6;
        lane.wait_decided(decided);
    }
    let out = gate.wait_out(4 * 4);
    assert_eq!(out.len(), 16);
    assert!(lane.stop().code == 0);
    gate.verified().is(&[
        ("received", 24),
        ("derived", 4),
        ("replaced", 4),
        ("sent", 16),
        ("held", 4),
        ("refused", 4),
    ]);
    let verdicts: Vec<String> = gate
        .events("decision")
        .iter()
        .map(|one| one["account"]["verdict"].as_str().unwrap().to_owned())
        .collect();
    let one = ["release", "hold", "release", "refuse", "release", "release"];
    for each in verdicts.chunks(6) {
        assert_eq!(each, one);
    }
}

#[test]
fn files_go_in_and_files_come_out() {
    let mut gate = Gate::new("cot-down");
    let inbox = gate.path("inbox");
    fs::create_dir_all(inbox.join("in")).unwrap();
    gate.intake = watched(&inbox);
    gate.egress = format!("directory \"{}\" extension=\"cot\"", gate.text("out"));
    let lane = gate.start();
    let objects = [track("A-1", 600), unmarked("C-1"), track("A-2", 600), secret("D-1"), with_device("B-1")];
    fs::write(inbox.join("in/x.part"), objects.concat()).unwrap();
    fs::rename(inbox.join("in/x.part"), inbox.join("in/x.cot")).unwrap();
    lane.wait_decided(5);
    let names = crate::running::wait_for("three files", || {
        let files: Vec<_> =
            fs::read_dir(gate.path("out")).unwrap().map(|file| file.unwrap().path()).collect();
        let files: Vec<_> = files.into_iter().filter(|path| path.is_file()).collect();
        (files.iter().filter(|path| path.extension().is_some_and(|end| end == "cot")).count() == 3)
            .then_some(files)
    });
    let contents: Vec<Vec<u8>> = names.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(contents.contains(&objects[0]) && contents.contains(&objects[2]));
    for name in &names {
        let name = name.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("cot-down-") && name.ends_with(".cot"), "{name}");
    }
    crate::running::wait_for("the taken file to go", || {
        let left = fs::read_dir(inbox.join("in")).unwrap().count();
        (left == 0).then_some(())
    });
    assert_eq!(gate.held().len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[
        ("received", 5),
        ("derived", 1),
        ("replaced", 1),
        ("sent", 3),
        ("held", 1),
        ("refused", 1),
    ]);
}

/// A data block with two records becomes two objects: the record of each names the datagram that it came in.
#[test]
fn records_of_one_datagram_name_it_as_their_parent() {
    let gate = Gate::new("asterix-down");
    let lane = gate.start();
    let block = |records: &[[u8; 3]]| {
        let length = u8::try_from(records.len() * 3 + 3).unwrap();
        [&[48, 0, length], records.concat().as_slice()].concat()
    };
    let (one, two) = ([0x80, 25, 1], [0x80, 25, 2]);
    let whole = block(&[one, two]);
    lane.send(&whole);
    lane.send(&block(&[one]));
    lane.wait_decided(3);
    assert_eq!(lane.stop().code, 0);
    let name = |bytes: &[u8]| Value::from(Digest::of(bytes).to_string());
    let decisions = gate.events("decision");
    let told: Vec<_> = decisions
        .iter()
        .map(|one| (one["account"]["sha256"].clone(), one["account"]["parent"].clone()))
        .collect();
    let parent = name(&whole);
    assert_eq!(
        told,
        [
            (name(&block(&[one])), parent.clone()),
            (name(&block(&[two])), parent),
            (name(&block(&[one])), Value::Null),
        ]
    );
    gate.verified();
}

/// What is held is decided again by another bundle: the record of that names the datagram, too.
#[test]
fn what_is_decided_again_has_the_parent_that_it_had() {
    let wait: Edit = (
        "lanes/asterix-down.kdl",
        "    words \"caveats\" hit=hold\n",
        "    words \"caveats\" hit=hold\n    rule \"asterix-down.wait\" {\n        require \"label.level < level('RESTRICTED')\"\n        otherwise hold says=\"not yet\"\n    }\n",
    );
    let gate = Gate::new("asterix-down");
    gate.put(&bundle(2, &[wait]));
    let lane = gate.start();
    let seconds = now().unix_nanos() / 1_000_000_000;
    let clock = u32::try_from(seconds.rem_euclid(86_400) * 128).unwrap().to_be_bytes();
    let record = |sic: u8| [&[0xC0, 25, sic], &clock[1..]].concat();
    let whole = [vec![48, 0, 15], record(1), record(2)].concat();
    lane.send(&whole);
    lane.wait_decided(2);
    gate.put(&bundle(3, &[wait]));
    assert_eq!(lane.reload().code, 0);
    lane.wait_decided(4);
    assert_eq!(lane.stop().code, 0);
    let parent = Value::from(Digest::of(&whole).to_string());
    let decisions = gate.events("decision");
    assert_eq!(decisions.iter().filter(|one| one["again"].is_u64()).count(), 2, "{decisions:?}");
    for decision in &decisions {
        assert_eq!(
            (&decision["account"]["verdict"], &decision["account"]["parent"]),
            (&"hold".into(), &parent)
        );
    }
    gate.verified().is(&[("received", 2), ("held", 2)]);
}
