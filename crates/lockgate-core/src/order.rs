//! What newest-wins goes by: of two objects that speak of the same thing, the later one is worth sending.

use crate::carriers::Sole;
use crate::object::Route;
use crate::validity;
use crate::verdict::Decided;
use lockgate_bytes::{Order, SealKey};
use lockgate_record::{Block, Value};

/// Room for four numbers that say which sensor it was.
const ORIGIN_BYTES: usize = 32;

/// The order of an object that may cross, where its lane asks for newest-wins and the object says which thing it speaks
/// of, and when. Without either nothing supersedes it.
pub(crate) fn of(decided: &Decided, key: &SealKey) -> Option<Order> {
    let Route::Fast(lane_type) = &decided.route else { return None };
    if !lane_type.parts.validity.newest_wins {
        return None;
    }
    // The record as it arrived: what was written anew says the same.
    let workspace = &decided.received.workspace;
    let pass = &workspace.first;
    let original = match decided.received.origin {
        crate::object::Origin::Arrived => &decided.received.bytes,
        crate::object::Origin::Rewritten(_) => &workspace.original,
    };
    let record = &pass.inspection.record;
    let at = validity::observed(pass, lane_type, decided.now).newest?.at;
    let number;
    let identity = match record.value(Block::ROOT, lane_type.carriers.track?.slot) {
        Value::Text(text) | Value::Code(text) => record.text(text, original),
        Value::Integer(value) => {
            number = value.to_be_bytes();
            &number
        }
        Value::Enum(value) => {
            number = i64::from(value).to_be_bytes();
            &number
        }
        _ => return None,
    };
    // A track number counts for the sensor that gave it.
    let mut origin = [0_u8; ORIGIN_BYTES];
    let sources = &lane_type.carriers.sources;
    let (row, numbers) = match lane_type.carriers.observed.sole(record) {
        Sole::Whole => (Block::ROOT, &[][..]),
        Sole::Row(row, numbers) => (row, numbers),
        // What it says of several things, an object about one of them would push out.
        Sole::None => return None,
    };
    let said =
        sources.iter().map(|field| (Block::ROOT, field)).chain(numbers.iter().map(|field| (row, field)));
    for (place, (block, field)) in origin.as_chunks_mut::<8>().0.iter_mut().zip(said) {
        if let Value::Integer(value) = record.value(block, field.slot) {
            *place = value.to_be_bytes();
        }
    }
    let lasting = lane_type.carriers.is_lasting(record, original);
    let parts = [
        decided.policy.lane().as_bytes(),
        decided.received.source.as_bytes(),
        lane_type.id().as_bytes(),
        identity,
        &origin,
    ];
    let parts = if sources.is_empty() && numbers.is_empty() { parts.get(..4)? } else { &parts };
    Some(Order { key: key.order(parts), at, lasting })
}
