extern crate std;

pub(crate) mod encoder;

use super::coded::{Categories, CodedTag};
use super::{EssLabel, Held, read};
use crate::testing::{corpus, label, policies, small};
use crate::{Access, Clearance, Kind, LabelFile, LabelForm, PolicySet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use encoder::{bits, encoded_clearance, encoded_label, group, number, oid, oid_content, tlv};
use proptest::prelude::*;

/// The binary labels of spiffing load, and those that exist in XML too say the same there.
#[test]
fn the_binary_labels_of_the_corpus_are_read() {
    let label = |policy: Option<&str>, class, privacy: Option<&str>| EssLabel {
        policy: policy.map(String::from),
        class: Some(class),
        privacy: privacy.map(String::from),
        categories: None,
    };
    for (file, expected, xml) in [
        ("label-1.ber", label(None, 253, Some("Aqua (obsolete)")), None),
        ("label-2.ber", label(Some("1.1"), 4, None), Some("seclabel-simple.xml")),
        ("label-3.ber", label(Some("1.1"), 3, None), None),
        ("stupid-label.ber", label(Some("1.1"), 51, Some("VAGUELY SECRET")), Some("seclabel.xml")),
    ] {
        let Some(bytes) = corpus(&format!("surevine-spiffing/{file}")) else { return };
        assert_eq!(read(&bytes), (true, Ok(expected.clone())), "{file}");
        let file = LabelFile::read(&bytes);
        assert!(file.form() == Some(LabelForm::Ess) && file.is_well_formed() && file.is_schema_valid());
        // "Unknown policy id: 1.1", as tests.xml expects; and none at all.
        let mut out = Vec::new();
        assert_eq!(file.label(&policies(), &mut out), None);
        let code = if expected.policy.is_some() { "LG-M003" } else { "LG-M011" };
        assert_eq!(out[0].code.id(), code);
        if let Some(xml) = xml {
            let text = corpus(&format!("surevine-spiffing/{xml}")).unwrap();
            let document = roxmltree::Document::parse(core::str::from_utf8(&text).unwrap()).unwrap();
            let part = |name: &str| {
                document
                    .descendants()
                    .find(|node| node.has_tag_name(name))
                    .map(|node| node.text().unwrap().to_string())
            };
            assert_eq!(expected.policy, part("security-policy-identifier"));
            assert_eq!(expected.class, part("security-classification").map(|class| class.parse().unwrap()));
            assert_eq!(expected.privacy, part("utf8String"));
        }
    }
}

/// Against asn1tools: 300 labels and clearances that it encoded, recorded by `oracles/label-ber/record.py`.
#[test]
fn what_an_independent_encoder_wrote_is_read() {
    let (mut labels, mut clearances) = (0, 0);
    for line in include_str!("encoded.tsv").lines() {
        let [kind, ber, der, policy, classes, mark, tags] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let expected: Vec<CodedTag> = tags.split(';').filter(|tag| !tag.is_empty()).map(coded).collect();
        let classes: Vec<u64> = classes.split(',').map(|class| class.parse().unwrap()).collect();
        for bytes in [unhex(ber), unhex(der)] {
            let (found_policy, found_classes, found_mark, categories) = if kind == "label" {
                labels += 1;
                let label = read(&bytes).1.unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
                (label.policy.unwrap(), Vec::from([label.class.unwrap()]), label.privacy, label.categories)
            } else {
                clearances += 1;
                let held = Held::read(&bytes).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
                (held.policy, held.classes, None, held.categories)
            };
            assert_eq!((found_policy.as_str(), &found_classes), (policy, &classes));
            assert_eq!(found_mark.unwrap_or_default(), mark.trim_matches('"'));
            let categories = categories.unwrap_or_default();
            let sorted = |tags: &[CodedTag]| {
                let mut tags: Vec<String> = tags.iter().map(|tag| format!("{tag:?}")).collect();
                tags.sort();
                tags
            };
            let mut found = categories.tags;
            found.iter_mut().for_each(|tag| tag.codes.sort_unstable());
            assert_eq!((sorted(&found), categories.unknown), (sorted(&expected), 0), "{line}");
        }
    }
    assert!(labels > 200 && clearances > 200, "{labels} {clearances}");
}

fn coded(text: &str) -> CodedTag {
    let [set_id, kind, enumerated, codes] = text.split('/').collect::<Vec<_>>().try_into().unwrap();
    CodedTag {
        set_id: set_id.into(),
        kind: Kind::named(kind),
        enumerated: enumerated == "1",
        codes: codes.split(',').map(|code| code.parse().unwrap()).collect(),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
}

const LEVELS: &str = r#"<securityClassification name="LOW" lacv="7" hierarchy="1"/><securityClassification name="HIGH" lacv="2" hierarchy="2"/>"#;
const SETS: &str = r#"<securityCategoryTagSet name="S" id="1.2.3">
    <securityCategoryTag name="R" tagType="restrictive"><tagCategory name="R0" lacv="0"/><tagCategory name="R9" lacv="9"/></securityCategoryTag>
    <securityCategoryTag name="E" tagType="enumerated" enumType="restrictive"><tagCategory name="E0" lacv="0"/></securityCategoryTag>
    <securityCategoryTag name="P" tagType="permissive"><tagCategory name="P0" lacv="0"/></securityCategoryTag>
    <securityCategoryTag name="Q" tagType="enumerated" enumType="permissive"><tagCategory name="Q40" lacv="040"/></securityCategoryTag>
    <securityCategoryTag name="N" tagType="tagType7" tag7Encoding="bitSetAttributes"><tagCategory name="N3" lacv="3"/></securityCategoryTag>
    </securityCategoryTagSet>"#;
const POLICY: &str = "1.3.6.1.4.1.99999.7";

fn tag(kind: Kind, enumerated: bool, codes: &[u64]) -> (String, Kind, bool, Vec<u64>) {
    ("1.2.3".into(), kind, enumerated, codes.into())
}

fn told(set: &PolicySet, bytes: &[u8]) -> Result<String, Vec<&'static str>> {
    let file = LabelFile::read(bytes);
    let mut out = file.findings().to_vec();
    match file.label(set, &mut out) {
        Some(found) if out.is_empty() => Ok(found.label.text(set).to_string()),
        found => {
            assert!(found.is_none(), "no label of a binary file that is not whole");
            Err(out.iter().map(|finding| finding.code.id()).collect())
        }
    }
}

/// Rules 18 and 37: codes are looked up by set, kind and encoding; they are no order.
#[test]
fn each_code_is_one_value_of_its_tag() {
    let set = small(LEVELS, SETS, |_| {});
    let (r, p, n) = (Kind::Restrictive, Kind::Permissive, Kind::Informative);
    let label = |class, tags: &[_]| told(&set, &encoded_label(POLICY, class, tags, false));
    assert_eq!(label(7, &[]).unwrap(), "TEST LOW", "7 is lower than 2 here");
    let all = [
        tag(r, false, &[0, 9]),
        tag(r, true, &[0]),
        tag(p, false, &[0]),
        tag(p, true, &[40]),
        tag(n, false, &[3]),
    ];
    let text = "TEST HIGH R R0, R9 E E0 P P0 Q Q40 N N3";
    assert_eq!(label(2, &all).unwrap(), text);
    assert_eq!(told(&set, &encoded_label(POLICY, 2, &all, true)).unwrap(), text, "indefinite lengths");
    assert_eq!(
        label(2, &[tag(n, true, &[3])]).unwrap(),
        "TEST HIGH N N3",
        "informative codes in either form"
    );
    for (class, tags, code) in [
        (4, Vec::new(), "LG-M005"),
        (2, Vec::from([tag(r, false, &[1])]), "LG-M039"),
        (2, Vec::from([tag(r, true, &[9])]), "LG-M039"),
        (2, Vec::from([tag(p, true, &[0])]), "LG-M039"),
        (2, Vec::from([(String::from("1.2.4"), r, false, Vec::from([0]))]), "LG-M006"),
        (2, Vec::from([tag(r, false, &[0]), tag(r, false, &[9])]), "LG-M009"),
        (2, Vec::from([tag(p, true, &[40, 40])]), "LG-M009"),
        (2, Vec::from([tag(p, false, &[])]), "LG-M011"),
    ] {
        assert_eq!(label(class, &tags).unwrap_err(), [code], "{tags:?}");
    }
    assert_eq!(told(&set, &encoded_label("1.3.6.1.4.1.99999.8", 2, &[], false)).unwrap_err(), ["LG-M003"]);
    assert_eq!(told(&set, &tlv(0x31, &oid(POLICY))).unwrap_err(), ["LG-M011"]);
    let mark = |mark: &[u8]| told(&set, &tlv(0x31, &[number(2), oid(POLICY), mark.into()].concat()));
    assert_eq!(mark(&tlv(0x13, b"HINT")).unwrap_err(), ["LG-M034"]);
    assert_eq!(mark(&tlv(0x13, &[b'A'; 129])).unwrap_err(), ["LG-S009"]);
    assert_eq!(mark(&tlv(0x0C, b"")).unwrap_err(), ["LG-S009"]);
    // A category of a type that nobody published here, and one that says less than a tag.
    let unknown = group(0x30, &[tlv(0x80, &oid_content("1.2.3.4")), tlv(0xA1, &number(1))], false);
    let whole = tlv(0x31, &[number(2), oid(POLICY), tlv(0x31, &unknown)].concat());
    assert_eq!(told(&set, &whole).unwrap_err(), ["LG-M038"]);
}

/// A code that two values of the policy of NATO share says neither (rule 9 and section 2 of the facts, defect a).
#[test]
fn a_shared_code_of_the_policy_of_nato_is_no_value() {
    let Some(spif) = corpus("nmbs/20210506_PU_NATO_Security_Policy-v88.spif") else { return };
    let mut set = PolicySet::new();
    let settings = crate::testing::settings("NATO", "1.3.26.1.3.1");
    set.add(crate::Policy::from_spif(&spif, &settings).unwrap()).unwrap();
    let to = |code| {
        let tag = ("1.3.26.1.4.2".into(), Kind::Permissive, false, Vec::from([code]));
        told(&set, &encoded_label("1.3.26.1.3.1", 4, &[tag], false))
    };
    assert_eq!(to(1005).unwrap_err(), ["LG-M039"], "KFOR or the EU Council");
    assert_eq!(to(40).unwrap(), "NATO SECRET Releasable To AUT");
}

#[test]
fn wrong_binary_labels_are_refused() {
    let set = small(LEVELS, SETS, |_| {});
    let good = encoded_label(POLICY, 2, &[tag(Kind::Permissive, true, &[40])], false);
    assert!(told(&set, &good).is_ok());
    let codes = |bytes: &[u8]| told(&set, bytes).unwrap_err();
    assert_eq!(codes(&[&good[..], &[0]].concat()), ["LG-S001"], "a byte behind the end");
    assert_eq!(codes(&good[..good.len() - 1]), ["LG-S001"]);
    assert_eq!(codes(&tlv(0x31, &[])), ["LG-S009"], "no part at all");
    for twice in [number(2), oid(POLICY), tlv(0x0C, b"A")] {
        assert_eq!(codes(&tlv(0x31, &twice.repeat(2))), ["LG-S009"]);
    }
    assert_eq!(codes(&tlv(0x31, &tlv(4, b"x"))), ["LG-S009"], "a tag that a label does not have");
    assert_eq!(codes(&tlv(0x31, &tlv(0x31, &[]))), ["LG-S009"], "categories without one");
    let long = encoded_label(POLICY, 2, &[tag(Kind::Permissive, true, &(0..600).collect::<Vec<_>>())], false);
    assert_eq!(codes(&long), ["LG-S009"]);
    let many: Vec<_> =
        (0..65).map(|at| (format!("1.2.{at}"), Kind::Permissive, true, Vec::from([1]))).collect();
    assert_eq!(codes(&encoded_label(POLICY, 2, &many, false)), ["LG-S009"]);
    assert_eq!(codes(&[&[0x31][..], &[b'x'; 70_000]].concat()), ["LG-S001"]);
}

#[test]
fn clearances_are_read_in_both_tags_and_by_privileges() {
    let set = small(LEVELS, SETS, |_| {});
    let tags = [tag(Kind::Permissive, true, &[40]), tag(Kind::Restrictive, false, &[9])];
    let expected = Clearance::new(&set, "TEST", &["HIGH"], &[("Q", "Q40"), ("R", "R9")]).unwrap();
    for x841 in [false, true] {
        let bytes = encoded_clearance(POLICY, &[2], &tags, x841);
        assert_eq!(Clearance::read(&bytes, &set).unwrap(), expected);
    }
    // Privileges of the MISSI profile say the same; an enumeration there is of whichever tag has the code.
    let privileges = [tlv(0x81, &bits(&[9])[2..]), tlv(0xA2, &number(40))].concat();
    let sets = tlv(0x31, &tlv(0x30, &[oid("1.2.3"), tlv(0x30, &privileges)].concat()));
    let category = tlv(0x30, &[tlv(0x80, &oid_content("2.16.840.1.101.2.1.8.2")), tlv(0xA1, &sets)].concat());
    let bytes = tlv(0x30, &[oid(POLICY), bits(&[2]), tlv(0x31, &category)].concat());
    assert_eq!(Clearance::from_ber(&bytes, &set).unwrap(), expected);
    let on = label(&set, "TEST", "HIGH", &[("Q", "Q40")]);
    assert_eq!(expected.access(&on, &set), Access::Granted);
    let code = |bytes: &[u8]| Clearance::from_ber(bytes, &set).unwrap_err()[0].code;
    assert_eq!(code(&encoded_clearance("1.2.3.4", &[2], &[], false)), "P081");
    assert_eq!(code(&encoded_clearance(POLICY, &[3], &[], false)), "P081");
    assert_eq!(code(&encoded_clearance(POLICY, &[2], &[tag(Kind::Permissive, true, &[41])], false)), "P081");
    assert_eq!(code(&tlv(0x30, &oid(POLICY))), "P081", "unclassified is the default, and 1 is no code here");
    assert_eq!(code(&tlv(0x30, &[oid(POLICY), bits(&[2]), number(1)].concat())), "P080");
    assert_eq!(code(&tlv(0x30, &bits(&[2]))), "P080");
    assert_eq!(code(&[0x30]), "P080");
}

proptest! {
    /// Rule 7 of the binary form: what is written is read, in any form that BER allows.
    #[test]
    fn what_is_written_is_read(
        class in 0..300_u64,
        sets in proptest::collection::btree_map(1..9_u8, (0..3_u8, any::<bool>(), proptest::collection::btree_set(0..2000_u64, 1..9)), 0..5),
        indefinite in any::<bool>(),
    ) {
        let kinds = [Kind::Restrictive, Kind::Permissive, Kind::Informative];
        let tags: Vec<_> = sets
            .iter()
            .map(|(at, (kind, enumerated, codes))| {
                (format!("1.2.{at}"), kinds[usize::from(*kind)], *enumerated, codes.iter().copied().collect::<Vec<_>>())
            })
            .collect();
        let bytes = encoded_label("2.999.17", class, &tags, indefinite);
        let read = read(&bytes).1.unwrap();
        let found = read.categories.unwrap_or_default();
        prop_assert_eq!((read.policy.as_deref(), read.class), (Some("2.999.17"), Some(class)));
        prop_assert_eq!(found.tags.len(), tags.len());
        for (found, (set_id, kind, enumerated, codes)) in found.tags.iter().zip(&tags) {
            prop_assert_eq!((&found.set_id, found.kind, &found.codes), (set_id, Some(*kind), codes));
            prop_assert!(found.enumerated == (*enumerated && *kind != Kind::Informative));
        }
    }

    /// One octet changed never makes another label out of a label by accident of the reader: it is read or refused, and
    /// what is read is what stands there.
    #[test]
    fn a_changed_octet_is_read_or_refused(at in 0..60_usize, to in any::<u8>()) {
        let mut bytes = encoded_label(POLICY, 2, &[tag(Kind::Permissive, true, &[40]), tag(Kind::Restrictive, false, &[0, 9])], true);
        let at = at % bytes.len();
        bytes[at] = to;
        let set = small(LEVELS, SETS, |_| {});
        let file = LabelFile::read(&bytes);
        let mut out = Vec::new();
        if let Some(label) = file.label(&set, &mut out) {
            prop_assert!(file.is_schema_valid() && label.label.text(&set).to_string().starts_with("TEST"));
        }
        let _ = Categories::default();
    }
}
