//! Reviewers in the harness: they claim, approve, reject and return what is held, now and then twice, out of turn, or long
//! after it has gone.

use super::objects::InForce;
use super::run::Run;
use super::workers::{Workers, is_picture};
use super::world::LANE;
use crate::pipeline;
use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview, base64};
use lockgate_bytes::{Digest, Duration, Time};
use lockgate_core::{Deep, Prospect, Unopened};
use lockgate_disk::Seed;

const PEOPLE: [&str; 3] = ["a-first", "b-second", "c-third"];

/// What they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// They go on with what somebody has begun with, mostly, and err now and then.
    Usual,
    /// The same, while something that was said is still on its way: then they say something of something else.
    Aside,
    /// They do what it takes to have one picture leave that was built anew.
    Together,
    /// The same, each for another picture.
    Apart,
}

impl Mood {
    fn errs(self) -> bool {
        matches!(self, Self::Usual | Self::Aside)
    }
}

/// Their files under `rules/reviewers/`.
pub(super) fn files() -> impl Iterator<Item = (String, Vec<u8>)> {
    PEOPLE.iter().enumerate().map(|(number, name)| {
        let key = secret(number).public().text();
        let text = format!(
            "reviewer \"{name}\" {{\n    nationality \"SVN\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    \
             lanes \"{LANE}\"\n    role senior\n    key ed25519=\"{key}\"\n    valid from=\"2026-01-01\" until=\"2035-12-31\"\n}}\n"
        );
        (format!("reviewers/{name}.kdl"), text.into_bytes())
    })
}

fn secret(number: usize) -> SecretKey {
    let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let body = base64::encode(&[&head[..], &[u8::try_from(number).unwrap() + 90; 32]].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    SecretKey::from_pem(pem.into_bytes()).unwrap()
}

/// What they look at: mostly what somebody has begun with, otherwise something that could leave, if there is any.
fn choose(seed: &mut Seed, run: &Run, (force, mood): (&InForce, Mood), now: Time) -> Option<(u64, Prospect)> {
    let parts = &run.journal.parts;
    let held = parts.store.entries().into_iter().map(|(entry, _)| entry);
    // Now and then something that has come to its end, and is still there.
    let any = mood.errs() && seed.one_in(8);
    let is_picture = |entry| parts.store.get(entry).is_ok_and(|bytes| is_picture(&bytes));
    let held = held.filter(|entry| mood.errs() || is_picture(*entry));
    let held: Vec<u64> = held.filter(|entry| any || parts.ledger.is_held(*entry)).collect();
    let begun = held.iter().copied().max_by_key(|entry| parts.ledger.marks(*entry).len());
    let begun = begun.filter(|entry| {
        !parts.ledger.marks(*entry).is_empty()
            && (mood == Mood::Together || (mood == Mood::Usual && !seed.one_in(6)))
    });
    let from = seed.index(held.len().max(1));
    let others = held.iter().cycle().skip(from).take(held.len().min(40)).copied();
    let mut last = None;
    let insists = seed.one_in(4);
    for entry in begun.into_iter().chain(others) {
        let (frame, _, beside) = run.journal.held_frame(entry).ok()?;
        let policies = force.policy.policies();
        let company = beside.map(|beside| beside.company(&frame.bytes, &force.bindings, policies, now));
        let company = company.unwrap_or_default();
        let (mut workers, mut unopened) = (Workers::steady(), Unopened);
        let deep: &mut dyn Deep = if run.has_workers() { &mut workers } else { &mut unopened };
        let prospect = pipeline::look_ahead_with(frame, &company, &force.policy, now, Box::default(), deep);
        let is_good = prospect.output().is_some() || (insists && begun == Some(entry));
        last = Some((entry, prospect));
        if is_good {
            break;
        }
    }
    last
}

/// What somebody says next about something that is held; mostly what makes sense.
pub(super) fn statement(
    seed: &mut Seed,
    run: &Run,
    (force, mood): (&InForce, Mood),
    now: Time,
) -> Option<Vec<u8>> {
    let (entry, prospect) = choose(seed, run, (force, mood), now)?;
    let errs = mood.errs();
    let marks = run.journal.parts.ledger.marks(entry);
    let approved =
        |name: &str| marks.iter().any(|mark| mark.step == Some(ReviewStep::Approve) && mark.by == name);
    let claimed = marks.last().filter(|mark| mark.step == Some(ReviewStep::Claim));
    let (by, mut step) = match claimed {
        Some(claim) => (claim.by.clone(), ReviewStep::Approve),
        None => {
            let fresh: Vec<&str> = PEOPLE.into_iter().filter(|name| !approved(name)).collect();
            ((*fresh.get(seed.index(fresh.len().max(1)))?).to_owned(), ReviewStep::Claim)
        }
    };
    if step == ReviewStep::Approve && (prospect.output().is_none() || (errs && seed.one_in(6))) {
        step = if seed.one_in(2) { ReviewStep::Reject } else { ReviewStep::Return };
    }
    if errs && seed.one_in(10) {
        step = ReviewStep::ALL[seed.index(4)];
    }
    let by = if errs && seed.one_in(10) { PEOPLE[seed.index(3)].to_owned() } else { by };
    let mut nonce = [0; 16];
    nonce.iter_mut().for_each(|byte| *byte = u8::try_from(seed.below(256)).unwrap());
    let terms = ReviewTerms {
        step,
        lane: LANE.to_owned(),
        destination: force.policy.destination().to_string(),
        entry,
        input: prospect.input(),
        output: prospect.output().map(|(digest, _)| digest),
        findings: prospect.findings(),
        bundle: force.digest,
        label_before: prospect.label_before().to_owned(),
        label_after: prospect.label_after().to_owned(),
        expires: now.plus(Duration::from_secs(if errs && seed.one_in(8) { 1 } else { 3600 })),
        nonce,
        reviewer: by.clone(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(step)).unwrap(),
        text: String::new(),
    };
    let number = PEOPLE.iter().position(|name| *name == by).unwrap();
    Some(SignedReview::sign(terms, &secret(number)).unwrap().to_bytes())
}
