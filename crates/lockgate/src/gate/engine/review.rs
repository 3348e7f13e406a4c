//! Reviewers' statements: whether each counts is found out here, where policy, clock and object are at hand.

use super::slow::{Aim, Case};
use super::{Engine, Out};
use crate::gate::beside;
use crate::gate::entry::{Entry, Petition, Reviewed};
use crate::pipeline::attested;
use lockgate_attest::{Attestation, SignedReview};
use lockgate_audit::Review;
use lockgate_core::{Admitted, Inspected, Policy, Received, admit, foresee, may_be_heard};
use lockgate_reason::{Code, hold};
use std::sync::Arc;

impl Engine {
    /// Looks whether a statement counts for the object that it is about, as that is now.
    pub(crate) fn petition(&mut self, petition: Petition, out: &mut dyn Out) {
        let Petition { paper, signed, frame, held, before, beside } = petition;
        let reading = self.common.clock.read();
        self.look_at_clock(&reading, out);
        // Nothing is built anew for what cannot count.
        let heard = match reading.state.is_good() {
            true => may_be_heard(&signed, held, &before, &self.policy, reading.now),
            // By a clock that is wrong nobody knows whether a statement still holds.
            false => Err((hold::CLOCK_NOT_TRUSTED, false)),
        };
        if let Err(refused) = heard {
            beside::give_back(beside, &self.common.pool);
            self.common.pool.give_back(frame.bytes);
            let event = self.review_event(&signed, held, Err(refused));
            return out.put(Entry::Review(Box::new(Reviewed { paper, event })));
        }
        let company = self.company(beside.as_ref(), &frame.bytes);
        beside::give_back(beside, &self.common.pool);
        let mut workspace = self.workspace();
        let mut bytes = workspace.buffer();
        bytes.extend_from_slice(&frame.bytes);
        self.common.pool.give_back(frame.bytes);
        let mut received = Received::accept(lockgate_bytes::Frame { bytes, ..frame }, workspace);
        if let Some(company) = &company {
            received = received.accompanied(company);
        }
        self.inspect(received, Aim::Petition(Box::new(Case { paper, signed, held, before })), out);
    }

    /// The object has been looked into: does the statement count for it.
    pub(super) fn answer(&mut self, seen: Inspected, policy: &Arc<Policy>, case: Case, out: &mut dyn Out) {
        let reading = self.common.clock.read();
        self.look_at_clock(&reading, out);
        let Case { paper, signed, held, before } = case;
        let now = reading.now;
        let prospect = foresee(seen, policy, now);
        let admitted = if !reading.state.is_good() {
            Err((hold::CLOCK_NOT_TRUSTED, false))
        } else if policy.bundle() != self.policy.bundle() {
            Err((hold::STATEMENT_OTHER_BUNDLE, false))
        } else {
            admit(&signed, &prospect, held, &before, &self.policy, now)
        };
        let event = self.review_event(&signed, held, admitted);
        out.put(Entry::Review(Box::new(Reviewed { paper, event })));
    }

    fn review_event(
        &self,
        signed: &SignedReview,
        held: u64,
        admitted: Result<Admitted, (Code, bool)>,
    ) -> Review {
        let terms = signed.terms();
        let (refused, is_theirs, until, complete) = match admitted {
            Ok(Admitted { until, is_complete, .. }) => (None, true, until, is_complete),
            Err((code, is_theirs)) => (Some(code.id().to_owned()), is_theirs, terms.expires, false),
        };
        Review {
            at: self.common.clock.now(),
            epoch: self.common.epoch,
            lane: self.policy.lane().to_string(),
            object: Some(held),
            step: Some(terms.step),
            by: is_theirs.then(|| terms.reviewer.clone()),
            nonce: is_theirs.then_some(terms.nonce),
            until: Some(until),
            complete,
            refused,
            sha256: signed.digest(),
            // What nobody known has signed is no more than its hash: whoever can write a file does not fill the log.
            statement: is_theirs.then(|| signed.to_bytes()),
        }
    }

    /// What of statements that counted once still counts, by the policy and the clock of now. Of one that does not, the
    /// decision says that approvals are missing.
    /// None at all where nobody said anything.
    pub(super) fn attested(&self, reviews: &[SignedReview]) -> Option<Vec<Attestation>> {
        attested(reviews, &self.policy, self.common.clock.now())
    }
}
