//! What is written behind the commits, in order: full tiles, checkpoints, segments that go. No commit waits for any of it.
//!
//! ```text
//!   Log --jobs--> [ tile | tile | retire a segment | checkpoint | ... ] --> Shelf: by hand, or on a thread of its own
//! ```
//! Jobs are done strictly in order, and one that fails is tried again before those behind it: a segment goes when the tiles of
//! all its entries stand, and a checkpoint is shown when its tiles are. Room for a segment stands on nothing else: it is made first,
//! and where it cannot be, the segment begins without. A checkpoint that fails is given up instead: the
//! next one says more.

use crate::far::{self, Pushed, Slot};
use crate::fault::Fault;
use crate::segment;
use crate::shelf::Shelf;
use lockgate_disk::File;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that may wait, at most; above that no entry is taken.
const WAITING_MAX: usize = 48 << 20;
/// Buffers of bundles that are kept for the next ones, at most, and what such a buffer has at least: one of a tile of
/// hashes would only have to grow.
const SPARE_MAX: usize = 8;
const SPARE_BYTES: usize = 64 << 10;
/// How long a log waits for its shelf before it says that it cannot go on; and how long at its end.
const PATIENCE: Duration = Duration::from_secs(2);
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(20);

/// What an operator should know although the lane goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Full tiles cannot be written, in the system's words. The log grows in segments meanwhile, and takes no more
    /// entries above 48 MiB.
    pub tiles: Option<String>,
    /// The last checkpoint did not reach a second place, in the system's words.
    pub second_place: Option<String>,
    /// A second place had no checkpoint when the log was opened, and the log has one: it is new, or it is not the one that it
    /// was. Which. Stands as long as the log is open.
    pub new_place: Option<String>,
}

/// One thing to be done.
pub(crate) enum Job {
    /// A tile or a bundle that is full.
    Tile { name: String, bytes: Vec<u8> },
    /// A segment whose tiles are all in the jobs before this one.
    Retire(String),
    /// Room for a segment: its number, and how many bytes.
    Reserve(u64, u64),
    /// A checkpoint.
    Sign(Box<Signed>),
}

/// A signed checkpoint, and the right edge that it is shown with.
pub(crate) struct Signed {
    pub(crate) note: String,
    pub(crate) size: u64,
    /// Tiles that are not full: name and bytes.
    pub(crate) partials: Vec<(String, Vec<u8>)>,
    /// They are to outlive a crash, as the checkpoint itself does: nothing may come behind it for long.
    pub(crate) is_lasting: bool,
}

/// The log's end.
pub(crate) struct Behind {
    shared: Arc<Shared>,
    /// None where it works on a thread of its own.
    shelf: Option<Shelf>,
}

/// What both ends see.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// There is something to do, or no more will come.
    pub(crate) work: Condvar,
    /// Something was done, or failed.
    done: Condvar,
    places: Vec<Arc<Slot>>,
}

/// Room for the next segment: durable zeros under a durable name.
#[derive(Default)]
enum Reserved {
    #[default]
    No,
    /// Asked for, under this number.
    Asked(u64),
    /// There.
    Ready(u64, Box<dyn File>),
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) jobs: VecDeque<Job>,
    /// Tiles that wait, the one at work included, and their bytes.
    tiles: usize,
    bytes: usize,
    /// Empty buffers.
    spare: Vec<Vec<u8>>,
    /// Entries under the last checkpoint that is shown.
    pub(crate) signed: u64,
    /// A checkpoint waits, or is at work.
    is_signing: bool,
    /// What the last checkpoint met, where it was given up.
    unsigned: Option<io::Error>,
    /// Room for the next segment.
    reserved: Reserved,
    pub(crate) alarms: Alarms,
    /// Jobs that failed so far, and what the last one met.
    failures: u64,
    failure: Option<io::Error>,
    /// The log is gone.
    pub(crate) is_closed: bool,
}

impl Shared {
    pub(crate) fn with(places: Vec<Arc<Slot>>) -> Self {
        Self { places, ..Self::default() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // No holder stops half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job.
    pub(crate) fn next(&self) -> Option<Job> {
        self.lock().jobs.pop_front()
    }

    /// Room for a segment was made; or could not be made, and a segment begins without.
    pub(crate) fn reserved(&self, number: u64, file: Option<Box<dyn File>>) {
        let mut state = self.lock();
        match (&state.reserved, file) {
            (Reserved::Asked(asked), Some(file)) if *asked == number => {
                state.reserved = Reserved::Ready(number, file);
            }
            (Reserved::Asked(asked), None) if *asked == number => state.reserved = Reserved::No,
            // The log did not wait for it, and its number has passed.
            _ => state.jobs.push_back(Job::Retire(segment::name(number))),
        }
    }

    /// A job came to its end, well or not; one that has to be done all the same comes back.
    pub(crate) fn ended(&self, job: Job, outcome: &io::Result<()>) {
        let mut state = self.lock();
        if let Err(error) = outcome {
            state.failures = state.failures.saturating_add(1);
            state.failure = Some(same(error));
        }
        match (job, outcome) {
            (Job::Sign(_), Err(error)) => (state.is_signing, state.unsigned) = (false, Some(same(error))),
            (Job::Sign(signed), Ok(())) => {
                (state.is_signing, state.unsigned) = (false, None);
                state.signed = state.signed.max(signed.size);
            }
            // It was done without, or will be.
            (Job::Reserve(..), _) => {}
            (job, Err(error)) => {
                state.alarms.tiles = Some(error.to_string());
                state.jobs.push_front(job);
            }
            (Job::Tile { bytes, .. }, Ok(())) => state.stands(bytes),
            (Job::Retire(_), Ok(())) => state.alarms.tiles = None,
        }
        self.done.notify_all();
    }
}

impl State {
    fn stands(&mut self, mut bytes: Vec<u8>) {
        self.tiles = self.tiles.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes.len());
        self.alarms.tiles = None;
        if self.spare.len() < SPARE_MAX && bytes.capacity() >= SPARE_BYTES {
            bytes.clear();
            self.spare.push(bytes);
        }
    }

    fn is_full(&self) -> bool {
        self.bytes > WAITING_MAX
    }

    fn failure(&self) -> io::Error {
        self.failure.as_ref().map_or_else(|| io::Error::other("the disk does not keep up"), same)
    }
}

impl Behind {
    /// Worked by hand: whatever is asked for is done before the call returns.
    pub(crate) fn new(shelf: Shelf) -> Self {
        Self { shared: shelf.shared(), shelf: Some(shelf) }
    }

    /// The shelf, while it is worked by hand.
    pub(crate) fn by_hand(&mut self) -> Option<&mut Shelf> {
        self.shelf.as_mut()
    }

    /// From now on somebody else works it.
    pub(crate) fn part(&mut self) -> Option<Shelf> {
        self.shelf.take()
    }

    /// A tile to be written.
    pub(crate) fn put(&self, name: String, bytes: Vec<u8>) {
        let mut state = self.shared.lock();
        state.tiles = state.tiles.saturating_add(1);
        state.bytes = state.bytes.saturating_add(bytes.len());
        state.jobs.push_back(Job::Tile { name, bytes });
    }

    /// A segment may go once everything that was put before stands.
    pub(crate) fn retire(&self, segment: String) {
        self.shared.lock().jobs.push_back(Job::Retire(segment));
    }

    /// Room for the segment with this number, to be made before anything else: it stands on nothing, and the log waits for
    /// nothing so soon.
    pub(crate) fn reserve(&self, number: u64, bytes: u64) {
        let mut state = self.shared.lock();
        state.reserved = Reserved::Asked(number);
        // Room that the log did not wait for is not made any more.
        state.jobs.retain(|job| !matches!(job, Job::Reserve(..)));
        state.jobs.push_front(Job::Reserve(number, bytes));
    }

    /// The room that was asked for, where it is there by now; otherwise it is not wanted any more.
    pub(crate) fn take_reserved(&self) -> Option<(u64, Box<dyn File>)> {
        match std::mem::take(&mut self.shared.lock().reserved) {
            Reserved::Ready(number, file) => Some((number, file)),
            Reserved::Asked(_) | Reserved::No => None,
        }
    }

    /// An empty buffer for a tile; one that was used before, where there is one.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.shared.lock().spare.pop().unwrap_or_default()
    }

    /// Does some of it by hand, up to `most` tiles; or wakes whoever does it.
    pub(crate) fn tend(&mut self, most: usize) -> io::Result<()> {
        match &mut self.shelf {
            Some(shelf) => shelf.work(most),
            None => {
                self.shared.work.notify_one();
                Ok(())
            }
        }
    }

    /// True where so much waits that nothing more may be added.
    pub(crate) fn is_full(&self) -> bool {
        self.shared.lock().is_full()
    }

    /// Waits until there is room.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        self.tend(usize::MAX)?;
        let state = self.shared.lock();
        let failures = state.failures;
        let wait = |state: &mut State| state.is_full() && state.failures == failures;
        let waited = self.shared.done.wait_timeout_while(state, PATIENCE, wait);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_full() { Err(state.failure()) } else { Ok(()) }
    }

    /// Entries under the last checkpoint that is shown.
    pub(crate) fn signed(&self) -> u64 {
        self.shared.lock().signed
    }

    /// Tiles that wait, and what is wrong.
    pub(crate) fn standing(&self) -> (usize, Alarms) {
        let state = self.shared.lock();
        let second_place = self.shared.places.iter().find_map(|place| place.away());
        (state.tiles, Alarms { second_place, ..state.alarms.clone() })
    }

    /// What the second places have.
    pub(crate) fn pushed(&self) -> Option<Pushed> {
        far::pushed(&self.shared.places)
    }

    /// Notes that a second place could not be asked.
    pub(crate) fn second_place_is_away(&self, place: usize, error: &io::Error) {
        if let Some(place) = self.shared.places.get(place) {
            place.is_away(error.to_string());
        }
    }

    /// Notes that a second place has nothing, and the log has.
    pub(crate) fn second_place_is_new(&self, name: String) {
        self.shared.lock().alarms.new_place = Some(name);
    }

    /// Shows a checkpoint, and waits until it is shown.
    ///
    /// # Errors
    /// [`Fault::Disk`]; then it was given up.
    pub(crate) fn sign(&mut self, signed: Signed) -> Result<(), Fault> {
        let size = signed.size;
        // Counted before it is asked for: it may have failed before anybody waits.
        let failures = self.shared.lock().failures;
        self.post(signed);
        let failed = self.tend(usize::MAX).err();
        let mut state = self.shared.lock();
        if self.shelf.is_none() {
            let wait = |state: &mut State| state.signed < size && state.failures == failures;
            let waited = self.shared.done.wait_timeout_while(state, PATIENCE_AT_THE_END, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let unsigned = state.unsigned.take();
        if state.signed >= size {
            drop(state);
            // A place that hangs is an alarm; the checkpoint is shown.
            self.shared.places.iter().for_each(|place| place.rest(PATIENCE_AT_THE_END));
            return Ok(());
        }
        state.jobs.retain(|job| !matches!(job, Job::Sign(_)));
        state.is_signing = false;
        let error = failed.or(unsigned).unwrap_or_else(|| state.failure());
        Err(Fault::Disk("write the checkpoint", error))
    }

    /// Has a checkpoint shown in its turn; only one waits at a time. What the last one met is the answer.
    ///
    /// # Errors
    /// [`Fault::Disk`] where the last one was given up, or where tiles before this one cannot be written.
    pub(crate) fn sign_behind(&mut self, signed: Option<Signed>) -> Result<(), Fault> {
        let mut state = self.shared.lock();
        let met = match state.is_signing && state.alarms.tiles.is_some() {
            true => Some(state.failure()),
            false => state.unsigned.take(),
        };
        let is_signing = state.is_signing;
        drop(state);
        if let Some(signed) = signed.filter(|_| !is_signing) {
            self.post(signed);
        }
        // By hand, tiles that fail are an alarm of their own.
        let _ = self.tend(usize::MAX);
        met.map_or(Ok(()), |error| Err(Fault::Disk("write the checkpoint", error)))
    }

    fn post(&self, signed: Signed) {
        let mut state = self.shared.lock();
        state.is_signing = true;
        state.jobs.push_back(Job::Sign(Box::new(signed)));
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.work.notify_all();
    }
}

/// The same error once more: what the system said of it.
fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(raw) => io::Error::from_raw_os_error(raw),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
