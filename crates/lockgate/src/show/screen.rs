//! What a lane shows of itself, in lines of 80 characters: the screen of `status` and of `top`.

use crate::show::table::{WIDTH, printable, wrap};
use lockgate_bytes::Time;
use lockgate_watch::Value;

/// Characters before the values of a line.
const HEAD: usize = 10;
/// Alarms and latencies that `top` has room for.
const BRIEF_ALARMS: usize = 4;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// All of it, with what to do about each alarm.
    Full,
    /// What changes, on one screen of 24 lines where that is possible.
    Brief,
}

/// The screen.
pub(crate) fn lines(status: &Value, detail: Detail) -> Vec<String> {
    let mut lines = vec![title(status), clock(status)];
    alarms(status, detail, &mut lines);
    lines.push(String::new());
    flows(status, &mut lines);
    latencies(status, &mut lines);
    queue(status, &mut lines);
    held(status, &mut lines);
    named("drops", status.at("kernel_drops"), &mut lines, |one| {
        format!("{} {}", one.at("listener").text(), count(one.at("datagrams")))
    });
    named("links", status.at("links"), &mut lines, |one| {
        let keys = ["lost", "alarms", "indeterminate"];
        let [lost, alarms, indeterminate] = keys.map(|key| count(one.at(key)));
        let listener = one.at("listener").text();
        let silent = if matches!(one.at("silent"), Value::Null) { "" } else { ", silent" };
        format!("{listener} lost {lost}, alarms {alarms}, indeterminate {indeterminate}{silent}")
    });
    turned_away(status, detail, &mut lines);
    log(status, &mut lines);
    named("disks", status.at("disks"), &mut lines, disk);
    named("expires", status.at("expires"), &mut lines, expiry);
    lines.into_iter().map(|line| cut(&line)).collect()
}

/// What `top` shows while the lane does not answer.
pub(crate) fn trouble(says: &str) -> Vec<String> {
    let lines = wrap(&printable(says), WIDTH).into_iter();
    lines.chain(["It goes on trying; q ends this.".to_owned()]).collect()
}

fn title(status: &Value) -> String {
    let health = status.at("health");
    let state = if health.at("releasing").is_true() {
        "RELEASING"
    } else if health.at("ready").is_true() {
        "NOT RELEASING"
    } else if health.at("live").is_true() {
        "NOT READY"
    } else {
        "NOT LIVE"
    };
    let bundle = status.at("bundle");
    let digest: String = bundle.at("digest").text().chars().take(19).collect();
    let bundle = match bundle.at("revision").number() {
        Some(revision) => format!("bundle {revision} {digest}"),
        None => "no bundle".to_owned(),
    };
    let up = age(status.at("up_s").number());
    format!("{}  {state}  up {up}  {bundle}  engine {}", status.at("lane").text(), status.at("engine").text())
}

fn clock(status: &Value) -> String {
    let now: String = status.at("now").text().chars().take(19).collect();
    let reader = match status.at("reader").at("state").text() {
        "" => String::new(),
        state => format!("  reader of pictures {state}"),
    };
    let (clock, in_flight) = (status.at("clock").text(), count(status.at("in_flight")));
    format!("{now}Z  clock {clock}  in flight {in_flight}{reader}")
}

fn alarms(status: &Value, detail: Detail, lines: &mut Vec<String>) {
    let all = status.at("alarms").list();
    let shown = if detail == Detail::Full { all.len() } else { BRIEF_ALARMS };
    for alarm in all.iter().take(shown) {
        let text = |key| alarm.at(key).text();
        let times = match alarm.at("times").number() {
            Some(times) if times > 1 => format!(", {times} times"),
            _ => String::new(),
        };
        let ago = since(text("since"), status).map_or(String::new(), |ago| format!(" for {ago}"));
        let about = if text("detail").is_empty() { String::new() } else { format!(" ({})", text("detail")) };
        let says = format!("{}{ago}{times}: {}{about}", text("name"), text("says"));
        if detail == Detail::Brief {
            lines.push(format!("! {says}"));
            continue;
        }
        for (says, indent) in [(says.as_str(), "! "), (text("remedy"), "    ")] {
            for (at, line) in wrap(says, WIDTH.saturating_sub(4)).iter().enumerate() {
                lines.push(format!("{}{line}", if at == 0 { indent } else { "    " }));
            }
        }
    }
    if all.len() > shown {
        lines.push(format!("! and {} more alarms: lockgate status", all.len().saturating_sub(shown)));
    }
}

fn flows(status: &Value, lines: &mut Vec<String>) {
    lines.push(format!("{:<HEAD$}{:>12}{:>12}{:>16}  last", "", "per s", "1 min", "objects"));
    for (name, key) in [("in", "in"), ("out", "out")] {
        let flow = status.at(key);
        let last =
            since(flow.at("last").text(), status).map_or("never".to_owned(), |ago| format!("{ago} ago"));
        let (second, minute) = (whole(flow.at("per_s")), whole(flow.at("per_s_last_minute")));
        lines.push(format!("{name:<HEAD$}{second:>12}{minute:>12}{:>16}  {last}", count(flow.at("objects"))));
    }
    for (name, words) in [
        ("decided", &["release", "hold", "refuse"][..]),
        ("left", &["sent", "expired", "superseded", "spilled", "recalled", "indeterminate"]),
    ] {
        let counts = words.iter().map(|word| (word, status.at(name).at(word)));
        let shown = counts
            .filter(|(word, value)| value.number() != Some(0) || words.iter().take(3).any(|w| w == *word));
        let shown: Vec<String> = shown.map(|(word, value)| format!("{word} {}", count(value))).collect();
        lines.push(format!("{name:<HEAD$}{}", shown.join("  ")));
    }
}

fn latencies(status: &Value, lines: &mut Vec<String>) {
    let all = status.at("latency").list();
    if all.is_empty() {
        return;
    }
    let heads = ["p50", "p99", "p99.9", "p50", "p99", "p99.9"].map(|head| format!("{head:>10}")).concat();
    lines.push(format!("{:<HEAD$}{:>30}{:>30}", "", "last minute", "since the start"));
    lines.push(format!("{:<HEAD$}{heads}", "latency"));
    for stage in all {
        let mut line = format!("{:<HEAD$}", stage.at("stage").text());
        for span in ["minute", "start"] {
            for percentile in ["p50_us", "p99_us", "p999_us"] {
                line.push_str(&format!("{:>10}", duration(stage.at(span).at(percentile))));
            }
        }
        lines.push(line);
    }
}

fn queue(status: &Value, lines: &mut Vec<String>) {
    let row = |name: &str, cell: &dyn Fn(&Value) -> String| {
        let cells: String =
            status.at("queue").list().iter().map(|one| format!("{:>11}", cell(one))).collect();
        format!("{name:<HEAD$}{cells}")
    };
    lines.push(row("queue", &|one| one.at("precedence").text().to_owned()));
    lines.push(row("  objects", &|one| count(one.at("objects"))));
    lines.push(row("  bytes", &|one| bytes(one.at("bytes"))));
    lines.push(row("  oldest", &|one| age(one.at("oldest_s").number())));
    let link = status.at("link");
    if !link.at("classes").list().is_empty() {
        let share = |one: &Value| tenths(one.at("share_permille").number());
        let cells: String =
            link.at("classes").list().iter().map(|one| format!("{:>11}", share(one))).collect();
        lines.push(format!("{:<HEAD$}{cells}", "  of link"));
    }
}

/// Thousandths as percent.
fn tenths(thousandths: Option<i64>) -> String {
    let thousandths = thousandths.unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

fn held(status: &Value, lines: &mut Vec<String>) {
    let held = status.at("held");
    let mut line =
        format!("{:<HEAD$}{} objects, {}", "held", count(held.at("objects")), bytes(held.at("bytes")));
    if held.at("kept").number().is_some_and(|kept| kept > 0) {
        line.push_str(&format!(", {} kept", count(held.at("kept"))));
    }
    if let Some(oldest) = held.at("oldest_s").number() {
        line.push_str(&format!(", oldest {}", age(Some(oldest))));
    }
    let mut reasons: Vec<_> = held.at("reasons").list().iter().collect();
    reasons.sort_by_key(|one| std::cmp::Reverse(one.at("objects").number()));
    let reasons =
        reasons.iter().map(|one| format!("{} {}", one.at("reason").text(), count(one.at("objects"))));
    lines.push(fitted(line, reasons));
}

/// What listeners turned away, and why; where there is room for it, with what to do.
fn turned_away(status: &Value, detail: Detail, lines: &mut Vec<String>) {
    let listeners = status.at("listeners").list().iter();
    let all = listeners.flat_map(|listener| {
        listener.at("turned_away").list().iter().map(|one| (listener.at("listener").text(), one))
    });
    let name = |(listener, one): &(&str, &Value)| {
        format!("{listener} {} {}", one.at("why").text(), count(one.at("objects")))
    };
    if detail == Detail::Full {
        for (place, one) in all.enumerate() {
            let says = format!("{}: {}", name(&one), one.1.at("says").text());
            for (at, line) in wrap(&says, WIDTH.saturating_sub(HEAD).saturating_sub(2)).iter().enumerate() {
                let head = if place == 0 && at == 0 { "away" } else { "" };
                lines.push(format!("{head:<HEAD$}{}{line}", if at == 0 { "" } else { "  " }));
            }
        }
        return;
    }
    let mut shown = all.map(|one| name(&one));
    if let Some(first) = shown.next() {
        lines.push(fitted(format!("{:<HEAD$}{first}", "away"), shown));
    }
}

fn log(status: &Value, lines: &mut Vec<String>) {
    let audit = status.at("audit");
    let ago = |text: &str| since(text, status).map_or("never".to_owned(), |ago| format!("{ago} ago"));
    lines.push(format!(
        "{:<HEAD$}{} entries, {} wait, committed {}, segment {}, checkpoint {}",
        "log",
        count(audit.at("entries")),
        count(audit.at("waiting")),
        ago(audit.at("committed").text()),
        bytes(audit.at("segment_bytes")),
        ago(audit.at("checkpoint.pushed").text()),
    ));
}

fn disk(disk: &Value) -> String {
    let (free, size) = (disk.at("free_bytes").number(), disk.at("size_bytes").number());
    let percent = free.zip(size).and_then(|(free, size)| free.saturating_mul(100).checked_div(size));
    let percent = percent.map_or(String::new(), |percent| format!(" ({percent} %)"));
    format!("{} {} free{percent}", disk.at("store").text(), bytes(disk.at("free_bytes")))
}

fn expiry(expiry: &Value) -> String {
    let name = format!("{} {}", expiry.at("kind").text(), expiry.at("name").text());
    match expiry.at("days").number() {
        Some(days) if days < 0 => format!("{name} has ended"),
        Some(1) => format!("{name} in 1 day"),
        Some(days) => format!("{name} in {days} days"),
        None => name,
    }
}

/// One line with as many of a list as fit; no line where the list is empty.
fn named(name: &str, list: &Value, lines: &mut Vec<String>, show: impl Fn(&Value) -> String) {
    if !list.list().is_empty() {
        let mut shown = list.list().iter().map(show);
        let first = shown.next().unwrap_or_default();
        lines.push(fitted(format!("{name:<HEAD$}{first}"), shown));
    }
}

/// Adds what fits into the line, and says how many did not.
fn fitted(mut line: String, more: impl Iterator<Item = String>) -> String {
    let more: Vec<String> = more.collect();
    for (at, one) in more.iter().enumerate() {
        let left = more.len().saturating_sub(at);
        // A comma, and room to say how many more there are.
        let around = if left > 1 { 14 } else { 2 };
        let used = line.chars().count().saturating_add(one.chars().count()).saturating_add(around);
        if used > WIDTH {
            line.push_str(&format!(", {left} more"));
            break;
        }
        line.push_str(", ");
        line.push_str(one);
    }
    line
}

fn cut(line: &str) -> String {
    let plain = printable(line);
    match plain.char_indices().nth(WIDTH) {
        None => plain.trim_end().to_owned(),
        Some(_) => plain.chars().take(WIDTH.saturating_sub(1)).chain(['~']).collect(),
    }
}

/// How long ago, by the lane's own clock.
fn since(time: &str, status: &Value) -> Option<String> {
    let (then, now) =
        (Time::parse(time.as_bytes()).ok()?, Time::parse(status.at("now").text().as_bytes()).ok()?);
    let nanos = now.since(then).nanos().max(0);
    Some(if nanos < 10_000_000_000 {
        format!("{}.{} s", nanos / 1_000_000_000, nanos / 100_000_000 % 10)
    } else {
        age(Some(nanos / 1_000_000_000))
    })
}

/// Seconds in two units.
fn age(seconds: Option<i64>) -> String {
    let Some(seconds) = seconds.map(|seconds| seconds.max(0)) else { return "-".to_owned() };
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, _, _) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// A whole number with its thousands apart.
fn count(value: &Value) -> String {
    let Some(number) = value.number() else { return "-".to_owned() };
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left % 3 == 0 && !text.ends_with('-') {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The whole part of a decimal; one digit more where it is small.
fn whole(value: &Value) -> String {
    let Value::Number(text) = value else { return "-".to_owned() };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() > 2 {
        return count(&Value::Number(whole.to_owned()));
    }
    format!("{whole}.{}", fraction.chars().next().unwrap_or('0'))
}

/// Bytes in units of 1,000, with one digit after the point below 100.
fn bytes(value: &Value) -> String {
    let Some(mut number) = value.number().map(|number| number.max(0)) else { return "-".to_owned() };
    if number < 1_000 {
        return format!("{number} B");
    }
    let mut tenths = 0;
    for unit in ["kB", "MB", "GB", "TB"] {
        (tenths, number) = (number % 1_000 / 100, number / 1_000);
        if number < 1_000 {
            return if number < 100 {
                format!("{number}.{tenths} {unit}")
            } else {
                format!("{number} {unit}")
            };
        }
    }
    format!("{number}.{tenths} TB")
}

/// Microseconds, in the unit that suits them.
fn duration(micros: &Value) -> String {
    let Value::Number(text) = micros else { return "-".to_owned() };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digit = |text: &str| text.chars().next().unwrap_or('0');
    match whole.len() {
        1 | 2 => format!("{whole}.{} us", digit(fraction)),
        3 => format!("{whole} us"),
        length => {
            let (cut, unit) = if length < 7 { (3, "ms") } else { (6, "s") };
            let (head, tail) = whole.split_at_checked(length.saturating_sub(cut)).unwrap_or((whole, ""));
            if head.len() < 3 { format!("{head}.{} {unit}", digit(tail)) } else { format!("{head} {unit}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, age, bytes, count, duration, lines, whole};
    use lockgate_bytes::{Digest, Precedence, Time};
    use lockgate_watch::{
        Alarm, Bounds, Expiry, ExpiryKind, Gauges, LinkSpent, Loaded, Sampler, Stage, Store, Value, Verdict,
    };

    fn number(text: &str) -> Value {
        Value::Number(text.to_owned())
    }

    #[test]
    fn figures_are_short_and_true() {
        assert_eq!(
            ["0", "999", "1000", "-1234567"].map(|text| count(&number(text))),
            ["0", "999", "1 000", "-1 234 567"]
        );
        assert_eq!(
            ["0", "0.25", "12.34", "12345.6"].map(|text| whole(&number(text))),
            ["0.0", "0.2", "12.3", "12 345"]
        );
        assert_eq!(
            ["0", "999", "1000", "123456", "99999999", "1234567890123456"].map(|text| bytes(&number(text))),
            ["0 B", "999 B", "1.0 kB", "123 kB", "99.9 MB", "1234.5 TB"]
        );
        assert_eq!(
            ["1", "3.3", "510", "1500", "22000", "910000", "10000000"].map(|text| duration(&number(text))),
            ["1.0 us", "3.3 us", "510 us", "1.5 ms", "22.0 ms", "910 ms", "10.0 s"]
        );
        assert_eq!(
            [59, 61, 3_700, 90_000].map(|seconds| age(Some(seconds))),
            ["59 s", "1m01s", "1h01m", "1d01h"]
        );
    }

    /// A lane that shows as much as it can, and all of it long.
    pub(crate) fn worst() -> Value {
        let now = Time::from_unix_nanos(1_761_214_215_003_123_456);
        let gauges = Gauges::new(&"l".repeat(40), "0.1.0", now);
        let huge = 987_654_321_012;
        for stage in Stage::ALL {
            gauges.took(*stage, 910_000_000);
            for verdict in Verdict::ALL {
                gauges.count_many(*stage, *verdict, None, huge);
            }
        }
        for precedence in Precedence::ALL {
            gauges.queue(precedence, huge, huge, Some(now));
        }
        gauges.link(&LinkSpent { own: 0, classes: [[huge; 3]; 6], trickle: huge, unrepeated: huge });
        for code in lockgate_reason::all() {
            gauges.held(code, huge);
        }
        gauges.held_in_all(huge, huge, Some(now));
        for listener in 0..300 {
            gauges.listener(&format!("listener-{listener}\u{1b}[2J")).kernel_drops(huge);
        }
        Store::ALL.iter().for_each(|store| gauges.disk(*store, huge, huge));
        let expiry = |day| Expiry {
            kind: ExpiryKind::Certificate,
            name: "n".repeat(100),
            at: Time::from_unix_nanos(day),
        };
        let expiries = (0..100).map(expiry).collect();
        gauges.loaded(Loaded { revision: u64::MAX, digest: Digest([0xEE; 32]), at: now, expiries });
        for alarm in Alarm::ALL {
            gauges.raise(*alarm, now, &"detail ".repeat(50));
        }
        let line = gauges.look(&Sampler::default(), now, 1_000_000_000_000_000).json();
        Value::parse(line.as_bytes(), Bounds { bytes: 1 << 20, depth: 8, values: 100_000 }).unwrap()
    }

    #[test]
    fn every_line_fits_whatever_the_lane_shows() {
        for detail in [Detail::Full, Detail::Brief] {
            let lines = lines(&worst(), detail);
            for line in &lines {
                assert!(line.chars().count() <= 80 && !line.contains('\u{1b}'), "{line}");
            }
            let text = lines.join("\n");
            assert!(text.contains("NOT LIVE") && text.contains(" more"), "{text}");
            assert!(detail == Detail::Full || lines.len() < 42, "{}", lines.len());
        }
        let full = lines(&worst(), Detail::Full).join("\n");
        for alarm in Alarm::ALL {
            assert!(full.contains(&format!("! {}", alarm.name())), "{}", alarm.name());
        }
    }

    #[test]
    fn an_answer_that_is_something_else_is_shown_as_nothing() {
        let text = lines(&Value::Null, Detail::Full).join("\n");
        assert!(text.contains("NOT LIVE") && text.contains("no bundle"), "{text}");
    }
}
