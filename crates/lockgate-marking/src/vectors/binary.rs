//! The vectors of spiffing once more, through binary labels and clearances made from their codes.

use super::spiffing::{clearance, coded, food, label, tlp};
use super::*;
use crate::ess::tests::encoder::{encoded_clearance, encoded_label};
use crate::{LabelFile, LabelForm};

/// What a file of spiffing says by code: policy, classes, and the codes of each tag.
type Codes = (String, Vec<u64>, Vec<(String, Kind, bool, Vec<u64>)>);

fn codes(file: &str) -> Codes {
    let bytes = corpus(&format!("surevine-spiffing/{file}")).unwrap();
    let document = roxmltree::Document::parse(core::str::from_utf8(&bytes).unwrap()).unwrap();
    let (mut policy, mut classes) = (String::new(), Vec::new());
    let mut tags: Vec<(String, Kind, bool, Vec<u64>)> = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let code = || node.attribute("lacv").unwrap().parse().unwrap();
        match node.tag_name().name() {
            "policy" => policy = node.attribute("id").unwrap().into(),
            "classification" => classes.push(code()),
            "tag" => {
                let (kind, enumerated) = match node.attribute("type").unwrap() {
                    "permissive" => (Kind::Permissive, false),
                    "enumeratedPermissive" => (Kind::Permissive, true),
                    "restrictive" => (Kind::Restrictive, false),
                    "enumeratedRestrictive" => (Kind::Restrictive, true),
                    other => {
                        assert_eq!(other, "informative");
                        (Kind::Informative, false)
                    }
                };
                let id = node.attribute("id").unwrap();
                let known =
                    tags.iter_mut().find(|tag| (tag.0.as_str(), tag.1, tag.2) == (id, kind, enumerated));
                match known {
                    Some(tag) => tag.3.push(code()),
                    None => tags.push((id.into(), kind, enumerated, Vec::from([code()]))),
                }
            }
            _ => {}
        }
    }
    (policy, classes, tags)
}

fn binary_label(set: &PolicySet, file: &str, indefinite: bool) -> Label {
    let (policy, classes, tags) = codes(file);
    let read = LabelFile::read(&encoded_label(&policy, classes[0], &tags, indefinite));
    assert_eq!(read.form(), Some(LabelForm::Ess));
    let mut out = Vec::new();
    let found = read.label(set, &mut out);
    found.unwrap_or_else(|| panic!("{file}: {:?} {out:?}", read.findings())).label
}

fn binary_clearance(set: &PolicySet, file: &str, x841: bool) -> Clearance {
    let (policy, classes, tags) = codes(file);
    Clearance::read(&encoded_clearance(&policy, &classes, &tags, x841), set).unwrap()
}

/// Rules 17 and 37: each label and clearance of tests.xml is the same in binary, and decides the same.
#[test]
fn binary_labels_and_clearances_decide_the_same() {
    let mut checked = 0;
    let mut check = |set: &PolicySet, labels: &[&str], clearances: &[&str]| {
        for file in labels {
            for indefinite in [false, true] {
                assert_eq!(binary_label(set, file, indefinite), label(set, file), "{file}");
                checked += 1;
            }
        }
        for file in clearances {
            for x841 in [false, true] {
                let (binary, named) = (binary_clearance(set, file, x841), clearance(set, file));
                assert_eq!(binary, named, "{file}");
                for file in labels {
                    let (binary_label, label) = (binary_label(set, file, x841), label(set, file));
                    assert_eq!(binary.access(&binary_label, set), named.access(&label, set), "{file}");
                }
            }
        }
    };
    let mut set = PolicySet::new();
    if food(&mut set).is_none() {
        return;
    }
    let foods = ["milk-chocolate", "cheap-milk-chocolate", "meaty-milk-chocolate", "bacon", "water"]
        .map(|name| format!("food-label-{name}.xml"));
    let foods: Vec<&str> = foods.iter().map(String::as_str).collect();
    check(&set, &foods, &["food-clearance-lactose-intolerant.xml", "food-clearance-all-okay.xml"]);
    let milk = binary_label(&set, "food-label-milk-chocolate.xml", false);
    let decide = |file: &str| binary_clearance(&set, file, true).access(&milk, &set);
    assert_eq!(decide("food-clearance-lactose-intolerant.xml"), Access::Denied);
    assert_eq!(decide("food-clearance-all-okay.xml"), Access::Granted);

    let mut set = PolicySet::new();
    let [_, _, uk] = tlp(&mut set).unwrap();
    check(&set, &["tlpx-amber-eu.xml", "tlpx-green-sh-na.xml"], &["uk-demo-secret-uk.xml"]);
    let amber = set.declared(&binary_label(&set, "tlpx-amber-eu.xml", true), uk).unwrap();
    assert_eq!(binary_clearance(&set, "uk-demo-secret-uk.xml", false).access(&amber, &set), Access::Granted);

    let mut set = PolicySet::new();
    nato_2015(&mut set).unwrap();
    let labels =
        ["17-1", "17-2", "17-3", "17-4", "17-6", "extra-1"].map(|name| format!("nato-4774-{name}.xml"));
    check(&set, &labels.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    // The form by names says the same, where there is one.
    for number in [1, 2, 3, 4, 5, 6] {
        let (names, codes) = (format!("nato-4774-17-{number}.nato"), format!("nato-4774-17-{number}.xml"));
        assert!(binary_label(&set, &codes, false).says_the_same_as(&label(&set, &names)), "{names}");
    }
    let (policy, ..) = coded(&set, "nato-4774-17-1.xml");
    assert_eq!(set.policy(policy).unwrap().id(), "1.3.26.1.3.1");
    assert_eq!(checked, 26);
}
