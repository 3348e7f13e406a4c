//! `lockgate audit`: is the log as it was signed, does it add up, and what does it say.

use crate::args::{AuditFilter, AuditFormat};
use crate::command::way;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::table::{Table, printable};
use lockgate_audit::show::Filter;
use lockgate_audit::{Decided, Entries, Event, Report, TrustKey, export as formats, show as lines};
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_disk::RealDisk;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of a key file or a checkpoint, at most.
const SMALL_MAX: u64 = 65_536;
/// How often `--follow` looks for more.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Verifies a log.
///
/// # Errors
/// [`Fault`] where the log, a key or the checkpoint to hold it against cannot be read.
pub(crate) fn verify(
    log: &Path,
    keys: &[PathBuf],
    against: Option<&Path>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let disk = open(log)?;
    let trusted: Vec<TrustKey> = keys.iter().map(|file| key(file)).collect::<Result<_, _>>()?;
    let against = against.map(small).transpose()?;
    let mut progress = Progress::new(io::stderr().is_terminal());
    let report =
        lockgate_audit::verify(&disk, &trusted, against.as_deref(), &mut |done, of| progress.tell(done, of))
            .map_err(|error| Fault::of(log.display(), &error))?;
    progress.end();
    if json {
        report_json(&report, out)?
    } else {
        report_text(log, &report, out)?
    }
    Ok(Exit::negative_if(!report.is_sound()))
}

/// Shows records.
///
/// # Errors
/// [`Fault`] where the log cannot be read or a filter is no filter.
pub(crate) fn show(
    log: &Path,
    filter: &AuditFilter,
    follow: bool,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let mut line = String::new();
    each(log, filter, follow, out, &mut |entry, record, event, out| {
        line.clear();
        if json {
            lines::json_line(entry, record, &mut line)
        } else {
            lines::text_line(entry, event, &mut line)
        }
        writeln!(out, "{line}")
    })
}

/// Writes records in another system's form.
///
/// # Errors
/// As [`show`].
pub(crate) fn export(
    log: &Path,
    format: AuditFormat,
    filter: &AuditFilter,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    if format == AuditFormat::Csv {
        write!(out, "{}\r\n", formats::CSV_HEADER)?;
    }
    let (mut line, mut node) = (String::new(), String::new());
    each(log, filter, false, out, &mut |entry, record, event, out| {
        line.clear();
        if let Event::Start(start) = event {
            node.clone_from(&start.node);
        }
        match format {
            AuditFormat::Jsonl => lines::json_line(entry, record, &mut line),
            AuditFormat::Syslog => formats::syslog(entry, event, &node, &mut line),
            AuditFormat::Csv => {
                formats::csv(entry, event, &mut line);
                line.push('\r');
            }
        }
        writeln!(out, "{line}")
    })
}

type Work<'w> = &'w mut dyn FnMut(u64, &[u8], &Event, &mut dyn Write) -> io::Result<()>;

/// Goes through the records that the filter lets through.
fn each(
    log: &Path,
    filter: &AuditFilter,
    follow: bool,
    out: &mut dyn Write,
    work: Work<'_>,
) -> Result<Exit, Fault> {
    let filter = read_filter(filter)?;
    let disk = open(log)?;
    let mut entries = Entries::from(&disk, 0);
    // A log without a checkpoint, or with a broken one, can be shown all the same.
    let of = lockgate_audit::signed_size(&disk).unwrap_or(0);
    // Where the records themselves go to a terminal, they are the progress.
    let mut progress = Progress::new(io::stderr().is_terminal() && !io::stdout().is_terminal() && !follow);
    let mut unread = 0_u64;
    loop {
        match entries.next_entry().map_err(|error| Fault::of(log.display(), &error))? {
            Some((entry, record)) => {
                progress.tell(entry, of);
                let event = match Event::read(record) {
                    Ok(event) => event,
                    Err(fault) => {
                        // The others are shown all the same; whatever the filter asks for, this one may have been it.
                        let _ = writeln!(
                            io::stderr(),
                            "{}, entry {entry}: {fault}; verify the log",
                            log.display()
                        );
                        unread = unread.saturating_add(1);
                        continue;
                    }
                };
                if filter.lets_through(&event) {
                    work(entry, record, &event, out)?;
                }
            }
            None if follow => {
                out.flush()?;
                std::thread::sleep(LOOK_EVERY);
            }
            None => {
                progress.end();
                return Ok(Exit::negative_if(unread > 0));
            }
        }
    }
}

/// Tells a person how far long work is, on one line of standard error.
pub(super) struct Progress {
    tells: bool,
    /// So many are told next.
    next: u64,
}

/// Entries between two tellings.
const TELL_EVERY: u64 = 65_536;

impl Progress {
    pub(super) fn new(tells: bool) -> Self {
        Self { tells, next: TELL_EVERY }
    }

    pub(super) fn tell(&mut self, done: u64, of: u64) {
        if self.tells && done >= self.next {
            self.next = done.saturating_add(TELL_EVERY);
            // A log that is written meanwhile has more than its last checkpoint says.
            let _ = write!(io::stderr().lock(), "\r{done} of {} entries", of.max(done));
        }
    }

    pub(super) fn end(&self) {
        if self.tells && self.next > TELL_EVERY {
            let _ = write!(io::stderr().lock(), "\r{:50}\r", "");
        }
    }
}

fn read_filter(args: &AuditFilter) -> Result<Filter, Fault> {
    let time = |name: &str, text: &Option<String>| -> Result<Option<Time>, Fault> {
        let Some(text) = text else { return Ok(None) };
        self::time(name, text).map(Some)
    };
    let sha256 = match &args.sha256 {
        None => None,
        Some(text) => Some(way::digest(text).ok_or_else(|| {
            Fault::new(format!("--sha256 {text}: not a SHA-256; it has 64 hexadecimal digits"))
        })?),
    };
    Ok(Filter {
        since: time("since", &args.since)?,
        until: time("until", &args.until)?,
        lane: args.lane.clone(),
        verdict: args.verdict.as_deref().map(|verdict| match verdict {
            "release" => Decided::Release,
            "hold" => Decided::Hold,
            _ => Decided::Refuse,
        }),
        reason: args.reason.clone(),
        label: args.label.clone(),
        hash: sha256,
    })
}

/// The time that an option names.
///
/// # Errors
/// [`Fault`] where it is none.
pub(super) fn time(name: &str, text: &str) -> Result<Time, Fault> {
    Time::parse(text.as_bytes())
        .map_err(|_| Fault::new(format!("--{name} {text}: not a time; write it like 2026-03-01T10:05:00Z")))
}

pub(super) fn open(log: &Path) -> Result<RealDisk, Fault> {
    RealDisk::at(log).map_err(|error| Fault::of(log.display(), &error))
}

pub(super) fn key(file: &Path) -> Result<TrustKey, Fault> {
    let text = String::from_utf8(small(file)?).unwrap_or_default();
    TrustKey::parse(&text).map_err(|fault| Fault::new(format!("{}: {fault}", file.display())))
}

pub(super) fn small(file: &Path) -> Result<Vec<u8>, Fault> {
    files::bounded(file, SMALL_MAX).map_err(|error| Fault::of(file.display(), &error))
}

fn report_text(log: &Path, report: &Report, out: &mut dyn Write) -> Result<(), Fault> {
    for finding in &report.findings {
        let place = finding.entry.map_or_else(String::new, |entry| format!("entry {entry}: "));
        writeln!(out, "{:<12} {place}{}", finding.wrong.name(), printable(&finding.says))?;
    }
    if report.more > 0 {
        writeln!(out, "and {} more", report.more)?;
    }
    let word = if report.is_sound() { "sound" } else { "NOT SOUND" };
    writeln!(
        out,
        "{}: {word}, {} signed entries, {} not signed yet",
        log.display(),
        report.entries,
        report.unsigned
    )?;
    let mut table = Table::new(&["lane", "count", "objects"]);
    for (lane, tally) in report.ledger.lanes() {
        for (name, count) in tally.named() {
            table.row(vec![printable(lane), name.to_owned(), count.to_string()]);
        }
    }
    table.write(out)
}

fn report_json(report: &Report, out: &mut dyn Write) -> Result<(), Fault> {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.boolean("sound", report.is_sound());
    json.number("entries", number(report.entries));
    json.number("unsigned", number(report.unsigned));
    let list = json.key("findings");
    list.push('[');
    for (place, finding) in report.findings.iter().enumerate() {
        if place > 0 {
            list.push(',');
        }
        let mut item = Json::object(list);
        item.text("wrong", finding.wrong.name());
        match finding.entry {
            Some(entry) => item.number("entry", number(entry)),
            None => item.null("entry"),
        }
        item.text("says", &finding.says);
        item.end();
    }
    list.push(']');
    json.number("more", number(report.more));
    json.boolean("balanced", report.ledger.is_balanced());
    let lanes = json.key("lanes");
    lanes.push('[');
    for (place, (lane, tally)) in report.ledger.lanes().enumerate() {
        if place > 0 {
            lanes.push(',');
        }
        let mut item = Json::object(lanes);
        item.text("lane", lane);
        for (name, count) in tally.named() {
            item.number(name, number(count));
        }
        item.end();
    }
    lanes.push(']');
    let drops = json.key("kernel_drops");
    drops.push('[');
    for (place, (listener, count)) in report.ledger.drops().enumerate() {
        if place > 0 {
            drops.push(',');
        }
        let mut item = Json::object(drops);
        item.text("listener", listener);
        item.number("dropped", number(count));
        item.end();
    }
    drops.push(']');
    json.end();
    Ok(writeln!(out, "{line}")?)
}
