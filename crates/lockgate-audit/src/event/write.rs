//! Writing an event: one JSON object, keys in a fixed order.

use super::{Event, Review, Settled};
use crate::ledger::snapshot::Snapshot;
use lockgate_attest::{ReviewStep, base64};
use lockgate_bytes::{Digest, Time};
use lockgate_core::Json;
use std::fmt::Write;

impl Event {
    /// Writes it over what `page` held; the page's buffer is used again.
    pub fn write(&self, page: &mut Vec<u8>) {
        page.clear();
        let mut text = String::from_utf8(std::mem::take(page)).unwrap_or_default();
        let mut json = Json::object(&mut text);
        json.text("event", self.kind());
        self.members(&mut json);
        json.end();
        *page = text.into_bytes();
    }

    fn members(&self, json: &mut Json<'_>) {
        match self {
            Self::Start(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("node", &event.node);
                json.text("engine", &event.engine);
                bundle(json, "bundle", Some(&event.bundle));
                number(json, "revision", event.revision);
                json.text("lane", &event.lane);
                json.digest("config", &event.config);
                json.text("clock", event.clock.name());
                json.text("key", &event.key);
                number(json, "cut_bytes", event.cut_bytes);
                number(json, "outstanding", event.outstanding);
            }
            Self::Decision(event) => {
                let facts = crate::decision::Members {
                    epoch: event.epoch,
                    arrival: event.arrival,
                    decided: event.decided,
                    uptime_ns: event.uptime_ns,
                    clock: event.clock,
                    again: event.again,
                    first: event.first,
                    receipt: event.receipt.as_deref(),
                    is_rewritten: event.is_rewritten,
                    not_after: event.not_after,
                    class: event.class.as_deref(),
                    blake3: event.blake3,
                };
                facts.write(json, event.steps.iter().copied());
                // Writing to a String cannot fail.
                let _ = write!(json.key("account"), "{}", event.account);
            }
            Self::Refusals(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("lane", &event.lane);
                json.text("source", &event.source);
                json.text("code", &event.code);
                number(json, "count", event.count);
                json.time("first", event.first);
                json.time("last", event.last);
                if let Some(digest) = &event.digest {
                    json.digest("digest", digest);
                }
                if let Some(file) = event.receipt {
                    json.text("receipt", &format!("{}-{}", file.run, file.number));
                }
                if let Some(door) = &event.door {
                    json.text("listener", &door.listener);
                    json.text("why", &door.why);
                    number(json, "size_bytes", door.size_bytes);
                }
            }
            Self::Egress(event) | Self::Hold(event) => settled(event, json),
            Self::Review(event) => review(event, json),
            Self::Drops(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("lane", &event.lane);
                json.text("listener", &event.listener);
                number(json, "dropped", event.dropped);
                number(json, "lost", event.lost);
                number(json, "alarms", event.alarms);
                number(json, "indeterminate", event.indeterminate);
            }
            Self::Bundle(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("lane", &event.lane);
                bundle(json, "from", event.from.as_ref());
                bundle(json, "to", event.to.as_ref());
                number_or_null(json, "revision", event.revision);
                json.text_or_null("refused", event.refused.as_deref());
            }
            Self::Clock(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("clock", event.clock.name());
                let _ = write!(json.key("step_ns"), "{}", event.step_ns);
                json.text_or_null("by", event.by.as_deref());
            }
            Self::Snapshot(at, part) => snapshot(*at, part, json),
            Self::Stop(event) => {
                json.time("at", event.at);
                number(json, "epoch", event.epoch);
                json.text("why", &event.why);
            }
        }
    }
}

pub(crate) fn number(json: &mut Json<'_>, key: &str, value: u64) {
    digits(json.key(key), value);
}

pub(crate) fn number_or_null(json: &mut Json<'_>, key: &str, value: Option<u64>) {
    match value {
        Some(value) => number(json, key, value),
        None => json.null(key),
    }
}

pub(crate) fn time_or_null(json: &mut Json<'_>, key: &str, value: Option<Time>) {
    match value {
        Some(value) => json.time(key, value),
        None => json.null(key),
    }
}

fn digits(out: &mut String, value: u64) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// `sha256:` and the hash, as `bundle show` prints it.
fn bundle(json: &mut Json<'_>, key: &str, value: Option<&Digest>) {
    match value {
        Some(value) => {
            let _ = write!(json.key(key), "\"sha256:{value}\"");
        }
        None => json.null(key),
    }
}

fn review(event: &Review, json: &mut Json<'_>) {
    json.time("at", event.at);
    number(json, "epoch", event.epoch);
    json.text("lane", &event.lane);
    number_or_null(json, "object", event.object);
    json.text_or_null("step", event.step.map(ReviewStep::name));
    json.text_or_null("by", event.by.as_deref());
    json.text_or_null("nonce", event.nonce.map(|nonce| hex(&nonce)).as_deref());
    time_or_null(json, "until", event.until);
    json.boolean("complete", event.complete);
    json.text_or_null("refused", event.refused.as_deref());
    json.digest("sha256", &event.sha256);
    json.text_or_null("statement", event.statement.as_deref().map(base64::encode).as_deref());
}

fn hex(nonce: &[u8; 16]) -> String {
    nonce.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn settled(event: &Settled, json: &mut Json<'_>) {
    json.time("at", event.at);
    number(json, "epoch", event.epoch);
    json.text("lane", &event.lane);
    let out = json.key("outcomes");
    list(out, &event.outcomes, |out, (outcome, ranges)| {
        let _ = write!(out, "{{\"outcome\":\"{}\",\"entries\":", outcome.name());
        list(out, ranges, |out, (from, to)| {
            let _ = write!(out, "[{from},{to}]");
        });
        out.push('}');
    });
}

fn snapshot(at: Time, part: &Snapshot, json: &mut Json<'_>) {
    number(json, "part", part.part);
    number(json, "parts", part.parts);
    json.time("at", at);
    number(json, "epoch", part.epoch);
    list(json.key("lanes"), &part.lanes, |out, (name, tally)| {
        let mut lane = Json::object(out);
        lane.text("lane", name);
        for (count, value) in tally.named() {
            number(&mut lane, count, value);
        }
        lane.end();
    });
    list(json.key("drops"), &part.drops, |out, (name, before, now)| {
        let mut drops = Json::object(out);
        drops.text("listener", name);
        number(&mut drops, "before", *before);
        number(&mut drops, "now", *now);
        drops.end();
    });
    list(json.key("waiting"), &part.waiting, |out, series| {
        let _ = write!(out, "[{},\"{}\",{},", series.lane, series.waits.name(), series.from);
        list(out, &series.turns, |out, turn| digits(out, *turn));
        out.push(']');
    });
    bundle(json, "bundle", part.bundle.as_ref());
    number(json, "revision", part.revision);
    list(json.key("receipts"), &part.receipts, |out, (run, from, to, bytes)| {
        let _ = write!(out, "[{run},{from},{to},{bytes}]");
    });
    match part.clock_step_ns {
        Some(step_ns) => {
            let _ = write!(json.key("clock_step_ns"), "{step_ns}");
        }
        None => json.null("clock_step_ns"),
    }
    if !part.reviews.is_empty() {
        list(json.key("reviews"), &part.reviews, |out, (object, mark)| {
            let mut json = Json::object(out);
            number(&mut json, "object", *object);
            number(&mut json, "entry", mark.entry);
            json.text_or_null("step", mark.step.map(ReviewStep::name));
            json.text("by", &mark.by);
            json.text("nonce", &hex(&mark.nonce));
            json.time("until", mark.until);
            json.boolean("complete", mark.complete);
            json.end();
        });
    }
}

fn list<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}
