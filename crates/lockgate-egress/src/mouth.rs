//! Where the journal hands over, and hears what became of it. Handing over never waits.

use crate::outcome::Outcome;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use lockgate_bytes::{Digest, Sealed};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// How much may lie between the journal and egress, and how many reports may lie on the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hatch {
    /// Objects.
    pub objects: usize,
    /// Bytes of their buffers. One object that has more may lie there alone.
    pub bytes: usize,
    /// Reports. What they hold is sent and not yet on record: lost in a crash, it counts as indeterminate.
    pub reports: usize,
}

/// What egress tells the journal.
#[derive(Debug)]
pub enum Report {
    /// What became of objects, in the order in which it came about.
    Outcomes(Vec<Outcome>),
    /// Everything that was released under another bundle has been called back, and this one is in force.
    Changed(Digest),
}

/// The journal's end for objects.
#[derive(Debug)]
pub struct Mouth {
    objects: Sender<Sealed>,
    orders: Sender<Order>,
    bytes: Arc<AtomicUsize>,
    most: usize,
    shut: Arc<AtomicBool>,
}

/// The journal's hand on the way out: while it is shut, nothing is sent. It outlives the mouth.
#[derive(Debug)]
pub struct Valve(Arc<AtomicBool>);

/// Ends an egress that nothing more is handed to, before all has been sent.
#[derive(Debug)]
pub struct Brake {
    orders: Sender<Order>,
}

/// There is no room, or egress has ended: the object comes back, and goes to hold.
#[derive(Debug)]
pub struct Full(pub Box<Sealed>);

/// The journal's end for reports.
#[derive(Debug)]
pub struct Ear {
    reports: Receiver<Report>,
    empty: Sender<Vec<Outcome>>,
}

/// The ends of egress.
#[derive(Debug)]
pub struct Ends {
    pub(crate) objects: Receiver<Sealed>,
    pub(crate) orders: Receiver<Order>,
    pub(crate) reports: Sender<Report>,
    pub(crate) empty: Receiver<Vec<Outcome>>,
    bytes: Arc<AtomicUsize>,
    shut: Arc<AtomicBool>,
}

/// What is not an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Change(Digest),
    Stop,
}

/// Makes both ends.
pub fn hatch(hatch: Hatch) -> (Mouth, Ear, Ends) {
    let (into, objects) = bounded(hatch.objects.max(1));
    let (orders, told) = unbounded();
    let (reports, heard) = bounded(hatch.reports.max(1));
    let (give_back, empty) = bounded(hatch.reports.max(1));
    let bytes = Arc::new(AtomicUsize::new(0));
    let shut = Arc::new(AtomicBool::new(false));
    let mouth = Mouth { objects: into, orders, bytes: bytes.clone(), most: hatch.bytes, shut: shut.clone() };
    let ends = Ends { objects, orders: told, reports, empty, bytes, shut };
    (mouth, Ear { reports: heard, empty: give_back }, ends)
}

impl Mouth {
    /// Hands an object over. Never waits.
    ///
    /// # Errors
    /// [`Full`] with the object.
    pub fn offer(&self, sealed: Sealed) -> Result<(), Full> {
        let size = sealed.bytes.capacity();
        let before = self.bytes.fetch_add(size, Relaxed);
        // One object of any size passes where nothing else lies here: otherwise it never would.
        let is_full = before > 0 && before.saturating_add(size) > self.most;
        let refused = if is_full { Some(sealed) } else { self.pass(sealed) };
        match refused {
            None => Ok(()),
            Some(sealed) => {
                self.bytes.fetch_sub(size, Relaxed);
                Err(Full(Box::new(sealed)))
            }
        }
    }

    /// A new bundle is in force: everything that was handed over under another comes back as recalled, then
    /// [`Report::Changed`]. To be called after the last object of the old one was offered. Never waits.
    pub fn change(&self, bundle: Digest) {
        // Where egress has ended there is nothing to change; the ear says so.
        let _ = self.orders.send(Order::Change(bundle));
    }

    /// Nothing more will be handed over: egress ends when all has been sent or has expired, or sooner if it is told to
    /// [`Brake::stop`]. Dropping the mouth does the same without a brake.
    pub fn close(self) -> Brake {
        Brake { orders: self.orders }
    }

    /// Everything that still waits comes back as recalled, and egress ends.
    pub fn stop(self) {
        self.close().stop();
    }

    /// The hand on the way out.
    pub fn valve(&self) -> Valve {
        Valve(self.shut.clone())
    }

    fn pass(&self, sealed: Sealed) -> Option<Sealed> {
        self.objects.try_send(sealed).err().map(crossbeam_channel::TrySendError::into_inner)
    }
}

impl Valve {
    /// Shuts the way out, or opens it again: nothing leaves while what becomes of it cannot be put on record.
    pub fn shut(&self, shut: bool) {
        self.0.store(shut, Relaxed);
    }
}

impl Brake {
    /// Everything that still waits comes back as recalled, and egress ends.
    pub fn stop(self) {
        // Where it has ended already there is nothing to stop.
        let _ = self.orders.send(Order::Stop);
    }
}

impl Ear {
    /// The next report, if there is one.
    ///
    /// # Errors
    /// [`Ended`] when egress has ended and everything was heard.
    pub fn hear(&self) -> Result<Option<Report>, Ended> {
        match self.reports.try_recv() {
            Ok(report) => Ok(Some(report)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Ended),
        }
    }

    /// The next report, waiting for it no longer than this.
    ///
    /// # Errors
    /// [`Ended`] when egress has ended and everything was heard.
    pub fn hear_within(&self, wait: Duration) -> Result<Option<Report>, Ended> {
        match self.reports.recv_timeout(wait) {
            Ok(report) => Ok(Some(report)),
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => Ok(None),
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Gives a list back once it was read, so that none is allocated anew.
    pub fn give_back(&self, mut list: Vec<Outcome>) {
        list.clear();
        // One too many is dropped.
        let _ = self.empty.try_send(list);
    }
}

/// Egress has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

impl Ends {
    /// True while nothing may be sent.
    pub(crate) fn is_shut(&self) -> bool {
        self.shut.load(Relaxed)
    }

    /// True where nobody is left who could open the way out again.
    pub(crate) fn is_left(&self) -> bool {
        Arc::strong_count(&self.shut) == 1
    }

    /// Takes note that an object left the channel.
    pub(crate) fn took(&self, sealed: &Sealed) {
        self.bytes.fetch_sub(sealed.bytes.capacity(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Hatch, hatch};
    use crate::testing::{sealed, sealed_as};

    #[test]
    fn a_full_hatch_gives_the_object_back_at_once() {
        let (mouth, _ear, ends) = hatch(Hatch { objects: 2, bytes: 1_000, reports: 1 });
        assert!(mouth.offer(sealed(1)).is_ok() && mouth.offer(sealed(2)).is_ok());
        let Err(Full(back)) = mouth.offer(sealed(3)) else { panic!("the third does not fit") };
        assert_eq!(back.entry, 3);
        let taken = ends.objects.try_recv().expect("it was offered");
        ends.took(&taken);
        assert!(mouth.offer(*back).is_ok());
    }

    #[test]
    fn bytes_are_bounded_too_and_a_refused_object_takes_none() {
        let (mouth, _ear, ends) = hatch(Hatch { objects: 9, bytes: 20, reports: 1 });
        assert!(mouth.offer(sealed(1)).is_ok() && mouth.offer(sealed(2)).is_ok());
        for _ in 0..3 {
            assert!(mouth.offer(sealed(3)).is_err(), "24 bytes in 20");
        }
        ends.took(&ends.objects.try_recv().expect("it was offered"));
        assert!(mouth.offer(sealed(3)).is_ok());
    }

    #[test]
    fn one_object_of_any_size_passes_where_nothing_else_lies() {
        let (mouth, _ear, ends) = hatch(Hatch { objects: 9, bytes: 20, reports: 1 });
        let large = |entry| sealed_as(entry, |sealed| sealed.bytes = vec![1; 24]);
        assert!(mouth.offer(large(1)).is_ok(), "24 bytes where 20 may lie, and none do");
        assert!(mouth.offer(sealed(2)).is_err(), "beside it lies nothing else");
        ends.took(&ends.objects.try_recv().expect("it was offered"));
        assert!(mouth.offer(sealed(3)).is_ok());
        assert!(mouth.offer(large(4)).is_err(), "something lies there");
        ends.took(&ends.objects.try_recv().expect("it was offered"));
        assert!(mouth.offer(large(5)).is_ok());
    }

    #[test]
    fn where_egress_has_ended_nothing_is_taken() {
        let (mouth, ear, ends) = hatch(Hatch { objects: 9, bytes: 99, reports: 1 });
        drop(ends);
        assert!(mouth.offer(sealed(1)).is_err());
        assert!(ear.hear().is_err());
    }
}
