//! Laws about parts that a type does not declare.

use crate::event::{EVENT, label, now, with_part};
use crate::gate::{DOWN, Gate};
use lockgate_core::VerdictKind;

fn lane(undeclared: &str) -> Gate {
    Gate::new("cot-down", &[("lanes/cot-down.kdl", "undeclared slow", &format!("undeclared {undeclared}"))])
}

/// Undeclared parts with a marking: in a name, a namespace, an attribute, a text; plain or disguised; shallow or deep.
pub(crate) fn with_markings() -> Vec<String> {
    let mut parts: Vec<String> = [
        "<classification>x</classification>",
        "<note Classification=\"U\"/>",
        "<note access=\"x\"/>",
        "<note releasableTo=\"SVN\"/>",
        "<note>MISSION SECRET</note>",
        "<note>mission secret</note>",
        "<note>S.E.C.R.E.T</note>",
        "<note>SECR\u{0395}T</note>",
        "<note text=\"NATIONAL EYES\"/>",
        "<note>ATOMAL</note>",
        "<note>(MS) at night</note>",
        "<note>DIFFUSION RESTREINTE</note>",
        "<note text=\"cosmic\"/>",
        "<a><b><c><d>CONFIDENTIAL</d></c></b></a>",
        "<a><b><c><d classification=\"\"/></c></b></a>",
        "<a xmlns:i=\"urn:us:gov:ic:ism\" i:ownerProducer=\"USA\"/>",
        "<a><b xmlns=\"urn:nato:stanag:4778:bindinginformation:1:0\"/></a>",
    ]
    .map(str::to_owned)
    .to_vec();
    let label = label("SECRET", &["SVN"], now());
    parts.push(format!("<other>{label}</other>"));
    // The bundle reads markings of the United States, whose words are in no policy's file.
    for word in ["NOFORN", "noforn", "ORCON", "EYES ONLY", "REL TO", "SIGINT", "HCS", "CUI", "TALENT KEYHOLE"]
    {
        parts.push(format!("<foo>{word}</foo>"));
    }
    parts.push(label.replace("originatorConfidentialityLabel", "ConfidentialityLabel"));
    parts
}

#[test]
fn an_undeclared_part_goes_as_its_lane_says() {
    let object = with_part("<note id=\"1\"><to>this and that</to></note>");
    let judge = |undeclared: &str| lane(undeclared).judge(object.as_bytes(), now());
    assert_eq!(judge("refuse").codes, ["LG-S021"]);
    let slow = judge("slow");
    assert_eq!((slow.verdict, slow.codes), (VerdictKind::Hold, vec!["LG-S020"]));
    let drop = judge("drop");
    assert_eq!(drop.released.as_deref(), Some(EVENT.as_bytes()), "{:?}", drop.codes);
}

#[test]
fn an_undeclared_part_is_named_where_its_name_is_published() {
    let plain = "carries a part that the type does not declare";
    for (part, named) in [
        ("<__chat id=\"1\"/>", Some("__chat")),
        ("<marti><dest callsign=\"x\"/></marti>", Some("marti")),
        ("<x:fileshare xmlns:x=\"urn:x\"/>", Some("fileshare")),
        ("<blue-otter/>", None),
        ("<note><__chat/></note>", None),
    ] {
        for undeclared in ["refuse", "slow"] {
            let seen = lane(undeclared).judge(with_part(part).as_bytes(), now());
            let expected = named.map_or(plain.to_owned(), |name| format!("{plain}: {name}"));
            assert_eq!(seen.says, [expected], "{undeclared}: {part}");
        }
    }
    let marked = lane("slow").judge(with_part("<marti>MISSION SECRET</marti>").as_bytes(), now());
    assert_eq!(marked.says, ["an undeclared part carries a label or a marking: marti"]);
    let unnamed = lane("slow").judge(with_part("<blue-otter access=\"x\"/>").as_bytes(), now());
    assert!(!unnamed.line.contains("otter"), "{}", unnamed.line);
}

#[test]
fn a_marked_part_is_never_dropped() {
    for undeclared in ["refuse", "slow", "drop"] {
        let gate = lane(undeclared);
        for part in with_markings() {
            let seen = gate.judge(with_part(&part).as_bytes(), now());
            assert_ne!(seen.verdict, VerdictKind::Release, "{undeclared}: {part}");
            assert!(seen.codes.contains(&"LG-S022"), "{undeclared}: {part}: {:?}", seen.codes);
        }
    }
}

#[test]
fn listed_words_are_found_in_undeclared_parts_whatever_becomes_of_them() {
    for (undeclared, alone) in [("refuse", vec!["LG-S021"]), ("slow", vec!["LG-S020"]), ("drop", vec![])] {
        let gate = lane(undeclared);
        let clean = gate.judge(with_part("<foo>this and that</foo>").as_bytes(), now());
        assert_eq!(clean.codes, alone, "{undeclared}");
        for word in ["BLUE HERON", "blue heron"] {
            let name = word.replace(' ', "-");
            for part in [
                format!("<{name}/>"),
                format!("<foo bar=\"{word}\"/>"),
                format!("<foo><bar>{word}</bar></foo>"),
            ] {
                let seen = gate.judge(with_part(&part).as_bytes(), now());
                assert_eq!(seen.codes, [&alone[..], &["LG-W001"]].concat(), "{undeclared}: {part}");
                assert_ne!(seen.verdict, VerdictKind::Release, "{undeclared}: {part}");
            }
        }
        // A caveat is both: a word of a list, and one of a marking.
        let seen = gate.judge(with_part("<foo>NOFORN</foo>").as_bytes(), now());
        assert_eq!(seen.codes, ["LG-S022", "LG-W001"], "{undeclared}");
    }
}

#[test]
fn a_word_that_only_the_canonical_order_spells_is_found() {
    // Released as received, and written anew: neither order says a word of the list.
    for part in [r#"<__group name="HERON" role="BLUE"/>"#, r#"<__group name='HERON' role="BLUE" />"#] {
        let seen = DOWN.judge(with_part(part).as_bytes(), now());
        assert_eq!(seen.codes, [""; 0], "{part}");
    }
    // As it arrived it says HERON BLUE; as it would leave, BLUE HERON. That the two records are equal says nothing of it.
    let seen = DOWN.judge(with_part(r#"<__group role="HERON" name="BLUE"/>"#).as_bytes(), now());
    assert_eq!(seen.codes, ["LG-W001"]);
}

#[test]
fn words_are_found_in_every_declared_text() {
    for part in [
        "<remarks>blue heron</remarks>",
        "<remarks keywords=\"BLUE HERON\"/>",
        "<link callsign=\"blue-heron\"/>",
        "<uid Droid=\"BLUEHERON\"/>",
        "<__group name=\"BLUE\" role=\"HERON\"/>",
    ] {
        let seen = DOWN.judge(with_part(part).as_bytes(), now());
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-W001"]), "{part}");
    }
}
