//! Labels bound to objects: `label check` on a bound object, and `inspect` of an object with a sidecar beside it.

use crate::common::{NOW, Project, path, run};
use serde_json::Value;

/// Signed by xmlsec; see `oracles/xml-signature`.
const SIGNED: &str = include_str!("../../../lockgate-binding/tests/vectors/signed.jsonl");
const YES: Value = Value::Bool(true);
const NO: Value = Value::Bool(false);

/// The object, its sidecar and the key of the vector `name`.
fn vector(name: &str) -> (String, String, String) {
    let cases = SIGNED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let case = cases.into_iter().find(|case| case["name"] == name).unwrap();
    let key: String = case["key"].as_str().unwrap().lines().filter(|line| !line.starts_with('-')).collect();
    let object = case["object"]["text"].as_str().unwrap_or("").to_owned();
    (object, case["binding"].as_str().unwrap().to_owned(), key)
}

/// The sidecar without its signature.
fn unsigned(binding: &str) -> String {
    let start = binding.find("<ds:Signature ").unwrap();
    let end = binding.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    format!("{}{}", binding.get(..start).unwrap(), binding.get(end..).unwrap())
}

/// A project whose lane takes bindings by `terms`, with the track and its sidecar.
fn project(terms: &str, sidecar: &str) -> Project {
    let (object, _, key) = vector("a track that may cross");
    let project = Project::new();
    let signer = format!(
        "signer \"signer\" {{\n    key spki=\"{key}\"\n    originator \"urn:example:aut\"\n    \
         valid from=\"2026-01-01T00:00:00Z\" until=\"2027-01-01T00:00:00Z\"\n}}\n"
    );
    std::fs::create_dir_all(project.path("rules/signers")).unwrap();
    project.write("rules/signers/signer.kdl", signer);
    if !terms.is_empty() {
        let lane = "rules/lanes/cot-down.kdl";
        project.change(lane, "    unlabelled hold", &format!("    bindings {terms}\n    unlabelled hold"));
    }
    std::fs::create_dir_all(project.path("in")).unwrap();
    project.write("in/track.cot", object);
    if !sidecar.is_empty() {
        project.write("in/track.cot.bdo", sidecar);
    }
    project
}

/// What `inspect` says of the folder with the track.
fn inspect(project: &Project) -> Value {
    let lane = project.text("rules/lanes/cot-down.kdl");
    let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane, &project.text("in")]);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let lines = ran.lines();
    assert_eq!(lines.len(), 1, "the sidecar is no object of its own: {lines:?}");
    lines.into_iter().next().unwrap()
}

/// The same for the track with each of these sidecars, in folders of their own: the rules are read once for all.
fn inspect_each<const N: usize>(terms: &str, sidecars: [&str; N]) -> [Value; N] {
    let project = project(terms, "");
    let object = std::fs::read(project.path("in/track.cot")).unwrap();
    std::fs::remove_file(project.path("in/track.cot")).unwrap();
    for (number, sidecar) in sidecars.iter().enumerate() {
        project.write(&format!("in/{number}/track.cot"), &object);
        if !sidecar.is_empty() {
            project.write(&format!("in/{number}/track.cot.bdo"), sidecar);
        }
    }
    let lane = project.text("rules/lanes/cot-down.kdl");
    let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane, &project.text("in")]);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let lines = ran.lines();
    for (number, line) in lines.iter().enumerate() {
        assert!(line["path"].as_str().unwrap().ends_with(&format!("in/{number}/track.cot")), "{line}");
    }
    lines.try_into().expect("a sidecar is no object of its own")
}

fn codes(line: &Value) -> String {
    let reasons = line["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

const BELIEVED: &str = "\"signer\" signature=required";

#[test]
fn a_sidecar_is_a_claim_of_its_own_carrier() {
    let (_, binding, _) = vector("a track that may cross");
    // Without its sidecar the same object has no label; with one and no signer it has one that nobody vouches for.
    let [line, bare] = inspect_each(BELIEVED, [&binding, ""]);
    assert_eq!((&line["verdict"], codes(&line).as_str()), (&"release".into(), ""), "{line}");
    let claims = line["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0]["carrier"], "sidecar");
    assert_eq!(claims[0]["field"], "sidecar.label[0]");
    assert!(claims[0]["label"].as_str().unwrap().starts_with("MISSION RESTRICTED"));
    assert!(claims[0]["span"][0].as_u64() < claims[0]["span"][1].as_u64());
    assert_eq!((&bare["verdict"], codes(&bare).as_str()), (&"hold".into(), "LG-M001"));
    let [signed, plain] = inspect_each("", [&binding, &unsigned(&binding)]);
    assert_eq!((codes(&signed).as_str(), codes(&plain).as_str()), ("LG-M058", ""));
}

/// Rule 47 of the reference on markings, for a sidecar.
#[test]
fn what_a_sidecar_carries_appears_in_no_message() {
    let canary = "CANARY-7F3A";
    let (_, binding, _) = vector("a track that may cross");
    let plain = unsigned(&binding);
    let project = project("", "");
    let track = std::fs::read(project.path("in/track.cot")).unwrap();
    let pieces = [
        "RESTRICTED",
        "Releasable To",
        ">AUT<",
        "PERMISSIVE",
        "track.cot",
        "MISSION",
        "xmlns:s4778",
        "2026-",
    ];
    for (number, piece) in pieces.iter().enumerate() {
        for (kind, text) in [("plain", &plain), ("signed", &binding)] {
            assert!(text.contains(piece), "{piece}");
            let marked =
                text.replacen(piece, &piece.replace(|one: char| one.is_ascii_alphanumeric(), canary), 1);
            project.write(&format!("in/{number}-{kind}/track.cot"), &track);
            project.write(&format!("in/{number}-{kind}/track.cot.bdo"), marked);
        }
    }
    let (lane, folder) = (project.text("rules/lanes/cot-down.kdl"), project.text("in"));
    for form in [&["inspect"][..], &["inspect", "--json"], &["explain"]] {
        let ran = run(&[form, &["--now", NOW, "--lane", &lane, &folder]].concat());
        assert!(!ran.out.contains(canary) && !ran.err.contains(canary), "{ran:?}");
    }
}

#[test]
fn a_sidecar_that_is_not_what_it_should_be_keeps_the_object() {
    let (_, binding, _) = vector("a track that may cross");
    let (lower, other) =
        (binding.replace("RESTRICTED", "UNCLASSIFIED"), binding.replace("track.cot", "other.cot"));
    let plain = unsigned(&binding);
    let believed = inspect_each(BELIEVED, [&plain, &lower, &other, "<no", "<no/>"]);
    let misspelt = [plain.replace("RESTRICTED", "RESTRICTE"), plain.replace("MISSION", "NATION")];
    let nobody = inspect_each("", misspelt.each_ref().map(String::as_str));
    let expected = [
        ("LG-M062", "hold"),
        ("LG-M056", "refuse"),
        ("LG-M053", "refuse"),
        ("LG-M050", "refuse"),
        ("LG-M050", "refuse"),
        ("LG-M005", "refuse"),
        ("LG-M003", "hold"),
    ];
    let lines = believed.into_iter().chain(nobody);
    for (line, (code, verdict)) in lines.zip(expected) {
        let found = codes(&line);
        assert!(found.contains(code), "{code}: {found}");
        assert_eq!(line["verdict"], verdict, "{found}");
        let reason = line["reasons"].as_array().unwrap().iter().find(|one| one["code"] == code).unwrap();
        assert!(reason["field"].as_str().unwrap().starts_with("sidecar"), "{reason}");
    }
    let unreadable = project("", "");
    std::fs::create_dir(unreadable.path("in/track.cot.bdo")).unwrap();
    assert!(codes(&inspect(&unreadable)).contains("LG-M050"));
}

#[test]
fn a_sidecar_and_the_object_disagree_with_both_places() {
    let (_, binding, _) = vector("a track that may cross");
    let project = project("", &unsigned(&binding));
    project.change(
        "in/track.cot",
        " how=",
        " access=\"MISSION UNCLASSIFIED\" releasableTo=\"AUT,HRV,HUN,SVK,SVN\" how=",
    );
    let line = inspect(&project);
    assert_eq!((&line["verdict"], codes(&line).as_str()), (&"hold".into(), "LG-M021"), "{line}");
    let says = line["reasons"][0]["says"].as_str().unwrap();
    assert!(
        says.contains("marking-fields at event.access [") && says.contains("sidecar at sidecar.label[0] ["),
        "{says}"
    );
    assert_eq!(line["label"]["level"], "RESTRICTED", "the stricter one is enforced");
}

/// A successor in the label of a sidecar restricts from its instant on, and lowers nothing.
#[test]
fn a_successor_in_a_sidecar_counts_from_its_instant_on() {
    let (_, binding, _) = vector("a track that may cross");
    let plain = unsigned(&binding);
    let start =
        plain.find("<s4774:ConfidentialityInformation").expect("the label of the vector has this prefix");
    let end = plain.find("</s4774:ConfidentialityInformation>").unwrap()
        + "</s4774:ConfidentialityInformation>".len();
    let information = plain.get(start..end).unwrap().to_owned();
    let closing = "</s4774:originatorConfidentialityLabel>";
    let with = |on: &str, change: &dyn Fn(&str) -> String| {
        let successor = change(&information);
        let handling = format!(
            "<s4774:SuccessionHandling><s4774:SuccessionDateTime>{on}</s4774:SuccessionDateTime>\
             <s4774:SuccessorConfidentialityLabel>{successor}<s4774:CreationDateTime>2026-03-01T10:00:00Z\
             </s4774:CreationDateTime></s4774:SuccessorConfidentialityLabel></s4774:SuccessionHandling>{closing}"
        );
        assert!(plain.contains(closing), "{plain}");
        plain.replace(closing, &handling)
    };
    let narrower = |text: &str| text.replace("<s4774:GenericValue>SVN</s4774:GenericValue>", "");
    assert_ne!(narrower(&information), information);
    let sidecars = [
        with("2026-03-01T10:05:01Z", &narrower),
        with("2026-03-01T10:05:00Z", &narrower),
        with("2026-03-01T10:05:00Z", &|text| text.replace("RESTRICTED", "UNCLASSIFIED")),
        with("2026-03-01T10:05:01Z", &|text| text.replace("RESTRICTED", "SECRET")),
    ];
    let [before, from, lower, higher] = inspect_each("", sidecars.each_ref().map(String::as_str));
    assert_eq!((&before["verdict"], codes(&before).as_str()), (&"release".into(), ""), "{before}");
    assert_eq!((&from["verdict"], codes(&from).as_str()), (&"refuse".into(), "LG-A011"), "{from}");
    assert_eq!(
        (&lower["verdict"], &lower["label"]["level"]),
        (&"release".into(), &"RESTRICTED".into()),
        "{lower}"
    );
    assert_eq!(codes(&higher), "LG-M036", "{higher}");
}

/// An alternative label in a sidecar says the same as the originator's, or the object stays.
#[test]
fn an_alternative_label_in_a_sidecar_agrees_or_keeps_the_object() {
    let (_, binding, _) = vector("a track that may cross");
    let plain = unsigned(&binding);
    let label = {
        let start = plain.find("<s4774:originatorConfidentialityLabel").expect("the prefix of the vector");
        let end = "</s4774:originatorConfidentialityLabel>";
        plain.get(start..plain.find(end).unwrap() + end.len()).unwrap().to_owned()
    };
    let with = |change: &dyn Fn(String) -> String| {
        let other = change(label.replace("originatorConf", "alternativeConf"));
        let metadata = plain.find("<s4778:Metadata ").expect("the metadata of the vector");
        let inner = plain.find("</s4778:Metadata>").unwrap() + "</s4778:Metadata>".len();
        let first = plain.get(metadata..inner).unwrap();
        let both = format!("{first}<s4778:Metadata>{other}</s4778:Metadata>");
        let project = project("", &plain.replace(first, &both));
        let (code, told) = check(&project, "in/track.cot", &["--binding", "sidecar"]);
        let line = inspect(&project);
        let agree = !codes(&told).contains("LG-M021");
        assert_eq!(
            (code == 0, agree),
            (line["verdict"] == "release", line["verdict"] == "release"),
            "{told}"
        );
        line
    };
    let same = with(&|text| text);
    assert_eq!((&same["verdict"], codes(&same).as_str()), (&"release".into(), ""), "{same}");
    assert_eq!(same["claims"].as_array().unwrap().len(), 2);
    for (from, to) in [("RESTRICTED", "UNCLASSIFIED"), ("<s4774:GenericValue>SVN</s4774:GenericValue>", "")] {
        let differs = with(&|text| text.replace(from, to));
        assert_ne!(differs["verdict"], "release", "{differs}");
        assert!(codes(&differs).contains("LG-M021"), "{differs}");
    }
}

/// Runs `label check --json` on a file of the project.
fn check(project: &Project, file: &str, more: &[&str]) -> (i32, Value) {
    let (file, policy) = (project.text(file), path("rules/policies/MISSION"));
    let ran = run(&[&["label", "check", &file, "--policy", &policy, "--json", "--now", NOW], more].concat());
    (ran.code, ran.line())
}

#[test]
fn label_check_understands_a_bound_object() {
    let (_, binding, _) = vector("a track that may cross");
    let project = project(BELIEVED, &binding);
    let (lane, domain) =
        (project.text("rules/lanes/cot-down.kdl"), project.text("rules/domains/rsocc-net.kdl"));
    let believed = ["--binding", "sidecar", "--lane", &lane, "--destination", &domain];
    let (code, line) = check(&project, "in/track.cot", &believed);
    assert_eq!(code, 0, "{line}");
    let facts = |line: &Value| {
        ["well_formed", "schema_valid", "policy_valid", "releasable"].map(|key| line[key].clone())
    };
    assert_eq!(facts(&line), [YES, YES, YES, YES]);
    let bound = &line["binding"];
    assert_eq!(
        (&bound["form"], &bound["signed"], &bound["signer"]),
        (&"sidecar".into(), &"verified".into(), &"signer".into())
    );
    assert_eq!(
        (&bound["labels"][0]["kind"], &bound["labels"][0]["scope"]),
        (&"originator".into(), &"whole".into())
    );
    assert_eq!(bound["labels"][0]["marking"], line["marking"]);
    // Nobody is believed: the label is whole, and the signature keeps it.
    let (code, line) = check(&project, "in/track.cot", &["--binding", "sidecar", "--destination", &domain]);
    assert_eq!(
        (code, codes(&line).as_str(), &line["binding"]["signed"]),
        (1, "LG-M058", &"not-verified".into())
    );
    assert_eq!(facts(&line), [YES, YES, YES, NO]);
    // A binding by its own name is a detached one.
    let named = project.text("in/track.cot.bdo");
    let (code, line) = check(&project, "in/track.cot", &["--binding", &named, "--lane", &lane]);
    assert_eq!((code, &line["binding"]["form"]), (0, &"detached".into()));
    let text = run(&[
        "label",
        "check",
        &project.text("in/track.cot"),
        "--policy",
        &path("rules/policies/MISSION"),
        "--now",
        NOW,
        "--binding",
        "sidecar",
        "--lane",
        &lane,
    ]);
    assert!(text.out.contains("binding       sidecar, signed: verified, by signer"), "{}", text.out);
    // Another object under the same name, and a sidecar that is not there.
    project.change("in/track.cot", "KRIM 1", "KRIM 2");
    assert_eq!(codes(&check(&project, "in/track.cot", &believed).1), "LG-M056");
    std::fs::remove_file(project.path("in/track.cot.bdo")).unwrap();
    let gone = run(&[
        "label",
        "check",
        &project.text("in/track.cot"),
        "--policy",
        &path("rules/policies/MISSION"),
        "--binding",
        "sidecar",
    ]);
    assert!(gone.code == 2 && gone.err.contains("track.cot.bdo"), "{gone:?}");
}

#[test]
fn label_check_finds_what_an_object_carries() {
    let project = project("", "");
    for (name, form) in [("embedded", "embedded"), ("encapsulated, by parts", "encapsulated")] {
        let (_, binding, _) = vector(name);
        project.write("in/own.xml", unsigned(&binding));
        let (code, line) = check(&project, "in/own.xml", &[]);
        assert_eq!((code, &line["binding"]["form"]), (0, &Value::from(form)), "{line}");
        assert_eq!(line["marking"], "MISSION RESTRICTED");
        project.write("in/own.xml", unsigned(&binding).replace("MISSION", "NATION"));
        let (code, line) = check(&project, "in/own.xml", &[]);
        assert_eq!((code, codes(&line).as_str(), &line["policy_valid"]), (1, "LG-M003", &NO));
    }
    let (_, binding, _) = vector("embedded");
    project.write("in/own.xml", unsigned(&binding).replace("URI=\"\"", "URI=\"other.xml\""));
    let (code, line) = check(&project, "in/own.xml", &[]);
    assert_eq!((code, codes(&line).as_str()), (1, "LG-M053 LG-M057"));
}
