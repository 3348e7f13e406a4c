//! What stands in a report with ISM attributes: each portion is asked by the communities of the bundle, each element held
//! against the one around it, and what is released to its owners alone needs nobody's consent (docs/decisions/0068).

use crate::event::now;
use crate::gate::{Edit, Gate, Seen};
use crate::review;
use lockgate::pipeline::look_ahead;
use lockgate_attest::{ReviewStep, ReviewTerms};
use lockgate_bytes::Frame;
use lockgate_core::{Unopened, VerdictKind, admit};
use lockgate_reason::{Code, hold};
use std::path::Path;

const ALL: [&str; 2] = ["USA AUT HRV HUN SVK SVN", "USA, AUT, HRV, HUN, SVK, SVN"];

/// The report that is released as it is, with other readers in each of its lists.
fn report(readers: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/us-report-demo/release-rel-to/input.xml");
    let report = std::fs::read_to_string(path).unwrap();
    report.replace(ALL[0], readers).replace(ALL[1], &readers.replace(' ', ", "))
}

/// A lane whose destination these nations read.
fn gate(readers: &str, more: &[Edit<'_>]) -> Gate {
    let quoted: Vec<String> = readers.split(' ').map(|nation| format!("\"{nation}\"")).collect();
    let (quoted, parties) =
        (format!("readers {}", quoted.join(" ")), format!("parties {} \"USA\"", quoted.join(" ")));
    let mut edits: Vec<Edit<'_>> = vec![
        ("domains/partner-net.kdl", "readers \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\"", &quoted),
        ("agreements/us-reports.kdl", "parties \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\" \"USA\"", &parties),
    ];
    edits.extend_from_slice(more);
    Gate::new("us-reports-down", &edits)
}

fn judge(gate: &Gate, object: &str) -> Seen {
    gate.judge(object.as_bytes(), now())
}

/// The register takes FVEY apart by its table; the bundle says since when GBR belongs to it (rule 20).
#[test]
fn each_portion_is_asked_by_the_communities_of_the_bundle() {
    let whole = report("USA GBR")
        .replace(
            "number=\"2\" ism:classification=\"U\" ism:ownerProducer=\"USA\"",
            "number=\"2\" ism:classification=\"U\" ism:ownerProducer=\"USA\" ism:disseminationControls=\"REL\" ism:releasableTo=\"USA GBR\"",
        )
        .replace("<text>(U)", "<text>(U//REL TO USA, GBR)");
    let (head, portion) = whole.split_once("<paragraph number=\"1\"").unwrap();
    let (portion, rest) = portion.split_once("</paragraph>").unwrap();
    let portion = portion.replace("USA GBR", "USA FVEY").replace("USA, GBR", "USA, FVEY");
    let object = [head, "<paragraph number=\"1\"", &portion, "</paragraph>", rest].concat();
    let by_table = judge(&gate("GBR", &[]), &object);
    assert_eq!((by_table.verdict, by_table.codes), (VerdictKind::Release, Vec::new()), "{:?}", by_table.says);
    let (line, later) = later();
    let seen = judge(&gate("GBR", &[("communities/FVEY.kdl", &line, &later)]), &object);
    assert_eq!((seen.verdict, &seen.codes[..]), (VerdictKind::Refuse, &["LG-A011", "LG-A011"][..]));
    assert!(seen.says.iter().all(|says| says.starts_with("GBR may read")), "{:?}", seen.says);
    assert!(seen.line.contains("report.paragraph[0].classification"), "{}", seen.line);
    assert!(seen.line.contains("report.paragraph[0].text"), "{}", seen.line);
    let label = "MISSION CONFIDENTIAL Releasable To GBR, USA";
    assert_eq!(seen.label.as_deref(), Some(label), "what the table makes of the portions");
}

/// A lane whose held objects two people of GBR may decide about, who read the domain that they come from.
fn reviewed(more: &[Edit<'_>]) -> Gate {
    let people = ["m-novak", "t-horvat"].map(|name| {
        let key = review::secret(review::number(name)).public().text();
        let text = format!(
            "reviewer \"{name}\" {{\n    nationality \"GBR\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    lanes \"us-reports-down\"\n    \
             role senior\n    key ed25519=\"{key}\"\n    valid from=\"2026-01-01\" until=\"2035-12-31\"\n}}\n"
        );
        (format!("reviewers/{name}.kdl"), text)
    });
    let slow = "    slow {\n        accept pdf\n        release rebuilt\n        category \"intelligence-report\"\n        \
                unlabelled hold\n        review people=2 lease=\"15m\" {\n            answers \"LG-W\"\n        }\n    }\n    rule ";
    let mut edits: Vec<Edit<'_>> =
        people.iter().map(|(path, text)| (path.as_str(), "", text.as_str())).collect();
    edits.push(("lanes/us-reports-down.kdl", "    rule ", slow));
    edits.push(("domains/usa-national.kdl", "readers \"USA\"", "readers \"GBR\" \"USA\""));
    edits.extend_from_slice(more);
    gate("AUS", &edits)
}

/// What is said of an approval by somebody of GBR; the object is held for a word.
fn approved(gate: &Gate, object: &str) -> Result<(), Code> {
    let frame = Frame {
        bytes: object.as_bytes().to_vec(),
        source: gate.source.clone(),
        arrival: now(),
        sidecar: None,
    };
    let prospect = look_ahead(frame, &gate.policy, now(), Box::default(), &mut Unopened);
    let terms = ReviewTerms {
        lane: "us-reports-down".to_owned(),
        destination: "partner-net".to_owned(),
        bundle: gate.policy.bundle(),
        ..review::terms(&prospect, "t-horvat", ReviewStep::Approve, 9)
    };
    let claimed = [review::before(ReviewStep::Claim, "t-horvat", 1)];
    admit(&review::sign(terms), &prospect, review::ENTRY, &claimed, &gate.policy, now())
        .map(|_| ())
        .map_err(|(code, _)| code)
}

/// Who decides about an object sees all of it: each portion is asked of them too, by the communities of the bundle.
#[test]
fn who_may_not_read_a_portion_decides_nothing_about_the_whole() {
    let whole = report("USA AUS GBR")
        .replace(
            "number=\"2\" ism:classification=\"U\" ism:ownerProducer=\"USA\"",
            "number=\"2\" ism:classification=\"U\" ism:ownerProducer=\"USA\" ism:disseminationControls=\"REL\" ism:releasableTo=\"USA AUS GBR\"",
        )
        .replace("<text>(U)", "<text>(U//REL TO USA, AUS, GBR)")
        .replace("Twelve vehicles", "Blue heron: twelve vehicles");
    let (head, portion) = whole.split_once("<paragraph number=\"1\"").unwrap();
    let (portion, rest) = portion.split_once("</paragraph>").unwrap();
    let portion = portion.replace("USA AUS GBR", "USA FVEY").replace("USA, AUS, GBR", "USA, FVEY");
    let object = [head, "<paragraph number=\"1\"", &portion, "</paragraph>", rest].concat();
    let by_table = reviewed(&[]);
    let seen = judge(&by_table, &object);
    assert_eq!((seen.verdict, &seen.codes[..]), (VerdictKind::Hold, &["LG-W001"][..]), "{:?}", seen.says);
    assert_eq!(seen.label.as_deref(), Some("MISSION CONFIDENTIAL Releasable To AUS, GBR, USA"));
    assert_eq!(approved(&by_table, &object), Ok(()));
    let (line, later) = later();
    let dated = reviewed(&[("communities/FVEY.kdl", &line, &later)]);
    let again = judge(&dated, &object);
    assert_eq!((again.verdict, again.codes), (seen.verdict, seen.codes), "the destination is AUS");
    assert_eq!(approved(&dated, &object), Err(hold::CLEARANCE_NOT_ENOUGH));
    assert_eq!(approved(&dated, &whole), Ok(()), "each portion names GBR");
}

/// GBR joins FVEY on the day after [`now`].
fn later() -> (String, String) {
    let dated = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/communities/FVEY.kdl"),
    )
    .unwrap();
    let line = dated.lines().find(|line| line.contains("\"GBR\"")).unwrap().to_owned();
    let later = format!("{}\n    member \"GBR\" from=\"2026-03-02\"", line.replace(" \"GBR\"", ""));
    (line, later)
}

/// An element inside another one that it is above, though the whole covers both.
#[test]
fn an_element_above_the_one_around_it_is_held_with_both_places() {
    let text = "            element text text min=1 max=4000 charset=multiline role=marking.portion";
    let attributes = "                attribute classification text as=\"ism:classification\" max=4 role=marking.ism\n                \
         attribute owner_producer text as=\"ism:ownerProducer\" max=64 role=marking.ism\n                \
         attribute dissemination_controls text as=\"ism:disseminationControls\" max=128 optional=#true role=marking.ism\n                \
         attribute releasable_to text as=\"ism:releasableTo\" max=512 optional=#true role=marking.ism\n";
    let note = format!(
        "{text}\n            element note optional=#true {{\n{attributes}                content words min=1 max=99\n            }}"
    );
    let note = note.replace("content words min=1", "content words text min=1");
    let gate = Gate::new("us-reports-down", &[("types/us-report-demo/type.kdl", text, &note)]);
    let with = |paragraph: &str, level: &str, controls: &str| {
        let object = report(ALL[0]);
        let mark = if paragraph == "1" { "Twelve vehicles crossed.</text>" } else { "to all.</text>" };
        assert!(object.contains(mark), "{mark}");
        let note = format!(
            "{mark}<note ism:classification=\"{level}\" ism:ownerProducer=\"USA\"{controls}>n</note>"
        );
        judge(&gate, &object.replacen(mark, &note, 1))
    };
    let list = format!(" ism:disseminationControls=\"REL\" ism:releasableTo=\"{}\"", ALL[0]);
    for (paragraph, level, controls) in [("1", "C", list.as_str()), ("1", "U", ""), ("2", "U", "")] {
        let seen = with(paragraph, level, controls);
        assert_eq!(
            (seen.verdict, seen.codes),
            (VerdictKind::Release, Vec::new()),
            "{paragraph} {level} {:?}",
            seen.says
        );
    }
    let seen = with("2", "C", &list);
    assert_eq!((seen.verdict, &seen.codes[..]), (VerdictKind::Hold, &["LG-M021"][..]), "{:?}", seen.says);
    for place in ["report.paragraph[1].classification", "report.paragraph[1].note.classification"] {
        assert!(seen.says[0].contains(place), "{:?}", seen.says);
    }
    let above = with("1", "S", &list);
    assert!(above.codes.contains(&"LG-M066") && above.codes.contains(&"LG-M021"), "{:?}", above.codes);
}

/// JOINT information whose release list is its owners; with anybody else in it, they all have to consent.
#[test]
fn what_is_released_to_its_owners_alone_needs_no_consent() {
    let of = |readers: &str| {
        let list = readers.replace(' ', ", ");
        report(readers)
            .replace(
                "ism:classification=\"U\" ism:ownerProducer=\"USA\"",
                &format!(
                    "ism:classification=\"U\" ism:ownerProducer=\"USA\" ism:disseminationControls=\"REL\" ism:releasableTo=\"{readers}\""
                ),
            )
            .replace("ism:ownerProducer=\"USA\"", "ism:ownerProducer=\"AUT USA\" ism:joint=\"true\"")
            .replace("<banner>CONFIDENTIAL", "<banner>//JOINT CONFIDENTIAL AUT USA")
            .replace("<text>(C//", "<text>(//JOINT C AUT USA//")
            .replace("<text>(U)", &format!("<text>(//JOINT U AUT USA//REL TO {list})"))
    };
    let gate = gate("AUT", &[]);
    let seen = judge(&gate, &of("USA AUT"));
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Release, Vec::new()), "{:?}", seen.says);
    assert_eq!(seen.label.as_deref(), Some("MISSION CONFIDENTIAL Releasable To AUT, USA"));
    let more = judge(&gate, &of("USA AUT HRV"));
    assert_eq!((more.verdict, more.label), (VerdictKind::Hold, None));
    assert!(more.codes.iter().all(|code| *code == "LG-M020"), "{:?}", more.codes);
}
