//! Memory for what is unfinished.

/// Memory for unfinished frames of all connections together.
#[derive(Debug)]
pub struct Room {
    limit: usize,
    used: usize,
}

impl Room {
    /// Room for `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used
    }

    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let used = self.used.saturating_add(bytes);
        let fits = used <= self.limit;
        if fits {
            self.used = used;
        }
        fits
    }

    pub(super) fn give(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }
}
