//! Giving back what settled objects took: empty segments are removed, and the rest of wasteful ones moves.

use crate::chunk::{Expected, Part, Place, Places, read};
use crate::files::segment_name;
use crate::index::Slot;
use crate::row::Row;
use crate::segments::chunk_at;
use crate::{Fault, FileStore};
use std::collections::BTreeMap;

/// Sees to it that `need` more bytes fit into the quota.
pub(crate) fn make_room(store: &mut FileStore, need: u64, quota: u64) -> Result<(), Fault> {
    let fits = |store: &FileStore| store.used().saturating_add(need) <= quota;
    if fits(store) {
        return Ok(());
    }
    remove_empty(store)?;
    while !fits(store) {
        let Some(segment) = store.segments.wasteful() else { break };
        // One that cannot be emptied stands in the way of none of the others.
        match can_be_emptied(store, segment)? {
            true => empty_out(store, segment)?,
            false => store.segments.leave(segment),
        }
        remove_empty(store)?;
    }
    if !fits(store) {
        // Most of the index may speak of what is gone.
        let kept = u64::try_from(store.index.len()).unwrap_or(u64::MAX);
        if store.log.rows.wrapping_div(4) > kept {
            store.log.replace(&store.index)?;
        }
    }
    match fits(store) {
        true => Ok(()),
        false => Err(Fault::Full { quota, used: store.used(), asked: need }),
    }
}

/// Removes the segments of which nothing is needed. What says so is durable before they go.
pub(crate) fn remove_empty(store: &mut FileStore) -> Result<(), Fault> {
    let empty = store.segments.empty();
    if empty.is_empty() {
        return Ok(());
    }
    store.log()?.sync()?;
    empty.into_iter().try_for_each(|number| store.segments.remove(number))
}

/// Looks at all that is needed of a segment before anything of it moves. False where a chunk is damaged or not there: it stays
/// where it is, for whoever repairs it.
fn can_be_emptied(store: &FileStore, segment: u32) -> Result<bool, Fault> {
    for (_, slot) in store.index.slots() {
        for (place, part) in slot.places.parts().filter(|(place, _)| place.segment == segment) {
            match whole_chunk(store, slot, (place, part)) {
                Ok(_) => {}
                Err(Fault::Damaged { .. }) => return Ok(false),
                Err(other) => return Err(other),
            }
        }
    }
    Ok(true)
}

/// A chunk as it stands there, found to be what it should be.
fn whole_chunk(store: &FileStore, slot: &Slot, (place, part): (Place, Part)) -> Result<Vec<u8>, Fault> {
    let bytes = chunk_at(&*store.disk, place)?;
    let sha256 = (part == Part::Object).then_some(slot.key.sha256);
    let expected = Expected { part, length: place.length, sha256 };
    match read(bytes.clone(), &expected, store.key.as_ref(), store.home.is_sealed()) {
        Ok(_) => Ok(bytes),
        Err(_) => {
            let what = "a chunk that is needed is damaged";
            Err(Fault::damaged(&segment_name(place.segment), u64::from(place.offset), what))
        }
    }
}

/// Moves what is needed of a segment to the one that is written.
fn empty_out(store: &mut FileStore, segment: u32) -> Result<(), Fault> {
    store.segments.end(segment);
    let mut moves: BTreeMap<Place, Place> = BTreeMap::new();
    let mut rows = Vec::new();
    let slots: Vec<_> = store.index.slots().map(|(number, slot)| (number, *slot)).collect();
    for (number, slot) in slots {
        for (place, part) in slot.places.parts().filter(|(place, _)| place.segment == segment) {
            if moves.contains_key(&place) {
                continue;
            }
            let bytes = whole_chunk(store, &slot, (place, part))?;
            let (to, offset) = store.segments.ready()?;
            let offset = u32::try_from(offset)
                .map_err(|_| Fault::TooLarge { size: offset, most: u64::from(u32::MAX) })?;
            store.segments.append(&bytes)?;
            if to != segment {
                moves.insert(place, Place { segment: to, offset, ..place });
            }
        }
        let there = |place: Place| moves.get(&place).copied().unwrap_or(place);
        let Places { object, account, beside } = slot.places;
        let places = Places { object: there(object), account: there(account), beside: beside.map(there) };
        if places != slot.places {
            rows.push(Row::Moved { number, places });
        }
    }
    store.segments.sync()?;
    // The old segment goes only once these rows are durable: see `remove_empty`.
    store.log()?.append(&rows)?;
    for row in &rows {
        let Row::Moved { number, places } = row else { continue };
        let Some(slot) = store.index.slot(*number).copied() else { continue };
        store.segments.done_with_all(slot.places);
        store.segments.needs(*places);
        store.index.moved(*number, *places);
    }
    Ok(())
}
