//! Labels bound to an object: found beside it, in it, or in a file that was named.

use super::destination::Answers;
use super::{Asked, Checked, portion};
use crate::args::LabelCheckArgs;
use crate::bound;
use crate::exit::Fault;
use crate::files;
use lockgate_binding::{Form, Object, Reading, Scope, Signed, Terms, read_carried, read_detached};
use lockgate_bundle::{LaneBindings, is_of_another_domain};
use lockgate_bytes::{Span, Time};
use lockgate_core::Json;
use lockgate_marking::{Combined, LabelFile, LabelKind, Mapped};
use lockgate_reason::marking;
use std::io::Write;
use std::path::Path;

/// What is shown of a binding.
pub(super) struct Shown {
    form: &'static str,
    signed: &'static str,
    signer: Option<String>,
    labels: Vec<LabelShown>,
    /// True where nothing is wrong with the binding or with any of its labels.
    pub(super) sound: bool,
}

struct LabelShown {
    kind: &'static str,
    scope: &'static str,
    span: Span,
    marking: Option<String>,
}

/// The binding that was asked for, or that the file carries; `None` where the file is to be read as a label.
pub(super) fn reading(
    args: &LabelCheckArgs,
    bytes: &[u8],
    bindings: &LaneBindings,
    now: Time,
) -> Result<Option<Reading>, Fault> {
    let object = Object { name: args.file.file_name().and_then(|name| name.to_str()), bytes };
    let terms = Terms { signers: &bindings.signers, signature_required: bindings.signature_required, now };
    let Some(wanted) = &args.binding else { return Ok(read_carried(&object, &terms)) };
    let (file, form) = if wanted == Path::new("sidecar") {
        let file = bound::sidecar_of(&args.file);
        (file.ok_or_else(|| Fault::new(format!("{}: not a file name", args.file.display())))?, Form::Sidecar)
    } else {
        (wanted.clone(), Form::Detached)
    };
    let binding =
        files::bounded(&file, bound::bytes_max()).map_err(|error| Fault::of(file.display(), &error))?;
    Ok(Some(read_detached(&binding, &object, form, &terms)))
}

/// Checks every label of a binding. Each verdict is yes where it is yes for all of them; the marking is that of the
/// strictest.
pub(super) fn check(reading: &Reading, bindings: &LaneBindings, asked: &Asked<'_>) -> Checked {
    let mut checked = Checked { asked_destination: asked.destination.is_some(), ..Checked::default() };
    reading.findings.iter().for_each(|finding| checked.find(finding));
    let found = |codes: &[lockgate_reason::Code]| {
        reading.findings.iter().any(|finding| codes.contains(&finding.code))
    };
    let readable = !found(&[marking::BINDING_UNREADABLE, marking::BINDING_TOO_BIG]);
    let mut combined = Combined::default();
    let mut answers: Vec<Option<Answers>> = Vec::new();
    let (mut labels, mut all) = (Vec::new(), readable && !reading.labels.is_empty());
    (checked.well_formed, checked.schema_valid) =
        (readable, readable && !found(&[marking::BINDING_EXTENDED]));
    (checked.policy_valid, checked.releasable) = (all, asked.releasable().then_some(all));
    for bound in &reading.labels {
        let mut one = Checked::default();
        let label = asked.check(&LabelFile::read(&bound.xml), &mut one);
        labels.push(LabelShown {
            kind: bound.kind.name(),
            scope: if bound.scope == Scope::Whole { "whole" } else { "part" },
            span: bound.span,
            marking: one.marking.clone(),
        });
        let codes = one.reasons.iter().map(|(code, _)| code.as_str());
        if label.is_none() && is_of_another_domain(bound, codes) {
            continue;
        }
        if let Some(label) = label.and_then(|label| asked.present(&label, &mut one)) {
            let claim = Mapped { label, not_after: Time::MAX };
            // Labels of the whole have to say the same; one of a part or of the metadata says something else.
            if bound.scope == Scope::Whole && bound.kind != LabelKind::Metadata {
                combined.add(&claim, asked.policies);
            } else {
                combined.restrict(&claim, asked.policies);
            }
        }
        checked.well_formed &= one.well_formed;
        checked.schema_valid &= one.schema_valid;
        checked.policy_valid &= one.policy_valid;
        all &= one.releasable != Some(false);
        one.reasons.into_iter().for_each(|reason| checked.say(reason));
        answers.push(one.destination);
    }
    // Where one label could not be told, nobody knows who may read the object.
    let answers: Option<Vec<Answers>> = answers.into_iter().collect();
    checked.destination = answers.and_then(|all| {
        all.into_iter().reduce(|mut all, answers| {
            all.join(answers);
            all
        })
    });
    let disagreement = combined.disagreement();
    disagreement.iter().for_each(|finding| checked.find(finding));
    let agree = reading.findings.is_empty() && disagreement.is_none();
    checked.releasable = asked.releasable().then_some(all && agree);
    if let Some(label) = combined.enforced() {
        checked.marking = Some(label.text(asked.policies).to_string());
        checked.portion = portion(asked.policies, &label);
    }
    let (signed, signer) = match reading.signed {
        Signed::No => ("no", None),
        Signed::NotVerified => ("not-verified", None),
        Signed::Verified { signer, .. } => ("verified", bindings.signers.named(signer)),
    };
    let signer = signer.map(|signer| signer.name.clone());
    let sound = agree && !labels.is_empty();
    checked.binding = Some(Shown { form: reading.form.name(), signed, signer, labels, sound });
    checked
}

impl Shown {
    pub(super) fn write_json(&self, out: &mut String) {
        let mut json = Json::object(out);
        json.text("form", self.form);
        json.text("signed", self.signed);
        json.text_or_null("signer", self.signer.as_deref());
        let labels = json.key("labels");
        labels.push('[');
        for (at, label) in self.labels.iter().enumerate() {
            if at > 0 {
                labels.push(',');
            }
            let mut json = Json::object(labels);
            json.text("kind", label.kind);
            json.text("scope", label.scope);
            json.span("span", label.span);
            json.text_or_null("marking", label.marking.as_deref());
            json.end();
        }
        labels.push(']');
        json.end();
    }

    pub(super) fn write_lines(&self, out: &mut dyn Write) -> Result<(), Fault> {
        let signer = self.signer.as_ref().map_or_else(String::new, |name| format!(", by {name}"));
        writeln!(out, "binding       {}, signed: {}{signer}", self.form, self.signed)?;
        for label in &self.labels {
            let marking = label.marking.as_deref().unwrap_or("not readable");
            let Span { start, end } = label.span;
            writeln!(out, "  {} of the {} [{start}..{end}]: {marking}", label.kind, label.scope)?;
        }
        Ok(())
    }
}
