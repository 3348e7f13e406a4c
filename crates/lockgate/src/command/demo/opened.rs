//! The documents, looked into and decided in this process; and what two people let cross of one of them.

use super::documents::{DOCUMENTS, Document, UNOPENED, UNOPENED_WHY};
use super::samples::Sample;
use crate::exit::Fault;
use crate::fixture::Decided;
use crate::pipeline;
use crate::show::Form;
use lockgate_attest::Attestation;
use lockgate_bundle::Bundle;
use lockgate_bytes::{Frame, Time};
use lockgate_core::{Deep, Envelope, Policy, Verdict, VerdictKind};
use std::sync::Arc;

/// The lane that they are offered to, and from where.
const LANE: (&str, &str) = ("cot-down", "sensor-net");
/// The reference time, as of the other samples.
const NOW: &[u8] = b"2026-03-01T10:05:00Z";

/// Lets people look at a document, of which they get the frame as often as they look; their approvals.
pub(super) type Approve<'p> =
    &'p dyn Fn(&dyn Fn() -> Frame, &Arc<Policy>, Time, &mut dyn Deep) -> Result<Vec<Attestation>, Fault>;

/// What is said of each document, and of what people approved.
///
/// # Errors
/// [`Fault`] where this program was built wrongly.
pub(super) fn decide(
    bundle: &Bundle,
    deep: &mut dyn Deep,
    approve: Approve<'_>,
    form: Form,
) -> Result<Vec<(Sample, Decided)>, Fault> {
    let (lane, source) = LANE;
    let policy = bundle.lane(lane).ok_or_else(|| Fault::new(format!("lane {lane} was not built in")))?;
    let now = Time::parse(NOW).unwrap_or(Time::MIN);
    let mut said = Vec::new();
    for Document { sample, bytes } in DOCUMENTS {
        let bytes = bytes();
        let frame = || Frame { bytes: bytes.clone(), source: Arc::from(source), arrival: now, sidecar: None };
        let verdict = pipeline::judge(frame(), policy, now, Box::default(), deep);
        let codes: Vec<&str> = verdict.account().reasons().map(|reason| reason.code.id()).collect();
        let has = |code: lockgate_reason::Code| codes.contains(&code.id());
        let is_unopened = UNOPENED.into_iter().any(has);
        let is_for = is_unopened || sample.code.is_none_or(has);
        let held = shown(&verdict, "hold", is_for, &bytes, form);
        if is_unopened {
            said.push((Sample { why: UNOPENED_WHY, ..sample }, held));
            continue;
        }
        said.push((sample, held));
        if sample.is_for_people(codes.iter().copied()) {
            let attestations = approve(&frame, policy, now, deep)?;
            let verdict = pipeline::judge_attested(frame(), policy, now, Box::default(), deep, &attestations);
            let is_anew = verdict.account().released_bytes().is_some_and(|released| released != bytes);
            let why = "two people approved what was built anew from its pixels: that crosses, without the hidden text";
            said.push((
                Sample { why, code: None, ..sample },
                shown(&verdict, "release", is_anew, &bytes, form),
            ));
        }
    }
    Ok(said)
}

fn shown(verdict: &Verdict, expected: &'static str, is_for: bool, offered: &[u8], form: Form) -> Decided {
    let account = verdict.account();
    let mut text = String::new();
    form.write(&account, &Envelope::default(), &mut text);
    Decided {
        lane: LANE.0.to_owned(),
        expected,
        verdict: account.verdict(),
        verbatim: account.verdict() == VerdictKind::Release && account.released_bytes() == Some(offered),
        as_expected: is_for && account.verdict().name() == expected,
        shown: text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, UNOPENED_WHY, decide};
    use crate::embedded;
    use lockgate_bundle::{Bundle, Strictness};
    use lockgate_core::{Class, Deep, Finding, Looked, Making, Seen, Unopened};
    use lockgate_deep::CODES;
    use lockgate_reason::{Code, deep};
    use std::cell::Cell;

    struct Fails(Code);

    impl Deep for Fails {
        fn look(&mut self, _: lockgate_bytes::Untrusted<'_>, _: Making) -> Looked {
            Looked::Failed(self.0)
        }
    }

    /// What the table says of each document, and whether that is as expected.
    fn said(by: &mut dyn Deep) -> Vec<(&'static str, &'static str, bool)> {
        let bundle = Bundle::build_as(&embedded::rules(), Strictness::Trial).unwrap();
        let said = decide(&bundle, by, &|_, _, _, _| panic!("nobody is asked"), Form::Account).unwrap();
        said.into_iter().map(|(sample, said)| (sample.why, said.verdict.name(), said.as_expected)).collect()
    }

    /// A worker that finds what the plan has, on a machine without a reader of text in pictures where `unread`.
    struct Finds {
        unread: bool,
    }

    impl Deep for Finds {
        fn look(&mut self, _: lockgate_bytes::Untrusted<'_>, _: Making) -> Looked {
            let hiding = CODES.iter().find(|code| code.class == Class::Hiding).unwrap();
            let findings = vec![Finding { code: hiding, place: "page 1".to_owned() }];
            let seen = Seen { form: Some("pdf"), walked: true, shown: 1, findings, ..Seen::default() };
            Looked::Through(Seen { unread: self.unread, ..seen })
        }
    }

    #[test]
    fn people_are_asked_about_the_plan_whether_or_not_anybody_reads_its_pictures() {
        let bundle = Bundle::build_as(&embedded::rules(), Strictness::Trial).unwrap();
        for unread in [false, true] {
            let asked = Cell::new(0);
            let approve: super::Approve<'_> = &|_, _, _, _| {
                asked.set(asked.get() + 1);
                Ok(Vec::new())
            };
            let said = decide(&bundle, &mut Finds { unread }, approve, Form::Account).unwrap();
            assert_eq!(asked.get(), 1, "unread {unread}");
            assert_eq!(said[0].1.shown.contains("LG-D020"), unread, "{}", said[0].1.shown);
        }
    }

    #[test]
    fn without_a_jail_both_are_held_unopened_which_is_said_and_as_it_should_be() {
        for by in [&mut Unopened as &mut dyn Deep, &mut Fails(deep::NO_WORKER)] {
            assert_eq!(said(by), [(UNOPENED_WHY, "hold", true); 2]);
        }
        let late = said(&mut Fails(deep::WORKER_TIMED_OUT));
        assert!(late.len() == 2 && late.iter().all(|one| (one.1, one.2) == ("hold", false)), "{late:?}");
    }
}
