//! What is handed in: tracks of every verdict, each of them different; and the bundles that decide them.

use crate::embedded;
use lockgate_bundle::{Bundle, LaneBindings, Strictness};
use lockgate_bytes::{Digest, Time};
use lockgate_core::Policy;
use lockgate_disk::Seed;
use std::sync::{Arc, OnceLock};

/// A bundle that may be in force.
pub(super) struct InForce {
    pub(super) policy: Arc<Policy>,
    pub(super) bindings: Arc<LaneBindings>,
    pub(super) digest: Digest,
    pub(super) revision: u64,
}

/// Bundles of rising revision: by turns the demonstration, one that holds no code words, and one that holds everything
/// restricted.
pub(super) fn bundles() -> &'static [InForce] {
    static BUNDLES: OnceLock<Vec<InForce>> = OnceLock::new();
    BUNDLES.get_or_init(|| (1..=6).map(bundle).collect())
}

fn bundle(revision: u64) -> InForce {
    let mut rules = embedded::rules();
    rules.extend(super::people::files());
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = String::from_utf8(rules.remove(path).unwrap()).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        rules.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
    };
    edit("bundle.kdl", "revision=1 ", &format!("revision={revision} "));
    match revision % 3 {
        2 => edit("lanes/cot-down.kdl", "    words \"codewords\" hit=hold\n", ""),
        0 => edit(
            "lanes/cot-down.kdl",
            "    rule \"cot-down.level\" {",
            "    rule \"cot-down.none\" {\n        require \"label.level < level('RESTRICTED')\"\n        \
             otherwise hold says=\"a day on which nothing goes\"\n    }\n    rule \"cot-down.level\" {",
        ),
        _ => {}
    }
    let bundle = Bundle::build_as(&rules, Strictness::Trial).unwrap();
    InForce {
        policy: bundle.lane("cot-down").unwrap().clone(),
        bindings: Arc::new(bundle.bindings("cot-down").unwrap().clone()),
        digest: bundle.digest(),
        revision: bundle.revision(),
    }
}

/// What lies beside the file of this name: its label.
pub(super) fn beside(name: &str, level: &str) -> Vec<u8> {
    let values: String = ["AUT", "HRV", "HUN", "SVK", "SVN"]
        .map(|nation| format!("<l:GenericValue>{nation}</l:GenericValue>"))
        .concat();
    format!(
        "<b:BindingInformation xmlns:b=\"urn:nato:stanag:4778:bindinginformation:1:0\"><b:MetadataBindingContainer>\
         <b:MetadataBinding><b:Metadata><l:originatorConfidentialityLabel \
         xmlns:l=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"><l:ConfidentialityInformation>\
         <l:PolicyIdentifier>MISSION</l:PolicyIdentifier><l:Classification>{level}</l:Classification>\
         <l:Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">{values}</l:Category></l:ConfidentialityInformation>\
         <l:CreationDateTime>2026-03-01T10:00:00Z</l:CreationDateTime></l:originatorConfidentialityLabel></b:Metadata>\
         <b:DataReference URI=\"{name}\"/></b:MetadataBinding></b:MetadataBindingContainer></b:BindingInformation>"
    )
    .into_bytes()
}

/// The object without the words that say how it is marked.
pub(super) fn unmarked(object: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(object) else { return object.to_vec() };
    let Some((before, rest)) = text.split_once(" access=") else { return object.to_vec() };
    let (_, after) = rest.split_once("SVN\"").unwrap();
    format!("{before}{after}").into_bytes()
}

/// One object, as no other.
pub(super) fn object(seed: &mut Seed, number: u64, now: Time) -> Vec<u8> {
    let uid = seed.below(6);
    let level = if seed.one_in(7) { "MISSION SECRET" } else { "MISSION RESTRICTED" };
    let label = if seed.one_in(8) {
        String::new()
    } else {
        format!(" access=\"{level}\" releasableTo=\"AUT,HRV,HUN,SVK,SVN\"")
    };
    let detail = match seed.below(5) {
        0 => "<takv device=\"SAMSUNG\" platform=\"ATAK-CIV\" os=\"33\" version=\"5.1\"/>",
        1 => "<remarks source=\"LG\">Meet blue heron at nine.</remarks>",
        2 => "<track course=\"87.5\" speed=\"111.2\"/>",
        _ => "<track course=\"87.5\" speed=\"11.2\"/>",
    };
    let (kind, accuracy) = if seed.one_in(8) { ("a-h-G-U-C", "9999999") } else { ("a-f-G-U-C", "12") };
    if seed.one_in(12) {
        return format!("this is object {number} and no event").into_bytes();
    }
    let at = |seconds: i64| now.plus(lockgate_bytes::Duration::from_nanos(seconds * 1_000_000_000));
    let (seen, stale) = (at(-1), at([5, 60, 290][seed.index(3)]));
    format!(
        "<event version=\"2\" uid=\"LG-{uid}\" type=\"{kind}\" time=\"{seen}\" start=\"{seen}\" stale=\"{stale}\" \
         how=\"m-g\"{label}><point lat=\"46.0511\" lon=\"14.5051\" hae=\"298.5\" ce=\"{accuracy}\" le=\"9999999\"/>\
         <detail><contact callsign=\"N{number}\"/>{detail}</detail></event>"
    )
    .into_bytes()
}
