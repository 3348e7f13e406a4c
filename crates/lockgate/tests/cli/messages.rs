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
    covers "intelligence-report" "point-of-interest"
    ceiling policy="NATO" level="RESTRICTED"
    valid from="2023-01-01" until="2035-12-31"
    authority "invented"
}
"#;

/// A lane for one type.
fn lane(name: &str, kind: &str, traffic: &str, terms: &str) -> String {
    format!(
        r#"lane "{name}" {{
    from domain="isr-net"
    to domain="nato-isr-net"
    direction down
    policy "NATO"
    agreement "exercise"
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
    let text =
        format!("expect {verdict} {{\n    lane \"{lane}\"\n    now \"2023-09-15T12:30:00Z\"\n{body}}}\n");
    project.write(&format!("{folder}/expect.kdl"), text);
}

/// All fixtures of the type hold: verdict, every reason, and that what is released is as it came.
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
        project.write(&format!("rules/lanes/{name}.kdl"), lane(name, "opreps", traffic, terms));
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
            "reason \"LG-S009\" field=\"opreps.class\"\n",
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
            "reason \"LG-S004\" field=\"opreps\"\n",
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

/// What a lane says of each published set that is wrong, by its place in the file; all others are well-formed and leave.
const WRONG: [(usize, &str); 2] = [
    // The other published layout of AMSNDAT.
    (6, "reason \"LG-S006\" field=\"sample.amsndat.service\"\n"),
    // 82 minutes.
    (14, "reason \"LG-S009\" field=\"sample.polygon.point[2].latm\"\n"),
];

#[test]
fn published_sets_cross_one_by_one_and_what_is_wrong_is_refused_for_it() {
    let Some(sets) = sample("set-lines.txt") else { return };
    let text = include_str!("../../../lockgate-schema/tests/schema/setlines.kdl");
    let project = project("setlines", text, "point-of-interest");
    let terms = "        unlabelled assign authority=\"invented\" until=\"2035-12-31\" {\n            label level=\"RESTRICTED\" {\n                category \"Context\" \"NATO\"\n            }\n        }";
    project.write("rules/lanes/setlines-down.kdl", lane("setlines-down", "setlines", "operation", terms));
    let lines: Vec<&str> = sets.lines().filter(|line| !line.is_empty()).collect();
    for (at, line) in lines.iter().enumerate() {
        let object = format!("SAMPLE/SET//\n{line}\n");
        let wrong = WRONG.iter().find(|(wrong, _)| *wrong == at);
        let (verdict, body) =
            wrong.map_or(("release", "released verbatim\n"), |(_, reason)| ("refuse", reason));
        fixture(
            &project,
            "setlines",
            &format!("{verdict}-set-{at:02}"),
            &object,
            verdict,
            "setlines-down",
            &format!("    {body}"),
        );
    }
    assert_eq!(lines.len(), 21);
    hold(&project, "setlines", lines.len());
}
