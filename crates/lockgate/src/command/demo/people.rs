//! Two reviewers of the demonstration: they look at what is held for something that people may answer, claim it one after the
//! other, and approve it, with what `lockgate review` signs and hands in. Their keys are made for this run, and are in no other bundle than its own.

use crate::command::review::{Word, hand_in, statement};
use crate::exit::Fault;
use crate::pipeline;
use lockgate_attest::{Attestation, ReviewGrounds, ReviewStep, SecretKey, SignedReview, base64};
use lockgate_bytes::{Duration, Frame, Time};
use lockgate_core::{Admitted, Before, Deep, Policy, Prospect, Unopened, admit};
use lockgate_deep::{Jailed, Settings};
use lockgate_disk::RealDisk;
use lockgate_hold::View;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who they are.
const NAMES: [&str; 2] = ["demo-novak", "demo-horvat"];
/// What they do with an object, in turn: who, and what.
const TURNS: [(usize, ReviewStep); 4] =
    [(0, ReviewStep::Claim), (0, ReviewStep::Approve), (1, ReviewStep::Claim), (1, ReviewStep::Approve)];
/// PKCS#8 version 1 of an Ed25519 key up to the 32 bytes of the secret (RFC 8410).
const SECRET_PREFIX: &[u8; 16] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
/// The entry that they speak of where there is no log.
const ENTRY: u64 = 0;
/// Objects that they look at in one demonstration, at most.
const OBJECTS_MAX: usize = 64;

/// The two, and their keys.
#[derive(Clone)]
pub(super) struct People(Arc<[SecretKey; 2]>);

impl People {
    /// With keys of their own.
    ///
    /// # Errors
    /// [`Fault`] where the system gives no random numbers.
    pub(super) fn new() -> Result<Self, Fault> {
        Ok(Self(Arc::new([key()?, key()?])))
    }

    /// Appoints them for the lane that leads down.
    pub(super) fn appoint(&self, rules: &mut BTreeMap<String, Vec<u8>>) {
        for (name, key) in NAMES.iter().zip(self.0.iter()) {
            let text = format!(
                "reviewer \"{name}\" {{\n    nationality \"SVN\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    \
                 lanes \"cot-down\"\n    role senior\n    key ed25519=\"{}\"\n    \
                 valid from=\"2026-01-01\" until=\"2099-12-31\"\n}}\n",
                key.public().text()
            );
            rules.insert(format!("reviewers/{name}.kdl"), text.into_bytes());
        }
    }
}

fn key() -> Result<SecretKey, Fault> {
    let none = || Fault::new("the system gives no random numbers");
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| none())?;
    let body = base64::encode(&[&SECRET_PREFIX[..], &secret].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    SecretKey::from_pem(pem.into_bytes()).map_err(|_| none())
}

impl People {
    /// One of them signs what was seen of an object.
    fn sign(
        &self,
        who: usize,
        word: &Word<'_>,
        policy: &Policy,
        prospect: &Prospect,
    ) -> Result<SignedReview, Fault> {
        let terms = statement(word, policy, prospect)?;
        let signed = self.0.get(who).and_then(|key| SignedReview::sign(terms, key));
        signed.ok_or_else(|| Fault::new("a statement of the demonstration cannot be signed"))
    }

    /// Both look at an object, claim it and approve it, each statement held against all before it as a lane does; what their
    /// approvals are worth to the engine.
    ///
    /// # Errors
    /// [`Fault`] with the code for which a statement does not count.
    pub(super) fn approve(
        &self,
        frame: &dyn Fn() -> Frame,
        policy: &Arc<Policy>,
        now: Time,
        deep: &mut dyn Deep,
    ) -> Result<Vec<Attestation>, Fault> {
        let people = policy.review().map(|review| review.people()).unwrap_or_default();
        let (mut before, mut attestations) = (Vec::new(), Vec::new());
        for (who, step) in TURNS {
            let approves = step == ReviewStep::Approve;
            let by: &mut dyn Deep = if approves { &mut *deep } else { &mut Unopened };
            let prospect = pipeline::look_ahead(frame(), policy, now, Box::default(), by);
            let signed = self.sign(who, &word(ENTRY, who, step, now), policy, &prospect)?;
            let counts = admit(&signed, &prospect, ENTRY, &before, policy, now);
            let Admitted { until, .. } = counts.map_err(|(code, _)| {
                Fault::new(format!("a reviewer's statement does not count: {}", code.says()))
            })?;
            let (by, nonce) = (signed.terms().reviewer.clone(), signed.terms().nonce);
            before.push(Before { step: Some(step), by, nonce, until });
            if approves {
                attestations.extend(signed.verify(&people, policy.lane(), now));
            }
        }
        Ok(attestations)
    }
}

fn word(entry: u64, who: usize, step: ReviewStep, now: Time) -> Word<'static> {
    let grounds = match step {
        ReviewStep::Claim => ReviewGrounds::Looking,
        _ => ReviewGrounds::FalseAlarm,
    };
    let by = NAMES.get(who).copied().unwrap_or_default();
    Word {
        step,
        entry,
        by,
        grounds,
        text: "of a demonstration",
        expires: now.plus(Duration::from_secs(3600)),
    }
}

/// What they do at one lane.
pub(super) struct Review {
    people: People,
    policy: Arc<Policy>,
    hold: PathBuf,
    statements: PathBuf,
    /// Looks into what they approve.
    workers: Jailed,
    /// How many of the turns each object has had, by the entry under which it is held.
    objects: BTreeMap<u64, usize>,
}

impl Review {
    pub(super) fn new(people: People, policy: &Arc<Policy>, folder: &Path) -> Self {
        Self {
            people,
            policy: policy.clone(),
            hold: folder.join("hold"),
            statements: folder.join("review"),
            workers: Jailed::new(Settings::default()),
            objects: BTreeMap::new(),
        }
    }

    /// An object is held for nothing but what they answer: they begin with it.
    pub(super) fn begin(&mut self, entry: u64, now: Time) {
        if self.objects.len() < OBJECTS_MAX {
            self.objects.insert(entry, 0);
            self.say(entry, now);
        }
    }

    /// What they said of it is on record: the next of them has his turn.
    pub(super) fn go_on(&mut self, entry: u64, now: Time) {
        if let Some(turn) = self.objects.get_mut(&entry) {
            *turn = turn.saturating_add(1);
            self.say(entry, now);
        }
    }

    /// Where anything of it cannot be read or written, the object stays held, which is no harm here.
    fn say(&mut self, entry: u64, now: Time) {
        let turn = self.objects.get(&entry).and_then(|turn| TURNS.get(*turn));
        let Some((who, step)) = turn.copied() else { return };
        if let Some(prospect) = self.look(entry, step, now) {
            let signed = self.people.sign(who, &word(entry, who, step, now), &self.policy, &prospect);
            let _ = signed.and_then(|signed| hand_in(&self.statements, &signed));
        }
    }

    /// What would become of a held object. Only an approval speaks of what would leave.
    fn look(&mut self, entry: u64, step: ReviewStep, now: Time) -> Option<Prospect> {
        let disk = RealDisk::at(&self.hold).ok()?;
        let mut view = View::open(Arc::new(disk), None).ok()?;
        let mut source = None;
        view.list(&mut |item| {
            if item.entry == entry {
                source = Some((Arc::from(&*item.facts.source), item.facts.arrival));
            }
        })
        .ok()?;
        let (source, arrival) = source?;
        let frame = Frame { bytes: view.object(entry).ok()?, source, arrival, sidecar: None };
        let deep: &mut dyn Deep = if step == ReviewStep::Approve { &mut self.workers } else { &mut Unopened };
        Some(pipeline::look_ahead(frame, &self.policy, now, Box::default(), deep))
    }
}
