//! What would become of a held object if people answered everything that they may: for those who look at it, and for the
//! lane that checks their statements. Nothing is released by it.

use crate::answer::{self, Facts};
use crate::decide::{judge, settle};
use crate::object::{Inspected, Route};
use crate::policy::Policy;
use crate::verdict::Verdict;
use crate::{Account, Decision, Envelope, Reason, VerdictKind, decide_rewritten};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Time};
use lockgate_reason::{Code, Outcome};

/// What would become of an object.
#[derive(Clone, Debug)]
pub struct Prospect {
    pub(crate) facts: Facts,
    output: Option<(Digest, Vec<u8>)>,
    reasons: Vec<(Code, bool)>,
    account: String,
    previews: Vec<Vec<u8>>,
}

impl Prospect {
    /// SHA-256 of the object as it arrived.
    pub fn input(&self) -> Digest {
        self.facts.input
    }

    /// The bytes that would leave, and their SHA-256; `None` where something stands that people may not answer, or that
    /// stands only against what was written anew.
    pub fn output(&self) -> Option<(Digest, &[u8])> {
        self.output.as_ref().map(|(digest, bytes)| (*digest, bytes.as_slice()))
    }

    /// SHA-256 over everything that stands against the object and everything that was found in it.
    pub fn findings(&self) -> Digest {
        self.facts.findings
    }

    /// The label that is enforced, as text; empty where there is none.
    pub fn label_before(&self) -> &str {
        &self.facts.label_before
    }

    /// The label that it would leave with, as text; empty where there is none.
    pub fn label_after(&self) -> &str {
        &self.facts.label_after
    }

    /// The codes that stand against it, and whether people may answer each on this lane.
    pub fn reasons(&self) -> &[(Code, bool)] {
        &self.reasons
    }

    /// Pictures of the first pages of an object of no known type, in PNG, made by us; empty where none were asked for.
    pub fn previews(&self) -> &[Vec<u8>] {
        &self.previews
    }

    /// The account of the object as it is decided without people, with its record: one JSON object.
    pub fn account(&self) -> &str {
        &self.account
    }
}

/// Looks what would become of an object.
pub fn foresee(inspected: Inspected, policy: &Arc<Policy>, now: Time) -> Prospect {
    let (mut decided, outcome) = judge(inspected, policy, now);
    let facts = Facts::of(&decided);
    let first = &decided.received.workspace.first;
    let may = |reason: &Reason| (reason.code, answer::may_be_answered(&decided, reason));
    let reasons = first.inspection.reasons.iter().map(may).collect();
    let kind = match outcome {
        None => VerdictKind::Release,
        Some(Outcome::Hold) => VerdictKind::Hold,
        Some(Outcome::Refuse) => VerdictKind::Refuse,
    };
    let mut account = String::new();
    Account::of(&decided, kind).write_json(&Envelope { record: true, ..Envelope::default() }, &mut account);
    let previews = match &mut decided.route {
        Route::Slow(seen) => core::mem::take(&mut seen.previews),
        Route::Fast(_) | Route::None => Vec::new(),
    };
    let may_leave = match outcome {
        None => true,
        Some(Outcome::Hold) => answer::as_if(&mut decided).is_ok(),
        Some(Outcome::Refuse) => false,
    };
    // Tokens are made and unmade here: only the bytes and their name come out.
    let verdict = may_leave.then(|| match settle(decided, None) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    });
    let output = verdict.and_then(|verdict| match verdict {
        Verdict::Release(token) => Some((token.0.received.sha256, token.0.received.bytes)),
        Verdict::Hold(_) | Verdict::Refuse(_) => None,
    });
    Prospect { facts, output, reasons, account, previews }
}
