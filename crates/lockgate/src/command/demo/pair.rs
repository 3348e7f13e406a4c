//! The diode pairs of a direction: the near end of the first, and the far end of the second. The lane stands between.

use crate::exit::Fault;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Delivered, Event, Limits, LinkKey, ManifestSecret, Object, Plane, Sender, Start, Step, Supply, Terms,
};
use lockgate_disk::RealDisk;
use lockgate_receive::{Link, Listen, Station};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

/// The interface that never leaves this machine.
const LOOPBACK: &str = "lo";
/// Rate of a link in bit/s.
const RATE: u64 = 10_000_000;
/// Datagrams in one go, at most.
const AT_ONCE: usize = 1_000;

/// The keys of one link, made for this run.
pub(super) struct Keys {
    number: u16,
    shared: [u8; 32],
    seed: [u8; 32],
}

impl Keys {
    /// New ones for the link of this number.
    ///
    /// # Errors
    /// [`Fault`] where the system gives no random numbers.
    pub(super) fn draw(number: u16) -> Result<Self, Fault> {
        let (mut shared, mut seed) = ([0; 32], [0; 32]);
        for chance in [&mut shared, &mut seed] {
            getrandom::fill(chance).map_err(|_| Fault::new("the system gives no random numbers"))?;
        }
        Ok(Self { number, shared, seed })
    }

    pub(super) fn shared(&self) -> LinkKey {
        LinkKey::new(&self.shared)
    }

    pub(super) fn secret(&self) -> ManifestSecret {
        ManifestSecret::new(&self.seed)
    }

    /// The far end.
    pub(super) fn far(&self) -> Link {
        let limits = Limits { patience: Duration::from_secs(1), ..Limits::default() };
        Link { link: self.number, key: self.shared(), manifest_key: self.secret().public(), limits }
    }

    /// How the link is used.
    pub(super) fn terms(&self) -> Terms {
        let fifth = Duration::from_nanos(200_000_000);
        Terms { manifest: fifth, ..Terms::of_rate(self.number, RATE) }
    }
}

/// The source's end of the first pair.
pub(super) struct Near {
    sender: Sender,
    waits: Waits,
    socket: UdpSocket,
    datagram: Vec<u8>,
}

#[derive(Default)]
struct Waits(VecDeque<Object>);

impl Supply for Waits {
    fn highest(&self) -> Option<Precedence> {
        self.0.front().map(|_| Precedence::Routine)
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        // Tracks are small.
        if class == Precedence::Routine && plane == Plane::Small { self.0.pop_front() } else { None }
    }
}

impl Near {
    /// Sends there.
    ///
    /// # Errors
    /// [`Fault`] where the system refuses.
    pub(super) fn open(keys: &Keys, to: SocketAddr) -> Result<Self, Fault> {
        let socket = UdpSocket::bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))?;
        socket.connect(to)?;
        let seconds = u64::try_from(crate::clock::now().unix_nanos() / 1_000_000_000).unwrap_or(1);
        let start = Start { epoch: seconds << 32, closing: None };
        let sender = Sender::new(keys.terms(), keys.shared(), keys.secret(), start)
            .map_err(|fault| Fault::new(fault.to_string()))?;
        Ok(Self { sender, waits: Waits::default(), socket, datagram: Vec::new() })
    }

    /// One more object to send.
    pub(super) fn offer(&mut self, bytes: Vec<u8>) {
        self.waits.0.push_back(Object::new(bytes, Time::MAX, 0));
        self.pump();
    }

    /// Sends what is due.
    pub(super) fn pump(&mut self) {
        for _ in 0..AT_ONCE {
            let step = self.sender.poll(crate::clock::now(), &mut self.waits, &mut self.datagram);
            self.sender.take_ended().for_each(drop);
            if let Step::At(_) = step {
                return;
            }
            // Where nobody listens any more the lane has ended, which is seen elsewhere.
            let _ = self.socket.send(&self.datagram);
        }
    }
}

/// The far end of the second pair.
pub(super) struct Distant {
    station: Station,
    /// Objects that were sent and did not come.
    pub(super) lost: u64,
}

impl Distant {
    /// Listens on a free port of this machine; the journal is in `folder`.
    ///
    /// # Errors
    /// [`Fault`] where the system refuses.
    pub(super) fn open(keys: &Keys, folder: &Path) -> Result<Self, Fault> {
        let listen = Listen {
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            interface: LOOPBACK.to_owned(),
            buffer: 1 << 20,
        };
        let disk = RealDisk::at(folder).map_err(|error| Fault::of(folder.display(), &error))?;
        let station = Station::open(&listen, keys.far(), Arc::new(disk)).map_err(Fault::new)?;
        Ok(Self { station, lost: 0 })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`Fault`] where the system does not say.
    pub(super) fn port(&self) -> Result<u16, Fault> {
        Ok(self.station.ear().address()?.port())
    }

    /// What has become whole since it was last asked.
    ///
    /// # Errors
    /// [`Fault`] where socket or journal fail.
    pub(super) fn receive(&mut self) -> Result<Vec<Delivered>, Fault> {
        let (mut whole, mut lost) = (Vec::new(), 0_u64);
        let mut act = |event: Event| match event {
            Event::Delivered(object) => whole.push(object),
            Event::Lost(range) => lost = lost.saturating_add(range.end.saturating_sub(range.first)),
            _ => {}
        };
        let now = crate::clock::now();
        while self.station.read(now, &mut act)? {}
        self.station.tick(now, &mut act)?;
        self.lost = self.lost.saturating_add(lost);
        Ok(whole)
    }
}
