//! The marking of a whole from those of its portions, by the words of a policy's SPIF; and what becomes of its banner after
//! portions were taken out.

use super::form;
use super::input::{self, Texts};
use crate::args::RollupArgs;
use crate::clock;
use crate::command::label;
use crate::exit::{Exit, Fault};
use lockgate_bytes::{Duration, Time};
use lockgate_core::Json;
use lockgate_marking::{Combined, Label, Mapped, MarkingReader, Place, PolicySet};
use lockgate_reason::{Finding, agreement, marking};
use std::io::Write;
use std::path::Path;

/// Why a whole is not marked, or its banner does not stand.
struct Why {
    finding: Finding,
    /// The portion that it is about.
    portion: Option<usize>,
}

/// What one line says.
#[derive(Default)]
struct Said {
    /// What all portions make together.
    label: Option<Label>,
    /// How the banner stands to it, where there is one.
    stands: Option<&'static str>,
    reasons: Vec<Why>,
}

impl Said {
    fn refused(reasons: Vec<Why>) -> Self {
        Self { reasons, ..Self::default() }
    }

    fn whole(finding: Finding) -> Why {
        Why { finding, portion: None }
    }
}

/// Runs `marking rollup` by the words of a policy; exit 1 where a whole has no marking that is valid, a portion cannot be
/// read, or the banner over them does not cover them.
///
/// # Errors
/// [`Fault`] where the policy or the input cannot be read, or the output fails.
pub(super) fn rollup(args: &RollupArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = clock::given(args.now.as_deref())?;
    let policies = label::policy(Path::new(&args.policy))?;
    let index = form::only(&policies, &args.policy)?;
    let policy = policies.policy(index).ok_or_else(|| Fault::new(format!("{}: no policy", args.policy)))?;
    let reader = |place| policy.marking_form(place, None).reader(index);
    let readers = (reader(Place::PageTop), reader(Place::Portion));
    let mut negative = false;
    for line in input::file(&args.file)? {
        let said = match input::texts(&line) {
            Ok(texts) => of(&texts, &readers, &policies, now),
            Err(finding) => Said::refused(vec![Said::whole(finding)]),
        };
        negative |= said.label.is_none() || !said.reasons.is_empty();
        if json { json_line(&said, &policies, out)? } else { human(&said, &policies, out)? }
    }
    Ok(Exit::negative_if(negative))
}

/// What the portions make together, and how the banner stands to that.
fn of(
    texts: &Texts,
    (banners, portions): &(MarkingReader<'_>, MarkingReader<'_>),
    policies: &PolicySet,
    now: Time,
) -> Said {
    let mut unread = Vec::new();
    let mut read = |reader: &MarkingReader<'_>, text: &str, portion| {
        reader.parse(text).map_err(|finding| unread.push(Why { finding, portion })).ok()
    };
    let banner = texts.banner.as_ref().map(|text| read(banners, text, None));
    let mut all = Combined::default();
    for (at, text) in texts.portions.iter().enumerate() {
        if let Some(label) = read(portions, without_parentheses(text), Some(at)) {
            all.restrict(&Mapped { label, not_after: Time::MAX }, policies);
        }
    }
    if !unread.is_empty() {
        return Said::refused(unread);
    }
    let Some(label) = all.enforced() else {
        let finding = Finding::new(marking::UNLABELLED).saying("there is no portion");
        return Said::refused(vec![Said::whole(finding)]);
    };
    let mut reasons = Vec::new();
    if label.tags(policies).any(|tag| tag.is_nobody()) {
        reasons.push(Said::whole(Finding::new(agreement::RELEASABLE_TO_NOBODY)));
    } else {
        let mut broken = Vec::new();
        policies.validate(&label, now, Duration::ZERO, &mut broken);
        reasons.extend(broken.into_iter().map(Said::whole));
    }
    let stands = banner.flatten().map(|banner| match banner.dominates(&label, policies) {
        false => {
            let says = "the banner does not cover all portions together";
            reasons.push(Said::whole(Finding::new(marking::PART_ABOVE_WHOLE).saying(says)));
            "looser"
        }
        true if label.dominates(&banner, policies) => "exact",
        true => "stricter",
    });
    Said { label: Some(label), stands, reasons }
}

/// A portion mark stands in parentheses in a text; a policy's own words may have some too, and keep them.
fn without_parentheses(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text)
}

/// The words for a label at `place`.
fn words(label: &Label, policies: &PolicySet, place: Place) -> Option<String> {
    policies.policy(label.policy())?.marking_form(place, None).render(label)
}

fn json_line(said: &Said, policies: &PolicySet, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    match &said.label {
        Some(label) => form::say(label, policies, &mut json),
        None => ["policy", "level", "tags"].into_iter().for_each(|key| json.null(key)),
    }
    for (key, place) in [("banner", Place::PageTop), ("portion", Place::Portion)] {
        let text = said.label.as_ref().and_then(|label| words(label, policies, place));
        json.text_or_null(key, text.as_deref());
    }
    if let Some(stands) = said.stands {
        json.text("stands", stands);
    }
    let reasons = json.key("reasons");
    reasons.push('[');
    for (index, why) in said.reasons.iter().enumerate() {
        if index > 0 {
            reasons.push(',');
        }
        let mut one = Json::object(reasons);
        let (code, says) = label::said(&why.finding);
        one.text("code", &code);
        if let Some(portion) = why.portion {
            one.number("portion", portion);
        }
        one.text("says", &says);
        one.end();
    }
    reasons.push(']');
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn human(said: &Said, policies: &PolicySet, out: &mut dyn Write) -> Result<(), Fault> {
    match &said.label {
        None => writeln!(out, "refused")?,
        Some(label) => {
            for (name, place) in [("banner ", Place::PageTop), ("portion", Place::Portion)] {
                let text = words(label, policies, place);
                let none = "(the policy has no words for it there)";
                writeln!(out, "{name}  {}", text.as_deref().unwrap_or(none))?;
            }
        }
    }
    if let Some(stands) = said.stands {
        writeln!(out, "stands   {stands}")?;
    }
    for why in &said.reasons {
        let (code, says) = label::said(&why.finding);
        let place = why.portion.map_or_else(String::new, |portion| format!("portion {portion}: "));
        writeln!(out, "  {code}  {place}{says}")?;
    }
    Ok(())
}
