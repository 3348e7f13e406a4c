//! The thread that shows: one poll over control socket, metrics socket and a tick a second. It only reads gauges; the
//! lane's threads never wait for it. Commands of an operator are handed to a thread of their own.

mod answers;

use crate::alarms::Stops;
use crate::client::{Client, State};
use crate::gauges::Gauges;
use crate::listen::{self, Allowance, CLIENTS_MAX, Ear, Reserve};
use crate::log::{Event, Log, Severity};
use crate::meaning::Alarm;
use crate::orders::{Asked, Commands, Done, serve};
use crate::passing::Passing;
use crate::sampler::Sampler;
use crate::status::Status;
use crate::words::Store;
use lockgate_bytes::Time;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};

/// The lane's clock: floored, never running back.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// What is shown where.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Path of the control socket.
    pub control: Option<PathBuf>,
    /// Address of the metrics socket; loopback.
    pub metrics: Option<SocketAddr>,
    /// Folders whose disks are watched.
    pub disks: Vec<(Store, PathBuf)>,
}

/// A socket that could not be opened.
#[derive(Debug)]
pub struct WatchFault {
    /// Which.
    pub what: String,
    /// Why not.
    pub error: io::Error,
}

/// The running watch; ends when dropped.
#[derive(Debug)]
pub struct Watch {
    wake: UnixStream,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    metrics: Option<SocketAddr>,
}

impl Watch {
    /// Opens the sockets and begins to show.
    ///
    /// # Errors
    /// [`WatchFault`] where a socket cannot be opened.
    pub fn start(
        gauges: Arc<Gauges>,
        clock: Clock,
        commands: impl Commands,
        log: Log,
        options: Options,
    ) -> Result<Self, WatchFault> {
        let fault = |what: String| move |error| WatchFault { what, error };
        let mut ears = Vec::new();
        let mut shown = None;
        if let Some(path) = &options.control {
            ears.push(listen::control(path).map_err(fault(format!("control socket {}", path.display())))?);
        }
        if let Some(address) = options.metrics {
            let ear = listen::metrics(address).map_err(fault(format!("metrics socket {address}")))?;
            shown = if let Ear::Metrics(listener) = &ear { listener.local_addr().ok() } else { None };
            ears.push(ear);
        }
        let threads = || "its threads".to_owned();
        let (wake, woken) = UnixStream::pair().map_err(fault(threads()))?;
        woken.set_nonblocking(true).map_err(fault(threads()))?;
        let done = Done::new(wake.try_clone().map_err(fault(threads()))?);
        let orders = serve(commands, done.clone()).map_err(fault(threads()))?;
        let ending = Arc::new(AtomicBool::new(false));
        let now = gauges.steady_nanos();
        let eyes = Eyes {
            ears: ears.into_iter().map(|ear| (ear, Allowance::new(now))).collect(),
            clients: Vec::new(),
            reserve: Reserve::default(),
            next_number: 0,
            sampler: Sampler::default(),
            ticked_nanos: None,
            standing: Vec::new(),
            passing: Passing::default(),
            gauges,
            clock,
            log,
            disks: options.disks,
            orders,
            done,
            woken,
            ending: Arc::clone(&ending),
        };
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(move || eyes.run());
        Ok(Self { wake, ending, thread: Some(thread.map_err(fault(threads()))?), metrics: shown })
    }

    /// Where metrics are shown.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        let _ = self.wake.write(&[0]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Display for WatchFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.error)
    }
}

impl std::error::Error for WatchFault {}

/// Everything that the thread holds.
struct Eyes {
    ears: Vec<(Ear, Allowance)>,
    clients: Vec<Client>,
    reserve: Reserve,
    next_number: u64,
    sampler: Sampler,
    ticked_nanos: Option<u64>,
    /// The alarms of the last tick, to tell what has changed.
    standing: Vec<Alarm>,
    passing: Passing,
    gauges: Arc<Gauges>,
    clock: Clock,
    log: Log,
    disks: Vec<(Store, PathBuf)>,
    orders: SyncSender<(u64, Asked)>,
    done: Done,
    woken: UnixStream,
    ending: Arc<AtomicBool>,
}

/// The longest sleep of the loop.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };
/// The sleep while somebody waits in the kernel for a connection.
const SHORT_NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

impl Eyes {
    fn run(mut self) {
        while !self.ending.load(Ordering::Acquire) {
            let now = self.gauges.steady_nanos();
            self.tick(now);
            self.reserve.fill();
            self.accept(now);
            self.serve_all();
            self.answer_commands();
            let is_over = |client: &mut Client| client.state == State::Done || client.is_late(now);
            for over in self.clients.extract_if(.., is_over) {
                self.reserve.take_back(over.wire);
            }
            self.sleep(now);
        }
    }

    /// Once a second: copies for the rates, disks, changed alarms.
    fn tick(&mut self, now_nanos: u64) {
        let due = self.ticked_nanos.is_none_or(|last| now_nanos >= last.saturating_add(1_000_000_000));
        if !due {
            return;
        }
        self.ticked_nanos = Some(now_nanos);
        self.sampler.tick(&self.gauges, now_nanos);
        self.look_at_disks();
        self.tell_alarms();
    }

    /// Of several folders of one kind the one is shown that has the least part of its disk left.
    fn look_at_disks(&self) {
        for store in Store::ALL {
            let paths = self.disks.iter().filter(|(of, _)| of == store).map(|(_, path)| path);
            let seen = paths.filter_map(|path| rustix::fs::statvfs(path).ok()).map(|disk| {
                let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
                (bytes(disk.f_bavail), bytes(disk.f_blocks))
            });
            // In millionths: a disk of no size has nothing left.
            let part = |(free, size): &(u64, u64)| {
                u128::from(*free).saturating_mul(1_000_000).checked_div(u128::from(*size)).unwrap_or(0)
            };
            if let Some((free, size)) = seen.min_by_key(part) {
                self.gauges.disk(*store, free, size);
            }
        }
    }

    fn tell_alarms(&mut self) {
        self.passing.notice(&self.gauges, &self.look());
        let status = self.look();
        let standing: Vec<Alarm> = status.alarms.iter().map(|raised| raised.alarm).collect();
        for raised in status.alarms.iter().filter(|raised| !self.standing.contains(&raised.alarm)) {
            let meaning = raised.alarm.meaning();
            let severity = match meaning.stops {
                Stops::Live | Stops::Releasing => Severity::Critical,
                Stops::Ready => Severity::Notice,
                Stops::Nothing => Severity::Warning,
            };
            let values = [("alarm", raised.alarm.name()), ("detail", raised.detail.as_str())];
            self.log.say(status.now, severity, Event::Alarm, meaning.says, &values);
        }
        for alarm in self.standing.iter().filter(|alarm| !standing.contains(alarm)) {
            let values = [("alarm", alarm.name())];
            self.log.say(status.now, Severity::Notice, Event::Alarm, "this is right again", &values);
        }
        self.standing = standing;
    }

    fn look(&self) -> Status {
        self.gauges.look(&self.sampler, (self.clock)(), self.gauges.steady_nanos())
    }

    /// Takes connections. Where all places are taken, the one that has had its for longest gives it up.
    fn accept(&mut self, now_nanos: u64) {
        for (ear, allowance) in &mut self.ears {
            for _ in 0..CLIENTS_MAX {
                if !allowance.is_left(now_nanos) {
                    break;
                }
                let Some(client) = ear.accept(&mut self.reserve, self.next_number, now_nanos) else { break };
                allowance.take();
                self.next_number = self.next_number.saturating_add(1);
                let of_this = self.clients.iter().enumerate().filter(|(_, client)| ear.is_of(client));
                if of_this.clone().count() >= CLIENTS_MAX {
                    let mut idle = of_this.filter(|(_, client)| client.state != State::Waiting);
                    let Some(oldest) = idle.next().map(|(at, _)| at) else { continue };
                    self.clients.remove(oldest);
                }
                self.clients.push(client);
            }
        }
    }

    /// Sleeps until somebody wants something.
    fn sleep(&mut self, now_nanos: u64) {
        let mut nap = NAP;
        let mut waited = vec![PollFd::new(&self.woken, PollFlags::IN)];
        for (ear, allowance) in &mut self.ears {
            if allowance.is_left(now_nanos) {
                waited.push(PollFd::from_borrowed_fd(std::os::fd::AsFd::as_fd(ear), PollFlags::IN));
            } else {
                nap = SHORT_NAP;
            }
        }
        for client in &self.clients {
            let flags = match client.state {
                State::Reading => PollFlags::IN,
                State::Answering => PollFlags::OUT,
                // Who waits for a command wants nothing; its hanging up shows when it is answered.
                State::Waiting | State::Done => continue,
            };
            waited.push(PollFd::from_borrowed_fd(std::os::fd::AsFd::as_fd(&client.wire), flags));
        }
        if poll(&mut waited, Some(&nap)).is_err() {
            // Interrupted, or out of memory: never a busy loop.
            thread::sleep(std::time::Duration::from_millis(1));
        }
        let mut bytes = [0_u8; 64];
        let _ = self.woken.read(&mut bytes);
    }
}
