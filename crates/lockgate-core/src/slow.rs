//! Objects of no known type on a lane that lets cross what was built anew from them: label, agreement, the lane's rules, and
//! whether what the object says of its marking is borne out.
//!
//! ```text
//!   object --looked into--> Seen {findings, rebuilt} --check--> reasons --people--> the rebuilt bytes, and never the object
//!                                                               no reason at all, on a lane up that says so --^
//! ```
//! INVARIANT: nothing here takes a reason away. What people may answer is in `answer`, and it takes a rebuilt object.

use crate::claims::{CarrierKind, Claim, Where};
use crate::deep::LABEL_INSIDE;
use crate::label::{self, Carried};
use crate::object::{Origin, Received};
use crate::policy::{Assigned, Policy, Traffic};
use crate::rules;
use crate::verdict::{Decided, Released, Terms, Verdict};
use crate::workspace::Pass;
use crate::{Area, Class, Reason, Refused, Said, Seen, answer};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use lockgate_bytes::{Budget, Duration, Precedence, Span, Time};
use lockgate_eval::{Evaluator, Facts, Portions, RuleFailure, Scratch};
use lockgate_marking::{Label, LevelRef, PolicySet};
use lockgate_reason::{Code, agreement, deep, fault, framing, marking};
use lockgate_record::Record;
use lockgate_words::WordLists;

/// Steps that the rules of a lane may take for an object that has no record.
const STEPS: u64 = 1_000_000;

/// What a lane does with objects of no known type.
#[derive(Debug)]
pub struct SlowPath {
    /// The forms of file that it takes.
    pub accepts: Vec<&'static str>,
    /// The largest object that is looked into, in bytes.
    pub size_max: usize,
    /// How an object is built anew.
    pub making: Making,
    /// Where its pictures have to lie, where the lane asks for that.
    pub area: Option<Area>,
    /// What it takes for that to cross; `None` where nothing does.
    pub release: Option<SlowRelease>,
}

impl SlowPath {
    /// True for what was built anew and crosses without people on this lane, as far as the object itself says: nothing found in it but
    /// notes, all of it read. What stands against it otherwise, stands.
    pub(crate) fn goes_unasked(&self, seen: &Seen) -> bool {
        self.release.as_ref().is_some_and(|release| release.unasked)
            && self.making.reading != Reading::Off
            && !seen.unread
            && seen.walked
            && seen.rebuilt.is_some()
            && seen.form.is_some_and(|form| self.accepts.contains(&form))
            && seen.findings.iter().all(|finding| finding.code.class == Class::Note)
    }
}

/// How an object is built anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Making {
    /// How much of its pixels is kept.
    pub fidelity: Fidelity,
    /// Whether a picture of a form that nothing here writes becomes a PNG; otherwise nothing is built from it.
    pub convert: bool,
    /// Whether text in its pictures is read.
    pub reading: Reading,
}

/// Whether text in pictures is read, by a program that the machine may not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Not at all.
    Off,
    /// Where there is a reader; where there is none, people are told, and decide.
    #[default]
    WherePresent,
    /// Always: what was not read is nobody's to release.
    Required,
}

/// How much of an object's pixels what is built anew keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// As much as a person sees: what is hidden in single bits is gone.
    #[default]
    Lossy,
    /// Everything but the two lowest bits of every level.
    Lossless,
}

/// What it takes for something that was built anew to cross.
#[derive(Debug)]
pub struct SlowRelease {
    /// True where that needs no people, as long as nothing at all stands against it: on lanes that lead up alone.
    pub unasked: bool,
    /// The data category of such objects: an index into the lane's categories; `None` where they have none.
    pub category: Option<usize>,
    /// The label that the lane assigns to those without one.
    pub unlabelled: Option<Assigned>,
    /// The lane's own rules, which see no record.
    pub rules: Arc<dyn Evaluator>,
    /// The same by the reference interpreter. Nothing is read and decided a second time here, so both are asked at once.
    pub reference: Arc<dyn Evaluator>,
    /// Every word of a marking of any policy, each a list of its own.
    pub words: WordLists,
    /// What each of these words means, in the order of the lists.
    pub meanings: Vec<Meaning>,
}

/// What a word of a policy's markings means on this lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The name of a policy.
    Policy,
    /// A level, in the lane's policy; `None` where it has no equivalent there.
    Level(Option<LevelRef>),
    /// A value of a tag.
    Value {
        /// The tags that have it.
        tags: Vec<String>,
        /// The value.
        value: String,
    },
}

impl Meaning {
    /// True where a label says at least as much.
    fn is_borne_out(&self, label: &Label, policies: &PolicySet) -> bool {
        match self {
            Self::Policy => true,
            Self::Level(level) => level.is_some_and(|level| {
                policies.compare(level, label.level()).is_some_and(|order| order.is_le())
            }),
            Self::Value { tags, value } => tags.iter().any(|tag| label.holds(policies, tag, value)),
        }
    }
}

/// Every check of an object that was looked into, on a lane that may release what was built anew from it.
pub(crate) fn check(received: &mut Received, seen: &Seen, policy: &Policy, now: Time, terms: &mut Terms) {
    let Some(release) = policy.slow_release() else { return };
    let pass = &mut received.workspace.first;
    let Some(source) = policy.source(&received.source) else {
        pass.inspection.reasons.push(Reason::new(framing::NOT_FROM_THIS_SOURCE));
        return;
    };
    label_inside(pass, seen);
    let unlabelled = release.unlabelled.as_ref();
    let carried = Carried { shape: None, skew: Duration::ZERO, unlabelled, observed: None };
    label::enforce(pass, &carried, policy, source, now);
    // Nothing in it says that it is exercise or simulation, and no statement counts as operation.
    if policy.parts.traffic != Traffic::Operation {
        pass.inspection.reasons.push(Reason::new(agreement::TRAFFIC_MISMATCH));
    }
    is_borne_out(pass, seen, release, policy);
    has_banners(pass, seen, release, policy);
    terms.precedence = Precedence::Routine.min(source.precedence);
    terms.category = release.category;
    rules::release(pass, policy, now, terms);
    let record = Record::default();
    let label = pass.label;
    rules::portions(pass);
    let facts = Facts {
        record: &record,
        object: &[],
        label: label.as_ref(),
        portions: Portions::Of(&pass.portions),
        source: &source.name,
        destination: policy.destination(),
        agreement: terms
            .agreement
            .and_then(|index| policy.parts.release.agreement_name(index))
            .map(AsRef::as_ref),
        lane: policy.lane(),
        now,
        observed: None,
        policies: policy.policies(),
        released: None,
    };
    let both = [release.rules.as_ref(), release.reference.as_ref()];
    let (mut failures, fault) = by_both(both, &facts, &mut pass.scratch);
    pass.inspection.reasons.extend(fault.map(Reason::new));
    rules::tell(pass, release.rules.as_ref(), &mut failures, None);
}

/// An object with a label inside that nothing reads, and with none beside it, carries a claim that could not be read: it is not one
/// without a label.
fn label_inside(pass: &mut Pass, seen: &Seen) {
    let Some(label) = seen.findings.iter().find(|finding| finding.code.name == LABEL_INSIDE) else { return };
    if !pass.claims.is_empty() {
        return;
    }
    let place: Arc<str> = Arc::from(label.place.as_str());
    pass.inspection.reasons.push(Reason::new(marking::LABEL_NOT_READ).beside(&place, None));
    pass.claims.push(Claim::new(CarrierKind::BoundLabel, Where::Beside(place), Span::default(), None));
}

/// What of the rules the object does not pass, asked of both evaluators; and the reason where that cannot be told, or they do
/// not agree.
fn by_both(
    [rules, reference]: [&dyn Evaluator; 2],
    facts: &Facts<'_>,
    scratch: &mut Scratch,
) -> (Vec<RuleFailure>, Option<Code>) {
    let mut ask = |rules: &dyn Evaluator| {
        let mut failures = Vec::new();
        let done = rules.evaluate(facts, scratch, &mut Budget::new(STEPS), &mut failures);
        (failures, done.is_ok())
    };
    let ((failures, done), (others, others_done)) = (ask(rules), ask(reference));
    let fault = match (done && others_done, failures == others) {
        (false, _) => Some(framing::OVER_BUDGET),
        (true, false) => Some(fault::INTERNAL),
        (true, true) => None,
    };
    (failures, fault)
}

/// What an object says of its marking, and its label does not: a claim that nobody may wave through.
fn is_borne_out(pass: &mut Pass, seen: &Seen, release: &SlowRelease, policy: &Policy) {
    let Some(label) = pass.label else { return };
    let mut told: Vec<u32> = Vec::new();
    for (list, text) in &pass.marked {
        let meaning = release.meanings.get(usize::from(*list));
        let borne_out = meaning.is_some_and(|meaning| meaning.is_borne_out(&label, policy.policies()));
        if !borne_out && !told.contains(text) {
            told.push(*text);
            let place = usize::try_from(*text).ok().and_then(|text| seen.texts.get(text));
            let place: Arc<str> = Arc::from(place.map_or("the object", |said| said.place.as_str()));
            pass.inspection.reasons.push(Reason::new(deep::MARKED_OTHERWISE).beside(&place, None));
        }
    }
}

/// Pages and pictures that do not say the level of the label: whoever sees one of them by itself does not know what it is. Where the
/// label is of the lowest level, or the object is a NITF file that says its class, none is asked for.
fn has_banners(pass: &mut Pass, seen: &Seen, release: &SlowRelease, policy: &Policy) {
    let policies = policy.policies();
    let Some(label) = pass.label.filter(|label| label.level_rank(policies) != Some(0)) else { return };
    let is_of_label = |list: u16| match release.meanings.get(usize::from(list)) {
        Some(Meaning::Level(Some(level))) => policies.compare(*level, label.level()) == Some(Ordering::Equal),
        _ => false,
    };
    let said = pass.marked.iter().filter(|(list, _)| is_of_label(*list));
    let said = said.filter_map(|(_, text)| seen.texts.get(usize::try_from(*text).ok()?));
    // What was read in its pixels stands at a place of the page.
    let page =
        |said: &'_ Said| said.place.split_once(',').map_or(said.place.clone(), |(page, _)| page.into());
    let mut bearing: BTreeSet<String> = BTreeSet::new();
    for said in said {
        if said.is_class && seen.form == Some("nitf") {
            return;
        }
        bearing.insert(page(said));
    }
    let what = if seen.form == Some("pdf") { "page" } else { "picture" };
    let mut without =
        (1..=seen.shown).map(|number| format!("{what} {number}")).filter(|one| !bearing.contains(one));
    let Some(first) = without.next() else { return };
    let says = format!("{}: {} of {}", deep::NO_BANNER.says(), without.count().saturating_add(1), seen.shown);
    pass.inspection.reasons.push(Reason::new(deep::NO_BANNER).beside(&Arc::from(first), None).saying(says));
}

/// Releases what was built anew, which people have approved or nobody has to; the object itself never leaves.
pub(crate) fn release_rebuilt(mut decided: Decided) -> Verdict {
    // INVARIANT: without people only where the lane says so, asked once more of all that was seen.
    let asked = decided.received.workspace.answered_by.is_some();
    let may = asked || goes_unasked(&decided);
    let rebuilt = match &mut decided.route {
        crate::object::Route::Slow(seen) if may => seen.rebuilt.as_mut().map(crate::Rebuilt::take),
        _ => None,
    };
    let Some(bytes) = rebuilt else {
        decided.received.pass().inspection.reasons.push(Reason::new(fault::INTERNAL));
        return Verdict::Refuse(Refused(decided));
    };
    decided.received.workspace.spare = bytes;
    decided.received = Received::rewritten(decided.received);
    match answer::is_what_was_approved(&mut decided) {
        true => Verdict::Release(Released(decided)),
        false => {
            answer::take_back(&mut decided);
            Verdict::Hold(crate::Held(decided))
        }
    }
}

/// True where the lane lets go of what was built anew without people, and nothing at all stands against it.
fn goes_unasked(decided: &Decided) -> bool {
    let pass = &decided.received.workspace.first;
    let crate::object::Route::Slow(seen) = &decided.route else { return false };
    may_leave(decided, seen)
        && decided.policy.parts.slow.as_ref().is_some_and(|slow| slow.goes_unasked(seen))
        && pass.label.is_some()
        && pass.marked.is_empty()
        && pass.inspection.reasons.is_empty()
        && pass.answered.is_empty()
}

/// True where something was built anew from an object that was read construct by construct, and the lane may release that.
pub(crate) fn may_leave(decided: &Decided, seen: &Seen) -> bool {
    decided.policy.slow_release().is_some()
        && seen.walked
        && seen.rebuilt.is_some()
        && decided.received.origin == Origin::Arrived
}

#[cfg(test)]
mod tests {
    use super::{Budget, Evaluator, Facts, Portions, Record, RuleFailure, STEPS, Scratch, by_both};
    use alloc::vec::Vec;
    use lockgate_bytes::{OverBudget, Time};
    use lockgate_eval::{FailureKind, RuleText};
    use lockgate_marking::PolicySet;
    use lockgate_reason::{fault, framing};

    /// Fails these rules, for so many steps.
    #[derive(Debug)]
    struct Says(&'static [u16], u64);

    impl Evaluator for Says {
        fn rule_text(&self, _: u16) -> Option<&RuleText> {
            None
        }

        fn evaluate(
            &self,
            _: &Facts<'_>,
            _: &mut Scratch,
            budget: &mut Budget,
            failures: &mut Vec<RuleFailure>,
        ) -> Result<(), OverBudget> {
            budget.spend(self.1)?;
            failures.extend(self.0.iter().map(|rule| RuleFailure { rule: *rule, kind: FailureKind::NotMet }));
            Ok(())
        }
    }

    #[test]
    fn both_evaluators_are_asked_and_must_agree() {
        let (record, policies) = (Record::default(), PolicySet::new());
        let facts = Facts {
            record: &record,
            object: &[],
            label: None,
            portions: Portions::None,
            source: "s",
            destination: "d",
            agreement: None,
            lane: "l",
            now: Time::MAX,
            observed: None,
            policies: &policies,
            released: None,
        };
        let ask = |one: Says, other: Says| {
            let (failures, fault) = by_both([&one, &other], &facts, &mut Scratch::new());
            (failures.len(), fault)
        };
        assert_eq!(ask(Says(&[1], 1), Says(&[1], 1)), (1, None));
        assert_eq!(ask(Says(&[], 1), Says(&[1], 1)), (0, Some(fault::INTERNAL)));
        assert_eq!(ask(Says(&[1], 1), Says(&[2], 1)), (1, Some(fault::INTERNAL)));
        assert_eq!(ask(Says(&[], 1), Says(&[], STEPS + 1)), (0, Some(framing::OVER_BUDGET)));
    }
}
