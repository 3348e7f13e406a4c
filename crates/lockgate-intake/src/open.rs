//! Opens every listener of a lane, or none.

use crate::config::{Admission, Config, Listener, OpenFault, Way};
use crate::diode::DiodeReader;
use crate::directory::Folder;
use crate::handle::Handle;
use crate::interfaces::Interfaces;
use crate::tcp::{self, TcpDoor};
use crate::tls::Gatekeeper;
use crate::udp::{self, UdpListener};
use crate::{Clock, IntakeCounters, Pool};
use mio::{Poll, Token, Waker};
use std::net::SocketAddr;
use std::sync::Arc;

/// Everything that is open and waits to be read.
pub struct Intake {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) counters: Arc<IntakeCounters>,
    pub(crate) poll: Poll,
    pub(crate) handle: Handle,
    pub(crate) sockets: Vec<UdpListener>,
    pub(crate) diodes: Vec<DiodeReader>,
    pub(crate) doors: Vec<TcpDoor>,
    pub(crate) folders: Vec<Folder>,
    /// The interfaces on which all this was opened.
    pub(crate) interfaces: Interfaces,
}

impl Intake {
    /// Opens everything, or nothing.
    ///
    /// # Errors
    /// The first [`OpenFault`].
    pub fn open(config: Config, clock: Arc<dyn Clock>, pool: Arc<Pool>) -> Result<Self, OpenFault> {
        config.check()?;
        let fault = |says: String| OpenFault { listener: None, says };
        let poll = Poll::new().map_err(|error| fault(format!("cannot wait for events: {error}")))?;
        let waker = Waker::new(poll.registry(), Token(0))
            .map_err(|error| fault(format!("cannot be woken by other threads: {error}")))?;
        let handle = Handle::new(waker);
        let names = config.listeners.iter().map(|listener| Arc::clone(&listener.name));
        let mut intake = Self {
            counters: Arc::new(IntakeCounters::new(names)),
            sockets: Vec::new(),
            diodes: Vec::new(),
            doors: Vec::new(),
            folders: Vec::new(),
            interfaces: Interfaces::of(&config),
            config,
            clock,
            pool,
            poll,
            handle,
        };
        for (index, listener) in intake.config.listeners.clone().iter().enumerate() {
            intake
                .open_one(index, listener)
                .map_err(|says| OpenFault { listener: Some(Arc::clone(&listener.name)), says })?;
        }
        match intake.interfaces.differs(&Interfaces::of(&intake.config)) {
            None => Ok(intake),
            Some(index) => Err(OpenFault {
                listener: intake.config.listeners.get(index).map(|listener| Arc::clone(&listener.name)),
                says: "its interface was made anew while it was opened; start the lane again".to_owned(),
            }),
        }
    }

    /// Steers it from other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Its counters; they live on after it.
    pub fn counters(&self) -> Arc<IntakeCounters> {
        Arc::clone(&self.counters)
    }

    /// Where a listener really listens, by its name: tells the port where the configuration said 0.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        let index = self.config.listeners.iter().position(|listener| &*listener.name == name)?;
        let socket = self.sockets.iter().find(|socket| socket.listener == index);
        let door = self.doors.iter().find(|door| door.listener == index);
        let diode = self.diodes.iter().find(|diode| diode.listener == index);
        let address = socket.map(|socket| socket.socket.local_addr());
        address
            .or_else(|| diode.map(DiodeReader::address))
            .or_else(|| door.map(|door| door.socket.local_addr()))?
            .ok()
    }

    fn open_one(&mut self, index: usize, listener: &Listener) -> Result<(), String> {
        let largest = listener.size_max.checked_next_power_of_two().unwrap_or(usize::MAX);
        if largest > self.pool.limit_bytes() {
            return Err(format!(
                "an object of its largest size needs {largest} bytes, more than the whole pool has"
            ));
        }
        let config = &self.config;
        let source = |name: &str| config.source_index(name);
        let unknown = || "its source is not known".to_owned();
        match &listener.way {
            Way::Udp(udp) => {
                let source = source(&udp.source).ok_or_else(unknown)?;
                self.sockets.push(udp::open(udp, index, source, listener.size_max)?);
            }
            Way::Tcp(tcp) => {
                let gatekeeper = match &tcp.admission {
                    Admission::Interface(_) => None,
                    Admission::Tls(tls) => Some(Gatekeeper::new(tls, Arc::clone(&self.clock), source)?),
                };
                let socket = tcp::bind(tcp)?;
                let door = TcpDoor::new(socket, index, tcp, gatekeeper, listener.size_max, source);
                self.doors.push(door);
            }
            Way::Diode(diode) => {
                let source = source(&diode.source).ok_or_else(unknown)?;
                self.diodes.push(DiodeReader::open(diode, index, source, listener.size_max)?);
            }
            Way::Directory(directory) => {
                let source = source(&directory.source).ok_or_else(unknown)?;
                let folder = Folder::open(directory, index, source, listener.size_max, config.epoch)?;
                self.folders.push(folder);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Intake({} listeners)", self.config.listeners.len())
    }
}
