//! Prometheus text exposition 0.0.4. Every label comes from a closed list, the bundle or the deployment file; never an
//! object's id, never payload, so that the number of series is bounded.

use crate::alarms::Stops;
use crate::histogram::Counts;
use crate::meaning::Alarm;
use crate::status::Status;
use crate::{ClockState, ReaderState, Stage, Verdict};
use lockgate_bytes::{Duration, Time};
use std::fmt::Write as _;

/// What the answer says it is.
#[cfg(target_os = "linux")]
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Status {
    /// The status as metrics.
    pub fn metrics(&self) -> String {
        let mut page = Page { out: String::with_capacity(16_384), lane: &self.lane };
        self.objects_page(&mut page);
        self.flow_page(&mut page);
        self.latency_page(&mut page);
        self.waiting_page(&mut page);
        if let Some(spent) = &self.link {
            spent.page(&mut page);
        }
        self.audit_page(&mut page);
        self.state_page(&mut page);
        page.out
    }

    fn objects_page(&self, page: &mut Page<'_>) {
        page.head("objects_total", "counter", "Objects by stage, verdict and leading reason.");
        // The common ones stand there from the start, so that a first increase shows as one.
        let common = [
            (Stage::Intake, Verdict::Received),
            (Stage::Decide, Verdict::Release),
            (Stage::Egress, Verdict::Sent),
        ];
        for (stage, verdict) in common {
            if !self.tallies.iter().any(|tally| (tally.stage, tally.verdict) == (stage, verdict)) {
                let labels = [("stage", stage.name()), ("verdict", verdict.name()), ("reason", "")];
                page.line("objects_total", &labels, "0");
            }
        }
        for tally in &self.tallies {
            let reason = tally.reason.map_or("", lockgate_reason::Code::id);
            let labels =
                [("stage", tally.stage.name()), ("verdict", tally.verdict.name()), ("reason", reason)];
            page.line("objects_total", &labels, tally.objects);
        }
        page.head("source_objects_total", "counter", "Objects by source, received or turned away.");
        for (source, received, turned_away) in &self.sources {
            for (verdict, count) in [("received", received), ("rejected", turned_away)] {
                page.line("source_objects_total", &[("source", source), ("verdict", verdict)], count);
            }
        }
    }

    fn flow_page(&self, page: &mut Page<'_>) {
        page.head("last_object_timestamp_seconds", "gauge", "When the last object came in, or left.");
        for (way, flow) in [("in", &self.came_in), ("out", &self.went_out)] {
            if let Some(last) = flow.last {
                let at = seconds(last.unix_nanos().into());
                page.line("last_object_timestamp_seconds", &[("direction", way)], at);
            }
        }
        page.single("in_flight_objects", "Objects between intake and their record.", self.in_flight);
        page.head(
            "kernel_drops_total",
            "counter",
            "Datagrams that the kernel dropped before they were read.",
        );
        for seen in &self.listeners {
            page.line("kernel_drops_total", &[("listener", &seen.listener)], seen.kernel_drops);
        }
        page.head("intake_faults_total", "counter", "Failed system calls that intake goes on after.");
        for seen in &self.listeners {
            page.line("intake_faults_total", &[("listener", &seen.listener)], seen.faults);
        }
        page.head("files_taken", "gauge", "Taken files that wait for their decision to be on record.");
        for seen in &self.listeners {
            page.line("files_taken", &[("listener", &seen.listener)], seen.files_taken);
        }
        page.head("separator_bytes_total", "counter", "White space between frames, in bytes.");
        for seen in &self.listeners {
            page.line("separator_bytes_total", &[("listener", &seen.listener)], seen.separator_bytes);
        }
        page.head("connections_total", "counter", "Connections that came.");
        for seen in &self.listeners {
            page.line("connections_total", &[("listener", &seen.listener)], seen.connections);
        }
        page.head("connections_open", "gauge", "Connections that are open.");
        for seen in &self.listeners {
            page.line("connections_open", &[("listener", &seen.listener)], seen.connections_open);
        }
        page.head("idle_closes_total", "counter", "Connections closed because nothing came.");
        for seen in &self.listeners {
            page.line("idle_closes_total", &[("listener", &seen.listener)], seen.idle_closes);
        }
        page.head("turned_away_total", "counter", "What a listener turned away, by cause.");
        for seen in &self.listeners {
            for one in &seen.turned_away {
                let labels = [("listener", &*seen.listener), ("why", one.why)];
                page.line("turned_away_total", &labels, one.objects);
            }
        }
        self.links_page(page);
    }

    fn links_page(&self, page: &mut Page<'_>) {
        page.head("link_lost_total", "counter", "Objects of a diode link that were sent and will not come.");
        for seen in &self.listeners {
            page.line("link_lost_total", &[("listener", &seen.listener)], seen.lost);
        }
        page.head("link_alarms_total", "counter", "What a sound diode link never does.");
        for seen in &self.listeners {
            page.line("link_alarms_total", &[("listener", &seen.listener)], seen.alarms);
        }
        let name = "link_indeterminate_total";
        page.head(name, "counter", "Objects that the run before had and may not have put on record.");
        for seen in &self.listeners {
            page.line(name, &[("listener", &seen.listener)], seen.indeterminate);
        }
        page.head("link_silent", "gauge", "1 where nothing is heard on a diode link that should be.");
        for seen in &self.listeners {
            page.line("link_silent", &[("listener", &seen.listener)], u8::from(seen.silent.is_some()));
        }
    }

    fn latency_page(&self, page: &mut Page<'_>) {
        page.head("stage_seconds", "histogram", "Time of an object at a stage.");
        for (stage, latency) in self.latency.iter().filter(|(stage, _)| *stage != crate::status::WAY) {
            page.histogram("stage_seconds", &[("stage", stage)], &latency.start);
        }
        page.head("lane_seconds", "histogram", "Time of an object from its arrival until it was sent.");
        for (_, latency) in self.latency.iter().filter(|(stage, _)| *stage == crate::status::WAY) {
            page.histogram("lane_seconds", &[], &latency.start);
        }
    }

    fn waiting_page(&self, page: &mut Page<'_>) {
        page.head("queue_objects", "gauge", "Released objects that wait to be sent.");
        for (precedence, seen) in &self.queue {
            page.line("queue_objects", &[("precedence", precedence.name())], seen.objects);
        }
        page.head("queue_bytes", "gauge", "Bytes of the released objects that wait to be sent.");
        for (precedence, seen) in &self.queue {
            page.line("queue_bytes", &[("precedence", precedence.name())], seen.bytes);
        }
        page.head(
            "queue_oldest_seconds",
            "gauge",
            "Age of the oldest released object that waits to be sent.",
        );
        for (precedence, seen) in &self.queue {
            let age = age(seen.oldest);
            page.line("queue_oldest_seconds", &[("precedence", precedence.name())], age);
        }
        page.head("held_objects", "gauge", "Held objects by leading reason.");
        for (code, objects) in &self.held_by_reason {
            page.line("held_objects", &[("reason", code.id())], objects);
        }
        page.single("held_kept_objects", "Held no more, kept for what was made of them.", self.kept);
        page.single("held_bytes", "Bytes of all held objects.", self.held.bytes);
        page.single("held_oldest_seconds", "Age of the oldest held object.", age(self.held.oldest));
    }

    fn audit_page(&self, page: &mut Page<'_>) {
        let audit = &self.audit;
        page.single("audit_entries", "Durable entries of the log.", audit.entries);
        page.single("audit_waiting_objects", "Decisions that are not durable yet.", audit.waiting.objects);
        page.single("audit_lag_seconds", "Age of the oldest of them.", age(audit.waiting.oldest));
        page.single("audit_segment_bytes", "Bytes of the open segment of the log.", audit.segment_bytes);
        let pushed = audit.checkpoint.map(|(_, at)| at);
        for (name, help, at) in [
            ("audit_commit_timestamp_seconds", "When records last became durable.", audit.committed),
            (
                "audit_checkpoint_timestamp_seconds",
                "When the second place last got a checkpoint, or had all there is.",
                pushed,
            ),
        ] {
            page.single(name, help, seconds(at.map_or(0, Time::unix_nanos).into()));
        }
        let entries = audit.checkpoint.map_or(0, |(entries, _)| entries);
        page.single("audit_checkpoint_entries", "Entries under that checkpoint.", entries);
        page.head("disk_free_bytes", "gauge", "Room on the disk of a store.");
        for (store, free, _) in &self.disks {
            page.line("disk_free_bytes", &[("store", store.name())], free);
        }
        page.head("disk_size_bytes", "gauge", "Size of the disk of a store.");
        for (store, _, size) in &self.disks {
            page.line("disk_size_bytes", &[("store", store.name())], size);
        }
    }

    fn state_page(&self, page: &mut Page<'_>) {
        page.head("health", "gauge", "1 where the lane is live, ready, releasing.");
        for what in [Stops::Live, Stops::Ready, Stops::Releasing] {
            page.line("health", &[("state", what.name())], u8::from(self.is(what)));
        }
        page.head("alarm", "gauge", "1 where the alarm stands.");
        for alarm in Alarm::ALL {
            let stands = self.alarms.iter().any(|raised| raised.alarm == *alarm);
            let labels = [("alarm", alarm.name()), ("stops", alarm.meaning().stops.name())];
            page.line("alarm", &labels, u8::from(stands));
        }
        page.head("clock", "gauge", "1 for the state that the clock is in.");
        for state in ClockState::ALL {
            page.line("clock", &[("state", state.name())], u8::from(*state == self.clock));
        }
        if let Some(seen) = &self.reader {
            page.head("reader", "gauge", "1 for the state of the reader of text in pictures.");
            for state in ReaderState::ALL {
                page.line("reader", &[("state", state.name())], u8::from(*state == seen.state));
            }
        }
        page.head("bundle_revision", "gauge", "Revision of the bundle that decides.");
        if let Some((revision, digest, _)) = &self.bundle {
            let digest = format!("sha256:{digest}");
            page.line("bundle_revision", &[("digest", &digest)], revision);
        }
        page.head("expiry_days", "gauge", "Whole days until something ends; negative once it has.");
        for (expiry, days) in &self.expiries {
            page.line("expiry_days", &[("kind", expiry.kind.name()), ("what", &expiry.name)], days);
        }
        page.head("build", "gauge", "1, with the version of the engine.");
        page.line("build", &[("engine", &self.engine)], 1);
        page.single("up_seconds", "Seconds since the start.", self.up_seconds);
    }
}

pub(crate) struct Page<'a> {
    out: String,
    lane: &'a str,
}

impl Page<'_> {
    // Writing to a String cannot fail.

    pub(crate) fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.out, "# HELP lockgate_{name} {help}\n# TYPE lockgate_{name} {kind}");
    }

    fn single(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, "gauge", help);
        self.line(name, &[], value);
    }

    pub(crate) fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = write!(self.out, "lockgate_{name}{{");
        for (at, (label, text)) in [("lane", self.lane)].iter().chain(labels).enumerate() {
            let _ = write!(self.out, "{}{label}=\"", if at > 0 { "," } else { "" });
            for letter in text.chars() {
                match letter {
                    '\\' => self.out.push_str("\\\\"),
                    '"' => self.out.push_str("\\\""),
                    '\n' => self.out.push_str("\\n"),
                    _ => self.out.push(letter),
                }
            }
            self.out.push('"');
        }
        let _ = writeln!(self.out, "}} {value}");
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], counts: &Counts) {
        let total = counts.total();
        let bounds = counts.cumulative().map(|(bound, count)| (seconds(bound.into()), count));
        for (bound, count) in bounds.chain([("+Inf".to_owned(), total)]) {
            let labels: Vec<_> = labels.iter().copied().chain([("le", &*bound)]).collect();
            self.line(&format!("{name}_bucket"), &labels, count);
        }
        self.line(&format!("{name}_sum"), labels, seconds(counts.sum_nanos().into()));
        self.line(&format!("{name}_count"), labels, total);
    }
}

fn age(age: Option<Duration>) -> String {
    seconds(age.unwrap_or(Duration::ZERO).nanos().into())
}

/// Nanoseconds as seconds: an exact decimal without zeros at its end.
fn seconds(nanos: i128) -> String {
    let (sign, size) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let text = format!("{sign}{}.{:09}", size / 1_000_000_000, size % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn seconds_are_exact() {
        let cases = [
            (0, "0"),
            (1_000, "0.000001"),
            (10_000_000_000, "10"),
            (-1, "-0.000000001"),
            (2_200_000_000, "2.2"),
        ];
        for (nanos, text) in cases {
            assert_eq!(seconds(nanos), text);
        }
    }
}
