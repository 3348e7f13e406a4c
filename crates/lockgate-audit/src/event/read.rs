//! Reading an event: bounded, and closed-world. What is not known is a fault, not a thing to pass over.

use super::{
    BundleChange, ClockChange, ClockState, Decision, Door, Drops, Event, Refusals, Review, Settled, Stage,
    StageSays, Start, Stop,
};
use crate::ledger::reviews::Mark;
use crate::ledger::snapshot::{Series, Snapshot};
use crate::ledger::{Outcome, Tally, Waits, parse_receipt};
use crate::tile::ENTRY_MAX;
use lockgate_attest::{ReviewStep, base64};
use lockgate_bytes::{Digest, Time};
use serde_json::{Map, Value};
use std::fmt;

/// Why an entry is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFault {
    /// Longer than 65,535 bytes, or no JSON object.
    NotJson,
    /// An event of a kind that this version does not know.
    Kind,
    /// A member that is not there, or is not what it should be.
    Member(&'static str),
    /// A member that does not belong there.
    Extra,
}

type Read<T> = Result<T, EventFault>;

impl Event {
    /// Reads one entry.
    ///
    /// # Errors
    /// [`EventFault`].
    pub fn read(entry: &[u8]) -> Read<Self> {
        if entry.len() > ENTRY_MAX {
            return Err(EventFault::NotJson);
        }
        // The reader's own bound on nesting holds: 128 levels.
        let Ok(Value::Object(members)) = serde_json::from_slice(entry) else {
            return Err(EventFault::NotJson);
        };
        let mut members = Members(members);
        let kind = members.text("event")?;
        let event = match &*kind {
            "start" => Self::Start(start(&mut members)?),
            "decision" => Self::Decision(Box::new(decision(&mut members)?)),
            "refusals" => Self::Refusals(refusals(&mut members)?),
            "egress" => Self::Egress(settled(&mut members)?),
            "hold" => Self::Hold(settled(&mut members)?),
            "review" => Self::Review(Box::new(review(&mut members)?)),
            "drops" => Self::Drops(drops(&mut members)?),
            "bundle" => Self::Bundle(bundle(&mut members)?),
            "clock" => Self::Clock(clock(&mut members)?),
            "snapshot" => Self::Snapshot(members.time("at")?, snapshot(&mut members)?),
            "stop" => Self::Stop(stop(&mut members)?),
            _ => return Err(EventFault::Kind),
        };
        members.end()?;
        Ok(event)
    }
}

fn start(members: &mut Members) -> Read<Start> {
    Ok(Start {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        node: members.text("node")?,
        engine: members.text("engine")?,
        bundle: members.bundle("bundle")?.ok_or(EventFault::Member("bundle"))?,
        revision: members.number("revision")?,
        lane: members.text("lane")?,
        config: members.digest("config")?,
        clock: members.word("clock", &ClockState::ALL, ClockState::name)?,
        key: members.text("key")?,
        cut_bytes: members.number("cut_bytes")?,
        outstanding: members.number("outstanding")?,
    })
}

fn decision(members: &mut Members) -> Read<Decision> {
    let mut said = Members::of(&members.take("steps")?, "steps")?;
    let mut steps = Vec::new();
    for stage in Stage::ALL {
        if said.0.contains_key(stage.name()) {
            steps.push((stage, said.word(stage.name(), &StageSays::ALL, StageSays::name)?));
        }
    }
    said.end()?;
    let decision = Decision {
        epoch: members.number("epoch")?,
        arrival: members.time("arrival")?,
        decided: members.time("decided")?,
        uptime_ns: members.number("uptime_ns")?,
        clock: members.word("clock", &ClockState::ALL, ClockState::name)?,
        again: members.number_or_null("again")?,
        first: members.number_or_null("first")?,
        receipt: members.text_or_null("receipt")?,
        is_rewritten: members.take("rewritten")?.as_bool().ok_or(EventFault::Member("rewritten"))?,
        steps,
        not_after: members.time_or_null("not_after")?,
        class: members.text_or_null("class")?,
        // Absent where nothing on the way out goes by it, and in logs of before.
        blake3: if members.0.contains_key("blake3") { Some(members.digest("blake3")?) } else { None },
        account: members.take("account")?,
    };
    if decision.receipt.as_deref().is_some_and(|receipt| parse_receipt(receipt).is_none()) {
        return Err(EventFault::Member("receipt"));
    }
    if decision.text("lane").is_none() {
        return Err(EventFault::Member("account.lane"));
    }
    match decision.text("verdict") {
        Some("hold" | "refuse") if decision.blake3.is_some() => Err(EventFault::Member("blake3")),
        Some("release" | "hold" | "refuse") => Ok(decision),
        _ => Err(EventFault::Member("account.verdict")),
    }
}

fn refusals(members: &mut Members) -> Read<Refusals> {
    // Absent where it is no taken file, and in logs of before.
    let named = if members.0.contains_key("receipt") { Some(members.text("receipt")?) } else { None };
    // A file is turned away whole, and by itself.
    let whole = |text: String| {
        parse_receipt(&text).filter(|file| file.bytes == 0).ok_or(EventFault::Member("receipt"))
    };
    // In logs of before there is none; what has none has a digest.
    let door = if members.0.contains_key("why") { Some(Box::new(door(members)?)) } else { None };
    let is_hashed = door.is_none() || members.0.contains_key("digest");
    let refusals = Refusals {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        lane: members.text("lane")?,
        source: members.text("source")?,
        code: members.text("code")?,
        count: members.number("count")?,
        first: members.time("first")?,
        last: members.time("last")?,
        digest: is_hashed.then(|| members.digest("digest")).transpose()?,
        receipt: named.map(whole).transpose()?,
        door,
    };
    match refusals.receipt {
        Some(_) if refusals.count != 1 => Err(EventFault::Member("count")),
        _ => Ok(refusals),
    }
}

fn door(members: &mut Members) -> Read<Door> {
    Ok(Door {
        listener: members.text("listener")?,
        why: members.text("why")?,
        size_bytes: members.number("size_bytes")?,
    })
}

fn settled(members: &mut Members) -> Read<Settled> {
    Ok(Settled {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        lane: members.text("lane")?,
        outcomes: members.list("outcomes", |item| {
            let mut item = Members::of(item, "outcomes")?;
            let outcome = item.word("outcome", &Outcome::ALL, Outcome::name)?;
            let entries = item.list("entries", |range| match range.as_array().map(Vec::as_slice) {
                Some([from, to]) => from.as_u64().zip(to.as_u64()).ok_or(EventFault::Member("entries")),
                _ => Err(EventFault::Member("entries")),
            })?;
            item.end().map(|()| (outcome, entries))
        })?,
    })
}

fn review(members: &mut Members) -> Read<Review> {
    let statement = members.text_or_null("statement")?;
    let decoded = |text: String| base64::decode(text.as_bytes()).ok_or(EventFault::Member("statement"));
    Ok(Review {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        lane: members.text("lane")?,
        object: members.number_or_null("object")?,
        step: members.step()?,
        by: members.text_or_null("by")?,
        nonce: members.nonce()?,
        until: members.time_or_null("until")?,
        complete: members.boolean("complete")?,
        refused: members.text_or_null("refused")?,
        sha256: members.digest("sha256")?,
        statement: statement.map(decoded).transpose()?,
    })
}

fn mark(value: &Value) -> Read<(u64, Mark)> {
    let mut mark = Members::of(value, "reviews")?;
    let object = mark.number("object")?;
    let read = Mark {
        entry: mark.number("entry")?,
        step: mark.step()?,
        by: mark.text("by")?,
        nonce: mark.nonce()?.ok_or(EventFault::Member("nonce"))?,
        until: mark.time("until")?,
        complete: mark.boolean("complete")?,
    };
    mark.end().map(|()| (object, read))
}

fn drops(members: &mut Members) -> Read<Drops> {
    // Written before there were links that lose: all are absent, never one of them.
    let of_kernel = ["lost", "alarms", "indeterminate"].iter().all(|key| !members.0.contains_key(*key));
    let mut of_link = |key| if of_kernel { Ok(0) } else { members.number(key) };
    let (lost, alarms, indeterminate) = (of_link("lost")?, of_link("alarms")?, of_link("indeterminate")?);
    Ok(Drops {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        lane: members.text("lane")?,
        listener: members.text("listener")?,
        dropped: members.number("dropped")?,
        lost,
        alarms,
        indeterminate,
    })
}

fn bundle(members: &mut Members) -> Read<BundleChange> {
    Ok(BundleChange {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        lane: members.text("lane")?,
        from: members.bundle("from")?,
        to: members.bundle("to")?,
        revision: members.number_or_null("revision")?,
        refused: members.text_or_null("refused")?,
    })
}

fn clock(members: &mut Members) -> Read<ClockChange> {
    Ok(ClockChange {
        at: members.time("at")?,
        epoch: members.number("epoch")?,
        clock: members.word("clock", &ClockState::ALL, ClockState::name)?,
        step_ns: members.take("step_ns")?.as_i64().ok_or(EventFault::Member("step_ns"))?,
        by: members.text_or_null("by")?,
    })
}

fn stop(members: &mut Members) -> Read<Stop> {
    Ok(Stop { at: members.time("at")?, epoch: members.number("epoch")?, why: members.text("why")? })
}

fn snapshot(members: &mut Members) -> Read<Snapshot> {
    Ok(Snapshot {
        part: members.number("part")?,
        parts: members.number("parts")?,
        epoch: members.number("epoch")?,
        lanes: members.list("lanes", |lane| {
            let mut lane = Members::of(lane, "lanes")?;
            let name = lane.text("lane")?;
            let tally = Tally {
                received: lane.number("received")?,
                derived: lane.number("derived")?,
                queued: lane.number("queued")?,
                held: lane.number("held")?,
                refused: lane.number("refused")?,
                rejected: lane.number("rejected")?,
                returned: lane.number("returned")?,
                sent: lane.number("sent")?,
                expired: lane.number("expired")?,
                superseded: lane.number("superseded")?,
                replaced: lane.number("replaced")?,
                indeterminate: lane.number("indeterminate")?,
            };
            lane.end().map(|()| (name, tally))
        })?,
        drops: members.list("drops", |drops| {
            let mut drops = Members::of(drops, "drops")?;
            let read = (drops.text("listener")?, drops.number("before")?, drops.number("now")?);
            drops.end().map(|()| read)
        })?,
        waiting: members.list("waiting", |one| series(one).ok_or(EventFault::Member("waiting")))?,
        bundle: members.bundle("bundle")?,
        revision: members.number("revision")?,
        receipts: members.list("receipts", |range| match numbers(range).as_deref() {
            Some(&[run, from, to, bytes]) => Ok((run, from, to, bytes)),
            _ => Err(EventFault::Member("receipts")),
        })?,
        clock_step_ns: match members.take("clock_step_ns")? {
            Value::Null => None,
            step => Some(step.as_i64().ok_or(EventFault::Member("clock_step_ns"))?),
        },
        reviews: if members.0.contains_key("reviews") { members.list("reviews", mark)? } else { Vec::new() },
    })
}

fn series(value: &Value) -> Option<Series> {
    let [lane, waits, from, turns] = value.as_array()?.as_slice() else { return None };
    let named = |known: &Waits| Some(known.name()) == waits.as_str();
    let waits = [Waits::Queued, Waits::Recalled, Waits::Held].into_iter().find(named)?;
    Some(Series { lane: lane.as_u64()?, waits, from: from.as_u64()?, turns: numbers(turns)? })
}

fn numbers(value: &Value) -> Option<Vec<u64>> {
    value.as_array()?.iter().map(Value::as_u64).collect()
}

/// The members of one object, each taken once.
struct Members(Map<String, Value>);

impl Members {
    fn of(value: &Value, key: &'static str) -> Read<Self> {
        value.as_object().cloned().map(Self).ok_or(EventFault::Member(key))
    }

    fn take(&mut self, key: &'static str) -> Read<Value> {
        self.0.remove(key).ok_or(EventFault::Member(key))
    }

    fn text(&mut self, key: &'static str) -> Read<String> {
        self.text_or_null(key)?.ok_or(EventFault::Member(key))
    }

    fn text_or_null(&mut self, key: &'static str) -> Read<Option<String>> {
        match self.take(key)? {
            Value::String(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(EventFault::Member(key)),
        }
    }

    fn number(&mut self, key: &'static str) -> Read<u64> {
        self.take(key)?.as_u64().ok_or(EventFault::Member(key))
    }

    fn number_or_null(&mut self, key: &'static str) -> Read<Option<u64>> {
        match self.take(key)? {
            Value::Null => Ok(None),
            value => value.as_u64().map(Some).ok_or(EventFault::Member(key)),
        }
    }

    fn time(&mut self, key: &'static str) -> Read<Time> {
        self.time_or_null(key)?.ok_or(EventFault::Member(key))
    }

    fn time_or_null(&mut self, key: &'static str) -> Read<Option<Time>> {
        let text = self.text_or_null(key)?;
        text.map(|text| Time::parse(text.as_bytes()).map_err(|_| EventFault::Member(key))).transpose()
    }

    fn boolean(&mut self, key: &'static str) -> Read<bool> {
        self.take(key)?.as_bool().ok_or(EventFault::Member(key))
    }

    fn step(&mut self) -> Read<Option<ReviewStep>> {
        let text = self.text_or_null("step")?;
        text.map(|text| ReviewStep::named(&text).ok_or(EventFault::Member("step"))).transpose()
    }

    /// 32 hexadecimal digits.
    fn nonce(&mut self) -> Read<Option<[u8; 16]>> {
        let Some(text) = self.text_or_null("nonce")? else { return Ok(None) };
        let whole = digest(&format!("{text}{}", "0".repeat(32))).ok_or(EventFault::Member("nonce"))?;
        Ok(whole.0.first_chunk().copied())
    }

    fn digest(&mut self, key: &'static str) -> Read<Digest> {
        digest(&self.text(key)?).ok_or(EventFault::Member(key))
    }

    fn bundle(&mut self, key: &'static str) -> Read<Option<Digest>> {
        let text = self.text_or_null(key)?;
        let read =
            |text: String| text.strip_prefix("sha256:").and_then(digest).ok_or(EventFault::Member(key));
        text.map(read).transpose()
    }

    fn word<T: Copy>(&mut self, key: &'static str, all: &[T], name: fn(T) -> &'static str) -> Read<T> {
        let text = self.text(key)?;
        all.iter().copied().find(|word| name(*word) == text).ok_or(EventFault::Member(key))
    }

    fn list<T>(&mut self, key: &'static str, read: impl Fn(&Value) -> Read<T>) -> Read<Vec<T>> {
        match self.take(key)? {
            Value::Array(items) => items.iter().map(read).collect(),
            _ => Err(EventFault::Member(key)),
        }
    }

    fn end(&self) -> Read<()> {
        if self.0.is_empty() { Ok(()) } else { Err(EventFault::Extra) }
    }
}

/// 64 lower-case hexadecimal digits.
fn digest(text: &str) -> Option<Digest> {
    let mut bytes = [0_u8; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |letter: &u8| char::from(*letter).to_digit(16).filter(|_| !letter.is_ascii_uppercase());
        let [high, low] = pair else { return None };
        *byte = u8::try_from((digit(high)? << 4) | digit(low)?).ok()?;
    }
    Some(Digest(bytes))
}

impl fmt::Display for EventFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => out.write_str("it is no JSON object of at most 65,535 bytes"),
            Self::Kind => out.write_str("it is an event of a kind that this version does not know"),
            Self::Member(key) => write!(out, "its member {key} is not there, or not what it should be"),
            Self::Extra => out.write_str("it has a member that does not belong there"),
        }
    }
}

impl std::error::Error for EventFault {}
