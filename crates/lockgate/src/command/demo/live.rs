//! The demonstration live: two lanes over loopback, a source and a receiver at each, until somebody ends it.

use super::ground::Ground;
use super::people::{People, Review};
use super::picture::{self, Tint};
use super::samples::NOT_REAL;
use super::side::{Side, Verdict};
use super::traffic::{DOWN, Traffic, UP};
use super::{Live, summary};
use crate::command::run::Signals;
use crate::command::top::{Picture, Terminal, can_be_live, is_left, rows};
use crate::exit::Fault;
use crate::fixture::Fixture;
use crate::show::table::{WIDTH, wrap};
use lockgate_bundle::Bundle;
use lockgate_deployment::TextReader;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Each source sends an object so often: slow enough to be read along.
const OFFER_EVERY: Duration = Duration::from_millis(400);
/// How often lanes are looked at, and the screen is drawn.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often lines are printed where there is no terminal.
const PRINT_EVERY: Duration = Duration::from_secs(1);
/// How long the first object may take from one network to the other before lanes are said not to work here.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last objects may take to be decided.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// Verdicts that a screen can have room for.
const RECENT: usize = 64;

/// Runs until a signal, a key or the end of `span`.
///
/// # Errors
/// [`Fault`] where this program was built wrongly, a lane broke while it ran, or the output fails.
pub(super) fn run(
    bundle: &Bundle,
    people: &People,
    fixtures: &[Fixture],
    span: Option<Duration>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Live, Fault> {
    let traffic = [("cot-down", DOWN), ("cot-up", UP)]
        .map(|(lane, names)| (lane, Traffic::of(names, fixtures, bundle)));
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(fault) => return Ok(Live::Off(fault.message().to_owned())),
    };
    // Declared first, so that it is removed last.
    let ground = match Ground::make() {
        Ok(ground) => ground,
        Err(fault) => return Ok(Live::Off(fault.message().to_owned())),
    };
    let mut stand = Stand { ground: &ground, sides: Vec::new(), recent: VecDeque::new(), signals };
    for (lane, traffic) in traffic {
        let traffic = traffic?;
        if let Err(fault) = stand.open(bundle, people, lane, traffic) {
            stand.end();
            return Ok(Live::Off(fault.message().to_owned()));
        }
    }
    let ran = match stand.first() {
        Err(fault) => {
            stand.end();
            return Ok(Live::Off(fault.message().to_owned()));
        }
        Ok(()) => stand.show(span.and_then(|span| Instant::now().checked_add(span)), json, out),
    };
    let drained = ran.and_then(|()| stand.drain());
    stand.end();
    drained?;
    stand.conclude(json, out).map(Live::Done)
}

/// Both directions, and what they said.
struct Stand<'g> {
    ground: &'g Ground,
    sides: Vec<Side>,
    /// The last verdicts, the newest first.
    recent: VecDeque<Verdict>,
    signals: Signals,
}

impl Stand<'_> {
    fn open(&mut self, bundle: &Bundle, people: &People, lane: &str, traffic: Traffic) -> Result<(), Fault> {
        let policy = bundle.lane(lane).ok_or_else(|| Fault::new(format!("lane {lane} was not built in")))?;
        let folder = self.ground.folder(lane)?;
        let review = Review::new(people.clone(), policy, &folder);
        self.sides.push(Side::start((bundle, policy), &folder, traffic, review, &self.signals.stop)?);
        Ok(())
    }

    /// Sends one object through each lane: sockets, threads and disk work here if it comes out on the other side.
    fn first(&mut self) -> Result<(), Fault> {
        let begun = Instant::now();
        self.sides.iter_mut().for_each(Side::offer);
        while self.sides.iter().any(|side| side.arrived.last.is_none()) && !self.is_told_to_stop() {
            if let Some(broken) = self.broken() {
                return Err(broken);
            }
            if begun.elapsed() >= FIRST_PATIENCE {
                return Err(Fault::new("nothing came through the lanes"));
            }
            std::thread::sleep(Duration::from_millis(10));
            self.look()?;
        }
        Ok(())
    }

    /// Traffic and what becomes of it, until it is over.
    fn show(&mut self, until: Option<Instant>, json: bool, out: &mut dyn Write) -> Result<(), Fault> {
        let tint = Tint::of_terminal();
        if !json && can_be_live() && picture::can_move() {
            return self.draw(until, tint, out);
        }
        if json {
            picture::running_json(&self.sides, out)?;
        } else {
            picture::introduce(&self.sides, out)?;
        }
        let mut printed = Instant::now();
        let mut fresh: Vec<Verdict> = self.recent.drain(..).rev().collect();
        let mut offered = Instant::now();
        loop {
            let over = self.is_over(until);
            if json {
                picture::verdicts_json(&fresh, out)?;
                fresh.clear();
            } else if over || printed.elapsed() >= PRINT_EVERY {
                printed = Instant::now();
                picture::lines(&fresh, &self.sides, out)?;
                fresh.clear();
            }
            out.flush()?;
            if over {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY.saturating_sub(offered.elapsed()).max(Duration::from_millis(10)));
            self.turn(&mut offered)?;
            fresh.extend(self.recent.drain(..).rev());
        }
    }

    /// The same on a terminal.
    fn draw(&mut self, until: Option<Instant>, tint: Tint, out: &mut dyn Write) -> Result<(), Fault> {
        let terminal = Terminal::take(out)?;
        let mut picture = Picture::default();
        let mut offered = Instant::now();
        let drawn = loop {
            let rows = rows();
            let frame = picture.frame(&picture::screen(&self.sides, &self.recent, rows, tint), rows);
            if let Err(error) = out.write_all(frame.as_bytes()).and_then(|()| out.flush()) {
                break Err(Fault::from(error));
            }
            if self.is_over(until) || is_left(LOOK_EVERY) {
                break Ok(());
            }
            if let Err(fault) = self.turn(&mut offered) {
                break Err(fault);
            }
        };
        drop(terminal);
        drawn
    }

    /// Sends what is due, and looks.
    fn turn(&mut self, offered: &mut Instant) -> Result<(), Fault> {
        if offered.elapsed() >= OFFER_EVERY {
            *offered = Instant::now();
            self.sides.iter_mut().for_each(Side::offer);
        }
        self.look()?;
        self.broken().map_or(Ok(()), Err)
    }

    fn look(&mut self) -> Result<(), Fault> {
        let mut fresh = Vec::new();
        for side in &mut self.sides {
            fresh.extend(side.look()?);
        }
        fresh.sort_by_key(|verdict| verdict.at);
        for verdict in fresh {
            self.recent.push_front(verdict);
        }
        self.recent.truncate(RECENT);
        Ok(())
    }

    /// A lane that fell apart.
    fn broken(&mut self) -> Option<Fault> {
        let side = self.sides.iter_mut().find(|side| !side.is_whole())?;
        let why = Fault::new(format!("a thread of lane {} ended before it was told to", side.lane));
        Some(side.end().err().unwrap_or(why))
    }

    fn is_told_to_stop(&self) -> bool {
        self.signals.stop.load(Ordering::Acquire) || self.signals.reload.load(Ordering::Acquire)
    }

    fn is_over(&self, until: Option<Instant>) -> bool {
        self.is_told_to_stop() || until.is_some_and(|until| Instant::now() >= until)
    }

    /// Waits until what was sent is decided; then the lanes drain, and what they still sent is received.
    fn drain(&mut self) -> Result<(), Fault> {
        let begun = Instant::now();
        while self.sides.iter().any(|side| side.undecided() > 0) && begun.elapsed() < LAST_PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
            self.look()?;
        }
        for side in &mut self.sides {
            side.end()?;
        }
        self.look()
    }

    /// Ends whatever still runs.
    fn end(&mut self) {
        for side in &mut self.sides {
            if let Err(fault) = side.end() {
                crate::exit::complain(fault.message());
            }
        }
    }

    fn conclude(&self, json: bool, out: &mut dyn Write) -> Result<crate::exit::Exit, Fault> {
        let exit = if json { summary::json(&self.sides, out)? } else { summary::text(&self.sides, out)? };
        if !json {
            for line in wrap(&crate::ocr::brief(&crate::ocr::reader(&TextReader::Usual)), WIDTH) {
                writeln!(out, "{line}")?;
            }
            writeln!(out, "{NOT_REAL}")?;
        }
        Ok(exit)
    }
}
