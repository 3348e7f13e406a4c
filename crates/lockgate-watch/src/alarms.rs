//! Alarms: what is wrong with the lane, under a stable name, since when, and what to do about it. Health follows from them.

use crate::words::words;
use lockgate_bytes::{Duration, Time};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// An alarm about something that happened, not something that lasts, is shown for so many seconds after the last time.
pub const REMEMBERED_SECONDS: i64 = 3600;
/// Characters of a detail.
const DETAIL_CHARACTERS_MAX: usize = 160;

words! {
    /// Everything that can be wrong. `docs/OPERATIONS.md` has a line for each.
    Alarm {
        /// Not all is open and loaded yet.
        Starting = "starting",
        /// The lane finishes and stops.
        Draining = "draining",
        /// The intake thread gives no sign of life.
        IntakeStuck = "intake-stuck",
        /// The engine thread gives no sign of life.
        EngineStuck = "engine-stuck",
        /// The journal thread gives no sign of life.
        JournalStuck = "journal-stuck",
        /// The egress thread gives no sign of life.
        EgressStuck = "egress-stuck",
        /// A listener could not be opened, or was lost.
        ListenerDown = "listener-down",
        /// A decision record cannot be made durable.
        LogUnwritable = "log-unwritable",
        /// Decisions wait too long to become durable.
        LogBehind = "log-behind",
        /// The second place has not got a checkpoint for too long.
        CheckpointNotPushed = "checkpoint-not-pushed",
        /// The hold store cannot take an object.
        HoldUnwritable = "hold-unwritable",
        /// Bytes of a held object are gone.
        HeldMissing = "held-missing",
        /// No room on a disk.
        DiskFull = "disk-full",
        /// Little room on a disk.
        DiskLow = "disk-low",
        /// No file or socket can be opened any more.
        OutOfDescriptors = "out-of-descriptors",
        /// The clock jumped.
        ClockStepped = "clock-stepped",
        /// Nobody says that the clock is right.
        ClockUnsynchronised = "clock-unsynchronised",
        /// What is sent is not taken.
        EgressFailing = "egress-failing",
        /// Released objects went to the hold store, as the queue was full.
        QueueFull = "queue-full",
        /// Frames were dropped, as the lane was too slow.
        IntakeFull = "intake-full",
        /// The kernel dropped datagrams before the lane read them.
        KernelDrops = "kernel-drops",
        /// An object claimed more than its source's network may hold.
        Spill = "spill",
        /// The guard disagreed with itself.
        InternalFault = "internal-fault",
        /// A new bundle was refused; the lane goes on with the old one.
        ReloadRefused = "reload-refused",
        /// Something ends within 30 days.
        ExpiresSoon = "expires-soon",
        /// Something has ended.
        Expired = "expired",
    }
}

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

/// One line of the table of alarms.
#[derive(Debug)]
pub struct Meaning {
    /// What it takes away.
    pub stops: Stops,
    /// It happened, rather than lasts: shown for [`REMEMBERED_SECONDS`] after the last time.
    pub passing: bool,
    /// What is wrong.
    pub says: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Alarm {
    /// What it means, and what to do.
    pub fn meaning(self) -> Meaning {
        let lasting = |stops, says, remedy| Meaning { stops, passing: false, says, remedy };
        let passing = |says, remedy| Meaning { stops: Stops::Nothing, passing: true, says, remedy };
        match self {
            Self::Starting => lasting(
                Stops::Ready,
                "not all is open and loaded yet",
                "Wait some seconds; then read the lane's log for what it waits for.",
            ),
            Self::Draining => lasting(
                Stops::Ready,
                "the lane takes nothing in any more, finishes and stops",
                "Nothing, if you asked for it; start the lane again afterwards.",
            ),
            Self::IntakeStuck => stuck("the intake thread gives no sign of life"),
            Self::EngineStuck => stuck("the engine thread gives no sign of life"),
            Self::JournalStuck => stuck("the journal thread gives no sign of life"),
            Self::EgressStuck => stuck("the egress thread gives no sign of life"),
            Self::ListenerDown => lasting(
                Stops::Ready,
                "a listener is not open",
                "Look at the detail: is the address on this machine, and free? The lane tries again.",
            ),
            Self::LogUnwritable => lasting(
                Stops::Releasing,
                "a decision cannot be recorded, so nothing is released",
                "Look at the detail: room, rights, the disk itself. The lane goes on once a record is durable.",
            ),
            Self::LogBehind => lasting(
                Stops::Nothing,
                "decisions wait long to become durable",
                "The disk of the log is slow or shared; move what else writes to it.",
            ),
            Self::CheckpointNotPushed => lasting(
                Stops::Nothing,
                "the second place has had no checkpoint for long",
                "See that the second place can be written; until then a rewritten log would not be noticed.",
            ),
            Self::HoldUnwritable => lasting(
                Stops::Releasing,
                "an object cannot be held, so nothing is released",
                "Look at the detail: room, rights, the disk itself. The lane goes on once an object can be held.",
            ),
            Self::HeldMissing => lasting(
                Stops::Nothing,
                "bytes of a held object are gone; this must not happen",
                "Keep log and store as they are, and find out who changed the store.",
            ),
            Self::DiskFull => lasting(
                Stops::Releasing,
                "a disk of the lane has no room left, so nothing is released",
                "Make room on the disk that the detail names; the lane goes on by itself.",
            ),
            Self::DiskLow => lasting(
                Stops::Nothing,
                "a disk of the lane has less than 10 % left",
                "Make room on the disk that the detail names, or move old segments of the log elsewhere.",
            ),
            Self::OutOfDescriptors => lasting(
                Stops::Releasing,
                "no file can be opened any more, so nothing is released",
                "See who connects so often; raise LimitNOFILE of the unit if it is right so.",
            ),
            Self::ClockStepped => lasting(
                Stops::Releasing,
                "the clock jumped, so nothing is released until an operator confirms it",
                "Compare the clock with another one; if it is right, confirm it (request `confirm-clock`).",
            ),
            Self::ClockUnsynchronised => lasting(
                Stops::Releasing,
                "nobody says that the clock is right, so nothing is released",
                "See why it is not synchronised; or compare it and confirm it (request `confirm-clock`).",
            ),
            Self::EgressFailing => lasting(
                Stops::Releasing,
                "what is sent is not taken by the network or folder",
                "Look at the detail: link, address, folder. Objects wait by precedence until they expire.",
            ),
            Self::QueueFull => passing(
                "released objects went to the hold store, as the queue was full",
                "The link is too slow for what is released; see who sends so much, or raise its rate.",
            ),
            Self::IntakeFull => passing(
                "frames were dropped, as the lane was too slow",
                "See which source sends so much; limit its rate in the deployment file.",
            ),
            Self::KernelDrops => passing(
                "the kernel dropped datagrams before the lane read them",
                "Raise net.core.rmem_max and the listener's buffer, or see who sends so much.",
            ),
            Self::Spill => passing(
                "an object claimed more than its source's network may hold",
                "Tell the security officer of the source's network; the record in the log names the object.",
            ),
            Self::InternalFault => passing(
                "the guard disagreed with itself; the object was not released",
                "Report it with the decision record.",
            ),
            Self::ReloadRefused => passing(
                "a new bundle was refused; the lane goes on with the old one",
                "Look at the detail; sign or repair the bundle and reload again.",
            ),
            Self::ExpiresSoon => lasting(
                Stops::Nothing,
                "something ends within 30 days",
                "Renew what the detail names, sign the new bundle, and reload.",
            ),
            Self::Expired => lasting(
                Stops::Nothing,
                "something has ended; what needs it is not released",
                "Renew what the detail names, sign the new bundle, and reload.",
            ),
        }
    }
}

fn stuck(says: &'static str) -> Meaning {
    let remedy = "Keep the log of the last minutes, start the lane again, and report it.";
    Meaning { stops: Stops::Live, passing: false, says, remedy }
}

/// An alarm that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Which.
    pub alarm: Alarm,
    /// Since when it stands.
    pub since: Time,
    /// How often it was raised since then.
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
        if lamp.since.load(Relaxed) != OFF && !forgotten {
            lamp.times.fetch_add(1, Relaxed);
            return false;
        }
        *lamp.detail.lock().unwrap_or_else(PoisonError::into_inner) = plain(detail);
        lamp.times.store(1, Relaxed);
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
    let harmless = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    text.chars().take(DETAIL_CHARACTERS_MAX).map(harmless).collect()
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
        assert!(!board.raise(Alarm::LogUnwritable, now.plus(Duration::from_secs(3600)), "again"));
        let later = now.plus(Duration::from_secs(1_000_000));
        let standing = board.standing(later);
        assert_eq!((standing.len(), standing[0].since, standing[0].times), (1, now, 2));
        assert_eq!(standing[0].detail, "log/0001: no?room?");
        assert!(board.clear(Alarm::LogUnwritable) && !board.clear(Alarm::LogUnwritable));
        assert_eq!(board.standing(later), []);
        assert!(board.raise(Alarm::LogUnwritable, later, "anew"));
        assert_eq!(board.standing(later)[0].since, later);
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
