//! The sender's log, as far as a far side can be held against it: what was released towards the link, by BLAKE3, and what became of it.

use super::{Lines, text};
use crate::exit::Fault;
use lockgate_bytes::{Duration, Time};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// BLAKE3 of an object, as the log and the report write it.
type Hash = [u8; 32];

/// What the log says of bytes that were released.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The last time that they were sent.
    sent: Option<Time>,
    /// They may have left: sent, or nothing says otherwise.
    may_have_left: bool,
    /// The far side has them, or told that they are lost.
    is_told: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Sent {
    known: HashMap<Hash, Known>,
    /// Releases that nothing was said of yet, by entry.
    open: BTreeMap<u64, Hash>,
}

/// What came of holding the report against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// Different bytes that were sent.
    pub(super) sent: u64,
    /// Of these: not delivered, not told lost by name, and not under way either.
    pub(super) untold: u64,
}

impl Sent {
    /// Reads it.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read, or is no such file.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let mut it = Self::default();
        let mut lines = Lines::open(path)?;
        while let Some((number, line)) = lines.next()? {
            let read: Option<Value> = serde_json::from_slice(&line).ok();
            let entry =
                read.as_ref().and_then(|line| Some((line.get("entry")?.as_u64()?, line.get("record")?)));
            let Some((entry, record)) = entry else {
                let says = "is no entry of a log; write them with `lockgate audit export LOG --format jsonl`";
                return Err(Fault::new(format!("{}: line {number} {says}", path.display())));
            };
            it.take(entry, record);
        }
        let Self { known, open } = &mut it;
        for hash in open.values() {
            known.entry(*hash).or_default().may_have_left = true;
        }
        Ok(it)
    }

    fn take(&mut self, entry: u64, record: &Value) {
        match text(record, "event") {
            Some("decision") => {
                if let Some(hash) = text(record, "blake3").and_then(hash) {
                    self.known.entry(hash).or_default();
                    self.open.insert(entry, hash);
                }
            }
            Some("egress" | "hold") => {
                let at = text(record, "at").and_then(|at| Time::parse(at.as_bytes()).ok());
                for outcome in record.get("outcomes").and_then(Value::as_array).into_iter().flatten() {
                    let what = text(outcome, "outcome").unwrap_or("");
                    let ranges = outcome.get("entries").and_then(Value::as_array).into_iter().flatten();
                    for range in ranges {
                        let bound = |place: usize| range.get(place).and_then(Value::as_u64);
                        if let (Some(first), Some(last)) = (bound(0), bound(1)) {
                            self.ended(first, last, what, at);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn ended(&mut self, first: u64, last: u64, what: &str, at: Option<Time>) {
        // Each of them ends once, so whatever ranges there are, no release is looked at twice.
        while let Some((entry, hash)) = self.open.range(first..).next().map(|(entry, hash)| (*entry, *hash)) {
            if entry > last {
                break;
            }
            self.open.remove(&entry);
            let known = self.known.entry(hash).or_default();
            match what {
                "sent" => {
                    known.sent = known.sent.max(at.or(Some(Time::MIN)));
                    known.may_have_left = true;
                }
                "indeterminate" => known.may_have_left = true,
                _ => {}
            }
        }
    }

    /// The far side has this object; false where no release of the log was of these bytes, or none of them can have left.
    pub(super) fn delivered(&mut self, hash: &str) -> bool {
        let known = self::hash(hash).and_then(|hash| self.known.get_mut(&hash));
        known.is_some_and(|known| {
            known.is_told = true;
            known.may_have_left
        })
    }

    /// The far side knows that this one was sent, and does not have it.
    pub(super) fn lost(&mut self, hash: &str) {
        if let Some(known) = self::hash(hash).and_then(|hash| self.known.get_mut(&hash)) {
            known.is_told = true;
        }
    }

    /// `end`: when the report's last line was written.
    pub(super) fn compare(&self, end: Option<Time>, under_way: Duration) -> Compared {
        let mut compared = Compared::default();
        for known in self.known.values() {
            let Some(sent) = known.sent else { continue };
            compared.sent = compared.sent.saturating_add(1);
            let is_settled = end.is_some_and(|end| sent.plus(under_way) <= end);
            compared.untold = compared.untold.saturating_add(u64::from(is_settled && !known.is_told));
        }
        compared
    }
}

fn hash(text: &str) -> Option<Hash> {
    let digits = text.as_bytes().as_chunks::<2>();
    let (pairs, []) = digits else { return None };
    let mut hash = [0; 32];
    if pairs.len() != hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}
