//! What a lane decides about published messages of others: each is a fixture of a type that describes it, with all of its
//! reasons, judged as one of tier 1.

use crate::common::{Project, run};
use serde_json::Value;
use std::io::Write as _;

/// How the words of the report claim a label.
const PROFILE: &str = r#"profile "opreps-nato" policy="NATO" {
    carrier marking.native {
        value "NATO UNCLASSIFIED" level="UNCLASSIFIED" {
            category "Context" "NATO"
        }
        value "NATO RESTRICTED" level="RESTRICTED" {
            category "Context" "NATO"
        }
        value "NATO SECRET" level="SECRET" {
            category "Context" "NATO"
        }
    }
    carrier marking.policy {
        value "NATO" {
            category "Context" "NATO"
        }
    }
    carrier marking.level {
        value "UNCLASSIFIED" level="UNCLASSIFIED"
        value "RESTRICTED" level="RESTRICTED"
        value "SECRET" level="SECRET"
    }
}
"#;

const AGREEMENT: &str = r#"agreement "exercise" demonstration=#true {
    giver "SVN"
    parties "HRV" "HUN" "SVK" "SVN"
    covers "intelligence-report"
    ceiling policy="NATO" level="RESTRICTED"
    valid from="2023-01-01" until="2035-12-31"
    authority "invented"
}
"#;

/// The two networks, the policy and the agreement of a lane.
const NATO: &str = "from domain=\"isr-net\"\n    to domain=\"nato-isr-net\"\n    policy \"NATO\"\n    agreement \"exercise\"";
const MISSION: &str = "from domain=\"svn-national\"\n    to domain=\"rsocc-net\"\n    policy \"MISSION\"\n    agreement \"rsocc\"";

/// A lane for one type.
fn lane(name: &str, kind: &str, (between, traffic): (&str, &str), terms: &str) -> String {
    format!(
        r#"lane "{name}" {{
    {between}
    direction down
    traffic {traffic}
    unlabelled hold
    words "codewords" hit=hold
    words "caveats" hit=hold
    source "messages" by=interface ceiling="SECRET" precedence=PRIORITY rate="500kbit/s" {{
        types "{kind}"
    }}
    type "{kind}" version="1" {{
{terms}
        precedence ROUTINE
    }}
}}
"#
    )
}

/// A project with a type of the tests of the type language, in this category, and the agreement.
fn project(kind: &str, text: &str, category: &str) -> Project {
    let project = Project::new();
    let place = "    record ";
    assert!(text.contains(place));
    project.write(
        &format!("rules/types/{kind}/type.kdl"),
        text.replacen(place, &format!("    category \"{category}\"\n{place}"), 1),
    );
    project.write("rules/agreements/exercise.kdl", AGREEMENT);
    project
}

/// A fixture: its object, and what is expected of it.
fn fixture(project: &Project, kind: &str, name: &str, object: &str, verdict: &str, lane: &str, body: &str) {
    let folder = format!("fixtures/{kind}/{name}");
    project.write(&format!("{folder}/input.txt"), object);
    project.write(&format!("{folder}/NOTE.md"), "Made of a published sample while the test runs.\n");
    // The hour of the report; a set has none, and its agreement is younger.
    let now = if kind == "opreps" { "2023-09-15T12:30:00Z" } else { "2026-03-01T10:05:00Z" };
    let text = format!("expect {verdict} {{\n    lane \"{lane}\"\n    now \"{now}\"\n{body}}}\n");
    project.write(&format!("{folder}/expect.kdl"), text);
}

/// All fixtures of the type hold: verdict, every reason, and what is released.
fn hold(project: &Project, kind: &str, fixtures: usize) {
    let ran = run(&["check", "--rules", &project.text("rules"), "--json", kind]);
    let lines = ran.lines();
    let judged: Vec<&Value> = lines.iter().filter(|line| line["fixture"].is_string()).collect();
    assert_eq!(judged.len(), fixtures, "{}", ran.out);
    let end = lines.last().unwrap();
    assert_eq!((&end["kind"], &end["failed"]), (&"end".into(), &0.into()), "{}", ran.out);
}

fn sample(file: &str) -> Option<String> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    let path = std::path::PathBuf::from(root).join("formats/mtf").join(file);
    Some(std::fs::read_to_string(path).unwrap())
}

/// A published report of an exercise at sea, the one that has a policy and a level in MSGID and a line above it. It leaves on a
/// lane for exercises as it came, and on no other; what its two places say has to agree.
#[test]
fn a_published_report_crosses_where_its_line_and_its_fields_let_it() {
    let Some(report) = sample("opreps-nmw-repmus-skeleton.txt") else { return };
    let text = include_str!("../../../lockgate-schema/tests/schema/opreps.kdl");
    let project = project("opreps", text, "intelligence-report");
    project.write("rules/profiles/opreps-nato.kdl", PROFILE);
    let terms = "        marking \"opreps-nato\"\n        validity max=\"6h\" skew=\"5m\"";
    for (name, traffic) in [("opreps-exercise", "exercise"), ("opreps-operation", "operation")] {
        project.write(&format!("rules/lanes/{name}.kdl"), lane(name, "opreps", (NATO, traffic), terms));
    }
    let line = "NATO UNCLASSIFIED\n\n";
    let fields = "NATO/UNCLASSIFIED//";
    let cases: [(&str, String, &str, &str, &str); 9] = [
        ("release-report", report.clone(), "release", "opreps-exercise", "released verbatim\n"),
        (
            "refuse-exercise",
            report.clone(),
            "refuse",
            "opreps-operation",
            "reason \"LG-A016\" field=\"opreps.exer.exercise\"\n",
        ),
        (
            "hold-line-above-fields",
            report.replace(line, "NATO RESTRICTED\n\n"),
            "hold",
            "opreps-exercise",
            "reason \"LG-M021\" field=\"opreps.class\"\n",
        ),
        (
            "refuse-line-below-fields",
            report.replace(fields, "NATO/RESTRICTED//"),
            "refuse",
            "opreps-exercise",
            "reason \"LG-M067\" field=\"opreps.class\"\n",
        ),
        (
            "refuse-secret",
            report.replace(line, "NATO SECRET\n\n").replace(fields, "NATO/SECRET//"),
            "refuse",
            "opreps-exercise",
            "reason \"LG-A008\" rule=\"exercise\" field=\"opreps.msgid.policy\"\n    reason \"LG-A010\" field=\"opreps.msgid.policy\"\n",
        ),
        (
            "refuse-other-policy",
            report.replace(fields, "GBR/UNCLASSIFIED//"),
            "refuse",
            "opreps-exercise",
            "reason \"LG-M002\" field=\"opreps.msgid.policy\"\n",
        ),
        (
            "refuse-without-line",
            report.replace(line, ""),
            "refuse",
            "opreps-exercise",
            // The next set is no such line, and what follows it has no place.
            "reason \"LG-S012\" field=\"opreps.class\"\n    reason \"LG-S026\" field=\"opreps\"\n",
        ),
        (
            "refuse-old",
            report.replace("R 151200ZSEP23", "R 150600ZSEP23"),
            "refuse",
            "opreps-exercise",
            "reason \"LG-A017\" field=\"opreps.sent\"\n",
        ),
        (
            "refuse-unknown-set",
            report.replace("HEADING/MCM//", "HEADING/MCM//\nNARR/SEE ANNEX//"),
            "refuse",
            "opreps-exercise",
            "reason \"LG-S026\" field=\"opreps\"\n",
        ),
    ];
    let count = cases.len();
    for (name, object, verdict, lane, body) in cases {
        assert!(
            name.ends_with("report") || name == "refuse-exercise" || object != report,
            "{name} changes nothing"
        );
        fixture(&project, "opreps", name, &object, verdict, lane, &format!("    {body}"));
    }
    hold(&project, "opreps", count);
}

/// What a lane says of each published set that is wrong, by its place in the file.
const WRONG: [(usize, &[&str]); 2] = [
    // The other published layout of AMSNDAT.
    (
        6,
        &[
            "LG-S006 sample.amsndat.service",
            "LG-S006 sample.amsndat.mission",
            "LG-S009 sample.amsndat.from",
            "LG-S009 sample.amsndat.to",
            "LG-S024 sample.amsndat",
        ],
    ),
    // 82 minutes.
    (14, &["LG-S009 sample.polygon.point[2].latm"]),
];
/// The one that says nothing in its last field, and leaves without it; all others leave as they came.
const SHORTER: (usize, &str) = (19, "UNITM/-/DGG/KPH//");

#[test]
fn published_sets_cross_one_by_one_and_what_is_wrong_is_refused_for_it() {
    let Some(sets) = sample("set-lines.txt") else { return };
    let text = include_str!("../../../lockgate-schema/tests/schema/setlines.kdl");
    let project = project("setlines", text, "point-of-interest");
    let terms = "        unlabelled assign authority=\"invented\" until=\"2035-12-31\" {\n            label level=\"RESTRICTED\" {\n                category \"Releasable To\" \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\"\n            }\n        }";
    project.write(
        "rules/lanes/setlines-down.kdl",
        lane("setlines-down", "setlines", (MISSION, "operation"), terms),
    );
    let lines: Vec<&str> = sets.lines().filter(|line| !line.is_empty()).collect();
    for (at, line) in lines.iter().enumerate() {
        let object = format!("SAMPLE/SET//\n{line}\n");
        let name = format!("set-{at:02}");
        let (verdict, body) = match WRONG.iter().find(|(wrong, _)| *wrong == at) {
            Some((_, reasons)) => {
                let line = |reason: &&str| {
                    let (code, field) = reason.split_once(' ').unwrap();
                    format!("    reason \"{code}\" field=\"{field}\"\n")
                };
                ("refuse", reasons.iter().map(line).collect())
            }
            None if at == SHORTER.0 => {
                let left = format!("SAMPLE/SET//\n{}\n", SHORTER.1);
                project.write(&format!("fixtures/setlines/release-{name}/output.txt"), left);
                ("release", "    released file=\"output.txt\"\n".to_owned())
            }
            None => ("release", "    released verbatim\n".to_owned()),
        };
        fixture(&project, "setlines", &format!("{verdict}-{name}"), &object, verdict, "setlines-down", &body);
    }
    assert_eq!(lines.len(), 21);
    hold(&project, "setlines", lines.len());
}
