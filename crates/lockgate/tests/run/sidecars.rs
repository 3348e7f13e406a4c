//! Objects with a label beside them: a running lane reads none, so it takes neither.

use crate::gate::track;
use crate::running::wait_for;
use crate::two::{between_folders, come_out};
use std::fs;

#[test]
fn an_object_with_a_sidecar_never_crosses_and_stands_on_record() {
    let inbox = tempfile::tempdir().unwrap();
    let into = inbox.path().join("in");
    fs::create_dir(&into).unwrap();
    let gate = between_folders(inbox.path());
    let lane = gate.start();
    let hand_in = |name: &str, bytes: &[u8]| {
        fs::write(into.join("x.part"), bytes).unwrap();
        fs::rename(into.join("x.part"), into.join(name)).unwrap();
    };
    // Each of these tracks would cross by itself; what stands beside two of them is not even read.
    hand_in("A-1.cot.bdo", b"<s4778:BindingInformation/>");
    hand_in("A-1.cot", &track("A-1", 600));
    hand_in("A-2.cot", &track("A-2", 600));
    wait_for("the one without", || (come_out(&gate).len() == 1).then_some(()));
    wait_for("both on record", || {
        let told = gate.events("refusals");
        (told.iter().filter_map(|one| one["count"].as_u64()).sum::<u64>() == 2).then_some(())
    });
    assert_eq!(lane.stop().code, 0);
    assert_eq!(come_out(&gate).len(), 1);
    assert!(String::from_utf8_lossy(&come_out(&gate)[0]).contains("A-2"));
    let told = gate.events("refusals");
    assert!(told.iter().all(|one| one["code"] == "LG-F012"), "{told:?}");
    gate.verified().is(&[("received", 3), ("refused", 2), ("sent", 1)]);
    assert_eq!(fs::read_dir(inbox.path().join("turned-away")).unwrap().count(), 2);
    assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
}
