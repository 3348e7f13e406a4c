use super::{LabelBuilder, TagClaim};
use crate::testing::{at, label, policies};
use crate::{Label, Policy, PolicySet, Review, Settings};
use alloc::string::ToString;
use alloc::vec::Vec;
use lockgate_reason::Code;

const PERMISSIVE: &str = "PERMISSIVE";

/// One category of a label: name, type, identifier, values.
type Category<'a> = (&'a str, &'a str, Option<&'a str>, &'a [&'a str]);

struct Text<'a> {
    policy: (&'a str, Option<&'a str>),
    level: &'a str,
    categories: Vec<Category<'a>>,
}

/// RESTRICTED, releasable to AUT, as a mission label.
fn friendly<'a>() -> Text<'a> {
    Text {
        policy: ("MISSION", Some("urn:oid:1.3.6.1.4.1.99999.1")),
        level: "RESTRICTED",
        categories: Vec::from([(
            "Releasable To",
            PERMISSIVE,
            Some("1.3.6.1.4.1.99999.1.1"),
            &["AUT", "HRV"][..],
        )]),
    }
}

fn read(text: &Text<'_>, set: &PolicySet) -> Result<Label, Code> {
    let mut builder = LabelBuilder::new();
    let mut fill = || {
        builder.begin(set, text.policy.0, text.policy.1)?;
        builder.level(set, text.level)?;
        for (name, kind, id, values) in &text.categories {
            builder.tag(set, TagClaim { name, kind, id: *id })?;
            for value in *values {
                builder.value(set, value)?;
            }
        }
        builder.created(at("2026-03-01T10:00:00Z"))?;
        builder.finish()
    };
    let first = fill().map_err(|finding| finding.code);
    if let Err(code) = first {
        assert_eq!(builder.finish().unwrap_err().code, code, "a lost label stays lost");
    }
    first
}

#[test]
fn a_label_is_read_whole() {
    let set = policies();
    let read = read(&friendly(), &set).unwrap();
    let expected =
        label(&set, "MISSION", "RESTRICTED", &[("Releasable To", "HRV"), ("Releasable To", "AUT")]);
    assert!(read.says_the_same_as(&expected));
    assert!(read.holds(&set, "Releasable To", "AUT") && !read.holds(&set, "Releasable To", "SVN"));
    assert_eq!(read.text(&set).to_string(), "MISSION RESTRICTED Releasable To AUT, HRV");
}

#[test]
fn every_fault_has_its_code() {
    let set = policies();
    let code = |change: &dyn Fn(&mut Text<'static>)| {
        let mut text = friendly();
        change(&mut text);
        read(&text, &set).unwrap_err().id()
    };
    assert_eq!(code(&|t| t.policy = ("SVN", None)), "LG-M003");
    assert_eq!(code(&|t| t.policy = ("mission", None)), "LG-M003", "MISSION compares exactly");
    assert_eq!(code(&|t| t.policy = ("SVN", Some("1.2.3"))), "LG-M003");
    assert_eq!(code(&|t| t.policy = ("NATO", Some("1.3.6.1.4.1.99999.1"))), "LG-M004");
    assert_eq!(code(&|t| t.policy = ("MISSION", Some("1.2.3"))), "LG-M004");
    assert_eq!(code(&|t| t.policy = ("SVN", Some("1.3.26.1.3.1"))), "LG-M004");
    assert_eq!(code(&|t| t.policy = ("МISSION", None)), "LG-M010", "a Cyrillic letter");
    for level in ["TOP SECRET", "restricted", "RESTRICTED ", "RESTRCTED", ""] {
        assert_eq!(code(&|t| t.level = level), "LG-M005");
    }
    assert_eq!(code(&|t| t.level = "RE\u{200B}STRICTED"), "LG-M010");
    assert_eq!(code(&|t| t.categories[0].0 = "Releasable"), "LG-M008", "the identifier names another tag");
    let unknown = |t: &mut Text<'static>| (t.categories[0].0, t.categories[0].2) = ("Releasable", None);
    assert_eq!(code(&unknown), "LG-M006");
    assert_eq!(code(&|t| t.categories[0].0 = "Releasable\u{202E} To"), "LG-M010");
    assert_eq!(code(&|t| t.categories[0].1 = "RESTRICTIVE"), "LG-M008");
    assert_eq!(code(&|t| t.categories[0].1 = "Permissive"), "LG-M008");
    assert_eq!(code(&|t| t.categories[0].2 = Some("1.3.6.1.4.1.99999.1.2")), "LG-M008");
    assert_eq!(code(&|t| t.categories[0].0 = "Special Handling"), "LG-M008", "the identifier is another's");
    assert_eq!(code(&|t| t.categories[0].3 = &["AUT", "XKS"]), "LG-M007");
    assert_eq!(code(&|t| t.categories[0].3 = &["ＡＵＴ"]), "LG-M010");
    assert_eq!(code(&|t| t.categories[0].3 = &["AUT", "AUT"]), "LG-M009");
    assert_eq!(code(&|t| t.categories.push(t.categories[0])), "LG-M009");
    assert_eq!(code(&|t| t.categories[0].3 = &[]), "LG-M011", "a category without a value");
}

/// Rule 13, of every policy that does not say otherwise; when it was made is asked of all.
#[test]
fn a_bound_label_says_when_it_was_made_and_when_it_is_reviewed() {
    let id = "1.3.6.1.4.1.99999.7";
    let spif = crate::testing::spif(r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#, "");
    let code = |review: Option<Review>, dates: [bool; 3]| {
        let settings = Settings { review, ..crate::testing::settings("TEST", id) };
        let mut set = PolicySet::new();
        set.add(Policy::from_spif(spif.as_bytes(), &settings).unwrap()).unwrap();
        let mut builder = LabelBuilder::new();
        builder.begin(&set, "TEST", None).unwrap();
        builder.level(&set, "LOW").unwrap();
        let [created, reviewed, succeeded] = dates;
        created.then(|| builder.created(at("2026-01-01T00:00:00Z")).unwrap());
        reviewed.then(|| builder.review(at("2027-01-01T00:00:00Z")).unwrap());
        succeeded.then(|| builder.succession(at("2027-01-01T00:00:00Z")).unwrap());
        builder.finish().map(|_| ()).map_err(|finding| finding.code.id())
    };
    let optional = Some(Review::Optional);
    for (review, dates, expected) in [
        (None, [true, true, false], Ok(())),
        (None, [true, false, true], Ok(())),
        (None, [true, false, false], Err("LG-M026")),
        (None, [false, true, false], Err("LG-M011")),
        (Some(Review::Required), [true, false, false], Err("LG-M026")),
        (optional, [true, false, false], Ok(())),
        (optional, [false, false, false], Err("LG-M011")),
        (optional, [false, true, false], Err("LG-M011")),
    ] {
        assert_eq!(code(review, dates), expected, "{review:?} {dates:?}");
    }
}

#[test]
fn order_and_number_count() {
    let set = policies();
    let mut builder = LabelBuilder::new();
    assert_eq!(builder.level(&set, "SECRET").unwrap_err().code.id(), "LG-M011");
    builder.begin(&set, "MISSION", None).unwrap();
    assert_eq!(builder.value(&set, "AUT").unwrap_err().code.id(), "LG-M011");
    builder.begin(&set, "MISSION", None).unwrap();
    assert_eq!(builder.finish().unwrap_err().code.id(), "LG-M011", "no level");
    builder.begin(&set, "MISSION", None).unwrap();
    builder.level(&set, "SECRET").unwrap();
    assert_eq!(builder.level(&set, "SECRET").unwrap_err().code.id(), "LG-M009");
    builder.begin(&set, "MISSION", None).unwrap();
    builder.created(at("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(builder.created(at("2026-01-01T00:00:00Z")).unwrap_err().code.id(), "LG-M009");
}

#[test]
fn category_by_category_is_the_same_label() {
    let set = policies();
    let tag = |name, kind| TagClaim { name, kind, id: None };
    let mut builder = LabelBuilder::new();
    builder.begin(&set, "MISSION", None).unwrap();
    builder.level(&set, "RESTRICTED").unwrap();
    builder.category(&set, tag("Releasable To", "permissive"), "AUT").unwrap();
    builder.category(&set, tag("Releasable To", "permissive"), "HRV").unwrap();
    builder.category(&set, tag("Special Handling", "restrictive"), "MEDICAL").unwrap();
    let again = builder.category(&set, tag("Releasable To", "permissive"), "SVN");
    assert_eq!(again.unwrap_err().code.id(), "LG-M009", "a tag that was left is not taken up again");
    builder.begin(&set, "MISSION", None).unwrap();
    builder.level(&set, "RESTRICTED").unwrap();
    builder.category(&set, tag("Releasable To", "permissive"), "AUT").unwrap();
    builder.category(&set, tag("Releasable To", "permissive"), "HRV").unwrap();
    builder.created(at("2026-03-01T10:00:00Z")).unwrap();
    assert!(builder.finish().unwrap().says_the_same_as(&read(&friendly(), &set).unwrap()));
}

#[test]
fn nato_names_fold_and_nato_labels_name_their_review() {
    let set = policies();
    let mut builder = LabelBuilder::new();
    let mut fill = |created: Option<&str>, review: Option<&str>, succession: Option<&str>| {
        builder.begin(&set, "nato", None).unwrap();
        builder.level(&set, " Top Secret\n").unwrap();
        builder.tag(&set, TagClaim { name: "CONTEXT", kind: PERMISSIVE, id: None }).unwrap();
        builder.value(&set, "Nato").unwrap();
        if let Some(time) = created {
            builder.created(at(time)).unwrap();
        }
        if let Some(time) = review {
            builder.review(at(time)).unwrap();
        }
        if let Some(time) = succession {
            builder.succession(at(time)).unwrap();
        }
        builder.finish().map_err(|finding| finding.code.id())
    };
    let (made, later) = (Some("2026-01-01T00:00:00Z"), Some("2026-01-01T00:00:00.000000001Z"));
    let label = fill(made, later, None).unwrap();
    assert_eq!(label.text(&set).to_string(), "COSMIC TOP SECRET");
    assert_eq!(label.created(), made.map(at));
    assert!(fill(made, None, later).is_ok(), "a successor stands in for the review");
    assert!(fill(made, Some("2020-01-01T00:00:00Z"), None).is_ok(), "a passed review changes nothing");
    assert_eq!(fill(None, later, None).unwrap_err(), "LG-M011");
    assert_eq!(fill(made, None, None).unwrap_err(), "LG-M026");
    assert_eq!(
        fill(made, later, made).unwrap_err(),
        "LG-M018",
        "the successor comes no later than the label"
    );
}
