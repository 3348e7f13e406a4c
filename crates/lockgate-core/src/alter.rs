//! Fields that a lane lets cross less exactly than they came, or under another name.
//!
//! ```text
//!   Record as it arrived --settle--> new values, kept beside it --with--> the record as it leaves, for as long as it
//!                                                                         is written and compared
//! ```

use crate::Reason;
use crate::alteration::Alter;
use crate::policy::LaneType;
use crate::workspace::Pass;
use alloc::vec::Vec;
use lockgate_bytes::{PseudonymKey, Span};
use lockgate_reason::{Code, hold};
use lockgate_record::{Block, NodeId, Place, Record, Slot, Value};

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

/// Finds the new values of an object as it arrived. What cannot be altered as the lane asks is held, and says why.
pub(crate) fn settle(
    pass: &mut Pass,
    lane_type: &LaneType,
    lane: &str,
    bytes: &[u8],
    key: Option<&PseudonymKey>,
) {
    for alteration in &lane_type.parts.alter {
        let Pass { alterations, inspection, .. } = pass;
        let Alterations { done, blocks } = alterations;
        blocks.clear();
        gather(&inspection.record, Block::ROOT, &alteration.lists, blocks);
        for block in blocks.iter().copied() {
            let cell = inspection.record.cell(block, alteration.slot);
            let record = &mut inspection.record;
            let leaves = match &alteration.how {
                // A step that a value cannot be brought to: see `NOT_ALTERED`.
                Alter::Round(rounding) => rounding.apply(cell.value).ok_or(hold::NOT_ALTERED),
                Alter::Rename(naming) => naming.apply(record, cell.value, bytes, lane, key),
            };
            match leaves {
                Ok(leaves) if leaves == cell.value => {}
                Ok(leaves) => {
                    let (slot, came, span) = (alteration.slot, cell.value, cell.span);
                    done.push(Altered { block, slot, leaves, came, span });
                }
                Err(why) => {
                    inspection.reasons.push(reason(why, alteration.node, cell.span));
                    // One place tells; a list of a thousand rows would not tell more.
                    break;
                }
            }
        }
    }
}

fn reason(why: Code, node: NodeId, span: Span) -> Reason {
    Reason::new(why).at(Place::of(node), span)
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
