//! `check --config`: whether a deployment is ready to run.

#![cfg(target_os = "linux")]

use crate::common::{NOW, path, run};
use crate::signing::{Signing, mode};
use lockgate_attest::base64;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// The public half of a link's key.
const LINK_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAypOsFwUYcHHWe4PH/w7+gQjo7EUwV113JoeTM9vavnw=\n\
                        -----END PUBLIC KEY-----\n";

/// A deployment on this machine in which all is well, with a directory and a TLS listener for the one source.
struct Gate {
    signing: Signing,
}

impl Gate {
    fn new() -> Self {
        let gate = Self { signing: Signing::new() };
        let project = &gate.signing.project;
        for folder in ["hold", "audit", "witness", "in", "run"] {
            fs::create_dir(project.path(folder)).unwrap();
        }
        gate.signing.secret("hold.key", &"0123456789abcdef".repeat(4));
        gate.signing.secret("audit.key", &fs::read_to_string(project.path("stranger.key")).unwrap());
        fs::copy(path("crates/lockgate-attest/tests/certificate.pem"), project.path("ca.pem")).unwrap();
        mode(&project.path("ca.pem"), 0o644);
        let (certificate, key) = pair();
        fs::write(project.path("tls.pem"), certificate).unwrap();
        gate.signing.secret("tls.key", &key);
        let owner = fs::metadata(project.path("in")).unwrap().uid();
        let at = |name: &str| project.text(name);
        let text = format!(
            r#"deployment "gate-1" {{
    bundle "{bundle}" trust="{trust}"
    lane "cot-down"
    intake {{
        udp "239.2.3.1:6969" interface="lo" source="sensor-net" rate="1Mbit/s"
        tls "127.0.0.1:8089" cert="{cert}" key="{key}" ca="{ca}" {{
            client "88e183922cbe72458bef09f6830aa40b629f4dfbcc83ade2522521692841fca8" source="sensor-net"
        }}
        directory "{inbox}" source="sensor-net" owner="{owner}"
    }}
    egress {{
        udp "127.0.0.1:7001" rate="500kbit/s"
    }}
    hold "{hold}" quota="1GiB" key="{hold_key}"
    audit "{audit}" key="{audit_key}" checkpoints="{witness}"
    metrics "127.0.0.1:9464"
    control "{control}"
}}
"#,
            bundle = at("gate.bundle"),
            trust = at("trust.kdl"),
            cert = at("tls.pem"),
            key = at("tls.key"),
            ca = at("ca.pem"),
            inbox = at("in"),
            hold = at("hold"),
            hold_key = at("hold.key"),
            audit = at("audit"),
            audit_key = at("audit.key"),
            witness = at("witness"),
            control = at("run/gate-1.sock"),
        );
        project.write("gate.kdl", text);
        gate
    }

    /// The findings, with the code of exit and the last line.
    fn check(&self, now: &str) -> (i32, Vec<(String, String)>, Value) {
        let ran = run(&["check", "--config", &self.signing.project.text("gate.kdl"), "--json", "--now", now]);
        let mut lines = ran.lines();
        let end: Value = lines.pop().unwrap_or_else(|| panic!("{ran:?}"));
        assert_eq!(end["kind"], "end");
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        let found = lines.iter().map(|line| {
            assert!(
                line["file"].as_str().unwrap().ends_with("gate.kdl") && line["line"].is_number(),
                "{line}"
            );
            assert!(!line["help"].as_str().unwrap().is_empty(), "says what to do: {line}");
            (format!("{} {}", text(line, "severity"), text(line, "code")), text(line, "says"))
        });
        (ran.code, found.collect(), end)
    }

    /// The findings' severities and codes.
    fn codes(&self, now: &str) -> Vec<String> {
        self.check(now).1.into_iter().map(|(code, _)| code).collect()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.signing.project.path("gate.kdl")).unwrap()
    }

    fn change(&self, old: &str, new: &str) {
        self.signing.project.change("gate.kdl", old, new);
    }
}

/// A certificate of ours with the life of the one in the repository, and its key, both in PEM.
fn pair() -> (String, String) {
    let mut params = CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2036, 11, 19));
    let key = KeyPair::generate().unwrap();
    let pem = |kind: &str, der: &[u8]| {
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", base64::encode(der))
    };
    let certificate = params.self_signed(&key).unwrap();
    (pem("CERTIFICATE", certificate.der()), pem("PRIVATE KEY", &key.serialize_der()))
}

/// The start would not take them either.
#[test]
fn a_key_that_is_not_that_of_the_certificate_is_found() {
    let gate = Gate::new();
    for other in [pair().1, fs::read_to_string(gate.signing.project.path("stranger.key")).unwrap()] {
        gate.signing.secret("tls.key", &other);
        let (code, found, _) = gate.check(NOW);
        assert_eq!((code, found.len()), (1, 1), "{found:?}");
        assert_eq!(found[0].0, "error D019");
        assert!(found[0].1.starts_with("our certificate and key cannot be used"), "{found:?}");
        assert!(!found[0].1.contains("PRIVATE"), "{found:?}");
    }
}

/// Whoever signs for several gates has not said which of them a bundle is for.
#[test]
fn a_bundle_of_another_name_is_refused() {
    let gate = Gate::new();
    let name = gate.signing.project.text("gate.bundle");
    let shown = run(&["bundle", "show", &name, "--json"]).line();
    let called = shown["name"].as_str().unwrap();
    gate.change("gate.bundle\"", &format!("gate.bundle\" name=\"{called}\""));
    assert_eq!(gate.check(NOW).0, 0);
    gate.change(&format!("name=\"{called}\""), "name=\"north\"");
    let (code, found, _) = gate.check(NOW);
    assert_eq!((code, found.len(), found[0].0.as_str()), (1, 1, "error S021"), "{found:?}");
    assert_eq!(found[0].1, format!("it is called {called}, and north is asked for"));
    let ran = run(&["run", "--config", &gate.signing.project.text("gate.kdl")]);
    assert!(ran.code == 2 && ran.err.contains("S021"), "{ran:?}");
}

/// A start would refuse it, and whoever checks hears it before.
#[test]
fn a_revision_below_the_one_that_has_run_is_found_in_the_log() {
    use lockgate_audit::{ClockState, Event, Log, LogKey, Settings, Start};
    let gate = Gate::new();
    let shown = run(&["bundle", "show", &gate.signing.project.text("gate.bundle"), "--json"]).line();
    let revision = shown["revision"].as_u64().unwrap();
    let disk = lockgate_disk::RealDisk::at(&gate.signing.project.path("audit")).unwrap();
    let key = LogKey::from_secret("lockgate-gate-1", &[7; 32]).unwrap();
    let (mut log, _) = Log::open(std::sync::Arc::new(disk), key, Vec::new(), Settings::default()).unwrap();
    let mut ran = |epoch: u64, revision: u64| {
        let start = Start {
            at: lockgate_bytes::Time::parse(NOW.as_bytes()).unwrap(),
            epoch,
            node: "n".to_owned(),
            engine: "0".to_owned(),
            bundle: lockgate_bytes::Digest([7; 32]),
            revision,
            lane: "cot-down".to_owned(),
            config: lockgate_bytes::Digest([0; 32]),
            clock: ClockState::Synchronised,
            key: "k".to_owned(),
            cut_bytes: 0,
            outstanding: 0,
        };
        let mut page = Vec::new();
        Event::Start(start).write(&mut page);
        log.append(&page).unwrap();
        log.commit().unwrap();
        gate.check(NOW)
    };
    if let Some(before) = revision.checked_sub(1) {
        assert_eq!(ran(1, before).0, 0);
    }
    let (code, found, _) = ran(2, revision + 1);
    assert_eq!((code, found.len(), found[0].0.as_str()), (1, 1, "error S016"), "{found:?}");
    assert!(found[0].1.ends_with("which has run here"), "{found:?}");
    let (code, found, _) = ran(3, revision);
    assert_eq!((code, found[0].0.as_str()), (1, "error S016"), "another one of the same number: {found:?}");
}

#[test]
fn an_address_that_this_machine_does_not_have_is_warned_about() {
    let gate = Gate::new();
    gate.change("tls \"127.0.0.1:8089\"", "tls \"192.0.2.7:8089\"");
    gate.change("rate=\"500kbit/s\"", "rate=\"500kbit/s\" from=\"192.0.2.9\"");
    let (code, found, _) = gate.check(NOW);
    assert_eq!(code, 0, "it may come up before the lane starts: {found:?}");
    let all: Vec<(&str, &str)> = found.iter().map(|(code, says)| (code.as_str(), says.as_str())).collect();
    let missing = |address: &str| format!("this machine does not have the address {address}");
    let (listener, from) = (missing("192.0.2.7"), missing("192.0.2.9"));
    assert_eq!(all, [("warning D033", listener.as_str()), ("warning D033", from.as_str())]);
}

#[test]
fn a_clock_that_nobody_vouches_for_is_warned_about() {
    let gate = Gate::new();
    gate.change("metrics ", "clock needs-synchronised=#false\n    metrics ");
    assert_eq!(gate.codes(NOW), ["warning D031"]);
}

#[test]
fn who_hands_files_in_below_must_not_read_what_the_lane_counts() {
    let gate = Gate::new();
    let owner = fs::metadata(gate.signing.project.path("in")).unwrap().uid().to_string();
    gate.change("lane \"cot-down\"", "lane \"cot-up\"");
    let text = fs::read_to_string(gate.signing.project.path("gate.kdl")).unwrap();
    fs::write(gate.signing.project.path("gate.kdl"), text.replace("sensor-net", "partner-net")).unwrap();
    let (code, found, _) = gate.check(NOW);
    let (says, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(code, _)| code == "warning D032");
    assert_eq!((code, says.len(), others.len()), (0, 1, 0), "{says:?} {others:?}");
    assert!(says[0].1.contains(&format!("user {owner}, who hands files in")), "{says:?}");
    gate.change("    metrics \"127.0.0.1:9464\"\n", "");
    assert_eq!(gate.codes(NOW), [""; 0]);
}

#[test]
fn a_deployment_in_which_all_is_well_is_ready() {
    let gate = Gate::new();
    let (code, found, end) = gate.check(NOW);
    assert_eq!((code, found.as_slice()), (0, &[][..]));
    assert_eq!(
        (&end["good"], &end["deployment"], &end["lane"]),
        (&json!(true), &json!("gate-1"), &json!("cot-down"))
    );
    assert_eq!((&end["revision"], &end["errors"], &end["warnings"]), (&json!(1), &json!(0), &json!(0)));
    let text = run(&["check", "--config", &gate.signing.project.text("gate.kdl"), "--now", NOW]);
    assert!(
        text.out.starts_with("gate-1: ready; 0 errors, 0 warnings\nlane cot-down of demo revision 1"),
        "{}",
        text.out
    );
    assert!(text.out.contains("signed by a-kovac, p-hribar"));
    let left = fs::read_dir(gate.signing.project.path("in")).unwrap().count();
    assert_eq!(left, 0, "it writes nothing");
}

#[test]
fn every_file_that_is_not_there_is_named() {
    let gate = Gate::new();
    for name in ["hold", "audit", "witness", "in", "run"] {
        fs::remove_dir(gate.signing.project.path(name)).unwrap();
    }
    for name in ["hold.key", "audit.key", "tls.key", "tls.pem", "ca.pem", "trust.kdl"] {
        fs::remove_file(gate.signing.project.path(name)).unwrap();
    }
    let (code, found, end) = gate.check(NOW);
    assert_eq!((code, found.len(), &end["errors"]), (1, 11, &json!(11)), "{found:?}");
    assert!(found.iter().all(|(code, _)| code == "error D018"), "{found:?}");
    let says: Vec<&str> = found.iter().map(|(_, says)| says.as_str()).collect();
    for what in [
        "our certificate",
        "root of the clients",
        "key of the log",
        "second place",
        "control socket",
        "watched",
    ] {
        assert!(says.iter().any(|says| says.contains(what)), "{what}: {says:?}");
    }
    fs::write(gate.signing.project.path("hold"), "").unwrap();
    assert!(gate.check(NOW).1.iter().any(|(_, says)| says.contains("it is no folder")));
}

#[test]
fn keys_are_of_their_kind_and_nobody_elses_business() {
    let gate = Gate::new();
    for name in ["hold.key", "audit.key", "tls.key"] {
        mode(&gate.signing.project.path(name), 0o644);
    }
    // A key that others may have read is not tried.
    assert_eq!(gate.codes(NOW), ["error D020"; 3]);
    for name in ["hold.key", "audit.key", "tls.key", "tls.pem", "ca.pem"] {
        gate.signing.secret(name, "nothing of the kind\n");
    }
    assert_eq!(gate.codes(NOW), ["error D019"; 5]);
    let gate = Gate::new();
    mode(&gate.signing.project.path("trust.kdl"), 0o664);
    let (code, found, _) = gate.check(NOW);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].0 == "error D020" && found[0].1.contains("who may sign"), "{found:?}");
}

/// They are no secret: whoever can write them decides who counts as the source.
#[test]
fn what_says_who_counts_is_for_its_owner_alone_to_write() {
    let gate = Gate::new();
    mode(&gate.signing.project.path("ca.pem"), 0o664);
    let (code, found, _) = gate.check(NOW);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].0 == "error D020" && found[0].1.contains("roots of the clients"), "{found:?}");
    let (secret, key, state) = ("link.secret", "link.pub", "link");
    let project = &gate.signing.project;
    gate.signing.secret(secret, &"0123456789abcdef".repeat(4));
    project.write(key, LINK_KEY);
    fs::create_dir(project.path(state)).unwrap();
    let tls = gate.text().lines().find(|line| line.trim().starts_with("tls ")).unwrap().to_owned();
    let diode = format!(
        "diode \"127.0.0.1:8089\" interface=\"lo\" link=3 source=\"sensor-net\" secret=\"{}\" key=\"{}\" state=\"{}\" {{ limits ",
        project.text(secret),
        project.text(key),
        project.text(state)
    );
    let client = gate.text().lines().find(|line| line.trim().starts_with("client ")).unwrap().to_owned();
    gate.change(&format!("{tls}\n{client}\n"), &diode);
    mode(&project.path(key), 0o644);
    assert_eq!(gate.codes(NOW), [""; 0]);
    mode(&project.path(key), 0o646);
    let (code, found, _) = gate.check(NOW);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].0 == "error D020" && found[0].1.contains("key of the diode link"), "{found:?}");
}

/// People make it, not the lane.
#[test]
fn the_folder_that_reviewers_write_into_is_looked_for() {
    let gate = Gate::new();
    fs::create_dir(gate.signing.project.path("review")).unwrap();
    let review = gate.signing.project.text("review");
    gate.change("    metrics", &format!("    review \"{review}\"\n    metrics"));
    let (code, found, _) = gate.check(NOW);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].0 == "error D018" && found[0].1.contains("reviewers write into"), "{found:?}");
    fs::create_dir(gate.signing.project.path("review/in")).unwrap();
    assert_eq!(gate.codes(NOW), [""; 0]);
}

#[test]
fn what_ends_within_thirty_days_is_told_before() {
    let gate = Gate::new();
    assert_eq!(gate.codes("2027-12-01T23:59:59Z"), [""; 0]);
    let (code, found, _) = gate.check("2027-12-02T12:00:00Z");
    assert_eq!(code, 0, "a warning is no fault");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(code, _)| code == "warning D021"), "{found:?}");
    assert_eq!(found[0].1, "the trust in signer a-kovac ends at 2028-01-01T00:00:00Z, in 29 days");
    let (code, found, _) = gate.check("2028-01-01T00:00:00Z");
    assert_eq!(code, 1);
    assert_eq!(found.last().unwrap().0, "error S009", "{found:?}");

    gate.signing.project.change("trust.kdl", "2027-12-31", "2040-12-31");
    gate.signing.project.change("trust.kdl", "2027-12-31", "2040-12-31");
    let (code, found, _) = gate.check("2035-12-31T00:00:00Z");
    let says: Vec<&str> = found.iter().map(|(_, says)| says.as_str()).collect();
    let ends = |what| format!("{what} ends at 2036-01-01T00:00:00Z, in 1 day");
    let all = ["agreement rsocc", "equivalence usa-mission", "default label objects of no known type"];
    assert_eq!((code, says), (0, all.map(ends).iter().map(String::as_str).collect()), "{found:?}");
    let (code, found, _) = gate.check("2036-11-01T00:00:00Z");
    assert_eq!(code, 0, "the lane starts, and releases nothing that needs the agreement");
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    let (soon, ended) = ("warning D021", "warning D022");
    assert_eq!(codes, [soon, soon, ended, ended, ended], "{found:?}");
    let (code, found, _) = gate.check("2037-01-01T00:00:00Z");
    assert_eq!(code, 1);
    assert!(found[0].1.starts_with("our certificate ended at 2036-11-19"), "{found:?}");
    assert_eq!(found[0].0, "error D022");
}

#[test]
fn what_the_lane_asks_for_is_compared_with_what_is_offered() {
    let gate = Gate::new();
    gate.change("rate=\"1Mbit/s\"", "rate=\"3Mbit/s\"");
    assert_eq!(gate.codes(NOW), ["error D016"]);
    gate.change("rate=\"3Mbit/s\"", "");
    gate.change("owner=", "rate=\"1Mbit/s\" owner=");
    gate.change("interface=\"lo\"", "interface=\"nowhere0\"");
    assert_eq!(gate.codes(NOW), ["error D024"]);
    gate.change("nowhere0", "lo");
    gate.change("lane \"cot-down\"", "lane \"cot-up\"");
    // It leads up, and takes files of a user of the machine, who could read its metrics.
    let up = "warning D032";
    assert_eq!(gate.codes(NOW), [up, "error D013", "error D013", "error D013", "error D014"]);
}

#[test]
fn a_watched_folder_belongs_to_the_lane_and_its_files_to_a_user() {
    let gate = Gate::new();
    let folder = gate.signing.project.path("in");
    mode(&folder, 0o777);
    assert_eq!(gate.codes(NOW), ["error D023"]);
    mode(&folder, 0o755);
    let owner = fs::metadata(&folder).unwrap().uid();
    gate.change(&format!("owner=\"{owner}\""), "owner=\"nobody-of-this-name\"");
    assert!(gate.check(NOW).1[0].1.contains("no user nobody-of-this-name"));
    gate.change("nobody-of-this-name", "00");
    assert_eq!(gate.codes(NOW), ["error D023"], "a name, and not the number that it looks like");
    gate.change("owner=\"00\"", "owner=\"root\"");
    assert_eq!(gate.codes(NOW), [""; 0], "a user may be named");
}

#[test]
fn checkpoints_beside_the_log_only_are_warned_about() {
    let gate = Gate::new();
    gate.change(&format!(" checkpoints=\"{}\"", gate.signing.project.text("witness")), "");
    let (code, found, end) = gate.check(NOW);
    assert_eq!((code, &end["warnings"]), (0, &json!(1)));
    assert_eq!(found[0].0, "warning D025");
}

#[test]
fn a_file_with_mistakes_is_not_ready() {
    let gate = Gate::new();
    gate.change("lane \"cot-down\"", "lan \"cot-down\"");
    let (code, found, end) = gate.check(NOW);
    assert_eq!((code, &end["good"], &end["deployment"]), (1, &json!(false), &Value::Null));
    assert_eq!(found.len(), 2, "{found:?}");
    let text = run(&["check", "--config", &gate.signing.project.text("gate.kdl")]);
    assert!(
        text.out.contains("did you mean `lane`?") && text.out.contains("not ready; 2 errors"),
        "{}",
        text.out
    );
}
