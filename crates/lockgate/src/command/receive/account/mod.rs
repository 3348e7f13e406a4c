//! `lockgate report`: whether what a far side told is whole. Its sums have to be those of its lines and signed, no number of an object may
//! be missing, and whatever the sender's log says was sent was delivered, or is lost.

mod ends;
mod ranges;
mod sent;
mod show;

use crate::args::ReportArgs;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::table::printable;
use ends::Ends;
use lockgate_attest::{PublicKey, Signature, Statement};
use lockgate_bytes::{Digest, Time};
use sent::{Compared, Sent};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

/// Most bytes of a line; those of a far side have some hundred.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 1 << 16;
/// Faults that are told one by one.
const FAULTS: usize = 100;
/// What a sum says, by the events that it counts.
const SUMS: [(&str, &str); 6] = [
    ("delivered", "delivered"),
    ("recovered", "delivered"),
    ("lost", "lost"),
    ("late", "late"),
    ("undelivered", "undelivered"),
    ("alarms", "alarm"),
];

/// Reads reports and says whether they are whole; negative where they are not.
///
/// # Errors
/// [`Fault`] where a file cannot be read, or is none of those that are asked for.
pub(crate) fn run(args: &ReportArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let key = args.key.as_deref().map(read_key).transpose()?;
    let sent = args.sent.as_deref().map(Sent::read).transpose()?;
    let mut account = Account { key, sent, ..Account::default() };
    for file in &args.files {
        account.file.clone_from(file);
        let mut lines = Lines::open(file)?;
        while let Some((number, line)) = lines.next()? {
            account.line = number;
            account.take(&line);
        }
    }
    let compared = account.end(args);
    if json {
        account.json(compared, out)?;
    } else {
        account.show(compared, out)?;
    }
    Ok(Exit::negative_if(account.faults > 0))
}

fn read_key(path: &Path) -> Result<PublicKey, Fault> {
    let pem = files::bounded(path, KEY_BYTES_MAX).map_err(|error| Fault::of(path.display(), &error))?;
    PublicKey::from_pem(&pem).map_err(|_| {
        let says =
            "no public key; `openssl pkey -in KEY -pubout` prints that of the file that `summary key=` names";
        Fault::new(format!("{}: {says}", path.display()))
    })
}

/// The lines of a file.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| Fault::of(path.display(), &error))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::with_capacity(1 << 16, file), number: 0 })
    }

    /// The next one, and its number from 1.
    fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        let mut line = Vec::new();
        let most = LINE_BYTES_MAX.saturating_add(1);
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Fault::of(self.path.display(), &error))?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        if line.pop_if(|last| *last == b'\n').is_none() && u64::try_from(read).is_ok_and(|read| read == most)
        {
            let says = format!("line {} is longer than 1 MiB: this is no report", self.number);
            return Err(Fault::new(format!("{}: {says}", self.path.display())));
        }
        Ok(Some((self.number, line)))
    }
}

fn text<'a>(line: &'a Value, key: &str) -> Option<&'a str> {
    line.get(key)?.as_str()
}

/// What the lines so far come to.
#[derive(Default)]
struct Account {
    key: Option<PublicKey>,
    sent: Option<Sent>,
    file: PathBuf,
    line: u64,
    receiver: Option<String>,
    ends: Ends,
    /// What the sums of this start of the far side have to be; none where its beginning is not in the files.
    sums: Option<[u64; 6]>,
    /// The last line was cut off: a crash may leave one so, and then a start follows.
    is_cut: bool,
    starts: u64,
    summaries: u64,
    unchecked: u64,
    /// Lines since the last sum of this start.
    since: u64,
    /// Lines of starts before it that no sum of theirs followed.
    unsummed: u64,
    last: Option<Time>,
    /// When the last sum was written, and the signatures of all of them, each by its hash.
    summed: Option<Time>,
    signatures: BTreeSet<Digest>,
    faults: usize,
    says: Vec<String>,
}

impl Account {
    fn fault(&mut self, says: impl std::fmt::Display) {
        self.faults = self.faults.saturating_add(1);
        if self.says.len() < FAULTS {
            self.says.push(format!("{}:{}: {says}", self.file.display(), self.line));
        }
    }

    fn take(&mut self, line: &[u8]) {
        let read = std::str::from_utf8(line).ok();
        let Some((raw, value)) = read.and_then(|raw| Some((raw, serde_json::from_str::<Value>(raw).ok()?)))
        else {
            if std::mem::replace(&mut self.is_cut, true) {
                self.fault("two lines, one behind the other, are no JSON");
            }
            return;
        };
        let event = text(&value, "event").unwrap_or("");
        if std::mem::take(&mut self.is_cut) && event != "running" {
            self.fault("the line before it is no JSON, and no start of the far side follows it");
        }
        self.last = text(&value, "at").and_then(|at| Time::parse(at.as_bytes()).ok()).max(self.last);
        if event == "running" {
            // The sums begin anew, so none that follows says anything of these lines.
            self.unsummed = self.unsummed.saturating_add(std::mem::take(&mut self.since));
        }
        self.since = self.since.saturating_add(1);
        match event {
            "running" => {
                self.starts = self.starts.saturating_add(1);
                self.sums = Some([0; 6]);
                self.is_of(&value);
            }
            "summary" => self.summary(raw, &value),
            "begun" | "closed" | "delivered" | "undelivered" | "late" | "lost" => {
                self.count(event, &value);
                if let Err(says) = self.ends.take(event, &value) {
                    self.fault(says);
                }
                self.compare(event, &value);
            }
            "alarm" => self.count(event, &value),
            "suspected" | "gap" | "silent" | "heard" | "stalled" | "going" | "clock" => {}
            _ => self.fault("no event of a far side"),
        }
    }

    fn is_of(&mut self, line: &Value) {
        let receiver = text(line, "receiver").unwrap_or("").to_owned();
        if self.receiver.get_or_insert_with(|| receiver.clone()) != &receiver {
            self.fault("this line is of another far side");
        }
    }

    /// Counts it as the far side counted it.
    fn count(&mut self, event: &str, line: &Value) {
        let number = |key: &str| line.get(key).and_then(Value::as_u64).unwrap_or(0);
        let count = match event {
            "lost" => number("last").saturating_sub(number("first")).saturating_add(1),
            _ => 1,
        };
        let recovered = line.get("recovered").and_then(Value::as_bool).unwrap_or(false);
        let Some(sums) = self.sums.as_mut() else { return };
        for ((key, counts), sum) in SUMS.iter().zip(sums) {
            if *counts == event && (*key != "recovered" || recovered) {
                *sum = sum.saturating_add(count);
            }
        }
    }

    fn summary(&mut self, raw: &str, line: &Value) {
        self.is_of(line);
        self.summaries = self.summaries.saturating_add(1);
        self.since = 0;
        self.has_its_place(line);
        match self.sums {
            None => self.unchecked = self.unchecked.saturating_add(1),
            Some(sums) => {
                for ((key, _), sum) in SUMS.iter().zip(sums) {
                    match line.get(*key).and_then(Value::as_u64) {
                        Some(said) if said == sum => {}
                        Some(said) => self.fault(format_args!("the sum says {said} {key}, its lines {sum}")),
                        None => self.fault(format_args!("the sum does not say how many {key} there were")),
                    }
                }
            }
        }
        if let Some(key) = &self.key
            && !is_signed(raw, self.receiver.as_deref().unwrap_or(""), key)
        {
            self.fault("the sum is not signed with this key, or was changed since");
        }
    }

    /// A signature says nothing of where its line stands. One that stands here twice, or is older than the one before it, was written
    /// of other lines.
    fn has_its_place(&mut self, line: &Value) {
        let signature = text(line, "signature").map(|signature| Digest::of(signature.as_bytes()));
        if signature.is_some_and(|signature| !self.signatures.insert(signature)) {
            self.fault("the sum was here before");
        }
        let at = text(line, "at").and_then(|at| Time::parse(at.as_bytes()).ok());
        if at.is_some() && at < self.summed {
            self.fault(
                "the sum is older than the one before it: it is of another place, or the clock of the far side was set back",
            );
        }
        self.summed = at.max(self.summed);
    }

    /// Holds it against the sender's log.
    fn compare(&mut self, event: &str, line: &Value) {
        let (Some(sent), Some(hash)) = (self.sent.as_mut(), text(line, "blake3")) else { return };
        if event == "lost" {
            sent.lost(hash);
        } else if !sent.delivered(hash) {
            self.fault(format_args!(
                "{} came, and by the sender's log no such bytes can have left",
                printable(hash)
            ));
        }
    }

    /// What can be said once all was read.
    fn end(&mut self, args: &ReportArgs) -> Option<Compared> {
        let ends = std::mem::take(&mut self.ends);
        ends.end(&mut |says| self.fault(says));
        self.ends = ends;
        if let (Some(_), 0) = (&self.key, self.summaries) {
            self.fault(
                "nothing of it is signed: there is no sum; `summary key=` has the far side write them",
            );
        }
        let compared = self.sent.as_ref().map(|sent| sent.compare(self.last, args.under_way));
        // Those of which nothing but their number is known.
        let nameless = self.ends.nameless();
        if let Some(Compared { untold, .. }) = compared.filter(|compared| compared.untold > nameless) {
            let says = "objects were sent and the far side says nothing of them; it lost without naming them";
            self.fault(format_args!("{untold} {says} {nameless}"));
        }
        compared
    }
}

/// The line as it was before its signature was put into it.
fn is_signed(line: &str, receiver: &str, key: &PublicKey) -> bool {
    let Some((told, signature)) = line.rsplit_once(",\"signature\":\"") else { return false };
    let signature = signature.strip_suffix("\"}").and_then(Signature::parse);
    let statement = Statement::summary(receiver, Digest::of(format!("{told}}}").as_bytes()));
    signature.is_some_and(|signature| key.verifies(&statement, &signature))
}

#[cfg(test)]
mod tests;
