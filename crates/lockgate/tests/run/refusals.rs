//! What may not run does not run: exit 2, a message that says why, and a record in the log.

use crate::gate::{Gate, track};
use crate::rules::{Edit, bundle, demonstration};
use crate::running::Ran;
use std::fs;

/// The start is refused, `says` why, and the log says it too.
fn refused(gate: &Gate, says: &[&str]) -> Ran {
    let before = if gate.path("audit/checkpoint").exists() { gate.events("bundle").len() } else { 0 };
    let Err(ran) = gate.try_start() else { panic!("it runs") };
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    for says in says {
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
    let records = gate.events("bundle");
    assert_eq!(records.len(), before + 1, "one record of it");
    let last = records.last().unwrap();
    let why = last["refused"].as_str().unwrap();
    assert!(says.iter().any(|says| why.contains(says)), "{last}");
    gate.verified();
    ran
}

fn signatures(gate: &Gate, change: impl Fn(&str) -> String) {
    let file = gate.path("gate.bundle.sigs");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, change(&text)).unwrap();
}

#[test]
fn too_few_signatures() {
    let gate = Gate::new("cot-down");
    let both = fs::read_to_string(gate.path("gate.bundle.sigs")).unwrap();
    let one: String =
        both.lines().filter(|line| !line.contains("p-hribar")).map(|line| format!("{line}\n")).collect();
    assert_ne!(one, both);
    signatures(&gate, |_| one.clone());
    refused(&gate, &["S009"]);
    // The same person twice is one person.
    let own = both.lines().find(|line| line.contains("a-kovac")).unwrap();
    signatures(&gate, |_| {
        both.lines().map(|line| format!("{}\n", if line.contains("p-hribar") { own } else { line })).collect()
    });
    refused(&gate, &["S0"]);
    fs::write(gate.path("gate.bundle.sigs"), "").unwrap();
    refused(&gate, &["gate.bundle.sigs"]);
    fs::remove_file(gate.path("gate.bundle.sigs")).unwrap();
    refused(&gate, &["S008"]);
    // And it runs once it is signed again.
    gate.put(&bundle(1, &[]));
    let lane = gate.start();
    lane.send(&track("A-1", 600));
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("sent", 1)]);
}

#[test]
fn a_lower_revision_than_has_run() {
    let gate = Gate::new("cot-down");
    gate.put(&bundle(2, &[]));
    assert_eq!(gate.start().stop().code, 0);
    gate.put(&bundle(1, &[]));
    refused(&gate, &["revision 1 is below 2"]);
    gate.put(&bundle(2, &[]));
    assert_eq!(gate.start().stop().code, 0, "the same again may run");
}

#[test]
fn another_bundle_with_the_revision_that_has_run() {
    let other: Edit =
        ("lanes/cot-down.kdl", "label.level <= level('RESTRICTED')", "label.level <= level('UNCLASSIFIED')");
    let gate = Gate::new("cot-down");
    gate.put(&bundle(2, &[]));
    assert_eq!(gate.start().stop().code, 0);
    gate.put(&bundle(2, &[other]));
    refused(&gate, &["S016: another bundle with revision 2 has run here"]);
    gate.put(&bundle(2, &[]));
    let lane = gate.start();
    gate.put(&bundle(2, &[other]));
    let ran = lane.reload();
    assert!(ran.code == 2 && ran.err.contains("S016: another bundle with revision 2"), "{ran:?}");
    gate.put(&bundle(2, &[]));
    assert_eq!(lane.reload().code, 0, "the same again may be taken");
    gate.put(&bundle(3, &[other]));
    assert_eq!(lane.reload().code, 0);
    assert_eq!(lane.stop().code, 0);
}

#[cfg(unix)]
#[test]
fn a_key_or_trust_file_that_others_have_a_hand_in() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |gate: &Gate, name: &str, bits| {
        fs::set_permissions(gate.path(name), fs::Permissions::from_mode(bits)).unwrap();
    };
    let mut gate = Gate::new("cot-down");
    gate.hold = format!(" key=\"{}\"", gate.text("hold.key"));
    fs::write(gate.path("hold.key"), "5a6b".repeat(16)).unwrap();
    for bits in [0o644, 0o660] {
        mode(&gate, "hold.key", bits);
        refused(&gate, &["hold.key: others than its owner"]);
    }
    mode(&gate, "hold.key", 0o640);
    for bits in [0o666, 0o664] {
        mode(&gate, "trust.kdl", bits);
        refused(&gate, &["trust.kdl: others than its owner"]);
    }
    mode(&gate, "trust.kdl", 0o644);
    let lane = gate.start();
    mode(&gate, "trust.kdl", 0o666);
    let ran = lane.reload();
    assert!(ran.code == 2 && ran.err.contains("trust.kdl: others than its owner"), "{ran:?}");
    assert_eq!(lane.stop().code, 0);
}

#[test]
fn a_signer_whose_time_is_over() {
    let gate = Gate::new("cot-down");
    gate.trust("2020-01-01", "2021-12-31");
    refused(&gate, &["a-kovac"]);
}

#[test]
fn a_changed_byte_anywhere_in_the_bundle() {
    let gate = Gate::new("cot-down");
    let whole = bundle(1, &[]);
    for at in [0, 40, whole.bytes.len() / 2, whole.bytes.len() - 1] {
        let mut bytes = whole.bytes.clone();
        bytes[at] ^= 1;
        fs::write(gate.path("gate.bundle"), bytes).unwrap();
        refused(&gate, &["bundle"]);
    }
}

#[test]
fn a_demonstration() {
    let gate = Gate::new("cot-down");
    gate.put(&demonstration(1));
    refused(&gate, &["demonstration"]);
}

#[test]
fn a_lane_that_the_bundle_does_not_have() {
    let gate = Gate::new("cot-sideways");
    refused(&gate, &["cot-sideways"]);
}

#[test]
fn a_source_offered_more_weakly_than_the_lane_wants() {
    let mut gate = Gate::new("cot-down");
    gate.put(&bundle(1, &[("lanes/cot-down.kdl", "by=interface", "by=tls")]));
    refused(&gate, &["sensor-net"]);
    gate.put(&bundle(1, &[]));
    gate.intake = gate.intake.replace("sensor-net", "nobody-net");
    refused(&gate, &["nobody-net"]);
}

/// The bundle is right, and the lane cannot start all the same: the log says nothing of a refused bundle.
#[test]
fn a_start_that_fails_for_something_else_says_nothing_of_the_bundle() {
    let gate = Gate::new("cot-down");
    assert_eq!(gate.start().stop().code, 0);
    let (hold, aside) = (gate.path("hold"), gate.path("aside"));
    fs::rename(&hold, &aside).unwrap();
    fs::write(&hold, b"no folder").unwrap();
    let Err(ran) = gate.try_start() else { panic!("it runs") };
    assert!(ran.code == 2 && ran.err.contains("hold"), "{ran:?}");
    assert_eq!(gate.events("bundle").len(), 0);
    fs::remove_file(&hold).unwrap();
    fs::rename(&aside, &hold).unwrap();
    assert_eq!(gate.start().stop().code, 0);
    gate.verified();
}
