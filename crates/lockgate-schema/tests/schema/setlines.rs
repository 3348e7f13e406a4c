//! Published messages and sets of which no other test has a type: each line is judged, by both readers.

use crate::asterix::{Pair, pair};
use crate::guide::shown;
use crate::make::Random;
use crate::text::{agreed, sample};
use std::sync::LazyLock;

static OPREPS: LazyLock<Pair> = LazyLock::new(|| pair("opreps.kdl", include_bytes!("opreps.kdl")));
static SETS: LazyLock<Pair> = LazyLock::new(|| pair("setlines.kdl", include_bytes!("setlines.kdl")));

/// The one published message of APP-11 with a policy and a level in MSGID and a line above it. All of it is read, and what it
/// claims in both places is there to be compared.
#[test]
fn a_message_with_a_line_above_its_fields_says_both() {
    let Some(bytes) = sample("opreps-nmw-repmus-skeleton.txt") else { return };
    let (reasons, read) = agreed(&OPREPS, &bytes);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, value) in [
        ("sent", "2023-09-15T12:00:00Z"),
        ("class", "NATO UNCLASSIFIED"),
        ("msgid.policy", "NATO"),
        ("msgid.level", "UNCLASSIFIED"),
        ("msgid.serial", "1"),
        ("exer.exercise", "true"),
        ("ref[0].kind", "MSG"),
        ("mtaskrep[0].area", "A1"),
        ("mtaskrep[0].until", "2023-09-15T16:00:00Z"),
    ] {
        assert_eq!(shown(&OPREPS, &read, &bytes, path), value, "{path}");
    }
    // Without its line it is no such message, and a level below the line is another claim, not another layout.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let (reasons, _) = agreed(&OPREPS, text.replace("NATO UNCLASSIFIED\n\n", "").as_bytes());
    assert!(!reasons.is_empty());
    flip(&OPREPS, &bytes);
}

/// What becomes of each line of the file, in its order: the path of a value and that, or the code and place of what is wrong.
const LINES: [(&str, &str); 21] = [
    ("msgid.name", "ATO A"),
    ("oper.name", "505TH TRS TRAINING"),
    ("aknldg.wanted", "NO"),
    ("timefram.asof", "1998-09-30T21:00:00Z"),
    ("taskunit.base", "LLKA"),
    ("amsndat.mission", "BARCAP"),
    // The other published layout of this set.
    ("LG-S006", "sample.amsndat.service"),
    ("msnacft.kind", "F15C"),
    ("controla.second", "WHITE"),
    ("msgid.qualifier", "CHG"),
    ("acoid.serial", "23B"),
    ("geodatum.datum", "W84"),
    ("period.to", "2007-02-24T05:59:00Z"),
    ("acmid.use", "AIRCOR"),
    // 82 minutes.
    ("LG-S009", "sample.polygon.point[2].latm"),
    ("circle.at.lat", "15.1666666666667"),
    ("efflevel.levels", "FL100-FL230"),
    ("aperiod.from", "141530ZFEB"),
    ("msgid.kind", "CBRN BWR"),
    ("unitm.speed", "KPH"),
    ("zulum.to", "2025-04-16T06:00:00Z"),
];

#[test]
fn published_sets_are_judged_line_by_line() {
    let Some(bytes) = sample("set-lines.txt") else { return };
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), LINES.len(), "every line is judged");
    for (line, (path, value)) in lines.into_iter().zip(LINES) {
        let object = format!("SAMPLE/SET//\n{line}\n").into_bytes();
        let (reasons, read) = agreed(&SETS, &object);
        if path.starts_with("LG-") {
            let found: Vec<String> = reasons
                .iter()
                .map(|reason| reason.split(' ').take(2).collect::<Vec<_>>().join(" "))
                .collect();
            assert!(found.contains(&format!("{path} {value}")), "{line}: {reasons:?}");
        } else {
            assert_eq!(reasons, Vec::<String>::new(), "{line}");
            let said = shown(&SETS, &read, &object, path);
            assert!(said == value || (path.ends_with("lat") && value.starts_with(&said)), "{line}: {said}");
        }
        flip(&SETS, &object);
    }
}

/// Bits of it, 200 times one of them.
fn flip(pair: &Pair, bytes: &[u8]) {
    let mut random = Random(bytes.len() as u64);
    for _ in 0..200 {
        let mut changed = bytes.to_vec();
        let at = random.below(changed.len() * 8);
        changed[at / 8] ^= 1 << (at % 8);
        agreed(pair, &changed);
    }
}
