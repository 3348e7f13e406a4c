extern crate std;

use super::{NOTICES, PROSE};
use crate::{Edition, Marking};
use alloc::string::String;
use alloc::vec::Vec;
use std::io::Write as _;

fn ism() -> &'static Edition {
    Edition::named("ism-2022").unwrap()
}

/// The limit that the last of these attributes is.
fn limit(attributes: &[(&str, &str)]) -> Option<&'static str> {
    let marking = Marking::read(attributes.iter().copied(), ism()).unwrap();
    let (name, value) = attributes.last().unwrap();
    marking.limit(name, value, ism())
}

const US: (&str, &str) = ("ownerProducer", "USA");

/// Beside a marking that says nothing, one notice alone is harmless: that somebody is to be asked.
#[test]
fn every_notice_is_a_limit_beside_a_marking_that_does_not_say_it() {
    let harmless: Vec<&str> = NOTICES
        .iter()
        .copied()
        .filter(|word| limit(&[("classification", "S"), US, ("noticeType", word)]).is_none())
        .collect();
    assert_eq!(harmless, ["POC"]);
    for prose in PROSE {
        assert!(limit(&[("classification", "S"), US, ("noticeProseID", prose)]).is_some(), "{prose}");
    }
    assert_eq!(limit(&[("classification", "U"), US, ("noticeType", "DoD-Dist-A")]), None);
    assert_eq!(limit(&[("classification", "U"), US, ("noticeProseID", "DoD-Dist-A_00001")]), None);
}

#[test]
fn a_notice_of_what_the_marking_says_is_no_limit() {
    for (name, value, notice) in [
        ("disseminationControls", "FISA", "FISA"),
        ("disseminationControls", "RAWFISA", "RAWFISA"),
        ("disseminationControls", "IMC", "IMC"),
        ("disseminationControls", "RS", "RSEN"),
        ("disseminationControls", "RS IMC", "IMCON_RSEN"),
        ("disseminationControls", "DSEN", "DSEN"),
        ("nonICmarkings", "DS", "DS"),
        ("nonICmarkings", "LES", "LES"),
        ("nonICmarkings", "SSI", "SSI"),
        ("atomicEnergyMarkings", "RD RD-CNWDI", "CNWDI"),
        ("atomicEnergyMarkings", "RD", "RD"),
        ("atomicEnergyMarkings", "FRD", "FRD"),
    ] {
        let said = [("classification", "S"), US, (name, value), ("noticeType", notice)];
        assert_eq!(limit(&said), None, "{notice}");
        let more = [notice, " GEOCAP"].concat();
        assert!(limit(&[("classification", "S"), US, (name, value), ("noticeType", &more)]).is_some());
    }
    // Half of it is not all of it.
    assert!(
        limit(&[("classification", "S"), US, ("disseminationControls", "IMC"), ("noticeType", "IMCON_RSEN")])
            .is_some()
    );
}

#[test]
fn an_exemption_names_what_the_marking_has() {
    let of = |name, value, exemption| {
        limit(&[("classification", "S"), US, (name, value), ("declassException", exemption)])
    };
    assert_eq!(of("FGIsourceOpen", "NATO", "NATO"), None);
    assert_eq!(of("atomicEnergyMarkings", "RD", "AEA"), None);
    assert_eq!(of("SCIcontrols", "SI", "25X1"), None);
    assert!(of("FGIsourceOpen", "DEU", "NATO").is_some());
    assert!(of("FGIsourceOpen", "NATO", "NATO-AEA").is_some());
    assert!(of("atomicEnergyMarkings", "RD", "NATO-AEA").is_some());
}

#[test]
fn a_version_is_that_of_the_edition() {
    let of = |version| limit(&[("classification", "S"), US, ("DESVersion", version)]);
    for right in ["202111", "202111.202211", "202111-MINE", "202111.202211-A.B"] {
        assert_eq!(of(right), None, "{right}");
    }
    for wrong in [
        "",
        "13",
        "202405",
        "2021",
        "2021111",
        "x202111",
        "-202111",
        " 202111",
        "202111.",
        "202111.MINE",
        "202111.202211.1",
        "202111-",
        "202111-A TEXT THAT IS TOO LONG.",
    ] {
        assert!(of(wrong).is_some(), "{wrong}");
    }
}

/// The published lists are here, whole.
#[test]
fn the_lists_are_those_that_are_published() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, the lists of notices were not compared"
        );
        return;
    };
    let list = std::path::Path::new(&root).join("markings/odni-ism-2022dec/CVE/ISM");
    for (file, known) in [("CVEnumISMNotice.csv", NOTICES), ("CVEnumISMNoticeProse.csv", PROSE)] {
        let text = std::fs::read_to_string(list.join(file)).unwrap();
        let rows = text.split("\"(U) \",\"").skip(1).step_by(2);
        let published: Vec<String> = rows.map(|row| row.split('"').next().unwrap().into()).collect();
        let ours: Vec<&str> = known.iter().copied().filter(|word| *word != "DoD-Dist-X").collect();
        assert!(
            published.len() > 15 && published.iter().all(|word| ours.contains(&word.as_str())),
            "{published:?}"
        );
        assert_eq!(published.len(), ours.len(), "{file}");
    }
}
