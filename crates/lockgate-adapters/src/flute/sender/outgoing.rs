//! What callers see of the sending end.

use super::Sender;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_diode::{Closing, Ended, Gone, Outgoing, Step, Supply};

impl Outgoing for Sender {
    fn poll(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step {
        if let Some(ready) = self.pace.map(|pace| pace.ready_at()).filter(|ready| *ready > now) {
            return Step::At(ready);
        }
        self.cut_expired(now);
        let Some(step) = self.write(now, supply, out) else {
            let beat = self.terms.heartbeat.map(|_| self.beat);
            let again = self.again.front().map(|(due, _)| *due);
            return Step::At([beat, again].into_iter().flatten().min().unwrap_or(Time::MAX));
        };
        self.made = self.made.saturating_add(1);
        self.beat = self.terms.heartbeat.map_or(Time::MAX, |every| now.plus(every));
        let wire = u64::try_from(out.len().saturating_add(self.terms.headers)).unwrap_or(u64::MAX);
        self.spent = self.spent.saturating_add(wire);
        if let Some(pace) = self.pace.as_mut() {
            pace.spend(wire, now);
        }
        step
    }

    fn until(&self) -> Time {
        self.until
    }

    fn take_ended(&mut self, into: &mut Vec<Gone>) {
        into.append(&mut self.ended);
    }

    fn at_once(&self) -> usize {
        usize::MAX
    }

    /// The protocol has no place for it.
    fn unsent(&mut self, _: u64) {}

    fn withdraw(&mut self, _: Time) {
        // What is sent again has ended.
        for leaving in self.open.iter_mut().filter_map(Option::take).filter(|leaving| leaving.rounds == 0) {
            // What may have been delivered is not given up any more.
            if !leaving.may_be_there(self.through) {
                self.given_up.push_back((leaving.number, leaving.cut.oti.code.id()));
            }
            self.ended.push(leaving.ends(Ended::Cut));
        }
        self.again.clear();
        self.tellings.clear();
        self.again_bytes = 0;
    }

    fn has_sent(&mut self, datagrams: u64) {
        self.through = datagrams;
    }

    fn forget(&mut self) {
        self.tellings.clear();
    }

    fn end(&mut self) {}

    fn is_quiet(&self) -> bool {
        self.tellings.is_empty()
            && self.given_up.is_empty()
            && self.again.is_empty()
            && self.open.iter().all(Option::is_none)
    }

    fn wire_bytes(&self) -> u64 {
        self.spent
    }

    fn closing(&self) -> Option<Closing> {
        None
    }
}
