//! What a replay takes from a record, and what it does not.

use super::super::bytes::AtHand;
use super::{Again, Outcome, Why};
use crate::pipeline::judge;
use lockgate_audit::{ClockState, Decision, DecisionFacts, Event};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Frame, Time};
use lockgate_core::{Crowded, Deep, Looked, Making, Rebuilt, Scribe, Seen, Unopened, Verdict};
use lockgate_reason::{Code, deep, hold};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n";
const TRACK: &[u8] = include_bytes!("../../../../../../fixtures/cot-event/release-ground-track/input.xml");

/// A worker that says what it is told to.
struct Told(Looked);

impl Deep for Told {
    fn look(&mut self, _: lockgate_bytes::Untrusted<'_>, _: Making) -> Looked {
        self.0.clone()
    }
}

fn failed(code: Code) -> Told {
    Told(Looked::Failed(code))
}

fn seen() -> Told {
    Told(Looked::Through(Seen { form: Some("png"), walked: true, ..Seen::default() }))
}

/// By a machine without a reader of text in pictures.
fn unread() -> Told {
    Told(Looked::Through(Seen { form: Some("png"), walked: true, unread: true, ..Seen::default() }))
}

fn bundle() -> Bundle {
    Bundle::build_as(&crate::embedded::rules(), Strictness::Trial).unwrap()
}

/// The same, with this said of text in pictures.
fn bundle_with(ocr: &str) -> Bundle {
    let mut rules = crate::embedded::rules();
    let lane = rules.get_mut("lanes/cot-down.kdl").unwrap();
    let text = String::from_utf8(lane.clone()).unwrap();
    *lane = text.replacen("    slow {\n", &format!("    slow {{\n        ocr {ocr}\n"), 1).into_bytes();
    Bundle::build_as(&rules, Strictness::Trial).unwrap()
}

/// The record of an object as a lane writes it; `held_back` as its clock makes it.
fn record(bundle: &Bundle, object: &[u8], deep: &mut dyn Deep, held_back: Option<Code>) -> Vec<u8> {
    record_of(bundle, ("cot-down", "sensor-net"), object, deep, held_back)
}

/// The same on this lane, from this source.
fn record_of(
    bundle: &Bundle,
    (lane, source): (&str, &str),
    object: &[u8],
    deep: &mut dyn Deep,
    held_back: Option<Code>,
) -> Vec<u8> {
    let now = Time::parse(b"2026-03-01T10:05:00Z").unwrap();
    let frame = Frame { bytes: object.to_vec(), source: source.into(), arrival: now, sidecar: None };
    let policy = bundle.lane(lane).unwrap();
    let verdict = match (judge(frame, policy, now, Box::default(), deep), held_back) {
        (Verdict::Release(token), Some(code)) => Verdict::Hold(token.held_back(code)),
        (verdict, _) => verdict,
    };
    let mut page = Vec::new();
    let mut facts = DecisionFacts {
        epoch: 1,
        arrival: now,
        decided: now,
        uptime_ns: 7,
        clock: ClockState::Synchronised,
        again: None,
        first: None,
        receipt: Some("1-2"),
        class: None,
        parent: None,
    };
    facts.write(&verdict.account(), &mut page).unwrap();
    page
}

fn decision(record: &[u8]) -> Box<Decision> {
    match Event::read(record).unwrap() {
        Event::Decision(decision) => decision,
        other => panic!("{other:?}"),
    }
}

/// What a replay says of a record about one of the two objects, where `here` is what looks into objects.
fn replayed(bundle: &Bundle, record: &[u8], here: impl Deep + 'static) -> Outcome {
    replayed_under(bundle, None, record, here)
}

/// The same, decided under another bundle.
fn replayed_under(
    bundle: &Bundle,
    under: Option<&Bundle>,
    record: &[u8],
    here: impl Deep + 'static,
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, object) in [("picture", PICTURE), ("track", TRACK)] {
        std::fs::write(folder.path().join(name), object).unwrap();
    }
    let mut at_hand = AtHand::new(Vec::new());
    at_hand.files(folder.path()).unwrap();
    let bundles = std::slice::from_ref(bundle);
    let mut again = Again::new(bundles, under, Vec::new());
    again.deep = Box::new(here);
    // Twice, since the memory of the first decides the second.
    let first = again.replay(record, &decision(record), &[], &mut at_hand, &mut String::new());
    let second = again.replay(record, &decision(record), &[], &mut at_hand, &mut String::new());
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    second
}

#[test]
fn what_the_lane_knew_beside_the_object_is_taken_from_its_record_where_it_only_holds() {
    let bundle = bundle();
    for code in [hold::CLOCK_NOT_TRUSTED, hold::BUNDLE_CHANGED] {
        let held = record(&bundle, TRACK, &mut Unopened, Some(code));
        assert!(matches!(replayed(&bundle, &held, seen()), Outcome::Same), "{}", code.id());
    }
    let released = record(&bundle, TRACK, &mut Unopened, None);
    assert!(matches!(replayed(&bundle, &released, seen()), Outcome::Same));
    for deep in [&mut Crowded as &mut dyn Deep, &mut Unopened, &mut seen()] {
        let held = record(&bundle, PICTURE, deep, None);
        assert!(matches!(replayed(&bundle, &held, seen()), Outcome::Same));
    }
}

#[test]
fn a_release_that_does_not_come_out_again_differs_whatever_its_record_says_beside() {
    let bundle = bundle();
    let held = record(&bundle, PICTURE, &mut seen(), None);
    let text = String::from_utf8(held).unwrap();
    let lie = text.replace("\"verdict\":\"hold\"", "\"verdict\":\"release\"");
    let Outcome::Differs(found, 0) = replayed(&bundle, lie.as_bytes(), seen()) else { panic!("{lie}") };
    assert_eq!((found.len(), found[0].at.as_str()), (1, "account.verdict"), "{found:?}");
    let lie = text.replace("\"uptime_ns\":7", "\"uptime_ns\": 7");
    assert!(matches!(replayed(&bundle, lie.as_bytes(), seen()), Outcome::Differs(..)), "{lie}");
}

#[test]
fn what_a_worker_did_that_failed_is_not_made_again_and_neither_is_what_another_engine_decided() {
    let bundle = bundle();
    let late = record(&bundle, PICTURE, &mut failed(deep::WORKER_TIMED_OUT), None);
    assert_eq!(why(replayed(&bundle, &late, seen())), Why::Worker("then", "LG-D003".to_owned()));
    let held = record(&bundle, PICTURE, &mut seen(), None);
    for (here, code) in [(deep::NOT_OPENED, "LG-D001"), (deep::WORKER_KILLED, "LG-D004")] {
        assert_eq!(why(replayed(&bundle, &held, failed(here))), Why::Worker("here", code.to_owned()));
    }
    assert_eq!(why(replayed(&bundle, &held, unread())), Why::Worker("here", "LG-D020".to_owned()));
    let blind = record(&bundle, PICTURE, &mut unread(), None);
    assert_eq!(why(replayed(&bundle, &blind, seen())), Why::Worker("then", "LG-D020".to_owned()));
    assert!(matches!(replayed(&bundle, &blind, unread()), Outcome::Same));
    let text = String::from_utf8(held).unwrap();
    let engine = format!("\"engine\":\"{}\"", lockgate_core::ENGINE);
    let other = text.replace(&engine, "\"engine\":\"0.0.9\"");
    assert_eq!(why(replayed(&bundle, other.as_bytes(), seen())), Why::Engine("0.0.9".to_owned()));
    let other = text.replace("\"lane\":\"cot-down\"", "\"lane\":\"cot-away\"");
    assert_eq!(why(replayed(&bundle, other.as_bytes(), seen())), Why::Lane("cot-away".to_owned()));
}

/// What another bundle says of text in pictures is what it would change, and no fault of a machine.
#[test]
fn what_another_bundle_says_of_text_in_pictures_is_a_difference() {
    let (usual, off, required) = (bundle(), bundle_with("off"), bundle_with("required"));
    let blind = record(&usual, PICTURE, &mut unread(), None);
    let differs = |outcome| {
        let Outcome::Differs(found, _) = outcome else { panic!("{outcome:?}") };
        assert!(found.iter().any(|one| one.at == "account.reasons"), "{found:?}");
    };
    // It asks for no reader any more: with or without one here.
    differs(replayed_under(&usual, Some(&off), &blind, unread()));
    differs(replayed_under(&usual, Some(&off), &blind, seen()));
    // It asks for one, and there was none then, nor is there one here.
    let Outcome::Differs(found, _) = replayed_under(&usual, Some(&required), &blind, unread()) else {
        panic!()
    };
    assert!(
        found.iter().any(|one| one.again.as_deref().is_some_and(|again| again.contains("LG-D021"))),
        "{found:?}"
    );
    // Nobody asked for one then, and somebody does now.
    let never = record(&off, PICTURE, &mut unread(), None);
    differs(replayed_under(&off, Some(&usual), &never, unread()));
    // What depends on the machine still does.
    assert_eq!(
        why(replayed_under(&usual, Some(&required), &blind, seen())),
        Why::Worker("then", "LG-D020".to_owned())
    );
    let read = record(&usual, PICTURE, &mut seen(), None);
    assert_eq!(
        why(replayed_under(&usual, Some(&required), &read, unread())),
        Why::Worker("here", "LG-D021".to_owned())
    );
}

/// What a lane up let go of without people comes out again by the same lane; where nobody reads pictures here, that is said.
#[test]
fn a_release_that_nobody_was_asked_about_is_made_again() {
    let mut rules = crate::embedded::rules();
    let lane = rules.get_mut("lanes/cot-up.kdl").unwrap();
    let text = String::from_utf8(lane.clone())
        .unwrap()
        .replace("ceiling=\"RESTRICTED\"", "ceiling=\"UNCLASSIFIED\"");
    let slow = "    slow {\n        accept png\n        release rebuilt-unasked\n        \
                unlabelled assign authority=\"invented\" until=\"2035-12-31\" {\n            label level=\"UNCLASSIFIED\" {\n                \
                category \"Releasable To\" \"SVN\"\n            }\n        }\n        review people=1 lease=\"15m\"\n    }\n}\n";
    *lane = format!("{}{slow}", text.trim_end().strip_suffix('}').unwrap()).into_bytes();
    let bundle = Bundle::build_as(&rules, Strictness::Trial).unwrap();
    let built = |bytes: &[u8], unread| {
        let rebuilt = Some(Rebuilt::of(bytes.to_vec()));
        Told(Looked::Through(Seen { form: Some("png"), walked: true, rebuilt, unread, ..Seen::default() }))
    };
    let released = record_of(&bundle, ("cot-up", "partner-net"), PICTURE, &mut built(b"anew", false), None);
    let account = &decision(&released).account;
    assert_eq!((&account["verdict"], &account["unasked"]), (&"release".into(), &true.into()), "{account}");
    assert!(matches!(replayed(&bundle, &released, built(b"anew", false)), Outcome::Same));
    assert!(matches!(replayed(&bundle, &released, built(b"others", false)), Outcome::Differs(..)));
    let unread = replayed(&bundle, &released, built(b"anew", true));
    assert_eq!(why(unread), Why::Worker("here", "LG-D020".to_owned()));
}

fn why(outcome: Outcome) -> Why {
    match outcome {
        Outcome::Not(why) => why,
        other => panic!("{other:?}"),
    }
}
