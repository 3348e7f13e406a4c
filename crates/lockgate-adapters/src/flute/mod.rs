//! FLUTE (RFC 6726) over ALC (RFC 5775) and LCT (RFC 5651): files described by a table that is sent beside them, without a code or
//! protected by RaptorQ (RFC 6330). A small part of it, as much as one-way bulk needs: no compression, no congestion control, one session.
//!
//! ```text
//!   object --symbols--> datagram: header with session, object, FEC ID; block and symbol; symbol
//!   what it is called, how long it is, how it is cut --XML--> datagrams of object 0
//! ```
//!
//! What a receiver cannot know: who sent, and what was sent of which neither a symbol nor a table came.

mod cut;
mod fdt;
mod gather;
mod known;
mod lct;
mod oti;
mod receiver;
mod sender;
mod terms;
mod text;

pub use fdt::{File, Instance};
pub use lct::{Header, HeaderFault, OBJECT_HEAD};
pub use oti::{Code, Cut, Oti, OtiFault};
pub use receiver::Receiver;
pub use sender::Sender;
pub use terms::Terms;
