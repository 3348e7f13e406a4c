//! `bundle sign` and `bundle verify`.

use crate::common::{NOW, Project, run};
use serde_json::{Value, json};
use std::fs;
use std::sync::OnceLock;

/// Secret keys that repeat one byte, in the form of `openssl genpkey -algorithm ed25519`.
const SECRETS: [(&str, &str); 3] = [
    ("a-kovac", "MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"),
    ("p-hribar", "MC4CAQAwBQYDK2VwBCIEIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"),
    ("stranger", "MC4CAQAwBQYDK2VwBCIEIAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD"),
];

/// Rules without a demonstration, built, with keys beside them; `a-kovac` and `p-hribar` are trusted until 2027.
pub(crate) struct Signing {
    pub(crate) project: Project,
}

/// What every test begins with, made once: the bundle, its two signatures, the trust file.
static MADE: OnceLock<[(&str, Vec<u8>); 3]> = OnceLock::new();

impl Signing {
    pub(crate) fn new() -> Self {
        let made = MADE.get_or_init(|| {
            let signing = Self::unsigned();
            signing.build("gate.bundle");
            let mut trust = "trust needs=2 {\n".to_owned();
            for name in ["a-kovac", "p-hribar"] {
                let signed = signing.sign(name);
                let public = signed["public"].as_str().unwrap();
                trust += &format!(
                    "    signer \"{name}\" ed25519=\"{public}\" from=\"2026-01-01\" until=\"2027-12-31\"\n"
                );
            }
            signing.project.write("trust.kdl", trust + "}\n");
            ["gate.bundle", "gate.bundle.sigs", "trust.kdl"]
                .map(|name| (name, fs::read(signing.project.path(name)).unwrap()))
        });
        let signing = Self::unsigned();
        for (name, bytes) in made {
            signing.project.write(name, bytes);
        }
        signing
    }

    fn unsigned() -> Self {
        let signing = Self { project: Project::new() };
        for agreement in ["rsocc", "air-picture", "isr", "reports", "us-reports"] {
            let file = format!("rules/agreements/{agreement}.kdl");
            signing.project.change(&file, " demonstration=#true", "");
        }
        for (name, secret) in SECRETS {
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n");
            signing.secret(&format!("{name}.key"), &pem);
        }
        signing
    }

    pub(crate) fn build(&self, name: &str) {
        let built = run(&["bundle", "build", &self.project.text("rules"), "-o", &self.project.text(name)]);
        assert_eq!(built.code, 0, "{built:?}");
    }

    /// Writes a file that its owner alone can read.
    pub(crate) fn secret(&self, name: &str, text: &str) {
        self.project.write(name, text);
        mode(&self.project.path(name), 0o600);
    }

    fn sign(&self, name: &str) -> Value {
        let key = self.project.text(&format!("{name}.key"));
        let signed = run(&[
            "bundle",
            "sign",
            &self.project.text("gate.bundle"),
            "--key",
            &key,
            "--as",
            name,
            "--json",
        ]);
        assert_eq!(signed.code, 0, "{signed:?}");
        signed.line()
    }

    /// Verifies; the code of exit, and what is said.
    fn verify(&self, more: &[&str]) -> (i32, Value) {
        let (bundle, trust) = (self.project.text("gate.bundle"), self.project.text("trust.kdl"));
        let mut args = vec!["bundle", "verify", &bundle, "--trust", &trust, "--json", "--now", NOW];
        args.extend(more);
        let ran = run(&args);
        (ran.code, ran.line())
    }
}

#[cfg(unix)]
pub(crate) fn mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn mode(_: &std::path::Path, _: u32) {}

fn codes(said: &Value) -> Vec<&str> {
    said["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn two_signers_make_a_bundle_that_a_lane_may_run_on() {
    let signing = Signing::new();
    let before = fs::read(signing.project.path("gate.bundle")).unwrap();
    let (code, said) = signing.verify(&["--lane", "cot-down", "--at-least", "1"]);
    assert_eq!((code, &said["trusted"], &said["needs"]), (0, &json!(true), &json!(2)), "{said}");
    let names: Vec<&str> =
        said["signed"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a-kovac", "p-hribar"]);
    assert_eq!(said["signed"][0]["until"], "2028-01-01T00:00:00Z");
    let shown = run(&["bundle", "show", &signing.project.text("gate.bundle"), "--json"]).line();
    assert_eq!(said["bundle"], shown["bundle"]);
    signing.sign("a-kovac");
    assert_eq!(before, fs::read(signing.project.path("gate.bundle")).unwrap(), "signing changes no bundle");
    let text = run(&[
        "bundle",
        "verify",
        &signing.project.text("gate.bundle"),
        "--trust",
        &signing.project.text("trust.kdl"),
        "--now",
        NOW,
    ]);
    assert!(text.out.starts_with("trusted ") && text.out.contains("2 of 2 signers"), "{}", text.out);
}

#[test]
fn what_stands_against_a_bundle_is_exit_1_with_its_code() {
    let signing = Signing::new();
    let sigs = signing.project.path("gate.bundle.sigs");
    let both = fs::read_to_string(&sigs).unwrap();

    let (code, said) = signing.verify(&["--at-least", "2"]);
    assert_eq!((code, codes(&said)), (1, vec!["S016"]));
    let (code, said) = signing.verify(&["--lane", "cot-dwn"]);
    assert_eq!((code, codes(&said)), (1, vec!["S018"]));
    let stripped: Vec<&str> = both.lines().filter(|line| !line.contains("p-hribar")).collect();
    fs::write(&sigs, stripped.join("\n")).unwrap();
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said), &said["trusted"]), (1, vec!["S009"], &json!(false)));
    assert!(said["findings"][0]["remedy"].as_str().unwrap().len() > 20);

    signing.sign("stranger");
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said)), (1, vec!["S012", "S009"]));

    fs::remove_file(&sigs).unwrap();
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said)), (1, vec!["S008"]));

    fs::write(&sigs, &both).unwrap();
    let mut bytes = fs::read(signing.project.path("gate.bundle")).unwrap();
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).unwrap() ^= 1;
    signing.project.write("gate.bundle", bytes);
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said), &said["bundle"]), (1, vec!["S006"], &Value::Null));
}

#[test]
fn a_demonstration_is_never_trusted() {
    let signing = Signing::new();
    let agreement = "rules/agreements/rsocc.kdl";
    signing.project.change(agreement, "agreement \"rsocc\"", "agreement \"rsocc\" demonstration=#true");
    signing.build("gate.bundle");
    fs::remove_file(signing.project.path("gate.bundle.sigs")).unwrap();
    signing.sign("a-kovac");
    signing.sign("p-hribar");
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said)), (1, vec!["S017"]));
}

#[test]
fn what_cannot_be_signed_or_read_is_exit_2() {
    let signing = Signing::new();
    let (bundle, key) = (signing.project.text("gate.bundle"), signing.project.text("a-kovac.key"));
    let sigs = fs::read(signing.project.path("gate.bundle.sigs")).unwrap();
    let fault = |args: &[&str], hint: &str| {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains(hint), "{args:?}: {}", ran.err);
        assert_eq!(fs::read(signing.project.path("gate.bundle.sigs")).unwrap(), sigs);
    };
    fault(&["bundle", "sign", &bundle, "--key", &signing.project.text("none.key")], "none.key");
    fault(&["bundle", "sign", &bundle, "--key", &signing.project.text("trust.kdl")], "chmod");
    signing.secret("wrong.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    fault(&["bundle", "sign", &bundle, "--key", &signing.project.text("wrong.key")], "openssl genpkey");
    fault(&["bundle", "sign", &bundle, "--key", &key, "--as", "A. Kovac"], "a-kovac");
    fault(&["bundle", "sign", &key, "--key", &key], "no bundle");
    let trust = signing.project.text("trust.kdl");
    fault(&["bundle", "verify", &signing.project.text("none"), "--trust", &trust], "none");
    fault(&["bundle", "verify", &bundle, "--trust", &key], "N0");
    fault(&["bundle", "verify", &bundle, "--trust", &trust, "--now", "yesterday"], "2026-03-01T10:05:00Z");

    // A new bundle beside the signatures of the old one.
    signing.project.change("rules/bundle.kdl", "revision=1", "revision=2");
    signing.build("gate.bundle");
    fault(&["bundle", "sign", &bundle, "--key", &key], "another bundle");
    let (code, said) = signing.verify(&[]);
    assert_eq!((code, codes(&said)), (1, vec!["S007"]));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_not_used() {
    let signing = Signing::new();
    let key = signing.project.path("a-kovac.key");
    for (bits, good) in [(0o600, true), (0o400, true), (0o640, true), (0o660, false), (0o604, false)] {
        mode(&key, bits);
        let ran =
            run(&["bundle", "sign", &signing.project.text("gate.bundle"), "--key", key.to_str().unwrap()]);
        assert_eq!(ran.code, if good { 0 } else { 2 }, "{bits:o}: {ran:?}");
    }
}
