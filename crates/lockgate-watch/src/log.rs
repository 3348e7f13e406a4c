//! The running log for people and collectors: RFC 5424 syslog or JSON, a line an event. The record of decisions is the
//! audit log, not this one. Lines are made by whoever has something to say and written by a thread of its own, so that a
//! collector that does not read never holds the lane up; what is too much is left out and counted. Never payload.

use crate::json::{Value, map};
use crate::words::words;
use lockgate_bytes::Time;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Lines of one event that may come at once, and in each second thereafter.
pub const LINES_PER_SECOND: u64 = 20;
/// Lines that wait for the collector.
const WAITING_MAX: usize = 256;
/// A value is cut after so many characters, a line is never longer than a datagram that every collector takes.
const VALUE_CHARACTERS_MAX: usize = 200;
/// Values of one line.
const VALUES_MAX: usize = 8;
/// Facility local0 (RFC 5424 section 6.2.1).
const FACILITY: u8 = 16;
/// Names our structured data; 32473 is the enterprise number for examples (RFC 5612).
const STRUCTURED_DATA: &str = "lockgate@32473";

words! {
    /// What a line is about: the stages of a lane, and the lane itself.
    Event {
        /// What comes in.
        Intake = "intake",
        /// Which type it is.
        Route = "route",
        /// Reading it.
        Inspect = "inspect",
        /// Deciding it.
        Decide = "decide",
        /// Making decisions durable.
        Record = "record",
        /// The held store.
        Hold = "hold",
        /// People deciding.
        Review = "review",
        /// Sending.
        Egress = "egress",
        /// The audit log.
        Audit = "audit",
        /// Another bundle.
        Bundle = "bundle",
        /// The clock.
        Clock = "clock",
        /// An alarm was raised or cleared.
        Alarm = "alarm",
        /// Somebody used the control socket.
        Control = "control",
        /// Start and stop.
        Lane = "lane",
    }
}

/// How bad it is; the numbers of RFC 5424 section 6.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is released.
    Critical = 2,
    /// Something failed.
    Error = 3,
    /// Something will fail, or looks wrong.
    Warning = 4,
    /// Normal, but worth a look.
    Notice = 5,
    /// Normal.
    Informational = 6,
}

/// In which form lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// RFC 5424.
    Syslog,
    /// One JSON object a line.
    Json,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSink {
    /// Standard error, each with an end of line.
    Stderr,
    /// A datagram socket such as `/dev/log`; opened again when its other end was.
    Unix(PathBuf),
    /// UDP; loopback only.
    Udp(SocketAddr),
}

/// Where a line comes from, as it says of itself.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The machine's name; `-` where it is not to be said.
    pub host: String,
    /// The lane.
    pub lane: String,
}

/// Takes lines. Clones share limits and thread.
#[derive(Clone, Debug)]
pub struct Log(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    form: LogForm,
    origin: Origin,
    sender: SyncSender<String>,
    limits: Mutex<Vec<Limit>>,
}

/// What one event may still say, and how much it did not.
#[derive(Clone, Debug)]
struct Limit {
    second: i64,
    lines: u64,
    left_out: u64,
}

impl Log {
    /// A log that nobody reads.
    pub fn none() -> Self {
        Self(None)
    }

    /// Opens a log.
    ///
    /// # Errors
    /// Where the sink cannot be opened; a missing other end of a datagram socket is no error.
    pub fn open(form: LogForm, sink: LogSink, origin: Origin) -> io::Result<Self> {
        let writer = Writer::open(sink)?;
        let (sender, receiver) = sync_channel(WAITING_MAX);
        thread::Builder::new().name("log".to_owned()).spawn(move || writer.run(&receiver))?;
        let limit = Limit { second: i64::MIN, lines: 0, left_out: 0 };
        let limits = Mutex::new(vec![limit; Event::ALL.len()]);
        Ok(Self(Some(Arc::new(Shared { form, origin, sender, limits }))))
    }

    /// Says something, unless this event has said too much already. `values` name what it is about; keys are words.
    pub fn say(
        &self,
        now: Time,
        severity: Severity,
        event: Event,
        says: &str,
        values: &[(&'static str, &str)],
    ) {
        let Some(shared) = &self.0 else { return };
        let mut limits = shared.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(limit) = limits.get_mut(event.place()) else { return };
        let Some(left_out) = limit.take(now) else { return };
        let said = Said { now, severity, event, says, values, left_out };
        let line = match shared.form {
            LogForm::Syslog => syslog(&shared.origin, &said),
            LogForm::Json => json(&shared.origin, &said),
        };
        if shared.sender.try_send(line).is_err() {
            limit.left_out = left_out.saturating_add(1);
        }
    }
}

impl Limit {
    /// Leave for one line: how many were left out before it. `None`, and counted, where there is none.
    fn take(&mut self, now: Time) -> Option<u64> {
        let second = now.unix_nanos().div_euclid(1_000_000_000);
        if second != self.second {
            (self.second, self.lines) = (second, 0);
        }
        if self.lines >= LINES_PER_SECOND {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.lines = self.lines.saturating_add(1);
        Some(std::mem::take(&mut self.left_out))
    }
}

struct Said<'a> {
    now: Time,
    severity: Severity,
    event: Event,
    says: &'a str,
    values: &'a [(&'static str, &'a str)],
    left_out: u64,
}

impl Said<'_> {
    /// At most six digits of fraction (RFC 5424 section 6.2.3).
    fn time(&self) -> Time {
        let nanos = self.now.unix_nanos();
        Time::from_unix_nanos(nanos.saturating_sub(nanos.rem_euclid(1000)))
    }
}

/// One line of RFC 5424.
fn syslog(origin: &Origin, said: &Said<'_>) -> String {
    let priority = FACILITY.saturating_mul(8).saturating_add(number(said.severity));
    let (host, event) = (header(&origin.host), said.event.name());
    let process = std::process::id();
    let mut line =
        format!("<{priority}>1 {} {host} lockgate {process} {event} [{STRUCTURED_DATA}", said.time());
    parameter("lane", &origin.lane, &mut line);
    for (key, value) in said.values.iter().take(VALUES_MAX) {
        parameter(key, value, &mut line);
    }
    if said.left_out > 0 {
        parameter("left_out", &said.left_out.to_string(), &mut line);
    }
    line.push_str("] ");
    line.push_str(&harmless(said.says));
    line
}

fn json(origin: &Origin, said: &Said<'_>) -> String {
    let head = map([
        ("time", Value::Text(said.time().to_string())),
        ("severity", u64::from(number(said.severity)).into()),
        ("event", said.event.name().into()),
        ("host", (&*origin.host).into()),
        ("lane", (&*origin.lane).into()),
        ("says", Value::Text(harmless(said.says))),
        ("left_out", said.left_out.into()),
    ]);
    let values = said.values.iter().take(VALUES_MAX);
    let values = values.map(|(key, value)| ((*key).to_owned(), Value::Text(harmless(value)))).collect();
    let mut line = String::new();
    match head {
        Value::Map(mut members) => {
            members.push(("values".to_owned(), Value::Map(values)));
            Value::Map(members).write(&mut line);
        }
        other => other.write(&mut line),
    }
    line
}

fn number(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::Error => 3,
        Severity::Warning => 4,
        Severity::Notice => 5,
        Severity::Informational => 6,
    }
}

/// A field of the header: printable ASCII without blanks, or nothing (RFC 5424 section 6).
fn header(text: &str) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(64).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// ` key="value"`, with `"`, `\` and `]` escaped (RFC 5424 section 6.3.3).
fn parameter(key: &str, value: &str, line: &mut String) {
    let _ = write!(line, " {}=\"", header(key).replace(['=', ']', '"'], "_"));
    for letter in harmless(value).chars() {
        if matches!(letter, '"' | '\\' | ']') {
            line.push('\\');
        }
        line.push(letter);
    }
    line.push('"');
}

/// Bounded, on one line, ASCII: everything else is written as its number.
fn harmless(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars().take(VALUE_CHARACTERS_MAX) {
        if letter.is_ascii_graphic() || letter == ' ' {
            plain.push(letter);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(plain, "\\u{{{:x}}}", u32::from(letter));
        }
    }
    plain
}

/// Writes lines to their sink; what the sink does not take is lost, the audit log has what matters.
enum Writer {
    Stderr,
    Unix(UnixDatagram, PathBuf),
    Udp(UdpSocket),
}

impl Writer {
    fn open(sink: LogSink) -> io::Result<Self> {
        match sink {
            LogSink::Stderr => Ok(Self::Stderr),
            LogSink::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.set_nonblocking(true)?;
                Ok(Self::Unix(socket, path))
            }
            LogSink::Udp(address) if address.ip().is_loopback() => {
                let any = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
                let socket = UdpSocket::bind(any)?;
                socket.connect(address)?;
                socket.set_nonblocking(true)?;
                Ok(Self::Udp(socket))
            }
            LogSink::Udp(_) => {
                let says = "the log goes to loopback only; let a collector there pass it on";
                Err(io::Error::new(io::ErrorKind::PermissionDenied, says))
            }
        }
    }

    fn run(self, lines: &Receiver<String>) {
        for mut line in lines {
            let _ = match &self {
                Self::Stderr => {
                    line.push('\n');
                    io::stderr().lock().write_all(line.as_bytes())
                }
                // By path each time: a collector that was started again has a new socket there.
                Self::Unix(socket, path) => socket.send_to(line.as_bytes(), path).map(drop),
                Self::Udp(socket) => socket.send(line.as_bytes()).map(drop),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, LINES_PER_SECOND, Log, LogForm, LogSink, Origin, Said, Severity, json, syslog};
    use lockgate_bytes::Time;
    use std::net::UdpSocket;
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    const NOW: i64 = 1_761_214_215_003_123_456;

    fn origin() -> Origin {
        Origin { host: "guard one".to_owned(), lane: "cot-down".to_owned() }
    }

    fn said<'a>(says: &'a str, values: &'a [(&'static str, &'a str)]) -> Said<'a> {
        let (severity, event) = (Severity::Warning, Event::Egress);
        Said { now: Time::from_unix_nanos(NOW), severity, event, says, values, left_out: 3 }
    }

    #[test]
    fn a_line_of_syslog_is_as_the_standard_has_it() {
        let line = syslog(&origin(), &said("the link is down", &[("detail", "a \"b\" \\ ] c")]));
        let process = std::process::id();
        assert_eq!(
            line,
            format!(
                "<132>1 2025-10-23T10:10:15.003123Z guardone lockgate {process} egress [lockgate@32473 \
                 lane=\"cot-down\" detail=\"a \\\"b\\\" \\\\ \\] c\" left_out=\"3\"] the link is down"
            )
        );
    }

    #[test]
    fn nothing_that_is_said_ends_a_line_or_moves_a_cursor() {
        let hostile = "a\nb\r\u{1b}[2J\u{7f}\u{85}\u{202e}\0\u{feff}ü";
        let values = [("detail", hostile)];
        for line in [syslog(&origin(), &said(hostile, &values)), json(&origin(), &said(hostile, &values))] {
            assert!(line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{line}");
        }
        let read: serde_json::Value =
            serde_json::from_str(&json(&origin(), &said(hostile, &values))).unwrap();
        assert_eq!(
            read["values"]["detail"],
            "a\\u{a}b\\u{d}\\u{1b}[2J\\u{7f}\\u{85}\\u{202e}\\u{0}\\u{feff}\\u{fc}"
        );
        let long = "x".repeat(100_000);
        assert!(syslog(&origin(), &said(&long, &[("a", &long), ("b", &long)])).len() < 1_000);
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        there.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let sink = LogSink::Udp(there.local_addr().unwrap());
        let log = Log::open(LogForm::Json, sink, origin()).unwrap();
        let say =
            |at| log.say(Time::from_unix_nanos(at), Severity::Notice, Event::Intake, "turned away", &[]);
        (0..1_000).for_each(|_| say(5));
        say(1_000_000_005);
        let mut left_out = Vec::new();
        for _ in 0..=LINES_PER_SECOND {
            let mut line = [0; 2048];
            let size = there.recv(&mut line).unwrap();
            let read: serde_json::Value = serde_json::from_slice(&line[..size]).unwrap();
            left_out.push(read["left_out"].as_u64().unwrap());
        }
        assert_eq!(left_out.iter().sum::<u64>(), 1_000 - LINES_PER_SECOND);
        assert_eq!(left_out.last(), Some(&(1_000 - LINES_PER_SECOND)));
    }

    #[test]
    fn a_collector_that_is_away_or_does_not_read_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = Log::open(LogForm::Syslog, LogSink::Unix(path.clone()), origin()).unwrap();
        let say = |second: i64| {
            for event in Event::ALL {
                log.say(Time::from_unix_nanos(second * 1_000_000_000), Severity::Notice, *event, "x", &[]);
            }
        };
        (0..100).for_each(say);
        let there = UnixDatagram::bind(&path).unwrap();
        there.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut line = [0; 2048];
        // Lines come again once somebody is there; lines of before may still wait.
        let found = (100..10_000).any(|second| {
            say(second);
            let size = there.recv(&mut line).unwrap();
            line[..size].starts_with(b"<133>1 1970-")
        });
        assert!(found);
        assert!(Log::open(LogForm::Json, LogSink::Udp("192.0.2.1:514".parse().unwrap()), origin()).is_err());
        Log::none().say(Time::from_unix_nanos(0), Severity::Critical, Event::Lane, "x", &[]);
    }
}
