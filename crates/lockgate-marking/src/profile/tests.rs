use super::{Carrier, CarrierValue, Claim, Claimed, Display, Profile, ProfileText};
use crate::Place;
use crate::PolicySet;
use crate::native::NativeFormat;
use crate::testing::{label, policies};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn value(texts: &[&str], level: Option<&str>, categories: &[(&str, &str)]) -> CarrierValue {
    CarrierValue {
        texts: strings(texts),
        level: level.map(ToString::to_string),
        categories: categories.iter().map(|(tag, value)| (tag.to_string(), value.to_string())).collect(),
    }
}

fn cot() -> ProfileText {
    ProfileText {
        name: "cot-mission".into(),
        policy: "MISSION".into(),
        carriers: Vec::from([
            Carrier {
                role: "marking.level".into(),
                values: Vec::from([
                    value(&["MISSION RESTRICTED", "R"], Some("RESTRICTED"), &[]),
                    value(&["R REL AUT"], Some("RESTRICTED"), &[("Releasable To", "AUT")]),
                ]),
                unlabelled: strings(&["", "Undefined"]),
                ..Carrier::default()
            },
            Carrier {
                role: "marking.caveat-text".into(),
                values: Vec::from([value(&["NATEYES"], None, &[("Special Handling", "NATIONAL EYES")])]),
                unlabelled: strings(&[""]),
                ..Carrier::default()
            },
            Carrier {
                role: "marking.releasable-to".into(),
                values: Vec::from([value(&["FVEY"], None, &[("Releasable To", "FVEY")])]),
                unlabelled: strings(&[""]),
                separator: Some(",".into()),
                nations_of: Some("Releasable To".into()),
                ..Carrier::default()
            },
        ]),
    }
}

/// Level, caveat, releasable-to; `None` = the attribute is absent.
fn read(set: &PolicySet, texts: [Option<&str>; 3]) -> Result<Claimed, &'static str> {
    let profile = Profile::compile(&cot(), set).unwrap();
    let mut claim = Claim::default();
    claim.begin();
    for (role, text) in
        ["marking.level", "marking.caveat-text", "marking.releasable-to"].into_iter().zip(texts)
    {
        if let Some(text) = text {
            // The first fault is remembered; the caller may go on.
            let _ = claim.read(&profile, profile.carrier(role).unwrap(), text);
        }
    }
    claim.finish(&profile).map_err(|finding| finding.code.id())
}

#[test]
fn carriers_of_one_object_make_one_claim() {
    let set = policies();
    let mission = |values: &[(&str, &str)]| Ok(Claimed::Label(label(&set, "MISSION", "RESTRICTED", values)));
    assert_eq!(read(&set, [Some("R"), None, None]), mission(&[]));
    assert_eq!(read(&set, [Some("R"), Some(""), Some("")]), mission(&[]));
    assert_eq!(
        read(&set, [Some("MISSION RESTRICTED"), Some("NATEYES"), Some("HRV,HUN,FVEY")]),
        mission(&[
            ("Special Handling", "NATIONAL EYES"),
            ("Releasable To", "HRV"),
            ("Releasable To", "HUN"),
            ("Releasable To", "FVEY")
        ])
    );
    for nothing in [[None, None, None], [Some(""), None, None], [Some("Undefined"), Some(""), Some("")]] {
        assert_eq!(read(&set, nothing), Ok(Claimed::Unlabelled));
    }
}

#[test]
fn what_is_not_exactly_listed_is_never_unlabelled() {
    let set = policies();
    for level in ["restricted", "R ", " ", "undefined", "MISSION  RESTRICTED", "MISSION RESTRICTED\n", "RR"] {
        assert_eq!(read(&set, [Some(level), None, None]), Err("LG-M002"), "{level:?}");
    }
    assert_eq!(read(&set, [Some("Undef\u{200B}ined"), None, None]), Err("LG-M010"));
    for list in ["HRV,", ",HRV", "HRV, HUN", "HRV;HUN", "hrv", "XKS", "NATO", "HRV,HRV", ",", " "] {
        assert_eq!(read(&set, [Some("R"), None, Some(list)]), Err("LG-M002"), "{list:?}");
    }
    assert_eq!(
        read(&set, [Some("Undefined"), None, Some("AUT")]),
        Err("LG-M011"),
        "a release without a level"
    );
    assert_eq!(read(&set, [None, Some("NATEYES"), None]), Err("LG-M011"));
    assert_eq!(
        read(&set, [Some("R REL AUT"), None, Some("HUN")]),
        Err("LG-M009"),
        "the union would be wider"
    );
}

#[test]
fn a_carrier_speaks_once() {
    let set = policies();
    let profile = Profile::compile(&cot(), &set).unwrap();
    let carrier = profile.carrier("marking.level").unwrap();
    let mut claim = Claim::default();
    claim.read(&profile, carrier, "Undefined").unwrap();
    assert_eq!(claim.read(&profile, carrier, "R").unwrap_err().code.id(), "LG-M009");
    assert_eq!(claim.finish(&profile).unwrap_err().code.id(), "LG-M009");
    claim.begin();
    assert_eq!(claim.finish(&profile), Ok(Claimed::Unlabelled));
}

#[test]
fn a_wrong_profile_does_not_compile() {
    let set = policies();
    let code = |change: &dyn Fn(&mut ProfileText)| {
        let mut text = cot();
        change(&mut text);
        Profile::compile(&text, &set).unwrap_err()[0].code
    };
    assert_eq!(code(&|p| p.policy = "SVN".into()), "P062");
    assert_eq!(code(&|p| p.carriers[0].values[0].level = Some("MIDDLE".into())), "P063");
    assert_eq!(code(&|p| p.carriers[1].values[0].categories[0].1 = "OTHER".into()), "P064");
    assert_eq!(code(&|p| p.carriers[2].nations_of = Some("Purpose".into())), "P064");
    assert_eq!(code(&|p| p.carriers[0].unlabelled.push("R".into())), "P065");
    assert_eq!(code(&|p| p.carriers[2].values[0].texts = strings(&["AUT"])), "P065");
    assert_eq!(code(&|p| p.carriers[0].values[0].level = None), "P066");
    assert_eq!(code(&|p| p.carriers[2].separator = Some(String::new())), "P066");
    assert_eq!(code(&|p| p.carriers[1].role = "marking.level".into()), "P066");
    assert_eq!(code(&|p| p.carriers.push(Carrier { role: "x".into(), ..Carrier::default() })), "P066");
}

#[test]
fn a_marking_as_people_read_it_is_read_with_the_words_of_the_policy() {
    let set = policies();
    let mut text = cot();
    let display = Some(Display { place: Place::PageTop, language: None });
    text.policy = "NATO".into();
    text.carriers = Vec::from([Carrier { role: "marking.banner".into(), display, ..Carrier::default() }]);
    let profile = Profile::compile(&text, &set).unwrap();
    let carrier = profile.carrier("marking.banner").unwrap();
    let read = |text: &str| {
        let mut found = Vec::new();
        profile.display(carrier, text, &set, &mut found).ok_or_else(|| found[0].code.id())
    };
    assert!(read("NATO RESTRICTED").unwrap().says_the_same_as(&label(
        &set,
        "NATO",
        "RESTRICTED",
        &[("Context", "NATO")]
    )));
    assert_eq!(read("NATO RESTRICTE"), Err("LG-M002"));
    assert_eq!(read("NATO R\u{415}STRICTED"), Err("LG-M010"));
    // A carrier of listed texts reads no such marking, and one of such markings lists none.
    let listed = Profile::compile(&cot(), &set).unwrap();
    let level = listed.carrier("marking.level").unwrap();
    let mut found = Vec::new();
    assert_eq!(listed.display(level, "R", &set, &mut found), None);
    assert_eq!(found[0].code.id(), "LG-M002");
    text.carriers[0].unlabelled = strings(&[""]);
    assert_eq!(Profile::compile(&text, &set).unwrap_err()[0].code, "P066");
}

/// A profile of NATO for the codes of `format`.
fn native(format: NativeFormat, values: Vec<CarrierValue>) -> ProfileText {
    let role = String::from("marking.native");
    let carrier = Carrier { role, values, format: Some(format), ..Carrier::default() };
    ProfileText { name: "native".into(), policy: "NATO".into(), carriers: Vec::from([carrier]) }
}

/// Rule 37: the format knows its codes, the profile only what its levels are called.
#[test]
fn the_codes_of_a_format_are_read_by_its_words() {
    let set = policies();
    let values = || {
        let level = |name| value(&[name], Some(name), &[("Context", "NATO")]);
        Vec::from(["UNCLASSIFIED", "SECRET", "TOP SECRET"].map(level))
    };
    let read = |format, code: &str| {
        let profile = Profile::compile(&native(format, values()), &set).unwrap();
        let mut claim = Claim::default();
        let carrier = profile.carrier("marking.native").unwrap();
        match claim.read(&profile, carrier, code).and_then(|()| claim.finish(&profile)) {
            Ok(Claimed::Label(label)) => Ok(label.text(&set).to_string()),
            Ok(Claimed::Unlabelled) => panic!("{code}"),
            Err(finding) => Err(finding.code.id()),
        }
    };
    let secret = Ok(String::from("NATO SECRET"));
    assert_eq!(read(NativeFormat::Gmti, "2"), secret);
    assert_eq!(read(NativeFormat::Misb, "4"), secret);
    assert_eq!(read(NativeFormat::Nitf, "S"), secret);
    assert_eq!(read(NativeFormat::Ip, "90"), secret);
    assert_eq!(read(NativeFormat::Gmti, "1"), Ok("COSMIC TOP SECRET".into()));
    assert_eq!(read(NativeFormat::Misb, "1"), Ok("NATO UNCLASSIFIED".into()));
    // The format has it and the profile does not list it; the format lacks it; the word is no code.
    assert_eq!(read(NativeFormat::Gmti, "3"), Err("LG-M020"));
    assert_eq!(read(NativeFormat::Gmti, "6"), Err("LG-M039"));
    for text in ["SECRET", "02", "2 ", "", "s"] {
        assert_eq!(read(NativeFormat::Gmti, text), Err("LG-M039"), "{text:?}");
    }
    // No text is written anew from a code.
    let profile = Profile::compile(&native(NativeFormat::Gmti, values()), &set).unwrap();
    assert_eq!(profile.word_for(set.level("NATO", "SECRET").unwrap()), None);
}

#[test]
fn a_profile_of_a_format_keeps_its_order_and_knows_its_words() {
    let set = policies();
    let faults = |values: Vec<CarrierValue>| -> Vec<&'static str> {
        let faults = Profile::compile(&native(NativeFormat::Vmf, values), &set).unwrap_err();
        faults.into_iter().map(|fault| fault.code).collect()
    };
    let pair = |word, level| value(&[word], Some(level), &[]);
    assert_eq!(faults(Vec::from([pair("CONFIDENTIAL", "SECRET"), pair("SECRET", "RESTRICTED")])), ["P071"]);
    assert_eq!(faults(Vec::from([pair("RESTRICTED", "RESTRICTED"), pair("SECRET", "SECRET")])), ["P063"]);
    let unknown = value(&["SECRET"], Some("NO SUCH LEVEL"), &[("Context", "NATO")]);
    assert_eq!(faults(Vec::from([unknown])), ["P063"]);
    assert_eq!(faults(Vec::from([pair("SECRET", "SECRET"), pair("SECRET", "TOP SECRET")])), ["P065"]);
    assert_eq!(faults(Vec::from([value(&["SECRET"], None, &[("Context", "NATO")])])), ["P066"]);
}
