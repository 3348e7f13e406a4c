//! What is turned away is told one by one while it is rare, and counted together when it is a flood.

use crate::{TurnedAway, Why};
use lockgate_bytes::{Duration, Time};
use std::sync::Arc;

/// So many of one kind are told one by one in a second.
const SINGLES: u32 = 16;

/// Counts by listener, source and reason. Its rows are bounded by the configuration, never by what arrives.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    listener: Arc<str>,
    source: Option<Arc<str>>,
    why: Why,
    /// Since when singles are counted, and how many there were.
    window: Time,
    singles: u32,
    /// What waits to be told together.
    waiting: Option<TurnedAway>,
}

impl Tally {
    /// True where one more of this kind may be told by itself at `now` (steady time). Ask before hashing.
    pub(crate) fn may_tell(&mut self, one: &TurnedAway, now: Time) -> bool {
        let Some(row) = self.row(one) else { return false };
        if now.since(row.window) >= Duration::from_secs(1) {
            row.window = now;
            row.singles = 0;
        }
        let may = row.singles < SINGLES;
        row.singles = row.singles.saturating_add(1);
        may
    }

    /// Keeps one, or several, to be told later together with others of its kind.
    pub(crate) fn keep(&mut self, more: TurnedAway) {
        let Some(row) = self.row(&more) else { return };
        row.waiting = Some(match row.waiting.take() {
            None => more,
            Some(had) => TurnedAway {
                count: had.count.saturating_add(more.count),
                size_bytes: had.size_bytes.saturating_add(more.size_bytes),
                first: had.first.min(more.first),
                last: had.last.max(more.last),
                sha256: None,
                ..had
            },
        });
    }

    /// The next kind that waits.
    pub(crate) fn take(&mut self) -> Option<TurnedAway> {
        self.rows.iter_mut().find_map(|row| row.waiting.take())
    }

    /// How many of this listener wait to be told.
    pub(crate) fn waiting_of(&self, listener: &str) -> u64 {
        let of = self.rows.iter().filter(|row| &*row.listener == listener);
        of.filter_map(|row| row.waiting.as_ref()).fold(0, |all, one| all.saturating_add(one.count))
    }

    /// True where nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.waiting.is_none())
    }

    fn row(&mut self, of: &TurnedAway) -> Option<&mut Row> {
        let same = |row: &Row| row.why == of.why && row.source == of.source && row.listener == of.listener;
        let at = self.rows.iter().position(same).unwrap_or_else(|| {
            let (listener, source) = (Arc::clone(&of.listener), of.source.clone());
            self.rows.push(Row {
                listener,
                source,
                why: of.why,
                window: Time::MIN,
                singles: 0,
                waiting: None,
            });
            self.rows.len().saturating_sub(1)
        });
        self.rows.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;
    use crate::{TurnedAway, Why};
    use lockgate_bytes::{Digest, Time};

    fn one(why: Why, source: Option<&str>, at: i64) -> TurnedAway {
        let time = Time::from_unix_nanos(at);
        TurnedAway {
            listener: "tracks".into(),
            source: source.map(Into::into),
            why,
            count: 1,
            size_bytes: 10,
            first: time,
            last: time,
            sha256: Some(Digest([7; 32])),
            receipt: None,
        }
    }

    #[test]
    fn a_few_are_told_and_a_flood_is_counted() {
        let mut tally = Tally::default();
        let told = (0..1_000)
            .filter(|_| tally.may_tell(&one(Why::OverRate, None, 0), Time::from_unix_nanos(5)))
            .count();
        assert_eq!(told, 16);
        assert!(
            tally.may_tell(&one(Why::Oversize, None, 0), Time::from_unix_nanos(5)),
            "each kind by itself"
        );
        assert!(
            tally.may_tell(&one(Why::OverRate, Some("a"), 0), Time::from_unix_nanos(5)),
            "each source by itself"
        );
        assert!(!tally.may_tell(&one(Why::OverRate, None, 0), Time::from_unix_nanos(999_999_999)));
        assert!(tally.may_tell(&one(Why::OverRate, None, 0), Time::from_unix_nanos(1_000_000_005)));
    }

    #[test]
    fn what_is_kept_is_told_once_and_whole() {
        let mut tally = Tally::default();
        for at in [5, 3, 9] {
            tally.keep(one(Why::OverRate, Some("a"), at));
        }
        tally.keep(one(Why::OverRate, Some("b"), 1));
        let first = tally.take().unwrap();
        assert_eq!((first.count, first.size_bytes, first.sha256), (3, 30, None));
        assert_eq!((first.first.unix_nanos(), first.last.unix_nanos()), (3, 9));
        assert_eq!(tally.take().unwrap(), one(Why::OverRate, Some("b"), 1), "a single one keeps its hash");
        assert_eq!(tally.take(), None);
    }
}
