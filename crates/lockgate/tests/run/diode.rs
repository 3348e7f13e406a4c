//! A lane that leads to a diode, a link that loses, and the far side behind it: real processes, each killed where a test
//! says so.

use crate::gate::{Gate, but, free_tcp, secret, track, unmarked, watched, with_device};
use crate::replay::{all_same, originals, replay};
use crate::review::independent;
use crate::running::{lockgate, wait_for};
use crate::wire::{Wire, count, relay};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::{TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

#[test]
fn what_a_lane_releases_crosses_a_link_that_loses_and_what_is_lost_is_named() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.near, "2Mbit/s");
    // It ends as soon as all has left; how long that takes is the machine's affair.
    gate.more = "drain \"25s\"".to_owned();
    let config = wire.folder_receiver("");
    assert_eq!(lockgate(&["check", "--config", &config]).code, 0);
    let far = wire.receive(&config);
    let relay = relay(wire.near, wire.far, &["--loss", "5", "--seed", "3"]);
    let running = gate.start();
    let objects: Vec<Vec<u8>> = (0..150).map(|at| track(&format!("T-{at}"), 600)).collect();
    // As a source reports; what waits in a queue would leave with few repairs.
    for some in objects.chunks(4) {
        running.send_all(some.iter().map(Vec::as_slice));
        thread::sleep(Duration::from_millis(40));
    }
    running.send(&unmarked("held-one"));
    running.send(&secret("refused-one"));
    running.wait_decided(152);
    wait_for("what the link was spent on", || {
        let (_, status) = running.status();
        let link = &status["link"];
        let sum = |key: &str| -> u64 {
            let classes = link["classes"].as_array().into_iter().flatten();
            classes.map(|class| class[key].as_u64().unwrap()).sum()
        };
        let spent = link["own_bytes"].as_u64()? > 0 && sum("bytes") > 150 * 200 && sum("repair_bytes") > 0;
        // Wide of what it is: manifests of every fifth of a second have their part.
        (spent && sum("share_permille") > 300).then_some(())
    });
    assert_eq!(running.stop().code, 0);
    gate.verified().is(&[("received", 152), ("sent", 150), ("held", 1), ("refused", 1)]);
    // The far side needs its patience to be certain.
    wire.account(150);
    thread::sleep(Duration::from_millis(300));
    let (code, _, err) = far.end();
    assert_eq!(code, 0, "{err}");
    let (_, told, _) = relay.end();
    let told: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    let dropped = told["lost"].as_u64().unwrap();
    assert!(dropped > 5, "{told}");
    let came: BTreeSet<Vec<u8>> = wire.came().into_values().collect();
    let sent: BTreeSet<Vec<u8>> = objects.iter().cloned().collect();
    assert!(came.is_subset(&sent), "something came that was not sent");
    for lost in wire.reports("lost") {
        assert!(lost["blake3"].is_string(), "not named: {lost}");
    }
    let sum = wire.reports("summary").pop().unwrap();
    assert_eq!(sum["delivered"].as_u64().unwrap() + sum["lost"].as_u64().unwrap(), 150, "{sum}");
    // How many repairs come back in time hangs on how the machine's work falls; `lockgate-diode` counts that in virtual time.
    assert!(sum["lost"].as_u64().unwrap() <= dropped, "more objects than datagrams: {sum} {told}");
    assert!(sum["signature"].is_string());
    let figures = fs::read_to_string(wire.text("far.prom")).unwrap();
    assert!(figures.contains("result=\"delivered\"}"));
    // Both ends are on one machine.
    assert!(figures.contains("clock_apart_ms{receiver=\"far-1\"} "), "{figures}");
    assert!(wire.reports("clock").is_empty());
    let missing = figures.lines().find_map(|line| {
        line.strip_prefix("lockgate_receiver_recent_missing{receiver=\"far-1\",window=\"1h\"} ")
    });
    assert!(missing.unwrap().parse::<u64>().unwrap() > 0, "{figures}");
    is_whole(&gate, &wire);
}

/// The report of the far side against itself and against the log of the sender; and one line of it is missed.
fn is_whole(gate: &Gate, wire: &Wire) {
    let exported = lockgate(&["audit", "export", &gate.text("audit"), "--format", "jsonl"]).good().out;
    let (report, sent, key) = (wire.text("report.jsonl"), wire.text("sent.jsonl"), wire.text("sums.pub"));
    fs::write(&sent, exported).unwrap();
    let looked = |report: &str| {
        lockgate(&["report", report, "--key", &key, "--sent", &sent, "--under-way", "0s", "--json"])
    };
    let said = looked(&report);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!((&said.line()["good"], &said.line()["sent"]), (&true.into(), &150.into()));
    let text = fs::read_to_string(&report).unwrap();
    let at = text.lines().position(|line| line.contains("\"delivered\",\"at\"")).unwrap();
    let without: Vec<&str> =
        text.lines().enumerate().filter(|(place, _)| *place != at).map(|(_, line)| line).collect();
    let short = wire.text("short.jsonl");
    fs::write(&short, without.join("\n")).unwrap();
    assert_eq!(looked(&short).code, 1);
}

/// Whoever holds a delivered file, or the far side's report of it, finds the record by either hash; of a loss the report alone
/// is enough. Both verifiers say that the log is sound.
#[test]
fn an_assessor_follows_an_object_from_the_far_side_to_its_record_by_either_hash() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.far, "4Mbit/s");
    let far = wire.receive(&wire.folder_receiver(""));
    let running = gate.start();
    // As it came, and written anew on its way: then what came has other hashes than what left.
    let (plain, device) = (track("as-it-is", 600), with_device("anew"));
    running.send_all([&*plain, &*device]);
    running.send(&unmarked("held-one"));
    wait_for("both", || (wire.count() == 2).then_some(()));
    running.wait_decided(3);
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    let (config, log) = (gate.config(), gate.text("audit"));
    let came = wire.came();
    for report in wire.reports("delivered") {
        let (name, blake3) = (report["name"].as_str().unwrap(), report["blake3"].as_str().unwrap());
        let bytes = &came[&format!("{name}.cot")];
        let sha256 = lockgate_bytes::Digest::of(bytes).to_string();
        assert_eq!(blake3, lockgate_bytes::Crossing::of(bytes).to_string());
        let by_name = lockgate(&["explain", blake3, "--config", &config, "--json"]).good().line();
        let by_bytes = lockgate(&["explain", &sha256, "--config", &config, "--json"]).good().line();
        assert_eq!((&by_name["blake3"], &by_name["state"]), (&blake3.into(), &"sent".into()));
        assert_eq!(by_name["steps"], by_bytes["steps"], "one way, whichever hash was asked for");
        let record = &by_name["steps"][0]["record"];
        assert_eq!((&record["blake3"], &record["account"]["verdict"]), (&blake3.into(), &"release".into()));
        assert_eq!(record["account"]["released_sha256"], sha256);
        assert_eq!(by_name["sha256"], record["account"]["sha256"], "as it came");
        let shown = lockgate(&["audit", "show", &log, "--sha256", blake3, "--json"]).good().lines();
        assert_eq!(shown.len(), 1, "{shown:?}");
    }
    assert_eq!(wire.reports("delivered").len(), 2);
    // Nothing but a release has such a name.
    let named = gate.events("decision").iter().filter(|one| one.get("blake3").is_some()).count();
    assert_eq!(named, 2);
    gate.verified().is(&[("received", 3), ("derived", 1), ("replaced", 1), ("held", 1), ("sent", 2)]);
    independent(&gate);
    // Releases over a link come out again as well, with both names.
    let folder = originals(&gate, &[&plain, &device]);
    let decisions = gate.events("decision").len();
    assert_eq!(all_same(&replay(&gate, &["--bytes", &folder])), u64::try_from(decisions).unwrap());
}

/// What must not cross, planted in a real run, is looked for in everything that crossed.
#[test]
fn a_capture_of_a_real_run_holds_nothing_of_what_was_held_refused_or_merely_known() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    let ear = UdpSocket::bind(("127.0.0.1", wire.near)).unwrap();
    ear.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    gate.egress = wire.egress(wire.near, "1Mbit/s");
    let inbox = gate.path("inbox");
    fs::create_dir_all(inbox.join("in")).unwrap();
    gate.intake = watched(&inbox);
    let running = gate.start();
    let put = |name: &str, bytes: &[u8]| {
        let path = inbox.join("in").join(name);
        fs::write(path.with_extension("part"), bytes).unwrap();
        fs::rename(path.with_extension("part"), path).unwrap();
    };
    // Rewritten on its way: its input has another hash than what crosses.
    let input = but(&track("crosses", 600), "<contact ", "<contact phone=\"38640123456\" ");
    put("planted-file-name.cot", &input);
    put("b.cot", &unmarked("planted-held"));
    put("c.cot", &secret("planted-refused"));
    running.wait_decided(3);
    let mut crossed = Vec::new();
    let mut buffer = [0; 9_000];
    let end = std::time::Instant::now() + Duration::from_secs(2);
    while std::time::Instant::now() < end {
        if let Ok(size) = ear.recv(&mut buffer) {
            crossed.push(buffer[..size].to_vec());
        }
    }
    assert_eq!(running.stop().code, 0);
    while let Ok(size) = ear.recv(&mut buffer) {
        crossed.push(buffer[..size].to_vec());
    }
    assert!(crossed.len() > 4 && crossed.iter().any(|it| it.windows(7).any(|part| part == b"crosses")));
    let decisions = gate.events("decision");
    let mut planted: Vec<Vec<u8>> = [
        "planted-file-name",
        "planted-held",
        "planted-refused",
        "38640123456",
        "sensor-net",
        "cot-down",
        "gate-1",
        "LG-",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for decision in &decisions {
        let account = &decision["account"];
        for text in [&account["sha256"], &account["bundle"]] {
            let text = text.as_str().unwrap_or_else(|| panic!("{decision}")).trim_start_matches("sha256:");
            planted.push(text.as_bytes().to_vec());
            planted.push(lockgate_bytes::Digest::parse(text).unwrap().0.to_vec());
        }
        for reason in account["reasons"].as_array().into_iter().flatten() {
            let texts = ["rule", "field", "says"].iter().filter_map(|key| reason[key].as_str());
            planted.extend(texts.map(|text| text.as_bytes().to_vec()));
        }
    }
    assert!(planted.len() > 14, "{decisions:?}");
    for datagram in &crossed {
        for plant in &planted {
            assert!(
                !datagram.windows(plant.len()).any(|part| part == plant),
                "{:?} crossed",
                String::from_utf8_lossy(plant)
            );
        }
    }
}

#[test]
fn a_far_side_that_is_killed_again_and_again_delivers_nothing_twice_and_accounts_for_all() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.far, "4Mbit/s");
    // It ends as soon as all has left; how long that takes is the machine's affair.
    gate.more = "drain \"25s\"".to_owned();
    let config = wire.folder_receiver("");
    let mut far = wire.receive(&config);
    let running = gate.start();
    let mut sent = BTreeSet::new();
    for round in 0..6 {
        let objects: Vec<Vec<u8>> = (0..60).map(|at| track(&format!("T-{round}-{at}"), 600)).collect();
        running.send_all(objects.iter().map(Vec::as_slice));
        sent.extend(objects);
        thread::sleep(Duration::from_millis(20 + 15 * round));
        far.kill();
        far = wire.receive(&config);
    }
    running.wait_decided(360);
    assert_eq!(running.stop().code, 0);
    gate.verified().is(&[("received", 360), ("sent", 360)]);
    wire.account(360);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(far.end().0, 0);
    let bodies: BTreeSet<Vec<u8>> = wire.came().into_values().collect();
    assert_eq!(count(bodies.len()), wire.count(), "an object was delivered twice");
    assert!(bodies.is_subset(&sent), "something came that was not sent");
    let (came, lost) = wire.account(360);
    assert_eq!(
        came.len() + lost.len(),
        360,
        "each is delivered or lost, and none is both: {came:?} {lost:?}"
    );
    assert!(!came.is_empty(), "each start of the far side took a little");
}

/// The far side comes back when all of it has left, and the lane ends at once.
#[test]
fn a_far_side_that_was_away_learns_at_the_end_of_a_run_what_it_missed() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.far, "4Mbit/s");
    let config = wire.folder_receiver("");
    let far = wire.receive(&config);
    let running = gate.start();
    running.send(&track("before", 600));
    wait_for("the first object", || (wire.count() == 1).then_some(()));
    far.kill();
    let objects: Vec<Vec<u8>> = (0..10).map(|at| track(&format!("T-{at}"), 600)).collect();
    running.send_all(objects.iter().map(Vec::as_slice));
    running.wait_status("all of it sent", |status| status["left"]["sent"] == 11);
    // Their repairs, and what manifests say of them three times.
    thread::sleep(Duration::from_millis(900));
    let far = wire.receive(&config);
    assert_eq!(running.stop().code, 0);
    let (came, lost) = wire.account(11);
    assert_eq!((came.len(), lost.len()), (1, 10));
    assert_eq!(far.end().0, 0);
}

/// One guard behind another: the second takes from a diode and sends into one, and decides for itself.
#[test]
fn a_guard_stands_between_two_links_and_takes_nothing_from_whoever_has_not_the_key() {
    let (mut first, mut second) = (Gate::new("cot-down"), Gate::new("cot-down"));
    let (wire, next) = (Wire::new(&first, "wire"), Wire::new(&second, "next"));
    first.egress = wire.egress(wire.far, "4Mbit/s");
    second.intake = wire.intake("sensor-net");
    second.egress = next.egress(next.far, "4Mbit/s");
    let ran = lockgate(&["check", "--config", &second.config()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let far = next.receive(&next.folder_receiver(""));
    let (guard, source) = (second.start(), first.start());
    assert_eq!(guard.address("diode-1").port(), wire.far);
    let objects: Vec<Vec<u8>> = (0..40).map(|at| track(&format!("T-{at}"), 600)).collect();
    source.send_all(objects.iter().map(Vec::as_slice));
    // An object as it is, from somebody on the same interface.
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..20 {
        stranger.send_to(&track("stranger", 600), ("127.0.0.1", wire.far)).unwrap();
    }
    let all: BTreeSet<Vec<u8>> = objects.into_iter().collect();
    wait_for("all of it behind both", || {
        let came: BTreeSet<Vec<u8>> = next.came().into_values().collect();
        (came == all).then_some(())
    });
    assert_eq!(source.stop().code, 0);
    // Nobody keeps the promise of the last heartbeat.
    let status = guard.wait_status("an alarm about the silence", |status| {
        let alarms = status["alarms"].as_array().unwrap();
        alarms.iter().any(|one| one["name"] == "link-silent" && one["detail"] == "diode-1")
    });
    assert!(status["links"][0]["silent"].is_string(), "{status}");
    assert_eq!(guard.stop().code, 0);
    assert_eq!(far.end().0, 0);
    second.verified().is(&[("received", 40), ("sent", 40)]);
    let decided = second.events("decision");
    assert!(decided.iter().all(|one| one["account"]["source"] == "sensor-net"));
}

/// What is released lies in the link's folder until it has left: a crash repeats it, and nothing is unknown.
#[test]
fn a_lane_that_is_killed_again_and_again_sends_all_that_it_released() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    let inbox = gate.path("inbox");
    fs::create_dir_all(inbox.join("in")).unwrap();
    gate.intake = watched(&inbox);
    gate.egress = wire.egress(wire.far, "500kbit/s");
    let far = wire.receive(&wire.folder_receiver(""));
    let mut released = BTreeSet::new();
    for round in 0..5_u64 {
        let running = gate.start();
        wait_for("its first datagram", || (count(wire.reports("begun").len()) > round).then_some(()));
        for at in 0..12 {
            let object = track(&format!("T-{round}-{at}"), 3_600);
            let path = inbox.join("in").join(format!("{round}-{at}.cot"));
            fs::write(path.with_extension("part"), &object).unwrap();
            fs::rename(path.with_extension("part"), path).unwrap();
            released.insert(object);
        }
        thread::sleep(Duration::from_millis(250 + 120 * round));
        running.kill();
    }
    let running = gate.start();
    wait_for("all of it on the far side", || {
        let came: BTreeSet<Vec<u8>> = wire.came().into_values().collect();
        (came == released).then_some(())
    });
    assert_eq!(running.stop().code, 0);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(far.end().0, 0);
    gate.verified().is(&[("received", 60), ("sent", 60)]);
    let epochs: BTreeSet<String> =
        wire.reports("begun").iter().map(|it| it["epoch"].as_str().unwrap().to_owned()).collect();
    assert_eq!(epochs.len(), 6, "each start is an epoch of its own");
    let epochs: Vec<Value> = wire.reports("alarm");
    assert!(epochs.is_empty(), "{epochs:?}");
}

#[test]
fn clients_get_every_object_from_their_connection_on_and_what_nobody_got_is_told() {
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.far, "4Mbit/s");
    let port = free_tcp();
    let far =
        wire.receive(&wire.receiver(&format!("tcp \"127.0.0.1:{port}\" framing=length"), "order newest"));
    let running = gate.start();
    running.send(&track("to-nobody", 600));
    wait_for("the one that nobody got", || wire.reports("undelivered").pop());
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let objects: Vec<Vec<u8>> = (0..5).map(|at| track(&format!("T-{at}"), 600)).collect();
    for object in &objects {
        running.send(object);
    }
    for object in &objects {
        let mut head = [0; 4];
        client.read_exact(&mut head).unwrap();
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(head)).unwrap()];
        client.read_exact(&mut body).unwrap();
        assert_eq!(&body, object, "in the order in which they were sent");
    }
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    let sum = wire.reports("summary").pop().unwrap();
    assert_eq!(
        (&sum["delivered"], &sum["undelivered"], &sum["lost"]),
        (&5.into(), &1.into(), &0.into()),
        "{sum}"
    );
}

/// Bytes of a process that are in memory.
fn resident(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

/// `LOCKGATE_FLOOD` says how many (50,000 where it is not set).
#[test]
fn a_flood_of_malformed_and_forged_datagrams_is_counted_and_changes_nothing() {
    let flood = std::env::var("LOCKGATE_FLOOD").ok().and_then(|text| text.parse().ok()).unwrap_or(50_000_u64);
    let mut gate = Gate::new("cot-down");
    let wire = Wire::new(&gate, "wire");
    gate.egress = wire.egress(wire.far, "2Mbit/s");
    let far = wire.receive(&wire.folder_receiver(""));
    let running = gate.start();
    running.send(&track("before", 600));
    wait_for("the first object", || (wire.count() == 1).then_some(()));
    let before = resident(far.id());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", wire.far)).unwrap();
    let mut seed = lockgate_disk::Seed::new(5);
    let mut datagram = vec![0_u8; 1_400];
    for at in 0..flood {
        let size =
            usize::try_from(if at % 3 == 0 { seed.below(1_400) } else { 36 + seed.below(64) }).unwrap();
        for byte in datagram.iter_mut().take(size.min(128)) {
            *byte = u8::try_from(seed.below(256)).unwrap();
        }
        // Of the right version and link, mostly: what is left to look at is the tag.
        if at % 4 != 0 {
            datagram[..4].copy_from_slice(&[0xD1, u8::try_from(seed.below(256)).unwrap(), 0, 7]);
        }
        socket.send(&datagram[..size]).unwrap();
        if at % 64 == 63 {
            thread::sleep(Duration::from_micros(300));
        }
    }
    running.send(&track("after", 600));
    wait_for("an object after it", || (wire.count() == 2).then_some(()));
    let after = resident(far.id());
    assert!(after < before + (4 << 20), "{before} bytes before, {after} after");
    assert_eq!(running.stop().code, 0);
    assert_eq!(far.end().0, 0);
    let sum = wire.reports("summary").pop().unwrap();
    let of = |name: &str| sum[name].as_u64().unwrap();
    let bad: u64 =
        ["size", "version", "link", "tag"].iter().map(|name| of(&format!("datagrams_{name}"))).sum();
    assert_eq!(bad + of("kernel_drops"), flood, "each is counted: {sum}");
    assert!(of("datagrams_tag") > flood / 4, "{sum}");
    assert_eq!((of("delivered"), of("lost"), of("alarms")), (2, 0, 0), "{sum}");
}
