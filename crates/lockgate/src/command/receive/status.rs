//! `lockgate status` of a far side: what its file of figures says, and how old that is. A far side answers nobody: a machine
//! behind a diode that listens to operators as well would have one door more.

use super::figures::RESULTS;
use super::recent::{APART, WINDOWS};
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
const OLD: i64 = 15;
/// Figures that are dated so many seconds ahead of this machine's clock have no age: whoever wrote them may have ended since.
const AHEAD: i64 = 5;

/// Shows it; negative where the figures are old, dated ahead or not all there, or nothing comes from the sender.
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

    /// `None` where the page does not say it.
    fn of(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    fn objects(&self, class: Precedence, result: &str) -> Option<u64> {
        self.of(&format!("objects_total,class=\"{}\",result=\"{result}\"", class.name()))
    }

    /// Datagrams of that time, and those of them that did not come.
    fn recent(&self, window: &str) -> Option<(u64, u64)> {
        let of = |name: &str| self.of(&format!("{name},window=\"{window}\""));
        Some((of("recent_datagrams")?, of("recent_missing")?))
    }

    /// True where nothing that is shown is missing.
    fn is_all_there(&self) -> bool {
        let objects = |class| RESULTS.iter().all(|result| self.objects(class, result).is_some());
        SINGLE.iter().all(|name| self.of(name).is_some())
            && WINDOWS.iter().all(|(window, _)| self.recent(window).is_some())
            && Precedence::ALL.into_iter().all(objects)
            && self.datagrams().count() > 0
            && self.of(WRITTEN).is_some()
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
    /// Below 0 where they are dated ahead.
    age_seconds: i64,
    /// Why it does not receive; empty where it does.
    why_not: Vec<&'static str>,
}

/// What is shown of a far side besides objects and datagrams.
const SINGLE: [&str; 12] = [
    "kernel_drops_total",
    "datagrams_missing",
    "released_unsent",
    "alarms_total",
    "stalls_total",
    "stalled",
    "report_faults_total",
    "silent",
    "refuses",
    "memory_bytes",
    "clock_apart_ms",
    "clock_ahead",
];

/// When the figures were written.
const WRITTEN: &str = "written_timestamp_seconds";

impl Seen {
    fn of(page: &Page, now: Time) -> Self {
        let seconds = i64::try_from(page.of(WRITTEN).unwrap_or(0)).unwrap_or(i64::MAX);
        let written = Time::from_unix_nanos(seconds.saturating_mul(1_000_000_000));
        let age_seconds = now.since(written).nanos() / 1_000_000_000;
        let is_so = [
            ("incomplete", !page.is_all_there()),
            ("stale", age_seconds > OLD),
            ("ahead", age_seconds < -AHEAD),
            ("stalled", page.of("stalled").is_some_and(|stalled| stalled > 0)),
            ("silent", page.of("silent").is_some_and(|silent| silent > 0)),
            ("refused", page.of("refuses").is_some_and(|refuses| refuses > 0)),
        ];
        let why_not = is_so.into_iter().filter(|(_, is_so)| *is_so).map(|(why, _)| why).collect();
        Self { written, age_seconds, why_not }
    }

    fn json(&self, reception: &Reception, page: &Page, line: &mut String) {
        let mut json = Json::object(line);
        json.text("receiver", &reception.name);
        number_or_null(&mut json, "link", reception.link.number());
        json.time("written", self.written);
        json.key("age_s").push_str(&self.age_seconds.to_string());
        json.boolean("receiving", self.why_not.is_empty());
        json.texts("why_not", self.why_not.iter().copied());
        for result in RESULTS {
            let all = Precedence::ALL.into_iter().map(|class| page.objects(class, result));
            let sum = all.into_iter().try_fold(0_u64, |sum, of_class| Some(sum.saturating_add(of_class?)));
            figure(&mut json, result, sum);
        }
        let mut classes = Json::object(json.key("classes"));
        for class in Precedence::ALL {
            let mut one = Json::object(classes.key(class.name()));
            for result in RESULTS {
                figure(&mut one, result, page.objects(class, result));
            }
            one.end();
        }
        classes.end();
        let mut datagrams = Json::object(json.key("datagrams"));
        for (result, value) in page.datagrams() {
            count(&mut datagrams, result, value);
        }
        datagrams.end();
        let mut recent = Json::object(json.key("recent"));
        for (window, _) in WINDOWS {
            let (sent, missing) = page.recent(window).unzip();
            let mut one = Json::object(recent.key(window));
            figure(&mut one, "datagrams", sent);
            figure(&mut one, "missing", missing);
            one.end();
        }
        recent.end();
        for name in SINGLE {
            figure(&mut json, name.trim_end_matches("_total"), page.of(name));
        }
        json.end();
    }

    fn show(&self, reception: &Reception, page: &Page, out: &mut dyn Write) -> Result<(), Fault> {
        let state = if self.why_not.is_empty() { "RECEIVING" } else { "NOT RECEIVING" };
        let link = match reception.link.foreign() {
            Some((protocol, _)) => protocol.to_owned(),
            None => reception.link.number().map_or_else(String::new, |link| format!("link {link}")),
        };
        writeln!(out, "{}  {state}  {link}", reception.name)?;
        for why in &self.why_not {
            let says = match *why {
                "silent" => "silent: nothing comes, or nothing has come yet; look at the sender and the link",
                "stalled" => {
                    "stalled: nothing can be delivered, or the report cannot be written; what comes waits, then it is lost"
                }
                "refused" => {
                    "refused: datagrams with the link's tag come, and none is taken; they are of a start of the sender that is over, \
                     or older than the last one (its clock was set back, its state folder lost), or somebody plays them again"
                }
                "ahead" => "ahead: its clock or this one was set; whether the far side runs is not known",
                "incomplete" => "incomplete: figures are missing in the file; another version wrote it",
                _ => "stale: the far side does not run, or cannot write its figures any more",
            };
            writeln!(out, "  {says}")?;
        }
        if let Some(apart) = page.of("clock_apart_ms").filter(|apart| *apart > APART.unsigned_abs()) {
            let way = if page.of("clock_ahead") == Some(1) { "ahead of" } else { "behind" };
            let (seconds, tenths) = (apart / 1_000, apart % 1_000 / 100);
            writeln!(
                out,
                "  clock: this machine's is {seconds}.{tenths} s {way} the sender's; set both by one source: times in reports are not \
                 comparable, and objects may come with their validity over"
            )?;
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
            let [a, b, c, d, e] = RESULTS.map(|result| shown(page.objects(class, result)));
            writeln!(out, "{:<10}{a:>12}{b:>12}{c:>12}{d:>12}{e:>13}", class.name())?;
        }
        writeln!(out)?;
        for (result, value) in page.datagrams().filter(|(_, value)| *value > 0) {
            writeln!(out, "{:<28}{value:>18}", format!("datagrams {result}"))?;
        }
        for (window, _) in WINDOWS {
            let Some((sent, missing)) = page.recent(window) else { continue };
            let hundredths = missing.saturating_mul(10_000).checked_div(sent).unwrap_or(0);
            let share = format!("{}.{:02} % of {sent}", hundredths / 100, hundredths % 100);
            writeln!(out, "{:<28}{missing:>18}  {share}", format!("missing, last {window}"))?;
        }
        for name in SINGLE {
            let value = shown(page.of(name));
            writeln!(out, "{:<28}{value:>18}", name.trim_end_matches("_total").replace('_', " "))?;
        }
        Ok(())
    }
}

/// A figure; null where the page does not say it.
fn figure(json: &mut Json<'_>, key: &str, value: Option<u64>) {
    match value {
        Some(value) => count(json, key, value),
        None => json.null(key),
    }
}

fn shown(value: Option<u64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figures;
    use super::{Page, Seen};
    use lockgate_bytes::{Duration, Precedence, Time};
    use lockgate_diode::{Cause, Event, Lost};
    use lockgate_receive::{Happened, Sight};

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
        assert_eq!(
            (page.objects(class, "lost"), page.objects(Precedence::Routine, "lost")),
            (Some(5), Some(0))
        );
        assert_eq!((page.of("kernel_drops_total"), page.of("silent")), (Some(4), Some(1)));
        let datagrams: Vec<_> = page.datagrams().filter(|(_, count)| *count > 0).collect();
        assert_eq!(datagrams, [("all", 9), ("no-room", 2)]);
        let seen = Seen::of(&page, now.plus(Duration::from_secs(3)));
        assert_eq!((seen.age_seconds, seen.why_not), (3, vec!["silent"]));
        let seen = Seen::of(&page, now.plus(Duration::from_secs(16)));
        assert_eq!(seen.why_not, ["stale", "silent"]);
        // Up to three seconds ahead is what two clocks differ by.
        let seen = Seen::of(&page, now.minus(Duration::from_secs(3)));
        assert_eq!((seen.age_seconds, seen.why_not), (-3, vec!["silent"]));
        assert!(Page::read("lockgate_receiver_x 1").is_none() && Page::read("{").is_none());
    }

    #[test]
    fn it_says_why_nothing_comes_and_why_nothing_goes_on() {
        let now = Time::from_unix_nanos(1_700_000_000_000_000_000);
        let mut figures = Figures::default();
        let mut sight = Sight::default();
        let why = |figures: &Figures| {
            Seen::of(&Page::read(&figures.metrics("far-1", now)).expect("it is one"), now).why_not
        };
        // A sender whose clock was set back: nothing was ever taken of it.
        sight.counters.epoch = 5;
        figures.count(&Happened::Sight(&sight));
        assert_eq!(why(&figures), ["silent", "refused"]);
        // Something of an older start comes late, as it may.
        sight.counters.taken = 7;
        sight.counters.stale = 3;
        figures.count(&Happened::Sight(&sight));
        assert!(why(&figures).is_empty());
        figures.count(&Happened::Event(&Event::Silent));
        figures.count(&Happened::Sight(&sight));
        assert_eq!(why(&figures), ["silent"]);
        sight.counters.stale = 4;
        figures.count(&Happened::Sight(&sight));
        assert_eq!(why(&figures), ["silent", "refused"]);
        figures.count(&Happened::Event(&Event::Heard));
        figures.count(&Happened::Stalled(&std::io::Error::other("full")));
        assert_eq!(why(&figures), ["stalled"]);
        figures.count(&Happened::Going);
        assert!(why(&figures).is_empty());
    }

    /// Whatever a page lacks, and whenever it was written: it is no page of a far side that receives.
    #[test]
    fn nothing_is_taken_for_receiving_that_does_not_say_so() {
        let now = Time::from_unix_nanos(1_700_000_000_000_000_000);
        let mut figures = Figures::default();
        let why = |text: &str, now: Time| Seen::of(&Page::read(text).expect("it is one"), now).why_not;
        assert_eq!(why(&figures.metrics("far-1", now), now), ["silent"], "nothing has come yet");
        figures.count(&Happened::Event(&Event::Heard));
        assert_eq!(why(&figures.metrics("far-1", now), now), ["silent"], "nothing that was one of ours");
        figures.sight.counters.taken = 1;
        let whole = figures.metrics("far-1", now);
        assert!(why(&whole, now).is_empty());
        for hours in [1, 24 * 365] {
            assert_eq!(why(&whole, now.minus(Duration::from_secs(3_600 * hours))), ["ahead"]);
        }
        assert_eq!(why(&whole, Time::MIN), ["ahead"]);
        assert_eq!(why(&whole, Time::MAX), ["stale"]);
        let shown = [
            super::SINGLE.as_slice(),
            &["written_timestamp_seconds", "objects_total", "recent_datagrams", "recent_missing"],
        ]
        .concat();
        for name in shown {
            let name = format!("lockgate_receiver_{name}{{");
            let (without, with): (Vec<_>, Vec<_>) = whole.lines().partition(|line| !line.starts_with(&name));
            assert!(!with.is_empty(), "{name}");
            assert_eq!(why(&without.join("\n"), now)[0], "incomplete", "{name}");
        }
        assert_eq!(why("", now), ["incomplete", "stale"]);
    }
}
