//! What became of objects, as entries of the log: many objects in few records.

use lockgate_audit::{Event, Outcome, Settled};
use lockgate_bytes::Time;
use std::collections::BTreeMap;

/// Ranges in one record of outcomes, at most: some 45 bytes each.
const RANGES_MAX: usize = 1000;

/// Says of the decisions under each outcome that they came to it.
pub(super) fn events(
    epoch: u64,
    lane: &str,
    ends: BTreeMap<Outcome, Vec<u64>>,
    at: Time,
) -> impl Iterator<Item = Event> {
    ends.into_iter().flat_map(move |(outcome, entries)| {
        let ranges = ranges(entries);
        let settled = |ranges: &[(u64, u64)]| {
            Event::Egress(Settled {
                at,
                epoch,
                lane: lane.to_owned(),
                outcomes: vec![(outcome, ranges.to_vec())],
            })
        };
        ranges.chunks(RANGES_MAX).map(settled).collect::<Vec<_>>()
    })
}

/// How many decisions came to this outcome, of those that the events speak of.
pub(super) fn count(events: &[Event], outcome: Outcome) -> u64 {
    let settled = events.iter().filter_map(|event| match event {
        Event::Egress(settled) => Some(&settled.outcomes),
        _ => None,
    });
    let ranges = settled.flatten().filter(|(of, _)| *of == outcome).flat_map(|(_, ranges)| ranges);
    ranges.fold(0, |count, (from, to)| count.saturating_add(to.saturating_sub(*from).saturating_add(1)))
}

/// The bytes of an event in the log, at most, without writing it.
pub(super) fn weight(event: &Event) -> usize {
    match event {
        Event::Egress(settled) | Event::Hold(settled) => {
            let ranges = settled.outcomes.iter().map(|(_, ranges)| ranges.len());
            ranges.fold(512, |bytes, ranges| bytes.saturating_add(ranges.saturating_mul(48)))
        }
        // Names and reasons of an operator are bounded where they are read.
        Event::Bundle(_) => 32 << 10,
        // A statement in base64.
        Event::Review(_) => 16 << 10,
        _ => 4096,
    }
}

/// Entries as ranges, from and to included, rising.
fn ranges(mut entries: Vec<u64>) -> Vec<(u64, u64)> {
    entries.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for entry in entries {
        match ranges.last_mut() {
            Some((_, to)) if to.checked_add(1) == Some(entry) => *to = entry,
            _ => ranges.push((entry, entry)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::{count, events, ranges};
    use lockgate_audit::Outcome;
    use lockgate_bytes::Time;
    use std::collections::BTreeMap;

    #[test]
    fn decisions_are_counted_by_what_became_of_them() {
        let gaps = (0..5_000).map(|entry| entry * 3).collect();
        let ends = BTreeMap::from([(Outcome::Sent, vec![1]), (Outcome::Indeterminate, gaps)]);
        let events: Vec<_> = events(1, "a", ends, Time::from_unix_nanos(0)).collect();
        assert!(events.len() > 2);
        let counts = [Outcome::Sent, Outcome::Indeterminate, Outcome::Recalled].map(|of| count(&events, of));
        assert_eq!(counts, [1, 5_000, 0]);
    }

    #[test]
    fn entries_become_ranges() {
        assert_eq!(ranges(vec![]), []);
        assert_eq!(ranges(vec![5]), [(5, 5)]);
        assert_eq!(ranges(vec![3, 1, 2, 7, 9, 8, u64::MAX]), [(1, 3), (7, 9), (u64::MAX, u64::MAX)]);
    }
}
