//! What a type describes, and what one object says: the [`Shape`] of a type and the [`Record`] of an object.
//!
//! ```text
//!   Shape   nodes (a tree, for people and for the type checker)  +  groups (how wide a block of cells is)
//!   Record  blocks of cells: one for the record itself, one for each row of a list; a cell is a value and its span
//! ```
//!
//! A record holds values, never lexemes. It owns no text: text is a range of the object's bytes or, where an escape
//! had to be read, of the record's own scratch. It is reused from object to object and allocates nothing once warm.
//!
//! What this crate cannot do on purpose: parse anything, decide anything, or do I/O.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod cell;
mod code;
mod kind;
mod place;
mod record;
mod role;
mod same;
mod shape;

pub use cell::{Block, Cell, TextRef, Value};
pub use code::CodeTree;
pub use kind::{Charset, Kind};
pub use place::Place;
pub use record::{CELLS_MAX, Record, Rows};
pub use role::Role;
pub use shape::{Form, Group, GroupId, Node, NodeId, NodeOptions, Shape, ShapeBuilder, Slot};
