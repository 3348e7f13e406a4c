//! Instants that XML and JSON write otherwise than RFC 3339 does.

use crate::asterix::{Pair, agreed, pair};
use crate::guide::shown;
use crate::make::Random;
use std::sync::LazyLock;

static XML: LazyLock<Pair> = LazyLock::new(|| {
    pair(
        "xml",
        b"type \"track\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding xml namespace=\"\"\n limits size=\"1KiB\" depth=2\n identify element=\"track\"\n record track {\n attribute day time form=DDMONYYYY\n element at time form=YYYYMMDDHHMMSS role=time.observed\n }\n}\n",
    )
});
static JSON: LazyLock<Pair> = LazyLock::new(|| {
    pair(
        "json",
        b"type \"track\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding json\n limits size=\"1KiB\" depth=2 members=4\n identify member=\"at\"\n record track {\n member at time form=YYYYMMDDHHMMSS role=time.observed\n member day time form=DDMONYYYY\n }\n}\n",
    )
});

fn xml(day: &str, at: &str) -> String {
    format!("<track day=\"{day}\"><at>{at}</at></track>")
}

fn json(day: &str, at: &str) -> String {
    format!("{{\"at\":\"{at}\",\"day\":\"{day}\"}}")
}

#[test]
fn instants_of_a_form_are_read_and_written_back() {
    for (day, at, code) in [
        ("01MAR2026", "20260301100500", ""),
        ("29FEB2024", "19991231235959", ""),
        ("29FEB2026", "20260301100500", "LG-S009"),
        ("01MAR2026", "20260301100560", "LG-S009"),
        ("01MAR2026", "20260301250500", "LG-S009"),
        ("01MAR2026", "2026-03-01T10:05:00Z", "LG-S009"),
        ("01mar2026", "20260301100500", "LG-S009"),
        ("01MAR2026", " 20260301100500", "LG-S009"),
        ("01MAR2026", "16770301100500", "LG-S009"),
        ("", "20260301100500", "LG-S009"),
    ] {
        for (pair, object) in [(&*XML, xml(day, at)), (&*JSON, json(day, at))] {
            let (reasons, read) = agreed(pair, object.as_bytes());
            assert_eq!(
                reasons.first().map_or("", |reason| reason.split(' ').next().unwrap()),
                code,
                "{object} {reasons:?}"
            );
            if code.is_empty() {
                assert!(read.canonical, "{object}");
                let said = shown(pair, &read, object.as_bytes(), "at");
                assert_eq!(said.replace(['-', ':', 'T', 'Z'], ""), at);
            }
        }
    }
}

#[test]
fn whatever_is_changed_both_readers_say_the_same() {
    for (pair, object) in [
        (&*XML, xml("01MAR2026", "20260301100500")),
        (&*JSON, json("01MAR2026", "20260301100500")),
        (&*JSON, "{\"at\": \"2026030110050\\u0030\",\"day\":\"01MAR2026\"}".to_owned()),
        (&*XML, "<track day='01MAR2026'><at>2026030110&#48;500</at></track>".to_owned()),
    ] {
        let mut random = Random(object.len() as u64);
        for _ in 0..400 {
            let mut changed = object.clone().into_bytes();
            let at = random.below(changed.len());
            changed[at] = b"0123459Z\"<&J\\ "[random.below(14)];
            agreed(pair, &changed);
        }
    }
}
