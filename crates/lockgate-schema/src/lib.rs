//! The type language.

mod fault;
mod form;
pub mod marks;
pub mod model;
mod prolog;
mod reference;
