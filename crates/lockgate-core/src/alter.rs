//! Fields that a lane lets cross less exactly than they came, or under another name.
//!
//! ```text
//!   Record as it arrived --settle--> new values, kept beside it --with--> the record as it leaves, for as long as it
//!                                                                         is written and compared
//! ```

use crate::Reason;
use crate::alteration::{Alter, Alteration};
use crate::policy::LaneType;
use crate::workspace::Pass;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, PseudonymKey, Span};
use lockgate_reason::{Code, framing, hold};
use lockgate_record::{Block, Place, Record, Slot, Value};

/// Steps of one new value: a name of a number takes some tens of hashes.
const STEPS: u64 = 1024;

/// One value as it leaves, and as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Altered {
    block: Block,
    slot: Slot,
    leaves: Value,
    came: Value,
    span: Span,
}

/// What altering needs beside the object; its memory stays with the lane.
#[derive(Debug, Default)]
pub(crate) struct Alterations {
    pub(crate) done: Vec<Altered>,
    blocks: Vec<Block>,
}

impl Alterations {
    pub(crate) fn begin(&mut self) {
        self.done.clear();
    }

    /// Finds the new values of one field. What stands against the first place where there is none tells for all: a list of
    /// a thousand rows would not tell more.
    fn find(
        &mut self,
        alteration: &Alteration,
        record: &mut Record,
        means: &Means<'_>,
        budget: &mut Budget,
    ) -> Result<(), (Code, Span)> {
        let Self { done, blocks } = self;
        blocks.clear();
        gather(record, Block::ROOT, &alteration.lists, blocks);
        for block in blocks.iter().copied() {
            let (slot, cell) = (alteration.slot, record.cell(block, alteration.slot));
            budget.spend(STEPS).map_err(|_| (framing::OVER_BUDGET, cell.span))?;
            let leaves = match &alteration.how {
                // A step that a value cannot be brought to: see `NOT_ALTERED`.
                Alter::Round(rounding) => rounding.apply(cell.value).ok_or(hold::NOT_ALTERED),
                Alter::Rename(naming) => naming.apply(record, cell.value, means),
            };
            let leaves = leaves.map_err(|why| (why, cell.span))?;
            if leaves != cell.value {
                done.push(Altered { block, slot, leaves, came: cell.value, span: cell.span });
            }
        }
        Ok(())
    }

    /// Does `work` with the record as it leaves; afterwards it says again what arrived.
    pub(crate) fn with<T>(&self, record: &mut Record, work: impl FnOnce(&mut Record) -> T) -> T {
        for altered in &self.done {
            // It stands nowhere in what arrived, so that no emitter takes it from there.
            record.fill(altered.block, altered.slot, altered.leaves, Span::default());
        }
        let done = work(record);
        for altered in &self.done {
            record.fill(altered.block, altered.slot, altered.came, altered.span);
        }
        done
    }
}

/// What new values are made of, beside the values.
pub(crate) struct Means<'a> {
    pub(crate) lane: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) key: Option<&'a PseudonymKey>,
}

/// Finds the new values of an object as it arrived. What cannot be altered as the lane asks does not cross, and
/// says why.
pub(crate) fn settle(pass: &mut Pass, lane_type: &LaneType, means: &Means<'_>, budget: &mut Budget) {
    let Pass { alterations, inspection, .. } = pass;
    for alteration in &lane_type.parts.alter {
        if let Err((why, span)) = alterations.find(alteration, &mut inspection.record, means, budget) {
            inspection.reasons.push(Reason::new(why).at(Place::of(alteration.node), span));
        }
    }
}

/// The blocks in which a field stands. The depth of the recursion is that of lists in lists.
fn gather(record: &Record, block: Block, lists: &[Slot], into: &mut Vec<Block>) {
    match lists {
        [] => into.push(block),
        [list, inner @ ..] => {
            record.rows(block, *list).for_each(|row| gather(record, row, inner, into));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Alterations, Means};
    use crate::alteration::{Alter, Alteration, Naming};
    use lockgate_bytes::{Budget, PseudonymKey, Span};
    use lockgate_reason::framing;
    use lockgate_record::{Block, Kind, NodeId, NodeOptions, Record, ShapeBuilder, Value};

    #[test]
    fn a_list_takes_steps_for_each_of_its_rows() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "l", 0, 9, NodeOptions::default()).unwrap();
        let kind = Kind::Integer { min: 0, max: 255 };
        let number = build.value(list, "n", kind.clone(), NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let mut record = Record::new();
        record.begin(&shape);
        for row in 0..9 {
            let block = record.push_row(Block::ROOT, slot(list), 2, Span::default()).unwrap();
            record.set(block, slot(number), Value::Integer(row), Span::new(1, 2));
        }
        let alteration = Alteration::new(&shape, number, Alter::Rename(Naming::of(&kind).unwrap())).unwrap();
        let key = PseudonymKey::new([9; 32]);
        let means = Means { lane: "down", bytes: b"", key: Some(&key) };
        let mut find =
            |steps| Alterations::default().find(&alteration, &mut record, &means, &mut Budget::new(steps));
        assert_eq!(find(9 * 1024), Ok(()));
        assert_eq!(find(9 * 1024 - 1), Err((framing::OVER_BUDGET, Span::new(1, 2))));
    }
}
