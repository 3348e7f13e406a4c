//! What waits in a trial: of each class and way of sending, the flow that has sent least is next, as where a guard keeps it.

use crate::{Object, Plane, Supply};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

/// Objects that wait. Their tokens are their flow.
#[derive(Default)]
pub(super) struct Shelf {
    queues: BTreeMap<(Precedence, bool), Queue>,
    /// Flows of objects whose time ran out here.
    pub(super) expired: Vec<u64>,
}

#[derive(Default)]
struct Queue {
    lines: BTreeMap<u64, Line>,
    /// What the flow that was served last had sent before: whoever begins to wait begins there.
    level: u64,
}

#[derive(Default)]
struct Line {
    waits: VecDeque<Object>,
    /// Bytes that it has sent.
    sent: u64,
}

impl Shelf {
    pub(super) fn put(&mut self, class: Precedence, plane: Plane, object: Object) {
        let Queue { lines, level } = self.queues.entry((class, plane == Plane::Large)).or_default();
        let line = lines.entry(object.token).or_default();
        if line.waits.is_empty() {
            line.sent = line.sent.max(*level);
        }
        line.waits.push_back(object);
    }
}

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        let waits = |queue: &Queue| queue.lines.values().any(|line| !line.waits.is_empty());
        self.queues.iter().rev().find(|(_, queue)| waits(queue)).map(|((class, _), _)| *class)
    }

    fn take(&mut self, class: Precedence, plane: Plane, now: Time) -> Option<Object> {
        let Queue { lines, level } = self.queues.get_mut(&(class, plane == Plane::Large))?;
        loop {
            let waiting = lines.values_mut().filter(|line| !line.waits.is_empty());
            let line = waiting.min_by_key(|line| line.sent)?;
            let object = line.waits.pop_front()?;
            if object.not_after > now {
                *level = line.sent.max(*level);
                line.sent = line.sent.saturating_add(u64::try_from(object.length).unwrap_or(u64::MAX));
                return Some(object);
            }
            self.expired.push(object.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;
    use crate::{Object, Plane, Supply};
    use alloc::vec;
    use alloc::vec::Vec;
    use lockgate_bytes::{Precedence, Time};

    const CLASS: Precedence = Precedence::Routine;

    fn put(shelf: &mut Shelf, flow: u64, bytes: usize, not_after: Time) {
        shelf.put(CLASS, Plane::Small, Object::new(vec![0; bytes], not_after, flow));
    }

    fn taken(shelf: &mut Shelf, count: usize) -> Vec<u64> {
        let now = Time::from_unix_nanos(5);
        (0..count).map_while(|_| shelf.take(CLASS, Plane::Small, now)).map(|it| it.token).collect()
    }

    #[test]
    fn flows_take_turns_by_bytes_and_whoever_was_idle_owes_nothing_and_has_saved_nothing() {
        let mut shelf = Shelf::default();
        for _ in 0..10 {
            put(&mut shelf, 1, 100, Time::MAX);
            put(&mut shelf, 2, 300, Time::MAX);
        }
        assert_eq!(taken(&mut shelf, 8), [1, 2, 1, 1, 1, 2, 1, 1]);
        put(&mut shelf, 3, 100, Time::MAX);
        put(&mut shelf, 3, 100, Time::MAX);
        let of_third = taken(&mut shelf, 4).iter().filter(|flow| **flow == 3).count();
        assert!((1..=2).contains(&of_third), "{of_third}");
    }

    #[test]
    fn what_is_over_is_told_and_passed_by() {
        let mut shelf = Shelf::default();
        put(&mut shelf, 1, 100, Time::from_unix_nanos(5));
        put(&mut shelf, 1, 100, Time::from_unix_nanos(6));
        assert_eq!((taken(&mut shelf, 2), shelf.expired.clone()), (vec![1], vec![1]));
        assert_eq!(shelf.highest(), None);
    }
}
