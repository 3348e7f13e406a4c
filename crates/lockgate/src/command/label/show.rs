//! What was found of a label, for programs and for people.

use super::destination::Answers;
use super::{Checked, Says};
use crate::exit::Fault;
use crate::show::table::wrap;
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_marking::{LabelForm, LabelKind};
use lockgate_reason::Finding;
use std::io::Write;

/// One line of JSON.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn line(checked: &Checked, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.boolean("well_formed", checked.well_formed);
    json.boolean("schema_valid", checked.schema_valid);
    json.boolean("policy_valid", checked.policy_valid);
    match checked.releasable {
        Some(releasable) => json.boolean("releasable", releasable),
        None => json.null("releasable"),
    }
    json.text_or_null("marking", checked.marking.as_deref());
    json.text_or_null("portion", checked.portion.as_deref());
    reasons(&checked.reasons, json.key("reasons"));
    if checked.asked_destination {
        match &checked.destination {
            Some(answers) => answers.write_json(json.key("destination")),
            None => json.null("destination"),
        }
    }
    if let Some(binding) = &checked.binding {
        binding.write_json(json.key("binding"));
    }
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

/// The same for people.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn lines(checked: &Checked, now: Time, out: &mut dyn Write) -> Result<(), Fault> {
    let word = |yes: bool| if yes { "yes" } else { "no" };
    if checked.binding.is_none() {
        writeln!(out, "form          {}", form(checked.form))?;
    }
    writeln!(out, "well-formed   {}", word(checked.well_formed))?;
    writeln!(out, "schema-valid  {}", word(checked.schema_valid))?;
    writeln!(out, "policy-valid  {}", word(checked.policy_valid))?;
    writeln!(out, "releasable    {}", checked.releasable.map_or("not asked", word))?;
    writeln!(out, "marking       {}", checked.marking.as_deref().unwrap_or("none"))?;
    if let Some(portion) = &checked.portion {
        writeln!(out, "portion       {portion}")?;
    }
    if let Some(binding) = &checked.binding {
        binding.write_lines(out)?;
    }
    if let Some(answers) = &checked.destination {
        destination(answers, now, out)?;
    }
    says(&checked.reasons, out)
}

/// Who reads the destination, who of them may read the label, and what each agreement says.
fn destination(answers: &Answers, now: Time, out: &mut dyn Write) -> Result<(), Fault> {
    writeln!(out, "destination   {}, at {now}", answers.domain)?;
    if let Some(mapped) = &answers.mapped {
        let until = mapped.until.map_or_else(String::new, |until| format!(", until {until}"));
        indented(
            "is there",
            &format!("{}, by equivalence {}{until}", mapped.label, mapped.equivalence),
            out,
        )?;
    }
    for (head, readers) in [("may read", answers.those(true)), ("may not read", answers.those(false))] {
        let readers = if readers.is_empty() { "nobody".to_owned() } else { readers.join(", ") };
        indented(head, &readers, out)?;
    }
    for agreement in &answers.agreements {
        let covers =
            if agreement.reasons.is_empty() { "covers the label" } else { "does not cover the label" };
        let giver = agreement.giver.as_ref().map_or_else(String::new, |giver| format!(", given by {giver}"));
        let categories = agreement.categories.join(", ");
        indented("agreement", &format!("{} {covers}{giver}, for {categories}", agreement.name), out)?;
        says(&agreement.reasons, out)?;
    }
    indented("so", &answers.remedy(), out)
}

/// A line with a head, wrapped.
fn indented(head: &str, text: &str, out: &mut dyn Write) -> Result<(), Fault> {
    for (at, line) in wrap(text, 64).iter().enumerate() {
        writeln!(out, "  {:<13} {line}", if at == 0 { head } else { "" })?;
    }
    Ok(())
}

fn says(reasons: &[Says], out: &mut dyn Write) -> Result<(), Fault> {
    for (code, says) in reasons {
        for (at, line) in wrap(says, 66).iter().enumerate() {
            writeln!(out, "  {:<11} {line}", if at == 0 { code } else { "" })?;
        }
    }
    Ok(())
}

/// A finding as a reason.
pub(crate) fn said(finding: &Finding) -> Says {
    (finding.code.id().to_owned(), finding.says.clone().into_owned())
}

/// A list of reasons.
pub(crate) fn reasons(all: &[Says], out: &mut String) {
    out.push('[');
    for (at, (code, says)) in all.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let mut json = Json::object(out);
        json.text("code", code);
        json.text("says", says);
        json.end();
    }
    out.push(']');
}

/// The form of a label in words.
fn form(form: Option<LabelForm>) -> &'static str {
    match form {
        Some(LabelForm::Xml(LabelKind::Originator)) => "STANAG 4774, of the originator",
        Some(LabelForm::Xml(LabelKind::Alternative)) => "STANAG 4774, alternative",
        Some(LabelForm::Xml(LabelKind::Metadata)) => "STANAG 4774, of the metadata",
        Some(LabelForm::Ess) => "binary security label (RFC 2634)",
        None => "unknown",
    }
}
