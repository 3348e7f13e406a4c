//! The forecast by trial: sender, link and receiver as they are, in virtual time and by seed.

use super::{Fate, Flow, Forecast, narrow, odds::MILLION, shelf::Shelf};
use crate::{
    Chance, Event, Gone, Limits, LinkKey, ManifestSecret, Object, Receiver, Relay, Sender, Start, Step,
    Terms, TermsFault, Weather,
};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

struct Trial {
    sender: Sender,
    relay: Relay,
    receiver: Receiver,
    shelf: Shelf,
    events: Vec<Event>,
    out: Vec<u8>,
    now: Time,
    wake: Time,
    /// How the sending of each object ended that was cut or does not fit.
    delivered: Vec<u64>,
    unsent: Vec<u64>,
}

/// Tries the flows out for `span` of virtual time. Tokens of objects are their flow.
///
/// # Errors
/// [`TermsFault`] where the terms are none.
pub fn try_out(
    terms: &Terms,
    weather: Weather,
    flows: &[Flow],
    span: Duration,
    seed: u64,
) -> Result<Forecast, TermsFault> {
    let (secret, start) = (ManifestSecret::new(&[1; 32]), Start { epoch: 1 << 32, closing: None });
    let limits =
        Limits { object: u32::MAX, memory: usize::MAX / 2, growing: usize::MAX, ..Limits::default() };
    let mut trial = Trial {
        receiver: Receiver::new(terms.link, LinkKey::new(&[1; 32]), secret.public(), limits),
        sender: Sender::new(terms.clone(), LinkKey::new(&[1; 32]), secret, start)?,
        relay: Relay::new(weather, seed),
        shelf: Shelf::default(),
        events: Vec::new(),
        out: Vec::new(),
        now: Time::from_unix_nanos(0),
        wake: Time::MIN,
        delivered: flows.iter().map(|_| 0).collect(),
        unsent: flows.iter().map(|_| 0).collect(),
    };
    let mut chance = Chance::new(seed);
    let end = trial.now.plus(span);
    let mut next: Vec<Time> = flows.iter().map(|flow| trial.now.plus(gap(flow, &mut chance))).collect();
    let mut offered: Vec<u64> = flows.iter().map(|_| 0).collect();
    while let Some((at, when)) = next.iter().copied().enumerate().min_by_key(|(_, when)| *when) {
        if when >= end {
            break;
        }
        trial.run(when);
        let (Some(flow), Some(count), Some(next)) = (flows.get(at), offered.get_mut(at), next.get_mut(at))
        else {
            break;
        };
        *count = count.saturating_add(1);
        trial.offer(flow, at);
        *next = when.plus(gap(flow, &mut chance));
    }
    let spent = trial.sender.spent();
    let sent: u64 = spent.classes.iter().fold(spent.link, |sum, bytes| sum.saturating_add(*bytes));
    // What waits at the end is sent or expires.
    let longest = flows.iter().map(|flow| flow.validity).max().unwrap_or_default();
    trial.run(end.plus(longest).plus(Duration::from_secs(5)));
    let seconds = u128::try_from(span.nanos() / 1_000_000).unwrap_or(1);
    let all = u128::from(terms.rate.unwrap_or(0)).saturating_mul(seconds) / 8_000;
    let part = |bytes: u64| narrow(u128::from(bytes).saturating_mul(MILLION).checked_div(all).unwrap_or(0));
    let fates = offered.iter().zip(&trial.delivered).zip(&trial.unsent);
    let fates = fates.map(|((offered, delivered), unsent)| fate(*offered, *delivered, *unsent)).collect();
    Ok(Forecast { fates, control: part(spent.link), used: part(sent) })
}

fn fate(offered: u64, delivered: u64, unsent: u64) -> Fate {
    let part = |count: u64| {
        narrow(u128::from(count).saturating_mul(MILLION).checked_div(u128::from(offered)).unwrap_or(0))
    };
    let (delivered, expired) = (part(delivered), part(unsent));
    Fate { delivered, expired, lost: 1_000_000_u32.saturating_sub(delivered).saturating_sub(expired) }
}

/// The time to the next object of a flow: exponential, by a table-free logarithm in whole numbers.
fn gap(flow: &Flow, chance: &mut Chance) -> Duration {
    // Events of a process that is asked a thousand times within the mean gap: close to exponential.
    let mean = 3_600_000_000_000_u64.checked_div(flow.per_hour).unwrap_or(u64::MAX);
    let mut steps = 1_u64;
    while chance.below(1_000) != 0 {
        steps = steps.saturating_add(1);
    }
    Duration::from_nanos(i64::try_from((mean / 1_000).saturating_mul(steps)).unwrap_or(i64::MAX))
}

impl Trial {
    fn offer(&mut self, flow: &Flow, at: usize) {
        let mut bytes: Vec<u8> = Vec::new();
        let name = u64::try_from(at).unwrap_or(0);
        bytes.extend(name.to_be_bytes());
        bytes.resize(flow.bytes.max(8), 0x5A);
        match self.sender.terms().plane(bytes.len()) {
            Some(plane) => {
                let object = Object::new(bytes, self.now.plus(flow.validity), name);
                self.shelf.put(flow.class, plane, object);
                self.wake = Time::MIN;
            }
            None => count(&mut self.unsent, name),
        }
    }

    fn run(&mut self, until: Time) {
        loop {
            while let Some(datagram) = self.relay.take(self.now) {
                self.receiver.receive(&datagram, self.now, &mut self.events);
            }
            let due = self.receiver.tick(self.now, &mut self.events);
            for event in self.events.drain(..) {
                if let Event::Delivered(it) = event
                    && let Some(name) = it.bytes.first_chunk()
                {
                    count(&mut self.delivered, u64::from_be_bytes(*name));
                }
            }
            if self.wake <= self.now {
                let step = self.sender.poll(self.now, &mut self.shelf, &mut self.out);
                for Gone { object, ended, enough, .. } in self.sender.take_ended() {
                    if ended != crate::Ended::Sent && enough.is_none() {
                        count(&mut self.unsent, object.token);
                    }
                }
                for name in self.shelf.expired.drain(..) {
                    count(&mut self.unsent, name);
                }
                match step {
                    Step::Datagram(_) => {
                        self.relay.offer(&self.out, self.now);
                        continue;
                    }
                    Step::At(wake) => self.wake = wake,
                }
            }
            let next = [Some(self.wake), self.relay.next(), due].into_iter().flatten().min();
            match next.filter(|next| *next <= until && *next > self.now) {
                Some(next) => self.now = next,
                None => {
                    self.now = self.now.max(until);
                    return;
                }
            }
        }
    }
}

fn count(counts: &mut [u64], name: u64) {
    let place = usize::try_from(name).ok().and_then(|name| counts.get_mut(name));
    if let Some(place) = place {
        *place = place.saturating_add(1);
    }
}
