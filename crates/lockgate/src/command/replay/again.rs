//! One decision, made again from what its record names: bytes, lane, source, bundle, reference time, key, statements.
//!
//! Some of what a lane knew is its own and no part of the object: that nobody trusted its clock, that its bundle changed while
//! a worker looked, that its workers had no room. The record says so by a code, and the replay takes that code as given; it can
//! only hold. What a worker did that failed cannot be made again.

use super::bytes::{AtHand, Missing};
use super::compare::{Difference, differences};
use crate::bound;
use crate::command::inspect;
use crate::pipeline::{attested, decide_on, look_into};
use lockgate_attest::SignedReview;
use lockgate_audit::{Decided, Decision, DecisionFacts};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, Frame, PseudonymKey, SealKey};
use lockgate_core::{
    Account, Company, Crowded, Deep, ENGINE, Policy, Reading, Received, Unopened, Verdict, Workspace, draft,
};
use lockgate_reason::{Code, deep, hold};
use std::sync::Arc;

/// Why a worker's work cannot be made again: how it ended depended on the machine.
const FAILED: &[Code] = &[
    deep::WORKER_CRASHED,
    deep::WORKER_TIMED_OUT,
    deep::WORKER_KILLED,
    deep::WORKER_BROKE_OUT,
    deep::WORKER_ANSWER,
    deep::NO_WORKER,
];
/// Whether text in pictures was read depends on the machine too, and on its reader.
pub(super) const UNREAD: &[Code] = &[deep::PICTURES_UNREAD, deep::PICTURES_TO_BE_READ];
/// For what a lane holds back what would be released, beside the object itself.
const HELD_BACK: &[Code] = &[hold::CLOCK_NOT_TRUSTED, hold::BUNDLE_CHANGED];

/// What came of a replay.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The record came out again, byte for byte.
    Same,
    /// It did not: where, and how many more places there are.
    Differs(Vec<Difference>, usize),
    /// It was not decided again.
    Not(Why),
}

/// Why a decision cannot be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The bytes are not at hand.
    Bytes,
    /// They were found, and are not what they were.
    Changed,
    /// What lay beside them is not at hand.
    Sidecar(String),
    /// It was made under a bundle that is not at hand.
    Bundle(String),
    /// The bundle has no such lane.
    Lane(String),
    /// It was made by another engine.
    Engine(String),
    /// It was made with a key of pseudonyms that is not at hand.
    Key(String),
    /// A worker failed, then or now.
    Worker(&'static str, String),
    /// The record does not say what a decision needs.
    Record(&'static str),
}

/// What decides again.
pub(super) struct Again<'b> {
    bundles: &'b [Bundle],
    /// The bundle to decide under, whatever the records name.
    under: Option<&'b Bundle>,
    keys: Vec<Arc<PseudonymKey>>,
    deep: Box<dyn Deep>,
    workspace: Option<Box<Workspace>>,
    /// What the key is called that the workspace has.
    key: Option<String>,
    page: Vec<u8>,
}

impl<'b> Again<'b> {
    pub(super) fn new(
        bundles: &'b [Bundle],
        under: Option<&'b Bundle>,
        keys: Vec<Arc<PseudonymKey>>,
    ) -> Self {
        Self { bundles, under, keys, deep: inspect::deep(true), workspace: None, key: None, page: Vec::new() }
    }

    /// Decides again what `record`, which reads as `decision`, says; `reviews` are the approvals that it rests on. Where the
    /// bytes were found stands in `place`.
    pub(super) fn replay(
        &mut self,
        record: &[u8],
        decision: &Decision,
        reviews: &[SignedReview],
        at_hand: &mut AtHand,
        place: &mut String,
    ) -> Outcome {
        match self.decide(decision, reviews, at_hand, place) {
            Err(why) => Outcome::Not(why),
            Ok(()) if self.page == record => Outcome::Same,
            Ok(()) => {
                let leave: &[&str] = if self.under.is_some() { &["account.bundle"] } else { &[] };
                match differences(record, &self.page, leave) {
                    (found, _) if found.is_empty() => Outcome::Same,
                    (found, more) => Outcome::Differs(found, more),
                }
            }
        }
    }

    /// Writes the record anew on the page.
    fn decide(
        &mut self,
        decision: &Decision,
        reviews: &[SignedReview],
        at_hand: &mut AtHand,
        place: &mut String,
    ) -> Result<(), Why> {
        let text = |key| decision.text(key).unwrap_or("");
        let object = Digest::parse(text("sha256")).ok_or(Why::Record("no hash of the object"))?;
        let sidecar = sidecar(decision)?;
        let is_lost = has(decision, hold::SIDECAR_LOST);
        let beside = sidecar.filter(|_| !is_lost).map(|(sha256, _)| sha256);
        let found = at_hand.find(object, beside).map_err(|missing| match missing {
            Missing::Bytes => Why::Bytes,
            Missing::Changed => Why::Changed,
            Missing::Sidecar => Why::Sidecar(text("sidecar_sha256").to_owned()),
        })?;
        place.clone_from(&found.place);
        if text("engine") != ENGINE {
            return Err(Why::Engine(text("engine").to_owned()));
        }
        let (policy, bundle) = self.policy(decision)?;
        let (policy, now) = (policy.clone(), decision.decided);
        let company = match (sidecar, &found.beside) {
            (Some((sha256, size)), _) if is_lost => Company::lost(sha256, size),
            (Some(_), Some((file, whole))) => {
                let bindings = bundle.bindings(policy.lane()).cloned().unwrap_or_default();
                bound::company_with(file, whole, &bindings, policy.policies(), now)
            }
            (None, _) if is_lost => Company::stray(),
            _ => Company::new(),
        };
        if let Some(code) = failed(decision) {
            return Err(Why::Worker("then", code.to_owned()));
        }
        let mut workspace = self.workspace(decision)?;
        let mut bytes = workspace.buffer();
        bytes.extend_from_slice(&found.bytes);
        let frame =
            Frame { bytes, source: Arc::from(text("source")), arrival: decision.arrival, sidecar: None };
        let received = Received::accept(frame, workspace).accompanied(&company);
        self.judge(received, decision, reviews, &policy)
    }

    /// From receive to the words of the record.
    fn judge(
        &mut self,
        received: Received,
        decision: &Decision,
        reviews: &[SignedReview],
        policy: &Arc<Policy>,
    ) -> Result<(), Why> {
        let now = decision.decided;
        let attestations = attested(reviews, policy, now);
        let (mut crowded, mut unopened) = (Crowded, Unopened);
        let deep: &mut dyn Deep = match decision {
            _ if has(decision, deep::CROWDED) => &mut crowded,
            _ if has(decision, deep::NOT_OPENED) => &mut unopened,
            _ => &mut *self.deep,
        };
        let mut verdict = decide_on(look_into(received, policy, deep), policy, now, attestations.as_deref());
        if let Verdict::Release(token) = verdict {
            verdict = match held_back(decision) {
                Some(code) => Verdict::Hold(token.held_back(code)),
                None => Verdict::Release(token),
            };
        }
        let failing = verdict.account().reasons().map(|reason| reason.code).find(|code| {
            let is_of_here = FAILED.contains(code) || *code == deep::NOT_OPENED;
            is_of_here && !has(decision, *code)
        });
        let unread = self.unread(decision, policy, &verdict.account());
        let mut facts = facts(decision);
        let page = std::mem::take(&mut self.page);
        // Only a lane with a link names what leaves by BLAKE3 as well; that is the lane's egress and no part of the bundle, so
        // the record says whether it was one. The secret seals nothing here.
        let secret = [0; 32];
        let key = if decision.blake3.is_some() { SealKey::for_link(secret) } else { SealKey::new(secret) };
        // The words are written into memory: that cannot fail.
        let drafted = draft(verdict, &mut facts, page, &key);
        let Ok((mut draft, mut workspace)) = drafted else {
            return Err(Why::Record("it could not be written"));
        };
        self.page = draft.page().to_vec();
        workspace.give_back(draft.settle(|_| Vec::new()));
        self.workspace = Some(workspace);
        match (failing, unread) {
            (Some(code), _) => Err(Why::Worker("here", code.id().to_owned())),
            (None, Some((when, code))) => Err(Why::Worker(when, code.id().to_owned())),
            (None, None) => Ok(()),
        }
    }

    /// When text in pictures was not read that was read at the other time, because one of the two machines has no reader. Where
    /// both have none, or the terms ask for none, what differs is what the terms say.
    fn unread(
        &self,
        decision: &Decision,
        policy: &Policy,
        account: &Account<'_>,
    ) -> Option<(&'static str, Code)> {
        let then = UNREAD.iter().copied().find(|code| has(decision, *code));
        let now = account.reasons().map(|reason| reason.code).find(|code| UNREAD.contains(code));
        match (then, now) {
            (Some(code), None) => is_read(policy).then_some(("then", code)),
            (None, Some(code)) => {
                let before = self.named(decision).and_then(|bundle| bundle.lane(decision.lane()));
                before.is_none_or(|policy| is_read(policy)).then_some(("here", code))
            }
            _ => None,
        }
    }

    /// The bundle that the record names, where it is at hand.
    fn named(&self, decision: &Decision) -> Option<&'b Bundle> {
        let named = decision.text("bundle")?.strip_prefix("sha256:").and_then(Digest::parse)?;
        self.bundles.iter().find(|bundle| bundle.digest() == named)
    }

    /// The lane's policy, by the bundle that the record names, or by the one to decide under.
    fn policy(&self, decision: &Decision) -> Result<(&'b Arc<Policy>, &'b Bundle), Why> {
        let bundle = self.under.or_else(|| self.named(decision));
        let bundle = bundle.ok_or_else(|| Why::Bundle(decision.text("bundle").unwrap_or("").to_owned()))?;
        let policy = bundle.lane(decision.lane()).ok_or_else(|| Why::Lane(decision.lane().to_owned()))?;
        Ok((policy, bundle))
    }

    /// Memory with the key that the record names, or with none.
    fn workspace(&mut self, decision: &Decision) -> Result<Box<Workspace>, Why> {
        let named = decision.text("pseudonym_key");
        let key = match named {
            Some(id) => {
                Some(self.keys.iter().find(|key| key.id() == id).ok_or_else(|| Why::Key(id.to_owned()))?)
            }
            // Another bundle may ask for one where the recorded one did not.
            None => {
                self.keys.first().filter(|_| self.under.is_some() && !has(decision, hold::NO_PSEUDONYM_KEY))
            }
        };
        let id = key.map(|key| key.id().to_owned());
        let kept = self.workspace.take().filter(|_| self.key == id);
        self.key = id;
        Ok(kept.unwrap_or_else(|| Box::new(Workspace::new().keyed(key.cloned()))))
    }
}

/// The lane wants text in pictures to be read.
fn is_read(policy: &Policy) -> bool {
    policy.reading().is_some_and(|reading| reading != Reading::Off)
}

/// What a record says of what came beside the object: SHA-256, and size in bytes.
fn sidecar(decision: &Decision) -> Result<Option<(Digest, usize)>, Why> {
    let Some(text) = decision.text("sidecar_sha256") else { return Ok(None) };
    let size = decision.account.get("sidecar_size_bytes").and_then(serde_json::Value::as_u64);
    let size = size.and_then(|size| usize::try_from(size).ok());
    let both = Digest::parse(text).zip(size).ok_or(Why::Record("no hash or size of the sidecar"))?;
    Ok(Some(both))
}

/// What the lane knew beside the object, as the record has it.
fn facts(decision: &Decision) -> DecisionFacts<'_> {
    DecisionFacts {
        epoch: decision.epoch,
        arrival: decision.arrival,
        decided: decision.decided,
        uptime_ns: decision.uptime_ns,
        clock: decision.clock,
        again: decision.again,
        first: decision.first,
        receipt: decision.receipt.as_deref(),
        class: None,
        parent: decision.text("parent").and_then(Digest::parse),
    }
}

fn has(decision: &Decision, code: Code) -> bool {
    decision.codes().any(|known| known == code.id())
}

/// The code by which the record says that a worker failed.
fn failed(decision: &Decision) -> Option<&'static str> {
    FAILED.iter().find(|code| has(decision, **code)).map(|code| code.id())
}

/// The code for which the lane held back what it would have released otherwise.
pub(super) fn held_back(decision: &Decision) -> Option<Code> {
    let is_held = decision.verdict() == Decided::Hold;
    HELD_BACK.iter().copied().find(|code| is_held && has(decision, *code))
}

#[cfg(test)]
mod tests;
