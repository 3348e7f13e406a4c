//! Where nothing can be written, nothing leaves; the operator sees why; and the lane goes on by itself.

use crate::gate::{Gate, but, track, unmarked};
use crate::rules::bundle;
use crate::running::{Running, wait_for};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

fn alarms(status: &Value) -> Vec<&str> {
    status["alarms"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// Changes a limit of the running process.
fn limit(lane: &Running, what: &str) {
    let done = Command::new("prlimit").args(["--pid", &lane.id().to_string(), what]).status().unwrap();
    assert!(done.success(), "prlimit {what}");
}

/// Nothing leaves while the lane is in trouble; then everything does.
fn stands_still_and_goes_on(
    gate: &Gate,
    lane: Running,
    alarm: &str,
    begin: impl Fn(&Running),
    end: impl Fn(&Running),
) {
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    begin(&lane);
    for number in 0..20 {
        lane.send(&track(&format!("B-{number}"), 900));
    }
    let status = lane.wait_status(alarm, |status| alarms(status).contains(&alarm));
    // Only now: in one batch with the others it is the held store that fails first.
    lane.send(&unmarked("C-1"));
    assert_eq!(status["health"]["releasing"], false);
    assert!(status["health"]["why_not"].as_array().unwrap().iter().any(|why| why == alarm), "{status}");
    assert_eq!(lane.status().0, 1);
    // What the log has stands still, what waits gets old, and who looks is told.
    let committed = status["audit"]["committed"].clone();
    let status = lane.wait_status("log-behind", |status| alarms(status).contains(&"log-behind"));
    let audit = &status["audit"];
    assert!(
        audit["waiting"].as_u64().unwrap() >= 20 && audit["waiting_bytes"].as_u64().unwrap() > 0,
        "{audit}"
    );
    assert!(audit["lag_ms"].as_u64().unwrap() >= 2_000 && audit["committed"] == committed, "{audit}");
    assert_eq!(gate.come_out().len(), 0, "nothing leaves that is not on record");
    end(&lane);
    assert_eq!(gate.wait_out(20).len(), 20);
    let status = lane.wait_status("the end of the trouble", |status| {
        status["health"]["releasing"] == true && status["audit"]["waiting"] == 0
    });
    let audit = &status["audit"];
    assert!(!["log-behind", alarm].iter().any(|name| alarms(&status).contains(name)), "{status}");
    assert!(audit["committed"].as_str().unwrap() > committed.as_str().unwrap(), "{audit}");
    assert!(audit["lag_ms"].is_null() && audit["segment_bytes"].as_u64().unwrap() > 0, "{audit}");
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    gate.verified().is(&[("received", 22), ("sent", 21), ("held", 1)]);
    assert_eq!(gate.held().len(), 1);
}

#[test]
fn files_that_cannot_be_written() {
    let gate = Gate::new("cot-down");
    // Beyond the limit a write fails, and the signal that comes with it is ignored.
    let lane = gate.start_after("trap '' XFSZ");
    stands_still_and_goes_on(
        &gate,
        lane,
        "log-unwritable",
        |lane| limit(lane, "--fsize=0:unlimited"),
        |lane| limit(lane, "--fsize=unlimited:unlimited"),
    );
}

/// A lane that leads up says nothing to its source of what it loses; it says it to whoever runs it, while it loses it.
#[test]
fn an_operator_hears_what_a_lane_that_leads_up_has_no_room_for() {
    let mut gate = Gate::new("cot-up");
    gate.more = "drain \"1s\"".to_owned();
    let lane = gate.start_after("trap '' XFSZ");
    limit(&lane, "--fsize=0:unlimited");
    let object = but(&track("A-1", 900), "AUT,HRV,HUN,SVK,SVN", "SVN");
    // More than lies between intake and the journal.
    lane.send_all(std::iter::repeat_n(object.as_slice(), 8_000));
    let status = lane.wait_status("intake-full", |status| alarms(status).contains(&"intake-full"));
    let away = &status["listeners"][0]["turned_away"][0];
    assert_eq!(
        (&status["listeners"][0]["listener"], &away["why"]),
        (&"udp-1".into(), &"full".into()),
        "{status}"
    );
    assert!(away["objects"].as_u64().unwrap() > 0 && away["says"].as_str().unwrap().ends_with('.'), "{away}");
    limit(&lane, "--fsize=unlimited:unlimited");
    let is_dropped = |one: &Value| one["stage"] == "intake" && one["verdict"] == "dropped";
    lane.wait_status("what was dropped", |status| {
        status["objects"].as_array().unwrap().iter().any(is_dropped)
    });
    assert_eq!(lane.stop().code, 0);
    gate.verified();
    let full = gate.events("refusals").into_iter().find(|one| one["why"] == "full").unwrap();
    assert!(full["listener"] == "udp-1" && full.get("digest").is_none(), "{full}");
}

/// A file system of its own, in memory. Gone when dropped.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn at(folder: &'a Path, size: &str) -> Option<Self> {
        let size = format!("size={size}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).status();
        mount.is_ok_and(|done| done.success()).then_some(Self(folder))
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        while file.write(&[0; 4096]).is_ok_and(|size| size > 0) {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_disk_without_room() {
    for store in ["audit", "hold"] {
        let gate = Gate::new("cot-down");
        let folder = gate.path(store);
        // Too small for room that the log could go on in.
        let Some(disk) = Mounted::at(&folder, "8m") else {
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: a_disk_without_room needs the right to mount a tmpfs");
            return;
        };
        let lane = gate.start();
        // The object that is to be held stops the others of its batch too: nothing overtakes on its way to the record.
        lane.send(&track("A-1", 900));
        assert_eq!(gate.wait_out(1).len(), 1);
        disk.fill();
        lane.send(&unmarked("C-1"));
        for number in 0..20 {
            lane.send(&track(&format!("B-{number}"), 900));
        }
        let status = lane.wait_status("disk-full", |status| alarms(status).contains(&"disk-full"));
        assert_eq!((&status["health"]["releasing"], lane.status().0), (&false.into(), 1));
        std::thread::sleep(Duration::from_millis(300));
        let before = gate.come_out().len();
        assert_eq!(before, 0, "{store}");
        disk.make_room();
        assert_eq!(gate.wait_out(20).len(), 20);
        lane.wait_status("the end of the trouble", |status| status["health"]["releasing"] == true);
        assert_eq!(lane.stop().code, 0);
        gate.verified().is(&[("received", 22), ("sent", 21), ("held", 1)]);
        assert_eq!(gate.held().len(), 1);
        drop(disk);
    }
}

/// What the next segment stands in was made beforehand, so a log goes on in it when its disk is full.
#[test]
fn a_log_goes_on_in_the_room_that_it_has() {
    let gate = Gate::new("cot-down");
    let folder = gate.path("audit");
    let Some(disk) = Mounted::at(&folder, "32m") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: a_log_goes_on_.. needs the right to mount a tmpfs");
        return;
    };
    let lane = gate.start();
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    disk.fill();
    for number in 0..20 {
        lane.send(&track(&format!("B-{number}"), 900));
    }
    assert_eq!(gate.wait_out(20).len(), 20, "there is room on record for them");
    assert!(fs::write(folder.join("one-more"), [0; 4096]).is_err(), "it is full all the while");
    disk.make_room();
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 21), ("sent", 21)]);
    drop(disk);
}

/// A file system in a file, which the kernel makes read-only when it finds a fault in it, whatever is open. It stays so until it is
/// mounted anew. Gone when dropped.
struct Faulty<'a> {
    image: &'a Path,
    folder: &'a Path,
}

impl<'a> Faulty<'a> {
    fn at(image: &'a Path, folder: &'a Path) -> Option<Self> {
        fs::File::create(image).unwrap().set_len(16 << 20).unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-F", "-O", "^has_journal"]).arg(image).status();
        let disk = Self { image, folder };
        let is_there = made.is_ok_and(|done| done.success()) && disk.mount();
        // Nothing lies in a store that is new.
        is_there.then(|| fs::remove_dir(folder.join("lost+found")).unwrap()).map(|()| disk)
    }

    fn mount(&self) -> bool {
        let options = ["-o", "loop,errors=remount-ro"];
        let mounted = Command::new("mount").args(options).arg(self.image).arg(self.folder).status();
        mounted.is_ok_and(|done| done.success())
    }

    fn unmount(&self) -> bool {
        Command::new("umount").arg(self.folder).status().is_ok_and(|done| done.success())
    }

    /// From now on it is read-only. False where nobody can have the kernel find a fault.
    fn break_now(&self) -> bool {
        let listed = Command::new("losetup").args(["-n", "-O", "NAME", "-j"]).arg(self.image).output();
        let Ok(listed) = listed else { return false };
        let Some(name) = Path::new(std::str::from_utf8(&listed.stdout).unwrap().trim()).file_name() else {
            return false;
        };
        fs::write(Path::new("/sys/fs/ext4").join(name).join("trigger_fs_error"), "1").is_ok()
    }
}

impl Drop for Faulty<'_> {
    fn drop(&mut self) {
        let _ =
            Command::new("umount").arg("-l").arg(self.folder).stderr(std::process::Stdio::null()).status();
    }
}

#[test]
fn a_disk_that_becomes_read_only() {
    for (store, alarm) in [("audit", "log-unwritable"), ("hold", "hold-unwritable")] {
        let gate = Gate::new("cot-down");
        let (image, folder) = (gate.path("image"), gate.path(store));
        let disk = Faulty::at(&image, &folder);
        let Some(disk) = disk else {
            let _ = writeln!(std::io::stderr(), "SKIPPED: a_disk_that_becomes_read_only needs loop devices");
            return;
        };
        let lane = gate.start();
        lane.send(&track("A-1", 900));
        assert_eq!(gate.wait_out(1).len(), 1);
        wait_for("the record", || (gate.events("egress").len() == 1).then_some(()));
        if !disk.break_now() {
            let _ = writeln!(std::io::stderr(), "SKIPPED: a_disk_that_becomes_read_only needs /sys/fs/ext4");
            return;
        }
        lane.send(&unmarked("C-1"));
        lane.send(&track("B-1", 900));
        let status = lane.wait_status(alarm, |status| alarms(status).contains(&alarm));
        assert_eq!((&status["health"]["releasing"], lane.status().0), (&false.into(), 1));
        let raised = status["alarms"].as_array().unwrap().iter().find(|one| one["name"] == alarm).unwrap();
        assert!(raised["detail"].as_str().unwrap().contains("Read-only"), "the operator sees why: {raised}");
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(gate.come_out().len(), 0, "{store}");
        // It stays so; what is not on record never left, and was never here.
        let ended = lane.stop();
        assert!(ended.code == 2 && ended.err.contains("could not be written"), "{ended:?}");
        assert!(disk.unmount() && disk.mount());
        let lane = gate.start();
        lane.send(&track("A-2", 900));
        lane.send(&unmarked("C-2"));
        assert_eq!(gate.wait_out(1).len(), 1);
        lane.wait_decided(2);
        assert_eq!(lane.stop().code, 0);
        gate.verified().is(&[("received", 3), ("sent", 2), ("held", 1)]);
        drop(disk);
    }
}

/// A tracer that has these calls of a lane fail with `EIO`, until it is dropped. The system goes on as if the disk had said so.
struct Refusing(Child);

impl Refusing {
    /// None where nobody may trace, or no tracer is there.
    fn calls(lane: &Running, calls: &str) -> Option<Self> {
        let fail = format!("inject={calls}:error=EIO");
        let mut tracer = Command::new("strace");
        tracer.args(["-q", "-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &fail]);
        let tracer = tracer.args(["-p", &lane.id().to_string()]).stderr(std::process::Stdio::null());
        let mut it = Self(tracer.spawn().ok()?);
        let is_traced = || {
            let tasks = fs::read_dir(format!("/proc/{}/task", lane.id())).unwrap();
            tasks.filter_map(Result::ok).all(|task| {
                let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
                !status.contains("TracerPid:\t0\n")
            })
        };
        let came = wait_for("the tracer", || match it.0.try_wait().unwrap() {
            Some(_) => Some(false),
            None => is_traced().then_some(true),
        });
        came.then_some(it)
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// Says so, and fails where it has to be tried (`LOCKGATE_MUST`).
fn skipped(name: &str) {
    let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
    assert!(!must.split(',').any(|name| name == "tracer"), "strace is not to be had");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {name} needs strace, and the right to use it");
}

/// What a failed sync has dropped is in no cache any more: it is never synced again, but written anew, elsewhere.
#[test]
fn a_disk_that_does_not_sync() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let Some(tracer) = Refusing::calls(&lane, "fdatasync") else {
        return skipped("a_disk_that_does_not_sync");
    };
    drop(tracer);
    let before = segments(&gate);
    let tracer = std::cell::RefCell::new(None);
    stands_still_and_goes_on(
        &gate,
        lane,
        "log-unwritable",
        |lane| *tracer.borrow_mut() = Refusing::calls(lane, "fdatasync"),
        |lane| {
            let (_, status) = lane.status();
            let raised =
                status["alarms"].as_array().unwrap().iter().find(|one| one["name"] == "log-unwritable");
            let detail = raised.unwrap()["detail"].as_str().unwrap();
            assert!(detail.contains("Input/output error"), "the operator sees why: {detail}");
            tracer.borrow_mut().take();
        },
    );
    assert!(segments(&gate).last() > before.last(), "the log goes on in another file");
}

/// The files of the log in which records stand first.
fn segments(gate: &Gate) -> Vec<String> {
    let there = fs::read_dir(gate.path("audit/segment")).unwrap();
    let mut names: Vec<String> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What is held stays held, somebody is told, and it has its turn when the disk reads again.
#[test]
fn a_disk_that_does_not_read() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(&unmarked("C-1"));
    lane.wait_decided(1);
    let Some(tracer) = Refusing::calls(&lane, "pread64") else { return skipped("a_disk_that_does_not_read") };
    gate.put(&bundle(2, &[]));
    assert_eq!(lane.reload().code, 0);
    let status = lane.wait_status("held-unread", |status| alarms(status).contains(&"held-unread"));
    let raised =
        status["alarms"].as_array().unwrap().iter().find(|one| one["name"] == "held-unread").unwrap();
    assert!(raised["detail"].as_str().unwrap().contains("Input/output error"), "{raised}");
    assert_eq!(status["health"]["releasing"], true, "what can be decided is");
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    let decisions = || gate.events("decision").len();
    assert_eq!(decisions(), 2, "nothing is decided about what cannot be read");
    drop(tracer);
    let status =
        lane.wait_status("the end of the trouble", |status| !alarms(status).contains(&"held-unread"));
    assert_eq!(status["held"]["objects"], 1, "{status}");
    wait_for("its turn", || (decisions() == 3).then_some(()));
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 2), ("sent", 1), ("held", 1)]);
    assert_eq!(gate.held()[0]["reasons"][0], "LG-M001");
}

#[test]
fn no_descriptors_left() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    limit(&lane, "--nofile=5:1024");
    // The lane cannot take an operator's call now; it says what is wrong where its messages go, and holds still.
    lane.wait_said("no file can be opened any more");
    lane.send(&track("A-2", 900));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(gate.come_out().len(), 0, "nothing is released");
    limit(&lane, "--nofile=1024:1024");
    assert_eq!(gate.wait_out(1).len(), 1);
    lane.wait_status("the end of the trouble", |status| status["health"]["releasing"] == true);
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("no file can be opened any more"), "{ended:?}");
    gate.verified().is(&[("received", 2), ("sent", 2)]);
}

/// The lowest number that a new descriptor of the lane would have, once its workers have started.
fn next_descriptor(lane: &Running) -> usize {
    let mut seen = Vec::new();
    wait_for("descriptors that stay", || {
        seen.push(lowest_free(lane));
        std::thread::sleep(Duration::from_millis(50));
        let last = seen.rchunks(10).next().filter(|last| last.len() == 10)?;
        last.iter().all(|number| *number == last[0]).then_some(last[0])
    })
}

fn lowest_free(lane: &Running) -> usize {
    let there = fs::read_dir(format!("/proc/{}/fd", lane.id())).unwrap();
    let there: BTreeSet<usize> =
        there.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    (0..).find(|number| !there.contains(number)).unwrap()
}

#[test]
fn with_no_descriptors_left_the_lane_still_tells_why_it_stands() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    limit(&lane, &format!("--nofile={}:1024", next_descriptor(&lane)));
    // More than once: what the answer took is there for the next one.
    for _ in 0..5 {
        let status = lane.wait_status("the alarm", |status| alarms(status).contains(&"out-of-descriptors"));
        assert_eq!(status["health"]["releasing"], false);
    }
    lane.send(&track("A-2", 900));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(gate.come_out().len(), 0, "nothing is released");
    limit(&lane, "--nofile=1024:1024");
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 2), ("sent", 2)]);
}

#[test]
fn a_lane_that_is_told_to_stop_while_nothing_can_be_written_ends_all_the_same() {
    let gate = Gate::new("cot-down");
    let lane = gate.start_after("trap '' XFSZ");
    lane.send(&track("A-1", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    wait_for("the record", || (gate.events("egress").len() == 1).then_some(()));
    limit(&lane, "--fsize=0:0");
    lane.send(&track("A-2", 900));
    lane.wait_status("the trouble", |status| alarms(status).contains(&"log-unwritable"));
    // As many as lie between engine and journal, so that the engine waits for the disk, and an operator for the engine.
    let objects: Vec<Vec<u8>> = (0..2100).map(|number| track(&format!("B-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.wait_decided(2050);
    let mut reload = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    reload.args(["reload", "--config", &gate.text("gate.kdl")]);
    let mut reload = reload.stderr(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let ended = lane.stop();
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("could not be written"), "{ended:?}");
    assert_eq!(reload.wait().unwrap().code(), Some(2));
    assert_eq!(gate.come_out().len(), 0);
    // What is not on record was never here; the next run begins where the log ends.
    let lane = gate.start();
    lane.send(&track("A-3", 900));
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 2), ("sent", 2)]);
}
