//! The children of the root element without the element around them, as the interpreter reads them.

use super::children::SoFar;
use super::names::Bindings;
use super::tokens::{Next, Room, Tag, Tokens};
use super::{Open, Walk};
use crate::fault::{Fault, Stop, says};
use crate::model::Model;
use crate::program::Fragment;
use lockgate_bytes::Budget;
use lockgate_core::Inspection;
use lockgate_reason::schema;
use lockgate_record::Slot;

/// Reads a piece of an object that holds the children of the root of `model`. What reads it has paid for its bytes.
/// True where it is written in the one way.
pub(crate) fn fragment(model: &Model, from: Fragment<'_>, into: &mut Inspection) -> Result<bool, Stop> {
    from.open()?;
    let mut room = Room::default();
    let tokens = Tokens::new(from.bytes, from.start, model.attributes, &mut room);
    let mut budget = Budget::new(u64::MAX);
    let mut walk = Walk { model, tokens, into, budget: &mut budget, names: Bindings::new(), depth: 1 };
    let own = (from.block, Slot(0));
    let open = Open { element: &model.root, block: from.block, own, place: from.place, outer: 0 };
    let mut so_far = SoFar::since(from.seen);
    loop {
        let before = walk.tokens.at;
        walk.tokens.skip_white();
        let at = walk.tokens.at;
        walk.tokens.exact &= at == before;
        if at >= from.bytes.len() {
            break;
        }
        match walk.tokens.next_between_elements().map_err(|fault| fault.at(from.place))? {
            Next::StartTag => walk.child(&open, &mut so_far)?,
            Next::EndTag => {
                let fault = Fault::new(schema::NOT_WELL_FORMED, at, at.wrapping_add(2));
                return Err(fault.saying(says::WRONG_END).at(from.place));
            }
        }
    }
    let tag = Tag { span: from.span(), ..Tag::default() };
    walk.missing_children(&open, &so_far, &tag);
    if let Some(set) = &model.root.open_elements {
        walk.enough_rows(&open, &tag, (set.node, set.slot), set.rows.min);
    }
    Ok(walk.tokens.exact)
}
