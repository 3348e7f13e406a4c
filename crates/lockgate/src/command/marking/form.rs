//! Markings by the words of a policy's SPIF: what they say, and how they are written elsewhere.

use crate::args::{MarkingArgs, MarkingRenderArgs};
use crate::command::label;
use crate::exit::{Exit, Fault};
use crate::names;
use lockgate_core::Json;
use lockgate_marking::{Label, Place, PolicyIx, PolicySet};
use lockgate_reason::Finding;
use std::io::Write;
use std::path::Path;

/// A marking that was read.
struct Read {
    policies: PolicySet,
    label: Label,
}

/// Runs `marking parse`.
///
/// # Errors
/// [`Fault`] where the policy cannot be read, or the output fails.
pub(super) fn parse(args: &MarkingArgs, text: &str, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    match read(args, text)? {
        Ok(read) => {
            if json {
                line(&read, out)?
            } else {
                lines(&read, out)?
            }
            Ok(Exit::negative_if(false))
        }
        Err(finding) => refused(&finding, json, out),
    }
}

/// Runs `marking render`.
///
/// # Errors
/// [`Fault`] where the policy cannot be read, or the output fails.
pub(super) fn render(
    args: &MarkingRenderArgs,
    text: &str,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let to = place(args.to_place.as_deref().unwrap_or(&args.marking.place))?;
    let read = match read(&args.marking, text)? {
        Ok(read) => read,
        Err(finding) => return refused(&finding, json, out),
    };
    let policy = read.policies.policy(read.label.policy());
    let text =
        policy.and_then(|policy| policy.marking_form(to, args.to_language.as_deref()).render(&read.label));
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text_or_null("marking", text.as_deref());
        object.end();
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{}", text.as_deref().unwrap_or("the policy has no words for this label there"))?;
    }
    Ok(Exit::negative_if(text.is_none()))
}

fn place(code: &str) -> Result<Place, Fault> {
    let known: Vec<&str> = Place::ALL.iter().map(|place| place.name()).collect();
    Place::named(code).ok_or_else(|| Fault::new(names::unknown("place", code, &known)))
}

fn read(args: &MarkingArgs, text: &str) -> Result<Result<Read, Finding>, Fault> {
    let place = place(&args.place)?;
    let policies = label::policy(Path::new(&args.policy))?;
    let found = policies.iter().next().map(|(index, _)| index);
    let index: PolicyIx = found.ok_or_else(|| Fault::new(format!("{}: no policy", args.policy)))?;
    let form = policies.policy(index).map(|policy| policy.marking_form(place, args.language.as_deref()));
    let form = form.ok_or_else(|| Fault::new(format!("{}: no policy", args.policy)))?;
    let parsed = form.parse(text, index);
    Ok(parsed.map(|label| Read { policies, label }))
}

fn refused(finding: &Finding, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("code", finding.code.id());
        object.text("says", &finding.says);
        object.end();
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{}  {}", finding.code.id(), finding.says)?;
    }
    Ok(Exit::negative_if(true))
}

fn names_of(read: &Read) -> (&str, &str) {
    let policy = read.policies.policy(read.label.policy()).map_or("", |policy| policy.name());
    (policy, read.policies.level_name(read.label.level()).unwrap_or(""))
}

fn line(read: &Read, out: &mut dyn Write) -> Result<(), Fault> {
    let (policy, level) = names_of(read);
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("policy", policy);
    json.text("level", level);
    let tags = json.key("tags");
    tags.push('[');
    for (at, tag) in read.label.tags(&read.policies).enumerate() {
        if at > 0 {
            tags.push(',');
        }
        let mut json = Json::object(tags);
        json.text("name", tag.name());
        json.text("kind", tag.kind().name());
        json.texts("values", tag.values());
        json.end();
    }
    tags.push(']');
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(read: &Read, out: &mut dyn Write) -> Result<(), Fault> {
    let (policy, level) = names_of(read);
    writeln!(out, "policy  {policy}")?;
    writeln!(out, "level   {level}")?;
    for tag in read.label.tags(&read.policies) {
        let values: Vec<&str> = tag.values().collect();
        writeln!(out, "  {} ({}): {}", tag.name(), tag.kind().name(), values.join(", "))?;
    }
    Ok(())
}
