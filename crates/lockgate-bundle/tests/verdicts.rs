//! The assembled lanes judge objects as their files say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::rules;
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Frame, Time};
use lockgate_core::{Decision, Received, Routed, Verdict, VerdictKind, Workspace, decide, decide_rewritten};
use std::sync::Arc;

const PLAIN: &str = r#"<event version="2.0" uid="T-1" type="a-f-G-U-C" time="2026-03-01T10:00:00Z" start="2026-03-01T10:00:00Z" stale="2026-03-01T10:10:00Z" how="m-g" access="ACCESS" releasableTo="AUT,HRV,HUN,SVK,SVN"><point lat="46.05" lon="14.5" hae="300" ce="10" le="10"/><detail><contact callsign="ALPHA"/><remarks>REMARKS</remarks></detail></event>"#;

fn judge(bundle: &Bundle, lane: &str, source: &str, object: &str) -> VerdictKind {
    let policy = bundle.lane(lane).unwrap();
    let now = Time::parse(b"2026-03-01T10:01:00Z").unwrap();
    let frame =
        Frame { bytes: object.as_bytes().to_vec(), source: Arc::from(source), arrival: now, sidecar: None };
    let received = Received::accept(frame, Box::new(Workspace::new()));
    let inspected = match received.route(policy) {
        Routed::Fast(object) => object.inspect(policy),
        Routed::Slow(object) => object.look(&mut lockgate_core::Unopened, policy),
    };
    let verdict = match decide(inspected, policy, now, None) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    };
    match verdict {
        Verdict::Release(_) => VerdictKind::Release,
        Verdict::Hold(_) => VerdictKind::Hold,
        Verdict::Refuse(_) => VerdictKind::Refuse,
    }
}

#[test]
fn the_lanes_judge_as_their_files_say() {
    let bundle =
        Bundle::build_as(&rules(), Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
    let event = |access: &str, remarks: &str| PLAIN.replace("ACCESS", access).replace("REMARKS", remarks);
    let restricted = event("MISSION RESTRICTED", "moving north");
    let air = restricted.replace("a-f-G-U-C", "a-f-A-M-F");
    let down = |object: &str| judge(&bundle, "cot-down", "sensor-net", object);
    assert_eq!(down(&restricted), VerdictKind::Release);
    assert_eq!(down(&event("MISSION SECRET", "moving north")), VerdictKind::Refuse, "above the ceiling");
    assert_eq!(down(&event("Undefined", "moving north")), VerdictKind::Refuse, "categories without a level");
    assert_eq!(down(&event("RESTRCTED", "moving north")), VerdictKind::Refuse, "not a listed value");
    assert_eq!(down(&event("MISSION RESTRICTED", "near b.l.u.e h e r o n")), VerdictKind::Hold, "a codeword");
    assert_eq!(down(&air), VerdictKind::Refuse, "no agreement covers it");
    assert_eq!(down(&restricted.replace("AUT,", "")), VerdictKind::Refuse, "a reader may not read it");
    assert_eq!(down(&restricted.replace("10:10:00", "10:00:00")), VerdictKind::Refuse, "stale");
    let unlabelled =
        restricted.replace(" releasableTo=\"AUT,HRV,HUN,SVK,SVN\"", "").replace("MISSION RESTRICTED", "");
    assert_eq!(down(&unlabelled), VerdictKind::Hold, "no label");
    let up = |object: &str| judge(&bundle, "cot-up", "partner-net", object);
    assert_eq!(up(&air), VerdictKind::Release, "upwards no agreement is needed");
    assert_eq!(up(&event("MISSION SECRET", "")), VerdictKind::Refuse, "above what the source may say");
    assert_eq!(judge(&bundle, "cot-up", "nobody", &air), VerdictKind::Refuse, "not a source of the lane");
}

#[test]
fn a_part_with_a_marking_word_is_never_dropped() {
    let mut files = rules();
    let lane = files.get_mut("lanes/cot-down.kdl").unwrap();
    *lane =
        String::from_utf8(lane.clone()).unwrap().replace("undeclared slow", "undeclared drop").into_bytes();
    let bundle =
        Bundle::build_as(&files, Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
    let with = |part: &str| {
        let event = PLAIN.replace("ACCESS", "RESTRICTED").replace("REMARKS", "none");
        judge(&bundle, "cot-down", "sensor-net", &event.replace("</detail>", &format!("{part}</detail>")))
    };
    assert_eq!(with("<note>this and that</note>"), VerdictKind::Release, "dropped; `and` is no nation");
    assert_eq!(with("<note>mission secret</note>"), VerdictKind::Hold);
    assert_eq!(with("<note>s.e.c.r.e.t</note>"), VerdictKind::Hold);
    assert_eq!(with("<note classification=\"U\"/>"), VerdictKind::Hold);
}
