//! `marking check`: the markings of a whole text, and whether its banner covers its portions.

use super::{form, input, us};
use crate::args::MarkingCheckArgs;
use crate::command::label;
use crate::exit::{Exit, Fault};
use lockgate_bytes::Span;
use lockgate_core::Json;
use lockgate_marking::{Label, Place, PolicySet};
use lockgate_us::{Form, document, render};
use std::io::Write;
use std::path::Path;

/// What is said of a text: its markings with their places, and what is wrong.
struct Said {
    marks: Vec<Mark>,
    strictest: Option<String>,
    reasons: Vec<Reason>,
}

struct Mark {
    at: Span,
    is_banner: bool,
    marking: Option<String>,
}

struct Reason {
    code: String,
    says: String,
    /// `None` where it is about the whole.
    at: Option<Span>,
}

/// Runs the command; exit 1 where anything is wrong.
///
/// # Errors
/// [`Fault`] where the policy or the text cannot be read, or the output fails.
pub(super) fn check(args: &MarkingCheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let text = input::whole(&args.file)?;
    let said = match args.policy.starts_with(super::US) {
        true => by_register(&text, &args.policy)?,
        false => by_words(&text, Path::new(&args.policy))?,
    };
    if json {
        line(&said, out)?
    } else {
        lines(&said, out)?
    }
    Ok(Exit::negative_if(!said.reasons.is_empty()))
}

fn by_words(text: &str, folder: &Path) -> Result<Said, Fault> {
    let policies: PolicySet = label::policy(folder)?;
    let index = form::only(&policies, &folder.display().to_string())?;
    let checked = policies.check_text(text, index);
    let words = |label: &Label, place: Place| {
        policies.policy(index).and_then(|policy| policy.marking_form(place, None).render(label))
    };
    let marks = checked.found.iter().map(|one| Mark {
        at: one.at,
        is_banner: one.place == Place::PageTop,
        marking: words(&one.label, one.place),
    });
    let reasons = checked.findings.iter().map(|finding| {
        let (code, says) = label::said(finding);
        Reason { code, says, at: finding.span }
    });
    Ok(Said {
        marks: marks.collect(),
        strictest: checked.strictest.and_then(|label| words(&label, Place::PageTop)),
        reasons: reasons.collect(),
    })
}

fn by_register(text: &str, policy: &str) -> Result<Said, Fault> {
    let edition = us::edition(policy)?;
    let checked = document::check(text, edition);
    let marks = checked.found.iter().map(|one| Mark {
        at: Span::new(one.at.start, one.at.end),
        is_banner: one.form == Form::Banner,
        marking: render(&one.marking, one.form, edition),
    });
    let reasons = checked.faults.iter().map(|fault| Reason {
        code: fault.code.to_owned(),
        says: fault.says.to_owned(),
        at: (fault.at != (0..0)).then_some(Span::new(fault.at.start, fault.at.end)),
    });
    Ok(Said {
        marks: marks.collect(),
        strictest: checked.strictest.as_ref().and_then(|marking| render(marking, Form::Banner, edition)),
        reasons: reasons.collect(),
    })
}

fn line(said: &Said, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    let marks = json.key("marks");
    marks.push('[');
    for (index, mark) in said.marks.iter().enumerate() {
        if index > 0 {
            marks.push(',');
        }
        let mut one = Json::object(marks);
        one.span("at", mark.at);
        one.text("form", if mark.is_banner { "banner" } else { "portion" });
        one.text_or_null("marking", mark.marking.as_deref());
        one.end();
    }
    marks.push(']');
    json.text_or_null("strictest", said.strictest.as_deref());
    let reasons = json.key("reasons");
    reasons.push('[');
    for (index, reason) in said.reasons.iter().enumerate() {
        if index > 0 {
            reasons.push(',');
        }
        let mut one = Json::object(reasons);
        one.text("code", &reason.code);
        if let Some(at) = reason.at {
            one.span("at", at);
        }
        one.text("says", &reason.says);
        one.end();
    }
    reasons.push(']');
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(said: &Said, out: &mut dyn Write) -> Result<(), Fault> {
    let banners = said.marks.iter().filter(|mark| mark.is_banner).count();
    writeln!(out, "banners    {banners}")?;
    writeln!(out, "portions   {}", said.marks.len().saturating_sub(banners))?;
    writeln!(out, "strictest  {}", said.strictest.as_deref().unwrap_or("(no words for it)"))?;
    for Reason { code, says, at } in &said.reasons {
        let place = at.map_or_else(String::new, |at| format!("bytes {} to {}: ", at.start, at.end));
        writeln!(out, "  {code}  {place}{says}")?;
    }
    Ok(())
}
