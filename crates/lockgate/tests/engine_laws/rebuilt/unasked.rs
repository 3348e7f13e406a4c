//! Laws about lanes that lead up and ask nobody: what was built anew leaves where nothing at all stands against it.

use super::*;

const LANE: &str = "lanes/cot-up.kdl";
const END: &str = "        precedence ROUTINE\n    }\n}";

/// The lane up, with a slow path that says this of what may leave.
fn up(release: &str, more: &[Edit<'_>]) -> Gate {
    let slow = format!(
        "        precedence ROUTINE\n    }}\n    slow {{\n        accept pdf png\n        {release}\n        \
         unlabelled assign authority=\"invented\" until=\"2035-12-31\" {{\n            label level=\"UNCLASSIFIED\" {{\n                \
         category \"Releasable To\" \"SVN\"\n            }}\n        }}\n        \
         review people=1 lease=\"15m\" {{\n            answers \"LG-D\"\n        }}\n    }}\n}}"
    );
    let edits: [Edit<'_>; 2] = [
        (LANE, END, &slow),
        (LANE, "by=interface ceiling=\"RESTRICTED\"", "by=interface ceiling=\"UNCLASSIFIED\""),
    ];
    Gate::new("cot-up", &edits.iter().chain(more).copied().collect::<Vec<_>>())
}

static UNASKED: LazyLock<Gate> = LazyLock::new(|| up("release rebuilt-unasked", &[]));

fn judged(gate: &Gate, seen: Seen) -> (Option<Vec<u8>>, Value) {
    let mut worker = Told(Looked::Through(seen));
    told(&judge_attested(frame(gate), &gate.policy, now(), Box::default(), &mut worker, &[]))
}

#[test]
fn what_was_built_anew_leaves_where_nothing_stands_against_it() {
    for seen in [usual(), finding(&NOTE), saying("rain and wind")] {
        let (released, account) = judged(&UNASKED, seen.clone());
        assert_eq!(released.as_deref(), Some(ANEW), "{account}");
        assert_eq!((&account["unasked"], &account["verdict"]), (&Value::from(true), &Value::from("release")));
        assert_eq!(account["released_sha256"], Digest::of(ANEW).to_string());
        assert_eq!(account["rebuilt_sha256"], account["released_sha256"]);
        assert_eq!(account["sha256"], Digest::of(OBJECT).to_string(), "the object itself does not leave");
        assert!(codes(&account).is_empty() && account.get("approvals").is_none(), "{account}");
        assert_eq!(account["label"]["level"], "UNCLASSIFIED");
        // What people are shown of it names nothing as released that is not built anew yet.
        let foreseen = prospect(&UNASKED, &Looked::Through(seen));
        assert_eq!(foreseen.output(), Some((Digest::of(ANEW), ANEW)));
        let shown: Value = serde_json::from_str(foreseen.account()).unwrap();
        assert!(shown["released_sha256"].is_null(), "{shown}");
    }
}

#[test]
fn anything_that_stands_against_it_is_for_people() {
    let cases = [
        ("a disclosure", finding(&DISCLOSED), "LG-D012"),
        ("something hidden", finding(&HIDDEN), "LG-D011"),
        ("an attack", finding(&ATTACKING), "LG-D010"),
        ("not searched", finding(&UNREAD), "LG-D017"),
        ("a marking", saying("MISSION UNCLASSIFIED"), "LG-D016"),
        ("a marking above", saying("MISSION SECRET"), "LG-D019"),
        ("another form", Seen { form: Some("gif"), ..usual() }, "LG-D009"),
        ("not walked", Seen { walked: false, ..usual() }, "LG-D013"),
        ("nothing built anew", Seen { rebuilt: None, ..usual() }, "LG-D014"),
        ("pictures unread", Seen { unread: true, ..usual() }, "LG-D020"),
    ];
    for (what, seen, code) in cases {
        let (released, account) = judged(&UNASKED, seen);
        assert!(released.is_none(), "{what}: {account}");
        assert!(codes(&account).contains(&code), "{what}: {account}");
        assert!(codes(&account).contains(&"LG-D014"), "{what}: people decide: {account}");
        assert!(account.get("unasked").is_none(), "{what}: {account}");
    }
    let mut worker = Told(Looked::Failed(deep::WORKER_CRASHED));
    let frame = frame(&UNASKED);
    let (released, account) =
        told(&judge_attested(frame, &UNASKED.policy, now(), Box::default(), &mut worker, &[]));
    assert!(released.is_none() && codes(&account) == ["LG-D002"], "{account}");
}

#[test]
fn a_lane_that_does_not_say_so_asks_people() {
    let cases: [(&str, &[Edit<'_>], &[&str]); 3] = [
        ("release rebuilt", &[], &["LG-D014"]),
        // The label has come to its end.
        ("release rebuilt-unasked", &[(LANE, "2035-12-31", "2026-02-01")], &["LG-M0"]),
        ("release rebuilt-unasked", &[(LANE, "traffic operation", "traffic exercise")], &["LG-A0"]),
    ];
    for (release, more, expected) in cases {
        let (released, account) = judged(&up(release, more), usual());
        assert!(released.is_none() && account["verdict"] != "release", "{account}");
        let codes = codes(&account);
        assert!(
            expected.iter().all(|code| codes.iter().any(|known| known.starts_with(code))),
            "{release}: {codes:?}"
        );
    }
}
