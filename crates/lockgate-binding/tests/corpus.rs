//! Published bindings: they lie outside of the repository and are found by `LOCKGATE_CORPUS`.

#![expect(
    clippy::panic,
    reason = "a test stops where something is not as it should be, and says loudly when it cannot run"
)]

use lockgate_binding::{Form, Object, Reading, Scope, Signers, Terms, read_carried, read_detached};
use lockgate_bytes::Time;
use std::io::Write as _;
use std::path::PathBuf;

fn file(name: &str) -> Option<Vec<u8>> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, {name} was not tried");
        return None;
    };
    let file = PathBuf::from(root).join("markings/nmbs").join(name);
    Some(std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn codes(reading: &Reading) -> Vec<&'static str> {
    reading.findings.iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn the_published_sidecar_names_another_file_rule_35() {
    let (Some(object), Some(sidecar)) = (file("test.1"), file("test.1.bdo")) else { return };
    let signers = Signers::default();
    let terms = Terms { signers: &signers, signature_required: false, now: Time::MAX };
    let object = Object { name: Some("test.1"), bytes: &object };
    let reading = read_detached(&sidecar, &object, Form::Sidecar, &terms);
    assert_eq!(codes(&reading), ["LG-M053", "LG-M057"]);
    assert_eq!(reading.labels.first().unwrap().scope, Scope::Part);
    // With its own name in the reference it would be the sidecar of this file.
    let text = String::from_utf8(sidecar).unwrap().replace("./a-missing.file.bdo", "./test.1");
    let reading = read_detached(text.as_bytes(), &object, Form::Sidecar, &terms);
    assert_eq!((codes(&reading), reading.labels.first().unwrap().scope), (vec![], Scope::Whole));
}

#[test]
fn the_published_schema_carries_a_binding_of_itself() {
    let Some(schema) = file("nl-mb.xsd") else { return };
    let signers = Signers::default();
    let terms = Terms { signers: &signers, signature_required: false, now: Time::MAX };
    let reading = read_carried(&Object { name: Some("nl-mb.xsd"), bytes: &schema }, &terms).unwrap();
    assert_eq!((reading.form, reading.labels.len()), (Form::Embedded, 1));
    assert_eq!(reading.labels.first().unwrap().scope, Scope::Whole);
    // It carries a second binding inside an extension, for its own metadata; that is not read, and said.
    assert_eq!(codes(&reading), ["LG-M070", "LG-M070"]);
}

#[test]
fn a_picture_that_names_a_binding_is_never_without_one() {
    for (name, named) in [("test-has-label.jpg", true), ("test-no-xmp.jpg", false)] {
        let Some(picture) = file(name) else { return };
        let signers = Signers::default();
        let terms = Terms { signers: &signers, signature_required: false, now: Time::MAX };
        let reading = read_carried(&Object { name: Some(name), bytes: &picture }, &terms);
        assert_eq!(reading.map(|reading| codes(&reading)), named.then(|| vec!["LG-M050"]), "{name}");
    }
}
