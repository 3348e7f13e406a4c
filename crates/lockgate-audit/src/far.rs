//! The second places at work: each has the newest checkpoint to itself, and none keeps anything waiting.
//!
//! ```text
//!   Shelf --newest--> [ slot ] --> a thread a place: push       a place that hangs hangs alone, and what it has gets old
//! ```

use crate::place::SecondPlace;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long places may take to finish when the log is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The second places of a log.
pub(crate) struct Far {
    places: Vec<(Arc<Slot>, Place)>,
    /// Each is worked by a thread of its own.
    has_threads: bool,
}

type Place = Arc<Mutex<Box<dyn SecondPlace>>>;

/// What one place has, and is to have.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<Pushing>,
    changed: Condvar,
}

#[derive(Default)]
struct Pushing {
    /// The newest checkpoint that it has not got, and of how many entries.
    next: Option<(String, u64)>,
    /// It is being pushed to.
    is_busy: bool,
    /// Entries under the last checkpoint that it took, and how many it took.
    entries: u64,
    times: u64,
    /// What the last try met.
    away: Option<String>,
    is_closed: bool,
}

/// What the second places have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Entries under the oldest of their last checkpoints.
    pub entries: u64,
    /// How many checkpoints the place has taken that has taken fewest, since the log was opened.
    pub times: u64,
}

impl Far {
    pub(crate) fn new(places: Vec<Box<dyn SecondPlace>>) -> Self {
        let places = places.into_iter().map(|place| (Arc::default(), Arc::new(Mutex::new(place))));
        Self { places: places.collect(), has_threads: false }
    }

    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.places.iter().map(|(slot, _)| slot.clone()).collect()
    }

    /// Of each place its name, and the checkpoint that it kept last.
    pub(crate) fn lasts(&self) -> Vec<(String, io::Result<Option<Vec<u8>>>)> {
        let last = |place: &dyn SecondPlace| (place.name(), place.last());
        self.places.iter().map(|(_, place)| last(&**locked(place))).collect()
    }

    /// From now on each place is worked by a thread of its own; as far as there are threads.
    pub(crate) fn begin(&mut self) {
        self.has_threads = self.places.iter().all(|(slot, place)| {
            let (slot, place) = (slot.clone(), place.clone());
            let work = move || slot.work(&mut **locked(&place));
            thread::Builder::new().name("second-place".to_owned()).spawn(work).is_ok()
        });
    }

    /// Each place is to have this checkpoint. Without threads it has it when this returns, or an alarm says why not.
    pub(crate) fn push(&self, note: &str, entries: u64) {
        for (slot, place) in &self.places {
            slot.lock().next = Some((note.to_owned(), entries));
            match self.has_threads {
                true => slot.changed.notify_all(),
                false => slot.push_next(&mut **locked(place)),
            }
        }
    }

    /// Nothing more will come. A place that hangs is left alone.
    pub(crate) fn end(&self) {
        for (slot, _) in &self.places {
            slot.lock().is_closed = true;
            slot.changed.notify_all();
        }
        if self.has_threads {
            self.places.iter().for_each(|(slot, _)| slot.rest(PATIENCE));
        }
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Pushing> {
        locked(&self.state)
    }

    /// The body of its thread.
    fn work(&self, place: &mut dyn SecondPlace) {
        loop {
            let wait = |state: &mut Pushing| state.next.is_none() && !state.is_closed;
            let state = self.changed.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
            if state.next.is_none() {
                return;
            }
            drop(state);
            self.push_next(place);
        }
    }

    fn push_next(&self, place: &mut dyn SecondPlace) {
        let mut state = self.lock();
        let Some((note, entries)) = state.next.take() else { return };
        state.is_busy = true;
        drop(state);
        let outcome = place.push(note.as_bytes());
        let mut state = self.lock();
        state.is_busy = false;
        match outcome {
            Ok(()) => {
                (state.entries, state.times) = (entries, state.times.saturating_add(1));
                state.away = None;
            }
            Err(error) => state.away = Some(error.to_string()),
        }
        self.changed.notify_all();
    }

    /// Waits until it has what it is to have, or cannot; at most so long.
    pub(crate) fn rest(&self, patience: Duration) {
        let is_at_work = |state: &mut Pushing| state.next.is_some() || state.is_busy;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, is_at_work);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            state.away.get_or_insert_with(|| "it does not answer".to_owned());
        }
    }

    /// It could not be asked.
    pub(crate) fn is_away(&self, says: String) {
        self.lock().away = Some(says);
    }

    /// What the last try met.
    pub(crate) fn away(&self) -> Option<String> {
        self.lock().away.clone()
    }
}

/// What all of them have; `None` where there is none.
pub(crate) fn pushed(slots: &[Arc<Slot>]) -> Option<Pushed> {
    let each = slots.iter().map(|slot| {
        let state = slot.lock();
        Pushed { entries: state.entries, times: state.times }
    });
    each.reduce(|one, other| Pushed {
        entries: one.entries.min(other.entries),
        times: one.times.min(other.times),
    })
}

fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No holder stops half way through a change; a place that panicked is asked again.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Pushed;
    use crate::log::tests::{drops, start};
    use crate::log::{Log, Settings};
    use crate::note::LogKey;
    use crate::place::SecondPlace;
    use lockgate_bytes::Time;
    use lockgate_disk::SimDisk;
    use std::io;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    /// A place that answers each push with what it is told, and until then not at all.
    struct Told(Mutex<Receiver<io::Result<()>>>);

    impl SecondPlace for Told {
        fn push(&mut self, _: &[u8]) -> io::Result<()> {
            self.0.lock().unwrap().recv().unwrap_or(Ok(()))
        }

        fn last(&self) -> io::Result<Option<Vec<u8>>> {
            Ok(None)
        }
    }

    /// A log whose shelf stands on a thread of its own, as in a lane.
    fn log() -> (Log, Sender<io::Result<()>>, std::thread::JoinHandle<()>) {
        let (tell, told) = channel();
        let key = LogKey::from_secret("test/log", &[5; 32]).unwrap();
        let places: Vec<Box<dyn SecondPlace>> = vec![Box::new(Told(Mutex::new(told)))];
        let (mut log, _) = Log::open(Arc::new(SimDisk::new(1)), key, places, Settings::default()).unwrap();
        log.append(&start(1)).unwrap();
        log.commit().unwrap();
        let shelf = log.part_with_shelf().unwrap();
        (log, tell, std::thread::spawn(move || shelf.run()))
    }

    /// Writes an entry, and has it signed in the next second.
    fn go_on(log: &mut Log, number: u64) {
        log.append(&drops(1, number)).unwrap();
        log.commit_first().unwrap();
        log.write_behind();
        log.tick(Time::from_unix_nanos(i64::try_from(number).unwrap() * 2_000_000_000)).unwrap();
        until(|| log.standing().signed == number + 1);
    }

    fn until(is_so: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(Instant::now() < end, "it takes too long");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_place_that_hangs_keeps_nothing_waiting_and_gets_the_newest_when_it_is_back() {
        let (mut log, tell, works) = log();
        for number in 1..1200 {
            go_on(&mut log, number);
        }
        let standing = log.standing();
        assert_eq!(
            standing.pushed,
            Some(Pushed { entries: 0, times: 0 }),
            "it never had one, and nothing says so"
        );
        assert_eq!(standing.alarms.second_place, None, "it has not failed");
        until(|| log.standing().tiles_waiting == 0);
        tell.send(Ok(())).unwrap();
        tell.send(Ok(())).unwrap();
        until(|| log.standing().pushed == Some(Pushed { entries: 1200, times: 2 }));
        drop((log, tell));
        works.join().unwrap();
    }

    #[test]
    fn a_place_that_failed_once_is_well_again() {
        let (mut log, tell, works) = log();
        tell.send(Err(io::Error::other("away"))).unwrap();
        go_on(&mut log, 1);
        until(|| log.standing().alarms.second_place.as_deref() == Some("away"));
        assert_eq!(log.standing().pushed, Some(Pushed { entries: 0, times: 0 }));
        // Nothing new is written: it is tried again all the same.
        tell.send(Ok(())).unwrap();
        log.tick(Time::from_unix_nanos(9_000_000_000)).unwrap();
        until(|| log.standing().pushed == Some(Pushed { entries: 2, times: 1 }));
        assert_eq!(log.standing().alarms.second_place, None);
        drop((log, tell));
        works.join().unwrap();
    }
}
