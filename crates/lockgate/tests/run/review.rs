//! People decide about what a running lane holds: looked at, signed, put on record, decided again, and never lost.

use crate::gate::{Gate, but, track, watched};
use crate::rules::{self, Edit};
use crate::running::{Ran, Running, lockgate, wait_for};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// Reviewers of cot-down, with secret keys that repeat one byte.
pub(crate) const NOVAK: (&str, &str) =
    ("m-novak", "MC4CAQAwBQYDK2VwBCIEIAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE");
pub(crate) const HORVAT: (&str, &str) =
    ("t-horvat", "MC4CAQAwBQYDK2VwBCIEIAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF");
const FOREIGN: (&str, &str) =
    ("p-foreign", "MC4CAQAwBQYDK2VwBCIEIAYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYG");

pub(crate) const REVIEWERS: &[Edit] = &[
    (
        "reviewers/m-novak.kdl",
        "",
        "reviewer \"m-novak\" {\n    nationality \"SVN\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    lanes \"cot-down\"\n    role first second\n    key ed25519=\"MCowBQYDK2VwAyEAypOsFwUYcHHWe4PH/w7+gQjo7EUwV113JoeTM9vavnw=\"\n    valid from=\"2026-01-01\" until=\"2099-12-31\"\n}\n",
    ),
    (
        "reviewers/t-horvat.kdl",
        "",
        "reviewer \"t-horvat\" {\n    nationality \"SVN\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    lanes \"cot-down\"\n    role senior\n    key ed25519=\"MCowBQYDK2VwAyEAbnoc3Smwt4/ROvTFWY/v9O8qlxZuPKby5Pv8zYBQW/E=\"\n    valid from=\"2026-01-01\" until=\"2099-12-31\"\n}\n",
    ),
    (
        "reviewers/p-foreign.kdl",
        "",
        "reviewer \"p-foreign\" {\n    nationality \"HRV\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    lanes \"cot-down\"\n    role senior\n    key ed25519=\"MCowBQYDK2VwAyEAiodf/x6zhFFXes1a/uQFRWVo3XyJ4JCGOgVXvHr0nxc=\"\n    valid from=\"2026-01-01\" until=\"2099-12-31\"\n}\n",
    ),
];

/// A lane with reviewers and a folder for their statements.
pub(crate) fn gate() -> Gate {
    gate_with(&[])
}

/// The reviewers of this lane may answer for parts that its type does not declare, too.
pub(crate) const FOR_PARTS: Edit =
    ("lanes/cot-down.kdl", "answers \"LG-W\" \"LG-D\"", "answers \"LG-W\" \"LG-D\" \"LG-S\"");

/// The same with other changes to its rules.
pub(crate) fn gate_with(more: &[Edit]) -> Gate {
    let mut gate = Gate::new("cot-down");
    gate.put(&rules::bundle(1, &[REVIEWERS, more].concat()));
    fs::create_dir_all(gate.path("review/in")).unwrap();
    gate.more = format!("drain \"2s\"\n    review \"{}\"", gate.text("review"));
    for (name, secret) in [NOVAK, HORVAT, FOREIGN] {
        rules::write_secret(&gate.path(name), secret);
    }
    gate
}

/// A track with a code word in its remarks, and with a part that does not cross: held, and written anew if it leaves.
pub(crate) fn worded(uid: &str) -> Vec<u8> {
    let worded =
        but(&track(uid, 1000), "<track ", "<remarks source=\"LG\">The blue heron flies.</remarks><track ");
    but(&worded, "<contact ", "<contact phone=\"38640123456\" ")
}

/// `review STEP ENTRY` by somebody; exit code and line.
fn step(gate: &Gate, step: &str, entry: u64, who: (&str, &str), because: Option<&str>) -> (i32, Value) {
    let ran = try_step(gate, step, entry, who, because, "20s");
    (ran.code, ran.line())
}

fn try_step(
    gate: &Gate,
    step: &str,
    entry: u64,
    who: (&str, &str),
    because: Option<&str>,
    wait: &str,
) -> Ran {
    let (entry, key, config) = (entry.to_string(), gate.text(who.0), gate.text("gate.kdl"));
    let mut args = vec!["review", step, &entry, "--json", "--as", who.0, "--key", &key, "--config", &config];
    args.extend(["--wait", wait]);
    args.extend(because.into_iter().flat_map(|because| ["--because", because]));
    lockgate(&args)
}

pub(crate) fn good(gate: &Gate, name: &str, entry: u64, who: (&str, &str), because: Option<&str>) -> Value {
    let (code, said) = step(gate, name, entry, who, because);
    assert_eq!((code, &said["accepted"]), (0, &Value::Bool(true)), "{said}");
    said
}

fn refused(gate: &Gate, name: &str, entry: u64, who: (&str, &str), because: Option<&str>, code: &str) {
    let (exit, said) = step(gate, name, entry, who, because);
    assert_eq!((exit, said["refused"].as_str()), (1, Some(code)), "{said}");
}

fn list(gate: &Gate) -> Vec<Value> {
    lockgate(&["review", "list", "--json", "--config", &gate.text("gate.kdl")]).good().lines()
}

/// Sends an object and waits until it is held; its entry.
fn held(gate: &Gate, lane: &Running, object: &[u8]) -> u64 {
    let before: Vec<Value> = gate.held().iter().map(|item| item["entry"].clone()).collect();
    lane.send(object);
    wait_for("the object to be held", || {
        gate.held().iter().map(|item| item["entry"].clone()).find(|entry| !before.contains(entry))?.as_u64()
    })
}

/// Puts bytes into the review folder as anybody may who can write there.
fn put(gate: &Gate, name: &str, bytes: &[u8]) {
    let part = gate.path(&format!("review/in/{name}.part"));
    fs::write(&part, bytes).unwrap();
    fs::rename(part, gate.path(&format!("review/in/{name}.review"))).unwrap();
}

fn refusals(gate: &Gate) -> Vec<String> {
    let events = gate.events("review");
    events.iter().filter_map(|event| event["refused"].as_str().map(str::to_owned)).collect()
}

#[test]
fn an_object_held_for_a_word_leaves_once_two_people_have_approved_it() {
    let gate = gate();
    let lane = gate.start();
    let entry = held(&gate, &lane, &worded("W-1"));
    assert_eq!(list(&gate)[0]["state"], "held");
    let look = gate.text("look");
    let config = gate.text("gate.kdl");
    let number = entry.to_string();
    let shown =
        lockgate(&["review", "show", &number, "--json", "--out", &look, "--config", &config]).good().line();
    assert_eq!(shown["may_approve"], true, "{shown}");
    assert_eq!(shown["reasons"], serde_json::json!([{"code": "LG-W001", "answerable": true}]));
    let leaves = fs::read(gate.path("look/leaves.bin")).unwrap();
    assert!(!String::from_utf8_lossy(&leaves).contains("38640123456"), "what does not cross is not in it");
    let mode = |name: &str| fs::metadata(gate.path(name)).unwrap().mode() & 0o777;
    assert_eq!(mode("look"), 0o700, "nobody else on the gate reads what is held");
    for file in ["account.json", "account.txt", "leaves.bin", "leaves.txt"] {
        assert_eq!(mode(&format!("look/{file}")), 0o600, "{file}");
    }
    refused(&gate, "approve", entry, NOVAK, Some("false-alarm"), "LG-H038");
    good(&gate, "claim", entry, NOVAK, None);
    assert_eq!(
        (&list(&gate)[0]["state"], &list(&gate)[0]["claimed_by"]),
        (&"claimed".into(), &"m-novak".into())
    );
    refused(&gate, "claim", entry, HORVAT, None, "LG-H039");
    refused(&gate, "claim", entry, FOREIGN, None, "LG-H036");
    good(&gate, "approve", entry, NOVAK, Some("false-alarm"));
    assert_eq!(list(&gate)[0]["state"], "approved1");
    refused(&gate, "claim", entry, NOVAK, None, "LG-H034");
    refused(&gate, "approve", entry, NOVAK, Some("false-alarm"), "LG-H034");
    assert!(gate.come_out().is_empty(), "one person releases nothing");
    good(&gate, "claim", entry, HORVAT, None);
    let last = good(&gate, "approve", entry, HORVAT, Some("harmless"));
    assert_eq!((&last["complete"], &last["verdict"]), (&true.into(), &"release".into()), "{last}");
    assert_eq!(gate.wait_out(1), [leaves], "what leaves is what was shown");
    assert!(list(&gate).is_empty() && gate.held().is_empty());
    let decision = gate.events("decision").pop().unwrap();
    assert_eq!(decision["account"]["answered"][0]["code"], "LG-W001", "{decision}");
    let by: Vec<&str> = decision["account"]["approvals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["by"].as_str().unwrap())
        .collect();
    assert_eq!(by, ["m-novak", "t-horvat"]);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
    assert!(
        fs::read_dir(gate.path("review/in")).unwrap().next().is_none(),
        "statements go once they are on record"
    );
    independent(&gate);
}

/// A track with a part that its type does not declare.
pub(crate) fn with_part(uid: &str) -> Vec<u8> {
    but(&track(uid, 1000), "<track ", "<__chat id=\"beside the track\"/><track ")
}

#[test]
fn what_is_left_without_an_undeclared_part_leaves_once_two_people_have_approved_it() {
    let gate = gate_with(&[FOR_PARTS]);
    let lane = gate.start();
    let entry = held(&gate, &lane, &with_part("P-1"));
    let (look, config, number) = (gate.text("look"), gate.text("gate.kdl"), entry.to_string());
    let shown =
        lockgate(&["review", "show", &number, "--json", "--out", &look, "--config", &config]).good().line();
    assert_eq!(shown["reasons"], serde_json::json!([{"code": "LG-S020", "answerable": true}]));
    assert_eq!(shown["account"]["reasons"][0]["for"], "people");
    let leaves = fs::read(gate.path("look/leaves.bin")).unwrap();
    assert!(!String::from_utf8_lossy(&leaves).contains("chat"), "the part is not in it");
    for who in [NOVAK, HORVAT] {
        assert!(gate.come_out().is_empty(), "one person releases nothing");
        good(&gate, "claim", entry, who, None);
        good(&gate, "approve", entry, who, Some("harmless"));
    }
    assert_eq!(gate.wait_out(1), [leaves], "what leaves is what was shown");
    let decision = gate.events("decision").pop().unwrap();
    assert_eq!(decision["account"]["answered"][0]["code"], "LG-S020", "{decision}");
    assert_eq!(decision["account"]["route"], "slow");
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
    independent(&gate);
}

/// The verifier in Python, which shares no code, finds the same log sound.
pub(crate) fn independent(gate: &Gate) {
    let script = rules::checkout("docs/audit-verify.py");
    match Command::new("python3").arg(script).args([gate.text("audit"), gate.text("log.pub")]).output() {
        Ok(ran) => assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout)),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: the independent verifier, no python3: {error}");
        }
    }
}

/// A grey picture of one pixel with words beside it, which no reader shows.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\
    \0\0\0\x0AIDAT\x78\x9C\x63\x60\0\0\0\x02\0\x01\x48\xAF\xA4\x71\0\0\0\0IEND\xAE\x42\x60\x82hidden words";

#[test]
fn what_was_built_anew_leaves_once_two_people_have_approved_it_and_never_the_object() {
    let gate = gate();
    let lane = gate.start();
    let entry = held(&gate, &lane, PICTURE);
    let (look, config, number) = (gate.text("look"), gate.text("gate.kdl"), entry.to_string());
    let shown =
        lockgate(&["review", "show", &number, "--json", "--out", &look, "--config", &config]).good().line();
    assert_eq!(shown["may_approve"], true, "{shown}");
    let leaves = fs::read(gate.path("look/leaves.bin")).unwrap();
    assert!(leaves.starts_with(b"\x89PNG") && !leaves.windows(6).any(|part| part == b"hidden"));
    assert!(fs::read(gate.path("look/page-1.png")).unwrap().starts_with(b"\x89PNG"));
    good(&gate, "claim", entry, NOVAK, None);
    good(&gate, "approve", entry, NOVAK, Some("harmless"));
    assert!(gate.come_out().is_empty(), "one person releases nothing");
    // A kill between the two: what was approved before counts, for the same bytes.
    lane.kill();
    let lane = gate.start();
    good(&gate, "claim", entry, HORVAT, None);
    let last = good(&gate, "approve", entry, HORVAT, Some("harmless"));
    assert_eq!((&last["complete"], &last["verdict"]), (&true.into(), &"release".into()), "{last}");
    assert_eq!(gate.wait_out(1), std::slice::from_ref(&leaves), "what leaves is what was shown");
    let decision = gate.events("decision").pop().unwrap();
    let named = |bytes: &[u8]| Value::from(lockgate_bytes::Digest::of(bytes).to_string());
    let account = &decision["account"];
    assert_eq!((&account["sha256"], &account["released_sha256"]), (&named(PICTURE), &named(&leaves)));
    let answered = account["answered"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap());
    // Whether text in pictures is read is the machine's.
    let answered: Vec<&str> = answered.filter(|code| *code != "LG-D020").collect();
    assert_eq!(answered, ["LG-D011", "LG-D014", "LG-D023"]);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
    independent(&gate);
}

/// A picture of so many pixels a side, every one of them grey by chance: nothing makes it smaller.
fn noise(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let level = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let levels: Vec<u8> = (0..side * side).map(level).collect();
    png(side, &levels)
}

/// A grey picture of these levels, so many in a row, stored as they are.
pub(crate) fn png(wide: u32, levels: &[u8]) -> Vec<u8> {
    let lines = levels.chunks(usize::try_from(wide).unwrap());
    let high = u32::try_from(lines.len()).unwrap();
    let rows: Vec<u8> = lines.flat_map(|line| [&[0], line].concat()).collect();
    let sum = rows.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    // Blocks that are stored as they are.
    let mut packed = vec![0x78, 0x01];
    let last = rows.len().div_ceil(65_535) - 1;
    for (number, block) in rows.chunks(65_535).enumerate() {
        let size = u16::try_from(block.len()).unwrap();
        packed.push(u8::from(number == last));
        packed.extend(size.to_le_bytes());
        packed.extend((!size).to_le_bytes());
        packed.extend(block);
    }
    packed.extend((sum.1 << 16 | sum.0).to_be_bytes());
    let head = [&wide.to_be_bytes()[..], &high.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let told = [name, body].concat();
        let crc = !told.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
            })
        });
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &told, &crc.to_be_bytes()].concat()
    };
    [b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &packed), chunk(b"IEND", &[])]
        .concat()
}

/// What people photograph and scan is larger than any track: it is taken from a folder, and what is built anew from it leaves
/// into one, also where the lane was killed while it lay before the sink.
#[test]
fn what_is_larger_than_any_type_of_the_lane_is_looked_into_and_leaves_built_anew() {
    let mut gate = gate();
    let (inbox, outbox) = (gate.path("inbox"), gate.path("outbox"));
    fs::create_dir_all(inbox.join("in")).unwrap();
    fs::create_dir_all(&outbox).unwrap();
    gate.intake = watched(&inbox);
    gate.egress = format!("directory \"{}\" extension=\"png\"", outbox.display());
    let lane = gate.start();
    let picture = noise(560);
    assert!(picture.len() > 300_000);
    fs::write(inbox.join("in/photo.part"), &picture).unwrap();
    fs::rename(inbox.join("in/photo.part"), inbox.join("in/photo.png")).unwrap();
    let entry = wait_for("the picture to be held", || gate.held().first()?["entry"].as_u64());
    for who in [NOVAK, HORVAT] {
        good(&gate, "claim", entry, who, None);
        good(&gate, "approve", entry, who, Some("harmless"));
    }
    let left = || {
        let mut names = fs::read_dir(&outbox).unwrap().map(|entry| entry.unwrap().path());
        names.find(|path| path.extension().is_some_and(|it| it == "png"))
    };
    let path = wait_for("the picture to leave", left);
    let leaves = fs::read(path).unwrap();
    assert!(leaves.starts_with(b"\x89PNG") && leaves.len() > 65_536 && leaves != picture, "{}", leaves.len());
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
    independent(&gate);
}

#[test]
fn what_was_approved_and_waits_for_the_link_leaves_after_a_stop_without_being_approved_anew() {
    let mut gate = gate();
    let fast = gate.egress.clone();
    gate.egress = fast.replace("100Mbit/s", "4kbit/s");
    gate.more = gate.more.replace("drain \"2s\"", "drain \"10ms\"");
    let lane = gate.start();
    let picture = held(&gate, &lane, PICTURE);
    let words = worded("W-6");
    let worded = held(&gate, &lane, &words);
    // What came before keeps the link busy for a long time.
    let before: Vec<Vec<u8>> = (0..60).map(|number| track(&format!("R-{number}"), 900)).collect();
    lane.send_all(before.iter().map(Vec::as_slice));
    lane.wait_decided(62);
    for entry in [picture, worded] {
        let because = if entry == picture { "harmless" } else { "false-alarm" };
        for who in [NOVAK, HORVAT] {
            good(&gate, "claim", entry, who, None);
            good(&gate, "approve", entry, who, Some(because));
        }
    }
    let stopped = lane.stop();
    assert_eq!(stopped.code, 0, "{stopped:?}");
    let kept = gate.held();
    let named = |bytes: &[u8]| Value::from(lockgate_bytes::Digest::of(bytes).to_string());
    for bytes in [PICTURE, &words] {
        assert!(
            kept.iter().any(|item| item["sha256"] == named(bytes)),
            "what came is what is kept: {kept:?}"
        );
    }
    gate.egress = fast;
    let lane = gate.start();
    let out = gate.wait_out(62);
    assert!(out.iter().any(|object| object.starts_with(b"\x89PNG")), "the picture, built anew");
    assert!(out.iter().any(|object| object.windows(3).any(|part| part == b"W-6")), "the track, written anew");
    assert!(list(&gate).is_empty() && gate.held().is_empty(), "nobody is asked again");
    assert_eq!(lane.stop().code, 0);
    let tally = gate.verified();
    assert_eq!((tally.of("received"), tally.of("sent")), (62, 62));
    independent(&gate);
}

#[test]
fn what_people_reject_or_return_has_come_to_its_end() {
    let gate = gate();
    let lane = gate.start();
    // Without a label nobody can approve it, and people can still end it.
    let bare =
        but(&track("B-1", 1000), " access=\"MISSION RESTRICTED\" releasableTo=\"AUT,HRV,HUN,SVK,SVN\"", "");
    let (first, second) = (held(&gate, &lane, &bare), held(&gate, &lane, &worded("W-2")));
    let ran = try_step(&gate, "approve", first, NOVAK, Some("harmless"), "1s");
    assert!(ran.code == 2 && ran.err.contains("nobody can approve it"), "{ran:?}");
    good(&gate, "claim", first, HORVAT, None);
    good(&gate, "return", first, HORVAT, Some("mislabelled"));
    good(&gate, "claim", second, NOVAK, None);
    good(&gate, "reject", second, NOVAK, Some("not-releasable"));
    let late = try_step(&gate, "claim", second, NOVAK, None, "1s");
    assert!(late.code == 2 && late.err.contains("nothing is held under this entry"), "{late:?}");
    assert!(list(&gate).is_empty() && gate.held().is_empty());
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 2), ("rejected", 1), ("returned", 1)]);
    independent(&gate);
}

#[test]
fn statements_that_do_not_count_are_refused_each_for_its_reason_and_on_record() {
    let gate = gate();
    let lane = gate.start();
    let (one, two) = (held(&gate, &lane, &worded("W-3")), held(&gate, &lane, &worded("W-4")));
    good(&gate, "claim", one, NOVAK, None);
    good(&gate, "approve", one, NOVAK, Some("false-alarm"));
    let statement = gate.events("review").pop().unwrap()["statement"].as_str().unwrap().to_owned();
    let statement = lockgate_attest::base64::decode(statement.as_bytes()).unwrap();
    put(&gate, "replayed", &statement);
    wait_for("the replay", || refusals(&gate).contains(&"LG-H027".to_owned()).then_some(()));
    let mut changed = statement.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    put(&gate, "changed", &changed);
    wait_for("the changed byte", || refusals(&gate).contains(&"LG-H021".to_owned()).then_some(()));
    for (number, garbage) in
        [&b""[..], b"no statement", &statement[..200], &vec![7; 1 << 20]].iter().enumerate()
    {
        put(&gate, &format!("garbage-{number}"), garbage);
    }
    wait_for("the garbage", || {
        (refusals(&gate).iter().filter(|code| *code == "LG-H020").count() == 4).then_some(())
    });
    // What was approved of one object says nothing of another.
    good(&gate, "claim", one, HORVAT, None);
    good(&gate, "reject", one, HORVAT, Some("hostile"));
    put(&gate, "late", &statement);
    wait_for("the late one", || refusals(&gate).contains(&"LG-H028".to_owned()).then_some(()));
    // A bundle between looking and deciding: the approvals of before are void.
    good(&gate, "claim", two, NOVAK, None);
    good(&gate, "approve", two, NOVAK, Some("false-alarm"));
    gate.put(&rules::bundle(2, REVIEWERS));
    lane.reload().good();
    let again = wait_for("the object to be decided again", || {
        list(&gate).first().and_then(|item| item["entry"].as_u64()).filter(|entry| *entry != two)
    });
    assert_eq!(list(&gate)[0]["state"], "held", "nothing of it is approved any more");
    good(&gate, "claim", again, HORVAT, None);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 2), ("rejected", 1), ("held", 1)]);
    independent(&gate);
}

#[test]
fn what_was_approved_before_a_kill_counts_after_it() {
    let gate = gate();
    let lane = gate.start();
    let entry = held(&gate, &lane, &worded("W-5"));
    good(&gate, "claim", entry, NOVAK, None);
    good(&gate, "approve", entry, NOVAK, Some("false-alarm"));
    lane.kill();
    // Nobody answers; the statement lies there until somebody does.
    let ran = try_step(&gate, "claim", entry, HORVAT, None, "100ms");
    assert_eq!((ran.code, &ran.line()["answered"]), (1, &false.into()), "{ran:?}");
    let lane = gate.start();
    wait_for("the claim", || (list(&gate)[0]["claimed_by"] == "t-horvat").then_some(()));
    assert_eq!(list(&gate)[0]["approved_by"], serde_json::json!(["m-novak"]));
    lane.kill();
    let ran = try_step(&gate, "approve", entry, HORVAT, Some("false-alarm"), "100ms");
    assert_eq!(ran.code, 1, "{ran:?}");
    let lane = gate.start();
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 1), ("derived", 1), ("replaced", 1), ("sent", 1)]);
    independent(&gate);
}

/// Whoever reads that nothing waits goes home.
#[test]
fn a_list_that_may_not_be_all_that_waits_says_so() {
    let gate = gate();
    let lane = gate.start();
    let first = held(&gate, &lane, &worded("W-6"));
    let copied = Command::new("cp").arg("-a").args([gate.path("hold"), gate.path("old")]).status().unwrap();
    assert!(copied.success());
    let second = held(&gate, &lane, &worded("W-7"));
    assert_eq!(lane.stop().code, 0);
    let entries = || {
        let ran = lockgate(&["review", "list", "--json", "--config", &gate.text("gate.kdl")]);
        let entries: Vec<u64> = ran.lines().iter().map(|line| line["entry"].as_u64().unwrap()).collect();
        (ran.code, entries, ran.err)
    };
    assert_eq!(entries(), (0, vec![first, second], String::new()));
    fs::rename(gate.path("hold"), gate.path("new")).unwrap();
    fs::rename(gate.path("old"), gate.path("hold")).unwrap();
    let (code, found, err) = entries();
    assert_eq!((code, found), (1, vec![first]), "{err}");
    assert!(err.contains(&format!("{second}: the log holds this object")), "{err}");
    let index = fs::read_dir(gate.path("hold")).unwrap().map(|file| file.unwrap().path());
    let index = index.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("index-"));
    let index = index.max().unwrap();
    let mut bytes = fs::read(&index).unwrap();
    bytes[60] ^= 1;
    fs::write(index, bytes).unwrap();
    let (code, _, err) = entries();
    assert!(code == 1 && err.contains("bytes of the index are not as they were written"), "{code} {err}");
}
