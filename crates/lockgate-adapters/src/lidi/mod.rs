//! lidi 2.1 (ANSSI, `lidi` 2.1.x on its public repository): objects as transfers of a stream of blocks, each block protected by
//! RaptorQ (RFC 6330). Written from a description of what it puts on the wire and from captured datagrams; no line of it is lidi's.
//!
//! ```text
//!   object --blocks: Start, Data.., End--> symbols: K sources, then repairs --datagram: block id, symbol id, symbol-->
//! ```
//!
//! Both ends must be told the same [`Shape`]: nothing on the wire says it. Blocks are numbered modulo 256, over all transfers.
//!
//! What a receiver of lidi cannot know: who sent, what was sent before it listened, and what a block that it lost held.
//! [`Receiver`] adds what can be added without changing the wire: no block is put together from datagrams that contradict one another,
//! none stays open while 256 others pass, and an object is delivered only where it is what [`crate::Objects`] asks for.

mod gather;
mod receiver;
mod sender;
mod shape;
mod wire;

pub use receiver::Receiver;
pub use sender::{Sender, Terms};
pub use shape::{Shape, ShapeFault};
pub use wire::{BLOCK_HEAD, Block, DATAGRAM_HEAD, Kind, Symbol};
