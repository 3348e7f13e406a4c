//! Choosing and showing records. What is shown is what the record says, and a record never holds payload.

use crate::event::Event;
use crate::ledger::Decided;
use lockgate_bytes::{Digest, Time};
use lockgate_core::quote;
use std::fmt::Write;

/// Which records to show; `None` lets all through. A record that has no such member is not shown where one is asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before this time.
    pub since: Option<Time>,
    /// Before this time.
    pub until: Option<Time>,
    /// Of this lane.
    pub lane: Option<String>,
    /// Decisions with this verdict; shared refusals count as refuse.
    pub verdict: Option<Decided>,
    /// With this reason code.
    pub reason: Option<String>,
    /// Decisions whose enforced label has this in its text, in any case of letters.
    pub label: Option<String>,
    /// Decisions about the object with this SHA-256, as it arrived or as it was released; or the sidecar of this SHA-256; or the
    /// object that a link names by this BLAKE3.
    pub hash: Option<Digest>,
}

impl Filter {
    /// True where the record is to be shown.
    pub fn lets_through(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| event.at() >= since)
            && self.until.is_none_or(|until| event.at() < until)
            && self.lane.as_deref().is_none_or(|lane| event.lane() == Some(lane))
            && self.verdict.is_none_or(|verdict| verdict_of(event) == Some(verdict))
            && self.reason.as_deref().is_none_or(|code| has_code(event, code))
            && self.label.as_deref().is_none_or(|label| has_label(event, label))
            && self.hash.is_none_or(|digest| has_digest(event, &digest))
    }
}

/// One line of JSON: `{"entry":12,"record":{...}}`, the record as it stands in the log.
pub fn json_line(entry: u64, record: &[u8], out: &mut String) {
    // An event was read from it before: it is UTF-8.
    let record = std::str::from_utf8(record).unwrap_or("null");
    let _ = write!(out, "{{\"entry\":{entry},\"record\":{record}}}");
}

/// One line for people: entry, time, kind, and what matters of it.
pub fn text_line(entry: u64, event: &Event, out: &mut String) {
    let _ = write!(out, "{entry:>9}  {}  {:<9}", event.at(), event.kind());
    match event {
        Event::Decision(decision) => {
            let sha256 = decision.text("sha256").unwrap_or("-");
            let short = sha256.get(..12).unwrap_or(sha256);
            let _ = write!(out, " {:<8}{short}", decision.verdict().name());
            for text in
                [decision.text("source"), decision.text("type"), decision.label()].into_iter().flatten()
            {
                out.push_str("  ");
                plain(text, out);
            }
            for code in codes(event) {
                out.push(' ');
                plain(&code, out);
            }
            if let Some(sidecar) = decision.text("sidecar_sha256") {
                out.push_str("  with sidecar ");
                plain(sidecar.get(..12).unwrap_or(sidecar), out);
            }
            if let Some(blake3) = &decision.blake3 {
                let _ = write!(out, "  crosses as {}", blake3.to_string().get(..12).unwrap_or(""));
            }
        }
        Event::Refusals(refusals) => {
            let _ = write!(out, " refuse  {} of ", refusals.count);
            plain(&refusals.source, out);
            out.push(' ');
            plain(&refusals.code, out);
            if let Some(door) = &refusals.door {
                out.push_str("  at ");
                plain(&door.listener, out);
                out.push_str(": ");
                plain(&door.why, out);
            }
        }
        Event::Egress(settled) | Event::Hold(settled) => {
            for (outcome, ranges) in &settled.outcomes {
                let count = ranges.iter().fold(0_u64, |sum, (from, to)| {
                    sum.saturating_add(to.saturating_sub(*from).saturating_add(1))
                });
                let _ = write!(out, " {} {count}", outcome.name());
            }
        }
        Event::Start(start) => {
            let _ = write!(out, " epoch {}, bundle revision {}, ", start.epoch, start.revision);
            let _ = write!(out, "{} outstanding, {} bytes cut", start.outstanding, start.cut_bytes);
        }
        Event::Review(review) => {
            let _ = write!(out, " {}", review.step.map_or("nothing", |step| step.name()));
            if let Some(object) = review.object {
                let _ = write!(out, " {object}");
            }
            out.push_str(" by ");
            plain(review.by.as_deref().unwrap_or("nobody known"), out);
            if let Some(code) = &review.refused {
                out.push_str(", refused ");
                plain(code, out);
            }
        }
        Event::Drops(drops) => {
            let _ = write!(out, " {} in all at ", drops.dropped);
            plain(&drops.listener, out);
            if drops.lost > 0 || drops.alarms > 0 {
                let _ = write!(out, ", {} objects lost, {} alarms", drops.lost, drops.alarms);
            }
            if drops.indeterminate > 0 {
                let _ = write!(out, ", {} objects of the run before indeterminate", drops.indeterminate);
            }
        }
        Event::Bundle(change) => match &change.refused {
            None => out.push_str(" taken"),
            Some(why) => {
                out.push_str(" refused: ");
                plain(why, out);
            }
        },
        Event::Clock(change) => {
            let _ = write!(out, " {}, step {} ns", change.clock.name(), change.step_ns);
        }
        Event::Snapshot(_, part) => {
            let _ = write!(out, " part {} of {}", part.part, part.parts);
        }
        Event::Stop(stop) => {
            out.push(' ');
            plain(&stop.why, out);
        }
    }
}

/// The verdict that a record speaks of.
pub(crate) fn verdict_of(event: &Event) -> Option<Decided> {
    match event {
        Event::Decision(decision) => Some(decision.verdict()),
        Event::Refusals(_) => Some(Decided::Refuse),
        _ => None,
    }
}

/// The reason codes of a record.
pub(crate) fn codes(event: &Event) -> Vec<String> {
    match event {
        Event::Decision(decision) => decision.codes().map(str::to_owned).collect(),
        Event::Refusals(refusals) => vec![refusals.code.clone()],
        Event::Review(review) => review.refused.clone().into_iter().collect(),
        _ => Vec::new(),
    }
}

fn has_code(event: &Event, code: &str) -> bool {
    codes(event).iter().any(|known| known == code)
}

fn has_label(event: &Event, label: &str) -> bool {
    let Event::Decision(decision) = event else { return false };
    decision.label().is_some_and(|text| text.to_lowercase().contains(&label.to_lowercase()))
}

fn has_digest(event: &Event, digest: &Digest) -> bool {
    let Event::Decision(decision) = event else { return false };
    let hex = digest.hex();
    let hex = std::str::from_utf8(&hex).unwrap_or("");
    decision.blake3 == Some(*digest)
        || ["sha256", "released_sha256", "sidecar_sha256"].iter().any(|key| decision.text(key) == Some(hex))
}

/// Text that cannot move a cursor: control characters and what turns the direction of writing are escaped.
fn plain(text: &str, out: &mut String) {
    let odd = |letter: char| {
        letter.is_control()
            || ('\u{200E}'..='\u{202E}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter)
    };
    if text.chars().any(odd) {
        let mut quoted = String::new();
        quote(&mut quoted, text);
        out.extend(quoted.chars().flat_map(|letter| {
            if odd(letter) { letter.escape_unicode().collect::<Vec<_>>() } else { vec![letter] }
        }));
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, json_line, text_line};
    use crate::event::{Door, Event, Refusals};
    use crate::ledger::Decided;
    use lockgate_bytes::{Digest, Time};

    fn decision() -> Event {
        let account = format!(
            "{{\"lane\":\"a\",\"source\":\"s\\u001b[2J\",\"verdict\":\"hold\",\"sha256\":\"{}\",\
             \"sidecar_sha256\":\"{}\",\
             \"reasons\":[{{\"code\":\"LG-M004\"}}],\"label\":{{\"text\":\"NATO RESTRICTED\"}}}}",
            Digest([7; 32]),
            Digest([6; 32])
        );
        let text = format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"2026-01-01T00:00:00Z\",\
             \"decided\":\"2026-01-01T00:00:01Z\",\"uptime_ns\":1,\"clock\":\"synchronised\",\"again\":null,\"first\":null,\
             \"receipt\":null,\"rewritten\":false,\"steps\":{{}},\"not_after\":null,\"class\":null,\"account\":{account}}}"
        );
        Event::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn each_filter_lets_through_what_it_names() {
        let event = decision();
        let time = |text: &str| Time::parse(text.as_bytes()).unwrap();
        let all = Filter::default();
        let right = [
            Filter { since: Some(time("2026-01-01T00:00:01Z")), ..all.clone() },
            Filter { until: Some(time("2026-01-01T00:00:02Z")), ..all.clone() },
            Filter { lane: Some("a".to_owned()), ..all.clone() },
            Filter { verdict: Some(Decided::Hold), ..all.clone() },
            Filter { reason: Some("LG-M004".to_owned()), ..all.clone() },
            Filter { label: Some("restricted".to_owned()), ..all.clone() },
            Filter { hash: Some(Digest([7; 32])), ..all.clone() },
            Filter { hash: Some(Digest([6; 32])), ..all.clone() },
        ];
        let wrong = [
            Filter { since: Some(time("2026-01-01T00:00:02Z")), ..all.clone() },
            Filter { until: Some(time("2026-01-01T00:00:01Z")), ..all.clone() },
            Filter { lane: Some("b".to_owned()), ..all.clone() },
            Filter { verdict: Some(Decided::Release), ..all.clone() },
            Filter { reason: Some("LG-M005".to_owned()), ..all.clone() },
            Filter { label: Some("secret".to_owned()), ..all.clone() },
            Filter { hash: Some(Digest([8; 32])), ..all.clone() },
        ];
        assert!(all.lets_through(&event));
        assert!(right.iter().all(|filter| filter.lets_through(&event)));
        assert!(!wrong.iter().any(|filter| filter.lets_through(&event)));
    }

    #[test]
    fn a_release_is_found_by_the_name_that_a_link_gave_it() {
        let Event::Decision(mut decision) = decision() else { panic!("a decision") };
        decision.account["verdict"] = "release".into();
        decision.blake3 = Some(Digest([5; 32]));
        let event = Event::Decision(decision);
        let finds =
            |byte: u8| Filter { hash: Some(Digest([byte; 32])), ..Filter::default() }.lets_through(&event);
        assert_eq!([5, 7, 8].map(finds), [true, true, false]);
        let mut line = String::new();
        text_line(3, &event, &mut line);
        assert!(line.ends_with("  crosses as 050505050505"), "{line}");
    }

    #[test]
    fn what_is_shown_cannot_move_a_cursor() {
        let mut line = String::new();
        text_line(3, &decision(), &mut line);
        assert!(
            line.contains("hold")
                && line.contains("LG-M004  with sidecar 060606060606")
                && !line.contains('\u{1b}'),
            "{line}"
        );
        let refusals = Event::Refusals(Refusals {
            at: Time::from_unix_nanos(0),
            epoch: 1,
            lane: "a".to_owned(),
            source: "x\u{202e}y".to_owned(),
            code: "LG-S001".to_owned(),
            count: 9,
            first: Time::from_unix_nanos(0),
            last: Time::from_unix_nanos(0),
            digest: None,
            receipt: None,
            door: Some(Box::new(Door {
                listener: "tls-1".to_owned(),
                why: "expired-certificate".to_owned(),
                size_bytes: 0,
            })),
        });
        line.clear();
        text_line(4, &refusals, &mut line);
        assert!(line.contains("9 of") && !line.contains('\u{202e}'), "{line}");
        assert!(line.ends_with("LG-S001  at tls-1: expired-certificate"), "{line}");
        line.clear();
        json_line(4, b"{\"event\":\"x\"}", &mut line);
        assert_eq!(line, "{\"entry\":4,\"record\":{\"event\":\"x\"}}");
    }
}
