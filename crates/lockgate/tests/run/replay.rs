//! `lockgate replay`: what a lane decided comes out again, byte for byte, from what its records name; and what does not is
//! said, with the place.

use crate::gate::{Gate, secret, track, unmarked, with_device};
use crate::review::{self, HORVAT, NOVAK};
use crate::rules::{self, Edit};
use crate::running::{Ran, lockgate, wait_for};
use crate::sidecars;
use lockgate_bytes::Digest;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A grey picture of one pixel with words behind its end.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\
    \0\0\0\x0AIDAT\x78\x9C\x63\x60\0\0\0\x02\0\x01\x48\xAF\xA4\x71\0\0\0\0IEND\xAE\x42\x60\x82hidden words";
/// A block of two records of the item 010, which its lane splits.
const BLOCK: &[u8] = &[48, 0, 9, 0x80, 25, 1, 0x80, 25, 2];

/// `replay --json` with the deployment and `more`.
pub(crate) fn replay(gate: &Gate, more: &[&str]) -> Ran {
    let (config, key) = (gate.text("gate.kdl"), gate.text("audit/key.pub"));
    lockgate(&[&["replay", "--json", "--config", &config, "--key", &key], more].concat())
}

/// The lines of the decisions, and the sum.
fn told(ran: &Ran) -> (Vec<Value>, Value) {
    let mut lines = ran.lines();
    let sum = lines.pop().unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(sum["event"], "summary", "{ran:?}");
    (lines, sum)
}

/// All decisions came out the same; how many there are.
pub(crate) fn all_same(ran: &Ran) -> u64 {
    let (lines, sum) = told(ran);
    assert_eq!((ran.code, &sum["good"]), (0, &true.into()), "{ran:#?}");
    assert!(lines.iter().all(|line| line["outcome"] == "same"), "{lines:#?}");
    let same = sum["same"].as_u64().unwrap();
    assert_eq!(same, u64::try_from(lines.len()).unwrap());
    same
}

/// The outcome and the why of each decision, in the order of the log.
fn outcomes(ran: &Ran) -> Vec<String> {
    let word = |line: &Value| match line["why"].as_str() {
        Some(why) => format!("{} {why}", line["outcome"].as_str().unwrap()),
        None => line["outcome"].as_str().unwrap().to_owned(),
    };
    told(ran).0.iter().map(word).collect()
}

/// Puts bytes as they were handed in into a folder; its name.
pub(crate) fn originals(gate: &Gate, objects: &[&[u8]]) -> String {
    let folder = gate.path("originals");
    fs::create_dir_all(&folder).unwrap();
    for (number, object) in objects.iter().enumerate() {
        fs::write(folder.join(format!("{number}")), object).unwrap();
    }
    gate.text("originals")
}

/// Puts the bundle aside that is in its place; its name.
fn keep(gate: &Gate, name: &str) -> String {
    fs::copy(gate.path("gate.bundle"), gate.path(name)).unwrap();
    gate.text(name)
}

#[test]
fn a_lane_s_verdicts_of_every_kind_come_out_again_under_each_bundle_they_were_made_under() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let objects = [track("A", 900), with_device("B"), unmarked("C"), secret("D"), PICTURE.to_vec()];
    let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
    lane.send_all(objects.iter().copied());
    lane.wait_decided(5);
    gate.wait_out(2);
    let first = keep(&gate, "first.bundle");
    gate.put(&rules::bundle(2, &[]));
    lane.reload().good();
    wait_for("what is held to be decided again", || (gate.events("decision").len() == 7).then_some(()));
    assert_eq!(lane.stop().code, 0);
    let folder = originals(&gate, &objects);
    let whole = ["--bundle", &first, "--bytes", &folder];
    assert_eq!(all_same(&replay(&gate, &whole)), 7);

    // What is not at hand is said, and nothing else takes its place.
    let second_only = replay(&gate, &["--bytes", &folder]);
    assert_eq!(second_only.code, 1);
    let expected = [["not-replayed bundle"; 5].as_slice(), &["same"; 2]].concat();
    assert_eq!(outcomes(&second_only), expected);
    assert!(second_only.out.contains("give it with --bundle"), "{second_only:?}");
    let held_only = replay(&gate, &["--bundle", &first]);
    let (lines, sum) = told(&held_only);
    assert_eq!(
        (held_only.code, &sum["same"], &sum["not_replayed"]["bytes"]),
        (0, &4.into(), &3.into()),
        "{sum}"
    );
    assert!(
        lines.iter().any(|line| line["place"].as_str().is_some_and(|place| place.starts_with("held under")))
    );

    // An object that was asked for has to come out; by the hash of what was released, too.
    let hash = |bytes: &[u8]| Digest::of(bytes).to_string();
    assert_eq!(all_same(&replay(&gate, &[&whole[..], &[&hash(objects[1])]].concat())), 1);
    let released = gate.events("decision")[1]["account"]["released_sha256"].as_str().unwrap().to_owned();
    assert_eq!(all_same(&replay(&gate, &[&whole[..], &[&released]].concat())), 1);
    let none = replay(&gate, &["--bundle", &first, &hash(objects[0])]);
    assert_eq!((none.code, outcomes(&none)), (1, vec!["not-replayed bytes".to_owned()]));
    // One that no decision names is told, however many others come out.
    let strange = replay(&gate, &[&whole[..], &[&hash(objects[1]), &hash(b"nobody")]].concat());
    let sum = told(&strange).1;
    assert_eq!((strange.code, &sum["same"], &sum["unknown"]), (1, &1.into(), &1.into()), "{sum}");
    assert!(
        strange.err.contains(&format!("{}: no decision in the log names it\n", hash(b"nobody"))),
        "{strange:?}"
    );
    let early =
        replay(&gate, &[&whole[..], &["--until", "2001-01-01T00:00:00Z", &hash(objects[1])]].concat());
    assert!(early.code == 1 && early.err.contains("names it within --since and --until"), "{early:?}");
    let later = replay(&gate, &[&whole[..], &["--since", "2199-01-01T00:00:00Z"]].concat());
    assert_eq!(
        (later.code, told(&later).1["decisions"].clone()),
        (1, 0.into()),
        "nothing replayed is no proof"
    );

    for_people(&gate, &whole);
    a_rule_that_was_changed(&gate, &whole);
    a_byte_that_was_changed(&gate, &whole);
}

fn for_people(gate: &Gate, whole: &[&str]) {
    let config = gate.text("gate.kdl");
    let ran = lockgate(&[&["replay", "--config", &config], whole].concat()).good();
    assert!(ran.out.contains("7 decisions: 7 came out the same, 0 differ, 0 were not replayed"), "{ran:?}");
    assert!(
        ran.err.contains("key.pub") && ran.err.contains("--key"),
        "what it was verified with is said: {ran:?}"
    );
    assert!(!ran.out.contains("KRIM") && !ran.out.contains("38640123456"), "no payload: {ran:?}");
}

/// Under another bundle that holds what was released: said, with the place, and only where it was asked for.
fn a_rule_that_was_changed(gate: &Gate, whole: &[&str]) {
    const HOLDS: Edit = (
        "lanes/cot-down.kdl",
        "    words \"caveats\" hit=hold\n",
        "    words \"caveats\" hit=hold\n    rule \"cot-down.wait\" {\n        require \"label.level < level('RESTRICTED')\"\n        otherwise hold says=\"not yet\"\n    }\n",
    );
    fs::write(gate.path("other.bundle"), &rules::bundle(3, &[HOLDS]).bytes).unwrap();
    let other = gate.text("other.bundle");
    let ran = replay(gate, &[whole, &["--under", &other]].concat());
    let (lines, sum) = told(&ran);
    assert_eq!((ran.code, &sum["differs"], &sum["same"]), (1, &5.into(), &2.into()), "{ran:#?}");
    let at = |line: &Value| -> Vec<String> {
        let differs = line["differs"].as_array().unwrap().iter();
        differs.map(|one| one["at"].as_str().unwrap().to_owned()).collect()
    };
    assert!(at(&lines[0]).contains(&"account.verdict".to_owned()), "{}", lines[0]);
    let reasons =
        lines[0]["differs"].as_array().unwrap().iter().find(|one| one["at"] == "account.reasons").unwrap();
    assert_eq!((&reasons["recorded"], &reasons["again"]), (&"[]".into(), &"[LG-R001]".into()));
    assert!(
        !at(&lines[0]).contains(&"account.bundle".to_owned()),
        "that the bundle is another one was asked for"
    );
    let text =
        lockgate(&[&["replay", "--config", &gate.text("gate.kdl"), "--under", &other], whole].concat());
    assert!(text.out.contains("DIFFERS") && text.out.contains("account.verdict"), "{text:?}");
    assert!(text.out.starts_with("decided under bundle sha256:"), "{text:?}");
}

/// A log with a changed byte is not replayed at all.
fn a_byte_that_was_changed(gate: &Gate, whole: &[&str]) {
    let mut changed = false;
    for file in files(&gate.path("audit")) {
        let mut bytes = fs::read(&file).unwrap();
        let found = bytes.windows(17).position(|part| part == b"\"verdict\":\"refuse");
        if let Some(at) = found {
            bytes[at + 11..at + 17].copy_from_slice(b"accept");
            fs::write(&file, bytes).unwrap();
            changed = true;
        }
    }
    assert!(changed);
    let ran = replay(gate, whole);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    assert!(ran.err.contains("not as it was signed") && ran.err.contains("nothing was replayed"), "{ran:?}");
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_people_released_comes_out_again_with_their_statements() {
    let gate = review::gate_with(&[review::FOR_PARTS]);
    let lane = gate.start();
    let (worded, part, picture) = (review::worded("W-1"), review::with_part("P-1"), PICTURE);
    for object in [&worded[..], &part, picture] {
        lane.send(object);
        let entry = wait_for("the object to be held", || gate.held().first()?["entry"].as_u64());
        for who in [NOVAK, HORVAT] {
            review::good(&gate, "claim", entry, who, None);
            review::good(&gate, "approve", entry, who, Some("harmless"));
        }
        assert_eq!(gate.wait_out(1).len(), 1);
    }
    assert_eq!(lane.stop().code, 0);
    let released = |event: &Value| event["account"]["approvals"].as_array().is_some_and(|all| all.len() == 2);
    assert_eq!(gate.events("decision").iter().filter(|event| released(event)).count(), 3);
    let folder = originals(&gate, &[&worded, &part, picture]);
    assert_eq!(all_same(&replay(&gate, &["--bytes", &folder])), 6);
}

#[test]
fn parts_are_found_in_the_object_they_were_split_off_from() {
    let gate = Gate::new("asterix-down");
    let lane = gate.start();
    lane.send(BLOCK);
    lane.wait_decided(2);
    assert_eq!(lane.stop().code, 0);
    assert!(gate.events("decision").iter().all(|event| event["account"]["parent"].is_string()));
    let folder = originals(&gate, &[BLOCK]);
    let ran = replay(&gate, &["--bytes", &folder]);
    assert_eq!(all_same(&ran), 2);
    assert!(ran.out.contains("originals/0, object 1"), "{ran:?}");
}

#[test]
fn an_object_is_replayed_with_what_lay_beside_it_or_not_at_all() {
    let inbox = tempfile::tempdir().unwrap();
    let gate = sidecars::taking(inbox.path());
    let lane = gate.start();
    let (released, held) = (track("A-1", 600), review::worded("W-1"));
    for (name, object) in [("A-1.cot", &released), ("W-1.cot", &held)] {
        sidecars::hand_in(inbox.path(), name, object, "RESTRICTED");
    }
    wait_for("both on record", || (gate.events("decision").len() == 2).then_some(()));
    assert_eq!(lane.stop().code, 0);
    // What is held has its sidecar with it; of what was released only the object itself lies in the output folder.
    let alone = replay(&gate, &[]);
    let mut words = outcomes(&alone);
    words.sort();
    assert_eq!(
        (alone.code, words),
        (1, vec!["not-replayed sidecar".to_owned(), "same".to_owned()]),
        "{alone:#?}"
    );
    let again = gate.path("again");
    fs::create_dir_all(again.join("in")).unwrap();
    sidecars::hand_in(&again, "A-1.cot", &released, "RESTRICTED");
    assert_eq!(all_same(&replay(&gate, &["--bytes", again.to_str().unwrap()])), 2);
}

#[test]
fn pseudonyms_need_the_key_that_the_record_names() {
    const RENAMES: Edit = (
        "lanes/cot-down.kdl",
        "        undeclared slow\n",
        "        undeclared slow\n        pseudonym \"event.uid\"\n",
    );
    let mut gate = Gate::new("cot-down");
    gate.put(&rules::bundle(1, &[RENAMES]));
    let key = |name: &str, pair: &str| {
        fs::write(gate.path(name), format!("{}\n", pair.repeat(16))).unwrap();
        fs::set_permissions(gate.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        gate.text(name)
    };
    let (ours, others) = (key("ours", "a1b2"), key("others", "c3d4"));
    gate.more = format!("drain \"2s\"\n    pseudonyms key=\"{ours}\"");
    let lane = gate.start();
    let object = track("A-1", 600);
    lane.send(&object);
    gate.wait_out(1);
    assert_eq!(lane.stop().code, 0);
    let folder = originals(&gate, &[&object]);
    let (log, bundle, trust) = (gate.text("audit"), gate.text("gate.bundle"), gate.text("audit/key.pub"));
    let with = |more: &[&str]| {
        let base =
            ["replay", "--json", "--log", &log, "--key", &trust, "--bundle", &bundle, "--bytes", &folder];
        lockgate(&[&base[..], more].concat())
    };
    assert_eq!(all_same(&with(&["--pseudonym-key", &others, "--pseudonym-key", &ours])), 1);
    for more in [&[][..], &["--pseudonym-key", &others]] {
        let ran = with(more);
        assert_eq!((ran.code, outcomes(&ran)), (1, vec!["not-replayed key".to_owned()]), "{ran:?}");
        assert!(!ran.out.contains("c3d4c3d4"), "{ran:?}");
    }
    let none = lockgate(&["replay", "--log", &log, "--key", &trust]);
    assert!(none.code == 2 && none.err.contains("--bundle"), "{none:?}");
}
