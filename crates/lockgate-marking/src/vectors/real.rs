extern crate std;

use super::*;
use crate::bits::Bits;
use proptest::prelude::*;

/// The generations of the policy of NATO that are in the corpus.
fn generations() -> Vec<PolicySet> {
    static SETS: std::sync::OnceLock<Vec<PolicySet>> = std::sync::OnceLock::new();
    SETS.get_or_init(load_generations).clone()
}

fn load_generations() -> Vec<PolicySet> {
    let files = [
        "surevine-spiffing/nato-4774-policy.xml",
        "sparrow/nato.xml",
        "nmbs/20210506_PU_NATO_Security_Policy-v88.spif",
        "nmbs/NATO.spif",
    ];
    let load = |path: &&str| {
        let mut set = PolicySet::new();
        add(&mut set, path, "NATO", "1.3.26.1.3.1", &[])?;
        Some(set)
    };
    files.iter().filter_map(load).collect()
}

fn policy(set: &PolicySet) -> &Policy {
    set.iter().next().unwrap().1
}

/// A label with any usable values.
fn any_label(set: &PolicySet, level: usize, picks: &[usize]) -> Label {
    let policy = policy(set);
    let usable: Vec<u16> = (0_u16..)
        .zip(&policy.values)
        .filter(|(_, value)| !value.unusable && !value.typed)
        .map(|(at, _)| at)
        .collect();
    let values: Bits = picks.iter().map(|pick| usable[pick % usable.len()]).collect();
    Label::new(PolicyIx(0), (level % policy.levels.len()) as u16, values)
}

/// Rule 9: values with a code or name that stands twice. Either the policy works on without them.
#[test]
fn what_collides_is_unusable_and_the_rest_works() {
    let mut set = PolicySet::new();
    let Some(nato) = nato_2021(&mut set) else { return };
    let by_name = |tag: &str, value: &str| set.category(nato, tag, value);
    let by_code = |id: &str, code: &str| set.category_coded(nato, id, Kind::Permissive, code);
    // One code for OCCAR and NATO: the names still say which is meant, the code does not.
    assert!(by_name("Releasable To", "OCCAR").is_some() && by_name("Releasable To", "NATO").is_some());
    for code in ["1001", "1002", "1005", "1006"] {
        assert_eq!(by_code("1.3.26.1.4.2", code), None, "{code}");
    }
    // One name with two codes: neither name nor code is taken.
    for name in ["EAPC", "PFP", "RESOLUTE SUPPORT", "KFOR", "NATO Response Force"] {
        assert_eq!(by_name("Releasable To", name), None, "{name}");
    }
    assert_eq!(by_code("1.3.26.1.4.2", "2007"), None);
    // The context NATO is written twice with one code and one meaning: one value.
    assert!(
        by_name("Context", "NATO").is_some() && by_code("1.3.26.1.4.4", "1001") == by_name("Context", "NATO")
    );
    assert!(by_code("1.3.26.1.4.2", "040").is_some() && by_name("Context", "KFOR").is_some());
    let policy = set.policy(nato).unwrap();
    let kfor = (0_u16..).zip(&policy.values).find(|(_, v)| v.lacv == "2007").unwrap().0;
    let label = Label::new(nato, 0, Bits::from_iter([kfor]));
    let mut out = Vec::new();
    assert!(!set.validate(&label, at("2026-01-01T00:00:00Z"), lockgate_bytes::Duration::ZERO, &mut out));
    assert!(out.iter().any(|finding| finding.code.id() == "LG-M017"), "{out:?}");
    assert_eq!(policy.marking_form(Place::PageTop, None).render(&label), None);
}

/// Rule 7 on the policy of 2021: pages in two languages, portion marks.
#[test]
fn the_policy_of_2021_marks_pages_and_portions() {
    let mut set = PolicySet::new();
    let Some(nato) = nato_2021(&mut set) else { return };
    let policy = set.policy(nato).unwrap();
    let label = |level: &str, values: &[(&str, &str)]| crate::testing::label(&set, "NATO", level, values);
    let to = |name| ("Releasable To", name);
    let (context, open) = (("Context", "NATO"), ("Context", "Releasable"));
    let released = label("RESTRICTED", &[context, open, to("NATO"), to("AUT"), to("CHE")]);
    let cosmic = label("TOP SECRET", &[context, ("Special Category Designators", "BOHEMIA")]);
    let kfor = label("SECRET", &[("Context", "KFOR")]);
    let only = label("CONFIDENTIAL", &[context, ("Only", "ALB"), ("Only", "BEL")]);
    for (label, place, language, text) in [
        (&released, Place::PageTop, None, "NATO RESTRICTED Releasable To Austria, Switzerland"),
        (
            &released,
            Place::PageBottom,
            Some("fr"),
            "NATO DIFFUSION RESTREINTE Releasable To Autriche, Suisse",
        ),
        (&released, Place::Portion, None, "NR Releasable To Austria, Switzerland"),
        (&cosmic, Place::PageTop, None, "COSMIC TOP SECRET BOHEMIA"),
        (&cosmic, Place::PageTop, Some("fr"), "COSMIC TRES SECRET BOHEMIA"),
        (&cosmic, Place::Portion, None, "CTS BOHEMIA"),
        (&kfor, Place::PageTop, None, "NATO/KFOR SECRET"),
        (&kfor, Place::Portion, None, "NS KFOR"),
        (&only, Place::PageTop, None, "NATO CONFIDENTIAL Albania, Belgium Only"),
    ] {
        let form = policy.marking_form(place, language);
        assert_eq!(form.render(label).as_deref(), Some(text));
        assert_eq!(form.parse(text, nato), Ok(*label), "{text}");
        assert_eq!(form.parse(&text.to_lowercase(), nato), Ok(*label), "NATO compares without case");
    }
    let form = policy.marking_form(Place::PageTop, None);
    for (text, code) in [
        ("", "LG-M002"),
        ("NATO", "LG-M002"),
        ("SECRET", "LG-M002"),
        ("NATO SECRET RELEASABLE TO", "LG-M002"),
        ("NATO SECRET Releasable To Switzerland, Austria", "LG-M002"),
        ("NATO SECRET Releasable To Austria, Austria", "LG-M002"),
        ("NATO SECRET Releasable To Atlantis", "LG-M002"),
        ("NATO SECRET extra", "LG-M002"),
        ("NATO SECRET Releasable To NATO Response Force", "LG-M002"),
        ("NATO SЕCRET", "LG-M010"),
        ("NATO SEC\u{200B}RET", "LG-M010"),
    ] {
        assert_eq!(form.parse(text, nato).unwrap_err().code.id(), code, "{text:?}");
    }
    let long = "NATO SECRET ".repeat(400);
    assert_eq!(form.parse(&long, nato).unwrap_err().code.id(), "LG-M002");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Rules 23 and 24 on every generation: commutative, associative, idempotent, and no reader gained.
    #[test]
    fn combination_is_sound_on_real_policies(
        levels in proptest::array::uniform3(0..5_usize),
        picks in proptest::array::uniform3(proptest::collection::vec(0..400_usize, 0..7)),
        shared in proptest::collection::vec(0..400_usize, 0..4),
        held in proptest::collection::vec(0..400_usize, 0..80),
    ) {
        for set in generations() {
            let labels: Vec<Label> = (0..3)
                .map(|at| any_label(&set, levels[at], &[picks[at].clone(), shared.clone()].concat()))
                .collect();
            let (a, b, c) = (labels[0], labels[1], labels[2]);
            let join = |a: &Label, b: &Label| policy(&set).strictest(a, b);
            let joined = join(&a, &b);
            prop_assert_eq!(joined, join(&b, &a));
            prop_assert_eq!(join(&a, &a), a);
            prop_assert_eq!(join(&joined, &c), join(&a, &join(&b, &c)));
            prop_assert!(joined.dominates(&a, &set) && joined.dominates(&b, &set));
            let clearance = Clearance::from_parts(
                PolicyIx(0),
                0b11111,
                any_label(&set, 0, &[held.clone(), shared.clone(), picks[0].clone()].concat()).values,
            );
            let reads = |label: &Label| clearance.access(label, &set) == Access::Granted;
            prop_assert!(!reads(&joined) || (reads(&a) && reads(&b)));
        }
    }

    /// Rule 7 on every generation: what is written and read back is the label itself, or is not read at all.
    #[test]
    fn a_marking_reads_back_as_its_label(
        level in 0..5_usize,
        picks in proptest::collection::vec(0..400_usize, 0..6),
        place in 0..11_usize,
        language in 0..3_usize,
    ) {
        for set in generations() {
            let form = policy(&set).marking_form(Place::ALL[place], [None, Some("fr"), Some("en-GB")][language]);
            let label = any_label(&set, level, &picks);
            let Some(text) = form.render(&label) else { continue };
            if let Ok(read) = form.parse(&text, PolicyIx(0)) {
                prop_assert_eq!(form.render(&read).unwrap(), text, "one marking, one text");
                let whole = policy(&set).allows(&label);
                prop_assert!(read == label || !whole, "{:?} {:?}", read.text(&set).to_string(), label.text(&set).to_string());
            } else {
                prop_assert!(!policy(&set).allows(&label) || label.values.is_empty(), "{}", label.text(&set).to_string());
            }
        }
    }

    /// Rule 8: no text is too much, and none panics.
    #[test]
    fn any_text_is_read_or_refused(text in "(NATO |COSMIC |SECRET|TOP SECRET|Releasable to |, |/|Austria|Switzerland| ONLY|- |STAFF|[a-z é()]){0,40}") {
        for set in generations() {
            let form = policy(&set).marking_form(Place::PageTop, None);
            if let Ok(label) = form.parse(&text, PolicyIx(0)) {
                prop_assert!(form.render(&label).is_some());
            }
        }
    }
}
