//! The account of a verdict: what was decided, on what grounds, in a form that replays byte for byte.

mod differs;
mod write;

use crate::answer::{self, Answered};
use crate::carriers::{Field, Stamp};
use crate::claims::CarrierKind;
use crate::deep::Seen;
use crate::object::{Origin, Route};
use crate::policy::Policy;
use crate::verdict::{Decided, VerdictKind};
use crate::{Pass, Reason, validity};
use alloc::string::String;
use lockgate_bytes::{Crossing, Digest, Precedence, PseudonymKey, Span, Time};
use lockgate_marking::Label;
use lockgate_reason::{Who, schema};
use lockgate_record::{Block, Place, Shape};

/// The version of the engine, stamped into every account.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// The account of one verdict.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    decided: &'a Decided,
    kind: VerdictKind,
}

/// What is known of an object outside of the engine: no part of the explanation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'a> {
    /// The file it came in, or `-`; empty where it came in none, and is left out then.
    pub path: &'a str,
    /// Which frame of the file, from 0, and where it stands there.
    pub frame: Option<(usize, Span)>,
    /// The object that it was split off from.
    pub parent: Option<Digest>,
    /// Whether to show the parsed record.
    pub record: bool,
    /// How long the engine took, in nanoseconds.
    pub elapsed_ns: Option<u64>,
}

impl<'a> Account<'a> {
    pub(crate) fn of(decided: &'a Decided, kind: VerdictKind) -> Self {
        Self { decided, kind }
    }

    /// The verdict.
    pub fn verdict(&self) -> VerdictKind {
        self.kind
    }

    /// The object as it arrived: its SHA-256.
    pub fn sha256(&self) -> Digest {
        match self.decided.received.origin {
            Origin::Arrived => self.decided.received.sha256,
            Origin::Rewritten(parent) => parent,
        }
    }

    /// The object as it arrived: its bytes.
    pub fn size_bytes(&self) -> usize {
        self.original().len()
    }

    /// SHA-256 and size in bytes of the file that came beside it, where one did and could be read.
    pub fn sidecar(&self) -> Option<(Digest, usize)> {
        self.decided.received.workspace.company.sidecar()
    }

    /// `fast`, `slow` or `none`. Slow too for what its lane sends there because of a part that its type does not declare.
    pub fn route(&self) -> &'static str {
        match self.decided.route {
            Route::Fast(_) if self.waits_for_a_part() => "slow",
            Route::Fast(_) => "fast",
            Route::Slow(_) => "slow",
            Route::None => "none",
        }
    }

    fn waits_for_a_part(&self) -> bool {
        self.reasons().chain(self.answered()).any(|reason| reason.code == schema::UNDECLARED_SLOW)
    }

    /// `name@version` of the object's type.
    pub fn type_id(&self) -> Option<&'a str> {
        match &self.decided.route {
            Route::Fast(lane_type) => Some(lane_type.id()),
            Route::Slow(_) | Route::None => None,
        }
    }

    /// The shape of the object's type.
    pub fn shape(&self) -> Option<&'a Shape> {
        match &self.decided.route {
            Route::Fast(lane_type) => Some(lane_type.inspector().shape()),
            Route::Slow(_) | Route::None => None,
        }
    }

    /// The data category, if the object has one.
    pub fn category(&self) -> Option<&'a str> {
        self.decided.policy.parts.categories.get(self.decided.terms.category?).map(AsRef::as_ref)
    }

    /// The name of the agreement under which it crosses.
    pub fn agreement(&self) -> Option<&'a str> {
        self.decided.policy.parts.release.agreement_name(self.decided.terms.agreement?).map(AsRef::as_ref)
    }

    /// The delegation by which its label is lowered.
    pub fn delegation(&self) -> Option<&'a str> {
        self.first().regraded.as_ref().map(|regraded| &*regraded.by)
    }

    /// What the key is called by which its lane gives pseudonyms; `None` where the lane gives none for its type, or has
    /// no key.
    pub fn pseudonym_key(&self) -> Option<&'a str> {
        let Route::Fast(lane_type) = &self.decided.route else { return None };
        lane_type.renames().then_some(())?;
        self.decided.received.workspace.pseudonyms.as_deref().map(PseudonymKey::id)
    }

    /// The label that it leaves with: the enforced one, or what a delegation made of it. None for what does not cross.
    pub fn label_released(&self) -> Option<&'a Label> {
        let first = self.first();
        self.released()?;
        first.regraded.as_ref().map(|regraded| &regraded.label).or(first.label.as_ref())
    }

    /// What deep inspection saw; `None` on the fast route.
    pub fn seen(&self) -> Option<&'a Seen> {
        match &self.decided.route {
            Route::Slow(seen) => Some(seen),
            Route::Fast(_) | Route::None => None,
        }
    }

    /// Every reason that applies; the first word of each is its code.
    pub fn reasons(&self) -> impl Iterator<Item = &'a Reason> + use<'a> {
        let workspace = &self.decided.received.workspace;
        workspace.first.inspection.reasons.iter().chain(&workspace.second.inspection.reasons)
    }

    /// Who acts on a reason of this object: people where its lane lets them answer it.
    pub fn who_acts(&self, reason: &Reason) -> Who {
        answer::who_acts(&self.decided.policy, reason)
    }

    /// The reasons that people have answered; they did not stand any more when it was released.
    pub fn answered(&self) -> impl Iterator<Item = &'a Reason> + use<'a> {
        self.first().answered.iter()
    }

    /// The names of those who approved it, and their statements; nothing for what was released without people.
    pub fn approved_by(&self) -> impl Iterator<Item = (&'a str, Digest)> + use<'a> {
        let approval = match &self.decided.received.workspace.answered_by {
            Some(Answered::Approved(approval)) => Some(approval),
            Some(Answered::Foreseen) | None => None,
        };
        approval.into_iter().flat_map(|approval| {
            approval.by.iter().map(String::as_str).zip(approval.statements.iter().copied())
        })
    }

    /// True for what was built anew and is released without people, as a lane that leads up may say.
    pub fn is_unasked(&self) -> bool {
        self.kind == VerdictKind::Release && self.seen().is_some() && self.approved_by().next().is_none()
    }

    /// The label that was enforced, in the lane's policy.
    pub fn label(&self) -> Option<&'a Label> {
        self.first().label.as_ref()
    }

    /// The enforced label as text.
    pub fn label_text(&self) -> Option<String> {
        let policies = self.decided.policy.policies();
        self.label().map(|label| alloc::format!("{}", label.text(policies)))
    }

    /// The claims as they were received, and the lane's default where it was assigned: the carrier, where it stands, as
    /// people read it, and its label, where one could be read.
    pub fn claims(&self) -> impl Iterator<Item = (CarrierKind, String, Option<&'a Label>)> + use<'a> {
        let shape = self.shape();
        self.first().claims.iter().map(move |claim| {
            let mut place = String::new();
            // Writing to a String cannot fail.
            let _ = claim.write_place(shape, &mut place);
            (claim.carrier, place, claim.label.as_ref())
        })
    }

    /// When the object says that it was observed (first and last, where it says several), that it is valid from, and that it expires: each with its field.
    pub fn times(&self) -> impl Iterator<Item = (&'static str, Place, Time)> + use<'a> {
        let carriers = match &self.decided.route {
            Route::Fast(lane_type) => Some(&lane_type.carriers),
            Route::Slow(_) | Route::None => None,
        };
        let record = &self.first().inspection.record;
        let readable = self.first().readable;
        let now = self.decided.now;
        let carriers = carriers.into_iter().filter(move |_| readable);
        carriers.flat_map(move |carriers| {
            let seen = carriers.observed.seen(record, now);
            let observed = |stamp: Option<Stamp>| stamp.map(|stamp| ("observed", stamp.place, stamp.at));
            let last = seen.newest.filter(|newest| seen.oldest.is_some_and(|oldest| oldest.at != newest.at));
            let of = |what, field: Option<Field>| {
                let field = field?;
                let value = field.cell(record, Block::ROOT).value;
                Some((what, field.place(), validity::instant(value, None, now)?))
            };
            let valid = [of("valid from", carriers.valid_from), of("expires", carriers.expires)];
            [observed(seen.oldest), observed(last)].into_iter().chain(valid).flatten()
        })
    }

    /// The lane's policy, sources and types.
    pub fn policy(&self) -> &'a Policy {
        &self.decided.policy
    }

    /// The destination domain.
    pub fn destination(&self) -> &'a str {
        self.decided.policy.destination()
    }

    /// The source that offered the object.
    pub fn source(&self) -> &'a str {
        &self.decided.received.source
    }

    /// The reference time of the decision.
    pub fn now(&self) -> Time {
        self.decided.now
    }

    /// How urgent the object is, after its source's cap.
    pub fn precedence(&self) -> Precedence {
        self.decided.terms.precedence
    }

    /// First instant at which the object must not be sent any more; `None` where nothing bounds it.
    pub fn not_after(&self) -> Option<Time> {
        Some(self.decided.terms.not_after).filter(|end| (Time::MIN < *end) && (*end < Time::MAX))
    }

    /// Hash and size of the bytes that may cross.
    pub fn released(&self) -> Option<(Digest, usize)> {
        match self.kind {
            // What is of no known type never leaves as it arrived: what would leave in its place is not there yet.
            VerdictKind::Release if self.seen().is_some() && !self.is_rewritten() => None,
            VerdictKind::Release => Some((self.decided.received.sha256, self.decided.received.bytes.len())),
            VerdictKind::Hold | VerdictKind::Refuse => None,
        }
    }

    /// True where the object follows its type: then it has a record, and labels, words, rules and release were looked at.
    pub fn has_record(&self) -> bool {
        self.shape().is_some() && self.first().readable
    }

    /// True where label, rules and release were looked at: of an object with a record, or on a lane that lets cross what is
    /// built anew.
    pub fn is_judged(&self) -> bool {
        self.has_record() || (self.seen().is_some() && self.decided.policy.slow_release().is_some())
    }

    /// True where what is decided on was written anew from the record of the object as it arrived.
    pub fn is_rewritten(&self) -> bool {
        matches!(self.decided.received.origin, Origin::Rewritten(_))
    }

    /// BLAKE3 of the bytes that may cross, where they leave over a link that names them by it. It says how they leave, so it stands
    /// in the record beside the account, and is no part of the explanation.
    pub fn crossing(&self) -> Option<Crossing> {
        self.decided.crossing
    }

    /// The bytes that may cross.
    pub fn released_bytes(&self) -> Option<&'a [u8]> {
        self.released().map(|_| self.decided.received.bytes.as_slice())
    }

    fn first(&self) -> &'a Pass {
        &self.decided.received.workspace.first
    }

    fn original(&self) -> &'a [u8] {
        match self.decided.received.origin {
            Origin::Arrived => &self.decided.received.bytes,
            Origin::Rewritten(_) => &self.decided.received.workspace.original,
        }
    }
}
