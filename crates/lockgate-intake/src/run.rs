//! The thread's body: one poll, every listener in turn.

use crate::desk::{Desk, Moment};
use crate::diode::DiodeReader;
use crate::directory::Folder;
use crate::handle::Handle;
use crate::interfaces::{Change, Interfaces};
use crate::tcp::{self, Connections, TcpDoor};
use crate::udp::{self, Found, UdpListener, UdpReader};
use crate::{Clock, Hatch, Intake, Listener, Way};
use lockgate_bytes::Time;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::sync::Arc;
use std::time::Duration as Patience;

/// Nanoseconds between two looks after slow clients.
const TICK: i64 = 100_000_000;
/// Nanoseconds between two tellings of what was counted together.
const FLUSH: i64 = 1_000_000_000;
/// How often a full hatch is asked again, and how often the last word is tried at the end.
const RETRY: Patience = Patience::from_millis(1);
/// Rounds of reading at the end, at most.
const LAST_ROUNDS: usize = 1_000;

impl Intake {
    /// Reads until [`Handle::stop`], or until the hatch is gone. This is a thread's whole body; it never blocks on the
    /// hatch.
    ///
    /// # Errors
    /// Those of the system where it cannot wait for events: the lane has to stop.
    pub fn run(self, hatch: &mut dyn Hatch) -> std::io::Result<()> {
        let desk = Desk::new(&self.config, self.pool, self.counters, hatch);
        let base = self.config.listeners.len().saturating_add(1);
        let mut thread = Running {
            connections: Connections::new(base, self.config.unfinished_max_bytes),
            sockets: Vec::new(),
            diodes: self.diodes.into_iter().map(|diode| (diode, true)).collect(),
            doors: self.doors,
            folders: self.folders,
            clock: self.clock,
            poll: self.poll,
            handle: self.handle,
            desk,
            receipts: 0,
            next_tick: Time::MIN,
            next_flush: Time::MIN,
            stuck_since: None,
            is_drained: false,
            turn: 0,
            interfaces: self.interfaces,
            listeners: self.config.listeners.clone(),
        };
        thread.register(self.sockets)?;
        thread.tell_left();
        thread.run()
    }
}

struct Running<'h> {
    connections: Connections,
    /// Readers, and whether there may be something to read.
    sockets: Vec<(UdpReader, bool)>,
    /// The same of diode links.
    diodes: Vec<(DiodeReader, bool)>,
    doors: Vec<TcpDoor>,
    folders: Vec<Folder>,
    clock: Arc<dyn Clock>,
    poll: Poll,
    handle: Handle,
    desk: Desk<'h>,
    receipts: u64,
    next_tick: Time,
    next_flush: Time,
    stuck_since: Option<Time>,
    is_drained: bool,
    /// The kind whose turn is first.
    turn: usize,
    interfaces: Interfaces,
    /// As they are to be opened, where that has to be done again.
    listeners: Vec<Listener>,
}

/// What is read.
enum Kind {
    Sockets,
    Diodes,
    Streams,
}

const KINDS: [Kind; 3] = [Kind::Sockets, Kind::Diodes, Kind::Streams];

impl Running<'_> {
    fn register(&mut self, sockets: Vec<UdpListener>) -> std::io::Result<()> {
        let registry = self.poll.registry();
        for socket in sockets {
            let token = Token(socket.listener.saturating_add(1));
            let reader = UdpReader::new(socket);
            registry.register(&mut SourceFd(&reader.descriptor()), token, Interest::READABLE)?;
            self.sockets.push((reader, true));
        }
        for (reader, _) in &self.diodes {
            let token = Token(reader.listener.saturating_add(1));
            registry.register(&mut SourceFd(&reader.descriptor()), token, Interest::READABLE)?;
        }
        for door in &mut self.doors {
            let token = Token(door.listener.saturating_add(1));
            registry.register(&mut door.socket, token, Interest::READABLE)?;
        }
        Ok(())
    }

    /// Before anything else, and before any mark: one that counted what the run before left owing, and went ahead of the
    /// record that says so, would have it forgotten by the next end of this process.
    fn tell_left(&mut self) {
        for (reader, _) in &mut self.diodes {
            reader.tell_left(&mut self.desk);
        }
    }

    fn run(&mut self) -> std::io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            let at = Moment::read(&*self.clock);
            self.acknowledge();
            let wish = self.handle.wish();
            if wish > 0 && !self.is_drained {
                self.drain();
            }
            if wish > 1 || self.desk.is_gone() {
                return Ok(());
            }
            let is_stuck = self.desk.is_stuck();
            // Before anything is read: there may be room in the hatch now.
            self.diodes.iter_mut().for_each(|(reader, _)| reader.mark(&mut self.desk, at));
            self.pause(is_stuck, at);
            let more = !is_stuck && !self.is_drained && self.read(at);
            if !is_stuck {
                self.work_folders(!self.is_drained, at);
            }
            self.tick(is_stuck, at);
            let wait = if more { Patience::ZERO } else { self.wait(is_stuck, at) };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(error),
                _ => self.mark(&events),
            }
        }
    }

    /// Notes who is ready.
    fn mark(&mut self, events: &Events) {
        for event in events {
            let Some(listener) = event.token().0.checked_sub(1) else { continue };
            if let Some((_, ready)) =
                self.sockets.iter_mut().find(|(reader, _)| reader.listener() == listener)
            {
                *ready = true;
            } else if let Some((_, ready)) =
                self.diodes.iter_mut().find(|(reader, _)| reader.listener == listener)
            {
                *ready = true;
            } else if let Some(door) = self.doors.iter_mut().find(|door| door.listener == listener) {
                door.is_ready = true;
            } else {
                let readable = event.is_readable() || event.is_read_closed() || event.is_error();
                self.connections.ready(event.token(), readable, event.is_writable());
            }
        }
    }

    /// Reads each ready listener and connection once, until something has to wait for the hatch; true where there may be
    /// more. The next round begins behind the one that could not go on, so that nobody keeps the others waiting.
    fn read(&mut self, at: Moment) -> bool {
        let mut more = false;
        let first = self.turn;
        for kind in KINDS.iter().cycle().skip(first).take(KINDS.len()) {
            more |= match kind {
                Kind::Sockets => self.read_sockets(at),
                Kind::Diodes => self.read_diodes(at),
                Kind::Streams => self.read_streams(at),
            };
            let next = self.turn.saturating_add(1);
            self.turn = if next < KINDS.len() { next } else { 0 };
            if self.desk.has_waiting() {
                return true;
            }
        }
        self.turn = first;
        more
    }

    fn read_sockets(&mut self, at: Moment) -> bool {
        let (mut more, mut stopped) = (false, None);
        for (index, (reader, ready)) in self.sockets.iter_mut().enumerate().filter(|(_, (_, ready))| *ready) {
            match reader.read(&mut self.desk, at) {
                Ok(found) => *ready = found == Found::More,
                Err(_) => {
                    // Tried again with the next tick.
                    *ready = false;
                    self.desk.count(reader.listener(), |counters| counters.faults.add(1));
                }
            }
            more |= *ready;
            if self.desk.has_waiting() {
                stopped = Some(index);
                break;
            }
        }
        if let Some(index) = stopped {
            let behind = index.saturating_add(1).min(self.sockets.len());
            self.sockets.rotate_left(behind);
        }
        more
    }

    fn read_diodes(&mut self, at: Moment) -> bool {
        let (mut more, mut stopped) = (false, None);
        for (index, (reader, ready)) in self.diodes.iter_mut().enumerate().filter(|(_, (_, ready))| *ready) {
            match reader.read(&mut self.desk, at) {
                Ok(found) => *ready = found == Found::More,
                Err(_) => {
                    *ready = false;
                    self.desk.count(reader.listener, |counters| counters.faults.add(1));
                }
            }
            more |= *ready;
            if self.desk.has_waiting() {
                stopped = Some(index);
                break;
            }
        }
        if let Some(index) = stopped {
            let behind = index.saturating_add(1).min(self.diodes.len());
            self.diodes.rotate_left(behind);
        }
        more
    }

    fn read_streams(&mut self, at: Moment) -> bool {
        let mut more = false;
        for door in self.doors.iter_mut().filter(|door| door.is_ready) {
            self.connections.accept(door, self.poll.registry(), &mut self.desk, at);
            more |= door.is_ready;
        }
        more | self.connections.read(&self.doors, &mut self.desk, at)
    }

    fn work_folders(&mut self, claims: bool, at: Moment) {
        for folder in &mut self.folders {
            folder.work(&mut self.receipts, claims, &mut self.desk, at);
        }
    }

    /// What happens by the clock: slow clients, what is told together.
    fn tick(&mut self, is_stuck: bool, at: Moment) {
        if at.steady >= self.next_tick {
            self.next_tick = at.steady.plus(lockgate_bytes::Duration::from_nanos(TICK));
            if !is_stuck && !self.is_drained {
                self.connections.look_after(&self.doors, &mut self.desk, at);
            }
            self.doors.iter_mut().for_each(|door| door.is_ready = true);
            self.sockets.iter_mut().for_each(|(_, ready)| *ready = true);
            for (reader, ready) in &mut self.diodes {
                *ready = true;
                if !is_stuck && reader.tick(&mut self.desk, at).is_err() {
                    self.desk.count(reader.listener, |counters| counters.faults.add(1));
                }
                // Where we do not read, nobody can be heard.
                if !is_stuck && !self.is_drained {
                    reader.listen(&mut self.desk, at);
                }
            }
        }
        if at.steady >= self.next_flush {
            self.next_flush = at.steady.plus(lockgate_bytes::Duration::from_nanos(FLUSH));
            self.count_drops();
            if !self.is_drained {
                self.look_at_interfaces(at);
            }
            self.desk.flush();
        }
    }

    /// Opens listeners again whose interface was made anew; what cannot be opened is down, and tried again in a second.
    fn look_at_interfaces(&mut self, at: Moment) {
        for (listener, change) in self.interfaces.changes() {
            let opened = match change {
                Change::Gone => false,
                Change::Back => true,
                Change::Anew(index) => {
                    let opened = self.open_again(listener, at).is_ok();
                    if opened {
                        self.interfaces.hears(listener, index);
                    }
                    opened
                }
            };
            self.desk.count(listener, |counters| counters.down.set(u64::from(!opened)));
        }
    }

    fn open_again(&mut self, listener: usize, at: Moment) -> Result<(), String> {
        let opened = self.listeners.get(listener).ok_or_else(String::new)?;
        let (registry, token) = (self.poll.registry(), Token(listener.saturating_add(1)));
        let register = |descriptor: std::os::fd::RawFd| {
            let registered = registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE);
            registered.map_err(|error| error.to_string())
        };
        match &opened.way {
            Way::Udp(udp) => {
                let reader = self.sockets.iter_mut().find(|(reader, _)| reader.listener() == listener);
                let (reader, is_ready) = reader.ok_or_else(String::new)?;
                let open = udp::open(udp, listener, reader.source(), opened.size_max)?;
                reader.replace(open, &mut self.desk, at);
                *is_ready = true;
                register(reader.descriptor())
            }
            Way::Diode(diode) => {
                let reader = self.diodes.iter_mut().find(|(reader, _)| reader.listener == listener);
                let (reader, is_ready) = reader.ok_or_else(String::new)?;
                reader.listen_again(diode)?;
                *is_ready = true;
                register(reader.descriptor())
            }
            Way::Tcp(tcp) => {
                let door = self.doors.iter_mut().find(|door| door.listener == listener);
                let door = door.ok_or_else(String::new)?;
                door.socket = tcp::bind(tcp)?;
                door.is_ready = true;
                let registered = registry.register(&mut door.socket, token, Interest::READABLE);
                registered.map_err(|error| error.to_string())
            }
            Way::Directory(_) => Ok(()),
        }
    }

    fn count_drops(&mut self) {
        self.sockets.iter_mut().for_each(|(reader, _)| reader.count_drops(&mut self.desk));
        self.diodes.iter_mut().for_each(|(reader, _)| reader.count_drops(&mut self.desk));
    }

    /// While we do not read, nobody is too slow.
    fn pause(&mut self, is_stuck: bool, at: Moment) {
        match (is_stuck, self.stuck_since) {
            (true, None) => self.stuck_since = Some(at.steady),
            (false, Some(since)) => {
                self.connections.forgive(at.steady.since(since));
                self.diodes.iter_mut().for_each(|(reader, _)| reader.forgive(at.steady.since(since)));
                self.stuck_since = None;
            }
            _ => {}
        }
    }

    fn wait(&self, is_stuck: bool, at: Moment) -> Patience {
        if is_stuck {
            return RETRY;
        }
        let folders = self.folders.iter().map(Folder::next).min().unwrap_or(Time::MAX);
        let next = self.next_tick.min(self.next_flush).min(folders);
        let nanos = u64::try_from(next.since(at.steady).nanos()).unwrap_or(0);
        // At least the time of a retry: an overdue folder that waits for its rate must not spin.
        Patience::from_nanos(nanos).max(RETRY)
    }

    fn acknowledge(&mut self) {
        for receipt in self.handle.receipts() {
            for folder in &mut self.folders {
                if folder.acknowledge(receipt, &self.desk) {
                    break;
                }
            }
        }
        for mark in self.handle.marks() {
            let reader = self.diodes.iter_mut().find(|(reader, _)| reader.listener == mark.listener);
            if reader.is_some_and(|(reader, _)| reader.on_record(mark).is_err()) {
                self.desk.count(mark.listener, |counters| counters.faults.add(1));
            }
        }
    }

    /// Reads what has arrived to its end, closes, and has the last word.
    fn drain(&mut self) {
        for _ in 0..LAST_ROUNDS {
            let at = Moment::read(&*self.clock);
            if self.desk.is_gone() {
                break;
            }
            if self.desk.is_stuck() {
                std::thread::sleep(RETRY);
                continue;
            }
            if !self.read(at) {
                break;
            }
        }
        let at = Moment::read(&*self.clock);
        self.connections.close_all(&mut self.desk, at);
        self.count_drops();
        for _ in 0..LAST_ROUNDS {
            self.desk.flush();
            if self.desk.is_gone() || (!self.desk.is_stuck() && self.desk.is_empty()) {
                break;
            }
            std::thread::sleep(RETRY);
        }
        // The ports are free from here on.
        self.sockets.clear();
        // What could not be told is not on record, however well the lane ends.
        let is_told = self.desk.is_empty() && !self.desk.is_gone();
        for (reader, _) in self.diodes.drain(..).filter(|_| is_told) {
            self.handle.keep(reader.close());
        }
        self.doors.clear();
        self.is_drained = true;
    }
}
