//! Buffers of size classes, lent and given back, bounded in bytes.
//!
//! Classes are powers of two from 64 bytes, so that nothing that waits pins more than twice its size (or 64 bytes).

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The smallest class in bytes.
const SMALLEST: usize = 64;
/// Classes: 64 bytes up to 2 GiB.
const CLASSES: usize = 26;

/// Lends buffers. What is lent and what lies idle together never exceed the limit, but for
/// [`Pool::lend_beyond`].
///
/// Every buffer lent must come back by [`Pool::give_back`], from whichever thread: a buffer that is dropped instead
/// stays counted as lent.
pub struct Pool {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: [Vec<Vec<u8>>; CLASSES],
    idle_bytes: usize,
    lent_bytes: usize,
}

impl Pool {
    /// A pool of at most `limit` bytes, all idle and none allocated yet.
    pub fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// An empty buffer with room for `size` bytes; `None` where the limit does not allow it now.
    pub fn lend(&self, size: usize) -> Option<Vec<u8>> {
        self.lend_within(size, self.limit)
    }

    /// As [`Pool::lend`], but over the limit where need be: for what was read already and must not be lost. Whoever
    /// uses it reads nothing more until [`Pool::has_room`].
    pub fn lend_beyond(&self, size: usize) -> Vec<u8> {
        self.lend_within(size, usize::MAX).unwrap_or_default()
    }

    /// A buffer with these bytes, lent as by [`Pool::lend_beyond`].
    pub fn copied(&self, bytes: &[u8]) -> Vec<u8> {
        let mut own = self.lend_beyond(bytes.len());
        own.extend_from_slice(bytes);
        own
    }

    /// A buffer with these bytes, lent in the place of `lent`, which comes back.
    pub fn exchange(&self, lent: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
        self.give_back(lent);
        self.copied(bytes)
    }

    /// Takes back a buffer that was lent.
    pub fn give_back(&self, mut buffer: Vec<u8>) {
        let Some((class, bytes)) = class_below(buffer.capacity()) else { return };
        buffer.clear();
        let mut state = self.state();
        state.lent_bytes = state.lent_bytes.saturating_sub(bytes);
        let held = state.idle_bytes.saturating_add(state.lent_bytes).saturating_add(bytes);
        // A buffer that somebody let grow between classes is freed: it would pin more than it is counted with.
        if held <= self.limit && buffer.capacity() == bytes {
            state.idle_bytes = state.idle_bytes.saturating_add(bytes);
            if let Some(idle) = state.idle.get_mut(class) {
                idle.push(buffer);
            }
        }
    }

    /// True while less than the limit is lent.
    pub fn has_room(&self) -> bool {
        self.state().lent_bytes < self.limit
    }

    /// Bytes lent at this moment, counted by class.
    pub fn lent_bytes(&self) -> usize {
        self.state().lent_bytes
    }

    /// Bytes that lie idle at this moment, ready to be lent.
    pub fn idle_bytes(&self) -> usize {
        self.state().idle_bytes
    }

    /// The most bytes that are lent and idle together.
    pub fn limit_bytes(&self) -> usize {
        self.limit
    }

    fn lend_within(&self, size: usize, limit: usize) -> Option<Vec<u8>> {
        let (class, bytes) = class_above(size)?;
        let mut state = self.state();
        if state.lent_bytes.checked_add(bytes)? > limit {
            return None;
        }
        state.lent_bytes = state.lent_bytes.saturating_add(bytes);
        if let Some(buffer) = state.idle.get_mut(class).and_then(Vec::pop) {
            state.idle_bytes = state.idle_bytes.saturating_sub(bytes);
            return Some(buffer);
        }
        state.make_way(limit);
        drop(state);
        Some(Vec::with_capacity(bytes))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves at most a buffer out of the count.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Frees idle buffers, the largest first, until idle and lent fit the limit.
    fn make_way(&mut self, limit: usize) {
        for idle in self.idle.iter_mut().rev() {
            while self.idle_bytes.saturating_add(self.lent_bytes) > limit {
                let Some(buffer) = idle.pop() else { break };
                self.idle_bytes = self.idle_bytes.saturating_sub(buffer.capacity());
            }
        }
    }
}

/// The smallest class that holds `size` bytes, and its size.
fn class_above(size: usize) -> Option<(usize, usize)> {
    let bytes = size.max(SMALLEST).checked_next_power_of_two()?;
    class_below(bytes).filter(|(_, class)| *class == bytes)
}

/// The largest class within `capacity` bytes, and its size.
fn class_below(capacity: usize) -> Option<(usize, usize)> {
    let class = capacity.checked_ilog2()?.checked_sub(SMALLEST.ilog2())?;
    let class = usize::try_from(class).ok().filter(|class| *class < CLASSES)?;
    Some((class, SMALLEST.checked_shl(u32::try_from(class).ok()?)?))
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        write!(out, "Pool({} lent and {} idle of {} bytes)", state.lent_bytes, state.idle_bytes, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;
    use proptest::prelude::*;

    #[test]
    fn what_is_lent_is_at_most_twice_its_size_and_comes_back() {
        let pool = Pool::new(1 << 20);
        for size in [0, 1, 64, 65, 1024, 1025, 65_507] {
            let buffer = pool.lend(size).unwrap();
            assert!(buffer.capacity() >= size && buffer.capacity() <= (2 * size).max(64), "{size}");
            assert_eq!(pool.lent_bytes(), buffer.capacity());
            let at = buffer.as_ptr();
            pool.give_back(buffer);
            assert_eq!(pool.lent_bytes(), 0);
            let again = pool.lend(size).unwrap();
            assert_eq!(again.as_ptr(), at, "the very same buffer again: nothing is allocated");
            pool.give_back(again);
        }
    }

    #[test]
    fn the_limit_is_a_limit_and_idle_buffers_make_way() {
        let pool = Pool::new(4096);
        let small: Vec<_> = (0..4).map(|_| pool.lend(1024).unwrap()).collect();
        assert!(pool.lend(1).is_none() && !pool.has_room());
        small.into_iter().for_each(|buffer| pool.give_back(buffer));
        assert_eq!(pool.idle_bytes(), 4096);
        let large = pool.lend(4096).unwrap();
        assert_eq!((pool.lent_bytes(), pool.idle_bytes()), (4096, 0));
        let beyond = pool.lend_beyond(100);
        assert_eq!(pool.lent_bytes(), 4096 + 128);
        pool.give_back(large);
        pool.give_back(beyond);
        assert_eq!(pool.lent_bytes(), 0);
        assert!(pool.idle_bytes() <= 4096);
        assert!(pool.lend(4097).is_none() && pool.lend(usize::MAX).is_none());
    }

    #[test]
    fn a_buffer_that_grew_is_not_kept() {
        let pool = Pool::new(4096);
        let mut buffer = pool.lend(64).unwrap();
        buffer.reserve_exact(100);
        pool.give_back(buffer);
        assert_eq!((pool.lent_bytes(), pool.idle_bytes()), (0, 0));
    }

    proptest! {
        #[test]
        fn lent_and_idle_stay_within_the_limit(steps in prop::collection::vec((any::<bool>(), 0_usize..6000), 0..200)) {
            let pool = Pool::new(16_384);
            let mut out = Vec::new();
            for (lend, size) in steps {
                if lend {
                    out.extend(pool.lend(size));
                } else if !out.is_empty() {
                    pool.give_back(out.swap_remove(size % out.len()));
                }
                prop_assert!(pool.lent_bytes() + pool.idle_bytes() <= 16_384);
                prop_assert_eq!(pool.lent_bytes(), out.iter().map(Vec::capacity).sum::<usize>());
            }
        }
    }
}
