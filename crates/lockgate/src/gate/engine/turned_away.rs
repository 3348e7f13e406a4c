//! What was refused without a record of its own, and what intake did not take.

use super::words::code_of;
use super::{Engine, Origin, Out};
use crate::gate::entry::Entry;
use lockgate_audit::{Door, Refusals, Taken};
use lockgate_bytes::Time;
use lockgate_core::{Verdict, share};
use lockgate_intake::{Receipt, TurnedAway, Why};
use lockgate_watch::{Stage, Verdict as Shown};

impl Engine {
    pub(super) fn tell_flood(&mut self, out: &mut dyn Out) {
        for shared in self.flood.drain(self.common.epoch, self.common.clock.now()) {
            out.put(Entry::Refusals(shared));
        }
        self.pass_marks(out);
    }

    /// Where its source floods the lane with refusals, the object shares a record with others; otherwise the verdict
    /// comes back. What comes from a file, or is decided again, always has a record of its own.
    pub(super) fn unshared(&mut self, verdict: Verdict, origin: &Origin, arrival: Time) -> Option<Verdict> {
        let Verdict::Refuse(token) = verdict else { return Some(verdict) };
        let account = lockgate_core::Final::account(&token);
        let code = account.reasons().next().map_or(lockgate_reason::fault::INTERNAL, |reason| reason.code);
        let own = origin.again.is_some() || origin.taken.is_some();
        let lane = self.policy.lane();
        if own || !self.flood.take(lane, account.source(), code.id(), &account.sha256(), arrival) {
            return Some(Verdict::Refuse(token));
        }
        let (bytes, mut workspace) = share(token);
        workspace.give_back(bytes);
        self.workspace = Some(workspace);
        None
    }

    /// What intake did not take. A file of which that is on record already was told by a run that was killed before it
    /// could put it where such files are kept.
    pub(super) fn turned_away(&mut self, turned: TurnedAway, out: &mut dyn Out) {
        if let Some(receipt) = turned.receipt
            && self.begun.remove(&receipt) == Some(0)
        {
            return out.put(Entry::Acknowledge(receipt));
        }
        let code = code_of(turned.why);
        if let Some(source) = &turned.source {
            self.source(source).turned_away(turned.count);
        }
        let shown = if turned.why == Why::Full { Shown::Dropped } else { Shown::Refuse };
        self.common.gauges.count_many(Stage::Intake, shown, Some(code), turned.count);
        let file = |Receipt { epoch, number }| Taken { run: epoch, number, bytes: 0 };
        out.put(Entry::Refusals(Refusals {
            at: self.common.clock.now(),
            epoch: self.common.epoch,
            lane: self.policy.lane().to_string(),
            source: turned.source.as_deref().unwrap_or("unknown").to_owned(),
            code: code.id().to_owned(),
            count: turned.count,
            first: turned.first,
            last: turned.last,
            digest: turned.sha256,
            receipt: turned.receipt.map(file),
            door: Some(Box::new(Door {
                listener: turned.listener.to_string(),
                why: turned.why.name().to_owned(),
                size_bytes: turned.size_bytes,
            })),
        }));
    }
}
