//! `hold list` and `hold show`, on stores that are written here as a lane writes them.

use crate::common::{NOW, feed, fixture, lane, run};
use lockgate_bytes::{Digest, Duration, Time};
use lockgate_disk::{Disk as _, RealDisk};
use lockgate_hold::{Content, Facts, FileStore, Key, Settings, Stage, Store as _};
use serde_json::Value;
use sha2::Digest as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const HELD: [&str; 3] = ["hold-unlabelled", "hold-undeclared-part", "hold-undeclared-part-with-marking"];

/// The bytes of a held fixture, the record of its decision, and its facts.
fn decided(name: &str, entry: u64) -> (Vec<u8>, String, Facts) {
    let bytes = fs::read(fixture(name)).unwrap();
    let ran = feed(&["inspect", "--json", "--now", NOW, "--lane", &lane(), "-"], &bytes);
    let account = ran.out.trim();
    assert!(account.contains("\"verdict\":\"hold\""), "{ran:?}");
    let record = format!(
        "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{NOW}\",\"decided\":\"{NOW}\",\"not_after\":null,\
         \"account\":{account}}}"
    );
    let mut facts = Facts::read(&record, entry).unwrap();
    let at = Time::parse(NOW.as_bytes()).unwrap();
    facts.arrival = at.minus(Duration::from_secs(3_600 * i64::try_from(entry).unwrap()));
    facts.not_after = entry.is_multiple_of(2).then(|| at.plus(Duration::from_secs(300)));
    (bytes, record, facts)
}

/// Holds the fixtures under the entries 4710, 4711 and so on.
fn store(folder: &Path, key: Option<Key>) -> FileStore {
    let disk = Arc::new(RealDisk::at(folder).unwrap());
    let mut store = FileStore::open(disk, Settings::new(1 << 20, key)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    for (name, number) in HELD.into_iter().zip(0_u64..) {
        let (bytes, record, facts) = decided(name, number);
        let sha256 = Digest(sha2::Sha256::digest(&bytes).into());
        let stage = Stage { sha256, content: Content::New(&bytes), facts: &facts, account: &record };
        let staged = store.stage(&[stage]).unwrap();
        store.commit(staged.into_iter().map(|staged| (staged, 4710 + number)).collect()).unwrap();
    }
    store
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hold")).unwrap();
        fs::write(folder.path().join("key"), format!("{DIGITS}\n")).unwrap();
        fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o600)).unwrap();
        Self { folder }
    }

    fn store(&self) -> String {
        self.folder.path().join("hold").to_str().unwrap().to_owned()
    }

    fn key(&self) -> String {
        self.folder.path().join("key").to_str().unwrap().to_owned()
    }
}

fn list(place: &Place, more: &[&str]) -> crate::common::Ran {
    let store = place.store();
    run(&[&["hold", "list", "--store", &store, "--now", NOW], more].concat())
}

fn show(place: &Place, what: &str, more: &[&str]) -> crate::common::Ran {
    let store = place.store();
    run(&[&["hold", "show", what, "--store", &store, "--now", NOW], more].concat())
}

#[test]
fn the_list_fits_a_screen_and_shows_the_oldest_first_beside_the_running_lane() {
    let place = Place::new();
    let running = store(Path::new(&place.store()), None);
    let ran = list(&place, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    let entries: Vec<&str> =
        ran.out.lines().filter_map(|line| line.split_once(' ')).map(|(first, _)| first).collect();
    let entries: Vec<&&str> = entries.iter().filter(|first| first.starts_with("47")).collect();
    assert_eq!(entries, [&"4712", &"4711", &"4710"]);
    assert!(ran.out.contains("2h") && ran.out.contains("5m") && ran.out.contains("cot-event"), "{}", ran.out);
    assert!(ran.out.contains("3 objects held"), "{}", ran.out);
    let lines = list(&place, &["--json"]).lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["entry"], 4712);
    assert_eq!(lines[0]["age_s"], 7200);
    assert_eq!(lines[0]["left_s"], 300);
    assert_eq!(lines[1]["left_s"], Value::Null);
    assert_eq!(lines[2]["reasons"][0], "LG-M001");
    assert_eq!(lines[2]["lane"], "cot-down");
    drop(running);
    assert_eq!(list(&place, &[]).out, ran.out, "the same while no lane runs");
}

#[test]
fn the_list_can_be_narrowed_and_slips_are_told() {
    let place = Place::new();
    drop(store(Path::new(&place.store()), None));
    let all = list(&place, &["--json"]).lines();
    let code = all[0]["reasons"][0].as_str().unwrap();
    let some = list(&place, &["--json", "--reason", code]).lines();
    assert!(!some.is_empty() && some.len() < 3, "{some:?}");
    assert!(some.iter().all(|line| line["reasons"].as_array().unwrap().iter().any(|known| known == code)));
    assert_eq!(list(&place, &["--json", "--lane", "cot-down"]).lines().len(), 3);
    let none = list(&place, &["--lane", "cot-dwn"]);
    assert_eq!((none.code, none.out.as_str()), (0, "nothing is held\n"));
    assert!(none.err.contains("did you mean \"cot-down\"?"), "{none:?}");
    let wrong = list(&place, &["--reason", "LG-M01"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean LG-M"), "{wrong:?}");
    assert_eq!(list(&place, &["--now", "object"]).code, 2);
}

#[test]
fn one_object_is_explained_whole_and_its_bytes_are_never_shown() {
    let place = Place::new();
    drop(store(Path::new(&place.store()), None));
    let ran = show(&place, "4710", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    for part in
        ["entry          4710", "stored         whole", "verdict        hold", "LG-M001", "remedy", "bundle"]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let json = show(&place, "4710", &["--json"]);
    let line = json.line();
    assert_eq!(line["stored"], "whole");
    assert_eq!(line["record"]["event"], "decision");
    assert_eq!(line["record"]["account"]["verdict"], "hold");
    let sha256 = line["sha256"].as_str().unwrap().to_uppercase();
    assert_eq!(show(&place, &sha256, &[]).out, ran.out, "by its hash too");
    for payload in ["KRIM", "LG-0001", "callsign"] {
        assert!(!ran.out.contains(payload) && !json.out.contains(payload), "{payload}");
    }
    for (what, says) in [("9999", "nothing of that name is held"), ("abc", "neither an entry nor a SHA-256")]
    {
        let ran = show(&place, what, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(says), "{ran:?}");
    }
}

#[test]
fn a_sealed_store_is_listed_without_its_key_and_explained_with_it() {
    let place = Place::new();
    drop(store(Path::new(&place.store()), Some(Key::parse(DIGITS.as_bytes()).unwrap())));
    assert_eq!(list(&place, &["--json"]).lines().len(), 3);
    let without = show(&place, "4711", &[]);
    assert_eq!(without.code, 0);
    assert!(
        without.out.contains("sealed: give --key") && without.out.contains("verdict        hold"),
        "{without:?}"
    );
    let key = place.key();
    let with = show(&place, "4711", &["--key", &key]);
    assert!(with.out.contains("stored         whole") && with.out.contains("bundle"), "{with:?}");
    // Another key, a key for everybody, and no key at all.
    fs::write(&key, format!("{}\n", "ab12".repeat(16))).unwrap();
    let wrong = show(&place, "4711", &["--key", &key]);
    assert!(wrong.code == 2 && wrong.err.contains("not the one that the store was made with"), "{wrong:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = show(&place, "4711", &["--key", &key]);
    assert!(open.code == 2 && open.err.contains("chmod 600"), "{open:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, "secret").unwrap();
    let none = show(&place, "4711", &["--key", &key]);
    assert!(
        none.code == 2 && none.err.contains("64 hexadecimal digits") && !none.err.contains("secret"),
        "{none:?}"
    );
}

#[test]
fn damage_is_told_and_is_exit_one() {
    let place = Place::new();
    drop(store(Path::new(&place.store()), None));
    let disk = RealDisk::at(Path::new(&place.store())).unwrap();
    let names: Vec<String> = disk.list("", 99).unwrap().into_iter().map(|entry| entry.name).collect();
    let flip = |start: &str, at: usize| {
        let name = names.iter().find(|name| name.starts_with(start)).unwrap();
        let path = Path::new(&place.store()).join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    };
    flip("objects-", 200);
    let ran = show(&place, "4710", &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("the bytes are not those"), "{ran:?}");
    assert_eq!(list(&place, &[]).code, 0);
    flip("index-", 60);
    let ran = list(&place, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("of the index are not as they were written"), "{ran:?}");
}

#[test]
fn what_is_no_store_is_a_fault_and_nothing_is_written_into_it() {
    let place = Place::new();
    let ran = list(&place, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("not a store"), "{ran:?}");
    assert_eq!(fs::read_dir(place.store()).unwrap().count(), 0);
    let none = run(&["hold", "list", "--store", "no-such-folder"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no-such-folder"), "{none:?}");
    assert_eq!(run(&["hold", "list"]).code, 2);
}

#[test]
fn the_deployment_file_names_store_and_key() {
    let place = Place::new();
    drop(store(Path::new(&place.store()), Some(Key::parse(DIGITS.as_bytes()).unwrap())));
    let base = fs::read_to_string(crate::common::path("crates/lockgate-deployment/tests/base.kdl")).unwrap();
    let line = base.lines().find(|line| line.trim_start().starts_with("hold \"")).unwrap();
    let mine = format!("    hold \"{}\" quota=\"1MiB\" key=\"{}\"", place.store(), place.key());
    let config = place.folder.path().join("lane.kdl");
    fs::write(&config, base.replace(line, &mine)).unwrap();
    let config = config.to_str().unwrap();
    let listed = run(&["hold", "list", "--json", "--now", NOW, "--config", config]);
    assert_eq!((listed.code, listed.lines().len()), (0, 3), "{listed:?}");
    let shown = run(&["hold", "show", "4710", "--now", NOW, "--config", config]);
    assert!(shown.code == 0 && shown.out.contains("stored         whole"), "{shown:?}");
    // Listing needs no key, so whoever may not read it can still list.
    fs::remove_file(place.key()).unwrap();
    assert_eq!(run(&["hold", "list", "--config", config]).code, 0);
    let shown = run(&["hold", "show", "4710", "--config", config]);
    assert!(shown.code == 2 && shown.err.contains("key"), "{shown:?}");
    assert_eq!(run(&["hold", "list", "--config", config, "--store", &place.store()]).code, 2);
    fs::write(config, "deployment").unwrap();
    assert_eq!(run(&["hold", "list", "--config", config]).code, 2);
}
