//! What a bundle must be before a lane runs on it: every refusal as printed, in `tests/trust`, and what passes.
//! `BLESS=1 cargo test` writes the texts anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::{Files, base};
use lockgate_attest::{SecretKey, Statement};
use lockgate_bundle::trust::{Demands, Refused, Signatures, Trust, TrustedBundle};
use lockgate_bundle::{Bundle, Expires, read_delegation};
use lockgate_bytes::{Digest, Time};
use lockgate_notation::Name;
use std::path::PathBuf;

/// Whoever signs here, by the byte that their secret repeats.
const SECRETS: [&str; 4] = [
    "MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    "MC4CAQAwBQYDK2VwBCIEIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC",
    "MC4CAQAwBQYDK2VwBCIEIAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD",
    "MC4CAQAwBQYDK2VwBCIEIAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
];
const NOW: &str = "2026-03-01T10:05:00Z";

fn key(which: usize) -> SecretKey {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", SECRETS[which]);
    SecretKey::from_pem(pem.into_bytes()).unwrap()
}

/// a-kovac has two keys, p-hribar one, m-novak one that has ended.
fn trust() -> Trust {
    let mut text = "trust needs=2 {\n".to_owned();
    for (which, name, until) in
        [(0, "a-kovac", "2027-12-31"), (1, "p-hribar", "2027-12-31"), (2, "a-kovac", "2028-12-31")]
    {
        let key = key(which).public().text();
        text += &format!("    signer \"{name}\" ed25519=\"{key}\" from=\"2026-01-01\" until=\"{until}\"\n");
    }
    text += "}\n";
    Trust::read("trust.kdl", text.as_bytes()).unwrap_or_else(|found| panic!("{}", found.render()))
}

/// The small bundle without its demonstration.
fn real() -> Files {
    let mut files = base();
    let agreement = String::from_utf8(files["agreements/share.kdl"].clone()).unwrap();
    let agreement = agreement.replace(" demonstration=#true", "");
    files.insert("agreements/share.kdl".to_owned(), agreement.into_bytes());
    files
}

fn built(files: &Files) -> Bundle {
    Bundle::build(files).unwrap_or_else(|found| panic!("{}", found.render()))
}

/// Signatures of these keys, under these names.
fn signed(bundle: &Bundle, by: &[(usize, Option<&str>)]) -> Signatures {
    let statement = Statement::bundle(bundle.digest(), bundle.revision(), bundle.name());
    let mut signatures = Signatures::of(bundle.digest());
    for (which, name) in by {
        let name = name.map(|name| Name::parse(name).unwrap());
        signatures.sign(&statement, &key(*which), name.as_ref());
    }
    signatures
}

fn demands() -> Demands<'static> {
    Demands {
        now: Time::parse(NOW.as_bytes()).unwrap(),
        at_least: 0,
        ran: None,
        lanes: &["down"],
        name: None,
    }
}

fn verify(bundle: &Bundle, signatures: &Signatures) -> Result<TrustedBundle, Refused> {
    trust().verify(&bundle.write(), Some(signatures), &demands())
}

/// The refusal as printed, with the addresses of bundles left out.
fn printed(refused: &Refused) -> String {
    let text = refused.to_string();
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out += "sha256:...";
        out += &part[64..];
    }
    out + "\n"
}

fn hold(name: &str, code: &str, refused: &Refused) {
    assert!(refused.findings.iter().any(|finding| finding.code.id == code), "{name}: {refused}");
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "trust", &format!("{code}-{name}.txt")].iter().collect();
    let printed = printed(refused);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), printed, "{}", path.display());
}

#[test]
fn two_people_are_enough() {
    let bundle = built(&real());
    let trusted = verify(&bundle, &signed(&bundle, &[(0, Some("a-kovac")), (1, None)])).unwrap();
    let names: Vec<&str> = trusted.signed().iter().map(|signer| signer.name.as_str()).collect();
    assert_eq!(names, ["a-kovac", "p-hribar"]);
    assert!(trusted.notes().is_empty());
    assert_eq!(trusted.bundle().digest(), bundle.digest());
    assert_eq!(trusted.into_bundle().revision(), bundle.revision());
}

#[test]
fn a_signature_too_many_is_noted_and_harms_nothing() {
    let bundle = built(&real());
    let trusted = verify(&bundle, &signed(&bundle, &[(3, None), (0, None), (1, None)])).unwrap();
    let notes: Vec<&str> = trusted.notes().iter().map(|note| note.code.id).collect();
    assert_eq!(notes, ["S012"]);
}

#[test]
fn every_refusal_is_printed_as_written() {
    let bundle = built(&real());
    let refused = |signatures: &Signatures| verify(&bundle, signatures).unwrap_err();
    let both = signed(&bundle, &[(0, None), (1, None)]);

    let none = trust().verify(&bundle.write(), None, &demands()).unwrap_err();
    hold("no-file", "S008", &none);
    hold("no-line", "S008", &refused(&Signatures::of(bundle.digest())));
    hold("one", "S009", &refused(&signed(&bundle, &[(0, None)])));
    let mut stripped = both.clone();
    stripped.lines.pop();
    hold("stripped", "S009", &refused(&stripped));
    let mut twice = signed(&bundle, &[(0, None)]);
    twice.lines.push(twice.lines[0].clone());
    hold("same-key", "S010", &refused(&twice));
    hold("same-signer", "S011", &refused(&signed(&bundle, &[(0, None), (2, None)])));
    hold("unknown", "S012", &refused(&signed(&bundle, &[(0, None), (3, Some("p-hribar"))])));
    hold("other-name", "S015", &refused(&signed(&bundle, &[(0, None), (1, Some("a-kovac"))])));

    let at = |now: &str| Demands { now: Time::parse(now.as_bytes()).unwrap(), ..demands() };
    for (name, now) in [("early", "2025-12-31T23:59:59Z"), ("ended", "2028-01-01T00:00:00Z")] {
        let refused = trust().verify(&bundle.write(), Some(&both), &at(now)).unwrap_err();
        hold(name, "S013", &refused);
    }
    assert!(trust().verify(&bundle.write(), Some(&both), &at("2027-12-31T23:59:59Z")).is_ok());

    let mut forged = both.clone();
    forged.lines[1].signature.0[0] ^= 1;
    hold("forged", "S014", &refused(&forged));

    let older = Demands { at_least: bundle.revision() + 1, ..demands() };
    hold("older", "S016", &trust().verify(&bundle.write(), Some(&both), &older).unwrap_err());
    let same = Demands { at_least: bundle.revision(), ..demands() };
    assert!(trust().verify(&bundle.write(), Some(&both), &same).is_ok());
    let again = Demands { ran: Some(bundle.digest()), ..same };
    assert!(trust().verify(&bundle.write(), Some(&both), &again).is_ok());
    let another = Demands { ran: Some(Digest([7; 32])), ..same };
    hold("same-number", "S016", &trust().verify(&bundle.write(), Some(&both), &another).unwrap_err());
    let higher = Demands { at_least: bundle.revision() - 1, ..another };
    assert!(trust().verify(&bundle.write(), Some(&both), &higher).is_ok());
    let elsewhere = Demands { lanes: &["dwn", "up"], ..demands() };
    hold("no-lane", "S018", &trust().verify(&bundle.write(), Some(&both), &elsewhere).unwrap_err());

    let called = |name| Demands { name: Some(name), ..demands() };
    assert!(trust().verify(&bundle.write(), Some(&both), &called(bundle.name())).is_ok());
    hold("other", "S021", &trust().verify(&bundle.write(), Some(&both), &called("north")).unwrap_err());

    let demonstration = built(&base());
    let signatures = signed(&demonstration, &[(0, None), (1, None)]);
    hold("demonstration", "S017", &verify(&demonstration, &signatures).unwrap_err());
}

/// The small bundle with a delegation that key 3 signed under the name `oca`.
fn with_delegation() -> Bundle {
    let mut files = real();
    let text = "delegation \"down\" {\n    regrade policy=\"MISSION\" from=\"SECRET\" to=\"RESTRICTED\"\n    types \"spot\"\n    \
                valid from=\"2026-01-01\" until=\"2026-12-31\"\n    authority \"invented\"\n";
    let put =
        |files: &mut Files, text: String| files.insert("delegations/down.kdl".to_owned(), text.into_bytes());
    put(&mut files, format!("{text}}}\n"));
    let (_, statement) = read_delegation(&files, "down").unwrap_or_else(|found| panic!("{}", found.render()));
    let (key, signature) = (key(3).public().text(), key(3).sign(&statement).text());
    put(&mut files, format!("{text}    signed by=\"oca\" ed25519=\"{key}\" signature=\"{signature}\"\n}}\n"));
    built(&files)
}

/// Whoever signs a bundle does not thereby let levels be lowered: that is for the authorities of the trust file.
#[test]
fn a_delegation_counts_by_an_authority_of_the_trust_file_alone() {
    let bundle = with_delegation();
    let both = signed(&bundle, &[(0, None), (1, None)]);
    hold("nobody", "S019", &verify(&bundle, &both).unwrap_err());
    let authority = |which: usize, name: &str, until: &str| {
        let line = |noun: &str, which: usize, name: &str, until: &str| {
            let key = key(which).public().text();
            format!("    {noun} \"{name}\" ed25519=\"{key}\" from=\"2026-01-01\" until=\"{until}\"\n")
        };
        let text = "trust needs=2 {\n".to_owned()
            + &line("signer", 0, "a-kovac", "2027-12-31")
            + &line("signer", 1, "p-hribar", "2027-12-31")
            + &line("authority", which, name, until)
            + "}\n";
        Trust::read("trust.kdl", text.as_bytes()).unwrap_or_else(|found| panic!("{}", found.render()))
    };
    let judge = |trust: Trust| trust.verify(&bundle.write(), Some(&both), &demands());
    assert!(judge(authority(3, "oca", "2026-12-31")).is_ok());
    hold("other-name", "S019", &judge(authority(3, "another", "2026-12-31")).unwrap_err());
    hold("ended", "S019", &judge(authority(3, "oca", "2026-02-28")).unwrap_err());
    hold("outlives", "S019", &judge(authority(3, "oca", "2026-12-30")).unwrap_err());
    assert!(judge(authority(3, "oca", "2027-06-30")).is_ok());
    hold("other-key", "S019", &judge(authority(2, "oca", "2026-12-31")).unwrap_err());
}

#[test]
fn a_changed_bundle_is_refused_whoever_mends_its_digest() {
    let bundle = built(&real());
    let both = signed(&bundle, &[(0, None), (1, None)]);
    let mut bytes = bundle.write();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    let refused = trust().verify(&bytes, Some(&both), &demands()).unwrap_err();
    hold("changed-byte", "S006", &refused);
    let longer = [bundle.write(), vec![0]].concat();
    hold("longer", "S006", &trust().verify(&longer, Some(&both), &demands()).unwrap_err());

    // The same change by somebody who knows the format: another bundle, with the signatures of this one.
    let mut files = real();
    let lane = String::from_utf8(files["lanes/down.kdl"].clone()).unwrap();
    files.insert("lanes/down.kdl".to_owned(), lane.replace("hit=refuse", "hit=hold").into_bytes());
    let changed = built(&files);
    hold("other", "S007", &verify(&changed, &both).unwrap_err());
    let claimed = Signatures { bundle: changed.digest(), lines: both.lines };
    hold("claimed", "S014", &verify(&changed, &claimed).unwrap_err());
}

#[test]
fn signed_rules_that_do_not_compile_are_refused() {
    let mut files = real();
    files.insert("lanes/down.kdl".to_owned(), b"lane \"down\" {\n}\n".to_vec());
    let draft = Bundle::build(&files).unwrap_err();
    assert!(draft.has_errors());
    // Whoever signs such a thing has not built it with this program; the frame is written by hand.
    let mut bytes = b"LOCKGATE BUNDLE\n\0\0\0\x01".to_vec();
    bytes.extend(u32::try_from(files.len()).unwrap().to_be_bytes());
    for (path, content) in &files {
        bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        bytes.extend(path.as_bytes());
        bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend(content);
    }
    let digest = lockgate_bytes::Digest::of(&bytes);
    bytes.extend(digest.0);
    let bundle = built(&real());
    let statement = Statement::bundle(digest, bundle.revision(), bundle.name());
    let mut signatures = Signatures::of(digest);
    signatures.sign(&statement, &key(0), None);
    let unsigned = trust().verify(&bytes, Some(&signatures), &demands()).unwrap_err();
    assert!(
        unsigned.findings.iter().all(|finding| finding.code.id == "S009"),
        "not compiled before it is signed"
    );
    signatures.sign(&statement, &key(1), None);
    let refused = trust().verify(&bytes, Some(&signatures), &demands()).unwrap_err();
    assert_eq!(refused.findings[0].code.id, "S006");
    assert!(refused.to_string().contains("lanes/down.kdl"), "{refused}");
}

#[test]
fn every_flipped_byte_of_a_signature_file_is_refused_or_changes_nothing() {
    let bundle = built(&real());
    let both = signed(&bundle, &[(0, Some("a-kovac")), (1, None)]);
    let (file, bytes) = (both.to_kdl().into_bytes(), bundle.write());
    let (trust, demands) = (trust(), demands());
    let mut read = 0;
    for at in 0..file.len() {
        let mut flipped = file.clone();
        flipped[at] ^= 1;
        let Ok(signatures) = Signatures::read("x.sigs", &flipped) else { continue };
        if signatures != both {
            assert!(trust.verify(&bytes, Some(&signatures), &demands).is_err(), "byte {at}");
            read += 1;
        }
    }
    assert!(read > 300, "{read} of the changed files can be read");
}

#[test]
fn a_signature_file_reads_back_and_is_in_canonical_layout() {
    let bundle = built(&real());
    let both = signed(&bundle, &[(0, Some("a-kovac")), (1, None)]);
    let text = both.to_kdl();
    assert_eq!(Signatures::read("x.sigs", text.as_bytes()).unwrap(), both);
    assert_eq!(lockgate_notation::format(text.as_bytes(), "x.sigs").unwrap(), text);
    let mut again = both.clone();
    let statement = Statement::bundle(bundle.digest(), bundle.revision(), bundle.name());
    again.sign(&statement, &key(0), Some(&Name::parse("a-kovac").unwrap()));
    assert_eq!(again.lines.len(), 2, "one key signs once");
}

#[test]
fn what_a_lane_rests_on_is_listed_soonest_first() {
    let bundle = built(&real());
    let shown: Vec<String> = bundle
        .expiries("down")
        .iter()
        .map(|expiry| format!("{} {} {}", expiry.what.name(), expiry.name, expiry.until))
        .collect();
    let ends = ["agreement share", "default label spot", "reviewer m-novak"];
    assert_eq!(shown, ends.map(|what| format!("{what} 2036-01-01T00:00:00Z")));
    assert_eq!(bundle.expiries("down")[0].what, Expires::Agreement);
    assert!(bundle.expiries("none").is_empty());
    let mut files = real();
    let slow = "        accept pdf\n        release rebuilt\n        unlabelled assign authority=\"invented\" until=\"2031-12-31\" {\n            \
                label level=\"RESTRICTED\" {\n                category \"Releasable To\" \"HRV\" \"HUN\" \"SVN\"\n            }\n        }\n";
    let path = "lanes/down.kdl";
    let text = String::from_utf8(files[path].clone()).unwrap().replace("        accept pdf\n", slow);
    files.insert(path.to_owned(), text.into_bytes());
    let first = built(&files).expiries("down")[0].clone();
    assert_eq!((first.what, first.name.as_str()), (Expires::DefaultLabel, "objects of no known type"));
    assert_eq!(first.until.to_string(), "2032-01-01T00:00:00Z");
}

/// Of those who read the destination: in the community that reads there, and in any other that a label may name; and of those whose
/// labels the lane believes.
#[test]
fn memberships_and_signers_of_labels_end_too() {
    let mut files = real();
    let members = "    member \"HRV\" from=\"2025-01-01\"\n    member \"HUN\" from=\"2025-01-01\" until=\"2030-12-31\"\n    \
                   member \"SVN\" from=\"2025-01-01\" until=\"2026-12-31\"\n    member \"SVN\" from=\"2027-01-01\"\n";
    let path = "communities/TRIO.kdl";
    let text = String::from_utf8(files[path].clone()).unwrap();
    let text = text.replace("    member \"HRV\" \"HUN\" \"SVN\" from=\"2025-01-01\"\n", members);
    files.insert(path.to_owned(), text.into_bytes());
    let other = "community \"DUO\" decomposable=#true {\n    member \"HRV\" from=\"2025-01-01\" until=\"2031-12-31\"\n    \
                 member \"AUT\" from=\"2025-01-01\" until=\"2029-12-31\"\n    source \"invented\"\n}\n";
    files.insert("communities/DUO.kdl".to_owned(), other.as_bytes().to_vec());
    // A default label would have to name all who are there at any time.
    let path = "lanes/down.kdl";
    let text = String::from_utf8(files[path].clone()).unwrap();
    let default = text.find("        unlabelled assign").unwrap();
    let behind = default + text[default..].find("\n        }\n").unwrap() + "\n        }\n".len();
    let text = format!("{}{}", &text[..default], &text[behind..]);
    files.insert(path.to_owned(), text.into_bytes());
    let found = built(&files);
    let found = found.expiries("down").iter().filter(|expiry| expiry.what == Expires::Membership);
    let shown: Vec<String> = found.map(|expiry| format!("{} {}", expiry.name, expiry.until)).collect();
    // AUT does not read there, and SVN goes on without a break.
    assert_eq!(shown, ["TRIO HUN 2031-01-01T00:00:00Z", "DUO HRV 2032-01-01T00:00:00Z"]);
}

#[test]
fn every_wrong_trust_or_signature_file_is_reported_as_written() {
    let public = |which: usize| key(which).public().text();
    let line = |name: &str, key: &str, until: &str| {
        format!("    signer \"{name}\" ed25519=\"{key}\" from=\"2026-01-01\" until=\"{until}\"\n")
    };
    let two = line("a-kovac", &public(0), "2027-12-31") + &line("p-hribar", &public(1), "2027-12-31");
    let trusts = [
        ("S001-short", "trust {\n".to_owned() + &line("a-kovac", "MCowBQ==", "2027-12-31") + "}\n"),
        ("S002-twice", "trust {\n".to_owned() + &two + &line("m-novak", &public(0), "2027-12-31") + "}\n"),
        (
            "S002-authority",
            "trust {\n".to_owned()
                + &two
                + &line("oca", &public(0), "2027-12-31").replace("signer", "authority")
                + "}\n",
        ),
        (
            "S020-both",
            "trust {\n".to_owned()
                + &two
                + &line("a-kovac", &public(2), "2027-12-31").replace("signer", "authority")
                + "}\n",
        ),
        ("S003-never", "trust {\n".to_owned() + &two + &line("m-novak", &public(2), "2025-12-31") + "}\n"),
        ("S004-three", "trust needs=3 {\n".to_owned() + &two + "}\n"),
        ("S004-none", "trust needs=0 {\n".to_owned() + &two + "}\n"),
        ("S004-one", "trust {\n".to_owned() + &line("a-kovac", &public(0), "2027-12-31") + "}\n"),
        ("B008-disabled", "trust needs=1 {\n".to_owned() + &two.replacen("    s", "    /- s", 1) + "}\n"),
    ];
    for (name, text) in trusts {
        hold_file(name, Trust::read("trust.kdl", text.as_bytes()).unwrap_err().render());
    }
    let hex = "ab".repeat(32);
    let many = format!("    signature key=\"{hex}\" ed25519=\"{}==\"\n", "A".repeat(86)).repeat(65);
    let signatures = [
        ("S005-bundle", "signatures bundle=\"abc\" {\n}\n".to_owned()),
        (
            "S005-short",
            format!("signatures bundle=\"{hex}\" {{\n    signature key=\"{hex}\" ed25519=\"AAAA\"\n}}\n"),
        ),
        ("S005-many", format!("signatures bundle=\"{hex}\" {{\n{many}}}\n")),
    ];
    for (name, text) in signatures {
        hold_file(name, Signatures::read("x.sigs", text.as_bytes()).unwrap_err().render());
    }
}

fn hold_file(name: &str, printed: String) {
    let code = name.split('-').next().unwrap();
    assert!(printed.contains(&format!("[{code}]")), "{name}: {printed}");
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "trust", &format!("{name}.txt")].iter().collect();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), printed, "{}", path.display());
}

#[test]
fn every_code_has_its_text() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "trust"].iter().collect();
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for code in lockgate_bundle::trust::codes() {
        assert!(names.iter().any(|name| name.starts_with(code.id)), "no text for {}", code.id);
    }
}
