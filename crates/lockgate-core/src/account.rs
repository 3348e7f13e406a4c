//! The account of a verdict: what was decided, on what grounds, in a form that replays byte for byte.

use crate::claims::{CarrierKind, Claim, Where};
use crate::deep::Seen;
use crate::json::{Json, digits};
use crate::object::{Origin, Route};
use crate::policy::Policy;
use crate::verdict::{Decided, VerdictKind};
use crate::{Pass, Reason, shown_label, shown_record, validity};
use alloc::string::String;
use core::fmt::Write;
use lockgate_bytes::{Digest, Precedence, PseudonymKey, Span, Time};
use lockgate_marking::Label;
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

    /// `fast`, `slow` or `none`.
    pub fn route(&self) -> &'static str {
        match self.decided.route {
            Route::Fast(_) => "fast",
            Route::Slow(_) => "slow",
            Route::None => "none",
        }
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

    /// The reasons that people have answered; they did not stand any more when it was released.
    pub fn answered(&self) -> impl Iterator<Item = &'a Reason> + use<'a> {
        self.first().answered.iter()
    }

    /// The names of those who approved it, and their statements; nothing for what was released without people.
    pub fn approved_by(&self) -> impl Iterator<Item = (&'a str, Digest)> + use<'a> {
        let approval = self.decided.received.workspace.approval.as_ref();
        approval.into_iter().flat_map(|approval| {
            approval.by.iter().map(String::as_str).zip(approval.statements.iter().copied())
        })
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

    /// When the object says that it was observed, that it is valid from, and that it expires: each with its field.
    pub fn times(&self) -> impl Iterator<Item = (&'static str, Place, Time)> + use<'a> {
        let carriers = match &self.decided.route {
            Route::Fast(lane_type) => Some(&lane_type.carriers),
            Route::Slow(_) | Route::None => None,
        };
        let record = &self.first().inspection.record;
        let readable = self.first().readable;
        let now = self.decided.now;
        let fields = carriers.into_iter().filter(move |_| readable).flat_map(|carriers| {
            [
                ("observed", carriers.observed),
                ("valid from", carriers.valid_from),
                ("expires", carriers.expires),
            ]
        });
        fields.filter_map(move |(what, field)| {
            let field = field?;
            let at = validity::instant(field.cell(record, Block::ROOT).value, now)?;
            Some((what, field.place(), at))
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
        let slow = self.decided.policy.parts.slow.as_ref();
        self.has_record() || (self.seen().is_some() && slow.is_some_and(|slow| slow.release.is_some()))
    }

    /// True where what is decided on was written anew from the record of the object as it arrived.
    pub fn is_rewritten(&self) -> bool {
        matches!(self.decided.received.origin, Origin::Rewritten(_))
    }

    /// The bytes that may cross.
    pub fn released_bytes(&self) -> Option<&'a [u8]> {
        matches!(self.kind, VerdictKind::Release).then_some(self.decided.received.bytes.as_slice())
    }

    /// Appends the account as one JSON object, without a line break. Keys are those of the command-line contract.
    pub fn write_json(&self, envelope: &Envelope<'_>, out: &mut String) {
        let policy = &self.decided.policy;
        let mut json = Json::object(out);
        if !envelope.path.is_empty() {
            json.text("path", envelope.path);
        }
        if let Some((frame, offset)) = envelope.frame {
            json.number("frame", frame);
            json.span("offset", offset);
        }
        if let Some(parent) = envelope.parent {
            json.digest("parent", &parent);
        }
        json.name(",\"lane\":", policy.lane());
        json.name(",\"source\":", &self.decided.received.source);
        json.name(",\"sha256\":", hex(&self.sha256()).as_str());
        digits(json.member(",\"size_bytes\":"), self.size_bytes());
        json.name(",\"route\":", self.route());
        json.text_or_null("type", self.type_id());
        if let Some(seen) = self.seen() {
            json.text_or_null("form", seen.form);
        }
        json.text_or_null("category", self.category());
        json.name(",\"verdict\":", self.kind.name());
        self.write_reasons(json.member(",\"reasons\":"));
        self.write_answers(&mut json);
        self.write_claims(json.member(",\"claims\":"));
        json.member(",\"label\":").push_str(self.shown_label(self.label()));
        self.write_findings(json.member(",\"findings\":"));
        if let Some(rebuilt) = self.seen().and_then(|seen| seen.rebuilt.as_ref()) {
            json.name(",\"rebuilt_sha256\":", hex(&rebuilt.sha256()).as_str());
            digits(json.member(",\"rebuilt_size_bytes\":"), rebuilt.size());
        }
        json.name(",\"destination\":", policy.destination());
        json.name_or_null(",\"agreement\":", self.agreement());
        let released = self.released();
        if let Some(delegation) = self.delegation() {
            json.name(",\"delegation\":", delegation);
        }
        match (self.label_released(), self.delegation()) {
            (Some(label), Some(_)) => {
                shown_label::write(label, policy.policies(), json.member(",\"label_released\":"));
            }
            (label, _) => json.member(",\"label_released\":").push_str(self.shown_label(label)),
        }
        match released {
            Some((sha256, size)) => {
                json.name(",\"released_sha256\":", hex(&sha256).as_str());
                digits(json.member(",\"released_size_bytes\":"), size);
            }
            None => json.member(",\"released_sha256\":null,\"released_size_bytes\":null").push_str(""),
        }
        json.name(",\"precedence\":", self.decided.terms.precedence.name());
        json.time("now", self.decided.now);
        json.member(",\"bundle\":").push_str(&policy.bundle_shown);
        json.name(",\"engine\":", ENGINE);
        if let Some(key) = self.pseudonym_key() {
            json.name(",\"pseudonym_key\":", key);
        }
        if let Some(elapsed) = envelope.elapsed_ns {
            microseconds(json.key("elapsed_us"), elapsed);
        }
        if envelope.record && self.shape().is_some() {
            self.write_record(json.key("record"));
        }
        json.end();
    }

    /// Appends the parsed record as one JSON object; `null` where the object has no type or does not follow it.
    pub fn write_record(&self, out: &mut String) {
        match self.shape() {
            Some(shape) if self.first().readable => {
                shown_record::write(shape, &self.first().inspection.record, self.original(), out);
            }
            _ => out.push_str("null"),
        }
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

    /// What people answered, and who they are; nothing where nobody was asked.
    fn write_answers(&self, json: &mut Json<'_>) {
        if self.approved_by().next().is_none() {
            return;
        }
        self.write_list(self.answered(), json.key("answered"));
        let out = json.key("approvals");
        out.push('[');
        for (index, (name, statement)) in self.approved_by().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let mut json = Json::object(out);
            json.text("by", name);
            json.digest("statement", &statement);
            json.end();
        }
        out.push(']');
    }

    fn write_reasons(&self, out: &mut String) {
        self.write_list(self.reasons(), out);
    }

    /// The reasons of the object as it arrived.
    pub(crate) fn write_first_reasons(&self, out: &mut String) {
        self.write_list(self.first().inspection.reasons.iter(), out);
    }

    fn write_list(&self, reasons: impl Iterator<Item = &'a Reason>, out: &mut String) {
        out.push('[');
        for (index, reason) in reasons.enumerate() {
            if index > 0 {
                out.push(',');
            }
            let mut json = Json::object(out);
            json.text("code", reason.code.id());
            json.text_or_null("rule", reason.rule.as_deref());
            match (reason.place, self.shape()) {
                _ if reason.beside.is_some() => json.text_or_null("field", reason.beside.as_deref()),
                (Some(place), Some(shape)) => {
                    let field = json.key("field");
                    field.push('"');
                    // Field names are words of the notation: nothing in them needs escaping.
                    let _ = place.write(shape, field);
                    field.push('"');
                }
                _ => json.null("field"),
            }
            match reason.span {
                Some(span) => json.span("span", span),
                None => json.null("span"),
            }
            json.text("says", &reason.says);
            json.text_or_null("cites", reason.cites.as_deref());
            json.end();
        }
        out.push(']');
    }

    pub(crate) fn write_findings(&self, out: &mut String) {
        out.push('[');
        for (index, finding) in self.seen().iter().flat_map(|seen| &seen.findings).enumerate() {
            if index > 0 {
                out.push(',');
            }
            let mut json = Json::object(out);
            json.text("code", finding.code.name);
            json.text("class", finding.code.class.name());
            json.text("where", &finding.place);
            json.text("says", finding.code.says);
            json.end();
        }
        out.push(']');
    }

    fn write_claims(&self, out: &mut String) {
        out.push('[');
        for (index, claim) in self.first().claims.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.write_claim(claim, out);
        }
        out.push(']');
    }

    fn write_claim(&self, claim: &Claim, out: &mut String) {
        let mut json = Json::object(out);
        json.name(",\"carrier\":", claim.carrier.name());
        match &claim.at {
            Where::Field(place) => {
                let field = json.member(",\"field\":");
                field.push('"');
                if let Some(shape) = self.shape() {
                    let _ = place.write(shape, field);
                }
                field.push('"');
                json.span("span", claim.span);
            }
            Where::Beside(path) => {
                json.text("field", path);
                json.span("span", claim.span);
            }
            Where::Lane => {
                json.null("field");
                json.null("span");
            }
        }
        match &claim.label {
            Some(label) => {
                let out = json.key("label");
                match self.first().shown.text_of(label) {
                    Some(text) => out.push_str(text),
                    None => shown_label::write_text(label, self.decided.policy.policies(), out),
                }
            }
            None => json.null("label"),
        }
        json.end();
    }

    /// The JSON view of the enforced label, or `null`.
    fn shown_label(&self, label: Option<&Label>) -> &'a str {
        label.and_then(|label| self.first().shown.json_of(label)).unwrap_or("null")
    }
}

/// The 64 digits of a hash.
struct Hex([u8; 64]);

fn hex(digest: &Digest) -> Hex {
    Hex(digest.hex())
}

impl Hex {
    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

fn microseconds(out: &mut String, nanos: u64) {
    let tenths = usize::try_from(nanos.wrapping_add(50).wrapping_div(100)).unwrap_or(usize::MAX);
    digits(out, tenths.wrapping_div(10));
    let _ = write!(out, ".{}", tenths.wrapping_rem(10));
}
