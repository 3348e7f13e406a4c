use super::{Equivalence, LevelTerm, Mapping, check_rings};
use crate::label::Created;
use crate::testing::{at, label, policies, small};
use crate::{Absent, Label, LevelRef, Policy, PolicySet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

const LEVELS: &str = r#"<securityClassification name="INTERNO" lacv="1" hierarchy="1"/>
    <securityClassification name="ZAUPNO" lacv="2" hierarchy="2"/>"#;
const SETS: &str = r#"<securityCategoryTagSet name="Release" id="1.2.3"><securityCategoryTag name="Release" tagType="permissive">
    <tagCategory name="HRV" lacv="191"/><tagCategory name="AUT" lacv="040"/><tagCategory name="OTHER" lacv="9"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="More" id="1.2.4"><securityCategoryTag name="More" tagType="permissive">
    <tagCategory name="SVN" lacv="705"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="Caveat" id="1.2.5"><securityCategoryTag name="Caveat" tagType="restrictive">
    <tagCategory name="MED" lacv="1"/><tagCategory name="OWN" lacv="2"/></securityCategoryTag></securityCategoryTagSet>"#;

fn pair(a: (&str, &str), b: (&str, &str)) -> ((String, String), (String, String)) {
    ((a.0.to_string(), a.1.to_string()), (b.0.to_string(), b.1.to_string()))
}

fn term(term: &str, is: &str) -> LevelTerm {
    LevelTerm { term: term.into(), language: None, is: is.into() }
}

fn text() -> Equivalence {
    Equivalence {
        name: "test-mission".into(),
        from: "TEST".into(),
        to: "MISSION".into(),
        levels: Vec::from([term("INTERNO", "RESTRICTED"), term("ZAUPNO", "CONFIDENTIAL")]),
        categories: Vec::from([
            pair(("Release", "HRV"), ("Releasable To", "HRV")),
            pair(("Release", "AUT"), ("Releasable To", "AUT")),
            pair(("Caveat", "MED"), ("Special Handling", "MEDICAL")),
        ]),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2027-01-01T00:00:00Z"),
        authority: "test".into(),
    }
}

/// TEST (with `More` open to everyone when absent), MISSION and NATO.
fn set(release: Absent) -> PolicySet {
    let mut set = small(LEVELS, SETS, |settings| {
        settings.absent = Vec::from([("Release".into(), release), ("More".into(), Absent::Universe)]);
    });
    for (_, policy) in policies().iter() {
        set.add(policy.clone()).unwrap();
    }
    set
}

#[test]
fn labels_are_mapped_or_held() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, mission, &[text()]).unwrap();
    let now = at("2026-03-01T00:00:00Z");
    let map = |policy: &str, level: &str, values: &[(&str, &str)]| {
        mapping.map(&label(&set, policy, level, values), now).map_err(|finding| finding.code.id())
    };
    let mapped = map("TEST", "ZAUPNO", &[("Release", "HRV"), ("Caveat", "MED")]).unwrap();
    let expected =
        label(&set, "MISSION", "CONFIDENTIAL", &[("Releasable To", "HRV"), ("Special Handling", "MEDICAL")]);
    assert_eq!((mapped.label, mapped.not_after), (expected, at("2027-01-01T00:00:00Z")));
    let own = map("MISSION", "SECRET", &[]).unwrap();
    assert_eq!((own.label, own.not_after), (label(&set, "MISSION", "SECRET", &[]), Time::MAX));
    assert_eq!(map("TEST", "INTERNO", &[("Release", "OTHER")]), Err("LG-M020"));
    assert_eq!(map("TEST", "INTERNO", &[("Caveat", "OWN")]), Err("LG-M020"), "a caveat is never dropped");
    assert_eq!(map("TEST", "INTERNO", &[("More", "SVN")]), Err("LG-M020"));
    assert_eq!(map("NATO", "RESTRICTED", &[]), Err("LG-M020"));
}

#[test]
fn an_equivalence_holds_from_its_first_instant_to_its_last() {
    let set = set(Absent::Undecided);
    let mapping = Mapping::compile(&set, set.named("MISSION").unwrap(), &[text()]).unwrap();
    let claim = label(&set, "TEST", "INTERNO", &[]);
    let tick = Duration::from_nanos(1);
    let (first, end) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    for (now, holds) in [
        (first.minus(tick), false),
        (first, true),
        (first.plus(tick), true),
        (end.minus(tick), true),
        (end, false),
        (end.plus(tick), false),
    ] {
        let code = mapping.map(&claim, now).map(|_| ()).map_err(|finding| finding.code.id());
        assert_eq!(code, if holds { Ok(()) } else { Err("LG-M023") }, "{now}");
    }
}

#[test]
fn what_nobody_may_read_yet_stays_so() {
    let now = at("2026-03-01T00:00:00Z");
    let to_nato = Equivalence {
        to: "NATO".into(),
        levels: Vec::from([term("INTERNO", "RESTRICTED")]),
        categories: Vec::from([pair(("Release", "HRV"), ("Releasable To", "HRV"))]),
        ..text()
    };
    // Absent in TEST = undecided; absent in NATO's Releasable To = open to everyone.
    let set = set(Absent::Undecided);
    let mapping =
        Mapping::compile(&set, set.named("NATO").unwrap(), core::slice::from_ref(&to_nato)).unwrap();
    let mapped = mapping.map(&label(&set, "TEST", "INTERNO", &[]), now).unwrap().label;
    assert_ne!(mapped.nobody, 0, "absence did not become release to everyone");
    // A tag that is not mapped at all, and closed when absent: the label has no equivalent.
    let bare = Equivalence { categories: Vec::new(), ..to_nato };
    let mapping = Mapping::compile(&set, set.named("NATO").unwrap(), &[bare]).unwrap();
    let found = mapping.map(&label(&set, "TEST", "INTERNO", &[]), now);
    assert_eq!(found.unwrap_err().code.id(), "LG-M020");
}

#[test]
fn ceilings_are_mapped_too() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, mission, &[text()]).unwrap();
    let level = |policy: &str, name: &str| set.level(policy, name).unwrap();
    let mapped = |level: LevelRef| mapping.map_level(level, &set).and_then(|level| set.level_name(level));
    assert_eq!(mapped(level("TEST", "ZAUPNO")), Some("CONFIDENTIAL"));
    assert_eq!(mapped(level("MISSION", "SECRET")), Some("SECRET"));
    assert_eq!(mapped(level("NATO", "SECRET")), None);
    let own = set.category(set.named("TEST").unwrap(), "Caveat", "OWN").unwrap();
    assert_eq!(mapping.map_category(own), None);
}

/// A ceiling is the lowest of all that a level is over the years, what something claims to be the highest.
#[test]
fn of_two_equivalences_a_ceiling_has_the_lower_and_a_claim_the_higher() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let next = Equivalence {
        valid_from: text().valid_until,
        valid_until: Time::MAX,
        levels: Vec::from([term("INTERNO", "UNCLASSIFIED")]),
        ..text()
    };
    let mapping = Mapping::compile(&set, mission, &[text(), next]).unwrap();
    let level = |name| set.level("TEST", name).unwrap();
    let named = |level: Option<LevelRef>| level.and_then(|level| set.level_name(level));
    assert_eq!(named(mapping.map_level(level("INTERNO"), &set)), Some("UNCLASSIFIED"));
    assert_eq!(named(mapping.map_level_strictest(level("INTERNO"), &set)), Some("RESTRICTED"));
    assert_eq!(
        named(mapping.map_level_strictest(level("ZAUPNO"), &set)),
        None,
        "the second does not have it"
    );
    assert_eq!(named(mapping.map_level(level("ZAUPNO"), &set)), None);
    let own = set.level("MISSION", "SECRET").unwrap();
    assert_eq!(mapping.map_level_strictest(own, &set), Some(own));
    assert_eq!(mapping.map_level_strictest(set.level("NATO", "SECRET").unwrap(), &set), None);
}

#[test]
fn a_wrong_equivalence_does_not_compile() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let code = |change: &dyn Fn(&mut Equivalence)| {
        let mut changed = text();
        change(&mut changed);
        Mapping::compile(&set, mission, &[changed]).unwrap_err()[0].code
    };
    assert_eq!(code(&|e| e.from = "SVN".into()), "P062");
    assert_eq!(code(&|e| e.to = "SVN".into()), "P062");
    assert_eq!(code(&|e| e.levels[0].term = "TAJNO".into()), "P063");
    assert_eq!(code(&|e| e.levels[0].is = "TOP SECRET".into()), "P063");
    assert_eq!(code(&|e| e.categories[0].0.1 = "SVK".into()), "P064");
    assert_eq!(code(&|e| e.categories[0].1.1 = "XKS".into()), "P064");
    assert_eq!(code(&|e| e.levels.push(e.levels[0].clone())), "P070");
    assert_eq!(code(&|e| e.categories.push(e.categories[0].clone())), "P070");
    assert_eq!(code(&|e| e.levels[0].is = "SECRET".into()), "P071");
    assert_eq!(code(&|e| e.categories[2].1 = ("Releasable To".into(), "HUN".into())), "P072");
    let to = |value: &str| ("Releasable To".to_string(), value.to_string());
    assert_eq!(code(&|e| e.categories[0].1 = to("SVN")), "P072", "a nation is another one");
    assert_eq!(code(&|e| e.categories[0].1 = to("FVEY")), "P072", "a nation is a group");
    assert_eq!(code(&|e| e.categories[0] = (e.categories[0].0.clone(), to("HUN"))), "P072");
    assert_eq!(code(&|e| e.categories[0].0.1 = "OTHER".into()), "P072", "a group is a nation");
    assert_eq!(code(&|e| e.categories.push(pair(("More", "SVN"), ("Releasable To", "SVN")))), "P073");
    let opened = |e: &mut Equivalence| {
        e.to = "NATO".into();
        e.categories = Vec::from([pair(("Release", "OTHER"), ("Context", "Releasable"))]);
    };
    let nato = set.named("NATO").unwrap();
    let mut opening = text();
    opened(&mut opening);
    let faults = Mapping::compile(&set, nato, &[opening]).unwrap_err();
    assert!(faults.iter().any(|fault| fault.code == "P072" && fault.says.contains("everyone")), "{faults:?}");
    assert_eq!(code(&|e| e.valid_until = e.valid_from), "P075");
    let twice = Mapping::compile(&set, mission, &[text(), text()]).unwrap_err();
    assert_eq!(twice[0].code, "P074");
    let next = Equivalence { valid_from: text().valid_until, valid_until: Time::MAX, ..text() };
    assert!(Mapping::compile(&set, mission, &[text(), next]).is_ok(), "one after the other");
}

/// Rule 40: the result is validated in the policy that it leads into, as a label made today.
#[test]
fn an_equivalent_that_is_no_valid_label_is_none() {
    let levels = r#"<securityClassification name="A" lacv="1" hierarchy="1"/><securityClassification name="B" lacv="2" hierarchy="2"/>"#;
    let tag = |values: &str| {
        format!(
            r#"<securityCategoryTagSet name="K" id="1.9"><securityCategoryTag name="K" tagType="restrictive">{values}</securityCategoryTag></securityCategoryTagSet>"#
        )
    };
    let values = r#"<tagCategory name="OPEN" lacv="1"/><tagCategory name="HIGH" lacv="2" requiredClass="B"/>
        <tagCategory name="OLD" lacv="3" obsolete="true"/><tagCategory name="PAST" lacv="4" notAfter="2026-01-31T23:59:59Z"/>"#;
    let mut set = small(levels, &tag(values), |_| {});
    let source = crate::testing::spif(
        levels,
        &tag(
            r#"<tagCategory name="OPEN" lacv="1"/><tagCategory name="HIGH" lacv="2"/><tagCategory name="OLD" lacv="3"/><tagCategory name="PAST" lacv="4"/>"#,
        ),
    );
    let source = source.replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, r#"name="OTHER" id="1.5""#);
    set.add(Policy::from_spif(source.as_bytes(), &crate::testing::settings("OTHER", "1.5")).unwrap())
        .unwrap();
    let names = ["OPEN", "HIGH", "OLD", "PAST"];
    let text = Equivalence {
        from: "OTHER".into(),
        to: "TEST".into(),
        levels: Vec::from([term("A", "A"), term("B", "B")]),
        categories: names.iter().map(|name| pair(("K", name), ("K", name))).collect(),
        ..text()
    };
    let mapping = Mapping::compile(&set, set.named("TEST").unwrap(), &[text]).unwrap();
    let map = |level: &str, value: &str, created: Option<&str>, now: &str| {
        let made = created.map(|made| Created { first: at(made), last: at(made) });
        let label = Label { created: made, ..label(&set, "OTHER", level, &[("K", value)]) };
        mapping.map(&label, at(now)).map(|mapped| mapped.not_after).map_err(|finding| finding.code.id())
    };
    let now = "2026-01-15T00:00:00Z";
    assert_eq!(map("A", "OPEN", None, now), Ok(at("2027-01-01T00:00:00Z")));
    assert_eq!(map("A", "HIGH", None, now), Err("LG-M020"), "the level that it needs is another");
    assert!(map("B", "HIGH", None, now).is_ok());
    assert_eq!(
        map("A", "OLD", Some("2020-01-01T00:00:00Z"), now),
        Err("LG-M020"),
        "nothing withdrawn is made anew"
    );
    assert_eq!(map("A", "PAST", None, now), Ok(at("2026-01-31T23:59:59.000000001Z")));
    assert_eq!(map("A", "PAST", None, "2026-02-01T00:00:00Z"), Err("LG-M020"));
}

/// Rules 40 and 42: the words of a level count as its name does, each in its language, whichever the author wrote.
#[test]
fn a_false_friend_is_one_by_any_word_of_its_level() {
    let level = |name: &str, word: &str, language: &str| {
        format!(
            r#"<securityClassification name="{name}" lacv="1" hierarchy="1"><markingData phrase="{word}" xml:lang="{language}"><code>pageTop</code></markingData></securityClassification>"#
        )
    };
    let compile = |owner: &str, word: &str, language: &str, wrote: LevelTerm| {
        let mut set = policies();
        let own = crate::testing::spif(&level("SECRET", word, language), "")
            .replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, &format!(r#"name="{owner}" id="1.5""#));
        set.add(Policy::from_spif(own.as_bytes(), &crate::testing::settings(owner, "1.5")).unwrap()).unwrap();
        let levels = Vec::from([wrote]);
        let text =
            Equivalence { from: owner.into(), to: "NATO".into(), levels, categories: Vec::new(), ..text() };
        let nato = set.named("NATO").unwrap();
        Mapping::compile(&set, nato, &[text]).map(|_| ()).map_err(|faults| faults[0].code)
    };
    let by_word = |word: &str, language: &str, is: &str| LevelTerm {
        language: Some(language.into()),
        ..term(word, is)
    };
    for (owner, word, language, is, found) in [
        ("ESP", "SECRETO", "es", "SECRET", Err("P079")),
        ("ESP", "SECRETO", "es", "TOP SECRET", Ok(())),
        ("PRT", "SECRETO", "pt", "SECRET", Ok(())),
        ("PRT", "SECRETO", "es", "SECRET", Ok(())),
        ("PRT", "RESERVADO", "pt", "RESTRICTED", Ok(())),
    ] {
        let wrote = by_word(word, language, is);
        assert_eq!(compile(owner, word, language, wrote), found, "{owner} {word} as {is}");
        assert_eq!(compile(owner, word, language, term("SECRET", is)), found, "{owner}'s level by its name");
    }
}

/// Rule 40: a term of a language is a word that the file gives in it; rule 41: no way there and back ends lower.
#[test]
fn terms_are_keyed_by_language_and_no_round_trip_lowers() {
    let levels = |marking: &str| {
        format!(
            r#"<securityClassification name="ONE" lacv="1" hierarchy="1"/><securityClassification name="TWO" lacv="2" hierarchy="2">{marking}</securityClassification>"#
        )
    };
    let words = r#"<markingData phrase="DRUGO" xml:lang="sl"><code>pageTop</code></markingData>
        <markingData phrase="ZWEI" xml:lang="de"><code>pageTop</code></markingData>"#;
    let mut set = small(&levels(words), "", |_| {});
    for (_, policy) in policies().iter() {
        set.add(policy.clone()).unwrap();
    }
    let in_language = |word: &str, language: &str, is: &str| LevelTerm {
        language: Some(language.into()),
        ..term(word, is)
    };
    let there = |levels: Vec<LevelTerm>| Equivalence { levels, categories: Vec::new(), ..text() };
    let mission = set.named("MISSION").unwrap();
    let compile = |all: &[Equivalence]| {
        Mapping::compile(&set, mission, all).map(|_| ()).map_err(|faults| faults[0].code)
    };
    let both = Vec::from([in_language("DRUGO", "sl", "SECRET"), in_language("ZWEI", "de", "SECRET")]);
    assert_eq!(compile(&[there(both)]), Ok(()), "two words for one level");
    for (wrong, code) in [
        (in_language("ZWEI", "sl", "SECRET"), "P063"),
        (in_language("TWO", "en", "SECRET"), "P063"),
        (term("ZWEI", "SECRET"), "P063"),
    ] {
        assert_eq!(compile(&[there(Vec::from([wrong]))]), Err(code), "not its word in that language");
    }
    let split = Vec::from([in_language("DRUGO", "sl", "SECRET"), in_language("ZWEI", "de", "CONFIDENTIAL")]);
    assert_eq!(compile(&[there(split)]), Err("P070"));
    let forth = there(Vec::from([term("ONE", "RESTRICTED"), term("TWO", "SECRET")]));
    let back = |secret: &str| Equivalence {
        from: "MISSION".into(),
        to: "TEST".into(),
        levels: Vec::from([term("RESTRICTED", "ONE"), term("SECRET", secret)]),
        ..forth.clone()
    };
    assert_eq!(compile(&[forth.clone(), back("TWO")]), Ok(()));
    assert_eq!(compile(&[forth.clone(), back("ONE")]), Err("P078"));
    let later = Equivalence { valid_from: forth.valid_until, valid_until: Time::MAX, ..back("ONE") };
    assert_eq!(compile(&[forth, later]), Ok(()), "never in force together");
}

/// Rule 41: what comes back is what it was, for values as for levels.
#[test]
fn no_round_trip_makes_a_value_another_one() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let compile = |there: &[&str], back: &[&str]| {
        let medical = ("Special Handling", "MEDICAL");
        let forth = Equivalence {
            categories: there.iter().map(|value| pair(("Caveat", value), medical)).collect(),
            ..text()
        };
        let again = Equivalence {
            from: "MISSION".into(),
            to: "TEST".into(),
            levels: Vec::new(),
            categories: back.iter().map(|value| pair(medical, ("Caveat", value))).collect(),
            ..text()
        };
        Mapping::compile(&set, mission, &[forth, again]).map(|_| ()).map_err(|faults| faults[0].code)
    };
    assert_eq!(compile(&["MED"], &["MED"]), Ok(()));
    assert_eq!(compile(&["MED", "OWN"], &[]), Ok(()), "one way only");
    assert_eq!(compile(&["MED"], &["OWN"]), Err("P078"));
    assert_eq!(compile(&["MED", "OWN"], &["MED"]), Err("P078"), "OWN comes back as MED");
}

/// An equivalence of levels alone.
fn step(from: &str, to: &str, levels: &[(&str, &str)]) -> Equivalence {
    Equivalence {
        name: format!("{from}-{to}"),
        from: from.into(),
        to: to.into(),
        levels: levels.iter().map(|(a, b)| term(a, b)).collect(),
        categories: Vec::new(),
        ..text()
    }
}

/// Rule 41: no way round by three policies ends lower, or as another value, at a time at which all its steps are in force.
#[test]
fn no_ring_of_equivalences_lowers() {
    let set = set(Absent::Undecided);
    let check = |all: &[Equivalence]| {
        let mut alone = Vec::new();
        for (policy, _) in set.iter() {
            alone.extend(Mapping::compile(&set, policy, all).err().into_iter().flatten());
        }
        assert_eq!(alone, [], "each step is right by itself");
        let faults = check_rings(&set, all);
        assert!(faults.iter().all(|fault| fault.code == "P078"));
        faults.into_iter().map(|fault| (fault.name, fault.says)).collect::<Vec<_>>()
    };
    let first = step("TEST", "MISSION", &[("INTERNO", "RESTRICTED"), ("ZAUPNO", "CONFIDENTIAL")]);
    let second = step("MISSION", "NATO", &[("RESTRICTED", "RESTRICTED"), ("CONFIDENTIAL", "CONFIDENTIAL")]);
    let right = step("NATO", "TEST", &[("RESTRICTED", "INTERNO"), ("CONFIDENTIAL", "ZAUPNO")]);
    let wrong = step("NATO", "TEST", &[("RESTRICTED", "INTERNO"), ("CONFIDENTIAL", "INTERNO")]);
    let ring = |last: &Equivalence| [first.clone(), second.clone(), last.clone()];
    assert_eq!(check(&ring(&right)), []);
    let found = check(&ring(&wrong));
    // From each of the three policies the way round is lower.
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ZAUPNO", "CONFIDENTIAL", "CONFIDENTIAL"], "{found:?}");
    let says = &found.iter().find(|(name, _)| name == "ZAUPNO").unwrap().1;
    assert!(
        says.contains("TEST-MISSION, MISSION-NATO, NATO-TEST") && says.contains("a lower level"),
        "{says}"
    );
    let later = Equivalence { valid_from: first.valid_until, valid_until: Time::MAX, ..wrong.clone() };
    assert_eq!(check(&ring(&later)), [], "never in force together");
    // One that begins within the others' time is.
    let within = Equivalence { valid_from: at("2026-06-01T00:00:00Z"), valid_until: Time::MAX, ..wrong };
    assert_eq!(check(&ring(&within)).len(), 3);
    let with = |step: Equivalence, from: (&str, &str), to: (&str, &str)| Equivalence {
        categories: Vec::from([pair(from, to)]),
        ..step
    };
    let crypto = ("Additional Sensitivity", "CRYPTO");
    let medical = ("Special Handling", "MEDICAL");
    let values = |back: &str| {
        [
            with(first.clone(), ("Caveat", "MED"), medical),
            with(second.clone(), medical, crypto),
            with(right.clone(), crypto, ("Caveat", back)),
        ]
    };
    assert_eq!(check(&values("MED")), []);
    let found = check(&values("OWN"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "MED" && found[0].1.contains("another value"), "{found:?}");
}

/// Rule 41: a way there and back is a ring too, whether or not a lane leads into one of its policies, and hides no longer one.
#[test]
fn a_way_there_and_back_that_no_lane_uses_is_told() {
    let set = set(Absent::Undecided);
    let both = [("RESTRICTED", "RESTRICTED"), ("CONFIDENTIAL", "CONFIDENTIAL")];
    let there = step("TEST", "NATO", &[("INTERNO", "RESTRICTED"), ("ZAUPNO", "CONFIDENTIAL")]);
    let right = step("NATO", "TEST", &[("RESTRICTED", "INTERNO"), ("CONFIDENTIAL", "ZAUPNO")]);
    let lower = step("NATO", "TEST", &[("RESTRICTED", "INTERNO"), ("CONFIDENTIAL", "INTERNO")]);
    let check = |all: &[Equivalence]| -> Vec<(String, String)> {
        check_rings(&set, all).into_iter().map(|fault| (fault.name, fault.says)).collect()
    };
    assert_eq!(check(&[there.clone(), right.clone()]), []);
    let found = check(&[there.clone(), lower.clone()]);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ZAUPNO", "CONFIDENTIAL"], "{found:?}");
    assert!(found[0].1.contains("TEST-NATO, NATO-TEST"), "{found:?}");
    // A second way to the same place does not hide the ring either.
    let around = [step("TEST", "MISSION", &[("ZAUPNO", "CONFIDENTIAL")]), step("MISSION", "NATO", &both)];
    let all = [&[there, lower][..], &around].concat();
    let names: Vec<String> = check(&all).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"ZAUPNO".to_string()), "{names:?}");
}

/// Rule 42: an authored equivalence cannot make a false friend's level a lower one.
#[test]
fn an_equivalence_below_what_a_nation_means_does_not_compile() {
    let levels = |names: &[&str]| -> String {
        let level = |(at, name): (usize, &&str)| {
            format!(r#"<securityClassification name="{name}" lacv="{at}" hierarchy="{at}"/>"#)
        };
        names.iter().enumerate().map(level).collect()
    };
    let compile = |owner: &str, name: &str, is: &str| {
        let mut set = policies();
        let own = crate::testing::spif(&levels(&[name]), "")
            .replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, &format!(r#"name="{owner}" id="1.5""#));
        set.add(Policy::from_spif(own.as_bytes(), &crate::testing::settings(owner, "1.5")).unwrap()).unwrap();
        let text = Equivalence {
            from: owner.into(),
            to: "NATO".into(),
            levels: Vec::from([term(name, is)]),
            categories: Vec::new(),
            ..text()
        };
        let nato = set.named("NATO").unwrap();
        Mapping::compile(&set, nato, &[text]).map(|_| ()).map_err(|faults| faults[0].code)
    };
    for (owner, name, is, found) in [
        ("ESP", "SECRETO", "SECRET", Err("P079")),
        ("ESP", "SECRETO", "TOP SECRET", Ok(())),
        ("PRT", "SECRETO", "SECRET", Ok(())),
        ("PRT", "SECRETO", "CONFIDENTIAL", Err("P079")),
        ("ESP", "RESERVADO", "RESTRICTED", Err("P079")),
        ("ROU", "SECRET", "CONFIDENTIAL", Ok(())),
        ("ITA", "RISERVATISSIMO", "RESTRICTED", Err("P079")),
        ("DEU", "VS-NUR FÜR DEN DIENSTGEBRAUCH", "UNCLASSIFIED", Err("P079")),
        ("SVN", "SECRET", "RESTRICTED", Ok(())),
        ("HRV", "TAJNO", "CONFIDENTIAL", Err("P079")),
        ("HRV", "TAJNO", "SECRET", Ok(())),
        ("BGR", "СЕКРЕТНО", "CONFIDENTIAL", Err("P079")),
        ("HUN", "BIZALMAS", "RESTRICTED", Err("P079")),
    ] {
        assert_eq!(compile(owner, name, is), found, "{owner} {name} as {is}");
    }
}
