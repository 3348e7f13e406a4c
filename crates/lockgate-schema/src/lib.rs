//! The type language.

mod emit;
mod fault;
mod form;
mod frame;
mod inspectors;
pub mod marks;
pub mod model;
mod prolog;
mod read;
mod reference;
mod types;

pub use form::TextForm;
pub use inspectors::Reference;
pub use read::codes::codes;
pub use types::Type;
