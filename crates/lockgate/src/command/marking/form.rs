//! Markings by the words of a policy's SPIF: what they say, and how they are written elsewhere.

use super::input;
use crate::args::{MarkingArgs, MarkingRenderArgs};
use crate::clock;
use crate::command::label;
use crate::exit::{Exit, Fault};
use crate::names;
use lockgate_bytes::Duration;
use lockgate_core::Json;
use lockgate_marking::{Label, Place, PolicyIx, PolicySet};
use lockgate_reason::Finding;
use std::io::Write;
use std::path::Path;

/// The policy by whose words markings are read.
struct Known {
    policies: PolicySet,
    index: PolicyIx,
    place: Place,
}

/// A marking that was read.
struct Read<'p> {
    policies: &'p PolicySet,
    label: Label,
    /// Why a label with these words would not be valid in its policy today.
    broken: Vec<Finding>,
}

impl<'p> Read<'p> {
    fn of(label: Label, policies: &'p PolicySet) -> Self {
        let mut broken = Vec::new();
        policies.validate(&label, clock::now(), Duration::ZERO, &mut broken);
        Self { policies, label, broken }
    }
}

/// Runs `marking parse`.
///
/// # Errors
/// [`Fault`] where the policy or the input cannot be read, or the output fails.
pub(super) fn parse(args: &MarkingArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let known = Known::open(args)?;
    each(args, &known, |read| match read {
        Ok(read) => {
            if json {
                line(&read, out)?
            } else {
                lines(&read, out)?
            }
            Ok(true)
        }
        Err(finding) => refused(&finding, json, out),
    })
}

/// Runs `marking render`.
///
/// # Errors
/// As [`parse`].
pub(super) fn render(args: &MarkingRenderArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let to = place(args.to_place.as_deref().unwrap_or(&args.marking.place))?;
    let known = Known::open(&args.marking)?;
    each(&args.marking, &known, |read| {
        let read = match read {
            Ok(read) => read,
            Err(finding) => return refused(&finding, json, out),
        };
        let policy = known.policies.policy(read.label.policy());
        let text = policy
            .and_then(|policy| policy.marking_form(to, args.to_language.as_deref()).render(&read.label));
        if json {
            let mut line = String::new();
            let mut object = Json::object(&mut line);
            object.text_or_null("marking", text.as_deref());
            object.end();
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", text.as_deref().unwrap_or("the policy has no words for this label there"))?;
        }
        Ok(text.is_some())
    })
}

/// Reads each marking of the input; exit 1 where `one` says no of any.
fn each<'k>(
    args: &MarkingArgs,
    known: &'k Known,
    mut one: impl FnMut(Result<Read<'k>, Finding>) -> Result<bool, Fault>,
) -> Result<Exit, Fault> {
    let policy = known.policies.policy(known.index);
    let policy = policy.ok_or_else(|| Fault::new(format!("{}: no policy", args.policy)))?;
    let reader = policy.marking_form(known.place, args.language.as_deref()).reader(known.index);
    let mut negative = false;
    for text in input::lines(&args.text)? {
        let read = reader.parse(&text).map(|label| Read::of(label, &known.policies));
        negative |= !one(read)?;
    }
    Ok(Exit::negative_if(negative))
}

impl Known {
    fn open(args: &MarkingArgs) -> Result<Self, Fault> {
        let place = place(&args.place)?;
        let policies = label::policy(Path::new(&args.policy))?;
        let index = only(&policies, &args.policy)?;
        Ok(Self { policies, index, place })
    }
}

/// The policy of a folder.
pub(super) fn only(policies: &PolicySet, folder: &str) -> Result<PolicyIx, Fault> {
    let first = policies.iter().next().map(|(index, _)| index);
    first.ok_or_else(|| Fault::new(format!("{folder}: no policy")))
}

fn place(code: &str) -> Result<Place, Fault> {
    let known: Vec<&str> = Place::ALL.iter().map(|place| place.name()).collect();
    Place::named(code).ok_or_else(|| Fault::new(names::unknown("place", code, &known)))
}

fn refused(finding: &Finding, json: bool, out: &mut dyn Write) -> Result<bool, Fault> {
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
    Ok(false)
}

fn names_of<'p>(label: &Label, policies: &'p PolicySet) -> (&'p str, &'p str) {
    let policy = policies.policy(label.policy()).map_or("", |policy| policy.name());
    (policy, policies.level_name(label.level()).unwrap_or(""))
}

/// What a label says, as keys of a line: `policy`, `level`, `tags`.
pub(super) fn say(label: &Label, policies: &PolicySet, json: &mut Json<'_>) {
    let (policy, level) = names_of(label, policies);
    json.text("policy", policy);
    json.text("level", level);
    let tags = json.key("tags");
    tags.push('[');
    for (at, tag) in label.tags(policies).enumerate() {
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
}

fn line(read: &Read<'_>, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    say(&read.label, read.policies, &mut json);
    json.boolean("valid", read.broken.is_empty());
    let reasons: Vec<_> = read.broken.iter().map(label::said).collect();
    label::reasons(&reasons, json.key("reasons"));
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(read: &Read<'_>, out: &mut dyn Write) -> Result<(), Fault> {
    let (policy, level) = names_of(&read.label, read.policies);
    writeln!(out, "policy  {policy}")?;
    writeln!(out, "level   {level}")?;
    for tag in read.label.tags(read.policies) {
        let values: Vec<&str> = tag.values().collect();
        writeln!(out, "  {} ({}): {}", tag.name(), tag.kind().name(), values.join(", "))?;
    }
    writeln!(out, "valid   {}", if read.broken.is_empty() { "yes" } else { "no" })?;
    read.broken.iter().try_for_each(|found| writeln!(out, "  {}  {}", found.code.id(), found.says))?;
    Ok(())
}
