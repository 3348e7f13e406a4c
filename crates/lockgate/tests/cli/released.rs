//! What the demonstration's lanes release of others' samples, file by file: each of them is one that another decoder reads.

use crate::common::{path, run};
use serde_json::Value;
use std::io::Write as _;

/// The lane, the folder of samples, what crosses of it.
const RELEASED: [(&str, &str, &[&str]); 4] = [
    // The other packet of the second file is of a higher level.
    ("klv-down", "klv", &["synthetic/sec-unclassified.klv", "synthetic/two-packets.klv"]),
    (
        "gmti-down",
        "gmti/synthetic",
        &["class-u.4607", "exercise-128.4607", "exercise-129.4607", "exercise-130.4607", "platloc.4607"],
    ),
    // Times of day of another day, and tracks of nobody who is known: nothing of these is for anybody.
    ("asterix-down", "asterix/datagrams", &[]),
    ("tak-down", "cot/takproto", &[]),
];

/// What the decoder of a folder made of a file; `null` where it made nothing.
fn theirs(corpus: &str, folder: &str, file: &str) -> Value {
    let (page, key) = match folder {
        "klv" => ("klv/expected/misb.js-0.1.30.json", "st0601"),
        _ => ("gmti/expected/tshark-4.0.17.json", ""),
    };
    let page: Value = serde_json::from_slice(&std::fs::read(format!("{corpus}/{page}")).unwrap()).unwrap();
    if key.is_empty() { page[file].clone() } else { page[file][key].clone() }
}

#[test]
fn nothing_is_released_that_no_other_decoder_reads() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return;
    };
    let corpus = format!("{}/formats", root.to_str().unwrap());
    for (lane, folder, wanted) in RELEASED {
        let lane = path(&format!("rules/lanes/{lane}.kdl"));
        let samples = format!("{corpus}/{folder}");
        let ran = run(&["inspect", "--json", "--now", "object", "--lane", &lane, &samples]);
        assert!(ran.code < 2, "{}", ran.err);
        let lines = ran.lines();
        assert!(lines.len() > 15, "{folder}: {}", lines.len());
        let crossed = lines.iter().filter(|line| line["verdict"] == "release");
        let released: Vec<&str> = crossed
            .map(|line| line["path"].as_str().unwrap().strip_prefix(&format!("{samples}/")).unwrap())
            .collect();
        assert_eq!(released, wanted, "{folder}");
        for file in released {
            let read = theirs(&corpus, folder, file);
            assert!(read.as_array().is_some_and(|read| !read.is_empty()), "{folder}/{file}: {read}");
        }
    }
}
