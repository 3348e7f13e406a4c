//! Records for other systems: RFC 5424 syslog, and CSV that no spreadsheet takes for a formula.

use crate::event::Event;
use crate::ledger::Decided;
use crate::show::{codes, verdict_of};
use lockgate_bytes::Time;
use std::fmt::Write;

/// Facility 13, log audit, where the severity goes into the low three bits.
const AUDIT: u8 = 13 << 3;

/// The first line of the CSV.
pub const CSV_HEADER: &str = "entry,time,event,epoch,lane,source,verdict,codes,count,sha256,released_sha256,type,label,precedence,agreement,sidecar_sha256,blake3";

/// One record as one syslog message, without a line break. The structured data carries everything that the columns of
/// the CSV do; its identifier uses the enterprise number that RFC 5612 keeps for examples.
pub fn syslog(entry: u64, event: &Event, node: &str, out: &mut String) {
    // A verdict other than release is a notice, a fault of the machinery a warning.
    let priority = match (event, verdict_of(event)) {
        (_, Some(Decided::Hold | Decided::Refuse)) => AUDIT | 5,
        (Event::Bundle(change), _) if change.refused.is_some() => AUDIT | 4,
        (Event::Review(review), _) if review.refused.is_some() => AUDIT | 4,
        (Event::Clock(_) | Event::Drops(_), _) => AUDIT | 4,
        _ => AUDIT | 6,
    };
    let _ = write!(out, "<{}>1 ", priority);
    timestamp(event.at(), out);
    out.push(' ');
    header(node, 255, out);
    let _ = write!(out, " lockgate {} {} [lockgate@32473", event.epoch(), event.kind());
    for (key, value) in cells(entry, event) {
        // The header has them already.
        if !value.is_empty() && !matches!(key, "time" | "event" | "epoch") {
            let _ = write!(out, " {key}=\"");
            parameter(&value, out);
            out.push('"');
        }
    }
    out.push(']');
}

/// One record as one line of CSV (RFC 4180), without its line break.
pub fn csv(entry: u64, event: &Event, out: &mut String) {
    for (place, (_, value)) in cells(entry, event).into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        cell(&value, out);
    }
}

fn cells(entry: u64, event: &Event) -> [(&'static str, String); 17] {
    let decision = if let Event::Decision(decision) = event { Some(decision) } else { None };
    let text = |key: &str| decision.and_then(|decision| decision.text(key)).unwrap_or("").to_owned();
    let source = match event {
        Event::Refusals(refusals) => refusals.source.clone(),
        Event::Review(review) => review.by.clone().unwrap_or_default(),
        _ => text("source"),
    };
    let count = match event {
        Event::Decision(_) => "1".to_owned(),
        Event::Refusals(refusals) => refusals.count.to_string(),
        Event::Drops(drops) => drops.dropped.to_string(),
        _ => String::new(),
    };
    [
        ("entry", entry.to_string()),
        ("time", event.at().to_string()),
        ("event", event.kind().to_owned()),
        ("epoch", event.epoch().to_string()),
        ("lane", event.lane().unwrap_or("").to_owned()),
        ("source", source),
        ("verdict", verdict_of(event).map_or("", Decided::name).to_owned()),
        ("codes", codes(event).join(" ")),
        ("count", count),
        ("sha256", text("sha256")),
        ("released_sha256", text("released_sha256")),
        ("type", text("type")),
        ("label", decision.and_then(|decision| decision.label()).unwrap_or("").to_owned()),
        ("precedence", text("precedence")),
        ("agreement", text("agreement")),
        ("sidecar_sha256", text("sidecar_sha256")),
        (
            "blake3",
            decision.and_then(|decision| decision.blake3).map(|hash| hash.to_string()).unwrap_or_default(),
        ),
    ]
}

/// RFC 5424 allows six digits of a fraction, and no more.
fn timestamp(at: Time, out: &mut String) {
    let text = at.to_string();
    match text.split_once('.') {
        Some((whole, fraction)) => {
            let digits = fraction.trim_end_matches('Z');
            let _ = write!(out, "{whole}.{}Z", digits.get(..6).unwrap_or(digits));
        }
        None => out.push_str(&text),
    }
}

/// A word of the header: printable ASCII without spaces, `-` where there is none.
fn header(text: &str, most: usize, out: &mut String) {
    let before = out.len();
    out.extend(text.chars().filter(char::is_ascii_graphic).take(most));
    if out.len() == before {
        out.push('-');
    }
}

/// A value of the structured data: RFC 5424 section 6.3.3 escapes three characters; control characters are replaced.
fn parameter(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '"' | '\\' | ']' => out.extend(['\\', letter]),
            control if control.is_control() => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
}

/// A quoted cell. What a spreadsheet might take for a formula begins with an apostrophe.
fn cell(text: &str, out: &mut String) {
    out.push('"');
    if text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'])
    {
        out.push('\'');
    }
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\"\""),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{CSV_HEADER, cell, cells, csv, syslog};
    use crate::event::{Event, Refusals};
    use lockgate_bytes::{Digest, Time};

    fn refusals(source: &str) -> Event {
        Event::Refusals(Refusals {
            at: Time::from_unix_nanos(1_123_456_789),
            epoch: 2,
            lane: "a".to_owned(),
            source: source.to_owned(),
            code: "LG-S001".to_owned(),
            count: 9,
            first: Time::from_unix_nanos(0),
            last: Time::from_unix_nanos(0),
            digest: Some(Digest([0; 32])),
            receipt: None,
            door: None,
        })
    }

    #[test]
    fn a_cell_is_no_formula_and_a_line_is_one_record() {
        for bad in ["=1+1", "+cmd", "-2", "@x", " =1", "\t=1", "\u{FF1D}1", "\r=2"] {
            let mut out = String::new();
            cell(bad, &mut out);
            assert!(out.starts_with("\"'"), "{out:?}");
        }
        let mut line = String::new();
        csv(7, &refusals("=HYPERLINK(\"x\"),\r\nb"), &mut line);
        assert!(!line.contains('\n') && line.contains("\"'=HYPERLINK(\"\"x\"\"),  b\""), "{line}");
        let columns: Vec<_> = cells(7, &refusals("x")).iter().map(|(key, _)| *key).collect();
        assert_eq!(columns.join(","), CSV_HEADER);
    }

    #[test]
    fn a_syslog_message_is_of_the_standard() {
        let mut line = String::new();
        syslog(7, &refusals("a\"b]c\\d\ne"), "node 1\u{e9}", &mut line);
        assert_eq!(
            line,
            "<109>1 1970-01-01T00:00:01.123456Z node1 lockgate 2 refusals [lockgate@32473 entry=\"7\" lane=\"a\" \
             source=\"a\\\"b\\]c\\\\d\u{FFFD}e\" verdict=\"refuse\" codes=\"LG-S001\" count=\"9\"]"
        );
    }
}
