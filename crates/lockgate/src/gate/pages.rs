//! Buffers for the words of records: they go from the engine to the journal and come back.

use crossbeam_queue::ArrayQueue;

/// Pages kept at once; with at most [`PAGE_KEPT_MAX`] bytes each.
const PAGES: usize = 4096;
/// A page that grew beyond this is freed.
const PAGE_KEPT_MAX: usize = 8 << 10;

/// The spare pages.
pub(crate) struct Pages(ArrayQueue<Vec<u8>>);

impl Default for Pages {
    fn default() -> Self {
        Self(ArrayQueue::new(PAGES))
    }
}

impl Pages {
    /// An empty page.
    pub(crate) fn lend(&self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Takes one back.
    pub(crate) fn give_back(&self, mut page: Vec<u8>) {
        if page.capacity() <= PAGE_KEPT_MAX {
            page.clear();
            // One too many is freed.
            let _ = self.0.push(page);
        }
    }
}
