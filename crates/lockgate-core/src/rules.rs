//! Category, release check and authored rules: everything that is decided from values.

use crate::Reason;
use crate::claims::{CarrierKind, Claim};
use crate::policy::{LaneType, Policy, Source};
use crate::verdict::Terms;
use crate::workspace::Pass;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget, Span, Time};
use lockgate_eval::{Choice, Chooser, Evaluator, Facts, FailureKind, Portions, RuleFailure};
use lockgate_marking::{Mapped, Party, ReleaseFinding};
use lockgate_reason::{Outcome, agreement, fault, framing, rule};
use lockgate_record::{Block, NodeId, Place, Shape};

/// Which object is judged, and by whom.
pub(crate) struct Case<'a> {
    pub(crate) lane_type: &'a LaneType,
    pub(crate) policy: &'a Policy,
    pub(crate) source: &'a Source,
    pub(crate) bytes: &'a [u8],
    pub(crate) now: Time,
    /// When it was observed, if it says so: of several times, the one that makes the object older.
    pub(crate) observed: Option<Time>,
    /// True where the reference evaluator judges.
    pub(crate) by_reference: bool,
}

/// Finds the category, checks the release, and runs every rule.
pub(crate) fn judge(pass: &mut Pass, case: &Case<'_>, budget: &mut Budget, terms: &mut Terms) {
    portions(pass);
    let done = case
        .categorise(pass, budget)
        .map(|category| terms.category = category)
        .map(|()| release(pass, case.policy, case.now, terms))
        .and_then(|()| case.rules(pass, budget, terms));
    if done.is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET));
    }
}

impl<'a> Case<'a> {
    fn facts<'f>(&'f self, pass: &'f Pass, agreement: Option<&'f str>) -> Facts<'f> {
        Facts {
            record: &pass.inspection.record,
            object: self.bytes,
            label: pass.label.as_ref(),
            portions: Portions::Of(&pass.portions),
            source: &self.source.name,
            destination: self.policy.destination(),
            agreement,
            lane: self.policy.lane(),
            now: self.now,
            observed: self.observed,
            policies: self.policy.policies(),
            released: None,
        }
    }

    fn evaluators(&self) -> (&'a Arc<dyn Chooser>, &'a Arc<dyn Evaluator>) {
        let parts = &self.lane_type.parts;
        if self.by_reference {
            (&parts.reference_category, &parts.reference_rules)
        } else {
            (&parts.category, &parts.rules)
        }
    }

    /// The first category whose condition holds; an object whose category cannot be told has none, and a reason.
    fn categorise(&self, pass: &mut Pass, budget: &mut Budget) -> Result<Option<usize>, OverBudget> {
        let mut scratch = core::mem::take(&mut pass.scratch);
        let choice = self.evaluators().0.choose(&self.facts(pass, None), &mut scratch, budget);
        pass.scratch = scratch;
        Ok(match choice? {
            Choice::Of(number) => self.lane_type.parts.category_of_choice.get(usize::from(number)).copied(),
            Choice::None => None,
            Choice::NotEvaluated => {
                let says = "the data category could not be told: a field that its condition reads is absent";
                pass.inspection.reasons.push(Reason::new(rule::NOT_EVALUATED).saying(says));
                None
            }
        })
    }

    fn rules(&self, pass: &mut Pass, budget: &mut Budget, terms: &Terms) -> Result<(), OverBudget> {
        let evaluator = self.evaluators().1;
        let agreement = terms.agreement.and_then(|index| self.policy.parts.release.agreement_name(index));
        let mut scratch = core::mem::take(&mut pass.scratch);
        let mut failures = core::mem::take(&mut pass.failures);
        let facts = self.facts(pass, agreement.map(AsRef::as_ref));
        let done = evaluator.evaluate(&facts, &mut scratch, budget, &mut failures);
        tell(pass, evaluator.as_ref(), &mut failures, Some(self.lane_type.inspector().shape()));
        (pass.scratch, pass.failures) = (scratch, failures);
        done
    }
}

/// Collects what the portions say in the lane's policy: `None` for one whose mark cannot be read, or says nothing here. What
/// portions with markings of the United States make together stands for each of them: a register decides what of a portion
/// the whole repeats.
pub(crate) fn portions(pass: &mut Pass) {
    let Pass { claims, portions, .. } = pass;
    portions.clear();
    let mut parts = claims.iter().filter(|claim| claim.part).peekable();
    if parts.peek().is_none() {
        return;
    }
    let rolled = claims.iter().any(|claim| claim.carrier == CarrierKind::RollUp);
    let counts = |claim: &&Claim| !(rolled && claim.us.is_some());
    portions.extend(parts.filter(counts).map(|claim| claim.mapped.map(|mapped| mapped.label)));
}

/// May an object with this label go to the destination. Without a label the object has its reason already.
pub(crate) fn release(pass: &mut Pass, policy: &Policy, now: Time, terms: &mut Terms) {
    // A regraded object is judged by the label that it leaves with; every other check goes by what it claims.
    let Some(label) = pass.regraded.as_ref().map(|regraded| regraded.label).or(pass.label) else {
        return;
    };
    let outcome = policy.parts.release.judge(&label, terms.category, now, &mut pass.release);
    let mut told = Vec::new();
    for failing in pass.release.drain(..) {
        if failing.finding.code == agreement::NOT_RELEASABLE {
            told.extend(failing.readers);
        }
        let mut reason = Reason::from(failing.finding);
        reason.rule = failing.agreement;
        if let Some(claim) = pass.claims.first() {
            reason = claim.explains(reason);
        }
        pass.inspection.reasons.push(reason);
    }
    if !outcome.releasable && pass.inspection.reasons.is_empty() {
        pass.inspection.reasons.push(Reason::new(fault::INTERNAL));
    }
    let until = parts(pass, policy, now, &told);
    terms.agreement = outcome.agreement;
    terms.not_after = terms.not_after.min(until);
    terms.not_after = terms.not_after.min(outcome.not_after).min(pass.label_until.unwrap_or(Time::MAX));
}

/// Portions with markings of the United States are enforced as what they make together, and a register says who is left by its
/// own table of members. So each of them is asked besides, by the communities of the bundle (docs/decisions/0068); readers that
/// are `told` to be kept out by the whole are not told again. Gives the first instant at which one of the answers no longer
/// holds.
fn parts(pass: &mut Pass, policy: &Policy, now: Time, told: &[Party]) -> Time {
    let Pass { claims, release, inspection, .. } = pass;
    let (mut passed, mut until) = (None, Time::MAX);
    for (claim, mapped) in asked_parts(claims) {
        // As a rule one portion says what the one before it did.
        if passed == Some(mapped) {
            continue;
        }
        until = until.min(mapped.not_after).min(policy.parts.release.judge_part(&mapped.label, now, release));
        passed = release.is_empty().then_some(mapped);
        let is_told = |failing: &ReleaseFinding| {
            !failing.readers.is_empty() && failing.readers.iter().all(|reader| told.contains(reader))
        };
        for failing in release.drain(..).filter(|failing| !is_told(failing)) {
            inspection.reasons.push(claim.explains(Reason::from(failing.finding)));
        }
    }
    until
}

/// The portions that are enforced as what they make together, and their labels in the lane's policy. What has none there has
/// its reason.
pub(crate) fn asked_parts(claims: &[Claim]) -> impl Iterator<Item = (&Claim, Mapped)> {
    let portions = claims.iter().filter(|claim| claim.part && claim.us.is_some());
    portions.filter_map(|claim| Some((claim, claim.mapped?)))
}

/// Makes a reason of every rule that failed, at its field where it names one.
pub(crate) fn tell(
    pass: &mut Pass,
    evaluator: &dyn Evaluator,
    failures: &mut Vec<RuleFailure>,
    shape: Option<&Shape>,
) {
    for failure in failures.drain(..) {
        let Some(text) = evaluator.rule_text(failure.rule) else {
            // A rule that nobody knows has failed all the same.
            pass.inspection.reasons.push(Reason::new(fault::INTERNAL));
            continue;
        };
        let (mut reason, outcome) = match failure.kind {
            FailureKind::NotMet => (Reason::new(rule::NOT_MET).saying(text.says.clone()), text.outcome),
            FailureKind::NotEvaluated => (Reason::new(rule::NOT_EVALUATED), Outcome::Refuse),
        };
        reason.outcome = outcome;
        reason.rule = Some(text.id.clone());
        reason.cites = text.cites.clone();
        if let (Some(node), Some(shape)) = (text.field, shape) {
            reason = reason.at(Place::of(node), span_of(pass, shape, node));
        }
        pass.inspection.reasons.push(reason);
    }
}

/// Where a field stands in the object; for a field of a list, where the list begins; empty where it is absent.
fn span_of(pass: &Pass, shape: &Shape, node: NodeId) -> Span {
    let mut at = shape.node(node);
    while let Some(found) = at {
        if found.group.0 == 0 {
            return pass.inspection.record.cell(Block::ROOT, found.slot).span;
        }
        at = found.parent.and_then(|parent| shape.node(parent));
    }
    Span::default()
}
