//! Files that were handed over, which may hold several objects.

use super::{Engine, Origin, Out};
use crate::frames::Piece;
use crate::gate::beside::{self, Beside};
use crate::gate::entry::Entry;
use lockgate_audit::Taken;
use lockgate_bytes::Frame;
use lockgate_intake::Receipt;

impl Engine {
    /// A file may hold several objects. What of it is on record already is not decided a second time: the rest of its
    /// bytes is cut by the present bundle, whatever bundle cut those before.
    pub(super) fn file(&mut self, frame: Frame, receipt: Receipt, out: &mut dyn Out) {
        let Frame { bytes, source, arrival, sidecar } = frame;
        let mut beside = sidecar.map(Beside::of);
        let begun = match self.begun.remove(&receipt) {
            None => 0,
            Some(0) => bytes.len(),
            Some(done) => usize::try_from(done).unwrap_or(usize::MAX).min(bytes.len()),
        };
        if begun > 0 && begun == bytes.len() {
            out.put(Entry::Acknowledge(receipt));
            beside::give_back(beside, &self.common.pool);
            return self.common.pool.give_back(bytes);
        }
        let company = self.company(beside.as_ref(), &bytes);
        let (policy, size) = (self.policy.clone(), bytes.len());
        let mut cutter = std::mem::take(&mut self.cutter);
        // Where the present bundle cuts there too, the rest is what it makes of the whole file: a part that is split off
        // needs the head of its frame. Where it does not, the rest stands for itself.
        let ends = |piece: &Piece| usize::try_from(piece.span().end).unwrap_or(usize::MAX);
        let pieces = match size <= self.cut_max {
            true => cutter.cut(&policy, &bytes),
            false => cutter.whole(&bytes),
        };
        let (mut skipped, mut from, mut count) = (0, 0, pieces.len());
        if begun > 0 {
            match pieces.iter().position(|piece| ends(piece) == begun) {
                Some(last) => skipped = last.saturating_add(1),
                None => from = begun,
            }
        }
        let rest = bytes.get(from..).unwrap_or_default();
        if from > 0 {
            count = match rest.len() <= self.cut_max {
                true => cutter.cut(&policy, rest).len(),
                false => cutter.whole(rest).len(),
            };
        }
        for index in skipped..count {
            let end = cutter.piece(index).as_ref().map_or(from, |piece| ends(piece).saturating_add(from));
            let object = cutter.object(&policy, rest, index);
            let mut own = self.common.pool.lend_beyond(object.len());
            own.extend_from_slice(object);
            self.came_in(&source, arrival);
            let last = index.saturating_add(1) == count;
            let bytes = if last { 0 } else { u64::try_from(end).unwrap_or(u64::MAX) };
            let taken = Taken { run: receipt.epoch, number: receipt.number, bytes };
            let parent = cutter.parent(rest, index);
            let origin = Origin { taken: Some(taken), parent, ..Origin::default() };
            // What lies beside a file speaks of all its objects. It stays with one that is the whole file; of another one
            // only its hash does, since by that one alone nobody could say again what was bound.
            let is_whole = own.len() == size;
            let its = beside.take().map(|file| match is_whole {
                true => file,
                false => {
                    let named = file.named;
                    beside = Some(file);
                    Beside { named, file: None }
                }
            });
            let frame = Frame { bytes: own, source: source.clone(), arrival, sidecar: None };
            self.object(frame, (company.as_ref(), its), origin, out);
        }
        beside::give_back(beside, &self.common.pool);
        self.cutter = cutter;
        self.common.pool.give_back(bytes);
    }
}
