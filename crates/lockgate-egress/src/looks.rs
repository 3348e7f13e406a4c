//! The last look at what is sent in blocks, ahead of its turn and a piece at a time: at once it would keep whatever is urgent waiting for
//! as long as a hash of all its bytes takes.

use crate::places::Place;
use crate::queue::Queue;
use lockgate_bytes::{Duration, Look, Precedence, Sealed, Time};

/// Bytes that are looked at in one go.
pub(crate) const PIECE: usize = 64 << 10;
/// For so long, in nanoseconds, a look counts; then the object is looked at anew.
const COUNTS_NANOS: i64 = 10_000_000_000;

/// One for the object of each class that is next. A place leads to one object and never to another, whose bytes nobody changes there.
#[derive(Default)]
pub(crate) struct Looks {
    classes: [Option<Ahead>; 6],
}

struct Ahead {
    place: Place,
    look: Look,
    /// Until when it counts, once all was seen.
    until: Option<Time>,
}

impl Looks {
    /// Looks at one more piece, of the highest class first; false where there is nothing to look at.
    pub(crate) fn go_on(&mut self, now: Time, queue: &Queue) -> bool {
        let lines = Precedence::ALL.into_iter().zip(&mut self.classes).rev();
        for (class, ahead) in lines {
            let next = queue.first_of(class, true);
            let Some((place, sealed)) = next.and_then(|place| Some((place, queue.look(place)?))) else {
                *ahead = None;
                continue;
            };
            if !goes_by_pieces(sealed) {
                continue;
            }
            if ahead.as_ref().is_none_or(|ahead| ahead.place != place) {
                *ahead = Some(Ahead { place, look: Look::default(), until: None });
            }
            if let Some(ahead) = ahead.as_mut().filter(|ahead| ahead.until.is_none()) {
                if !ahead.look.go_on(sealed, PIECE) {
                    ahead.until = Some(now.plus(Duration::from_nanos(COUNTS_NANOS)));
                }
                return true;
            }
        }
        false
    }

    /// The look at the object of this place; `None` where it is not through, or does not count any more.
    pub(crate) fn take(&mut self, class: Precedence, place: Place, now: Time) -> Option<Look> {
        let ahead = self.classes.get_mut(class.place())?;
        let is_through = ahead.as_ref()?.place == place && ahead.as_ref()?.until.is_some();
        let ahead = ahead.take_if(|_| is_through)?;
        ahead.until.is_some_and(|until| now < until).then_some(ahead.look)
    }
}

/// Whether an object is looked at so: by the hash that the link needs, and where it is long enough to matter.
pub(crate) fn goes_by_pieces(sealed: &Sealed) -> bool {
    sealed.crossing.is_some() && sealed.bytes.len() > PIECE
}
