//! `lockgate explain SHA256 --config FILE`: the whole way of an object, as the log of a deployment tells it. The hash may also be
//! the BLAKE3 by which a link named it: what a far side reports leads here.
//!
//! The same bytes may have come several times: each time is an object of its own. Each has a first decision, and maybe
//! more that took its place; and each ends in one state.

use crate::deployment;
use crate::exit::{Exit, Fault, complain};
use crate::show::table::printable;
use lockgate_audit::show::{Filter, text_line};
use lockgate_audit::{Decided, Decision, Entries, Event, Outcome};
use lockgate_bytes::{Digest, Time};
use lockgate_core::Json;
use lockgate_disk::RealDisk;
use lockgate_hold::View;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Objects of the same bytes that are told of, at most.
const OBJECTS_MAX: usize = 1000;

/// One object.
struct Object {
    first: u64,
    steps: Vec<Step>,
    state: &'static str,
    /// Its last decision: where it is held, it is held under this entry.
    last: u64,
    lane: String,
}

/// One thing that happened to it.
struct Step {
    /// The entry of the record.
    entry: u64,
    at: Time,
    event: Event,
}

/// The objects with these bytes that the log tells of.
#[derive(Default)]
struct Found {
    objects: Vec<Object>,
    /// Decisions, with the object that each is about.
    decisions: BTreeMap<u64, usize>,
    left_out: usize,
}

/// Runs the command; negative where any of the objects was not sent.
///
/// # Errors
/// [`Fault`] where deployment or log cannot be read, or the log has no such object.
pub(crate) fn run(digest: Digest, config: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let deployment = deployment::read(config)??;
    let log = Path::new(deployment.audit.path.as_str());
    let found = search(log, digest)?;
    if found.objects.is_empty() {
        return Err(Fault::new(format!(
            "{digest}: the log in {} has no decision about it; refusals of a flood share records, which name no object",
            log.display()
        )));
    }
    if found.left_out > 0 {
        complain(&format!("{} more objects with these bytes are left out", found.left_out));
    }
    let held = held(Path::new(deployment.hold.path.as_str()));
    for object in &found.objects {
        let is_held = held.as_ref().map(|held| held.contains(&object.last));
        if json {
            write_json(digest, object, is_held, out)?;
        } else {
            write_text(digest, object, is_held, out)?;
        }
    }
    Ok(Exit::negative_if(found.objects.iter().any(|object| object.state != Outcome::Sent.name())))
}

/// The hash that the text is, if it is one.
pub(crate) fn digest(text: &str) -> Option<Digest> {
    let mut bytes = [0_u8; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Digest(bytes))
}

fn search(log: &Path, digest: Digest) -> Result<Found, Fault> {
    let disk = RealDisk::at(log).map_err(|error| Fault::of(log.display(), &error))?;
    let filter = Filter { hash: Some(digest), ..Filter::default() };
    let mut found = Found::default();
    let mut entries = Entries::from(&disk, 0);
    while let Some((entry, record)) =
        entries.next_entry().map_err(|error| Fault::of(log.display(), &error))?
    {
        let event = Event::read(record).map_err(|fault| {
            Fault::new(format!("{}, entry {entry}: {fault}; verify the log", log.display()))
        })?;
        match &event {
            Event::Decision(decision) => found.decision(entry, decision, filter.lets_through(&event), &event),
            Event::Egress(settled) | Event::Hold(settled) => {
                for (outcome, ranges) in &settled.outcomes {
                    found.outcome(entry, *outcome, ranges, &event);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

impl Found {
    fn decision(&mut self, entry: u64, decision: &Decision, is_asked: bool, event: &Event) {
        let former = decision.again.and_then(|again| self.decisions.get(&again).copied());
        let at = match former {
            Some(at) => at,
            None if !is_asked => return,
            None if self.objects.len() >= OBJECTS_MAX => {
                self.left_out = self.left_out.saturating_add(1);
                return;
            }
            None => {
                self.objects.push(Object {
                    first: entry,
                    steps: Vec::new(),
                    state: "",
                    last: entry,
                    lane: decision.lane().to_owned(),
                });
                self.objects.len().saturating_sub(1)
            }
        };
        self.decisions.insert(entry, at);
        let Some(object) = self.objects.get_mut(at) else { return };
        object.last = entry;
        object.state = match decision.verdict() {
            Decided::Release => "queued",
            Decided::Hold => "held",
            Decided::Refuse => "refused",
        };
        object.steps.push(Step { entry, at: decision.decided, event: event.clone() });
    }

    fn outcome(&mut self, entry: u64, outcome: Outcome, ranges: &[(u64, u64)], event: &Event) {
        for (from, to) in ranges.iter().filter(|(from, to)| from <= to) {
            for at in self.decisions.range(from..=to).map(|(_, at)| *at) {
                let Some(object) = self.objects.get_mut(at) else { continue };
                object.state = match outcome {
                    Outcome::Spilled => "held",
                    Outcome::Recalled => "queued",
                    other => other.name(),
                };
                let only = only(event, outcome, object.last);
                object.steps.push(Step { entry, at: event.at(), event: only });
            }
        }
    }
}

impl Object {
    /// Where this is the BLAKE3 by which a link named it: its SHA-256 as it arrived.
    fn asked_by_link(&self, digest: Digest) -> Option<&str> {
        self.steps.iter().find_map(|step| match &step.event {
            Event::Decision(decision) if decision.blake3 == Some(digest) => decision.text("sha256"),
            _ => None,
        })
    }
}

/// The record, with what it says of others left out.
fn only(event: &Event, outcome: Outcome, entry: u64) -> Event {
    let mut event = event.clone();
    if let Event::Egress(settled) | Event::Hold(settled) = &mut event {
        settled.outcomes = vec![(outcome, vec![(entry, entry)])];
    }
    event
}

/// The entries of what is held now; `None` where the store cannot be read.
fn held(store: &Path) -> Option<BTreeSet<u64>> {
    let listed = || -> Result<BTreeSet<u64>, String> {
        let disk = RealDisk::at(store).map_err(|error| error.to_string())?;
        let mut view = View::open(Arc::new(disk), None).map_err(|fault| fault.to_string())?;
        let mut held = BTreeSet::new();
        view.list(&mut |item| {
            held.insert(item.entry);
        })
        .map_err(|fault| fault.to_string())?;
        Ok(held)
    };
    listed()
        .map_err(|why| complain(&format!("{}: the held store cannot be read: {why}", store.display())))
        .ok()
}

fn write_json(
    digest: Digest,
    object: &Object,
    is_held: Option<bool>,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let (mut line, mut record) = (String::new(), Vec::new());
    let mut json = Json::object(&mut line);
    match object.asked_by_link(digest) {
        Some(arrived) => {
            json.text("sha256", arrived);
            json.digest("blake3", &digest);
        }
        None => json.digest("sha256", &digest),
    }
    json.text("lane", &object.lane);
    json.shown("first", &object.first);
    json.text("state", object.state);
    match is_held {
        Some(is_held) => json.boolean("held", is_held),
        None => json.null("held"),
    }
    let steps = json.key("steps");
    steps.push('[');
    for (number, step) in object.steps.iter().enumerate() {
        if number > 0 {
            steps.push(',');
        }
        step.event.write(&mut record);
        let mut item = Json::object(steps);
        item.shown("entry", &step.entry);
        item.time("at", step.at);
        item.key("record").push_str(std::str::from_utf8(&record).unwrap_or("null"));
        item.end();
    }
    steps.push(']');
    json.end();
    Ok(writeln!(out, "{line}")?)
}

fn write_text(
    digest: Digest,
    object: &Object,
    is_held: Option<bool>,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let now = match is_held {
        Some(true) => format!("; `lockgate hold show {}` says more", object.last),
        Some(false) if object.state == "held" => "; and the held store has it no more".to_owned(),
        _ => String::new(),
    };
    writeln!(out, "{digest}\n  lane {}, first decided in entry {}", printable(&object.lane), object.first)?;
    writeln!(out, "  now {}{now}", object.state)?;
    let mut line = String::new();
    for step in &object.steps {
        line.clear();
        text_line(step.entry, &step.event, &mut line);
        writeln!(out, "  {line}")?;
        if let Event::Decision(decision) = &step.event {
            for says in reasons(decision) {
                writeln!(out, "             {}", printable(&says))?;
            }
        }
    }
    Ok(())
}

/// What each reason says, with its code and its rule.
fn reasons(decision: &Decision) -> Vec<String> {
    let reasons = decision.account.get("reasons").and_then(|reasons| reasons.as_array());
    let text = |reason: &serde_json::Value, key: &str| {
        reason.get(key).and_then(|value| value.as_str()).unwrap_or("").to_owned()
    };
    let all = reasons.into_iter().flatten();
    all.map(|reason| {
        let rule = text(reason, "rule");
        let rule = if rule.is_empty() { rule } else { format!(" ({rule})") };
        format!("{}{rule}: {}", text(reason, "code"), text(reason, "says"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_has_64_digits() {
        let text = "00ffA1".to_owned() + &"0".repeat(58);
        assert_eq!(digest(&text).unwrap().0[..3], [0, 255, 161]);
        for wrong in [text.trim_start_matches('0'), "LG-A001", &text.replace('A', "g"), &"+1".repeat(32)] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }
}
