//! Objects that come by the one-way protocol. Thin: the link's far end is `lockgate-receive`, and what becomes of whole
//! objects is the desk's. The key of the link is the source.

use crate::config::Diode;
use crate::desk::{Desk, Missed, Moment};
use crate::udp::Found;
use crate::{Mark, Why};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Event, LONGEST_SILENCE, Lost};
use lockgate_receive::{Keeper, Station};
use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

/// Nanoseconds between two marks.
const MARK_EVERY: i64 = 100_000_000;

/// An open link.
pub(crate) struct DiodeReader {
    pub(crate) listener: usize,
    source: usize,
    size_max: usize,
    station: Station,
    /// How many objects the last mark stands behind.
    marked: u64,
    /// When the next one is due.
    next_mark: Time,
    /// What the former run left owing, until it is told.
    left: u64,
    /// When it was first listened to, by the steady clock.
    since: Option<Time>,
    /// How long nothing was read because there was no room: what waits in the kernel meanwhile has not come too late.
    stood: Duration,
}

impl DiodeReader {
    /// Opens one.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) fn open(
        diode: &Diode,
        listener: usize,
        source: usize,
        size_max: usize,
    ) -> Result<Self, String> {
        let mut station = Station::open(&diode.listen, diode.link.clone(), diode.state.clone())?;
        let left = station.keeper().owed();
        let (marked, next_mark, since, stood) = (0, Time::MIN, None, Duration::from_nanos(0));
        Ok(Self { listener, source, size_max, station, marked, next_mark, left, since, stood })
    }

    /// Listens on another socket: the interface was made anew.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) fn listen_again(&mut self, diode: &Diode) -> Result<(), String> {
        self.station.listen_again(&diode.listen)
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.station.ear().address()
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.station.descriptor()
    }

    /// Reads one piece.
    ///
    /// # Errors
    /// Those of the system, and of the journal's disk.
    pub(crate) fn read(&mut self, desk: &mut Desk<'_>, at: Moment) -> io::Result<Found> {
        let time = self.time(at);
        let Self { listener, source, size_max, station, .. } = self;
        let place = Place { listener: *listener, source: *source, size_max: *size_max };
        let more = station.read(time, &mut |event| place.take(event, desk, at))?;
        Ok(if more { Found::More } else { Found::Nothing })
    }

    /// Tells what the former run left owing. To be called before the first mark: until the desk knows of it, a mark would
    /// count it as told.
    pub(crate) fn tell_left(&mut self, desk: &mut Desk<'_>) {
        desk.link_indeterminate(self.listener, std::mem::take(&mut self.left));
    }

    /// The receiver knows durations alone. They are those of the steady clock, which does not jump when the machine's clock is set.
    fn time(&self, at: Moment) -> Time {
        at.steady.minus(self.stood)
    }

    /// For so long nothing was read.
    pub(crate) fn forgive(&mut self, stood: Duration) {
        self.stood = Duration::from_nanos(self.stood.nanos().saturating_add(stood.nanos()));
    }

    /// Does what time brings. Not to be called while nothing is read.
    ///
    /// # Errors
    /// Those of the journal's disk.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let time = self.time(at);
        let Self { listener, source, size_max, station, .. } = self;
        let place = Place { listener: *listener, source: *source, size_max: *size_max };
        station.tick(time, &mut |event| place.take(event, desk, at))
    }

    /// Says whether the sender is heard. Before its first heartbeat nobody knows how far apart they are: then silence is three of the
    /// longest that can be said. To be called where whatever came has been read.
    pub(crate) fn listen(&mut self, desk: &mut Desk<'_>, at: Moment) {
        let since = *self.since.get_or_insert(at.steady);
        let is_silent = match self.station.receiver().is_heard() {
            Some(is_heard) => !is_heard,
            None => at.steady.since(since).nanos() >= LONGEST_SILENCE,
        };
        desk.link_silent(self.listener, is_silent);
    }

    /// Sets a mark behind what came since the last one. What is not told yet is left for the next; so is all of it where
    /// the hatch is full, and then that comes soon.
    pub(crate) fn mark(&mut self, desk: &mut Desk<'_>, at: Moment) {
        if at.steady < self.next_mark {
            return;
        }
        let (listener, ended) = (self.listener, self.station.keeper().ended());
        if let Some(told) = desk.mark(Mark { listener, ended }, self.marked) {
            self.marked = told;
            self.next_mark = at.steady.plus(Duration::from_nanos(MARK_EVERY));
        }
    }

    /// All before this mark is on record.
    ///
    /// # Errors
    /// Those of the journal's disk; it counts as owed then.
    pub(crate) fn on_record(&mut self, mark: Mark) -> io::Result<()> {
        self.station.keeper().on_record(mark.ended)
    }

    /// Closes the socket; what is owed is known by who comes back.
    pub(crate) fn close(self) -> Keeper {
        self.station.close()
    }

    /// Tells what the kernel has thrown away.
    pub(crate) fn count_drops(&mut self, desk: &mut Desk<'_>) {
        let dropped = self.station.dropped();
        desk.kernel_drops(self.listener, dropped);
    }
}

#[derive(Clone, Copy)]
struct Place {
    listener: usize,
    source: usize,
    size_max: usize,
}

impl Place {
    fn take(self, event: Event, desk: &mut Desk<'_>, at: Moment) {
        let Self { listener, source, size_max } = self;
        match event {
            Event::Delivered(object) if object.bytes.len() > size_max => {
                let (source, size, bytes) = (Some(source), object.bytes.len(), Some(&*object.bytes));
                desk.turn_away(Missed { listener, source, why: Why::Oversize, size, bytes }, at);
            }
            Event::Delivered(object) => desk.frame(listener, source, &object.bytes, at),
            Event::Lost(Lost { first, end, .. }) => {
                desk.link_losses(listener, end.saturating_sub(first), 0);
            }
            Event::Alarm(_) => desk.link_losses(listener, 0, 1),
            Event::Begun { .. }
            | Event::Suspected { .. }
            | Event::Gap { .. }
            | Event::Manifest { .. }
            | Event::Silent
            | Event::Heard
            | Event::Closed { .. } => {}
        }
    }
}
