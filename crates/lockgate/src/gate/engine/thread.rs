//! The engine's thread, and how intake and operators reach it.

use super::{Engine, Out};
use crate::gate::clock::{self, SharedClock};
use crate::gate::entry::{Entry, Petition, Recalled};
use crate::gate::listeners::Listeners;
use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, TrySendError};
use lockgate_audit::BundleChange;
use lockgate_bundle::LaneBindings;
use lockgate_core::Policy;
use lockgate_intake::{Arrival, Offered};
use lockgate_watch::{ClockState, Gauges, Worker};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest that a thread sleeps.
const TICK: Duration = Duration::from_millis(100);
/// How long the engine waits for the journal before it gives a sign of life.
const PATIENCE: Duration = Duration::from_secs(1);
/// Arrivals taken in one go before anything else is looked at.
const AT_ONCE: usize = 256;

/// What an operator tells the engine.
pub(crate) enum Order {
    /// Another bundle; the sender hears when it is in force.
    Take(Box<(Arc<Policy>, Arc<LaneBindings>, BundleChange)>, Sender<()>),
    /// A bundle was refused: that belongs on record.
    Refused(BundleChange),
}

/// Where intake hands over.
pub(crate) struct Gateway(pub(crate) Sender<Arrival>);

impl lockgate_intake::Hatch for Gateway {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        match self.0.try_send(arrival) {
            Ok(()) => Offered::Taken,
            Err(TrySendError::Full(arrival)) => Offered::Full(arrival),
            Err(TrySendError::Disconnected(_)) => Offered::Gone,
        }
    }
}

/// Where the engine hands over; waits for the journal.
pub(crate) struct Entries {
    pub(crate) entries: Sender<Entry>,
    pub(crate) gauges: Arc<Gauges>,
    /// The listeners before it, shown with each tick, and while it waits: that is when they turn away most.
    pub(crate) listeners: Listeners,
}

impl Out for Entries {
    fn put(&mut self, entry: Entry) {
        let mut waits = entry;
        // Who waits for the journal is alive. Where the journal has ended, nothing is put on record and nothing leaves.
        while let Err(SendTimeoutError::Timeout(back)) = self.entries.send_timeout(waits, PATIENCE) {
            self.gauges.beat(Worker::Engine);
            self.listeners.show();
            waits = back;
        }
    }
}

/// The thread.
pub(crate) struct EngineThread {
    pub(crate) engine: Engine,
    pub(crate) arrivals: Receiver<Arrival>,
    pub(crate) again: Receiver<Recalled>,
    pub(crate) petitions: Receiver<Petition>,
    pub(crate) ordered: Receiver<Order>,
    pub(crate) out: Entries,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) clock: Arc<SharedClock>,
}

impl EngineThread {
    pub(crate) fn run(mut self) -> Result<(), String> {
        let mut ticked = Instant::now();
        loop {
            self.obey();
            while let Ok(recalled) = self.again.try_recv() {
                self.engine.again(recalled, &mut self.out);
            }
            while let Ok(petition) = self.petitions.try_recv() {
                self.engine.petition(petition, &mut self.out);
            }
            self.engine.looked(&mut self.out);
            let mut ended = false;
            match self.arrivals.recv_timeout(TICK.min(Duration::from_millis(20))) {
                Ok(first) => {
                    self.engine.arrival(first, &mut self.out);
                    for arrival in self.arrivals.try_iter().take(AT_ONCE) {
                        self.engine.arrival(arrival, &mut self.out);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => ended = true,
            }
            if ticked.elapsed() >= TICK || ended {
                ticked = Instant::now();
                self.tick();
            }
            if ended {
                self.engine.wind_up(&mut self.out);
                self.out.put(Entry::End);
                return Ok(());
            }
        }
    }

    fn obey(&mut self) {
        while let Ok(order) = self.ordered.try_recv() {
            match order {
                Order::Take(parts, done) => {
                    let (policy, bindings, change) = *parts;
                    self.engine.take(policy, bindings, change, &mut self.out);
                    // Nobody may be waiting any more.
                    let _ = done.send(());
                }
                Order::Refused(change) => self.out.put(Entry::Bundle(change)),
            }
        }
    }

    fn tick(&mut self) {
        self.gauges.beat(Worker::Engine);
        let waiting = u64::try_from(self.arrivals.len()).unwrap_or(0);
        self.gauges.in_flight(waiting.saturating_add(self.engine.in_line()));
        show_clock(&self.gauges, &self.clock);
        self.out.listeners.show();
        self.engine.tick(&mut self.out);
    }
}

/// Shows the operator whether the time can be trusted.
pub(crate) fn show_clock(gauges: &Gauges, clock: &SharedClock) {
    let reading = clock.read();
    let shown = match reading.state {
        clock::ClockState::Good => ClockState::Good,
        clock::ClockState::Unsynchronised => ClockState::Unsynchronised,
        clock::ClockState::Stepped { .. } | clock::ClockState::Behind { .. } => ClockState::Stepped,
    };
    gauges.clock(shown, reading.now, &reading.state.to_string());
}
