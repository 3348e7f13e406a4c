//! `inspect` and `explain`: exit codes, the keys of a line, sources of input, times.

use crate::common::{NOW, Project, codes, feed, fixture, inspect, lane, path, run, track};
use serde_json::Value;

/// The keys of a line, in the order of the contract.
const KEYS: &[&str] = &[
    "path",
    "lane",
    "source",
    "sha256",
    "size_bytes",
    "route",
    "type",
    "category",
    "verdict",
    "reasons",
    "claims",
    "label",
    "findings",
    "destination",
    "agreement",
    "label_released",
    "released_sha256",
    "released_size_bytes",
    "precedence",
    "now",
    "bundle",
    "engine",
];

/// The top keys of one JSON object in the order in which they are written.
fn keys(line: &str) -> Vec<String> {
    let (mut depth, mut in_text, mut found) = (0_usize, false, Vec::new());
    let mut at = line.char_indices().peekable();
    let mut begin = 0;
    while let Some((place, letter)) = at.next() {
        match letter {
            '\\' if in_text => drop(at.next()),
            '"' => {
                in_text = !in_text;
                if in_text {
                    begin = place + 1;
                } else if depth == 1 && at.peek().is_some_and(|(_, next)| *next == ':') {
                    found.push(line.get(begin..place).unwrap().to_owned());
                }
            }
            '{' | '[' if !in_text => depth += 1,
            '}' | ']' if !in_text => depth -= 1,
            _ => {}
        }
    }
    found
}

#[test]
fn a_line_has_exactly_the_keys_of_the_contract() {
    for name in
        ["release-ground-track", "release-device-left-out", "refuse-document-type", "hold-undeclared-part"]
    {
        let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), &fixture(name)]);
        assert_eq!(keys(&ran.out), KEYS, "{name}");
    }
    let clock = run(&["inspect", "--json", "--lane", &lane(), &fixture("release-ground-track")]);
    assert_eq!(keys(&clock.out), [KEYS, &["elapsed_us"]].concat());
    let args =
        ["inspect", "--json", "--record", "--now", NOW, "--lane", &lane(), &fixture("release-ground-track")];
    let record = run(&args);
    assert_eq!(keys(&record.out), [KEYS, &["record"]].concat());
    assert_eq!(record.line()["record"]["event"]["point"]["lat"], "46.0511");
    assert_eq!(record.line()["record"]["event"]["time"], "2026-03-01T10:04:50Z");
    let frames = inspect(&track().repeat(2));
    let with_frame = [&KEYS[..1], &["frame", "offset"], &KEYS[1..]].concat();
    assert!(frames.out.lines().all(|line| keys(line) == with_frame), "{}", frames.out);
}

#[test]
fn the_members_of_a_line_are_as_the_contract_says() {
    let refused = feed(&["inspect", "--json", "--now", NOW, "--lane", &lane(), "-"], &secret()).line();
    assert_eq!(refused["verdict"], "refuse");
    for reason in refused["reasons"].as_array().unwrap() {
        let keys: Vec<&String> = reason.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["cites", "code", "field", "for", "rule", "says", "span"]);
    }
    for claim in refused["claims"].as_array().unwrap() {
        let keys: Vec<&String> = claim.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["carrier", "field", "label", "span"]);
    }
    let keys: Vec<&String> = refused["label"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["categories", "edition", "level", "policy", "policy_id", "text"]);
    assert_eq!((&refused["released_sha256"], &refused["label_released"]), (&Value::Null, &Value::Null));
    let released = inspect(&track()).line();
    assert_eq!(released["released_sha256"], released["sha256"]);
    assert_eq!(released["agreement"], "rsocc");
    assert_eq!((&released["route"], &released["type"]), (&"fast".into(), &"cot-event@2.0".into()));
}

fn secret() -> Vec<u8> {
    String::from_utf8(track()).unwrap().replace("MISSION RESTRICTED", "MISSION SECRET").into_bytes()
}

#[test]
fn exit_codes_say_whether_all_crossed() {
    let lane = lane();
    let one = |paths: &[&str]| run(&[&["inspect", "--now", NOW, "--lane", &lane], paths].concat()).code;
    let (good, bad) = (fixture("release-ground-track"), fixture("refuse-document-type"));
    assert_eq!(one(&[&good]), 0);
    assert_eq!(one(&[&good, &bad]), 1);
    assert_eq!(one(&[&bad]), 1);
    assert_eq!(one(&[&good, "/no/such/file"]), 2, "a file that cannot be read is a fault");
}

#[test]
fn a_folder_is_read_whole_and_in_order() {
    let project = Project::new();
    for (name, bytes) in
        [("t/b.cot", track()), ("t/a.cot", secret()), ("t/c/d.cot", track()), ("t/.hidden", track())]
    {
        project.write(name, bytes);
    }
    let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), &project.text("t")]);
    let lines = ran.lines();
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    // What asks to cross is judged, whatever its name begins with.
    let expected = ["t/.hidden", "t/a.cot", "t/b.cot", "t/c/d.cot"].map(|name| project.text(name));
    assert_eq!(paths, expected);
    assert_eq!(ran.code, 1);
}

#[test]
fn a_folder_without_anything_is_not_all_released() {
    let folder = tempfile::tempdir().unwrap();
    for json in [&["--json"][..], &[]] {
        let path = folder.path().to_str().unwrap();
        let ran = run(&[&["inspect", "--now", NOW, "--lane", &lane(), path], json].concat());
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.err.contains("nothing to inspect"), "{}", ran.err);
    }
    std::fs::create_dir(folder.path().join(".inner")).unwrap();
    std::fs::write(folder.path().join(".inner/.hidden"), secret()).unwrap();
    let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), folder.path().to_str().unwrap()]);
    assert_eq!((ran.code, ran.lines().len()), (1, 1));
}

#[test]
fn what_a_lane_sends_to_the_slow_route_says_so() {
    // The lane says `undeclared slow`, and the type is known all the same.
    let part = String::from_utf8(track()).unwrap().replacen("<detail>", "<detail><foo bar=\"1\"/>", 1);
    let line = inspect(part.as_bytes()).line();
    assert_eq!(
        (line["route"].as_str(), line["type"].as_str()),
        (Some("slow"), Some("cot-event@2.0")),
        "{line}"
    );
    assert_eq!(
        (line["verdict"].as_str(), line["reasons"][0]["code"].as_str()),
        (Some("hold"), Some("LG-S020"))
    );
    assert_eq!(inspect(&track()).line()["route"], "fast");
}

#[test]
fn one_unreadable_file_does_not_stop_the_others() {
    let ran = run(&[
        "inspect",
        "--json",
        "--now",
        NOW,
        "--lane",
        &lane(),
        "/no/such",
        &fixture("release-ground-track"),
    ]);
    assert_eq!((ran.code, ran.lines().len()), (2, 1));
    assert!(ran.err.contains("/no/such") && ran.err.contains("LG-F004"), "{}", ran.err);
}

#[test]
fn a_stream_is_cut_into_objects() {
    let mut stream = track();
    stream.extend_from_slice(b"\n");
    stream.extend(secret());
    stream.extend_from_slice(b"\n\n");
    let lines = inspect(&stream).lines();
    let verdicts: Vec<&str> = lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["release", "refuse"]);
    let end = track().len();
    assert_eq!(lines[0]["offset"], serde_json::json!([0, end]));
    assert_eq!(lines[1]["frame"], 1);
}

#[test]
fn the_same_question_gets_the_same_answer_byte_for_byte() {
    let ask = || {
        let texts = ["", "--json"].map(|form| {
            let lane = lane();
            let all = path("fixtures/cot-event");
            let mut args = vec!["inspect", "--now", NOW, "--lane", &lane, &all];
            args.extend(Some(form).filter(|form| !form.is_empty()));
            run(&args).out
        });
        texts.concat()
    };
    assert_eq!(ask(), ask());
}

#[test]
fn now_may_be_a_time_the_objects_own_or_the_clock() {
    let track = fixture("release-ground-track");
    let at = |now: &str| run(&["inspect", "--json", "--now", now, "--lane", &lane(), &track]).line();
    assert_eq!(at("object")["now"], "2026-03-01T10:04:50Z");
    assert_eq!(at("object")["verdict"], "release");
    assert_eq!(at(NOW)["now"], NOW);
    assert_eq!(codes(&at("2026-03-01T10:09:50Z")), ["LG-A017"], "the first instant at which it is stale");
    assert_eq!(at("2026-03-01T10:09:49.999Z")["verdict"], "release");
    assert_eq!(codes(&at("2026-03-01T10:04:44.999Z")), ["LG-A018", "LG-A018"], "beyond the skew of 5 s");
    assert_eq!(at("2026-03-01T10:04:45Z")["verdict"], "release");
    let clock = run(&["inspect", "--json", "--lane", &lane(), &track]).line();
    assert_eq!(clock["verdict"], "refuse", "stale for the clock of today");
}

#[test]
fn a_built_bundle_decides_like_its_rules() {
    let project = Project::new();
    let bundle = project.text("x.bundle");
    assert_eq!(run(&["bundle", "build", &project.text("rules"), "-o", &bundle]).code, 0);
    let track = fixture("release-ground-track");
    let built = run(&["inspect", "--json", "--now", NOW, "--bundle", &bundle, "--lane", "cot-down", &track]);
    let authored = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), &track]);
    assert_eq!((built.code, &built.out), (0, &authored.out));
    let unknown = run(&["inspect", "--bundle", &bundle, "--lane", "cot-don", &track]);
    assert!(unknown.code == 2 && unknown.err.contains("cot-down"), "{unknown:?}");
}

#[test]
fn an_account_names_every_reason_and_never_the_payload() {
    let object = String::from_utf8(secret()).unwrap().replace("KRIM 1", "BLUE HERON");
    let args = ["explain", "-", "--now", NOW, "--lane", &lane()];
    let ran = feed(&args, object.as_bytes());
    assert_eq!(ran.code, 1);
    for part in [
        "LG-A010",
        "LG-A008",
        "LG-W001",
        "codewords",
        "event.detail.contact.callsign",
        "remedy",
        "would let it flow",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(!ran.out.contains("HERON") && !ran.out.contains("46.0511"), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    let released = feed(&args, &track());
    assert_eq!(released.code, 0);
    for part in ["verdict        release", "rsocc", "exactly as they arrived", "2026-03-01T10:09:50Z"] {
        assert!(released.out.contains(part), "{part}: {}", released.out);
    }
    let json = feed(&[&args[..], &["--json"]].concat(), &track());
    assert_eq!(keys(&json.out), KEYS);
}

/// What was accepted in another style than the canonical one: an author sees where it is first another one.
#[test]
fn an_account_says_where_what_leaves_is_not_what_arrived() {
    let (lane, canonical) = (lane(), fixture("release-ground-track"));
    let plain = run(&["explain", "--now", NOW, "--lane", &lane, &canonical]);
    assert!(plain.out.contains("exactly as they arrived") && !plain.out.contains("differs"), "{}", plain.out);
    let text = String::from_utf8(std::fs::read(&canonical).unwrap()).unwrap();
    // A zero too many behind a number, and a blank too many before an attribute.
    for (written, loose, upto, field) in
        [("46.0511", "46.05110", 7, "event.point.lat"), (" lat=", "  lat=", 1, "event.point")]
    {
        let (before, after) = text.split_once(written).unwrap();
        let object = format!("{before}{loose}{after}");
        let ran = feed(&["explain", "--now", NOW, "--lane", &lane, "-"], object.as_bytes());
        let says = format!("differs from what arrived at byte {}, in {field} ", before.len() + upto);
        let told: String = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&says), "{}", ran.out);
    }
}

/// People see the units of quantities; programs have the bare decimals of the contract.
#[test]
fn a_record_for_people_has_its_units() {
    let lane = path("rules/lanes/asterix-down.kdl");
    let object = path("fixtures/asterix-cat062/release-track/input.bin");
    let ask = ["inspect", "--record", "--now", "2026-03-01T10:00:05Z", "--lane", &lane, &object];
    let people = run(&ask);
    assert!(people.out.contains(" deg\""), "{}", people.out);
    let programs = run(&[&ask[..], &["--json"]].concat());
    assert!(!programs.out.contains(" deg\""), "{}", programs.out);
}

/// Many objects end with how many have each reason; the count of verdicts stays the last line, and `--json` has lines of objects alone.
#[test]
fn many_objects_end_with_their_reasons_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str| {
        let text = String::from_utf8(track()).unwrap();
        text.replace("</detail>", &format!("<{name}/><{name} a=\"1\"/></detail>")).into_bytes()
    };
    let files = [("a", track()), ("b", part("__chat")), ("c", part("marti")), ("d", secret())];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let folder = folder.path().to_str().unwrap();
    let ran = run(&["inspect", "--now", NOW, "--lane", &lane(), folder]);
    let (_, end) = ran.out.split_once("\n\nreason ").unwrap_or_else(|| panic!("{}", ran.out));
    let rows: Vec<Vec<&str>> = end.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["objects", "what"]);
    assert_eq!(rows[1][..2], ["LG-S020", "2"], "an object counts once: {end}");
    assert!(end.contains("\nLG-A010  1        above the ceiling of the destination\n"), "{end}");
    assert!(end.lines().all(|line| line.chars().count() <= 80), "{end}");
    assert_eq!(end.lines().last(), Some("4 objects: 1 released, 2 held, 1 refused"));
    assert!(
        ran.out.contains(
            "does not declare: __chat\n                for the author, as people may not answer it here: "
        ),
        "{}",
        ran.out
    );
    let lines = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), folder]).lines();
    assert!(lines.len() == 4 && lines.iter().all(|line| line["sha256"].is_string()), "{lines:?}");
    let one = inspect_text(&part("marti"));
    assert!(
        !one.contains("objects  what") && one.ends_with("1 object: 0 released, 1 held, 0 refused\n"),
        "{one}"
    );
}

fn inspect_text(object: &[u8]) -> String {
    feed(&["inspect", "--now", NOW, "--lane", &lane(), "-"], object).out
}
