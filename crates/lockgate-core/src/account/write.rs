//! The account as one JSON object. Keys are those of the command-line contract.

use super::{Account, ENGINE, Envelope};
use crate::claims::{Claim, Where};
use crate::json::{Json, digits};
use crate::shown_record::Units;
use crate::{Reason, shown_label, shown_record};
use alloc::string::String;
use core::fmt::Write;
use lockgate_bytes::Digest;
use lockgate_marking::Label;

impl<'a> Account<'a> {
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
        if let Some((sha256, size)) = self.sidecar() {
            json.name(",\"sidecar_sha256\":", hex(&sha256).as_str());
            digits(json.member(",\"sidecar_size_bytes\":"), size);
        }
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
        self.write_released(&mut json);
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
        self.write_record_as(Units::Unsaid, out);
    }

    /// The same for people: each quantity with its unit behind it, `"46.05 deg"`.
    pub fn write_record_with_units(&self, out: &mut String) {
        self.write_record_as(Units::Shown, out);
    }

    fn write_record_as(&self, units: Units, out: &mut String) {
        match self.shape() {
            Some(shape) if self.first().readable => {
                shown_record::write(shape, &self.first().inspection.record, (self.original(), units), out);
            }
            _ => out.push_str("null"),
        }
    }

    /// What was released, under which label, and who delegated it.
    fn write_released(&self, json: &mut Json<'_>) {
        if let Some(delegation) = self.delegation() {
            json.name(",\"delegation\":", delegation);
        }
        match (self.label_released(), self.delegation()) {
            (Some(label), Some(_)) => {
                shown_label::write(
                    label,
                    self.decided.policy.policies(),
                    json.member(",\"label_released\":"),
                );
            }
            (label, _) => json.member(",\"label_released\":").push_str(self.shown_label(label)),
        }
        match self.released() {
            Some((sha256, size)) => {
                json.name(",\"released_sha256\":", hex(&sha256).as_str());
                digits(json.member(",\"released_size_bytes\":"), size);
            }
            None => json.member(",\"released_sha256\":null,\"released_size_bytes\":null").push_str(""),
        }
    }

    /// What people answered, and who they are; where nobody had to be asked, that.
    fn write_answers(&self, json: &mut Json<'_>) {
        if self.is_unasked() {
            json.boolean("unasked", true);
        }
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
            json.name(",\"for\":", self.who_acts(reason).name());
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
