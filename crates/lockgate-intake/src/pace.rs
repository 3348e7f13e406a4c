//! How slow a client of a stream may be.

use lockgate_bytes::{Duration, Time};

/// What a stream's client may take its time for. All times but the grace are above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The longest silence between frames; separators are no sign of life.
    pub idle: Duration,
    /// The longest time from a frame's first byte to its last.
    pub frame: Duration,
    /// The least rate of a begun frame in bytes a second, on average since it began.
    pub rate_bytes: u64,
    /// For so long after a frame began its rate is not judged.
    pub grace: Duration,
    /// The longest time a TLS handshake may take.
    pub handshake: Duration,
}

impl Default for Patience {
    /// Five minutes of silence, 30 s for a frame, 64 bytes a second after 5 s, 10 s for a handshake.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(300),
            frame: Duration::from_secs(30),
            rate_bytes: 64,
            grace: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
        }
    }
}

impl Patience {
    /// True where every time but the grace is above zero.
    pub(crate) fn is_sound(&self) -> bool {
        [self.idle, self.frame, self.handshake].iter().all(|time| *time > Duration::ZERO)
    }
}

/// Why a client has lost its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lapse {
    /// Nothing came for too long, and nothing was begun.
    Idle,
    /// A begun frame came too slowly.
    Frame,
    /// The handshake did not end.
    Handshake,
}

/// One client's pace.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When something last happened that counts: the opening, the end of a handshake or of a frame.
    last: Time,
    begun: Option<Time>,
    held: usize,
    shaking: bool,
}

impl Pace {
    /// A connection opened `now`; `shaking` where a handshake comes first.
    pub(crate) fn new(now: Time, shaking: bool) -> Self {
        Self { last: now, begun: None, held: 0, shaking }
    }

    /// The handshake has ended.
    pub(crate) fn shaken(&mut self, now: Time) {
        self.shaking = false;
        self.last = now;
    }

    /// Bytes came: `completed` says that a frame ended among them, `held` how many of an unfinished one there are.
    pub(crate) fn progress(&mut self, now: Time, completed: bool, held: usize) {
        if completed {
            self.last = now;
            self.begun = None;
        }
        self.held = held;
        if held == 0 {
            self.begun = None;
        } else if self.begun.is_none() {
            self.begun = Some(now);
        }
    }

    /// Forgives `pause`, in which nothing was read.
    pub(crate) fn forgive(&mut self, pause: Duration) {
        self.last = self.last.plus(pause);
        self.begun = self.begun.map(|begun| begun.plus(pause));
    }

    /// What the client has failed to do by `now`.
    pub(crate) fn lapse(&self, patience: &Patience, now: Time) -> Option<Lapse> {
        if self.shaking {
            return (now.since(self.last) > patience.handshake).then_some(Lapse::Handshake);
        }
        let Some(begun) = self.begun else {
            return (now.since(self.last) > patience.idle).then_some(Lapse::Idle);
        };
        let elapsed = now.since(begun);
        let late = elapsed > patience.frame;
        let slow = elapsed > patience.grace && self.is_below(patience.rate_bytes, elapsed);
        (late || slow).then_some(Lapse::Frame)
    }

    fn is_below(&self, rate: u64, elapsed: Duration) -> bool {
        let nanos = u128::try_from(elapsed.nanos()).unwrap_or(0);
        let held = u128::try_from(self.held).unwrap_or(u128::MAX);
        held.saturating_mul(1_000_000_000) < u128::from(rate).saturating_mul(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lapse, Pace, Patience};
    use lockgate_bytes::{Duration, Time};

    fn at(seconds: i64) -> Time {
        Time::from_unix_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn silence_is_borne_for_a_while() {
        let (patience, mut pace) = (Patience::default(), Pace::new(at(0), false));
        assert_eq!(pace.lapse(&patience, at(300)), None);
        assert_eq!(pace.lapse(&patience, at(301)), Some(Lapse::Idle));
        pace.progress(at(290), true, 0);
        assert_eq!(pace.lapse(&patience, at(590)), None);
        // Separators alone: nothing completed, nothing held.
        pace.progress(at(580), false, 0);
        assert_eq!(pace.lapse(&patience, at(591)), Some(Lapse::Idle));
    }

    #[test]
    fn slow_loris_sends_a_byte_now_and_then_and_is_out() {
        let (patience, mut pace) = (Patience::default(), Pace::new(at(0), false));
        for second in 0..=5 {
            pace.progress(at(second), false, 1 + usize::try_from(second).unwrap());
            assert_eq!(pace.lapse(&patience, at(second)), None, "within its grace");
        }
        assert_eq!(pace.lapse(&patience, at(6)), Some(Lapse::Frame));
    }

    #[test]
    fn a_steady_client_has_until_the_end_of_its_time() {
        let (patience, mut pace) = (Patience::default(), Pace::new(at(0), false));
        for second in 0..=30 {
            pace.progress(at(second), false, 100 + 64 * usize::try_from(second).unwrap());
            assert_eq!(pace.lapse(&patience, at(second)), None, "{second}");
        }
        assert_eq!(pace.lapse(&patience, at(31)), Some(Lapse::Frame));
        // A frame ended and the next began in the same bytes: its time begins anew.
        pace.progress(at(30), true, 10);
        assert_eq!(pace.lapse(&patience, at(35)), None);
        assert_eq!(pace.lapse(&patience, at(36)), Some(Lapse::Frame));
    }

    #[test]
    fn a_handshake_has_its_own_time_and_a_pause_of_ours_is_forgiven() {
        let (patience, mut pace) = (Patience::default(), Pace::new(at(0), true));
        assert_eq!(pace.lapse(&patience, at(10)), None);
        assert_eq!(pace.lapse(&patience, at(11)), Some(Lapse::Handshake));
        pace.forgive(Duration::from_secs(5));
        assert_eq!(pace.lapse(&patience, at(15)), None);
        pace.shaken(at(15));
        pace.progress(at(15), false, 10);
        pace.forgive(Duration::from_secs(100));
        assert_eq!(pace.lapse(&patience, at(120)), None);
        assert_eq!(pace.lapse(&patience, at(121)), Some(Lapse::Frame));
    }
}
