//! The reference time of a command. Only this module reads a clock.

use crate::exit::Fault;
use lockgate_bytes::{Duration, Time};
use std::time::{Instant, SystemTime};

/// As of when objects are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The machine's clock, read for each object.
    Clock,
    /// One given time.
    At(Time),
    /// Each object's own observed time; an object that gives none is judged as of 1970-01-01T00:00:00Z.
    Object,
}

impl Reference {
    /// Reads `--now`.
    ///
    /// # Errors
    /// [`Fault`] where it is neither a time nor `object`.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Fault> {
        match text {
            None => Ok(Self::Clock),
            Some("object") => Ok(Self::Object),
            Some(text) => Time::parse(text.as_bytes()).map(Self::At).map_err(|_| {
                Fault::new(format!(
                    "--now {text}: not a time; write it like 2026-03-01T10:05:00Z, or `object`"
                ))
            }),
        }
    }
}

/// Reads `--now` where one time is asked for; the machine's clock where it is not given.
///
/// # Errors
/// [`Fault`] where it is no time.
pub(crate) fn given(text: Option<&str>) -> Result<Time, Fault> {
    match text {
        None => Ok(now()),
        Some(text) => Time::parse(text.as_bytes())
            .map_err(|_| Fault::new(format!("--now {text}: not a time; write it like 2026-03-01T10:05:00Z"))),
    }
}

/// A clock that begins with the machine's and goes on by itself: what is counted by it takes as long as it takes, wherever the machine's
/// clock is set to meanwhile.
pub(crate) fn steady() -> impl Fn() -> Time + Send {
    from(now(), Instant::now)
}

fn from(begun: Time, clock: impl Fn() -> Instant + Send) -> impl Fn() -> Time + Send {
    let first = clock();
    move || {
        let since = clock().saturating_duration_since(first);
        begun.plus(Duration::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// The machine's clock.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_unix_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::from;
    use lockgate_bytes::{Duration, Time};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration as Wait, Instant};

    #[test]
    fn the_steady_clock_goes_by_what_passes() {
        let (first, passed) = (Instant::now(), AtomicU64::new(0));
        let begun = Time::from_unix_nanos(1_700_000_000_000_000_000);
        let clock = from(begun, || first + Wait::from_millis(passed.load(Ordering::Relaxed)));
        assert_eq!(clock(), begun);
        for millis in [1, 20, 3_600_000] {
            passed.store(millis, Ordering::Relaxed);
            assert_eq!(
                clock().since(begun),
                Duration::from_nanos(i64::try_from(millis).unwrap() * 1_000_000)
            );
        }
    }
}
