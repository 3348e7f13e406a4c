//! Two lanes where there may be one: the second does not start and says why, and the first does not notice.

use crate::gate::{Gate, track, watched};
use crate::running::{Running, wait_for};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A lane between two folders, the first of them this one.
pub(crate) fn between_folders(inbox: &Path) -> Gate {
    let mut gate = Gate::new("cot-down");
    gate.intake = watched(inbox);
    gate.egress = format!("directory \"{}\" extension=\"cot\"", gate.text("out"));
    gate
}

fn hand_in(inbox: &Path, names: impl Iterator<Item = String>) {
    for name in names {
        fs::write(inbox.join("in").join(format!("{name}.part")), track(&name, 600)).unwrap();
        fs::rename(
            inbox.join("in").join(format!("{name}.part")),
            inbox.join("in").join(format!("{name}.cot")),
        )
        .unwrap();
    }
}

/// The files that have come out.
pub(crate) fn come_out(gate: &Gate) -> Vec<Vec<u8>> {
    let files = fs::read_dir(gate.path("out")).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap()).collect()
}

/// It does not start, and says `why`; the first one is as it was.
fn is_kept_out(second: &Gate, why: &str, first: &Running) {
    let Err(ran) = second.try_start() else { panic!("two lanes run: {why}") };
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains(why), "{ran:?}");
    assert_eq!(first.status().1["health"]["releasing"], true);
}

#[test]
fn of_two_lanes_on_one_watched_folder_the_second_does_not_start_and_each_object_is_decided_once() {
    let inbox = tempfile::tempdir().unwrap();
    fs::create_dir(inbox.path().join("in")).unwrap();
    let (first, second) = (between_folders(inbox.path()), between_folders(inbox.path()));
    let lane = first.start();
    hand_in(inbox.path(), (0..40).map(|number| format!("A-{number}")));
    is_kept_out(&second, "another intake uses the folder; only one may", &lane);
    hand_in(inbox.path(), (40..80).map(|number| format!("A-{number}")));
    wait_for("all files", || (come_out(&first).len() == 80).then_some(()));
    assert_eq!(lane.stop().code, 0);
    first.verified().is(&[("received", 80), ("sent", 80)]);
    // The folder is free now.
    let lane = second.start();
    hand_in(inbox.path(), (80..100).map(|number| format!("A-{number}")));
    wait_for("the others", || (come_out(&second).len() == 20).then_some(()));
    assert_eq!(lane.stop().code, 0);
    second.verified().is(&[("received", 20), ("sent", 20)]);
    let all: BTreeSet<Vec<u8>> = come_out(&first).into_iter().chain(come_out(&second)).collect();
    assert_eq!(all.len(), 100, "each once, by one of them");
}

#[test]
fn two_lanes_share_no_log_no_hold_and_no_way_out() {
    let boxes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [mine, theirs] = [boxes[0].path(), boxes[1].path()];
    fs::create_dir(mine.join("in")).unwrap();
    let first = between_folders(mine);
    let lane = first.start();
    for (shared, why) in [
        ("audit", "the audit log is open in another process"),
        ("hold", "another process has the store open for writing"),
        ("out", "another lane delivers into this folder"),
    ] {
        let second = between_folders(theirs);
        fs::remove_dir_all(second.path(shared)).unwrap();
        symlink(first.path(shared), second.path(shared)).unwrap();
        is_kept_out(&second, why, &lane);
        hand_in(mine, std::iter::once(format!("B-{shared}")));
    }
    wait_for("all files", || (come_out(&first).len() == 3).then_some(()));
    assert_eq!(lane.stop().code, 0);
    first.verified().is(&[("received", 3), ("sent", 3)]);
}
