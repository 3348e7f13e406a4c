//! Objects with a label beside them: a lane takes none of them, unless it says that it takes both together.

use crate::gate::{Gate, but, track, watched};
use crate::review;
use crate::rules::{self, Edit};
use crate::running::{lockgate, wait_for};
use crate::two::{between_folders, come_out};
use lockgate_bytes::Digest;
use serde_json::Value;
use std::fs;
use std::path::Path;

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
    // They are moved once they are.
    wait_for("both kept", || {
        (fs::read_dir(inbox.path().join("turned-away")).unwrap().count() == 2).then_some(())
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

/// The word by which a lane takes files with their sidecars.
const TAKES: Edit =
    ("lanes/cot-down.kdl", "    unlabelled hold", "    sidecars required\n    unlabelled hold");

/// A lane between two folders with reviewers, which takes files with their sidecars.
pub(crate) fn taking(inbox: &Path) -> Gate {
    let mut gate = review::gate();
    gate.intake = watched(inbox);
    gate.egress = format!("directory \"{}\" extension=\"cot\"", gate.text("out"));
    gate.put(&rules::bundle(1, &[review::REVIEWERS, &[TAKES]].concat()));
    fs::create_dir(inbox.join("in")).unwrap();
    gate
}

/// A label for the file of this name.
fn label(name: &str, level: &str) -> Vec<u8> {
    let values = ["AUT", "HRV", "HUN", "SVK", "SVN"]
        .map(|nation| format!("<l:GenericValue>{nation}</l:GenericValue>"));
    format!(
        "<b:BindingInformation xmlns:b=\"urn:nato:stanag:4778:bindinginformation:1:0\"><b:MetadataBindingContainer>\
         <b:MetadataBinding><b:Metadata><l:originatorConfidentialityLabel \
         xmlns:l=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"><l:ConfidentialityInformation>\
         <l:PolicyIdentifier>MISSION</l:PolicyIdentifier><l:Classification>{level}</l:Classification>\
         <l:Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">{}</l:Category></l:ConfidentialityInformation>\
         <l:CreationDateTime>2026-03-01T10:00:00Z</l:CreationDateTime></l:originatorConfidentialityLabel></b:Metadata>\
         <b:DataReference URI=\"{name}\"/></b:MetadataBinding></b:MetadataBindingContainer></b:BindingInformation>",
        values.concat()
    )
    .into_bytes()
}

/// Hands in a file without marking, and its label, which comes first.
pub(crate) fn hand_in(inbox: &Path, name: &str, object: &[u8], level: &str) -> String {
    let bare = but(object, " access=\"MISSION RESTRICTED\"", "");
    let bare = but(&bare, " releasableTo=\"AUT,HRV,HUN,SVK,SVN\"", "");
    let label = label(name, level);
    for (name, bytes) in [(format!("{name}.bdo"), &label), (name.to_owned(), &bare)] {
        fs::write(inbox.join("in/x.part"), bytes).unwrap();
        fs::rename(inbox.join("in/x.part"), inbox.join("in").join(name)).unwrap();
    }
    Digest::of(&label).to_string()
}

fn decisions(gate: &Gate) -> Vec<Value> {
    gate.events("decision")
}

#[test]
fn a_file_is_decided_by_the_label_beside_it_and_leaves_alone() {
    let inbox = tempfile::tempdir().unwrap();
    let gate = taking(inbox.path());
    let lane = gate.start();
    let hash = hand_in(inbox.path(), "A-1.cot", &track("A-1", 600), "RESTRICTED");
    wait_for("the first", || (come_out(&gate).len() == 1).then_some(()));
    hand_in(inbox.path(), "A-2.cot", &track("A-2", 600), "SECRET");
    wait_for("both on record", || (decisions(&gate).len() == 2).then_some(()));
    let taken = inbox.path().join("taken");
    wait_for("both pairs to go", || (fs::read_dir(&taken).unwrap().count() == 0).then_some(()));
    assert_eq!(lane.stop().code, 0);
    let decided = decisions(&gate);
    let account = &decided[0]["account"];
    assert_eq!((&account["verdict"], &account["sidecar_sha256"]), (&"release".into(), &hash.clone().into()));
    assert_eq!(account["sidecar_size_bytes"], label("A-1.cot", "RESTRICTED").len());
    assert_eq!(account["claims"][0]["carrier"], "sidecar", "as `inspect` reads it: {account}");
    assert_eq!(decided[1]["account"]["verdict"], "refuse", "its label is above what may cross");
    let out = come_out(&gate);
    assert!(out.len() == 1 && !String::from_utf8_lossy(&out[0]).contains("Confidentiality"), "{out:?}");
    let shown = lockgate(&["audit", "show", "--json", "--sha256", &hash, &gate.text("audit")]).good();
    assert_eq!(shown.lines().len(), 1, "found by the hash of the sidecar");
    gate.verified().is(&[("received", 2), ("refused", 1), ("sent", 1)]);
    assert_eq!(fs::read_dir(inbox.path().join("in")).unwrap().count(), 0);
}

/// Held with its sidecar, through a crash, under another bundle, until people have decided.
#[test]
fn what_is_held_keeps_its_sidecar_through_a_crash_and_a_reload_and_to_its_release() {
    let inbox = tempfile::tempdir().unwrap();
    let gate = taking(inbox.path());
    let lane = gate.start();
    let hash = hand_in(inbox.path(), "W-1.cot", &review::worded("W-1"), "RESTRICTED");
    wait_for("the object to be held", || (gate.held().len() == 1).then_some(()));
    lane.kill();
    let lane = gate.start();
    gate.put(&rules::bundle(2, &[review::REVIEWERS, &[TAKES]].concat()));
    lane.reload().good();
    wait_for("the decision under the new bundle", || (decisions(&gate).len() == 2).then_some(()));
    // A bundle under which files are taken without their sidecars is one to start with.
    gate.put(&rules::bundle(3, review::REVIEWERS));
    let refused = lane.reload();
    assert!(refused.code != 0 && refused.err.contains("with their sidecars"), "{refused:?}");
    gate.put(&rules::bundle(2, &[review::REVIEWERS, &[TAKES]].concat()));
    let entry = wait_for("the object to be held again", || gate.held().first()?["entry"].as_u64());
    for who in [review::NOVAK, review::HORVAT] {
        review::good(&gate, "claim", entry, who, None);
        review::good(&gate, "approve", entry, who, Some("false-alarm"));
    }
    wait_for("the object to leave", || (come_out(&gate).len() == 1).then_some(()));
    assert_eq!(lane.stop().code, 0);
    let decided = decisions(&gate);
    let verdicts: Vec<&Value> = decided.iter().map(|one| &one["account"]["verdict"]).collect();
    assert_eq!(verdicts, ["hold", "hold", "release"]);
    assert!(decided.iter().all(|one| one["account"]["sidecar_sha256"] == hash), "{decided:?}");
    assert!(decided.iter().all(|one| one["account"]["claims"][0]["carrier"] == "sidecar"));
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
}
