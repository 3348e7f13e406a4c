//! After a start: what a crash left behind is settled by what is on record.

use crate::chunk::{Part, Place, Places};
use crate::files;
use crate::item::StagedKey;
use crate::store::{IsRecorded, Recovered};
use crate::{Fault, FileStore};
use lockgate_bytes::{Digest, Time};
use std::collections::BTreeMap;

/// See [`crate::Store::recover`]. Only memory changes until the new index is durable; then what nobody needs is removed.
pub(crate) fn recover(store: &mut FileStore, is_recorded: &IsRecorded<'_>) -> Result<Recovered, Fault> {
    let Some(mut recovered) = store.found.take() else { return Ok(Recovered::default()) };
    let done = salvage(store, &recovered).and_then(|()| {
        match_with_log(store, is_recorded, &mut recovered)?;
        let is_clean = store.log.generation() > 0
            && recovered == Recovered { lost: recovered.lost.clone(), ..Recovered::default() };
        match is_clean {
            true => store.log.go_on().and_then(|()| store.log.sync()),
            false => store.log.replace(&store.index),
        }?;
        tidy(store)
    });
    match done {
        Ok(()) => Ok(recovered),
        Err(fault) => {
            // What was found so far stands in memory; the next call goes on from there.
            store.found = Some(recovered);
            Err(fault)
        }
    }
}

fn match_with_log(
    store: &mut FileStore,
    is_recorded: &IsRecorded<'_>,
    recovered: &mut Recovered,
) -> Result<(), Fault> {
    let waiting = store.index.slots().filter(|(_, slot)| slot.entry.is_none());
    let waiting: Vec<(u64, StagedKey)> = waiting.map(|(number, slot)| (number, slot.key)).collect();
    for (number, key) in waiting {
        let recorded = is_recorded(&key).map_err(Fault::disk("asking the log about", "what was staged"))?;
        // An entry holds one object: whatever else claims it was staged twice and recorded once.
        match recorded.filter(|entry| store.index.commit(number, *entry)) {
            Some(entry) => recovered.committed.push((entry, key.sha256)),
            None => {
                store.forget(number);
                recovered.removed.push(key);
            }
        }
    }
    let segments = &store.segments;
    let lost = store.index.slots().filter(|(_, slot)| !segments.covers_all(slot.places));
    recovered.lost = lost.filter_map(|(_, slot)| Some((slot.entry?, slot.key.sha256))).collect();
    Ok(())
}

/// What segments know of objects whose rows in the index are damaged.
#[derive(Default)]
struct Traces {
    /// Chunks of objects by their hash, with the number that they were written for.
    objects: BTreeMap<Digest, Place>,
    by_number: BTreeMap<u64, Trace>,
    accounts: BTreeMap<u64, Trace>,
    /// What came with objects.
    beside: BTreeMap<u64, Trace>,
}

/// A chunk, and the hash of its content; none where chunks of different content bear the same number, so that nobody knows
/// which is meant.
type Trace = Option<(Place, Digest)>;

fn note(traces: &mut BTreeMap<u64, Trace>, number: u64, place: Place, sha256: Digest) {
    let trace = traces.entry(number).or_insert(Some((place, sha256)));
    // A copy that was moved is the same; the later one stands where the index should say.
    *trace = trace.filter(|(_, known)| *known == sha256).map(|_| (place, sha256));
}

/// Where the index is damaged, what it said is looked for in the segments: entries without their row of staging, and
/// objects that the index looks for where they are not.
fn salvage(store: &mut FileStore, recovered: &Recovered) -> Result<(), Fault> {
    let orphans = std::mem::take(&mut store.index.orphans);
    let all_there = store.index.slots().all(|(_, slot)| store.segments.covers_all(slot.places));
    if recovered.damaged == 0 && orphans.is_empty() && all_there {
        return Ok(());
    }
    let traces = match traces(store) {
        Ok(traces) => traces,
        Err(fault) => {
            store.index.orphans = orphans;
            return Err(fault);
        }
    };
    for (number, entry) in orphans {
        let known = |traces: &BTreeMap<u64, Trace>| traces.get(&number).copied().flatten();
        let (Some((object, sha256)), Some((account, _))) =
            (known(&traces.by_number), known(&traces.accounts))
        else {
            continue;
        };
        let key = StagedKey { epoch: 0, draft: entry, sha256 };
        // Of an object that was held again under a new number, what came with it is found at its first: whoever decides it
        // again finds by its record that it is missing.
        let beside = known(&traces.beside).map(|(place, _)| place);
        let places = Places { object, account, beside };
        store.index.add(number, key, ("", Time::MIN), places, "");
        if store.index.commit(number, entry) {
            store.segments.needs(places);
        } else {
            store.index.remove(number);
        }
    }
    let slots: Vec<_> = store.index.slots().map(|(number, slot)| (number, *slot)).collect();
    for (number, slot) in slots {
        let elsewhere = |known: Place, trace: Option<&Place>| match store.segments.covers(known) {
            true => known,
            false => trace.copied().filter(|place| place.length == known.length).unwrap_or(known),
        };
        let Places { object, account, beside } = slot.places;
        let by_number =
            |traces: &BTreeMap<u64, Trace>| traces.get(&number).copied().flatten().map(|(place, _)| place);
        let places = Places {
            object: elsewhere(object, traces.objects.get(&slot.key.sha256)),
            account: elsewhere(account, by_number(&traces.accounts).as_ref()),
            beside: beside.map(|beside| elsewhere(beside, by_number(&traces.beside).as_ref())),
        };
        store.segments.done_with_all(slot.places);
        store.segments.needs(places);
        store.index.moved(number, places);
    }
    Ok(())
}

fn traces(store: &FileStore) -> Result<Traces, Fault> {
    let mut traces = Traces::default();
    for segment in store.segments.numbers() {
        store.segments.walk(segment, &mut |place, head| match head.part {
            Part::Object => {
                traces.objects.insert(head.sha256, place);
                note(&mut traces.by_number, head.number, place, head.sha256);
            }
            Part::Account => {
                note(&mut traces.accounts, head.number, place, head.sha256);
            }
            Part::Beside => {
                note(&mut traces.beside, head.number, place, head.sha256);
            }
        })?;
    }
    Ok(traces)
}

/// Removes what a crash left half done, and segments of which nothing is needed.
fn tidy(store: &mut FileStore) -> Result<(), Fault> {
    let found = files::found(&*store.disk)?;
    let old = found.indexes.iter().filter(|number| **number < store.log.generation());
    let old: Vec<String> = old.map(|number| files::index_name(*number)).collect();
    old.iter().chain(&found.unfinished).try_for_each(|name| files::remove(&*store.disk, name))?;
    store.segments.empty().into_iter().try_for_each(|number| store.segments.remove(number))
}
