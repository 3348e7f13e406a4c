//! From one start of the sender to the next. Whoever has the key of the tags can name any epoch; the sender alone can sign one. So an
//! epoch ends those before it with its first signed manifest, and until then stands beside them: what comes of it is taken, and
//! what its name says is not believed.

use super::epoch::Epoch;
use super::{Alarm, Event, Receiver};
use crate::Hash;
use crate::manifest::{Closing, Manifest};
use crate::seen::Seen;
use crate::wire::{Body, Head};
use alloc::boxed::Box;
use alloc::vec::Vec;
use lockgate_bytes::Time;

impl Receiver {
    /// Opens the epoch of a datagram, where it is a greater one. Only one waits for its signature; another has to bring it.
    pub(super) fn turn_to(&mut self, head: &Head, body: &Body<'_>, now: Time, events: &mut Vec<Event>) {
        let epoch = head.epoch;
        let last = self.current.as_ref().map_or(self.closed, |current| current.epoch);
        let waits = self.next.as_ref().map(|next| next.epoch);
        if epoch <= last || epoch <= self.closed || waits == Some(epoch) {
            return;
        }
        let is_signed =
            || matches!(body, Body::Manifest(it) if it.verify(head, &self.manifest_key).is_some());
        match waits {
            None => {}
            Some(_) if !is_signed() => return,
            // It began, and was not heard of again.
            Some(waits) if waits < epoch => self.advance(now, events),
            // There is no such start of the sender yet, or this one is played again.
            Some(_) => {
                self.end_former(events);
                events.extend([Event::Alarm(Alarm::Forged), Event::Begun { epoch }]);
                return self.follow(Box::new(Epoch::new(epoch, Seen::new())), now);
            }
        }
        self.next = Some(Box::new(Epoch::new(epoch, Seen::new())));
        events.push(Event::Begun { epoch });
    }

    /// Takes in a manifest whose signature holds.
    pub(super) fn signed(
        &mut self,
        epoch: u64,
        manifest: &Manifest,
        digest: Hash,
        now: Time,
        events: &mut Vec<Event>,
    ) {
        if self.next.as_ref().is_some_and(|next| next.epoch == epoch) {
            self.advance(now, events);
        }
        let Self { current, former, shared, .. } = self;
        let place = [current, former].into_iter().flatten().find(|it| it.epoch == epoch);
        if place.is_some_and(|place| place.manifest(manifest, digest, now, shared, events))
            && let Some(closing) = manifest.closing
        {
            self.close_former(&closing, now, events);
        }
    }

    /// The epoch that waits is the current one from now on.
    fn advance(&mut self, now: Time, events: &mut Vec<Event>) {
        let Some(next) = self.next.take() else { return };
        self.end_former(events);
        self.follow(next, now);
    }

    /// This epoch follows the current one, and none is before that any more.
    fn follow(&mut self, epoch: Box<Epoch>, now: Time) {
        let ends = now.plus(self.shared.limits.former);
        self.succeed(epoch);
        if let Some(former) = self.former.as_mut() {
            former.ends = Some(ends);
        }
    }

    /// The same without a time: a journal has none.
    pub(super) fn succeed(&mut self, epoch: Box<Epoch>) {
        self.former = self.current.take();
        if self.former.is_none() && self.closed == 0 {
            // Nothing is known of what was before the first epoch that is heard.
            self.closed = epoch.epoch.saturating_sub(1);
        }
        self.current = Some(epoch);
    }

    /// The sender says how far the epoch before the current one came.
    fn close_former(&mut self, closing: &Closing, now: Time, events: &mut Vec<Event>) {
        let current = self.current.as_ref().map_or(0, |current| current.epoch);
        if closing.epoch <= self.closed || closing.epoch >= current {
            return;
        }
        if self.former.as_ref().is_none_or(|former| former.epoch < closing.epoch) {
            // An epoch of which nothing was heard.
            self.end_former(events);
            self.former = Some(Box::new(Epoch::new(closing.epoch, Seen::new())));
            events.push(Event::Begun { epoch: closing.epoch });
        }
        let patience = self.shared.limits.patience;
        if let Some(former) = self.former.as_mut().filter(|former| former.epoch == closing.epoch) {
            former.close(closing, now, patience);
        }
    }

    /// The epoch before the current one is over.
    pub(super) fn end_former(&mut self, events: &mut Vec<Event>) {
        let Some(mut former) = self.former.take() else { return };
        former.end(&mut self.shared, events);
        self.closed = self.closed.max(former.epoch);
    }
}
