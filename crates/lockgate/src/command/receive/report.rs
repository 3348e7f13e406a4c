//! What a far side tells, one JSON object a line. Names and figures only, never a byte of an object.

use lockgate_adapters::Objects;
use lockgate_bytes::{Precedence, Time};
use lockgate_core::Json;
use lockgate_deployment::{FarEnd, Reception};
use lockgate_diode::{Alarm, Cause, Delivered, Event, Id, Lost};
use lockgate_receive::{Happened, name};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// It listens.
pub(super) fn running(reception: &Reception, address: Option<SocketAddr>, line: &mut String) {
    let mut json = Json::object(line);
    json.text("event", "running");
    json.text("receiver", &reception.name);
    number_or_null(&mut json, "link", reception.link.number());
    if let Some((protocol, objects)) = reception.link.foreign() {
        json.text("protocol", protocol);
        json.boolean("verified", objects == Objects::Checked);
    }
    json.text_or_null("address", address.map(|address| address.to_string()).as_deref());
    json.end();
}

/// Nothing is written where there is nothing to tell.
pub(super) fn happened(happened: &Happened<'_>, link: &FarEnd, now: Time, line: &mut String) {
    match happened {
        Happened::Event(event) => told(event, link, now, line),
        Happened::Late { object, late, delivered } => {
            let mut json = begun("late", now, line);
            of(object, link, &mut json);
            json.time("newer", late.newer);
            json.boolean("delivered", *delivered);
            json.end();
        }
        Happened::Undelivered { object, why } => {
            let mut json = begun("undelivered", now, line);
            of(object, link, &mut json);
            json.text("says", &why.to_string());
            json.end();
        }
        Happened::Stalled(why) => {
            let mut json = begun("stalled", now, line);
            json.text("says", &why.to_string());
            json.end();
        }
        Happened::Going => begun("going", now, line).end(),
        Happened::Sight(_) => {}
    }
}

/// The clocks of both ends are farther apart than they may be, or no longer.
pub(super) fn clock(is_apart: bool, ahead_ms: i64, now: Time, line: &mut String) {
    let mut json = begun("clock", now, line);
    json.boolean("apart", is_apart);
    json.key("ahead_ms").push_str(&ahead_ms.to_string());
    json.end();
}

fn told(event: &Event, link: &FarEnd, now: Time, line: &mut String) {
    match event {
        Event::Begun { epoch } => {
            let mut json = begun("begun", now, line);
            json.text("epoch", &hex64(*epoch));
            json.end();
        }
        Event::Delivered(object) => {
            let mut json = begun("delivered", now, line);
            of(object, link, &mut json);
            json.boolean("recovered", object.recovered);
            json.end();
        }
        Event::Gap { blocks } => {
            let mut json = begun("gap", now, line);
            count(&mut json, "blocks", *blocks);
            json.end();
        }
        Event::Lost(lost) => self::lost(lost, now, line),
        Event::Suspected { epoch, class, first, end } => {
            let mut json = begun("suspected", now, line);
            range((*epoch, *class, *first, *end), &mut json);
            json.end();
        }
        // Once a second; the figures have it.
        Event::Manifest { .. } => {}
        Event::Alarm(alarm) => self::alarm(alarm, now, line),
        Event::Silent => begun("silent", now, line).end(),
        Event::Heard => begun("heard", now, line).end(),
        Event::Closed { epoch, exact, tally, datagrams: [received, lost, unknown] } => {
            let mut json = begun("closed", now, line);
            json.text("epoch", &hex64(*epoch));
            json.boolean("exact", *exact);
            for (key, number) in [
                ("delivered", tally.delivered),
                ("recovered", tally.recovered),
                ("attested", tally.attested),
                ("lost", tally.lost),
                ("datagrams_received", *received),
                ("datagrams_lost", *lost),
                ("datagrams_unknown", *unknown),
            ] {
                count(&mut json, key, number);
            }
            json.end();
        }
    }
}

fn lost(lost: &Lost, now: Time, line: &mut String) {
    let mut json = begun("lost", now, line);
    range((lost.epoch, lost.class, lost.first, lost.end), &mut json);
    json.text(
        "cause",
        match lost.cause {
            Cause::Unheard => "unheard",
            Cause::Incomplete => "incomplete",
            Cause::Differs => "differs",
            Cause::NoRoom => "no-room",
        },
    );
    match &lost.named {
        Some((length, hash)) => {
            count(&mut json, "size_bytes", u64::from(*length));
            json.text("blake3", &hex(hash));
        }
        None => {
            json.null("size_bytes");
            json.null("blake3");
        }
    }
    json.end();
}

fn alarm(alarm: &Alarm, now: Time, line: &mut String) {
    let (word, id) = match alarm {
        Alarm::Forged => ("forged", None),
        Alarm::Broken => ("broken", None),
        Alarm::Differs(id) => ("differs", Some(id)),
        Alarm::Damaged(id) => ("damaged", Some(id)),
    };
    let mut json = begun("alarm", now, line);
    json.text("alarm", word);
    if let Some(id) = id {
        numbered(id, &mut json);
    }
    json.end();
}

fn begun<'a>(event: &str, now: Time, line: &'a mut String) -> Json<'a> {
    let mut json = Json::object(line);
    json.text("event", event);
    json.time("at", now);
    json
}

fn numbered(id: &Id, json: &mut Json<'_>) {
    json.text("epoch", &hex64(id.epoch));
    json.text("class", id.class.name());
    count(json, "number", id.number);
}

fn range((epoch, class, first, end): (u64, Precedence, u64, u64), json: &mut Json<'_>) {
    json.text("epoch", &hex64(epoch));
    json.text("class", class.name());
    count(json, "first", first);
    count(json, "last", end.saturating_sub(1));
}

/// An object of a protocol of others has no class, no order and no time of its own.
fn of(object: &Delivered, link: &FarEnd, json: &mut Json<'_>) {
    numbered(&object.id, json);
    json.text("name", &name(object.id));
    json.number("size_bytes", object.bytes.len());
    json.text("blake3", &hex(&object.hash));
    let order = (object.order != 0).then(|| hex64(object.order));
    json.text_or_null("order", order.as_deref());
    match link.foreign() {
        None => json.time("sent", object.sent),
        Some((_, objects)) => {
            json.null("sent");
            json.boolean("verified", objects == Objects::Checked);
        }
    }
}

/// A small number that may not be there.
pub(super) fn number_or_null(json: &mut Json<'_>, key: &str, number: Option<u16>) {
    match number {
        Some(number) => json.number(key, usize::from(number)),
        None => json.null(key),
    }
}

/// A number.
pub(super) fn count(json: &mut Json<'_>, key: &str, number: u64) {
    json.number(key, usize::try_from(number).unwrap_or(usize::MAX));
}

fn hex64(number: u64) -> String {
    format!("{number:016x}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
