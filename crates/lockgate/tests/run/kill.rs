//! A lane between two folders that is killed at random moments, and started again: nothing is lost, doubled or undecided.
//!
//! `LOCKGATE_KILLS` says how often (12 where it is not set), `LOCKGATE_KILL_SEED` by which numbers.

use crate::gate::{Gate, secret, track, unmarked, watched, with_device};
use crate::running::wait_for;
use lockgate_bytes::Digest;
use lockgate_disk::Seed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What was handed in: each object once, by its hash.
#[derive(Default)]
struct HandedIn {
    objects: BTreeSet<String>,
    files: u64,
}

impl HandedIn {
    /// Hands in one file of one to four objects, whole at once.
    fn more(&mut self, gate: &Gate, seed: &mut Seed) {
        let mut file = Vec::new();
        for object in 0..1 + seed.below(4) {
            let uid = format!("F-{}-{object}", self.files);
            let bytes = match seed.below(8) {
                0 => unmarked(&uid),
                1 => secret(&uid),
                2 => with_device(&uid),
                _ => track(&uid, 3600),
            };
            self.objects.insert(Digest::of(&bytes).to_string());
            file.extend(bytes);
        }
        let name = gate.path(&format!("inbox/in/{}", self.files));
        fs::write(name.with_extension("part"), file).unwrap();
        fs::rename(name.with_extension("part"), name.with_extension("cot")).unwrap();
        self.files += 1;
    }
}

/// The lane, not waited for: it may be killed while it starts.
fn spawn(config: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command.args(["run", "--json", "--config", config]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_lane_that_is_killed_again_and_again_decides_each_object_once_and_loses_none() {
    let kills = number("LOCKGATE_KILLS").unwrap_or(12);
    let by = number("LOCKGATE_KILL_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("LOCKGATE_KILL_SEED={by}");
    let mut seed = Seed::new(by);
    let mut gate = Gate::new("cot-down");
    let inbox = gate.path("inbox");
    fs::create_dir_all(inbox.join("in")).unwrap();
    gate.intake = watched(&inbox);
    gate.egress = format!("directory \"{}\" extension=\"cot\"", gate.text("out"));
    let config = gate.config();
    let mut handed_in = HandedIn::default();
    for _ in 0..kills {
        let mut lane = spawn(&config);
        for _ in 0..seed.below(12) {
            handed_in.more(&gate, &mut seed);
            thread::sleep(Duration::from_millis(seed.below(60)));
        }
        // A start takes some hundred milliseconds, and much longer where the machine has other work.
        if seed.one_in(2) {
            let before = fs::read_dir(gate.path("out")).unwrap().count();
            let patience = std::time::Instant::now();
            while fs::read_dir(gate.path("out")).unwrap().count() <= before
                && patience.elapsed() < Duration::from_secs(3)
            {
                thread::sleep(Duration::from_millis(1));
            }
        }
        thread::sleep(Duration::from_millis(seed.below(300)));
        lane.kill().unwrap();
        lane.wait().unwrap();
    }
    handed_in.more(&gate, &mut seed);
    let lane = gate.start();
    wait_for("all files to be decided", || {
        let left = |folder: &str| fs::read_dir(inbox.join(folder)).map_or(0, Iterator::count);
        (left("in") == 0 && left("taken") == 0).then_some(())
    });
    lane.wait_status("the queue to be empty", |status| {
        status["queue"].as_array().unwrap().iter().all(|class| class["objects"] == 0)
    });
    assert_eq!(lane.stop().code, 0);
    check(&gate, &handed_in, kills);
}

/// The log alone, then everything against it.
fn check(gate: &Gate, handed_in: &HandedIn, kills: u64) {
    let tally = gate.verified();
    let all = u64::try_from(handed_in.objects.len()).unwrap();
    assert_eq!(tally.of("received"), all);
    for state in ["queued", "expired", "superseded", "indeterminate", "rejected", "returned"] {
        assert_eq!(tally.of(state), 0, "{state}: {tally:?}");
    }
    assert_eq!(tally.of("sent") + tally.of("held") + tally.of("refused"), all, "{tally:?}");
    let (mut seen, mut released) = (BTreeSet::new(), BTreeMap::new());
    let mut runs = 0;
    for record in gate.log() {
        match record["event"].as_str().unwrap() {
            "start" => runs += 1,
            "decision" => {
                let account = &record["account"];
                let name = account["sha256"].as_str().unwrap().to_owned();
                // What is decided again may be what was made of an object, not what came.
                if record["again"].is_null() {
                    assert!(handed_in.objects.contains(&name), "{record}");
                    assert!(seen.insert(name), "decided twice: {record}");
                }
                if let Value::String(left) = &account["released_sha256"] {
                    *released.entry(left.clone()).or_insert(0) += 1;
                }
            }
            _ => {}
        }
    }
    assert_eq!(seen.len(), handed_in.objects.len());
    // What was killed before its first record has no run in the log.
    assert!(runs > kills / 4, "{runs} of {kills} runs came to their first record");
    let out: Vec<_> = fs::read_dir(gate.path("out")).unwrap().map(|file| file.unwrap().path()).collect();
    let files: Vec<_> = out.iter().filter(|path| path.is_file()).collect();
    assert_eq!(u64::try_from(files.len()).unwrap(), tally.of("sent"));
    let left: BTreeSet<String> =
        files.iter().map(|path| Digest::of(&fs::read(path).unwrap()).to_string()).collect();
    assert_eq!(left.len(), files.len(), "no object is there twice");
    assert!(left.iter().all(|sha256| released.contains_key(sha256)), "what left was released");
    let staged = fs::read_dir(gate.path("out/.egress")).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(staged.filter(|name| name != "lock").count(), 0, "nothing is left staged");
    assert_eq!(u64::try_from(gate.held().len()).unwrap(), tally.of("held"));
}
