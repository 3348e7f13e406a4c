//! `lockgate receive`: the far side of a diode link, until it is told to stop.

pub(crate) mod account;
mod figures;
mod lines;
mod recent;
mod report;
pub(crate) mod status;

use crate::args::ReceiveArgs;
use crate::clock::Steady;
use crate::deployment::keys;
use crate::exit::{Exit, Fault};
use crate::files;
use figures::Figures;
use lines::{Lines, Out};
use lockgate_adapters::{flute, lidi};
use lockgate_attest::SecretKey;
use lockgate_bytes::{Duration, Time};
use lockgate_deployment::{Deliver, DiodeEnd, FarEnd, ForeignEnd, Reception, ReportTo};
use lockgate_disk::{Disk, RealDisk};
use lockgate_notation::At;
use lockgate_receive::{
    Clients, Datagrams, Far, Folder, Framed, Happened, Link, Listen, Outlet, Pipe, Stop, Tell,
};
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;

/// A file is never longer; the notation's own bound.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// Seconds between two writings of the file of figures.
const FIGURES: i64 = 5;

/// Receives until SIGTERM or SIGINT comes.
///
/// # Errors
/// [`Fault`] where it cannot begin, or socket, journal or report fail.
pub(crate) fn run(args: &ReceiveArgs, out: &mut dyn Write) -> Result<Exit, Fault> {
    let name = args.config.display().to_string();
    let text = files::bounded(&args.config, CONFIG_BYTES_MAX).map_err(|error| Fault::of(&name, &error))?;
    let reception = Reception::read(&name, &text)?;
    let stop = Stop::default();
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.flag()).map_err(|error| Fault::of("signals", &error))?;
    }
    let signer = reception.summary.as_ref().map(|summary| keys::signing(Path::new(summary.key.as_str())));
    let far = open(&reception, stop)?;
    let mut teller = Teller {
        figures: Figures::default(),
        line: String::new(),
        metrics: reception.metrics.as_ref().map(|path| path.value.clone()),
        signer: signer.transpose()?,
        every: reception.summary.as_ref().map(|summary| summary.every),
        next: (Time::MIN, None),
        lines: report_to(&reception.report, out)?,
        reception: &reception,
    };
    teller.line(|line| report::running(&reception, far.address().ok(), line));
    teller.lines.write().map_err(|error| Fault::of("the report", &error))?;
    let steady = Steady::from(crate::clock::now());
    let ended = match &reception.link {
        // Its tables expire by the time of day.
        FarEnd::Flute(_) => far.run(crate::clock::now, &mut teller),
        FarEnd::Diode(_) | FarEnd::Lidi(_) => far.run(|| steady.now(), &mut teller),
    };
    let told = teller.last(crate::clock::now());
    ended.map_err(|fault| Fault::new(fault.to_string()))?;
    told.map_or_else(|error| Err(Fault::of("the report", &error)), |()| Ok(Exit::Good))
}

/// The far side, open.
fn open(reception: &Reception, stop: Stop) -> Result<Far, Fault> {
    match &reception.link {
        FarEnd::Diode(end) => {
            let (listen, link) = open_link(end)?;
            let state = disk(end.state.as_str())?;
            Far::open(&listen, link, state, outlet(&reception.deliver)?, reception.in_order, stop)
        }
        FarEnd::Lidi(end) => {
            let ForeignEnd { wire, objects, limits, heartbeat, .. } = end;
            let receiver = lidi::Receiver::new(*wire, *objects, *limits, own_epoch()?, *heartbeat);
            let listen = listen(&end.address, &end.interface, end.buffer);
            Far::by(&listen, Box::new(receiver), outlet(&reception.deliver)?, stop)
        }
        FarEnd::Flute(end) => {
            let ForeignEnd { wire, objects, limits, heartbeat, .. } = end;
            let receiver = flute::Receiver::new(*wire, *objects, *limits, own_epoch()?, *heartbeat);
            let listen = listen(&end.address, &end.interface, end.buffer);
            Far::by(&listen, Box::new(receiver), outlet(&reception.deliver)?, stop)
        }
    }
    .map_err(Fault::new)
}

/// A name for this start, where the protocol has none for the sender's: seconds since 1970, and chance.
fn own_epoch() -> Result<u64, Fault> {
    let mut chance = [0; 4];
    getrandom::fill(&mut chance).map_err(|_| Fault::new("the system gives no random numbers"))?;
    let seconds = u64::try_from(crate::clock::now().unix_nanos() / 1_000_000_000).unwrap_or(0);
    Ok(seconds << 32 | u64::from(u32::from_ne_bytes(chance)))
}

fn listen(address: &At<SocketAddr>, interface: &At<String>, buffer: u64) -> Listen {
    let buffer = usize::try_from(buffer).unwrap_or(usize::MAX);
    Listen { address: address.value, interface: interface.value.clone(), buffer }
}

/// What a link at its far end begins with.
///
/// # Errors
/// [`Fault`] where a key cannot be read.
pub(crate) fn open_link(end: &DiodeEnd) -> Result<(Listen, Link), Fault> {
    let listen = listen(&end.address, &end.interface, end.buffer);
    let key = keys::link(Path::new(end.secret.as_str()))?;
    let manifest_key = keys::manifest(Path::new(end.key.as_str()))?;
    Ok((listen, Link { link: end.link, key, manifest_key, limits: end.limits }))
}

fn disk(path: &str) -> Result<Arc<dyn Disk>, Fault> {
    Ok(Arc::new(RealDisk::at(Path::new(path)).map_err(|error| Fault::of(path, &error))?))
}

fn outlet(deliver: &Deliver) -> Result<Box<dyn Outlet>, Fault> {
    let framed = |lengths: bool| if lengths { Framed::Length } else { Framed::Bare };
    Ok(match deliver {
        Deliver::Directory { path, extension } => {
            let folder = Folder::open(disk(path)?, extension);
            Box::new(folder.map_err(|error| Fault::of(path.as_str(), &error))?)
        }
        Deliver::Tcp { address, lengths } => {
            let clients = Clients::tcp(address.value, framed(*lengths));
            Box::new(clients.map_err(|error| Fault::of(address.value, &error))?)
        }
        Deliver::Unix { path, lengths } => {
            let clients = Clients::unix(Path::new(path.as_str()), framed(*lengths));
            Box::new(clients.map_err(|error| Fault::of(path.as_str(), &error))?)
        }
        Deliver::Udp { address } => {
            let datagrams = Datagrams::open(address.value);
            Box::new(datagrams.map_err(|error| Fault::of(address.value, &error))?)
        }
        Deliver::Stdout { lengths } => {
            // Without the buffer of `Stdout`: nobody could say what of it was written where a write fails.
            let stdout = io::stdout().as_fd().try_clone_to_owned();
            let stdout = File::from(stdout.map_err(|error| Fault::of("standard output", &error))?);
            Box::new(Pipe::new(stdout, framed(*lengths)))
        }
    })
}

fn report_to<'a>(to: &ReportTo, out: &'a mut dyn Write) -> Result<Lines<'a>, Fault> {
    Ok(match to {
        ReportTo::Stdout => Lines::new(Out::Given(out)),
        ReportTo::Stderr => Lines::new(Out::Stderr),
        ReportTo::File(path) => {
            Lines::append(path.as_str()).map_err(|error| Fault::of(path.as_str(), &error))?
        }
    })
}

/// Writes down what happens.
struct Teller<'a> {
    reception: &'a Reception,
    figures: Figures,
    line: String,
    metrics: Option<String>,
    signer: Option<SecretKey>,
    every: Option<Duration>,
    /// When figures and sums are due again.
    next: (Time, Option<Time>),
    lines: Lines<'a>,
}

impl Tell for Teller<'_> {
    fn tell(&mut self, happened: &Happened<'_>) -> io::Result<()> {
        self.figures.count(happened);
        let now = crate::clock::now();
        if let Happened::Sight(sight) = happened {
            self.figures.recent.look(sight, now);
            if let Some(is_apart) = self.figures.recent.turned() {
                let ahead = self.figures.recent.ahead();
                self.line(|line| report::clock(is_apart, ahead, now, line));
            }
            self.due(now);
        }
        let link = &self.reception.link;
        self.line(|line| report::happened(happened, link, now, line));
        let written = self.lines.write();
        if matches!(happened, Happened::Stalled(_) | Happened::Going) {
            // Nothing else may happen for long.
            self.metrics(now);
        }
        written
    }

    fn settle(&mut self) -> io::Result<()> {
        let settled = self.lines.sync();
        if settled.is_err() {
            self.figures_due(crate::clock::now());
        }
        settled
    }
}

impl Teller<'_> {
    fn figures_due(&mut self, now: Time) {
        if now >= self.next.0 {
            self.next.0 = now.plus(Duration::from_secs(FIGURES));
            self.metrics(now);
        }
    }

    fn due(&mut self, now: Time) {
        self.figures_due(now);
        let Some(every) = self.every else { return };
        if now >= *self.next.1.get_or_insert(now.plus(every)) {
            self.next.1 = Some(now.plus(every));
            self.sum(now);
        }
    }

    /// # Errors
    /// Why some of the report is not written.
    fn last(&mut self, now: Time) -> io::Result<()> {
        self.sum(now);
        let ended = self.lines.end();
        self.metrics(now);
        ended
    }

    fn sum(&mut self, now: Time) {
        let Self { figures, signer, reception, .. } = self;
        let mut line = String::new();
        figures.summary(&reception.name, reception.link.number(), now, signer.as_ref(), &mut line);
        self.lines.push(&line);
    }

    /// The file of figures is replaced in one step; where it cannot be written, the next one may be.
    fn metrics(&mut self, now: Time) {
        self.figures.report_faults = self.lines.faults();
        let Some(path) = &self.metrics else { return };
        let page = self.figures.metrics(&self.reception.name, now);
        let part = format!("{path}.part");
        // Figures are for the eyes: what they say is in the reports as well.
        let _ = std::fs::write(&part, page).and_then(|()| std::fs::rename(&part, path));
    }

    fn line(&mut self, line: impl FnOnce(&mut String)) {
        self.line.clear();
        line(&mut self.line);
        if !self.line.is_empty() {
            self.lines.push(&self.line);
        }
    }
}
