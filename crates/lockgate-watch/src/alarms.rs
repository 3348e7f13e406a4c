//! Alarms: what is wrong with the lane, under a stable name, since when, and what to do about it. Health follows from them.

use crate::meaning::Alarm;
use crate::words::words;
use lockgate_bytes::{Duration, Time};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// An alarm about something that happened, not something that lasts, is shown for so many seconds after the last time.
pub const REMEMBERED_SECONDS: i64 = 3600;
/// Characters of a detail.
const DETAIL_CHARACTERS_MAX: usize = 160;

words! {
    /// What an alarm takes away. Each of them takes away what stands after it, too.
    Stops {
        /// The process is of no use; start it again.
        Live = "live",
        /// It does not work yet, or no longer.
        Ready = "ready",
        /// Nothing is released.
        Releasing = "releasing",
        /// Nothing; somebody should look.
        Nothing = "nothing",
    }
}

/// An alarm that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Which.
    pub alarm: Alarm,
    /// Since when it stands.
    pub since: Time,
    /// How often it has come up: one that lasts, since the lane started; one that passes, since then.
    pub times: u64,
    /// What exactly: a path, an error of the system, a name. Never payload.
    pub detail: String,
}

/// Which alarms stand. Raising one again that stands already waits for nobody.
#[derive(Debug)]
pub(crate) struct Board(Vec<Lamp>);

#[derive(Debug)]
struct Lamp {
    /// Nanoseconds of the time since when it stands; [`OFF`] where it does not.
    since: AtomicI64,
    last: AtomicI64,
    times: AtomicU64,
    detail: Mutex<String>,
}

const OFF: i64 = i64::MIN;

impl Lamp {
    /// What exactly is wrong, from now on.
    fn say(&self, text: &str) {
        *self.detail.lock().unwrap_or_else(PoisonError::into_inner) = plain(text);
    }

    /// The same where it differs. Waits for nobody: while somebody reads it, it stays, and the next call writes it.
    fn say_anew(&self, text: &str) {
        let Ok(mut detail) = self.detail.try_lock() else { return };
        if !letters(text).eq(detail.chars()) {
            *detail = plain(text);
        }
    }
}

impl Board {
    pub(crate) fn new() -> Self {
        let lamp = || Lamp {
            since: AtomicI64::new(OFF),
            last: AtomicI64::new(OFF),
            times: AtomicU64::new(0),
            detail: Mutex::new(String::new()),
        };
        Self(std::iter::repeat_with(lamp).take(Alarm::ALL.len()).collect())
    }

    /// Raises an alarm; true where it did not stand before.
    pub(crate) fn raise(&self, alarm: Alarm, now: Time, detail: &str) -> bool {
        let Some(lamp) = self.0.get(alarm.place()) else { return false };
        let now = now.unix_nanos().max(OFF.saturating_add(1));
        let before = lamp.last.swap(now, Relaxed);
        let forgotten = alarm.meaning().passing
            && before != OFF
            && Time::from_unix_nanos(now).since(Time::from_unix_nanos(before)) > remembered();
        let is_passing = alarm.meaning().passing;
        if lamp.since.load(Relaxed) != OFF && !forgotten {
            // What lasts is told again and again while it lasts; what passes has happened again.
            lamp.times.fetch_add(u64::from(is_passing), Relaxed);
            if !is_passing {
                // It may last for another reason by now, and the remedy says to look at the detail.
                lamp.say_anew(detail);
            }
            return false;
        }
        lamp.say(detail);
        let times = if is_passing { 0 } else { lamp.times.load(Relaxed) };
        lamp.times.store(times.saturating_add(1), Relaxed);
        lamp.since.store(now, Relaxed);
        true
    }

    /// Lowers an alarm; true where it stood.
    pub(crate) fn clear(&self, alarm: Alarm) -> bool {
        self.0.get(alarm.place()).is_some_and(|lamp| {
            lamp.last.store(OFF, Relaxed);
            lamp.since.swap(OFF, Relaxed) != OFF
        })
    }

    /// The alarms that stand, those that stop most first.
    pub(crate) fn standing(&self, now: Time) -> Vec<Raised> {
        let mut raised: Vec<Raised> = Vec::new();
        for (alarm, lamp) in Alarm::ALL.iter().zip(&self.0) {
            let (since, last) = (lamp.since.load(Relaxed), lamp.last.load(Relaxed));
            let age = now.since(Time::from_unix_nanos(last));
            if since == OFF || alarm.meaning().passing && age > remembered() {
                continue;
            }
            let detail = lamp.detail.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let times = lamp.times.load(Relaxed);
            raised.push(Raised { alarm: *alarm, since: Time::from_unix_nanos(since), times, detail });
        }
        sort(&mut raised);
        raised
    }
}

fn remembered() -> Duration {
    Duration::from_secs(REMEMBERED_SECONDS)
}

/// Those that stop most first.
pub(crate) fn sort(raised: &mut [Raised]) {
    raised.sort_by_key(|raised| (raised.alarm.meaning().stops, raised.alarm));
}

/// Bounded, on one line, nothing that moves a cursor.
pub(crate) fn plain(text: &str) -> String {
    letters(text).collect()
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    let harmless = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    text.chars().take(DETAIL_CHARACTERS_MAX).map(harmless)
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Board, Stops, remembered};
    use lockgate_bytes::{Duration, Time};

    #[test]
    fn every_alarm_says_what_is_wrong_and_what_to_do() {
        for alarm in Alarm::ALL {
            let meaning = alarm.meaning();
            assert!(meaning.says.len() > 10 && meaning.remedy.len() > 20, "{}", alarm.name());
            assert!(!meaning.passing || meaning.stops == Stops::Nothing, "{}", alarm.name());
            assert!(alarm.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        }
    }

    #[test]
    fn a_lasting_alarm_stands_until_it_is_cleared() {
        let (board, now) = (Board::new(), Time::from_unix_nanos(5));
        assert_eq!(board.standing(now), []);
        assert!(board.raise(Alarm::LogUnwritable, now, "log/0001: no\nroom\u{1b}"));
        assert!(!board.raise(
            Alarm::LogUnwritable,
            now.plus(Duration::from_secs(3600)),
            "log/0001: no\nroom\u{1b}"
        ));
        let later = now.plus(Duration::from_secs(1_000_000));
        let standing = board.standing(later);
        assert_eq!((standing.len(), standing[0].since, standing[0].times), (1, now, 1));
        assert_eq!(standing[0].detail, "log/0001: no?room?");
        // It lasts for another reason by now: told no second time, and shown.
        assert!(!board.raise(Alarm::LogUnwritable, later, "log/0001: denied\r"));
        let standing = board.standing(later);
        assert_eq!((standing.len(), standing[0].since, standing[0].times), (1, now, 1));
        assert_eq!(standing[0].detail, "log/0001: denied?");
        assert!(board.clear(Alarm::LogUnwritable) && !board.clear(Alarm::LogUnwritable));
        assert_eq!(board.standing(later), []);
        assert!(board.raise(Alarm::LogUnwritable, later, "anew"));
        assert_eq!((board.standing(later)[0].since, board.standing(later)[0].times), (later, 2));
    }

    #[test]
    fn a_passing_alarm_is_forgotten_and_begins_anew() {
        let (board, now) = (Board::new(), Time::from_unix_nanos(0));
        assert!(board.raise(Alarm::Spill, now, "source alpha"));
        let end = now.plus(remembered());
        assert_eq!(board.standing(end).len(), 1);
        let after = end.plus(Duration::from_nanos(1));
        assert_eq!(board.standing(after), []);
        assert!(board.raise(Alarm::Spill, after, "source beta"));
        assert_eq!((board.standing(after)[0].since, board.standing(after)[0].times), (after, 1));
        // What passes keeps the words of its first time: the counters say how often it came up.
        assert!(!board.raise(Alarm::Spill, after, "source gamma"));
        assert_eq!((board.standing(after)[0].times, &*board.standing(after)[0].detail), (2, "source beta"));
    }

    #[test]
    fn what_stops_most_stands_first() {
        let (board, now) = (Board::new(), Time::from_unix_nanos(0));
        for alarm in [Alarm::Spill, Alarm::DiskFull, Alarm::Starting, Alarm::EngineStuck] {
            board.raise(alarm, now, "");
        }
        let order: Vec<Alarm> = board.standing(now).into_iter().map(|raised| raised.alarm).collect();
        assert_eq!(order, [Alarm::EngineStuck, Alarm::Starting, Alarm::DiskFull, Alarm::Spill]);
    }
}
