//! US banner lines, portion marks and ISM attributes.

use super::input::{self, Pairs};
use crate::args::{MarkingArgs, RollupArgs};
use crate::clock;
use crate::exit::{Exit, Fault};
use crate::names;
use lockgate_core::Json;
use lockgate_us::{
    CODES, Date, EDITIONS, Edition, Fault as MarkingFault, Form, Marking, Reason, RollUp, RolledUp, Rule,
    Stands, parse as read, render as write,
};
use std::io::Write;

/// One line of output.
#[derive(Default)]
struct Said {
    marking: Option<Marking>,
    /// How the marking was written, where it was text.
    form: Option<Form>,
    reasons: Vec<Why>,
    /// The banner that stands over portions does not cover them.
    is_looser: bool,
}

impl Said {
    fn of(done: RolledUp) -> Self {
        let reasons = done.reasons.iter().map(Why::because).collect();
        Self { marking: done.marking, reasons, ..Self::default() }
    }
}

/// Why a marking is refused, or is what it is.
pub(super) struct Why {
    pub(super) code: &'static str,
    /// Bytes of the text, where it is about text.
    pub(super) at: Option<(usize, usize)>,
    pub(super) portion: Option<usize>,
    pub(super) says: &'static str,
    pub(super) cites: &'static str,
}

impl Why {
    fn of(fault: &MarkingFault, portion: Option<usize>, text: bool) -> Self {
        let at = text.then_some((fault.at.start, fault.at.end));
        Self { code: fault.code, at, portion, says: fault.says, cites: fault.cites }
    }

    fn broken(rule: &Rule) -> Self {
        Self { code: rule.code, at: None, portion: None, says: rule.says, cites: rule.cites }
    }

    /// A reason of the whole, by its code.
    fn known(code: &str) -> Option<Self> {
        let (code, says, cites) = CODES.iter().copied().find(|(known, ..)| *known == code)?;
        Some(Self { code, at: None, portion: None, says, cites })
    }

    fn because(reason: &Reason) -> Self {
        let Reason { code, portion, says, cites } = *reason;
        Self { code, at: None, portion, says, cites }
    }
}

/// Reads markings; exit 1 where one does not follow the rules.
///
/// # Errors
/// [`Fault`] where the edition is unknown, the input cannot be read, or the output fails.
pub(super) fn parse(args: &MarkingArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let edition = edition(&args.policy)?;
    each(input::lines(&args.text)?, edition, json, out, |line| text(line, edition))
}

/// Renders markings or ISM attributes; exit 1 where one does not follow the rules or cannot be written.
///
/// # Errors
/// As [`parse`].
pub(super) fn render(args: &MarkingArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let edition = edition(&args.policy)?;
    each(input::lines(&args.text)?, edition, json, out, |line| match line.starts_with('{') {
        true => attributes(line, edition),
        false => text(line, edition),
    })
}

/// Rolls portions up; exit 1 where a whole has no marking, a portion breaks a rule, or the banner over them does not cover them.
///
/// # Errors
/// As [`parse`].
pub(super) fn rollup(args: &RollupArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let edition = edition(&args.policy)?;
    let now = clock::given(args.now.as_deref())?.to_string();
    let today =
        now.get(..10).and_then(Date::read).ok_or_else(|| Fault::new("--now: not a day of the calendar"))?;
    each(input::file(&args.file)?, edition, json, out, |line| whole(line, edition, today))
}

pub(super) fn edition(policy: &str) -> Result<&'static Edition, Fault> {
    let names: Vec<String> = EDITIONS.iter().map(|edition| ["us:", edition.name].concat()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let named = policy.strip_prefix("us:").unwrap_or_default();
    if let Some((authority, day)) = named.split_once('@') {
        let day = Date::read(day)
            .ok_or_else(|| Fault::new(format!("--policy {policy}: write the day like us:ism@2023-01-31")))?;
        return Edition::on(authority, day).ok_or_else(|| {
            Fault::new(format!(
                "--policy {policy}: no edition is in force then; authorities are dod, ism and capco"
            ))
        });
    }
    Edition::named(named).ok_or_else(|| {
        let known = names::unknown("edition of marking rules", policy, &names);
        Fault::new(format!("--policy: {known}"))
    })
}

fn each(
    lines: Vec<String>,
    edition: &'static Edition,
    json: bool,
    out: &mut dyn Write,
    mut judge: impl FnMut(&str) -> Said,
) -> Result<Exit, Fault> {
    let mut bad = false;
    for line in lines {
        let said = judge(&line);
        bad |=
            said.marking.is_none() || said.is_looser || said.reasons.iter().any(|why| why.portion.is_some());
        match json {
            true => json_line(&said, edition, out)?,
            false => human(&said, edition, out)?,
        }
    }
    Ok(Exit::negative_if(bad))
}

fn text(line: &str, edition: &'static Edition) -> Said {
    match read(line, edition) {
        Ok(parsed) => Said { marking: Some(parsed.marking), form: Some(parsed.form), ..Said::default() },
        Err(fault) => Said { reasons: vec![Why::of(&fault, None, true)], ..Said::default() },
    }
}

fn attributes(line: &str, edition: &'static Edition) -> Said {
    let read = match input::object(line) {
        Ok(pairs) => {
            Marking::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), edition)
        }
        Err(why) => return Said { reasons: vec![why], ..Said::default() },
    };
    let marking = match read {
        Ok(marking) => marking,
        Err(faults) => {
            return Said {
                reasons: faults.iter().map(|one| Why::of(one, None, false)).collect(),
                ..Said::default()
            };
        }
    };
    let mut reasons: Vec<Why> = lockgate_us::check(&marking, edition).map(Why::broken).collect();
    // A list that is only said to be there can be rolled up, and not be written (ISM-ID-00031).
    let unwritten = write(&marking, Form::Banner, edition).is_none();
    reasons.extend(Why::known("U015").filter(|_| unwritten));
    match reasons.is_empty() {
        true => Said { marking: Some(marking), reasons, ..Said::default() },
        false => Said { reasons, ..Said::default() },
    }
}

fn whole(line: &str, edition: &'static Edition, today: Date) -> Said {
    let (banner, portions) = match input::portions(line) {
        Ok(read) => read,
        Err(why) => return Said { reasons: vec![why], ..Said::default() },
    };
    let mut unread = Vec::new();
    let mut read = |pairs: &Pairs, index| {
        let read = Marking::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), edition);
        read.map_err(|faults| unread.extend(faults.iter().map(|fault| Why::of(fault, index, false)))).ok()
    };
    let banner = banner.and_then(|pairs| read(&pairs, None));
    let portions: Vec<Marking> =
        portions.iter().enumerate().filter_map(|(index, pairs)| read(pairs, Some(index))).collect();
    if !unread.is_empty() {
        return Said { reasons: unread, ..Said::default() };
    }
    let Some(banner) = banner else {
        let mut rollup = RollUp::new(edition);
        portions.iter().for_each(|portion| rollup.add(portion));
        return Said::of(rollup.end(today));
    };
    let broken: Vec<Why> = lockgate_us::check(&banner, edition).map(Why::broken).collect();
    if !broken.is_empty() {
        return Said { reasons: broken, ..Said::default() };
    }
    let (done, stands) = RollUp::down(&portions, &banner, edition, today);
    let mut said = Said { is_looser: stands == Stands::Looser, ..Said::of(done) };
    said.reasons.extend(match stands {
        Stands::Looser => Why::known("U032"),
        Stands::Stricter if said.marking.is_some() && !banner.more.compilation => Why::known("U033"),
        Stands::Stricter | Stands::Exact => None,
    });
    said
}

fn json_line(said: &Said, edition: &Edition, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    match &said.marking {
        None => json.null("attrs"),
        Some(marking) => {
            let mut inner = Json::object(json.key("attrs"));
            for (name, value) in marking.attributes(edition) {
                inner.text(name, &value);
            }
            inner.end();
        }
    }
    let text = |form| said.marking.as_ref().and_then(|marking| write(marking, form, edition));
    json.text_or_null("banner", text(Form::Banner).as_deref());
    json.text_or_null("portion", text(Form::Portion).as_deref());
    if let Some(form) = said.form {
        json.text("form", if form == Form::Banner { "banner" } else { "portion" });
    }
    let reasons = json.key("reasons");
    reasons.push('[');
    for (index, why) in said.reasons.iter().enumerate() {
        if index > 0 {
            reasons.push(',');
        }
        let mut one = Json::object(reasons);
        one.text("code", why.code);
        if let Some((from, to)) = why.at {
            one.key("at").push_str(&format!("[{from},{to}]"));
        }
        if let Some(portion) = why.portion {
            one.number("portion", portion);
        }
        one.text("says", why.says);
        one.text("cites", why.cites);
        one.end();
    }
    reasons.push(']');
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn human(said: &Said, edition: &Edition, out: &mut dyn Write) -> Result<(), Fault> {
    match &said.marking {
        None => writeln!(out, "refused")?,
        Some(marking) => {
            for (name, form) in [("banner ", Form::Banner), ("portion", Form::Portion)] {
                let text = write(marking, form, edition);
                writeln!(out, "{name}  {}", text.as_deref().unwrap_or("(cannot be written in this form)"))?;
            }
            for (name, value) in marking.attributes(edition) {
                writeln!(out, "  {name}={value}")?;
            }
        }
    }
    for why in &said.reasons {
        let place = match (why.at, why.portion) {
            (Some((from, to)), _) => format!("bytes {from} to {to}: "),
            (None, Some(portion)) => format!("portion {portion}: "),
            (None, None) => String::new(),
        };
        writeln!(out, "  {}  {place}{} [{}]", why.code, why.says, why.cites)?;
    }
    Ok(())
}
