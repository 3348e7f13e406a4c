//! A held object for people: how long it waits, how long it may, and the full account of its verdict.

use super::account::Page;
use super::table::printable;
use lockgate_bytes::{Duration, Time};
use lockgate_core::Json;
use lockgate_hold::Item;
use lockgate_reason::Who;
use serde_json::Value;

/// Whether the stored bytes are what their hash names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// They are.
    Whole,
    /// They are not, and why.
    Damaged(String),
    /// They are sealed, and no key was given.
    Sealed,
}

impl Stored {
    fn name(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Damaged(_) => "damaged",
            Self::Sealed => "sealed",
        }
    }
}

/// Appends one object as JSON; `more` is what `show` knows beside the list: the state of the bytes, and the record.
pub(crate) fn json(item: &Item, now: Time, more: Option<(&Stored, Option<&str>)>, out: &mut String) {
    let facts = &item.facts;
    let mut json = Json::object(out);
    number(&mut json, "entry", item.entry);
    json.digest("sha256", &item.sha256);
    json.text("lane", &facts.lane);
    json.text("source", &facts.source);
    json.text("route", &facts.route);
    json.text_or_null("type", facts.type_id.as_deref());
    json.text_or_null("category", facts.category.as_deref());
    number(&mut json, "size_bytes", item.size);
    json.boolean("kept", item.is_kept);
    json.texts("reasons", facts.codes.iter().map(AsRef::as_ref));
    json.text_or_null("label", facts.label.as_deref());
    json.text("precedence", facts.precedence.name());
    json.time("arrival", facts.arrival);
    json.time("decided", facts.decided);
    match facts.not_after {
        Some(end) => json.time("not_after", end),
        None => json.null("not_after"),
    }
    number(&mut json, "age_s", whole_seconds(now.since(facts.arrival)));
    match facts.not_after {
        Some(end) => number(&mut json, "left_s", whole_seconds(end.since(now))),
        None => json.null("left_s"),
    }
    if let Some((stored, record)) = more {
        json.text("stored", stored.name());
        match record {
            Some(record) => json.key("record").push_str(record),
            None => json.null("record"),
        }
    }
    json.end();
}

/// A count, which may be larger than the machine's own numbers.
pub(crate) fn number(json: &mut Json<'_>, key: &str, value: u64) {
    json.number(key, usize::try_from(value).unwrap_or(usize::MAX));
}

/// Whole seconds.
fn seconds(length: Duration) -> i64 {
    length.nanos().wrapping_div(1_000_000_000)
}

/// The same, none where the length is negative.
fn whole_seconds(length: Duration) -> u64 {
    u64::try_from(seconds(length)).unwrap_or(0)
}

/// A length of time in at most five characters: `59s`, `59m`, `47h`, `99d`.
pub(crate) fn short(length: Duration) -> String {
    let seconds = seconds(length);
    match seconds {
        i64::MIN..0 => "0s".to_owned(),
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds.wrapping_div(60)),
        3_600..172_800 => format!("{}h", seconds.wrapping_div(3_600)),
        172_800..86_400_000 => format!("{}d", seconds.wrapping_div(86_400)),
        _ => ">999d".to_owned(),
    }
}

/// How long an object may still be sent: a length of time, `over`, or `-` where nothing bounds it.
pub(crate) fn left(not_after: Option<Time>, now: Time) -> String {
    match not_after {
        None => "-".to_owned(),
        Some(end) if end <= now => "over".to_owned(),
        Some(end) => short(end.since(now)),
    }
}

/// A number of bytes in at most five characters: `999`, `9.9k`, `999k`, `9.9M`.
pub(crate) fn bytes(size: u64) -> String {
    let (tenths, letter) = match size {
        0..1_000 => return size.to_string(),
        1_000..1_000_000 => (size / 100, "k"),
        1_000_000..1_000_000_000 => (size / 100_000, "M"),
        _ => (size / 100_000_000, "G"),
    };
    match tenths {
        0..100 => format!("{}.{}{letter}", tenths / 10, tenths % 10),
        _ => format!("{}{letter}", tenths / 10),
    }
}

/// Appends the account of a held object. `record` is its record in the log; what cannot be read of it is left out, and
/// what the index knows stands there in any case.
pub(crate) fn write(item: &Item, now: Time, stored: &Stored, record: Option<&str>, out: &mut String) {
    let record = record.and_then(|record| serde_json::from_str::<Value>(record).ok()).unwrap_or(Value::Null);
    let account = record.get("account").unwrap_or(&record);
    let mut page = Page { out };
    waiting(item, now, stored, &mut page);
    if account.is_object() {
        object(account, &mut page);
        verdict(item, account, &mut page);
    } else {
        page.line("", "");
        page.line("verdict", "hold");
        item.facts.codes.iter().for_each(|code| coded(code, None, &mut page));
    }
}

fn waiting(item: &Item, now: Time, stored: &Stored, page: &mut Page<'_>) {
    let facts = &item.facts;
    page.line("entry", &item.entry.to_string());
    page.line("object", &format!("{} bytes", item.size));
    page.line("sha256", &item.sha256.to_string());
    page.line("from", &printable(&format!("source {}, lane {}", facts.source, facts.lane)));
    page.line("arrived", &format!("{}, {} ago", facts.arrival, short(now.since(facts.arrival))));
    page.line("decided", &facts.decided.to_string());
    let left = match facts.not_after {
        _ if item.is_kept => "held no more: kept until what was made of it has come to its end".to_owned(),
        None => "nothing bounds it".to_owned(),
        Some(end) if end <= now => format!("over since {end}: it can be settled, and not be sent"),
        Some(end) => format!("{} left, until {end}", short(end.since(now))),
    };
    page.line("send", &left);
    page.line(
        "stored",
        match stored {
            Stored::Whole => "whole: the bytes are those that the hash names",
            Stored::Sealed => {
                "sealed: give --key to compare the bytes with their hash and to see the account"
            }
            Stored::Damaged(why) => why,
        },
    );
    page.line("type", &printable(facts.type_id.as_deref().unwrap_or("none that the lane knows")));
    page.line("category", &printable(facts.category.as_deref().unwrap_or("none, so no agreement covers it")));
    page.line("precedence", facts.precedence.name());
    page.line("label", &printable(facts.label.as_deref().unwrap_or("none can be enforced")));
}

/// What the account knows beside the facts.
fn object(account: &Value, page: &mut Page<'_>) {
    for (head, name) in [
        ("to", "destination"),
        ("as of", "now"),
        ("bundle", "bundle"),
        ("engine", "engine"),
        ("route", "route"),
    ] {
        if let Some(text) = account.get(name).and_then(Value::as_str) {
            // A hash fits a line without its prefix.
            page.line(head, &printable(text.strip_prefix("sha256:").unwrap_or(text)));
        }
    }
    for claim in account.get("claims").and_then(Value::as_array).into_iter().flatten() {
        let label = claim.get("label").and_then(|label| label.get("text").or(Some(label)));
        let label = label.and_then(Value::as_str).unwrap_or("not readable");
        let place = format!("{} at {}{}", text(claim, "carrier"), text(claim, "field"), span(claim));
        page.line("claim", &printable(&format!("{place}: {label}")));
    }
    let agreement = account.get("agreement").and_then(Value::as_str);
    page.line("agreement", &printable(agreement.unwrap_or("none covers it")));
}

fn verdict(item: &Item, account: &Value, page: &mut Page<'_>) {
    page.line("", "");
    page.line("verdict", &printable(text(account, "verdict")));
    let reasons = account.get("reasons").and_then(Value::as_array);
    match reasons {
        Some(reasons) => reasons.iter().for_each(|reason| coded(text(reason, "code"), Some(reason), page)),
        None => item.facts.codes.iter().for_each(|code| coded(code, None, page)),
    }
}

/// One reason: what the account says of it, and what the table of codes does.
fn coded(id: &str, reason: Option<&Value>, page: &mut Page<'_>) {
    let code = lockgate_reason::named(id);
    let member = |name: &str| reason.and_then(|reason| reason.get(name)).and_then(Value::as_str);
    let mut head = id.to_owned();
    for part in [member("rule"), member("field")].into_iter().flatten() {
        head.push_str(", ");
        head.push_str(part);
    }
    head.push_str(&reason.map(span).unwrap_or_default());
    page.line("", "");
    page.line("reason", &printable(&head));
    if let Some(says) = member("says").or(code.map(|code| code.says())) {
        page.line("", &printable(says));
    }
    if let Some(cites) = member("cites") {
        page.line("  source", &printable(cites));
    }
    if let Some(code) = code {
        page.line("  cause", code.cause());
        // Records of before say nothing of it; then the code does, as far as it can without the lane.
        let who = member("for").and_then(Who::named).unwrap_or(code.who());
        page.line("  for", &super::acts(who, code));
        page.line("  remedy", code.remedy());
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or("-")
}

fn span(value: &Value) -> String {
    match value.get("span").and_then(Value::as_array).map(Vec::as_slice) {
        Some([start, end]) => format!(" [{start}..{end}]"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, left, short};
    use lockgate_bytes::{Duration, Time};

    #[test]
    fn ages_and_sizes_are_short() {
        let cases =
            [(0, "0s"), (-5, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (7_200, "2h"), (172_799, "47h")];
        for (seconds, shown) in cases {
            assert_eq!(short(Duration::from_secs(seconds)), shown);
        }
        assert_eq!(short(Duration::from_secs(999 * 86_400)), "999d");
        assert_eq!(short(Time::MAX.since(Time::MIN)), ">999d");
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1.0k"), (9_999, "9.9k"), (10_000, "10k"), (999_999, "999k")];
        for (size, shown) in cases {
            assert_eq!(bytes(size), shown);
        }
        assert_eq!(bytes(12_500_000), "12M");
        assert_eq!(bytes(1_234_000_000), "1.2G");
        let now = Time::from_unix_nanos(0);
        assert_eq!(left(None, now), "-");
        assert_eq!(left(Some(now), now), "over");
        assert_eq!(left(Some(now.plus(Duration::from_secs(90))), now), "1m");
    }
}
