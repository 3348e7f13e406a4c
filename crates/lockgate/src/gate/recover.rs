//! Where a start begins: what the log, the held store and the sink's stage say of the run before, put together.
//!
//! After it every object of the log is in exactly one state again. What nobody can know (datagrams on their way at a
//! crash) is put on record as indeterminate.

use super::beside::Former;
use super::ends;
use super::entry::{Again, Recalled};
use super::journal::Queued;
use super::numbers::Numbers;
use crate::exit::Fault;
use lockgate_audit::{Decision, Event, Ledger, Log, Outcome, Taken, Waits};
use lockgate_bytes::{Digest, Frame, Precedence, Time};
use lockgate_egress::Stage;
use lockgate_hold::{Settled as Left, StagedKey, Store};
use lockgate_intake::Receipt;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// Taken files of which objects are on record already: how many bytes of each, 0 for all.
pub(crate) fn taken(ledger: &Ledger) -> BTreeMap<Receipt, u64> {
    let receipt = |taken: &Taken| Receipt { epoch: taken.run, number: taken.number };
    ledger.receipts().map(|taken| (receipt(&taken), taken.bytes)).collect()
}

/// How many decisions of one object are followed back.
const FORMER_MAX: usize = 64;

/// What is left to do after everything was put together.
#[derive(Default)]
pub(crate) struct Recovered {
    /// To be put on record behind the start.
    pub(crate) events: Vec<Event>,
    /// Queued objects that a sink had staged: they are decided again.
    pub(crate) recalled: Vec<Recalled>,
    /// What still counts as queued until it was decided again.
    pub(crate) queued: BTreeMap<u64, Queued>,
    /// What must not be, for the operator.
    pub(crate) alarms: Vec<String>,
}

/// The run that begins.
pub(crate) struct Run<'a> {
    pub(crate) lane: &'a str,
    pub(crate) epoch: u64,
    pub(crate) now: Time,
    pub(crate) numbers: &'a Numbers,
}

/// Puts the held store and the sink's stage in line with the log.
///
/// # Errors
/// [`Fault`] where one of them cannot be read.
pub(crate) fn recover(
    run: &Run<'_>,
    log: &Log,
    ledger: &Ledger,
    store: &mut dyn Store,
    stage: Option<&Stage>,
) -> Result<Recovered, Fault> {
    let mut done = Recovered::default();
    hold(log, ledger, store, &mut done)?;
    let there: BTreeSet<u64> = store.entries().into_iter().map(|(entry, _)| entry).collect();
    let mut ends: BTreeMap<Outcome, Vec<u64>> = BTreeMap::new();
    let mut wanted: BTreeMap<u64, Digest> = BTreeMap::new();
    for (entry, _, waits) in ledger.waiting().filter(|(_, _, waits)| *waits != Waits::Held) {
        match again(run, log, stage, entry)? {
            Found::Staged(mut queued, mut recalled) => {
                wanted.insert(run.numbers.of(queued.first), Digest::of(&recalled.frame.bytes));
                recalled.reviews = log.approvals(ledger, entry).map_err(|error| {
                    Fault::new(format!("what approves entry {entry} of the log cannot be read: {error}"))
                })?;
                queued.original = made_of(log, &there, entry)?;
                done.queued.insert(entry, queued);
                done.recalled.push(*recalled);
                if waits == Waits::Queued {
                    ends.entry(Outcome::Recalled).or_default().push(entry);
                }
            }
            Found::HandedOver => ends.entry(Outcome::Sent).or_default().push(entry),
            Found::Foreign => {
                done.alarms.push(format!(
                    "what is staged for the object of entry {entry} is not what was released of it; nobody knows what became \
                     of that"
                ));
                ends.entry(Outcome::Indeterminate).or_default().push(entry);
            }
            Found::Unknown => ends.entry(Outcome::Indeterminate).or_default().push(entry),
        }
    }
    done.events = ends::events(run.epoch, run.lane, ends, run.now).collect();
    clear_stage(stage, &wanted);
    clear_store(ledger, store, &done);
    Ok(done)
}

fn hold(log: &Log, ledger: &Ledger, store: &mut dyn Store, done: &mut Recovered) -> Result<(), Fault> {
    let held: BTreeSet<u64> =
        ledger.waiting().filter(|(_, _, waits)| *waits == Waits::Held).map(|(entry, _, _)| entry).collect();
    let is_recorded = |key: &StagedKey| {
        let Some(decision) = decision(log, key.draft)? else { return Ok(None) };
        // What was released and is held after all is what left, or what that was made of.
        let released = held.contains(&key.draft) && decision.text("verdict") == Some("release");
        let sha256 = key.sha256.to_string();
        let fits = decision.text("sha256") == Some(sha256.as_str())
            || (released && decision.text("released_sha256") == Some(sha256.as_str()));
        Ok(fits.then_some(key.draft))
    };
    let recovered = store
        .recover(&is_recorded)
        .map_err(|fault| Fault::new(format!("the held store cannot be recovered: {fault}")))?;
    for (entry, _) in &recovered.lost {
        done.alarms.push(format!("the bytes of the held object of entry {entry} are damaged"));
    }
    let there: BTreeMap<u64, Digest> = store.entries().into_iter().collect();
    for entry in held.iter().filter(|entry| !there.contains_key(entry)) {
        done.alarms.push(format!("the log holds the object of entry {entry}, and the held store has none"));
    }
    Ok(())
}

/// The held object that a queued one was made of, where the store still has it: what was decided before, and before that. It
/// is read when it is decided, not here: all of them at once may be more than there is memory for.
fn made_of(log: &Log, there: &BTreeSet<u64>, entry: u64) -> Result<Option<u64>, Fault> {
    let mut last = entry;
    for _ in 0..FORMER_MAX {
        let former = decision(log, last)
            .map_err(|error| Fault::new(format!("entry {last} of the log cannot be read: {error}")))?
            .and_then(|decision| decision.again);
        match former {
            None => return Ok(None),
            Some(former) if there.contains(&former) => return Ok(Some(former)),
            Some(former) => last = former,
        }
    }
    Ok(None)
}

/// What is left in the store of objects whose end is on record already, or that were decided again: the crash came before
/// they left it.
fn clear_store(ledger: &Ledger, store: &mut dyn Store, done: &Recovered) {
    let originals: BTreeSet<u64> = done.queued.values().filter_map(|queued| queued.original).collect();
    for (entry, _) in store.entries() {
        if !ledger.is_held(entry) && !originals.contains(&entry) {
            let _ = store.settle(entry, Left::DecidedAgain);
        }
    }
}

enum Found {
    /// Its bytes lie in the stage: it was not handed over.
    Staged(Queued, Box<Recalled>),
    /// It lay in the stage before its record was written, and is there no more: it was handed over.
    HandedOver,
    /// Something else lies in its place: it is not decided under the name of what was released.
    Foreign,
    /// Nothing outlived the crash.
    Unknown,
}

fn again(run: &Run<'_>, log: &Log, stage: Option<&Stage>, entry: u64) -> Result<Found, Fault> {
    let Some(stage) = stage else { return Ok(Found::Unknown) };
    let unread = |error: io::Error| Fault::new(format!("entry {entry} of the log cannot be read: {error}"));
    let Some(last) = decision(log, entry).map_err(unread)? else { return Ok(Found::Unknown) };
    let first = last.first.unwrap_or(entry);
    let Some(released) = last.text("released_sha256").and_then(Digest::parse) else {
        return Ok(Found::Foreign);
    };
    let bytes = match stage.read(run.numbers.of(first), released) {
        Ok(Some(bytes)) if Digest::of(&bytes) == released => bytes,
        Ok(None) => return Ok(Found::HandedOver),
        Ok(Some(_)) => return Ok(Found::Foreign),
        // Nothing as large was ever released: a start that waited for somebody to take it away would not help anybody.
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(Found::Foreign),
        Err(error) => {
            let says = format!("a staged file of the output folder cannot be read: {error}");
            return Err(Fault::new(says));
        }
    };
    let source: Arc<str> = Arc::from(last.text("source").unwrap_or(""));
    let queued = Queued {
        source: source.clone(),
        arrival: last.arrival,
        type_id: last.text("type").map(Arc::from),
        route: if last.text("route") == Some("slow") { "slow" } else { "fast" },
        first,
        precedence: last.class.as_deref().and_then(Precedence::named).unwrap_or(Precedence::Routine),
        not_after: last.not_after.unwrap_or(Time::MAX),
        beside: None,
        original: None,
    };
    let frame = Frame { bytes, source, arrival: last.arrival, sidecar: None };
    // A sidecar does not outlive the crash beside what was released: its object is held.
    let unreadable = || Fault::new(format!("entry {entry} of the log names a sidecar that cannot be"));
    let former = Former::of(&last).ok_or_else(unreadable)?;
    let beside = former.beside(Digest::of(&frame.bytes), None, Vec::with_capacity);
    let again = Again { former: entry, first: Some(first), held: false };
    let parent = former.parent;
    Ok(Found::Staged(queued, Box::new(Recalled { frame, again, parent, reviews: Vec::new(), beside })))
}

/// What else lies in the stage was never on record, or has come to its end.
fn clear_stage(stage: Option<&Stage>, wanted: &BTreeMap<u64, Digest>) {
    let Some(stage) = stage else { return };
    for number in stage.staged() {
        // What cannot be removed is found again at the next start.
        let _ = match wanted.get(&number) {
            Some(released) => stage.keep(number, *released),
            None => stage.remove(number),
        };
    }
}

fn decision(log: &Log, entry: u64) -> io::Result<Option<Box<Decision>>> {
    let Some(bytes) = log.entry(entry)? else { return Ok(None) };
    match Event::read(&bytes) {
        Ok(Event::Decision(decision)) => Ok(Some(decision)),
        Ok(_) => Ok(None),
        Err(fault) => Err(io::Error::new(io::ErrorKind::InvalidData, fault.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Numbers, Run, again, clear_stage};
    use lockgate_audit::{ClockState, Event, Log, LogKey, Settings, Start};
    use lockgate_bytes::{Digest, Time};
    use lockgate_disk::SimDisk;
    use lockgate_egress::DirectorySink;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    /// The power went between a release and its hand-over, and somebody put a file in the place of the staged one.
    #[test]
    fn what_is_staged_in_the_place_of_a_release_is_not_decided_under_its_name() {
        let now = Time::from_unix_nanos(0);
        let key = LogKey::from_secret("test", &[7; 32]).unwrap();
        let public = key.trust().to_string();
        let disk = Arc::new(SimDisk::new(1));
        let (mut log, _) = Log::open(disk, key, Vec::new(), Settings::default()).unwrap();
        let mut page = Vec::new();
        let start = Start {
            at: now,
            epoch: 1,
            node: "n".to_owned(),
            engine: "0".to_owned(),
            bundle: Digest([1; 32]),
            revision: 1,
            lane: "a".to_owned(),
            config: Digest([0; 32]),
            clock: ClockState::Synchronised,
            key: public,
            cut_bytes: 0,
            outstanding: 0,
        };
        Event::Start(start).write(&mut page);
        log.append(&page).unwrap();
        let (came, left) = (Digest::of(b"as it came"), Digest::of(b"as it leaves"));
        let record = format!(
            "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"{now}\",\"decided\":\"{now}\",\"uptime_ns\":1,\
             \"clock\":\"synchronised\",\"again\":null,\"first\":null,\"receipt\":null,\"rewritten\":true,\"steps\":{{}},\
             \"not_after\":null,\"class\":null,\"account\":{{\"lane\":\"a\",\"source\":\"s\",\"verdict\":\"release\",\
             \"sha256\":\"{came}\",\"released_sha256\":\"{left}\"}}}}"
        );
        log.append(record.as_bytes()).unwrap();
        log.commit().unwrap();
        let numbers = Numbers::new([5; 32]);
        let run = Run { lane: "a", epoch: 2, now, numbers: &numbers };
        let (_sink, stage) = DirectorySink::open(Arc::new(SimDisk::new(2)), "a", "xml", 1 << 20).unwrap();
        let found = || again(&run, &log, Some(&stage), 1).map_err(|fault| fault.to_string()).unwrap();
        assert!(matches!(found(), Found::HandedOver), "nothing lies there");
        // What a later decision staged, and its record was not written.
        stage.put(numbers.of(1), b"of a later decision", Digest::of(b"of a later decision")).unwrap();
        assert!(matches!(found(), Found::HandedOver), "and it is not what was released");
        stage.put(numbers.of(1), b"as it leaves", left).unwrap();
        assert!(matches!(found(), Found::Staged(..)), "both lie there, and the one on record is taken");
        clear_stage(Some(&stage), &BTreeMap::from([(numbers.of(1), left)]));
        assert_eq!(stage.read(numbers.of(1), left).unwrap().unwrap(), b"as it leaves");
        assert!(stage.read(numbers.of(1), Digest::of(b"of a later decision")).unwrap().is_none());
        for other in [&b"something else"[..], b"as it came", b""] {
            stage.put(numbers.of(1), other, left).unwrap();
            assert!(matches!(found(), Found::Foreign));
        }
    }
}
