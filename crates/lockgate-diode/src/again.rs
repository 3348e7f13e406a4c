//! What of one class is to be sent again, and when.

use crate::outlet::Numbered;
use alloc::collections::{BTreeMap, VecDeque};
use lockgate_bytes::Time;

/// See the module. Of reports of one thing only the newest is in it.
#[derive(Default)]
pub(crate) struct Again {
    /// The next one first.
    pub(crate) line: VecDeque<(Time, Numbered)>,
    /// Bytes of all of them.
    pub(crate) bytes: usize,
    /// When reports of a thing are due, by their order.
    orders: BTreeMap<u64, Time>,
}

impl Again {
    /// One more, not before `due`.
    pub(crate) fn insert(&mut self, due: Time, numbered: Numbered) {
        self.bytes = self.bytes.saturating_add(numbered.object.length);
        if numbered.object.order != 0 {
            self.orders.insert(numbered.object.order, due);
        }
        let at = self.line.partition_point(|(other, _)| *other <= due);
        self.line.insert(at, (due, numbered));
    }

    /// The next one, if it is due, and all of it has left: so many datagrams of the epoch have.
    pub(crate) fn pop(&mut self, now: Time, through: u64) -> Option<Numbered> {
        let is_due = |(due, numbered): &mut (Time, Numbered)| *due <= now && numbered.made <= through;
        let (_, numbered) = self.line.pop_front_if(is_due)?;
        self.gone(&numbered);
        Some(numbered)
    }

    /// The report of this thing.
    pub(crate) fn get(&self, order: u64) -> Option<&Numbered> {
        self.line.get(self.place(order)?).map(|(_, numbered)| numbered)
    }

    /// Where the report of this thing stands in the line.
    fn place(&self, order: u64) -> Option<usize> {
        let due = self.orders.get(&order)?;
        let from = self.line.partition_point(|(other, _)| other < due);
        let mut alike = self.line.iter().skip(from).take_while(|(other, _)| other == due);
        alike.position(|(_, it)| it.object.order == order).map(|at| from.saturating_add(at))
    }

    /// Drops the report of this thing; false where there is none.
    pub(crate) fn remove(&mut self, order: u64) -> bool {
        let removed = self.place(order).and_then(|at| self.line.remove(at));
        removed.is_some_and(|(_, numbered)| {
            self.gone(&numbered);
            true
        })
    }

    fn gone(&mut self, numbered: &Numbered) {
        self.bytes = self.bytes.saturating_sub(numbered.object.length);
        self.orders.remove(&numbered.object.order);
    }
}
