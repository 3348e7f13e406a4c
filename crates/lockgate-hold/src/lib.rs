//! The held store: objects that wait for people, durable, in files.
//!
//! ```text
//!   stage (durable) -> decision on record -> commit -> list, get -> decided again, or by people -> settle
//! ```
//!
//! [`Store`] is the contract, [`FileStore`] keeps it in the files of one folder, [`View`] looks into that folder from
//! another process without a lock. What comes out of a store is bytes: they start again as received, and are decided
//! again.
//!
//! What this crate cannot do on purpose: decide, release, or deliver a byte that is not as it was stored.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod chunk;
mod code;
mod fault;
mod file_store;
mod files;
mod index;
mod item;
mod log;
mod reclaim;
mod recover;
mod row;
mod seal;
mod segments;
mod store;
mod view;

pub use fault::Fault;
pub use file_store::{FileStore, Settings};
pub use index::Counted;
pub use item::{Facts, Item, Settled, StagedKey};
pub use seal::Key;
pub use store::{Content, IsRecorded, Recovered, Stage, Staged, Store, Usage};
pub use view::View;
