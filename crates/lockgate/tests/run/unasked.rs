//! A lane up that asks nobody (`release rebuilt-unasked`): what was built anew leaves by itself, from the folder that it came in by to the
//! one that it goes out to, and the object itself never does.

use crate::gate::{Gate, watched};
use crate::replay;
use crate::review::{self, png};
use crate::rules::{self, Edit};
use crate::running::{Running, wait_for};
use lockgate_bytes::Digest;
use serde_json::Value;
use std::fs;
use std::io::Write as _;

/// The lane up takes documents and pictures, and lets go of what is built of them.
const LANE: &[Edit] = &[
    (
        "lanes/cot-up.kdl",
        "        precedence ROUTINE\n    }\n}",
        "        precedence ROUTINE\n    }\n    slow {\n        accept pdf png\n        ocr required\n        release rebuilt-unasked\n        \
         unlabelled assign authority=\"invented\" until=\"2099-12-31\" {\n            label level=\"UNCLASSIFIED\" {\n                \
         category \"Releasable To\" \"SVN\"\n            }\n        }\n        \
         review people=1 lease=\"15m\" {\n            answers \"LG-D\"\n        }\n    }\n}",
    ),
    ("lanes/cot-up.kdl", "by=interface ceiling=\"RESTRICTED\"", "by=interface ceiling=\"UNCLASSIFIED\""),
];

/// Five columns by seven rows a letter, the highest bit to the left.
const SECRET: [[u8; 7]; 6] = [
    [15, 16, 16, 14, 1, 1, 30],
    [31, 16, 16, 30, 16, 16, 31],
    [14, 17, 16, 16, 16, 17, 14],
    [30, 17, 17, 30, 20, 18, 17],
    [31, 16, 16, 30, 16, 16, 31],
    [31, 4, 4, 4, 4, 4, 4],
];

/// Slopes: nothing that reads as a word.
fn slopes() -> Vec<u8> {
    png(120, &(0..120 * 90_u32).map(|at| u8::try_from(at % 120 + at / 120).unwrap()).collect::<Vec<_>>())
}

/// A marking that is written in pixels alone.
fn marked() -> Vec<u8> {
    let (wide, size) = (600_usize, 6_usize);
    let mut levels = vec![255; wide * 400];
    for (at, letter) in SECRET.iter().enumerate() {
        for (row, column) in (0..7 * size).flat_map(|row| (0..5 * size).map(move |column| (row, column))) {
            if letter[row / size] & (16 >> (column / size)) != 0 {
                levels[(row + 30) * wide + 150 + at * 6 * size + column] = 0;
            }
        }
    }
    png(600, &levels)
}

/// A document of three small pages, each with a box.
fn document() -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R 5 0 R 7 0 R]/Count 3>>".to_owned(),
    ];
    for page in 0..3 {
        let content = format!("{} 20 50 30 re f", 20 + page * 10);
        objects
            .push(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 150 100]/Contents {} 0 R>>", 4 + page * 2));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = String::new();
    for (object, number) in objects.iter().zip(1..) {
        places += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let (table, size) = (out.len(), objects.len() + 1);
    let end = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{places}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"
    );
    out.extend(end.bytes());
    out
}

/// Hands in an object and waits until it was decided; its account.
fn decided(gate: &Gate, lane: &Running, number: u64, object: &[u8]) -> Value {
    let name = gate.path("inbox").join(format!("in/{number}"));
    fs::write(name.with_extension("part"), object).unwrap();
    fs::rename(name.with_extension("part"), name.with_extension("bin")).unwrap();
    lane.wait_decided(number);
    gate.events("decision").pop().unwrap()["account"].take()
}

/// What has come to the other side.
fn arrived(gate: &Gate) -> Vec<Vec<u8>> {
    let files = fs::read_dir(gate.path("outbox")).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|it| it == "bin"))
        .map(|path| fs::read(path).unwrap())
        .collect()
}

#[test]
fn what_was_built_anew_leaves_unasked_through_a_running_lane_and_never_the_object() {
    let mut gate = Gate::new("cot-up");
    gate.put(&rules::bundle(1, LANE));
    fs::create_dir_all(gate.path("inbox/in")).unwrap();
    fs::create_dir_all(gate.path("outbox")).unwrap();
    gate.intake = watched(&gate.path("inbox")).replace("sensor-net", "partner-net");
    gate.egress = format!("directory \"{}\" extension=\"bin\"", gate.text("outbox"));
    let lane = gate.start();
    let objects = [slopes(), document(), marked(), [slopes(), b"words".to_vec()].concat()];
    let first = decided(&gate, &lane, 1, &objects[0]);
    if first["reasons"].to_string().contains("LG-D021") {
        let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
        assert!(!must.split(',').any(|it| it == "readers"), "no reader here: {first}");
        let says = "SKIPPED: that a lane lets go unasked is not shown here, nobody reads text in pictures\n";
        return std::io::stderr().write_all(says.as_bytes()).unwrap();
    }
    let accounts = [first, decided(&gate, &lane, 2, &objects[1])];
    let named = |bytes: &[u8]| Value::from(Digest::of(bytes).to_string());
    let mut left = wait_for("both to arrive", || Some(arrived(&gate)).filter(|left| left.len() == 2));
    left.sort_by_key(|bytes| bytes.starts_with(b"%PDF"));
    for ((account, came), leaves) in accounts.iter().zip(&objects).zip(&left) {
        assert_eq!(
            (&account["verdict"], &account["unasked"]),
            (&"release".into(), &true.into()),
            "{account}"
        );
        assert_eq!(
            (&account["sha256"], &account["released_sha256"]),
            (&named(came), &named(leaves)),
            "{account}"
        );
        assert_eq!(account["rebuilt_sha256"], account["released_sha256"], "what was built anew");
        assert!(leaves != came && leaves.starts_with(&came[..4]), "of the same form, and not the object");
        assert!(
            account.get("approvals").is_none() && account["reasons"].as_array().is_none_or(Vec::is_empty)
        );
    }
    // What is said in pixels alone, and what stands behind the end, is for people.
    for (object, number, code) in [(&objects[2], 3, "LG-D019"), (&objects[3], 4, "LG-D011")] {
        let account = decided(&gate, &lane, number, object);
        assert_eq!((&account["verdict"], account.get("unasked")), (&"hold".into(), None), "{account}");
        assert!(account["reasons"].to_string().contains(code), "{account}");
    }
    assert_eq!(lane.stop().code, 0);
    assert_eq!(arrived(&gate).len(), 2, "nothing else left");
    gate.verified().is(&[("received", 4), ("derived", 2), ("replaced", 2), ("sent", 2), ("held", 2)]);
    review::independent(&gate);
    let folder = replay::originals(&gate, &objects.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(replay::all_same(&replay::replay(&gate, &["--bytes", &folder])), 4);
}
