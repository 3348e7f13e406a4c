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

/// The machine's clock.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_unix_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A clock that begins with the machine's, and from then on neither runs back nor jumps, however that one is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steady {
    base: Time,
    since: Instant,
}

impl Steady {
    /// Begins at this time.
    pub(crate) fn from(base: Time) -> Self {
        Self { base, since: Instant::now() }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Time {
        let nanos = i64::try_from(self.since.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.base.plus(Duration::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::Steady;
    use lockgate_bytes::Time;

    /// It is not the machine's clock that it goes by: that may be anything.
    #[test]
    fn a_steady_clock_goes_on_from_where_it_began() {
        let base = Time::from_unix_nanos(5_000_000_000);
        let clock = Steady::from(base);
        let first = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let then = clock.now();
        assert!(first >= base && then.since(first).nanos() >= 2_000_000);
        assert!(then.since(base).nanos() < 60_000_000_000, "{then:?}");
    }
}
