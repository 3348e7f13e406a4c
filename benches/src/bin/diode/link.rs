//! What the protocol takes on the wire and what it survives, in virtual time and by seed: the same on every machine.

use crate::figure;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Event, Limits, LinkKey, ManifestSecret, Object, Plane, Receiver, Relay, Sender, Start, Step, Supply,
    Terms, Weather,
};
use std::collections::VecDeque;

/// Measures, and prints a line a figure.
pub(super) fn run() {
    for (name, repair) in [("bare", 0), ("repaired", 50)] {
        let terms = Terms { small_repair: repair, ..Terms::new(1) };
        let mut world = World::new(terms, Weather::default(), 1);
        let mut own = 0;
        for at in 0..1_000 {
            world.waits.0.push_back((Precedence::Priority, Object::new(bytes(1_024), Time::MAX, at)));
            world.run(10);
        }
        own += world.sent(&[1, 2]);
        figure(&format!("diode.track.{name}"), own as f64 / 1_000.0, "B");
    }
    let mut world = World::new(Terms::new(1), Weather::default(), 1);
    for (at, class) in (0..).zip(Precedence::ALL) {
        world.waits.0.push_back((class, Object::new(bytes(20), Time::MAX, at)));
    }
    world.run(2_500);
    let beats = world.datagrams.iter().filter(|(kind, _)| *kind == 5).map(|(_, size)| *size);
    figure("diode.heartbeat", beats.max().unwrap_or(0) as f64, "B");
    let burst = Weather { burst_loss: 50_000, burst: 100, ..Weather::default() };
    let random = Weather { loss: 150_000, ..Weather::default() };
    for (name, weather) in [("random", random), ("bursts", burst)] {
        let mut world = World::new(Terms { rate: Some(160_000_000), ..Terms::new(1) }, weather, 42);
        world.waits.0.push_back((Precedence::Routine, Object::new(bytes(64 << 20), Time::MAX, 0)));
        world.run(8_000);
        figure(&format!("diode.large.{name}"), world.delivered as f64, "of 1");
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 31 + (at >> 11)) as u8).collect()
}

#[derive(Default)]
struct Waits(VecDeque<(Precedence, Object)>);

impl Supply for Waits {
    fn highest(&self) -> Option<Precedence> {
        self.0.iter().map(|(class, _)| *class).max()
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        let large = plane == Plane::Large;
        let fits = |it: &(Precedence, Object)| it.0 == class && (it.1.length > 8 * 1_000) == large;
        let at = self.0.iter().position(fits)?;
        self.0.remove(at).map(|(_, object)| object)
    }
}

struct World {
    sender: Sender,
    relay: Relay,
    receiver: Receiver,
    waits: Waits,
    now: Time,
    /// Kind, and bytes on the wire.
    datagrams: Vec<(u8, u64)>,
    delivered: u64,
}

impl World {
    fn new(terms: Terms, weather: Weather, seed: u64) -> Self {
        let secret = ManifestSecret::new(&[6; 32]);
        let receiver = Receiver::new(1, LinkKey::new(&[4; 32]), secret.public(), Limits::default());
        let start = Start { epoch: 1 << 32, closing: None };
        Self {
            sender: Sender::new(terms, LinkKey::new(&[4; 32]), secret, start).unwrap(),
            relay: Relay::new(weather, seed),
            receiver,
            waits: Waits::default(),
            now: Time::from_unix_nanos(0),
            datagrams: Vec::new(),
            delivered: 0,
        }
    }

    fn run(&mut self, millis: i64) {
        let end = self.now.plus(Duration::from_nanos(millis * 1_000_000));
        let (mut out, mut events) = (Vec::new(), Vec::new());
        loop {
            let step = self.sender.poll(self.now, &mut self.waits, &mut out);
            self.sender.take_ended().for_each(drop);
            match step {
                Step::Datagram(_) => {
                    self.datagrams.push((out[1] >> 4, out.len() as u64 + 28));
                    self.relay.offer(&out, self.now);
                }
                Step::At(time) => self.now = self.now.max(time.min(end)),
            }
            while let Some(datagram) = self.relay.take(self.now) {
                self.receiver.receive(&datagram, self.now, &mut events);
            }
            self.receiver.tick(self.now, &mut events);
            let whole = events.drain(..).filter(|event| matches!(event, Event::Delivered(_)));
            self.delivered += whole.count() as u64;
            if self.now >= end {
                return;
            }
        }
    }

    fn sent(&self, kinds: &[u8]) -> u64 {
        self.datagrams.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, size)| size).sum()
    }
}
