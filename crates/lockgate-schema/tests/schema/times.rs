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

/// A type whose fields say what `fields` has; its objects are made by `object`.
fn kinds(encoding: &str, part: &str) -> Pair {
    let limits = if encoding == "json" { "members=8" } else { "" };
    let (known, encoding) = match encoding {
        "json" => ("identify member=\"at\"", "json"),
        _ => ("identify element=\"track\"", "xml namespace=\"\""),
    };
    let text = format!(
        "type \"track\" version=\"1\" tier=3 {{\n title \"x\"\n source \"test\"\n encoding {encoding}\n \
         limits size=\"1KiB\" depth=2 {limits}\n {known}\n record track {{\n \
         {part} at time epoch=s digits=3 role=time.observed\n {part} clock time-of-day form=\"HH:MM:SS.ss\" optional=#true\n \
         {part} ms time epoch=ms optional=#true\n {part} seconds time-of-day digits=2 unit=s optional=#true\n \
         {part} us time epoch=us optional=#true\n }}\n}}\n"
    );
    pair(encoding, text.as_bytes())
}

static NUMBERS: LazyLock<[Pair; 2]> = LazyLock::new(|| [kinds("xml", "attribute"), kinds("json", "member")]);

/// The object with these parts, each with its value: in XML, and in JSON.
fn objects(parts: &[(&str, &str)]) -> [String; 2] {
    let bare = |name: &str| name != "clock";
    let xml = parts.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect::<String>();
    let json = parts.iter().map(|(name, value)| match bare(name) {
        true => format!("\"{name}\":{value}"),
        false => format!("\"{name}\":\"{value}\""),
    });
    let json: Vec<String> = json.collect();
    [format!("<track{xml}/>"), format!("{{{}}}", json.join(","))]
}

#[test]
fn numbers_of_seconds_are_times() {
    for (name, value, says) in [
        ("at", "1772359500", "2026-03-01T10:05:00Z"),
        ("at", "1772359500.125", "2026-03-01T10:05:00.125Z"),
        ("at", "0", "1970-01-01T00:00:00Z"),
        ("at", "-0.5", "1969-12-31T23:59:59.5Z"),
        ("at", "1772359500.1255", "LG-S010"),
        ("at", "9223372036", "LG-S010"),
        ("at", "99999999999999999", "LG-S010"),
        ("ms", "1772359500125", "2026-03-01T10:05:00.125Z"),
        ("ms", "1772359500125.5", "LG-S010"),
        ("us", "1772359500125001", "2026-03-01T10:05:00.125001Z"),
        ("seconds", "36300.25", "36300.25"),
        ("seconds", "86399.99", "86399.99"),
        ("seconds", "86400", "LG-S010"),
        ("seconds", "-1", "LG-S010"),
        ("seconds", "1.125", "LG-S010"),
        ("clock", "10:05:00.25", "36300.25"),
        ("clock", "23:59:60.00", "LG-S009"),
        ("clock", "10:05:00", "LG-S009"),
    ] {
        let parts = match name {
            "at" => vec![("at", value)],
            _ => vec![("at", "0"), (name, value)],
        };
        for (pair, object) in NUMBERS.iter().zip(objects(&parts)) {
            let (reasons, read) = agreed(pair, object.as_bytes());
            if says.starts_with("LG-") {
                let code = reasons.first().map(|reason| reason.split(' ').next().unwrap());
                assert_eq!(code, Some(says), "{object} {reasons:?}");
            } else {
                assert_eq!(reasons, Vec::<String>::new(), "{object}");
                assert!(read.canonical, "{object}");
                assert_eq!(shown(pair, &read, object.as_bytes(), name), says, "{object}");
            }
        }
    }
}

/// A number that is written otherwise says the same, and is not canonical; a text is none.
#[test]
fn numbers_have_one_form() {
    for (pair, object, code) in [
        (0, "<track at=\"+1772359500\"/>", ""),
        (0, "<track at=\"1772359500.0\"/>", ""),
        (1, "{\"at\":1.7723595e9}", ""),
        (1, "{\"at\":1772359500.10}", ""),
        (1, "{\"at\":\"1772359500\"}", "LG-S009"),
        (1, "{\"at\":true}", "LG-S009"),
        (1, "{\"at\":0,\"clock\":36300}", "LG-S009"),
        (1, "{\"at\":0,\"seconds\":\"36300\"}", "LG-S009"),
    ] {
        let (reasons, read) = agreed(&NUMBERS[pair], object.as_bytes());
        assert_eq!(reasons.first().map_or("", |reason| reason.split(' ').next().unwrap()), code, "{object}");
        assert!(!read.canonical, "{object}");
    }
}

#[test]
fn changed_numbers_are_read_alike() {
    let parts = [
        ("at", "1772359500.125"),
        ("clock", "10:05:00.25"),
        ("ms", "1772359500125"),
        ("seconds", "36300.25"),
        ("us", "1772359500125001"),
    ];
    for (pair, object) in NUMBERS.iter().zip(objects(&parts)) {
        assert!(agreed(pair, object.as_bytes()).1.canonical, "{object}");
        let (mut random, mut accepted) = (Random(7), 0);
        for _ in 0..3_000 {
            let mut changed = object.clone().into_bytes();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                let sign = b"0123456789.-+eE\": "[random.below(18)];
                match random.below(3) {
                    0 => changed.insert(at, sign),
                    1 => drop(changed.remove(at)),
                    _ => changed[at] = sign,
                }
            }
            accepted += usize::from(agreed(pair, &changed).0.is_empty());
        }
        assert!(accepted > 300, "{accepted}");
    }
}
