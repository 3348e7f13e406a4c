//! A sender that is started twice, for tests of what hears it.

use crate::station::Link;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Limits, LinkKey, ManifestSecret, Object, Plane, Sender, Start, Step, Supply, Terms};
use std::collections::VecDeque;

pub(crate) const CLASS: Precedence = Precedence::Routine;
pub(crate) const EPOCHS: [u64; 2] = [3 << 32, 4 << 32];
/// Objects of each epoch.
pub(crate) const OBJECTS: u64 = 6;

fn at(millis: i64) -> Time {
    Time::from_unix_nanos(1_700_000_000_000_000_000 + millis * 1_000_000)
}

struct Waits(VecDeque<Object>);

impl Supply for Waits {
    fn highest(&self) -> Option<Precedence> {
        self.0.front().map(|_| CLASS)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        if class == CLASS && plane == Plane::Small { self.0.pop_front() } else { None }
    }
}

/// What leaves in both epochs, and when; the second says how far the first came.
pub(crate) fn datagrams() -> Vec<(Time, Vec<u8>)> {
    let (mut all, mut out, mut now, mut closing) = (Vec::new(), Vec::new(), at(0), None);
    for epoch in EPOCHS {
        let terms = Terms { small_repair: 0, rate: Some(1_000_000), ..Terms::new(7) };
        let start = Start { epoch, closing };
        let mut sender =
            Sender::new(terms, LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]), start).unwrap();
        let mut waits =
            Waits((0..OBJECTS).map(|token| Object::new(vec![7; 300], Time::MAX, token)).collect());
        sender.end();
        while !(waits.0.is_empty() && sender.is_quiet()) {
            match sender.poll(now, &mut waits, &mut out) {
                Step::Datagram(_) => all.push((now, out.clone())),
                Step::At(wake) => now = wake,
            }
        }
        closing = Some(sender.closing());
    }
    all
}

/// The far end of its link.
pub(crate) fn link() -> Link {
    let manifest_key = ManifestSecret::new(&[6; 32]).public();
    let limits = Limits { former: Duration::from_secs(1_000), ..Limits::default() };
    Link { link: 7, key: LinkKey::new(&[4; 32]), manifest_key, limits }
}
