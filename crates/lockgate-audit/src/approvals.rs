//! The approvals behind releases: a record says who approved, and the statements that it names have to be on record, say
//! exactly that, and be of distinct people.
//!
//! What is looked at is the log alone. Whether a reviewer's key is the reviewer's was looked at by the lane, under the bundle
//! of that day; here a statement has to be the one that was recorded, about the object, the bytes, the bundle and the lane
//! that the release names.

use crate::event::{Decision, Event, Review};
use crate::ledger::{Decided, Ledger};
use lockgate_attest::{ReviewStep, ReviewTerms, SignedReview};
use lockgate_bytes::{Digest, Time};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Objects beyond those that wait, of which approvals are kept until they are looked through.
const SPARE: usize = 1_000;

/// Approvals of objects that wait, or were released by them and may have to be decided again.
#[derive(Default)]
pub(crate) struct Approvals {
    by_object: BTreeMap<u64, Vec<Approval>>,
}

#[derive(Clone)]
struct Approval {
    statement: Digest,
    terms: ReviewTerms,
    /// With it, enough people had approved.
    complete: bool,
    /// When it was looked at.
    at: Time,
    /// First instant at which it did not count any more.
    until: Time,
}

impl Approvals {
    /// Takes the next event, before the ledger does.
    ///
    /// # Errors
    /// What is wrong with a statement, or with a release that rests on some.
    pub(crate) fn take(&mut self, entry: u64, event: &Event, ledger: &Ledger) -> Result<(), &'static str> {
        match event {
            Event::Review(review) if review.refused.is_none() => self.review(review),
            Event::Decision(decision) => {
                if self.by_object.len() > SPARE {
                    self.by_object.retain(|object, _| ledger.waits(*object));
                }
                self.decision(entry, decision)
            }
            _ => Ok(()),
        }
    }

    fn review(&mut self, review: &Review) -> Result<(), &'static str> {
        let bytes = review.statement.as_deref().ok_or("a statement counts, and is not there")?;
        let signed = SignedReview::read(bytes).ok_or("a statement counts, and cannot be read")?;
        let terms = signed.terms();
        let same = Digest::of(bytes) == review.sha256
            && Some(terms.entry) == review.object
            && Some(terms.step) == review.step
            && Some(terms.reviewer.as_str()) == review.by.as_deref()
            && Some(terms.nonce) == review.nonce
            && terms.lane == review.lane;
        if !same {
            return Err("the record of a statement says something else than the statement");
        }
        if terms.step == ReviewStep::Approve {
            let (statement, terms) = (review.sha256, terms.clone());
            let until = review.until.unwrap_or(Time::MAX);
            let approval = Approval { statement, terms, complete: review.complete, at: review.at, until };
            self.by_object.entry(approval.terms.entry).or_default().push(approval);
        }
        Ok(())
    }

    fn decision(&mut self, entry: u64, decision: &Decision) -> Result<(), &'static str> {
        let known = decision.again.and_then(|former| self.by_object.remove(&former)).unwrap_or_default();
        if decision.verdict() != Decided::Release {
            return Ok(());
        }
        let account = &decision.account;
        let listed = |name: &str| account.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let named = listed("approvals");
        if named.is_empty() {
            if !listed("answered").is_empty() {
                return Err("reasons were answered, and nobody is named who did");
            }
            return of_nobody(account);
        }
        let mut people = BTreeSet::new();
        for one in named {
            let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or("");
            let found = known.iter().find(|approval| approval.statement.to_string() == text("statement"));
            let approval = found.ok_or("it rests on an approval that is not on record for this object")?;
            if approval.terms.reviewer != text("by") || !people.insert(text("by").to_owned()) {
                return Err("its approvals are not of the distinct people that it names");
            }
            says_this(&approval.terms, decision)?;
        }
        let before = "it was released before enough people had approved";
        let (at, last) = known.iter().enumerate().find(|(_, approval)| approval.complete).ok_or(before)?;
        // What had ended when enough had approved was none of those that were enough.
        let mut enough = known.iter().take(at.saturating_add(1)).filter(|approval| last.at < approval.until);
        if !enough.all(|approval| people.contains(&approval.terms.reviewer)) {
            return Err("it names fewer people than had to approve it");
        }
        self.by_object.insert(entry, known);
        Ok(())
    }
}

/// What nobody approved: an object of a type of the lane; or one of none where the lane asks nobody, and then what left was built
/// anew, and nothing was found in the object but notes. Whether the lane may say so, its bundle shows.
fn of_nobody(account: &Value) -> Result<(), &'static str> {
    let text = |name: &str| account.get(name).and_then(Value::as_str);
    let is_unasked = account.get("unasked").is_some();
    // The slow route is also that of an object of a known type, with a part that people answer for.
    let has_type = account.get("type").is_some_and(|named| !named.is_null());
    if text("route") != Some("slow") || (is_unasked && has_type) {
        return if is_unasked { Err("nobody is asked about an object of a known type") } else { Ok(()) };
    }
    if account.get("unasked") != Some(&Value::Bool(true)) {
        return Err("an object of no known type was released without people");
    }
    let findings = account.get("findings").and_then(Value::as_array).ok_or("its findings are not there")?;
    let is_note = |finding: &Value| finding.get("class").and_then(Value::as_str) == Some("note");
    if !findings.iter().all(is_note) {
        return Err("something was found in an object that was released without people");
    }
    // What came may be what is built of it: a picture that a program like this one has written.
    match text("rebuilt_sha256") {
        Some(rebuilt) if Some(rebuilt) == text("released_sha256") => Ok(()),
        _ => Err("what was released without people is not what was built anew"),
    }
}

/// An approval is of this object, of what left, and under the terms of this decision.
fn says_this(terms: &ReviewTerms, decision: &Decision) -> Result<(), &'static str> {
    let text = |name: &str| decision.account.get(name).and_then(Value::as_str).unwrap_or("");
    let output = terms.output.map(|output| output.to_string());
    let checks = [
        (terms.input.to_string() == text("sha256"), "an approval is of another object"),
        (
            output.as_deref() == Some(text("released_sha256")),
            "an approval is of other bytes than those that left",
        ),
        (format!("sha256:{}", terms.bundle) == text("bundle"), "an approval was made under another bundle"),
        (terms.lane == text("lane"), "an approval is for another lane"),
        (terms.destination == text("destination"), "an approval is for another destination"),
        (decision.decided < terms.expires, "an approval had run out"),
    ];
    checks.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(*why))
}

#[cfg(test)]
mod tests;
