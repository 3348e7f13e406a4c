//! The numbers by which a sink names objects.
//!
//! The far side must not learn how many decisions lie between two releases, so the index of a decision never crosses: what
//! crosses is a keyed hash of it. The key is derived from the log's own, so that a restart gives the same numbers.

use lockgate_bytes::SealKey;

/// Gives each decision a number that says nothing.
pub(crate) struct Numbers(SealKey);

impl Numbers {
    /// `secret`: 32 bytes that stay the same for as long as the log.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(SealKey::new(secret))
    }

    /// The number of the object that was first decided at `entry`: 63 bits, the same at every call.
    pub(crate) fn of(&self, entry: u64) -> u64 {
        let hash = self.0.order(&[b"number", &entry.to_be_bytes()]).0;
        let mut first = [0; 8];
        first.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        u64::from_be_bytes(first) >> 1
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_repeat_for_the_same_entry_and_key_alone_and_say_nothing_of_the_order() {
        let numbers = Numbers::new([1; 32]);
        let all: Vec<u64> = (0..1000).map(|entry| numbers.of(entry)).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 1000);
        assert_eq!(all, (0..1000).map(|entry| Numbers::new([1; 32]).of(entry)).collect::<Vec<_>>());
        assert_ne!(all[0], Numbers::new([2; 32]).of(0));
        let rising = all.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising} of 999 rise");
        assert!(all.iter().all(|number| *number < 1 << 63));
    }
}
