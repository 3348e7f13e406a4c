//! What holds of every marking: one reading, the same text again, and a roll-up that is a join and never lower.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use lockgate_us::{
    Aea, Code, Date, Dissem, EDITIONS, Edition, Form, Level, Marking, NonIc, Owner, RollUp, Stands, parse,
    render,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeSet;

fn codes(names: &[&str]) -> BTreeSet<Code> {
    names.iter().map(|name| Code::of(name).unwrap()).collect()
}

const NATIONS: &[&str] = &["AUS", "CAN", "DEU", "GBR", "FVEY", "NATO", "KFOR", "TEYE"];

prop_compose! {
    /// A portion as it comes: most of them break some rule, and count all the same.
    fn portion()(
        level in select(&Level::ALL[..]),
        owner in select(vec![Owner::Us, Owner::Us, Owner::Us, Owner::Concealed,
            Owner::Foreign(Code::of("DEU").unwrap()), Owner::Foreign(Code::of("NATO").unwrap()),
            Owner::Joint(codes(&["CAN", "USA"])), Owner::Joint(codes(&["CAN", "USA"])), Owner::Joint(codes(&["GBR", "USA"]))]),
        sci in subsequence(vec!["SI", "SI-G", "TK", "HCS", "HCS-O"], 0..3),
        sar in subsequence(vec!["BP", "GB"], 0..2),
        aea in subsequence(vec![Aea::Rd, Aea::RdSigma(14), Aea::Frd, Aea::FrdSigma(20), Aea::Ucni, Aea::Tfni], 0..3),
        fgi in subsequence(vec!["DEU", "GBR", "NATO"], 0..2),
        concealed in prop::bool::weighted(0.1),
        dissem in subsequence(vec![Dissem::Fouo, Dissem::Oc, Dissem::OcUsgov, Dissem::Imc, Dissem::Dsen, Dissem::Relido], 0..3),
        release in select(vec![None, None, Some(Dissem::Nf), Some(Dissem::Rel), Some(Dissem::Rel), Some(Dissem::Eyes), Some(Dissem::DisplayOnly)]),
        mut list in subsequence(NATIONS, 0..5),
        usa in prop::bool::weighted(0.9),
        both in prop::bool::weighted(0.2),
        display in subsequence(NATIONS, 0..3),
        non_ic in subsequence(vec![NonIc::Xd, NonIc::Nd, NonIc::Sbu, NonIc::SbuNf, NonIc::LesNf, NonIc::Ssi], 0..2),
    ) -> Marking {
        let mut marking = Marking::new(level);
        marking.owner = owner;
        for control in sci {
            // A compartment brings its system along (ISM-ID-00388).
            marking.sci.extend(control.split('-').next().map(String::from));
            marking.sci.insert(control.into());
        }
        marking.sar = sar.into_iter().map(String::from).collect();
        marking.aea = aea.into_iter().collect();
        marking.fgi = codes(&fgi);
        marking.fgi_concealed = concealed;
        marking.dissem = dissem.into_iter().chain(release).collect();
        marking.non_ic = non_ic.into_iter().collect();
        if usa {
            list.push("USA");
        }
        if matches!(release, Some(Dissem::Rel | Dissem::Eyes)) {
            marking.rel = codes(&list);
        }
        if release == Some(Dissem::DisplayOnly) || (both && release == Some(Dissem::Rel)) {
            marking.dissem.insert(Dissem::DisplayOnly);
            marking.display = codes(&display);
        }
        marking
    }
}

/// The same with words that the edition knows only.
fn known(mut portion: Marking, edition: &Edition) -> Marking {
    if matches!(edition.name, "dod-2012" | "ism-2014") {
        portion.dissem.remove(&Dissem::OcUsgov);
    }
    if edition.name == "ism-2014" {
        portion.sci.remove("HCS-O");
    }
    portion
}

/// Rules that a published roll-up breaks itself; docs/US-MARKINGS.md says so.
fn documented(code: &str, edition: &Edition) -> bool {
    // SBU stays on a classified whole, against ISM-ID-00037.
    let keeps_sbu = code == "U120" && matches!(edition.name, "ism-2014" | "ism-2022");
    // EYES ONLY of an EXDIS portion becomes REL TO beside a REL TO portion.
    keeps_sbu || (code == "U126" && edition.name == "dod-2012")
}

fn whole(portions: &[Marking], edition: &'static Edition) -> Marking {
    let mut rollup = RollUp::new(edition);
    portions.iter().for_each(|portion| rollup.add(portion));
    rollup.strictest().visible()
}

fn today() -> Date {
    Date::read("2026-11-22").unwrap()
}

/// May somebody of this country have, or see, what is marked so? Written down from the manual, not from the lattice.
fn may(country: &str, see: bool, marking: &Marking, edition: &Edition) -> bool {
    if country == "USA" {
        return true;
    }
    let has = |one| marking.dissem.contains(&one);
    if has(Dissem::Nf) || marking.non_ic.contains(&NonIc::SbuNf) || marking.non_ic.contains(&NonIc::LesNf) {
        return false;
    }
    let member = |list: &BTreeSet<Code>| {
        list.iter().any(|code| {
            let groups: &[(&str, &[&str])] = &[
                ("FVEY", &["AUS", "CAN", "GBR", "NZL"]),
                ("TEYE", &["AUS", "GBR"]),
                ("NATO", &["CAN", "DEU", "GBR"]),
            ];
            let taken_apart = match edition.name {
                "dod-2012" => false,
                "ism-2022" => true,
                _ => code.text() != "NATO",
            };
            code.text() == country
                || (taken_apart
                    && groups
                        .iter()
                        .any(|(name, members)| *name == code.text() && members.contains(&country)))
        })
    };
    let valid = marking.rel.len() > 1 && marking.rel.contains(&Code::of("USA").unwrap());
    let named = has(Dissem::Rel) || has(Dissem::Eyes);
    if named && valid && member(&marking.rel) {
        return true;
    }
    if see && has(Dissem::DisplayOnly) && member(&marking.display) {
        return true;
    }
    // Nothing said: only what is unclassified and bears nothing at all.
    *marking == Marking { level: Level::U, ..Marking::new(Level::U) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 65_536, failure_persistence: None, ..ProptestConfig::default() })]

    /// markings.md rule 24: commutative, associative, idempotent.
    #[test]
    fn a_roll_up_is_a_join(
        edition in select(EDITIONS.iter().collect::<Vec<_>>()),
        portions in prop::collection::vec(portion(), 2..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let all = whole(&portions, edition);
        let mut turned = portions.clone();
        turned.reverse();
        prop_assert_eq!(&whole(&turned, edition), &all);
        let cut = cut.index(portions.len());
        let parts = [whole(&portions[..cut], edition), whole(&portions[cut..], edition)];
        let left: &[Marking] = if cut == 0 { &parts[1..] } else { &parts };
        prop_assert_eq!(&whole(left, edition), &all);
        prop_assert_eq!(&whole(std::slice::from_ref(&all), edition), &all);
        let mut again = portions.clone();
        again.push(all.clone());
        prop_assert_eq!(&whole(&again, edition), &all);
    }

    /// markings.md rule 23 and 26: what the whole allows, every part allows; and it is exact for readers.
    #[test]
    fn a_whole_is_never_lower_than_a_part(
        edition in select(EDITIONS.iter().collect::<Vec<_>>()),
        portions in prop::collection::vec(portion(), 1..5),
    ) {
        let all = whole(&portions, edition);
        for part in &portions {
            prop_assert!(all.covers(part, edition));
            prop_assert!(all.level >= part.level || part.level == Level::R);
            prop_assert!(part.sci.is_subset(&all.sci) && part.sar.is_subset(&all.sar));
            prop_assert!(!part.dissem.contains(&Dissem::Oc) || all.dissem.contains(&Dissem::Oc));
            for country in ["AUS", "CAN", "DEU", "GBR", "NZL", "FRA", "KFOR", "NATO", "FVEY"] {
                for see in [false, true] {
                    prop_assert!(
                        !may(country, see, &all, edition) || may(country, see, part, edition),
                        "{} {} by {:?} of {:?}", country, see, all, part
                    );
                }
            }
        }
    }

    /// Portions that follow the rules of their edition roll up to a whole that does.
    #[test]
    fn a_whole_of_valid_portions_is_valid(
        edition in select(EDITIONS.iter().collect::<Vec<_>>()),
        portions in prop::collection::vec(portion(), 8..48),
    ) {
        let valid: Vec<Marking> = portions
            .into_iter()
            .map(|portion| known(portion, edition))
            .filter(|portion| lockgate_us::check(portion, edition).next().is_none())
            .collect();
        prop_assume!(!valid.is_empty());
        let all = whole(&valid, edition);
        let broken: Vec<&str> = lockgate_us::check(&all, edition)
            .map(|rule| rule.code)
            .filter(|code| !documented(code, edition))
            .collect();
        prop_assert!(broken.is_empty(), "{broken:?}: {all:?} of {valid:#?}");
    }

    /// markings.md rule 27: after portions are taken out, the banner is recomputed and covers what is left.
    #[test]
    fn roll_down_covers_what_is_left(
        edition in select(EDITIONS.iter().collect::<Vec<_>>()),
        portions in prop::collection::vec(portion(), 2..6),
    ) {
        let banner = whole(&portions, edition);
        let (down, stands) = RollUp::down(&portions[1..], &banner, edition, today());
        let down = down.marking.unwrap().visible();
        prop_assert_ne!(stands, Stands::Looser);
        prop_assert!(banner.covers(&down, edition));
        prop_assert!(portions[1..].iter().all(|part| down.covers(part, edition)));
    }

    /// markings.md rule 30: once a source is concealed, no source is named.
    #[test]
    fn concealed_sources_stay_concealed(portions in prop::collection::vec(portion(), 1..5)) {
        for edition in EDITIONS {
            let all = whole(&portions, edition);
            let concealed =
                portions.iter().any(|part| part.fgi_concealed || part.owner == Owner::Concealed);
            prop_assert_eq!(all.fgi_concealed, concealed);
            prop_assert!(!concealed || all.fgi.is_empty());
        }
    }

    /// markings.md rules 7 and 8: what is accepted is written in one way, and that text says the same.
    #[test]
    fn text_survives(portion in portion(), edition in select(EDITIONS.iter().collect::<Vec<_>>())) {
        for form in [Form::Banner, Form::Portion] {
            let Some(text) = render(&portion, form, edition) else { continue };
            let Ok(parsed) = parse(&text, edition) else { continue };
            prop_assert_eq!(parsed.form, form);
            prop_assert_eq!(render(&parsed.marking, form, edition), Some(text));
            let other = if form == Form::Banner { Form::Portion } else { Form::Banner };
            if let Some(other) = render(&parsed.marking, other, edition) {
                prop_assert_eq!(parse(&other, edition).map(|parsed| parsed.marking), Ok(parsed.marking));
            }
        }
    }

    /// markings.md rule 8: a valid marking is read back from its own text, so no text stands for two of them.
    #[test]
    fn every_accepted_text_has_one_reading(portion in portion(), edition in select(EDITIONS.iter().collect::<Vec<_>>())) {
        let mut shown = known(portion, edition).visible();
        if shown.fgi_concealed {
            shown.fgi.clear();
        }
        if lockgate_us::check(&shown, edition).next().is_some() {
            return Ok(());
        }
        for form in [Form::Banner, Form::Portion] {
            let Some(text) = render(&shown, form, edition) else { continue };
            let read = parse(&text, edition).map(|parsed| parsed.marking);
            prop_assert_eq!(read.as_ref(), Ok(&shown), "{}", text);
        }
    }

    /// What attributes say comes back from them.
    #[test]
    fn attributes_survive(portion in portion(), edition in select(EDITIONS.iter().collect::<Vec<_>>())) {
        let attributes = known(portion, edition).attributes(edition);
        let read = Marking::read(attributes.iter().map(|(name, value)| (*name, value.as_str())), edition);
        let again = read.map(|read| read.attributes(edition));
        prop_assert_eq!(again, Ok(attributes));
    }

    /// Any text at all: no panic, and what is accepted re-parses to the same (rule 2: anything unknown is a fault).
    #[test]
    fn any_text_is_read_or_refused(
        parts in prop::collection::vec(select(vec![
            "SECRET", "S", "TS", "TOP SECRET", "//", "/", " ", ", ", "-", "(", ")", "NOFORN", "NF", "REL TO USA", "GBR",
            "FVEY", "SI", "G", "ABCD", "TK", "SAR-", "BP", "RD", "SIGMA 14", "SG 14", "FGI", "JOINT ", "NATO ", "CTS",
            "ATOMAL", "USA", "EYES ONLY", "DISPLAY ONLY ", "ACCM-", "FOO", "LIMDIS", "é", "x", "N", "KFORS", "ORCON", "OC",
        ]), 0..14),
        edition in select(EDITIONS.iter().collect::<Vec<_>>()),
    ) {
        let text = parts.concat();
        match parse(&text, edition) {
            Ok(parsed) => {
                let again = render(&parsed.marking, parsed.form, edition).unwrap();
                prop_assert_eq!(parse(&again, edition), Ok(parsed));
            }
            Err(fault) => {
                prop_assert!(fault.at.end <= text.len() && fault.at.start <= fault.at.end, "{}", fault);
                prop_assert!(text.get(fault.at).is_some());
            }
        }
    }
}

/// Found by chance once in some thousand wholes: RELIDO that a banner does not show counted when it was rolled up again.
#[test]
fn what_a_banner_does_not_show_is_forgotten() {
    let edition = Edition::named("dod-2012").unwrap();
    let named = |controls: &[Dissem], display: &[&str]| Marking {
        dissem: [Dissem::Rel, Dissem::Relido].iter().chain(controls).copied().collect(),
        rel: codes(&["USA", "TEYE"]),
        display: codes(display),
        ..Marking::new(Level::U)
    };
    let (shown, other) = (named(&[Dissem::DisplayOnly], &["FVEY"]), named(&[], &[]));
    let again = whole(&[whole(std::slice::from_ref(&shown), edition), other.clone()], edition);
    assert_eq!(whole(&[shown, other], edition), again);
}
