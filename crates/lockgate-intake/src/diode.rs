//! Objects that come by the one-way protocol. Thin: the link's far end is `lockgate-receive`, and what becomes of whole
//! objects is the desk's. The key of the link is the source.

use crate::Why;
use crate::config::Diode;
use crate::desk::{Desk, Missed, Moment};
use crate::udp::Found;
use lockgate_diode::{Event, Lost};
use lockgate_receive::Station;
use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

/// An open link.
pub(crate) struct DiodeReader {
    pub(crate) listener: usize,
    source: usize,
    size_max: usize,
    station: Station,
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
        let station = Station::open(&diode.listen, diode.link.clone(), diode.state.clone())?;
        Ok(Self { listener, source, size_max, station })
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
        let Self { listener, source, size_max, station } = self;
        let place = Place { listener: *listener, source: *source, size_max: *size_max };
        let more = station.read(at.now, &mut |event| place.take(event, desk, at))?;
        Ok(if more { Found::More } else { Found::Nothing })
    }

    /// Does what time brings.
    ///
    /// # Errors
    /// Those of the journal's disk.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let Self { listener, source, size_max, station } = self;
        let place = Place { listener: *listener, source: *source, size_max: *size_max };
        station.tick(at.now, &mut |event| place.take(event, desk, at))
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
