//! `lockgate status` of a far side: what its file of figures says, and how old that is. A far side answers nobody: a machine
//! behind a diode that listens to operators as well would have one door more.

use super::figures::RESULTS;
use super::report::{count, number_or_null};
use crate::exit::{Exit, Fault};
use crate::files;
use lockgate_bytes::{Precedence, Time};
use lockgate_core::Json;
use lockgate_deployment::Reception;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Most bytes of the file.
const PAGE_BYTES_MAX: u64 = 1 << 20;
/// Figures that are older, in seconds, are not those of a far side that runs.
const OLD: u64 = 15;

/// Shows it; negative where the figures are old, or nothing comes from the sender.
///
/// # Errors
/// [`Fault`] where it writes no figures, or they cannot be read.
pub(crate) fn run(reception: &Reception, now: Time, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let Some(path) = &reception.metrics else {
        let says = "it writes no figures; add `metrics \"/var/lib/lockgate/NAME.prom\"` to its file";
        return Err(Fault::new(format!("receiver \"{}\": {says}", reception.name)));
    };
    let path = Path::new(path.value.as_str());
    let bytes = files::bounded(path, PAGE_BYTES_MAX).map_err(|error| Fault::of(path.display(), &error))?;
    let page = std::str::from_utf8(&bytes).ok().and_then(Page::read);
    let page = page.ok_or_else(|| Fault::new(format!("{}: it is no file of figures", path.display())))?;
    let seen = Seen::of(&page, now);
    if json {
        let mut line = String::new();
        seen.json(reception, &page, &mut line);
        writeln!(out, "{line}")?;
    } else {
        seen.show(reception, &page, out)?;
    }
    Ok(Exit::negative_if(!seen.why_not.is_empty()))
}

/// The figures by what stands before the blank, without the receiver's name.
struct Page(BTreeMap<String, u64>);

impl Page {
    /// `None` where a line is no figure.
    fn read(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let figures = lines.map(|line| {
            let (name, rest) = line.strip_prefix("lockgate_receiver_")?.split_once("{receiver=\"")?;
            let (labels, value) = rest.split_once("} ")?;
            let (_, labels) = labels.split_once('"')?;
            Some((format!("{name}{labels}"), value.parse().ok()?))
        });
        figures.collect::<Option<_>>().map(Self)
    }

    fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    fn objects(&self, class: Precedence, result: &str) -> u64 {
        self.of(&format!("objects_total,class=\"{}\",result=\"{result}\"", class.name()))
    }

    /// Datagrams by what became of them.
    fn datagrams(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().filter_map(|(name, count)| {
            let result = name.strip_prefix("datagrams_total,result=\"")?.strip_suffix('"')?;
            Some((result, *count))
        })
    }
}

/// What follows from the figures.
struct Seen {
    written: Time,
    age_seconds: u64,
    /// Why it does not receive; empty where it does.
    why_not: Vec<&'static str>,
}

/// What is shown of a far side besides objects and datagrams.
const SINGLE: [&str; 7] = [
    "kernel_drops_total",
    "datagrams_missing",
    "released_unsent",
    "alarms_total",
    "stalls_total",
    "silent",
    "memory_bytes",
];

impl Seen {
    fn of(page: &Page, now: Time) -> Self {
        let seconds = i64::try_from(page.of("written_timestamp_seconds")).unwrap_or(i64::MAX);
        let written = Time::from_unix_nanos(seconds.saturating_mul(1_000_000_000));
        let age_seconds = u64::try_from(now.since(written).nanos() / 1_000_000_000).unwrap_or(0);
        let mut why_not = Vec::new();
        if age_seconds > OLD {
            why_not.push("stale");
        }
        if page.of("silent") > 0 {
            why_not.push("silent");
        }
        Self { written, age_seconds, why_not }
    }

    fn json(&self, reception: &Reception, page: &Page, line: &mut String) {
        let mut json = Json::object(line);
        json.text("receiver", &reception.name);
        number_or_null(&mut json, "link", reception.link.number());
        json.time("written", self.written);
        count(&mut json, "age_s", self.age_seconds);
        json.boolean("receiving", self.why_not.is_empty());
        json.texts("why_not", self.why_not.iter().copied());
        for result in RESULTS {
            let all = Precedence::ALL.map(|class| page.objects(class, result));
            count(&mut json, result, all.into_iter().fold(0, u64::saturating_add));
        }
        let mut classes = Json::object(json.key("classes"));
        for class in Precedence::ALL {
            let mut one = Json::object(classes.key(class.name()));
            for result in RESULTS {
                count(&mut one, result, page.objects(class, result));
            }
            one.end();
        }
        classes.end();
        let mut datagrams = Json::object(json.key("datagrams"));
        for (result, value) in page.datagrams() {
            count(&mut datagrams, result, value);
        }
        datagrams.end();
        for name in SINGLE {
            count(&mut json, name.trim_end_matches("_total"), page.of(name));
        }
        json.end();
    }

    fn show(&self, reception: &Reception, page: &Page, out: &mut dyn Write) -> Result<(), Fault> {
        let state = if self.why_not.is_empty() { "RECEIVING" } else { "NOT RECEIVING" };
        let link = reception.link.number().map_or("lidi-2.1".to_owned(), |link| format!("link {link}"));
        writeln!(out, "{}  {state}  {link}", reception.name)?;
        for why in &self.why_not {
            let says = match *why {
                "silent" => "silent: nothing has come for three heartbeats; look at the sender and the link",
                _ => "stale: the far side does not run, or cannot write its figures any more",
            };
            writeln!(out, "  {says}")?;
        }
        writeln!(
            out,
            "figures of {}, {} s old, since the start of the far side",
            self.written, self.age_seconds
        )?;
        writeln!(out)?;
        let [first, second, third, fourth, fifth] = RESULTS;
        writeln!(out, "{:<10}{first:>12}{second:>12}{third:>12}{fourth:>12}{fifth:>13}", "objects")?;
        for class in Precedence::ALL.into_iter().rev() {
            let [a, b, c, d, e] = RESULTS.map(|result| page.objects(class, result));
            writeln!(out, "{:<10}{a:>12}{b:>12}{c:>12}{d:>12}{e:>13}", class.name())?;
        }
        writeln!(out)?;
        for (result, value) in page.datagrams().filter(|(_, value)| *value > 0) {
            writeln!(out, "{:<28}{value:>18}", format!("datagrams {result}"))?;
        }
        for name in SINGLE {
            writeln!(out, "{:<28}{:>18}", name.trim_end_matches("_total").replace('_', " "), page.of(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figures;
    use super::{Page, Seen};
    use lockgate_bytes::{Duration, Precedence, Time};
    use lockgate_diode::{Cause, Event, Lost};
    use lockgate_receive::Happened;

    #[test]
    fn what_the_far_side_writes_is_read_again() {
        let mut figures = Figures::default();
        let class = Precedence::Flash;
        let lost = Lost { epoch: 1, class, first: 3, end: 8, cause: Cause::Unheard, named: None };
        figures.count(&Happened::Event(&Event::Lost(lost)));
        figures.count(&Happened::Event(&Event::Silent));
        figures.sight.counters.datagrams = 9;
        figures.sight.counters.no_room = 2;
        figures.sight.dropped = 4;
        let now = Time::from_unix_nanos(1_700_000_000_000_000_000);
        let page = Page::read(&figures.metrics("far-1", now)).expect("it is one");
        assert_eq!((page.objects(class, "lost"), page.objects(Precedence::Routine, "lost")), (5, 0));
        assert_eq!((page.of("kernel_drops_total"), page.of("silent")), (4, 1));
        let datagrams: Vec<_> = page.datagrams().filter(|(_, count)| *count > 0).collect();
        assert_eq!(datagrams, [("all", 9), ("no-room", 2)]);
        let seen = Seen::of(&page, now.plus(Duration::from_secs(3)));
        assert_eq!((seen.age_seconds, seen.why_not), (3, vec!["silent"]));
        let seen = Seen::of(&page, now.plus(Duration::from_secs(16)));
        assert_eq!(seen.why_not, ["stale", "silent"]);
        assert!(Page::read("lockgate_receiver_x 1").is_none() && Page::read("{").is_none());
    }
}
