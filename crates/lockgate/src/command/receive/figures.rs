//! What a far side counts since its start: for a collector of metrics, and for signed sums.

use super::recent::{Recent, WINDOWS};
use super::report;
use lockgate_attest::{SecretKey, Statement};
use lockgate_bytes::{Digest, Precedence, Time};
use lockgate_core::Json;
use lockgate_diode::{Counters, Event};
use lockgate_receive::{Happened, Sight};
use std::fmt::Write as _;

/// Counts since the start.
#[derive(Default)]
pub(super) struct Figures {
    /// Of each class, lowest first: delivered, by repairs, lost, late, undelivered.
    classes: [[u64; 5]; 6],
    alarms: u64,
    stalls: u64,
    /// Nothing can be delivered, or told.
    stalled: bool,
    silent: bool,
    /// Datagrams with our tag that were not taken, as the figures had it when something was taken last.
    refused: u64,
    pub(super) report_faults: u64,
    pub(super) sight: Sight,
    pub(super) recent: Recent,
}

/// What became of objects.
pub(super) const RESULTS: [&str; 5] = ["delivered", "recovered", "lost", "late", "undelivered"];

impl Figures {
    pub(super) fn count(&mut self, happened: &Happened<'_>) {
        let (class, results, count): (_, &[usize], _) = match happened {
            Happened::Event(Event::Delivered(object)) => {
                (object.id.class, if object.recovered { &[0, 1] } else { &[0] }, 1)
            }
            Happened::Event(Event::Lost(lost)) => (lost.class, &[2], lost.end.saturating_sub(lost.first)),
            Happened::Late { object, .. } => (object.id.class, &[3], 1),
            Happened::Undelivered { object, .. } => (object.id.class, &[4], 1),
            Happened::Event(Event::Alarm(_)) => return self.alarms = self.alarms.saturating_add(1),
            Happened::Event(Event::Silent) => return self.silent = true,
            Happened::Event(Event::Heard) => return self.silent = false,
            Happened::Stalled(_) => {
                self.stalled = true;
                return self.stalls = self.stalls.saturating_add(1);
            }
            Happened::Going => return self.stalled = false,
            Happened::Sight(sight) => return self.look(sight),
            Happened::Event(_) => return,
        };
        for result in results {
            let cell = self.classes.get_mut(class.place()).and_then(|cells| cells.get_mut(*result));
            if let Some(cell) = cell {
                *cell = cell.saturating_add(count);
            }
        }
    }

    fn look(&mut self, sight: &Sight) {
        if sight.counters.taken > self.sight.counters.taken {
            self.refused = refused(&sight.counters);
        }
        self.sight = sight.clone();
    }

    /// Prometheus text exposition 0.0.4.
    pub(super) fn metrics(&self, receiver: &str, now: Time) -> String {
        let mut page = String::with_capacity(4_096);
        let mut head = |name: &str, kind: &str, says: &str, lines: &[(String, u64)]| {
            // Writing to a string does not fail.
            let _ = writeln!(
                page,
                "# HELP lockgate_receiver_{name} {says}\n# TYPE lockgate_receiver_{name} {kind}"
            );
            for (labels, value) in lines {
                let _ = writeln!(page, "lockgate_receiver_{name}{{receiver=\"{receiver}\"{labels}}} {value}");
            }
        };
        let mut objects = Vec::new();
        for (class, cells) in Precedence::ALL.iter().zip(&self.classes) {
            for (result, count) in RESULTS.iter().zip(cells) {
                objects.push((format!(",class=\"{}\",result=\"{result}\"", class.name()), *count));
            }
        }
        head("objects_total", "counter", "Objects by class and what became of them.", &objects);
        let datagrams =
            results(&self.sight.counters).map(|(result, count)| (format!(",result=\"{result}\""), count));
        head("datagrams_total", "counter", "Datagrams by what became of them.", &datagrams);
        let one = |value: u64| [(String::new(), value)];
        head(
            "kernel_drops_total",
            "counter",
            "Datagrams that the kernel threw away.",
            &one(self.sight.dropped),
        );
        let lost = self.sight.epochs.iter().fold(0_u64, |sum, view| sum.saturating_add(view.lost));
        head("datagrams_missing", "gauge", "Datagrams of open epochs that did not come.", &one(lost));
        let unsent = self.sight.epochs.first().map_or(0, |view| view.unsent);
        head(
            "released_unsent",
            "gauge",
            "Objects that were released and not sent, as the sender says.",
            &one(unsent),
        );
        head("alarms_total", "counter", "What must not happen on a sound link.", &one(self.alarms));
        head("stalls_total", "counter", "Times that nothing could be delivered.", &one(self.stalls));
        // Whoever has heard nothing yet waits for no heartbeat, and is silent all the same.
        let silent = self.silent || self.sight.counters.taken == 0;
        let says = "1 while nothing comes for three heartbeats, and until something has come.";
        head("silent", "gauge", says, &one(u64::from(silent)));
        let refuses = silent && refused(&self.sight.counters) > self.refused;
        let says = "1 while it is silent although datagrams with our tag come: of an epoch that is over, or numbered behind others.";
        head("refuses", "gauge", says, &one(u64::from(refuses)));
        let says = "1 while nothing can be delivered, or told.";
        head("stalled", "gauge", says, &one(u64::from(self.stalled)));
        let says = "Times that the report could not be written.";
        head("report_faults_total", "counter", says, &one(self.report_faults));
        let memory = u64::try_from(self.sight.memory).unwrap_or(u64::MAX);
        head("memory_bytes", "gauge", "Objects that are not whole yet.", &one(memory));
        let of = |of: fn((u64, u64)) -> u64| {
            let windows = WINDOWS.iter().zip(self.recent.windows());
            windows.map(|((name, _), sums)| (format!(",window=\"{name}\""), of(sums))).collect::<Vec<_>>()
        };
        let says = "Datagrams that were sent within that time, as far as is known.";
        head("recent_datagrams", "gauge", says, &of(|(sent, _)| sent));
        head("recent_missing", "gauge", "Those of them that did not come.", &of(|(_, missing)| missing));
        let ahead = self.recent.ahead();
        let says = "Milliseconds between the clock of this machine and the sender's, by its heartbeats; 0 where none came.";
        head("clock_apart_ms", "gauge", says, &one(ahead.unsigned_abs()));
        let says = "1 where the clock of this machine is the one that is ahead.";
        head("clock_ahead", "gauge", says, &one(u64::from(ahead > 0)));
        let seconds = u64::try_from(now.unix_nanos() / 1_000_000_000).unwrap_or(0);
        head("written_timestamp_seconds", "gauge", "When these figures were written.", &one(seconds));
        page
    }

    /// The sums since the start; signed where there is a key: over SHA-256 of the line as it is without `signature`.
    pub(super) fn summary(
        &self,
        receiver: &str,
        link: Option<u16>,
        now: Time,
        signer: Option<&SecretKey>,
        line: &mut String,
    ) {
        let mut json = Json::object(line);
        json.text("event", "summary");
        json.time("at", now);
        json.text("receiver", receiver);
        report::number_or_null(&mut json, "link", link);
        for (place, result) in RESULTS.iter().enumerate() {
            let of_all = self.classes.iter().filter_map(|cells| cells.get(place));
            report::count(&mut json, result, of_all.fold(0, |sum, count| sum.saturating_add(*count)));
        }
        report::count(&mut json, "alarms", self.alarms);
        report::count(&mut json, "kernel_drops", self.sight.dropped);
        for (result, count) in results(&self.sight.counters) {
            report::count(&mut json, &format!("datagrams_{result}"), count);
        }
        json.end();
        let Some(signer) = signer else { return };
        let statement = Statement::summary(receiver, Digest::of(line.as_bytes()));
        let signature = signer.sign(&statement).text();
        // The last brace makes room for one member more.
        line.pop();
        let _ = write!(line, ",\"signature\":\"{signature}\"}}");
    }
}

/// Datagrams of our sender that are not taken for their epoch, or their number.
fn refused(counters: &Counters) -> u64 {
    counters.epoch.saturating_add(counters.stale)
}

/// They add up to all that came; then what of those taken was not of use.
fn results(counters: &Counters) -> [(&'static str, u64); 13] {
    [
        ("all", counters.datagrams),
        ("taken", counters.taken),
        ("size", counters.size),
        ("version", counters.version),
        ("link", counters.link),
        ("tag", counters.tag),
        ("body", counters.body),
        ("epoch", counters.epoch),
        ("again", counters.again),
        ("stale", counters.stale),
        ("needless", counters.needless),
        ("contradicting", counters.contradicting),
        ("no-room", counters.no_room),
    ]
}

#[cfg(test)]
mod tests {
    use super::Figures;
    use lockgate_attest::{PublicKey, SecretKey, Signature, Statement};
    use lockgate_bytes::{Digest, Precedence, Time};
    use lockgate_diode::{Cause, Event, Lost};
    use lockgate_receive::Happened;

    const SECRET: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    #[test]
    fn sums_are_what_was_told_and_their_signature_holds_for_this_line_alone() {
        let mut figures = Figures::default();
        let lost =
            Lost { epoch: 1, class: Precedence::Flash, first: 3, end: 8, cause: Cause::Unheard, named: None };
        figures.count(&Happened::Event(&Event::Lost(lost)));
        let key = SecretKey::from_pem(SECRET.as_bytes().to_vec()).unwrap();
        let mut line = String::new();
        figures.summary("far-1", Some(7), Time::MIN, Some(&key), &mut line);
        assert!(line.contains("\"lost\":5,"), "{line}");
        let (told, signature) = line.split_once(",\"signature\":\"").unwrap();
        let signature = Signature::parse(signature.strip_suffix("\"}").unwrap()).unwrap();
        let public: PublicKey = key.public();
        let says = |line: &str| Statement::summary("far-1", Digest::of(line.as_bytes()));
        assert!(public.verifies(&says(&format!("{told}}}")), &signature));
        assert!(
            !public.verifies(&says(&format!("{}}}", told.replace("\"lost\":5", "\"lost\":4"))), &signature)
        );
        assert!(figures.metrics("far-1", Time::MIN).contains(
            "lockgate_receiver_objects_total{receiver=\"far-1\",class=\"FLASH\",result=\"lost\"} 5\n"
        ));
    }
}
