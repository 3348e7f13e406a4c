//! Live traffic from the samples: each with the times of now and an identity of its own.

use super::documents::{DOCUMENTS, Document};
use super::samples::{SAMPLES, Sample, fixture};
use crate::exit::Fault;
use crate::fixture::{Fixture, offered};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Duration, Time};

/// Length of a time such as `2026-03-01T10:04:50Z`.
const TIME_BYTES: usize = 20;
/// How the identity of a sample begins; four digits follow.
const IDENTITY: &[u8] = b"LG-";
const IDENTITY_BYTES: usize = 7;

/// What comes down, over and over: the first three show the three verdicts.
pub(super) const DOWN: &[&str] = &[
    "release-ground-track",
    "hold-unlabelled",
    "refuse-secret",
    "pdf-hidden-text",
    "release-attributes-in-any-order",
    "hold-codeword",
    "jpeg-label-disagrees",
    "refuse-air-track",
    "release-device-left-out",
    "refuse-misspelt-level",
    "release-bound-label",
    "hold-undeclared-part-with-marking",
    "refuse-expired",
    "release-ground-track",
    "refuse-document-type",
];

/// What goes up. An object without a label is held in both directions.
pub(super) const UP: &[&str] = &[
    "release-partner-track",
    "hold-unlabelled",
    "refuse-spill",
    "release-partner-track",
    "refuse-undeclared-part",
    "release-partner-track",
];

/// A sample that is offered to a lane.
pub(super) struct Piece {
    pub(super) sample: Sample,
    /// The word of the verdict that it should get.
    pub(super) expected: &'static str,
    bytes: Vec<u8>,
    /// The time at which it was written.
    at: Time,
}

/// One direction's traffic.
pub(super) struct Traffic {
    pieces: Vec<Piece>,
    offered: usize,
}

impl Traffic {
    /// From the names of fixtures and documents.
    ///
    /// # Errors
    /// [`Fault`] where this program was built wrongly.
    pub(super) fn of(names: &[&str], fixtures: &[Fixture], bundle: &Bundle) -> Result<Self, Fault> {
        let pieces = names.iter().map(|name| {
            if let Some(Document { sample, bytes }) =
                DOCUMENTS.into_iter().find(|document| document.sample.fixture == *name)
            {
                // Nothing in it is a time.
                return Ok(Piece { sample, expected: "hold", bytes: bytes(), at: Time::from_unix_nanos(0) });
            }
            let (bytes, expected, at) =
                offered(fixture(name, fixtures)?, fixtures, bundle).map_err(Fault::new)?;
            let sample = SAMPLES.iter().find(|sample| sample.fixture == *name);
            let sample = *sample.ok_or_else(|| Fault::new(format!("{name} is no sample")))?;
            Ok(Piece { sample, expected, bytes, at })
        });
        Ok(Self { pieces: pieces.collect::<Result<_, Fault>>()?, offered: 0 })
    }

    /// The next object as its source would send it at `now`, and the place of its piece.
    pub(super) fn next(&mut self, now: Time) -> Option<(Vec<u8>, usize)> {
        let place = self.offered.checked_rem(self.pieces.len())?;
        self.offered = self.offered.saturating_add(1);
        let piece = self.pieces.get(place)?;
        Some((as_of(&piece.bytes, piece.at, now, self.offered), place))
    }

    /// How many were asked for.
    pub(super) fn offered(&self) -> usize {
        self.offered
    }

    /// The piece at a place.
    pub(super) fn piece(&self, place: usize) -> Option<&Piece> {
        self.pieces.get(place)
    }
}

/// The object, with every time moved by as much as `now` is after `at`, in whole seconds, and a numbered identity.
fn as_of(bytes: &[u8], at: Time, now: Time, number: usize) -> Vec<u8> {
    const SECOND: i64 = 1_000_000_000;
    let whole = now.unix_nanos().saturating_sub(now.unix_nanos().rem_euclid(SECOND));
    let shift = Duration::from_nanos(whole.saturating_sub(at.unix_nanos()));
    let mut out = Vec::with_capacity(bytes.len().saturating_add(8));
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if let Some((time, behind)) = time(rest) {
            let mut text = [0; 32];
            let length = time.plus(shift).write(&mut text);
            out.extend(text.iter().take(length));
            rest = behind;
        } else if let Some(behind) = identity(rest) {
            out.extend(IDENTITY);
            out.extend(format!("{number:04}").bytes());
            rest = behind;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// The time that stands here, and what is behind it.
fn time(bytes: &[u8]) -> Option<(Time, &[u8])> {
    let (text, behind) = bytes.split_at_checked(TIME_BYTES)?;
    let looks = text.get(4) == Some(&b'-') && text.last() == Some(&b'Z');
    let time = looks.then(|| Time::parse(text).ok()).flatten()?;
    Some((time, behind))
}

/// What is behind the identity that stands here.
fn identity(bytes: &[u8]) -> Option<&[u8]> {
    let (text, behind) = bytes.split_at_checked(IDENTITY_BYTES)?;
    let digits = text.strip_prefix(IDENTITY)?;
    digits.iter().all(u8::is_ascii_digit).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::{DOWN, Traffic, UP, as_of};
    use crate::embedded;
    use crate::fixture::Fixture;
    use lockgate_bundle::{Bundle, Strictness};
    use lockgate_bytes::Time;

    fn time(text: &str) -> Time {
        Time::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn times_move_together_and_everything_else_stays() {
        let before =
            br#"<e uid="LG-0001" a="2026-03-01T10:04:50Z" b='2026-03-01T10:09:50Z'/>LG-12 2026-03-01T10"#;
        let after = as_of(before, time("2026-03-01T10:05:00Z"), time("2027-12-31T23:59:59.75Z"), 4711);
        let expected =
            br#"<e uid="LG-4711" a="2027-12-31T23:59:49Z" b='2028-01-01T00:04:49Z'/>LG-12 2026-03-01T10"#;
        assert_eq!(String::from_utf8_lossy(&after), String::from_utf8_lossy(expected));
        let own = time("2026-03-01T10:05:00Z");
        assert_eq!(as_of(before, own, own, 1), before);
    }

    #[test]
    fn each_direction_shows_every_verdict_at_once_and_no_object_twice() {
        let bundle = Bundle::build_as(&embedded::rules(), Strictness::Trial).unwrap();
        let (fixtures, _) = Fixture::load(&embedded::fixtures());
        for names in [DOWN, UP] {
            let mut traffic = Traffic::of(names, &fixtures, &bundle).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for turn in 0..2 * names.len() {
                let (bytes, place) = traffic.next(time("2026-11-22T05:00:00Z")).unwrap();
                assert!(seen.insert(bytes), "{turn}");
                if turn < 3 {
                    assert_eq!(traffic.piece(place).unwrap().expected, ["release", "hold", "refuse"][turn]);
                }
            }
        }
    }
}
