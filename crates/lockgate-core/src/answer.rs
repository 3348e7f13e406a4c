//! What people may answer, and what it takes: a closed list of codes, and enough distinct people who signed for exactly
//! this object, these findings, this label and these bytes to leave.
//!
//! INVARIANT: an answer takes away reasons that hold. It never makes a label, an agreement or a record, and a refusal is
//! none of its business.

use crate::object::{Origin, Received, Route};
use crate::policy::Policy;
use crate::reviewers::is_own;
use crate::verdict::Decided;
use crate::workspace::{Pass, Workspace};
use crate::{Json, Reason, ReviewPolicy, rules, slow};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_attest::{Attestation, ReviewFault, ReviewStep, ReviewTerms};
use lockgate_bytes::{Digest, Time};
use lockgate_marking::Label;
use lockgate_reason::{Code, Outcome, Who, deep, hold, rule, schema, words};

/// Every code that people may answer, on any lane; a lane only narrows it. What is not here is not answered by anybody:
/// framing, schema, claims and labels, agreement, validity and release, egress, faults, attacks, a form that the lane does not
/// take, a marking that the label does not bear out, and whatever kept a worker from its work. What deep inspection finds is
/// answered for what was built anew: the object itself does not leave. A part that the type does not declare is answered for what
/// is written anew without it: no such part leaves, and one that carries a marking is a code of its own.
pub const ANSWERABLE: &[Code] = &[
    schema::UNDECLARED_SLOW,
    words::LISTED_WORD,
    words::ENCODED_RUN,
    words::HEX_RUN,
    words::ESCAPED_RUN,
    words::ARMOUR,
    words::ADDRESS,
    rule::NOT_MET,
    deep::HIDING,
    deep::DISCLOSURE,
    deep::PEOPLE_DECIDE,
    deep::MARKED,
    deep::PICTURES_UNREAD,
    deep::NO_BANNER,
];

/// True for a code that people may answer where it holds an object, and the lane lets them.
pub fn is_answerable(code: Code) -> bool {
    ANSWERABLE.contains(&code)
}

/// Why the reasons of an object do not stand: people approved what leaves, or it is only looked at what would.
#[derive(Clone, Debug)]
pub(crate) enum Answered {
    /// Nobody has approved anything: it is looked at what they would be asked about. Nothing is released by it.
    Foreseen,
    /// Enough people have, and these bytes.
    Approved(Approval),
}

/// What people approved: always certain bytes, be they the object itself or what was made of it.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    /// The bytes that may leave.
    pub(crate) output: Digest,
    /// First instant at which one of the approvals does not hold any more, or one of those who gave them is not a reviewer
    /// any more.
    pub(crate) until: Time,
    /// Who.
    pub(crate) by: Vec<String>,
    /// Their statements.
    pub(crate) statements: Vec<Digest>,
}

/// What a statement has to be about.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) input: Digest,
    pub(crate) findings: Digest,
    pub(crate) label_before: String,
    pub(crate) label_after: String,
    pub(crate) label: Option<Label>,
    /// What its portions say, where they are enforced as what they make together.
    pub(crate) parts: Vec<Label>,
    pub(crate) source: alloc::sync::Arc<str>,
}

impl Facts {
    /// Of an object that was judged as it arrived.
    pub(crate) fn of(decided: &Decided) -> Self {
        let pass = &decided.received.workspace.first;
        let text = |label: Option<&Label>| {
            label.map_or_else(String::new, |label| format!("{}", label.text(decided.policy.policies())))
        };
        let after = pass.regraded.as_ref().map(|regraded| &regraded.label).or(pass.label.as_ref());
        Self {
            input: decided.received.sha256,
            findings: findings(decided),
            label_before: text(pass.label.as_ref()),
            label_after: text(after),
            label: pass.label,
            parts: rules::asked_parts(&pass.claims).map(|(_, mapped)| mapped.label).collect(),
            source: decided.received.source.clone(),
        }
    }

    /// Whether a statement is about this object on this lane, and its reviewer may speak of it.
    ///
    /// # Errors
    /// The code of what does not fit.
    pub(crate) fn fit(&self, terms: &ReviewTerms, policy: &Policy, now: Time) -> Result<(), Code> {
        let review = policy.review().ok_or(hold::REVIEWER_NOT_OF_LANE)?;
        let reviewer = review.named(&terms.reviewer).ok_or(hold::REVIEWER_UNKNOWN)?;
        let checks = [
            (terms.destination == **policy.destination(), hold::STATEMENT_OTHER_LANE),
            (terms.bundle == policy.bundle(), hold::STATEMENT_OTHER_BUNDLE),
            (terms.input == self.input, hold::STATEMENT_OTHER_OBJECT),
            (!is_own(&reviewer.person, &self.source), hold::OWN_OBJECT),
            (review.may_see(reviewer, self, policy, now), hold::CLEARANCE_NOT_ENOUGH),
        ];
        first_failing(&checks)
    }

    /// Whether an approval is of what was found, and of this label.
    ///
    /// # Errors
    /// The code of what does not fit.
    pub(crate) fn fit_approval(&self, terms: &ReviewTerms) -> Result<(), Code> {
        first_failing(&[
            (terms.step == ReviewStep::Approve, hold::APPROVALS_VOID),
            (terms.findings == self.findings, hold::STATEMENT_OTHER_FINDINGS),
            (terms.label_before == self.label_before, hold::STATEMENT_OTHER_LABEL),
            (terms.label_after == self.label_after, hold::STATEMENT_OTHER_LABEL),
        ])
    }
}

fn first_failing(checks: &[(bool, Code)]) -> Result<(), Code> {
    checks.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, code)| Err(*code))
}

/// The code for a statement that does not count by itself.
pub(crate) fn code_of(fault: ReviewFault) -> Code {
    match fault {
        ReviewFault::Stranger | ReviewFault::Forged => hold::REVIEWER_UNKNOWN,
        ReviewFault::OtherLane => hold::STATEMENT_OTHER_LANE,
        ReviewFault::NotOfLane => hold::REVIEWER_NOT_OF_LANE,
        ReviewFault::NotInForce => hold::REVIEWER_NOT_IN_FORCE,
        ReviewFault::Expired => hold::STATEMENT_EXPIRED,
        ReviewFault::TooLong => hold::STATEMENT_TOO_LONG,
    }
}

/// Takes away the reasons that people have answered. The outcome of what stands; `None` where nothing does.
pub(crate) fn by_people(decided: &mut Decided, attestations: &[Attestation]) -> Option<Outcome> {
    let approved = approval(decided, attestations)
        .and_then(|approval| may_answer(decided).map_err(|code| (code, String::new())).map(|()| approval));
    match approved {
        Ok(approval) => {
            decided.received.workspace.answered_by = Some(Answered::Approved(approval));
            move_to_answered(&mut decided.received.workspace.first);
            None
        }
        Err((code, who)) => {
            let of = if who.is_empty() { who } else { format!(" ({who})") };
            let says = format!("{}: {}{of}", hold::APPROVALS_VOID.says(), code.says());
            decided.received.pass().inspection.reasons.push(Reason::new(hold::APPROVALS_VOID).saying(says));
            Some(Outcome::Hold)
        }
    }
}

/// Takes the reasons of an object away as if people had answered them, to see what would leave.
///
/// # Errors
/// The code of what they may not answer.
pub(crate) fn as_if(decided: &mut Decided) -> Result<(), Code> {
    may_answer(decided)?;
    decided.received.workspace.answered_by = Some(Answered::Foreseen);
    move_to_answered(&mut decided.received.workspace.first);
    Ok(())
}

/// What stands against what was written anew, and stood against the original, was answered with it.
pub(crate) fn as_in_original(decided: &mut Decided) -> Option<Outcome> {
    let may = decided.received.workspace.answered_by.is_some() && may_answer(decided).is_ok();
    let Workspace { first, second, .. } = &mut *decided.received.workspace;
    let known = |reason: &Reason| {
        let same = |answered: &Reason| {
            answered.code == reason.code && answered.rule == reason.rule && answered.place == reason.place
        };
        first.answered.iter().any(same)
    };
    if !may || !second.inspection.reasons.iter().all(known) {
        return Some(Outcome::Hold);
    }
    move_to_answered(second);
    None
}

/// True where the bytes that would leave are those that people approved, or nobody had to be asked. Otherwise its reason
/// is there.
pub(crate) fn is_what_was_approved(decided: &mut Decided) -> bool {
    let Received { workspace, sha256, .. } = &decided.received;
    let Some(Answered::Approved(Approval { output, until, .. })) = &workspace.answered_by else {
        return true;
    };
    decided.terms.not_after = decided.terms.not_after.min(*until);
    if output == sha256 {
        return true;
    }
    decided.received.pass().inspection.reasons.push(Reason::new(hold::STATEMENT_OTHER_OUTPUT));
    false
}

/// What does not cross after all has all its reasons again.
pub(crate) fn take_back(decided: &mut Decided) {
    let workspace = &mut decided.received.workspace;
    workspace.answered_by = None;
    for pass in [&mut workspace.first, &mut workspace.second] {
        pass.inspection.reasons.splice(0..0, pass.answered.drain(..));
    }
}

fn move_to_answered(pass: &mut Pass) {
    pass.answered.append(&mut pass.inspection.reasons);
}

/// Whether everything that stands is for people to answer.
fn may_answer(decided: &Decided) -> Result<(), Code> {
    let mut reasons = pass_of(decided).inspection.reasons.iter();
    let may = is_for_people(decided) && reasons.all(|reason| may_be_answered(decided, reason));
    if may { Ok(()) } else { Err(hold::NOT_ANSWERABLE) }
}

/// True where people may answer this reason, which stands against the object, on this lane.
pub(crate) fn may_be_answered(decided: &Decided, reason: &Reason) -> bool {
    lane_lets_answer(&decided.policy, reason) && is_for_people(decided)
}

/// True where people may answer such a reason on this lane.
fn lane_lets_answer(policy: &Policy, reason: &Reason) -> bool {
    let answers = policy.review().map(|review| review.answers.as_slice()).unwrap_or_default();
    is_answerable(reason.code) && answers.contains(&reason.code) && reason.outcome == Outcome::Hold
}

/// Who acts on a reason on this lane: nobody is told to wait for people who may not answer it there.
pub(crate) fn who_acts(policy: &Policy, reason: &Reason) -> Who {
    let code = reason.code;
    if is_answerable(code) && !lane_lets_answer(policy, reason) {
        code.who_without_people()
    } else {
        code.who()
    }
}

/// What was not read whole, or has no label, is for nobody to release; nor is what is of no type and was not built anew.
fn is_for_people(decided: &Decided) -> bool {
    let pass = pass_of(decided);
    let whole = match &decided.route {
        Route::Fast(_) => pass.readable,
        Route::Slow(seen) => slow::may_leave(decided, seen),
        Route::None => false,
    };
    whole && pass.label.is_some()
}

fn pass_of(decided: &Decided) -> &Pass {
    let workspace = &decided.received.workspace;
    match decided.received.origin {
        Origin::Arrived => &workspace.first,
        Origin::Rewritten(_) => &workspace.second,
    }
}

/// Whether enough distinct people approved this object: each statement fits, and each has its role.
fn approval(decided: &Decided, attestations: &[Attestation]) -> Result<Approval, (Code, String)> {
    let policy = &decided.policy;
    let Some(review) = policy.review() else { return Err((hold::REVIEWER_NOT_OF_LANE, String::new())) };
    let facts = Facts::of(decided);
    let mut output = None;
    let (mut until, mut by, mut statements) = (Time::MAX, Vec::new(), Vec::new());
    for attestation in attestations {
        let terms = attestation.terms();
        let whose = |code| (code, terms.reviewer.clone());
        let appointed = in_force(review, terms, policy, decided.now).map_err(whose)?;
        facts.fit(terms, policy, decided.now).map_err(whose)?;
        facts.fit_approval(terms).map_err(whose)?;
        if by.contains(&terms.reviewer) {
            return Err(whose(hold::SAME_PERSON));
        }
        let approved = terms.output.ok_or(hold::STATEMENT_OTHER_OUTPUT).map_err(whose)?;
        if *output.get_or_insert(approved) != approved {
            return Err(whose(hold::STATEMENT_OTHER_OUTPUT));
        }
        // What a reviewer approved leaves while they are one.
        until = until.min(terms.expires).min(appointed);
        by.push(terms.reviewer.clone());
        statements.push(attestation.digest());
    }
    let says = || format!("{} of {}", by.len(), review.people);
    let enough = output.filter(|_| by.len() >= review.people);
    let output = enough.ok_or_else(|| (hold::APPROVALS_VOID, says()))?;
    if has_roles(review, &by) {
        Ok(Approval { output, until, by, statements })
    } else {
        Err((hold::ROLE_NOT_HELD, String::new()))
    }
}

/// An attestation may have been minted by another list of people, or a while ago: asked again, by this lane's list, now.
/// When the appointment of its reviewer ends.
fn in_force(review: &ReviewPolicy, terms: &ReviewTerms, policy: &Policy, now: Time) -> Result<Time, Code> {
    let person = &review.named(&terms.reviewer).ok_or(hold::REVIEWER_UNKNOWN)?.person;
    let lane: &str = policy.lane();
    first_failing(&[
        (person.keys.iter().any(|key| key.id() == terms.key), hold::REVIEWER_UNKNOWN),
        (terms.lane == lane, hold::STATEMENT_OTHER_LANE),
        (person.lanes.iter().any(|known| known == lane), hold::REVIEWER_NOT_OF_LANE),
        (person.from <= now && now < person.until, hold::REVIEWER_NOT_IN_FORCE),
        (now < terms.expires, hold::STATEMENT_EXPIRED),
    ])?;
    Ok(person.until)
}

/// One of them may be the first, and all others may come after somebody.
fn has_roles(review: &ReviewPolicy, names: &[String]) -> bool {
    let people = || names.iter().filter_map(|name| review.named(name)).map(|known| &known.person);
    people().enumerate().any(|(at, person)| {
        person.first && people().enumerate().all(|(other, person)| other == at || person.second)
    })
}

/// SHA-256 over everything that stands against an object as it arrived and everything that was found in it, in the words
/// and the order of its account.
fn findings(decided: &Decided) -> Digest {
    let mut text = String::new();
    let account = crate::Account::of(decided, crate::VerdictKind::Hold);
    let mut json = Json::object(&mut text);
    account.write_first_reasons(json.key("reasons"));
    account.write_findings(json.key("findings"));
    json.end();
    Digest::of(text.as_bytes())
}
