//! Every page that leaves says the level of its label, or people are told which does not.

use super::*;

fn pages(form: &'static str, shown: usize, texts: &[(&str, &str)]) -> Seen {
    let said = |(place, text): &(&str, &str)| Said {
        place: (*place).to_owned(),
        text: (*text).to_owned(),
        is_class: false,
    };
    Seen { form: Some(form), shown, texts: texts.iter().map(said).collect(), ..usual() }
}

/// The first page without a banner and the whole sentence, where there is one.
fn told_of(gate: &Gate, seen: Seen) -> Option<(String, String)> {
    let mut worker = Told(Looked::Through(seen));
    let (_, account) =
        told(&judge_attested(frame(gate), &gate.policy, now(), Box::default(), &mut worker, &[]));
    let reasons = account["reasons"].as_array().unwrap();
    let told = reasons.iter().find(|reason| reason["code"] == "LG-D023")?;
    let text = |key: &str| told[key].as_str().unwrap().to_owned();
    Some((text("field"), text("says")))
}

#[test]
fn each_page_has_to_say_the_level_of_the_label() {
    let both = [("page 1", "MISSION RESTRICTED"), ("page 2", "and more, RESTRICTED")];
    assert_eq!(told_of(&GATE, pages("pdf", 2, &both)), None);
    let cases: [(&str, Seen, &str, &str); 6] = [
        ("no words at all", pages("pdf", 2, &[]), "page 1", "2 of 2"),
        ("one page", pages("pdf", 2, &both[..1]), "page 2", "1 of 2"),
        (
            "a lower level",
            pages("pdf", 2, &[both[0], ("page 2", "MISSION UNCLASSIFIED")]),
            "page 2",
            "1 of 2",
        ),
        ("said elsewhere", pages("pdf", 1, &[("metadata packet", "RESTRICTED")]), "page 1", "1 of 1"),
        ("page 12 is not page 1", pages("pdf", 1, &[("page 12", "RESTRICTED")]), "page 1", "1 of 1"),
        ("a picture", pages("png", 1, &[]), "picture 1", "1 of 1"),
    ];
    for (what, seen, place, count) in cases {
        let (field, says) = told_of(&GATE, seen).unwrap_or_else(|| panic!("{what}"));
        assert_eq!(field, place, "{what}");
        assert!(says.ends_with(count), "{what}: {says}");
    }
    let read = [("picture 1, pixels, 40,3 to 55,5 percent", "RESTRICTED")];
    assert_eq!(told_of(&GATE, pages("png", 1, &read)), None, "what was read in pixels counts");
    let inside = Seen { form: Some("pdf"), shown: 2, ..classed("RESTRICTED") };
    let (field, says) = told_of(&GATE, inside).unwrap();
    assert!(field == "page 1" && says.ends_with("2 of 2"), "a file inside says nothing of the pages: {says}");
    let classed = Seen { form: Some("nitf"), shown: 1, ..classed("RESTRICTED") };
    assert_eq!(told_of(&GATE, classed), None, "a NITF file says its class");
    assert_eq!(told_of(&GATE, usual()), None, "nothing is shown");
}

/// A word is told so many times in what is searched at once; a page counts however many bear a banner before it.
#[test]
fn of_long_documents_every_page_counts() {
    let places: Vec<String> = (1..=40).map(|page| format!("page {page}")).collect();
    let mut texts: Vec<(&str, &str)> =
        places.iter().map(|place| (place.as_str(), "RESTRICTED, and RESTRICTED")).collect();
    assert_eq!(told_of(&GATE, pages("pdf", 40, &texts)), None);
    texts[38].1 = "nothing";
    let (field, says) = told_of(&GATE, pages("pdf", 40, &texts)).unwrap();
    assert!(field == "page 39" && says.ends_with("1 of 40"), "{field}: {says}");
}

#[test]
fn people_may_answer_for_pages_without_a_banner() {
    let seen = Looked::Through(pages("pdf", 3, &[("page 2", "RESTRICTED")]));
    let (released, account) = approved(&GATE, &seen, &seen, |terms| terms);
    assert_eq!(released.as_deref(), Some(ANEW), "{account}");
    assert!(account["answered"].as_array().unwrap().iter().any(|reason| reason["code"] == "LG-D023"));
}

#[test]
fn the_lowest_level_needs_no_banner() {
    let lane = "lanes/cot-down.kdl";
    let gate = gate(&[
        (lane, "by=interface ceiling=\"SECRET\"", "by=interface ceiling=\"UNCLASSIFIED\""),
        (lane, "            label level=\"RESTRICTED\" {", "            label level=\"UNCLASSIFIED\" {"),
    ]);
    assert_eq!(told_of(&gate, pages("pdf", 2, &[])), None);
}
