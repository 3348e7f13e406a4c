//! Two reviewers of the demonstration: they look at what is held for a word alone, claim it one after the other, and
//! approve it. Their keys are made for this run, and are in no other bundle than its own.

use crate::exit::Fault;
use crate::pipeline;
use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview, base64};
use lockgate_bytes::{Digest, Duration, Frame, Time};
use lockgate_core::{Policy, Unopened};
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

/// What they do at one lane.
pub(super) struct Review {
    people: People,
    policy: Arc<Policy>,
    hold: PathBuf,
    statements: PathBuf,
    /// How many of the turns each object has had, by the entry under which it is held.
    objects: BTreeMap<u64, usize>,
}

impl Review {
    pub(super) fn new(people: People, policy: &Arc<Policy>, folder: &Path) -> Self {
        Self {
            people,
            policy: policy.clone(),
            hold: folder.join("hold"),
            statements: folder.join("review/in"),
            objects: BTreeMap::new(),
        }
    }

    /// An object is held for a word and nothing else: they begin with it.
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
    fn say(&self, entry: u64, now: Time) {
        let turn = self.objects.get(&entry).and_then(|turn| TURNS.get(*turn));
        let Some((who, step)) = turn else { return };
        let signed = self.sign(entry, *who, *step, now);
        if let Some(signed) = signed {
            let part = self.statements.join(format!("{entry}-{who}-{}.part", step.name()));
            let done = std::fs::write(&part, signed.to_bytes());
            let _ = done.and_then(|()| std::fs::rename(&part, part.with_extension("review")));
        }
    }

    fn sign(&self, entry: u64, who: usize, step: ReviewStep, now: Time) -> Option<SignedReview> {
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
        let prospect = pipeline::look_ahead(frame, &self.policy, now, Box::default(), &mut Unopened);
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).ok()?;
        let grounds = match step {
            ReviewStep::Claim => ReviewGrounds::Looking,
            _ => ReviewGrounds::FalseAlarm,
        };
        let terms = ReviewTerms {
            step,
            lane: self.policy.lane().to_string(),
            destination: self.policy.destination().to_string(),
            entry,
            input: prospect.input(),
            output: prospect.output().map(|(digest, _)| digest),
            findings: prospect.findings(),
            bundle: self.policy.bundle(),
            label_before: prospect.label_before().to_owned(),
            label_after: prospect.label_after().to_owned(),
            expires: now.plus(Duration::from_secs(3600)),
            nonce,
            reviewer: (*NAMES.get(who)?).to_owned(),
            key: KeyId(Digest([0; 32])),
            grounds,
            text: "of a demonstration".to_owned(),
        };
        SignedReview::sign(terms, self.people.0.get(who)?)
    }
}
